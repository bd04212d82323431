"""E: signs do not matter. Exhaustive for few digits, then Hypothesis for many."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.expansion import (
    add_negative,
    digit,
    extra_digits,
    integer_type,
    is_representable,
    negative_part,
    signed_digits,
)

FEW = range(1, 9)


def patterns(K: int) -> np.ndarray:
    """All booleans of length K, as columns: (K, 2^K)."""
    return np.array(list(product([False, True], repeat=K))).T


def values(signs: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """Σ_b 2^b s_b m_b in Python integers, digits along the first axis."""
    total = 0
    for b, (sign, m) in enumerate(zip(signs, digits, strict=True)):
        total = total + np.where(sign, 1, -1).astype(object) * m * 2**b
    return total


# E1


@pytest.mark.parametrize("K", FEW)
def test_E1_subset_sums_are_an_interval_each_value_once(K):
    every = patterns(K)
    for signs in every.T:
        N = sum(2**b for b in range(K) if not signs[b])
        sums = values(signs[:, None], every).tolist()
        assert sorted(sums) == list(range(-N, 2**K - N))
        assert int(negative_part(signs[:, None])[0]) == N


@pytest.mark.parametrize("K", FEW)
def test_E1_digits_of_every_value_under_every_signs(K):
    signs = patterns(K)
    for V in range(-(2**K), 2**K + 1):
        inside = is_representable(np.full(2**K, V), signs)
        low = -negative_part(signs)
        assert inside.tolist() == [n <= V <= n + 2**K - 1 for n in low.tolist()]
        m = signed_digits(np.full(int(inside.sum()), V), signs[:, inside])
        assert m.dtype == np.bool_
        assert (values(signs[:, inside], m) == V).all()
        if not inside.all():
            with pytest.raises(InputError, match="E1"):
                signed_digits(np.full(2**K, V), signs)


@given(st.data())
def test_E1_for_any_number_of_digits(data):
    """K > 61 works in Python integers; the limit itself and 2^K − 1 included."""
    K = data.draw(st.one_of(st.integers(1, 130), st.sampled_from([60, 61, 62, 63, 64])))
    pattern = data.draw(st.integers(0, 2**K - 1))
    signs = np.array([[bool(pattern >> b & 1)] for b in range(K)])
    N = 2**K - 1 - pattern
    ends = st.sampled_from([-N, 2**K - 1 - N])
    V = data.draw(st.one_of(ends, st.integers(-N, 2**K - 1 - N)))
    m = signed_digits(np.array([V], dtype=object), signs)
    assert values(signs, m)[0] == V
    assert int(negative_part(signs)[0]) == N
    assert negative_part(signs).dtype == integer_type(K)
    for outside in (-N - 1, 2**K - N):
        assert not is_representable(np.array([outside], dtype=object), signs)[0]


def test_int64_serves_only_where_no_sum_can_wrap():
    """V + Γ + N(s) < 2^K + 2^{K−1} must stay below 2^63."""
    for K in range(1, 200):
        if integer_type(K) is np.int64:
            assert 2**K + 2 ** (K - 1) < 2**63


@given(st.integers(1, 100), st.data())
def test_digits_one_at_a_time_are_the_digits_at_once(K, data):
    """The constructions read signs layer by layer; the digits must not depend on that."""
    pattern = data.draw(st.integers(0, 2**K - 1))
    signs = np.array([[bool(pattern >> b & 1)] for b in range(K)])
    V = data.draw(st.integers(pattern - 2**K + 1, pattern))
    shifted = np.array([V], dtype=integer_type(K))
    for b in reversed(range(K)):  # in any order
        shifted = add_negative(shifted, b, signs[b])
    one_by_one = np.stack([digit(shifted, b, signs[b]) for b in range(K)])
    assert (one_by_one == signed_digits(np.array([V], dtype=object), signs)).all()


# E2


@pytest.mark.parametrize("K", FEW)
def test_E2_horner_never_goes_below_zero(K):
    signs = patterns(K)
    for V in range(2**K):
        inside = is_representable(np.full(2**K, V), signs)
        if not inside.any():
            continue
        chosen = signs[:, inside]
        m = signed_digits(np.full(int(inside.sum()), V), chosen)
        h = np.zeros(int(inside.sum()), dtype=np.int64)
        for b in reversed(range(K)):
            h = 2 * h + np.where(chosen[b], 1, -1) * m[b]
            assert (h >= 0).all()
        assert (h == V).all()


@pytest.mark.parametrize("K", FEW)
def test_E2_a_digit_minus_one_meets_an_accumulator_of_at_least_one(K):
    """So a_o and a′_o, each holding h_t, stay ≥ 0 whichever of them takes the digit."""
    signs = patterns(K)
    met = 0
    for V in range(2**K):
        inside = is_representable(np.full(2**K, V), signs)
        chosen = signs[:, inside]
        m = signed_digits(np.full(int(inside.sum()), V), chosen)
        h = np.zeros(int(inside.sum()), dtype=np.int64)
        for b in reversed(range(K)):
            minus = m[b] & ~chosen[b]
            met += int(minus.sum())
            assert (h[minus] >= 1).all()
            h = 2 * h + np.where(chosen[b], 1, -1) * m[b]
    assert met or K == 1


def test_E2_needs_a_value_that_is_not_negative():
    signs = np.array([[True], [False]])  # 1, −2
    m = signed_digits(np.array([-1]), signs)
    assert m[:, 0].tolist() == [True, True]
    assert -1 * m[1, 0] < 0  # the top digit alone is already below zero


# E3, E4


@pytest.mark.parametrize("p", range(4))
@pytest.mark.parametrize("e", [1, 2, 3, 4])
def test_E3_range_fails_exactly_where_the_top_digits_have_one_sign(p, e):
    signs = patterns(p + e)
    top = signs[p:]
    both = top.any(axis=0) & ~top.all(axis=0)
    ends = [is_representable(np.full(signs.shape[1], V), signs) for V in range(-(2**p), 2**p + 1)]
    assert (np.logical_and.reduce(ends) == both).all()
    assert Fraction(int((~both).sum()), signs.shape[1]) == Fraction(2, 2**e)


@pytest.mark.parametrize(("p", "e"), [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 1), (2, 2)])
def test_E4_range_fails_exactly_where_no_top_digit_has_a_plus(p, e):
    K = p + 1 + e
    edges = patterns(2 * K)  # two edges per digit, + if either is
    signs = edges[:K] | edges[K:]
    reached = signs[p + 1 :].any(axis=0)
    every = [is_representable(np.full(signs.shape[1], V), signs) for V in range(2 ** (p + 1) + 1)]
    assert (np.logical_and.reduce(every) == reached).all()
    assert Fraction(int((~reached).sum()), signs.shape[1]) == Fraction(1, 4**e)


@given(
    st.integers(1, 10**6),
    st.sampled_from([(2, 2), (1, 4)]),
    st.fractions(Fraction(1, 10**9), 1),
    st.integers(0, 3),
)
def test_extra_digits_is_the_least_that_keeps_the_budget(slots, kind, budget, least):
    failure, base = kind
    e = extra_digits(slots, failure, base, budget, least)
    assert e >= least
    assert Fraction(slots * failure, base**e) <= budget
    assert e == least or Fraction(slots * failure, base ** (e - 1)) > budget
