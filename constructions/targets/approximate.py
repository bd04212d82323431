"""Arrays of float64 numbers, each with a proven bound on its distance from the number meant.

Folding constants into layers divides and takes roots, which float64 cannot do exactly. Here every
operation carries its rounding along; where nothing was rounded the bound is exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from constructions.errors import InputError

Floats = NDArray[np.float64]
_UNIT = 2.0**-53
_TINY = 2.0**-1070
_SLACK = 1 + 2.0**-40  # more than the rounding of the few operations that bound an error


@dataclass(frozen=True, eq=False)
class Approximate:
    """Numbers ``mid``, each within ``rad`` ≥ 0 of the real number meant; float64 of one shape."""

    mid: Floats
    rad: Floats

    @classmethod
    def exactly(cls, values: ArrayLike) -> Approximate:
        """Return numbers that float64 holds.

        >>> bool((Approximate.exactly([1.0]) / Approximate.exactly([3.0])).rad[0] < 2**-54)
        True
        """
        mid = np.asarray(values, dtype=np.float64)
        return cls(mid, np.zeros(mid.shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.mid.shape

    @property
    def exact(self) -> bool:
        """Whether nothing was rounded."""
        return not self.rad.any()

    def moved(self, move: Callable[[Floats], Floats]) -> Approximate:
        """Return the numbers where ``move``, which may repeat and leave out entries, puts them."""
        return Approximate(move(self.mid), move(self.rad))

    def reshape(self, *shape: int) -> Approximate:
        """Return the same numbers in another shape."""
        return self.moved(lambda x: x.reshape(*shape))

    def __getitem__(self, key: Any) -> Approximate:
        """Index both arrays alike."""
        return self.moved(lambda x: x[key])

    def broadcast(self, shape: tuple[int, ...]) -> Approximate:
        """Return the numbers repeated to a shape, as NumPy does."""
        return self.moved(lambda x: np.broadcast_to(x, shape))

    def __neg__(self) -> Approximate:
        """Exact."""
        return Approximate(-self.mid, self.rad)

    def __add__(self, other: Approximate) -> Approximate:
        """The rounding error of a sum is itself a float64 number (Knuth)."""
        a, b = self.mid, other.mid
        total = a + b
        part = total - a
        lost = (a - (total - part)) + (b - part)
        return _checked(total, np.abs(lost) + (self.rad + other.rad))

    def __sub__(self, other: Approximate) -> Approximate:
        """As the sum."""
        return self + -other

    def __mul__(self, other: Approximate) -> Approximate:
        """The rounding error of a product is a float64 number, but for tiny ones (Dekker)."""
        a, b = self.mid, other.mid
        product = a * b
        cross = np.abs(a) * other.rad + self.rad * (np.abs(b) + other.rad)
        return _checked(product, np.abs(_lost(a, b, product)) + cross)

    def __truediv__(self, other: Approximate) -> Approximate:
        """|a/b − q| ≤ (|a − qb| + rad a + |q|·rad b)/(|b| − rad b)."""
        a, b = self.mid, other.mid
        size = np.abs(b) - other.rad
        if (size <= 0).any():
            raise InputError("a division by zero, or by what may be zero")
        q = a / b
        rest = np.abs(_rest(a, q, b)) + self.rad + np.abs(q) * other.rad
        return _checked(q, rest / size)

    def sqrt(self) -> Approximate:
        """|√a − s| ≤ (|a − s²| + rad a)/s."""
        if (self.mid - self.rad <= 0).any():
            raise InputError("the root of a number that is not positive")
        s = np.sqrt(self.mid)
        return _checked(s, (np.abs(_rest(self.mid, s, s)) + self.rad) / s)

    def __matmul__(self, other: Approximate) -> Approximate:
        """Exact where integers show it, else within the usual bound for sums of products.

        Where no column of the right matrix has two entries, nothing is summed.
        """
        a, b = self.mid, other.mid
        if other.exact and (np.count_nonzero(b, axis=0) <= 1).all():
            row = (b != 0).argmax(axis=0)
            return self[:, row] * Approximate.exactly(b[row, np.arange(b.shape[1])])
        product = a @ b
        if self.exact and other.exact and product_is_exact(a, b):
            return Approximate.exactly(product)
        n = a.shape[-1]
        size, rad = np.abs(a), other.rad
        bound = (n + 2) * _UNIT * (size @ np.abs(b)) + size @ rad + self.rad @ (np.abs(b) + rad)
        return _checked(product, bound * (1 + 2 * n * _UNIT) + n * _TINY)


def product_is_exact(a: Floats, b: Floats) -> bool:
    """Return whether float64 shows no rounding in a @ b, in whatever order the sums are taken.

    With a = A·2^−j and b = B·2^−k for integers A and B, all partial sums are integers below
    n·max|A|·max|B|, times 2^−j−k; they fit if that is at most 2^53.

    >>> product_is_exact(np.array([[0.5, 3.0]]), np.array([[0.25], [1.0]]))
    True
    """
    (j, A), (k, B) = _as_integers(a), _as_integers(b)
    return a.shape[-1] * A * B <= 2**53 and abs(j + k) < 900


def _as_integers(x: Floats) -> tuple[int, int]:
    """Return the least k, and max|X|, for which X = x·2^k are integers."""
    x = x[x != 0]
    if not x.size:
        return 0, 0
    mantissa, exponent = np.frexp(x)
    whole = (mantissa * 2.0**53).astype(np.int64)
    lowest = np.log2((whole & -whole).astype(np.float64)).astype(np.int64)  # a power of two: exact
    k = int((53 - exponent - lowest).max())
    largest = int(exponent.max()) + k
    return k, 1 << max(largest, 0)


def _checked(mid: Floats, rad: Floats) -> Approximate:
    rad = np.where(rad == 0, 0.0, rad * _SLACK + _TINY)
    if not (np.isfinite(mid).all() and np.isfinite(rad).all()):
        raise InputError("a value beyond the range of float64")
    return Approximate(mid, rad)


def _halves(a: Floats) -> tuple[Floats, Floats]:
    big = a * (2.0**27 + 1)
    high = big - (big - a)
    return high, a - high


def _lost(a: Floats, b: Floats, product: Floats) -> Floats:
    """Return ab − product exactly, or a bound on it where a product is too small or too large."""
    a, b = np.broadcast_arrays(a, b)
    with np.errstate(over="ignore", invalid="ignore"):
        (a1, a0), (b1, b0) = _halves(a), _halves(b)
        error = ((a1 * b1 - product) + a1 * b0 + a0 * b1) + a0 * b0
    sizes = np.maximum(np.abs(a), np.abs(b))
    safe = (sizes < 2.0**500) & (np.abs(product) > 2.0**-900) | (a == 0) | (b == 0)
    return np.where(safe, error, np.abs(product) * 2 * _UNIT + _TINY)


def _rest(a: Floats, q: Floats, b: Floats) -> Floats:
    """Return a bound on |a − qb|, q close to a/b: a − (q·b rounded) is exact there (Sterbenz)."""
    product = q * b
    return np.abs(a - product) + np.abs(_lost(q, b, product))
