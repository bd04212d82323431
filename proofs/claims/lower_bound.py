"""T: how many weights and layers any such network needs."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.claims.model import OURS, Check, Claim, Source
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    Obligation,
    log2,
    proof_evidence,
    prove_finite,
    prove_identity,
    prove_implication,
    prove_inductive_step,
    prove_nonnegative,
    prove_positive_on_box,
)

_l, _r, _d = sp.symbols("l r d", positive=True)
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
        ]
    )


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


# -- T2 --------------------------------------------------------------------------------------


def _norms() -> list[Obligation]:
    return [
        prove_identity(
            "carriers √(1−1/l) and r ridges 1/√(lr), ‖v‖ = 1: (1 − 1/l) + r·1/(lr) = 1",
            (1 - 1 / _l) + _r / (_l * _r),
            1,
        ),
        prove_identity(
            "[√(1−1/l)·I, U], entries of U in [0, 1/(r√l)]: (1 − 1/l) + r²·(1/(r√l))² = 1",
            (1 - 1 / _l) + _r**2 * (1 / (_r * sp.sqrt(_l))) ** 2,
            1,
        ),
        prove_implication(
            "2 carriers, r ridges and r accumulators fit into d: r ≤ (d−2)/2",
            _d - (2 + 2 * _r),
            {"r ≤ (d−2)/2": ((_d - 2) / 2 - _r, 2)},
        ),
        prove_identity(
            "a ridge of layer i, i − 1 carries before and l − i − 1 after: factor "
            "(1−1/l)^{(l−2)/2}",
            (sp.Symbol("i") - 1) + (_l - sp.Symbol("i") - 1),
            _l - 2,
        ),
    ]


def _second_differences() -> list[Obligation]:
    alpha, h = sp.symbols("alpha h", real=True)
    c = sp.Symbol("c", real=True)  # cos h
    return [
        prove_identity(
            "a ridge that is active at all three points, sin(θ − θ_q'): sin(α+h) − 2cos h·sin α "
            "+ sin(α−h) = 0",
            sp.sin(alpha + h) - 2 * sp.cos(h) * sp.sin(alpha) + sp.sin(alpha - h),
            0,
        ),
        prove_identity(
            "the ridge with its kink in the middle: sin h − 0 + 0",
            sp.sin(h) - 2 * sp.cos(h) * sp.sin(0),
            sp.sin(h),
        ),
        prove_identity("a later ridge starts at θ_q + h or beyond: 0", sp.sin(h - h), 0),
        prove_implication(
            "functions within 2ε: the differences are within (1 + 2cos h + 1)·2ε ≤ 8ε",
            8 * _eps - (2 + 2 * c) * 2 * _eps,
            {"cos h ≤ 1": (1 - c, 4 * _eps)},
        ),
        prove_identity(
            "all three points lie in [0, π/2]: (M+1)h = π/2",
            (sp.Symbol("M", positive=True) + 1)
            * (sp.pi / (2 * (sp.Symbol("M", positive=True) + 1))),
            sp.pi / 2,
        ),
    ]


def _size_of_cover() -> list[Obligation]:
    x = sp.Symbol("x", nonnegative=True)
    k = sp.Symbol("k", positive=True)  # l − 1
    r = 1 + sp.Symbol("j", nonnegative=True)  # r ≥ 1
    return [
        prove_identity("ln(1+x) ≤ x: equal at 0", (x - sp.log(1 + x)).subs(x, 0), 0),
        prove_nonnegative("… and the difference grows", sp.diff(x - sp.log(1 + x), x)),
        prove_identity(
            "−ln(1 − 1/l) = ln(1 + 1/(l−1)), k = l − 1", 1 / (1 - 1 / (k + 1)), 1 + 1 / k
        ),
        prove_nonnegative(
            "so (1−1/l)^{(l−2)/2} ≥ e^{−(l−2)/(2(l−1))} ≥ e^{−1/2}",
            sp.together(sp.Rational(1, 2) - (k - 1) / (2 * k)),
        ),
        prove_positive_on_box(
            "sin h ≥ (2/π)h = 1/(M+1) for 0 < h = π/(2(M+1)) ≤ π/4",
            "sin(h)/h > 2/π for h ∈ [0, 0.7854]",
            lambda h: h.sinc() - 2 / arb.pi(),
            {"h": (Fraction(0), Fraction(7854, 10000))},
        ),
        prove_positive_on_box(
            "0.7854 ≥ π/4", "0.7854 > π/4", lambda: arb("0.7854") - arb.pi() / 4, {}
        ),
        prove_nonnegative(
            "M + 1 = (l−1)r + 1 ≤ lr for r ≥ 1", sp.expand((k + 1) * r - (k * r + 1))
        ),
        prove_positive_on_box(
            "range·κ·sin h/(8ε) ≥ e^{−1/2}/(8εl²r^{5/2}), r ≤ d/2: log₂ ≥ E − 2log₂l − "
            "(5/2)log₂d − 5/4",
            "5/2 − ½·log₂e − 3 > −5/4",
            lambda: arb(5) / 2 - log2(arb(1).exp()) / 2 - 3 + arb(5) / 4,
            {},
        ),
    ]


def prove_T2(case: Case) -> Evidence:
    """Prove the norms, the recovery of coefficients, and the size of the cover."""
    return proof_evidence([*_norms(), *_second_differences(), *_size_of_cover()])


def check_ridges(case: Case) -> Evidence:
    """Build T2's networks for random shapes: norms, widths, and coefficients read back."""
    rng, count = case.rng(), case.pick(20, 200)
    for i in range(count):
        layers, d = int(rng.integers(2, 6)), int(rng.integers(4, 13))
        r = (d - 2) // 2
        M, h = (layers - 1) * r, math.pi / (2 * ((layers - 1) * r + 1))
        weights, U = _ridge_network(rng, layers, d, r, h)
        norms = max(np.linalg.norm(W, 2) for W in weights)
        widths = max(max(W.shape) for W in weights)
        kappa = (1 - 1 / layers) ** ((layers - 2) / 2) / math.sqrt(layers * r)
        theta = h * np.arange(M + 2)
        g = _run(weights, np.stack([np.cos(theta), np.sin(theta)]))
        back = (g[:, 2:] - 2 * math.cos(h) * g[:, 1:-1] + g[:, :-2]) / math.sin(h)
        error = float(np.abs(back - kappa * np.concatenate(U, axis=1)).max())
        if norms > 1 + 1e-12 or widths > d or error > 1e-9:
            found = {"l": layers, "d": d, "norm": norms, "width": widths, "error": error}
            return from_cases(i + 1, "networks", found)
    return from_cases(count, "networks")


