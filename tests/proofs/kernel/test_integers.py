"""Exact sparse integers against Python's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from proofs.kernel.integers import Budget, Rejected, Rows, identity, with_limbs
from proofs.kernel.ticket_file import Limits
from tests.proofs.kernel.big_integers import python, rows_of

BUDGET = Budget(Limits(bits=4096), 1 << 20)


def matrices(rows, columns, bits):
    entry = st.one_of(
        st.integers(-1, 1),
        st.integers(-(2**bits), 2**bits),
        st.integers(0, bits).map(lambda k: 2**k),
        st.integers(0, bits).map(lambda k: -(2**k)),
    )
    return st.lists(
        st.lists(entry, min_size=columns, max_size=columns), min_size=rows, max_size=rows
    )


big = st.integers(1, 4).flatmap(
    lambda n: st.integers(1, 4).flatmap(
        lambda m: st.sampled_from([3, 61, 62, 63, 64, 90, 200]).flatmap(lambda b: matrices(n, m, b))
    )
)


@given(big)
def test_round_trip_and_canonical(values):
    rows = rows_of(values)
    assert python(rows) == values
    assert not (rows.matrix.data == 0).any()
    if rows.limbs > 1:
        top = rows.matrix.indices % rows.limbs == rows.limbs - 1
        assert (rows.matrix.data[~top] >= 0).all()
        assert (rows.matrix.data < 2**30).all()
        assert (rows.matrix.data >= -(2**30)).all()
    for limbs in (2, 3, 5, 12):
        assert python(with_limbs(rows, limbs)) == values


@given(big)
def test_negated_and_signs(values):
    rows = rows_of(values)
    assert python(rows.negated()) == [[-v for v in row] for row in values]
    positive, negative = rows.signs()
    assert positive.tolist() == [any(v > 0 for v in row) for row in values]
    assert negative.tolist() == [any(v < 0 for v in row) for row in values]


@given(big, st.data())
def test_keys_tell_rows_apart(values, data):
    rows = rows_of([*values, data.draw(st.sampled_from(values))])
    keys = list(rows.keys())
    found = python(rows)
    for a, key in enumerate(keys):
        for b, other in enumerate(keys):
            assert (key == other) == (found[a] == found[b])


@given(big, st.data())
def test_product_with_signs(values, data):
    rows = rows_of(values)
    signs = data.draw(matrices(data.draw(st.integers(1, 5)), len(values), 0))
    left = csr_array(np.array(signs, dtype=np.int64))
    expected = np.array(signs, dtype=object) @ np.array(values, dtype=object)
    assert python(BUDGET.times(left, rows, "here")) == expected.tolist()


@given(big, st.data())
def test_product_of_big_integers(values, data):
    bits = data.draw(st.sampled_from([1, 31, 61, 62, 100, 170]))
    left = data.draw(matrices(data.draw(st.integers(1, 4)), len(values), bits))
    expected = np.array(left, dtype=object) @ np.array(values, dtype=object)
    assert python(BUDGET.compose(rows_of(left), rows_of(values), "here")) == expected.tolist()


def test_a_walk_of_doublings_never_wraps():
    """2^64 is 0 in int64: the product must become wide before that, and stay exact."""
    rows = identity(1)
    double = csr_array(np.array([[1, 1]]))
    for k in range(1, 300):
        twice = csr_array(np.array([[1], [1]])) @ rows.matrix
        rows = BUDGET.times(double, Rows(csr_array(twice), 1, rows.limbs), "here")
        assert python(rows) == [[2**k]]
        assert rows.signs()[0].tolist() == [True]


def test_minus_one_borrows_through_all_limbs():
    """−1 needs a borrow through all limbs."""
    for limbs in range(2, 9):
        assert python(with_limbs(rows_of([[-1, 1, 0]]), limbs)) == [[-1, 1, 0]]


def test_limits_are_refusals():
    with pytest.raises(Rejected, match=r"layer 3: .*bits"):
        Budget(Limits(bits=60), 1).times(
            csr_array(np.array([[1, 1]])), rows_of([[2**61], [2**61]]), "layer 3"
        )
    dense = rows_of([[1] * 10] * 10)
    left = csr_array(np.ones((10, 10), dtype=np.int64))
    with pytest.raises(Rejected, match="combinations"):
        Budget(Limits(free_state=99, state=1), 1).times(left, dense, "here")
    with pytest.raises(Rejected, match="multiplications"):
        Budget(Limits(work=999), 1).times(left, dense, "here")
    Budget(Limits(work=1000, free_state=100, state=1), 1).times(left, dense, "here")
