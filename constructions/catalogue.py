"""The catalogue: one row per construction, ours and the peers'. A new one is a module and a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from constructions import blocks, grouped, horner, sign_agnostic
from constructions.errors import InputError
from constructions.peers import diffenderfer, kumar_natale, malach, orseau, pensia
from constructions.plan import Plan, Slack
from constructions.progress import Progress, silent
from constructions.quantize import Fit
from constructions.rates import Rate
from constructions.request import Request
from constructions.rounding import RoundingChoice
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket


class Verbs(Protocol):
    """The module of a construction: its name, and the two verbs that every construction has."""

    NAME: str

    def plan(self, request: Request) -> Any:
        """Return the smallest Plan for the request."""

    def prune(
        self, target: TargetNetwork, plan: Any, network: Any, progress: Progress = silent
    ) -> Ticket:
        """Return the Ticket, or raise NoTicket with the event, layer and slot that failed."""


@dataclass(frozen=True)
class Construction:
    """A row of the catalogue.

    Attributes
    ----------
    verbs : the module, with ``plan`` and ``prune``
    title, tex : what figures and the paper call it
    claim : the label of its theorem; for a peer, of what is known about its construction
    rates_claim : the label of the claim that states its closed forms, if any
    letter : of our own constructions, "" for a peer's
    slacks : the parameters of its plans; none for a peer's
    rates : its closed forms with their proved constants
    stated : the plan that these are about, where it is not ``plan``
    colour, marker : in figures
    enclosed : whether a plan's exact probability of failure is only enclosed, for inputs ≥ 0 too
    signs_only : whether the random weights are ±1
    threads : whether ``prune`` takes ``jobs``
    """

    verbs: Verbs
    title: str
    tex: str
    claim: str
    colour: str
    marker: str
    letter: str = ""
    rates_claim: str | None = None
    slacks: tuple[Slack, ...] = ()
    rates: tuple[Rate, ...] = ()
    stated: Callable[[Request], Plan] | None = None
    enclosed: bool = False
    signs_only: bool = False
    threads: bool = False

    @property
    def name(self) -> str:
        """The name by which commands, tickets and data know it."""
        return self.verbs.NAME

    @property
    def ours(self) -> bool:
        """Whether it is one of our own, with slacks and a proved failure bound."""
        return bool(self.letter)

    def plan(self, request: Request) -> Any:
        """Return the smallest plan for the request."""
        return self.verbs.plan(request)

    def stated_plan(self, request: Request) -> Any:
        """Return the plan for the request that the closed forms are about."""
        return (self.stated or self.plan)(request)

    def prune(
        self,
        target: TargetNetwork,
        plan: Plan,
        network: Any,
        progress: Progress = silent,
        jobs: int = 1,
    ) -> Ticket:
        """Return the ticket, or raise NoTicket; in ``jobs`` threads where it has any."""
        more: dict[str, Any] = {"jobs": jobs} if self.threads else {}
        return self.verbs.prune(target, plan, network, progress, **more)


# Okabe & Ito's palette: told apart by colour-blind readers and in grey.
_ROWS = (
    Construction(
        verbs=grouped,
        title="S* grouped",
        tex=r"S$^*$ (\ref{S*4})",
        claim="S*4",
        colour="#882255",
        marker="p",
        letter="S*",
        enclosed=True,
        signs_only=True,
        slacks=grouped.GroupedPlan.SLACKS,
    ),
    Construction(
        verbs=horner,
        title="S Horner",
        tex=r"S (\ref{S4})",
        claim="S4",
        colour="#0072B2",
        marker="o",
        letter="S",
        enclosed=True,
        signs_only=True,
        rates_claim="S5",
        slacks=horner.HornerPlan.SLACKS,
        rates=horner.RATES,
        stated=horner.plan_with_split,
    ),
    Construction(
        verbs=sign_agnostic,
        title="A sign-agnostic",
        tex=r"A (\ref{A1})",
        claim="A1",
        colour="#009E73",
        marker="s",
        letter="A",
        signs_only=True,
        rates_claim="A1",
        slacks=sign_agnostic.SignAgnosticPlan.SLACKS,
        rates=sign_agnostic.RATES,
    ),
    Construction(
        verbs=blocks,
        title="B (our form of the paper's)",
        tex=r"B (\ref{B4})",
        claim="B4",
        colour="#CC79A7",
        marker="^",
        letter="B",
        signs_only=True,
        rates_claim="B5",
        slacks=blocks.BlocksPlan.SLACKS,
        rates=blocks.RATES,
    ),
    Construction(
        verbs=malach,
        title="Malach et al.",
        tex=r"Malach et al.\ \cite{malach2020}",
        claim="P1",
        colour="#D55E00",
        marker="v",
    ),
    Construction(
        verbs=orseau,
        title="Orseau et al.",
        tex=r"Orseau et al.\ \cite{orseau2020}",
        claim="P2",
        colour="#E69F00",
        marker="D",
    ),
    Construction(
        verbs=pensia,
        title="Pensia et al.",
        tex=r"Pensia et al.\ \cite{pensia2020}",
        claim="P3",
        colour="#56B4E9",
        marker="P",
        threads=True,
    ),
    Construction(
        verbs=diffenderfer,
        title="Diffenderfer, Kailkhura",
        tex=r"Diffenderfer et al.\ \cite{diffenderfer2021}",
        claim="P4",
        colour="#666666",
        marker="X",
        signs_only=True,
    ),
    Construction(
        verbs=kumar_natale,
        title="Kumar, Natale",
        tex=r"Kumar, Natale \cite{kumar2025}",
        claim="P5",
        colour="black",
        marker="*",
        threads=True,
    ),
)

AUTO = "auto"  # instead of a name: whichever of ours needs the fewest random weights

CATALOGUE: Mapping[str, Construction] = {row.name: row for row in _ROWS}


def ours() -> dict[str, Construction]:
    """Return the rows of our own constructions by name, in the catalogue's order."""
    return {name: row for name, row in CATALOGUE.items() if row.ours}


def peers() -> dict[str, Construction]:
    """Return the rows of the peers' constructions by name, in the catalogue's order."""
    return {name: row for name, row in CATALOGUE.items() if not row.ours}


def construction(name: str) -> Construction:
    """Return the construction of that name; raise InputError for other names.

    >>> construction("horner").letter
    'S'
    """
    if name not in CATALOGUE:
        raise InputError(f"construction = {name!r}: expected one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def plan_for(
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    name: str = "horner",
    fit: Fit = "theorem",
    rounding: RoundingChoice = "auto",
    rounding_seed: int = 0,
    samples: int | None = None,
) -> Any:
    """Return the plan of a construction for a target, its domain and its signs of inputs.

    Parameters: ``name`` as in the catalogue, ours or a peer's, or "auto" for the one of ours whose
    plan has the fewest random weights; the others as for `Request.for_target`.

    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> plan_for(target, 0.1, 0.1).p, plan_for(target, 0.1, 0.1, fit="adaptive").p
    (4, 1)
    """
    request = Request.for_target(
        target,
        eps,
        delta,
        fit=fit,
        rounding=rounding,
        rounding_seed=rounding_seed,
        samples=samples,
    )
    return smallest_plan(request) if name == AUTO else construction(name).plan(request)


def smallest_plan(request: Request) -> Any:
    """Return the plan of ours with the fewest random weights.

    >>> [smallest_plan(Request.of((d, d), "0.01", "0.01")).construction for d in (2, 2**14)]
    ['horner', 'grouped']
    """
    return min((row.plan(request) for row in ours().values()), key=lambda made: made.random_weights)
