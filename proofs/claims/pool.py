"""G: serving slots from a pool of random neurons. Failure probabilities and their closed forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from flint import ctx

from constructions.numbers import HALF, THREE_QUARTERS
from constructions.pool import (
    bound_G1,
    bound_G2,
    bound_G3,
    smallest_slacks,
)
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, PAPER, Check, Claim, Clause
from proofs.claims.pool_exact import (
    Bits,
    brute_force_G1,
    brute_force_G2,
    brute_force_G3,
    closed_G2,
    closed_G3,
    exact_G1,
    exact_G2,
    exact_G3,
    serves,
    serves_output,
    serves_read_out,
    sum_G1,
)
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.statistics import BoundTest, clopper_pearson
from proofs.symbolic import (
    exact,
)

# -- proofs ----------------------------------------------------------------------------------


# -- exhaustive and random ------------------------------------------------------------------


def _small(
    cases: list[tuple[int, int]],
    brute: Callable[[int, int], Fraction],
    formula: Callable[[int, int], Fraction],
    bound: Callable[[int, int], Fraction],
) -> Evidence:
    """Compare exhaustive enumeration, the exact formula and the stated bound."""
    slack = None
    for i, (n, N) in enumerate(cases, 1):
        found, expected, stated = brute(n, N), formula(n, N), bound(n, N)
        if found != expected or found > stated:
            at = {"n": n, "N": N, "exact": found, "formula": expected, "bound": stated}
            return from_cases(i, "pools, each by all its sign matrices", at)
        slack = float(stated - found) if slack is None else min(slack, float(stated - found))
    return from_cases(len(cases), "pools, each by all its sign matrices", slack=slack)


def _pairs(
    limit: int, factor: Callable[[int], int], least: Callable[[int], int]
) -> list[tuple[int, int]]:
    """Return all (n, N) with at most ``limit`` sign bits to enumerate."""
    return [(n, N) for n in range(1, 6) for N in range(least(n), 17) if factor(n) * N <= limit]


def check_G1_small(case: Case) -> Evidence:
    """All sign matrices of all small pools, q = ½ and ¾."""
    cases = _pairs(case.pick(10, 15), lambda n: n, lambda n: n)
    both = [_G1_small(cases, q) for q in (HALF, THREE_QUARTERS)]
    return next((e for e in both if e.counterexample), both[0])


def _G1_small(cases: list[tuple[int, int]], q: Fraction) -> Evidence:
    return _small(
        cases,
        lambda n, N: brute_force_G1(n, N, q),
        lambda n, N: exact_G1(n, N, q),
        lambda n, N: sum_G1(n, N, q),
    )


def check_G2_small(case: Case) -> Evidence:
    """All signs of the shared source and of the own sources, for all small pools."""
    cases = _pairs(case.pick(10, 15), lambda n: n + 1, lambda n: 1)
    return _small(cases, brute_force_G2, exact_G2, closed_G2)


def check_G3_small(case: Case) -> Evidence:
    """All signs of shared, own and outgoing edges, for all small pools."""
    cases = _pairs(case.pick(10, 15), lambda n: 2 * n + 1, lambda n: 1)
    return _small(cases, brute_force_G3, exact_G3, closed_G3)


def check_closed_forms(case: Case) -> Evidence:
    """The balls that plans use hold the closed forms, which bound the exact probability."""
    rng, count = case.rng(), case.pick(100, 1000)
    for i in range(count):
        n = int(rng.integers(0, 25))
        N = n + int(rng.integers(0, 40))
        rows = (
            (bound_G1(n, N, HALF), sum_G1(n, N, HALF), exact_G1(n, N, HALF)),
            (
                bound_G1(n, N, THREE_QUARTERS),
                sum_G1(n, N, THREE_QUARTERS),
                exact_G1(n, N, THREE_QUARTERS),
            ),
            (bound_G2(n, N), closed_G2(n, N), exact_G2(n, N)),
            (bound_G3(n, N), closed_G3(n, N), exact_G3(n, N)),
        )
        for form, (stated, closed, probability) in enumerate(rows):
            with ctx.workprec(512):  # the rational itself is then far narrower than the ball
                inside = stated.overlaps(exact(closed)) and stated.rel_accuracy_bits() > 100
            if (closed and not inside) or probability > closed:
                return from_cases(i + 1, "pools", {"n": n, "N": N, "form": form})
    return from_cases(count, "pools")


def check_slacks(case: Case) -> Evidence:
    """smallest_slacks against a search of the whole grid."""
    rng, count = case.rng(), case.pick(20, 100)
    for i in range(count):
        n, m = (int(v) for v in rng.integers(1, 12, size=2))
        budget = Fraction(float(2.0 ** rng.uniform(-8, -1)))

        def failure(s: int, r: int, n: int = n, m: int = m):  # type: ignore[no-untyped-def]
            return 3 * bound_G1(m, m + s, HALF) + 2 * bound_G1(n, n + r, THREE_QUARTERS)

        goal = exact(budget)
        s, r = smallest_slacks(failure, budget, each=2)
        fitting = [
            (a + 2 * b, a, b)
            for a, b in itertools.product(range(s + 2 * r + 1), range(r + s // 2 + 2))
            if failure(a, b) <= goal
        ]
        if min(fitting) != (s + 2 * r, s, r):
            return from_cases(i + 1, "budgets", {"n": n, "m": m, "budget": budget, "found": [s, r]})
    return from_cases(count, "budgets")


# -- measured --------------------------------------------------------------------------------


def _count_failures(
    case: Case, rows: int, N: int, served: Callable[[Bits], bool]
) -> tuple[int, int]:
    """Draw sign matrices (rows, N) and count those that are not served: (failures, draws)."""
    rng, trials = case.rng(), case.pick(4000, 20000)

    def draw() -> Bits:
        return rng.integers(0, 2, size=(rows, N), dtype=np.int8).astype(bool)

    return sum(not served(draw()) for _ in range(trials)), trials


def _measure(case: Case, n: int, N: int, q: Fraction) -> Evidence:
    """Draw fresh signs, serve the slots, count failures; the null hypothesis is G1's bound."""
    edges = 1 if q == HALF else 2
    failures, trials = _count_failures(
        case, edges * n, N, lambda sign: serves(sign.reshape(edges, n, N).all(axis=0))
    )
    probability = exact_G1(n, N, q)
    test = BoundTest(f"{n} slots fail on {N} neurons, q = {q}", sum_G1(n, N, q), failures, trials)
    inside = clopper_pearson(failures, trials).contains(probability)
    return test.evidence(exact_probability=float(probability), interval_contains_exact=inside)


