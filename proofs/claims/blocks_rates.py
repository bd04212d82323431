"""B5: the rates of the paper's construction, with explicit constants."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import sympy as sp
from flint import arb

from constructions import blocks
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.blocks import terms_fall
from proofs.claims.machine import machine_checked
from proofs.claims.model import PAPER, Check, Claim
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    Obligation,
    exact,
    log2,
    proof_evidence,
    prove_finite,
    prove_identity,
    prove_implication,
    prove_nonnegative,
    prove_positive_on_box,
    t_log2_inverse,
)

C_WIDTH, C_DEPTH = (rate.constant for rate in blocks.RATES)
EXCESS = Fraction(1304, 1000)  # p + 1 ≤ log₂(dl/ε) + this (Q1)
_SPARE = Fraction(145, 100)  # neurons a block beyond log_{8/7}(P·2^{2Y−1})

# With X = log₂(dl/ε) ≥ 1 and Y = log₂(dl/(εδ)) ≥ X + 1 ≥ 2: p + 1 ≤ P = Y + 0.304, and, since
# dl ≤ 2^{X−1}, the counts are at most δ·2^{Y−1}P(P+1) (blocks) and δ·P·2^{2Y−1} (copies). So a
# block of b(Y) = log_{8/7}(P·2^{2Y−1}) + spare neurons, rounded up, is enough.


def _kappa() -> arb:
    return arb(1) / log2(arb(8) / 7)


def _scaled_P(t: arb) -> arb:
    """t·P at Y = 1/t."""
    return 1 + exact(EXCESS - 1) * t


def _scaled_log_P(t: arb) -> arb:
    """t·log₂ P."""
    return t * log2(_scaled_P(t)) + t_log2_inverse(t)


def _scaled_b(t: arb) -> arb:
    """t·b(Y)."""
    return _kappa() * (2 - t + _scaled_log_P(t)) + exact(_SPARE) * t


def _scaled_alive(t: arb) -> arb:
    """−t·log₂ of the blocks' share of δ, 2^{Y−1}P(P+1)(3/4)^b (1 + b/3)."""
    scaled_b = _scaled_b(t)
    log_count = 1 - t + _scaled_log_P(t) + t * log2(_scaled_P(t) + t) + t_log2_inverse(t)
    log_factor = t * log2(t + scaled_b / 3) + t_log2_inverse(t)
    return log2(arb(4) / 3) * scaled_b - log_count - log_factor


def _counts() -> list[Obligation]:
    """The counts of blocks and copies, for widths at most d, by D = dl."""
    d, p = sp.symbols("d p", positive=True)
    more = sp.Symbol("k", nonnegative=True)  # l = 2 + k
    layers = sp.Symbol("l", positive=True)
    one = sp.Symbol("j", nonnegative=True)  # l = 1 + j
    return [
        prove_identity(
            "blocks, l layers of width d: 2d + (2d + (l−1)d)·p(p+3)/2",
            2 * d + (2 * d + (layers - 1) * d) * p * (p + 3) / 2,
            2 * d + (layers + 1) * d * p * (p + 3) / 2,
        ),
        prove_nonnegative(
            "… is at most D(p+1)(p+2), D = dl",
            sp.expand(
                d * (1 + one) * (p + 1) * (p + 2) - (2 * d + (2 + one) * d * p * (p + 3) / 2)
            ),
        ),
        prove_identity(
            "copies, l = 1: 2(p+1)·2d·d = 4(p+1)D²", 2 * (p + 1) * 2 * d * d, 4 * (p + 1) * d**2
        ),
        prove_nonnegative(
            "copies, l ≥ 2: 2(p+1)d²(4 + 2(l−2) + 1) ≤ 4(p+1)D²",
            sp.expand(4 * (p + 1) * d**2 * (2 + more) ** 2 - 2 * (p + 1) * d**2 * (5 + 2 * more)),
        ),
        prove_identity(
            "D ≤ 2^{X−1} and 1/δ = 2^{Y−X}: 4D²/δ ≤ 2^{X+Y}",
            4 * (2 ** (sp.Symbol("X") - 1)) ** 2 * 2 ** (sp.Symbol("Y") - sp.Symbol("X")),
            2 ** (sp.Symbol("X") + sp.Symbol("Y")),
        ),
    ]


