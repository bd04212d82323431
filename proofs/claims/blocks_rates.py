"""B5: rates of the paper's form for our B, with explicit constants."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from flint import arb

from constructions import blocks
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.finite_precision import BITS_EXCESS
from proofs.claims.inequalities import prove_B5
from proofs.claims.machine import machine_checked
from proofs.claims.model import PAPER, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    exact,
)

C_WIDTH, C_DEPTH = (rate.constant for rate in blocks.RATES)

# With X = log₂(dl/ε) ≥ 1 and Y = log₂(dl/(εδ)) ≥ X + 1 ≥ 2: p + 1 ≤ P = Y + BITS_EXCESS, and, since
# dl ≤ 2^{X−1}, the counts are at most δ·2^{Y−1}P(P+1) (blocks) and δ·P·2^{2Y−1} (copies). So a
# block of b(Y) = log_{8/7}(P·2^{2Y−1}) + spare neurons, rounded up, is enough.


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
        title="rates of the paper's form with explicit constants",
        statement=f"N ≤ {C_WIDTH}·d·log₂²(dl/(εδ)) and L ≤ {C_DEPTH}·l·log₂(dl/ε). The second "
        "constant is the smallest possible.",
        latex=rf"N\le{C_WIDTH}\,d\log_2^2\frac{{dl}}{{\varepsilon\delta}},\qquad L\le{C_DEPTH}\,l"
        r"\log_2\frac{dl}{\varepsilon}",
        source=PAPER,
        domain="all shapes of width d and depth l, d, l ≥ 1; 0 < ε, δ ≤ ½",
        depends_on=("B4", "Q1"),
        outline="X = log₂(dl/ε) ≥ 1, Y = log₂(dl/(εδ)) ≥ X + 1. p + 1 ≤ X + 1 + c ≤ Y + c, c = "
        f"{float(BITS_EXCESS)} "
        "(Q1); B is at most any integer ≥ 2 that meets the bound, and ⌈b(Y)⌉ does. Balls in "
        "t = 1/Y cover all Y ≥ 2. L = 3 at d = l = 1, ε = ½, where log₂(dl/ε) = 1.",
        clauses=(
            Clause(
                "rates",
                "The smallest plans have these N and L.",
                (
                    machine_checked(
                        "B5_smallest",
                        states=(
                            f"<= {C_WIDTH} * INR d * (lg v * lg v)",
                            f"<= {C_DEPTH} * INR l * lg u",
                        ),
                    ),
                    Check("inequality", Rung.PROVED, prove_B5),
                ),
            ),
            Clause(
                "existence",
                "There is a smallest plan, and B4 holds for it.",
                (machine_checked("B5_rates"),),
            ),
            Clause(
                "sharpness",
                f"No constant below {C_DEPTH} will do for L.",
                (machine_checked("B5_sharp", states=(f"{C_DEPTH} <= c",)),),
            ),
        ),
        tests=(Check("plans", Rung.TESTED, hold_plans, cost=20),),
    ),
)
