"""The certified bound (claim Q2), rounded outward (FORMAT.md, section 7).

    sup ‖f − ticket‖ ≤ R·Σ_i (∏_{j>i} ‖2^−p_j V_j‖)·‖W_i − 2^−p_i V_i‖·(∏_{j<i} ‖W_j‖)

Everything rests on an upper bound on a spectral norm that holds whatever rounding does.

**Lemma.** Let A be a real n × m matrix, c ≥ 0 and U any real n × n matrix. If
‖c·I − A·Aᵀ − U·Uᵀ‖_F ≤ e, then ‖A‖₂² ≤ c + e.
*Proof.* c·I − A·Aᵀ = U·Uᵀ + Δ with ‖Δ‖₂ ≤ ‖Δ‖_F ≤ e and U·Uᵀ ⪰ 0, so A·Aᵀ ⪯ (c + e)·I. ∎

We take c a little above an estimate of ‖A‖₂², and for U the Cholesky factor that LAPACK computes.
How it was computed does not matter; a wrong U only makes e large. What must be bounded is the
rounding in evaluating c·I − A·Aᵀ − U·Uᵀ. In IEEE binary64 (u = 2^−53) an inner product of k terms,
summed in any order, fused or not, has an error of at most γ_k·Σ|a||b| and what underflow adds,
γ_k = ku/(1−ku) (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1). As
‖ |A|·|A|ᵀ ‖_F ≤ ‖A‖_F², this gives
    ‖fl(A·Aᵀ) − A·Aᵀ‖_F ≤ γ_m·‖A‖_F²,    ‖fl(U·Uᵀ) − U·Uᵀ‖_F ≤ γ_n·‖U‖_F²,
and the two subtractions add at most 2u(1 + u)²·(‖c·I‖_F + ‖fl(A·Aᵀ)‖_F + ‖fl(U·Uᵀ)‖_F). BLAS is
trusted to compute inner products in this sense (no Strassen), and nothing else: no eigenvalue, no
factorization, no convergence. Each product that underflows adds an error below 2^−1021; TINY covers
them. Factors 2 in the code cover 1/(1−ku), (1+u)² and the rounding of the error terms themselves.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.linalg import ArpackError, eigsh

Float = npt.NDArray[np.float64]
Matrix = npt.NDArray[Any]

UNIT = 2.0**-53
TINY = 2.0**-900  # far above the sum of all underflow errors, less than 2^−1021 each
SMALL = 256  # sides up to this get all eigenvalues for the estimate; larger ones Lanczos steps
MARGINS = (2.0**-13, 2.0**-10, 2.0**-6)  # by how much c exceeds the estimate, in turn


def _up(value: float, roundings: int) -> float:
    """An upper bound on a nonnegative quantity computed as `value` with that many roundings.

    (1+u)^−r·x ≤ value gives x ≤ value·(1+u)^r ≤ value·(1 + 2ru) for ru ≤ ½; evaluating this costs a
    few roundings more, covered by + 8; TINY covers underflow.
    """
    return value * (1.0 + 2.0 * (roundings + 8) * UNIT) + TINY


def frobenius(a: Float) -> float:
    """An upper bound on the Frobenius norm; entries at most 2^100 in absolute value.

    >>> import numpy as np
    >>> 5.0 <= frobenius(np.array([[3.0, 4.0]])) <= 5.0 + 1e-12
    True
    """
    flat = a.reshape(-1)
    return _up(math.sqrt(_up(float(flat @ flat), a.size + 1)), 2)


def _sum_norms(a: Float) -> float:
    """An upper bound on √(‖A‖_1·‖A‖_∞), which is at least ‖A‖₂."""
    size = np.abs(a)
    rows, columns = float(size.sum(axis=1).max()), float(size.sum(axis=0).max())
    return _up(math.sqrt(_up(rows, a.size) * _up(columns, a.size)), 4)


def _estimate(gram: Float) -> float:
    """The largest eigenvalue, roughly; nothing is claimed about it."""
    if len(gram) <= SMALL:
        return float(np.linalg.eigvalsh(gram)[-1])
    start = np.random.default_rng(len(gram)).standard_normal(len(gram))
    try:
        values = eigsh(gram, k=1, which="LA", v0=start, tol=2.0**-16, return_eigenvectors=False)
    except ArpackError:
        return float(np.linalg.eigvalsh(gram)[-1])
    return float(values[0])


def spectral(a: Float) -> float:
    """An upper bound on ‖A‖₂, usually within 2^−13 of it; the largest |entry| is in [½, 1).

    >>> import numpy as np
    >>> 0.75 <= spectral(np.diag([0.75, 0.5])) <= 0.75 * (1 + 2**-11)
    True
    """
    whole = frobenius(a)
    best = min(whole, _sum_norms(a))
    a = a if a.shape[0] <= a.shape[1] else a.T
    n, m = a.shape
    if n == 1:
        return best
    gram = a @ a.T
    estimate = _estimate(gram)
    error = 2.0 * (m + 2) * UNIT * whole**2
    for margin in MARGINS:
        c = estimate * (1.0 + margin)
        if not 0.0 < c < best**2:
            break  # the simple bounds are as good
        rest = -gram
        rest[np.diag_indices(n)] += c
        try:
            factor = np.linalg.cholesky(rest)
        except np.linalg.LinAlgError:
            continue
        size = frobenius(np.asarray(factor, dtype=np.float64))
        rest -= factor @ factor.T
        error += 2.0 * (n + 2) * UNIT * size**2 + 4.0 * UNIT * (c * n + whole**2 + size**2)
        square = c + _up(frobenius(rest) + error, 10)
        if math.isfinite(square):
            best = min(best, _up(math.sqrt(square), 3))
        break
    return best


def _scaled(a: Float, error: float) -> Fraction:
    """An upper bound on the norm of any matrix within `error` (Frobenius) of the floats `a`."""
    largest = float(np.abs(a).max())
    exponent = math.frexp(largest)[1]
    with np.errstate(under="ignore"):
        a = np.ldexp(a, -exponent)  # exact but for underflow, below 2^−1021 an entry
    norm = Fraction(spectral(a)) if largest else Fraction(0)
    scale = Fraction(2) ** exponent
    underflow = Fraction(math.isqrt(a.size) + 1) * Fraction(2) ** -1021 if largest else 0
    return (norm + underflow) * scale + Fraction(error)


def norm_float(w: Float) -> Fraction:
    """An upper bound on ‖W‖₂ for finite float64 entries of any size."""
    return _scaled(w, 0.0)


def _norm_integers(values: Matrix, exponent: int) -> Fraction:
    """An upper bound on ‖2^exponent·N‖₂ for a matrix N of Python integers."""
    largest = max((abs(int(v)) for v in values.ravel()), default=0)
    if largest == 0:
        return Fraction(0)
    drop = max(largest.bit_length() - 60, 0)  # 60 bits survive: errors of 2^−59, then of float64
    cut = np.array([float(int(v) >> drop) for v in values.ravel()]).reshape(values.shape)
    # Cutting loses less than 1 an entry, conversion at most 2^60·2^−53 = 2^7.
    error = 129.0 * (math.isqrt(values.size) + 1) if largest > 1 << 53 else 0.0
    return _scaled(cut, error) * Fraction(2) ** (exponent + drop)


def norm_integer(v: Matrix) -> Fraction:
    """An upper bound on ‖V‖₂ for a matrix of int64 below 2^62, or of Python integers."""
    if v.dtype == object:
        return _norm_integers(v, 0)
    a = v.astype(np.float64)  # each entry with a relative error of at most u
    error = (
        0.0 if np.abs(v).max() <= 1 << 53 else 2.0 * UNIT * float(frobenius(a / 2.0**62)) * 2.0**62
    )
    return _scaled(a, error)


def norm_difference(w: Float, p: int, v: Matrix) -> Fraction:
    """An upper bound on ‖W − 2^−p V‖₂.

    If 2^p·W is exact in float64 and V fits in int64, then V = high + low exactly with high the
    nearest float64, and fl(fl(2^p·W − high) − low) has an error of at most u(|first| + |second|)
    an entry. Otherwise both matrices are brought to a common power of two, in Python integers.
    """
    with np.errstate(over="ignore", under="ignore"):
        lifted = np.ldexp(w, p)
        exact = bool(np.isfinite(lifted).all()) and bool((np.ldexp(lifted, -p) == w).all())
    if exact and v.dtype != object and float(np.abs(lifted).max()) < 2.0**900:
        high = v.astype(np.float64)
        low = (v - high.astype(np.int64)).astype(np.float64)
        first = lifted - high
        second = first - low
        largest = max(float(np.abs(first).max()), float(np.abs(second).max()))
        if largest == 0.0:
            return Fraction(0)
        unit = math.frexp(largest)[1]
        spread = frobenius(np.ldexp(first, -unit)) + frobenius(np.ldexp(second, -unit))
        error = Fraction(_up(2.0 * UNIT * spread, 4)) * Fraction(2) ** unit
        return (_scaled(second, 0.0) + error) * Fraction(2) ** -p
    mantissa, power = np.frexp(w)
    integers = (mantissa * 2.0**53).astype(np.int64).ravel().tolist()
    powers = (power.astype(np.int64) - 53).ravel().tolist()
    base = min([-p] + [k for m, k in zip(integers, powers, strict=True) if m])
    numbers = [
        (m << (k - base) if m else 0) - (int(x) << (-p - base))
        for m, k, x in zip(integers, powers, v.ravel(), strict=True)
    ]
    return _norm_integers(np.array(numbers, dtype=object).reshape(w.shape), base)


def square_root(value: Fraction) -> Fraction:
    """An upper bound on √value for value ≥ 0, exact for squares of rationals, else to 2^−128.

    >>> square_root(Fraction(9, 4)), 2 <= square_root(Fraction(2)) ** 2 < 2 + Fraction(1, 2**100)
    (Fraction(3, 2), True)
    """
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top**2 == value.numerator and bottom**2 == value.denominator:
        return Fraction(top, bottom)
    shift = 128 + max(0, value.denominator.bit_length() - value.numerator.bit_length())
    return Fraction(math.isqrt((value.numerator << 2 * shift) // value.denominator) + 1, 1 << shift)


def round_up(value: Fraction, bits: int = 96) -> Fraction:
    """A short rational, at least `value` ≥ 0 and at most (1 + 2^(1−bits))·value."""
    if value == 0:
        return value
    shift = value.denominator.bit_length() - value.numerator.bit_length() + bits
    scaled = value * Fraction(2) ** shift
    return Fraction(math.ceil(scaled)) / Fraction(2) ** shift


def float_above(value: Fraction) -> float:
    """The least float64 at least `value` ≥ 0; infinity if there is none."""
    try:
        result = float(value)
    except OverflowError:
        return math.inf
    return result if Fraction(result) >= value else math.nextafter(result, math.inf)


def propagated(
    parts: Sequence[tuple[Fraction, Fraction, Fraction]], radius: Fraction
) -> tuple[Fraction, Fraction]:
    """Bounds on ‖h_i‖ and ‖h_i − g_i‖, what target and ticket hold after the layers of `parts`.

    `parts` are upper bounds (w_i, v_i, e_i) on ‖W_i‖, ‖2^−p_i V_i‖ and ‖W_i − 2^−p_i V_i‖. By
    induction ‖h_i‖ ≤ R·∏_{j≤i} w_j and, σ being 1-Lipschitz, ‖h_i − g_i‖ ≤
    v_i·‖h_{i−1} − g_{i−1}‖ + e_i·‖h_{i−1}‖: after the last layer the error is
    R·Σ_i (∏_{j>i} v_j)·e_i·(∏_{j<i} w_j).
    """
    size, error = radius, Fraction(0)
    for w, v, e in parts:
        error = round_up(v * error + e * size)
        size = round_up(w * size)
    return size, error


def output_bounds(w: Float, p: int, v: Matrix, size: Fraction, error: Fraction) -> list[Fraction]:
    """For each output o of the last layer, an upper bound on |f_o(x) − ticket_o(x)|.

    The last step of `propagated` with the norms of row o in place of the matrices', `size` and
    `error` being what it returns for the layers before.
    """
    scale = Fraction(2) ** -p * error  # 0 for a target of one layer
    return [
        norm_difference(w[o : o + 1], p, v[o : o + 1]) * size
        + (norm_integer(v[o : o + 1]) * scale if scale else 0)
        for o in range(len(w))
    ]
