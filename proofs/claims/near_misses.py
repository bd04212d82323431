"""Near misses: plausible variants of the claims that are false. The suite must refute each.

Every search goes from small to large and stops at its first counterexample, which is found, not
typed in. They keep the checks honest: a suite that cannot refute these checks nothing.
"""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from fractions import Fraction
from math import comb

from constructions import blocks, horner
from constructions.quantize import bits_for_theorem
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.both_signs import refute_half_the_digits
from proofs.claims.grouped import least_coefficients
from proofs.claims.horner import accumulate, strings
from proofs.claims.lower_bound_deep import refute_wide_cube
from proofs.claims.model import NearMiss
from proofs.claims.pool_exact import exact_G2, sum_G1
from proofs.evidence import Case, Evidence, from_cases

_SIGNS = (1, -1)
_SHAPES = tuple(itertools.product(range(1, 9), range(1, 9)))


def refute_wider_range(case: Case) -> Evidence:
    """Find signs with a + at the top that do not represent some V ≤ 2^{p+1} + 1."""
    count = 0
    for p, e in itertools.product(range(4), range(1, 4)):
        K = p + 1 + e
        for signs in itertools.product(_SIGNS, repeat=K):  # least significant digit first
            if 1 not in signs[p + 1 :]:
                continue
            count += 1
            sums = _sums(signs)
            for V in range(2 ** (p + 1) + 2):
                if V not in sums:
                    at = {"p": p, "e": e, "signs from the lowest digit": signs, "V": V}
                    return from_cases(count, "sign patterns", at)
    return from_cases(count, "sign patterns")


def refute_one_sign(case: Case) -> Evidence:
    """Find signs with only a + at the top that miss some |V| ≤ 2^p (one edge per digit)."""
    count = 0
    for p, e in itertools.product(range(4), range(2, 5)):
        for signs in itertools.product(_SIGNS, repeat=p + e):
            if 1 not in signs[p:]:
                continue
            count += 1
            sums = _sums(signs)
            for V in range(-(2**p), 2**p + 1):
                if V not in sums:
                    at = {"p": p, "e": e, "signs from the lowest digit": signs, "V": V}
                    return from_cases(count, "sign patterns", at)
    return from_cases(count, "sign patterns")


def _sums(signs: tuple[int, ...]) -> set[int]:
    choices = ((0, s * 2**b) for b, s in enumerate(signs))
    return {sum(chosen) for chosen in itertools.product(*choices)}


def refute_offset_one(case: Case) -> Evidence:
    """Find digits for which halves that start from 1 fall below 0."""
    count = 0
    for K in range(1, 5):
        digits, _ = strings(K)
        _, least = accumulate(1, digits)
        if least.min() < 0:
            i = int((least < 0).argmax())
            return from_cases(count + i + 1, "accumulators", {"digits": digits[i].tolist()})
        count += len(digits)
    return from_cases(count, "accumulators")


def _twins_fail(n: int, N: int, q: Fraction) -> Fraction:
    """P(fail) for n slots that need the same edges: fewer than n of N neurons fit."""
    return sum(
        (comb(N, k) * (1 - q) ** k * q ** (N - k) for k in range(min(n, N + 1))), Fraction(0)
    )


def refute_twins(case: Case) -> Evidence:
    """Find n twins, N neurons and q that fail more often than G1's sum for n fresh slots."""
    count = 0
    for N in range(1, 9):
        for n, q in itertools.product(range(1, N + 1), (Fraction(1, 2), Fraction(3, 4))):
            count += 1
            probability, bound = _twins_fail(n, N, q), sum_G1(n, N, q)
            if probability > bound:
                known = (_twins_fail(2, 6, Fraction(3, 4)), sum_G1(2, 6, Fraction(3, 4)))
                at = {"n": n, "N": N, "q": q, "probability": probability, "bound": bound}
                at["at n = 2, N = 6, q = 3/4"] = tuple(round(float(v), 3) for v in known)
                return from_cases(count, "pools", at)
    return from_cases(count, "pools")


