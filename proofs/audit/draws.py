"""Counted draws: how often `prune` finds no ticket when one parameter of a plan is made smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from constructions import construction, ours
from constructions.plan import Slack, SlackPlan
from constructions.request import Request
from proofs.audit import good_events
from proofs.audit.effort import STEPS
from proofs.evidence import derive_seed
from proofs.sampling import count_draws, random_target
from proofs.statistics import ERROR, Interval, clopper_pearson


def parameters() -> tuple[tuple[str, Slack], ...]:
    """Return every slack of every construction of ours, with the construction's name."""
    return tuple((name, slack) for name, row in ours().items() for slack in row.slacks)


@dataclass(frozen=True)
class Draws:
    """Draws of one plan in which one parameter has been changed and all others are as planned.

    Attributes
    ----------
    k, n : draws without a ticket, among n independent draws
    interval : the Clopper–Pearson interval for the failure probability, which misses it once in
        10⁶ only, as many counts are looked at; every verdict on the draws is by this one
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
        """Whether the interval holds the exact probability."""
        low, high = self.interval.as_floats()
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
    name: str,
    slack: Slack,
    dims: tuple[int, ...],
    eps: str,
    delta: str,
    trials: int,
    root: int,
    steps: int = STEPS,
) -> list[Draws]:
    """Draw with the planned value, the smallest exact one, and the next ``steps`` below it.

    The values are fixed beforehand: none is left out for what the others showed.

    Parameters
    ----------
    name, slack : a construction of ours, and one of its slacks
    dims, eps, delta : the plan, for nonnegative inputs
    trials : draws per value, n ≥ 1
    root : the root seed; every draw's seed derives from its name and this
    steps : values below the smallest exact one that are tried
    """
    planned = construction(name).plan(Request.of(dims, eps, delta, nonnegative=True))
    rng = np.random.default_rng(derive_seed(root, f"audit/target/{dims}"))
    target = random_target(rng, dims, nonnegative=True)
    found = []
    for value in _values(planned, slack, steps):
        plan = planned.with_slacks(**{slack.name: value})
        case = f"audit/{name}/{slack.name}={value}/{dims}/{eps}/{delta}"
        seeds = (derive_seed(root, f"{case}/{i}") for i in range(trials))
        failures = count_draws(construction(name), plan, target, seeds).missed
        exact = plan.exact_failure()
        found.append(
            Draws(
                construction=name,
                parameter=slack.name,
                dims=dims,
                eps=eps,
                delta=delta,
                planned=planned.slacks[slack.name],
                value=value,
                k=failures,
                n=trials,
                interval=clopper_pearson(failures, trials, 1 - ERROR),
                exact=(float(exact.lower()), float(exact.upper())),
            )
        )
    return found


def _values(plan: SlackPlan, slack: Slack, steps: int) -> Iterator[int]:
    planned = plan.slacks[slack.name]
    smallest = good_events.smallest_value(plan, slack.name)
    yield planned
    for value in range(smallest, max(slack.least, smallest - steps) - 1, -1):
        if value < planned:
            yield value
