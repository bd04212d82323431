"""Plan: the shape of the random network and the slack of its pools, before any weight is drawn.

A plan depends on a request and on nothing else: never on the weights that are drawn and, with the
fit "theorem", not on the weights of the one target either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

from flint import arb

from constructions.networks.distributions import SIGN, Distribution
from constructions.networks.network import RandomNetwork, weights_between
from constructions.networks.signs import SignNetwork
from constructions.numbers import total, upper_float
from constructions.quantize import Precision
from constructions.request import Request, Section

AnyPlan = TypeVar("AnyPlan", bound="Plan")


@dataclass(frozen=True)
class Plan(ABC):
    """What the plans of all constructions, ours and the peers', have in common.

    Attributes
    ----------
    request : what the plan is for

    Subclasses say which ``construction`` it is, the ``widths`` (d_0, N, …, N, d_l), one entry per
    layer of neurons, and ``bound_failure``.

    >>> from constructions import TargetNetwork, plan_for
    >>> plan = plan_for(TargetNetwork.from_layers([[[0.5, -0.25]]]), eps="0.1", delta="0.1")
    >>> plan.widths[:3], plan.L, plan.random_weights
    ((2, 14, 45), 13, 28660)
    """

    request: Request

    @property
    @abstractmethod
    def construction(self) -> str:
        """The name of the construction, as in the catalogue."""

    @property
    @abstractmethod
    def widths(self) -> tuple[int, ...]:
        """The number of neurons of every layer, inputs and outputs included."""

    @property
    @abstractmethod
    def bound_failure(self) -> float | None:
        """A proved upper bound on the probability that a draw has no ticket.

        None where there is no proof, and the plan rests on measurements.
        """

    @abstractmethod
    def draw(self, seed: int) -> RandomNetwork:
        """Return the random network of this shape that the seed draws, 0 ≤ seed < 2^64."""

    def require_feasible(self) -> None:
        """Raise InputError if ``prune`` could not work by this plan, however long it ran."""
        return

    @property
    def distribution(self) -> Distribution:
        """The distribution of a random weight."""
        return SIGN

    @property
    def seconds(self) -> float:
        """What ``prune`` takes on one core, very roughly; 0 where few weights are read."""
        return 0.0

    @property
    def dims(self) -> tuple[int, ...]:
        """(d_0, …, d_l) of the targets, constants of homogenized targets included."""
        return self.request.dims

    @property
    def eps(self) -> Decimal:
        """The accuracy ε asked for."""
        return self.request.eps

    @property
    def delta(self) -> Decimal:
        """The failure probability δ asked for."""
        return self.request.delta

    @property
    def nonnegative(self) -> bool:
        """Whether all inputs are ≥ 0."""
        return self.request.nonnegative

    @property
    def precision(self) -> Precision:
        """p, the exponents k_i, and the class of targets served."""
        return self.request.precision

    @property
    def sections(self) -> tuple[Section, ...]:
        """The target's layers as sections (H2)."""
        return self.request.sections

    @property
    def p(self) -> int:
        """The bits of the weights: |V_i| ≤ 2^p."""
        return self.precision.p

    @property
    def layer_scale_log2(self) -> tuple[int, ...]:
        """p_1 … p_l: a ticket computes 2^{−Σp_i} times its network."""
        return self.precision.layer_scale_log2

    @property
    def N(self) -> int:
        """The largest width of a hidden layer."""
        return max(self.widths[1:-1])

    @property
    def L(self) -> int:
        """The depth: the number of layers of random weights."""
        return len(self.widths) - 1

    @property
    def random_weights(self) -> int:
        """The number of weights of the random network."""
        return weights_between(self.widths)

    @property
    def random_bits(self) -> float:
        """The number of random bits in those weights."""
        return self.random_weights * self.distribution.random_bits

    @property
    def target_weights(self) -> int:
        """The number of weights of the target."""
        return self.request.target_weights


@dataclass(frozen=True)
class SignPlan(Plan):
    """A plan for a random ±1 network."""

    def draw(self, seed: int) -> SignNetwork:
        """Return the random ±1 network of this shape that the seed draws, 0 ≤ seed < 2^64."""
        return SignNetwork(seed, self.widths)


@dataclass(frozen=True)
class Slack:
    """A parameter that a plan may have more or less of.

    Attributes
    ----------
    name : of the plan's attribute, e.g. "s_U"
    about : what there is more of, for the legend of a figure, with TeX between dollar signs
    least : the least value with which the construction can work at all
    neurons : how many neurons one more of it adds to a hidden layer; 0 if it adds layers instead
    """

    name: str
    about: str
    least: int = 0
    neurons: int = 1


@dataclass(frozen=True)
class SlackPlan(SignPlan):
    """A plan whose shape follows from the request and its slacks, all else being derived.

    Subclasses are dataclasses with one integer attribute per slack of ``SLACKS``, and say which
    events can fail.
    """

    SLACKS: ClassVar[tuple[Slack, ...]] = ()

    @abstractmethod
    def failure_bounds(self) -> Mapping[str, arb]:
        """Return a bound on the probability of every event that can fail, as balls."""

    @abstractmethod
    def exact_failure(self) -> arb:
        """Return the probability that a draw has no ticket, as a ball.

        The good events are products of independent parts, so their probabilities can be computed
        as they are. `prune` fails if and only if the good event does, whatever the target. Where
        inputs are split, the ball spans what the fresh half gives and what G1 bounds (H2).
        """

    @cached_property
    def bound_failure(self) -> float:
        """The union bound on the probability that a draw has no ticket, rounded up, at most 1."""
        return min(1.0, upper_float(total(self.failure_bounds())))

    def within(self, width: int) -> Self:
        """Return the plan with what is held once cut to a width, as far as that goes."""
        return self

    @property
    def slacks(self) -> dict[str, int]:
        """The slacks by name."""
        return {slack.name: int(getattr(self, slack.name)) for slack in self.SLACKS}

    def with_slacks(self, **changes: int) -> Self:
        """Return the plan with other slacks; width, depth and failures follow.

        >>> from constructions import Request, horner
        >>> plan = horner.plan(Request.of((2, 2), "0.25", "0.25"))
        >>> plan.with_slacks(s_U=plan.s_U + 3).N - plan.N
        3
        """
        values: Any = changes
        return replace(self, **values)


def while_smaller(plans: Iterator[AnyPlan]) -> AnyPlan:
    """Return the plan before the first that has no fewer random weights; the first if none does."""
    best = next(plans)
    for made in plans:
        if made.random_weights >= best.random_weights:
            break
        best = made
    return best