def refute_shared_offset(case: Case) -> Evidence:
    """Find n read-outs from one offset that fail more often than G1's sum with q = ¾."""
    count = 0
    for N in range(1, 17):
        for n in range(1, N + 1):
            count += 1
            probability, bound = exact_G2(n, N), sum_G1(n, N, Fraction(3, 4))
            if probability > bound:
                at = {"n": n, "N": N, "probability": probability, "bound": bound}
                return from_cases(count, "pools", at)
    return from_cases(count, "pools")


def refute_one_bit_less(case: Case) -> Evidence:
    """Find a target whose rounding to p − 1 bits errs by more than ε, d = l = 1."""
    count = 0
    for tenths in range(9, 0, -1):
        eps = Decimal(tenths) / 10
        p = bits_for_theorem((1, 1), eps)
        if p == 0:
            continue
        for k in range(2**p + 1):
            count += 1
            w = Fraction(k, 2**p)
            error = abs(w - Fraction(round(w * 2 ** (p - 1)), 2 ** (p - 1)))
            if error > Fraction(eps):
                at = {"d": 1, "l": 1, "eps": str(eps), "p": p, "W": w, "error with p − 1": error}
                return from_cases(count, "weights", at)
    return from_cases(count, "weights")


def refute_one_output_sign(case: Case) -> Evidence:
    """Find accumulators A_o and C whose one read-out σ(A_o − C) is not y_o."""
    count = 0
    for Gamma, V, u in itertools.product((1, 2), (0, 1, -1, 2, -2), (0, 1)):
        if abs(V) > Gamma:
            continue
        count += 1
        y, read = V * u, max((V + Gamma) * u - Gamma * u, 0)
        if read != y:
            return from_cases(
                count, "outputs", {"V": V, "Gamma": Gamma, "u": u, "y": y, "read": read}
            )
    return from_cases(count, "outputs")


def refute_depth_2(case: Case) -> Evidence:
    """Find a plan of B with L > 2·l·log₂(dl/ε)."""
    for i, (size, eps) in enumerate(itertools.product(_SHAPES, ("0.5", "0.25", "0.1")), 1):
        dims = (size[0],) * (size[1] + 1)
        made, (X, _) = blocks.plan(Request.of(dims, eps, "0.5")), draws.logarithms(dims, eps, "0.5")
        if 2 * size[1] * X + 1e-9 < made.L:
            at = {"dims": dims, "eps": eps, "L": made.L, "2·l·log2(dl/eps)": 2 * size[1] * X}
            return from_cases(i, "plans", at)
    return from_cases(len(_SHAPES) * 3, "plans")


def refute_width_20(case: Case) -> Evidence:
    """Find a plan of B with N > 20·d·log₂²(dl/(εδ))."""
    for i, (size, eps) in enumerate(itertools.product(_SHAPES, ("0.5", "0.25", "0.1")), 1):
        dims = (size[0],) * (size[1] + 1)
        made, (_, Y) = blocks.plan(Request.of(dims, eps, "0.5")), draws.logarithms(dims, eps, "0.5")
        if 20 * size[0] * Y**2 + 1e-9 < made.N:
            at = {
                "dims": dims,
                "eps": eps,
                "delta": "0.5",
                "N": made.N,
                "ratio": made.N / (size[0] * Y**2),
            }
            return from_cases(i, "plans", at)
    return from_cases(len(_SHAPES) * 3, "plans")


def refute_slack_16(case: Case) -> Evidence:
    """Find a plan of S with N > 4d + 16·log₂(l·log₂(dl/ε)/δ) + 16."""
    for i, (size, eps) in enumerate(itertools.product(_SHAPES, ("0.5", "0.25", "0.1")), 1):
        dims, layers = (size[0],) * (size[1] + 1), size[1]
        made = horner.plan_with_split(Request.of(dims, eps, "0.5"))
        X, Y = draws.logarithms(dims, eps, "0.5")
        scale = math.log2(layers * X) + Y - X
        if 4 * size[0] + 16 * (scale + 1) + 1e-9 < made.N:
            at = {"dims": dims, "eps": eps, "delta": "0.5", "N": made.N, "log": scale}
            return from_cases(i, "plans", at)
    return from_cases(len(_SHAPES) * 3, "plans")


def refute_offset_two(case: Case) -> Evidence:
    """Find a group of four that starts at 2 and meets a negative coefficient."""
    return _refute_group(case, 4, 2)


