"""Sizes: what each parameter of a plan costs, and weights against the lower bound.

T1 says how many random weights any construction needs, of any weights, for all maps of norm ≤ 1:
d²·log₂(1/ε). So random weights over T1's count is the price of a construction; S6 says that S's
tends to 9, signed inputs in growing groups, as d grows with ε far smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from constructions import NoTicket, construction, ours
from constructions.numbers import estimate_log2
from constructions.plan import Plan
from constructions.quantize import precision_for_target
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from proofs.audit import good_events
from proofs.audit.effort import FAR_EPS, Asked
from proofs.evidence import derive_seed
from proofs.sampling import random_target


@dataclass(frozen=True)
class Parameter:
    """One parameter of a plan: as planned, the smallest that works, and for one given target.

    Attributes
    ----------
    planned : worst case over the class, by union bounds
    exact : in the smallest plan by exact probabilities
    adaptive : in the smallest plan whose p is the one that Q2 asks for a random target
    """

    construction: str
    dims: tuple[int, ...]
    eps: str
    delta: str
    name: str
    planned: int
    exact: int
    adaptive: int

    @property
    def ratio(self) -> float:
        """Planned over the smallest that works."""
        return self.planned / self.exact if self.exact else float("inf")


@dataclass(frozen=True)
class Size:
    """The weights of one plan, and T1's lower bound.

    Attributes
    ----------
    random : weights of the random network, N²L and the ends
    kept : weights that a ticket kept in one draw, None where nothing was drawn
    no_ticket : whether that draw had no ticket
    target : weights of the target
    bound : d²·log₂(1/ε), for l = 1 and equal widths
    """

    construction: str
    dims: tuple[int, ...]
    eps: str
    delta: str
    nonnegative: bool
    N: int
    L: int
    random: int
    kept: int | None
    no_ticket: bool
    target: int
    bound: float

    @property
    def random_per_weight(self) -> float:
        """Random weights per target weight."""
        return self.random / self.target

    @property
    def kept_per_weight(self) -> float | None:
        """Kept weights per target weight."""
        return None if self.kept is None else self.kept / self.target

    @property
    def ratio(self) -> float:
        """Random weights over T1's lower bound, which S keeps within a constant (S6)."""
        return self.random / self.bound


def parameters(plans: Sequence[Asked], root: int) -> tuple[Parameter, ...]:
    """Return the parameters of every construction's plan for each (dims, ε, δ)."""
    found = []
    for dims, eps, delta in plans:
        fitted = precision_for_target(_target(dims, root), eps)
        for name, row in ours().items():
            planned = row.plan(Request.of(dims, eps, delta))
            exact = good_events.smallest(planned)
            adaptive = good_events.smallest(
                row.plan(Request.of(dims, eps, delta, precision=fitted))
            )
            for key in ("p", *planned.slacks, "N", "L", "random_weights"):
                values = (int(getattr(plan, key)) for plan in (planned, exact, adaptive))
                found.append(Parameter(name, dims, eps, delta, key, *values))
    return tuple(found)


def practical(layers: Sequence[tuple[int, str]], root: int) -> tuple[Size, ...]:
    """Return the sizes for one layer of practical width d and ε, with a draw each."""
    return tuple(
        _size(name, (d, d), eps, "0.01", False, root) for d, eps in layers for name in ours()
    )


def limit(widths: Sequence[int]) -> tuple[Size, ...]:
    """Return the sizes of S's plans far out: ε = 1e-600 and d growing; nothing is drawn."""
    return tuple(
        _size("horner", (d, d), FAR_EPS, "0.01", nonnegative, None)
        for nonnegative in (False, True)
        for d in widths
    )


def _size(
    name: str, dims: tuple[int, ...], eps: str, delta: str, nonnegative: bool, root: int | None
) -> Size:
    plan = construction(name).plan(Request.of(dims, eps, delta, nonnegative=nonnegative))
    kept, missed = (None, False) if root is None else _kept(name, plan, root)
    return Size(
        construction=name,
        dims=dims,
        eps=eps,
        delta=delta,
        nonnegative=nonnegative,
        N=plan.N,
        L=plan.L,
        random=plan.random_weights,
        kept=kept,
        no_ticket=missed,
        target=plan.target_weights,
        bound=lower_bound(dims[0], eps),
    )


def lower_bound(d: int, eps: str) -> float:
    """Return d²·log₂(1/ε): random weights that any construction needs for d × d maps (T1).

    >>> lower_bound(4, "0.125")
    48.0
    """
    return -(d**2) * estimate_log2(eps)


def _kept(name: str, plan: Plan, root: int) -> tuple[int | None, bool]:
    """Return the kept weights of one draw; a draw without a ticket stays one."""
    network = plan.draw(derive_seed(root, f"audit/kept/{name}/{plan.dims}/{plan.eps}"))
    try:
        ticket = construction(name).prune(_target(plan.dims, root), plan, network)
    except NoTicket:
        return None, True
    return ticket.kept_weights, False


def _target(dims: tuple[int, ...], root: int) -> TargetNetwork:
    rng = np.random.default_rng(derive_seed(root, f"audit/target/{dims}"))
    return random_target(rng, dims, nonnegative=True)
