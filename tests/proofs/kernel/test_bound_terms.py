"""What rounding may do, term by term: the formulas of the bound, written out once more.

The inputs are small dyadic numbers, so that sums and products are exact in any order, and what the
kernel returns is determined to the last bit. A term that is too small by one unit is seen, and so
is one that is larger than the proof needs.
"""

import math
from fractions import Fraction

import numpy as np
import pytest

from proofs.kernel import bound
from proofs.kernel.bound import (
    frobenius,
    norm_difference,
    norm_float,
    norm_integer,
    round_up,
    spectral,
    square_root,
)  # fmt: skip

U = Fraction(1, 2**53)
SIDES = np.array([[0.5, 0.0, 0.0], [0.0, 0.25, 0.0]])  # gram and factor are exact, but for roots
BIG = 2**60


def up(value: float, roundings: int) -> float:
    """value·(1 + 2(r + 8)u) + 2^−900; the factor is a float64."""
    return value * float(1 + 2 * (roundings + 8) * U) + 2.0**-900


def root_of_squares(squares: float, entries: int) -> float:
    return up(math.sqrt(up(squares, entries + 1)), 2)


def test_the_constants_of_the_proof():
    assert Fraction(bound.UNIT) == U
    assert Fraction(bound.TINY) == Fraction(1, 2**900)
    assert bound.SMALL == 256
    assert [Fraction(m) for m in bound.MARGINS] == [Fraction(1, 2**k) for k in (13, 10, 6)]


@pytest.mark.parametrize("roundings", range(6))
@pytest.mark.parametrize("value", [0.0, 1.0, 0.75])
def test_a_rounded_quantity_is_raised_by_2_units_per_rounding_and_8_more(value, roundings):
    assert bound._up(value, roundings) == up(value, roundings)


def test_the_frobenius_norm_counts_a_rounding_per_entry():
    assert frobenius(np.array([[3.0, 4.0]])) == root_of_squares(25.0, 2)
    assert frobenius(np.full((5, 7), 0.5)) == root_of_squares(35 / 4, 35)


def test_the_sums_of_rows_and_columns_count_a_rounding_per_entry():
    a = np.array([[1.0, -2.0, 4.0], [0.5, 0.0, 0.25]])
    assert bound._sum_norms(a) == up(math.sqrt(up(7.0, 6) * up(4.25, 6)), 4)


# -- the spectral norm -------------------------------------------------------------------------


def test_the_spectral_norm_adds_the_rounding_of_both_products_and_both_subtractions(monkeypatch):
    """Half of a Hadamard matrix of side 16: A·Aᵀ = 4·I. An estimate of 32 makes all terms large.

    c·I − A·Aᵀ is (c − 4)·I, so U is a multiple of I, and its norm 4 times that.
    """
    counted = []
    monkeypatch.setattr(bound, "_estimate", lambda gram: 32.0)
    monkeypatch.setattr(bound, "_up", lambda value, r: counted.append(r) or up(value, r))
    n, u, a = 16, float(U), hadamard(16) / 2
    c = 32.0 * (1 + 2.0**-13)
    root = math.sqrt(c - 4)
    whole, size = root_of_squares(64.0, n * n), root_of_squares(16 * root**2, n * n)
    error = 2.0 * (n + 2) * u * whole**2
    error += 2.0 * (n + 2) * u * size**2 + 4.0 * u * (c * n + whole**2 + size**2)
    rest = root_of_squares(16 * (c - 4 - root**2) ** 2, n * n)
    assert spectral(a) == up(math.sqrt(c + up(rest + error, 10)), 3)
    both = [n * n + 1, 2]  # of a Frobenius norm
    assert counted == [*both, n * n, n * n, 4, *both, *both, 10, 3]


