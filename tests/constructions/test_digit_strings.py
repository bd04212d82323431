"""The cheapest digit strings, against all strings, and against those of E1."""

from __future__ import annotations

import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.digit_strings import cheapest_digits
from constructions.errors import InputError
from constructions.expansion import is_representable, signed_digits

patterns = st.lists(st.integers(0, 2), min_size=1, max_size=6)


def value(digits):
    """Σ_t 2^{K−t}·d_t."""
    return reduce(lambda total, d: 2 * total + int(d), digits, 0)


def cheapest_by_hand(plus):
    """The fewest edges for every value that some string has."""
    found = {}
    for digits in itertools.product(*(range(n - 2, n + 1) for n in plus)):
        cost = sum(map(abs, digits))
        found[value(digits)] = min(cost, found.get(value(digits), cost))
    return found


def digits_of(V, plus):
    found = cheapest_digits(np.array([V]), np.array(plus, np.int8)[:, None])
    assert found.dtype == np.int8
    return found[:, 0].tolist()


@given(patterns)
def test_they_are_the_cheapest_for_every_value_and_there_are_no_others(plus):
    wanted = cheapest_by_hand(plus)
    for V in range(-(2 ** (len(plus) + 1)) - 1, 2 ** (len(plus) + 1) + 2):
        if V not in wanted:
            with pytest.raises(InputError, match="expected integers that have a string"):
                digits_of(V, plus)
            continue
        digits = digits_of(V, plus)
        assert value(digits) == V
        assert sum(map(abs, digits)) == wanted[V]
        assert all(n - 2 <= d <= n for d, n in zip(digits, plus, strict=True))


@given(st.integers(1, 40), st.data())
def test_they_keep_no_more_edges_than_signed_binary_digits(K, data):
    signs = np.array(data.draw(st.lists(st.booleans(), min_size=K, max_size=K)))
    other = np.array(data.draw(st.lists(st.booleans(), min_size=K, max_size=K)))
    low = -sum(2**b for b in range(K) if not signs[b])
    V = np.array([data.draw(st.integers(low, low + 2**K - 1))])
    assert is_representable(V, signs[:, None]).all()
    binary = signed_digits(V, signs[:, None])
    plus = (signs.astype(np.int8) + other.astype(np.int8))[::-1, None]
    digits = cheapest_digits(V, plus)
    assert value(digits[:, 0]) == int(V[0])
    assert abs(digits).sum() <= binary.sum()


@pytest.mark.parametrize("bits", [61, 62, 63, 64, 200])
def test_integers_beyond_int64_have_strings_too(bits):
    plus = np.ones((bits + 2, 3), np.int8)
    V = np.array([2**bits - 1, -(2**bits), 5**20], dtype=object)
    digits = cheapest_digits(V, plus)
    assert [value(column) for column in digits.T] == V.tolist()


def test_weights_of_any_shape_are_taken_at_once():
    rng = np.random.default_rng(5)
    plus = rng.integers(0, 3, size=(9, 4, 5)).astype(np.int8)
    plus[0] = 1  # both signs at the top
    V = rng.integers(-256, 257, size=(4, 5))
    digits = cheapest_digits(V, plus)
    assert (2 ** np.arange(8, -1, -1) @ digits.reshape(9, -1).astype(int) == V.ravel()).all()


def test_strings_longer_than_costs_can_count_are_refused():
    with pytest.raises(InputError, match="3000 stages: expected at most 2048"):
        cheapest_digits(np.array([0]), np.ones((3000, 1), np.int8))
