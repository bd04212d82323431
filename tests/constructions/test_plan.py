"""Plans: the formulas of S4, A1 and B4, nothing larger than needed, and δ really kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import count, pairwise
from math import comb, prod

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import blocks, construction, horner, ours, plan_for, sign_agnostic
from constructions.catalogue import smallest_plan
from constructions.errors import InputError
from constructions.numbers import ball, total
from constructions.quantize import Precision, bits_for_theorem
from constructions.range_aware import bound_G5
from constructions.request import Request, Section, check_dims
from tests import strategies

TAPERED = ("grouped", "horner")  # their layers have widths of their own
EVERY = pytest.mark.parametrize("name", ours())

shapes = st.one_of(
    strategies.dims(max_dim=12, max_depth=4),
    st.lists(st.sampled_from([1, 2, 50, 1000]), min_size=2, max_size=4).map(tuple),
)
narrow = strategies.dims(max_dim=20, max_depth=3)  # rationals with that many digits take time
tolerances = {"eps": strategies.eps("1e-6", "4"), "delta": strategies.delta()}
fits = st.none() | st.integers(0, 70)


def power_sum(n: int, N: int, q: Fraction) -> Fraction:
    """G1's sum in rationals."""
    return q ** (N - n + 1) * (1 - q**n) / (1 - q)


def at_most(x: int, n: int, fit: Fraction) -> Fraction:
    """P(Bin(n, fit) ≤ x) in rationals."""
    return sum(
        (comb(n, i) * fit**i * (1 - fit) ** (n - i) for i in range(min(x, n) + 1)), Fraction(0)
    )


