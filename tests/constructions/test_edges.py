"""Edges: one set of kept edges, three ways to make it, one order in which it is stored."""

from __future__ import annotations

import numpy as np
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
