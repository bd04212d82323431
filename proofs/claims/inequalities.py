"""The inequalities in one variable on which the paper's own proofs of B5, A1 and S5 rest.

Ball arithmetic settles each for all values of the variable. The proof assistant has these claims
by arguments of its own; here the steps that nobody could check by hand are repeated.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from constructions import blocks, horner, sign_agnostic
from proofs.claims.finite_precision import BITS_EXCESS
from proofs.evidence import Case, Evidence
from proofs.symbolic import exact, log2, proof_evidence, prove_positive_on_box, t_log2_inverse

_HALF = {"t": (Fraction(0), Fraction(1, 2))}
_SPARE = Fraction(145, 100)  # B: neurons per block beyond log_{8/7}(P·2^{2Y−1})
# S: 2^−s ≤ a/Q and (3/4)^r ≤ b/Q give slacks that fit, Q = l(K+2)/δ ≥ 10
_SHARE_A, _SHARE_B = Fraction(40, 1000), Fraction(35, 1000)


def prove_B5(case: Case) -> Evidence:
    """Prove for all Y ≥ 2 that ⌈b(Y)⌉ neurons per block are enough, and how many that is.

    Y = log₂(dl/(εδ)), P = Y + BITS_EXCESS, b(Y) = log_{8/7}(P·2^{2Y−1}) + 1.45; t = 1/Y.
    """
    kappa, constant = 1 / log2(arb(8) / 7), blocks.RATES[0].constant

    def scaled_P(t: arb) -> arb:
        return 1 + exact(BITS_EXCESS) * t

    def scaled_log_P(t: arb) -> arb:
        return t * log2(scaled_P(t)) + t_log2_inverse(t)

    def scaled_b(t: arb) -> arb:
        return kappa * (2 - t + scaled_log_P(t)) + exact(_SPARE) * t

    def shares(t: arb) -> arb:
        count = 1 - t + scaled_log_P(t) + t * log2(scaled_P(t) + t) + t_log2_inverse(t)
        factor = t * log2(t + scaled_b(t) / 3) + t_log2_inverse(t)
        spare = 1 - (arb(7) / 8) ** exact(_SPARE)  # what the copies leave to the blocks
        return log2(arb(4) / 3) * scaled_b(t) - count - factor + t * log2(spare)

    return proof_evidence(
        [
            prove_positive_on_box(
                "⌈b(Y)⌉ neurons per block are enough: copies fail ≤ (7/8)^1.45·δ, blocks the rest",
                "2^{Y−1}P(P+1)(3/4)^b(1+b/3) < 1 − (7/8)^1.45 for Y = 1/t ≥ 2 (log₂, times t)",
                shares,
                _HALF,
            ),
            prove_positive_on_box(
                f"N ≤ 2d·P·(b(Y) + 1) < {constant}·d·Y²",
                f"{constant} − 2(tP)(t·b + t) > 0 for t = 1/Y ∈ (0, ½]",
                lambda t: exact(constant) - 2 * scaled_P(t) * (scaled_b(t) + t),
                _HALF,
            ),
            prove_positive_on_box(
                "where X < 1.152, dl/ε < 2.223 < 1/0.4498",
                "2.223 > 2^1.152 and 1 > 2.223·0.4498",
                lambda: (arb("2.223") - arb(2) ** arb("1.152")).min(
                    1 - arb("2.223") * arb("0.4498")
                ),
                {},
            ),
        ]
    )


def prove_A1(case: Case) -> Evidence:
    """Prove for all Y ≥ 2 the bound on N, Y = log₂(dl/(εδ)), K ≤ 3Y + BITS_EXCESS, t = 1/Y.

    s = ⌈log₂(8l/δ)⌉ and r = ⌈log_{4/3}(24lK/δ)⌉ are slacks that fit.
    """
    logs, constant = 1 / log2(arb(4) / 3), sign_agnostic.RATES[0].constant

    def width(t: arb) -> arb:
        scaled_log_K = t * log2(3 + exact(BITS_EXCESS) * t) + t_log2_inverse(t)
        s = 1 - t + (3 + 1) * t  # t·(log₂(8l/δ) + 1), log₂(l/δ) ≤ Y − 1
        r = logs * (t * log2(arb(24)) + 1 - t + scaled_log_K) + t
        return exact(constant) - (2 * (3 + exact(BITS_EXCESS + 1) * t) + s + 2 * r)

    return proof_evidence(
        [
            prove_positive_on_box(
                f"N ≤ 2d(K−1) + 2·2d + s + 2r < {constant}·d·Y (d ≥ 1)",
                f"{constant} − [2(3Y + {float(1 + BITS_EXCESS)}) + s + 2r]/Y > 0 "
                "for t = 1/Y ∈ (0, ½]",
                width,
                _HALF,
            )
        ]
    )


def prove_S5(case: Case) -> Evidence:
    """Prove that slacks of these shares fit, and for all Λ ≥ 1 the bound on N, t = 1/Λ."""
    slope, offset, steps = horner.SLOPE, horner.RATES[1].constant, 1 / log2(arb(4) / 3)
    a, b, Q = exact(_SHARE_A), exact(_SHARE_B), arb(10)
    three, five, seven = arb(3) / 4, arb(5) / 6, arb(7) / 8

    def falls(base: arb, s: int, r: int) -> arb:
        """base^{s·s_U + r·s_A} at these shares, which falls as this power of 1/Q."""
        return s * log2(1 / base) + r * steps * log2(1 / base)

    def power(base: arb, s: int, r: int) -> arb:
        return (a / Q) ** (s * log2(1 / base)) * (b / Q) ** (r * steps * log2(1 / base))

    def rest() -> arb:  # with l ≤ δQ/5
        merge = 4 * three**4 * power(three, 1, 2) + arb(2) / 3 * power(five, 1, 2)
        read = (arb(257) / 10 + arb(29) / 10) * power(three, 1, 1)
        output = (8 * seven**4 + arb(276) / 100 * seven**2) * power(seven, 1, 2)
        return Q / 5 * (merge + read + output)

    def width(t: arb) -> arb:
        # log₂ Q ≤ Λ + log₂(5.5 + BITS_EXCESS + Λ/2)
        # N − 4d ≤ 2 + (log₂(Q/a) + 1) + 2(log_{4/3}(Q/b) + 1)
        bits = exact(Fraction(55, 10) + BITS_EXCESS)
        scaled_log_Q = 1 + t * log2(bits * t + arb(1) / 2) + t_log2_inverse(t)
        constant = 5 - log2(a) - 2 * steps * log2(b)
        return exact(slope) + exact(offset) * t - (1 + 2 * steps) * scaled_log_Q - constant * t

    return proof_evidence(
        [
            prove_positive_on_box(
                "merges, read-outs and the output fall in Q, faster than 1/Q",
                "exponents",
                lambda: falls(three, 1, 1).min(falls(five, 1, 2)).min(falls(seven, 1, 2)) - 1,
                {},
            ),
            prove_positive_on_box(
                "five sixths and 3^{1/8} for copies of the offset: below 1",
                "1 − (5/6)·3^{1/8} > 0",
                lambda: 1 - five * arb(3) ** (arb(1) / 8),
                {},
            ),
            prove_positive_on_box(
                "1.1a + 6b, merges, read-outs and output: below 5/16 at Q = 10",
                "5/16 − 1.1a − 6b − rest(10) > 0",
                lambda: arb(5) / 16 - arb(11) / 10 * a - 6 * b - rest(),
                {},
            ),
            prove_positive_on_box(
                f"2 + s + 2r < {slope}Λ + {offset}",
                f"{slope} + {offset}t − t·(2 + s + 2r) > 0 for t = 1/Λ ∈ (0, 1]",
                width,
                {"t": (Fraction(0), Fraction(1))},
            ),
        ]
    )
