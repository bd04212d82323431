"""Random subset sums: the public numbers again."""

from __future__ import annotations

import numpy as np
import pytest

from constructions.peers import subset_sum
from proofs.experiments.compare.subset_sums import agree, public_statistic, published


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


def test_another_convention_does_not_give_the_public_numbers():
    """The comparison can tell: two samples fewer, or a fifth of the tolerance, is seen."""
    fewer = public_statistic("products", 8_000, seed=6, samples=13)
    assert not agree(fewer, published("products"))
    finer = public_statistic("uniform", 8_000, seed=6, tolerance=0.002)
    assert not agree(finer, published("uniform"))


def test_a_planted_bug_in_the_solver_is_seen(monkeypatch):
    """A solver that never uses the last two samples fails far more often."""
    right = subset_sum._closest

    def lazy(samples, targets):
        return right(samples * (np.arange(samples.shape[1]) < samples.shape[1] - 2), targets)

    monkeypatch.setattr(subset_sum, "_closest", lazy)
    assert not agree(public_statistic("products", 8_000, seed=6), published("products"))
