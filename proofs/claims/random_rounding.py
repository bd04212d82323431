"""Q3: random rounding errs by O(√d·2^−p) in spectral norm; to nearest, by up to d·2^{−p−1}.

Plans made with rounding="random" rely on it, and on nothing but the proved constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from constructions import TargetNetwork, horner
from constructions.quantize import (
    RESERVE,
    Precision,
    bits_for_theorem,
    precision_for_theorem,
    quantize,
)
from constructions.request import Request
from constructions.rounding import ATTEMPTS, CONSTANT, NORM_SLACK
from proofs.claims.draws import certify_each
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.statistics import BoundTest
from proofs.symbolic import (
    exact,
    log2,
    proof_evidence,
    prove_nonnegative,
    prove_positive_on_box,
)

_NET = Fraction(6, 100)  # the nets' fineness h; it gives the smallest constant, about


def prove_constants(case: Case) -> Evidence:
    """Prove that CONSTANT is enough, and that ATTEMPTS attempts hardly ever all fail."""
    seen = exact(CONSTANT) / (1 + exact(NORM_SLACK))  # a norm at most this is seen to be ≤ 2.14√d
    net = exact(_NET)
    least = 4 * CONSTANT**2  # d of the narrowest layer for which ½·d > 2.14·√d
    x = sp.Symbol("x", nonnegative=True)
    steps = [
        prove_positive_on_box(
            "ln(1 + 2/h) < 3.54 and 1 − 2h = 0.88 at h = 0.06",
            "3.54 − ln(1 + 2/0.06) > 0",
            lambda: exact(Fraction(354, 100)) - (1 + 2 / net).log(),
            {},
        ),
        prove_positive_on_box(
            "d/2 over 2.14·√d saves ½·log₂d − log₂(2·2.14) bits, more than ½·log₂d − 2.1",
            "2.1 − log₂(2·2.14) > 0",
            lambda: exact(Fraction(21, 10)) - log2(2 * exact(CONSTANT)),
            {},
        ),
        prove_positive_on_box(
            "√(ln(1 + 2/h))/(1 − 2h) < 2.14/(1 + 2^−11) at h = 0.06; δ → 1 leaves a rounding that "
            "exists, and that a bound on norms at most 2^−11 too large shows to be within 2.14√d",
            "2.14/(1 + 2^−11) − √(ln(1 + 2/0.06))/0.88 > 0",
            lambda: seen - _bound(1, arb(1)),
            {},
        ),
        prove_nonnegative(
            "to nearest errs by ½√(mn) ≤ d/2, more than 2.14√d only if d > 4·2.14²: with √d = "
            "2·2.14 + x the difference is x(2·2.14 + x)/2, and falls below 0 for x < 0",
            (2 * _rational(CONSTANT) + x) ** 2 / 2
            - _rational(CONSTANT) * (2 * _rational(CONSTANT) + x),
        ),
        prove_positive_on_box(
            f"{ATTEMPTS} independent attempts all fail with probability at most "
            f"exp(−{ATTEMPTS}·2d·(((1−2h)·2.14/(1+2^−11))² − ln(1+2/h))) < 10^−6 for such d",
            "the exponent at d = 4·2.14², minus ln 10^6 > 0 (it grows with d)",
            lambda: (
                ATTEMPTS * 2 * exact(least) * (((1 - 2 * net) * seen) ** 2 - (1 + 2 / net).log())
                - arb(10**6).log()
            ),
            {},
        ),
    ]
    return proof_evidence(steps)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _bound(d: int, share: arb) -> arb:
    """2^p times the norm that random rounding exceeds with probability at most ``share``."""
    net = exact(_NET)
    return (d * (1 + 2 / net).log() - share.log() / 2).sqrt() / (1 - 2 * net)


def round_randomly(rng: np.random.Generator, scaled: np.ndarray) -> np.ndarray:
    """Round every entry of 2^p W up with the probability that makes the error's mean 0."""
    floor = np.floor(scaled)
    return np.asarray(floor + (rng.random(scaled.shape) < scaled - floor))


