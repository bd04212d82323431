"""How often do peers' random networks contain a ticket? Counted, with exact intervals.

At equal width: every construction gets the same block of B neurons an input, and the same
tolerance. A draw without a ticket is counted and never drawn again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from constructions.errors import NoTicket
from constructions.norms import bound_spectral_norm
from constructions.peers import PEERS, draw
from constructions.peers.pensia import sign_blocks
from constructions.peers.plan import PeerPlan
from constructions.peers.subset_sum import MAX_SAMPLES, within
from constructions.plan import Plan, Request
from constructions.target import Ball, TargetNetwork
from proofs.evidence import derive_seed
from proofs.statistics import Interval, clopper_pearson

Scope = Literal["weight", "layer", "network"]

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


def plan_of_block(
    name: str, dims: tuple[int, ...], eps: str, delta: str, block: int, nonnegative: bool = False
) -> PeerPlan | Plan:
    """Return a peer's plan with exactly ``block`` neurons an input, whatever it would plan itself.

    Subset sums use as many samples as the block holds of each sign, but for a probability of δ/4.
    Raises InputError for a name that is no peer, ValueError if the block holds no sample.

    >>> plan_of_block("malach", (2, 2), "0.5", "0.1", 40).widths
    (2, 80, 2)
    """
    peer = PEERS[name]
    if name not in ("pensia", "kumar-natale"):
        made: PeerPlan | Plan = peer.plan(dims, eps, delta, nonnegative=nonnegative, samples=block)
        return made
    request = Request.of(dims, eps, delta, nonnegative, None)
    samples, most = 0, MAX_SAMPLES if name == "kumar-natale" else block
    while samples < most and sign_blocks(request, samples + 1)[0] <= block:
        samples += 1
    if samples == 0:
        raise ValueError(f"block = {block}: too few neurons for one sample of each sign")
    plan: PeerPlan = peer.plan(dims, eps, delta, nonnegative=nonnegative, samples=samples)
    blocks = (block,) * len(plan.blocks)
    widths = tuple(
        d if t % 2 == 0 else plan.dims[t // 2] * block for t, d in enumerate(plan.widths)
    )
    fields = {**vars(plan), "blocks": blocks, "widths": widths}
    return PeerPlan(**fields)


def count_tickets(
    name: str, plan: PeerPlan | Plan, trials: int, seed: int, *, random_targets: bool = True
) -> Count:
    """Return how many of ``trials`` draws contain a ticket for a target.

    Parameters
    ----------
    name, plan : a peer and its plan
    trials, seed : independent networks, and targets unless ``random_targets`` is false
    """
    events: Counter[str] = Counter()
    for i in range(trials):
        at = derive_seed(seed, f"{name} {i}")
        rng = np.random.default_rng(at if random_targets else seed)
        target = random_target(rng, plan.dims, plan.nonnegative)
        try:
            PEERS[name].prune(target, plan, draw(plan, at))
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


def at_equal_width(
    eps: str, block: int, trials: int, seed: int, width: int = 3, depth: int = 2
) -> dict[str, dict[Scope, Count]]:
    """Return for every peer how often one weight, one layer and a network have a ticket.

    Parameters
    ----------
    eps : for all of them; the tolerance of a weight follows from the shape, as in plans
    block : the neurons an input, for all of them
    trials, seed : draws for each number, each with a target of its own
    width, depth : a layer is width × width, a network ``depth`` of them
    """
    shapes: dict[Scope, tuple[int, ...]] = {
        "weight": (1, 1),
        "layer": (width, width),
        "network": (width,) * (depth + 1),
    }
    return {
        name: {
            scope: count_tickets(
                name,
                plan_of_block(name, dims, eps, "0.1", block, nonnegative=True),
                trials,
                derive_seed(seed, f"{name} {scope}"),
            )
            for scope, dims in shapes.items()
        }
        for name in PEERS
    }


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
