"""Approximate arrays: bounds hold against exact rationals, and are 0 where nothing is rounded."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.targets.approximate import Approximate, product_is_exact

numbers = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.integers(-100, 100).map(float),
    st.builds(math.ldexp, st.floats(-1, 1), st.integers(-1000, 900)),
)
radii = st.one_of(st.just(0.0), st.floats(0, 1e-3))
shares = st.fractions(-1, 1, max_denominator=50)


def approximate(mid, rad=0.0):
    return Approximate(np.array([mid]), np.array([rad]))


def holds(result, true):
    """Whether the real number meant is within the bound."""
    return abs(Fraction(float(result.mid[0])) - true) <= Fraction(float(result.rad[0]))


@given(st.sampled_from("+-*/"), numbers, numbers, radii, radii, shares, shares)
def test_every_operation_holds_what_is_meant(operation, a, b, ra, rb, s, t):
    left, right = Fraction(a) + s * Fraction(ra), Fraction(b) + t * Fraction(rb)
    x, y = approximate(a, ra), approximate(b, rb)
    try:
        if operation == "/":
            assume(right != 0)
            assert holds(x / y, left / right)
        elif operation == "*":
            assert holds(x * y, left * right)
        else:
            assert holds(x + y if operation == "+" else x - y,
                         left + right if operation == "+" else left - right)  # fmt: skip
    except InputError:  # a division by what may be zero, or a value beyond float64
        assert operation == "/" or abs(a) > 1e100 or abs(b) > 1e100


@given(st.integers(-1000, 1000), st.integers(1, 1000), st.integers(-40, 40))
def test_what_needs_no_rounding_has_bound_zero(a, b, k):
    x, y = approximate(math.ldexp(a, k)), approximate(math.ldexp(b, -k))
    product = math.ldexp(a * b, 0)
    assert (x * y).exact
    assert (x * y).mid[0] == product
    assert (approximate(float(a * b)) / approximate(float(b))).exact
    assert (approximate(float(b * b)).sqrt()).exact


@given(st.floats(1e-300, 1e300), radii)
def test_roots_hold_what_is_meant(a, r):
    r *= min(a, 1.0)
    root = approximate(a, r).sqrt()
    low, high = (Fraction(float(root.mid[0])) + e * Fraction(float(root.rad[0])) for e in (-1, 1))
    assert low >= 0
    assert low**2 <= Fraction(a) - Fraction(r)
    assert high**2 >= Fraction(a) + Fraction(r)


@given(st.integers(1, 4), st.data())
def test_products_of_matrices_hold_what_is_meant(n, data):
    row = data.draw(st.lists(numbers.filter(lambda v: abs(v) < 1e100), min_size=n, max_size=n))
    column = data.draw(st.lists(numbers.filter(lambda v: abs(v) < 1e100), min_size=n, max_size=n))
    a, b = np.array([row]), np.array(column)[:, None]
    result = Approximate.exactly(a) @ Approximate.exactly(b)
    true = sum((Fraction(x) * Fraction(y) for x, y in zip(row, column, strict=True)), Fraction(0))
    assert holds(result.reshape(1), true)
    if product_is_exact(a, b):
        assert result.exact


def test_a_division_by_what_may_be_zero_is_refused():
    with pytest.raises(InputError, match="by zero"):
        approximate(1.0) / approximate(0.5, 0.5)
    with pytest.raises(InputError, match="not positive"):
        approximate(0.0).sqrt()
