"""G5: range-aware matching. Neurons are chosen so that every weight meets both signs in time.

After e − 1 stages, the digits of a weight have no + with probability 4^{1−e}, and no − with the
same: the input is then *bad* for that accumulator. In the next stage each half of the accumulator
asks half of its bad inputs for the sign that they lack, besides its own two doubling signs. So
every weight has met both, with about half of the stages that chance alone would need.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from constructions.edges import Index
from constructions.numbers import PRECISION

_MANY = 256  # bad inputs on average: no pool has neurons for half as many signs each
_NEGLIGIBLE = 200  # bits


def halves(b: int) -> tuple[int, int]:
    """Return how many of b bad inputs the first half and the second half ask.

    >>> halves(3)
    (2, 1)
    """
    return b - b // 2, b // 2


def bound_G5(n: int, m: int, e: int, N: int) -> arb:
    """Bound P(a slot with a demand is not served), both halves of n accumulators together (G5).

    It is D(⌈b/2⌉) + D(⌊b/2⌋), b ~ Bin(m, 2·4^{1−e}) the bad inputs of an accumulator and D(h) =
    n·Σ_{b: h(b)≥1} P(b)·min(1, (1 − 2^{−h(b)−2})^N·(1 + ⅓·P(h(b') ≥ h(b)))^{n−1}), b' like b.

    Parameters: n accumulators and m wires, N neurons in each block, in stage e. For e < 2 there is
    nothing to go by, and the bound is 2n.

    >>> float(bound_G5(1, 1, 2, 10)) == 0.5 * (7 / 8) ** 10
    True
    """
    with ctx.workprec(2 * PRECISION):  # (1 − f)^m for m of a million million
        if e < 2 or m > _MANY * 2 ** (2 * e - 3):
            return arb(2 * n)
        chances = _binomial(m, Fraction(2, 4 ** (e - 1)))
        found = arb(0)
        for half in (0, 1):
            at_least, seen = arb(1), 0  # P(h(b) ≥ h), and up to which b it is summed
            for h in range(1, len(chances)):
                first, after = 2 * h - 1 + half, 2 * h + 1 + half  # the b with h(b) = h
                at_least -= sum(chances[seen:first], arb(0))
                seen = min(first, len(chances))
                here = sum(chances[first:after], arb(0))
                if first >= len(chances):
                    break
                unserved = (1 - arb(2) ** (-h - 2)) ** N
                unserved *= (1 + arb.max(at_least, arb(0)) / 3) ** (n - 1)
                found += here * arb.min(unserved, arb(1))
            found += 1 - sum(chances, arb(0))  # more bad inputs than are listed
        return n * found


def _binomial(m: int, f: Fraction) -> list[arb]:
    """Return P(Bin(m, f) = 0), P(= 1), … until what is left is negligible."""
    fit = arb(f.numerator) / f.denominator
    chance, found = (1 - fit) ** m, list[arb]()
    for b in range(m + 1):
        found.append(chance)
        if b > 2 * m * f and chance < arb(2) ** -_NEGLIGIBLE:  # from here on each is half, or less
            break
        chance = chance * (m - b) * fit / ((b + 1) * (1 - fit))
    return found


def demands(lacking: NDArray[np.bool_], half: int) -> tuple[Index, NDArray[np.bool_], Index]:
    """Return whom each accumulator asks in one half, most demanding first.

    Parameters
    ----------
    lacking : (m, n), whether input j is bad for accumulator o
    half : 0 for the half that asks the first ⌈b/2⌉ bad inputs, 1 for the other

    Returns
    -------
    order, int64: the accumulators with a demand, by falling b; asked, bool (len(order), most): who
    of the next are asked; inputs, int64 of that shape: the j

    >>> demands(np.array([[True, False], [True, True]]), 0)[2]
    array([[0],
           [1]])
    """
    counts = np.count_nonzero(lacking, axis=0)
    first = counts - counts // 2
    wanted = counts // 2 if half else first
    order = np.argsort(-counts, kind="stable")
    order = order[wanted[order] > 0]
    most = int(wanted.max(initial=0))
    bad = np.argsort(~lacking[:, order], axis=0, kind="stable").T  # bad inputs first, by number
    places = (first[order] if half else np.zeros_like(order))[:, None] + np.arange(most)
    asked = np.arange(most) < wanted[order][:, None]
    return order, asked, np.take_along_axis(bad, np.where(asked, places, 0), axis=1)
