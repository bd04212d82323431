"""Files for two checkers to disagree on: single edits of a ticket, small tickets made by chance.

A file in memory is its header, as JSON values, and its other arrays by name. `altered` makes one
edit, and `edited` is that for Hypothesis; `by_chance` draws a whole file of ±1 or real weights,
well-formed and sometimes good.
"""

from __future__ import annotations

import copy
import io
import json
import math
import zipfile
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.adversarial.choices import Choices, Drawn
from tests.strategies import matrices, seeds

Arrays = dict[str, np.ndarray]
File = tuple[dict[str, Any], Arrays]

INTEGERS = [0, 1, -1, 2, 7, 2**31, 2**32, 2**35 - 1, 2**35, 2**53, 2**53 + 1, 2**63, 2**64, 10**30]
DECIMALS = ["0", "-0", "1", "0.5", "-1", "1e3", "1E-3", "1e1200", "1e-1200", "1e1201",
    "1e-99999", "1.", ".5", "+1", "01", "1_0", " 1", "1\n", "٣", "", "nan", "inf", "0x1p3", "1/2",
    "1" * 2000, "1" * 2001,
    "0." + "9" * 1990, "1e0000000", "1E-0000001", "-0.0e+0"]  # fmt: skip
ODD = [
    None,
    True,
    False,
    1.0,
    0.5,
    "",
    "x",
    "1",
    "-1",
    "01",
    "1.0",
    "+1",
    "٣",
    [],
    {},
    [1],
    {"kind": "unit"},
]
DRAWN = [
    {"kind": "uniform"},
    {"kind": "grid", "bits": 3},
    {"kind": "hyperbolic", "octaves": 5},
]
TYPES = ["<i8", "<i4", ">i8", "<u8", "<i2", "<f8", "<f4", ">f8", "|b1", "<U3", "<c16"]


def unpack(data: bytes) -> File:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(str(arrays.pop("header"))), arrays


def pack(file: File, compressed: bool = False) -> bytes:
    header, arrays = file
    buffer = io.BytesIO()
    text = header if isinstance(header, str) else json.dumps(header)
    save = np.savez_compressed if compressed else np.savez
    save(buffer, **({"header": np.array(text)} | arrays))
    return buffer.getvalue()


