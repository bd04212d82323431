"""Q: how many bits a target needs. Rounding errors through the layers of a ReLU network."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from constructions.norms import bound_spectral_norm
from constructions.quantize import (
    RESERVE,
    Precision,
    bits_for_theorem,
    bound_error,
    precision_for_theorem,
    quantize,
)
from constructions.targets.target import TargetNetwork
from proofs.claims.model import OURS, PAPER, Check, Claim
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    Obligation,
    exact,
    proof_evidence,
    prove_finite,
    prove_identity,
    prove_implication,
    prove_inductive_step,
    prove_nonnegative,
    prove_positive_on_box,
)

BITS_EXCESS = Fraction(304, 1000)  # p < log₂(dl/ε) + this, for ε ≤ ½

_i = sp.Symbol("i", integer=True, nonnegative=True)
_l = sp.Symbol("l", integer=True, positive=True)
_d, _a, _b = sp.symbols("d a b", positive=True)
_p = sp.Symbol("p", integer=True, nonnegative=True)
_eta, _eps, _s, _t = sp.symbols("eta epsilon s t", nonnegative=True)


def _rounding() -> list[Obligation]:
    """Rounding to the nearest integer errs by at most ½ and keeps |V| ≤ 2^p."""
    f, x, V = sp.symbols("f x V", real=True)
    half = sp.Rational(1, 2)
    top = sp.Symbol("top", positive=True)  # 2^p
    return [
        prove_implication("rounding down errs by f ≤ ½", half - f, {"f ≤ ½": (half - f, 1)}),
        prove_implication(
            "rounding up errs by 1 − f ≤ ½", half - (1 - f), {"f ≥ ½": (f - half, 1)}
        ),
        prove_implication(
            "V ≥ 2^p + 1 contradicts |2^p w| ≤ 2^p (so |V| ≤ 2^p, V being an integer)",
            -half,
            {
                "x ≤ 2^p": (top - x, 1),
                "V ≤ x + ½": (x + half - V, 1),
                "V ≥ 2^p + 1": (V - top - 1, 1),
            },
        ),
    ]


def _norms() -> list[Obligation]:
    a, b, d = sp.symbols("a b d", positive=True)
    entry = sp.Rational(1, 2) * 2**-_p
    return [
        prove_identity(
            "a·b entries of at most ½·2^−p have Frobenius norm at most ½·2^−p·√(ab)",
            sp.sqrt(a * b * entry**2),
            entry * sp.sqrt(a) * sp.sqrt(b),
        ),
        prove_implication("a·b ≤ d²", d**2 - a * b, {"a ≤ d": (d - a, d), "b ≤ d": (d - b, a)}),
        prove_identity("½·2^−p·d = d·2^{−p−1}", entry * d, d * 2 ** (-_p - 1)),
    ]


def _layers() -> list[Obligation]:
    """The error after i layers is at most (1+η)^i − 1."""
    error, following, norm, size, bound = sp.symbols("e e' v f F", nonnegative=True)
    return [
        prove_implication(
            "one layer: the error is at most (1+η)F + η",
            (1 + _eta) * bound + _eta - following,
            {
                "e' ≤ v·e + η·‖f_i‖": (norm * error + _eta * size - following, 1),
                "v ≤ 1 + η": (1 + _eta - norm, error),
                "e ≤ F": (bound - error, 1 + _eta),
                "‖f_i‖ ≤ 1": (1 - size, _eta),
            },
        ),
        *prove_inductive_step(
            "(1+η)^i − 1", _i, 0, (1 + _eta) ** _i - 1, 0, lambda F: (1 + _eta) * F + _eta
        ),
    ]


def _enough_bits() -> list[Obligation]:
    """p = ⌈log₂(dl/ε)⌉ has (1 + d·2^{−p−1})^l ≤ 1 + ε, for 0 < ε ≤ 1."""
    log = sp.log(1 + _t)
    on_unit = _s / (1 + _s)  # s ∈ [0, ∞) ↦ [0, 1)
    wanted = sp.log(1 + _eps) - _eps / 2
    return [
        prove_implication(
            "d·l/ε ≤ 2^p gives η = d·2^{−p−1} ≤ ε/(2l)",
            _eps / (2 * _l) - _d / (2 * sp.Symbol("P", positive=True)),
            {
                "ε·2^p ≥ d·l": (
                    _eps * sp.Symbol("P", positive=True) - _d * _l,
                    1 / (2 * _l * sp.Symbol("P", positive=True)),
                )
            },
        ),
        prove_identity("t − ln(1+t) is 0 at t = 0", (_t - log).subs(_t, 0), 0),
        prove_nonnegative("its derivative is ≥ 0: ln(1+t) ≤ t", sp.diff(_t - log, _t)),
        prove_identity("l·ln(1 + ε/(2l)) ≤ l·ε/(2l) = ε/2", _l * (_eps / (2 * _l)), _eps / 2),
        prove_identity("ln(1+ε) − ε/2 is 0 at ε = 0", wanted.subs(_eps, 0), 0),
        prove_nonnegative(
            "its derivative is ≥ 0 for 0 ≤ ε < 1 (ε = s/(1+s)), and at 1 by continuity",
            sp.diff(wanted, _eps).subs(_eps, on_unit),
        ),
    ]


def _few_bits() -> list[Obligation]:
    """For ε ≤ ½, reserve included: p < log₂(dl/ε) + 0.304, and p ≥ 1."""
    x = sp.Symbol("x", nonnegative=True)
    falling = sp.log(1 + x) - x / (1 + x)  # −x²·(ln(1+x)/x)'

    def excess() -> arb:
        least = 2 * (arb(3) / 2).log()  # ln(1+ε')/ε' at ε' = ½
        return exact(BITS_EXCESS) - (1 - (2 * least * exact(1 - RESERVE)).log() / arb(2).log())

    return [
        prove_identity("ln(1+x) − x/(1+x) is 0 at x = 0", falling.subs(x, 0), 0),
        prove_nonnegative(
            "its derivative is ≥ 0: ln(1+x)/x falls, so ln(1+ε') ≥ κε' for ε' ≤ ½, κ = 2·ln(3/2)",
            sp.diff(falling, x),
        ),
        prove_positive_on_box(
            "p ≥ log₂(dl/(2κε(1 − 2^−10))) is enough, so p < log₂(dl/ε) + 1 − log₂(2κ(1 − 2^−10))",
            f"1 − log₂(2κ(1 − 2^−10)) < {BITS_EXCESS}",
            excess,
            {},
        ),
        prove_nonnegative(
            "p = 0 is never enough for ε ≤ ½: (1 + d/2)^l ≥ 1 + d/2 > 1 + ε(1 − 2^−10)",
            _d / 2 - sp.Rational(1, 2),
            {_d: 1},
        ),
    ]


def prove_Q1(case: Case) -> Evidence:
    """Prove the rounding error of one layer, of l layers, and the closed form for p."""
    return proof_evidence([*_rounding(), *_norms(), *_layers(), *_enough_bits(), *_few_bits()])


def prove_Q2(case: Case) -> Evidence:
    """Prove the telescoped bound, and how much the power method for spectral norms loses."""
    v, error, following, eta, before, total = sp.symbols("v e e' eta w S", nonnegative=True)
    k = sp.Symbol("k", positive=True)
    d = sp.Symbol("d", positive=True)
    return proof_evidence(
        [
            prove_implication(
                "one layer: e ≤ S implies e' ≤ v·S + η·w, w = ∏_{j<i} ‖W_j‖·R",
                v * total + eta * before - following,
                {
                    "e' ≤ v·e + η·w": (v * error + eta * before - following, 1),
                    "e ≤ S": (total - error, v),
                },
            ),
            _telescope(),
            prove_identity(
                "‖M‖_∞ ≤ √d‖M‖₂ costs a factor (√d)^{1/(2k)} = d^{1/(4k)} a layer",
                sp.sqrt(d) ** (1 / (2 * k)),
                d ** (1 / (4 * k)),
            ),
            prove_identity(
                "l layers lose at most exp(l·ln d/(4k))",
                sp.exp(_l * sp.log(d) / (4 * k)),
                d ** (_l / (4 * k)),
            ),
        ]
    )


def _telescope() -> Obligation:
    """Multiplying S_i by v_{i+1} and adding η_{i+1}·w_{i+1} is S_{i+1}: term by term."""
    tail, v, eta, head = sp.symbols("tail v eta head", nonnegative=True)
    # a term k ≤ i of S_i is tail·η_k·head with tail = ∏_{k<j≤i} v_j; of S_{i+1}, tail·v.
    return prove_identity(
        "a term of S_i times v_{i+1} is the term of S_{i+1} whose product is one factor longer",
        v * (tail * eta * head),
        (tail * v) * eta * head,
        "induction, step",
    )


def hold_bits_against_bound(case: Case) -> Evidence:
    """Hold bits_for_theorem against Q1: minimal, and at most the closed form with the reserve."""
    rng, count = case.rng(), case.pick(300, 3000)
    for i in range(count):
        d, depth = int(2 ** rng.uniform(0, 12)), int(rng.integers(1, 40))
        eps = Decimal(str(round(float(2 ** rng.uniform(-40, 0)), 15))) or Decimal("0.5")
        dims = (d,) * (depth + 1)
        p = bits_for_theorem(dims, eps)
        goal = 1 + Fraction(eps) * (1 - RESERVE)

        def fits(bits: int, d: int = d, depth: int = depth, goal: Fraction = goal) -> bool:
            return (1 + Fraction(d, 2 ** (bits + 1))) ** depth <= goal

        closed = _ceil_log2(Fraction(d * depth) / (Fraction(eps) * (1 - RESERVE)))
        if (
            not fits(p)
            or (p > 0 and fits(p - 1))
            or p > max(closed, 0)
            or _too_many(p, d * depth, eps)
        ):
            return from_cases(i + 1, "plans", {"d": d, "l": depth, "eps": str(eps), "p": p})
    return from_cases(count, "plans")


def _too_many(p: int, size: int, eps: Decimal) -> bool:
    """Return whether p breaks 1 ≤ p < log₂(dl/ε) + 0.304, which holds for ε ≤ ½."""
    excess = math.log2(size) - math.log2(eps) + float(BITS_EXCESS) - p
    return eps <= Decimal("0.5") and (p < 1 or excess < -1e-9)


def _ceil_log2(value: Fraction) -> int:
    bits = value.numerator.bit_length() - value.denominator.bit_length() - 1
    while Fraction(2) ** bits < value:
        bits += 1
    return bits


def hold_errors_against_bound(case: Case) -> Evidence:
    """Round random targets of the theorem's class; hold sampled errors under Q2, and Q2 under ε."""
    rng, count, slack = case.rng(), case.pick(20, 200), None
    for i in range(count):
        dims = tuple(int(v) for v in rng.integers(1, 12, size=int(rng.integers(2, 5))))
        weights = []
        for rows, columns in zip(dims[1:], dims[:-1], strict=True):
            W = rng.standard_normal((rows, columns))
            weights.append(W / bound_spectral_norm(W))
        target = TargetNetwork.from_layers(weights)
        eps = f"{2.0 ** rng.uniform(-12, -1):.6f}"
        precision = precision_for_theorem(dims, eps)
        rounded = TargetNetwork.from_layers(
            [np.ldexp(V.astype(np.float64), -precision.p) for V in quantize(target, precision)]
        )
        bound = bound_error(target, precision)
        x = rng.standard_normal((64, dims[0]))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        sampled = float(np.linalg.norm(target(x) - rounded(x), axis=1).max())
        margin = float(arb(eps).lower()) - max(sampled * (1 - 1e-9), float(bound.upper()))
        if margin < 0 or sampled * (1 - 1e-9) > float(bound.upper()):
            found = {"dims": dims, "eps": eps, "sampled": sampled, "bound": str(bound)}
            return from_cases(i + 1, "random targets", found)
        slack = margin if slack is None else min(slack, margin)
    return from_cases(count, "random targets", slack=slack)


