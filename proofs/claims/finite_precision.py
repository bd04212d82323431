"""Q: how many bits a target needs. Rounding errors through the layers of a ReLU network."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from constructions.norms import bound_spectral_norm
from constructions.quantize import (
    RESERVE,
    Precision,
    bits_for_theorem,
    bound_error,
    precision_for_theorem,
    quantize,
)
from constructions.targets.target import Ball, TargetNetwork
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, PAPER, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    exact,
    proof_evidence,
    prove_identity,
    prove_nonnegative,
    prove_positive_on_box,
)

BITS_EXCESS = Fraction(304, 1000)  # p < log₂(dl/ε) + this, for ε ≤ ½


def prove_few_bits(case: Case) -> Evidence:
    """Prove for ε ≤ ½, reserve included: p < log₂(dl/ε) + BITS_EXCESS, and p ≥ 1."""
    d = sp.Symbol("d", positive=True)
    x = sp.Symbol("x", nonnegative=True)
    falling = sp.log(1 + x) - x / (1 + x)  # −x²·(ln(1+x)/x)'

    def excess() -> arb:
        least = 2 * (arb(3) / 2).log()  # ln(1+ε')/ε' at ε' = ½
        return 1 - (2 * least * exact(1 - RESERVE)).log() / arb(2).log()

    steps = [
        prove_identity("ln(1+x) − x/(1+x) is 0 at x = 0", falling.subs(x, 0), 0),
        prove_nonnegative(
            "its derivative is ≥ 0: ln(1+x)/x falls, so ln(1+ε') ≥ κε' for ε' ≤ ½, κ = 2·ln(3/2)",
            sp.diff(falling, x),
        ),
        prove_positive_on_box(
            "p ≥ log₂(dl/(2κε(1 − 2^−10))) is enough, so p < log₂(dl/ε) + 1 − log₂(2κ(1 − 2^−10))",
            f"1 − log₂(2κ(1 − 2^−10)) < {BITS_EXCESS}",
            lambda: exact(BITS_EXCESS) - excess(),
            {},
        ),
        prove_positive_on_box(
            "no smaller number of three decimals comes out of it",
            f"1 − log₂(2κ(1 − 2^−10)) > {BITS_EXCESS} − 0.001",
            lambda: excess() - exact(BITS_EXCESS - Fraction(1, 1000)),
            {},
        ),
        prove_nonnegative(
            "p = 0 is never enough for ε ≤ ½: (1 + d/2)^l ≥ 1 + d/2 > 1 + ε(1 − 2^−10)",
            d / 2 - sp.Rational(1, 2),
            {d: 1},
        ),
    ]
    return proof_evidence(steps)


def hold_bits_against_bound(case: Case) -> Evidence:
    """Hold bits_for_theorem against Q1: minimal, and at most the closed form with the reserve."""
    rng, count = case.rng(), case.pick(300, 3000)
    for i in range(count):
        d, depth = int(2 ** rng.uniform(0, 12)), int(rng.integers(1, 40))
        eps = Decimal(str(round(float(2 ** rng.uniform(-40, 0)), 15))) or Decimal("0.5")
        dims = (d,) * (depth + 1)
        p = bits_for_theorem(dims, eps)
        goal = 1 + Fraction(eps) * (1 - RESERVE)

        def fits(bits: int, d: int = d, depth: int = depth, goal: Fraction = goal) -> bool:
            return (1 + Fraction(d, 2 ** (bits + 1))) ** depth <= goal

        closed = _ceil_log2(Fraction(d * depth) / (Fraction(eps) * (1 - RESERVE)))
        if (
            not fits(p)
            or (p > 0 and fits(p - 1))
            or p > max(closed, 0)
            or _too_many(p, d * depth, eps)
        ):
            return from_cases(i + 1, "plans", {"d": d, "l": depth, "eps": str(eps), "p": p})
    return from_cases(count, "plans")


def _too_many(p: int, size: int, eps: Decimal) -> bool:
    """Return whether p breaks 1 ≤ p < log₂(dl/ε) + BITS_EXCESS, which holds for ε ≤ ½."""
    excess = math.log2(size) - math.log2(eps) + float(BITS_EXCESS) - p
    return eps <= Decimal("0.5") and (p < 1 or excess < -1e-9)


def _ceil_log2(value: Fraction) -> int:
    bits = value.numerator.bit_length() - value.denominator.bit_length() - 1
    while Fraction(2) ** bits < value:
        bits += 1
    return bits


def hold_errors_against_bound(case: Case) -> Evidence:
    """Round random targets of the theorem's class; hold sampled errors under Q2, and Q2 under ε."""
    rng, count, slack = case.rng(), case.pick(20, 200), None
    for i in range(count):
        dims = tuple(int(v) for v in rng.integers(1, 12, size=int(rng.integers(2, 5))))
        weights = []
        for rows, columns in zip(dims[1:], dims[:-1], strict=True):
            W = rng.standard_normal((rows, columns))
            weights.append(W / bound_spectral_norm(W))
        target = TargetNetwork.from_layers(weights)
        eps = f"{2.0 ** rng.uniform(-12, -1):.6f}"
        precision = precision_for_theorem(dims, eps)
        rounded = TargetNetwork.from_layers(
            [np.ldexp(V.astype(np.float64), -precision.p) for V in quantize(target, precision)]
        )
        bound = bound_error(target, precision)
        x = rng.standard_normal((64, dims[0]))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        sampled = float(np.linalg.norm(target(x) - rounded(x), axis=1).max())
        margin = float(arb(eps).lower()) - max(sampled * (1 - 1e-9), float(bound.upper()))
        if margin < 0 or sampled * (1 - 1e-9) > float(bound.upper()):
            found = {"dims": dims, "eps": eps, "sampled": sampled, "bound": str(bound)}
            return from_cases(i + 1, "random targets", found)
        slack = margin if slack is None else min(slack, margin)
    return from_cases(count, "random targets", slack=slack)


