"""Random targets, counted draws and certificates: what experiments are made of."""

from __future__ import annotations

import numpy as np
import pytest

from constructions import construction, peers
from constructions.norms import bound_spectral_norm
from proofs.evidence import derive_seed
from proofs.experiments.equal_width import plan_of_block
from proofs.sampling import Count, count_draws, random_target


def count(name, plan, trials, seed):
    """Count tickets for random targets in networks of seeds that derive from one."""
    return count_draws(
        construction(name),
        plan,
        lambda at: random_target(
            np.random.default_rng(at), plan.dims, nonnegative=plan.nonnegative, entries="uniform"
        ),
        [derive_seed(seed, f"{name} {i}") for i in range(trials)],
    )


@pytest.mark.parametrize("name", sorted(peers()))
def test_wider_networks_have_more_tickets(name):
    few, many = (
        count(name, plan_of_block(name, (1, 1), "0.5", "0.1", b, True), 60, seed=2)
        for b in (8, 400)
    )
    assert few.k < many.k
    assert many.k >= 55
    assert sum(few.events.values()) == few.missed == 60 - few.k


def test_counts_do_not_depend_on_anything_but_the_seed():
    plan = plan_of_block("pensia", (2, 2), "0.25", "0.1", 30)
    one, same, other = (count("pensia", plan, 40, seed=s) for s in (3, 3, 4))
    assert one == same
    assert (one.k, one.events) != (other.k, other.events)


@pytest.mark.parametrize("entries", ["normal", "uniform"])
def test_targets_are_of_the_theorem_s_class(entries):
    rng = np.random.default_rng(0)
    for dims in ((1, 1), (3, 4, 2)):
        for W in random_target(rng, dims, entries=entries).weights:
            assert bound_spectral_norm(W) <= 1


def test_counts_are_data():
    counted = Count.of(3, 10, {"search": 7})
    data = counted.as_dict()
    assert data["low"] < data["share"] == 0.3 < data["high"]
    assert data["events"] == {"search": 7}
