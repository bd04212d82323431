"""S: Horner accumulators are exact (S1–S3), and the theorem (S4). The rates are in horner_rates."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

from constructions import horner
from constructions.numbers import total
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.failure_sums import failure_sum
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    exact,
)

# -- exhaustive and random checks ------------------------------------------------------------


def accumulate(signs: list[int], digits: list[int], sides: list[int], u: int) -> int:
    """Run one accumulator with its ReLUs on integers and return a + a'.

    signs, digits, sides : lists of length K, most significant digit first; side 0 is a, 1 is a'
    """
    a = b = 0
    for sign, digit, side in zip(signs, digits, sides, strict=True):
        x = sign * digit * u
        a, b = max(a + b + (x if side == 0 else 0), 0), max(a + b + (x if side == 1 else 0), 0)
    return a + b


def digits_of(V: int, signs: list[int]) -> list[int] | None:
    """Return the digits of V for signs (most significant first), or None outside E1's interval."""
    K = len(signs)
    shifted = V + sum(2 ** (K - 1 - i) for i, s in enumerate(signs) if s < 0)
    if not 0 <= shifted < 2**K:
        return None
    bits = [shifted >> (K - 1 - i) & 1 for i in range(K)]
    return [bit if s > 0 else 1 - bit for bit, s in zip(bits, signs, strict=True)]


def check_accumulators(case: Case) -> Evidence:
    """All sign patterns, sides and V ≥ 0 for K ≤ 4 (quick) or 5: the accumulator holds V·u."""
    count = 0
    for K in range(1, case.pick(4, 5) + 1):
        for signs in itertools.product((1, -1), repeat=K):
            for V, sides in itertools.product(range(2**K), itertools.product((0, 1), repeat=K)):
                digits = digits_of(V, list(signs))
                if digits is None:
                    continue
                count += 1
                if accumulate(list(signs), digits, list(sides), 3) != 3 * V:
                    at = {"signs": signs, "V": V, "sides": sides}
                    return from_cases(count, "accumulators", at)
    return from_cases(count, "accumulators")


def hold_plans(case: Case) -> Evidence:
    """Hold random plans against S4's formulas, written out once more, and against δ."""
    rng, count = case.rng(), case.pick(30, 300)
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        nonnegative = bool(i % 3 == 0)
        made = horner.plan(Request.of(dims, eps, delta, nonnegative=nonnegative))
        half = Fraction(Decimal(delta)) / 2
        shapes = [(s.m, s.n) for s in made.sections]
        slots = sum((n + 1) * m for m, n in shapes)
        pools = total({k: b for k, b in made.failure_bounds().items() if k != "range"})
        right = (
            2 - nonnegative + len(shapes) * (made.K + 2) == made.L
            and made.size_U + 2 * made.size_A == made.N
            and made.p + 1 + made.e == made.K
            and slots <= half * 4**made.e
            and (made.e == 0 or slots > half * 4 ** (made.e - 1))
            and bool(pools <= exact(half))
            and made.bound_failure <= float(delta)
        )
        if not right:
            return from_cases(i, "plans", {"dims": dims, "eps": eps, "delta": delta})
    return from_cases(count, "plans")


def certify_S(case: Case) -> Evidence:
    """Prune small random targets and let the kernel judge the tickets."""
    return draws.certify(case, horner, case.pick(6, 60))


def measure_S(case: Case) -> Evidence:
    """Whole draws against δ, and every event against its bound."""
    return draws.measure(case, horner, (2, 2, 1), "0.3", "0.45", case.pick(300, 3000))


_CERTIFIED = Check("certified-tickets", Rung.CERTIFIED, certify_S, cost=8)
_ACCUMULATORS = Check("all-accumulators", Rung.TESTED, check_accumulators, cost=5)