def hadamard(n: int) -> np.ndarray:
    return np.ones((1, 1)) if n == 1 else np.kron(hadamard(n // 2), [[1.0, 1.0], [1.0, -1.0]])


def test_small_matrices_are_estimated_by_eigenvalues_and_large_ones_by_lanczos(monkeypatch):
    def never(*_, **__):
        raise AssertionError

    rng = np.random.default_rng(1)
    with monkeypatch.context() as patch:
        patch.setattr(bound, "eigsh", never)
        bound._estimate(rng.standard_normal((256, 256)) + 300 * np.eye(256))
    with monkeypatch.context() as patch:
        patch.setattr(np.linalg, "eigvalsh", never)
        gram = rng.standard_normal((257, 9))
        bound._estimate(gram @ gram.T)


@pytest.mark.parametrize("shape", [(3, 8), (8, 3), (4, 4)])
def test_the_smaller_gram_matrix_is_taken(monkeypatch, shape):
    seen = []
    monkeypatch.setattr(bound, "_estimate", lambda gram: seen.append(gram.copy()) or 1.0)
    a = np.random.default_rng(2).integers(-4, 5, shape) / 8
    spectral(a)
    wide = a if shape[0] <= shape[1] else a.T
    assert (seen[0] == wide @ wide.T).all()


def test_a_row_needs_no_estimate(monkeypatch):
    monkeypatch.setattr(bound, "_estimate", lambda gram: pytest.fail("estimated"))
    assert spectral(np.array([[0.5, 0.25]])) == root_of_squares(0.3125, 2)


def test_a_norm_far_above_1_and_below_the_simple_bounds_is_found():
    a = np.random.default_rng(3).uniform(-1, 1, (100, 100))
    true = float(np.linalg.norm(a, 2))
    assert frobenius(a) > 4 * true > 16
    assert true <= spectral(a) <= true * (1 + 2**-11)


# -- matrices of other kinds -------------------------------------------------------------------


def whole_norm(a: np.ndarray, exponent: int, error: float = 0.0) -> Fraction:
    """2^exponent·‖a‖ for a with entries in [½, 1), and what scaling down may lose."""
    underflow = Fraction(math.isqrt(a.size) + 1) / 2**1021
    return (Fraction(spectral(a)) + underflow) * Fraction(2) ** exponent + Fraction(error)


def test_what_underflow_may_lose_in_scaling_is_added():
    assert norm_float(16 * SIDES) == whole_norm(SIDES, 4)
    assert bound._scaled(16 * SIDES, 0.125) == whole_norm(SIDES, 4, 0.125)
    assert norm_float(0 * SIDES) == 0


def test_integers_of_53_bits_are_taken_as_they_are():
    for dtype in (np.int64, object):
        v = np.array([[2**53, 0, 0], [0, 2**52, 0]], dtype=dtype)
        assert norm_integer(v) == whole_norm(SIDES, 54)


def test_larger_int64_lose_a_unit_of_their_norm():
    v = np.array([[2**53 + 2, 0, 0], [0, 2**52, 0]])
    squares = Fraction(2**53 + 2, 2**62) ** 2 + Fraction(2**52, 2**62) ** 2
    lost = 2.0 * float(U) * root_of_squares(float(squares), 6) * 2.0**62
    assert norm_integer(v) == whole_norm(v / 2.0**54, 54, lost)
    assert norm_integer(-v) == norm_integer(v)
    below = np.array([[1 - 2**53, 5]])
    assert norm_integer(below) == whole_norm(below / 2.0**53, 53)


@pytest.mark.parametrize("bits", [54, 60, 61, 200])
def test_integers_of_any_size_lose_129_units_of_their_60_bits(bits):
    """At most 1 where bits are cut, 2^7 in float64; 2 by 3 entries: 3 times that."""
    drop = max(bits - 60, 0)
    v = np.array([[2**bits - 1, 0, 0], [0, 1 << drop, 0]], dtype=object)
    cut = np.array([[float((2**bits - 1) >> drop), 0, 0], [0, 1, 0]])
    scaled = cut / 2.0 ** (bits - drop + 1)  # 2^60 − 1 becomes 2^60
    found = whole_norm(scaled, bits - drop + 1, 129.0 * 3) * 2**drop
    assert norm_integer(v) == found


def test_a_matrix_without_entries_has_norm_0():
    assert norm_integer(np.zeros((2, 0), dtype=object)) == 0


def test_integers_beyond_float64_have_a_norm():
    v = np.array([[1 << 2000]], dtype=object)
    assert 2**2000 <= norm_integer(v) <= 2**2000 * (1 + Fraction(1, 2**40))


def test_a_difference_in_float64_adds_a_unit_of_what_is_subtracted():
    """2^p·W − V with V = high + low beyond 53 bits: first = 2^p·W − high, second = first − low."""
    w, p = np.array([[1.0, -0.5]]), 60
    v = np.array([[BIG - 300, -BIG // 2 + 9]])
    high = v.astype(np.float64)
    low = np.array([[float(int(a) - int(b)) for a, b in zip(v[0], high[0], strict=True)]])
    first = w * 2.0**60 - high
    second = first - low
    assert np.abs(low).max() > 0
    unit = math.frexp(max(np.abs(first).max(), np.abs(second).max()))[1]
    spread = sum(
        root_of_squares(float((np.ldexp(part, -unit) ** 2).sum()), 2) for part in (first, second)
    )
    error = Fraction(up(2.0 * float(U) * spread, 4)) * Fraction(2) ** unit
    largest = math.frexp(float(np.abs(second).max()))[1]
    whole = whole_norm(np.ldexp(second, -largest), largest)
    assert norm_difference(w, p, v) == (whole + error) / 2**60


def test_a_difference_is_taken_in_integers_where_float64_does_not_hold_it():
    """2^p·W overflows, underflows or comes near the limits; or V is of Python integers."""
    tiny = np.array([[2.0**-1000, 2.0**-1074]])
    exact = norm_difference(tiny, -80, np.array([[0, 0]]))  # 2^−1154 is no float64
    assert exact == bound._norm_integers(np.array([[2**74, 1]], dtype=object), -1074)
    huge = np.array([[2.0**1000, 1.0]])
    for p, v in ((0, [[0, 0]]), (100, [[0, 1]])):
        wanted = np.array([[2 ** (1000 + p), 2**p]], dtype=object) - np.array(v, dtype=object)
        assert norm_difference(huge, p, np.array(v)) == bound._norm_integers(wanted, -p)
    small = np.array([[0.5, 0.25]])
    v = np.array([[2**70, 1]], dtype=object)
    wanted = np.array([[2 - 2**71, -1]], dtype=object)  # 4·W − 2·V
    assert norm_difference(small, 1, v) == bound._norm_integers(wanted, -2)


@pytest.mark.parametrize("v", [[2**60 + 1, 2**60], [2**60, 2**60 + 1]])
def test_what_only_the_low_part_of_v_tells_is_not_lost(v):
    """2^p·W is the high part of V, so that the first difference is 0."""
    assert norm_difference(np.array([[1.0, 1.0]]), 60, np.array([v])) >= Fraction(1, 2**60)


def test_one_entry_that_underflows_is_enough_to_take_integers():
    w = np.array([[1.0, 2.0**-1074]])
    found = norm_difference(w, -80, np.array([[0, 0]]))
    assert found == bound._norm_integers(np.array([[2**1074, 1]], dtype=object), -1074)


def test_zeros_of_the_target_make_no_common_unit_smaller():
    w, v = np.array([[0.0, 2.0**52]]), np.array([[3, 2**52 - 4]], dtype=object)
    wanted = np.array([[-3, 4]], dtype=object)
    assert norm_difference(w, 0, v) == bound._norm_integers(wanted, 0)


def test_float64_is_used_below_2_to_the_900():
    zero = np.array([[0, 0]])
    for size, in_integers in ((2.0**900, True), (1.5 * 2.0**899, False)):
        whole = np.array([[int(size), int(size) // 2]], dtype=object)
        found = norm_difference(np.array([[size, size / 2]]), 0, zero)
        assert (found == bound._norm_integers(whole, 0)) == in_integers


def test_an_output_pays_for_the_layers_before_by_its_own_row():
    w, v = np.array([[0.75, 0.5], [-0.25, 4.0]]), np.array([[12, 8], [-4, 64]])
    bounds = bound.output_bounds(w, 4, v, Fraction(7), Fraction(1, 3))
    assert bounds == [norm_integer(v[:1]) / 48, norm_integer(v[1:]) / 48]


# -- rationals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [Fraction(2), Fraction(1, 3), Fraction(10**30, 7), Fraction(4, 3), Fraction(3, 4)]
)
def test_a_square_root_is_the_next_multiple_of_its_unit(value):
    """Of 2^−128, or less where the value is below 1; squares of rationals have theirs."""
    shift = 128 + max(0, value.denominator.bit_length() - value.numerator.bit_length())
    root = square_root(value)
    below = root - Fraction(1, 2**shift)
    assert root.denominator <= 2**shift
    assert below**2 <= value < root**2
    assert square_root(value**2) == value


@pytest.mark.parametrize("value", [Fraction(1, 3), Fraction(10**40, 7), Fraction(7, 10**40)])
def test_a_short_rational_is_the_next_of_96_bits(value):
    shift = value.denominator.bit_length() - value.numerator.bit_length() + 96
    found = round_up(value)
    assert found == Fraction(math.ceil(value * Fraction(2) ** shift)) / Fraction(2) ** shift
    assert value < found < value * (1 + Fraction(1, 2**94))
    assert round_up(Fraction(0)) == 0
    assert round_up(Fraction(1)) == 1
