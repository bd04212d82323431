"""The cheapest digit strings of integers, by dynamic programming over the signs that were drawn.

At stage t a weight V has two edges, into the halves of an accumulator, and with them a digit d_t:
0, 1 or 2 if both are +, −1, 0 or 1 if they differ, −2, −1 or 0 if both are −. It costs |d_t| kept
edges. Of all strings with Σ_t 2^{K−t}·d_t = V the cheapest is found, stage by stage, for arrays of
weights at once.

After t stages a prefix h_t = Σ_{i≤t} 2^{t−i}·d_i can still lead to V only if h_t − ⌊V/2^{K−t}⌋ is
one of OFFSETS: what is left is less than 2·2^{K−t} either way. The prefixes that E1 gives are at 0
or 1. So there is a string wherever E1 has one, and it keeps no more edges.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.rounding import Integers

OFFSETS = (-1, 0, 1, 2)
_ZERO = OFFSETS.index(0)
_NEVER = 1 << 12  # a cost that no string has, of at most _MOST digits
_MOST = 1 << 11
_Costs = NDArray[np.uint16]
_Prices = list[tuple[int, _Costs]]


def cheapest_digits(V: Integers, plus: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the digits of the strings for V that keep the fewest edges (E5).

    Parameters
    ----------
    V : integers of any shape
    plus : int8 (K, *V.shape), how many of the two edges of each stage are +, the first stage first

    Returns
    -------
    int8 (K, *V.shape), the digits −2 … 2. Raises InputError if a V has no string.

    >>> plus = np.array([[2], [1], [0], [2]], np.int8)
    >>> cheapest_digits(np.array([7]), plus)[:, 0]   # 8 − 1 needs a − at the last place
    array([ 1,  0, -1,  1], dtype=int8)
    """
    K = len(plus)
    if K > _MOST:
        raise InputError(f"{K} stages: expected at most {_MOST}")
    costs = [np.where(-s == V >> K, 0, _NEVER).astype(np.uint16) for s in OFFSETS]
    code, prices = 2 * plus, [_prices(offset) for offset in OFFSETS]
    before = np.empty((K, *V.shape), np.uint8)  # two bits for each offset
    for t in range(K):
        code[t] += ((V >> (K - 1 - t)) & 1).astype(np.int8)
        before[t] = _step(costs, code[t], prices)
    if (costs[_ZERO] == _NEVER).any():
        raise InputError("V: expected integers that have a string of digits for these signs")
    offsets = np.array(OFFSETS, np.int8)
    place = np.full(V.shape, _ZERO, np.uint8)
    digits = np.empty(plus.shape, np.int8)
    for t in reversed(range(K)):
        previous = before[t] >> 2 * place & 3
        digits[t] = offsets[place] + (code[t] & 1) - 2 * offsets[previous]
        place = previous
    return digits


def _step(costs: list[_Costs], code: NDArray[np.int8], prices: list[_Prices]) -> NDArray[np.uint8]:
    """Update the costs of the four prefixes by one digit; return from which each comes, packed.

    A code is 2·(number of + edges) + the next bit of V. Costs are compared as 4·cost + prefix.
    """
    index, old, found = code.astype(np.intp), [cost << 2 for cost in costs], []
    for ways in prices:
        best = np.full_like(costs[0], 4 * _NEVER)
        for i, price in ways:
            np.minimum(best, old[i] + price.take(index), out=best)
        found.append(best)
    packed = np.zeros(code.shape, np.uint8)
    for j, best in enumerate(found):
        packed |= (best & 3).astype(np.uint8) << np.uint8(2 * j)
        costs[j] = np.minimum(best >> 2, _NEVER)
    return packed


def _prices(offset: int) -> _Prices:
    """Return the prefixes i from which one digit leads to an offset, and 4|d| + i for each code."""
    found = []
    for i, before in enumerate(OFFSETS):
        prices = np.full(6, 4 * _NEVER, np.uint16)
        for plus, bit in product(range(3), range(2)):
            d = offset + bit - 2 * before
            if plus - 2 <= d <= plus:
                prices[2 * plus + bit] = 4 * abs(d) + i
        if prices.min() < _NEVER:
            found.append((i, prices))
    return found