def hold_norms(case: Case) -> Evidence:
    """Hold bounds on spectral norms against singular values, and ‖(AᵀA)^k‖_∞ against both ends."""
    rng, count = case.rng(), case.pick(100, 1000)
    for i in range(count):
        m, n = (int(v) for v in rng.integers(1, 12, size=2))
        A = rng.standard_normal((m, n)) * 2.0 ** rng.uniform(-8, 8)
        norm, k = float(np.linalg.norm(A, 2)), int(2 ** rng.integers(0, 6))
        gram = np.linalg.matrix_power(A.T @ A / norm**2, k)  # of norm 1
        power = float(np.abs(gram).sum(axis=1).max()) ** (1 / (2 * k))
        bound = bound_spectral_norm(A) / norm
        near = 1 + 1e-12
        if not (1 / near <= power <= near * n ** (1 / (4 * k)) and 1 / near <= bound <= 1.001):
            return from_cases(i + 1, "matrices", {"A": A.tolist(), "k": k, "power": power})
    return from_cases(count, "matrices")


def hold_products_against_bound(case: Case) -> Evidence:
    """Chains of single positive weights, all rounded down: Q2's sum telescopes to their error.

    f(x) = w_l⋯w_1·x and ∏w_i − ∏v_i = Σ_i (∏_{j>i} v_j)(w_i − v_i)(∏_{j<i} w_j), so the bound may
    be neither below the error at x = R nor 2^−10 above it: no factor of it can be left out.
    """
    rng, count, slack = case.rng(), case.pick(50, 500), None
    for i in range(count):
        p, depth = int(rng.integers(4, 12)), int(rng.integers(1, 6))
        units = [int(v) for v in rng.integers(2**p // 8, 2**p, size=depth)]
        down = [Fraction(int(f), 64) for f in rng.integers(1, 31, size=depth)]
        exponents = tuple(int(k) for k in rng.integers(-2, 3, size=depth))
        radius = Fraction(int(rng.integers(1, 64)), 8)
        v = [Fraction(u) * Fraction(2) ** (k - p) for u, k in zip(units, exponents, strict=True)]
        w = [a + f * Fraction(2) ** (k - p) for a, f, k in zip(v, down, exponents, strict=True)]
        target = TargetNetwork.from_layers(
            [[[float(weight)]] for weight in w], domain=Ball(float(radius))
        )
        error = radius * (math.prod(w) - math.prod(v))
        bound = bound_error(target, Precision(p, exponents, ""))
        if not exact(error) <= bound.upper() <= exact(error * (1 + Fraction(1, 2**10))):
            found = {"w": w, "v": v, "R": radius, "error": error, "bound": float(bound.upper())}
            return from_cases(i + 1, "chains", found)
        gap = float(bound.upper() / exact(error)) - 1
        slack = gap if slack is None else min(slack, gap)
    return from_cases(count, "chains", slack=slack)


def check_rounding_exhaustively(case: Case) -> Evidence:
    """Every multiple of 2^{−p−3} in [−1, 1], p ≤ 5: errors at most ½, |V| ≤ 2^p, half to even."""
    count = 0
    for p in range(6):
        step = 2.0 ** (-p - 3)
        W = np.arange(-1.0, 1.0 + step / 2, step)[None, :]
        (V,) = quantize(TargetNetwork.from_layers([W]), Precision(p, (0,), ""))
        gap = np.abs(W * 2**p - V)
        even = V[gap == 0.5] % 2 == 0
        count += W.size
        if gap.max() > 0.5 or np.abs(V).max() > 2**p or not even.all():
            return from_cases(count, "weights", {"p": p, "largest error": float(gap.max())})
    return from_cases(count, "weights")


CLAIMS = (
    Claim(
        id="Q1",
        title="rounding a target of norm at most 1",
        statement="V_i = round(2^p W_i) has |V_i| ≤ 2^p and ‖W_i − 2^−p V_i‖₂ ≤ η = d·2^{−p−1}; "
        "the rounded network errs by at most (1+η)^l − 1 on the unit ball; p = ⌈log₂(dl/ε)⌉ "
        "makes that at most ε. The smallest p for ε(1 − 2^−10) is at least 1 and less than "
        f"log₂(dl/ε) + {float(BITS_EXCESS)}, for ε ≤ ½.",
        latex=r"\sup_{\|x\|_2\le1}\|f(x)-\hat f(x)\|_2\le(1+\eta)^l-1,\quad\eta=d\,2^{-p-1};\qquad "
        r"p=\lceil\log_2(dl/\varepsilon)\rceil\ \text{gives}\ (1+\eta)^l-1\le\varepsilon",
        source=PAPER,
        domain="d, l ≥ 1; ‖W_i‖₂ ≤ 1; ‖x‖₂ ≤ 1; 0 < ε ≤ 1 for the closed form",
        depends_on=(),
        outline="An entry errs by at most ½·2^−p, so a layer by its Frobenius norm. ‖f_i‖ ≤ 1 "
        "and σ is 1-Lipschitz with σ(0) = 0, so e_{i+1} ≤ ‖2^−p V‖e_i + η‖f_i‖ with ‖2^−p V‖ "
        "≤ 1 + η; induction gives (1+η)^i − 1. For the closed form, η ≤ ε/(2l), l·ln(1+η) ≤ "
        "ε/2 ≤ ln(1+ε).",
        clauses=(
            Clause(
                "rounding",
                "V_i = round(2^p W_i) has |V_i| ≤ 2^p.",
                (machine_checked("near_range", "opnorm_entry"),),
            ),
            Clause(
                "error",
                "‖W_i − 2^−p V_i‖₂ ≤ η, and the rounded network errs by at most (1+η)^l − 1 on "
                "the unit ball.",
                (machine_checked("Q1_error", "Q1_layer"),),
            ),
            Clause("closed form", "p = ⌈log₂(dl/ε)⌉ is enough.", (machine_checked("Bits_ok"),)),
            Clause(
                "few bits",
                "The smallest p for ε(1 − 2^−10), ε ≤ ½, has 1 ≤ p < log₂(dl/ε) + "
                f"{float(BITS_EXCESS)}.",
                (Check("few-bits", Rung.PROVED, prove_few_bits),),
            ),
        ),
        tests=(
            Check("exhaustive-rounding", Rung.TESTED, check_rounding_exhaustively),
            Check("plans", Rung.TESTED, hold_bits_against_bound),
            Check("random-targets", Rung.TESTED, hold_errors_against_bound),
        ),
    ),
    Claim(
        id="Q2",
        title="a posteriori error of rounding",
        statement="sup ‖f − f̂‖ ≤ R·Σ_i (∏_{j>i} ‖2^−p V_j‖)·η_i·(∏_{j<i} ‖W_j‖) for ‖x‖₂ ≤ R, "
        "η_i = ‖W_i − 2^−p V_i‖₂; and ‖A‖₂ ≤ ‖(AᵀA)^k‖_∞^{1/(2k)}, too large by at most "
        "d^{1/(4k)}.",
        latex=r"\sup_{\|x\|\le R}\|f-\hat f\|\le R\sum_i\prod_{j>i}\|2^{-p}V_j\|\;\eta_i"
        r"\prod_{j<i}\|W_j\|",
        source=OURS,
        domain="any target, any R ≥ 0",
        depends_on=(),
        outline="f̂_i − f_i = σ(V̂_i f̂_{i−1}) − σ(W_i f_{i−1}); subtract and add V̂_i f_{i−1}: "
        "e_i ≤ ‖V̂_i‖e_{i−1} + η_i‖f_{i−1}‖, and ‖f_{i−1}‖ ≤ R∏_{j<i}‖W_j‖. Unrolled, this "
        "is the sum. ‖A‖₂^{2k} is the spectral radius of (AᵀA)^k, at most any induced norm "
        "of it.",
        clauses=(
            Clause(
                "bound",
                "The error is at most the sum.",
                (machine_checked("Q2_bound"),),
                argued="Q2",
            ),
            Clause(
                "spectral norms",
                "‖(AᵀA)^k‖_∞^{1/(2k)} is at least ‖A‖₂ and at most d^{1/(4k)} times it.",
                argued="Q2",
            ),
        ),
        tests=(
            Check("random-targets", Rung.TESTED, hold_errors_against_bound),
            Check("norms", Rung.TESTED, hold_norms),
            Check("every-factor", Rung.TESTED, hold_products_against_bound),
        ),
    ),
)
