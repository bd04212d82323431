"""Every rounding term of the bound is needed: without it, it would be below what exact sums give.

A target for each term is built so that rounding goes the wrong way. Where other terms have so much
to spare that they would hide it, the norm of the floats is taken exactly, in rationals.
"""

import math
from fractions import Fraction

import numpy as np
import pytest

from proofs.kernel import bound
from proofs.kernel.bound import frobenius, norm_difference, norm_float, norm_integer

U = 2.0**-53


def root(value: Fraction) -> Fraction:
    """√value, exactly for squares of rationals, else from above, to 2^−1400."""
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if Fraction(top, bottom) ** 2 == value:
        return Fraction(top, bottom)
    return Fraction(math.isqrt((value.numerator << 2800) // value.denominator) + 1, 1 << 1400)


def exact_norm(a) -> Fraction:
    """The norm of one row of numbers, from above."""
    (row,) = a.tolist()
    return root(sum((Fraction(v) ** 2 for v in row), Fraction(0)))


@pytest.fixture
def exact(monkeypatch):
    """The norm of floats without any slack."""
    monkeypatch.setattr(bound, "spectral", exact_norm)


def test_sums_of_squares(monkeypatch):
    """1 + 2^−54 is 1 in float64; its root is not."""
    a = np.array([[1.0, 2.0**-27]])
    assert Fraction(frobenius(a)) >= exact_norm(a)
    monkeypatch.setattr(bound, "_up", lambda value, roundings: value)
    assert Fraction(frobenius(a)) < exact_norm(a)


def test_the_sums_of_rows_and_columns(monkeypatch):
    a = np.array([[1.0, 2.0**-53]])
    true = root(Fraction(1) + Fraction(1, 2**53))  # √(‖A‖_1·‖A‖_∞)
    assert Fraction(bound._sum_norms(a)) >= true
    monkeypatch.setattr(bound, "_up", lambda value, roundings: value)
    assert Fraction(bound._sum_norms(a)) < true


def test_what_underflows_when_a_matrix_is_scaled_down(exact):
    """Halved, the least number of float64 is 0."""
    a = np.array([[1.0, 2.0**-1074]])
    true = Fraction(1) + Fraction(1, 2**2150)  # its square is below 1 + 2^−2148
    lost = Fraction(2 * 2) * Fraction(1, 2**1021)  # (⌊√2⌋ + 1)·2^−1021, scaled by 2
    assert norm_float(a) - lost == 1 < true <= norm_float(a)


def test_the_bits_that_are_cut_from_large_integers(exact):
    """255 = 2^8 − 1 is lost of 2^61 + 255: two bits are cut, the others rounded away."""
    v = np.array([[2**61 + 255]], dtype=object)
    lost = Fraction(129 * 2 * 4)
    assert norm_integer(v) - lost < 2**61 + 255 <= norm_integer(v)


def test_the_bits_that_int64_loses_in_float64(exact):
    v = np.array([[2**61 + 255]])
    lost = 2 * Fraction(U) * Fraction(frobenius(v / 2.0**62)) * 2**62
    assert norm_integer(v) - lost < 2**61 + 255 <= norm_integer(v)


def test_the_two_subtractions_of_a_difference(exact):
    """Of random entries some round the wrong way; the bound holds for all of them."""
    rng, wrong = np.random.default_rng(4), 0
    for _ in range(200):
        w = rng.uniform(-1, 1, (1, 1))
        v = np.array([[int(rng.integers(-(2**61), 2**61))]])
        true = abs(Fraction(w[0, 0]) - Fraction(int(v[0, 0]), 2**55))
        found = norm_difference(w, 55, v)
        high = v.astype(np.float64)
        first = np.ldexp(w, 55) - high
        second = first - (v - high.astype(np.int64)).astype(np.float64)
        unit = math.frexp(max(abs(first[0, 0]), abs(second[0, 0])))[1]
        spread = sum(frobenius(np.ldexp(part, -unit)) for part in (first, second))
        term = Fraction(bound._up(2 * U * spread, 4)) * Fraction(2) ** (unit - 55)
        assert found >= true
        wrong += found - term < true
    assert wrong > 20


# -- the spectral norm -------------------------------------------------------------------------


class Sequential(np.ndarray):
    """Matrices whose products sum from the left to the right, as any order is allowed."""

    def __matmul__(self, other):
        a, b = np.asarray(self), np.asarray(other)
        if a.ndim == 1:
            return np.float64(sum((a * b).tolist()))
        total = np.zeros((len(a), b.shape[1]))
        for k in range(a.shape[1]):
            total += np.outer(a[:, k], b[k])
        return total.view(Sequential)


def squares(a) -> list[list[Fraction]]:
    """A·Aᵀ, exactly."""
    rows = [[Fraction(v) for v in row] for row in np.asarray(a).tolist()]
    return [[sum(x * y for x, y in zip(r, s, strict=True)) for s in rows] for r in rows]


def residual(a, c: float, factor) -> Fraction:
    """‖c·I − A·Aᵀ − U·Uᵀ‖_F, exactly."""
    gram, product = squares(a), squares(factor)
    entries = [
        (Fraction(c) * (i == j) - gram[i][j] - product[i][j]) ** 2
        for i in range(len(gram))
        for j in range(len(gram))
    ]
    return root(sum(entries, Fraction(0)))


def terms(monkeypatch, a, estimate: float):
    """What `spectral` finds in float64 for the residual, its error terms, and what is exact."""
    held = {}
    honest = np.linalg.cholesky

    def cholesky(rest):
        held["factor"] = honest(np.asarray(rest))
        return held["factor"].view(type(a))

    monkeypatch.setattr(bound, "_estimate", lambda gram: estimate)
    monkeypatch.setattr(np.linalg, "cholesky", cholesky)
    bound.spectral(a)
    (n, m), c, factor = a.shape, estimate * (1 + 2.0**-13), held["factor"].view(type(a))
    rest = -(a @ a.T)
    rest[np.diag_indices(n)] += c
    rest -= factor @ factor.T
    whole, size = frobenius(a), frobenius(factor)
    of_gram = 2.0 * (m + 2) * U * whole**2
    of_factor = 2.0 * (n + 2) * U * size**2
    of_both = 4.0 * U * (c * n + whole**2 + size**2)
    found = Fraction(frobenius(np.asarray(rest)))
    exact = residual(a, c, factor)
    assert exact <= found + Fraction(of_gram) + Fraction(of_factor + of_both)
    return found, Fraction(of_gram), Fraction(of_factor + of_both), exact


def test_the_rounding_of_the_gram_matrix(monkeypatch):
    """2,000 squares of 2^−27.1 are lost one by one beside 4·0.375²."""
    a = np.zeros((2, 2005))
    a[0, :4], a[0, 4:-1], a[1, -1] = 0.375, 2.0**-27.1, 0.5
    found, _, others, exact = terms(monkeypatch, a.view(Sequential), 0.5625)
    assert found + others < exact


def test_the_rounding_of_the_factor_and_of_the_subtractions(monkeypatch):
    """A·Aᵀ = 4·I without rounding, so that all that is lost is lost here."""
    two = np.array([[1.0, 1.0], [1.0, -1.0]])
    a, seen = np.kron(np.kron(two, two), np.kron(two, two)) / 2, 0
    for k in range(40):
        with monkeypatch.context() as patch:
            found, _, _, exact = terms(patch, a, 32.0 + k / 4)
        seen += found < exact
    assert seen > 0