def check_norms(case: Case) -> Evidence:
    """Round matrices until the bound holds; on all-½ ones, rounding to nearest errs by d/2."""
    rng, count, worst, tries = case.rng(), case.pick(30, 300), 0.0, 0
    for i in range(count):
        d = int(2 ** rng.uniform(0, 8))
        scaled = np.full((d, d), 0.5) if i % 3 == 0 else 8 * rng.uniform(-1, 1, size=(d, d))
        for _ in range(20):
            tries += 1
            norm = float(np.linalg.norm(scaled - round_randomly(rng, scaled), 2))
            if norm <= float(CONSTANT) * np.sqrt(d):
                break
        else:
            return from_cases(i + 1, "matrices", {"d": d, "norm": norm})
        worst = max(worst, norm / np.sqrt(d))
    return from_cases(
        count,
        "matrices",
        details={"roundings": tries, "largest norm/√d": worst},
        slack=2.14 - worst,
    )


def measure_norms(case: Case) -> Evidence:
    """Round all-½ matrices, d = 24, and count norms beyond the bound at δ = ½."""
    rng, trials, d = case.rng(), case.pick(300, 3000), 24
    limit = float(_bound(d, arb("0.5")).lower())
    scaled = np.full((d, d), 0.5)
    norms = [float(np.linalg.norm(scaled - round_randomly(rng, scaled), 2)) for _ in range(trials)]
    test = BoundTest(
        "norm beyond the bound at δ = ½", Fraction(1, 2), sum(n > limit for n in norms), trials
    )
    return test.evidence(d=d, limit=limit, largest=max(norms))


def hold_plans(case: Case) -> Evidence:
    """Hold plans with random rounding against the claim: least p, never more than to nearest."""
    rng, count, saved = case.rng(), case.pick(300, 3000), 0
    for i in range(count):
        d, depth = int(2 ** rng.uniform(0, 14)), int(rng.integers(1, 20))
        eps = f"{2.0 ** rng.uniform(-30, 0):.12f}"
        dims = (d,) * (depth + 1)
        nearest, p = bits_for_theorem(dims, eps), bits_for_theorem(dims, eps, "random")
        goal = 1 + Fraction(eps) * (1 - RESERVE)
        # In rationals: 2.14·√d ≤ 2^p·η, squared.
        rooms = [Fraction(2) ** bits * _root_below(goal, depth) for bits in (p, p - 1)]
        enough, fewer = (r >= Fraction(d, 2) or r * r >= CONSTANT**2 * d for r in rooms)
        least = (
            0.5 * np.log2(d) - np.log2(2 * float(CONSTANT)) - 1 if d > 18 else 0
        )  # p is rounded up
        if not enough or (p > 0 and fewer) or p > nearest or (p and nearest - p < least - 1e-9):
            return from_cases(i + 1, "plans", {"d": d, "l": depth, "eps": eps, "p": p})
        saved = max(saved, nearest - p)
    return from_cases(count, "plans", details={"most bits saved": saved})


def _root_below(goal: Fraction, depth: int) -> Fraction:
    """Return the η with (1 + η)^depth = goal, from below, to 2^−60 of 1 or so."""
    low, high = Fraction(0), goal - 1
    for _ in range(90):
        middle = (low + high) / 2
        middle = Fraction(round(middle * 2**120), 2**120)
        low, high = (middle, high) if (1 + middle) ** depth <= goal else (low, middle)
    return low


def hard_weights(rng: np.random.Generator, dims: tuple[int, ...], p: int) -> list[np.ndarray]:
    """Return matrices of norm at most 1 that rounding to nearest makes err by nearly ½√(mn) units.

    Every weight is an even multiple of 2^−p and nearly half a unit, with the signs of a matrix of
    rank one, so that all errors add up.
    """
    matrices = []
    for rows, columns in zip(dims[1:], dims[:-1], strict=True):
        unit = 2.0**-p
        signs = np.outer(*(rng.choice([-1.0, 1.0], size=n) for n in (rows, columns)))
        steps = rng.integers(0, 2, size=(rows, columns)) * (2 * unit)
        W = signs * (unit / 2 - unit / 64) + np.where(rng.random((rows, columns)) < 0.1, steps, 0)
        matrices.append(W)
    return matrices


