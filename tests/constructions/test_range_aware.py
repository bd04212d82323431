"""Who asks whom for a sign (G5), and the bound on what is not served."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from flint import ctx
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from constructions.range_aware import bound_G5, demands, halves
from tests.oracles import upper_end

lacking = st.tuples(st.integers(1, 6), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.bool_, shape)
)


@given(lacking)
def test_both_halves_together_ask_every_bad_input_once(bad):
    asked = np.zeros(bad.shape, dtype=int)
    for half in (0, 1):
        order, some, inputs = demands(bad, half)
        for o, who, j in zip(order, some, inputs, strict=True):
            asked[j[who], o] += 1
    assert (asked == bad).all()


@given(lacking)
def test_the_first_half_asks_the_first_bad_inputs_and_the_larger_share(bad):
    counts = bad.sum(axis=0)
    for half in (0, 1):
        order, some, inputs = demands(bad, half)
        assert all(
            np.count_nonzero(who) == halves(int(counts[o]))[half]
            for o, who in zip(order, some, strict=True)
        )
        assert set(order) == {o for o in range(bad.shape[1]) if halves(int(counts[o]))[half]}
        for o, who, j in zip(order, some, inputs, strict=True):
            every = np.flatnonzero(bad[:, o])
            share = halves(len(every))[0]
            assert j[who].tolist() == (every[share:] if half else every[:share]).tolist()


@given(lacking)
def test_those_who_ask_for_most_come_first(bad):
    counts = bad.sum(axis=0)
    for half in (0, 1):
        order, _, _ = demands(bad, half)
        assert (np.diff(counts[order]) <= 0).all()


def test_nobody_asks_if_nothing_is_lacking():
    order, asked, inputs = demands(np.zeros((3, 2), dtype=bool), 0)
    assert (len(order), asked.shape, inputs.shape) == (0, (0, 0), (0, 0))


@given(st.integers(1, 30), st.integers(2, 6), st.integers(1, 80))
def test_the_bound_is_exact_for_one_accumulator_and_few_bad_inputs(m, e, N):
    """One slot in either half: every asked sign and both doubling signs are fresh."""
    bad = Fraction(2, 4 ** (e - 1))
    found = Fraction(0)
    for b in range(m + 1):
        chance = comb(m, b) * bad**b * (1 - bad) ** (m - b)
        for h in halves(b):
            found += chance * (1 - Fraction(1, 2 ** (h + 2))) ** N if h else 0
    with ctx.workprec(400):
        above = upper_end(bound_G5(1, m, e, N)) - found
    assert 0 <= above < Fraction(1, 2**150)  # b that are hardly ever met count as failures


@pytest.mark.parametrize(("m", "e"), [(10**12, 4), (5, 1), (5, 0)])
def test_the_bound_says_nothing_where_most_inputs_are_bad_or_nothing_was_seen(m, e):
    assert float(bound_G5(3, m, e, 10)) == 6


@given(st.integers(1, 50), st.integers(1, 200), st.integers(2, 8), st.integers(1, 300))
def test_more_neurons_and_more_stages_never_hurt(n, m, e, N):
    bound = float(bound_G5(n, m, e, N))
    assert float(bound_G5(n, m, e, N + 1)) <= bound * (1 + 1e-12)
    assert float(bound_G5(n, m, e + 1, N)) <= bound * (1 + 1e-12)


def test_plans_far_out_cost_nothing():
    assert float(bound_G5(10**9, 2**60, 32, 2 * 10**9)) < 1e-9
