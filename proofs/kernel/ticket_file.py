"""Reading a ticket file without trusting it (FORMAT.md, sections 3, 5 and 9).

Everything about the file's form is checked here, in header.py and in kept_edges.py, and every fault
raises `Malformed` with a sentence that names the array and the fault. Nothing is unpickled, and no
memory is asked for before the archive shows that it holds that many bytes. Layers are read one at
a time.
"""

import math
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

import numpy as np
import numpy.typing as npt

from proofs.kernel.header import Header, Malformed, parse_header, show
from proofs.kernel.kept_edges import (
    Array,
    Edges,
    Int64,
    from_gaps,
    from_indices,
    require,
    require_range,
)

MAX_HEADER_BYTES = 1 << 28
MAX_NPY_HEADER = 10_000
READ_BYTES = 1 << 24
MAGIC = {b"\x93NUMPY\x01\x00": 2, b"\x93NUMPY\x02\x00": 4}  # and the bytes of the length after it
NUMBER = "(?:0|[1-9][0-9]{0,18})"
NPY_HEADER = re.compile(
    r"\{'descr': '([<>|=]\w+)', 'fortran_order': (True|False), "
    rf"'shape': \((|{NUMBER},|{NUMBER}(?:, {NUMBER})+)\), \}} *\n",
    re.ASCII,
)


@dataclass(frozen=True)
class Limits:
    """What a file may ask of the checker; a ticket beyond a limit is never accepted.

    Of the file: what all its arrays unpack to is at most `inflation` times its size, or
    `free_bytes`. Of the walk: the stored integers of one layer's combinations are at most `state`
    times the entries of the largest target matrix and at most `per_edge` times the kept edges, or
    `free_state`; the multiply-adds of the whole walk are at most `per_byte` times the unpacked
    bytes, or `work`; `bits` bounds every integer.
    """

    inflation: int = 20
    free_bytes: int = 1 << 25
    state: int = 64
    per_edge: int = 4
    free_state: int = 1 << 20
    work: int = 1 << 28
    per_byte: int = 1 << 7
    bits: int = 1024


