"""Reading a ticket file without trusting it (FORMAT.md, sections 3 to 5).

Everything about the file's form is checked here, and every fault raises `Malformed` with a sentence
that names the array and the fault. Nothing is unpickled, and no memory is asked for before the
archive shows that it holds that many bytes. Layers are read one at a time.
"""

import json
import math
import re
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

FORMAT, VERSION = "pmone-ticket", 1
MAX_WIDTH = (1 << 35) - 1
MAX_SCALE = 4096
MAX_JSON_NUMBER = 1 << 53
MAX_HEADER_BYTES = 1 << 28
MAX_DECIMAL_LENGTH, MAX_DECIMAL_EXPONENT = 2000, 1200
READ_BYTES = 1 << 24
KEYS = (
    "format", "version", "construction", "seed", "widths", "scale_log2", "layer_scale_log2",
    "epsilon", "delta", "domain", "homogenized", "generations",
)  # fmt: skip
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]{1,5}))?", re.ASCII)
NPY_HEADER = re.compile(
    r"\{\s*'descr':\s*'([<>|=]\w+)',\s*'fortran_order':\s*(True|False),"
    r"\s*'shape':\s*\(((?:[0-9]{1,19},\s*)*(?:[0-9]{1,19})?)\),?\s*\}\s*",
    re.ASCII,
)


class Malformed(Exception):
    """The file does not follow the format; the message names the array and the fault."""


@dataclass(frozen=True)
class Limits:
    """What a file may ask of the checker; a ticket beyond a limit is never accepted.

    file: `inflation` bounds the ratio of an array's size to its compressed size, for deflated arrays
    larger than `free_bytes`. extraction: `state` bounds the stored integers of one layer's
    combinations, as a multiple of the entries of the largest target matrix (and is at least
    `free_state`); `work` bounds the multiply-adds of the whole walk; `bits` bounds the size
    of every integer.
    """

    inflation: int = 100
    free_bytes: int = 1 << 26
    state: int = 64
    free_state: int = 1 << 24
    work: int = 1 << 40
    bits: int = 1024


@dataclass(frozen=True)
class Domain:
    """Inputs of the claim: features in a ball or a box, then the constant 1 if homogenized."""

    kind: str
    description: str
    nonnegative: bool
    square_radius: Fraction  # of the whole input, the constant included


@dataclass(frozen=True)
class Header:
    """The validated header; `epsilon` and `delta` are exact rationals."""

    construction: str
    seed: int
    widths: tuple[int, ...]
    layer_scale_log2: tuple[int, ...]
    epsilon: Fraction
    delta: Fraction
    domain: Domain
    homogenized: bool
    generations: tuple[tuple[int, str], ...]  # (layer, "split" or "unit")


@dataclass(frozen=True)
class Edges:
    """Kept edges of one layer: sources[i] reaches indices[indptr[i]:indptr[i+1]]."""

    sources: Array
    indptr: Array
    indices: Array


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(items)
    if len(result) != len(items):
        raise Malformed("header: a key occurs twice in one JSON object")
    return result


def _constant(name: str) -> Any:
    raise Malformed(f"header: {name} is not JSON")


def _show(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def integer(value: Any, name: str, low: int, high: int) -> int:
    """A JSON integer up to 2^53, or a string of decimal digits, in [low, high]."""
    if isinstance(value, str) and len(value) <= 30 and INTEGER.fullmatch(value):
        value = int(value)
    elif type(value) is not int:
        raise Malformed(f"header: {name} is {_show(value)}, expected an integer")
    elif abs(value) > MAX_JSON_NUMBER:
        raise Malformed(f"header: {name} is beyond 2^53 and must be written as a string")
    if not low <= value <= high:
        raise Malformed(f"header: {name} is {value}, expected {low} to {high}")
    return int(value)


def decimal(value: Any, name: str) -> Fraction:
    """A decimal string (a JSON number in quotes) as the exact rational it denotes."""
    match = None
    if isinstance(value, str) and len(value) <= MAX_DECIMAL_LENGTH:
        match = DECIMAL.fullmatch(value)
    if match is None:
        raise Malformed(f"header: {name} is {_show(value)}, expected a decimal string")
    if abs(int(match[1] or 0)) > MAX_DECIMAL_EXPONENT:
        raise Malformed(f"header: {name} has an exponent beyond ±{MAX_DECIMAL_EXPONENT}")
    return Fraction(value)


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"header: {name} is {_show(value)}, expected a list")
    return value


