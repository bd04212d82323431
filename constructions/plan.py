"""Plan: the shape of the random network and the slack of its pools, before any sign is drawn.

A plan depends on dims, ε, δ and on the precision (p and the exponents k_i); never on the signs
and, with the fit "theorem", not on the weights of the one target either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from flint import arb, ctx

from constructions.errors import InputError
from constructions.networks.signs import SignSource
from constructions.quantize import Precision, check_tolerances, precision_for_theorem
from constructions.rounding import RoundingKind, check_kind


@dataclass(frozen=True)
class Section:
    """One target layer as a section of the network: m nonnegative inputs u and n outputs (H2)."""

    m: int
    n: int


@dataclass(frozen=True)
class Plan:
    """What all constructions' plans have in common.

    Attributes
    ----------
    construction : "horner", "sign-agnostic" or "blocks"
    dims : (d_0, …, d_l) of the targets, constants of homogenized targets included
    eps, delta : the accuracy and the failure probability asked for, as exact decimals
    nonnegative : whether all inputs are ≥ 0
    precision : p, k_i and the class of targets served
    widths : (d_0, N, …, N, d_l), one entry a layer of neurons
    bound_failure : an upper bound on the probability that a draw has no ticket (at most δ)

    >>> from constructions import TargetNetwork, plan_for
    >>> plan = plan_for(TargetNetwork.from_layers([[[0.5, -0.25]]]), eps="0.1", delta="0.1")
    >>> plan.widths[:3], plan.L, plan.random_weights
    ((2, 62, 62), 13, 42470)
    """

    construction: str
    dims: tuple[int, ...]
    eps: Decimal
    delta: Decimal
    nonnegative: bool
    precision: Precision
    widths: tuple[int, ...]
    bound_failure: float

    @property
    def p(self) -> int:
        """The bits of the weights: |V_i| ≤ 2^p."""
        return self.precision.p

    @property
    def N(self) -> int:
        """The width of the hidden layers."""
        return self.widths[1]

    @property
    def L(self) -> int:
        """The depth: the number of layers of random weights."""
        return len(self.widths) - 1

    @property
    def sections(self) -> tuple[Section, ...]:
        """The target's layers as sections, the inputs split in two if they have signs (H2)."""
        return sections(self.dims, self.nonnegative)

    @property
    def random_weights(self) -> int:
        """The number of weights of the random network."""
        return sum(a * b for a, b in zip(self.widths, self.widths[1:], strict=False))

    @property
    def target_weights(self) -> int:
        """The number of weights of the target."""
        return sum(a * b for a, b in zip(self.dims, self.dims[1:], strict=False))

    def signs(self, seed: int) -> SignSource:
        """Return the random network of this shape that the seed draws."""
        return SignSource(seed, self.widths)


def check_dims(dims: Sequence[int]) -> tuple[int, ...]:
    """Return dims as a tuple; raise InputError unless they are two or more integers ≥ 1."""
    result = tuple(int(d) for d in dims)
    if len(result) < 2 or min(result) < 1 or any(a != b for a, b in zip(result, dims, strict=True)):
        raise InputError(f"dims = {tuple(dims)}: expected two or more integers ≥ 1")
    return result


def sections(dims: Sequence[int], nonnegative: bool) -> tuple[Section, ...]:
    """Return (m_i, n_i) of every target layer: m_1 = 2d_0 for signed inputs, m_i = d_{i−1} after.

    >>> sections((3, 5, 2), nonnegative=False)
    (Section(m=6, n=5), Section(m=5, n=2))
    """
    first = dims[0] if nonnegative else 2 * dims[0]
    inputs = [first, *dims[1:-1]]
    return tuple(Section(m, n) for m, n in zip(inputs, dims[1:], strict=True))


@dataclass(frozen=True)
class Request:
    """The checked arguments of a plan."""

    dims: tuple[int, ...]
    eps: Decimal
    delta: Decimal
    nonnegative: bool
    precision: Precision

    @classmethod
    def of(
        cls,
        dims: Sequence[int],
        eps: str | float | Decimal,
        delta: str | float | Decimal,
        nonnegative: bool,
        precision: Precision | None,
        rounding: RoundingKind = "nearest",
    ) -> Request:
        """Check the arguments; without a precision, take that of the theorem's class (Q1; Q3)."""
        dims = check_dims(dims)
        eps, delta = check_tolerances(eps, delta)
        if precision is None:
            precision = precision_for_theorem(dims, eps, rounding)
        elif check_kind(rounding) and precision.rounding is None:
            raise InputError("rounding = 'random': the precision is made for rounding to nearest")
        if len(precision.exponents) != len(dims) - 1:
            raise InputError(f"precision has {len(precision.exponents)} exponents for dims {dims}")
        return cls(dims, eps, delta, nonnegative, precision)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The target's layers as sections."""
        return sections(self.dims, self.nonnegative)

    @property
    def budget(self) -> Fraction:
        """δ exactly."""
        return Fraction(self.delta)


def union_bound(events: Mapping[str, arb]) -> arb:
    """Return the sum of the events' bounds as a ball of 128 bits."""
    with ctx.workprec(128):
        return sum(events.values(), arb(0))


def upper_float(value: arb) -> float:
    """Return a float64 that is at least every number of the ball."""
    return math.nextafter(float(value.upper()), math.inf)
