"""Our constructions: whatever the target, the ticket computes the rounded target exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import (
    Ball,
    Box,
    InputError,
    NoTicket,
    TargetNetwork,
    construction,
    ours,
    plan_for,
)
from constructions.quantize import Precision, quantize
from constructions.request import Request
from tests import strategies
from tests.tickets import certify, exact_output, follow, quantized_output, rationals

EVERY = pytest.mark.parametrize("name", ours())
SURE = "1e-9"  # so small that no draw of a test may be without a ticket


def share(percent):
    """A share of the profile's examples, for tests that prune and certify in each."""
    return settings(max_examples=max(1, settings.default.max_examples * percent // 100))


def assert_found(name, target, plan, ticket, points):
    """Everything a ticket promises, on all x by the kernel and on the points by brute force."""
    certificate = certify(ticket)
    assert certificate.accepted, certificate.reasons
    assert Fraction(certificate.bound) <= Fraction(plan.eps)
    expected = quantize(target, plan.precision)
    for mine, extracted in zip(expected, certificate.matrices, strict=True):
        assert mine.tolist() == extracted.tolist()
    assert ticket.construction == certificate.construction == name
    assert ticket.widths == certificate.widths == plan.widths
    assert ticket.kept_weights == certificate.kept_weights
    assert ticket.layer_scale_log2 == plan.precision.layer_scale_log2

    exact = ticket.run_exact(points)
    floats = ticket.run(points)
    assert exact.shape == floats.shape == (*points.shape[:-1], target.dims[-1])
    for x, y, z in zip(points, exact, floats, strict=True):
        inputs = rationals(target, x)
        rounded = quantized_output(target, plan, inputs)
        assert y.tolist() == rounded
        assert follow(ticket, inputs) == rounded
        squares = zip(exact_output(target, inputs), rounded, strict=True)
        assert sum((a - b) ** 2 for a, b in squares) <= Fraction(certificate.bound) ** 2
        np.testing.assert_allclose(
            z, np.array([float(v) for v in rounded]), rtol=0, atol=rounding(target, plan, x)
        )


def rounding(target, plan, x):
    """What float64 may lose: 2^−53 of the largest accumulators, in every layer."""
    exponents = plan.precision.exponents
    sizes = [2.0**k * a * b for k, (a, b) in zip(exponents, pairwise(target.dims), strict=True)]
    digits = 2.0
    if plan.construction == "sign-agnostic":
        digits = 2.0**plan.e
    if plan.construction == "horner":  # accumulators of 2^{K+1}, where weights have 2^p
        digits = 2.0 ** (plan.e + 2)
    if plan.construction == "grouped":  # members reach (k − 2)^{K−1}(g + 2) + 2^K
        digits = 2.0 * (plan.k - 2.0) ** (plan.K - 1) * (plan.g + 3) / 2.0**plan.p
    reach = 1 + float(np.abs(target.inputs(x)).max())
    return 2.0**-52 * plan.L * digits * reach * prod(4 * (1 + s) for s in sizes)


def prune(name, target, plan, seed):
    return construction(name).prune(target, plan, plan.draw(seed))


# Exact, for every kind of target


@EVERY
@given(data=st.data())
@share(34)
def test_the_ticket_is_the_rounded_target(name, data):
    """Balls, boxes, biases, inputs ≥ 0, dead units, equal and zero rows; both fits (A1, B3, S3)."""
    target = data.draw(strategies.targets(max_dim=3, max_depth=4))
    fit = data.draw(st.sampled_from(["theorem", "adaptive"]))
    plan = plan_for(target, data.draw(strategies.eps("1e-3", "4")), SURE, name, fit)
    assert plan.nonnegative == target.nonnegative
    ticket = prune(name, target, plan, data.draw(strategies.seeds()))
    assert_found(name, target, plan, ticket, data.draw(strategies.inputs(target, 2)))


@EVERY
@given(
    target=strategies.class_targets(max_depth=4), eps=strategies.eps("1e-3", "1"), data=st.data()
)
@share(14)
def test_targets_of_the_theorems_own_class_are_found(name, target, eps, data):
    """Norms at most 1, the unit ball, the plan from dims, ε and δ alone (A1, B4, S4)."""
    plan = construction(name).plan(Request.of(target.dims, eps, SURE))
    ticket = prune(name, target, plan, data.draw(strategies.seeds()))
    assert_found(name, target, plan, ticket, data.draw(strategies.inputs(target, 2)))


@EVERY
@given(bits=st.integers(0, 5), data=st.data())
@share(16)
def test_weights_on_the_boundaries_of_rounding(name, bits, data):
    """Every weight half-way between two multiples of 2^{−p}, and ±2^p itself.

    From a single weight or neuron to two layers, the integers come out exactly (B1–B3, S1–S3).
    """
    shape = data.draw(strategies.dims(max_dim=3, max_depth=2))
    halves = st.integers(-(2**bits), 2**bits - 1).map(lambda k: (2 * k + 1) / 2 ** (bits + 1))
    weight = st.one_of(halves, st.sampled_from([1.0, -1.0, 0.0]))
    layers = [
        np.array(data.draw(st.lists(weight, min_size=m * n, max_size=m * n))).reshape(n, m)
        for m, n in pairwise(shape)
    ]
    target = TargetNetwork.from_layers(layers)
    precision = Precision(bits, (0,) * target.depth, "a test's class")
    plan = construction(name).plan(Request.of(shape, "1e6", SURE, precision=precision))
    ticket = prune(name, target, plan, data.draw(strategies.seeds()))
    assert_found(name, target, plan, ticket, data.draw(strategies.inputs(target, 2)))


@EVERY
@pytest.mark.parametrize("k", [-1000, -300, -30, 30, 300, 900])
def test_targets_of_huge_and_tiny_scale_are_found(name, k):
    """p_i may be negative or far above 62; ε stays one hundredth of the target's size."""
    W = np.ldexp([[0.75, -0.5], [0.3, 1.0]], k)
    target = TargetNetwork.from_layers([W, [[1.0, -0.25]]])
    eps = Decimal(2) ** k / 100
    plan = plan_for(target, eps, SURE, name)
    assert k <= plan.precision.exponents[0] <= k + 1
    ticket = prune(name, target, plan, 3)
    certificate = certify(ticket)
    assert certificate.accepted, certificate.reasons
    for x in ([0.5, -0.25], [-1.0, 0.0]):
        inputs = rationals(target, np.array(x))
        assert ticket.run_exact(x).tolist() == quantized_output(target, plan, inputs)


@EVERY
@pytest.mark.parametrize(
    ("layers", "biases", "domain"),
    [
        ([[[1.0]]], None, None),  # d = 1, l = 1
        ([[[-1.0]]], None, None),
        ([[[0.0]]], None, None),
        ([[[0.0]], [[0.0]]], None, None),
        ([[[1.0]], [[1.0]], [[-1.0]], [[1.0]]], None, None),  # every output of the last is ≤ 0
        ([[[-0.5], [-0.25]], [[1.0, 1.0]]], None, Ball("1", nonnegative=True)),  # all units dead
        ([[[0.5, 0.5], [0.5, 0.5]], [[0.3, -0.7]]], None, None),  # equal rows
        ([[[0.5, 0.5], [0.5, 0.5]], [[0.3, -0.7], [0.1, 0.1]], [[1.0, 0.0]]], None, None),
        ([[[0.0, 0.0], [0.5, -0.5]], [[0.9, 0.4]]], None, None),  # a zero row
        ([[[0.5]], [[0.5]]], [[-1.0], [0.25]], None),  # a unit that a bias keeps dead
        ([[[0.5]], [[0.5]]], [[1.0], [0.0]], Box.uniform("-0.5", "0.5", 1)),
        ([[[0.5, 0.25]]], [[3.0]], Box.uniform("0", "0", 2)),  # a single point
        ([[[0.9] * 7]], None, None),  # very unequal widths
        ([[[0.1]] * 7], None, None),
        ([[[0.1]] * 5, [[0.3] * 5]], None, None),
    ],
)
def test_small_and_degenerate_targets_are_computed_within_eps(name, layers, biases, domain):
    target = TargetNetwork.from_layers(layers, biases, domain)
    grid = [-1.0, -0.5, 0.0, 0.375, 1.0]
    points = np.array([[v, *np.roll(grid, i)] for i, v in enumerate(grid)])
    points = np.resize(points, (5, target.features))
    if target.nonnegative:
        points = np.abs(points)
    if isinstance(target.domain, Box):
        points = np.clip(points, float(target.domain.low[0]), float(target.domain.high[0]))
    elif target.features > 1:
        points = points / target.features
    plan = plan_for(target, "0.05", SURE, name)
    for seed in (0, 2**64 - 1):
        assert_found(name, target, plan, prune(name, target, plan, seed), points)


@EVERY
def test_no_bits_at_all_and_a_weight_just_below_half_way(name):
    """p = 0 is enough here, with k = −4; B takes p = 1, and must not round at another scale."""
    weight = 0.09375 - 2.0**-40
    target = TargetNetwork.from_layers([[[-weight]]], domain=Box.uniform("1.25", "1.25", 1))
    plan = plan_for(target, "0.05", SURE, name)
    assert plan.precision.layer_scale_log2 == (4,)
    assert_found(name, target, plan, prune(name, target, plan, 1), np.array([[1.25]]))


@EVERY
def test_more_digits_than_an_int64_holds(name):
    """ε = 2^−50, δ = 2^−40: more digits than int64 has."""
    W = [[[1 / 3, -2 / 3], [0.1, 0.7]], [[-0.6, 0.8]]]
    target = TargetNetwork.from_layers(W)
    plan = plan_for(target, Decimal(2) ** -50, Decimal(2) ** -40, name)
    assert plan.p >= 51
    assert name == "blocks" or plan.K > 62
    points = np.array([[0.5, -0.25], [-0.125, 0.75]])
    assert_found(name, target, plan, prune(name, target, plan, 11), points)


@pytest.mark.parametrize("p", [57, 58, 59, 60, 61, 62, 63])
@pytest.mark.parametrize("name", ["horner", "sign-agnostic"])
def test_around_the_limit_between_int64_and_python_integers(name, p):
    target = TargetNetwork.from_layers([[[1.0, -1.0, 1 / 3], [-1.0, 2**-50, 0.0]]])
    plan = construction(name).plan(
        Request.of(target.dims, "1e-9", "0.9", precision=Precision(p, (0,), "a test's class"))
    )
    for seed in range(20):
        try:
            ticket = prune(name, target, plan, seed)
        except NoTicket:  # δ = 0.9, so that K stays near p
            continue
        assert_found(name, target, plan, ticket, np.array([[0.5, -0.25, 1.0]]))
        return
    pytest.fail("20 draws without a ticket, at δ = 0.9")


# Universal: the draw decides, not the target


def outcome(name, target, plan, seed):
    """What a draw gives: a ticket, or the failure."""
    try:
        return prune(name, target, plan, seed)
    except NoTicket as failure:
        return (failure.event, failure.layer, failure.slot)


@st.composite
def siblings(draw):
    """Several targets with the same dims, all of the theorem's class up to a factor."""
    shape = draw(strategies.dims(max_dim=3, max_depth=3))
    return [
        TargetNetwork.from_layers([draw(strategies.matrices(n, m)) for m, n in pairwise(shape)])
        for _ in range(3)
    ]


@EVERY
@given(several=siblings(), bits=st.integers(0, 6), seed=strategies.seeds())
@share(40)
def test_one_draw_serves_every_target_or_none(name, several, bits, seed):
    dims = several[0].dims
    precision = Precision(bits, (0,) * (len(dims) - 1), "a test's class")
    plan = construction(name).plan(Request.of(dims, "1e6", "0.9", precision=precision))
    results = [outcome(name, target, plan, seed) for target in several]
    if isinstance(results[0], tuple):
        assert results == results[:1] * len(results)  # the same event, layer and slot
        return
    for target, ticket in zip(several, results, strict=True):
        certificate = certify(ticket)
        assert certificate.accepted, certificate.reasons
        for mine, extracted in zip(
            quantize(target, plan.precision), certificate.matrices, strict=True
        ):
            assert mine.tolist() == extracted.tolist()


def fixed_layers(plan):
    """The layers whose kept edges the target has no say in."""
    if plan.construction in ("horner", "grouped"):  # all but the stages
        before = 1 - plan.nonnegative + (plan.c > 0) + 3
        others = 5 if plan.construction == "horner" else 4
        stages = {before + i * (plan.K + others) for i in range(len(plan.sections))}
        return [t for t in range(1, plan.L + 1) if not any(s < t <= s + plan.K for s in stages)]
    step = plan.K if plan.construction == "sign-agnostic" else plan.p + 1
    last = 0 if plan.construction == "sign-agnostic" else 1  # copies are fed if they are read
    return [t for t in range(1, plan.L + 1) if t == 1 or (t - 1) % step not in (0, step - last)]


@EVERY
@given(several=siblings(), bits=st.integers(1, 5), seed=strategies.seeds())
@share(14)
def test_matching_knows_nothing_of_the_target(name, several, bits, seed):
    """So the freshness of the signs, which the bounds rest on, cannot depend on it either."""
    dims = several[0].dims
    precision = Precision(bits, (0,) * (len(dims) - 1), "a test's class")
    plan = construction(name).plan(Request.of(dims, "1e6", SURE, precision=precision))
    tickets = [prune(name, target, plan, seed) for target in several]
    layers = fixed_layers(plan)
    assert len(layers) >= 1 + len(plan.sections) * (1 if name == "horner" else 0)
    for other in tickets[1:]:
        assert other.generations == tickets[0].generations
        assert [u.tolist() for u in other.units] == [u.tolist() for u in tickets[0].units]
        for t in layers:
            for part in ("sources", "indptr", "indices"):
                one, two = (getattr(x.edges[t - 1], part) for x in (tickets[0], other))
                assert one.tolist() == two.tolist()


# No redraw, no lucky seed


@EVERY
@given(seed=strategies.seeds())
@share(20)
def test_the_same_seed_gives_the_same_outcome(name, seed):
    target = TargetNetwork.from_layers([[[0.5, -0.75], [0.25, 1.0]], [[0.5, -0.5]]])
    plan = plan_for(target, "0.3", "0.95", name)
    one, two = (outcome(name, target, plan, seed) for _ in range(2))
    if isinstance(one, tuple):
        assert one == two
        return
    assert one.seed == two.seed == seed
    for a, b in zip(one.edges, two.edges, strict=True):
        assert a.sources.tolist() == b.sources.tolist()
        assert a.indptr.tolist() == b.indptr.tolist()
        assert a.indices.tolist() == b.indices.tolist()


# What does not belong together


@EVERY
def test_a_target_plan_and_network_that_do_not_belong_together(name):
    module = construction(name)
    target = TargetNetwork.from_layers([[[0.5, -0.5]]])
    other = TargetNetwork.from_layers([[[0.5, -0.5, 0.25]]])
    plan = module.plan(Request.of((2, 1), "0.1", "0.1"))
    with pytest.raises(InputError, match="dims"):
        module.prune(other, plan, plan.draw(1))
    with pytest.raises(InputError, match="network: expected the plan's"):
        module.prune(target, plan, module.plan(Request.of((2, 1), "0.001", "0.1")).draw(1))
    nonnegative = module.plan(Request.of((2, 1), "0.1", "0.1", nonnegative=True))
    with pytest.raises(InputError, match="nonnegative"):
        module.prune(target, nonnegative, nonnegative.draw(1))
    large = TargetNetwork.from_layers([[[1.5, -0.5]]])
    with pytest.raises(InputError, match="layer 1"):
        module.prune(large, plan, plan.draw(1))


@EVERY
def test_a_signed_plan_serves_nonnegative_inputs_too(name):
    target = TargetNetwork.from_layers([[[0.5, -0.75]], [[-1.0]]], domain=Ball("1", True))
    plan = construction(name).plan(Request.of(target.dims, "0.1", SURE, nonnegative=False))
    ticket = prune(name, target, plan, 5)
    assert_found(name, target, plan, ticket, np.array([[0.5, 0.25], [0.0, 1.0]]))


@EVERY
def test_progress_is_reported_in_order_and_within_the_total(name):
    target = TargetNetwork.from_layers([[[0.5, -0.75]], [[-1.0]]])
    plan = plan_for(target, "0.1", SURE, name)
    seen = []
    construction(name).prune(
        target, plan, plan.draw(1), lambda done, total, text: seen.append((done, total, text))
    )
    assert seen
    assert all(0 <= done <= total == plan.L and text for done, total, text in seen)
