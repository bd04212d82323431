"""Exact chances of the good events: against brute force, rationals, and the union bounds."""

import itertools
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import construction, exact, ours
from constructions.request import Request
from proofs.claims import pool
from tests import strategies
from tests.oracles import holds

HALF, THREE_QUARTERS = Fraction(1, 2), Fraction(3, 4)


@given(st.integers(0, 30), st.integers(0, 40), st.sampled_from([HALF, THREE_QUARTERS]))
def test_a_pool_serves_its_slots_with_the_product_of_chances(n, spare, q):
    chance = 1 - pool.exact_G1(n, n + spare, q)
    assert holds(exact.served(n, n + spare, q), chance)


@pytest.mark.parametrize(("n", "q"), [(3, HALF), (2, THREE_QUARTERS), (450, THREE_QUARTERS)])
def test_far_pools_are_balls_that_hold_the_chance(n, q):
    N = n + exact._enough(q) + 1
    assert holds(exact.served(n, N, q), 1 - pool.exact_G1(n, N, q), bits=120)


def test_more_slots_than_neurons_are_never_served():
    assert exact.served(3, 2, HALF) == 0


@given(st.integers(1, 8), st.integers(1, 60))
def test_the_read_out_is_the_binomial_mixture(n, N):
    assert holds(exact.read_out(n, N), 1 - pool.exact_G2(n, N))


def outputs_found(n, N):
    """P(n outputs are found on N neurons) by all signs: A_o by the first that fits, then C."""
    found = Fraction(0)
    edges = list(itertools.product((0, 1), repeat=2 * n + 1))  # own ++ and outgoing + each; C's ++

    def chance(signs):
        quarters = [1 if one else 3 for one in (*signs[:n], signs[-1])]
        return Fraction(prod(quarters), 4 ** (n + 1) * 2**n)

    for neurons in itertools.product(edges, repeat=N):
        unused, served = set(range(N)), True
        for o in range(n):
            fit = [r for r in sorted(unused) if neurons[r][o] and neurons[r][n + o]]
            served = served and bool(fit)
            unused -= set(fit[:1])
        held = [r for r in unused if neurons[r][-1]]
        if served and all(any(not neurons[r][n + o] for r in held) for o in range(n)):
            found += prod(map(chance, neurons))
    return found


@pytest.mark.parametrize(("n", "N"), [(1, 1), (1, 2), (1, 3), (1, 4), (2, 3)])
def test_the_output_lies_in_the_ball(n, N):
    exactly, ball = outputs_found(n, N), exact.output(n, N)
    assert float(ball.lower()) <= exactly <= float(ball.upper())


def test_wide_mixtures_agree_with_the_rational_sum():
    assert holds(exact.read_out(2, 400), 1 - pool.exact_G2(2, 400))


@pytest.mark.parametrize("B", [2, 3, 4])
@pytest.mark.parametrize("edges", [1, 2])
@pytest.mark.parametrize("readers", [1, 2])
def test_blocks_against_all_sign_patterns(B, edges, readers):
    """Enumerate the edges into a block and out of it: two live, and both signs at readers."""
    live, copies, total = 0, 0, 0
    into = list(itertools.product(itertools.product((0, 1), repeat=edges), repeat=B))
    out = list(itertools.product(itertools.product((0, 1), repeat=readers), repeat=B))
    for signs in into:
        alive = [all(neuron) for neuron in signs]
        for reads in out:
            total += 1
            both = all(
                {reads[i][r] for i in range(B) if alive[i]} == {0, 1} for r in range(readers)
            )
            live += sum(alive) >= 2
            copies += sum(alive) >= 2 and both
    unfit = 1 - Fraction(1, 2**edges)
    assert holds(exact.two_live(B, unfit), Fraction(live, total))
    assert holds(exact.copies(B, unfit, readers), Fraction(copies, total))


@settings(max_examples=30)
@given(
    strategies.dims(max_dim=4, max_depth=3),
    strategies.eps("1e-3", "1"),
    strategies.delta("1e-4", "0.9"),
    st.booleans(),
    st.sampled_from(list(ours())),
)
def test_the_union_bound_is_above_the_exact_probability(dims, eps, delta, nonneg, name):
    plan = construction(name).plan(Request.of(dims, eps, delta, nonnegative=nonneg))
    failure = plan.exact_failure()
    assert 0 < failure <= plan.bound_failure
    if name == "blocks" or (name == "sign-agnostic" and nonneg):
        # wider balls: the signed split, what is subtracted at the outputs of S and S*, and G5
        assert failure.rel_accuracy_bits() > 60
