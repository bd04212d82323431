"""Reads a ticket file for the second checker: sections 3 and 4 of proofs/kernel/FORMAT.md.

Written from that document alone; imports nothing of the project.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

Matrix = list[list[Fraction]]


class Malformed(Exception):
    """The file is not as sections 3 and 4 say."""


@dataclass(frozen=True)
class Ticket:
    """What a file says: header fields, target, and for each layer its kept edges by source."""

    real: bool
    seed: int
    widths: list[int]
    shifts: list[int]
    epsilon: Fraction
    radius_squared: Fraction
    nonnegative: bool
    kinds: dict[int, str]
    distribution: tuple[str, int]
    target: list[Matrix]
    edges: list[dict[int, list[int]]]
    units: list[list[int]]
    digest: str

    @property
    def kept(self) -> int:
        return sum(len(r) for layer in self.edges for r in layer.values())

    @property
    def random_weights(self) -> int:
        return sum(a * b for a, b in pairwise(self.widths))


def need(condition: bool, fault: str) -> None:
    if not condition:
        raise Malformed(fault)


NPY = r"\{'descr': '([<|=>]\w+)', 'fortran_order': False, 'shape': (\(.*\)), \} *\n"


def array(data: bytes) -> tuple[str, tuple[int, ...], bytes]:
    """The type, shape and bytes of an .npy member."""
    need(data[:8] in (b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00"), "not .npy 1.0 or 2.0")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    match = re.fullmatch(NPY, data[start:end].decode("latin-1"))
    need(match is not None and end <= len(data) and end - start <= 10_000, "the .npy header")
    descr, text = match.groups()
    shape = tuple(int(n) for n in re.findall("[0-9]{1,18}", text))
    need(repr(shape) == text, "the .npy shape")
    size = {"<f8": 8, "<i8": 8, "<i4": 4, "|u1": 1}.get(descr)
    if size is None:
        need(re.fullmatch("<U[1-9][0-9]{0,8}", descr) is not None, f"type {descr}")
        size = 4 * int(descr[2:])
    need(len(data) - end == size * math.prod(shape), "the size of the data")
    return descr, shape, data[end:]


def members(data: bytes) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    arrays, packed = {}, 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                need(info.filename.endswith(".npy"), f"member {info.filename!r}")
                need(info.compress_type in (0, 8) and not info.flag_bits & 1, "compression")
                stored = info.compress_type == 0
                need(not stored or info.compress_size == info.file_size, "two sizes")
                packed += info.compress_size
                need(info.filename[:-4] not in arrays, f"{info.filename} occurs twice")
                arrays[info.filename[:-4]] = array(archive.read(info))
    except Malformed:
        raise
    except Exception as error:  # the standard library's many faults of a broken archive
        raise Malformed(f"archive: {error}") from error
    need(packed <= len(data), "members larger than the file")
    return arrays


def integer(value: object, low: int, high: int) -> int:
    if isinstance(value, str) and re.fullmatch("-?(0|[1-9][0-9]*)", value) and len(value) < 40:
        value = int(value)
    else:
        need(type(value) is int and abs(value) <= 2**53, f"{value!r} is not an integer")
    need(isinstance(value, int) and low <= value <= high, f"{value} is not in [{low}, {high}]")
    return value


def decimal(value: object) -> Fraction:
    need(isinstance(value, str) and len(value) <= 2000, f"{value!r} is not a decimal")
    text = str(value)
    match = re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE]([+-]?[0-9]+))?", text)
    need(match is not None, f"{text} is not a decimal")
    need(abs(int(match[4] or 0)) <= 1200, f"the exponent of {text}")
    return Fraction(text)


def listed(value: object) -> list[Any]:
    need(isinstance(value, list), f"{value!r} is not a list")
    return value


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len(dict(pairs)) == len(pairs), "a key occurs twice")
    return dict(pairs)


def constant(name: str) -> None:
    raise Malformed(f"{name} in the header")


def long(digits: str) -> None:
    need(len(digits.lstrip("-")) <= 4300, "a number of too many digits")


def parse(text: str) -> dict[str, Any]:
    """The header's object; numbers that can have no meaning in it (fractions, huge) are None."""
    try:
        header = json.loads(
            text,
            object_pairs_hook=once,
            parse_constant=constant,
            parse_float=lambda _: None,
            parse_int=lambda digits: int(digits) if len(digits) < 20 else long(digits),
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"header: {error}") from error
    need(isinstance(header, dict), "the header is not an object")
    return header


def domain(header: dict[str, Any], features: int) -> tuple[Fraction, bool]:
    """R² without the constant, and whether all features are known to be nonnegative."""
    said = header["domain"]
    if said["kind"] == "ball":
        radius = decimal(said["radius"])
        need(radius >= 0 and isinstance(said["nonnegative"], bool), "the ball")
        return radius**2, said["nonnegative"]
    need(said["kind"] == "box", "the domain's kind")
    low, high = ([decimal(v) for v in listed(said[end])] for end in ("low", "high"))
    need(len(low) == len(high) == features, "the box's number of features")
    need(all(a <= b for a, b in zip(low, high, strict=True)), "low above high")
    squares = (max(a * a, b * b) for a, b in zip(low, high, strict=True))
    return sum(squares, Fraction(0)), all(a >= 0 for a in low)


def read(data: bytes) -> Ticket:
    """A well-formed ticket, or `Malformed`."""
    arrays = members(data)
    need("header" in arrays, "no header")
    descr, shape, raw = arrays.pop("header")
    need(descr.startswith("<U") and shape == (), "the header's type or shape")
    try:
        return build(parse(raw.decode("utf-32-le").rstrip("\0")), arrays)
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise Malformed(f"missing, or of a wrong type: {error!r}") from error


