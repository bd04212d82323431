"""Q: how many bits a target needs for an accuracy, and its rounding to integers.

A target layer W_i becomes V_i = round(2^{p_i} W_i), integers with |V_i| ≤ 2^p, where p_i = p − k_i
and 2^{k_i} ≥ max|W_i|. In the theorem's class (norms ≤ 1, no biases, unit ball) every k_i is 0.
Rounding is to nearest, or at random where that errs less (Q3, `rounding.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from constructions.errors import InputError, NoRounding
from constructions.norms import bound_spectral_norm
from constructions.numbers import PRECISION, least
from constructions.rounding import (
    Integers,
    Rounding,
    RoundingChoice,
    RoundingKind,
    check_kind,
    difference,
    nearest_limit,
    random_limit,
    round_nearest,
    round_within,
)
from constructions.targets.target import TargetNetwork, exact_decimal

Norm = Callable[[NDArray[np.float64]], float]
Fit = Literal["theorem", "adaptive"]

RESERVE = Fraction(1, 2**10)  # share of ε kept free, so that a bound rounded outward still fits
_MAX_BITS = 4096


@dataclass(frozen=True)
class Precision:
    """The bits of a plan: p, and the exponents k_i that bring every |W_i| to at most 1.

    Attributes
    ----------
    p : integers V_i have |V_i| ≤ 2^p
    exponents : k_i, so that V_i = round(2^{p−k_i} W_i)
    serves : the class of targets that the precision is enough for, in words
    rounding : None, to nearest; else the errors that must be kept, at random if need be (Q3)
    """

    p: int
    exponents: tuple[int, ...]
    serves: str
    rounding: Rounding | None = None

    @property
    def layer_scale_log2(self) -> tuple[int, ...]:
        """The p_i = p − k_i of every layer."""
        return tuple(self.p - k for k in self.exponents)


def check_tolerances(
    eps: str | float | Decimal, delta: str | float | Decimal
) -> tuple[Decimal, Decimal]:
    """Return ε > 0 and 0 < δ < 1 as exact decimals; raise InputError otherwise."""
    eps, delta = exact_decimal("eps", eps), exact_decimal("delta", delta)
    if eps <= 0:
        raise InputError(f"eps = {eps}: expected a number > 0")
    if not 0 < delta < 1:
        raise InputError(f"delta = {delta}: expected a number with 0 < delta < 1")
    return eps, delta


def bits_for_theorem(
    dims: Sequence[int], eps: str | float | Decimal, rounding: RoundingKind = "nearest"
) -> int:
    """Return p(d, l, ε): the smallest p ≥ 0 with (1 + η)^l ≤ 1 + ε(1 − 2^{−10}).

    η = d·2^{−p−1} to nearest (Q1), min(d/2, 2.14·√d)·2^{−p} at random (Q3). Decided in exact
    rationals. Parameters: dims = (d_0, …, d_l) with d their maximum; eps > 0.

    >>> bits_for_theorem((784, 500, 10), "0.01"), bits_for_theorem((784, 500, 10), "0.01", "random")
    (17, 14)
    """
    d, depth = max(dims), len(dims) - 1
    error = random_limit(d, d) if check_kind(rounding) else Fraction(d, 2)
    goal = 1 + Fraction(exact_decimal("eps", eps)) * (1 - RESERVE)
    return _smallest_bits(lambda p: (1 + error / 2**p) ** depth <= goal)


def precision_for_theorem(
    dims: Sequence[int],
    eps: str | float | Decimal,
    rounding: RoundingKind = "nearest",
    rounding_seed: int = 0,
) -> Precision:
    """Return the precision of the theorem's class: norms ≤ 1, no biases, unit ball (Q1; Q3)."""
    p, depth = bits_for_theorem(dims, eps, rounding), len(dims) - 1
    serves = "every target of this shape with ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1"
    limits = (random_limit(max(dims), max(dims)),) * depth
    kept = Rounding(rounding_seed, limits) if check_kind(rounding) else None
    return Precision(p, (0,) * depth, serves, kept)


