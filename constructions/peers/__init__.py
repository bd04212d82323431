"""The other strong-lottery-ticket constructions, with the same two verbs as ours: plan and prune.

Each draws one random network from a seed and never draws again; a ticket is that seed and a mask.
`plan_for` and `draw` treat them all alike; edge-popup has no target and stands by itself.

>>> from constructions.targets.target import TargetNetwork
>>> target = TargetNetwork.from_layers([[[0.3, -0.4]], [[0.9]]])
>>> plan = plan_for(target, eps="0.1", delta="0.01", name="pensia")
>>> ticket = PEERS["pensia"].prune(target, plan, draw(plan, seed=1))
>>> bool(abs(ticket.run([0.5, 0.5]) - target([0.5, 0.5])) < 0.1)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from constructions.errors import InputError
from constructions.networks.distributions import Distribution
from constructions.networks.signs import SignSource
from constructions.networks.weights import WeightSource
from constructions.peers import diffenderfer, kumar_natale, malach, orseau, pensia
from constructions.peers.plan import PeerPlan
from constructions.peers.ticket import WeightedTicket, load
from constructions.plan import Plan
from constructions.popup import edge_popup
from constructions.popup.mask import MaskedNetwork
from constructions.progress import Progress, silent
from constructions.quantize import Fit, Precision, check_tolerances, precision_for
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket


class Peer(Protocol):
    """The two verbs that every construction has."""

    def plan(
        self,
        dims: Sequence[int],
        eps: str | float | Decimal,
        delta: str | float | Decimal,
        *,
        nonnegative: bool = False,
        precision: Precision | None = None,
        samples: int | None = None,
    ) -> Any:
        """Return the plan for targets of the given shape."""

    def prune(
        self, target: TargetNetwork, plan: Any, weights: Any, progress: Progress = silent
    ) -> Ticket:
        """Return the ticket, or raise NoTicket."""


PEERS: dict[str, Peer] = {
    malach.NAME: malach,
    orseau.NAME: orseau,
    pensia.NAME: pensia,
    diffenderfer.NAME: diffenderfer,
    kumar_natale.NAME: kumar_natale,
}

WITH_THREADS = (pensia.NAME, kumar_natale.NAME)  # their ``prune`` takes ``jobs``


def plan_for(
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    name: str,
    fit: Fit = "theorem",
    samples: int | None = None,
) -> PeerPlan | Plan:
    """Return the plan of a peer for a target, its domain and its signs of inputs.

    Parameters: as for `constructions.plan_for`; ``samples`` as each peer's ``plan`` says. Raises
    InputError for a name that is not in ``PEERS``.
    """
    if name not in PEERS:
        raise InputError(f"name = {name!r}: expected one of {', '.join(PEERS)}")
    eps, delta = check_tolerances(eps, delta)
    made: PeerPlan | Plan = PEERS[name].plan(
        target.dims,
        eps,
        delta,
        nonnegative=target.nonnegative,
        precision=precision_for(target, eps, fit),
        samples=samples,
    )
    return made


def draw(plan: PeerPlan | Plan, seed: int) -> WeightSource | SignSource:
    """Return the one random network of this plan's shape that the seed draws."""
    return plan.signs(seed) if isinstance(plan, Plan) else plan.weights(seed)


__all__ = [
    "PEERS",
    "WITH_THREADS",
    "Distribution",
    "MaskedNetwork",
    "Peer",
    "PeerPlan",
    "WeightSource",
    "WeightedTicket",
    "draw",
    "edge_popup",
    "load",
    "plan_for",
]
