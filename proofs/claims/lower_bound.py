"""T: how many weights and layers any such network needs."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp

from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, Check, Claim, Source
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    Obligation,
    proof_evidence,
    prove_finite,
    prove_identity,
    prove_implication,
    prove_inductive_step,
    prove_nonnegative,
)

_eps = sp.Symbol("epsilon", positive=True)
_n = sp.Symbol("n", real=True)


def prove_T1(case: Case) -> Evidence:
    """Prove the count from the volumes; the volumes themselves are Brunn–Minkowski."""
    plus, minus = sp.symbols("x_plus x_minus", nonnegative=True)
    bits, weights = sp.symbols("E D", nonnegative=True)
    miss = sp.Symbol("c", real=True)
    return proof_evidence(
        [
            *prove_inductive_step(
                "n weights have 2^n masks: one more doubles them",
                sp.Symbol("k", integer=True, nonnegative=True),
                0,
                2 ** sp.Symbol("k", integer=True, nonnegative=True),
                1,
                lambda F: 2 * F,
            ),
            prove_identity(
                "a ball of radius ε has ε^D of the unit ball's volume, D = d²: log₂ is −D·E",
                sp.log(2 ** (-bits * weights), 2),
                -weights * bits,
            ),
            prove_implication(
                "2^n sets of volume ≤ ε^D cover volume 1: n − DE ≥ 0 in logarithms",
                _n - weights * bits,
                {"n + log₂(ε^D) ≥ 0": (_n - weights * bits, 1)},
            ),
            prove_implication(
                "per target: the expected volume covered is ≥ 1 − δ, c = log₂(1/(1−δ)): n ≥ DE − c",
                _n - (weights * bits - miss),
                {"n − DE ≥ log₂(1 − δ)": (_n - weights * bits + miss, 1)},
            ),
            prove_nonnegative(
                "nonnegative inputs: ‖Dx‖ ≤ t(‖x⁺‖ + ‖x⁻‖), and (a + b)² ≤ 2(a² + b²)",
                _square_gap(plus, minus),
            ),
            prove_identity(
                "so the diameter grows by √2, half a bit a weight",
                sp.log(sp.sqrt(2), 2),
                sp.Rational(1, 2),
            ),
            *_free_scale(bits, weights),
        ]
    )


def _free_scale(bits: sp.Symbol, weights: sp.Symbol) -> list[Obligation]:
    """One mask computes g, sup ‖g‖ = s on the ball; λ may depend on the target W, ‖W‖ ≤ 1."""
    target, error, log = sp.symbols("W e c", nonnegative=True)
    size_at, near = sp.symbols("size_at near", nonnegative=True)  # |λ|s, |λ − λ'|s
    return [
        prove_implication(
            "a scale λ that serves W has |λ|s ≤ ‖W‖ + ε ≤ 1 + ε",
            1 + _eps - size_at,
            {
                "|λ|s ≤ ‖W‖ + error": (target + error - size_at, 1),
                "‖W‖ ≤ 1": (1 - target, 1),
                "error ≤ ε": (_eps - error, 1),
            },
        ),
        prove_implication(
            "rounded to a grid of step 2ε/s it serves W within 2ε",
            2 * _eps - (error + near),
            {"error ≤ ε": (_eps - error, 1), "|λ − λ'|s ≤ ε": (_eps - near, 1)},
        ),
        prove_identity(
            "the grid has fewer than (2 + 2ε)/(2ε) + 1 = 2 + 1/ε points",
            (2 + 2 * _eps) / (2 * _eps) + 1,
            2 + 1 / _eps,
        ),
        prove_implication(
            "so 2^n·(2 + 1/ε) sets of volume ≤ (2ε)^D cover volume 1: n ≥ D(E − 1) − c, "
            "c = log₂(2 + 1/ε)",
            _n - (weights * (bits - 1) - log),
            {"n + c + log₂((2ε)^D) ≥ 0": (_n + log + weights * (1 - bits), 1)},
        ),
    ]


def _square_gap(a: sp.Symbol, b: sp.Symbol) -> sp.Expr:
    """2(a² + b²) − (a + b)² = (a − b)², as a square of a real number."""
    gap = sp.Symbol("g", real=True)  # a − b
    expanded = sp.expand(2 * (a**2 + b**2) - (a + b) ** 2 - (a - b) ** 2)
    return expanded + gap**2


def prove_T5(case: Case) -> Evidence:
    """Prove the count with balls of radius 2ε: no inequality about volumes but scaling."""
    bits, weights = sp.symbols("E D", nonnegative=True)
    distance, other = sp.symbols("a b", nonnegative=True)
    return proof_evidence(
        [
            prove_implication(
                "two maps within ε of one ticket are within 2ε of each other",
                2 * _eps - (distance + other),
                {"a ≤ ε": (_eps - distance, 1), "b ≤ ε": (_eps - other, 1)},
            ),
            prove_identity(
                "a ball of radius 2ε has (2ε)^D of the unit ball's volume, D = d²: log₂ is D(1 − "
                "E)",
                sp.expand_log(sp.log((2 * 2**-bits) ** weights, 2), force=True),
                weights * (1 - bits),
            ),
            prove_implication(
                "2^n of them cover volume 1: n ≥ D(E − 1)",
                _n - weights * (bits - 1),
                {"n + D(1 − E) ≥ 0": (_n + weights * (1 - bits), 1)},
            ),
        ]
    )


# -- T3 and T4 -------------------------------------------------------------------------------


def prove_T3(case: Case) -> Evidence:
    """Prove that L layers of width at most cd have at most L(cd)² weights."""
    N, L, c, bound = sp.symbols("N L c T", nonnegative=True)
    d = sp.Symbol("d", positive=True)
    rows, columns = sp.symbols("rows columns", nonnegative=True)
    return proof_evidence(
        [
            prove_implication(
                "a layer between widths at most cd (d ≤ cd as c ≥ 1) has at most (cd)² weights",
                (c * d) ** 2 - rows * columns,
                {"rows ≤ cd": (c * d - rows, columns), "columns ≤ cd": (c * d - columns, c * d)},
            ),
            prove_implication(
                "so n ≥ T needs L(cd)² ≥ T",
                L * (c * d) ** 2 - bound,
                {"n ≤ L(cd)²": (L * (c * d) ** 2 - N, 1), "n ≥ T": (N - bound, 1)},
            ),
        ]
    )


def prove_T4(case: Case) -> Evidence:
    """Prove the size of slopes by induction on the depth, and count the slopes needed."""
    k = sp.Symbol("k", positive=True)
    L = sp.Symbol("L", integer=True, positive=True)
    size, value, slopes = sp.symbols("S v M", nonnegative=True)
    return proof_evidence(
        [
            *prove_inductive_step(
                "values on the half-axis t·e_j: layer 1 holds at most t, then k terms of the "
                "last size",
                L,
                1,
                k ** (L - 1),
                1,
                lambda F: k * F,
            ),
            prove_implication(
                "a sum of k terms ±v with |v| ≤ S is at most kS",
                k * size - k * value,
                {"v ≤ S": (size - value, k)},
            ),
            prove_finite(
                "σ, a mask and a sign do not enlarge |v|",
                "signs ±1, 0 and v = ±1: all cases up to scale",
                itertools.product((-1, 0, 1), (-1, 1)),
                lambda at: abs(max(at[0] * at[1], 0)) <= 1 and abs(at[0] * at[1]) <= 1,
            ),
            prove_implication(
                "2M + 1 slopes z, |z| ≤ M, serve intervals of length 2ε; they cover [−1, 1]: M ≥ "
                "(1/ε − 1)/2",
                slopes - (1 / _eps - 1) / 2,
                {"(2M+1)·2ε ≥ 2": ((2 * slopes + 1) * 2 * _eps - 2, 1 / (4 * _eps))},
            ),
        ]
    )


def check_slopes(case: Case) -> Evidence:
    """All masked ±1 networks of width ≤ 2 and depth ≤ 3: their slope on a half-axis."""
    count = 0
    for k, L in ((1, 1), (1, 2), (1, 3), (2, 2), (2, 3)):
        shapes = [(k if t < L else 1, 1 if t == 1 else k) for t in range(1, L + 1)]
        sizes = [a * b for a, b in shapes]
        for entries in itertools.product((-1, 0, 1), repeat=sum(sizes)):
            count += 1
            x, start = np.ones(1, dtype=np.int64), 0
            for t, (shape, size) in enumerate(zip(shapes, sizes, strict=True), 1):
                W = np.array(entries[start : start + size]).reshape(shape)
                start += size
                x = W @ x if t == L else np.maximum(W @ x, 0)
            if abs(int(x[0])) > k ** (L - 1):
                return from_cases(count, "networks", {"k": k, "L": L, "weights": entries})
    return from_cases(count, "networks")


_BM = Source(
    "literature", "Brunn–Minkowski inequality, isodiametric form, for any norm on R^D", "M"
)

CLAIMS = (
    Claim(
        id="BM",
        title="Brunn–Minkowski",
        statement="A set of diameter 2ε in a D-dimensional normed space has at most the volume "
        "of a ball of radius ε.",
        latex=r"\mathrm{diam}\,A\le2\varepsilon\;\Rightarrow\;\mathrm{vol}\,A\le\varepsilon^D\,"
        r"\mathrm{vol}\,B",
        source=_BM,
        domain="any norm on R^D, D ≥ 1",
        depends_on=(),
        required=Rung.STATED,
        outline="From the literature; nothing here checks it: vol((A − A)/2) ≥ vol(A), and (A − "
        "A)/2 ⊂ εB.",
        checks=(),
    ),
    Claim(
        id="T1",
        title="linear targets need d²·log₂(1/ε) weights",
        statement="l = 1, d_0 = d_1 = d: a network with n weights of any kind whose masks, at "
        "one scale, approximate every linear map of norm ≤ 1 within ε on the unit ball has n "
        "≥ d²·log₂(1/ε); half a bit a weight fewer on nonnegative inputs; log₂(1/(1−δ)) "
        "fewer if each target is served with probability 1 − δ. With a real scale for each "
        "target, n ≥ d²·log₂(1/(2ε)) − log₂(2 + 1/ε) (void for d = 1).",
        latex=r"n\ge d^2\log_2\frac1\varepsilon",
        source=OURS,
        domain="d ≥ 1, 0 < ε ≤ 1",
        depends_on=("BM",),
        required=Rung.PROVED,
        outline="Maps served by one mask are within 2ε of each other, so their set has at most "
        "the volume of an ε-ball (BM); 2^n of them cover the unit ball. Tickets need not be "
        "linear. A free scale is rounded to a grid of fewer than 2 + 1/ε, at the price of ε.",
        checks=(Check("proof", Rung.PROVED, prove_T1),),
    ),
    Claim(
        id="T5",
        title="linear targets, without Brunn–Minkowski",
        statement="In the setting of T1, n ≥ d²·(log₂(1/ε) − 1), by volumes alone; half a bit a "
        "weight fewer on nonnegative inputs.",
        latex=r"n\ge d^2\Bigl(\log_2\frac1\varepsilon-1\Bigr)",
        source=OURS,
        domain="d ≥ 1, 0 < ε ≤ 1",
        depends_on=(),
        required=Rung.PROVED,
        outline="Maps served by one mask lie in a ball of radius 2ε around any of them; volumes "
        "scale by (2ε)^{d²}, and 2^n of these balls cover the unit ball. Half a bit for "
        "nonnegative inputs as in T1.",
        checks=(Check("proof", Rung.PROVED, prove_T5),),
    ),
    Claim(
        id="T3",
        title="depth, if the width is of order d",
        statement="All d_i = d, width N ≤ c·d, c ≥ 1, l = 1, or l ≥ 2 and d ≥ 4: L ≥ T/(c²d²), T "
        "the bound of T1 or T2.",
        latex=r"L\ge\frac{T}{c^2d^2}",
        source=OURS,
        domain="all d_i = d; c ≥ 1; l = 1, or l ≥ 2 and d ≥ 4",
        depends_on=("T1", "T2"),
        required=Rung.PROVED,
        outline="L layers between widths at most cd have at most L(cd)² weights.",
        checks=(Check("proof", Rung.PROVED, prove_T3),),
    ),
    Claim(
        id="T4",
        title="constant depth needs polynomial width",
        statement="On a coordinate half-axis a masked ±1 network of width k and depth L has an "
        "integer slope of size at most k^{L−1}; approximating every slope in [−1, 1] within "
        "ε at one scale needs k^{L−1} ≥ (1/ε − 1)/2.",
        latex=r"k^{L-1}\ge\tfrac12\Bigl(\frac1\varepsilon-1\Bigr)",
        source=OURS,
        domain="k, L ≥ 1, 0 < ε ≤ 1",
        depends_on=(),
        required=Rung.PROVED,
        outline="The network is positively homogeneous, so on t·e_j it is t times an integer; "
        "its size grows by at most the width a layer. 2k^{L−1} + 1 slopes, each within ε of "
        "an interval of length 2ε, cover [−1, 1].",
        checks=(
            machine_checked("T4_slope", "T4_width"),
            Check("proof", Rung.PROVED, prove_T4),
            Check("all-small-networks", Rung.TESTED, check_slopes, cost=3),
        ),
    ),
)