def precision_for_class(
    target: TargetNetwork,
    eps: str | float | Decimal,
    rounding: RoundingKind = "nearest",
    rounding_seed: int = 0,
) -> Precision:
    """Return the precision that serves the whole class of targets like this one.

    If the target is in the theorem's class, that class; else all targets with the same shape,
    domain and bounds ν_i on the layers' norms, by Q2 with the worst case
    η_i ≤ ½·2^{−p_i}·√(d_i d_{i−1}), or Q3's for random rounding where it is smaller.

    >>> scaled = TargetNetwork.from_layers([[[0.6, 0.8]], [[2.5]]])
    >>> precision_for_class(scaled, "0.01").exponents
    (0, 2)
    """
    norms = target.norm_bounds
    if not target.homogenized and target.radius_squared <= 1 and max(norms) <= 1:
        return precision_for_theorem(target.dims, eps, rounding, rounding_seed)
    goal, exact = _goal(eps), _norm_bounds(target)
    shapes = list(zip(target.dims[1:], target.dims[:-1], strict=True))
    random = check_kind(rounding)

    def fits(p: int) -> bool:
        with ctx.workprec(PRECISION):
            exponents = class_exponents(norms, p)
            units = (
                [arb(_fmpq(limit)) for limit in _class_limits(target, exponents, p)]
                if random
                else [arb(rows * cols).sqrt() / 2 for rows, cols in shapes]
            )
            errors = [unit * arb(2) ** (k - p) for unit, k in zip(units, exponents, strict=True)]
            rounded = [v + e for v, e in zip(exact, errors, strict=True)]
            return bool(_q2(rounded, errors, exact, target.radius_squared) <= goal)

    serves = (
        "every target of this shape and domain with "
        f"‖W_i‖₂ ≤ {', '.join(f'{v:.6g}' for v in norms)}"
    )
    p = _smallest_bits(fits)
    exponents = class_exponents(norms, p)
    kept = Rounding(rounding_seed, _class_limits(target, exponents, p)) if random else None
    return Precision(p, exponents, serves, kept)


def _class_limits(target: TargetNetwork, exponents: Sequence[int], p: int) -> tuple[Fraction, ...]:
    """Return for every layer the error, in units, that some rounding keeps in the whole class (Q3).

    An entry may exceed 2^p by the excess of 2^{p−k_i}ν_i, less than ½, and is then rounded to 2^p.
    """
    limits = []
    for rows, cols, norm, k in zip(
        target.dims[1:], target.dims[:-1], target.norm_bounds, exponents, strict=True
    ):
        excess = Fraction(norm) * Fraction(2) ** (p - k) - 2**p
        # With p = 0 an entry may exceed by so much that Q3 does not say what this costs.
        limit = random_limit(rows, cols, max(excess, Fraction(0)))
        limits.append(limit if p else nearest_limit(rows, cols))
    return tuple(limits)


def precision_for_target(
    target: TargetNetwork,
    eps: str | float | Decimal,
    rounding: RoundingKind = "nearest",
    rounding_seed: int = 0,
) -> Precision:
    """Return the smallest p whose a-posteriori bound Q2 meets ε for this very target.

    With "random", p is the smallest for which rounding to nearest, or else at random where that
    errs more than Q3 allows, does: never more than to nearest, and hardly ever less for weights
    that are not all near half-way.
    """
    exponents, goal, serves = scale_exponents(target), _goal(eps), "this target on this domain"
    limits = tuple(random_limit(*W.shape) for W in target.weights)
    others = [Rounding(rounding_seed, limits)] if check_kind(rounding) else []
    for p in range(_MAX_BITS):
        # An estimate of the bound from below: cheap, and nearly always decides. No rounding has a
        # smaller Frobenius norm of its error than to nearest.
        if _q2_measured(target, Precision(p, exponents, serves), _low_norm) > goal:
            continue
        for kept in (None, *others):
            precision = Precision(p, exponents, serves, kept)
            with suppress(NoRounding):
                if bound_error(target, precision) <= goal:
                    return precision
    raise InputError(f"eps = {eps}: more than {_MAX_BITS} bits would be needed")


def precision_for(
    target: TargetNetwork,
    eps: str | float | Decimal,
    fit: Fit,
    rounding: RoundingChoice = "auto",
    rounding_seed: int = 0,
) -> Precision:
    """Return the precision for ``fit`` "theorem" (the whole class) or "adaptive" (this target).

    With "auto", weights are rounded to nearest unless rounding at random takes fewer bits.
    """
    if fit == "theorem":
        found = precision_for_class
    elif fit == "adaptive":
        found = precision_for_target
    else:
        raise InputError(f"fit = {fit!r}: expected 'theorem' or 'adaptive'")
    if rounding != "auto":
        return found(target, eps, rounding, rounding_seed)
    if fit == "adaptive":  # where "random" tries to nearest first
        return found(target, eps, "random", rounding_seed)
    kinds: tuple[RoundingKind, ...] = ("nearest", "random")
    return min((found(target, eps, kind, rounding_seed) for kind in kinds), key=lambda made: made.p)


def scale_exponents(target: TargetNetwork) -> tuple[int, ...]:
    """Return the least k_i with 2^{k_i} ≥ max|W_i| (0 for a zero matrix).

    >>> scale_exponents(TargetNetwork.from_layers([[[0.5]], [[3.0]]]))
    (-1, 2)
    """
    return tuple(_ceil_log2(float(np.abs(W).max())) for W in target.weights)


def class_exponents(norms: Sequence[float], p: int) -> tuple[int, ...]:
    """Return the least k_i for which weights of magnitude ≤ ν_i round to at most 2^p.

    That is ν_i·2^{−k_i} < 1 + 2^{−p−1}: a norm bound that is 1 but for its outward rounding needs
    no further bit. An entry is never larger than its matrix's norm. 0 where ν_i = 0.

    >>> class_exponents((1.0, 1.000001, 1.2), p=10)
    (0, 0, 1)
    """
    exponents = []
    for norm in norms:
        k = _ceil_log2(norm)
        lower_is_enough = Fraction(norm) / Fraction(2) ** (k - 1) < 1 + Fraction(1, 2 ** (p + 1))
        exponents.append(k - 1 if norm and lower_is_enough else k)
    return tuple(exponents)


