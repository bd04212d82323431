"""G: serve slots from a pool of random neurons, with exact failure probabilities.

A slot is a value that a layer must hold; a neuron fits it if the few edges that the slot needs
have the right signs. Slots are served in order, each by the first unused neuron that fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np
from flint import arb, ctx

from constructions.networks.network import Index
from constructions.networks.signs import Words, unpack
from constructions.numbers import PRECISION, ball, least

_READ = 4096  # slots whose windows are read at one time
_BATCH = 128  # slots between two looks at the whole pool
_WINDOW = 2  # blocks of 256 neurons in the window of a slot
FEW = 64  # successes up to which their probabilities are added up
_BEHIND = 64  # neurons of the window before the slot's expected place, at least


Fits = Callable[[Index, Index, int], Words]


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
    with ctx.workprec(PRECISION):
        unfit = ball(q)
        return unfit ** (N - n + 1) * (1 - unfit**n) / (1 - unfit)


def bound_G2(n: int, N: int) -> arb:
    """Return (2^n − 1)(3/4)^N: n slots, each a − from one shared source and a + from its own (G2).

    >>> float(bound_G2(1, 2))
    0.5625
    """
    with ctx.workprec(PRECISION):
        return (arb(2) ** n - 1) * (arb(3) / 4) ** N


def bound_by_groups(n: int, each: int, N: int, share: Callable[[int], arb]) -> arb:
    """Return Σ_γ share(n_γ)·(¾)^{N_γ} for n outputs in groups of ``each``, the last maybe fewer.

    N_γ = N − each·(γ − 1) neurons are unused before group γ, which reads out n_γ outputs.

    >>> float(bound_by_groups(3, 2, 4, arb)) == 2 * (3 / 4) ** 4 + (3 / 4) ** 2
    True
    """
    with ctx.workprec(PRECISION):
        unfit, (groups, rest) = arb(3) / 4, divmod(n, each)
        found = share(rest) * unfit ** (N - each * groups) if rest else arb(0)
        if groups:
            ratio = unfit**each
            found += (
                share(each) * unfit ** (N - each * (groups - 1)) * (1 - ratio**groups) / (1 - ratio)
            )
        return found


def bound_G3(n: int, N: int) -> arb:
    """Return 6((4/3)^n − 1)(7/8)^N: the 2n slots σ(±y_o) of an output layer (G3).

    >>> float(bound_G3(1, 8)) < 2 * 0.3437
    True
    """
    with ctx.workprec(PRECISION):
        return 6 * ((arb(4) / 3) ** n - 1) * (arb(7) / 8) ** N


def bound_G4(groups: int, k: int, N: int) -> arb:
    """Return Σ_{γ=1..G} k(1 − 2^{−k})^{N−k(γ−1)}: groups of k slots, k fresh edges each (S*4).

    >>> float(bound_G4(1, 4, 1))
    3.75
    """
    with ctx.workprec(PRECISION):
        unfit = 1 - arb(2) ** -k
        return k * unfit ** (N - k * (groups - 1)) * (1 - unfit ** (k * groups)) / (1 - unfit**k)


@lru_cache(maxsize=1 << 14)
def at_most(x: int, n: int, fit: Fraction) -> arb:
    """Return P(Bin(n, fit) ≤ x) as a ball; 1 where n ≤ x.

    >>> float(at_most(1, 2, Fraction(1, 2)))
    0.75
    """
    if n <= x:
        return arb(1)
    with ctx.workprec(PRECISION):
        f = ball(fit)
        return sum((math.comb(n, i) * f**i * (1 - f) ** (n - i) for i in range(x + 1)), arb(0))


def bound_few(x: int, n: int, fit: Fraction) -> arb:
    """Bound P(Bin(n, fit) ≤ x): as it is for small x, by Chernoff's bound beyond.

    For x ≤ n·fit that is (n·fit/x)^x·(n(1 − fit)/(n − x))^{n−x}; for larger x, 1.

    >>> few = bound_few(100, 1000, Fraction(1, 4))
    >>> bool(at_most(100, 1000, Fraction(1, 4)) < few), float(few) < 1e-30
    (True, True)
    """
    if x <= FEW:
        return at_most(x, n, fit)
    if x > n * fit:
        return arb(1)
    with ctx.workprec(PRECISION):
        return ball(n * fit / x) ** x * ball(n * (1 - fit) / (n - x)) ** (n - x)


def smallest_slacks(
    failure: Callable[[int, int], arb], budget: Fraction, each: int
) -> tuple[int, int]:
    """Return the (s, r) of the least s + each·r with failure(s, r) ≤ budget; ties to smaller s.

    Parameters
    ----------
    failure : a sum of terms that tend to 0, each of which falls with s alone, to half or less in
        every step, or with r alone, or with s + each·r alone: as G1–G3 do in pools of m + s
        neurons (q = ½), n + r neurons, and all of them. A ball that does not settle the
        comparison counts as too large.
    budget : > 0
    each : ≥ 1, the neurons that one more of r adds
    """
    goal = ball(budget)

    def fits(s: int, r: int) -> bool:
        return bool(failure(s, r) <= goal)

    both = 1
    while not fits(both, both):
        both *= 2
    high = (1 + each) * both // each  # both, both is enough, so no best pair has a larger r
    s = least(lambda s: fits(s, high), 0, both)
    r = least(lambda r: fits(s, r), 0, high)
    best = (s + each * r, s, r)
    # r falls as s grows: one walk along the edge of what fits. It ends where a larger s saves no r,
    # or where the terms in s alone are below the precision, so that only s + each·r counts.
    last = s + PRECISION
    floor = least(lambda r: fits(last, r), 0, r)
    while r > floor and s < last and s + 1 + each * floor < best[0]:
        s += 1
        r = least(partial(fits, s), floor, r)
        best = min(best, (s + each * r, s, r))
    return best[1], best[2]


def members(words: Words, size: int) -> Index:
    """Return the neurons r < size whose bit is set in packed words of shape (k,), increasing."""
    return np.flatnonzero(unpack(words)[:size])


def serve(slots: int, pool: Index, fits: Fits, blocks: int) -> Index:
    """Serve the slots in order, each by an unused neuron of the pool that fits it (G).

    A slot looks first where it expects to be served, near the place of its number in the pool, and
    takes the first unused neuron that fits; if there is none, it looks at the rest of the layer.
    So it fails only if no unused neuron fits, which is all that G1–G3 use.

    Parameters
    ----------
    slots : n ≥ 0
    pool : int64, the neurons allowed, increasing
    fits : fits(slots, first, count) returns which neurons fit each of these slots, in ``count``
        blocks of 256 neurons from block first[i] on, packed: uint64 of shape (len(slots), 4·count)
    blocks : how many blocks the layer has, ⌈width/256⌉

    Returns
    -------
    int64 array of shape (n,): the neuron of each slot. Raises PoolExhausted at the first slot
    that no unused neuron fits.

    >>> everything = lambda slots, first, count: np.full((len(slots), 4 * count), 2**64 - 1,
    ...                                                  dtype=np.uint64)
    >>> serve(3, np.arange(5, 9), everything, 1)
    array([5, 6, 7])
    """
    found = np.empty(slots, dtype=np.int64)
    if slots and len(pool) == 0:
        raise PoolExhausted(0)
    unused = _as_integer(pool)
    count = min(_WINDOW, blocks)
    for start in range(0, slots, _READ):
        several = np.arange(start, min(start + _READ, slots))
        place = pool[np.minimum(several, len(pool) - 1)]
        first = np.clip((place - _BEHIND) // 256, 0, blocks - count)
        rows = _as_integers(fits(several, first, count))
        for at in range(0, len(several), _BATCH):
            batch = slice(at, at + _BATCH)
            shifts = (256 * (first[batch] - first[at])).tolist()
            base, bits = 256 * int(first[at]), shifts[-1] + 256 * count
            near = (unused >> base) & ((1 << bits) - 1)
            rest = unused ^ near << base
            for i, shift, row in zip(several[batch].tolist(), shifts, rows[batch], strict=True):
                free = near & row << shift
                if free:
                    bit = free & -free
                    near ^= bit
                    found[i] = base + bit.bit_length() - 1
                    continue
                everywhere = fits(several[i - start : i - start + 1], np.zeros(1, np.int64), blocks)
                free = (rest | near << base) & _as_integers(everywhere)[0]
                if not free:
                    raise PoolExhausted(i)
                bit = free & -free
                near &= ~(bit >> base)
                rest &= ~bit
                found[i] = bit.bit_length() - 1
            unused = rest | near << base
    return found


def _as_integers(words: Words) -> list[int]:
    data, size = words.astype("<u8", copy=False).tobytes(), 8 * words.shape[1]
    return [int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)]


def _as_integer(pool: Index) -> int:
    bits = np.zeros(int(pool[-1]) + 1 if len(pool) else 0, dtype=np.bool_)
    bits[pool] = True
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
