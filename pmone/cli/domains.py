"""Domains as users have them: balls, boxes, the range of a data set, a VNN-LIB file's inputs."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import numpy as np

from constructions import Ball, Box, InputError, TargetNetwork
from constructions.targets.target import exact_decimal
from pmone.cli.inputs import Array, read_array

FORMS = "ball:R, box:LO:HI, box:low.npy:high.npy, box:data.npy or a .vnnlib file"
_NUMBER = r"(-?[0-9.]+(?:[eE][-+]?\d+)?)"
_BOUND = re.compile(rf"\(\s*assert\s*\(\s*(<=|>=)\s+X_(\d+)\s+{_NUMBER}\s*\)\s*\)")


def with_domain(network: TargetNetwork, text: str, nonnegative: bool) -> TargetNetwork:
    """Return the network on the domain that ``text`` names, or raise InputError."""
    kind, *values = text.split(":")
    if kind == "ball" and len(values) == 1:
        return network.with_domain(Ball(values[0], nonnegative))
    if kind == "box" and len(values) == 1 and _is_file(values[0]):
        rows = _rows(Path(values[0]), network.features)
        box = Box(_decimals(rows.min(axis=0)), _decimals(rows.max(axis=0)))
    elif kind == "box" and len(values) == 2:
        low, high = (_end(value, network.features) for value in values)
        box = Box(low, high)
    elif text.endswith(".vnnlib"):
        box = vnnlib_box(Path(text), network.features)
    else:
        raise InputError(f"{text!r}: expected {FORMS}, such as ball:1 or box:0:1")
    if nonnegative and not box.nonnegative:
        raise InputError(f"{text} has inputs below 0: expected none with --nonnegative")
    return network.with_domain(box)


def _is_file(text: str) -> bool:
    return Path(text).suffix.lower() in (".npy", ".npz", ".csv")


def _end(text: str, features: int) -> tuple[Decimal, ...]:
    """Return one end of a box: a number for all features, or a file with one for each."""
    if not _is_file(text):
        return Box.uniform(text, text, features).low
    values = np.asarray(read_array(Path(text))).reshape(-1)
    if len(values) != features:
        raise InputError(f"{text} has {len(values)} numbers: the target has {features} features")
    return _decimals(values)


def _rows(path: Path, features: int) -> Array:
    rows = np.asarray(read_array(path))
    if rows.ndim == 0 or rows.shape[-1] != features or not rows.size:
        raise InputError(f"{path} has shape {rows.shape}: expected (rows, {features})")
    return rows.reshape(-1, features)


def _decimals(values: Array) -> tuple[Decimal, ...]:
    """Return float64 numbers exactly: the box is to hold the data themselves."""
    if not np.isfinite(values).all():
        raise InputError("a domain of numbers that are not finite")
    return tuple(Decimal(float(value)) for value in values)


def vnnlib_box(path: Path, features: int) -> Box:
    """Return the box that a VNN-LIB file asserts of X_0 … X_{d−1}; what it says of Y is left out.

    Raises InputError unless every feature has both bounds, each in an assertion of its own.
    """
    try:
        text = re.sub(r";[^\n]*", "", path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    low: dict[int, Decimal] = {}
    high: dict[int, Decimal] = {}
    for relation, feature, number in _BOUND.findall(text):
        ends, pick = (high, min) if relation == "<=" else (low, max)
        j, value = int(feature), exact_decimal(f"{path}: X_{feature}", number)
        ends[j] = pick(ends.get(j, value), value)
    rest = re.sub(r"\(\s*declare-[^()]*\)", "", _BOUND.sub("", text))
    if re.search(r"\bX_\d+", rest):
        raise InputError(
            f"{path}: inputs in a disjunction: expected one box, as (assert (<= X_0 1))"
        )
    lacking = [j for j in range(features) if j not in low or j not in high]
    if lacking or max((*low, *high), default=0) >= features:
        wrong = f"X_{lacking[0]} lacks a bound" if lacking else "it bounds more features"
        raise InputError(f"{path}: {wrong}: the target has {features} features")
    return Box(tuple(low[j] for j in range(features)), tuple(high[j] for j in range(features)))
