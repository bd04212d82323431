"""Q: how many bits a target needs for an accuracy, and its rounding to integers.

A target layer W_i becomes V_i = round(2^{p_i} W_i), integers with |V_i| ≤ 2^p, where p_i = p − k_i
and 2^{k_i} ≥ max|W_i|. In the theorem's class (norms ≤ 1, no biases, unit ball) every k_i is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from flint import arb, ctx, fmpq
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.norms import bound_spectral_norm
from constructions.target import TargetNetwork, exact_decimal

Integers = NDArray[Any]  # int64 where every value is below 2^62 in magnitude, else Python integers
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
    """

    p: int
    exponents: tuple[int, ...]
    serves: str

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


def bits_for_theorem(dims: Sequence[int], eps: str | float | Decimal) -> int:
    """Return p(d, l, ε): the smallest p ≥ 0 with (1 + d·2^{−p−1})^l ≤ 1 + ε(1 − 2^{−10}) (Q1).

    Decided in exact rationals. Parameters: dims = (d_0, …, d_l) with d their maximum; eps > 0.

    >>> bits_for_theorem((784, 500, 10), "0.01")
    17
    """
    d, depth = max(dims), len(dims) - 1
    goal = 1 + Fraction(exact_decimal("eps", eps)) * (1 - RESERVE)
    return _smallest_bits(lambda p: (1 + Fraction(d, 2 ** (p + 1))) ** depth <= goal)


def precision_for_theorem(dims: Sequence[int], eps: str | float | Decimal) -> Precision:
    """Return the precision of the theorem's class: norms ≤ 1, no biases, unit ball (Q1)."""
    p = bits_for_theorem(dims, eps)
    serves = "every target of this shape with ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1"
    return Precision(p, (0,) * (len(dims) - 1), serves)


def precision_for_class(target: TargetNetwork, eps: str | float | Decimal) -> Precision:
    """Return the precision that serves the whole class of targets like this one.

    If the target is in the theorem's class, that class; else all targets with the same shape,
    domain and bounds ν_i on the layers' norms, by Q2 with the worst case
    η_i ≤ ½·2^{−p_i}·√(d_i d_{i−1}).

    >>> scaled = TargetNetwork.from_layers([[[0.6, 0.8]], [[2.5]]])
    >>> precision_for_class(scaled, "0.01").exponents
    (0, 2)
    """
    norms = target.norm_bounds
    if not target.homogenized and target.radius_squared <= 1 and max(norms) <= 1:
        return precision_for_theorem(target.dims, eps)
    goal, exact = _goal(eps), _norm_bounds(target)
    shapes = list(zip(target.dims[1:], target.dims[:-1], strict=True))

    def fits(p: int) -> bool:
        with ctx.workprec(128):
            errors = [
                arb(rows * cols).sqrt() * arb(2) ** (k - p - 1)
                for (rows, cols), k in zip(shapes, class_exponents(norms, p), strict=True)
            ]
            rounded = [v + e for v, e in zip(exact, errors, strict=True)]
            return bool(_q2(rounded, errors, exact, target.radius_squared) <= goal)

    serves = (
        "every target of this shape and domain with "
        f"‖W_i‖₂ ≤ {', '.join(f'{v:.6g}' for v in norms)}"
    )
    p = _smallest_bits(fits)
    return Precision(p, class_exponents(norms, p), serves)


def precision_for_target(target: TargetNetwork, eps: str | float | Decimal) -> Precision:
    """Return the smallest p whose a-posteriori bound Q2 meets ε for this very target."""
    exponents, goal = scale_exponents(target), _goal(eps)
    for p in range(_MAX_BITS):
        precision = Precision(p, exponents, "this target on this domain")
        if _q2_measured(target, precision, _low_norm) > goal:
            continue  # an estimate of the bound from below: cheap, and nearly always decides
        if bound_error(target, precision) <= goal:
            return precision
    raise InputError(f"eps = {eps}: more than {_MAX_BITS} bits would be needed")


def precision_for(target: TargetNetwork, eps: str | float | Decimal, fit: Fit) -> Precision:
    """Return the precision for ``fit`` "theorem" (the whole class) or "adaptive" (this target)."""
    if fit == "theorem":
        return precision_for_class(target, eps)
    if fit == "adaptive":
        return precision_for_target(target, eps)
    raise InputError(f"fit = {fit!r}: expected 'theorem' or 'adaptive'")


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
    """Return the integers V_i = round(2^{p_i} W_i), half to even (Q1).

    The arrays are int64 while p ≤ 60, and hold Python integers beyond. Raises InputError if an
    entry exceeds 2^p: the precision was made for smaller weights.

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
        matrices.append(_round_scaled(W, shift, big=p > 60))
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
    with ctx.workprec(128):
        exact = _norm_bounds(target)
        for W, V, shift, whole in zip(
            target.weights,
            quantize(target, precision),
            precision.layer_scale_log2,
            exact,
            strict=True,
        ):
            unit = arb(2) ** -shift
            E, lost = _difference(W, V, shift)
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


def _difference(
    W: NDArray[np.float64], V: Integers, shift: int
) -> tuple[NDArray[np.float64], float]:
    """Return E = 2^shift·W − V, V = round(2^shift·W), and a bound on the norm of what E lost.

    Where |V| ≥ 2^53, 2^shift·W has no places after the point and E is 0. Elsewhere E is at most ½
    and a multiple of the last place of 2^shift·W, hence exact, unless 2^shift·W underflows.
    """
    fine = np.abs(V) < 2**53
    W = np.where(fine, W, 0.0)
    scaled = _scale(W, shift)
    E = scaled - np.where(fine, V, 0).astype(np.float64)
    lossless = bool((_scale(scaled, -shift) == W).all())
    return E, 0.0 if lossless else math.sqrt(W.size) * 2.0**-1074


def _round_scaled(W: NDArray[np.float64], shift: int, big: bool) -> Integers:
    if not big:
        return np.rint(_scale(W, shift)).astype(np.int64)
    factor = Fraction(2) ** shift
    flat = [round(Fraction(float(w)) * factor) for w in W.ravel()]  # half to even
    return np.array(flat, dtype=object).reshape(W.shape)


def _scale(A: NDArray[np.float64], shift: int) -> NDArray[np.float64]:
    """Return 2^shift·A; in steps, for shifts beyond the exponent range of float64."""
    while abs(shift) > 1000:
        step = 1000 if shift > 0 else -1000
        A, shift = np.ldexp(A, step), shift - step
    return np.ldexp(A, shift)


def _smallest_bits(fits: Callable[[int], bool]) -> int:
    """Return the least p ≥ 0 with fits(p), which is monotone."""
    high = 1
    while not fits(high):
        high *= 2
        if high > _MAX_BITS:
            raise InputError(f"eps: more than {_MAX_BITS} bits would be needed")
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _goal(eps: str | float | Decimal) -> arb:
    value = Fraction(exact_decimal("eps", eps)) * (1 - RESERVE)
    with ctx.workprec(128):
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
