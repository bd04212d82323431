"""TargetNetwork: what it accepts, what it computes, how biases are homogenized."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.targets.target import Ball, Box, TargetNetwork, exact_decimal
from tests.strategies import class_targets, dims, inputs, matrices, targets


def exact_call(weights, x):
    """Evaluate a ReLU network in exact rationals."""
    h = [Fraction(v) for v in x]
    for i, W in enumerate(weights):
        h = [
            sum((Fraction(w) * v for w, v in zip(row, h, strict=True)), Fraction(0))
            for row in W.tolist()
        ]
        if i < len(weights) - 1:
            h = [max(v, Fraction(0)) for v in h]
    return h


@given(st.data())
def test_computes_the_relu_network(data):
    target = data.draw(targets())
    for x in data.draw(inputs(target, 3)):
        exact = [float(v) for v in exact_call(target.weights, target.inputs(x))]
        np.testing.assert_allclose(target(x), exact, atol=1e-10)


@given(st.data())
def test_homogenized_network_computes_layers_with_biases(data):
    shape = data.draw(dims())
    weights = [data.draw(matrices(n, m)) for m, n in pairwise(shape)]
    biases = [data.draw(st.none() | matrices(1, len(W)).map(lambda b: b[0])) for W in weights]
    target = TargetNetwork.from_layers(weights, biases)
    x = data.draw(inputs(target, 5))
    h = x
    for i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        h = h @ W.T + (0 if b is None else b)
        if i < len(weights) - 1:
            h = np.maximum(h, 0)
    np.testing.assert_allclose(target(x), h, atol=1e-12)
    assert target.homogenized == any(b is not None and b.any() for b in biases)
    constant = int(target.homogenized)
    assert target.dims == (*(d + constant for d in shape[:-1]), shape[-1])
    assert target.features == shape[0]
    assert target.radius_squared == 1 + constant


def test_homogenized_blocks_are_the_documented_ones():
    target = TargetNetwork.from_layers([[[2.0, 3.0]], [[4.0]]], [[5.0], [6.0]])
    assert [W.tolist() for W in target.weights] == [
        [[2.0, 3.0, 5.0], [0.0, 0.0, 1.0]],
        [[4.0, 6.0]],
    ]


def test_zero_biases_are_no_biases():
    assert TargetNetwork.from_layers([[[2.0]]], [[0.0]]).dims == (1, 1)


@given(st.data())
def test_inputs_strategy_stays_in_the_domain(data):
    """The domain's own exact radius, and for boxes every coordinate, bound the drawn inputs."""
    target = data.draw(targets())
    domain = target.domain
    for x in data.draw(inputs(target)):
        exact = [Fraction(v) for v in x.tolist()]
        assert sum(v * v for v in exact) <= domain.radius_squared()
        if isinstance(domain, Box):
            pairs = zip(domain.low, exact, domain.high, strict=True)
            assert all(Fraction(low) <= v <= Fraction(high) for low, v, high in pairs)
        if target.nonnegative:
            assert min(exact) >= 0


@given(class_targets())
def test_class_targets_strategy_has_norms_at_most_one(target):
    for W in target.weights:
        assert np.linalg.norm(W, 2) <= 1 + 1e-12


def test_box_radius_is_its_farthest_corner():
    assert Box(("-2", "0.5"), ("1", "3")).radius_squared() == 4 + 9
    assert Ball("0.1").radius_squared() == Fraction(1, 100)


def test_box_is_nonnegative_from_its_low_ends_alone():
    assert Box(("0", "1"), ("0", "2")).nonnegative
    assert not Box(("0", "-0.1"), ("0", "2")).nonnegative
    assert Ball("1", nonnegative=True).nonnegative


def test_another_domain_leaves_the_network():
    target = TargetNetwork.from_layers([[[2.0]]], [[1.0]])
    moved = target.with_domain(Box.uniform("0", "2", 1))
    assert moved.weights is target.weights
    assert moved.radius_squared == 5
    with pytest.raises(InputError, match="box with 2 features: the target has 1"):
        target.with_domain(Box.uniform("0", "2", 2))


