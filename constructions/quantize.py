"""Q: how many bits a target needs for an accuracy, and its rounding to integers.

A target layer W_i becomes V_i = round(2^{p_i} W_i), integers with |V_i| ≤ 2^p, where p_i = p − k_i
and 2^{k_i} ≥ max|W_i|. In the theorem's class (norms ≤ 1, no biases, unit ball) every k_i is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
    return Precision(p, (0,) * (len(dims) - 1), "every target of this shape with ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1")


def precision_for_class(target: TargetNetwork, eps: str | float | Decimal) -> Precision:
    """Return the precision that serves the whole class of targets like this one.

    If the target is in the theorem's class, that class; else all targets with the same shape,
    domain, bounds ν_i on the layers' norms and 2^{k_i} on their entries, by Q2 with the worst case
    η_i ≤ ½·2^{−p_i}·√(d_i d_{i−1}).
    """
    norms = target.norm_bounds
    if not target.homogenized and target.radius_squared <= 1 and max(norms) <= 1:
        return precision_for_theorem(target.dims, eps)
    exponents = scale_exponents(target)
    goal = _goal(eps)
    shapes = list(zip(target.dims[1:], target.dims[:-1], strict=True))

    def fits(p: int) -> bool:
        with ctx.workprec(128):
            errors = [
                arb(rows * cols).sqrt() * arb(2) ** (k - p - 1)
                for (rows, cols), k in zip(shapes, exponents, strict=True)
            ]
            exact = [arb(v) for v in norms]
            rounded = [v + e for v, e in zip(exact, errors, strict=True)]
            return bool(_q2(rounded, errors, exact, target.radius_squared) <= goal)

    serves = (
        "every target of this shape and domain with "
        f"‖W_i‖₂ ≤ {', '.join(f'{v:.6g}' for v in norms)} and "
        f"|entries of W_i| ≤ {', '.join(f'2^{k}' for k in exponents)}"
    )
    return Precision(_smallest_bits(fits), exponents, serves)


def precision_for_target(target: TargetNetwork, eps: str | float | Decimal) -> Precision:
    """Return the smallest p whose a-posteriori bound Q2 meets ε for this very target."""
    exponents, goal = scale_exponents(target), _goal(eps)
    for p in range(_MAX_BITS):
        precision = Precision(p, exponents, "this target on this domain")
        matrices = quantize(target, precision)
        if _optimistic_q2(target, precision, matrices) > goal:
            continue  # a lower estimate of the bound: cheap, and nearly always decides
        if bound_error(target, precision, matrices) <= goal:
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


def quantize(target: TargetNetwork, precision: Precision) -> tuple[Integers, ...]:
    """Return the integers V_i = round(2^{p_i} W_i), half to even (Q1).

    The arrays are int64 while p ≤ 60, and hold Python integers beyond. Raises InputError if an
    entry exceeds 2^p: the precision was made for smaller weights.

    >>> target = TargetNetwork.from_layers([[[0.75, -0.5, 0.125]]])
    >>> quantize(target, Precision(2, (0,), ""))[0]
    array([[ 3, -2,  0]])
    """
    matrices = []
    for i, (W, shift) in enumerate(
        zip(target.weights, precision.layer_scale_log2, strict=True), 1
    ):
        V = _round_scaled(W, shift, big=precision.p > 60)
        largest = max((abs(int(V.min())), abs(int(V.max()))))
        if largest > 2**precision.p:
            raise InputError(
                f"layer {i}: the rounded weights reach {largest}, the plan's p = {precision.p} "
                f"allows 2^{precision.p}; make the plan for this target"
            )
        matrices.append(V)
    return tuple(matrices)


def bound_error(
    target: TargetNetwork, precision: Precision, matrices: Sequence[Integers] | None = None
) -> arb:
    """Return a rigorous bound on sup ‖f − f̂‖ over the domain, from the actual matrices (Q2).

    R·Σ_i (∏_{j>i} ‖2^{−p_j}V_j‖)·‖W_i − 2^{−p_i}V_i‖·(∏_{j<i} ‖W_j‖), as a ball whose upper end is
    the bound. The producer's own view: the certificate comes from the checker.
    """
    matrices = quantize(target, precision) if matrices is None else matrices
    errors, rounded = [], []
    for W, V, shift in zip(target.weights, matrices, precision.layer_scale_log2, strict=True):
        E, slack = _difference(W, V, shift)
        errors.append(bound_spectral_norm(E) + slack)
        # ‖2^{−p}V‖ ≤ ‖W‖ + ‖W − 2^{−p}V‖ would do, but its own norm is often smaller.
        back, slack = _descaled(V, shift)
        rounded.append(bound_spectral_norm(back) + slack)
    with ctx.workprec(128):
        return _q2(
            [arb(v) for v in rounded],
            [arb(v) for v in errors],
            [arb(v) for v in target.norm_bounds],
            target.radius_squared,
        )


def _q2(rounded: list[arb], errors: list[arb], exact: list[arb], radius_squared: Fraction) -> arb:
    total = arb(0)
    for i, error in enumerate(errors):
        total += _product(rounded[i + 1 :]) * error * _product(exact[:i])
    return total * arb(_fmpq(radius_squared)).sqrt()


def _optimistic_q2(
    target: TargetNetwork, precision: Precision, matrices: Sequence[Integers]
) -> arb:
    """Estimate Q2 from below: every norm is at least ‖·‖_F/√(smaller side)."""
    errors, rounded = [], []
    for W, V, shift in zip(target.weights, matrices, precision.layer_scale_log2, strict=True):
        root = math.sqrt(min(W.shape))
        errors.append(arb(float(np.linalg.norm(_difference(W, V, shift)[0])) / root))
        rounded.append(arb(float(np.linalg.norm(_descaled(V, shift)[0])) / root))
    exact = [arb(v) * arb(1 - 2.0**-11) for v in target.norm_bounds]
    return _q2(rounded, errors, exact, target.radius_squared) * arb(1 - 2.0**-20)


def _difference(
    W: NDArray[np.float64], V: Integers, shift: int
) -> tuple[NDArray[np.float64], float]:
    """Return W − 2^{−shift}V in float64 and a bound on the norm of its rounding error.

    2^shift·W − V is exact in float64: it is a multiple of the last place of 2^shift·W and at most
    ½. Scaling back can only lose what is below the smallest float64.
    """
    scaled = _scale(W, shift)
    E = np.where(np.abs(scaled) >= 2.0**52, 0.0, scaled - V.astype(np.float64))
    return _scale(E, -shift), math.sqrt(W.size) * 2.0**-1074


def _descaled(V: Integers, shift: int) -> tuple[NDArray[np.float64], float]:
    """Return 2^{−shift}V in float64 and a bound on the norm of its rounding error."""
    back = _scale(V.astype(np.float64), -shift)
    frobenius = float(np.linalg.norm(back)) * (1 + 2.0**-40)
    return back, frobenius * 2.0**-52 + math.sqrt(V.size) * 2.0**-1074


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


def _smallest_bits(fits: Any) -> int:
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
