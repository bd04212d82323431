"""Random targets, counted draws, and tickets put before the kernel: one home for each.

A draw without a ticket is counted and never drawn again.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from constructions.catalogue import Construction, Verbs
from constructions.errors import NoTicket
from constructions.norms import bound_spectral_norm
from constructions.plan import Plan
from constructions.targets.target import Ball, TargetNetwork
from constructions.ticket import Ticket
from proofs.kernel.certificate import Certificate
from proofs.kernel.check import check
from proofs.statistics import Interval, clopper_pearson


def random_target(
    rng: np.random.Generator,
    dims: tuple[int, ...],
    *,
    nonnegative: bool = False,
    entries: Literal["normal", "uniform"] = "normal",
) -> TargetNetwork:
    """Return a target of the theorem's class on the unit ball: ‖W_i‖₂ just below 1.

    Parameters
    ----------
    dims : (d_0, …, d_l)
    nonnegative : whether the inputs are ≥ 0
    entries : of the matrices before they are scaled; a "uniform" 1 × 1 matrix is one weight in
        [−1, 1] and stays as it is

    >>> random_target(np.random.default_rng(0), (3, 2)).norm_bounds[0] <= 1
    True
    """
    weights = []
    for columns, rows in pairwise(dims):
        if entries == "uniform":
            W = rng.uniform(-1, 1, (rows, columns))
        else:
            W = rng.standard_normal((rows, columns))
        if entries == "normal" or W.size > 1:
            W /= bound_spectral_norm(W) * (1 + 2.0**-20)
        weights.append(W)
    return TargetNetwork.from_layers(weights, domain=Ball(Decimal(1), nonnegative))


@dataclass(frozen=True)
class Count:
    """Something happened k times in n independent trials.

    Attributes
    ----------
    k, n : the count
    interval : Clopper–Pearson at 99.9%, exact
    events : for failures, how many of each event
    certified : how many of the k the kernel was asked about, all of them accepted
    """

    k: int
    n: int
    interval: Interval
    events: Mapping[str, int]
    certified: int = 0

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

    @property
    def missed(self) -> int:
        """n − k."""
        return self.n - self.k

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


def count_draws(
    construction: Construction | Verbs,
    plan: Plan,
    target: TargetNetwork | Callable[[int], TargetNetwork],
    seeds: Iterable[int],
    sample: int = 0,
) -> Count:
    """Return how many of the networks that the seeds draw contain a ticket for the target.

    Raises NotATicket if the kernel does not accept one of the sample: nothing was counted then.

    Parameters
    ----------
    construction, plan : what prunes, and by which plan
    target : one for all draws, or a function of the draw's seed
    seeds : of independent networks, at least one
    sample : how many of the tickets, the first ones, go through the kernel
    """
    events: Counter[str] = Counter()
    drawn = list(seeds)
    certified = 0
    for seed in drawn:
        wanted = target if isinstance(target, TargetNetwork) else target(seed)
        try:
            ticket = construction.prune(wanted, plan, plan.draw(seed))
        except NoTicket as failure:
            events[failure.event.split(" ")[0]] += 1
            continue
        if certified < sample:
            certificate = certify(ticket)
            if not certificate.accepted:
                raise NotATicket(seed, certificate)
            certified += 1
    count = Count.of(len(drawn) - events.total(), len(drawn), events)
    return replace(count, certified=certified)


class NotATicket(Exception):
    """A draw was counted as one with a ticket, and the kernel does not accept the ticket."""

    def __init__(self, seed: int, certificate: Certificate) -> None:
        """Take the draw's seed and the kernel's certificate."""
        self.seed, self.certificate = seed, certificate
        reasons = "; ".join(certificate.reasons)
        super().__init__(f"the draw of seed {seed}: {certificate.verdict}: {reasons}")


def certify(ticket: Ticket) -> Certificate:
    """Return the kernel's certificate for the ticket's file, which must be for its very target."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ticket.npz"
        ticket.save(path)
        return check(path, target=ticket.target.weights)
