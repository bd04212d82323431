"""What the exact integers promise one by one: canonical limbs, and no more of them than needed."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from proofs.kernel import integers
from proofs.kernel.integers import Budget, Rejected, Rows, _tidy, identity, normal, with_limbs
from proofs.kernel.ticket_file import Limits
from tests.proofs.kernel.big_integers import python, rows_of

TOP = 2**30  # of a limb


def limbs_of(values, limbs: int) -> Rows:
    """One row, given limb by limb for every column."""
    return Rows(csr_array(np.array([np.ravel(values)], dtype=np.int64)), len(values), limbs)


def test_the_constants_of_the_proof():
    assert integers.LIMB == 30
    assert integers.SAFE == 2**62


@pytest.mark.parametrize(
    ("values", "largest"), [([3, -7], 7), ([5, -2], 5), ([-2, -3], 3), ([4, 9], 9), ([0, 0], 0)]
)
def test_the_largest_absolute_value(values, largest):
    assert limbs_of([[v] for v in values], 1).largest() == largest


def test_the_largest_of_every_row_is_0_where_nothing_is_stored():
    rows = Rows(csr_array(np.array([[0, 0], [3, -7], [0, 2]])), 2)
    assert rows.row_largest().tolist() == [0.0, 7.0, 2.0]
    assert Rows(csr_array((2, 3), dtype=np.int64), 3).row_largest().tolist() == [0.0, 0.0]


def test_the_sign_of_an_integer_is_that_of_its_top_limb():
    """−5 is 2^30 − 5 and −1: one entry, and negative."""
    rows = limbs_of([[TOP - 5, -1], [0, 0]], 2)
    assert python(rows) == [[-5, 0]]
    assert [part.tolist() for part in rows.signs()] == [[False], [True]]
    both = limbs_of([[TOP - 5, -1], [0, 1]], 2)
    assert [part.tolist() for part in both.signs()] == [[True], [True]]


def test_keys_do_not_depend_on_the_order_of_storage():
    sorted_rows = csr_array(np.array([[7, 0, 8]]))
    unsorted = csr_array(([8, 7], [2, 0], [0, 2]), shape=(1, 3))
    assert not unsorted.has_sorted_indices
    assert list(Rows(unsorted, 3).keys()) == list(Rows(sorted_rows, 3).keys())
    held = Rows(csr_array(np.array([[7, 0, 8], [0, 1, 0]])), 3)
    assert list(map(len, held.keys())) == [32, 16]


@pytest.mark.parametrize("limbs", [1, 2, 3])
def test_columns_move_meet_and_go_limb_by_limb(limbs):
    values = np.arange(1, 4 * limbs + 1).reshape(4, limbs)
    mapped = limbs_of(values, limbs).map_columns(np.array([2, -1, 0, 2]), 5)
    wanted = np.zeros((5, limbs), dtype=np.int64)
    wanted[2], wanted[0] = values[0] + values[3], values[2]
    assert mapped.matrix.toarray().reshape(5, limbs).tolist() == wanted.tolist()
    assert (mapped.columns, mapped.limbs) == (5, limbs)


def test_columns_that_cancel_are_not_stored():
    assert limbs_of([[3], [-3]], 1).map_columns(np.array([0, 0]), 1).counts().tolist() == [0]


def test_dense_is_int64_for_one_limb_and_python_integers_for_more():
    one, two = limbs_of([[2**61], [-4]], 1).dense(), limbs_of([[1, 2**29]], 2).dense()
    assert (one.dtype, one.tolist()) == (np.int64, [[2**61, -4]])
    assert (two.dtype, two.tolist()) == (object, [[2**59 + 1]])


def test_unit_vectors():
    assert identity(3).dense().tolist() == np.eye(3, dtype=int).tolist()
    assert identity(0).dense().shape == (0, 0)


def test_what_is_stored_twice_is_added_and_zeros_go():
    data, place, starts = np.array([2, 3, -3, 5]), np.array([1, 0, 0, 1]), np.array([0, 4])
    tidy = _tidy((data, place, starts), (1, 2))
    assert (tidy.data.tolist(), tidy.indices.tolist()) == ([7], [1])


# -- limbs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ([5, 0], [5, 0]),
        ([5, TOP - 1], [5, TOP - 1]),  # the top limb at its ends stays
        ([5, -TOP], [5, -TOP]),
        ([5, TOP], [5, 0, 1]),  # and beyond them there is one limb more
        ([5, -TOP - 1], [5, TOP - 1, -2]),
        ([5, 2 * TOP], [5, 0, 2]),
        ([5, -2 * TOP], [5, 0, -2]),
        ([TOP, 3], [0, 4]),  # carries
        ([-1, 0], [TOP - 1, -1]),  # borrows
        ([-1, 0, 0], [TOP - 1, TOP - 1, -1]),
        ([TOP * TOP - 1, TOP - 1], [TOP - 1, TOP - 2, 1]),
    ],
)
def test_limbs_are_brought_into_their_ranges(given, canonical):
    rows = normal(limbs_of([given], len(given)))
    assert rows.limbs == len(canonical)
    assert rows.matrix.toarray()[0].tolist() == canonical
    assert not (rows.matrix.data == 0).any()


def test_one_limb_stays_as_it_is():
    rows = limbs_of([[2**61], [-(2**61)]], 1)
    assert normal(rows).limbs == 1
    assert python(normal(rows)) == [[2**61, -(2**61)]]


def test_more_limbs_say_the_same_and_fewer_are_not_made():
    rows = limbs_of([[2**61], [-1]], 1)
    wide = with_limbs(rows, 3)
    assert (wide.limbs, python(wide)) == (3, [[2**61, -1]])
    assert with_limbs(wide, 2) is wide
    assert python(with_limbs(rows_of([[-5, 7]]), 3)) == [[-5, 7]]
    assert wide.matrix.toarray()[0].tolist() == [0, 0, 2, TOP - 1, TOP - 1, -1]


# -- budgets -----------------------------------------------------------------------------------


def ones(n: int, m: int) -> csr_array:
    return csr_array(np.ones((n, m), dtype=np.int64))


def test_magnitudes_are_below_the_bits_rounded_up_to_limbs():
    Budget(Limits(bits=60), 1).magnitude(2.0**60 * (1 - 2.0**-53), "here")
    for bits in (59, 60):
        with pytest.raises(Rejected, match="here: integers beyond the limit of 60 bits"):
            Budget(Limits(bits=bits), 1).magnitude(2.0**60, "here")
    with pytest.raises(Rejected, match="the limit of 90 bits"):
        Budget(Limits(bits=61), 1).magnitude(2.0**90, "here")
    Budget(Limits(bits=3000), 1).magnitude(2.0**1022, "here")
    with pytest.raises(Rejected, match="the limit of 3000 bits"):
        Budget(Limits(bits=3000), 1).magnitude(2.0**1023, "here")


@pytest.mark.parametrize(
    ("limits", "entries", "kept", "allowed"),
    [
        (Limits(free_state=100, state=1, per_edge=1), 1, 0, 100),
        (Limits(free_state=1, state=10, per_edge=1000), 10, 10, 100),  # entries of the target
        (Limits(free_state=1, state=1000, per_edge=10), 10, 10, 100),  # or kept edges: the less
    ],
)
def test_a_state_has_as_many_integers_as_the_limits_say(limits, entries, kept, allowed):
    assert allowed == 100
    Budget(limits, entries, kept).product(ones(10, 10), ones(10, 10), "here")
    with pytest.raises(Rejected, match="here: its combinations need more than 100 integers"):
        Budget(limits, entries, kept).product(ones(11, 10), ones(10, 10), "here")


def test_without_kept_edges_and_bytes_the_free_limits_hold():
    least = Limits(free_state=1, state=1000, per_edge=1000, work=3, per_byte=1000)
    Budget(least, 10).product(ones(1, 1), ones(1, 1), "here")
    with pytest.raises(Rejected, match="more than 1 integers"):
        Budget(least, 10).product(ones(2, 1), ones(1, 1), "here")
    with pytest.raises(Rejected, match="more multiplications"):
        Budget(least, 10).product(ones(1, 4), ones(4, 1), "here")


@pytest.mark.parametrize(
    ("limits", "size"),
    [(Limits(work=1000, per_byte=1), 5), (Limits(work=5, per_byte=10), 100)],
)
def test_a_walk_has_as_many_multiplications_as_the_limits_say(limits, size):
    budget = Budget(limits, 1, size=size)
    budget.product(ones(10, 5), ones(5, 10), "here")
    budget.product(ones(10, 5), ones(5, 10), "here")
    with pytest.raises(Rejected, match="here: the walk needs more multiplications"):
        budget.product(ones(1, 1), ones(1, 1), "here")


def test_the_size_of_a_product_is_bounded_by_its_columns_too():
    """Ten sources with one integer each, all in one column."""
    right = csr_array(np.ones((10, 1), dtype=np.int64))
    Budget(Limits(free_state=1, state=1), 1).product(ones(1, 10), right, "here")


def test_a_product_stores_no_zeros():
    left, right = csr_array(np.array([[1, -1]])), ones(2, 1)
    assert Budget(Limits(), 1).product(left, right, "here").nnz == 0


# -- products ----------------------------------------------------------------------------------

BUDGET = Budget(Limits(bits=4096), 1 << 20)


@pytest.mark.parametrize(
    ("weights", "values", "limbs"),
    [
        ([1, 1], [2**60, 2**60 - 1], 1),  # 2·2^60 < 2^62
        ([1, -1, 1], [2**60, 2**60, 2**60 - 1], 1),  # 3·2^60 < 2^62
        ([1, 0, 0, 0], [2**61 - 1, 0, 0, 0], 1),
        ([1, 1], [2**61, 2**61 - 1], 3),  # 2·2^61 = 2^62, and so is the sum itself
        ([1, 1, 1, 1], [2**60] * 4, 3),  # no entry is large, their sum is
    ],
)
def test_integers_become_wide_only_where_a_sum_could_leave_int64(weights, values, limbs):
    rows = Rows(csr_array(np.array([[v] for v in values])), 1)
    found = BUDGET.times(csr_array(np.array([weights])), rows, "here")
    assert found.limbs == limbs
    assert python(found) == [[sum(a * b for a, b in zip(weights, values, strict=True))]]


def test_rows_of_different_sizes_are_not_judged_by_the_longest_and_the_largest():
    """The longest row times the largest entry is 4·2^60; no sum is half of 2^62."""
    left = csr_array(np.array([[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]]))
    rows = Rows(csr_array(np.array([[2**60], [1], [1], [1], [1]])), 1)
    assert BUDGET.times(left, rows, "here").limbs == 1
    rows = Rows(csr_array(np.array([[2**61 - 2**52], [1], [1], [1], [1]])), 1)
    assert BUDGET.times(left, rows, "here").limbs == 1
    rows = Rows(csr_array(np.array([[2**61], [1], [1], [1], [1]])), 1)
    assert BUDGET.times(left, rows, "here").limbs == 3  # half of 2^62 is not below it


def test_weights_beyond_31_bits_are_refused_for_wide_integers():
    one = Rows(csr_array(np.array([[1]])), 1)
    large = csr_array(np.array([[2**31]], dtype=np.int64))
    assert python(BUDGET.times(large, one, "here")) == [[2**31]]  # one limb is exact
    wide = with_limbs(Rows(csr_array(np.array([[1]])), 1), 2)
    most = csr_array(np.array([[2**31 - 1]], dtype=np.int64))
    assert python(BUDGET.times(most, wide, "here")) == [[2**31 - 1]]
    with pytest.raises(Rejected, match="here: a neuron reads more weights"):
        BUDGET.times(csr_array(np.array([[2**31]], dtype=np.int64)), wide, "here")


def test_products_beyond_the_limit_of_bits_are_refused():
    wide = with_limbs(Rows(csr_array(np.array([[2**59]])), 1), 2)
    assert python(Budget(Limits(bits=60), 1).times(ones(1, 1), wide, "here")) == [[2**59]]
    with pytest.raises(Rejected, match="here: integers beyond the limit of 60 bits"):
        Budget(Limits(bits=60), 1).times(csr_array(np.array([[2]])), wide, "here")


@pytest.mark.parametrize("left", [[2**29], [2**30 - 1], [2**30], [2**61], [-(2**61)], [-1, 2**61]])
def test_a_composition_of_large_integers(left):
    """Small ones are a product at once; others go digit by digit, the first one signed."""
    right = Rows(csr_array(np.array([[3], [2**40]][: len(left)])), 1)
    wanted = sum(a * b for a, b in zip(left, (3, 2**40), strict=False))
    made = BUDGET.compose(Rows(csr_array(np.array([left])), len(left)), right, "here")
    assert python(made) == [[wanted]]


def test_a_composition_of_integers_with_more_limbs_than_they_need():
    right = Rows(csr_array(np.array([[3], [5]])), 1)
    for left, wanted in (([7, -1], 16), ([7, 1], 26)):
        wide = with_limbs(Rows(csr_array(np.array([left])), 2), 2)
        assert python(BUDGET.compose(wide, right, "here")) == [[wanted]]


def test_small_compositions_are_one_product(monkeypatch):
    """Largest entry times entries of the row below 2^30."""
    calls = []
    honest = Budget.times
    monkeypatch.setattr(Budget, "times", lambda *given: calls.append(1) or honest(*given))
    right = Rows(csr_array(np.array([[3], [5]])), 1)
    for given in (right, with_limbs(right, 3)):
        for left, products in (([2**29 - 1, 1], 1), ([2**29, 1], 9)):
            calls.clear()
            BUDGET.compose(Rows(csr_array(np.array([left])), 2), given, "here")
            assert len(calls) == products


def test_compositions_of_nothing():
    none = Rows(csr_array((0, 2), dtype=np.int64), 2)
    some = Rows(csr_array(np.array([[1, 2, 3], [4, 5, 6]])), 3)
    assert BUDGET.compose(none, some, "here").dense().shape == (0, 3)
    empty = Rows(csr_array((2, 0), dtype=np.int64), 0)
    assert BUDGET.compose(empty, Rows(csr_array((0, 3), dtype=np.int64), 3), "x").columns == 3
