"""Counted draws: how often `prune` finds no ticket when one parameter of a plan is made smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from constructions import CONSTRUCTIONS, NoTicket, TargetNetwork
from constructions.targets.target import Ball
from proofs.audit import good_events
from proofs.evidence import derive_seed
from proofs.statistics import ERROR, Interval, clopper_pearson

PARAMETERS = (
    ("blocks", "B"),
    ("sign-agnostic", "e"),
    ("sign-agnostic", "s_C"),
    ("sign-agnostic", "s_D"),
    ("horner", "e"),
    ("horner", "s_U"),
    ("horner", "s_A"),
)
_STEPS = 6  # values below the smallest exact one that may be tried


@dataclass(frozen=True)
class Draws:
    """Draws of one plan in which one parameter has been changed and all others are as planned.

    Attributes
    ----------
    k, n : draws without a ticket, among n independent draws
    interval : the Clopper–Pearson interval for the failure probability
    exact : (low, high) around the exact failure probability of this plan
    """

    construction: str
    parameter: str
    dims: tuple[int, ...]
    eps: str
    delta: str
    planned: int
    value: int
    k: int
    n: int
    interval: Interval
    exact: tuple[float, float]

    @property
    def agrees(self) -> bool:
        """Whether the count is compatible with the exact probability.

        Decided by a wider interval, which misses a true probability once in 10⁶ only: many counts
        are looked at.
        """
        low, high = clopper_pearson(self.k, self.n, 1 - ERROR).as_floats()
        return low <= self.exact[1] and self.exact[0] <= high

    @property
    def too_small(self) -> bool:
        """Whether the draws show that the failure probability is above δ."""
        return self.interval.low > Fraction(self.delta)

    @property
    def works(self) -> bool:
        """Whether the failure probability is at most δ, computed exactly."""
        return self.exact[1] <= float(self.delta)


def measure(
    construction: str,
    parameter: str,
    dims: tuple[int, ...],
    eps: str,
    delta: str,
    trials: int,
    root: int,
) -> list[Draws]:
    """Draw with the planned value and from the smallest exact one downward, until it is too small.

    Parameters
    ----------
    construction, parameter : one of PARAMETERS
    dims, eps, delta : the plan, for nonnegative inputs
    trials : draws a value, n ≥ 1
    root : the root seed; every draw's seed derives from its name and this
    """
    planned = CONSTRUCTIONS[construction].plan(dims, eps, delta, nonnegative=True)
    target = random_target(dims, derive_seed(root, f"audit/target/{dims}"))
    found = []
    for value in _values(planned, parameter):
        plan = good_events.with_value(planned, parameter, value)
        case = f"audit/{construction}/{parameter}={value}/{dims}/{eps}/{delta}"
        failures = sum(
            _fails(construction, target, plan, derive_seed(root, f"{case}/{i}"))
            for i in range(trials)
        )
        exact = good_events.failure(plan)
        found.append(
            Draws(
                construction=construction,
                parameter=parameter,
                dims=dims,
                eps=eps,
                delta=delta,
                planned=good_events.value_of(planned, parameter),
                value=value,
                k=failures,
                n=trials,
                interval=clopper_pearson(failures, trials),
                exact=(float(exact.lower()), float(exact.upper())),
            )
        )
        if found[-1].too_small:
            break
    return found


def random_target(dims: tuple[int, ...], seed: int) -> TargetNetwork:
    """Return a target with Gaussian layers of spectral norm just below 1, on {‖x‖₂ ≤ 1, x ≥ 0}."""
    rng = np.random.default_rng(seed)
    layers = []
    for columns, rows in pairwise(dims):
        W = rng.standard_normal((rows, columns))
        layers.append(W / np.linalg.norm(W, 2) * (1 - 2.0**-20))
    return TargetNetwork.from_layers(layers, domain=Ball("1", nonnegative=True))


def _values(plan: Any, parameter: str) -> Iterator[int]:
    planned = good_events.value_of(plan, parameter)
    smallest = good_events.smallest_value(plan, parameter)
    yield planned
    least = {"B": 2, "e": 2 if plan.construction == "sign-agnostic" else 1}.get(parameter, 0)
    for value in range(smallest, max(least, smallest - _STEPS) - 1, -1):
        if value < planned:
            yield value


def _fails(construction: str, target: TargetNetwork, plan: Any, seed: int) -> bool:
    try:
        CONSTRUCTIONS[construction].prune(target, plan, plan.signs(seed))
    except NoTicket:
        return True
    return False