def refute_three_members(case: Case) -> Evidence:
    """Find a group of three that starts at 3 and meets a negative coefficient."""
    return _refute_group(case, 3, 3)


def _refute_group(case: Case, k: int, gamma: int) -> Evidence:
    rng, count, each = case.rng(), 0, 50_000
    for p in (1, 2, 3, 4) * case.pick(1, 4):
        least, digits = least_coefficients(rng, k, p, 1, gamma, each)
        count += each
        if least < 0:
            at = {"p": p, "digits, most significant first": digits, "least": least}
            return from_cases(count, "groups", at)
    return from_cases(count, "groups")


NEAR_MISSES = (
    NearMiss(
        "range-too-wide",
        "If one of the top e digits has a +, every V in [0, 2^{p+1} + 1] is representable, K = p "
        "+ 1 + e.",
        "E4",
        "[0, 2^{p+1}], both ends included, and no further.",
        refute_wider_range,
    ),
    NearMiss(
        "range-from-one-sign",
        "With one edge per digit, a + among the top e digits is enough for |V| ≤ 2^p, K = p + e.",
        "E3",
        "Both signs must occur among the digits b = p…K−1.",
        refute_one_sign,
    ),
    NearMiss(
        "offset-of-one",
        "γ_j ≥ 1 is enough: halves that start from Σ_j u_j never fall below 0.",
        "S1",
        "γ_j ≥ 2: after one digit −2 nothing would be left for the next.",
        refute_offset_one,
    ),
    NearMiss(
        "half-the-digits",
        "With G5, ½·log₂ m + 6 extra digits are enough for every number of accumulators and δ.",
        "G5",
        "They are if log(l/δ) = O(log n · log log n); for one accumulator and δ → 0 they are not.",
        refute_half_the_digits,
    ),
    NearMiss(
        "twins-in-one-pool",
        "n slots that need the same edges fail with probability at most G1's sum.",
        "G1",
        "Signs must be fresh for every slot; twins get pools of their own.",
        refute_twins,
    ),
    NearMiss(
        "shared-offset-small-pool",
        "n read-outs from one shared offset, on n + s neurons, fail at most as n fresh slots "
        "with q = ¾ do.",
        "G2",
        "(2^n − 1)(3/4)^N: only about half of the neurons have the offset's −, so the pool is "
        "the layer.",
        refute_shared_offset,
    ),
    NearMiss(
        "one-bit-too-few",
        "p − 1 bits are enough for ε as well.",
        "Q1",
        "p(d, l, ε) is the smallest number of bits that serves the class.",
        refute_one_bit_less,
    ),
    NearMiss(
        "one-sign-at-the-output",
        "At the output, σ(A_o − C) alone gives y_o.",
        "S3",
        "No ReLU may act: A_o and C are subtracted in the last layer.",
        refute_one_output_sign,
    ),
    NearMiss(
        "depth-constant-2",
        "B has L ≤ 2·l·log₂(dl/ε).",
        "B5",
        "L ≤ 3·l·log₂(dl/ε), with equality at d = l = 1, ε = ½.",
        refute_depth_2,
    ),
    NearMiss(
        "width-constant-20",
        "B has N ≤ 20·d·log₂²(dl/(εδ)).",
        "B5",
        "N ≤ 28·d·log₂²(dl/(εδ)).",
        refute_width_20,
    ),
    NearMiss(
        "slack-constant-16",
        "S has N ≤ 4d + 16·log₂(l·log₂(dl/ε)/δ) + 16.",
        "S5",
        "The same with 28, and 4d + 7·log₂(l·log₂(dl/ε)/δ) + 48.",
        refute_slack_16,
    ),
    NearMiss(
        "grouped-offset-of-two",
        "γ ≥ 2 is enough in groups of four.",
        "S*3",
        "γ ≥ 3: with 2, a coefficient of −2 occurs.",
        refute_offset_two,
    ),
    NearMiss(
        "groups-of-three",
        "Groups of three members never fall below 0 either.",
        "S*3",
        "k ≥ 4: the mean of three does not grow.",
        refute_three_members,
    ),
    NearMiss(
        "kinks-of-a-wide-cube",
        "With free entries in [τ, 3τ/2], kinks of two members are less than G/4 apart.",
        "T2",
        "The cube's side is τ/(48l).",
        refute_wide_cube,
    ),
)