CLAIMS = (
    Claim(
        id="S1",
        title="a stage is exact",
        statement="If every V_oj + Γ ≥ 0 is built by its digits, most significant first, then no "
        "pre-activation of a half is negative, and after t stages a_o + a'_o = Σ_j "
        "h_t(j)·u_j.",
        latex=r"a_o^{(t)}+a_o'^{(t)}=\sum_jh_t(j)\,u_j,\qquad\text{every pre-activation}\ge0",
        source=OURS,
        domain="u_j ≥ 0, V_oj ≥ 0 in the interval of E1, any signs, either half for every digit",
        depends_on=("E1", "E2"),
        outline="A half receives Σ_j (h_j + x_j)u_j, x_j its share of the digit. By E2 h_j ≥ 0, "
        "and h_j ≥ 1 where x_j = −1. So σ is the identity and the sum of the halves is Σ_j "
        "(2h_j + digit)u_j.",
        clauses=(
            Clause(
                "stage",
                "After t stages the halves hold the Horner prefix of t digits.",
                (machine_checked("S1_stage_exact"),),
            ),
            Clause("sign", "No pre-activation is negative.", (machine_checked("S1_no_clip"),)),
            Clause(
                "value", "After K stages the sum is Σ_j V_oj u_j.", (machine_checked("S1_value"),)
            ),
        ),
        tests=(_ACCUMULATORS,),
    ),
    Claim(
        id="S2",
        title="a section computes σ(Vu)",
        statement="With Γ = 2^p and digits for V_oj + Γ and for Γ (E4), K stages, a merge and a "
        "read-out compute y_o = σ(Σ_j V_oj u_j) exactly.",
        latex=r"y_o=\sigma\Bigl(\sum_j(V_{oj}+\Gamma)u_j-\sum_j\Gamma u_j\Bigr)=\sigma\Bigl("
        r"\sum_jV_{oj}u_j\Bigr)",
        source=OURS,
        domain="|V_oj| ≤ 2^p, u_j ≥ 0",
        depends_on=("S1", "E4"),
        outline="0 ≤ V_oj + Γ ≤ 2^{p+1}, the range of E4. The merged A_o and C are ≥ 0; the "
        "read-out takes A_o − C.",
        clauses=(
            Clause("exactness", "A section computes σ(Vu).", (machine_checked("S2_section"),)),
        ),
        tests=(_CERTIFIED,),
    ),
    Claim(
        id="S3",
        title="the ticket computes the rounded network",
        statement="The pruned ±1 network computes exactly, for every x, the network with the "
        "integer matrices V_i, which by H1 is 2^{pl}·f̂(x); so the ticket is f̂ with P = pl.",
        latex=r"\text{ticket}(x)=\hat f(x)\quad\text{for all }x,\qquad P=pl",
        source=OURS,
        domain="every target with |V_i| ≤ 2^p, every x",
        depends_on=("S2", "H1", "H2"),
        outline="S2 section by section on inputs ≥ 0 (H2); the output is σ(y) − σ(−y) = y; H1 "
        "collects the scales.",
        clauses=(
            Clause(
                "exactness",
                "The ticket computes the network with matrices V_i, for every x.",
                (machine_checked("S3_exact"),),
            ),
        ),
        tests=(_CERTIFIED,),
    ),
    Claim(
        id="S4",
        title="the theorem: width m + 2n plus a logarithm",
        statement="Let p be Q1's, K = p + 1 + e with the least e such that Σ_i (n_i+1)m_i·4^−e ≤ "
        "δ/2, |U| = max m_i + s_U, |A| = max n_i + 1 + s_A, N = |U| + 2|A| with the least s_U + "
        "2s_A such that G1(m_1, |U|, ½) + Σ_i {(K−1)[G1(m_i, |U|, ½) + 2·G1(n_i+1, |A|, ¾)] "
        "+ G1(n_i+1, N, ¾)} + Σ_{i<l} G2(n_i, N) + G3(n_l, N) ≤ δ/2; m_i and n_i are the "
        "inputs and outputs of section i, G1(n, N, q), G2(n, N) and G3(n, N) the sums of "
        "these claims. In a random ±1 network of width N and depth L = 2 + l(K+2), with "
        "probability ≥ 1 − δ every target of the class has a ticket within ε.",
        latex=r"N=|U|+2|A|,\qquad L=2+l(K+2),\qquad K=p+1+e",
        source=OURS,
        domain="every shape, 0 < ε ≤ 1, 0 < δ < 1; ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1, signed inputs",
        depends_on=("Q1", "S3", "E4", "G1", "G2", "G3"),
        outline="The blocks U, A, A′ keep apart the edges of carries (U → U), doublings (A, A′ → "
        "A and A, A′ → A′) and digits (U → A, A′), so each event's signs are fresh given the "
        "layers before. A union bound over E4 for every accumulator and input, and G1–G3 for "
        "every layer. No event mentions the target.",
        clauses=(
            Clause(
                "failure sum",
                "The bad event, which does not mention the target, has at most the probability of "
                "the two sums.",
                (machine_checked("S4_bad_prob"),),
            ),
            Clause(
                "theorem",
                "Every p, e, |U| and |A| that meet Q1's condition and the sums ≤ δ give a network "
                "of this N and L that, with probability ≥ 1 − δ, has a ticket within ε for every "
                "target at once.",
                (machine_checked("S4_plan"),),
            ),
            Clause(
                "such a plan exists",
                "For every shape, ε and δ, with explicit N, L and P.",
                (machine_checked("S4_theorem", "S4_euclidean", "S4_not_vacuous"),),
            ),
        ),
        tests=(
            _CERTIFIED,
            Check("plans", Rung.TESTED, hold_plans, cost=6),
            failure_sum(horner),
            Check("whole-draws", Rung.MEASURED, measure_S, cost=200),
        ),
    ),
)
