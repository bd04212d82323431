"""How much an audit looks at: values that a caller passes in, with two that have a name."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from constructions.errors import InputError

Point = tuple[int, int, str, str]  # d, l, eps, delta: all widths d, depth l
Asked = tuple[tuple[int, ...], str, str]  # dims, eps, delta

FAR_EPS = "1e-600"
FAR_POINT: Point = (64, 2, FAR_EPS, "0.5")
STEPS = 3


@dataclass(frozen=True)
class Effort:
    """The parameters of one audit.

    Attributes
    ----------
    name : as it stands in the JSON
    points : where the constants are scanned
    drawn : plans whose slacks are made smaller, with ``trials`` draws per value
    plans : whose parameters are compared
    practical : widths d and accuracies ε of single layers, with a draw each
    far : widths d of the layers far out, at ε = 1e-600; nothing is drawn
    far_point : where the price of a constant as ε → 0 is read
    steps : values of a slack below the smallest exact one that are drawn
    """

    name: str
    points: tuple[Point, ...]
    drawn: tuple[Asked, ...]
    trials: int
    plans: tuple[Asked, ...]
    practical: tuple[tuple[int, str], ...]
    far: tuple[int, ...]
    far_point: Point = FAR_POINT
    steps: int = STEPS


QUICK = Effort(
    name="quick",
    points=tuple(itertools.product((1, 2, 16), (1, 2, 8), ("0.5", "1e-6"), ("0.5", "1e-3"))),
    drawn=(((2, 2), "0.25", "0.25"),),
    trials=24,
    plans=(((16, 16), "0.01", "0.01"), ((64, 32, 16, 10), "0.1", "0.01")),
    practical=tuple((16, eps) for eps in ("0.1", "1e-2", "1e-4", "1e-8")),
    far=(2**4, 2**8, 2**12),
)
FULL = Effort(
    name="full",
    points=tuple(
        itertools.product(
            (1, 2, 3, 4, 8, 16, 64, 256),
            (1, 2, 3, 4, 8, 32),
            ("0.5", "0.25", "0.1", "1e-2", "1e-3", "1e-6", "1e-12", "1e-30"),
            ("0.5", "0.1", "1e-3", "1e-9"),
        )
    ),
    drawn=(((2, 2), "0.25", "0.25"), ((2, 3, 2), "0.25", "0.1")),
    trials=400,
    plans=(
        *QUICK.plans,
        ((784, 500, 10), "0.01", "0.01"),
        ((64,) * 9, "1e-6", "1e-6"),
    ),
    practical=tuple(itertools.product((16, 64), ("0.1", "1e-2", "1e-4", "1e-8", "1e-16"))),
    far=(2**4, 2**8, 2**12, 2**16),
)
EFFORTS: Mapping[str, Effort] = {effort.name: effort for effort in (QUICK, FULL)}


def effort_of(which: str | Effort) -> Effort:
    """Return the effort of a name, or the one that is given; raise InputError for other names."""
    if isinstance(which, Effort):
        return which
    if which not in EFFORTS:
        raise InputError(f"effort = {which!r}: expected one of {', '.join(EFFORTS)}")
    return EFFORTS[which]
