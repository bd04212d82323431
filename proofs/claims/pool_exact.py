"""The exact probabilities of G1–G3, by formula and by brute force, and the stated bounds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.networks.signs import Words, pack
from constructions.numbers import HALF, THREE_QUARTERS
from constructions.pool import PoolExhausted, serve

Bits = NDArray[np.bool_]


def exact_G1(n: int, N: int, q: Fraction) -> Fraction:
    """Return P(fail) exactly: 1 − ∏_{i=1..n} (1 − q^{N−i+1}); 1 if n > N."""
    return 1 - prod((1 - q ** max(N - i + 1, 0) for i in range(1, n + 1)), start=Fraction(1))


def exact_G2(n: int, N: int) -> Fraction:
    """Return P(fail) of n read-out slots exactly: the shared source's − edges are binomial."""
    return sum(
        (Fraction(comb(N, M), 2**N) * exact_G1(n, M, HALF) for M in range(N + 1)), Fraction(0)
    )


def exact_G3(n: int, N: int) -> Fraction:
    """Return P(fail) of the 2n output slots exactly: M neurons serve one sign, N − M the other."""
    return sum(
        (
            Fraction(comb(N, M), 2**N)
            * (1 - (1 - exact_G1(n, M, THREE_QUARTERS)) * (1 - exact_G1(n, N - M, THREE_QUARTERS)))
            for M in range(N + 1)
        ),
        Fraction(0),
    )


def sum_G1(n: int, N: int, q: Fraction) -> Fraction:
    """Return Σ_{i=1..n} q^{N−i+1}, the bound of G1."""
    return sum((q ** (N - i + 1) for i in range(1, n + 1)), Fraction(0))


def closed_G2(n: int, N: int) -> Fraction:
    """Return (2^n − 1)(3/4)^N, the bound of G2."""
    return Fraction(2**n - 1) * Fraction(3**N, 4**N)


def closed_G3(n: int, N: int) -> Fraction:
    """Return 6((4/3)^n − 1)(7/8)^N, the bound of G3."""
    return 6 * (Fraction(4**n, 3**n) - 1) * Fraction(7**N, 8**N)


def serves(fit: Any, pool: np.ndarray | None = None) -> bool:
    """Return whether the construction's own ``serve`` places all slots; fit is (n, N), N ≤ 256."""
    n, N = fit.shape
    packed = np.zeros((n, 4), dtype=np.uint64)
    packed[:, : -(-N // 64)] = pack(fit)

    def fits(slots: np.ndarray, first: np.ndarray, count: int) -> Words:
        rows: Words = packed[slots]
        return rows

    try:
        serve(n, np.arange(N) if pool is None else np.flatnonzero(pool), fits, 1)
    except PoolExhausted:
        return False
    return True


def brute_force_G1(n: int, N: int, q: Fraction) -> Fraction:
    """Enumerate all fit matrices with their probabilities."""
    total = Fraction(0)
    for bits in range(2 ** (n * N)):
        fit = (bits >> np.arange(n * N).reshape(n, N) & 1).astype(bool)
        if not serves(fit):
            good = int(fit.sum())
            total += (1 - q) ** good * q ** (n * N - good)
    return total


def serves_read_out(sign: Bits) -> bool:
    """Return whether n slots are served, sign (n + 1, N): the shared source's, then their own."""
    return serves(sign[1:], ~sign[0])


def serves_output(sign: Bits) -> bool:
    """Return whether 2n slots are served, sign (2n + 1, N): shared, own and outgoing edges."""
    n = len(sign) // 2
    shared, own, out = sign[0], sign[1 : n + 1], sign[n + 1 :]
    return serves(own & out, ~shared) and serves(~own & ~out, shared)


def brute_force_G2(n: int, N: int) -> Fraction:
    """Enumerate all signs of the shared source and of the own sources."""
    return _share_of_failures(n + 1, N, serves_read_out)


def brute_force_G3(n: int, N: int) -> Fraction:
    """Enumerate all signs of the shared, the own and the outgoing edges."""
    return _share_of_failures(2 * n + 1, N, serves_output)


def _share_of_failures(rows: int, N: int, served: Callable[[Bits], bool]) -> Fraction:
    cells, count = np.arange(rows * N).reshape(rows, N), 2 ** (rows * N)
    failures = sum(not served((bits >> cells & 1).astype(bool)) for bits in range(count))
    return Fraction(failures, count)
