"""E5 and G5: weights with two edges per digit, and neurons chosen so that both signs occur."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import NDArray

from constructions.digit_strings import OFFSETS, cheapest_digits
from constructions.networks.signs import pack
from constructions.pool import PoolExhausted, serve
from constructions.range_aware import bound_G5, demands
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.statistics import BoundTest
from proofs.symbolic import exact

Bits = NDArray[np.bool_]


# -- E5 ------------------------------------------------------------------------------------------


def check_strings(case: Case) -> Evidence:
    """All signs and all digits for K ≤ 4 (quick) or 5: range, prefixes, and the cheapest string."""
    count = 0
    for K in range(1, case.pick(4, 5) + 1):
        powers = 2 ** np.arange(K - 1, -1, -1)
        for plus in itertools.product(range(3), repeat=K):
            count += 1
            strings = np.array(list(itertools.product(*(range(n - 2, n + 1) for n in plus))))
            values, costs = strings @ powers, abs(strings).sum(axis=1)
            fault = _fault_of_strings(np.array(plus), strings, values, costs)
            if fault:
                return from_cases(count, "sign patterns", {"edges +": plus, "fault": fault})
    return from_cases(count, "sign patterns")


def _fault_of_strings(
    plus: NDArray[np.int64],
    strings: NDArray[np.int64],
    values: NDArray[np.int64],
    costs: NDArray[np.int64],
) -> str:
    K = len(plus)
    for e in range(1, K + 1):
        both = (plus[:e] > 0).any() and (plus[:e] < 2).any()
        wanted = np.arange(-(2 ** (K - e)), 2 ** (K - e) + 1)
        if both and not np.isin(wanted, values).all():
            return f"both signs in the first {e} stages, but not all |V| ≤ 2^{K - e}"
    prefix = np.zeros_like(values)
    for t in range(1, K + 1):
        prefix = 2 * prefix + strings[:, t - 1]
        if not np.isin(prefix - (values >> (K - t)), OFFSETS).all():
            return f"a prefix of {t} digits that is not near V/2^{K - t}"
    reached = np.unique(values)
    table = np.repeat(plus[:, None].astype(np.int8), len(reached), axis=1)
    found = cheapest_digits(reached, table).astype(np.int64)
    allowed = (found <= table).all() and (found >= table - 2).all()
    least = np.array([costs[values == v].min() for v in reached])
    right = (2 ** np.arange(K - 1, -1, -1) @ found == reached).all()
    cheapest = (abs(found).sum(axis=0) == least).all()
    return "" if allowed and right and cheapest else "not the cheapest string"


def check_lacking(case: Case) -> Evidence:
    """All signs of e ≤ 4 (quick) or 6 digits' two edges: a sign is lacking with 2·4^−e."""
    count = 0
    for e in range(1, case.pick(4, 6) + 1):
        lacking = 0
        for signs in itertools.product((False, True), repeat=2 * e):
            count += 1
            lacking += all(signs) or not any(signs)
        if Fraction(lacking, 4**e) != 2 * Fraction(1, 4**e):
            return from_cases(count, "sign patterns", {"e": e, "lacking": lacking})
    return from_cases(count, "sign patterns")


# -- G5 ------------------------------------------------------------------------------------------


