"""G: serve slots from a pool of random neurons, with exact failure probabilities.

A slot is a value that a layer must hold; a neuron fits it if the few edges that the slot needs
have the right signs. Slots are served in order, each by the first unused neuron that fits.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from constructions.signs import Words

_BATCH = 128  # slots served between two looks at where the pool's unused neurons begin
_AHEAD = 4  # words read beyond the place where a slot is expected to be served
_PRECISION = 128  # bits of the balls that decide a plan


class PoolExhausted(RuntimeError):
    """No unused neuron of the pool fits a slot; ``slot`` says which, counted from 0."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        super().__init__(f"no unused neuron fits slot {slot}")


def bound_G1(n: int, N: int, q: Fraction) -> arb:
    """Return Σ_{i=1..n} q^{N−i+1}, which bounds P(fail) for n slots and N neurons (G1).

    Parameters
    ----------
    n, N : 0 ≤ n ≤ N, slots and neurons of the pool
    q : 0 < q < 1, the probability that a neuron does not fit; signs fresh for every slot

    Returns a ball of 128 bits around q^{N−n+1}(1 − q^n)/(1 − q).

    >>> float(bound_G1(1, 3, Fraction(1, 2)))
    0.125
    """
    with ctx.workprec(_PRECISION):
        unfit = arb(q.numerator) / arb(q.denominator)
        return unfit ** (N - n + 1) * (1 - unfit**n) / (1 - unfit)


def bound_G2(n: int, N: int) -> arb:
    """Return (2^n − 1)(3/4)^N: n slots, each a − from one shared source and a + from its own (G2).

    >>> float(bound_G2(1, 2))
    0.5625
    """
    with ctx.workprec(_PRECISION):
        return (arb(2) ** n - 1) * (arb(3) / 4) ** N


def bound_G3(n: int, N: int) -> arb:
    """Return 6((4/3)^n − 1)(7/8)^N: the 2n slots σ(±y_o) of an output layer (G3).

    >>> float(bound_G3(1, 8)) < 2 * 0.3437
    True
    """
    with ctx.workprec(_PRECISION):
        return 6 * ((arb(4) / 3) ** n - 1) * (arb(7) / 8) ** N


def smallest_slacks(failure: Callable[[int, int], arb], budget: Fraction) -> tuple[int, int]:
    """Return the (s, r) that minimizes s + 2r subject to failure(s, r) ≤ budget; ties to smaller s.

    ``failure`` must not increase in either argument and tend to 0. A ball that does not settle
    the comparison counts as too large.
    """
    with ctx.workprec(_PRECISION):
        goal = arb(budget.numerator) / arb(budget.denominator)

    def fits(s: int, r: int) -> bool:
        return bool(failure(s, r) <= goal)

    both = 1
    while not fits(both, both):
        both *= 2
    s, r = _least(lambda s: fits(s, both), both), both
    best = (s + 2 * r, s, r)
    while s <= best[0]:  # r falls as s grows: one walk along the edge of what fits
        while r > 0 and fits(s, r - 1):
            r -= 1
        best = min(best, (s + 2 * r, s, r))
        s += 1
    return best[1], best[2]


def _least(fits: Callable[[int], bool], high: int) -> int:
    """Return the least s ≥ 0 with fits(s), which is monotone and true at ``high``."""
    low = -1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def pool_range(start: int, stop: int) -> int:
    """Return the pool of the neurons start…stop−1: an integer whose bit r says that r is in it.

    >>> bin(pool_range(1, 4))
    '0b1110'
    """
    return (1 << stop) - (1 << start)


def pool_from_words(words: Words, size: int) -> int:
    """Return the pool of the neurons r < size whose bit is set in packed words of shape (k,)."""
    return int.from_bytes(words.astype("<u8").tobytes(), "little") & ((1 << size) - 1)


def serve(
    slots: int, pool: int, fits: Callable[[slice, int, int], Words], words: int
) -> NDArray[np.int64]:
    """Serve the slots in order, each by the first unused neuron of the pool that fits it (G).

    Parameters
    ----------
    slots : n ≥ 0
    pool : the neurons allowed, as an integer with one bit a neuron
    fits : fits(batch, lo, hi) returns words lo…hi−1 of the neurons that fit each slot of the
        batch, as uint64 of shape (len(batch), hi−lo); only what is looked at is asked for
    words : how many words the layer has, ⌈width/64⌉

    Returns
    -------
    int64 array of shape (n,): the neuron of each slot. Raises PoolExhausted at the first slot
    that no unused neuron fits.

    >>> everything = lambda batch, lo, hi: np.full((batch.stop - batch.start, hi - lo), 2**64 - 1,
    ...                                            dtype=np.uint64)
    >>> serve(3, pool_range(5, 9), everything, 1)
    array([5, 6, 7])
    """
    found = np.empty(slots, dtype=np.int64)
    for start in range(0, slots, _BATCH):
        batch = slice(start, min(start + _BATCH, slots))
        count = batch.stop - batch.start
        if pool == 0:
            raise PoolExhausted(start)
        lo = _lowest(pool) // 64
        hi = min(words, _place_of(pool, count, lo) // 64 + 1 + _AHEAD)
        rows = _as_integers(fits(batch, lo, hi))
        bits = 64 * (hi - lo)
        near, far = (pool >> 64 * lo) & ((1 << bits) - 1), pool >> 64 * hi
        for i, row in enumerate(rows, start):
            free = near & row
            if free:
                bit = free & -free
                near ^= bit
                found[i] = 64 * lo + bit.bit_length() - 1
                continue
            (rest,) = _as_integers(fits(slice(i, i + 1), hi, words)) if far else (0,)
            free = far & rest
            if not free:
                raise PoolExhausted(i)
            bit = free & -free
            far ^= bit
            found[i] = 64 * hi + bit.bit_length() - 1
        pool = (near | far << bits) << 64 * lo
    return found


def _lowest(pool: int) -> int:
    return (pool & -pool).bit_length() - 1


def _place_of(pool: int, count: int, lo: int) -> int:
    """Return a place below which the pool has about ``count`` unused neurons more than a few."""
    width, window = 64 * (count // 64 + 1), pool >> 64 * lo
    while (window & ((1 << width) - 1)).bit_count() < count and window >> width:
        width *= 2
    return 64 * lo + width


def _as_integers(words: Words) -> list[int]:
    data = words.astype("<u8", copy=False)
    return [int.from_bytes(row.tobytes(), "little") for row in data]
