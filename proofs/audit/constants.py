"""The constants that a Θ or an O hides: stated form, proved value, smallest that works.

For each form the scan goes through parameter sets (d, l, ε, δ), takes the plan of the theorem and
the smallest plan whose exact failure probability is at most δ, and computes the constant that each
would need. The largest over the scan is the smallest constant that works there: no proof can give
a smaller one for this construction, and a proved constant below it would be refuted.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from joblib import Parallel, delayed

from constructions import CONSTRUCTIONS
from constructions.plan import Plan
from constructions.progress import Progress, silent
from proofs.audit import good_events
from proofs.audit.stated import proved_constant
from proofs.claims import horner_rates

_BY: dict[str, Callable[[Plan], int]] = {"N": lambda plan: plan.N, "L": lambda plan: plan.L}

Point = tuple[int, int, str, str]  # d, l, eps, delta: all widths d, depth l

FAR: Point = (64, 2, "1e-600", "0.5")
QUICK = tuple(itertools.product((1, 2, 16), (1, 2, 8), ("0.5", "1e-6"), ("0.5", "1e-3")))
FULL = tuple(
    itertools.product(
        (1, 2, 3, 4, 8, 16, 64, 256),
        (1, 2, 3, 4, 8, 32),
        ("0.5", "0.25", "0.1", "1e-2", "1e-3", "1e-6", "1e-12", "1e-30"),
        ("0.5", "0.1", "1e-3", "1e-9"),
    )
)


@dataclass(frozen=True)
class Form:
    """A stated form with one constant, and the constant that a plan needs.

    Attributes
    ----------
    label, symbol : the claim, and what it calls the constant
    construction, quantity : "blocks", …; "N" or "L"
    text : the form as the theorem states it
    needed : (plan, d, l, log2(1/ε), log2(1/δ)) → the constant that makes the form an equality
    factors : the same arguments → what the constant is made of, in words and numbers
    additive : whether the constant is a summand, so that ratios mean little
    """

    label: str
    symbol: str
    construction: str
    quantity: str
    text: str
    needed: Callable[[Plan, int, int, float, float], float]
    factors: Callable[[Any, int, int, float, float], dict[str, float]]
    additive: bool = False


@dataclass(frozen=True)
class Constant:
    """One hidden constant, audited.

    Attributes
    ----------
    form : what is stated
    proved : the explicit constant that the claim states, or None if it states none
    planned, planned_at : the largest needed by the theorem's plans, and the parameters there
    smallest, smallest_at : the same for the smallest plans by exact probabilities
    far : what the theorem's plan needs far out, at FAR: the price as ε → 0
    factors : what the constant is made of, at ``smallest_at``
    points : the size of the scan
    """

    form: Form
    proved: Fraction | None
    planned: float
    planned_at: Point
    smallest: float
    smallest_at: Point
    far: float
    factors: dict[str, float]
    points: int

    @property
    def holds(self) -> bool | None:
        """Whether the proved constant covers every plan of the scan; None if none is stated."""
        if self.proved is None:
            return None
        return self.planned <= float(self.proved) * (1 + 1e-12)

    @property
    def ratio(self) -> float | None:
        """Proved over smallest; None without a proved constant."""
        return None if self.proved is None else float(self.proved) / self.smallest


def audit(
    points: Sequence[Point], jobs: int = 1, progress: Progress = silent
) -> tuple[Constant, ...]:
    """Return every constant of FORMS, audited on the scan.

    Parameters: points (d, l, ε, δ) with decimals as text; jobs ≥ 1 workers.
    """
    work = Parallel(n_jobs=jobs, return_as="generator")(delayed(_at)(p) for p in points)
    rows = []
    for row in work:
        rows.append(row)
        progress(len(rows), len(points), "scanning constants")
    found, far = [], _needed(FAR)
    for i, form in enumerate(FORMS):
        planned, planned_at = _largest((row[i][0], p) for row, p in zip(rows, points, strict=True))
        exact, exact_at = _largest((row[i][1], p) for row, p in zip(rows, points, strict=True))
        factors = rows[points.index(exact_at)][i][2]
        proved = proved_constant(form.label, form.symbol)
        found.append(
            Constant(
                form=form,
                proved=proved,
                planned=planned,
                planned_at=planned_at,
                smallest=exact,
                smallest_at=exact_at,
                far=far[i],
                factors=factors,
                points=len(points),
            )
        )
    return tuple(found)


def _largest(values: Iterable[tuple[float, Point]]) -> tuple[float, Point]:
    return max(values, key=lambda pair: pair[0])


def _at(point: Point) -> list[tuple[float, float, dict[str, float]]]:
    """Return (needed by the plan, needed by the smallest plan, its factors) for every form."""
    plans = _plans(point)
    working = {name: good_events.candidates(plan) for name, plan in plans.items()}
    rows = []
    for form, needed in zip(FORMS, _needed(point), strict=True):
        least = min(working[form.construction], key=_BY[form.quantity])
        arguments = (least, *_arguments(point))
        rows.append((needed, form.needed(*arguments), form.factors(*arguments)))
    return rows


def _needed(point: Point) -> list[float]:
    """Return the constant that the theorem's plan needs, for every form."""
    plans, arguments = _plans(point), _arguments(point)
    return [form.needed(plans[form.construction], *arguments) for form in FORMS]


def _plans(point: Point) -> dict[str, Any]:
    d, depth, eps, delta = point
    return {name: c.plan((d,) * (depth + 1), eps, delta) for name, c in CONSTRUCTIONS.items()}


def _arguments(point: Point) -> tuple[int, int, float, float]:
    d, depth, eps, delta = point
    return d, depth, -log2(eps), -log2(delta)


