"""S5 and S6: the rates of construction S with explicit constants, and how far from optimal."""

from __future__ import annotations

import math
from fractions import Fraction

from constructions import horner
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.finite_precision import BITS_EXCESS
from proofs.claims.inequalities import prove_S5
from proofs.claims.lower_bound_deep import CONSTANT
from proofs.claims.machine import hundredths, machine_checked
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases

# N ≤ 4d + SLOPE·Λ + OFFSET ≤ 4d + C_WIDTH·(Λ + 1), as Λ ≥ 1
SLOPE = horner.SLOPE
C_WIDTH, OFFSET, C_DEPTH = (rate.constant for rate in horner.RATES)
# X = log₂(dl/ε) ≥ 1, Λ = log₂(lX/δ) ≥ 1, Q = l(K+2)/δ, K ≥ 3 (p ≥ 1, e ≥ 2). Slack 2^−s ≤ a/Q for
# U, (3/4)^r ≤ b/Q for A: any slack that fits bounds the plan's smallest N = m + 2(n+1) + s + 2r.
ONE_WIDTH = Fraction(41), Fraction(24), Fraction(781, 100)  # C₂, C, C' with a digit for the offset


def hold_ratios(case: Case) -> Evidence:
    """Hold S6's finite form against plans, and its ratios against their limits far out."""
    rng, count = case.rng(), case.pick(20, 200)
    for i in range(count):
        d, layers = int(rng.integers(1, 40)), int(rng.integers(1, 5))
        eps, delta = (f"{2.0 ** -rng.uniform(1, 40):.15f}" for _ in range(2))
        E = -math.log2(float(eps))
        rho, tau = _shares(d, layers, E, -math.log2(float(delta)))
        for nonnegative, factor in ((False, 4), (True, 3)):
            made = horner.plan_with_split(
                Request.of((d,) * (layers + 1), eps, delta, nonnegative=nonnegative)
            )
            bound = d**2 * layers * E * (factor + rho) ** 2 * (1 + tau)
            if bound < made.N**2 * made.L:
                found = {"d": d, "l": layers, "eps": eps, "delta": delta, "bound": bound}
                return from_cases(i + 1, "plans", found)
    far, E = 2.0**60, 2.0**40
    for layers in (1, 2, 3, 10):
        rho, tau = _shares(far, layers, E, 1.0)
        for factor, lost in ((4, 1.0), (3, 1.5)):
            limit, lower = float(factor**2), far**2 * (E - lost)  # T5
            if layers > 1:
                nu = 3 * math.log2(layers) + 2.5 * math.log2(far) + float(CONSTANT)
                lower = (layers * far**2 - (layers - 1) * far) * (E - nu)  # T2
            ratio = far**2 * layers * E * (factor + rho) ** 2 * (1 + tau) / lower
            if abs(ratio / limit - 1) > 1e-6:
                found = {"l": layers, "ratio": ratio, "limit": limit}
                return from_cases(count + 1, "limits", found)
    return from_cases(count, "plans and limits")


