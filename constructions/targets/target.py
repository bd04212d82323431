"""TargetNetwork: the ReLU network to be found, with its domain (§1 of the mathematics).

f(x) = W_l σ(W_{l−1} σ(… σ(W_1 x)…)). Biases are homogenized: the constant 1 is appended to the
features and carried, so that hidden layers become [[W, b], [0, 1]] and the last one [W, b].
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from constructions.errors import InputError
from constructions.norms import bound_spectral_norm

Matrix = NDArray[np.float64]


def exact_decimal(name: str, value: str | float | Decimal) -> Decimal:
    """Return the decimal number that ``value`` shows: exactly what a user wrote.

    A float stands for its shortest decimal form, so that 0.01 means one hundredth. Raises
    InputError unless the value is a finite decimal number of a sensible magnitude.

    >>> exact_decimal("eps", 0.01)
    Decimal('0.01')
    """
    text = str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    # Decimal takes blanks, underscores and any script's digits.
    if number is None or not text.isascii() or re.search(r"[_\s]", text):
        raise InputError(f"{name} = {text!r}: expected a decimal number, such as 0.01 or 1e-6")
    if not number.is_finite() or (number and abs(number.adjusted()) > 1000):
        raise InputError(f"{name} = {text!r}: expected a finite number between 1e-1000 and 1e1000")
    return number


_LARGEST = Decimal("1e300")  # of a radius: beyond, no bound fits float64


@dataclass(frozen=True)
class Ball:
    """The domain ‖x‖₂ ≤ radius, cut to x ≥ 0 if ``nonnegative``.

    >>> Ball("0.5").describe()
    '‖x‖₂ ≤ 0.5'
    """

    radius: Decimal
    nonnegative: bool

    def __init__(self, radius: str | float | Decimal = 1, nonnegative: bool = False) -> None:
        object.__setattr__(self, "radius", exact_decimal("radius", radius))
        object.__setattr__(self, "nonnegative", nonnegative)
        if not 0 <= self.radius <= _LARGEST:
            raise InputError(f"radius = {self.radius}: expected a number from 0 to {_LARGEST}")

    def radius_squared(self) -> Fraction:
        """Return the largest ‖x‖₂² of a point, exactly."""
        return Fraction(self.radius) ** 2

    def describe(self) -> str:
        """Return the domain as a formula."""
        return f"‖x‖₂ ≤ {self.radius}" + (", x ≥ 0" if self.nonnegative else "")

    def outside(self, x: Matrix) -> NDArray[np.bool_]:
        """Return which rows are outside; those close to the sphere are summed in rationals."""
        radius = float(self.radius)
        with np.errstate(over="ignore", invalid="ignore"):
            sizes = np.sqrt((x * x).sum(axis=1))
        inside = sizes < radius * (1 - 1e-9)
        close = ~inside & (sizes < radius * (1 + 1e-9) + 1e-300)
        for i in np.flatnonzero(close):
            square = sum((Fraction(v) ** 2 for v in x[i].tolist()), Fraction(0))
            inside[i] = square <= self.radius_squared()
        if self.nonnegative:
            inside &= (x >= 0).all(axis=1)
        return np.asarray(~inside)

    def check_features(self, features: int) -> None:
        """Accept any number of features: a ball has the dimension of its target."""


@dataclass(frozen=True)
class Box:
    """The domain low_j ≤ x_j ≤ high_j, one pair of decimals a feature.

    >>> Box.uniform("0", "1", 3).nonnegative
    True
    """

    low: tuple[Decimal, ...]
    high: tuple[Decimal, ...]

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            values = tuple(exact_decimal(name, v) for v in getattr(self, name))
            object.__setattr__(self, name, values)
        if len(self.low) != len(self.high):
            raise InputError(
                f"box with {len(self.low)} low and {len(self.high)} high: expected one pair each"
            )
        for j, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            if low > high:
                raise InputError(f"box feature {j}: low = {low} > high = {high}")

    @classmethod
    def uniform(cls, low: str | float | Decimal, high: str | float | Decimal, features: int) -> Box:
        """Return the box [low, high]^features."""
        return cls(
            (exact_decimal("low", low),) * features, (exact_decimal("high", high),) * features
        )

    @property
    def nonnegative(self) -> bool:
        """Whether every point has x ≥ 0."""
        return all(low >= 0 for low in self.low)

    def radius_squared(self) -> Fraction:
        """Return the largest ‖x‖₂² of a point, exactly."""
        pairs = zip(self.low, self.high, strict=True)
        return sum((max(Fraction(a) ** 2, Fraction(b) ** 2) for a, b in pairs), Fraction(0))

    def describe(self) -> str:
        """Return the domain as a formula."""
        if len(set(self.low)) == len(set(self.high)) == 1:
            return f"x ∈ [{self.low[0]}, {self.high[0]}]^{len(self.low)}"
        return f"x in a box of {len(self.low)} features"

    def outside(self, x: Matrix) -> NDArray[np.bool_]:
        """Return which rows are outside, by the float64 numbers next to the ends of the box."""
        low = np.array([float_from(v, 1) for v in self.low])
        high = np.array([float_from(v, -1) for v in self.high])
        return np.asarray(~((low <= x) & (x <= high)).all(axis=1))

    def check_features(self, features: int) -> None:
        """Raise InputError unless the box has this many features."""
        if len(self.low) != features:
            raise InputError(f"box with {len(self.low)} features: the target has {features}")


Domain = Ball | Box


@dataclass(frozen=True, eq=False)
class TargetNetwork:
    """A ReLU network without biases: matrices W_1…W_l (homogenized if it had biases), and a domain.

    Use :meth:`from_layers`; it validates.

    Attributes
    ----------
    weights : tuple of float64 arrays W_i of shape (d_i, d_{i−1}), read-only
    domain : Ball or Box of the features (without the constant of a homogenized target)
    homogenized : whether the last input is the constant 1
    rounding : for each W_i, a bound on ‖W_i − the matrix that the file means‖_F, where a reader had
        to round (constants folded into a layer); empty where it did not
    notes : what a reader folded and assumed

    >>> f = TargetNetwork.from_layers([[[0.5, -0.25]], [[1.0]]], domain=Ball("2"))
    >>> f.dims, f.depth
    ((2, 1, 1), 2)
    >>> f([[1.0, 0.0], [-1.0, 0.0]])
    array([[0.5],
           [0. ]])
    """

    weights: tuple[Matrix, ...]
    domain: Domain
    homogenized: bool
    rounding: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def from_layers(
        cls,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike | None] | None = None,
        domain: Domain | None = None,
        *,
        rounding: tuple[float, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> TargetNetwork:
        """Return the network with layers σ(W_i x + b_i), the last one without σ.

        Parameters
        ----------
        weights : l ≥ 1 finite real matrices, W_i of shape (d_i, d_{i−1}), every d_i ≥ 1; values
            that float64 does not hold exactly are refused
        biases : None, or l vectors b_i of length d_i (None for a layer without)
        domain : where the approximation is to hold; the unit ball unless given
        rounding, notes : of the reader, as the attributes; r_i covers W_i and b_i together

        Raises
        ------
        InputError naming the layer and the fault
        """
        matrices = [_exact_float64(f"W{i}", W, 2) for i, W in enumerate(weights, 1)]
        if not matrices:
            raise InputError("weights: expected at least one matrix")
        for i, W in enumerate(matrices, 1):
            if 0 in W.shape:
                raise InputError(f"W{i} has shape {W.shape}: expected at least one row and column")
        for i, (A, B) in enumerate(pairwise(matrices), 1):
            if B.shape[1] != A.shape[0]:
                raise InputError(
                    f"W{i + 1} has {B.shape[1]} columns: expected {A.shape[0]}, the rows of W{i}"
                )
        vectors: list[Matrix | None] = [None] * len(matrices)
        if biases is not None:
            if len(biases) != len(matrices):
                raise InputError(
                    f"{len(biases)} biases for {len(matrices)} layers: expected one each"
                )
            vectors = [
                None if b is None else _exact_float64(f"b{i}", b, 1)
                for i, b in enumerate(biases, 1)
            ]
        for i, (W, b) in enumerate(zip(matrices, vectors, strict=True), 1):
            if b is not None and len(b) != len(W):
                raise InputError(f"b{i} has length {len(b)}: expected {len(W)}, the rows of W{i}")
        homogenized = any(b is not None and b.any() for b in vectors)
        if homogenized:
            matrices = _homogenize(matrices, vectors)
        for W in matrices:
            W.flags.writeable = False
        domain = Ball() if domain is None else domain
        domain.check_features(matrices[0].shape[1] - homogenized)
        return cls(tuple(matrices), domain, homogenized, rounding, notes)

    @property
    def dims(self) -> tuple[int, ...]:
        """The widths (d_0, …, d_l), the constant of a homogenized target included."""
        return (self.weights[0].shape[1], *(len(W) for W in self.weights))

    @property
    def depth(self) -> int:
        """The number of layers l."""
        return len(self.weights)

    @property
    def features(self) -> int:
        """The length of an input x."""
        return self.dims[0] - self.homogenized

    @property
    def nonnegative(self) -> bool:
        """Whether every input of the domain is ≥ 0."""
        return self.domain.nonnegative

    @property
    def radius_squared(self) -> Fraction:
        """R² exactly: the largest squared Euclidean norm of an input, the constant 1 included."""
        return self.domain.radius_squared() + self.homogenized

    @cached_property
    def norm_bounds(self) -> tuple[float, ...]:
        """Rigorous upper bounds on the spectral norms ‖W_i‖₂."""
        return tuple(bound_spectral_norm(W) for W in self.weights)

    @cached_property
    def reading_error(self) -> Decimal:
        """A bound on sup ‖f − what the file means‖₂ over the domain, 0 where nothing was rounded.

        R·Σ_i ∏_{j>i}(‖W_j‖ + r_j)·r_i·∏_{j<i}‖W_j‖, r the ``rounding``, rounded up (Q2).
        """
        if not any(self.rounding):
            return Decimal(0)
        norms = [Fraction(n) for n in self.norm_bounds]
        lost = [Fraction(r) for r in self.rounding]
        total = Fraction(0)
        for i, r in enumerate(lost):
            after = (n + e for n, e in zip(norms[i + 1 :], lost[i + 1 :], strict=True))
            total += math.prod(after, start=r) * math.prod(norms[:i])
        radius = math.isqrt(math.ceil(self.radius_squared * 4**64)) + 1
        with localcontext(Context(prec=20, rounding=ROUND_CEILING)):
            bound = total * Fraction(radius, 2**64)
            return Decimal(bound.numerator) / Decimal(bound.denominator) * (1 + Decimal("1e-15"))

    def eps_left(self, eps: Decimal) -> Decimal:
        """Return what reading left of an accuracy: eps − ``reading_error``, rounded down.

        Raises InputError if it left nothing.
        """
        if not self.reading_error:
            return eps
        with localcontext(Context(prec=40, rounding=ROUND_FLOOR)):
            left = eps - self.reading_error
        if left <= 0:
            raise InputError(
                f"eps = {eps}: constants folded into the layers were rounded, and may differ from "
                f"the file by {self.reading_error:.3g}; expected a larger eps, or a smaller domain"
            )
        return left

    def with_domain(self, domain: Domain) -> TargetNetwork:
        """Return the same network on another domain."""
        domain.check_features(self.features)
        return replace(self, domain=domain)

    def inputs(self, x: ArrayLike) -> Matrix:
        """Return x of shape (…, features) as float64, with the constant of a homogenized target."""
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or x.shape[-1] != self.features:
            raise InputError(f"x has shape {x.shape}: expected (…, {self.features})")
        if self.homogenized:
            x = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
        return x

    def outside(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Return which rows of x, of shape (…, features), lie outside the domain, exactly.

        >>> f = TargetNetwork.from_layers([[[1.0]]], domain=Box.uniform("0", "0.1", 1))
        >>> f.outside([[0.1], [0.0], [-1e-9]])
        array([ True, False,  True])
        """
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or x.shape[-1] != self.features:
            raise InputError(f"x has shape {x.shape}: expected (…, {self.features})")
        return self.domain.outside(x.reshape(-1, self.features))

    def __call__(self, x: ArrayLike) -> Matrix:
        """Return f(x) in float64 for x of shape (…, features)."""
        h = self.inputs(x)
        for W in self.weights[:-1]:
            h = np.maximum(h @ W.T, 0.0)
        return h @ self.weights[-1].T


