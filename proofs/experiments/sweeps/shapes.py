"""Shapes: width and depth against ε and d, and random weights against the lower bound as ε → 0.

For each shape three numbers: what the theorem's closed form allows with its proved constants (B5,
A1, S5), what the plan takes, and the smallest that works, its failure probability computed exactly.
Nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping

from constructions import construction, ours
from constructions.numbers import estimate_log2
from constructions.rates import Scale
from constructions.request import Request
from proofs.audit import good_events
from proofs.experiments.sweeps.model import Cell, Sweep, Value

_EPS = ("0.5", "1e-1", "1e-2", "1e-3", "1e-4", "1e-6", "1e-8", "1e-10", "1e-12")
_D = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_LIMIT_EPS = ("0.5", "1e-1", *(f"1e-{k}" for k in (2, 3, 6, 10, 20, 50, 100, 200, 400, 800)))


def theorem(name: str, scale: Scale) -> dict[str, float]:
    """Return the N and L that the stated closed forms allow; empty where none is stated.

    >>> allowed = theorem("blocks", Scale.of(4, 2, "0.5", "0.5"))
    >>> allowed["N"] == 28 * 4 * 25, allowed["L"] == 3 * 2 * 4
    (True, True)
    """
    allowed: dict[str, float] = {}
    for form in construction(name).rates:
        allowed.setdefault(form.quantity, form.allowed(scale))
    return allowed


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Return width and depth three times: theorem, plan, smallest that works."""
    name, d, depth = str(case["construction"]), int(case["d"]), int(case["l"])
    eps, delta = str(case["eps"]), str(case["delta"])
    plan = construction(name).stated_plan(Request.of((d,) * (depth + 1), eps, delta))
    working = good_events.candidates(plan)
    allowed = theorem(name, Scale.of(d, depth, eps, delta))
    return {
        "N_theorem": allowed.get("N"),
        "N_plan": plan.N,
        "N_smallest": min(made.N for made in working),
        "L_theorem": allowed.get("L"),
        "L_plan": plan.L,
        "L_smallest": min(made.L for made in working),
    }


def cases(effort: str) -> list[Cell]:
    """Return construction × (ε at d = 16, d at ε = 0.01), for l = 2 and δ = 0.01."""
    full = effort == "full"
    points = [(16, eps) for eps in (_EPS if full else _EPS[:2])]
    points += [(d, "1e-2") for d in (_D if full else _D[:2]) if d != 16]
    return [
        {"construction": name, "d": d, "l": 2, "eps": eps, "delta": "0.01"}
        for name in ours()
        for d, eps in points
    ]


SWEEP = Sweep(
    name="shape-vs-eps-and-d",
    about="width and depth against ε and d: theorem, plan, smallest that works",
    keys=("construction", "d", "l", "eps", "delta"),
    results=("N_theorem", "N_plan", "N_smallest", "L_theorem", "L_plan", "L_smallest"),
    cases=cases,
    measure=measure,
)


def measure_limit(case: Cell, seed: int) -> Mapping[str, Value]:
    """Return random weights over the lower bound (T1): half a bit per weight less for inputs ≥ 0.

    For S the ratio tends to 9 (S6), for S* to 4 (S*5).
    """
    name, d, eps = str(case["construction"]), int(case["d"]), str(case["eps"])
    nonnegative = case["inputs"] == "nonnegative"
    plan = construction(name).plan(Request.of((d, d), eps, "0.01", nonnegative=nonnegative))
    log = -estimate_log2(eps)
    bits = log - 0.5 if nonnegative else log
    return {
        "log2_inverse_eps": log,
        "N": plan.N,
        "L": plan.L,
        "random_weights": plan.random_weights,
        "lower_bound": d * d * bits,
        "ratio": plan.random_weights / (d * d * bits),
    }


def limit_cases(effort: str) -> list[Cell]:
    """Return construction × d × ε for one layer of width d; S and S* also for large d."""
    full = effort == "full"
    return [
        {"construction": name, "d": d, "inputs": inputs, "eps": eps}
        for name in ours()
        for d in (_wide(name) if full else (4,))
        for inputs in ("signed", "nonnegative")
        for eps in (_LIMIT_EPS if full else _LIMIT_EPS[:3])
    ]


def _wide(name: str) -> tuple[int, ...]:
    far = {"horner": (1024, 16384), "grouped": (16384, 2**30)}  # whose ratios have limits
    return (64, *far.get(name, ()))


LIMIT = Sweep(
    name="weights-vs-bound",
    about="random weights over T1's lower bound as ε → 0",
    keys=("construction", "d", "inputs", "eps"),
    results=("log2_inverse_eps", "N", "L", "random_weights", "lower_bound", "ratio"),
    cases=limit_cases,
    measure=measure_limit,
)