def prove_B5(case: Case) -> Evidence:
    """Prove the explicit constants, for all real d, l ≥ 1 and 0 < ε, δ ≤ ½."""
    X = sp.Symbol("X", positive=True)
    layers = sp.Symbol("l", positive=True)
    half = {"t": (Fraction(0), Fraction(1, 2))}

    def shares(t: arb) -> arb:
        spare = 1 - (arb(7) / 8) ** exact(_SPARE)  # what the copies leave to the blocks
        return _scaled_alive(t) + t * log2(spare)

    def width(t: arb) -> arb:
        return exact(C_WIDTH) - 2 * _scaled_P(t) * (_scaled_b(t) + t)

    return proof_evidence(
        [
            *_counts(),
            *terms_fall(),
            prove_positive_on_box(
                "⌈b(Y)⌉ neurons a block are enough: copies fail ≤ (7/8)^1.45·δ, blocks the rest",
                "2^{Y−1}P(P+1)(3/4)^b(1+b/3) < 1 − (7/8)^1.45 for Y = 1/t ≥ 2 (log₂, times t)",
                shares,
                half,
            ),
            prove_positive_on_box(
                "N ≤ 2d·P·(b(Y) + 1) < 28·d·Y²",
                "28 − 2(tP)(t·b + t) > 0 for t = 1/Y ∈ (0, ½]",
                width,
                half,
            ),
            prove_implication(
                "L = 1 + l(p+1) ≤ 1 + l(X + 1.304) ≤ 3lX where X ≥ 1.152",
                3 * layers * X - 1 - layers * (X + sp.Rational(1304, 1000)),
                {
                    "X ≥ 1.152": (X - sp.Rational(1152, 1000), 2 * layers),
                    "l ≥ 1": (layers - 1, 1),
                },
            ),
            prove_finite(
                "where X < 1.152, dl/ε < 2.223, so dl = 1 and ε > 0.4498; then p = 1 is enough, "
                "and L = 3 ≤ 3lX",
                "the one shape d = l = 1, at the smallest such ε",
                [Fraction(4498, 10000)],
                lambda eps: 1 + Fraction(1, 4) <= 1 + eps * (1 - Fraction(1, 1024)),
            ),
            prove_positive_on_box(
                "2^1.152 < 2.223 and 2.223·0.4498 < 1",
                "2.223 > 2^1.152",
                lambda: arb("2.223") - arb(2) ** arb("1.152"),
                {},
            ),
            prove_nonnegative(
                "2.223·0.4498 < 1", 1 - sp.Rational(2223, 1000) * sp.Rational(4498, 10000)
            ),
        ]
    )


def hold_plans(case: Case) -> Evidence:
    """Hold random plans, and a corner of small ones, against B5's bounds and against δ."""
    worst = {"width": 0.0, "depth": 0.0}
    rng, count = case.rng(), case.pick(60, 600)
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        made = blocks.plan(Request.of(dims, eps, delta))
        X, Y = draws.logarithms(dims, eps, delta)
        width, depth = made.N / (max(dims) * Y**2), made.L / ((len(dims) - 1) * X)
        worst = {"width": max(worst["width"], width), "depth": max(worst["depth"], depth)}
        total = sum(made.failure_bounds().values(), arb(0))
        formula = _formula(dims, made.p, made.B) == (made.N, made.L)
        wrong = width > C_WIDTH or depth > C_DEPTH + Fraction(1, 10**9) or not formula
        if (
            wrong
            or not total <= exact(Fraction(Decimal(delta)))
            or made.bound_failure > float(delta)
        ):
            return from_cases(i, "plans", {"dims": dims, "eps": eps, "delta": delta})
    slack = float(C_WIDTH) - worst["width"]
    return from_cases(count, "plans", slack=slack, details={"largest ratios": worst})


def _formula(dims: tuple[int, ...], p: int, B: int) -> tuple[int, int]:
    inputs = [2 * dims[0], *dims[1:-1]]
    return max(inputs) * (p + 1) * B, 1 + (len(dims) - 1) * (p + 1)


CLAIMS = (
    Claim(
        id="B5",
        title="the paper's rates with explicit constants",
        statement="N ≤ 28·d·log₂²(dl/(εδ)) and L ≤ 3·l·log₂(dl/ε). The second constant is the "
        "smallest possible.",
        latex=r"N\le28\,d\log_2^2\frac{dl}{\varepsilon\delta},\qquad L\le3\,l\log_2\frac{dl}{"
        r"\varepsilon}",
        source=PAPER,
        domain="all shapes of width d and depth l, d, l ≥ 1; 0 < ε, δ ≤ ½",
        depends_on=("B4", "Q1"),
        required=Rung.PROVED,
        outline="X = log₂(dl/ε) ≥ 1, Y = log₂(dl/(εδ)) ≥ X + 1. p + 1 ≤ X + 1.304 ≤ Y + 0.304 "
        "(Q1); B is at most any integer ≥ 2 that meets the bound, and ⌈b(Y)⌉ does. Balls in "
        "t = 1/Y cover all Y ≥ 2. L = 3 at d = l = 1, ε = ½, where log₂(dl/ε) = 1.",
        checks=(
            machine_checked("B5_smallest", "B5_rates", "B5_sharp"),
            Check("proof", Rung.PROVED, prove_B5, cost=3),
            Check("plans", Rung.TESTED, hold_plans, cost=20),
        ),
    ),
)
