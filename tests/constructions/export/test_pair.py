"""Pairs: the certified answer holds, the other has an exact witness, and the files say so."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import Ball, Box, InputError, TargetNetwork
from constructions.export import pair as pairs
from constructions.export.pair import above, box_of, exact_target, pair_of, vnnlib_of
from proofs.kernel import check
from tests.tickets import compute_chain, found, tickets


def bound_of(ticket, tmp_path):
    ticket.save(tmp_path / "t.npz")
    return check(tmp_path / "t.npz").bound


@given(st.floats(1e-300, 1e300))
def test_a_threshold_is_just_above_its_bound(bound):
    threshold = Fraction(above(bound))
    assert Fraction(bound) < threshold <= Fraction(bound) * Fraction(102, 100)
    assert len(above(bound).as_tuple().digits) <= 4


@given(st.decimals("1e-6", "1e6", places=8), st.integers(1, 50), st.booleans())
def test_the_cube_lies_in_the_ball_and_nearly_touches_it(radius, features, nonnegative):
    ball = Ball(radius, nonnegative)
    target = TargetNetwork.from_layers([np.ones((1, features))], domain=ball)
    low, high = box_of(target)
    largest = sum(max(Fraction(a) ** 2, Fraction(b) ** 2) for a, b in zip(low, high, strict=True))
    assert ball.radius_squared() * Fraction(999, 1000) <= largest <= ball.radius_squared()
    assert (low[0] == 0) == nonnegative


def test_both_answers_are_true(tmp_path):
    found_pairs = 0

    @given(tickets("0.05"))
    @settings(max_examples=20)
    def run(ticket):
        nonlocal found_pairs
        try:
            pair = pair_of(ticket, bound_of(ticket, tmp_path))
        except InputError:  # a target of zeros, or a domain that is a point
            return
        found_pairs += 1
        holds(ticket.target, pair)

    run()
    assert found_pairs >= 8


def holds(target, pair):
    """Both answers, in rationals: one where we look, the other at its witness."""
    rng = np.random.default_rng(2)
    low, high = (np.array([float(v) for v in side]) for side in (pair.low, pair.high))
    for x in rng.uniform(low, high, (5, len(low))):
        ours_, theirs = (
            compute_chain(pair.target, x.tolist()),
            compute_chain(pair.ticket, x.tolist()),
        )
        assert max(abs(a - b) for a, b in zip(ours_, theirs, strict=True)) < pair.threshold
    x = pair.witness.tolist()
    inside = zip(pair.low, x, pair.high, strict=True)
    assert all(Fraction(a) <= Fraction(v) <= Fraction(b) for a, v, b in inside)
    ours_, theirs = compute_chain(pair.target, x), compute_chain(pair.cut, x)
    assert [a - b for a, b in zip(ours_, theirs, strict=True)] == list(pair.difference)
    assert max(map(abs, pair.difference)) >= pair.threshold
    assert exact_target(target, pair.witness) == ours_


def test_the_cut_ticket_lacks_one_edge(tmp_path):
    ticket = found(TargetNetwork.from_layers([[[0.3, -0.7]]]))
    for (t, source, target), cut in list(pairs._cuts(ticket))[:20]:
        before, after = (
            set(zip(e.source_of_edges().tolist(), e.indices.tolist(), strict=True))
            for e in (ticket.edges[t - 1], cut.edges[t - 1])
        )
        assert before - after == {(source, target)}
        assert after < before
        others = [k for k in range(ticket.depth) if k != t - 1]
        assert all(cut.edges[k] is ticket.edges[k] for k in others)


def test_the_property_is_the_negation(tmp_path):
    """Every input in the box, and an output at the threshold or beyond."""
    domain = Box(("-1", "0"), ("0.5", "1e-3"))
    ticket = found(TargetNetwork.from_layers([[[0.3, -0.7], [0.2, 0.9]]], domain=domain))
    pair = pair_of(ticket, bound_of(ticket, tmp_path))
    text = vnnlib_of(pair, "a remark\nof two lines")
    assert text.startswith("; a remark\n; of two lines\n")
    bounds = re.findall(r"\(assert \(([<>]=) (X_\d) ([^\s)]+)\)\)", text)
    assert bounds == [
        (">=", "X_0", "-1"), ("<=", "X_0", "0.5"), (">=", "X_1", "0"), ("<=", "X_1", "0.001"),
    ]  # fmt: skip
    reached = re.findall(r"\(and \(([<>]=) (Y_\d) ([^\s)]+)\)\)", text)
    t = pair.threshold
    assert [(op, y, Decimal(v)) for op, y, v in reached] == [
        (">=", "Y_0", t), (">=", "Y_1", t), ("<=", "Y_0", -t), ("<=", "Y_1", -t),
    ]  # fmt: skip
    assert text.count("(") == text.count(")")


def test_a_bound_that_no_edge_can_reach_is_refused():
    ticket = found(TargetNetwork.from_layers([[[0.3, -0.7]]]))
    with pytest.raises(InputError, match=r"none of \d+ kept edges changes an output by 1.01E\+6"):
        pair_of(ticket, 1e6 + 0.4)