def quantize(target: TargetNetwork, precision: Precision) -> tuple[Integers, ...]:
    """Return the integers V_i = round(2^{p_i} W_i), half to even (Q1), or as Q3 says.

    The arrays are int64 while p ≤ 60, and hold Python integers beyond. Raises InputError if an
    entry exceeds 2^p: the precision was made for smaller weights. With ``precision.rounding``, a
    layer for which rounding to nearest is not accurate enough is rounded at random; NoRounding if
    that does not help.

    >>> target = TargetNetwork.from_layers([[[0.75, -0.5, 0.125]]])
    >>> quantize(target, Precision(2, (0,), ""))[0]
    array([[ 3, -2,  0]])
    """
    p, matrices = precision.p, []
    shifts = precision.layer_scale_log2
    for i, (W, shift) in enumerate(zip(target.weights, shifts, strict=True), 1):
        largest = float(np.abs(W).max())
        if round(Fraction(largest) * Fraction(2) ** shift) > 2**p:
            raise InputError(
                f"layer {i}: a weight of magnitude {largest:.6g}; a plan with p = {p} and "
                f"k = {p - shift} allows 2^{p - shift}; make the plan for this target"
            )
        V = round_nearest(W, shift, big=p > 60)
        if precision.rounding is not None:
            V = round_within(W, V, shift, p, precision.rounding, i)
        matrices.append(V)
    return tuple(matrices)


def bound_error(target: TargetNetwork, precision: Precision) -> arb:
    """Return a rigorous bound on sup ‖f − f̂‖ over the domain, from the actual matrices (Q2).

    R·Σ_i (∏_{j>i} ‖2^{−p_j}V_j‖)·‖W_i − 2^{−p_i}V_i‖·(∏_{j<i} ‖W_j‖), as a ball whose upper end is
    the bound. The producer's own view: the certificate comes from the checker.
    """
    return _q2_measured(target, precision, bound_spectral_norm)


def _q2_measured(target: TargetNetwork, precision: Precision, norm: Norm) -> arb:
    """Return Q2 with ``norm`` for the norms of the rounded matrices and of the errors."""
    errors, rounded = [], []
    with ctx.workprec(PRECISION):
        exact = _norm_bounds(target)
        for W, V, shift, whole in zip(
            target.weights,
            quantize(target, precision),
            precision.layer_scale_log2,
            exact,
            strict=True,
        ):
            unit = arb(2) ** -shift
            E, lost = difference(W, V, shift)
            error = (arb(norm(E)) + arb(lost)) * unit
            errors.append(error)
            # ‖W‖ + ‖W − 2^{−p}V‖ always does; while V fits float64 its own norm is often smaller.
            big = V.dtype == object
            rounded.append(whole + error if big else arb(norm(V.astype(np.float64))) * unit)
        return _q2(rounded, errors, exact, target.radius_squared)


def _q2(rounded: list[arb], errors: list[arb], exact: list[arb], radius_squared: Fraction) -> arb:
    total = arb(0)
    for i, error in enumerate(errors):
        total += _product(rounded[i + 1 :]) * error * _product(exact[:i])
    return total * arb(_fmpq(radius_squared)).sqrt()


def _norm_bounds(target: TargetNetwork) -> list[arb]:
    for i, bound in enumerate(target.norm_bounds, 1):
        if math.isinf(bound):
            raise InputError(f"W{i} has a spectral norm beyond the range of float64")
    return [arb(bound) for bound in target.norm_bounds]


def _low_norm(A: NDArray[np.float64]) -> float:
    """Return an estimate from below of ‖A‖₂ ≥ ‖A‖_F/√(smaller side)."""
    return float(np.linalg.norm(A)) / math.sqrt(min(A.shape)) * (1 - 2.0**-20)


def _smallest_bits(fits: Callable[[int], bool]) -> int:
    """Return the least p ≥ 0 with fits(p), which is monotone."""

    def checked(p: int) -> bool:
        if fits(min(p, _MAX_BITS)):
            return True
        if p >= _MAX_BITS:
            raise InputError(f"eps: more than {_MAX_BITS} bits would be needed")
        return False

    return least(checked, 0)


def _goal(eps: str | float | Decimal) -> arb:
    value = Fraction(exact_decimal("eps", eps)) * (1 - RESERVE)
    with ctx.workprec(PRECISION):
        return arb(_fmpq(value))


def _fmpq(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _product(factors: Iterable[arb]) -> arb:
    return math.prod(factors, start=arb(1))


def _ceil_log2(value: float) -> int:
    if value == 0:
        return 0
    mantissa, exponent = math.frexp(value)
    return exponent - 1 if mantissa == 0.5 else exponent
