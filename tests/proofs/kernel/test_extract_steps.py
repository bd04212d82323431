"""The steps of the walk, one at a time, on combinations written by hand."""

import numpy as np
import pytest

from proofs.kernel.extract import (
    Base,
    State,
    _atoms_of,
    _distinct,
    _find,
    preactivations,
    rounded,
    split_generation,
    target_matrix,
)
from proofs.kernel.header import parse_header
from proofs.kernel.integers import SAFE, Budget, Rejected
from proofs.kernel.kept_edges import Edges
from proofs.kernel.ticket_file import Limits
from tests.proofs.kernel.big_integers import rows_of
from tests.proofs.kernel.forge import Forged, header, layer_signs

BUDGET = Budget(Limits(), 100)


def state(ids, values, limbs: int = 1) -> State:
    return State(np.array(ids), rows_of(values, limbs))


@pytest.mark.parametrize("width", [9, 1 << 26])
def test_the_distinct_neurons_and_the_place_of_each(width):
    """By a table of all neurons, or, where that would be large, by sorting."""
    ids, place = _distinct(np.array([7, 2, 2, 5]), width)
    assert ids.tolist() == [2, 5, 7]
    assert place.tolist() == [2, 0, 0, 1]
    assert ids.dtype == np.int64


def test_a_layer_is_too_wide_for_a_table():
    ids, place = _distinct(np.array([2**40, 3]), 2**45)
    assert (ids.tolist(), place.tolist()) == ([3, 2**40], [1, 0])


def test_neurons_whose_combination_is_zero_are_left_out():
    """Two atoms of one input cancel in a neuron where the signs differ."""
    signs = layer_signs(5, 1, 2, 40)
    edges = {(c, r) for c in range(2) for r in range(40)}
    text = str(Forged(header([2, 40, 1], [0], [], seed=5), [], [], []).arrays()["header"])
    pairs = sorted(edges)
    kept = Edges(np.array([0, 1]), np.array([0, 40, 80]), np.array([r for _, r in pairs]))
    twice = state([0, 1], [[1], [1]])
    found = preactivations(twice, kept, 1, parse_header(text), BUDGET)
    wanted = [r for r in range(40) if signs[0, r] == signs[1, r]]
    assert 0 < len(wanted) < 40
    assert found.ids.tolist() == wanted
    assert found.rows.dense()[:, 0].tolist() == [2 * int(signs[0, r]) for r in wanted]
    alone = preactivations(state([0], [[1]]), kept, 1, parse_header(text), BUDGET)
    assert alone.ids.tolist() == list(range(40))


@pytest.mark.parametrize("limbs", [2, 3])
def test_partners_are_found_where_the_negative_needs_a_limb_more(limbs):
    """−2^60 fits two limbs, 2^60 does not."""
    least = state([0, 1, 2], [[-(2**60)], [2**59], [-(2**59)]], limbs)
    after, base = split_generation(least, Base(np.array([0]), False))
    assert base.split[1].tolist() == [0, 2, 1]
    assert after.rows.dense().tolist() == np.eye(3, dtype=int).tolist()
    assert base.split[0].dense()[:, 0].tolist() == [-(2**60), 2**59, -(2**59)]
    both = state([0, 1], [[-(2**60)], [2**60]], 3)
    assert split_generation(both, Base(np.array([0]), False))[1].split[1].tolist() == [1, 0]


def test_a_target_is_rounded_exactly_at_any_scale():
    w = np.array([[0.75, -0.5, 0.25]])
    assert rounded(w, 1, BUDGET, "").tolist() == [[2, -1, 0]]  # half to even
    assert rounded(w, 1, BUDGET, "").dtype == np.int64
    for p, dtype in ((61, np.int64), (62, np.int64), (63, object), (200, object)):
        found = rounded(w, p, BUDGET, "")
        assert found.dtype == dtype
        assert found.tolist() == [[3 * 2**p // 4, -(2 ** (p - 1)), 2 ** (p - 2)]]
    assert rounded(np.array([[0.5]]), 63, BUDGET, "").dtype == object  # 2^62 itself
    assert rounded(np.zeros((1, 0)), 5, BUDGET, "").shape == (1, 0)
    with pytest.raises(Rejected, match="here: integers beyond the limit of 60 bits"):
        rounded(w, 61, Budget(Limits(bits=60), 1), "here")


# -- target matrices ---------------------------------------------------------------------------


def matrix(values, units, target, p=0, limbs=1):
    """V over units of these atoms, for one neuron that computes these combinations of atoms."""
    base = Base(np.array(units), True)
    one = state([4], [values], limbs)
    assert one.rows.columns == 2
    target = np.array([target], dtype=np.float64)
    return target_matrix(one, np.array([4]), base, target, p, BUDGET, "here")


def test_a_unit_that_is_zero_takes_the_target_rounded():
    found = matrix([7, 9], [1, -1, 0], [0.1, 4.6, 0.1])
    assert found.tolist() == [[9, 5, 7]]
    assert found.dtype == np.int64


def test_of_two_units_of_one_atom_the_first_takes_the_target_and_the_last_the_rest():
    assert matrix([7, 9], [0, 1, 0], [3.0, 0.0, 0.0]).tolist() == [[3, 9, 4]]


def test_a_neuron_that_reads_no_unit_is_refused():
    with pytest.raises(Rejected, match="here: reads a neuron of the unit generation"):
        matrix([7, 9], [0], [1.0])


@pytest.mark.parametrize(
    ("values", "limbs", "target", "p"),
    [
        ([2**61, 1], 1, 2.0**61, 0),  # both small, their difference too large for int64
        ([-(2**61), 1], 1, 1.75, 60),
        ([2**70, 1], 3, 1.0, 0),  # integers of Python in the walk
        ([5, 1], 1, 1.0, 70),  # and in the target
    ],
)
def test_sums_beyond_int64_are_of_python_integers(values, limbs, target, p):
    found = matrix(values, [0, 1, 0], [target, 0.0, 0.0], p, limbs)
    fill = round(target * 2**p) if p < 70 else 2**p
    assert found.tolist() == [[fill, values[1], values[0] - fill]]
    assert found.dtype == object


@pytest.mark.parametrize(
    ("fill", "held", "small"),
    [
        (1.0, SAFE // 4 - 2, True),
        (1.0, SAFE // 4 - 1, False),
        (2.0**59, 1, True),  # float64 holds neither 2^60 − 2 nor 2^60 − 1
        (2.0**60, 1, False),
    ],
)
def test_int64_is_kept_while_all_sums_are_safe(fill, held, small):
    """(largest + 1)·(units + 1) < 2^62, for three units."""
    found = matrix([held, 3], [0, 1, 0], [fill, 0.0, 0.0])
    assert (found.dtype == np.int64) == small
    assert found.tolist() == [[int(fill), 3, held - int(fill)]]


def test_the_atoms_of_units():
    held = state([3, 8], [[0, 1], [1, 0]])
    assert _atoms_of(held, np.array([8, 5, 3])).tolist() == [0, -1, 1]
    assert _atoms_of(held, np.array([5])).tolist() == [-1]
    nowhere = _find(np.array([], dtype=np.int64), np.array([1, 2]))
    assert [part.tolist() for part in nowhere] == [[0, 0], [False, False]]