def build(header: dict[str, Any], arrays: dict[str, tuple[str, tuple[int, ...], bytes]]) -> Ticket:
    need(header["format"] == "pmone-ticket", "the format")
    version = header["version"]
    need(type(version) is int and version in (1, 2, 3), "the version")
    real = version == 2 or (version == 3 and "distribution" in header)
    need(re.fullmatch("[ -~]{1,100}", header["construction"]) is not None, "the construction")
    widths = [integer(n, 1, 2**35 - 1) for n in listed(header["widths"])]
    shifts = [integer(p, -4096, 4096) for p in listed(header["layer_scale_log2"])]
    layers, depth = len(widths) - 1, len(shifts)
    need(layers >= 1 and depth >= 1, "no layer")
    need(integer(header["scale_log2"], -(2**53), 2**53) == sum(shifts), "scale_log2")
    epsilon, delta = decimal(header["epsilon"]), decimal(header["delta"])
    need(epsilon >= 0 and 0 <= delta <= 1, "epsilon or delta")
    constant_input = header["homogenized"]
    need(isinstance(constant_input, bool), "homogenized")
    squared, nonnegative = domain(header, widths[0] - constant_input)
    kinds: dict[int, str] = {}
    for generation in listed(header["generations"]):
        t = integer(generation["layer"], 1, layers - 1)
        need(generation["kind"] in ("split", "unit"), "a generation's kind")
        need(t > max(kinds, default=0), "generations do not increase")
        kinds[t] = generation["kind"]
    unit_layers = [t for t, kind in kinds.items() if kind == "unit"]
    need(len(unit_layers) == depth - 1, "the number of unit generations")
    distribution = ("sign", 0)
    if real:
        said = header["distribution"]
        keys = {"uniform": None, "hyperbolic": ("octaves", 1, 256), "grid": ("bits", 0, 30)}
        need(said["kind"] in keys, "the distribution's kind")
        key = keys[said["kind"]]
        distribution = said["kind"], integer(said[key[0]], key[1], key[2]) if key else 0

    def take(name: str, types: str, dimensions: int) -> np.ndarray[Any, Any]:
        descr, shape, raw = arrays.pop(name)
        need(descr in types.split() and len(shape) == dimensions, f"{name}'s type or shape")
        return np.frombuffer(raw, dtype=descr).reshape(shape)

    stored = [take(f"target_{i}", "<f8", 2) for i in range(1, depth + 1)]
    dims = [stored[0].shape[1], *(W.shape[0] for W in stored)]
    need(all(W.shape == (dims[i + 1], dims[i]) for i, W in enumerate(stored)), "target's shapes")
    need(min(dims) >= 1 and all(np.isfinite(W).all() for W in stored), "a target's entries")
    need((dims[0], dims[-1]) == (widths[0], widths[-1]), "the target does not fit the widths")
    digest = hashlib.sha256(b"pmone-target 1\n")
    for W in stored:
        digest.update(f"{W.shape[0]} {W.shape[1]}\n".encode() + W.tobytes())

    edges = []
    for t in range(1, layers + 1):
        if version == 3:
            gaps = take(f"gaps_{t}", "|u1", 1).tolist()
            far = take(f"far_{t}", "<i8 <i4", 1).tolist()
            edges.append(spaced(gaps, far, widths[t - 1], widths[t]))
            continue
        sources = take(f"sources_{t}", "<i8", 1).tolist()
        indptr = take(f"indptr_{t}", "<i8", 1).tolist()
        indices = take(f"indices_{t}", "<i8 <i4", 1).tolist()
        need(len(indptr) == len(sources) + 1 and indptr[0] == 0, f"indptr_{t}'s length or start")
        need(rising(indptr) and indptr[-1] == len(indices), f"indptr_{t}")
        need(rising(sources) and inside(sources, widths[t - 1]), f"sources_{t}")
        chunks = [indices[a:b] for a, b in pairwise(indptr)]
        need(all(map(rising, chunks)) and inside(indices, widths[t]), f"indices_{t}")
        edges.append(dict(zip(sources, chunks, strict=True)))
    units = [take(f"units_{i}", "<i8", 1).tolist() for i in range(1, depth)]
    for i, (u, t) in enumerate(zip(units, unit_layers, strict=True), 1):
        need(len(u) == dims[i] and inside(u, widths[t]), f"units_{i}")
    need(not arrays, f"arrays that do not belong: {sorted(arrays)}")
    target = [[[Fraction(v) for v in row] for row in W.tolist()] for W in stored]
    return Ticket(
        real=real,
        seed=integer(header["seed"], 0, 2**64 - 1),
        widths=widths,
        shifts=shifts,
        epsilon=epsilon,
        radius_squared=squared + constant_input,
        nonnegative=nonnegative,
        kinds=kinds,
        distribution=distribution,
        target=target,
        edges=edges,
        units=units,
        digest=digest.hexdigest(),
    )


def spaced(gaps: list[int], far: list[int], before: int, after: int) -> dict[int, list[int]]:
    """Section 9: the kept edges of one layer, by source, from the gaps between their places."""
    need(before * after < 2**62, "a layer too large for gaps")
    place, large = -1, iter(far)
    edges: dict[int, list[int]] = {}
    for gap in gaps:
        step = gap
        if gap == 255:
            step = next(large, 0)
            need(step >= 255, "a far gap that is missing or below 255")
        need(step > 0, "a gap of 0")
        place += step
        need(place < before * after, "a place beyond the last edge")
        edges.setdefault(place // after, []).append(place % after)
    need(next(large, None) is None, "more far gaps than there are bytes of 255")
    return edges


def rising(values: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(values))


def inside(values: Sequence[int], width: int) -> bool:
    return all(0 <= v < width for v in values)
