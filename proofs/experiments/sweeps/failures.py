"""Failure versus slack: one parameter of a plan goes down; how often has a draw no ticket?

Three numbers a row: the union bound of the theorem, the exact probability of the good event's
complement, and a count of draws with its Clopper–Pearson interval. Inputs are nonnegative, where
the exact probability is exact (the input split is bounded only).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from constructions import CONSTRUCTIONS, NoTicket
from constructions.plan import Plan, union_bound, upper_float
from proofs.audit import good_events
from proofs.audit.draws import random_target
from proofs.evidence import derive_seed
from proofs.experiments.sweeps.model import Case, Sweep, Value
from proofs.statistics import clopper_pearson

DIMS, EPS, DELTA = (4, 4), "0.1", "0.01"
_VALUES = {
    ("blocks", "B"): range(2, 101, 7),
    ("sign-agnostic", "e"): range(2, 17, 2),
    ("sign-agnostic", "s_C"): range(0, 16, 2),
    ("sign-agnostic", "s_D"): range(0, 37, 4),
    ("horner", "e"): range(9),
    ("horner", "s_U"): range(0, 19, 2),
    ("horner", "s_A"): range(0, 37, 4),
}


@cache
def planned(construction: str) -> Plan:
    """Return the theorem's plan, from which one parameter departs."""
    made: Plan = CONSTRUCTIONS[construction].plan(DIMS, EPS, DELTA, nonnegative=True)
    return made


def measure(case: Case, seed: int) -> Mapping[str, Value]:
    """Draw n networks of the changed plan and count those without a ticket."""
    name, parameter = str(case["construction"]), str(case["parameter"])
    value, n = int(case["value"]), int(case["n"])
    plan = good_events.with_value(planned(name), parameter, value)
    module = CONSTRUCTIONS[name]
    target = random_target(DIMS, derive_seed(0, "failure-vs-slack/target"))
    failures = 0
    for i in range(n):
        try:
            module.prune(target, plan, plan.signs(derive_seed(seed, str(i))))
        except NoTicket:
            failures += 1
    exact = good_events.failure(plan)
    low, high = clopper_pearson(failures, n).as_floats()
    events = module.failure_bounds(plan)  # type: ignore[attr-defined]
    return {
        "planned": good_events.value_of(planned(name), parameter),
        "N": plan.N,
        "bound": min(1.0, upper_float(union_bound(events))),
        "exact": float(exact.mid()),
        "k": failures,
        "low": low,
        "high": high,
    }


def cases(effort: str) -> list[Case]:
    """Return construction × parameter × value, with n draws each."""
    full = effort == "full"
    return [
        {"construction": name, "parameter": parameter, "value": value, "n": 300 if full else 20}
        for (name, parameter), values in _VALUES.items()
        for value in (values if full else values[:: len(values) // 2])
    ]


SWEEP = Sweep(
    name="failure-vs-slack",
    about="probability of no ticket against slack and block size: bound, exact, counted draws",
    keys=("construction", "parameter", "value", "n"),
    results=("planned", "N", "bound", "exact", "k", "low", "high"),
    cases=cases,
    measure=measure,
)