def _boolean(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"header: {name} is {_show(value)}, expected true or false")
    return value


def _member(value: Any, key: str, name: str) -> Any:
    if not isinstance(value, dict) or key not in value:
        raise Malformed(f"header: {name} has no key {key!r}")
    return value[key]


def _domain(value: Any, features: int, homogenized: bool) -> Domain:
    kind = _member(value, "kind", "domain")
    constant = Fraction(int(homogenized))
    if kind == "ball":
        text = _member(value, "radius", "domain")
        radius = decimal(text, "domain radius")
        if radius < 0:
            raise Malformed(f"header: domain radius is {text}, expected at least 0")
        nonnegative = _boolean(_member(value, "nonnegative", "domain"), "domain nonnegative")
        description = f"||x||_2 <= {text}" + (", x >= 0" if nonnegative else "")
        return Domain(kind, description, nonnegative, radius**2 + constant)
    if kind != "box":
        raise Malformed(f'header: domain kind is {_show(kind)}, expected "ball" or "box"')
    ends = []
    for key in ("low", "high"):
        texts = _list(_member(value, key, "domain"), f"domain {key}")
        if len(texts) != features:
            raise Malformed(f"header: domain {key} has {len(texts)} entries for {features} features")
        ends.append([decimal(t, f"domain {key}[{j}]") for j, t in enumerate(texts)])
    for j, (low, high) in enumerate(zip(*ends, strict=True)):
        if low > high:
            raise Malformed(f"header: domain low[{j}] is above high[{j}]")
    square = constant + sum(max(a * a, b * b) for a, b in zip(*ends, strict=True))
    if len(set(ends[0])) <= 1 and len(set(ends[1])) <= 1 and features:
        description = f"{value['low'][0]} <= x_j <= {value['high'][0]} for every feature j"
    else:
        description = "low_j <= x_j <= high_j for every feature j, as the header lists them"
    return Domain(kind, description, all(a >= 0 for a in ends[0]), Fraction(square))


