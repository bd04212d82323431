"""Error versus width: every construction finds one target, ε by ε, in networks drawn from seeds.

The target is one linear layer of 8 × 8 weights with spectral norm just below 1, so T1's lower bound
speaks about it, and the error over the whole unit ball can be computed: f − ticket is linear on
every orthant, with f(x) − ticket(x) = E⁺x⁺ − E⁻x⁻ and ‖(x⁺, x⁻)‖₂ = ‖x‖₂.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from functools import cache

import numpy as np

from constructions import CATALOGUE, InputError, NoTicket, Plan, TargetNetwork, Ticket, plan_for
from proofs.evidence import derive_seed
from proofs.experiments.sweeps.model import Cell, Sweep, Value
from proofs.sampling import certify, random_target

D = 8
DELTA = "0.01"
_EPS = ("0.5", "0.2", "0.1", "0.05", "0.02", "0.01", "0.005", "0.002", "0.001", "0.0005")


@cache
def target() -> TargetNetwork:
    """Return the one target: Gaussian, scaled to a spectral norm just below 1."""
    rng = np.random.default_rng(derive_seed(0, "error-vs-width/target"))
    return random_target(rng, (D, D))


def lower_bound(eps: float) -> float:
    """Return d²·log₂(1/ε): weights that any universal random network needs (T1).

    >>> lower_bound(0.125)
    192.0
    """
    return D * D * math.log2(1 / eps)


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Draw one network, find the target in it, and measure the ticket's error.

    ``outcome`` is "ticket", "no ticket" (the draw has none), or "not searched": the size alone.
    """
    name, eps = str(case["construction"]), str(case["eps"])
    plan: Plan = plan_for(target(), eps, DELTA, name)
    found: dict[str, Value] = {
        "N": plan.N,
        "L": plan.L,
        "random_weights": plan.random_weights,
        "random_bits": math.ceil(plan.random_bits),
        "lower_bound": lower_bound(float(eps)),
        "outcome": "not searched",
        "kept_weights": None,
        "error": None,
        "certified": None,
    }
    try:
        plan.require_feasible()
    except InputError:
        return found  # more products per weight than an exact subset sum is searched for
    try:
        ticket = CATALOGUE[name].prune(target(), plan, plan.draw(seed))
    except NoTicket:
        return found | {"outcome": "no ticket"}
    return found | {
        "outcome": "ticket",
        "kept_weights": ticket.kept_weights,
        "error": error_on_ball(ticket),
        "certified": certified_bound(ticket),
    }


def error_on_ball(ticket: Ticket) -> float:
    """Return ‖[E⁺, E⁻]‖₂ of a one-layer target, in float64: at least sup ‖f − ticket‖ on the ball.

    It is the supremum itself where E⁺ = E⁻, which is so for tickets with exact integer weights.
    """
    W, unit = ticket.target.weights[0], np.eye(D)
    plus, minus = W - ticket.run(unit).T, W + ticket.run(-unit).T
    if np.array_equal(plus, minus):
        return float(np.linalg.norm(plus, 2))
    return float(np.linalg.norm(np.hstack([plus, minus]), 2))


def certified_bound(ticket: Ticket) -> float:
    """Return the kernel's bound; raise RuntimeError if it does not accept the ticket."""
    certificate = certify(ticket)
    if not certificate.accepted or certificate.bound is None:
        raise RuntimeError(f"the kernel does not accept a ticket: {certificate}")
    return certificate.bound


def cases(effort: str) -> list[Cell]:
    """Return construction × ε × draw; five draws per point at effort "full"."""
    accuracies = _EPS if effort == "full" else ("0.5", "0.05")
    draws = range(5 if effort == "full" else 1)
    return [
        {"construction": name, "eps": eps, "draw": i}
        for name, eps, i in itertools.product(CATALOGUE, accuracies, draws)
    ]


SWEEP = Sweep(
    name="error-vs-width",
    about="width, weights and error of every construction on one 8 × 8 target, ε by ε",
    keys=("construction", "eps", "draw"),
    results=(
        "N",
        "L",
        "random_weights",
        "random_bits",
        "lower_bound",
        "outcome",
        "kept_weights",
        "error",
        "certified",
    ),
    cases=cases,
    measure=measure,
)
