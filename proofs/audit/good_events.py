"""The smallest plans that the exact probabilities of the good events allow.

The theorems bound the failure by a union bound; `SlackPlan.exact_failure` computes it as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any, TypeVar

from flint import arb, ctx

from constructions.numbers import PRECISION, ball, least
from constructions.plan import SlackPlan
from constructions.pool import smallest_slacks

MORE_DIGITS = 4  # how far beyond the plan's extra digits the search goes
_AMPLE = 600  # neurons of slack: pools then fail with probability below 2^−160

AnyPlan = TypeVar("AnyPlan", bound=SlackPlan)


def smallest(plan: AnyPlan, by: Callable[[AnyPlan], Any] | None = None) -> AnyPlan:
    """Return the smallest plan with the same p whose exact failure probability is at most δ.

    Parameters
    ----------
    plan : of any of our constructions
    by : what is to be small, (random weights, depth) by default
    """
    return min(candidates(plan), key=by or (lambda made: (made.random_weights, made.L)))


def candidates(plan: AnyPlan) -> list[AnyPlan]:
    """Return the plans with the same p that fail with probability at most δ, computed exactly.

    One for each number of extra digits e up to MORE_DIGITS beyond the plan's, with the smallest
    slacks that add neurons. B has no digits to spare, and so one plan. Each further digit takes
    half or three quarters off the range's share of δ, and gives every section a layer more.
    """
    layers = [s for s in plan.SLACKS if not s.neurons]
    ranges = [range(s.least, plan.slacks[s.name] + MORE_DIGITS + 1) for s in layers]
    found = []
    for values in product(*ranges):
        made = _narrowest(
            plan.with_slacks(**{s.name: v for s, v in zip(layers, values, strict=True)})
        )
        if made is not None:
            found.append(made)
    return found


def smallest_value(plan: SlackPlan, name: str) -> int:
    """Return the smallest value of one slack, all others as planned, that keeps failure ≤ δ."""
    slack = next(s for s in plan.SLACKS if s.name == name)
    return least(lambda v: _works(plan.with_slacks(**{name: v})), slack.least, plan.slacks[name])


def _narrowest(plan: AnyPlan) -> AnyPlan | None:
    """Return the plan of this depth with the least slacks in neurons; None if none is enough."""
    each = {s.name: s.neurons for s in plan.SLACKS if s.neurons}
    names = list(each)
    ample = plan if _works(plan) else plan.with_slacks(**dict.fromkeys(names, _AMPLE))
    if not _works(ample):
        return None  # the range alone fails too often
    if len(names) == 1:
        return ample.with_slacks(**{names[0]: smallest_value(ample, names[0])})

    def fails(first: int, second: int) -> arb:
        return plan.with_slacks(**dict(zip(names, (first, second), strict=True))).exact_failure()

    found = smallest_slacks(fails, Fraction(plan.delta), each[names[1]])
    return plan.with_slacks(**dict(zip(names, found, strict=True)))


def _works(plan: SlackPlan) -> bool:
    with ctx.workprec(PRECISION):
        return bool(plan.exact_failure() <= ball(Fraction(plan.delta)))
