"""Named arrays and a JSON header in an .npz file: written whole, read with clear errors."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.files import writing

_UNREADABLE = (
    *(AttributeError, KeyError, TypeError, ValueError, ArithmeticError),  # not what is expected
    *(EOFError, zipfile.BadZipFile, zlib.error, RuntimeError),  # not even an archive
    *(OSError, MemoryError),  # a place before the file's start; an array beyond all memory
)

MOST_HEADER = 1024  # bytes before an array; NumPy takes seconds to refuse a bad one of 10,000
DEFLATE_LEVEL = 4  # 1 gives files 3 to 5 % larger, 6 takes twice the time for 2 % less
MOST_SHRUNK = 16


def load(source: str | Path | IO[bytes]) -> Any:
    """Open an .npy or .npz file for reading, as NumPy does, but for pickles and long headers."""
    return np.load(source, allow_pickle=False, max_header_size=MOST_HEADER)


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays of numbers as an .npz file, whole or not at all.

    All are deflated, unless that would shrink them more than 16-fold, small integers (uint8)
    counting fourfold; then all are stored. So what a ticket unpacks to, at four bytes for every
    kept edge, is at most 16 times the file, and the checker's limit for archives that claim to be
    huge is never in the way. Equal arrays make equal files: no time is recorded.
    """
    pickled = [name for name, array in arrays.items() if array.dtype.hasobject]
    if pickled:
        raise InputError(f"{', '.join(pickled)}: expected arrays of numbers, not of objects")
    with writing(path) as stream:
        _write(stream, arrays, zipfile.ZIP_DEFLATED)
        counted = sum(a.nbytes * (4 if a.dtype == np.uint8 else 1) for a in arrays.values())
        if counted > MOST_SHRUNK * stream.tell():
            stream.seek(0)
            stream.truncate()
            _write(stream, arrays, zipfile.ZIP_STORED)


def _write(stream: Any, arrays: Mapping[str, NDArray[Any]], method: int) -> None:
    with zipfile.ZipFile(stream, "w", method, compresslevel=DEFLATE_LEVEL) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


@contextmanager
def reading_arrays(path: str | Path, expected: str) -> Iterator[tuple[Any, Any]]:
    """Open an .npz file; yield its JSON header and its arrays by name.

    Whatever does not fit, in the file or in what is made of it, is raised as InputError "{path}:
    not {expected} (…)"; a file that cannot be opened as OSError.
    """
    with Path(path).open("rb") as stream:  # here, because NumPy leaves a broken archive open
        try:
            with load(stream) as file:
                yield json.loads(str(file["header"][()])), file
        except _UNREADABLE as error:
            raise InputError(f"{path}: not {expected} ({error})") from error
