"""Request: what a random network is wanted for. Made once, at the door, and checked there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from constructions.errors import InputError
from constructions.networks.network import weights_between
from constructions.quantize import (
    Fit,
    Precision,
    check_tolerances,
    precision_for,
    precision_for_theorem,
)
from constructions.rounding import RoundingChoice, RoundingKind, check_kind
from constructions.targets.target import TargetNetwork


@dataclass(frozen=True)
class Section:
    """One target layer as a section of the network: m nonnegative inputs u and n outputs (H2)."""

    m: int
    n: int


@dataclass(frozen=True)
class Request:
    """The checked arguments of every construction's ``plan``. Make it by ``of`` or ``for_target``.

    Attributes
    ----------
    dims : (d_0, …, d_l) of the targets, constants of homogenized targets included
    eps, delta : accuracy ε > 0 and failure probability 0 < δ < 1, as exact decimals
    nonnegative : whether all inputs are ≥ 0, which saves the input split
    precision : p, k_i and the class of targets served
    samples : for the peers' constructions, what is to serve one weight, as each module says; None
        for the least that is enough
    """

    dims: tuple[int, ...]
    eps: Decimal
    delta: Decimal
    nonnegative: bool
    precision: Precision
    samples: int | None = None

    @classmethod
    def of(
        cls,
        dims: Sequence[int],
        eps: str | float | Decimal,
        delta: str | float | Decimal,
        *,
        nonnegative: bool = False,
        precision: Precision | None = None,
        rounding: RoundingKind = "nearest",
        samples: int | None = None,
    ) -> Request:
        """Check the arguments; without a precision, take that of the theorem's class (Q1; Q3).

        Parameters as the attributes; ``rounding`` is "nearest", or "random" for fewer bits where
        d ≥ 19 (Q3), and only without a precision. Raises InputError outside their domain.

        >>> Request.of((784, 500, 10), 0.01, 0.01).precision.p
        17
        """
        dims = check_dims(dims)
        eps, delta = check_tolerances(eps, delta)
        if precision is None:
            precision = precision_for_theorem(dims, eps, rounding)
        elif check_kind(rounding) and precision.rounding is None:
            raise InputError("rounding = 'random': the precision is made for rounding to nearest")
        if len(precision.exponents) != len(dims) - 1:
            raise InputError(f"precision has {len(precision.exponents)} exponents for dims {dims}")
        if samples is not None and samples < 1:
            raise InputError(f"samples = {samples}: expected an integer ≥ 1")
        return cls(dims, eps, delta, nonnegative, precision, samples)

    @classmethod
    def for_target(
        cls,
        target: TargetNetwork,
        eps: str | float | Decimal,
        delta: str | float | Decimal,
        *,
        fit: Fit = "theorem",
        rounding: RoundingChoice = "auto",
        rounding_seed: int = 0,
        samples: int | None = None,
    ) -> Request:
        """Return the request for a target, its domain and its signs of inputs.

        What reading the target rounded is taken from eps first (``TargetNetwork.reading_error``).

        Parameters
        ----------
        fit : "theorem" serves the whole class of targets (the universal shape of the theorem);
            "adaptive" takes the smallest p whose a-posteriori bound Q2 meets ε for this target
        rounding : "nearest"; "random" for fewer bits in wide layers (Q3): then ``prune`` rounds a
            layer at random where rounding to nearest is not accurate enough, and raises NoRounding
            if that fails; or "auto" for "random" where it saves bits
        rounding_seed : of the random rounding, 0 ≤ rounding_seed < 2^64

        >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
        >>> Request.for_target(target, 0.1, 0.1, fit="adaptive").precision.p
        1
        """
        eps, delta = check_tolerances(eps, delta)
        eps = target.eps_left(eps)
        precision = precision_for(target, eps, fit, rounding, rounding_seed)
        return cls(target.dims, eps, delta, target.nonnegative, precision, samples)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The target's layers as sections, the inputs split in two if they have signs (H2).

        >>> Request.of((3, 5, 2), "0.1", "0.1").sections
        (Section(m=6, n=5), Section(m=5, n=2))
        """
        first = self.dims[0] if self.nonnegative else 2 * self.dims[0]
        inputs = [first, *self.dims[1:-1]]
        return tuple(Section(m, n) for m, n in zip(inputs, self.dims[1:], strict=True))

    @property
    def slots(self) -> int:
        """The number of weights of all sections, Σ m_i·n_i."""
        return sum(section.m * section.n for section in self.sections)

    @property
    def budget(self) -> Fraction:
        """δ exactly."""
        return Fraction(self.delta)

    @property
    def target_weights(self) -> int:
        """The number of weights of the target."""
        return weights_between(self.dims)

    def with_samples(self, samples: int | None) -> Request:
        """Return the same request for another number of samples."""
        return replace(self, samples=samples)


def check_dims(dims: Sequence[int]) -> tuple[int, ...]:
    """Return dims as a tuple; raise InputError unless they are two or more integers ≥ 1."""
    result = tuple(int(d) for d in dims)
    if len(result) < 2 or min(result) < 1 or any(a != b for a, b in zip(result, dims, strict=True)):
        raise InputError(f"dims = {tuple(dims)}: expected two or more integers ≥ 1")
    return result