def test_weights_are_copied_and_read_only():
    W = np.ones((1, 1))
    target = TargetNetwork.from_layers([W])
    W[0, 0] = 7.0
    assert target.weights[0][0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        target.weights[0][0, 0] = 2.0


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, np.int64, np.uint64, bool])
def test_exact_types_widen(dtype):
    W = np.array([[1, 0]], dtype=dtype)
    assert TargetNetwork.from_layers([W]).weights[0].tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("weights", "biases", "fault"),
    [
        ([], None, "at least one matrix"),
        ([[1.0, 2.0]], None, r"W1 has shape \(2,\)"),
        ([[[1.0], [1.0, 2.0]]], None, "W1: expected an array"),
        ([np.zeros((0, 3))], None, r"W1 has shape \(0, 3\)"),
        ([np.zeros((3, 0))], None, r"W1 has shape \(3, 0\)"),
        ([np.ones((2, 3)), np.ones((1, 3))], None, "W2 has 3 columns: expected 2"),
        ([[[np.nan]]], None, "W1 has entries that are not finite"),
        ([[[np.inf]]], None, "W1 has entries that are not finite"),
        ([[["1"]]], None, "W1 has dtype <U1"),
        ([[[1j]]], None, "W1 has dtype complex128"),
        ([[[None]]], None, "W1 has dtype object"),
        ([np.array([[2**53 + 1]])], None, "int64 that float64 cannot hold exactly"),
        ([np.array([[2**64 - 1]], dtype=np.uint64)], None, "uint64 that float64 cannot hold"),
        ([[[1.0]]], [], "0 biases for 1 layers"),
        ([[[1.0]]], [[1.0, 2.0]], "b1 has length 2: expected 1"),
        ([[[1.0]]], [[[1.0]]], r"b1 has shape \(1, 1\)"),
        ([[[1.0]]], [[np.inf]], "b1 has entries that are not finite"),
    ],
)
def test_refuses_by_name(weights, biases, fault):
    with pytest.raises(InputError, match=fault):
        TargetNetwork.from_layers(weights, biases)


@pytest.mark.skipif(
    np.finfo(np.longdouble).nmant <= 52, reason="long double is no wider than double here"
)
@pytest.mark.parametrize("text", ["1e400", "1.000000000000000001"])
def test_refuses_long_doubles_that_do_not_fit(text):
    with pytest.raises(InputError, match="float64 cannot hold exactly"):
        TargetNetwork.from_layers([np.array([[np.longdouble(text)]])])


@pytest.mark.parametrize("shape", [(), (3,), (2, 1)])
def test_refuses_inputs_of_another_length(shape):
    with pytest.raises(InputError, match=r"expected \(…, 2\)"):
        TargetNetwork.from_layers([[[1.0, 1.0]]])(np.zeros(shape))


@pytest.mark.parametrize(
    ("value", "number"),
    [(0.1, "0.1"), ("0.10", "0.10"), (np.float64(1e-5), "1e-5"), (3, "3"), (Decimal("2"), "2")],
)
def test_a_number_stands_for_what_it_shows(value, number):
    assert exact_decimal("eps", value) == Decimal(number)


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "sNaN", "", "x", None, "1e1001", "1e-1001"]
)
def test_refuses_numbers_by_name(value):
    with pytest.raises(InputError, match="eps = "):
        exact_decimal("eps", value)


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: Ball("-1"), "radius = -1"),
        (lambda: Ball("nan"), "radius = 'nan'"),
        (lambda: Box(("1",), ("0",)), "box feature 0: low = 1 > high = 0"),
        (lambda: Box(("1", "2"), ("3",)), "2 low and 1 high"),
        (lambda: Box(("inf",), ("3",)), "low = 'inf'"),
    ],
)
def test_refuses_domains_by_name(make, fault):
    with pytest.raises(InputError, match=fault):
        make()


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=2), st.decimals("0.01", "3", places=2),
       st.booleans())  # fmt: skip
def test_rows_outside_a_ball_are_counted_exactly(row, radius, nonnegative):
    f = TargetNetwork.from_layers([np.eye(2)], domain=Ball(radius, nonnegative))
    inside = sum(Fraction(v) ** 2 for v in row) <= Fraction(radius) ** 2
    assert f.outside([row]).sum() == int(not inside or (nonnegative and min(row) < 0))


@given(st.floats(-1, 1), st.decimals("-1", "1", places=3), st.decimals("-1", "1", places=3))
def test_rows_outside_a_box_are_counted_exactly(x, a, b):
    low, high = min(a, b), max(a, b)
    f = TargetNetwork.from_layers([[[1.0]]], domain=Box.uniform(low, high, 1))
    assert f.outside([[x]]).sum() == int(not Fraction(low) <= Fraction(x) <= Fraction(high))
    ends = [[float(low)], [float(high)]]
    true = sum(not Fraction(low) <= Fraction(v) <= Fraction(high) for (v,) in ends)
    assert f.outside(ends).sum() == true


def test_points_on_the_sphere_are_inside():
    f = TargetNetwork.from_layers([np.eye(2)], domain=Ball("5"))
    assert f.outside([[3.0, 4.0], [3.0, np.nextafter(4.0, 5.0)], [np.nan, 0.0]]).sum() == 2
