"""Subset sums: exact against brute force, for every size and sign, batched or not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.peers import subset_sum
from constructions.peers.subset_sum import closest, closest_float, subset_sums, within


def brute(samples, target):
    """The smallest |subset sum − target| among all subsets."""
    sums = (
        sum(chosen)
        for k in range(len(samples) + 1)
        for chosen in itertools.combinations(samples, k)
    )
    return min(abs(s - target) for s in sums)


@st.composite
def problems(draw):
    n = draw(st.integers(1, 8))
    rows = draw(st.integers(1, 5))
    size = draw(st.sampled_from([1, 3, 100, 2**50]))
    value = st.integers(-size, size)
    samples = [draw(st.lists(value, min_size=n, max_size=n)) for _ in range(rows)]
    targets = draw(st.lists(st.integers(-4 * size, 4 * size), min_size=rows, max_size=rows))
    return np.array(samples), np.array(targets)


@given(problems())
def test_closest_is_the_best_of_all_subsets(problem):
    samples, targets = problem
    found = closest(samples, targets)
    for row, target, mask, error in zip(
        samples.tolist(), targets.tolist(), found.masks, found.errors.tolist(), strict=True
    ):
        assert sum(s for s, m in zip(row, mask, strict=True) if m) - target == error
        assert abs(error) == brute(row, target)


def test_closest_exhaustively_on_a_small_grid():
    samples = np.array(list(itertools.product(range(-2, 3), repeat=4)))
    for target in range(-9, 10):
        found = closest(samples, np.full(len(samples), target))
        sums = subset_sums(samples)
        assert (np.abs(found.errors) == np.abs(sums - target).min(axis=1)).all()


@given(st.integers(0, 7), st.integers(1, 20), st.integers(0, 2**32))
def test_half_of_the_sums_and_their_mirror_image_are_all_sums(k, largest, seed):
    """In order; and a sum is led back to the first of the subsets that have it."""
    rng = np.random.default_rng(seed)
    samples = rng.integers(-largest, largest + 1, (3, k))
    every, half = subset_sum.subset_sums(samples), subset_sum._Half.of(samples)
    assert (half.ordered == np.sort(every, axis=1)).all()
    for column in range(1 << k):
        values = every[:, column]
        assert (half.subset(values) == (every == values[:, None]).argmax(axis=1)).all()


def test_ties_between_the_halves_count_as_distance_zero():
    # left sums {0, 5}, right sums {0, 5}: 5 is reached by either half, 10 by both
    found = closest(np.array([[5, 5]] * 3), np.array([0, 5, 10]))
    assert found.errors.tolist() == [0, 0, 0]


@given(problems())
def test_batches_and_threads_change_nothing(problem):
    samples, targets = (np.repeat(a, 7, axis=0) for a in problem)
    whole = closest(samples, targets)
    cells = subset_sum._CELLS
    try:
        subset_sum._CELLS = 16
        pieces = closest(samples, targets, jobs=2)
    finally:
        subset_sum._CELLS = cells
    assert (whole.masks == pieces.masks).all()
    assert (whole.errors == pieces.errors).all()


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_floats_reach_the_best_up_to_the_stated_rounding(n, seed):
    rng = np.random.default_rng(seed)
    samples, targets = rng.uniform(-1, 1, (3, n)), rng.uniform(-2, 2, 3)
    found = closest_float(samples, targets)
    for row, target, mask, error in zip(samples, targets, found.masks, found.errors, strict=True):
        assert abs(row[mask].sum() - target - error) < 1e-14
        assert abs(error) <= brute(row.tolist(), target) + (n + 1) * 2.0**-45


@pytest.mark.parametrize("n", [5, 12, 13, 16, 20])
def test_within_finds_a_subset_exactly_if_there_is_one(n):
    rng = np.random.default_rng(n)
    samples, targets = rng.uniform(-1, 1, (60, n)), rng.uniform(-1, 1, 60)
    for tolerance in (0.0, 1e-4, 1e-2, 0.3):
        found = within(samples, targets, tolerance)
        best = np.abs(closest_float(samples, targets).errors)
        unclear = np.abs(best - tolerance) < 1e-13
        assert ((np.abs(found.errors) <= tolerance) == (best <= tolerance))[~unclear].all()
        recomputed = np.where(found.masks, samples, 0.0).sum(axis=1) - targets
        assert np.abs(recomputed - found.errors).max() < 1e-13


def test_within_keeps_few_samples_where_few_do():
    rng = np.random.default_rng(0)
    samples, targets = rng.uniform(-1, 1, (500, 21)), rng.uniform(-1, 1, 500)
    assert not within(samples, targets, 0.05).masks[:, 15:].any(axis=1).mean() > 0.1


def test_within_looks_at_windows_beyond_thirty_samples():
    samples = np.zeros((1, 45))
    samples[0, 44] = 0.625  # only the last sample helps
    found = within(samples, np.array([0.625]), 0.0)
    assert found.errors.tolist() == [0.0]
    assert found.masks[0].nonzero()[0].tolist() == [44]


def test_every_sample_beyond_thirty_lies_in_a_window():
    for n in range(1, 80):
        seen = np.zeros(n, dtype=bool)
        for columns in subset_sum._windows(n):
            assert 0 <= columns.start < columns.stop <= n
            assert columns.stop - columns.start <= 30
            seen[columns] = True
        assert seen.all()


def test_a_planted_bug_is_found(monkeypatch):
    """A solver that forgets the last sample fails the comparison with brute force."""

    def forgetful(samples, targets):
        masks, errors = original(samples[:, :-1], targets)
        return np.pad(masks, ((0, 0), (0, 1))), errors

    original = subset_sum._closest
    monkeypatch.setattr(subset_sum, "_closest", forgetful)
    found = closest(np.array([[1, 2, 4]]), np.array([4]))
    assert abs(found.errors[0]) != brute([1, 2, 4], 4)


@pytest.mark.parametrize(
    ("samples", "targets"),
    [
        (np.zeros((2, 3)), np.zeros(2, np.int64)),
        (np.zeros((2, 3), np.int64), np.zeros(3, np.int64)),
        (np.zeros((2, 0), np.int64), np.zeros(2, np.int64)),
        (np.zeros((2, 41), np.int64), np.zeros(2, np.int64)),
        (np.full((1, 4), 2**58), np.zeros(1, np.int64)),
        (np.full((1, 1), -(2**63)), np.zeros(1, np.int64)),
    ],
)
def test_bad_arguments_are_named(samples, targets):
    with pytest.raises(InputError, match="expected"):
        closest(samples, targets)


def test_floats_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="finite"):
        closest_float(np.array([[np.inf]]), np.array([0.0]))
    with pytest.raises(InputError, match="tolerance"):
        within(np.array([[1.0]]), np.array([0.0]), float("nan"))
