"""E: signs do not matter. Signed digits of an integer, whatever the signs of the powers of two.

Let s ∈ {±1}^K be any signs and N(s) = Σ_{b: s_b=−1} 2^b. Every integer V with
−N(s) ≤ V ≤ 2^K − 1 − N(s) has exactly one m ∈ {0,1}^K with V = Σ_b 2^b s_b m_b (E1): write
V + N(s) in binary; m_b is the bit where s_b = +1, and its complement where s_b = −1.

Arrays carry digits along their first axis, b = 0 … K−1. Signs are booleans, True for +1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError

Bits = NDArray[np.bool_]
Integers = NDArray[Any]


def integer_type(K: int) -> Any:
    """Return int64 where numbers below 2^K and their sums fit it, else object (Python integers)."""
    return np.int64 if K <= 61 else object


def negative_part(signs: Bits) -> Integers:
    """Return N(s) = Σ_{b: s_b=−1} 2^b for signs of shape (K, …) (E1).

    >>> negative_part(np.array([[True], [False], [False]]))
    array([6])
    """
    K = len(signs)
    total = np.zeros(signs.shape[1:], dtype=integer_type(K))
    for b in range(K):
        total = add_negative(total, b, signs[b])
    return total


def add_negative(total: Integers, b: int, sign: Bits) -> Integers:
    """Return total + 2^b wherever the sign of digit b is −1."""
    missing = (~sign).astype(total.dtype)
    result: Integers = total + (missing << b)
    return result


def digit(shifted: Integers, b: int, sign: Bits) -> Bits:
    """Return the digit m_b of V, given shifted = V + N(s) and the sign of digit b (E1)."""
    bit: Bits = ((shifted >> b) & 1).astype(np.bool_)
    return ~(bit ^ sign)


def is_representable(V: Integers, signs: Bits) -> Bits:
    """Return whether −N(s) ≤ V ≤ 2^K − 1 − N(s), elementwise (E1)."""
    shifted = V + negative_part(signs)
    inside: Bits = (shifted >= 0) & (shifted < 2 ** len(signs))
    return inside


def signed_digits(V: Integers, signs: Bits) -> Bits:
    """Return m of shape (K, …) with V = Σ_b 2^b s_b m_b (E1: it exists and is unique).

    Raises InputError if a V is outside the interval [−N(s), 2^K − 1 − N(s)].

    >>> signs = np.array([True, False, True])[:, None]   # 1, −2, 4
    >>> signed_digits(np.array([3]), signs)[:, 0]        # 3 = 1 − 2 + 4
    array([ True,  True,  True])
    """
    V = np.asarray(V).astype(integer_type(len(signs)))
    if not is_representable(V, signs).all():
        raise InputError("V: expected integers in the interval [−N(s), 2^K − 1 − N(s)] of E1")
    shifted = V + negative_part(signs)
    return np.stack([digit(shifted, b, sign) for b, sign in enumerate(signs)])


def extra_digits(slots: int, failure: int, base: int, budget: Fraction, least: int = 0) -> int:
    """Return the least e ≥ least with slots·failure·base^{−e} ≤ budget, in exact rationals.

    E3 is failure = 2, base = 2, least = 2 (both signs among the top e digits); E4 is failure = 1,
    base = 4 (a + among the top e digits, each the best of two edges).

    >>> extra_digits(1, 2, 2, Fraction(1, 100), least=2)
    8
    """
    e = least
    while slots * failure > budget * base**e:
        e += 1
    return e
