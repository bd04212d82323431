"""The plans of all of our constructions for one well-known shape."""

from __future__ import annotations

from constructions import ours
from constructions.request import Request
from constructions.rounding import RoundingKind
from paper import tex

DIMS, EPS, DELTA = (784, 500, 10), "0.01", "0.01"
_ROUNDINGS: tuple[RoundingKind, ...] = ("nearest", "random")


def table() -> str:
    """Return one row per construction and rounding: bits, width, depth, random weights."""
    rows: list[list[str]] = []
    for rounding in _ROUNDINGS:
        if rows:
            rows.append([])
        for row in reversed(ours().values()):
            plan = row.plan(Request.of(DIMS, EPS, DELTA, rounding=rounding))
            sizes = (plan.precision.p, plan.N, plan.L, plan.random_weights)
            rows.append([row.tex, rounding, *map(tex.integer, sizes)])
    head = ["", "rounding", "$p$", "width $N$", "depth $L$", "random weights"]
    return tex.table("@{}llrrrr@{}", head, rows)
