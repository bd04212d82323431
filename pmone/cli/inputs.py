"""Arrays that users bring: .npy, one array of an .npz, or a table in a .csv."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions import InputError
from constructions.archive import MOST_HEADER, load

Array = NDArray[Any]


def read_array(path: Path, key: str = "") -> Array:
    """Return the numbers of a file; an .npy file is mapped, not read.

    Parameters
    ----------
    path : .npy, .npz or .csv; a .csv may have a header line
    key : the array of an .npz that has several

    Raises InputError for anything else.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        array = _table(path)
    elif suffix == ".npz":
        array = _member(path, key)
    else:
        try:
            array = np.lib.format.open_memmap(path, mode="r", max_header_size=MOST_HEADER)
        except (ValueError, EOFError, OSError, OverflowError) as error:
            raise InputError(
                f"{path}: not a .npy file of numbers ({error}); .npz and .csv are read too"
            ) from error
    if key and suffix != ".npz":
        raise InputError(f"--key {key}: {path} is no .npz file, which has arrays by name")
    if array.dtype.kind not in "biuf":
        raise InputError(f"{path} has dtype {array.dtype}: expected real numbers")
    return array


def _member(path: Path, key: str) -> Array:
    try:
        with load(path) as archive:
            names = list(archive.files)
            if key and key not in names:
                raise InputError(f"{path}: no array {key!r}: expected one of {', '.join(names)}")
            if not key and len(names) != 1:
                raise InputError(f"{path}: arrays {', '.join(names)}: choose one by --key NAME")
            return np.asarray(archive[key or names[0]])
    except (ValueError, EOFError, OSError, OverflowError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not an .npz file of numbers ({error})") from error


def _table(path: Path) -> Array:
    """Return the rows of a .csv; a first line without any number is a header."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a .csv file in UTF-8 ({error})") from error
    if rows and not any(map(_is_number, rows[0])):
        rows = rows[1:]
    if not rows:
        raise InputError(f"{path}: no row of numbers")
    for number, row in enumerate(rows, 1):
        wrong = [cell for cell in row if not _is_number(cell)]
        if wrong or len(row) != len(rows[0]):
            found = f"{wrong[0]!r}" if wrong else f"{len(row)} cells"
            raise InputError(
                f"{path}: row {number} of numbers has {found}: expected {len(rows[0])} numbers"
            )
    return np.array([[float(cell) for cell in row] for row in rows])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell


def table_of(array: Array) -> str:
    """Return an array of at most two axes as a .csv, every float64 in full.

    >>> table_of(np.array([[0.1, 2.0]]))
    '0.1,2.0\\n'
    """
    if array.ndim > 2:
        raise InputError(f"outputs of shape {array.shape}: expected at most two axes for a .csv")
    rows = np.atleast_2d(array)
    return "".join(",".join(repr(float(v)) for v in row) + "\n" for row in rows)
