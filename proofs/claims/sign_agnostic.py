"""A: sign-agnostic expansion. One wire a power of two, and one logarithm fewer in the width."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from flint import arb

from constructions import sign_agnostic
from constructions.pool import bound_G1
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.failure_sums import failure_sum
from proofs.claims.inequalities import prove_A1
from proofs.claims.machine import hundredths, machine_checked
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    exact,
)

C_WIDTH, C_DEPTH = (rate.constant for rate in sign_agnostic.RATES)


# With X = log₂(dl/ε) and Y = log₂(dl/(εδ)) ≥ X + 1 ≥ 2, and D = dl ≤ 2^{X−1}: the pairs of a
# read-out neuron and an input number R ≤ 2D² ≤ 2^{2X−1}, so e < log₂(4R/δ) + 1 ≤ X + Y + 2 and
# K = p + e ≤ 3Y + BITS_EXCESS. Slack: s = ⌈log₂(8l/δ)⌉ for C, r = ⌈log_{4/3}(24lK/δ)⌉ for D.


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
    return draws.measure(case, sign_agnostic, (2, 2, 1), "0.3", "0.5", case.pick(500, 3000))


CLAIMS = (
    Claim(
        id="A1",
        title="sign-agnostic expansion: width d·log",
        statement="Let p be Q1's, K = p + e with e ≥ 2 the least such that 2·2^−e·(Σ_{i<l} 2m_i "
        "n_i + m_l n_l) ≤ δ/2, |C| = max m_i(K−1) + s_C, |D| = max m_i + s_D with the least s_C + "
        "2s_D such that 2·G1(m_1, |D|, ½) + Σ_i [Σ_{t=1..K−1} G1(t·m_i, |C|, ½) + "
        "(2K−3)·G1(m_i, |D|, ¾)] ≤ δ/2; m_i and n_i are the inputs and outputs of section i, "
        "G1(n, N, q) is G1's sum. In a random ±1 network of width N = |C| + 2|D| and depth L "
        "= 1 + lK, with probability ≥ 1 − δ every target of the class has a ticket within ε. "
        f"For ε, δ ≤ ½, N ≤ {C_WIDTH}·d·log₂(dl/(εδ)) and L ≤ "
        f"{float(C_DEPTH)}·l·log₂(dl/(εδ)).",
        latex=rf"N\le{C_WIDTH}\,d\log_2\frac{{dl}}{{\varepsilon\delta}},\qquad "
        rf"L\le{float(C_DEPTH)}\,l\log_2\frac{{dl}}{{\varepsilon\delta}}",
        source=OURS,
        domain="every shape, 0 < ε ≤ 1, 0 < δ < 1; ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1, signed inputs; the rates "
        "for 0 < ε, δ ≤ ½",
        depends_on=("Q1", "H1", "H2", "E1", "E3", "G1"),
        outline="Wires are made by doubling the two halves D, D′ of the newest one; their edges "
        "are disjoint from the carries' and the read-outs', so all signs that decide an "
        "event are fresh. Whatever signs the read-out finds, E1 and E3 give the digits. "
        "Union bound: E3 and G1, δ/2 each. For the rates see the paper, with Y = "
        "log₂(dl/(εδ)) ≥ 2; the plan takes the smallest slacks, so any that fit bound it.",
        clauses=(
            Clause(
                "exactness",
                "Whatever the read-outs' signs, the ticket computes the rounded network exactly.",
                (machine_checked("A1_exact", "A1_section"),),
            ),
            Clause(
                "failure sum",
                "The bad event, which does not mention the target, has at most the probability of "
                "the two sums.",
                (machine_checked("A1_bad_prob"),),
            ),
            Clause(
                "theorem",
                "Every p, e, |C| and |D| that meet the conditions give a network of this N and L "
                "that, with probability ≥ 1 − δ, has a ticket within ε for every target at once.",
                (machine_checked("A1_plan", "A1_theorem", "A1_not_vacuous"),),
            ),
            Clause(
                "rates",
                "There is a smallest plan for ε, δ ≤ ½, and it has these N and L.",
                (
                    machine_checked(
                        "A1_smallest",
                        "smallest_exists",
                        states=(
                            f"INR N <= {C_WIDTH} * INR d *",
                            f"INR L <= {hundredths(C_DEPTH)} * INR l *",
                        ),
                    ),
                    Check("inequality", Rung.PROVED, prove_A1),
                ),
            ),
        ),
        tests=(
            Check("certified-tickets", Rung.CERTIFIED, certify_A, cost=5),
            Check("plans", Rung.TESTED, hold_plans, cost=60),
            failure_sum(sign_agnostic),
            Check("whole-draws", Rung.MEASURED, measure_A, cost=200),
        ),
    ),
)