def parse_header(text: str) -> Header:
    """The header from its JSON text; raises `Malformed`. Keys that we do not know are ignored."""
    try:
        raw = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"header: not JSON ({_show(str(error))})") from None
    if not isinstance(raw, dict):
        raise Malformed("header: not a JSON object")
    if raw.get("format") != FORMAT:
        raise Malformed(f"header: format is {_show(raw.get('format'))}, expected {FORMAT!r}")
    if type(raw.get("version")) is not int or raw["version"] != VERSION:
        raise Malformed(f"header: version is {_show(raw.get('version'))}, expected {VERSION}")
    for key in KEYS:
        if key not in raw:
            raise Malformed(f"header: no key {key!r}")
    construction = raw["construction"]
    if not isinstance(construction, str) or not 0 < len(construction) <= 100 or not (
        construction.isascii() and construction.isprintable()
    ):
        raise Malformed("header: construction is not a name of 1 to 100 printable ASCII characters")
    widths = tuple(
        integer(w, f"widths[{t}]", 1, MAX_WIDTH) for t, w in enumerate(_list(raw["widths"], "widths"))
    )
    depth = len(widths) - 1
    if depth < 1:
        raise Malformed("header: widths has fewer than two entries")
    scales = tuple(
        integer(p, f"layer_scale_log2[{i}]", -MAX_SCALE, MAX_SCALE)
        for i, p in enumerate(_list(raw["layer_scale_log2"], "layer_scale_log2"))
    )
    if not scales:
        raise Malformed("header: layer_scale_log2 is empty")
    if integer(raw["scale_log2"], "scale_log2", -(1 << 62), 1 << 62) != sum(scales):
        raise Malformed("header: scale_log2 is not the sum of layer_scale_log2")
    epsilon, delta = decimal(raw["epsilon"], "epsilon"), decimal(raw["delta"], "delta")
    if epsilon < 0:
        raise Malformed("header: epsilon is negative")
    if not 0 <= delta <= 1:
        raise Malformed("header: delta is not a probability")
    homogenized = _boolean(raw["homogenized"], "homogenized")
    domain = _domain(raw["domain"], widths[0] - homogenized, homogenized)
    generations, previous = [], 0
    for k, item in enumerate(_list(raw["generations"], "generations")):
        name = f"generations[{k}]"
        layer = integer(_member(item, "layer", name), f"{name} layer", previous + 1, depth - 1)
        kind = _member(item, "kind", name)
        if kind not in ("split", "unit"):
            raise Malformed(f'header: {name} kind is {_show(kind)}, expected "split" or "unit"')
        generations.append((layer, str(kind)))
        previous = layer
    units = sum(kind == "unit" for _, kind in generations)
    if units != len(scales) - 1:
        raise Malformed(
            f"header: {units} unit generations for {len(scales) - 1} hidden target layers"
        )
    return Header(
        construction, integer(raw["seed"], "seed", 0, (1 << 64) - 1), widths, scales,
        epsilon, delta, domain, homogenized, tuple(generations),
    )  # fmt: skip


@dataclass(frozen=True)
class _Entry:
    """One array of the archive: its place, type and shape, and the bytes before its data."""

    info: zipfile.ZipInfo
    dtype: str
    shape: tuple[int, ...]
    offset: int


