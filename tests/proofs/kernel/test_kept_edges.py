"""Kept edges by gaps: every edge that is stated, no other, and every fault with its array."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.kernel import check
from proofs.kernel.header import Malformed
from proofs.kernel.kept_edges import from_gaps, from_indices
from tests.adversarial.edits import arrays_of, edges_of
from tests.proofs.kernel.forge import save_arrays


@pytest.fixture(scope="module")
def compact(arrays):
    """The arrays as version 3 states them."""
    head = json.loads(str(arrays["header"]))
    result = {n: a for n, a in arrays.items() if n.startswith(("target_", "units_"))}
    for t, width in enumerate(head["widths"][1:], 1):
        result |= arrays_of(edges_of(arrays, t, width), t, width, compact=True)
    return result | {"header": np.array(json.dumps(head | {"version": 3}))}


def test_both_forms_of_the_edges_are_the_same_ticket(arrays, compact, tmp_path):
    one = check(save_arrays(arrays, tmp_path / "one.npz"))
    other = check(save_arrays(compact, tmp_path / "other.npz", compressed=True))
    assert one.accepted
    assert (one.bound, one.kept_weights) == (other.bound, other.kept_weights)
    narrow = {n: a.astype("<i4") if n.startswith("far_") else a for n, a in compact.items()}
    assert check(save_arrays(narrow, tmp_path / "other.npz")).accepted


GAP_FAULTS = [
    ("gaps_3", lambda a: None, "gaps_3: missing"),
    ("far_3", lambda a: None, "far_3: missing"),
    ("gaps_3", lambda a: a.astype(np.int8), "gaps_3: type |i1, expected |u1"),
    ("gaps_3", lambda a: a.astype(np.int64), "gaps_3: type <i8, expected |u1"),
    ("gaps_3", lambda a: a[None], "gaps_3: shape"),
    ("gaps_3", lambda a: a * 0, "far_3: "),
    ("gaps_3", lambda a: np.append(a, a[:1] * 0), "gaps_3: has a gap of 0"),
    ("gaps_3", lambda a: np.append(a, a[a == 255][:1]), "far_3: "),
    ("gaps_3", lambda a: np.append(a, np.full(10**5, 254, "u1")), "gaps_3: leads beyond"),
    ("gaps_3", lambda a: a[:0], "far_3: "),
    ("far_3", lambda a: a[:-1], "far_3: "),
    ("far_3", lambda a: np.append(a, 300), "far_3: "),
    ("far_3", lambda a: a.astype(np.uint64), "far_3: type <u8"),
    ("far_3", lambda a: a.astype(float), "far_3: type <f8"),
    ("far_3", lambda a: a * 0, "far_3: has a gap outside 255"),
    ("far_3", lambda a: a * 0 + 254, "far_3: has a gap outside 255"),
    ("far_3", lambda a: -a, "far_3: has a gap outside 255"),
    ("far_3", lambda a: a + 2**62, "far_3: has a gap outside 255"),
    ("far_3", lambda a: a * 0 + 10**4, "gaps_3: leads beyond"),
    ("sources_2", lambda a: np.zeros(0, np.int64), "sources_2: unexpected array"),
    ("far_99", lambda a: np.zeros(0, np.int64), "far_99: unexpected array"),
]


@pytest.mark.parametrize(("name", "change", "reason"), GAP_FAULTS)
def test_a_fault_in_gaps_is_malformed_and_named(compact, verdict, arrays, name, change, reason):
    without = {n: None for n in arrays if n not in compact}
    changed = change(compact.get(name))
    assert verdict({**without, **compact, name: changed}).startswith(reason)


EDGES = st.integers(1, 40).flatmap(
    lambda before: st.integers(1, 400).flatmap(
        lambda after: st.tuples(
            st.just(before),
            st.just(after),
            st.sets(st.tuples(st.integers(0, before - 1), st.integers(0, after - 1))),
        )
    )
)


@given(EDGES)
def test_gaps_say_which_edges_are_kept(layer):
    before, after, kept = layer
    stated = arrays_of(kept, 1, after, compact=True)
    edges = from_gaps(1, stated["gaps_1"], stated["far_1"], before, after)
    again = from_indices(1, edges.sources, edges.indptr, edges.indices, before, after)
    sources = np.repeat(again.sources, np.diff(again.indptr)).tolist()
    assert list(zip(sources, again.indices.tolist(), strict=True)) == sorted(kept)


@pytest.mark.parametrize("steps", [[2**62 - 1] * 4, [2**61] * 9, [2**62 - 2, 300, 2**62 - 2]])
def test_gaps_that_would_wrap_are_seen(steps):
    """Modulo 2^64 the last place is within the layer again."""
    before, after = 2**31, 2**31 - 1
    steps = [min(step, before * after) for step in steps]
    gaps, far = np.full(len(steps), 255, np.uint8), np.array(steps)
    with pytest.raises(Malformed, match="gaps_1: leads beyond the last"):
        from_gaps(1, gaps, far, before, after)


def test_gaps_reach_the_last_edge_of_the_largest_layer_and_not_the_next():
    before, after = 2**31, 2**31 - 1
    gaps = np.array([255, 255, 1], np.uint8)
    far = np.array([2**61, before * after - 2**61 - 1])
    edges = from_gaps(1, gaps, far, before, after)
    assert edges.sources[-1] == before - 1
    assert edges.indices[-1] == after - 1
    with pytest.raises(Malformed, match="gaps_1: leads beyond the last"):
        from_gaps(1, gaps + np.array([0, 0, 1], np.uint8), far, before, after)


def test_a_layer_too_large_for_gaps_is_malformed(compact, verdict, arrays):
    head = json.loads(str(compact["header"]))
    head["widths"][1:3] = [2**31, 2**31]
    without = {n: None for n in arrays if n not in compact}
    reason = verdict({**without, **compact, "header": np.array(json.dumps(head))})
    assert reason == "header: widths: 2^62 edges or more in one layer"


def test_a_kept_edge_counts_as_four_bytes(compact, tmp_path):
    """Gaps deflate a thousandfold: ten million edges fit a file of 10 kB."""
    gaps, far = np.ones(10**7, np.uint8), np.zeros(0, np.int64)
    head = json.loads(str(compact["header"]))
    head["widths"][1:3] = [10**4, 10**4]
    changed = {**compact, "header": np.array(json.dumps(head)), "gaps_2": gaps, "far_2": far}
    path = save_arrays(changed, tmp_path / "t.npz", compressed=True)
    assert check(path).verdict == "malformed"
    (reason,) = check(path).reasons
    assert "beyond the limit free_bytes" in reason
    assert path.stat().st_size < 40_000
