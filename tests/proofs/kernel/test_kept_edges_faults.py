"""Kept edges of small layers, all of them, by the rules of the format written out once more."""

from itertools import pairwise, product

import numpy as np
import pytest

from proofs.kernel.header import Malformed
from proofs.kernel.kept_edges import from_gaps, from_indices, require_range

BEFORE, AFTER = 2, 3


def rises(values) -> bool:
    return all(a < b for a, b in pairwise(values))


def fault_of_indices(sources, indptr, indices) -> str:
    """What the first rule says that is broken, "" if none is."""
    if not all(0 <= c < BEFORE for c in sources):
        return "sources_7: names a neuron outside 0 to 1"
    if not rises(sources):
        return "sources_7: not strictly increasing"
    if indptr[0] != 0 or indptr[-1] != len(indices):
        return "indptr_7: does not lead from 0 to the length of indices_7"
    if not rises(indptr):
        return "indptr_7: not strictly increasing (a source has no kept edge)"
    if not all(0 <= r < AFTER for r in indices):
        return "indices_7: names a neuron outside 0 to 2"
    parts = [indices[a:b] for a, b in pairwise(indptr)]
    return "" if all(map(rises, parts)) else "indices_7: not strictly increasing within a source"


def said(run, *arrays) -> str:
    try:
        run(7, *arrays, BEFORE, AFTER)
    except Malformed as fault:
        return str(fault)
    return ""


LISTS = {
    count: [list(values) for values in product(range(-1, 4), repeat=count)] for count in range(4)
}
ARRAYS = {count: [np.array(v, dtype=np.int64) for v in LISTS[count]] for count in range(4)}


@pytest.mark.parametrize(("sources", "indices"), [(0, 0), (1, 1), (1, 2), (2, 2), (2, 1), (0, 1)])
def test_every_small_layer_by_sources_and_indices(sources, indices):
    for (a, one), (b, two), (c, three) in product(
        *(list(zip(LISTS[n], ARRAYS[n], strict=True)) for n in (sources, sources + 1, indices))
    ):
        assert said(from_indices, one, two, three) == fault_of_indices(a, b, c), (a, b, c)


def test_three_edges_of_one_source():
    for c, three in zip(LISTS[3], ARRAYS[3], strict=True):
        arrays = np.array([1]), np.array([0, 3]), three
        assert said(from_indices, *arrays) == fault_of_indices([1], [0, 3], c)


@pytest.mark.parametrize("sources", list(product(range(3), repeat=3)))
def test_sources_rise_one_by_one(sources):
    arrays = np.array(sources), np.arange(4), np.zeros(3, dtype=np.int64)
    if rises(sources):
        assert from_indices(7, *arrays, 3, 1).sources.tolist() == [0, 1, 2]
    else:
        with pytest.raises(Malformed, match="sources_7: not strictly increasing"):
            from_indices(7, *arrays, 3, 1)


def test_what_holds_is_returned_as_it_is():
    given = np.array([0, 1]), np.array([0, 2, 3]), np.array([0, 2, 1])
    edges = from_indices(7, *given, BEFORE, AFTER)
    assert [a.tolist() for a in (edges.sources, edges.indptr, edges.indices)] == [
        a.tolist() for a in given
    ]


def test_a_range_has_two_ends():
    require_range("x", np.array([0, 4]), 5)
    for values in ([-1, 2], [2, 5], [5, 2], [2, -1]):
        with pytest.raises(Malformed, match="x: names a neuron outside 0 to 4"):
            require_range("x", np.array(values), 5)


@pytest.mark.parametrize(
    ("gaps", "far", "places"),
    [
        ([1, 2, 3], [], [0, 2, 5]),
        ([254], [], [253]),
        ([255], [255], [254]),
        ([255, 1], [599], [598, 599]),
        ([255], [600], [599]),
        ([255, 255], [255, 300], [254, 554]),
        ([], [], []),
    ],
)
def test_gaps_are_steps_from_the_place_before_the_first(gaps, far, places):
    edges = from_gaps(7, np.array(gaps, np.uint8), np.array(far, np.int64), 2, 300)
    sources = np.repeat(edges.sources, np.diff(edges.indptr))
    assert (sources * 300 + edges.indices).tolist() == places
    assert edges.sources.tolist() == sorted({place // 300 for place in places})


@pytest.mark.parametrize(
    ("gaps", "far", "fault"),
    [
        ([255], [], "far_7: 0 entries, but gaps_7 has 1 that say 255"),
        ([254], [255], "far_7: 1 entries, but gaps_7 has 0 that say 255"),
        ([1, 0], [], "gaps_7: has a gap of 0"),
        ([255, 255], [254, 255], "far_7: has a gap outside 255 to 600"),
        ([255, 255], [255, 254], "far_7: has a gap outside 255 to 600"),
        ([255, 255], [601, 255], "far_7: has a gap outside 255 to 600"),
        ([255, 255], [255, 601], "far_7: has a gap outside 255 to 600"),
        ([255, 1], [600], "gaps_7: leads beyond the last of 600 edges"),
    ],
)
def test_faults_of_gaps(gaps, far, fault):
    with pytest.raises(Malformed) as refused:
        from_gaps(7, np.array(gaps, np.uint8), np.array(far, np.int64), 2, 300)
    assert str(refused.value) == fault
