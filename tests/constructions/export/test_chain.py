"""Chains: what a ticket computes, between its living neurons alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import InputError, TargetNetwork, construction, ours, plan_for
from constructions.edges import Edges
from constructions.export import chain as chain_module
from constructions.export.chain import (
    Linear,
    chain_of_target,
    chain_of_ticket,
    compute,
    exact_grid,
    living,
)
from tests import strategies
from tests.tickets import compute_chain, found, tickets


@given(tickets("0.5"), st.data())
@settings(max_examples=30)
def test_the_chain_computes_what_the_ticket_does(ticket, data):
    chain = chain_of_ticket(ticket)
    for x in data.draw(strategies.inputs(ticket.target, 2)):
        assert compute_chain(chain, x.tolist()) == ticket.run_exact(x).tolist()


def test_real_weights_are_a_chain_too():
    target = TargetNetwork.from_layers([[[0.5, -0.25]], [[0.75]]], [[0.125], None])
    plan = plan_for(target, "0.2", "0.01", "pensia")
    ticket = construction("pensia").prune(target, plan, plan.draw(1))
    x = [0.5, -0.25]
    assert compute_chain(chain_of_ticket(ticket), x) == ticket.run_exact(x).tolist()


@pytest.mark.parametrize("name", ours())
def test_every_neuron_lives_and_no_living_one_is_left_out(name):
    """Brute force: masks multiplied along all paths, forwards and backwards."""
    ticket = found(TargetNetwork.from_layers([[[0.5, -0.75]], [[0.5]]]), name, "0.5")
    masks = [e.mask(*ticket.widths[t : t + 2]) for t, e in enumerate(ticket.edges)]
    forwards = [np.ones(ticket.widths[0], dtype=bool)]
    for mask in masks:
        forwards.append((mask & forwards[-1]).any(axis=1))
    backwards = [np.ones(ticket.widths[-1], dtype=bool)]
    for mask in reversed(masks):
        backwards.insert(0, (mask & backwards[0][:, None]).any(axis=0))
    expected = [np.flatnonzero(a & b) for a, b in zip(forwards, backwards, strict=True)]
    expected[0], expected[-1] = np.arange(ticket.widths[0]), np.arange(ticket.widths[-1])
    assert [n.tolist() for n in living(ticket)] == [n.tolist() for n in expected]


def test_an_edge_that_leads_nowhere_is_not_in_the_chain():
    ticket = found(TargetNetwork.from_layers([[[0.5]]]))
    before = chain_of_ticket(ticket)
    edges = list(ticket.edges)
    dead = np.setdiff1d(np.arange(ticket.widths[2]), edges[1].indices)[0]
    source = int(edges[1].sources[0])
    more = edges[1].source_of_edges(), edges[1].indices.astype(np.int64)
    edges[1] = Edges.from_pairs(np.append(more[0], source), np.append(more[1], dead))
    after = chain_of_ticket(replace(ticket, edges=tuple(edges)))
    assert [layer.mask.tolist() for layer in before] == [layer.mask.tolist() for layer in after]


def test_a_zero_target_has_a_chain_without_living_neurons():
    ticket = found(TargetNetwork.from_layers([[[0.0, 0.0]], [[0.0]]]))
    empty = np.empty(0, dtype=np.int64)
    ticket = replace(ticket, edges=tuple(Edges.from_pairs(empty, empty) for _ in ticket.edges))
    chain = chain_of_ticket(ticket)
    assert {layer.weight.shape for layer in chain[1:]} == {(1, 1)}
    assert compute(chain, np.array([[0.5, 0.5]])).tolist() == [[0.0]]


@given(st.data())
def test_the_chain_of_a_target_is_the_target(data):
    target = data.draw(strategies.targets(max_dim=3))
    x = data.draw(strategies.inputs(target, 3))
    chain = chain_of_target(target)
    assert chain[0].weight.shape[1] == target.features
    np.testing.assert_allclose(compute(chain, x), target(x), rtol=1e-12, atol=1e-12)


def test_a_scale_beyond_float64_is_refused():
    ticket = found(TargetNetwork.from_layers([[[0.5]]]))
    for p in (1100, -1100):
        with pytest.raises(InputError, match=f"its scale 2\\^{-p} is beyond"):
            chain_of_ticket(replace(ticket, layer_scale_log2=(p,)))


def test_more_weights_than_dense_layers_may_have_are_refused(monkeypatch):
    ticket = found(TargetNetwork.from_layers([[[0.5]]]))
    size = sum(layer.weight.size for layer in chain_of_ticket(ticket))
    monkeypatch.setattr(chain_module, "MOST", size)
    chain_of_ticket(ticket)
    monkeypatch.setattr(chain_module, "MOST", size - 1)
    with pytest.raises(InputError, match=f"{size} weights between living neurons"):
        chain_of_ticket(ticket)


chains = st.lists(st.integers(1, 4), min_size=2, max_size=5).flatmap(
    lambda dims: st.tuples(
        *(
            st.builds(
                lambda values, shape, by: np.array(values, float).reshape(shape) * 2.0**by,
                st.lists(st.integers(-3, 3), min_size=a * b, max_size=a * b),
                st.just((b, a)),
                st.integers(-8, 3),
            )
            for a, b in pairwise(dims)
        )
    )
)


@given(chains, st.booleans(), st.data())
def test_on_the_exact_grid_floats_do_not_round(matrices, biased, data):
    chain = [Linear(W, np.ones(W.shape, bool)) for W in matrices]
    if biased:
        b = np.full(len(matrices[0]), 2.0 ** data.draw(st.integers(-6, 2)))
        chain[0] = Linear(matrices[0], chain[0].mask, b, np.ones(len(b), bool))
    largest = Decimal(data.draw(st.integers(1, 9)))
    for dtype in (np.float32, np.float64):
        grid = exact_grid(chain, largest, dtype)
        if grid < 0:
            continue
        units = int(largest * 2 ** min(grid, 60))
        some = st.integers(-units, units)
        x = [data.draw(some) * 2.0 ** -min(grid, 60) for _ in range(matrices[0].shape[1])]
        h = np.array(x, dtype=dtype)
        assert h.tolist() == x
        for i, layer in enumerate(chain):
            h = np.maximum(h, 0) if i else h
            bias = 0 if layer.kept_bias is None else layer.kept_bias.astype(dtype)
            h = layer.kept_weight.astype(dtype) @ h + bias
            assert h.dtype == dtype
        assert [Fraction(v) for v in h.tolist()] == compute_chain(chain, x)


def test_sums_beyond_float64_are_never_said_to_be_exact():
    """2^600 twice, then 2^-1200: what comes out is 1, what is in between is not a float."""
    large, small = (
        Linear(np.full((1, 1), w), np.ones((1, 1), bool)) for w in (2.0**600, 2.0**-600)
    )
    assert exact_grid([large, small], Decimal(1), np.float64) >= 50
    assert exact_grid([large, large, small, small], Decimal(1), np.float64) < 0
    zero = Linear(np.zeros((1, 1)), np.ones((1, 1), bool))
    assert exact_grid([large, large, zero], Decimal(1), np.float64) < 0


def test_what_float32_has_no_exponent_for_is_not_exact_in_it():
    """2^100 twice is beyond float32, 2^-100 twice below; 2^-200 is no float32 itself."""
    for power in (100, -100):
        layer = Linear(np.full((1, 1), 2.0**power), np.ones((1, 1), bool))
        assert exact_grid([layer], Decimal(1), np.float32) >= 20
        assert exact_grid([layer] * 2, Decimal(1), np.float32) < 0
        assert exact_grid([layer] * 2, Decimal(1), np.float64) >= 50
    layer = Linear(np.full((1, 1), 2.0**-200), np.ones((1, 1), bool))
    assert exact_grid([layer], Decimal(1), np.float32) < 0


def test_the_exact_grid_is_not_smaller_than_it_need_be():
    """One weight 1: nearly all that 53 bits hold; weights 2^-9 and sums of two cost as much."""
    one = Linear(np.ones((1, 1)), np.ones((1, 1), bool))
    assert exact_grid([one], Decimal(1), np.float64) >= 51
    assert exact_grid([one] * 30, Decimal(1), np.float64) >= 50
    two = Linear(np.full((1, 2), 2.0**-9), np.ones((1, 2), bool))
    assert 49 <= exact_grid([two], Decimal(1), np.float64) <= 52
