"""Counting draws with a ticket: exact intervals, equal width, and the public numbers again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from constructions.norms import bound_spectral_norm
from constructions.peers import PEERS, draw, subset_sum
from proofs import peers_measure
from proofs.peers_measure import (
    Count,
    agree,
    at_equal_width,
    count_tickets,
    plan_of_block,
    public_statistic,
    published,
    random_target,
)


@pytest.mark.parametrize("name", sorted(PEERS))
@pytest.mark.parametrize("block", [12, 40])
def test_plans_of_a_block_have_that_block_and_can_be_pruned(name, block):
    dims = (2, 3, 2)
    plan = plan_of_block(name, dims, "0.5", "0.1", block)
    assert plan.widths == (2, 2 * block, 3, 3 * block, 2)
    count = count_tickets(name, plan, 3, seed=1)
    assert count.n == 3
    assert draw(plan, 1).widths == plan.widths


def test_a_block_without_room_for_a_sample_is_refused():
    with pytest.raises(ValueError, match="block = 1"):
        plan_of_block("pensia", (2, 2), "0.5", "0.1", 1)


@pytest.mark.parametrize("name", sorted(PEERS))
def test_wider_networks_have_more_tickets(name):
    few, many = (
        count_tickets(name, plan_of_block(name, (1, 1), "0.5", "0.1", b, True), 60, seed=2)
        for b in (8, 400)
    )
    assert few.k < many.k
    assert many.k >= 55
    assert sum(few.events.values()) == 60 - few.k


def test_counts_do_not_depend_on_anything_but_the_seed():
    plan = plan_of_block("pensia", (2, 2), "0.25", "0.1", 30)
    one, same, other = (count_tickets("pensia", plan, 40, seed=s) for s in (3, 3, 4))
    assert one == same
    assert (one.k, one.events) != (other.k, other.events)


def test_at_equal_width_a_network_is_harder_than_a_layer_and_a_weight():
    found = at_equal_width("0.5", 40, 40, seed=5)
    assert set(found) == set(PEERS)
    for scopes in found.values():
        assert scopes["weight"].k >= scopes["network"].k
        for count in scopes.values():
            assert count.interval.contains(Fraction(count.k, count.n))
    assert found["pensia"]["network"].k > found["malach"]["network"].k


def test_targets_are_of_the_theorem_s_class():
    rng = np.random.default_rng(0)
    for dims in ((1, 1), (3, 4, 2)):
        for W in random_target(rng, dims).weights:
            assert bound_spectral_norm(W) <= 1


@pytest.mark.parametrize("kind", ["uniform", "products"])
def test_the_public_failure_rates_come_out_again(kind):
    mine = public_statistic(kind, 8_000, seed=6)
    assert agree(mine, published(kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["uniform", "products"])
def test_the_public_failure_rates_come_out_again_with_all_trials(kind):
    mine = public_statistic(kind, 100_000, seed=7)
    assert agree(mine, published(kind))
    assert mine.interval.high - mine.interval.low < 0.005


def test_another_convention_does_not_give_the_public_numbers(monkeypatch):
    """The comparison can tell: half the tolerance, or one sample fewer, is seen."""
    monkeypatch.setattr(peers_measure, "PUBLIC_SAMPLES", 13)
    assert not agree(public_statistic("products", 8_000, seed=6), published("products"))
    monkeypatch.setattr(peers_measure, "PUBLIC_SAMPLES", 15)
    monkeypatch.setattr(peers_measure, "PUBLIC_TOLERANCE", 0.002)
    assert not agree(public_statistic("uniform", 8_000, seed=6), published("uniform"))


def test_a_planted_bug_in_the_solver_is_seen(monkeypatch):
    """A solver that never uses the last two samples fails far more often."""
    right = subset_sum._closest

    def lazy(samples, targets):
        return right(samples * (np.arange(samples.shape[1]) < samples.shape[1] - 2), targets)

    monkeypatch.setattr(subset_sum, "_closest", lazy)
    assert not agree(public_statistic("products", 8_000, seed=6), published("products"))


def test_counts_are_data():
    count = Count.of(3, 10, {"search": 7})
    data = count.as_dict()
    assert data["low"] < data["share"] == 0.3 < data["high"]
    assert data["events"] == {"search": 7}