def measure_G1_half(case: Case) -> Evidence:
    """40 slots, 41 neurons, q = ½: bound 0.5, exactly about 0.422."""
    return _measure(case, 40, 41, HALF)


def measure_G1_three_quarters(case: Case) -> Evidence:
    """40 slots, 46 neurons, q = ¾: bound about 0.534, exactly about 0.426."""
    return _measure(case, 40, 46, THREE_QUARTERS)


def measure_G2(case: Case) -> Evidence:
    """10 read-out slots on 30 neurons: bound about 0.183, exactly about 0.111."""
    n, N = 10, 30
    counted = _count_failures(case, n + 1, N, serves_read_out)
    test = BoundTest(f"{n} read-outs fail on {N} neurons", closed_G2(n, N), *counted)
    return test.evidence(exact_probability=float(exact_G2(n, N)))


def measure_G3(case: Case) -> Evidence:
    """6 outputs on 30 neurons: bound about 0.505, exactly about 0.397."""
    n, N = 6, 30
    counted = _count_failures(case, 2 * n + 1, N, serves_output)
    test = BoundTest(f"{n} outputs fail on {N} neurons", closed_G3(n, N), *counted)
    return test.evidence(exact_probability=float(exact_G3(n, N)))


_FORMS = Check("closed-forms", Rung.TESTED, check_closed_forms, cost=5)

