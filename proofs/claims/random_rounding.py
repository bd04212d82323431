"""Q3: random rounding errs by O(√d·2^−p) in spectral norm; to nearest, by up to d·2^{−p−1}."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.claims.model import OURS, Check, Claim
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.statistics import BoundTest
from proofs.symbolic import (
    exact,
    proof_evidence,
    prove_identity,
    prove_implication,
    prove_positive_on_box,
)

CONSTANT = Fraction(214, 100)
_NET = Fraction(6, 100)  # the nets' fineness h; it gives the smallest constant, about


def prove_Q3(case: Case) -> Evidence:
    """Prove Hoeffding's lemma for an entry, Chernoff's bound for a form, and the constant."""
    f = sp.Symbol("f", positive=True)
    s, t, d, h = sp.symbols("s t d h", positive=True)
    share = sp.Symbol("delta", positive=True)
    up, down = (1 - f) * sp.exp(s * f), f * sp.exp(s * (f - 1))
    log_mean = sp.log(up + down)
    a, b = sp.symbols("a b", positive=True)
    norm, value, near_u, near_v = sp.symbols("norm value near_u near_v", nonnegative=True)
    return proof_evidence(
        [
            prove_identity(
                "an entry's error is f or f − 1, of mean 0", (1 - f) * f + f * (f - 1), 0
            ),
            prove_identity("φ = ln E exp(s·error) is 0 at s = 0", log_mean.subs(s, 0), 0),
            prove_identity("φ' is 0 at s = 0", sp.diff(log_mean, s).subs(s, 0), 0),
            prove_identity(
                "φ'' = ab/(a+b)² with a, b the two terms",
                sp.diff(log_mean, s, 2),
                up * down / (up + down) ** 2,
            ),
            prove_identity(
                "¼ − ab/(a+b)² = (a−b)²/(2(a+b))² ≥ 0: so φ ≤ s²/8 (Taylor)",
                sp.Rational(1, 4) - a * b / (a + b) ** 2,
                (a - b) ** 2 / (2 * (a + b)) ** 2,
            ),
            prove_identity(
                "P(uᵀ(2^p E)v ≥ t) ≤ exp(−st + s²/8) = exp(−2t²) at s = 4t (Σ u_i² v_j² = 1)",
                (-s * t + s**2 / 8).subs(s, 4 * t),
                -2 * t**2,
            ),
            prove_identity(
                "an h-net of the sphere of R^d has at most ((1 + h/2)/(h/2))^d = (1 + 2/h)^d "
                "points",
                (1 + h / 2) / (h / 2),
                1 + 2 / h,
            ),
            prove_implication(
                "some uᵀEv of the nets is at least (1 − 2h)‖E‖",
                value - (1 - 2 * h) * norm,
                {
                    "uᵀEv ≥ ‖E‖ − |u−u₀|‖E‖ − |v−v₀|‖E‖": (
                        value - norm + (near_u + near_v) * norm,
                        1,
                    ),
                    "|u−u₀| ≤ h": (h - near_u, norm),
                    "|v−v₀| ≤ h": (h - near_v, norm),
                },
            ),
            prove_identity(
                "(1+2/h)^{2d}·exp(−2t²) = δ at t² = d·ln(1+2/h) + ½·ln(1/δ)",
                2 * d * sp.log(1 + 2 / h) - 2 * (d * sp.log(1 + 2 / h) - sp.log(share) / 2),
                sp.log(share),
            ),
            prove_positive_on_box(
                "√(ln(1 + 2/h))/(1 − 2h) < 2.14 at h = 0.06; δ → 1 leaves a rounding that exists",
                "2.14 − √(ln(1 + 2/0.06))/0.88 > 0",
                lambda: exact(CONSTANT) - _bound(1, arb(1)),
                {},
            ),
        ]
    )


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


CLAIMS = (
    Claim(
        id="Q3",
        title="random rounding",
        statement="Every real m × n matrix W, m, n ≤ d, has a rounding V, each entry of 2^p W up "
        "or down, with ‖W − 2^−p V‖₂ ≤ 2.14·√d·2^−p; rounding at random gets √(3.54d + "
        "½·ln(1/δ))/0.88·2^−p with probability ≥ 1 − δ. That is ½·log₂d − 2.1 bits fewer "
        "than Q1's d·2^{−p−1}; nothing for d ≤ 18.",
        latex=r"\exists V:\ \|W-2^{-p}V\|_2\le2.14\,\sqrt d\,2^{-p}",
        source=OURS,
        domain="m, n ≤ d, any real W, 0 < δ < 1",
        depends_on=(),
        required=Rung.PROVED,
        outline="Errors are independent, of mean 0, in an interval of length 2^−p: Hoeffding's "
        "lemma and Chernoff's bound for uᵀEv, a union over two nets of the sphere (their "
        "size by volumes), h = 0.06.",
        checks=(
            Check("proof", Rung.PROVED, prove_Q3),
            Check("matrices", Rung.TESTED, check_norms, cost=5),
            Check("random-rounding", Rung.MEASURED, measure_norms, cost=3),
        ),
    ),
)
