"""E: signs do not matter. Every integer of an interval is a subset sum of signed powers of two."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from constructions.expansion import extra_digits, negative_part, signed_digits
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases

_SIGNS = (1, -1)


def check_all_patterns(case: Case) -> Evidence:
    """All sign patterns for K ≤ 8 (quick) or 12: the sums, the digits and the Horner prefixes."""
    patterns = 0
    for K in range(case.pick(8, 12) + 1):
        masks = (np.arange(2**K)[:, None] >> np.arange(K)) & 1
        powers = 2 ** np.arange(K)
        for bits in range(2**K):
            s = np.where((bits >> np.arange(K)) & 1, 1, -1)
            patterns += 1
            sums = masks @ (s * powers)
            N = int(powers[s < 0].sum())
            fills = np.array_equal(np.sort(sums), np.arange(-N, 2**K - N))
            if not fills or not _digits_right(s, np.arange(-N, 2**K - N)):
                return from_cases(patterns, "sign patterns", {"s": s.tolist(), "N": N})
    return from_cases(patterns, "sign patterns", details={"K": case.pick(8, 12)})


def _digits_right(s: np.ndarray, V: np.ndarray) -> bool:
    """Return whether the digits rebuild V, and every Horner prefix of V ≥ 0 is right (E2)."""
    K, signs = len(s), np.repeat((s > 0)[:, None], len(V), axis=1)
    if K == 0:
        return True
    m = signed_digits(V, signs)
    if not np.array_equal((m * s[:, None] * 2 ** np.arange(K)[:, None]).sum(0), V):
        return False
    if not np.array_equal(negative_part(signs), np.full(len(V), (2 ** np.arange(K))[s < 0].sum())):
        return False
    h, positive = np.zeros_like(V), V >= 0
    for b in reversed(range(K)):
        if (s[b] < 0) and (h[positive & m[b]] < 1).any():
            return False
        h = 2 * h + s[b] * m[b]
        if (h[positive] < 0).any():
            return False
    return np.array_equal(h, V)


def check_range_probabilities(case: Case) -> Evidence:
    """All patterns of the top e digits: the stated range fails for exactly the stated share."""
    count = 0
    for p, e in itertools.product(range(4), range(2, 7)):
        top = list(itertools.product(_SIGNS, repeat=e))
        lacking = sum(len(set(signs)) == 1 for signs in top)
        pairs = list(itertools.product(itertools.product(_SIGNS, repeat=2), repeat=min(e, 5)))
        none = sum(all(1 not in pair for pair in digits) for digits in pairs)
        count += len(top) + len(pairs)
        wrong3 = Fraction(lacking, len(top)) != 2 * Fraction(1, 2**e)
        wrong4 = Fraction(none, len(pairs)) != Fraction(1, 4 ** min(e, 5))
        if wrong3 or wrong4 or not _range_holds(p, e):
            return from_cases(count, "patterns", {"p": p, "e": e})
    return from_cases(count, "patterns")


def _range_holds(p: int, e: int) -> bool:
    """E3 and E4 for every pattern of all digits: both signs (or a +) at the top reach the range."""
    for signs in itertools.product(_SIGNS, repeat=p + e):
        N = sum(2**b for b, s in enumerate(signs) if s < 0)
        if len(set(signs[p:])) == 2 and not (2**p <= N and 2 ** (p + e) - 1 - N >= 2**p):
            return False
    for signs in itertools.product(_SIGNS, repeat=min(p + 1 + e, 10)):
        K = len(signs)
        N = sum(2**b for b, s in enumerate(signs) if s < 0)
        if 1 in signs[p + 1 :] and 2 ** (p + 1) > 2**K - 1 - N:
            return False
    return True


def check_extra_digits(case: Case) -> Evidence:
    """extra_digits returns the least e that meets a budget, for both forms of the failure."""
    rng, count = case.rng(), case.pick(500, 5000)
    for i in range(count):
        slots = int(2 ** rng.uniform(0, 30))
        budget = Fraction(float(2.0 ** rng.uniform(-40, -1)))
        failure, base, least = ((2, 2, 2), (1, 4, 0))[i % 2]
        e = extra_digits(slots, failure, base, budget, least)

        def fits(
            e: int, total: int = slots * failure, base: int = base, b: Fraction = budget
        ) -> bool:
            return Fraction(total, base**e) <= b

        if e < least or not fits(e) or (e > least and fits(e - 1)):
            return from_cases(i + 1, "budgets", {"slots": slots, "budget": budget, "e": e})
    return from_cases(count, "budgets")


_PATTERNS = Check("all-sign-patterns", Rung.TESTED, check_all_patterns, cost=20)
_RANGES = Check("all-top-patterns", Rung.TESTED, check_range_probabilities, cost=2)
_EXTRA = Check("extra-digits", Rung.TESTED, check_extra_digits)

CLAIMS = (
    Claim(
        id="E1",
        title="signed powers of two represent an interval",
        statement="For any signs s ∈ {±1}^K and N(s) = Σ_{b: s_b=−1} 2^b, every integer V with "
        "−N(s) ≤ V ≤ 2^K − 1 − N(s) has exactly one m ∈ {0,1}^K with V = Σ_b 2^b s_b m_b.",
        latex=r"\Bigl\{\sum_{b<K}2^bs_bm_b:m\in\{0,1\}^K\Bigr\}=[-N(s),\,2^K-1-N(s)]\cap\mathbb "
        r"Z,\quad\text{each value once}",
        source=OURS,
        domain="K ≥ 0, any s ∈ {±1}^K",
        depends_on=(),
        outline="Induction on K: the sums with the new digit unused and used are two copies of "
        "one interval that touch and do not meet. Explicitly, m_b is the bit of V + N(s) "
        "where s_b = +1, else its complement.",
        clauses=(
            Clause("existence", "Every V in it has an m.", (machine_checked("E1_exists"),)),
            Clause("uniqueness", "It has only one.", (machine_checked("E1_unique"),)),
            Clause("nothing else", "Every sum is in it.", (machine_checked("E1_interval"),)),
        ),
        tests=(_PATTERNS,),
    ),
    Claim(
        id="E2",
        title="Horner prefixes are not negative",
        statement="With h_0 = 0 and h_{t+1} = 2h_t + s·m, most significant digit first: if V ≥ 0 "
        "then every h_t ≥ 0, and h_t ≥ 1 wherever the digit used next is −1.",
        latex=r"V\ge0\;\Rightarrow\;h_t\ge0\ \text{for all}\ t,\quad\text{and}\ h_t\ge1\ "
        r"\text{where the next digit is}\ {-1}",
        source=OURS,
        domain="K ≥ 0, any s ∈ {±1}^K, V ≥ 0 in the interval of E1",
        depends_on=("E1",),
        outline="V = 2^j h_t + r with j digits left and r ≤ 2^j − 1, so h_t > −1; and 2h_t − 1 ≥ "
        "0 gives h_t ≥ 1.",
        clauses=(
            Clause("prefixes", "Every h_t ≥ 0.", (machine_checked("E2_nonneg", "E2_step"),)),
            Clause("where −1 is used", "h_t ≥ 1 there.", (machine_checked("E2_positive"),)),
        ),
        tests=(_PATTERNS,),
    ),
    Claim(
        id="E3",
        title="range with one edge per digit",
        statement="If both signs occur among the digits b = p…K−1, K = p + e, e ≥ 2, all |V| ≤ "
        "2^p are representable; this fails with probability 2·2^−e.",
        latex=r"\Pr(\text{some}\ |V|\le2^p\ \text{is not represented})\le2\cdot2^{-e},\quad K=p+e",
        source=OURS,
        domain="p ≥ 0, e ≥ 2, signs independent and uniform",
        depends_on=("E1",),
        outline="A digit − at b ≥ p makes N(s) ≥ 2^p, a digit + there makes 2^K − 1 − N(s) ≥ "
        "2^p; use E1. Of 2^e patterns two lack a sign.",
        clauses=(
            Clause(
                "range",
                "Both signs among the top e digits: all |V| ≤ 2^p are representable.",
                (machine_checked("E3_range", "E3_good"),),
            ),
            Clause(
                "failure", "One is missing with probability 2·2^−e.", (machine_checked("E3_prob"),)
            ),
        ),
        tests=(
            _RANGES,
            _EXTRA,
        ),
    ),
    Claim(
        id="E4",
        title="range with the best of two edges per digit",
        statement="With two edges per digit, + is available with probability ¾. If one of the top "
        "e digits has it, every V in [0, 2^{p+1}] is representable, K = p + 1 + e; this "
        "fails with probability 4^−e.",
        latex=r"\Pr(\text{some}\ V\in[0,2^{p+1}]\ \text{is not represented})\le4^{-e},\quad "
        r"K=p+1+e",
        source=OURS,
        domain="p ≥ 0, e ≥ 0, signs independent and uniform",
        depends_on=("E1",),
        outline="A + at b ≥ p + 1 makes 2^K − 1 − N(s) ≥ 2^{p+1}; the lower end is ≤ 0 anyway; "
        "use E1.",
        clauses=(
            Clause(
                "range",
                "A + among the top e digits: every V in [0, 2^{p+1}] is representable.",
                (machine_checked("E4_range", "E4_good"),),
            ),
            Clause(
                "failure",
                "The best of two edges is + nowhere among them with probability 4^−e.",
                (machine_checked("E4_prob"),),
            ),
        ),
        tests=(
            _RANGES,
            _EXTRA,
        ),
    ),
)