class TicketFile:
    """An open ticket file, to be used in a `with` statement.

    `header`; `targets`, the matrices W_i (float64 of shape (d_i, d_{i−1}), finite); layers on demand.
    Opening it raises OSError if the path cannot be opened; everything else raises `Malformed`.
    """

    def __init__(self, path: str | Path, limits: Limits) -> None:
        self._file: IO[bytes] = open(path, "rb")  # noqa: SIM115 (closed by __exit__)
        try:
            self._limits = limits
            self._entries = self._index()
            self.header = self._read_header()
            self._check_shapes()
            layers = range(1, len(self.header.layer_scale_log2) + 1)
            # Read once and kept, so that what is digested is what is bounded.
            self.targets = tuple(self._target(i) for i in layers)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _index(self) -> dict[str, _Entry]:
        try:
            self._zip = zipfile.ZipFile(self._file)
            infos = self._zip.infolist()
        except Exception as error:  # whatever zipfile meets in hostile bytes
            raise Malformed(f"file: not a zip archive ({_show(str(error))})") from None
        size = self._file.seek(0, 2)
        if sum(info.compress_size for info in infos) > size:
            raise Malformed("file: its arrays overlap, or it is truncated")
        entries: dict[str, _Entry] = {}
        for info in infos:
            name = info.filename.removesuffix(".npy")
            if not info.filename.endswith(".npy"):
                raise Malformed(f"file: unexpected member {_show(info.filename)}")
            if name in entries:
                raise Malformed(f"{_show(name)}: occurs twice in the archive")
            entries[name] = self._entry(name, info)
        return entries

    def _entry(self, name: str, info: zipfile.ZipInfo) -> _Entry:
        shown = _show(name)[1:-1]
        if info.flag_bits & 1:
            raise Malformed(f"{shown}: encrypted")
        if info.compress_type == zipfile.ZIP_STORED:
            if info.compress_size != info.file_size:
                raise Malformed(f"{shown}: stored, but its two sizes differ")
        elif info.compress_type != zipfile.ZIP_DEFLATED:
            raise Malformed(f"{shown}: neither stored nor deflated")
        inflated = max(self._limits.free_bytes, self._limits.inflation * info.compress_size)
        if info.file_size > inflated and info.compress_type != zipfile.ZIP_STORED:
            raise Malformed(
                f"{shown}: {info.compress_size} bytes claim to unpack to {info.file_size}"
            )
        try:
            with self._zip.open(info) as stream:
                start = stream.read(10)
                version = start[6:8]
                if start[:6] != b"\x93NUMPY" or version not in (b"\x01\x00", b"\x02\x00"):
                    raise Malformed(f"{shown}: not an .npy array of version 1.0 or 2.0")
                if version == b"\x02\x00":
                    start += stream.read(2)
                length = int.from_bytes(start[8:], "little")
                text = stream.read(min(length, 10_000))
        except Malformed:
            raise
        except Exception as error:  # whatever zipfile meets in hostile bytes
            raise Malformed(f"{shown}: cannot be read ({_show(str(error))})") from None
        match = NPY_HEADER.fullmatch(text.decode("latin-1")) if len(text) == length else None
        if match is None:
            raise Malformed(f"{shown}: its .npy header is not as NumPy writes it")
        shape = tuple(int(n) for n in match[3].split(",") if n.strip())
        if match[2] == "True" and len(shape) > 1:
            raise Malformed(f"{shown}: in Fortran order, expected C order")
        return _Entry(info, match[1], shape, len(start) + length)

    def _expect(self, name: str, dtypes: tuple[str, ...], shape: tuple[int | None, ...]) -> None:
        """The array exists, has one of the types, the shape (None: any) and the bytes for it."""
        entry = self._entries.get(name)
        if entry is None:
            raise Malformed(f"{name}: missing")
        if entry.dtype not in dtypes:
            raise Malformed(f"{name}: type {entry.dtype}, expected {' or '.join(dtypes)}")
        if len(entry.shape) != len(shape) or any(
            b not in (None, a) for a, b in zip(entry.shape, shape, strict=True)
        ):
            expected = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
            raise Malformed(f"{name}: shape {entry.shape}, expected {expected}")
        size = math.prod(entry.shape) * (8 if entry.dtype != "<i4" else 4)
        if entry.info.file_size != entry.offset + size:
            raise Malformed(f"{name}: {entry.info.file_size} bytes, expected {entry.offset + size}")

    def _read(self, name: str, itemsize: int | None = None) -> Array:
        entry = self._entries[name]
        dtype = np.dtype(entry.dtype)
        result = np.empty(entry.shape, dtype=dtype)
        place = memoryview(result.reshape(-1).view(np.uint8)) if result.size else memoryview(b"")
        try:
            with self._zip.open(entry.info) as stream:
                stream.read(entry.offset)
                done = 0
                while done < len(place):
                    piece = stream.read(min(READ_BYTES, len(place) - done))
                    if not piece:
                        raise Malformed(f"{name}: truncated")
                    place[done : done + len(piece)] = piece
                    done += len(piece)
                if stream.read(1):  # also makes zipfile compare the check sum
                    raise Malformed(f"{name}: longer than its shape says")
        except Malformed:
            raise
        except Exception as error:  # whatever zipfile meets in hostile bytes
            raise Malformed(f"{name}: cannot be read ({_show(str(error))})") from None
        return result

    def _read_header(self) -> Header:
        entry = self._entries.get("header")
        if entry is None:
            raise Malformed("header: missing")
        length = re.fullmatch(r"<U([1-9][0-9]{0,9})", entry.dtype)
        if length is None or entry.shape != ():
            raise Malformed(f"header: type {entry.dtype}, shape {entry.shape}, expected 0-d unicode")
        size = 4 * int(length[1])
        if size > MAX_HEADER_BYTES:
            raise Malformed(f"header: {size} bytes, expected at most {MAX_HEADER_BYTES}")
        if entry.info.file_size != entry.offset + size:
            raise Malformed(f"header: {entry.info.file_size} bytes, expected {entry.offset + size}")
        try:
            text = self._read("header").tobytes().decode("utf-32-le").rstrip("\0")
        except UnicodeError:
            raise Malformed("header: not unicode") from None
        return parse_header(text)

    def _check_shapes(self) -> None:
        """All arrays that the header calls for are there with the right shape, and no others."""
        header = self.header
        wanted = {"header"}
        layers, depth = len(header.layer_scale_log2), len(header.widths) - 1
        columns = header.widths[0]
        for i in range(1, layers + 1):
            name = f"target_{i}"
            self._expect(name, ("<f8",), (None, columns))
            columns = self._entries[name].shape[0]
            if columns < 1:
                raise Malformed(f"{name}: has no rows")
            wanted.add(name)
            if i < layers:
                self._expect(f"units_{i}", ("<i8",), (columns,))
                wanted.add(f"units_{i}")
        if columns != header.widths[-1]:
            raise Malformed(
                f"target_{layers}: {columns} rows, but the network has {header.widths[-1]} outputs"
            )
        for t in range(1, depth + 1):
            self._expect(f"sources_{t}", ("<i8",), (None,))
            count = self._entries[f"sources_{t}"].shape[0]
            self._expect(f"indptr_{t}", ("<i8",), (count + 1,))
            self._expect(f"indices_{t}", ("<i4", "<i8"), (None,))
            wanted.update((f"sources_{t}", f"indptr_{t}", f"indices_{t}"))
        for name in self._entries.keys() - wanted:
            raise Malformed(f"{_show(name)[1:-1]}: unexpected array")

    def dims(self) -> tuple[int, ...]:
        """d_0, …, d_l."""
        return (self.header.widths[0], *(matrix.shape[0] for matrix in self.targets))

    def kept(self) -> int:
        """Number of kept weights in all layers."""
        depth = len(self.header.widths) - 1
        return sum(self._entries[f"indices_{t}"].shape[0] for t in range(1, depth + 1))

    def _target(self, i: int) -> npt.NDArray[np.float64]:
        matrix = self._read(f"target_{i}")
        if not np.isfinite(matrix).all():
            raise Malformed(f"target_{i}: has an entry that is not finite")
        return matrix

    def units(self, i: int, width: int) -> Int64:
        """units_i: which neuron, below `width`, holds each unit of hidden target layer i."""
        units = self._read(f"units_{i}")
        if units.min() < 0 or units.max() >= width:
            raise Malformed(f"units_{i}: names a neuron outside 0 to {width - 1}")
        return units

    def edges(self, t: int) -> Edges:
        """The kept edges of layer t, with everything the format says about them checked."""
        before, after = self.header.widths[t - 1], self.header.widths[t]
        sources, indptr = self._read(f"sources_{t}"), self._read(f"indptr_{t}")
        indices = self._read(f"indices_{t}")
        if len(sources) and (sources[0] < 0 or sources[-1] >= before):
            raise Malformed(f"sources_{t}: names a neuron outside 0 to {before - 1}")
        if (sources[1:] <= sources[:-1]).any():
            raise Malformed(f"sources_{t}: not strictly increasing")
        if indptr[0] != 0 or indptr[-1] != len(indices):
            raise Malformed(f"indptr_{t}: does not lead from 0 to the length of indices_{t}")
        if (indptr[1:] <= indptr[:-1]).any():
            raise Malformed(f"indptr_{t}: not strictly increasing (a source has no kept edge)")
        if len(indices) and (indices.min() < 0 or indices.max() >= after):
            raise Malformed(f"indices_{t}: names a neuron outside 0 to {after - 1}")
        falls = indices[1:] <= indices[:-1]
        falls[indptr[1:-1] - 1] = False  # from one source to the next anything may follow
        if falls.any():
            raise Malformed(f"indices_{t}: not strictly increasing within a source")
        return Edges(sources, indptr, indices)