def _shares(d: float, layers: int, E: float, y: float) -> tuple[float, float]:
    """Return S6's ρ and τ, E = log₂(1/ε), y = log₂(1/δ)."""
    log_dl, log_l = math.log2(d * layers), math.log2(layers)
    Lambda = log_l + math.log2(log_dl + E) + y
    rho = (float(SLOPE) * Lambda + float(OFFSET)) / d
    tau = (log_dl + (log_l + 2 * math.log2(d) + y) / 2 + float(C_DEPTH)) / E
    return rho, tau


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
            made = horner.plan_with_split(
                Request.of(dims, eps, delta, nonnegative=key == "nonnegative")
            )
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
        statement=f"With Λ = log₂(l·log₂(dl/ε)/δ) ≥ 1, the smallest plan of S4 that splits its "
        f"inputs has N ≤ 4d + {SLOPE}Λ + {OFFSET} ≤ 4d + {C_WIDTH}Λ + {C_WIDTH}, and 3d instead of "
        "4d for nonnegative inputs and all d_i = d; L ≤ l·(log₂(dl/ε) + "
        f"½·log₂(ld²/δ) + {float(C_DEPTH)}). The plan that is used has no more random weights.",
        latex=rf"N\le4d+{SLOPE}\Lambda+{OFFSET},\quad\Lambda=\log_2\frac{{l\log_2(dl/\varepsilon)}}"
        r"{\delta},\qquad L\le l\Bigl(\log_2\frac{dl}\varepsilon+\tfrac12\log_2\frac{ld^2}\delta"
        rf"+{float(C_DEPTH)}\Bigr)",
        source=OURS,
        domain="all shapes of width d and depth l, d, l ≥ 1; 0 < ε, δ ≤ ½",
        depends_on=("S4", "Q1", "G1", "G2"),
        outline="The plan takes the smallest slacks, and G5 only where that lowers e and so K. "
        "With 2^−s ≤ a/Q, (3/4)^r ≤ b/Q, Q = l(K+2)/δ, the pools fail with at most (1.1a + 6b + "
        "rest)δ ≤ 5δ/16; the rest falls in n_i and in Q. K + 2 ≤ (c + "
        f"y/2)X, c = {float(Fraction(11, 2) + BITS_EXCESS)}, bounds log₂ Q by Λ + log₂(c + Λ/2), "
        "and balls in t = 1/Λ cover all Λ ≥ 1.",
        clauses=(
            Clause("width", "The smallest plans have this N.", argued="S5"),
            Clause("depth", "They have this L.", argued="S5"),
            Clause(
                "inequality",
                "Slacks of these shares fit, and give this N for all Λ ≥ 1.",
                (Check("inequality", Rung.PROVED, prove_S5),),
            ),
            Clause(
                "one width, a digit for the offset",
                f"The smallest plans of S4's last clause have N ≤ 4d + {SLOPE}Λ + {ONE_WIDTH[0]} "
                f"and L ≤ l·(log₂(dl/ε) + ½·log₂(ld²/δ) + {float(ONE_WIDTH[2])}); they exist, and "
                "S4 holds for them; with the sums for nonnegative inputs and all d_i = d, 3d.",
                (
                    machine_checked(
                        "S5_smallest",
                        "S5_plan_exists",
                        "S5_rates",
                        states=(
                            f"INR N <= 4 * INR d + {SLOPE} * Lambda + {ONE_WIDTH[0]} <= 4 * INR d "
                            f"+ {ONE_WIDTH[1]} * Lambda + {ONE_WIDTH[1]}",
                            f"+ {hundredths(ONE_WIDTH[2])})",
                        ),
                    ),
                    machine_checked(
                        "S5_nonnegative",
                        "S5_nonnegative_exists",
                        states=(f"INR N <= 3 * INR d + {SLOPE} * Lambda + {ONE_WIDTH[0]}",),
                    ),
                ),
            ),
        ),
        tests=(Check("plans", Rung.TESTED, hold_rates, cost=9),),
    ),
    Claim(
        id="S6",
        title="within a constant of the lower bound",
        statement="All d_i = d, ε, δ ≤ ½, E = log₂(1/ε): N²L ≤ d²lE(4+ρ)²(1+τ) with ρ = "
        f"({SLOPE}Λ + {OFFSET})/d and τ = (log₂(dl) + ½log₂(ld²/δ) + {float(C_DEPTH)})/E. As ρ, "
        "τ → 0, d → ∞: at most 16 + o(1) times T1 (l = 1) and T2 (every l); 9 + o(1) for "
        "nonnegative inputs, and for signed ones in input groups of c with 2^c ≈ √(d/Λ).",
        latex=r"N^2L\le(16+o(1))\,\mathrm{T1}\ (l=1),\qquad N^2L\le(16+o(1))\,\mathrm{T2}\ (l\ge1)",
        source=OURS,
        domain="all d_i = d → ∞, log(l·log(1/ε)/δ) = o(d), log(dl/δ) = o(log(1/ε))",
        depends_on=("S4", "S5", "T5", "T2"),
        outline="S5's bounds in terms of ρ and τ, divided by T5 (at most T1) and T2, with ν "
        "their lower-order share: 1/E for T5 (3/2 for nonnegative inputs), (3log₂l + "
        f"(5/2)log₂d + {float(CONSTANT)})/E for T2, D ≥ ld²(1 − 1/d). The hypotheses make ρ, τ and "
        "ν tend to 0: log(dl/ε) ≤ 2log(1/ε) at last, and ld²/δ ≤ (dl/δ)². Input groups leave d(1 + "
        "1/c) wires, and their pool needs d + o(d) neurons more.",
        clauses=(
            Clause(
                "finite form",
                "N²L ≤ d²lE(4+ρ)²(1+τ), and (3+ρ)² for nonnegative inputs.",
                argued="S6",
            ),
            Clause("limits", "ρ, τ and the bounds' lower-order shares ν tend to 0.", argued="S6"),
            Clause("ratios", "So the ratios tend to 16, and to 9.", argued="S6"),
            Clause("input groups", "With groups of these c, 9 for signed inputs.", argued="S6"),
        ),
        tests=(Check("ratios", Rung.TESTED, hold_ratios),),
    ),
)
