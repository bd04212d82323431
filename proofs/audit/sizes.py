"""Sizes: what each parameter of a plan costs, and weights a target weight against the lower bound.

T1 says how many random weights any construction needs, of any weights, for all maps of norm ≤ 1:
d²·log₂(1/ε). So random weights over T1's count is the price of a construction; S6 says that S's
tends to 16, or to 9 on nonnegative inputs, as d grows with ε far smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructions import CONSTRUCTIONS, NoTicket
from constructions.quantize import precision_for_target
from proofs.audit import good_events
from proofs.audit.constants import log2
from proofs.audit.draws import random_target
from proofs.evidence import derive_seed

SLACKS = {"blocks": ("B",), "sign-agnostic": ("e", "s_C", "s_D"), "horner": ("e", "s_U", "s_A")}
CASES = {
    "quick": (((16, 16), "0.01", "0.01"), ((64, 32, 16, 10), "0.1", "0.01")),
    "full": (
        ((16, 16), "0.01", "0.01"),
        ((64, 32, 16, 10), "0.1", "0.01"),
        ((784, 500, 10), "0.01", "0.01"),
        ((64,) * 9, "1e-6", "1e-6"),
    ),
}
PRACTICAL = {  # widths d, and ε
    "quick": ((16,), ("0.1", "1e-2", "1e-4", "1e-8")),
    "full": ((16, 64), ("0.1", "1e-2", "1e-4", "1e-8", "1e-16")),
}
FAR_EPS = "1e-600"


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
        """Random weights a target weight."""
        return self.random / self.target

    @property
    def kept_per_weight(self) -> float | None:
        """Kept weights a target weight."""
        return None if self.kept is None else self.kept / self.target

    @property
    def ratio(self) -> float:
        """Random weights over T1's lower bound, which S keeps within a constant (S6)."""
        return self.random / self.bound


def parameters(effort: str, root: int) -> tuple[Parameter, ...]:
    """Return the parameters of every plan of the practical cases."""
    found = []
    for dims, eps, delta in CASES[effort]:
        target = random_target(dims, derive_seed(root, f"audit/target/{dims}"))
        fitted = precision_for_target(target, eps)
        for name, construction in CONSTRUCTIONS.items():
            planned = construction.plan(dims, eps, delta)
            exact = good_events.smallest(planned)
            adaptive = good_events.smallest(construction.plan(dims, eps, delta, precision=fitted))
            for key in ("p", *SLACKS[name], "N", "L", "random_weights"):
                values = (good_events.value_of(plan, key) for plan in (planned, exact, adaptive))
                found.append(Parameter(name, dims, eps, delta, key, *values))
    return tuple(found)


def practical(effort: str, root: int) -> tuple[Size, ...]:
    """Return the sizes for one layer of practical width and ε, with a draw each."""
    widths, accuracies = PRACTICAL[effort]
    return tuple(
        _size(name, (d, d), eps, "0.01", False, root)
        for d in widths
        for eps in accuracies
        for name in CONSTRUCTIONS
    )


def limit(effort: str) -> tuple[Size, ...]:
    """Return the sizes of plans far out: ε = 1e-600 and d growing; nothing is drawn."""
    last = 12 if effort == "quick" else 16
    return tuple(
        _size("horner", (2**k, 2**k), FAR_EPS, "0.01", nonnegative, None)
        for nonnegative in (False, True)
        for k in range(4, last + 1, 4)
    )


def _size(
    name: str, dims: tuple[int, ...], eps: str, delta: str, nonnegative: bool, root: int | None
) -> Size:
    plan = CONSTRUCTIONS[name].plan(dims, eps, delta, nonnegative=nonnegative)
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
    return -(d**2) * log2(eps)


def _kept(name: str, plan: Any, root: int) -> tuple[int | None, bool]:
    """Return the kept weights of one draw; a draw without a ticket stays one."""
    case = f"audit/kept/{name}/{plan.dims}/{plan.eps}"
    target = random_target(plan.dims, derive_seed(root, f"audit/target/{plan.dims}"))
    signs = plan.signs(derive_seed(root, case))
    try:
        return CONSTRUCTIONS[name].prune(target, plan, signs).kept_weights, False
    except NoTicket:
        return None, True
