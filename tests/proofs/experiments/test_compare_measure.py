"""Counting draws with a ticket: exact intervals, and the public numbers again."""

from __future__ import annotations

import numpy as np
import pytest

from constructions.norms import bound_spectral_norm
from constructions.peers import PEERS, subset_sum
from proofs.experiments.compare import measure as peers_measure
from proofs.experiments.compare.measure import (
    Count,
    agree,
    count_tickets,
    public_statistic,
    published,
    random_target,
)
from proofs.experiments.equal_width import plan_of_block


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