def certify_random(case: Case) -> Evidence:
    """Prune wide targets that nearest rounding serves badly; let the kernel judge the tickets."""
    rng = case.rng()
    return certify_each(case, horner, _hard_targets(rng, case.pick(4, 20)), rng)


def _hard_targets(
    rng: np.random.Generator, count: int
) -> Iterator[tuple[TargetNetwork, horner.HornerPlan]]:
    """Yield targets whose rounding is not to nearest in some layer, with their plans."""
    for _ in range(count):
        dims = tuple(int(v) for v in rng.integers(60, 90, size=int(rng.integers(2, 4))))
        eps = f"{2.0 ** -rng.uniform(1, 3):.4f}"
        precision = precision_for_theorem(dims, eps, "random", int(rng.integers(2**63)))
        target = TargetNetwork.from_layers(hard_weights(rng, dims, precision.p))
        nearest = quantize(target, Precision(precision.p, precision.exponents, ""))
        if all(map(np.array_equal, quantize(target, precision), nearest)):
            raise ValueError(f"dims = {dims}, eps = {eps}: every layer was rounded to nearest")
        yield target, horner.plan(Request.of(dims, eps, "0.05", precision=precision))


CLAIMS = (
    Claim(
        id="Q3",
        title="random rounding",
        statement="Every real m × n matrix W, m + n ≤ 2d, has a rounding V, each entry of 2^p W up "
        "or down, with ‖W − 2^−p V‖₂ ≤ 2.14·√d·2^−p; rounding at random gets √(3.54d + "
        "½·ln(1/δ))/0.88·2^−p with probability ≥ 1 − δ, and a rigorous bound on the norm shows "
        "2.14·√d in one of 64 attempts with probability ≥ 1 − 10^−6 for d ≥ 18.32. That is "
        "½·log₂d − 2.1 bits fewer than Q1's d·2^{−p−1}; nothing for d ≤ 18.",
        latex=r"\exists V:\ \|W-2^{-p}V\|_2\le2.14\,\sqrt d\,2^{-p}",
        source=OURS,
        domain="m + n ≤ 2d, any real W, 0 < δ < 1; bounds on norms at most 2^−11 too large",
        depends_on=(),
        outline="Errors are independent, of mean 0, in an interval of length 2^−p: Hoeffding's "
        "lemma and Chernoff's bound for uᵀEv, a union over two nets of the sphere (their "
        "size by volumes), h = 0.06. Below d = 4·2.14² to nearest is no worse. Plans round to "
        "nearest first, then at random in a fixed order, and check each norm. Norms a little "
        "above 1 may bring entries beyond 2^p; cut to it, at most one per row and column, they "
        "add no more than the largest excess.",
        clauses=(
            Clause(
                "random rounding",
                "With probability ≥ 1 − δ, independent errors of mean 0 make a matrix of norm at "
                "most √(3.54d + ½·ln(1/δ))/0.88·2^−p.",
                argued="Q3",
            ),
            Clause(
                "constants",
                f"ln(1 + 2/h) ≤ 3.54 and 1 − 2h = 0.88 at h = 0.06; so {float(CONSTANT)}·√d is "
                f"enough as δ → 1, and {ATTEMPTS} attempts all fail with probability < 10^−6 for "
                "d ≥ 18.32; below, nearest is no worse. That saves ½·log₂d − 2.1 bits.",
                (Check("constants", Rung.PROVED, prove_constants),),
            ),
        ),
        tests=(
            Check("matrices", Rung.TESTED, check_norms, cost=5),
            Check("plans", Rung.TESTED, hold_plans, cost=3),
            Check("certified-tickets", Rung.CERTIFIED, certify_random, cost=10),
            Check("random-rounding", Rung.MEASURED, measure_norms, cost=3),
        ),
    ),
)