@dataclass(frozen=True)
class _Entry:
    """One array of the archive: its place, type and shape, and the bytes before its data."""

    info: zipfile.ZipInfo
    dtype: str
    shape: tuple[int, ...]
    offset: int


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever zipfile and zlib meet in hostile bytes is a fault of the file."""
    try:
        yield
    except (Malformed, MemoryError):
        raise
    except Exception as error:
        raise Malformed(f"{name}: cannot be read ({show(str(error))})") from None


class TicketFile:
    """An open ticket file, to be used in a `with` statement.

    It has `header`, `targets` (the finite matrices W_i), and units and layers on demand.
    Opening it raises OSError if the path cannot be opened; everything else raises `Malformed`.
    """

    def __init__(self, path: str | os.PathLike[str], limits: Limits) -> None:
        self._file: IO[bytes] = open(path, "rb")  # noqa: SIM115 (closed by __exit__)
        try:
            self._entries = self._index(limits)
            self.header: Header = parse_header(self._header_text())
            self._check_shapes()
            if self.header.compact:  # a kept edge costs as much as if it took four bytes
                self.size += 3 * self.kept()
                self._require_size(limits)
            # Read once and kept, so that what is digested is what is bounded.
            self.targets = tuple(self._target(i) for i in range(1, self.header.layers + 1))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _index(self, limits: Limits) -> dict[str, _Entry]:
        with _reading("file"):
            self._zip = zipfile.ZipFile(self._file)
            infos = self._zip.infolist()
            size = self._file.seek(0, os.SEEK_END)
        total = sum(info.compress_size for info in infos)
        require(total <= size, "file", "its arrays overlap, or it is truncated")
        self._packed = size
        self.size = sum(info.file_size for info in infos)
        self._require_size(limits)
        entries: dict[str, _Entry] = {}
        for info in infos:
            name = info.filename.removesuffix(".npy")
            shown = name if re.fullmatch(r"\w{1,40}", name, re.ASCII) else show(name)
            require(name != info.filename, "file", f"unexpected member {show(info.filename)}")
            require(name not in entries, shown, "occurs twice in the archive")
            entries[name] = self._entry(shown, info)
        return entries

    def _require_size(self, limits: Limits) -> None:
        allowed = max(limits.free_bytes, limits.inflation * self._packed)
        fault = f"{self._packed} bytes claim to unpack to {self.size}, beyond the limit free_bytes"
        require(self.size <= allowed, "file", fault)

    def _entry(self, name: str, info: zipfile.ZipInfo) -> _Entry:
        packed, size = info.compress_size, info.file_size
        require(not info.flag_bits & 1, name, "encrypted")
        if info.compress_type == zipfile.ZIP_STORED:
            require(packed == size, name, "stored, but its two sizes differ")
        else:
            require(info.compress_type == zipfile.ZIP_DEFLATED, name, "neither stored nor deflated")
        with _reading(name), self._zip.open(info) as stream:
            start = stream.read(8)
            require(start in MAGIC, name, "not an .npy array of version 1.0 or 2.0")
            start += stream.read(MAGIC[start])
            length = int.from_bytes(start[8:], "little")
            text = stream.read(min(length, MAX_NPY_HEADER)).decode("latin-1")
        match = NPY_HEADER.fullmatch(text) if len(text) == length else None
        if match is None:
            raise Malformed(f"{name}: its .npy header is not as NumPy writes it")
        shape = tuple(int(n) for n in match[3].split(",") if n.strip())
        require(match[2] == "False", name, "in Fortran order, expected C order")
        return _Entry(info, match[1], shape, len(start) + length)

    def _expect(self, name: str, dtypes: tuple[str, ...], shape: tuple[int | None, ...]) -> int:
        """The array exists, with one of the types, this shape (None: any), the bytes for it.

        Returns its first dimension.
        """
        require(name in self._entries, name, "missing")
        entry = self._entries[name]
        require(entry.dtype in dtypes, name, f"type {entry.dtype}, expected {' or '.join(dtypes)}")
        fits = len(entry.shape) == len(shape) and all(
            wanted in (None, found) for wanted, found in zip(shape, entry.shape, strict=True)
        )
        expected = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
        require(fits, name, f"shape {entry.shape}, expected {expected}")
        size = entry.offset + math.prod(entry.shape) * int(entry.dtype[2:])
        require(entry.info.file_size == size, name, f"expected {size} bytes")
        return entry.shape[0]

    def _read(self, name: str) -> Array:
        entry = self._entries[name]
        result = np.empty(entry.shape, dtype=np.dtype(entry.dtype))
        place = memoryview(result.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
        with _reading(name), self._zip.open(entry.info) as stream:
            stream.read(entry.offset)
            done = 0
            while done < len(place):
                piece = stream.read(min(READ_BYTES, len(place) - done))
                require(piece, name, "truncated")
                place[done : done + len(piece)] = piece
                done += len(piece)
            # Reading on makes zipfile compare the check sum.
            require(not stream.read(1), name, "longer than its shape says")
        return result

    def _header_text(self) -> str:
        require("header" in self._entries, "header", "missing")
        entry = self._entries["header"]
        length = re.fullmatch(r"<U([1-9][0-9]{0,9})", entry.dtype)
        if length is None or entry.shape != ():
            raise Malformed(f"header: {entry.dtype} of shape {entry.shape}, expected 0-d unicode")
        size = 4 * int(length[1])
        require(size <= MAX_HEADER_BYTES, "header", f"more than {MAX_HEADER_BYTES} bytes")
        require(entry.info.file_size == entry.offset + size, "header", f"expected {size} bytes")
        with _reading("header"):
            return self._read("header").tobytes().decode("utf-32-le").rstrip("\0")

    def _check_shapes(self) -> None:
        """All arrays that the header calls for are there with the right shape, and no others."""
        header = self.header
        wanted = {"header"}
        columns = header.widths[0]
        for i in range(1, header.layers + 1):
            columns = self._expect(f"target_{i}", ("<f8",), (None, columns))
            require(columns > 0, f"target_{i}", "has no rows")
            wanted.add(f"target_{i}")
            if i < header.layers:
                self._expect(f"units_{i}", ("<i8",), (columns,))
                wanted.add(f"units_{i}")
        fault = f"{columns} rows, but the network has {header.widths[-1]} outputs"
        require(columns == header.widths[-1], f"target_{header.layers}", fault)
        for t in range(1, header.depth + 1):
            if header.compact:
                self._expect(f"gaps_{t}", ("|u1",), (None,))
                self._expect(f"far_{t}", ("<i4", "<i8"), (None,))
                wanted.update((f"gaps_{t}", f"far_{t}"))
                continue
            sources = self._expect(f"sources_{t}", ("<i8",), (None,))
            self._expect(f"indptr_{t}", ("<i8",), (sources + 1,))
            self._expect(f"indices_{t}", ("<i4", "<i8"), (None,))
            wanted.update((f"sources_{t}", f"indptr_{t}", f"indices_{t}"))
        for name in sorted(self._entries.keys() - wanted):
            raise Malformed(f"{show(name)[1:-1]}: unexpected array")

    def _target(self, i: int) -> npt.NDArray[np.float64]:
        matrix = self._read(f"target_{i}")
        require(np.isfinite(matrix).all(), f"target_{i}", "has an entry that is not finite")
        return matrix

    def kept(self) -> int:
        """Number of kept weights in all layers."""
        layers = range(1, self.header.depth + 1)
        name = "gaps" if self.header.compact else "indices"
        return sum(self._entries[f"{name}_{t}"].shape[0] for t in layers)

    def units(self, i: int, width: int) -> Int64:
        """units_i: which neuron, below `width`, holds each unit of hidden target layer i."""
        units = self._read(f"units_{i}")
        require_range(f"units_{i}", units, width)
        return units

    def edges(self, t: int) -> Edges:
        """The kept edges of layer t, with everything the format says about them checked."""
        before, after = self.header.widths[t - 1], self.header.widths[t]
        if self.header.compact:
            gaps, far = self._read(f"gaps_{t}"), self._read(f"far_{t}")
            return from_gaps(t, gaps, far, before, after)
        sources, indptr = self._read(f"sources_{t}"), self._read(f"indptr_{t}")
        return from_indices(t, sources, indptr, self._read(f"indices_{t}"), before, after)
