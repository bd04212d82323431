"""The constants that a Θ or an O hides: stated form, proved value, smallest that works.

For each form the scan goes through parameter sets (d, l, ε, δ), takes the plan of the theorem and
the smallest plan whose exact failure probability is at most δ, and computes the constant that each
would need. A proved constant below the largest that a plan needs would be refuted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from joblib import Parallel, delayed

from constructions import ours
from constructions.progress import Progress, silent
from constructions.rates import Rate, Scale
from constructions.request import Request
from proofs.audit import good_events
from proofs.audit.effort import FAR_POINT, Point


@dataclass(frozen=True)
class Constant:
    """One hidden constant, audited.

    Attributes
    ----------
    construction : whose
    form : what is stated, with the constant that the claim proves
    planned, planned_at : the largest needed by the theorem's plans, and the parameters there
    smallest, smallest_at : the same for the smallest plans by exact probabilities
    far, far_at : what the theorem's plan needs far out, and where: the price as ε → 0
    factors : what the constant is made of, at ``smallest_at``
    points : the size of the scan
    """

    construction: str
    form: Rate
    planned: float
    planned_at: Point
    smallest: float
    smallest_at: Point
    far: float
    far_at: Point
    factors: Mapping[str, float]
    points: int

    @property
    def proved(self) -> Fraction:
        """The constant that the claim states."""
        return self.form.constant

    @property
    def holds(self) -> bool:
        """Whether the proved constant covers every plan of the scan."""
        return self.planned <= float(self.proved) * (1 + 1e-12)

    @property
    def ratio(self) -> float:
        """Proved over smallest."""
        return float(self.proved) / self.smallest


def audit(
    points: Sequence[Point],
    far_point: Point = FAR_POINT,
    jobs: int = 1,
    progress: Progress = silent,
) -> tuple[Constant, ...]:
    """Return every constant that the catalogue's rows state, audited on the scan.

    Parameters: points (d, l, ε, δ) with decimals as text, one of them far out; jobs ≥ 1 workers.
    """
    work = Parallel(n_jobs=jobs, return_as="generator")(delayed(_at)(p) for p in points)
    rows = []
    for row in work:
        rows.append(row)
        progress(len(rows), len(points), "scanning constants")
    found, far = [], _needed(far_point)
    for i, (name, form) in enumerate(_forms()):
        planned, planned_at = _largest((row[i][0], p) for row, p in zip(rows, points, strict=True))
        exact, exact_at = _largest((row[i][1], p) for row, p in zip(rows, points, strict=True))
        found.append(
            Constant(
                construction=name,
                form=form,
                planned=planned,
                planned_at=planned_at,
                smallest=exact,
                smallest_at=exact_at,
                far=far[i],
                far_at=far_point,
                factors=rows[points.index(exact_at)][i][2],
                points=len(points),
            )
        )
    return tuple(found)


def _forms() -> list[tuple[str, Rate]]:
    """Return every stated form with its construction's name: B's, then A's, then S's."""
    rows = reversed(ours().items())
    return [(name, form) for name, row in rows for form in row.rates]


def _largest(values: Iterable[tuple[float, Point]]) -> tuple[float, Point]:
    return max(values, key=lambda pair: pair[0])


def _at(point: Point) -> list[tuple[float, float, Mapping[str, float]]]:
    """Return (needed by the plan, needed by the smallest plan, its factors) for every form."""
    plans, scale = _plans(point), Scale.of(*point)
    working = {name: good_events.candidates(plan) for name, plan in plans.items()}
    rows = []
    for (name, form), needed in zip(_forms(), _needed(point), strict=True):
        least = min(working[name], key=form.of)
        rows.append((needed, form.needed(least, scale), form.factors(least, scale)))
    return rows


def _needed(point: Point) -> list[float]:
    """Return the constant that the theorem's plan needs, for every form."""
    plans, scale = _plans(point), Scale.of(*point)
    return [form.needed(plans[name], scale) for name, form in _forms()]


def _plans(point: Point) -> dict[str, Any]:
    d, depth, eps, delta = point
    request = Request.of((d,) * (depth + 1), eps, delta)
    return {name: row.stated_plan(request) for name, row in ours().items()}
