"""Files that are written whole or not at all, and outputs that are refused before any work.

A file is written beside its place as .NAME.PID.part, flushed to the disk, and renamed. Whatever
breaks off leaves the old file as it was; what a killed process left is cleared by the next writer.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from constructions.errors import InputError


@contextmanager
def writing(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing; it takes its place when the block ends without an exception.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with writing(Path(folder.name) / "a.txt") as stream:
    ...     _ = stream.write(b"whole")
    >>> os.listdir(folder.name)
    ['a.txt']
    >>> folder.cleanup()
    """
    path = Path(path)
    clear_leftovers(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with naming(path):
            with partial.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError that names no file, as of a full disk, name this one."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Write text in UTF-8, whole or not at all."""
    with writing(path) as stream:
        stream.write(text.encode("utf-8"))


def clear_leftovers(path: Path) -> None:
    """Remove the parts of this file that processes left which are no more."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = left.name.removesuffix(".part").rpartition(".")[2]
        if number.isdecimal() and not _runs(int(number)):
            left.unlink(missing_ok=True)


def check_output(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Raise InputError unless a file may be written here: a new one, or in place of a regular one.

    Parameters
    ----------
    path : the output; its folder must be there and take files. A link, a device, a pipe or a
        folder is refused: replacing it would not do what was meant
    inputs : files that are read, none of which it may be
    """
    if path.name in ("", ".."):
        raise InputError(f"{str(path)!r}: expected the name of a file")
    if path.is_symlink():
        raise InputError(f"{path} is a link to {os.readlink(path)}: expected a file of its own")
    if path.is_dir():
        raise InputError(f"{path} is a folder: expected the name of a file")
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a device or a pipe: expected a file")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is not a folder")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f"{path.parent} is read-only: {path.name} cannot be written there")
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            raise InputError(f"{path} is read by this command: expected another file")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
