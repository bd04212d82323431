"""Slow and sure: exact rational arithmetic to hold the fast code against."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import arb, ctx, fmpq, fmpq_mat
from numpy.typing import NDArray


def exact_matrix(A: NDArray[np.float64]) -> list[list[Fraction]]:
    """Return a float64 matrix as rationals."""
    return [[Fraction(v) for v in row] for row in A.tolist()]


def norm_at_most(A: Sequence[Sequence[Fraction]], c: Fraction) -> bool:
    """Decide ‖A‖₂ ≤ c: whether every eigenvalue of c²I − AᵀA is ≥ 0.

    A polynomial whose roots are all real has no negative root iff its coefficients alternate in
    sign, so the characteristic polynomial decides it without any root.
    """
    M = fmpq_mat([[fmpq(v.numerator, v.denominator) for v in row] for row in A])
    gram = M.transpose() * M if M.nrows() >= M.ncols() else M * M.transpose()
    n = gram.nrows()
    square = fmpq(c.numerator, c.denominator) ** 2
    identity = fmpq_mat([[square if i == j else 0 for j in range(n)] for i in range(n)])
    polynomial = (identity - gram).charpoly()
    return c >= 0 and all((-1) ** (n - k) * polynomial[k] >= 0 for k in range(n + 1))


def run_exact(
    weights: Sequence[Sequence[Sequence[Fraction]]], x: Sequence[Fraction]
) -> list[Fraction]:
    """Evaluate a ReLU network in rationals, no ReLU after the last layer."""
    h = list(x)
    for i, W in enumerate(weights):
        if i:
            h = [max(v, Fraction(0)) for v in h]
        h = [sum((w * v for w, v in zip(row, h, strict=True)), Fraction(0)) for row in W]
    return h


def upper_end(ball: arb) -> Fraction:
    """Return the upper end of a ball exactly."""
    mantissa, exponent = ball.upper().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def holds(ball: arb, value: Fraction | int, bits: int = 90) -> bool:
    """Say whether a narrow ball contains an exact rational."""
    value = Fraction(value)
    with ctx.workprec(400):
        exact = arb(value.numerator) / arb(value.denominator)
        return ball.overlaps(exact) and (value == 0 or ball.rel_accuracy_bits() > bits)
