"""The lower bounds, held against brute force and against every construction's plans."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import log2

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from constructions import Ball, TargetNetwork, ours, plan_for
from tests.strategies import delta, eps

BALLS = {"cityblock": 2.0, "euclidean": np.pi, "chebyshev": 4.0}  # areas of the unit balls


@given(st.sampled_from(sorted(BALLS)), st.integers(3, 40), st.integers(0, 2**32))
def test_BM_no_set_of_diameter_2_is_larger_than_the_unit_ball(norm, count, number):
    """In the plane, in three norms; the hull of a set has the diameter of the set (BM)."""
    points = np.random.default_rng(number).standard_normal((count, 2))
    hull = ConvexHull(points).volume  # of two dimensions: the area
    assert hull <= BALLS[norm] * (pdist(points, norm).max() / 2) ** 2 * (1 + 1e-12)


@pytest.mark.parametrize("norm", sorted(BALLS))
def test_BM_the_ball_itself_attains_it(norm):
    turn = np.linspace(0, 2 * np.pi, 4001)
    p = {"cityblock": 1, "euclidean": 2, "chebyshev": np.inf}[norm]
    points = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    points /= np.linalg.norm(points, p, axis=1, keepdims=True)
    assert ConvexHull(points).volume == pytest.approx(BALLS[norm], rel=1e-3)
    assert pdist(points[::10], norm).max() == pytest.approx(2, rel=1e-3)


def slopes(widths, weights):
    """The slopes to the right and to the left of 0 of every subnetwork of a network x ↦ y."""
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    cuts = np.cumsum([0, *(a * b for a, b in shapes)])
    for mask in itertools.product((0, 1), repeat=int(cuts[-1])):
        kept = np.array(mask) * weights
        h = np.array([[1, -1]])
        for t, shape in enumerate(shapes):
            h = kept[cuts[t] : cuts[t + 1]].reshape(shape) @ h
            h = np.maximum(h, 0) if t < len(shapes) - 1 else h
        yield h[0, 0], -h[0, 1]


def covers(found, accuracy, low=-1):
    """Whether every x ↦ wx, low ≤ w ≤ 1, has one of these within the accuracy on [−1, 1]."""
    intervals = sorted((max(s) - accuracy, min(s) + accuracy) for s in found)
    reached = low
    for start, end in intervals:
        if start <= reached <= end:
            reached = end
    return reached >= 1


@given(
    st.sampled_from([(1, 1), (1, 1, 1), (1, 2, 1), (1, 3, 1), (1, 2, 2, 1)]),
    st.lists(st.integers(-16, 16), min_size=8, max_size=8),
    st.integers(0, 4),
)
def test_T1_T5_no_network_of_n_weights_has_every_map_within_less_than_2_to_the_minus_n(
    widths, weights, scale
):
    """d = 1: 2^n masks cover [−1, 1] by intervals of length 2ε at most (T1, T5)."""
    n = sum(a * b for a, b in itertools.pairwise(widths))
    unit = Fraction(1, 2**scale)
    found = [(int(a) * unit, int(b) * unit) for a, b in slopes(widths, np.array(weights[:n]))]
    assert not covers(found, Fraction(2**10 - 1, 2**10) / 2**n)


def test_the_oracle_of_covers_sees_a_cover():
    grid = [(Fraction(k, 8),) * 2 for k in range(-7, 8, 2)]
    assert covers(grid, Fraction(1, 8))
    assert not covers(grid, Fraction(1, 9))
    assert not covers([(Fraction(0), Fraction(1))], Fraction(1, 2))


@given(
    st.lists(st.integers(1, 5), min_size=0, max_size=4),
    st.integers(0, 2**32),
    st.sampled_from([0.3, 0.7, 1.0]),
)
def test_T4_slopes_on_a_half_axis_are_integers_of_at_most_the_stated_size(hidden, number, kept):
    """Masked ±1 networks of width k and depth L: size at most k^{L−1}, attained (T4)."""
    rng, widths = np.random.default_rng(number), (1, *hidden, 1)
    x, most = np.ones(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    for t, shape in enumerate(zip(widths[1:], widths[:-1], strict=True), 1):
        W = rng.choice([-1, 1], size=shape) * (rng.random(shape) < kept)
        x, most = W @ x, np.ones(shape, dtype=np.int64) @ most
        x = np.maximum(x, 0) if t < len(widths) - 1 else x
    limit = max(hidden, default=1) ** (len(widths) - 2)
    assert abs(int(x[0])) <= int(most[0]) <= limit
    assert int(most[0]) == limit or len(set(hidden)) > 1


def bound_T1(d, accuracy):
    return d**2 * log2(1 / accuracy)


def bound_T2(d, layers, accuracy):
    parameters = layers * d**2 - (layers - 1) * d
    return parameters * (log2(1 / accuracy) - 3 * log2(layers) - 2.5 * log2(d) - 16.2)


@given(
    st.sampled_from(sorted(ours())),
    st.integers(2, 12),
    st.integers(1, 4),
    eps("1e-40", "0.5"),
    delta("1e-3", "0.5"),
    st.booleans(),
)
def test_T1_T2_T3_hold_for_the_plans_of_every_construction(
    name, d, layers, accuracy, failure, nonnegative
):
    """Plans serve every target at once: none has fewer weights (T1, T2) or less depth (T3)."""
    target = TargetNetwork.from_layers([np.eye(d)] * layers, domain=Ball(1, nonnegative))
    plan = plan_for(target, accuracy, failure, name)
    assert plan.precision.serves
    if layers == 1:
        bound = bound_T1(d, float(accuracy)) - nonnegative * d**2 / 2
    else:
        bound = bound_T2(d, layers, float(accuracy))
    assume(bound > 0)
    assert plan.random_weights >= bound
    c = plan.N / d
    assert bound / (c * d) ** 2 <= plan.L
