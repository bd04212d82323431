"""Named arrays and a JSON header in an .npz file: written whole, read with clear errors."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.files import writing

_UNREADABLE = (
    *(AttributeError, KeyError, TypeError, ValueError, ArithmeticError),  # not what is expected
    *(EOFError, zipfile.BadZipFile, zlib.error, RuntimeError),  # not even an archive
    *(OSError, MemoryError),  # a place before the file's start; an array beyond all memory
)


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays of numbers as an .npz file, whole or not at all."""
    named = dict[str, Any](arrays)
    pickled = [name for name, array in named.items() if array.dtype.hasobject]
    if pickled:
        raise InputError(f"{', '.join(pickled)}: expected arrays of numbers, not of objects")
    with writing(path) as stream:
        np.savez(stream, **named)  # old NumPy takes allow_pickle for an array's name


@contextmanager
def reading_arrays(path: str | Path, expected: str) -> Iterator[tuple[Any, Any]]:
    """Open an .npz file; yield its JSON header and its arrays by name.

    Whatever does not fit, in the file or in what is made of it, is raised as InputError "{path}:
    not {expected} (…)"; a file that cannot be opened as OSError.
    """
    with Path(path).open("rb") as stream:  # here, because NumPy leaves a broken archive open
        try:
            with np.load(stream, allow_pickle=False) as file:
                yield json.loads(str(file["header"][()])), file
        except _UNREADABLE as error:
            raise InputError(f"{path}: not {expected} ({error})") from error