def exact_horner(plan: horner.HornerPlan) -> tuple[Fraction, Fraction]:
    """S4 written out, exactly: what happens once a section, and the failure of all pools.

    For split inputs and inputs ≥ 0, without the range.
    """
    half, three, seven = Fraction(1, 2), Fraction(3, 4), Fraction(7, 8)
    pools = Fraction(0) if plan.nonnegative else power_sum(2 * plan.dims[0], plan.widths[1], half)
    once = Fraction(0)
    for i, s in enumerate(plan.sections):
        U, A = s.m + plan.s_U, s.n + 1 + plan.s_A
        merged = 2 * A + plan.s_U
        once += s.m * at_most(1, plan.g, Fraction(1, 4)) + 2 * (s.n + 1) * three**plan.copies
        pools += (plan.K + 2) * power_sum(s.m, U, half)
        pools += 2 * (plan.K - 1) * power_sum(s.n + 1, A, three)
        if i == len(plan.sections) - 1:
            pools += power_sum(s.n, merged, seven) + s.n * seven ** (merged - s.n)
            continue
        groups = -(-s.n // 8)
        pools += power_sum(s.n, merged, three)
        pools += at_most(groups - 1, merged - s.n, Fraction(1, 4))
        for first in range(0, s.n, 8):
            unused = s.n + plan.s_U + plan.s_A - first
            pools += (2 ** min(8, s.n - first) - 1) * three**unused
    return once, pools


def range_of(plan: horner.HornerPlan) -> arb:
    """The range's share: left to chance (E5), or G5's bound."""
    if plan.aware:
        return sum((bound_G5(s.n, s.m, plan.e, s.n + 1 + plan.s_A) for s in plan.sections), arb(0))
    return arb(2 * sum(s.n * s.m for s in plan.sections)) / arb(4) ** plan.e


def exact_sign_agnostic(plan: sign_agnostic.SignAgnosticPlan) -> tuple[Fraction, Fraction]:
    """A1 written out."""
    half, three = Fraction(1, 2), Fraction(3, 4)
    C, D, K = plan.size_C, plan.size_D, plan.K
    pools = 2 * power_sum(plan.sections[0].m, D, half)
    for s in plan.sections:
        for t in range(1, K):  # step t carries t wires of each input, and doubles the top ones
            pools += power_sum(t * s.m, C, half)
            pools += (2 if t < K - 1 else 1) * power_sum(s.m, D, three)
    last = plan.sections[-1]
    readers = sum(2 * s.n * s.m for s in plan.sections[:-1]) + last.n * last.m
    return 2 * readers * Fraction(1, 2**plan.e), pools


def exact_blocks(plan: blocks.BlocksPlan, B: int) -> Fraction:
    """B4 written out."""
    p, last = plan.p, plan.sections[-1]
    alive = plan.sections[0].m + sum(Fraction(s.m * p * (p + 3), 2) for s in plan.sections)
    readers = sum(2 * s.m * s.n for s in plan.sections[:-1]) + last.m * last.n
    return (
        alive * Fraction(3, 4) ** B * (1 + Fraction(B, 3))
        + 2 * (p + 1) * readers * Fraction(7, 8) ** B
    )


def almost(delta: Decimal) -> Fraction:
    """δ, and the float64 above it in which a bound on it may be stated."""
    return Fraction(delta) * (1 + Fraction(1, 2**40))


def made(name, dims, eps, delta, nonnegative, bits):
    precision = None if bits is None else Precision(bits, (0,) * (len(dims) - 1), "a test's class")
    return construction(name).plan(
        Request.of(dims, eps, delta, nonnegative=nonnegative, precision=precision)
    )


# Each construction's formulas and minimality


@settings(max_examples=60)
@given(shape=narrow, **tolerances, nonnegative=st.booleans(), bits=fits)
def test_S4_keeps_its_formulas_and_one_digit_or_neuron_less_fails(
    shape, eps, delta, nonnegative, bits
):
    precision = None if bits is None else Precision(bits, (0,) * (len(shape) - 1), "a test's class")
    request = Request.of(shape, eps, delta, nonnegative=nonnegative, precision=precision)
    plan = horner.plan_with_split(request)
    assert plan.p + plan.e == plan.K
    assert (0 if nonnegative else 1) + (len(shape) - 1) * (plan.K + 5) == plan.L
    once, pools = exact_horner(plan)
    assert once <= Fraction(delta) / 8
    ranged = range_of(plan)
    left = Fraction(delta) * (Fraction(13, 16) if plan.aware else Fraction(5, 16))

    def fits(other: horner.HornerPlan) -> bool:
        needed = {"pools": ball(exact_horner(other)[1])}
        needed |= {"range": range_of(other)} if plan.aware else {}
        return bool(total(needed) <= ball(left))

    assert ranged <= ball(Fraction(delta) / (1 if plan.aware else 2))
    assert fits(plan)
    whole = total({"pools": ball(once + pools), "range": ranged})
    assert whole <= plan.bound_failure <= float(almost(delta))
    # one sum, one copy, one digit or one neuron less is too little
    assert plan.g == 2 or exact_horner(replace(plan, g=plan.g - 1))[0] > once
    if not plan.aware and plan.e > 1:
        assert range_of(plan.with_slacks(e=plan.e - 1)) > ball(Fraction(delta) / 2)
    for U, A in ((-1, 0), (0, -1), (1, -1), (-2, 1)):
        if plan.s_U + U >= 0 and plan.s_A + A >= 0:
            assert not fits(plan.with_slacks(s_U=plan.s_U + U, s_A=plan.s_A + A))


@settings(max_examples=40)
@given(shape=shapes, **tolerances, nonnegative=st.booleans())
def test_G5_is_used_only_where_it_saves_layers(shape, eps, delta, nonnegative):
    """So no plan is wider or deeper than chance alone would make it (S5)."""
    plan = horner.plan_with_split(Request.of(shape, eps, delta, nonnegative=nonnegative))
    if plan.aware:
        alone = replace(plan, aware=False)
        e = next(
            e for e in count(1) if range_of(alone.with_slacks(e=e)) <= ball(Fraction(delta) / 2)
        )
        assert plan.e < e


@settings(max_examples=20)
@given(shape=strategies.dims(max_dim=40, max_depth=2), **tolerances)
def test_signed_inputs_are_taken_the_way_that_needs_the_fewest_random_weights(shape, eps, delta):
    request = Request.of(shape, eps, delta)
    found = horner.plan(request).random_weights
    assert found == min(horner.plan_of_inputs(request, c).random_weights for c in (0, *range(2, 9)))


@given(shape=narrow, **tolerances, nonnegative=st.booleans(), bits=fits)
def test_A1_keeps_its_formulas_and_one_digit_or_neuron_less_fails(
    shape, eps, delta, nonnegative, bits
):
    plan = made("sign-agnostic", shape, eps, delta, nonnegative, bits)
    m, budget = max(s.m for s in plan.sections), Fraction(delta) / 2
    assert plan.p + plan.e == plan.K
    assert plan.e >= 2
    assert plan.size_C >= m * (plan.K - 1)
    assert plan.size_D >= m
    assert plan.size_C + 2 * plan.size_D == plan.N
    assert 1 + (len(shape) - 1) * plan.K == plan.L
    digits, pools = exact_sign_agnostic(plan)
    assert digits <= budget
    assert pools <= budget
    assert digits + pools <= Fraction(plan.bound_failure) <= almost(delta)
    assert plan.e == 2 or digits * 2 > budget
    for C, D in ((-1, 0), (0, -1), (1, -1), (-2, 1)):
        if plan.s_C + C >= 0 and plan.s_D + D >= 0:
            other = plan.with_slacks(s_C=plan.s_C + C, s_D=plan.s_D + D)
            assert (other.size_C, other.size_D) == (plan.size_C + C, plan.size_D + D)
            assert exact_sign_agnostic(other)[1] > budget


@given(shape=shapes, **tolerances, nonnegative=st.booleans(), bits=fits)
def test_B4_keeps_its_formulas_and_a_smaller_block_fails(shape, eps, delta, nonnegative, bits):
    plan = made("blocks", shape, eps, delta, nonnegative, bits)
    assert plan.p >= 1
    assert max(s.m for s in plan.sections) * (plan.p + 1) * plan.B == plan.N
    assert 1 + (len(shape) - 1) * (plan.p + 1) == plan.L
    exact = exact_blocks(plan, plan.B)
    assert exact <= Fraction(delta)
    assert exact <= Fraction(plan.bound_failure) <= almost(delta)
    assert all(exact_blocks(plan, B) > Fraction(delta) for B in range(2, plan.B))


# What all have in common


@EVERY
@given(shape=shapes, **tolerances, nonnegative=st.booleans())
def test_a_plan_says_what_it_was_asked(name, shape, eps, delta, nonnegative):
    plan = made(name, shape, eps, delta, nonnegative, None)
    assert (plan.construction, plan.dims, plan.nonnegative) == (name, shape, nonnegative)
    assert (plan.eps, plan.delta) == (eps, delta)
    assert plan.p == max(bits_for_theorem(shape, eps), 1 if name == "blocks" else 0)
    assert plan.precision.layer_scale_log2 == (bits_for_theorem(shape, eps),) * (len(shape) - 1)
    assert plan.widths == (shape[0], *plan.widths[1:-1], shape[-1])
    if name not in TAPERED:
        assert set(plan.widths[1:-1]) == {plan.N}
    assert plan.random_weights == sum(a * b for a, b in pairwise(plan.widths))
    assert plan.target_weights == sum(a * b for a, b in pairwise(shape))
    assert plan.draw(7).widths == plan.widths
    assert plan == made(name, shape, eps, delta, nonnegative, None)


@EVERY
@given(shape=shapes, **tolerances)
@settings(max_examples=30)
def test_plans_shrink_as_less_is_asked(name, shape, eps, delta):
    plan = made(name, shape, eps, delta, False, None)
    for other in (
        made(name, shape, eps, min(delta * 10, Decimal("0.999")), False, None),
        made(name, shape, eps * 10, delta, False, None),
        made(name, shape, eps, delta, True, None),
    ):
        # Those of sections may hold the inputs otherwise, and make s_U + 2s_A least, not weights.
        spare = Fraction(102 if name in TAPERED else 100, 100)
        assert other.random_weights <= plan.random_weights * spare
        if name not in TAPERED:
            assert other.L <= plan.L
            assert other.N <= plan.N


@EVERY
def test_a_slack_set_to_its_own_value_changes_nothing_and_to_another_only_itself(name):
    plan = construction(name).plan(Request.of((3, 2, 2), "0.1", "0.1"))
    assert plan.with_slacks(**plan.slacks) == plan
    for slack in plan.SLACKS:
        more = plan.with_slacks(**{slack.name: plan.slacks[slack.name] + 1})
        assert more.slacks == plan.slacks | {slack.name: plan.slacks[slack.name] + 1}
        assert (more.L > plan.L) is (slack.neurons == 0)  # a digit of A is a wire too
        assert more.N > plan.N or not slack.neurons


@EVERY
def test_the_split_of_delta_uses_what_is_there(name):
    """The bound on the failure is near δ: no plan is wasteful by more than a few digits."""
    plan = construction(name).plan(Request.of((20, 20, 5), "0.01", "0.01"))
    assert 0.002 < plan.bound_failure <= 0.01


@pytest.mark.parametrize(
    ("name", "p", "N", "L", "K_or_B"),
    [
        ("grouped", 17, 1922, 77, 33),
        ("horner", 17, 2073, 62, 25),
        ("sign-agnostic", 17, 75_352, 95, 47),
        ("blocks", 17, 4_769_856, 37, 169),
    ],
)
def test_known_plans_of_784_500_10(name, p, N, L, K_or_B):
    plan = construction(name).plan(Request.of((784, 500, 10), "0.01", "0.01"))
    assert (plan.p, plan.N, plan.L) == (p, N, L)
    assert (plan.B if name == "blocks" else plan.K) == K_or_B


@EVERY
@pytest.mark.parametrize(
    "shape",
    [(10**12, 10**12), (1, 10**9), (10**9, 1), (1, 10**9, 1), (3, 10**6, 1, 10**9), (5,) * 500],
)
def test_plans_of_any_size_are_made_at_once(name, shape):
    """No loop over neurons: widths of a million million are only numbers."""
    plan = construction(name).plan(Request.of(shape, "0.001", "0.001"))
    assert plan.bound_failure <= 0.001
    assert max(s.m for s in plan.sections) <= plan.N
    assert plan.random_weights >= prod((plan.N, plan.N))


@EVERY
def test_tolerances_that_need_more_digits_than_int64_has_are_planned(name):
    """ε = 2^−50, δ = 2^−40: more than 62 digits are legitimate."""
    plan = construction(name).plan(
        Request.of((2, 2), str(Decimal(2) ** -50), str(Decimal(2) ** -40))
    )
    assert plan.p == 51  # 1 + d·2^{−p−1} ≤ 1 + ε(1 − 2^{−10}) needs one bit more than log2(d/2ε)
    assert plan.bound_failure <= 2.0**-40
    if name != "blocks":
        assert plan.K > 62


@EVERY
@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 1), (1, 7), (7, 1), (1, 7, 1)])
@pytest.mark.parametrize(("eps", "delta"), [("4", "0.999"), ("1e-30", "1e-30")])
def test_narrow_targets_at_the_ends_of_the_tolerances(name, shape, eps, delta):
    plan = construction(name).plan(Request.of(shape, eps, delta))
    assert plan.bound_failure <= float(delta)
    assert plan.N >= 2


