"""S: Horner accumulators are exact (S1–S3), and the theorem (S4). The rates are in horner_rates."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

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

GAMMA = 2  # from how many u_j every half starts
Digits = NDArray[np.int64]

# -- exhaustive and random checks ------------------------------------------------------------


def accumulate(gamma: int, digits: Digits) -> tuple[Digits, Digits]:
    """Run accumulators with their ReLUs; return a + a' and the least pre-activation of each.

    Parameters: what both halves start from; digits of shape (k, K, 2), one per half and stage.
    """
    start = gamma + digits[:, 0]
    least = start.min(axis=1)
    halves = np.maximum(start, 0)
    for t in range(1, digits.shape[1]):
        new = halves.sum(axis=1, keepdims=True) + digits[:, t]
        least = np.minimum(least, new.min(axis=1))
        halves = np.maximum(new, 0)
    return halves.sum(axis=1), least


def strings(K: int) -> tuple[Digits, Digits]:
    """Return all digits of K stages whose value is at most 2^K in magnitude, and the values."""
    found = np.array(list(itertools.product((-1, 0, 1), repeat=2 * K))).reshape(-1, K, 2)
    values = found.sum(axis=2) @ 2 ** np.arange(K - 1, -1, -1)
    inside = abs(values) <= 2**K
    return found[inside], values[inside]


def check_accumulators(case: Case) -> Evidence:
    """All digits of both halves for K ≤ 4 (quick) or 6: no half below 0, and the value is right."""
    count = 0
    for K in range(1, case.pick(4, 6) + 1):
        digits, values = strings(K)
        held, least = accumulate(GAMMA, digits)
        wrong = (held != GAMMA * 2**K + values) | (least < 0)
        if wrong.any():
            at = {"digits": digits[wrong.argmax()].tolist(), "least": int(least[wrong.argmax()])}
            return from_cases(count + int(wrong.argmax()) + 1, "accumulators", at)
        count += len(digits)
    return from_cases(count, "accumulators")


def hold_plans(case: Case) -> Evidence:
    """Hold random plans against S4's shape, written out once more, and against δ."""
    rng, count = case.rng(), case.pick(30, 300)
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        nonnegative = bool(i % 3 == 0)
        request = Request.of(dims, eps, delta, nonnegative=nonnegative)
        made = horner.plan_of_inputs(request, 0 if nonnegative else (0, 2, 3, 4)[i % 4])
        d, n = dims[0], dims[1:]
        m = [d if nonnegative else d + -(-d // made.c) if made.c else 2 * d, *dims[1:-1]]
        widths = [d] if nonnegative else [d, 2 * d + made.s_U]
        widths += [made.wires] * bool(made.c)
        for j, (inputs, outputs) in enumerate(zip(m, n, strict=True)):
            U, A = inputs + made.s_U, outputs + 1 + made.s_A
            widths += [U + made.g, U + 1, U + made.copies]
            widths += [U + 2 * A] * (made.p + made.e - 1) + [2 * A + made.s_U] * 2
            widths += [n[-1]] if j == len(m) - 1 else [m[j + 1] + made.s_U + made.s_A]
        right = (
            made.widths == tuple(widths)
            and (0 if nonnegative else 2 if made.c else 1) + len(n) * (made.K + 5) == made.L
            and bool(total(made.failure_bounds()) <= exact(Fraction(Decimal(delta))))
            and made.bound_failure <= float(delta)
        )
        if not right:
            at = {"dims": dims, "eps": eps, "delta": delta, "c": made.c}
            return from_cases(i, "plans", at)
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
        statement="Let both halves of an accumulator start from Σ_j γ_j·u_j, γ_j ≥ 2, and let "
        "every new half be the sum of the old ones and of −1, 0 or 1 times every u_j; d_t(j) is "
        "what both add, the first at the start. If Σ_t 2^{K−t}·d_t(j) = V_j with |V_j| ≤ 2^K for "
        "every j, then no pre-activation is negative, and after t stages a_o + a'_o = Σ_j "
        "(2^t·γ_j + h_t(j))·u_j.",
        latex=r"a_o^{(t)}+a_o'^{(t)}=\sum_j\bigl(2^t\gamma_j+h_t(j)\bigr)u_j,\qquad\text{every "
        r"pre-activation}\ge0",
        source=OURS,
        domain="u_j ≥ 0, γ_j ≥ 2, |V_j| ≤ 2^K, K ≥ 1; a digit in either half or in both",
        depends_on=(),
        outline="What is left of V_j after t stages is at most 2·(2^{K−t} − 1), so h_t > −2^t − 2 "
        "and 2^t·γ_j + h_t > 2^t − 2 ≥ 0: at least 1. A half holds that much and one digit, so at "
        "least 0; at the first stage, γ_j − 1. So σ is the identity.",
        clauses=(
            Clause(
                "stage",
                "After t stages the halves hold 2^t·γ_j + h_t(j).",
                (machine_checked("S1_injected_exact"),),
                argued="S1",
            ),
            Clause(
                "sign",
                "No pre-activation is negative.",
                (machine_checked("S1_injected_no_clip"),),
                argued="S1",
            ),
            Clause(
                "a digit for the offset",
                "Halves that start from 0 and build V_j ≥ 0 by one signed digit per stage, in "
                "either half, hold Σ_j h_t(j)·u_j, never below 0.",
                (machine_checked("S1_stage_exact", "S1_no_clip", "S1_value"),),
            ),
        ),
        tests=(_ACCUMULATORS,),
    ),
    Claim(
        id="S2",
        title="a section computes σ(Vu)",
        statement="With every γ_j = 2 and strings for all V_oj (E5), K stages, merges and "
        "read-outs compute y_o = σ(A_o − C) = σ(Σ_j V_oj u_j) exactly, A_o = Σ_j (2^{K+1} + "
        "V_oj)u_j and C = Σ_j 2^{K+1}u_j.",
        latex=r"y_o=\sigma\Bigl(\sum_j(2^{K+1}+V_{oj})u_j-\sum_j2^{K+1}u_j\Bigr)=\sigma\Bigl("
        r"\sum_jV_{oj}u_j\Bigr)",
        source=OURS,
        domain="|V_oj| ≤ 2^p ≤ 2^K, u_j ≥ 0",
        depends_on=("S1", "E5"),
        outline="The halves of an accumulator hold A_o together, those of the offset, which have "
        "no digits, C. Both are ≥ 0; the read-out takes A_o − C.",
        clauses=(
            Clause("exactness", "A section computes σ(Vu).", argued="S2"),
            Clause(
                "a digit for the offset",
                "So does a section that builds V_oj + Γ and Γ = 2^p by digits (E4).",
                (machine_checked("S2_section"),),
            ),
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
        depends_on=("S2", "H1", "H2", "H4"),
        outline="S2 section by section on inputs ≥ 0 (H2, H4); the output layer has no ReLU and "
        "takes A_o − C; H1 collects the scales.",
        clauses=(
            Clause("exactness", "The ticket computes the network of the V_i.", argued="S3"),
            Clause(
                "a digit for the offset",
                "So does one whose sections build the offset by digits, with outputs σ(y) − σ(−y).",
                (machine_checked("S3_exact"),),
            ),
        ),
        tests=(_CERTIFIED,),
    ),
    Claim(
        id="S4",
        title="the theorem: width m + 2n plus a logarithm, section by section",
        statement="Let p be Q1's, K = p + e; section i has m_i wires, n_i outputs, |U_i| = m_i + "
        "s_U, |A_i| = n_i + 1 + s_A and N_i = |U_i| + 2|A_i|. Its layers have |U_i| + g, |U_i| + "
        "1, |U_i| + c', K − 1 times N_i, twice N_i − m_i, and, but for the last, |U_{i+1}| + s_A "
        "neurons. With probability at least 1 − In − Σ_i {Range_i + m_i·P(Bin(g, ¼) ≤ 1) + 2(n_i "
        "+ 1)(¾)^c' + (K+2)·G1(m_i, |U_i|, ½) + 2(K−1)·G1(n_i+1, |A_i|, ¾)} − Σ_{i<l} {G1(n_i, "
        "M_i, ¾) + P(Bin(M_i − n_i, ¼) < ⌈n_i/8⌉) + Σ_γ (2^{n_γ} − 1)(¾)^{|U_{i+1}| + s_A − "
        "8(γ−1)}} − G1(n_l, M_l, ⅞) − n_l(⅞)^{M_l − n_l}, M_i = N_i − m_i, a random ±1 network of "
        "these widths and depth L = s + l(K+5) has a ticket within ε for every target of the "
        "class. Range_i is n_i·Σ_j 2·4^{−e_j}, or G5's bound for the wires of each e_j; e_j = e, "
        "or e − q at a w_0. In = 0, s = 0 for inputs ≥ 0; In = G1(2d_0, 2d_0 + s_U, ½), s = 1 for "
        "a split; with input groups H4's sum besides, s = 2.",
        latex=r"N_i=m_i+2n_i+2+s_U+2s_A,\qquad L=s+l(K+5),\qquad K=p+e",
        source=OURS,
        domain="every shape, 0 < ε ≤ 1, 0 < δ < 1; ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1",
        depends_on=("Q1", "S3", "E5", "G1", "G2", "G5", "H4"),
        outline="g neurons add up inputs that reach them by +, one adds up those that reach it, "
        "so γ_j ~ Bin(g, ¼); a half finds no copy with + with probability (¾)^c'. Carries (U → "
        "U), doublings (A, A′ → A and A, A′ → A′) and digits (U → A, A′) use different edges, so "
        "each event's signs are fresh given the layers before; those that G5 reads serve nothing "
        "else. One copy of the offset serves eight read-outs (G2). At the output the slots of A_o "
        "are fresh (q = ⅞); then any unused neuron with C and a − will do. No event mentions the "
        "target.",
        clauses=(
            Clause("failure sum", "The bad event has at most the probability stated.", argued="S4"),
            Clause("theorem", "So there is a ticket within ε, by S3 and Q1.", argued="S4"),
            Clause(
                "one width, a digit for the offset",
                "With N = max m_i + 2·max n_i + 2 + s_U + 2s_A in every layer, K = p + 1 + e and L "
                "= 2 + l(K+2): the bad event has at most the probability of E4's and G1–G3's sums, "
                "every p, e and slacks for which these are at most δ give tickets within ε for all "
                "targets at once with probability ≥ 1 − δ, and there are such.",
                (
                    machine_checked(
                        "S4_bad_prob", "S4_plan", "S4_theorem", "S4_euclidean", "S4_not_vacuous"
                    ),
                ),
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
