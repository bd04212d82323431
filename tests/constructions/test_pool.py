"""G: the bounds are the sums they stand for, and `serve` keeps them; brute force as oracle."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions.networks.signs import pack
from constructions.pool import (
    PoolExhausted,
    bound_G1,
    bound_G2,
    bound_G3,
    members,
    serve,
    smallest_slacks,
)
from tests.oracles import upper_end

HALF, THREE_QUARTERS = Fraction(1, 2), Fraction(3, 4)


def from_matrix(fit: np.ndarray):
    """`fits` for a boolean matrix (slots, width), True where a neuron fits."""
    slots, width = fit.shape
    padded = np.zeros((slots, -(-width // 256) * 256), dtype=np.bool_)
    padded[:, :width] = fit
    packed = pack(padded).reshape(slots, -(-width // 256), 4)

    def fits(several, first, count):
        blocks = packed[several[:, None], first[:, None] + np.arange(count)]
        return blocks.reshape(len(several), 4 * count)

    return fits


def serve_matrix(fit: np.ndarray, pool: np.ndarray | None = None) -> np.ndarray:
    pool = np.arange(fit.shape[1]) if pool is None else pool
    return serve(len(fit), pool, from_matrix(fit), -(-fit.shape[1] // 256))


def fails(fit: np.ndarray, pool: np.ndarray | None = None) -> bool:
    try:
        serve_matrix(fit, pool)
    except PoolExhausted:
        return True
    return False


def encloses(ball: arb, value: Fraction) -> bool:
    """Whether a ball holds the value and is not much wider than 128 bits ask for."""
    with ctx.workprec(200):
        top, bottom = upper_end(ball), -upper_end(-ball)
    return bottom <= value <= top and top - bottom <= value * Fraction(1, 2**100)


def all_booleans(shape: tuple[int, ...]):
    for bits in product([False, True], repeat=prod(shape)):
        yield np.array(bits).reshape(shape)


# The bounds


@given(st.integers(0, 40), st.integers(0, 60), st.sampled_from([HALF, THREE_QUARTERS]))
def test_G1_is_its_sum(n, more, q):
    N = n + more
    assert encloses(
        bound_G1(n, N, q), sum((q ** (N - i + 1) for i in range(1, n + 1)), Fraction(0))
    )


@given(st.integers(1, 40), st.integers(0, 200))
def test_G2_and_G3_are_their_formulas(n, N):
    assert encloses(bound_G2(n, N), (2**n - 1) * THREE_QUARTERS**N)
    assert encloses(bound_G3(n, N), 6 * (Fraction(4, 3) ** n - 1) * Fraction(7, 8) ** N)


@pytest.mark.parametrize("bound", [bound_G2, bound_G3, lambda n, N: bound_G1(n, N, HALF)])
def test_bounds_fall_with_the_pool_and_rise_with_the_slots(bound):
    for n in range(1, 8):
        for N in range(n, 40):
            assert bound(n, N + 1) < bound(n, N)
            if n < N:
                assert bound(n + 1, N) > bound(n, N)


# The probability with which `serve` fails, exactly


@pytest.mark.parametrize(("n", "N"), [(1, 1), (1, 4), (2, 2), (2, 4), (3, 3), (3, 4), (4, 3)])
@pytest.mark.parametrize("q", [HALF, THREE_QUARTERS])
def test_G1_bounds_the_exact_probability(n, N, q):
    """Over all 2^{nN} outcomes: slot i finds N − i + 1 unused neurons, all fresh to it."""
    failure = Fraction(0)
    for fit in all_booleans((n, N)):
        if fails(fit):
            failure += q ** int((~fit).sum()) * (1 - q) ** int(fit.sum())
    assert failure == 1 - prod(1 - q ** max(N - i + 1, 0) for i in range(1, n + 1))
    if n <= N:
        assert failure <= upper_end(bound_G1(n, N, q))
        assert failure >= q ** (N - n + 1)  # so the bound is not far


@pytest.mark.parametrize(("d", "N"), [(1, 2), (1, 5), (2, 4), (2, 6), (2, 7)])
def test_G1_holds_for_the_input_split(d, N):
    """σ(x_j) and σ(−x_j) read the same edges (H2): complementary signs, not fresh ones."""
    failures = sum(fails(np.concatenate([plus, ~plus])) for plus in all_booleans((d, N)))
    exact = Fraction(failures, 2 ** (d * N))
    assert exact <= upper_end(bound_G1(2 * d, N, HALF))


def exact_from_pools(n: int, N: int, q: Fraction, both: bool) -> Fraction:
    """The failure probability when the pool is where a shared source is − (and where it is +)."""
    served = Fraction(0)
    for M in range(N + 1):
        pools = (M, N - M) if both else (M,)
        good = prod(1 - q ** max(P - i + 1, 0) for P in pools for i in range(1, n + 1))
        served += Fraction(comb(N, M), 2**N) * good
    return 1 - served


@pytest.mark.parametrize(("n", "N"), [(1, 3), (1, 6), (2, 3), (2, 5)])
def test_G2_bounds_the_exact_probability(n, N):
    failures = 0
    for signs in all_booleans((n + 1, N)):
        minus = np.flatnonzero(~signs[-1])
        failures += fails(signs[:-1], minus)
    exact = Fraction(failures, 2 ** ((n + 1) * N))
    assert exact == exact_from_pools(n, N, HALF, both=False)
    assert exact <= upper_end(bound_G2(n, N))


@pytest.mark.parametrize(("n", "N"), [(1, 3), (1, 4), (2, 2)])
def test_G3_bounds_the_exact_probability(n, N):
    """σ(y_o): − shared, + own, + outgoing; σ(−y_o): + shared, − own, − outgoing."""
    failures = 0
    for signs in all_booleans((2 * n + 1, N)):
        own, out, shared = signs[:n], signs[n : 2 * n], signs[-1]
        failures += fails(own & out, np.flatnonzero(~shared)) or fails(
            ~own & ~out, np.flatnonzero(shared)
        )
    exact = Fraction(failures, 2 ** ((2 * n + 1) * N))
    assert exact == exact_from_pools(n, N, THREE_QUARTERS, both=True)
    assert exact <= upper_end(bound_G3(n, N))


@given(st.integers(1, 12), st.integers(0, 60))
@settings(max_examples=60)
def test_G2_and_G3_bound_the_exact_probability_for_larger_pools(n, N):
    """Where the formula above, which brute force confirms, can still be summed exactly."""
    assert exact_from_pools(n, N, HALF, both=False) <= upper_end(bound_G2(n, N))
    assert exact_from_pools(n, N, THREE_QUARTERS, both=True) <= upper_end(bound_G3(n, N))


# serve


def first_fit(fit: np.ndarray, pool: list[int]) -> list[int] | int:
    """The documented rule, slowly: the neurons served, or the slot that fails.

    A slot looks first in a window of two blocks of 256 around the place of its number in the pool,
    from 64 neurons before it, then everywhere.
    """
    unused, found = sorted(pool), []
    blocks = -(-fit.shape[1] // 256)
    for i, row in enumerate(fit):
        if not pool:
            return i
        place = pool[min(i, len(pool) - 1)]
        first = min(max((place - 64) // 256, 0), max(blocks - 2, 0)) * 256
        fitting = [r for r in unused if row[r]]
        near = [r for r in fitting if first <= r < first + 512]
        if not fitting:
            return i
        found.append((near or fitting)[0])
        unused.remove(found[-1])
    return found


@st.composite
def demands(draw):
    """(fit, pool): from easy to impossible, narrow and wide, dense and sparse."""
    width = draw(st.one_of(st.integers(1, 30), st.integers(200, 1500)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    share = draw(st.sampled_from([1.0, 0.6, 0.2, 0.5]))
    pool = np.flatnonzero(generator.random(width) < share)
    slots = draw(st.integers(0, min(300, len(pool) + 1)))
    density = draw(st.sampled_from([0.5, 0.25, 0.02, 0.002, 1.0]))
    fit = generator.random((slots, width)) < density
    if slots and draw(st.booleans()):  # nothing fits where the slots look first
        fit[:, : int(width * draw(st.floats(0, 1)))] = False
    return fit, pool


@given(demands())
@settings(max_examples=200)
def test_serve_follows_the_documented_rule(demand):
    fit, pool = demand
    expected = first_fit(fit, pool.tolist())
    if isinstance(expected, int):
        with pytest.raises(PoolExhausted) as failure:
            serve_matrix(fit, pool)
        assert failure.value.slot == expected
    else:
        assert serve_matrix(fit, pool).tolist() == expected


@given(demands())
def test_every_slot_gets_its_own_fitting_neuron_of_the_pool(demand):
    fit, pool = demand
    expected = first_fit(fit, pool.tolist())
    if isinstance(expected, int):
        # Whatever was chosen before, the slot that fails finds all that fit it taken.
        fitting = np.intersect1d(np.flatnonzero(fit[expected]), pool)
        with pytest.raises(PoolExhausted, match=f"slot {expected}"):
            serve_matrix(fit, pool)
        assert len(fitting) <= expected
        return
    found = serve_matrix(fit, pool)
    assert len(found) == len(fit)
    assert len(set(found.tolist())) == len(fit)
    assert set(found.tolist()) <= set(pool.tolist())
    assert fit[np.arange(len(fit)), found].all()


def test_more_slots_than_are_read_at_one_time():
    slots, width = 4096 + 300, 9000
    rows = np.random.default_rng(5).integers(0, 2**64, (slots, -(-width // 256) * 4), np.uint64)

    def fits(several, first, count):
        columns = 4 * first[:, None] + np.arange(4 * count)
        return rows[several[:, None], columns]

    pool = np.arange(17, width - 11)
    found = serve(slots, pool, fits, -(-width // 256))
    words = rows[np.arange(slots), found // 64]
    assert (words >> (found % 64).astype(np.uint64) & np.uint64(1)).all()
    assert len(np.unique(found)) == slots
    assert 17 <= found.min() <= found.max() < width - 11


@pytest.mark.parametrize("only", [0, 255, 256, 511, 512, 5000, 9983])
def test_a_neuron_far_from_the_expected_place_is_found(only):
    """The only fitting neuron of the last slot may be anywhere."""
    width, slots = 9984, 150
    fit = np.zeros((slots, width), dtype=np.bool_)
    fit[np.arange(slots), np.arange(slots) + 600] = True
    fit[-1] = False
    fit[-1, only] = True
    assert serve_matrix(fit)[-1] == only
    taken = np.delete(np.arange(width), only)
    with pytest.raises(PoolExhausted) as failure:
        serve_matrix(fit, taken)
    assert failure.value.slot == slots - 1


def test_a_neuron_served_from_afar_is_not_served_again():
    """Slot 0 finds only neuron 700, slot 1 only 700 and 900: the second must not reuse it."""
    fit = np.zeros((3, 2000), dtype=np.bool_)
    fit[0, 700] = fit[1, [700, 900]] = fit[2, [700, 900]] = True
    with pytest.raises(PoolExhausted) as failure:
        serve_matrix(fit)
    assert failure.value.slot == 2
    assert serve_matrix(fit[:2]).tolist() == [700, 900]


def test_no_slots_and_no_pool():
    nothing = np.zeros((0, 10), dtype=np.bool_)
    assert serve_matrix(nothing).tolist() == []
    assert serve_matrix(nothing, np.array([], dtype=np.int64)).tolist() == []
    with pytest.raises(PoolExhausted):
        serve_matrix(np.ones((1, 10), dtype=np.bool_), np.array([], dtype=np.int64))


@given(st.lists(st.booleans(), min_size=1, max_size=400))
def test_members_are_the_bits_that_are_set(bits):
    bits = np.array(bits)
    packed = pack(bits)
    packed[-1] |= ~np.uint64(0) << np.uint64(63) if len(bits) % 64 else np.uint64(0)
    assert members(packed, len(bits)).tolist() == np.flatnonzero(bits).tolist()


# The smallest slacks


@st.composite
def failures(draw, each):
    """Sums of terms as in the plans: q_i^s, q_j^r, q_k^{s + each·r} factors large and small."""
    factor = st.integers(-20, 60).map(lambda k: Fraction(2) ** k)
    terms = [(draw(factor), HALF, 1, 0), (draw(factor), THREE_QUARTERS, 0, 1)]
    if draw(st.booleans()):
        terms.append((draw(factor), HALF, 0, 1))
    if draw(st.booleans()):
        terms.append(
            (draw(factor), draw(st.sampled_from([THREE_QUARTERS, Fraction(7, 8)])), 1, each)
        )
    return terms


@pytest.mark.parametrize("each", [1, 2])
@given(st.data(), st.fractions(Fraction(1, 10**6), 1))
@settings(max_examples=100)
def test_smallest_slacks_are_the_smallest(each, data, budget):
    terms = data.draw(failures(each))

    def exact(s, r):
        return sum(c * q ** (a * s + b * r) for c, q, a, b in terms)

    def ball(s, r):
        return sum(
            (arb(c.numerator) / arb(c.denominator))
            * (arb(q.numerator) / arb(q.denominator)) ** (a * s + b * r)
            for c, q, a, b in terms
        )

    s, r = smallest_slacks(ball, budget, each)
    assert exact(s, r) <= budget
    cost = s + each * r
    for other in range(cost + 1):
        least = (cost - other) // each  # the largest r that costs no more
        if other + each * least == cost and other >= s:
            least -= 1  # ties go to the smaller s
        assert least < 0 or exact(other, least) > budget, (other, least)


def test_smallest_slacks_far_out():
    """A term in s + 2r alone, a million: found at once, with the smallest s that will do."""

    def failure(s, r):
        return arb(2) ** (20 - s) + arb(2) ** (20 - r) + (arb(7) / 8) ** (s + 2 * r - 10**6)

    s, r = smallest_slacks(failure, Fraction(1, 1000), each=2)
    cost = s + 2 * r
    assert failure(s, r) <= arb(1) / 1000
    for other in range(200):
        least = (cost - other) // 2
        if other >= s and other + 2 * least == cost:
            least -= 1  # ties go to the smaller s
        assert not failure(other, least) <= arb(1) / 1000