def float_from(value: Decimal, side: int) -> float:
    """Return the float64 number closest to a decimal among those ≥ it (side 1) or ≤ it (−1)."""
    near = float(value)
    wrong = Fraction(near) < Fraction(value) if side > 0 else Fraction(near) > Fraction(value)
    return math.nextafter(near, side * math.inf) if wrong else near


def _exact_float64(name: str, value: ArrayLike, ndim: int) -> Matrix:
    try:
        given = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise InputError(
            f"{name}: expected an array of {ndim} dimension(s) of real numbers"
        ) from None
    if given.dtype.kind not in "biuf":
        raise InputError(f"{name} has dtype {given.dtype}: expected real numbers")
    if given.ndim != ndim:
        raise InputError(f"{name} has shape {given.shape}: expected {ndim} dimension(s)")
    if not np.isfinite(given).all():
        raise InputError(f"{name} has entries that are not finite")
    with np.errstate(over="ignore"):
        array = np.array(given, dtype=np.float64, order="C")
    # Python numbers compare exactly; NumPy would first round an int64 to float64.
    wide = given.dtype.itemsize >= 8 and given.dtype != np.float64
    if wide and (array.astype(object) != given.astype(object)).any():
        raise InputError(
            f"{name} has entries of type {given.dtype} that float64 cannot hold exactly"
        )
    return array


def _homogenize(matrices: list[Matrix], biases: list[Matrix | None]) -> list[Matrix]:
    result = []
    for i, (W, b) in enumerate(zip(matrices, biases, strict=True)):
        column = np.zeros((len(W), 1)) if b is None else b[:, None]
        block = np.hstack([W, column])
        if i < len(matrices) - 1:
            carry = np.zeros((1, block.shape[1]))
            carry[0, -1] = 1.0
            block = np.vstack([block, carry])
        result.append(block)
    return result