def log2(value: str | Decimal) -> float:
    """Return log₂ of a positive decimal, far below float64's range too.

    >>> log2("0.125")
    -3.0
    """
    ratio = Fraction(Decimal(value))
    shift = ratio.numerator.bit_length() - ratio.denominator.bit_length()
    return shift + math.log2(ratio / Fraction(2) ** shift)


# -- the forms ------------------------------------------------------------------------------------


def _log_dl(d: int, depth: int, e: float) -> float:
    return math.log2(d * depth) + e


def _width_log(d: int, depth: int, e: float, f: float) -> float:
    """log₂(l·log₂(dl/ε)/δ), the logarithm in S's width."""
    return math.log2(depth * _log_dl(d, depth, e)) + f


def _b_width_factors(plan: Any, d: int, depth: int, e: float, f: float) -> dict[str, float]:
    log = _log_dl(d, depth, e) + f
    return {
        "m/d (the inputs' ± split)": max(s.m for s in plan.sections) / d,
        "(p+1)/log": (plan.p + 1) / log,
        "B/log": plan.B / log,
    }


def _a_width_factors(plan: Any, d: int, depth: int, e: float, f: float) -> dict[str, float]:
    scale, m = d * (_log_dl(d, depth, e) + f), max(s.m for s in plan.sections)
    return {
        "wires m(K−1)": m * (plan.K - 1) / scale,
        "top halves 2m": 2 * m / scale,
        "slack s_C + 2s_D": (plan.N - m * (plan.K + 1)) / scale,
    }


def _s_width_factors(plan: Any, d: int, depth: int, e: float, f: float) -> dict[str, float]:
    scale = _width_log(d, depth, e, f) + 1
    return {
        "offset pair": 2 / scale,
        "slack s_U": (plan.size_U - 2 * d) / scale,
        "slack 2s_A": 2 * (plan.size_A - d - 1) / scale,
    }


def _s_slope(d: int, depth: int, e: float, f: float) -> float:
    return float(horner_rates.SLOPE) * _width_log(d, depth, e, f)


def _s_offset_factors(plan: Any, d: int, depth: int, e: float, f: float) -> dict[str, float]:
    return {
        "offset pair": 2.0,
        "slack s_U": float(plan.size_U - 2 * d),
        "slack 2s_A": 2.0 * (plan.size_A - d - 1),
        f"−{horner_rates.SLOPE}·log₂(…)": -_s_slope(d, depth, e, f),
    }


def _depth_factors(plan: Any, d: int, depth: int, e: float, f: float) -> dict[str, float]:
    """A section's layers beyond log₂(dl/ε) + ½log₂(l·d²/δ)."""
    extra = 0.5 * (math.log2(depth * d * d) + f)
    return {
        "p − log(dl/ε)": plan.p - _log_dl(d, depth, e),
        "e − ½log(l·d²/δ)": plan.e - extra,
        "first digit, merge, read-out": 3.0,
        "split and output / l": 2 / depth,
    }


def _ratio_depth_factors(plan: Any, d: int, depth: int, e: float, f: float) -> dict[str, float]:
    scale = depth * (_log_dl(d, depth, e) + (f if plan.construction == "sign-agnostic" else 0.0))
    extra = getattr(plan, "e", 1)
    return {
        "p": depth * plan.p / scale,
        "e" if hasattr(plan, "e") else "read-out": depth * extra / scale,
        "input split": 1 / scale,
    }


FORMS = (
    Form(
        "B5",
        "C",
        "blocks",
        "N",
        "N ≤ C·d·log₂²(dl/(εδ))",
        lambda plan, d, depth, e, f: plan.N / (d * (_log_dl(d, depth, e) + f) ** 2),
        _b_width_factors,
    ),
    Form(
        "B5",
        "C'",
        "blocks",
        "L",
        "L ≤ C'·l·log₂(dl/ε)",
        lambda plan, d, depth, e, f: plan.L / (depth * _log_dl(d, depth, e)),
        _ratio_depth_factors,
    ),
    Form(
        "A1",
        "C",
        "sign-agnostic",
        "N",
        "N ≤ C·d·log₂(dl/(εδ))",
        lambda plan, d, depth, e, f: plan.N / (d * (_log_dl(d, depth, e) + f)),
        _a_width_factors,
    ),
    Form(
        "A1",
        "C'",
        "sign-agnostic",
        "L",
        "L ≤ C'·l·log₂(dl/(εδ))",
        lambda plan, d, depth, e, f: plan.L / (depth * (_log_dl(d, depth, e) + f)),
        _ratio_depth_factors,
    ),
    Form(
        "S5",
        "C",
        "horner",
        "N",
        "N ≤ 4d + C·log₂(l·log₂(dl/ε)/δ) + C",
        lambda plan, d, depth, e, f: (plan.N - 4 * d) / (_width_log(d, depth, e, f) + 1),
        _s_width_factors,
    ),
    Form(
        "S5",
        "C₂",
        "horner",
        "N",
        f"N ≤ 4d + {horner_rates.SLOPE}·log₂(l·log₂(dl/ε)/δ) + C₂",
        lambda plan, d, depth, e, f: plan.N - 4 * d - _s_slope(d, depth, e, f),
        _s_offset_factors,
        additive=True,
    ),
    Form(
        "S5",
        "C'",
        "horner",
        "L",
        "L ≤ l·(log₂(dl/ε) + ½log₂(l·d²/δ) + C')",
        lambda plan, d, depth, e, f: (
            plan.L / depth - _log_dl(d, depth, e) - 0.5 * (math.log2(depth * d * d) + f)
        ),
        _depth_factors,
        additive=True,
    ),
)