def sum_G5(n: int, m: int, bad: Fraction, N: int, half: int) -> Fraction:
    """Return D(h), each factor at most 1: h = ⌈b/2⌉ for half 0 and ⌊b/2⌋ for 1, b ~ Bin(m, bad)."""
    chances = [comb(m, b) * bad**b * (1 - bad) ** (m - b) for b in range(m + 1)]
    asked = [(b + 1 - half) // 2 for b in range(m + 1)]
    found = Fraction(0)
    for chance, h in zip(chances, asked, strict=True):
        if h >= 1:
            rank = sum(
                (c for c, other in zip(chances, asked, strict=True) if other >= h), Fraction(0)
            )
            unserved = (1 - Fraction(1, 2 ** (h + 2))) ** N * (1 + rank / 3) ** (n - 1)
            found += n * chance * min(unserved, Fraction(1))
    return found


def exact_G5(n: int, m: int, bad: Fraction, N: int, half: int) -> Fraction:
    """Return the probability that a slot with a demand is not served, over all signs."""
    failing = Fraction(0)
    doubles = list(itertools.product((False, True), repeat=n * N))
    signs = itertools.product((False, True), repeat=m * N)
    digits = [np.array(right).reshape(m, N) for right in signs]
    for lacks in itertools.product((False, True), repeat=m * n):
        number = sum(lacks)
        chance = bad**number * (1 - bad) ** (m * n - number)
        lacking = np.array(lacks).reshape(m, n)
        for doubled in doubles:
            fit = sum(doubled)  # + from both old halves
            weight = chance * Fraction(1, 4) ** fit * Fraction(3, 4) ** (n * N - fit)
            fits = np.array(doubled).reshape(n, N)
            found = (served(lacking, fits, right, half) for right in digits)
            failing += weight * Fraction(sum(not one for one in found), 2 ** (m * N))
    return failing


def served(lacking: Bits, doubled: Bits, right: Bits, half: int) -> bool:
    """Return whether all accumulators with a demand find their neurons.

    Shapes: lacking (m, n), doubled (n, N), right (m, N): whether an edge has the sign asked for.
    """
    order, asked, j = demands(lacking, half)
    fit = doubled[order] & (right[j] | ~asked[..., None]).all(axis=1)
    padded = np.zeros((len(order), 256), dtype=np.bool_)
    padded[:, : doubled.shape[1]] = fit
    words = pack(padded)
    try:
        serve(len(order), np.arange(doubled.shape[1]), lambda slots, first, count: words[slots], 1)
    except PoolExhausted:
        return False
    return True


def check_G5_small(case: Case) -> Evidence:
    """All signs for a few accumulators, wires and neurons: exact ≤ D in either half."""
    count, slack = 0, None
    sizes = [(1, 1, 3), (1, 2, 2), (1, 3, 1), (2, 1, 1), (2, 1, 2), (2, 2, 1), (3, 1, 1)]
    sizes += [(2, 1, 3), (2, 2, 2), (3, 1, 2)]
    for n, m, N in sizes[: case.pick(7, 10)]:
        for bad, half in itertools.product((Fraction(1, 2), Fraction(1, 8)), (0, 1)):
            count += 1
            probability, bound = exact_G5(n, m, bad, N, half), sum_G5(n, m, bad, N, half)
            if probability > bound or (n == 1 and probability != bound):
                at = {"n": n, "m": m, "N": N, "bad": str(bad), "half": half}
                return from_cases(count, "pools", at)
            if bound:
                gap = float(bound - probability)
                slack = gap if slack is None else min(slack, gap)
    return from_cases(count, "pools", slack=slack)


def hold_bound(case: Case) -> Evidence:
    """Random sizes: the bound that plans use is the sum over both halves."""
    rng, count = case.rng(), case.pick(60, 600)
    for i in range(count):
        n, m = int(rng.integers(1, 40)), int(rng.integers(1, 60))
        e, N = int(rng.integers(2, 7)), int(rng.integers(1, 200))
        bad = Fraction(2, 4 ** (e - 1))
        total = sum((sum_G5(n, m, bad, N, half) for half in (0, 1)), Fraction(0))
        if not bound_G5(n, m, e, N).overlaps(exact(total)):
            return from_cases(i + 1, "sizes", {"n": n, "m": m, "e": e, "N": N})
    return from_cases(count, "sizes")


def measure_G5(case: Case) -> Evidence:
    """8 accumulators, 40 wires with e = 3 (an eighth bad), 120 neurons, in the second half."""
    n, m, N, bad = 8, 40, 120, Fraction(1, 8)
    rng, trials = case.rng(), case.pick(2000, 10_000)

    def fails() -> bool:
        lacking = rng.random((m, n)) < float(bad)
        doubled, right = rng.random((n, N)) < 0.25, rng.random((m, N)) < 0.5
        return not served(lacking, doubled, right, 1)

    failures = sum(fails() for _ in range(trials))
    bound = sum_G5(n, m, bad, N, 1)
    return BoundTest("a demand is not served", bound, failures, trials).evidence()


def refute_half_the_digits(case: Case) -> Evidence:
    """Find one accumulator that needs more than ½·log₂ m + 6 digits for a failure of 10^−9."""
    for count, log_m in enumerate(range(0, 13, 2), 1):
        m, e, N = 2**log_m, log_m // 2 + 6, 60
        failure = sum_G5(1, m, Fraction(2, 4 ** (e - 1)), N, 0)  # exact for one accumulator
        if failure > Fraction(1, 10**9):
            at = {"m": m, "e": e, "N": N, "failure": float(failure)}
            return from_cases(count, "plans", at)
    return from_cases(7, "plans")


_STRINGS = Check("all-strings", Rung.TESTED, check_strings, cost=8)

CLAIMS = (
    Claim(
        id="E5",
        title="range with both edges of a digit",
        statement="The two edges of a stage allow the digits 0, 1, 2 if both are +, −1, 0, 1 if "
        "they differ, −2, −1, 0 if both are −. If some edge of the first e stages is + and some "
        "is −, K = p + e, every |V| ≤ 2^p is Σ_t 2^{K−t}·d_t; this fails with probability 2·4^−e. "
        "Every prefix h_t of a string for V has h_t − ⌊V/2^{K−t}⌋ ∈ {−1, 0, 1, 2}, so the string "
        "that keeps the fewest edges is found from these four.",
        latex=r"\Pr(\text{some }|V|\le2^p\text{ has no string})\le2\cdot4^{-e},\quad K=p+e;"
        r"\qquad-1\le h_t-\lfloor V/2^{K-t}\rfloor\le2",
        source=OURS,
        domain="p ≥ 0, e ≥ 1, signs independent and uniform",
        depends_on=("E1",),
        outline="Take one edge per stage, + at one of the first e stages and − at another: then "
        "N(s) and 2^K − 1 − N(s) are at least 2^{K−e}, and E1 gives V. If both occur at one stage "
        "only, take there the sign of V. The rest of a string is at most 2·(2^{K−t} − 1) either "
        "way.",
        clauses=(
            Clause("range", "Both signs give every |V| ≤ 2^p a string.", argued="E5"),
            Clause("failure", "A sign is lacking with probability 2·4^−e.", argued="E5"),
            Clause("cheapest", "Four prefixes are enough to look at.", argued="E5"),
        ),
        tests=(_STRINGS, Check("all-edges", Rung.TESTED, check_lacking)),
    ),
    Claim(
        id="G5",
        title="range-aware matching",
        statement="After e − 1 stages an input is bad for an accumulator if its digits have no + "
        "or no −; b ~ Bin(m, 2·4^{1−e}) are. In stage e, the first half asks the first ⌈b/2⌉ bad "
        "inputs for the sign that they lack, the second half the others, besides the two doubling "
        "signs, in order of falling b. Then every weight has both signs by stage e, and some slot "
        "with a demand is not served, by n accumulators from N neurons in each block, with "
        "probability at most D(⌈b/2⌉) + D(⌊b/2⌋), D(h) = n·Σ_{b: h(b)≥1} P(b)·min(1, (1 − "
        "2^{−h(b)−2})^N·(1 + ⅓·P(h(b') ≥ h(b)))^{n−1}).",
        latex=r"D(h)=n\sum_{b:h(b)\ge1}\beta_b\,\min\Bigl\{1,\bigl(1-2^{-h(b)-2}\bigr)^N\bigl(1+"
        r"\tfrac13\Pr(h(b')\ge h(b))\bigr)^{n-1}\Bigr\},\quad b,b'\sim\mathrm{Bin}(m,"
        r"2\cdot4^{1-e})",
        source=OURS,
        domain="e ≥ 2, n, m, N ≥ 1",
        depends_on=("E5", "G1"),
        outline="Digits' signs are fair and independent given the neurons, which no matching so "
        "far has read. Let Y be the neurons with the right signs from the h asked inputs: Y ~ "
        "Bin(N, 2^−h), and at most rank − 1 of them are used. The doubling signs are fresh for "
        "every slot, so it is not served with probability at most (¾)^{|Y| − rank + 1}; the mean "
        "of the first factor is (1 − 2^{−h−2})^N, that of the other at most (1 + ⅓P)^{n−1}.",
        clauses=(
            Clause("both signs", "If all slots are served, no input is bad any more.", argued="G5"),
            Clause("failure", "P(fail) ≤ D(⌈b/2⌉) + D(⌊b/2⌋).", argued="G5"),
        ),
        tests=(
            Check("all-small-pools", Rung.TESTED, check_G5_small, cost=20),
            Check("sums", Rung.TESTED, hold_bound, cost=3),
            Check("monte-carlo", Rung.MEASURED, measure_G5, cost=5),
        ),
    ),
)
