"""T2: deep targets whose many ridge functions any approximation gives back."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    log2,
    proof_evidence,
    prove_identity,
    prove_nonnegative,
    prove_positive_on_box,
)

_l, _r, _d = sp.symbols("l r d", positive=True)
_eps = sp.Symbol("epsilon", positive=True)


def prove_constants(case: Case) -> Evidence:
    """Prove what the logarithm of the cover's size is at least, for all l ≥ 2 and r ≥ 1."""
    x = sp.Symbol("x", nonnegative=True)
    k = sp.Symbol("k", positive=True)  # l − 1
    r = 1 + sp.Symbol("j", nonnegative=True)  # r ≥ 1
    steps = [
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
        prove_identity(
            "range·κ·sin h/(8ε) ≥ (1/(r√l))·(e^{−1/2}/√(lr))·(1/(lr))/(8ε)",
            1 / (_r * sp.sqrt(_l)) / sp.sqrt(_l * _r) / (_l * _r) / 8,
            1 / (8 * _l**2 * _r ** sp.Rational(5, 2)),
        ),
        prove_identity(
            "at r = d/2, the largest: 2^{5/2}/(8l²d^{5/2})",
            (1 / (8 * _l**2 * _r ** sp.Rational(5, 2))).subs(_r, _d / 2),
            2 ** sp.Rational(5, 2) / (8 * _l**2 * _d ** sp.Rational(5, 2)),
        ),
        prove_positive_on_box(
            "range·κ·sin h/(8ε) ≥ e^{−1/2}/(8εl²r^{5/2}), r ≤ d/2: log₂ ≥ E − 2log₂l − "
            "(5/2)log₂d − 5/4",
            "5/2 − ½·log₂e − 3 > −5/4",
            lambda: arb(5) / 2 - log2(arb(1).exp()) / 2 - 3 + arb(5) / 4,
            {},
        ),
    ]
    return proof_evidence(steps)


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


CLAIMS = (
    Claim(
        id="T2",
        title="deep targets need about (l−1)·d²·log₂(1/ε)/4 weights",
        statement="l ≥ 2, d ≥ 4, all d_i = d: n ≥ (l−1)r²·(log₂(1/ε) − 2log₂l − (5/2)log₂d − "
        "5/4), r = ⌊(d−2)/2⌋.",
        latex=r"n\ge(l-1)r^2\Bigl(\log_2\frac1\varepsilon-2\log_2l-\tfrac52\log_2d-\tfrac54\Bigr),"
        r"\quad r=\lfloor(d-2)/2\rfloor",
        source=OURS,
        domain="l ≥ 2, d ≥ 4, 0 < ε; also for nonnegative inputs",
        depends_on=(),
        outline="On two nonnegative inputs every layer but the last adds r ridge functions with "
        "kinks on rays of their own, and every layer but the first adds U ≥ 0 times them to "
        "r accumulators. Second differences on the rays give back every coefficient, so "
        "targets served by one mask have coefficients in a box of side 8ε/sin h; 2^n boxes "
        "cover all (l−1)r² coefficients' range.",
        clauses=(
            Clause(
                "family",
                "Every member has layer norms at most 1 and widths at most d.",
                argued="T2",
            ),
            Clause(
                "recovery",
                "Second differences on the rays give back every coefficient, so functions within "
                "2ε have coefficients within 8ε/sin h.",
                argued="T2",
            ),
            Clause(
                "covering", "2^n boxes of that side cover the coefficients' range.", argued="T2"
            ),
            Clause(
                "constants",
                "log₂ of range over side is at least log₂(1/ε) − 2log₂l − (5/2)log₂d − 5/4.",
                (Check("constants", Rung.PROVED, prove_constants),),
            ),
        ),
        tests=(Check("networks", Rung.TESTED, check_ridges, cost=2),),
    ),
)