def check_rounding_exhaustively(case: Case) -> Evidence:
    """Every multiple of 2^{−p−3} in [−1, 1], p ≤ 5: errors at most ½, |V| ≤ 2^p, half to even."""
    count = 0
    for p in range(6):
        step = 2.0 ** (-p - 3)
        W = np.arange(-1.0, 1.0 + step / 2, step)[None, :]
        (V,) = quantize(TargetNetwork.from_layers([W]), Precision(p, (0,), ""))
        gap = np.abs(W * 2**p - V)
        even = V[gap == 0.5] % 2 == 0
        count += W.size
        if gap.max() > 0.5 or np.abs(V).max() > 2**p or not even.all():
            return from_cases(count, "weights", {"p": p, "largest error": float(gap.max())})
    return from_cases(count, "weights")


def prove_reserve(case: Case) -> Evidence:
    """Prove that ε(1 − 2^−10) leaves room for the norms' outward rounding, l·2^−11 in all."""

    def room(exponent: int) -> bool:
        return (1 - RESERVE) * (1 + Fraction(1, 2**exponent)) < 1

    return proof_evidence(
        [prove_finite("(1 − 2^−10)(1 + 2^−11) < 1", "one case: the two constants", [11], room)]
    )


CLAIMS = (
    Claim(
        id="Q1",
        title="rounding a target of norm at most 1",
        statement="V_i = round(2^p W_i) has |V_i| ≤ 2^p and ‖W_i − 2^−p V_i‖₂ ≤ η = d·2^{−p−1}; "
        "the rounded network errs by at most (1+η)^l − 1 on the unit ball; p = ⌈log₂(dl/ε)⌉ "
        "makes that at most ε. The smallest p for ε(1 − 2^−10) is at least 1 and less than "
        "log₂(dl/ε) + 0.304, for ε ≤ ½.",
        latex=r"\sup_{\|x\|_2\le1}\|f(x)-\hat f(x)\|_2\le(1+\eta)^l-1,\quad\eta=d\,2^{-p-1};\qquad "
        r"p=\lceil\log_2(dl/\varepsilon)\rceil\ \text{gives}\ (1+\eta)^l-1\le\varepsilon",
        source=PAPER,
        domain="d, l ≥ 1; ‖W_i‖₂ ≤ 1; ‖x‖₂ ≤ 1; 0 < ε ≤ 1 for the closed form",
        depends_on=(),
        required=Rung.PROVED,
        outline="An entry errs by at most ½·2^−p, so a layer by its Frobenius norm. ‖f_i‖ ≤ 1 "
        "and σ is 1-Lipschitz with σ(0) = 0, so e_{i+1} ≤ ‖2^−p V‖e_i + η‖f_i‖ with ‖2^−p V‖ "
        "≤ 1 + η; induction gives (1+η)^i − 1. For the closed form, η ≤ ε/(2l), l·ln(1+η) ≤ "
        "ε/2 ≤ ln(1+ε).",
        checks=(
            Check("proof", Rung.PROVED, prove_Q1),
            Check("exhaustive-rounding", Rung.TESTED, check_rounding_exhaustively),
            Check("plans", Rung.TESTED, hold_bits_against_bound),
            Check("random-targets", Rung.TESTED, hold_errors_against_bound),
        ),
    ),
    Claim(
        id="Q2",
        title="a posteriori error of rounding",
        statement="sup ‖f − f̂‖ ≤ R·Σ_i (∏_{j>i} ‖2^−p V_j‖)·η_i·(∏_{j<i} ‖W_j‖) for ‖x‖₂ ≤ R, "
        "η_i = ‖W_i − 2^−p V_i‖₂; and ‖A‖₂ ≤ ‖(AᵀA)^k‖_∞^{1/(2k)}, too large by at most "
        "d^{1/(4k)}.",
        latex=r"\sup_{\|x\|\le R}\|f-\hat f\|\le R\sum_i\prod_{j>i}\|2^{-p}V_j\|\;\eta_i"
        r"\prod_{j<i}\|W_j\|",
        source=OURS,
        domain="any target, any R ≥ 0",
        depends_on=(),
        required=Rung.PROVED,
        outline="f̂_i − f_i = σ(V̂_i f̂_{i−1}) − σ(W_i f_{i−1}); subtract and add V̂_i f_{i−1}: "
        "e_i ≤ ‖V̂_i‖e_{i−1} + η_i‖f_{i−1}‖, and ‖f_{i−1}‖ ≤ R∏_{j<i}‖W_j‖. Unrolled, this "
        "is the sum. ‖A‖₂^{2k} is the spectral radius of (AᵀA)^k, at most any induced norm "
        "of it.",
        checks=(
            Check("proof", Rung.PROVED, prove_Q2),
            Check("reserve", Rung.PROVED, prove_reserve),
            Check("random-targets", Rung.TESTED, hold_errors_against_bound),
        ),
    ),
)
