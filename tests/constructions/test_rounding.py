"""Random rounding (Q3): what a plan relies on is found, proved to be found, and certified."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import Ball, InputError, NoRounding, TargetNetwork, construction, ours, plan_for
from constructions import rounding as module
from constructions.quantize import (
    Precision,
    bits_for_theorem,
    bound_error,
    precision_for,
    precision_for_class,
    precision_for_target,
    precision_for_theorem,
    quantize,
)
from constructions.request import Request
from constructions.rounding import (
    ATTEMPTS,
    CONSTANT,
    Rounding,
    bound_rounding,
    nearest_limit,
    random_limit,
    random_words,
    round_at_random,
    round_nearest,
    round_within,
)
from tests.oracles import exact_matrix, norm_at_most, upper_end
from tests.strategies import eps, matrices, seeds, targets
from tests.tickets import certify

EVERY = pytest.mark.parametrize("name", ours())
SURE = "1e-9"


def half_way(d, p, scale=1):
    """Weights that all lie half-way between 0 and 2^−p: to nearest they err by d/2 units."""
    return TargetNetwork.from_layers([np.full((d, d), scale * 2.0 ** (-p - 1))])


def errors(W, V, shift):
    """2^shift·W − V exactly."""
    return [
        [Fraction(2) ** shift * w - int(v) for w, v in zip(*rows, strict=True)]
        for rows in zip(exact_matrix(W), V.tolist(), strict=True)
    ]


# Rounding up or down


@given(st.data(), st.integers(0, 80), st.integers(-1000, 0), seeds())
def test_every_entry_goes_up_or_down_and_stays_within_the_bits(data, p, k, seed):
    W = np.ldexp(data.draw(matrices(3, 2)), k)
    V = round_at_random(W, p - k, p, random_words(seed, 1, 0, W.shape))
    for row in errors(W, V, p - k):
        assert all(abs(e) < 1 for e in row)
    assert (V.dtype == np.int64) == (p <= 60)
    assert max(abs(int(v)) for v in V.ravel()) <= 2**p


def test_multiples_of_the_unit_stay():
    W = np.array([[1.0, -1.0, 0.25, 0.0]])
    for attempt in range(20):
        words = random_words(0, 1, attempt, W.shape)
        assert round_at_random(W, 2, 2, words).tolist() == [[4, -4, 1, 0]]


def test_an_entry_beyond_the_bits_is_cut():
    """2^p·W = 4.4 may not become 5."""
    top = np.full((1, 1), 2**64 - 1, dtype=np.uint64)
    for words in (top, top * 0):
        assert round_at_random(np.array([[1.1]]), 2, 2, words).tolist() == [[4]]
        assert round_at_random(np.array([[-1.1]]), 2, 2, words).tolist() == [[-4]]


@pytest.mark.parametrize("p", [3, 70])
@pytest.mark.parametrize("eighths", range(8))
def test_the_mean_error_is_zero(p, eighths):
    """Of 4,096 entries about the fraction goes up; 6 standard deviations are allowed."""
    W = np.full((64, 64), (1 + eighths / 8) * 2.0**-p)
    V = round_at_random(W, p, p, random_words(11, 1, 0, W.shape))
    ups = sum(int(v) - 1 for v in V.ravel())
    assert abs(ups - 512 * eighths) <= 6 * np.sqrt(4096) / 2


def test_attempts_layers_and_seeds_have_streams_of_their_own_apart_from_the_signs():
    shape = (8, 8)
    found = [
        random_words(seed, layer, attempt, shape).tobytes()
        for seed in (0, 1)
        for layer in (1, 2)
        for attempt in (0, 1, ATTEMPTS - 1)
    ]
    signs = np.random.Philox(key=np.array([0, 1], dtype=np.uint64)).random_raw(64).tobytes()
    assert len({*found, signs}) == len(found) + 1
    assert found[0] == random_words(0, 1, 0, shape).tobytes()


# Errors and limits


@given(st.data(), st.integers(0, 70), st.integers(-60, 0), seeds())
def test_the_bound_on_an_error_is_rigorous_and_tight(data, p, k, seed):
    """Tiny entries that are rounded away from 0 included: there float64 loses a little."""
    W = np.ldexp(data.draw(matrices(3, 3)), k)
    V = round_at_random(W, p, p, random_words(seed, 1, 0, W.shape))
    bound = bound_rounding(W, V, p)
    exact = errors(W, V, p)
    assert norm_at_most(exact, bound)
    assert bound == 0 or not norm_at_most(exact, bound / (1 + Fraction(1, 2**10)))


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_limits_are_q1s_and_q3s_rounded_up(rows, columns):
    assert 0 <= nearest_limit(rows, columns) ** 2 - Fraction(rows * columns, 4) <= 2**-40
    third = CONSTANT**2 * Fraction(rows + columns, 2)
    limit = random_limit(rows, columns)
    assert limit <= nearest_limit(rows, columns)
    assert limit == nearest_limit(rows, columns) or 0 <= limit**2 - third <= 2**-40


def test_nothing_is_saved_below_19():
    assert all(random_limit(d, d) == Fraction(d, 2) for d in range(1, 19))
    assert random_limit(19, 19) < Fraction(19, 2)


# The rounding that is taken


@settings(max_examples=30)
@given(st.integers(20, 40), st.integers(0, 8), seeds())
def test_a_layer_that_errs_too_much_to_nearest_is_rounded_at_random_within_the_limit(d, p, seed):
    limit = random_limit(d, d)
    target = half_way(d, p)
    precision = Precision(p, (0,), "", Rounding(seed, (limit,)))
    (V,) = quantize(target, precision)
    (W,) = target.weights
    assert bound_rounding(W, round_nearest(W, p, False), p) > limit
    assert bound_rounding(W, V, p) <= limit
    assert quantize(target, precision)[0].tolist() == V.tolist()  # the same seed, the same rounding
    other = Precision(p, (0,), "", Rounding((seed + 1) % 2**64, (limit,)))
    assert quantize(target, other)[0].tolist() != V.tolist()


@settings(max_examples=30)
@given(st.integers(20, 30), seeds())
def test_a_layer_that_nearest_serves_is_rounded_to_nearest(d, seed):
    W = np.random.default_rng(seed).uniform(-1, 1, size=(d, d)) / d
    target = TargetNetwork.from_layers([W])
    precision = Precision(9, (0,), "", Rounding(seed, (random_limit(d, d),)))
    assert quantize(target, precision)[0].tolist() == round_nearest(W, 9, False).tolist()


def test_attempts_are_made_in_order_and_the_first_that_fits_is_taken(monkeypatch):
    tried, honest = [], module.random_words
    monkeypatch.setattr(
        module, "random_words", lambda *at: tried.append(at[:3]) or honest(*at)
    )  # fmt: skip
    W = half_way(4, 3).weights[0]
    # With these limits a few of the 2^16 roundings of the ±½ errors are good enough.
    round_within(W, round_nearest(W, 3, False), 3, 3, Rounding(5, (Fraction(0), Fraction(1.3))), 2)
    assert tried == [(5, 2, attempt) for attempt in range(len(tried))]
    assert 1 < len(tried) <= ATTEMPTS


def test_where_no_attempt_fits_it_says_so_and_stops(monkeypatch):
    tried, honest = [], module.random_words
    monkeypatch.setattr(
        module, "random_words", lambda *at: tried.append(at[:3]) or honest(*at)
    )  # fmt: skip
    precision = Precision(3, (0,), "", Rounding(7, (Fraction(1, 4),)))
    with pytest.raises(NoRounding, match=r"layer 1: none of 64 .* seed 7 errs by at most 0.25"):
        quantize(half_way(4, 3), precision)
    assert len(tried) == ATTEMPTS


# Plans


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=8), eps("1e-40", "1000"))
def test_bits_for_random_rounding_are_the_fewest_that_q3_allows(dims, accuracy):
    d, depth = max(dims), len(dims) - 1
    p = bits_for_theorem(dims, accuracy, "random")
    goal = 1 + Fraction(accuracy) * (1 - Fraction(1, 2**10))

    def holds(bits):
        """(1 + min(d/2, 2.14√d)/2^bits)^l ≤ goal, the root replaced by bounds on both sides."""
        return (1 + random_limit(d, d) / 2**bits) ** depth <= goal

    assert holds(p)
    assert p == 0 or not holds(p - 1)
    assert p <= bits_for_theorem(dims, accuracy)
    assert (d > 18) or p == bits_for_theorem(dims, accuracy)


@pytest.mark.parametrize(
    ("dims", "nearest", "random"),
    [((18, 18), 10, 10), ((64, 64), 12, 11), ((784, 500, 10), 17, 14), ((4096, 4096), 18, 14)],
)
def test_what_random_rounding_saves(dims, nearest, random):
    assert bits_for_theorem(dims, "0.01") == nearest
    assert bits_for_theorem(dims, "0.01", "random") == random


@EVERY
def test_fewer_bits_make_a_shallower_network(name):
    dims = (784, 500, 10)
    plan, saving = (construction(name).plan(Request.of(dims, "0.01", "0.01", rounding=r))
                    for r in ("nearest", "random"))  # fmt: skip
    assert saving.p == plan.p - 3
    assert saving.L == plan.L - 2 * 3
    assert saving.N <= plan.N
    assert saving.bound_failure <= 0.01


@EVERY
def test_to_nearest_takes_no_seed_and_is_what_auto_takes_where_nothing_is_saved(name):
    target = TargetNetwork.from_layers([np.full((30, 30), 0.03)])
    plans = [
        plan_for(target, "0.1", "0.1", name, fit, **option)
        for option in ({"rounding": "nearest"}, {"rounding": "nearest", "rounding_seed": 5})
        for fit in ("theorem", "adaptive")
    ]
    assert plans[0:2] == plans[2:4]
    assert [plan.precision.rounding for plan in plans] == [None] * 4
    narrow = TargetNetwork.from_layers([np.full((18, 18), 0.03)])
    for fit in ("theorem", "adaptive"):
        made = plan_for(narrow, "0.1", "0.1", name, fit)
        assert made.p == plan_for(narrow, "0.1", "0.1", name, fit, "nearest").p


@EVERY
def test_auto_rounds_at_random_where_that_saves_bits(name):
    target = TargetNetwork.from_layers([np.full((64, 64), 1 / 64)])
    found = plan_for(target, "0.01", "0.1", name, rounding_seed=4)
    assert found == plan_for(target, "0.01", "0.1", name, rounding="random", rounding_seed=4)
    assert found.p < plan_for(target, "0.01", "0.1", name, rounding="nearest").p
    assert found.precision.rounding.seed == 4


@settings(max_examples=30)
@given(
    st.integers(1, 60), st.integers(1, 60), st.sampled_from(["1", "1.000000001", "1.3", "0.7"]),
    eps("1e-9", "10"), seeds(),
)  # fmt: skip
def test_the_class_of_targets_of_any_norm(rows, columns, norm, accuracy, seed):
    """Never more bits than to nearest; entries a little above 2^p; the bound is met."""
    W = np.zeros((rows, columns))
    W[0, 0] = float(norm)
    target = TargetNetwork.from_layers([W, np.ones((1, rows)) / rows], domain=Ball("1.5"))
    precision = precision_for_class(target, accuracy, "random", seed)
    assert precision.p <= precision_for_class(target, accuracy).p
    assert upper_end(bound_error(target, precision)) <= Fraction(accuracy)


def test_a_class_has_targets_that_need_random_rounding():
    """All weights half-way between two multiples of 2^{−p_1}, of a smaller norm than the class."""
    ball = Ball("1.5")
    precision = precision_for_class(half_way(100, 3).with_domain(ball), "0.01", "random")
    target = half_way(100, precision.layer_scale_log2[0]).with_domain(ball)
    assert upper_end(bound_error(target, precision)) <= Fraction("0.01")
    nearest = Precision(precision.p, precision.exponents, "")
    assert upper_end(bound_error(target, nearest)) > Fraction("0.01")


@settings(max_examples=25)
@given(targets(max_scale=5), eps("1e-6", "10"))
def test_adaptive_bits_are_never_more_than_to_nearest(target, accuracy):
    found = precision_for_target(target, accuracy, "random")
    assert found.p <= precision_for_target(target, accuracy).p
    assert upper_end(bound_error(target, found)) <= Fraction(accuracy)


def test_adaptive_bits_are_fewer_where_nearest_is_bad():
    """One weight of ½ and 9,999 of 2^−9: where all these are rounded to 0, the error is 0.195."""
    W = np.full((100, 100), 2.0**-9)
    W[0, 0] = 0.5
    target = TargetNetwork.from_layers([W])
    assert precision_for_target(target, "0.1").p == 8
    assert precision_for_target(target, "0.1", "random").p < 8


# Certified


@EVERY
@settings(max_examples=4)
@given(seed=seeds(), rounding_seed=seeds(), d=st.integers(36, 44))
def test_the_kernel_accepts_what_was_rounded_at_random(name, seed, rounding_seed, d):
    """d = 36…44, ε = ½: one bit fewer, and every weight half-way between two multiples."""
    precision = precision_for_theorem((d, d), "0.5", "random", rounding_seed)
    target = half_way(d, precision.p)
    plan = plan_for(target, "0.5", SURE, name, "theorem", "random", rounding_seed)
    nearest = quantize(target, Precision(precision.p, (0,), ""))[0]
    ticket = construction(name).prune(target, plan, plan.draw(seed))
    certificate = certify(ticket)
    assert certificate.accepted, certificate.reasons
    (V,) = certificate.matrices
    assert V.tolist() == quantize(target, plan.precision)[0].tolist() != nearest.tolist()


# Arguments


@pytest.mark.parametrize("call", [bits_for_theorem, precision_for_theorem])
def test_refuses_other_kinds_of_rounding(call):
    with pytest.raises(InputError, match="rounding = 'up': expected 'nearest' or 'random'"):
        call((3, 2), "0.1", "up")


@pytest.mark.parametrize("fit", ["theorem", "adaptive"])
def test_refuses_seeds_of_the_rounding(fit):
    target = TargetNetwork.from_layers([[[0.5]]])
    with pytest.raises(InputError, match="rounding seed = -1"):
        precision_for(target, "0.1", fit, "random", -1)


@EVERY
def test_refuses_a_precision_made_for_rounding_to_nearest(name):
    with pytest.raises(InputError, match="rounding = 'random': the precision is made for"):
        construction(name).plan(Request.of((3, 2), 0.1, 0.1, precision=Precision(3, (0,), ""),
                                 rounding="random"))  # fmt: skip
