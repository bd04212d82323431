"""Rigorous upper bounds on spectral norms in float64 (used by Q2).

The estimate comes from a Lanczos iteration; what makes it a bound is a Cholesky factorization.
If c²I − AᵀA, computed in floating point, has a Cholesky factor that is computed to its end, then
(Demmel; Rump, "Verification of positive definiteness", BIT 46, 2006) adding the backward error
makes it positive semidefinite, and so ‖A‖₂² ≤ c² + that error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackError, eigsh

from constructions.errors import InputError

_U = 2.0**-53


def bound_spectral_norm(A: NDArray[np.float64]) -> float:
    """Return an upper bound on ‖A‖₂, rigorous in float64 and within 2⁻¹¹ of the norm.

    Parameters
    ----------
    A : float64 array of shape (m, n), entries of any magnitude; InputError unless they are finite

    The bound is ∞ if the norm is beyond the range of float64; it is too large by at most twice the
    smallest float64 where that is more than 2⁻¹¹ of the norm.

    The proof, with u = 2⁻⁵³, γ_k = ku/(1−ku), n the shorter side, m the longer one, and A scaled
    by a power of two: the computed Gram matrix differs from AᵀA by at most γ_m‖A‖_F² in norm;
    subtracting it from c²I costs at most u·c² more; and a Cholesky factorization that ends shows
    that the computed matrix is ⪰ −γ_{n+1}/(1−γ_{n+1})·n·c²·I.

    >>> bound = bound_spectral_norm(np.diag([3.0, 4.0]))
    >>> 4.0 <= bound <= 4.0 * (1 + 2**-11)
    True
    """
    A = np.asarray(A, dtype=np.float64)
    largest = float(np.abs(A).max(initial=0.0))
    if not math.isfinite(largest):
        raise InputError("A has entries that are not finite")
    if largest == 0.0:
        return 0.0
    exponent = math.frexp(largest)[1]
    A = np.ldexp(A, -exponent)  # exact but for entries far below the largest, see `lost`
    lost = 2.0**-1000 * math.sqrt(A.size)
    m, n = max(A.shape), min(A.shape)
    frobenius = math.sqrt(float(np.sum(A * A))) * (1 + (m * n + 4) * _U)
    magnitude = np.abs(A)
    one_inf = float(magnitude.sum(0).max()) * float(magnitude.sum(1).max())
    easy = min(frobenius, math.sqrt(one_inf) * (1 + 2 * (m + n + 4) * _U))
    bound = min(easy, _bound_by_cholesky(A, frobenius)) if n > 1 else easy
    return _ldexp_up((bound + lost) * (1 + 4 * _U), exponent)


def _bound_by_cholesky(A: NDArray[np.float64], frobenius: float) -> float:
    G = A.T @ A if A.shape[0] >= A.shape[1] else A @ A.T
    m, n = max(A.shape), min(A.shape)
    for estimate in _largest_eigenvalue(G):
        for inflation in (2.0**-32, 2.0**-26, 2.0**-20, 2.0**-14):
            square = estimate * (1 + inflation)
            shifted = -G
            shifted[np.diag_indices(n)] += square
            try:
                np.linalg.cholesky(shifted)
            except np.linalg.LinAlgError:
                continue
            error = _gamma(m) * frobenius**2 + _U * square + 2 * _gamma(n + 1) * n * square
            return math.sqrt(square + error * (1 + 2.0**-40)) * (1 + 4 * _U)
    return math.inf


def _largest_eigenvalue(G: NDArray[np.float64]) -> Iterator[float]:
    """Guess the largest eigenvalue of a symmetric matrix: quickly, then surely.

    Lanczos can miss an eigenvector that its start is orthogonal to, and then guesses too low.
    """
    n = len(G)
    if n > 64:
        start = np.ones(n) + np.arange(n) / n  # fixed, so that results repeat
        with suppress(ArpackError):
            yield float(eigsh(G, k=1, which="LA", v0=start, return_eigenvectors=False)[0])
    yield float(np.linalg.eigvalsh(G)[-1])


def _gamma(k: int) -> float:
    return k * _U / (1 - k * _U)


def _ldexp_up(value: float, exponent: int) -> float:
    try:
        return math.nextafter(math.ldexp(value, exponent), math.inf)
    except OverflowError:
        return math.inf
