"""Edges: one set of kept edges, three ways to make it, one order in which it is stored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.edges import Edges

pairs = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30)), unique=True, max_size=60)


def from_pairs(some):
    sources, targets = np.array(some, dtype=np.int64).reshape(-1, 2).T
    return Edges.from_pairs(sources, targets)


def as_pairs(edges):
    return list(zip(edges.source_of_edges().tolist(), edges.indices.tolist(), strict=True))


def assert_well_formed(edges):
    assert edges.sources.dtype == edges.indptr.dtype == np.int64
    assert edges.indices.dtype in (np.int32, np.int64)
    assert (np.diff(edges.sources) > 0).all()
    assert edges.indptr[0] == 0
    assert edges.indptr[-1] == len(edges.indices) == len(edges)
    assert len(edges.indptr) == len(edges.sources) + 1
    assert (np.diff(edges.indptr) > 0).all()


@given(pairs)
def test_pairs_in_any_order_are_stored_sorted(some):
    edges = from_pairs(some)
    assert_well_formed(edges)
    assert as_pairs(edges) == sorted(some)


@given(pairs)
def test_the_mask_is_true_where_an_edge_is_kept(some):
    mask = from_pairs(some).mask(21, 31)
    assert mask.shape == (31, 21)
    assert mask.dtype == np.bool_
    assert {(int(c), int(r)) for r, c in np.argwhere(mask)} == set(some)


@given(pairs, st.integers(0, 5))
def test_a_mask_of_some_sources_and_of_targets_from_a_place_on(some, first):
    mask = np.zeros((21, 31), dtype=np.bool_)
    for c, r in some:
        mask[c, r] = True
    edges = Edges.from_mask(np.arange(21) * 3, mask, first)
    assert_well_formed(edges)
    assert as_pairs(edges) == sorted((3 * c, r + first) for c, r in some)


@given(pairs, st.integers(1, 4))
def test_parts_without_a_common_source_are_joined(some, count):
    parts = [from_pairs([(c, r) for c, r in some if c % count == i]) for i in range(count)]
    joined = Edges.join(parts)
    assert_well_formed(joined)
    assert as_pairs(joined) == sorted(some)


def test_targets_beyond_int32_are_kept_exactly():
    far = np.array([2**31 - 1, 2**31, 2**40], dtype=np.int64)
    edges = Edges.from_pairs(np.zeros(3, dtype=np.int64), far)
    assert edges.indices.dtype == np.int64
    assert edges.indices.tolist() == far.tolist()
    near = Edges.from_pairs(np.zeros(1, dtype=np.int64), far[:1])
    assert near.indices.dtype == np.int32
    assert Edges.join([near, Edges.from_pairs(np.array([5]), far[2:])]).indices.tolist() == [
        2**31 - 1,
        2**40,
    ]


@given(pairs, st.sampled_from([31, 300, 2**30, 2**35]))
def test_gaps_say_which_edges_are_kept(some, width):
    edges = from_pairs(some)
    gaps, far = edges.gaps(width)
    assert gaps.dtype == np.uint8
    assert len(gaps) == len(some)
    places = [-1, *sorted(c * width + r for c, r in some)]
    steps = np.diff(places)
    assert gaps.tolist() == [min(step, 255) for step in steps]
    assert far.tolist() == [step for step in steps if step >= 255]
    again = Edges.from_gaps(gaps, far, 21, width)
    assert_well_formed(again)
    assert as_pairs(again) == as_pairs(edges)
    assert again.indices.dtype == edges.indices.dtype


@pytest.mark.parametrize(
    ("gaps", "far"),
    [
        ([0], []),
        ([1, 0], []),
        ([200, 200], []),
        ([255], [1001]),
        ([255, 1], [1000]),
        ([255], [-5]),
        ([255], []),
        ([255, 255], [300]),
        ([255], [300, 300]),
        ([255] * 4, [2**62] * 4),
        ([255], [2**62 + 1]),
    ],
)
def test_gaps_that_are_no_edges_are_refused(gaps, far):
    """A layer from 10 neurons to 100, with far gaps missing, left over, or beyond it."""
    gaps, far = np.array(gaps, np.uint8), np.array(far, np.int64)
    before = 3 if (gaps < 255).all() else 10
    with pytest.raises(ValueError, match=r"gaps|shape|assign|broadcast"):
        Edges.from_gaps(gaps, far, before, 100)