CLAIMS = (
    Claim(
        id="G1",
        title="serving fresh slots from a pool",
        statement="n slots served in order, each by the first unused of N ≥ n neurons that fits; "
        "a neuron fits if the k edges that the slot needs have the right signs, all fresh for "
        "every slot and neuron, so it is unfit with probability q = 1 − 2^−k: P(fail) ≤ "
        "Σ_{i=1..n} q^{N−i+1} = q^{N−n+1}(1 − q^n)/(1 − q).",
        latex=r"\Pr(\text{fail})\le\sum_{i=1}^nq^{N-i+1}=\frac{q^{N-n+1}(1-q^n)}{1-q}",
        source=PAPER,
        domain="1 ≤ n ≤ N, k ≥ 1; k = 1 and 2 are used (the proof takes any 0 < q < 1)",
        depends_on=(),
        outline="When slot i is served, N − i + 1 neurons are unused. Its edges are fresh, "
        "whatever was served before, so all of them are unfit with probability q^{N−i+1}. A "
        "union bound over the slots.",
        clauses=(
            Clause("failure", "P(fail) ≤ the sum.", (machine_checked("G1_pool_failure"),)),
            Clause("closed form", "The sum in closed form.", (machine_checked("G1_closed"),)),
        ),
        tests=(
            Check("all-small-pools", Rung.TESTED, check_G1_small, cost=15),
            _FORMS,
            Check("smallest-slacks", Rung.TESTED, check_slacks, cost=5),
            Check("monte-carlo-half", Rung.MEASURED, measure_G1_half, cost=5),
            Check("monte-carlo-three-quarters", Rung.MEASURED, measure_G1_three_quarters, cost=5),
        ),
    ),
    Claim(
        id="G2",
        title="read-out with one shared source",
        statement="n slots, each needing a − from one shared source and a + from its own: "
        "P(fail) ≤ (2^n − 1)(3/4)^N.",
        latex=r"\Pr(\text{fail})\le(2^n-1)(3/4)^N",
        source=OURS,
        domain="n ≥ 1, N ≥ 1",
        depends_on=("G1",),
        outline="Given that M neurons have the shared −, G1 with q = ½ bounds the failure by Σ "
        "2^{−(M−i+1)} (if M < n, one term is 1). E[2^−M] = (3/4)^N and Σ 2^{i−1} = 2^n − 1.",
        clauses=(
            Clause("failure", "P(fail) ≤ Σ 2^{i−1}(3/4)^N.", (machine_checked("G2_pool_failure"),)),
            Clause("closed form", "It is (2^n − 1)(3/4)^N.", (machine_checked("G2_closed"),)),
        ),
        tests=(
            Check("all-small-pools", Rung.TESTED, check_G2_small, cost=10),
            _FORMS,
            Check("monte-carlo", Rung.MEASURED, measure_G2, cost=5),
        ),
    ),
    Claim(
        id="G3",
        title="output read-out",
        statement="2n slots σ(±y_o), each needing the shared source's sign, its own source's and "
        "its own outgoing edge's: P(fail) ≤ 6·((4/3)^n − 1)(7/8)^N.",
        latex=r"\Pr(\text{fail})\le6\bigl((4/3)^n-1\bigr)(7/8)^N",
        source=OURS,
        domain="n ≥ 1, N ≥ 1",
        depends_on=("G1",),
        outline="The shared source's sign sorts the neurons into those for + and those for −, so "
        "the two kinds of slots never meet. For each kind, G1 with q = ¾ given M, and "
        "E[(3/4)^M] = (7/8)^N.",
        clauses=(
            Clause("failure", "P(fail) ≤ the bound.", (machine_checked("last_prob", "G_shared"),)),
            Clause("closed form", "Its closed form.", (machine_checked("G3_closed"),)),
        ),
        tests=(
            Check("all-small-pools", Rung.TESTED, check_G3_small, cost=10),
            _FORMS,
            Check("monte-carlo", Rung.MEASURED, measure_G3, cost=5),
        ),
    ),
)
