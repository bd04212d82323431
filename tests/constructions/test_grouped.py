"""Construction S*: groups of k neurons in base −2, against loops over small cases (S*1–S*4).

In the names of tests, Sstar stands for S*.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import NoTicket, TargetNetwork, exact, grouped
from constructions.grouped_plan import plan_of_groups, range_failure
from constructions.input_groups import bound_H4, over_wires, read_by_wires
from constructions.numbers import ball
from constructions.pool import at_most, bound_G4
from constructions.quantize import Precision, quantize
from constructions.request import Request
from tests import strategies
from tests.oracles import holds
from tests.tickets import certify

groups = st.integers(4, 7)


# S*1: the recursion of a group


@given(st.data(), st.integers(2, 7), st.integers(1, 12))
def test_Sstar_differences_double_and_change_sign(data, k, K):
    """(J − 2I)a + d: after K stages the differences are those of Σ_t (−2)^{K−t} d_i(t)."""
    start = data.draw(st.integers(0, 9))
    digits = data.draw(
        st.lists(st.lists(st.integers(-1, 1), min_size=k, max_size=k), min_size=K, max_size=K)
    )
    a = [start + d for d in digits[0]]
    for d in digits[1:]:
        a = [sum(a) - 2 * own + more for own, more in zip(a, d, strict=True)]
    x = [sum((-2) ** (K - 1 - t) * digits[t][i] for t in range(K)) for i in range(k)]
    assert [v - a[-1] for v in a] == [v - x[-1] for v in x]


# S*2: the range, exactly


@pytest.mark.parametrize(("k", "K"), [(3, 3), (3, 4), (3, 5), (4, 3), (4, 4)])
@pytest.mark.parametrize("p", [0, 1, 2])
def test_Sstar_range_by_counting_all_signs(k, p, K):
    M, V = 2**K, 2**p
    failures = 0
    for N in itertools.product(range(M), repeat=k):
        worst = max(
            max(n + v for n, v in zip(N, signs, strict=True))
            - min(n + v for n, v in zip(N, signs, strict=True))
            for signs in itertools.product(*[(-V, V)] * (k - 1), (0,))
        )
        failures += worst > M - 1  # no R puts all V_i + R into the intervals
    assert exact.group_range_failure(k, p, K) == Fraction(failures, M**k)
    assert range_failure(k, p, K - p - 1) >= ball(Fraction(failures, M**k)) * (1 - 2.0**-90)


@given(groups, st.integers(0, 20), st.integers(0, 30))
def test_Sstar_range_bound_is_above_the_exact_chance_and_near_it(k, p, e):
    exactly, bound = ball(exact.group_range_failure(k, p, p + 1 + e)), range_failure(k, p, e)
    assert exactly * (1 - 2.0**-90) <= bound
    assert e < 6 or bound <= exactly * 1.5


# S*3: nothing negative, and three is the least offset


def coefficients(k, start, digits):
    """All values a member takes on the way, input by input: one input is enough."""
    a = [start + d for d in digits[0]]
    yield from a
    for d in digits[1:]:
        a = [sum(a) - 2 * own + more for own, more in zip(a, d, strict=True)]
        yield from a


def digits_of(V, signs):
    """The digits of V in base −2 with these signs, most significant first; None out of range."""
    K = len(signs)
    own = [s * (-1) ** (K - 1 - t) for t, s in enumerate(signs)]
    shifted = V + sum(2 ** (K - 1 - t) for t, s in enumerate(own) if s < 0)
    if not 0 <= shifted < 2**K:
        return None
    bits = [shifted >> (K - 1 - t) & 1 for t in range(K)]
    return [s * (b if o > 0 else 1 - b) for s, o, b in zip(signs, own, bits, strict=True)]


def values(k, V, R, signs, start):
    """What the members hold for one input, the last being the reference; None out of range."""
    digits = [digits_of(v + R, s) for v, s in zip((*V, 0), signs, strict=True)]
    if None in digits:
        return None
    return list(coefficients(k, start, list(zip(*digits, strict=True))))


@given(st.data(), groups, st.integers(0, 4), st.integers(1, 4))
@settings(max_examples=300)
def test_Sstar_no_coefficient_is_negative(data, k, p, e):
    """For both ends of the R that fit, where there are any."""
    K = p + 1 + e
    sign = st.lists(st.sampled_from([-1, 1]), min_size=K, max_size=K)
    signs = data.draw(st.lists(sign, min_size=k, max_size=k))
    V = data.draw(st.lists(st.integers(-(2**p), 2**p), min_size=k - 1, max_size=k - 1))
    ends = [
        R
        for R in range(-(2 ** (K + 1)), 2 ** (K + 1))
        if all(digits_of(v + R, s) is not None for v, s in zip((*V, 0), signs, strict=True))
    ]
    for R in ends[:1] + ends[-1:]:
        assert min(values(k, V, R, signs, start=3)) >= 0


@pytest.mark.parametrize(
    ("k", "start", "V", "R", "signs"),
    [
        (4, 2, (8, -7, 8), -13, ("----+", "----+", "--+-+", "---+-")),
        (3, 3, (-8, 8), -13, ("-----", "--+-+", "-----")),
    ],
)
def test_Sstar_needs_an_offset_of_three_and_groups_of_four(k, start, V, R, signs):
    """An offset of 2, or a group of three, can meet a negative coefficient at p = 3, e = 1."""
    signs = [[1 if c == "+" else -1 for c in row] for row in signs]
    assert min(values(k, V, R, signs, start)) < 0
    if k == 4:
        assert min(values(k, V, R, signs, start + 1)) >= 0


# S*4: the chances


@pytest.mark.parametrize(("k", "N"), [(1, 3), (2, 2), (2, 3), (2, 4), (3, 3), (3, 4)])
def test_Sstar_patterns_by_all_sign_matrices(k, N):
    """One group: pattern i wants − from member i and + from the others."""
    wanted = [tuple(h != i for h in range(k)) for i in range(k)]
    rows = list(itertools.product((False, True), repeat=k))
    draws = list(itertools.product(rows, repeat=N))
    served = sum(all(pattern in neurons for pattern in wanted) for neurons in draws)
    assert holds(exact.patterns(k, N), Fraction(served, len(draws)))
    assert 1 - Fraction(served, len(draws)) <= Fraction(k) * (1 - Fraction(1, 2**k)) ** N


@given(st.integers(1, 6), groups, st.integers(0, 80))
def test_G4_is_the_sum_over_the_groups(count, k, more):
    N = k * count + more
    unfit = 1 - Fraction(1, 2**k)
    assert holds(bound_G4(count, k, N), sum(k * unfit ** (N - k * i) for i in range(count)))


@given(st.integers(0, 6), st.integers(0, 40), st.sampled_from([Fraction(1, 4), Fraction(1, 16)]))
def test_at_most_is_the_binomial_sum(x, n, fit):
    ways = (comb(n, i) * fit**i * (1 - fit) ** (n - i) for i in range(min(x, n) + 1))
    assert holds(at_most(x, n, fit), sum(ways))


@pytest.mark.parametrize(("m", "g", "floor"), [(1, 2, 1), (2, 2, 1), (2, 3, 2), (1, 4, 3)])
def test_offsets_by_all_signs(m, g, floor):
    """γ_j counts the sums with + from u_j and + to the offset; the latter are shared by all j."""
    good = total = 0
    for to in itertools.product((0, 1), repeat=g):
        for rows in itertools.product(itertools.product((0, 1), repeat=g), repeat=m):
            total += 1
            good += all(sum(a * b for a, b in zip(row, to, strict=True)) >= floor for row in rows)
    assert holds(exact.offsets(m, g, floor), Fraction(good, total))
    below = sum(comb(g, i) * Fraction(3) ** (g - i) / Fraction(4) ** g for i in range(floor))
    assert 1 - Fraction(good, total) <= m * below


@pytest.mark.parametrize(("places", "N"), [(1, 1), (2, 2), (3, 2), (2, 3)])
def test_places_by_all_signs(places, N):
    good = total = 0
    for copies in itertools.product((0, 1), repeat=N):
        for rows in itertools.product(itertools.product((0, 1), repeat=N), repeat=places):
            total += 1
            good += all(any(a * b for a, b in zip(row, copies, strict=True)) for row in rows)
    assert holds(exact.places(places, N), Fraction(good, total))
    assert 1 - Fraction(good, total) <= places * Fraction(3, 4) ** N


# H4: input groups


@given(st.integers(1, 9), st.integers(1, 5), strategies.seeds())
def test_H4_wires_are_nonnegative_and_give_back_the_inputs(d, c, seed):
    rng = np.random.default_rng(seed)
    x, V = rng.integers(-9, 10, size=d), rng.integers(-5, 6, size=(3, d))
    halves = np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)])
    wires = np.array([halves[row].sum() for row in read_by_wires(d, c)])
    assert (wires >= 0).all()
    assert len(wires) == d + -(-d // c)
    assert (over_wires(V, c) @ wires).tolist() == (V @ x).tolist()


@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 200))
def test_H4_bound_is_above_the_sum_over_all_groups(d, c, more):
    sizes = [c] * (d // c) + [d % c] * (d % c > 0)
    unused = d + len(sizes) + more
    bound, total = bound_H4(d, c, unused), 0
    for size in sizes:
        total += sum(at_most(i, unused, Fraction(1, 2**size)) for i in range(size + 1))
        unused -= size + 1
    assert bound.upper() >= total.lower() * (1 - 2.0**-100)
    assert total > 0.1 or bound < 2 * total


@pytest.mark.parametrize(("c", "N"), [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4)])
def test_H4_one_group_by_all_signs(c, N):
    """Signs of x_j^± to N neurons; slots w_0, w_1, … take the first unused neuron that fits."""
    reads, failures = read_by_wires(c, c), 0
    rows = list(itertools.product((0, 1), repeat=2 * c))
    draws = itertools.product(rows, repeat=N) if 2 * c * N <= 16 else None
    if draws is None:
        rng = np.random.default_rng(0)
        draws = [rng.integers(0, 2, size=(N, 2 * c)).tolist() for _ in range(20_000)]
    count = 0
    for neurons in draws:
        count += 1
        unused = list(range(N))
        for row in reads:
            fit = next((r for r in unused if all(neurons[r][h] for h in row)), None)
            if fit is None:
                failures += 1
                break
            unused.remove(fit)
    assert failures / count <= float(bound_H4(c, c, N)) + 0.01


# Whole tickets


@given(strategies.dims(max_dim=9, max_depth=3), groups, st.booleans(), strategies.seeds())
@settings(max_examples=12)
def test_Sstar_every_size_of_group_and_both_ways_of_signed_inputs(dims, k, together, seed):
    rng = np.random.default_rng(seed)
    layers = [rng.uniform(-1, 1, size=(n, m)) / max(n, m) for m, n in itertools.pairwise(dims)]
    target = TargetNetwork.from_layers(layers)
    plan = plan_of_groups(Request.for_target(target, "0.2", "1e-9"), k, together)
    ticket = grouped.prune(target, plan, plan.draw(seed))
    certificate = certify(ticket)
    assert certificate.accepted, certificate.reasons
    for mine, found in zip(quantize(target, plan.precision), certificate.matrices, strict=True):
        assert mine.tolist() == found.tolist()


def test_Sstar_coefficients_of_more_than_64_bits():
    """k = 7: members reach 5^{K−1}·g, beyond int64; the kernel has integers of any size."""
    target = TargetNetwork.from_layers([[[0.3, -0.7], [0.5, 0.25]]])
    plan = plan_of_groups(Request.for_target(target, "1e-6", "1e-6"), 7)
    ticket = grouped.prune(target, plan, plan.draw(1))
    assert certify(ticket).accepted


@pytest.mark.parametrize(
    ("dims", "changes", "event"),
    [
        ((2, 1), {"s_U": 0}, "carry"),
        ((1, 2, 1), {"s_A": 12}, "double"),
        ((2, 2), {"e": 1}, "range"),
    ],
)
def test_Sstar_names_the_event_that_fails(dims, changes, event):
    precision = Precision(1, (0,) * (len(dims) - 1), "a test's class")
    target = TargetNetwork.from_layers(
        [np.resize([0.5, -1.0, 0.25], (n, m)) for m, n in itertools.pairwise(dims)]
    )
    plan = plan_of_groups(Request.of(dims, "1e6", "0.5", precision=precision), 4)
    starved = plan.with_slacks(**changes)
    seen = set()
    for seed in range(30):
        try:
            grouped.prune(target, starved, starved.draw(seed))
        except NoTicket as failure:
            seen.add(failure.event)
    assert event in seen
    assert seen <= set(plan.failure_bounds())


def test_Sstar_takes_groups_larger_than_four_only_where_they_pay():
    """A layer of 2^20 inputs and outputs: far out, larger groups need fewer random weights."""
    small = grouped.plan(Request.of((784, 500, 10), "0.01", "0.01"))
    wide = grouped.plan(Request.of((2**20, 2**20), "1e-9", "0.01"))
    assert small.k == 4 < wide.k
    assert small.c == small.k - 1  # input groups pay at both sizes
    fours = plan_of_groups(Request.of((2**20, 2**20), "1e-9", "0.01"), 4, True)
    assert wide.random_weights < fours.random_weights
