"""The constructions by name, and a plan made for a given target."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from constructions import blocks, horner, sign_agnostic
from constructions.errors import InputError
from constructions.networks.signs import SignSource
from constructions.plan import Plan
from constructions.progress import Progress, silent
from constructions.quantize import Fit, Precision, check_tolerances, precision_for
from constructions.rounding import RoundingKind
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket


class Construction(Protocol):
    """The two verbs that every construction has."""

    def plan(
        self,
        dims: Sequence[int],
        eps: str | float | Decimal,
        delta: str | float | Decimal,
        *,
        nonnegative: bool = False,
        precision: Precision | None = None,
        rounding: RoundingKind = "nearest",
    ) -> Any:
        """Return the Plan for targets of the given shape."""

    def prune(
        self, target: TargetNetwork, plan: Any, signs: SignSource, progress: Progress = silent
    ) -> Ticket:
        """Return the Ticket, or raise NoTicket."""


CONSTRUCTIONS: dict[str, Construction] = {
    "horner": horner,
    "sign-agnostic": sign_agnostic,
    "blocks": blocks,
}


def construction(name: str) -> Construction:
    """Return the construction of that name; raise InputError for other names."""
    if name not in CONSTRUCTIONS:
        raise InputError(f"construction = {name!r}: expected one of {', '.join(CONSTRUCTIONS)}")
    return CONSTRUCTIONS[name]


def plan_for(
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    name: str = "horner",
    fit: Fit = "theorem",
    rounding: RoundingKind = "nearest",
    rounding_seed: int = 0,
) -> Plan:
    """Return the plan of a construction for a target, its domain and its signs of inputs.

    Parameters
    ----------
    target : the network to be found
    eps, delta : accuracy ε > 0 and failure probability 0 < δ < 1
    name : "horner", "sign-agnostic" or "blocks"
    fit : "theorem" serves the whole class of targets (the universal shape of the theorem);
        "adaptive" takes the smallest p whose a-posteriori bound Q2 meets ε for this target
    rounding : "nearest"; or "random" for fewer bits in wide layers (Q3). Then ``prune`` rounds a
        layer at random where to nearest errs too much, and raises NoRounding if that fails
    rounding_seed : of the random rounding, 0 ≤ rounding_seed < 2^64

    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> plan_for(target, 0.1, 0.1).p, plan_for(target, 0.1, 0.1, fit="adaptive").p
    (4, 1)
    """
    eps, delta = check_tolerances(eps, delta)
    made: Plan = construction(name).plan(
        target.dims,
        eps,
        delta,
        nonnegative=target.nonnegative,
        precision=precision_for(target, eps, fit, rounding, rounding_seed),
    )
    return made
