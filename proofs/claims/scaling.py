"""H: powers of two move through layers, and signed inputs split in two."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, PAPER, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases


def check_split_exactly(case: Case) -> Evidence:
    """All sign matrices for d ≤ 2 inputs and pools of N ≤ 5: exact failure against G1's sum."""
    count, slack = 0, None
    for d, N in itertools.product((1, 2), range(2, 6 if case.effort == "full" else 5)):
        if 2 * d > N:
            continue
        failures = sum(
            not _split_succeeds(signs, d, N) for signs in itertools.product((1, -1), repeat=d * N)
        )
        probability = Fraction(failures, 2 ** (d * N))
        bound = sum(Fraction(1, 2) ** (N - i + 1) for i in range(1, 2 * d + 1))
        count += 2 ** (d * N)
        if probability > bound:
            found = {"d": d, "N": N, "failure": probability, "bound": bound}
            return from_cases(count, "sign matrices", found)
        gap = float(bound - probability)
        slack = gap if slack is None else min(slack, gap)
    return from_cases(count, "sign matrices", slack=slack)


def _split_succeeds(signs: tuple[int, ...], d: int, N: int) -> bool:
    unused = list(range(N))
    for wanted, j in itertools.product((1, -1), range(d)):
        found = next((r for r in unused if signs[j * N + r] == wanted), None)
        if found is None:
            return False
        unused.remove(found)
    return True


def check_homogeneity(case: Case) -> Evidence:
    """Exact rationals: σ(λz) = λσ(z), and a whole rounded network against its scaled integers."""
    rng, count = case.rng(), case.pick(200, 2000)
    for i in range(count):
        p, layers = int(rng.integers(0, 6)), int(rng.integers(1, 4))
        d = int(rng.integers(1, 4))
        V = [rng.integers(-(2**p), 2**p + 1, size=(d, d)) for _ in range(layers)]
        x = [Fraction(int(v), 8) for v in rng.integers(-8, 9, size=d)]
        scaled, whole = x, x
        for t, matrix in enumerate(V):
            last = t == layers - 1
            scaled = _layer(matrix, scaled, Fraction(1, 2**p), last)
            whole = _layer(matrix, whole, Fraction(1), last)
        if scaled != [v / 2 ** (p * layers) for v in whole]:
            return from_cases(i + 1, "networks", {"p": p, "V": [m.tolist() for m in V], "x": x})
    return from_cases(count, "networks")


def _layer(V: np.ndarray, x: list[Fraction], scale: Fraction, last: bool) -> list[Fraction]:
    sums = [
        sum((scale * int(v) * a for v, a in zip(row, x, strict=True)), Fraction(0)) for row in V
    ]
    return sums if last else [max(s, Fraction(0)) for s in sums]


CLAIMS = (
    Claim(
        id="H1",
        title="powers of two move through the layers",
        statement="σ(λz) = λσ(z) for λ ≥ 0; so a network with matrices 2^−p V_i is 2^{−pl} times "
        "the one with V_i.",
        latex=r"\sigma(\lambda z)=\lambda\sigma(z)\quad(\lambda\ge0)",
        source=PAPER,
        domain="λ ≥ 0, z real; l ≥ 1, p ≥ 0",
        depends_on=(),
        outline="By the sign of z; then layer by layer.",
        clauses=(
            Clause(
                "hidden layers",
                "Scaling every layer by λ ≥ 0 scales the values after t layers by λ^t.",
                (machine_checked("H1_hidden"),),
            ),
            Clause("network", "The network by λ^l.", (machine_checked("H1_scaling"),)),
        ),
        tests=(Check("exact-networks", Rung.TESTED, check_homogeneity),),
    ),
    Claim(
        id="H2",
        title="splitting signed inputs",
        statement="σ(x) and σ(−x), one kept edge each, give x = σ(x) − σ(−x), so V x = [V, "
        "−V](x⁺, x⁻). Serving all x_j⁺ and then all x_j⁻ from one pool of N fails with "
        "probability at most G1's sum for 2d_0 slots, q = ½.",
        latex=r"x=\sigma(x)-\sigma(-x),\qquad \Pr(\text{fail})\le\sum_{i=1}^{2d_0}2^{-(N-i+1)}",
        source=OURS,
        domain="d_0 ≥ 1, N ≥ 2d_0",
        depends_on=("G1",),
        outline="Signs are read lazily, first neuron first. A neuron that was passed over for "
        "x_j⁺ has sign − and fits x_j⁻; if an unused one of these is left, x_j⁻ does not "
        "fail. Otherwise the unused neurons are unread for x_j, and fail with probability "
        "2^−u like a fresh slot's. The sum is G1's.",
        clauses=(
            Clause(
                "split",
                "σ(x) − σ(−x) = x, and [V, −V] reads the split as V reads x.",
                (machine_checked("H2_split", "relu_split", "pre_first"),),
            ),
            Clause(
                "failure",
                "Serving both halves from one pool fails at most as often as G1 says of 2d_0 "
                "fresh slots.",
                (machine_checked("split_prob"),),
            ),
        ),
        tests=(Check("all-sign-matrices", Rung.TESTED, check_split_exactly, cost=5),),
    ),
)