@EVERY
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (((3,), 0.1, 0.1), "dims"),
        (((), 0.1, 0.1), "dims"),
        (((3, 0), 0.1, 0.1), "dims"),
        (((3, -1), 0.1, 0.1), "dims"),
        (((3, 1.5), 0.1, 0.1), "dims"),
        (((3, 2), 0, 0.1), "eps"),
        (((3, 2), -1, 0.1), "eps"),
        (((3, 2), "nan", 0.1), "eps"),
        (((3, 2), "inf", 0.1), "eps"),
        (((3, 2), "much", 0.1), "eps"),
        (((3, 2), 0.1, 0), "delta"),
        (((3, 2), 0.1, 1), "delta"),
        (((3, 2), 0.1, "1.5"), "delta"),
        (((3, 2), 0.1, "-0.1"), "delta"),
    ],
)
def test_arguments_outside_their_domain_are_named(name, arguments, named):
    with pytest.raises(InputError, match=named):
        construction(name).plan(Request.of(*arguments))


@EVERY
def test_a_precision_of_another_depth_is_refused(name):
    with pytest.raises(InputError, match="exponents"):
        construction(name).plan(Request.of((3, 2), 0.1, 0.1, precision=Precision(3, (0, 0), "")))


def test_names_and_fits_that_do_not_exist_are_refused():
    target = strategies.TargetNetwork.from_layers([[[0.5]]])
    with pytest.raises(InputError, match="construction = 'magic'"):
        plan_for(target, 0.1, 0.1, "magic")
    with pytest.raises(InputError, match="fit = 'tight'"):
        plan_for(target, 0.1, 0.1, fit="tight")


@pytest.mark.parametrize(("d", "smallest"), [(2, "horner"), (500, "horner"), (8192, "grouped")])
def test_the_plan_of_ours_with_the_fewest_random_weights(d, smallest):
    request = Request.of((d, d), "0.01", "0.01")
    found = smallest_plan(request)
    assert found.construction == smallest
    others = [row.plan(request).random_weights for row in ours().values()]
    assert found.random_weights == min(others)


def test_auto_takes_it():
    target = strategies.TargetNetwork.from_layers([np.eye(3)])
    request = Request.for_target(target, "0.01", "0.01")
    assert plan_for(target, "0.01", "0.01", "auto") == smallest_plan(request)


def test_sections_split_inputs_that_have_signs():
    signed = Request.of((3, 5, 2), "0.1", "0.1")
    assert signed.sections == (Section(6, 5), Section(5, 2))
    nonnegative = Request.of((3, 5, 2), "0.1", "0.1", nonnegative=True)
    assert nonnegative.sections == (Section(3, 5), Section(5, 2))
    assert check_dims([3, 5]) == (3, 5)
