"""Construction S on tickets: every way to take the inputs, with G5 and without (S1–S4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import NoTicket, TargetNetwork, horner
from constructions.quantize import Precision, quantize
from constructions.request import Request
from tests import strategies
from tests.tickets import certify

SURE = "1e-6"


def target_of(dims, seed):
    """Weights of all sizes, the largest and smallest included."""
    rng = np.random.default_rng(seed)
    layers = [rng.uniform(-1, 1, size=(n, m)) for m, n in pairwise(dims)]
    for W in layers:
        W.flat[0], W.flat[-1] = 1.0, -1.0
    return TargetNetwork.from_layers(layers)


def plan_of(dims, c, bits=4, delta=SURE):
    precision = Precision(bits, (0,) * (len(dims) - 1), "a test's class")
    return horner.plan_of_inputs(Request.of(dims, "1e6", delta, precision=precision), c)


def assert_exact(target, plan, seed):
    certificate = certify(horner.prune(target, plan, plan.draw(seed)))
    assert certificate.accepted, certificate.reasons
    for mine, found in zip(quantize(target, plan.precision), certificate.matrices, strict=True):
        assert mine.tolist() == found.tolist()


@settings(max_examples=40)
@given(
    strategies.dims(max_dim=12, max_depth=2), st.integers(0, 5), st.booleans(), strategies.seeds()
)
def test_inputs_split_or_in_groups_with_G5_and_without(dims, c, aware, seed):
    plan = plan_of(dims, c)
    if not aware:  # as many digits as chance needs
        plan = replace(plan, aware=False, e=plan.e + 12)
    assert_exact(target_of(dims, seed % 1000), plan, seed)


def test_G5_finds_tickets_where_chance_finds_fewer():
    """600 weights, five extra digits: chance leaves a sign lacking with probability 0.69."""
    dims = (30, 10)
    aware = replace(plan_of(dims, 0, delta="0.01"), e=5, s_A=60, aware=True)
    assert aware.bound_failure < 0.005
    chance, target, events = replace(aware, aware=False), target_of(dims, 1), []
    for seed in range(12):
        assert_exact(target, aware, seed)
        try:
            horner.prune(target, chance, chance.draw(seed))
        except NoTicket as failure:
            events.append(failure.event)
    assert set(events) == {"range"}
    assert len(events) >= 3


def test_a_single_stage_is_a_first_and_a_last_one():
    """K = 1: its layer has no block U, and half of the weights lack a sign."""
    plan = replace(plan_of((1, 1), 0, bits=0), e=1, aware=False)
    assert plan.K == 1
    found = []
    for seed in range(30):
        try:
            assert_exact(target_of((1, 1), 1), plan, seed)
        except NoTicket as failure:
            found.append(failure.event)
    assert set(found) == {"range"}
    assert len(found) < 30


@pytest.mark.parametrize("n", [1, 8, 9, 20])
def test_eight_read_outs_share_a_copy_of_the_offset(n):
    dims = (2, n, 1)
    plan = plan_of(dims, 0)
    ticket = horner.prune(target_of(dims, 2), plan, plan.draw(3))
    layer = next(layer for layer, kind in ticket.generations if kind == "unit")
    kept = ticket.edges[layer - 1]
    outgoing = np.diff(kept.indptr).tolist()
    assert sum(outgoing) == 2 * n  # one from A_o and one from C, for each unit
    assert sorted(outgoing)[n:] == sorted([8] * (n // 8) + [n % 8] * (n % 8 > 0))


def test_every_input_reaches_the_offset_by_two_paths():
    dims = (3, 2)
    plan = plan_of(dims, 0)
    ticket = horner.prune(target_of(dims, 4), plan, plan.draw(5))
    masks = [
        e.mask(plan.widths[t], plan.widths[t + 1]).astype(int) for t, e in enumerate(ticket.edges)
    ]
    u = np.flatnonzero(masks[0].any(axis=1))  # x⁺ and x⁻
    offset = plan.size_U(plan.parts[0])
    paths = masks[2][offset] @ masks[1]
    assert paths[u].tolist() == [2] * len(u)


def test_a_digit_string_keeps_fewer_edges_than_binary_digits():
    """784 Gaussian weights: about 5.2 of K = 24 stages' edges each, where binary digits keep 8."""
    rng = np.random.default_rng(6)
    W = rng.normal(size=(8, 98)) * 0.02
    target = TargetNetwork.from_layers([W])
    plan = plan_of((98, 8), 0, bits=17)
    ticket = horner.prune(target, plan, plan.draw(7))
    first = len(plan.widths) - 1 - plan.K - 1
    digits = sum(len(e) for e in ticket.edges[first - 1 : -2])
    others = plan.K * (2 * 98 + 4 * 9)  # carries, doublings, and the copies of the offset
    assert (digits - others) / (2 * W.size) < 5.6
