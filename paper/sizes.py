"""The plans of all three constructions for one well-known shape."""

from __future__ import annotations

from constructions import CONSTRUCTIONS
from constructions.rounding import RoundingKind
from paper import tex

DIMS, EPS, DELTA = (784, 500, 10), "0.01", "0.01"
_ROUNDINGS: tuple[RoundingKind, ...] = ("nearest", "random")
_NAMES = {"blocks": r"B (\ref{B4})", "sign-agnostic": r"A (\ref{A1})", "horner": r"S (\ref{S4})"}


def table() -> str:
    """Return a row a construction and rounding: bits, width, depth, random weights."""
    rows: list[list[str]] = []
    for rounding in _ROUNDINGS:
        if rows:
            rows.append([])
        for name, label in _NAMES.items():
            plan = CONSTRUCTIONS[name].plan(DIMS, EPS, DELTA, rounding=rounding)
            sizes = (plan.precision.p, plan.N, plan.L, plan.random_weights)
            rows.append([label, rounding, *map(tex.integer, sizes)])
    head = ["", "rounding", "$p$", "width $N$", "depth $L$", "random weights"]
    return tex.table("@{}llrrrr@{}", head, rows)