def _ridge_network(
    rng: np.random.Generator, layers: int, d: int, r: int, h: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    carry = math.sqrt(1 - 1 / layers)
    U = [rng.uniform(0, 1 / (r * math.sqrt(layers)), size=(r, r)) for _ in range(layers - 1)]
    weights = []
    for i in range(1, layers + 1):
        W = np.zeros((2 + 2 * r, 2 + 2 * r))
        W[:2, :2] = carry * np.eye(2)
        angle = h * ((i - 1) * r + np.arange(1, r + 1))
        W[2 : 2 + r, :2] = np.stack([-np.sin(angle), np.cos(angle)], axis=1) / math.sqrt(layers * r)
        W[2 + r :, 2 + r :] = carry * np.eye(r)
        if i > 1:
            W[2 + r :, 2 : 2 + r] = U[i - 2]
        weights.append(W[:, :2] if i == 1 else W[2 + r :] if i == layers else W)
    return weights, U


def _run(weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    for W in weights[:-1]:
        x = np.maximum(W @ x, 0.0)
    return np.asarray(weights[-1] @ x)


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
        "fewer if each target is served with probability 1 − δ.",
        latex=r"n\ge d^2\log_2\frac1\varepsilon",
        source=OURS,
        domain="d ≥ 1, 0 < ε ≤ 1",
        depends_on=("BM",),
        required=Rung.PROVED,
        outline="Maps served by one mask are within 2ε of each other, so their set has at most "
        "the volume of an ε-ball (BM); 2^n of them cover the unit ball. Tickets need not be "
        "linear.",
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
        id="T2",
        title="deep targets need about l·d²·log₂(1/ε)/4 weights",
        statement="l ≥ 2, d ≥ 4, all d_i = d: n ≥ (l−1)r²·(log₂(1/ε) − 2log₂l − (5/2)log₂d − "
        "5/4), r = ⌊(d−2)/2⌋.",
        latex=r"n\ge(l-1)r^2\Bigl(\log_2\frac1\varepsilon-2\log_2l-\tfrac52\log_2d-\tfrac54\Bigr),"
        r"\quad r=\lfloor(d-2)/2\rfloor",
        source=OURS,
        domain="l ≥ 2, d ≥ 4, 0 < ε; also for nonnegative inputs",
        depends_on=(),
        required=Rung.PROVED,
        outline="On two nonnegative inputs every layer but the last adds r ridge functions with "
        "kinks on rays of their own, and every layer but the first adds U ≥ 0 times them to "
        "r accumulators. Second differences on the rays give back every coefficient, so "
        "targets served by one mask have coefficients in a box of side 8ε/sin h; 2^n boxes "
        "cover all (l−1)r² coefficients' range.",
        checks=(
            Check("proof", Rung.PROVED, prove_T2),
            Check("networks", Rung.TESTED, check_ridges, cost=2),
        ),
    ),
    Claim(
        id="T3",
        title="depth, if the width is of order d",
        statement="With width N ≤ c·d, c ≥ 1, and l = 1, or l ≥ 2 and d ≥ 4: L ≥ T/(c²d²), T the "
        "bound of T1 or T2.",
        latex=r"L\ge\frac{T}{c^2d^2}",
        source=OURS,
        domain="c ≥ 1; l = 1, or l ≥ 2 and d ≥ 4",
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
            Check("proof", Rung.PROVED, prove_T4),
            Check("all-small-networks", Rung.TESTED, check_slopes, cost=3),
        ),
    ),
)