def members(file: File) -> dict[str, bytes]:
    """The .npy members of a file, as bytes."""
    with zipfile.ZipFile(io.BytesIO(pack(file))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values of a JSON value, itself not included."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*path, key))
        if isinstance(inner, dict | list):
            found += places(inner, (*path, key))
    return found


def near(by: Choices, value: Any) -> Any:
    """Another JSON value, preferably one that is nearly as good."""
    if isinstance(value, bool):
        return by.pick([not value, *ODD, 0, 1])
    if isinstance(value, int):
        close = [
            value + 1,
            value - 1,
            value + 256,
            -value,
            str(value),
            str(value + 1),
            float(value),
        ]
        return by.pick([*close, *close, *INTEGERS, *map(str, INTEGERS), *ODD])
    if isinstance(value, str):
        return by.pick([*DECIMALS, *ODD, "ball", "box", "split", "unit", "grid", value + " "])
    if isinstance(value, list) and value:
        k = by.number(0, len(value) - 1)
        others = [
            value[:-1],
            value[1:],
            [*value, value[k]],
            value[::-1],
            value[:k] + value[k + 1 :],
        ]
        return by.pick([*others, *ODD])
    return by.pick(ODD)


def edit_header(by: Choices, file: File) -> File:
    """One value anywhere in the header becomes another, or goes, or a key comes."""
    header, arrays = file
    path = by.pick(places(header))
    holder = header
    for key in path[:-1]:
        holder = holder[key]
    how = by.pick([*["near"] * 8, "gone", "extra", "shift", "swap"])
    if how == "near":
        holder[path[-1]] = near(by, holder[path[-1]])
    elif how == "gone":
        del holder[path[-1]]
    elif how == "extra":  # keys without a meaning change nothing
        inner = holder if isinstance(holder, dict) else header
        inner["remark"] = by.pick(ODD)
    elif how == "shift":  # both scales at once, so that the file stays well-formed
        k = by.number(0, len(header["layer_scale_log2"]) - 1)
        shift = by.pick([1, -1, 2, 60, -60])
        header["layer_scale_log2"][k] += shift
        header["scale_log2"] += shift * by.pick([1, 1, 1, 0])
    elif len(header["layer_scale_log2"]) > 1:
        header["layer_scale_log2"] = header["layer_scale_log2"][::-1]
    return header, arrays


def edit_text(by: Choices, file: File) -> Any:
    """One character of the header's text."""
    text = json.dumps(file[0])
    k = by.number(0, len(text))
    new = by.pick(["", " ", '"', "0", ",", "}", "\n", "\0", "é", "1", "-", "NaN", "\ud800"])
    if by.pick([False, True]):
        remark = by.pick(["NaN", "1e999", "9" * 5000, "[" * 99 + "]" * 99,
            '{"a": 1, "a": 2}', "-Infinity", "01", "'a'", '"\t"', '"\\ud800"'])  # fmt: skip
        text = by.pick([text + "\0", "\0" + text, text + "\n", "\ufeff" + text,
            text + text, f"[{text}]", text[:-1] + ', "format": "pmone-ticket"}',
            *[text[:-1] + f', "remark": {remark}' + "}"] * 6])  # fmt: skip
    else:
        text = text[:k] + new + text[k + by.number(0, 1) :]
    return text, file[1]


def edit_array(by: Choices, file: File) -> File:
    """One entry of an array, or its length, type, shape, order, name, or presence."""
    header, arrays = file
    name = by.pick(sorted(arrays))
    old = arrays[name]
    how = by.pick([*["entry"] * 6, "delete", "repeat", "swap", "type", "shape",
        "fortran", "gone", "extra", "copy", "wide"])  # fmt: skip
    flat = old.copy().ravel()
    k = by.number(0, max(flat.size - 1, 0))
    if how == "entry" and flat.size:
        if old.dtype.kind == "f":
            flat[k] = by.pick([0.0, -0.0, 0.3, -flat[k], 2 * flat[k], math.nan,
                math.inf, 1e308, 5e-324, math.nextafter(flat[k], 9)])  # fmt: skip
        else:
            other = int(flat[by.number(0, flat.size - 1)])
            old_value = int(flat[k])
            near_or_far = [old_value + 1, old_value - 1, other, 0, -1, 255, 2**31 - 1]
            new = by.pick([*near_or_far, 2**62 - 1, 2**62, 2**63 - 1])
            flat[k] = np.array(new).astype(flat.dtype)  # wraps where it does not fit
        arrays[name] = flat.reshape(old.shape)
    elif how == "delete":
        arrays[name] = np.delete(old, k, 0) if old.shape[0] > k else old[:0]
    elif how == "repeat":
        arrays[name] = np.concatenate([old[:1], old])
    elif how == "swap" and flat.size:
        j = by.number(0, flat.size - 1)
        flat[[k, j]] = flat[[j, k]]
        arrays[name] = flat.reshape(old.shape)
    elif how == "type":
        arrays[name] = np.nan_to_num(old).astype(by.pick(TYPES))
    elif how == "shape":
        arrays[name] = old.reshape(by.pick([(1, -1), (-1, 1), (-1,)]) if old.size else (0, 1))
    elif how == "fortran" and old.ndim > 1:
        arrays[name] = np.asfortranarray(old)
    elif how == "gone":
        del arrays[name]
    elif how == "extra":
        arrays[by.pick(["extra", "target_0", "target_01", "units_9", "sources_1 ", "far_99"])] = old
    elif how == "copy":
        other = by.pick(sorted(arrays))
        arrays[name] = arrays[other]
    elif how == "wide":
        indices = [n for n in arrays if n.startswith(("indices", "far"))]
        arrays |= {
            n: arrays[n].astype("<i8" if arrays[n].dtype == "<i4" else "<i4") for n in indices
        }
    return header, arrays


def edit_edges(by: Choices, file: File) -> File:
    """One kept edge comes, goes, or moves, in a file that stays well-formed; or one unit moves."""
    header, arrays = file
    widths = [int(w) for w in header["widths"]]
    units = [name for name in arrays if name.startswith("units_") and arrays[name].size]
    how = by.pick(["add", "drop", "drop", "move", "source", *["unit"] * bool(units)])
    if how == "unit":
        name = by.pick(units)
        held, new = arrays[name].copy(), by.number(0, 2**20)
        layer = [g["layer"] for g in header["generations"] if g["kind"] == "unit"][
            int(name[6:]) - 1
        ]
        k = by.number(0, held.size - 1)
        held[k] = by.pick([int(held[0]), int(held[-1]), new % widths[layer]])
        arrays[name] = held
        return header, arrays
    t = by.number(1, len(widths) - 1)
    edges = edges_of(arrays, t, widths[t])
    if not edges or how == "add":
        edges.add((by.number(0, widths[t - 1] - 1), by.number(0, widths[t] - 1)))
    else:
        c, r = by.pick(sorted(edges))
        edges -= {e for e in edges if e == (c, r) or (how == "source" and e[0] == c)}
        if how == "move":
            edges.add((c, by.number(0, widths[t] - 1)))
    arrays |= arrays_of(edges, t, widths[t], header["version"] == 3)
    return header, arrays


def edges_of(arrays: Arrays, t: int, width: int) -> set[tuple[int, int]]:
    if f"gaps_{t}" in arrays:
        large = iter(arrays[f"far_{t}"].tolist())
        steps = [g if g < 255 else next(large) for g in arrays[f"gaps_{t}"].tolist()]
        return {divmod(place - 1, width) for place in accumulate(steps)}
    sources = np.repeat(arrays[f"sources_{t}"], np.diff(arrays[f"indptr_{t}"])).tolist()
    return set(zip(sources, arrays[f"indices_{t}"].tolist(), strict=True))


def arrays_of(edges: set[tuple[int, int]], t: int, width: int, compact: bool) -> Arrays:
    if compact:
        places = [-1, *sorted(c * width + r for c, r in edges)]
        steps = [b - a for a, b in pairwise(places)]
        gaps = np.array([min(step, 255) for step in steps], dtype=np.uint8)
        far = np.array([step for step in steps if step >= 255], dtype=np.int64)
        return {f"gaps_{t}": gaps, f"far_{t}": far}
    pairs = np.array(sorted(edges), dtype=np.int64).reshape(-1, 2)
    sources, starts = np.unique(pairs[:, 0], return_index=True)
    indptr = np.append(starts, len(pairs)).astype(np.int64)
    return {f"sources_{t}": sources, f"indptr_{t}": indptr, f"indices_{t}": pairs[:, 1].copy()}


def as_first(file: File) -> File:
    """The same ticket as versions 1 and 2 state it, without gaps."""
    header, arrays = file
    if header["version"] != 3:
        return file
    widths = [int(w) for w in header["widths"]]
    kept = {name: a for name, a in arrays.items() if not name.startswith(("gaps_", "far_"))}
    for t, width in enumerate(widths[1:], 1):
        kept |= arrays_of(edges_of(arrays, t, width), t, width, compact=False)
    return header | {"version": 2 if "distribution" in header else 1}, kept


def edit_epsilon(by: Choices, file: File) -> File:
    """An accuracy of another size, for the bound to decide."""
    file[0]["epsilon"] = by.pick(["1e-9", "1e-3", "0.01", "0.05", "0.1", "1", "100"])
    return file


NPY_TEXT = [
    ("'fortran_order': False", "'fortran_order': True"), ("False", "0"), (", }", "}"), ("'", '"'),
    (", }", ",}"), ("{", "{ "), (": ", ":"), ("'shape': (", "'shape': ( "), (",), }", "), }"),
    ("'shape': (", "'shape': (0"), ("(", "["), ("'<", "'>"), ("'<", "'="), ("'<", "'|"),
    ("<i8", "int64"), ("<i8", "i8"), ("<f8", "<d"), ("<i8", "<u8"), ("<U", "<U0"), ("<U", "<S"),
    ("'descr'", "'desc'"), (", }", ", 'more': 1, }"), ("), }", ", 1), }"), ("\n", "\t"),
    ("'shape': ()", "'shape': (1,)"), ("  \n", "\n"), (" \n", " \0"),
]  # fmt: skip


def edit_npy(by: Choices, file: File) -> bytes:
    """The bytes of one .npy member, or how it is archived."""
    return zipped(edit_npy_members(by, members(file)), by.pick([0, 8, 8, 12]))


def edit_npy_members(by: Choices, held: dict[str, bytes]) -> dict[str, bytes]:
    """The bytes of one .npy member: its text, its version, its length, its name."""
    name = by.pick(sorted(held))
    data = held[name]
    end = 10 + int.from_bytes(data[8:10], "little")
    text, version = data[10:end].decode("latin-1"), data[6:8]
    how = by.pick([*["text"] * 6, "version", "long", "short", "rename", "empty", "pad"])
    if how == "text":
        text = text.replace(*by.pick(NPY_TEXT), 1)
    elif how == "pad":
        text = text[:-1] + " " * by.pick([1, 64, 9000, 10000]) + "\n"
    elif how == "version":
        version = by.pick([b"\2\0", b"\3\0", b"\1\1", b"\0\0", b"\2\0"])
    size = len(text).to_bytes(2 if version[0] == 1 else 4, "little")
    body = data[end:] + b"\0" * (how == "long") * by.number(1, 9)
    held[name] = data[:6] + version + size + text.encode("latin-1") + body[how == "short" :]
    if how == "empty":
        held[name] = data[: by.number(0, len(data))]
    if how == "rename":
        new = by.pick(
            [name[:-4], name.upper(), "a/" + name, name + ".npy", "x", name[:-4] + ".npY"]
        )
        held = {new if key == name else key: value for key, value in held.items()}
    return held


EDITS = [
    edit_npy,
    edit_npy,
    edit_header,
    edit_header,
    edit_text,
    edit_array,
    edit_array,
    edit_edges,
    edit_edges,
    edit_edges,
    edit_epsilon,
]


def altered(by: Choices, originals: list[File]) -> bytes:
    """The bytes of an original after one edit, now and then of one of its bytes."""
    file = copy.deepcopy(by.pick(originals))
    edit = by.pick([*EDITS, None])
    if edit is not None:
        new = edit(by, file)
        return new if isinstance(new, bytes) else pack(new, by.pick([False, True]))
    data = bytearray(pack(file))
    k = by.number(0, len(data) - 1)
    if by.pick([False, True]):  # where the archive's directory is
        k = len(data) - 1 - k % min(len(data), 60 * len(file[1]))
    data[k] ^= 1 << by.number(0, 7)
    return bytes(data)


@st.composite
def edited(draw: st.DrawFn, originals: list[File]) -> bytes:
    """The bytes of an altered original."""
    return altered(Drawn(draw), originals)


@st.composite
def by_chance(draw: st.DrawFn, real: bool = False) -> bytes:
    """A well-formed file of either form: network, edges, units, target and domain by chance."""
    compact = draw(st.booleans())
    depth = draw(st.integers(1, 3))
    layers = 2 * depth if real else draw(st.integers(depth, depth + 3))
    hidden = draw(st.lists(st.integers(1, 5), min_size=layers - 1, max_size=layers - 1))
    widths = [draw(st.integers(1, 2)), *hidden, draw(st.integers(1, 2))]
    spread = draw(st.sampled_from([0.2, 0.5, 0.8]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if real:
        split, units_at = draw(st.booleans()), [2 * i for i in range(1, depth)]
        kinds = {1: "split"} if split else {}
    else:
        units_at = sorted(rng.permutation(np.arange(1, layers))[: depth - 1].tolist())
        kinds = {t: str(rng.choice(["split", "plain"])) for t in range(1, layers)}
        kinds = {t: kind for t, kind in kinds.items() if kind == "split"}
    kinds |= dict.fromkeys(units_at, "unit")
    dims = [widths[0], *(int(rng.integers(1, 4)) for _ in units_at), widths[-1]]
    arrays: Arrays = {}
    for i in range(depth):
        arrays[f"target_{i + 1}"] = draw(matrices(dims[i + 1], dims[i], 4))
    for i, t in enumerate(units_at, 1):
        if real:
            dims[i] = min(dims[i], widths[t])
            arrays[f"target_{i}"] = arrays[f"target_{i}"][: dims[i]]
            arrays[f"target_{i + 1}"] = arrays[f"target_{i + 1}"][:, : dims[i]].copy()
        arrays[f"units_{i}"] = rng.choice(widths[t], dims[i], replace=not real)
    for t in range(1, layers + 1):
        kept = rng.random((widths[t - 1], widths[t])) < spread
        if real and t % 2:  # one edge a neuron, from a unit
            kept[:] = False
            at = (
                rng.choice(arrays[f"units_{t // 2}"], widths[t])
                if t > 1
                else rng.integers(0, widths[0], widths[t])
            )
            kept[at, np.arange(widths[t])] = True
        edges = set(zip(*map(np.ndarray.tolist, np.nonzero(kept)), strict=True))
        arrays |= arrays_of(edges, t, widths[t], compact)
    nonnegative = draw(st.booleans())
    constant = draw(st.booleans())
    low = "0.25" if nonnegative else "-0.5"
    features = widths[0] - constant
    scales = [draw(st.integers(-1, 3)) for _ in range(depth)]
    header = {
        "format": "pmone-ticket", "version": 3 if compact else 1 + real,
        "construction": "by chance", "delta": "0.5",
        "seed": str(draw(seeds())), "widths": widths, "layer_scale_log2": scales,
        "scale_log2": sum(scales), "epsilon": draw(st.sampled_from(["1e9", "1e9", "1", "0.3"])),
        "homogenized": constant,
        "domain": draw(st.sampled_from([
            {"kind": "ball", "radius": "1.5", "nonnegative": nonnegative},
            {"kind": "box", "low": [low] * features, "high": ["2"] * features},
        ])),
        "generations": [{"layer": t, "kind": kind} for t, kind in sorted(kinds.items())],
        "distribution": draw(st.sampled_from(DRAWN)),
    }  # fmt: skip
    if compact and not real:  # there the key would have a meaning
        del header["distribution"]
    return pack((header, arrays))


def points(
    rng: np.random.Generator, size: int, nonnegative: bool, constant: bool
) -> list[Fraction]:
    """One exact input of either sign, or none below 0; the last is 1 if there is a constant."""
    x = [Fraction(int(a), 7) for a in rng.integers(0 if nonnegative else -20, 21, size)]
    return [*x[:-1], Fraction(1)] if constant else x
