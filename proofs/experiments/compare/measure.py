"""How often do random networks contain a ticket? Counted, with exact intervals.

A draw without a ticket is counted and never drawn again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from constructions import CONSTRUCTIONS
from constructions.errors import NoTicket
from constructions.norms import bound_spectral_norm
from constructions.peers import PEERS, PeerPlan, draw
from constructions.peers.subset_sum import within
from constructions.plan import Plan
from constructions.targets.target import Ball, TargetNetwork
from proofs.evidence import derive_seed
from proofs.statistics import Interval, clopper_pearson

PUBLIC_SAMPLES, PUBLIC_TOLERANCE, PUBLIC_TRIALS = 15, 0.01, 100_000
PUBLIC_FAILURES = {"uniform": 400, "products": 3550}  # of 100,000, as stated to two places


@dataclass(frozen=True)
class Count:
    """Something happened k times in n independent trials.

    Attributes
    ----------
    k, n : the count
    interval : Clopper–Pearson at 99.9%, exact
    events : for failures, how many of each event
    """

    k: int
    n: int
    interval: Interval
    events: Mapping[str, int]

    @classmethod
    def of(cls, k: int, n: int, events: Mapping[str, int] | None = None) -> Count:
        """Return the count with its interval.

        >>> Count.of(3, 10).share
        0.3
        """
        return cls(k, n, clopper_pearson(k, n), dict(events or {}))

    @property
    def share(self) -> float:
        """k/n."""
        return self.k / self.n

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        low, high = self.interval.as_floats()
        return {
            "k": self.k,
            "n": self.n,
            "share": self.share,
            "low": low,
            "high": high,
            "confidence": float(self.interval.confidence),
            "events": dict(self.events),
        }


def count_tickets(
    name: str, plan: PeerPlan | Plan, trials: int, seed: int, *, random_targets: bool = True
) -> Count:
    """Return how many of ``trials`` draws contain a ticket for a target.

    Parameters
    ----------
    name, plan : a construction, ours or a peer's, and its plan
    trials, seed : independent networks, and targets unless ``random_targets`` is false
    """
    module: Any = PEERS[name] if name in PEERS else CONSTRUCTIONS[name]
    events: Counter[str] = Counter()
    for i in range(trials):
        at = derive_seed(seed, f"{name} {i}")
        rng = np.random.default_rng(at if random_targets else seed)
        target = random_target(rng, plan.dims, plan.nonnegative)
        try:
            module.prune(target, plan, draw(plan, at))
        except NoTicket as failure:
            events[failure.event.split(" ")[0]] += 1
    return Count.of(trials - events.total(), trials, events)


def random_target(
    rng: np.random.Generator, dims: tuple[int, ...], nonnegative: bool = False
) -> TargetNetwork:
    """Return a target of the theorem's class: ‖W_i‖₂ just below 1, or one weight in [−1, 1]."""
    weights = []
    for rows, columns in zip(dims[1:], dims[:-1], strict=True):
        W = rng.uniform(-1, 1, (rows, columns))
        if W.size > 1:
            W /= bound_spectral_norm(W) * (1 + 2.0**-20)
        weights.append(W)
    return TargetNetwork.from_layers(weights, domain=Ball(Decimal(1), nonnegative))


def public_statistic(kind: Literal["uniform", "products"], trials: int, seed: int) -> Count:
    """Return how often no subset of 15 samples is within 0.01 of a random target.

    The convention under which public code's numbers come out (0.40% and 3.55% of 100,000): targets
    uniform on [−1, 1], samples uniform on [−1, 1] or products of two such, the empty subset
    allowed, success if |sum − target| ≤ 0.01. (Found by trying: targets uniform on [0, 1] fail
    about as often; on [−½, ½], 0.12% and 0.62%; standard normal, 2.1% and 13.5%.)
    """
    rng = np.random.default_rng([seed, kind == "products"])
    failed = 0
    for first in range(0, trials, 10_000):
        shape = (min(10_000, trials - first), PUBLIC_SAMPLES)
        samples = rng.uniform(-1, 1, shape)
        if kind == "products":
            samples *= rng.uniform(-1, 1, shape)
        targets = rng.uniform(-1, 1, shape[0])
        errors = within(samples, targets, PUBLIC_TOLERANCE).errors
        failed += int((np.abs(errors) > PUBLIC_TOLERANCE).sum())
    return Count.of(failed, trials)


def agree(one: Count, other: Count) -> bool:
    """Return whether the two intervals overlap: else the two probabilities differ, at 99.8%.

    >>> agree(Count.of(5, 10), Count.of(50, 100)), agree(Count.of(0, 1000), Count.of(50, 100))
    (True, False)
    """
    return one.interval.low <= other.interval.high and other.interval.low <= one.interval.high


def published(kind: Literal["uniform", "products"]) -> Count:
    """Return the public number as a count of 100,000 (rounded as it was published)."""
    return Count.of(PUBLIC_FAILURES[kind], PUBLIC_TRIALS)
