"""bound_spectral_norm is never below the norm, and within 2⁻¹¹ of it: checked exactly."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from constructions import norms
from constructions.errors import InputError
from constructions.norms import bound_spectral_norm
from tests.oracles import exact_matrix, norm_at_most
from tests.strategies import matrices

TIGHTNESS = 1 + Fraction(1, 2**11)
SMALLEST = Fraction(2) ** -1074


def check_bound(A, allowance=Fraction(0)):
    exact, bound = exact_matrix(A), Fraction(bound_spectral_norm(A))
    assert norm_at_most(exact, bound)
    less = (bound - allowance) / TIGHTNESS
    assert bound == 0 or less < 0 or not norm_at_most(exact, less - SMALLEST**2)


def test_the_oracle_knows_norms():
    three_four = exact_matrix(np.array([[3.0, 4.0]]))
    assert norm_at_most(three_four, Fraction(5))
    assert not norm_at_most(three_four, Fraction(5) - SMALLEST)
    assert norm_at_most(three_four, Fraction(5) + SMALLEST)
    assert not norm_at_most(three_four, Fraction(-6))
    shear = exact_matrix(np.array([[1.0, 1.0], [0.0, 1.0]]))  # its norm is the golden ratio
    assert norm_at_most(shear, Fraction(1618034, 10**6))
    assert not norm_at_most(shear, Fraction(1618033, 10**6))


@given(st.data())
def test_bounds_every_kind_of_matrix(data):
    rows, columns = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    check_bound(data.draw(matrices(rows, columns)))


@given(st.data())
def test_bounds_integer_matrices(data):
    rows, columns = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    entries = st.lists(st.integers(-9, 9), min_size=rows * columns, max_size=rows * columns)
    check_bound(np.array(data.draw(entries), dtype=np.float64).reshape(rows, columns))


@given(st.data(), st.integers(-1000, 1000))
@example(None, -1000)
def test_bounds_at_every_magnitude(data, k):
    A = np.ones((2, 2)) if data is None else data.draw(matrices(3, 3))
    check_bound(np.ldexp(A, k), allowance=2 * SMALLEST)


@given(st.data())
def test_bounds_rows_of_very_different_magnitude(data):
    A = data.draw(matrices(3, 2))
    shifts = data.draw(st.lists(st.integers(-1070, 1000), min_size=3, max_size=3))
    check_bound(np.ldexp(A, np.array(shifts)[:, None]), allowance=2 * SMALLEST)


@pytest.mark.parametrize("value", [5e-324, 3e-320, 2.0**-1022, 1e-300, 1e300, 2.0**1021])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 3), (2, 5)])
def test_bounds_equal_entries_at_the_ends_of_float64(value, shape):
    """All entries v: rank one, norm v·√(mn), often exactly representable."""
    check_bound(np.full(shape, value), allowance=2 * SMALLEST)


def test_norm_beyond_float64_is_infinite():
    assert bound_spectral_norm(np.full((2, 2), 1.7e308)) == math.inf


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (4, 4), (1, 1)])
def test_zero_is_zero(shape):
    assert bound_spectral_norm(np.zeros(shape)) == 0.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_refuses_what_is_not_finite(value):
    with pytest.raises(InputError, match="not finite"):
        bound_spectral_norm(np.array([[1.0, value]]))


def hadamard(n):
    H = np.ones((1, 1))
    while len(H) < n:
        H = np.block([[H, H], [H, -H]])
    return H


@pytest.mark.parametrize("n", [2, 64, 65, 128, 256])
def test_many_equal_singular_values_are_bounded_tightly(n):
    assert 1 <= Fraction(bound_spectral_norm(np.eye(n))) <= TIGHTNESS
    if n & (n - 1) == 0:
        assert n <= Fraction(bound_spectral_norm(hadamard(n))) ** 2 <= n * TIGHTNESS**2


def test_finds_a_singular_vector_that_its_search_starts_orthogonal_to():
    """The Lanczos start is 1 + j/n; v is orthogonal to it, and to all its images."""
    n = 128
    v = np.zeros(n)
    v[:2] = 129.0, -128.0
    rest = np.diag(np.r_[0.0, 0.0, np.ones(n - 2)])
    for weight in (2.0**-10, 1.0):
        norm = max(1, Fraction(weight) * (129**2 + 128**2))
        assert (
            norm
            <= Fraction(bound_spectral_norm(rest + weight * np.outer(v, v)))
            <= norm * TIGHTNESS
        )


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (500, 20), (1, 5000)])
def test_bounds_large_matrices(shape):
    A = np.random.default_rng(1).standard_normal(shape)
    norm = np.linalg.norm(A, 2)
    assert norm * (1 - 1e-12) <= bound_spectral_norm(A) <= norm * (1 + 2.0**-11)


@given(st.data(), st.floats(0.01, 3))
def test_a_wrong_guess_cannot_make_a_wrong_bound(data, factor):
    """Only the Cholesky factorization is trusted, not the eigenvalue that it is tried with."""
    A = data.draw(matrices(4, 3))

    def guess(G):
        yield factor * float(np.linalg.eigvalsh(G)[-1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(norms, "_largest_eigenvalue", guess)
        bound = bound_spectral_norm(A)
    assert norm_at_most(exact_matrix(A), Fraction(bound))
