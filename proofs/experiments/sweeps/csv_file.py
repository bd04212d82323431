"""A CSV file to which whole rows are appended, one at a time, by one process.

A row is on the disk before the next one is written. What an interruption leaves is a file of whole
rows and perhaps one cut line at its end, which the next run removes. So no row is lost that was
reported, none is written twice, and none is half a row.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from constructions.errors import InputError
from constructions.files import naming, writing

try:
    import fcntl
except ImportError:  # not on Windows, where two writers are not told apart
    fcntl = None  # type: ignore[assignment]

Row = Mapping[str, str]


class CsvError(InputError):
    """A CSV file that is not what a sweep or a figure expects."""


class Appender:
    """The rows that a file has, and the way to add one. Made by :func:`appending`."""

    def __init__(self, stream: IO[bytes], columns: Sequence[str], rows: list[Row]) -> None:
        self._stream, self.columns, self.rows = stream, tuple(columns), rows

    def add(self, row: Row) -> None:
        """Append one row; when this returns, the disk has it."""
        _write_all(self._stream, _line([row[c] for c in self.columns]))
        self.rows.append(row)


@contextmanager
def appending(path: Path, columns: Sequence[str]) -> Iterator[Appender]:
    """Open a CSV file, new or left by an interruption, to append rows.

    Raises CsvError if the file has other columns or a line that is no row, or if another process
    is writing it.
    """
    columns = tuple(columns)
    with path.open("a+b") as stream:
        _lock(stream, path)
        stream.seek(0)
        data = stream.read()
        whole = data[: data.rfind(b"\n") + 1]
        if not whole and not _line(columns).startswith(data):
            raise CsvError(f"{path}: expected the header {','.join(columns)}")
        rows = parse(whole.decode("utf-8"), str(path), columns) if whole else []
        stream.truncate(len(whole))  # a line that was cut
        stream.seek(0, os.SEEK_END)
        if not whole:
            _write_all(stream, _line(columns))
        yield Appender(stream, columns, rows)


def read(path: Path, columns: Sequence[str] | None = None) -> list[Row]:
    """Return the rows of a finished CSV file; raise CsvError if it is not one."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CsvError(f"{path}: {error.strerror}") from error
    if not content.endswith("\n"):
        raise CsvError(f"{path}: its last line is cut")
    return parse(content, str(path), columns)


def write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a CSV file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as stream:
        _write_all(stream, text(columns, rows).encode("utf-8"))


def text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return rows as the text of a CSV file.

    >>> text(("a", "b"), [{"a": "1", "b": "x, y"}])
    'a,b\\n1,"x, y"\\n'
    """
    lines = [_line(columns), *(_line([row[c] for c in columns]) for row in rows)]
    return b"".join(lines).decode("utf-8")


def parse(content: str, name: str, columns: Sequence[str] | None = None) -> list[Row]:
    """Return the rows of a CSV text by their columns; raise CsvError naming the faulty line."""
    lines = csv.reader(io.StringIO(content), strict=True)
    try:
        header = next(lines, [])
        if columns is not None and header != list(columns):
            raise CsvError(
                f"{name}: its columns are {','.join(header)}; expected {','.join(columns)}"
            )
        rows = []
        for number, cells in enumerate(lines, 2):
            if len(cells) != len(header):
                raise CsvError(f"{name}, line {number}: {len(cells)} cells, expected {len(header)}")
            rows.append(dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        raise CsvError(f"{name}: {error}") from error
    return list(rows)


def _line(cells: Sequence[str]) -> bytes:
    if any("\n" in cell or "\r" in cell for cell in cells):
        raise CsvError(f"a cell holds a line break: {list(cells)}")
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue().encode("utf-8")


def _write_all(stream: IO[bytes], data: bytes) -> None:
    with naming(Path(stream.name)):
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _lock(stream: IO[bytes], path: Path) -> None:
    if fcntl is None:
        return
    busy = CsvError(f"{path}: another process is writing it")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise busy from None
    try:
        replaced = not os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        replaced = True
    if replaced:  # another process finished it between our open and our lock
        raise busy
