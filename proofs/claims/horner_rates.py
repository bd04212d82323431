"""S5 and S6: the rates of construction S with explicit constants, and how far from optimal."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp
from flint import arb

from constructions import horner
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, Check, Claim
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

# N ≤ 4d + SLOPE·Λ + OFFSET ≤ 4d + C_WIDTH·(Λ + 1), as Λ ≥ 1
SLOPE = horner.SLOPE
C_WIDTH, OFFSET, C_DEPTH = (rate.constant for rate in horner.RATES)
# X = log₂(dl/ε) ≥ 1, Λ = log₂(lX/δ) ≥ 1, Q = lK/δ, K ≥ 4 (p ≥ 1, e ≥ 2). Slack 2^−s ≤ a/Q for U,
# (3/4)^r ≤ b/Q for A: any slack that fits bounds the plan's smallest N = m + 2(n+1) + s + 2r.
_SHARE_A, _SHARE_B = Fraction(85, 1000), Fraction(65, 1000)
_X, _Y = sp.symbols("X y", real=True)
_l, _d = sp.symbols("l d", positive=True)
_L = sp.Symbol("Lambda", real=True)
_Q = sp.Rational


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _digits() -> list[Obligation]:
    """e and K: how many stages a section has."""
    d, layers = (1 + sp.Symbol(name, nonnegative=True) for name in ("i", "j"))  # each ≥ 1
    w = sp.Symbol("w", real=True)  # ½·log₂(ld²/δ)
    return [
        prove_nonnegative(
            "Σ(n_i+1)m_i ≤ (d+1)(2d + (l−1)d) = (d+1)d(l+1) ≤ 4ld²",
            sp.expand(4 * layers * d**2 - (d + 1) * d * (layers + 1)),
        ),
        prove_identity(
            "e < ½·log₂(2·4ld²/δ) + 1 = ½·log₂(ld²/δ) + 5/2",
            _Q(1, 2) * (3 + 2 * w) + 1,
            w + _Q(5, 2),
        ),
        prove_implication(
            "L = 2 + l(K+2), K = p + 1 + e ≤ X + 0.304 + 1 + w + 5/2: L ≤ l(X + w + 7.81)",
            _l * (_X + w + _Q(781, 100)) - (2 + _l * (_X + _Q(3804, 1000) + w + 2)),
            {"l ≥ 1": (_l - 1, 2)},
        ),
        prove_implication(
            "ld² ≤ (dl)² ≤ 2^{2X−2}, so w ≤ X − 1 + y/2, y = log₂(1/δ): K ≤ (4.804 + y/2)·X for "
            "X ≥ 1",
            (_Q(4804, 1000) + _Y / 2) * _X - (_X + _Q(3804, 1000) + _X - 1 + _Y / 2),
            {"(X − 1)·(2.804 + y/2) ≥ 0": ((_X - 1) * (_Q(2804, 1000) + _Y / 2), 1)},
        ),
        prove_nonnegative(
            "e ≥ 2: Σ(n_i+1)m_i ≥ 2 and δ/2 ≤ ¼, and 2·4^{−1} > ¼", _Q(1, 2) - _Q(1, 4)
        ),
    ]


def _small(width: int, limit: Fraction, upto: int) -> list[Obligation]:
    """((4/3)^d − 1)(7/8)^{width·d} ≤ limit for every d ≥ 1."""
    ratio, other = Fraction(4, 3) * Fraction(7, 8) ** width, Fraction(7, 8) ** width
    name = f"((4/3)^d − 1)(7/8)^({width}d) ≤ {float(limit)}"
    return [
        prove_finite(
            name, f"d = 1…{upto}", range(1, upto + 1), lambda d: ratio**d - other**d <= limit
        ),
        prove_finite(
            f"{name}: beyond, the larger power alone is below, and falls",
            f"d = {upto}, ratio < 1",
            [upto],
            lambda d: ratio < 1 and ratio**d <= limit,
        ),
    ]


def _failure(width: int, output: Fraction) -> list[Obligation]:
    """All pool failures with |U| = (width − 2)d + s, |A| = d + 1 + r: at most δ/2."""
    layers, K, delta = sp.symbols("l K delta", positive=True)
    exponent = 1 / log2(arb(4) / 3)

    def rest() -> arb:
        a, b, Q = exact(_SHARE_A), exact(_SHARE_B), arb(8)
        three, seven = arb(3) / 4, arb(7) / 8
        merge, read = 4 * three ** (width + 1), (2 * three**width) * three**2
        lot = (merge + read) / 4 * Q * (b / Q) ** 2 * (a / Q) ** log2(arb(4) / 3)
        out = 6 * exact(output) * seven**2 / 4 * Q
        out *= (b / Q) ** (2 * exponent * log2(1 / seven)) * (a / Q) ** log2(1 / seven)
        return arb(1) / 2 - a - 6 * b - lot - out

    return [
        prove_implication(
            f"{width}d: split and carries (1 + l(K−1))·2^−s ≤ lK·2^−s = aδ",
            layers * K - (1 + layers * (K - 1)),
            {"l ≥ 1": (layers - 1, 1)},
        ),
        prove_identity(
            "doublings: 2l(K−1)·4·(3/4)^{r+1} = 6l(K−1)(3/4)^r", 2 * 4 * _Q(3, 4), sp.Integer(6)
        ),
        prove_implication(
            "… ≤ 6bδ",
            6 * delta - 6 * layers * (K - 1) * delta / (layers * K),
            {"K ≥ 0": (K, 6 * delta / K**2)},
        ),
        prove_finite(
            f"read-out: 2·(3/4)^{width} < 1, so d = 1 is the worst",
            "one number",
            [width],
            lambda w: 2 * Fraction(3, 4) ** w < 1,
        ),
        prove_positive_on_box(
            "the output's share falls in Q: 2·log(8/7)/log(4/3) + log₂(8/7) > 1",
            "exponents",
            lambda: 2 * exponent * log2(arb(8) / 7) + log2(arb(8) / 7) - 1,
            {},
        ),
        prove_positive_on_box(
            "a + 6b, merges and read-outs (l/δ ≤ Q/4), output: below ½, at Q = lK/δ ≥ 8",
            f"½ − a − 6b − rest(8) > 0 with N ≥ {width}d + 2 + s + 2r",
            rest,
            {},
        ),
    ]


def prove_S5(case: Case) -> Evidence:
    """Prove the explicit constants, for all real l, d ≥ 1 and 0 < ε, δ ≤ ½."""

    def width(t: arb) -> arb:
        # log₂ Q ≤ Λ + log₂(4.804 + Λ/2); N − 4d ≤ 2 + (log₂(Q/a) + 1) + 2(log_{4/3}(Q/b) + 1)
        scaled_log_Q = (
            1 + t * log2(exact(Fraction(4804, 1000)) * t + arb(1) / 2) + t_log2_inverse(t)
        )
        steps = 2 / log2(arb(4) / 3)
        constant = 5 - log2(exact(_SHARE_A)) - steps * log2(exact(_SHARE_B))
        return exact(SLOPE) + exact(OFFSET) * t - (1 + steps) * scaled_log_Q - constant * t

    return proof_evidence(
        [
            *_digits(),
            prove_implication(
                "log₂(lK/δ) ≤ Λ + log₂(4.804 + y/2), and y ≤ Λ = log₂(lX) + y because lX ≥ 1",
                _L - _Y,
                {"log₂(lX) ≥ 0": (sp.Symbol("log_lX", nonnegative=True), 1)},
                {
                    "Λ = log₂(lX) + y": (
                        sp.Symbol("Lambda", real=True) - sp.Symbol("log_lX", nonnegative=True) - _Y,
                        1,
                    )
                },
            ),
            *_small(4, Fraction(28, 100), 6),
            *_failure(4, Fraction(28, 100)),
            *_small(3, Fraction(44, 100), 8),
            *_failure(3, Fraction(44, 100)),
            prove_positive_on_box(
                "2 + s + 2r < 7Λ + 41",
                "7 + 41t − t·(2 + s + 2r) > 0 for t = 1/Λ ∈ (0, 1]",
                width,
                {"t": (Fraction(0), Fraction(1))},
            ),
            prove_implication(
                "… ≤ 24Λ + 24, as Λ ≥ 1",
                _rational(C_WIDTH) * (_L + 1) - (_rational(SLOPE) * _L + _rational(OFFSET)),
                {"Λ ≥ 1": (_L - 1, _rational(C_WIDTH - SLOPE))},
            ),
        ]
    )


def prove_S6(case: Case) -> Evidence:
    """Prove the ratios for finite parameters by S5, and their limits."""
    rho, tau, nu, third = sp.symbols("rho tau nu z", nonnegative=True)
    bits, layers, d = sp.symbols("E l d", positive=True)
    size, depth = sp.symbols("N L", nonnegative=True)
    result = []
    for factor, name in ((4, "signed"), (3, "nonnegative")):
        bound = ((factor + rho) * d) ** 2 * layers * bits * (1 + tau)
        ratio1 = (factor + rho) ** 2 * (1 + tau) / (1 - nu)
        lower2 = (layers - 1) * (d * (1 - third) / 2) ** 2 * bits * (1 - nu)
        ratio2 = 4 * ratio1 * layers / ((layers - 1) * (1 - third) ** 2)
        result += [
            prove_implication(
                f"{name}: N ≤ ({factor}+ρ)d and L ≤ l·E·(1+τ) give N²L ≤ d²lE({factor}+ρ)²(1+τ)",
                bound - size**2 * depth,
                {
                    "N ≤ …": ((factor + rho) * d - size, depth * ((factor + rho) * d + size)),
                    "L ≤ …": (layers * bits * (1 + tau) - depth, ((factor + rho) * d) ** 2),
                },
            ),
            prove_identity(
                f"{name}, l = 1: over T5's d²E(1−ν)",
                bound.subs(layers, 1) / (d**2 * bits * (1 - nu)),
                ratio1,
            ),
            prove_identity(
                f"{name}, l ≥ 2: over T2's (l−1)r²E(1−ν), r ≥ d(1−z)/2", bound / lower2, ratio2
            ),
            prove_identity(
                f"{name}: as ρ, τ, ν → 0 the first tends to {factor**2}",
                _at_zero(ratio1, rho, tau, nu),
                factor**2,
            ),
            prove_identity(
                f"{name}: and, with z = 3/d → 0, the second to {4 * factor**2}·l/(l−1)",
                _at_zero(ratio2, rho, tau, nu, third),
                4 * factor**2 * layers / (layers - 1),
            ),
        ]
    return proof_evidence(result)


def _at_zero(expression: sp.Expr, *symbols: sp.Symbol) -> sp.Expr:
    """Return the limit as the symbols tend to 0, one after the other (the ratio is continuous)."""
    for symbol in symbols:
        expression = sp.limit(expression, symbol, 0)
    return expression


def hold_rates(case: Case) -> Evidence:
    """Hold random plans against S5; record how close they come."""
    rng, count = case.rng(), case.pick(40, 400)
    worst = {"signed": -math.inf, "nonnegative": -math.inf, "depth": -math.inf}
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        X, Y = draws.logarithms(dims, eps, delta)
        layers, d, y = len(dims) - 1, max(dims), Y - X
        scale = math.log2(layers * X) + y + 1
        equal = len(set(dims)) == 1
        for key, factor in (("signed", 4), ("nonnegative", 3)):
            if key == "nonnegative" and not equal:
                continue
            made = horner.plan(Request.of(dims, eps, delta, nonnegative=key == "nonnegative"))
            width = (made.N - factor * d) / scale
            depth = made.L / layers - X - (math.log2(layers * d**2) + y) / 2
            worst[key], worst["depth"] = max(worst[key], width), max(worst["depth"], depth)
            above = made.N - factor * d - float(SLOPE) * (scale - 1) - float(OFFSET)
            if width > C_WIDTH or depth > C_DEPTH or above > 1e-9:
                return from_cases(
                    i, "plans", {"dims": dims, "eps": eps, "delta": delta, "case": key}
                )
    slack = float(C_WIDTH) - max(worst["signed"], worst["nonnegative"])
    return from_cases(count, "plans", slack=slack, details={"smallest constants that work": worst})


CLAIMS = (
    Claim(
        id="S5",
        title="both logarithms gone from the width",
        statement="With Λ = log₂(l·log₂(dl/ε)/δ) ≥ 1: N ≤ 4d + 7Λ + 41 ≤ 4d + 24Λ + 24, and 3d "
        "instead of 4d for nonnegative inputs and all d_i = d; L ≤ l·(log₂(dl/ε) + "
        "½·log₂(ld²/δ) + 7.81).",
        latex=r"N\le4d+7\Lambda+41,\quad\Lambda=\log_2\frac{l\log_2(dl/\varepsilon)}{\delta},"
        r"\qquad L\le l\Bigl(\log_2\frac{dl}\varepsilon+\tfrac12\log_2\frac{ld^2}\delta+7.81"
        r"\Bigr)",
        source=OURS,
        domain="all shapes of width d and depth l, d, l ≥ 1; 0 < ε, δ ≤ ½",
        depends_on=("S4", "Q1", "G1", "G2", "G3"),
        required=Rung.PROVED,
        outline="The plan takes the smallest slacks; |U| = 2d + s, |A| = d + 1 + r are slacks "
        "too, whatever the widths. With 2^−s ≤ a/Q, (3/4)^r ≤ b/Q, Q = lK/δ, the pools fail "
        "with at most (a + 6b + rest)δ ≤ δ/2; the rest falls in d and in Q. K ≤ (4.804 + "
        "y/2)X bounds log₂ Q by Λ + log₂(4.804 + Λ/2), and balls in t = 1/Λ cover all Λ ≥ 1.",
        checks=(
            machine_checked(
                "S5_smallest",
                "S5_plan_exists",
                "S5_rates",
                "S5_nonnegative",
                "S5_nonnegative_exists",
            ),
            Check("proof", Rung.PROVED, prove_S5, cost=3),
            Check("plans", Rung.TESTED, hold_rates, cost=9),
        ),
    ),
    Claim(
        id="S6",
        title="within a constant of the lower bound",
        statement="All d_i = d, ε, δ ≤ ½, E = log₂(1/ε): N²L ≤ d²lE(4+ρ)²(1+τ) with ρ = (7Λ + "
        "41)/d and τ = (log₂(dl) + ½log₂(ld²/δ) + 7.81)/E. As ρ, τ → 0, d → ∞: at most 16 + "
        "o(1) times T1 (l = 1), 64 + o(1) times l/(l−1)·T2 (l ≥ 2); for nonnegative inputs 9 "
        "and 36.",
        latex=r"N^2L\le(16+o(1))\,\mathrm{T1}\ (l=1),\qquad N^2L\le(64+o(1))\tfrac "
        r"l{l-1}\mathrm{T2}\ (l\ge2)",
        source=OURS,
        domain="all d_i = d → ∞, log(l·log(1/ε)/δ) = o(d), log(dl/δ) = o(log(1/ε))",
        depends_on=("S5", "T5", "T2"),
        required=Rung.PROVED,
        outline="S5's bounds in terms of ρ and τ, divided by T5 (at most T1) and T2, with ν "
        "their lower-order share: 1/E for T5 (3/2 for nonnegative inputs), (2log₂l + "
        "(5/2)log₂d + 5/4)/E for T2, and r ≥ (d−3)/2. The hypotheses make ρ, τ and ν tend to "
        "0: log(dl/ε) ≤ 2log(1/ε) at last, and ld²/δ ≤ (dl/δ)².",
        checks=(Check("proof", Rung.PROVED, prove_S6, cost=2),),
    ),
)
