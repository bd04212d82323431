"""Failure versus slack: one parameter of a plan goes down; how often does a draw have no ticket?

Three numbers per row: the union bound of the theorem, the exact probability of the good event's
complement, and a count of draws with its Clopper–Pearson interval. Inputs are nonnegative. Where
S and S* only enclose the probability (G5, and what is subtracted at the outputs), the upper end
stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from constructions import construction, ours
from constructions.plan import Slack, SlackPlan
from constructions.request import Request
from proofs.evidence import derive_seed
from proofs.experiments.sweeps.model import Cell, Sweep, Value
from proofs.sampling import count_draws, random_target
from proofs.statistics import clopper_pearson

DIMS, EPS, DELTA = (4, 4), "0.1", "0.01"
_VALUES = 15  # most values per slack at effort "full"


@cache
def planned(name: str) -> SlackPlan:
    """Return the theorem's plan, from which one slack departs."""
    made: SlackPlan = construction(name).plan(Request.of(DIMS, EPS, DELTA, nonnegative=True))
    return made


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Draw n networks of the changed plan and count those without a ticket."""
    name, slack = str(case["construction"]), str(case["parameter"])
    n = int(case["n"])
    plan = planned(name).with_slacks(**{slack: int(case["value"])})
    rng = np.random.default_rng(derive_seed(0, "failure-vs-slack/target"))
    target = random_target(rng, DIMS, nonnegative=True)
    seeds = (derive_seed(seed, str(i)) for i in range(n))
    failures = count_draws(construction(name), plan, target, seeds).missed
    low, high = clopper_pearson(failures, n).as_floats()
    return {
        "planned": planned(name).slacks[slack],
        "N": plan.N,
        "bound": plan.bound_failure,
        "exact": min(plan.bound_failure, float(plan.exact_failure().upper())),
        "k": failures,
        "low": low,
        "high": high,
    }


def cases(effort: str) -> list[Cell]:
    """Return construction × slack × value, with n draws each."""
    full = effort == "full"
    return [
        {"construction": name, "parameter": slack.name, "value": value, "n": 300 if full else 20}
        for name in ours()
        for slack in planned(name).SLACKS
        for value in _values(planned(name), slack, _VALUES if full else 3)
    ]


def _values(plan: SlackPlan, slack: Slack, most: int) -> range:
    """Return at most so many values, evenly spaced, from the least to a third beyond the plan's."""
    value = plan.slacks[slack.name]
    last = value + value // 3
    return range(slack.least, last + 1, max(1, -(-(last - slack.least) // (most - 1))))


SWEEP = Sweep(
    name="failure-vs-slack",
    about="probability of no ticket against slack and block size: bound, exact, counted draws",
    keys=("construction", "parameter", "value", "n"),
    results=("planned", "N", "bound", "exact", "k", "low", "high"),
    cases=cases,
    measure=measure,
)
