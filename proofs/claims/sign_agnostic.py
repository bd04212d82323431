"""A: sign-agnostic expansion. One wire a power of two, and one logarithm fewer in the width."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import sympy as sp
from flint import arb

from constructions import sign_agnostic
from constructions.pool import bound_G1
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
    prove_identity,
    prove_implication,
    prove_inductive_step,
    prove_nonnegative,
    prove_positive_on_box,
    t_log2_inverse,
)

C_WIDTH, C_DEPTH = (rate.constant for rate in sign_agnostic.RATES)
_EXCESS = Fraction(304, 1000)  # K ≤ 3Y + this

_t, _e, _K = sp.symbols("t e K", integer=True, nonnegative=True)


def _construction() -> list[Obligation]:
    u = sp.Symbol("u", nonnegative=True)
    layers = sp.Symbol("l", integer=True, nonnegative=True)
    return [
        *prove_inductive_step(
            "both halves of the top wire hold 2^t u, and their + edges make 2^{t+1} u twice",
            _t,
            0,
            2**_t * u,
            u,
            lambda value: sp.Max(value + value, 0),
        ),
        prove_identity("one old half goes on as the wire 2^t u", sp.Max(2**_t * u, 0), 2**_t * u),
        *prove_inductive_step(
            "one split layer, then K − 1 doublings and a read-out a section: L = 1 + lK",
            layers,
            0,
            1 + layers * _K,
            1,
            lambda L: L + (_K - 1) + 1,
        ),
    ]


def _failures() -> list[Obligation]:
    m = sp.Symbol("m", integer=True, positive=True)
    a, b, delta = sp.symbols("a b delta", nonnegative=True)
    half = sp.Rational(1, 2)
    return [
        *prove_inductive_step(
            "doublings of one section: 2(K−2) into both halves and one into a single half",
            _K,
            2,
            2 * _K - 3,
            1,
            lambda count: count + 2,
        ),
        prove_implication(
            "union bound: range a ≤ δ/2 and pools b ≤ δ/2",
            delta - (a + b),
            {"a ≤ δ/2": (delta / 2 - a, 1), "b ≤ δ/2": (delta / 2 - b, 1)},
        ),
        *prove_inductive_step(
            "carries of one section: Σ_{i=0..k} 2^{−i} = 2 − 2^{−k} ≤ 2 (and 2^{−mi} ≤ 2^{−i})",
            _t,
            0,
            2 - half**_t,
            1,
            lambda F: F + half ** (_t + 1),
        ),
        prove_nonnegative("m ≥ 1: mi ≥ i", (m - 1) * _t, {m: 1}),
    ]


# With X = log₂(dl/ε) and Y = log₂(dl/(εδ)) ≥ X + 1 ≥ 2, and D = dl ≤ 2^{X−1}: the pairs of a
# read-out neuron and an input number R ≤ 2D² ≤ 2^{2X−1}, so e < log₂(4R/δ) + 1 ≤ X + Y + 2 and
# K = p + e ≤ 3Y + 0.304. Slack: s = ⌈log₂(8l/δ)⌉ for C, r = ⌈log_{4/3}(24lK/δ)⌉ for D.


def _slacks() -> list[Obligation]:
    depth, K, delta = sp.symbols("l K delta", positive=True)
    X, Y = sp.symbols("X Y", real=True)
    d = sp.Symbol("d", positive=True)
    more = sp.Symbol("k", nonnegative=True)
    return [
        prove_nonnegative("pairs, l = 1: 2d·d ≤ 2D²", 2 * d**2 - 2 * d * d),
        prove_nonnegative(
            "pairs, l ≥ 2: d²(4 + 2(l−2) + 1) ≤ 2D²",
            sp.expand(2 * d**2 * (2 + more) ** 2 - d**2 * (5 + 2 * more)),
        ),
        prove_identity(
            "log₂(4·2D²/δ) with D = 2^{X−1}, 1/δ = 2^{Y−X}: 3 + 2(X−1) + Y − X = X + Y + 1",
            3 + 2 * (X - 1) + (Y - X),
            X + Y + 1,
        ),
        prove_implication(
            "K = p + e ≤ (X + 0.304) + (X + Y + 2) ≤ 3Y + 0.304",
            3 * Y + sp.Rational(304, 1000) - (X + sp.Rational(304, 1000) + X + Y + 2),
            {"X ≤ Y − 1": (Y - 1 - X, 2)},
        ),
        prove_identity(
            "carries 2l·2^−s, 2^s = 8l/δ: δ/4", 2 * depth * (delta / (8 * depth)), delta / 4
        ),
        prove_implication(
            "split 2·(3/4)^r and doublings (2K−3)l·3(3/4)^r, (3/4)^r = δ/(24lK): at most δ/4",
            delta / 4 - (2 + 3 * (2 * K - 3) * depth) * (delta / (24 * depth * K)),
            {"l ≥ 1": (depth - 1, delta * 9 / (24 * depth * K))},
        ),
    ]


def prove_A1(case: Case) -> Evidence:
    """Prove exactness, the failure bound, the depth, and explicit constants for all parameters."""
    layers, Y = sp.symbols("l Y", positive=True)
    logs = 1 / log2(arb(4) / 3)

    def width(t: arb) -> arb:
        scaled_log_K = t * log2(3 + exact(_EXCESS) * t) + t_log2_inverse(t)
        s = 1 - t + (3 + 1) * t  # t·(log₂(8l/δ) + 1), log₂(l/δ) ≤ Y − 1
        r = logs * (t * log2(arb(24)) + 1 - t + scaled_log_K) + t
        return exact(C_WIDTH) - (2 * (3 + exact(_EXCESS + 1) * t) + s + 2 * r)

    return proof_evidence(
        [
            *_construction(),
            *_failures(),
            *_slacks(),
            prove_positive_on_box(
                "N ≤ 2d(K−1) + 2·2d + s + 2r < 31·d·Y (d ≥ 1)",
                "31 − [2(3Y + 1.304) + s + 2r]/Y > 0 for t = 1/Y ∈ (0, ½]",
                width,
                {"t": (Fraction(0), Fraction(1, 2))},
            ),
            prove_implication(
                "L = 1 + lK ≤ 3.66·l·Y",
                sp.Rational(366, 100) * layers * Y - 1 - layers * (3 * Y + sp.Rational(304, 1000)),
                {"Y ≥ 2": (Y - 2, layers * sp.Rational(66, 100)), "l ≥ 1": (layers - 1, 1)},
            ),
        ]
    )


def hold_plans(case: Case) -> Evidence:
    """Hold random plans against the constants, their formulas and δ; the plan is the smallest."""
    rng, count = case.rng(), case.pick(40, 400)
    worst = {"width": 0.0, "depth": 0.0}
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        made = sign_agnostic.plan(Request.of(dims, eps, delta))
        _, Y = draws.logarithms(dims, eps, delta)
        layers, m = len(dims) - 1, max(s.m for s in made.sections)
        width, depth = made.N / (max(dims) * Y), made.L / (layers * Y)
        worst = {"width": max(worst["width"], width), "depth": max(worst["depth"], depth)}
        bounds = made.failure_bounds()
        carry = sum(
            (
                bound_G1(s.m * t, made.size_C, Fraction(1, 2))
                for s in made.sections
                for t in range(1, made.K)
            ),
            arb(0),
        )
        right = (
            made.size_C + 2 * made.size_D == made.N
            and 1 + layers * made.K == made.L
            and made.p + made.e == made.K
            and made.size_C >= m * (made.K - 1)
            and bounds["carry"].overlaps(carry)
            and bool(sum(bounds.values(), arb(0)) <= exact(Fraction(Decimal(delta))))
        )
        if not right or width > C_WIDTH or depth > C_DEPTH:
            return from_cases(i, "plans", {"dims": dims, "eps": eps, "delta": delta})
    return from_cases(count, "plans", details={"largest ratios": worst})


def certify_A(case: Case) -> Evidence:
    """Prune small random targets and let the kernel judge the tickets."""
    return draws.certify(case, sign_agnostic, case.pick(4, 40))


def measure_A(case: Case) -> Evidence:
    """Whole draws against δ, and every event against its bound."""
    return draws.measure(case, sign_agnostic, (2, 2, 1), "0.3", "0.4", case.pick(150, 3000))


CLAIMS = (
    Claim(
        id="A1",
        title="sign-agnostic expansion: width d·log",
        statement="With probability ≥ 1 − δ every target of the class has a ticket within ε, N = "
        "|C| + 2|D|, |C| = max m_i(K−1) + s_C, |D| = max m_i + s_D, K = p + e, L = 1 + lK. "
        "For ε, δ ≤ ½, N ≤ 31·d·log₂(dl/(εδ)) and L ≤ 3.66·l·log₂(dl/(εδ)).",
        latex=r"N\le31\,d\log_2\frac{dl}{\varepsilon\delta},\qquad L\le3.66\,l\log_2\frac{dl}{"
        r"\varepsilon\delta}",
        source=OURS,
        domain="every shape, 0 < ε, 0 < δ < 1; the rates for 0 < ε, δ ≤ ½",
        depends_on=("Q1", "H1", "H2", "E1", "E3", "G1"),
        required=Rung.PROVED,
        outline="Wires are made by doubling the two halves D, D′ of the newest one; their edges "
        "are disjoint from the carries' and the read-outs', so all signs that decide an "
        "event are fresh. Whatever signs the read-out finds, E1 and E3 give the digits. "
        "Union bound: E3 and G1, δ/2 each. For the rates see the obligations, with Y = "
        "log₂(dl/(εδ)) ≥ 2; the plan takes the smallest slacks, so any that fit bound it.",
        checks=(
            machine_checked(
                "A1_exact", "A1_bad_prob", "A1_plan", "A1_theorem", "A1_smallest", "smallest_exists"
            ),
            Check("proof", Rung.PROVED, prove_A1, cost=2),
            Check("certified-tickets", Rung.CERTIFIED, certify_A, cost=5),
            Check("plans", Rung.TESTED, hold_plans, cost=60),
            Check("whole-draws", Rung.MEASURED, measure_A, cost=200),
        ),
    ),
)
