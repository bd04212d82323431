"""Q: rounding, the bits of the theorem (Q1), bounds after the fact (Q2), powers of two (H1)."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.quantize import (
    RESERVE,
    Precision,
    bits_for_theorem,
    bound_error,
    check_tolerances,
    precision_for,
    precision_for_class,
    precision_for_target,
    precision_for_theorem,
    quantize,
    scale_exponents,
)
from constructions.targets.target import Ball, TargetNetwork
from tests.oracles import exact_matrix, norm_at_most, run_exact, upper_end
from tests.strategies import class_targets, eps, inputs, matrices, targets


def power(k):
    return Fraction(2) ** k


def rounded_layers(target, precision):
    """The matrices 2^{−p_i}V_i of f̂, exactly."""
    shifts = precision.layer_scale_log2
    return [
        [[power(-shift) * int(v) for v in row] for row in V.tolist()]
        for V, shift in zip(quantize(target, precision), shifts, strict=True)
    ]


def squared_errors(target, precision, points):
    """‖f(x) − f̂(x)‖² exactly."""
    exact = [exact_matrix(W) for W in target.weights]
    rounded = rounded_layers(target, precision)
    for x in target.inputs(points).tolist():
        x = [Fraction(v) for v in x]
        pairs = zip(run_exact(exact, x), run_exact(rounded, x), strict=True)
        yield sum((a - b) ** 2 for a, b in pairs)


# Rounding


@given(targets(max_scale=900), st.integers(0, 80))
def test_rounds_to_the_nearest_integer_and_half_to_even(target, p):
    precision = Precision(p, scale_exponents(target), "")
    for W, V, shift in zip(
        target.weights, quantize(target, precision), precision.layer_scale_log2, strict=True
    ):
        assert (V.dtype == np.int64) == (p <= 60)
        assert V.shape == W.shape
        for w, v in zip(W.ravel().tolist(), V.ravel().tolist(), strict=True):
            scaled = power(shift) * Fraction(w)
            assert isinstance(v, int)
            assert abs(v) <= 2**p
            assert abs(scaled - v) <= Fraction(1, 2)
            assert abs(scaled - v) < Fraction(1, 2) or v % 2 == 0


def test_half_to_even_by_example():
    target = TargetNetwork.from_layers([[[0.5, 1.5, 2.5, -0.5, -1.5, 4.0]]])
    assert quantize(target, Precision(2, (2,), ""))[0].tolist() == [[0, 2, 2, 0, -2, 4]]


@given(targets(max_scale=900))
def test_exponents_are_the_least_that_hold_every_weight(target):
    for W, k in zip(target.weights, scale_exponents(target), strict=True):
        largest = Fraction(float(np.abs(W).max()))
        assert k == 0 if largest == 0 else power(k - 1) < largest <= power(k)


@pytest.mark.parametrize("weight", [1.25, 2.0, 1e30, -1e300])
@pytest.mark.parametrize("p", [3, 100])
def test_refuses_weights_beyond_the_plan(weight, p):
    target = TargetNetwork.from_layers([[[1.0]], [[weight]]])
    with pytest.raises(InputError, match=r"layer 2: a weight of magnitude .* allows 2\^0"):
        quantize(target, Precision(p, (0, 0), ""))


# Q1


def q1_holds(d, depth, p, accuracy):
    return (1 + Fraction(d, 2 ** (p + 1))) ** depth <= 1 + Fraction(accuracy) * (1 - RESERVE)


shapes = st.lists(st.integers(1, 5000), min_size=2, max_size=8)


@given(shapes, eps("1e-40", "1000"))
def test_q1_bits_are_the_fewest(dims, accuracy):
    p, d, depth = bits_for_theorem(dims, accuracy), max(dims), len(dims) - 1
    assert q1_holds(d, depth, p, accuracy)
    assert p == 0 or not q1_holds(d, depth, p - 1, accuracy)


@given(shapes, eps("1e-40", "1"))
def test_q1_bits_are_the_logarithm_or_one_less(dims, accuracy):
    """With c = ⌈log₂(dl/ε)⌉ and ε ≤ 1: p = c − 1 or p = c, the reserve of 2⁻¹⁰ included.

    Upper: η ≤ ε/(2l) at p = c, and (1 + ε/(2l))^l ≤ e^{ε/2} ≤ 1 + (e^{1/2} − 1)ε, by convexity,
    with e^{1/2} − 1 < 0.65 < 1 − 2⁻¹⁰. Lower: (1 + η)^l ≥ 1 + lη, so lη < ε, so 2^{p+1} > dl/ε.
    """
    ratio = max(dims) * (len(dims) - 1) / Fraction(accuracy)
    c = 0
    while 2**c < ratio:
        c += 1
    assert bits_for_theorem(dims, accuracy) in (c - 1, c)


@given(st.integers(1, 10**6), eps("1e-40", "1000"))
def test_q1_bits_of_one_layer(d, accuracy):
    """For l = 1 the inequality is linear: p = ⌈log₂(d/(2ε(1 − 2⁻¹⁰)))⌉, at least 0."""
    ratio = d / (2 * Fraction(accuracy) * (1 - RESERVE))
    p = bits_for_theorem((d, 1), accuracy)
    assert 2**p >= ratio
    assert p == 0 or 2 ** (p - 1) < ratio


@given(st.data(), eps("0.01", "2"))
def test_q1_serves_its_class(data, accuracy):
    target = data.draw(class_targets())
    precision = precision_for_theorem(target.dims, accuracy)
    points = data.draw(inputs(target, 3))
    for error in squared_errors(target, precision, points):
        assert error <= Fraction(accuracy) ** 2


def test_a_target_of_the_class_gets_the_bits_of_the_theorem():
    target = TargetNetwork.from_layers([[[0.25, 0.5]], [[0.5]]])
    assert precision_for_class(target, "0.01") == precision_for_theorem((2, 1, 1), "0.01")
    for other in (target.with_domain(Ball("1.01")), TargetNetwork.from_layers([[[1.01]]])):
        assert precision_for_class(other, "0.01") != precision_for_theorem(other.dims, "0.01")


# Q2


@given(st.data(), st.integers(0, 12))
def test_q2_dominates_exact_errors(data, p):
    target = data.draw(targets(max_scale=6))
    precision = Precision(p, scale_exponents(target), "")
    bound = upper_end(bound_error(target, precision))
    points = data.draw(inputs(target, 4))
    for error in squared_errors(target, precision, points):
        assert error <= bound**2


@given(st.data(), st.integers(0, 70), st.integers(-900, 900))
def test_q2_is_the_norm_of_the_difference_for_one_layer(data, p, k):
    """For l = 1 on a ball, sup ‖f − f̂‖ = R·‖W − 2^{−p}V‖₂, which the bound meets within 2⁻¹⁰."""
    W = np.ldexp(data.draw(matrices(3, 2)), k)
    target = TargetNetwork.from_layers([W], domain=Ball("3"))
    precision = Precision(p, scale_exponents(target), "")
    bound = upper_end(bound_error(target, precision))
    (rounded,) = rounded_layers(target, precision)
    difference = [
        [3 * (a - b) for a, b in zip(*rows, strict=True)]
        for rows in zip(exact_matrix(W), rounded, strict=True)
    ]
    assert norm_at_most(difference, bound)
    assert bound == 0 or not norm_at_most(difference, bound / (1 + Fraction(1, 2**10)))


def test_q2_sees_weights_far_below_the_largest():
    """2^{−76} vanishes when 2^1000 is scaled to 1, but is the whole error."""
    target = TargetNetwork.from_layers([[[2.0**1000, 2.0**-76]]])
    assert upper_end(bound_error(target, Precision(0, (1000,), ""))) >= power(-76)


def test_q2_of_the_last_odd_float_below_a_binade():
    """2^52 − ½ rounds to 2^52: the largest weight whose rounding error is ½."""
    target = TargetNetwork.from_layers([[[2.0**52 - 0.5]]])
    bound = upper_end(bound_error(target, Precision(52, (52,), "")))
    assert Fraction(1, 2) <= bound <= Fraction(1, 2) * (1 + Fraction(1, 2**10))


def test_q2_is_met_by_weights_that_round_up():
    """0.75·0.6·x becomes x: the error 0.55 is 1·0.4 + 0.25·0.6, with the rounded second norm."""
    target = TargetNetwork.from_layers([[[0.6]], [[0.75]]])
    precision = Precision(0, (0, 0), "")
    (error,) = squared_errors(target, precision, [[1.0]])
    bound = upper_end(bound_error(target, precision))
    assert error <= bound**2 <= error * (1 + Fraction(1, 2**9))


def test_exact_weights_have_no_error():
    target = TargetNetwork.from_layers([[[0.5, -0.25]], [[3.0]]])
    assert bound_error(target, Precision(2, scale_exponents(target), "")) == 0
    assert bound_error(target, Precision(2000, scale_exponents(target), "")) == 0


@settings(max_examples=30)
@given(targets(max_scale=40), eps("1e-12", "100"))
def test_adaptive_bits_are_the_fewest_that_the_bound_allows(target, accuracy):
    precision = precision_for_target(target, accuracy)
    goal = Fraction(accuracy) * (1 - RESERVE)
    assert upper_end(bound_error(target, precision)) <= goal
    for p in range(precision.p):
        assert upper_end(bound_error(target, Precision(p, precision.exponents, ""))) > goal


def test_adaptive_bits_measure_spectral_norms():
    """1.25·I at p = 1 has the error I/4, of spectral norm ¼ and Frobenius norm ¼·√2 > 0.3."""
    target = TargetNetwork.from_layers([1.25 * np.eye(2)])
    assert precision_for_target(target, "0.3").p == 1


def test_a_share_of_eps_is_kept_free():
    """Where the bits would fit ε itself, but not ε(1 − 2⁻¹⁰), one more is taken."""
    assert [bits_for_theorem((1, 1), accuracy) for accuracy in ("0.5", "0.501")] == [1, 0]
    target = TargetNetwork.from_layers([[[1.5]]])  # at p = 0 it becomes 2; the class allows error 1
    for accuracy, wider in (("0.5001", "0.501"), ("1.0001", "1.001")):
        fit = "adaptive" if accuracy < "1" else "theorem"
        assert [precision_for(target, e, fit).p > 0 for e in (accuracy, wider)] == [True, False]


# The class of targets like this one


def worst_case(target, precision):
    """R·Σ_i ∏_{j>i}(ν_j + η_j)·η_i·∏_{j<i} ν_j with η = ½·2^{−p_i}√(d_i d_{i−1}), in 60 digits."""
    with localcontext() as context:
        context.prec = 60
        nu = [Decimal(v) for v in target.norm_bounds]
        eta = [
            Decimal(W.size).sqrt() * Decimal(2) ** (-shift - 1)
            for W, shift in zip(target.weights, precision.layer_scale_log2, strict=True)
        ]
        total = Decimal(0)
        for i in range(target.depth):
            term = eta[i]
            for j in range(target.depth):
                term *= nu[j] if j < i else nu[j] + eta[j] if j > i else 1
            total += term
        square = target.radius_squared
        return total * (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()


outside = targets(max_scale=40).filter(
    lambda t: t.homogenized or t.radius_squared > 1 or max(t.norm_bounds) > 1
)


@given(outside, eps("1e-30", "100"))
def test_class_bits_are_the_fewest_for_the_worst_case(target, accuracy):
    precision = precision_for_class(target, accuracy)
    goal = accuracy * (1 - Decimal(2) ** -10)
    assert worst_case(target, precision) <= goal * (1 + Decimal("1e-25"))
    if precision.p:
        fewer = Precision(precision.p - 1, precision.exponents, "")
        assert worst_case(target, fewer) > goal * (1 - Decimal("1e-25"))


@given(st.data(), eps("0.01", "10"))
def test_class_bits_serve_other_targets_of_the_class(data, accuracy):
    """Signs flipped by row and halves of weights: no larger norms, no larger weights."""
    target = data.draw(outside)
    precision = precision_for_class(target, accuracy)
    flips = [
        np.array(data.draw(st.lists(st.sampled_from([-1, 0.5]), min_size=len(W), max_size=len(W))))
        for W in target.weights
    ]
    weights = tuple(s[:, None] * W for s, W in zip(flips, target.weights, strict=True))
    other = TargetNetwork(weights, target.domain, target.homogenized)
    points = data.draw(inputs(target, 3))
    for error in squared_errors(other, precision, points):
        assert error <= Fraction(accuracy) ** 2


@settings(max_examples=25)
@given(outside, eps("1e-6", "100"))
def test_adaptive_needs_hardly_more_bits_than_the_class(target, accuracy):
    """At one bit more the worst case is halved, far more than the bounds on norms are too wide."""
    assert precision_for_target(target, accuracy).p <= precision_for_class(target, accuracy).p + 1


# Extremes


@pytest.mark.parametrize("fit", ["theorem", "adaptive"])
@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1.0, 1e200, 1e307])
@pytest.mark.parametrize("accuracy", ["1e300", "0.01", "1e-30", "1e-400"])
def test_bits_at_the_extremes_of_scale_and_accuracy(fit, scale, accuracy):
    target = TargetNetwork.from_layers([[[scale, scale / 3]], [[1.0]]])
    precision = precision_for(target, accuracy, fit)
    assert upper_end(bound_error(target, precision)) <= Fraction(accuracy)
    points = np.array([[0.6, 0.8], [-1.0, 0.0]])
    for error in squared_errors(target, precision, points):
        assert error <= Fraction(accuracy) ** 2


def test_beyond_60_bits_integers_are_pythons_own():
    target = TargetNetwork.from_layers([[[1 / 3]]])
    precision = precision_for(target, "1e-30", "theorem")
    assert precision.p > 60
    assert quantize(target, precision)[0][0, 0] == Fraction(1 / 3) * power(precision.p)


def test_a_single_point_needs_no_bits():
    target = TargetNetwork.from_layers([[[5.0]]], domain=Ball("0"))
    assert precision_for(target, "1e-9", "theorem").p == 0
    assert precision_for(target, "1e-9", "adaptive").p == 0


@pytest.mark.parametrize("fit", ["theorem", "adaptive"])
def test_norms_beyond_float64_are_refused(fit):
    target = TargetNetwork.from_layers([[[1.0]], [[1.7e308], [1.7e308]]])
    with pytest.raises(InputError, match="W2 has a spectral norm beyond"):
        precision_for(target, "0.1", fit)


# H1


@given(st.data(), st.integers(0, 70))
def test_h1_powers_of_two_move_through_the_layers(data, p):
    """2^{−P}·V_l σ(… V_1 x) with P = Σ p_i is f̂(x), exactly."""
    target = data.draw(targets(max_scale=30))
    precision = Precision(p, scale_exponents(target), "")
    total = sum(precision.layer_scale_log2)
    integers = [[[Fraction(int(v)) for v in row] for row in V] for V in quantize(target, precision)]
    for x in target.inputs(data.draw(inputs(target, 2))).tolist():
        x = [Fraction(v) for v in x]
        scaled = [power(-total) * v for v in run_exact(integers, x)]
        assert scaled == run_exact(rounded_layers(target, precision), x)


@given(targets(biases=False), st.lists(st.integers(-500, 500), min_size=3, max_size=3), st.data())
def test_h1_a_layers_scale_changes_no_integer(target, shifts, data):
    p = data.draw(st.integers(0, 70))
    weights = [np.ldexp(W, k) for W, k in zip(target.weights, shifts, strict=False)]
    moved = TargetNetwork.from_layers(weights)
    before = quantize(target, Precision(p, scale_exponents(target), ""))
    after = quantize(moved, Precision(p, scale_exponents(moved), ""))
    assert [V.tolist() for V in before] == [V.tolist() for V in after]


# Arguments


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "many", None])
def test_refuses_eps(value):
    with pytest.raises(InputError, match="eps = "):
        check_tolerances(value, "0.1")


@pytest.mark.parametrize("value", ["0", "1", "-0.1", "1.5", "nan"])
def test_refuses_delta(value):
    with pytest.raises(InputError, match="delta = "):
        check_tolerances("0.1", value)


def test_tolerances_are_kept_as_written():
    assert check_tolerances("0.010", 0.1) == (Decimal("0.010"), Decimal("0.1"))


def test_refuses_an_unknown_fit():
    target = TargetNetwork.from_layers([[[1.0]]])
    with pytest.raises(InputError, match="fit = 'best': expected 'theorem' or 'adaptive'"):
        precision_for(target, "0.1", "best")
