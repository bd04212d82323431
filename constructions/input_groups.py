"""H4: signed inputs as wires in groups. c inputs take c + 1 wires ≥ 0, where a split takes 2c.

A group of c inputs is held as w_0 = Σ_i x_i⁺ and w_i = w_0 − x_i⁺ + x_i⁻, each from c kept + edges
of a layer that holds all x_j^±; so x_i = w_0 − w_i. Wires are numbered group by group, w_0 first;
the last group may be smaller.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import arb, ctx

from constructions.numbers import PRECISION
from constructions.pool import at_most
from constructions.rounding import Integers


def read_by_wires(d: int, c: int) -> list[list[int]]:
    """Return which of the halves (x⁺, x⁻) each wire adds up: w_0, w_1, … group by group (H4).

    >>> read_by_wires(3, 2)
    [[0, 1], [3, 1], [0, 4], [2], [5]]
    """
    rows = []
    for start in range(0, d, c):
        members = list(range(start, min(start + c, d)))
        rows.append(members)
        rows += [[j + d * (j == i) for j in members] for i in members]
    return rows


def over_wires(V: Integers, c: int) -> Integers:
    """Return the matrix over the wires that does to them what V, (n, d), does to the inputs (H4).

    Its entries are −V_oi at w_i and Σ_i V_oi at w_0.

    >>> over_wires(np.array([[3, -1, 2]]), 2)
    array([[ 2, -3,  1,  2, -2]])
    """
    columns = []
    for start in range(0, V.shape[1], c):
        members = V[:, start : start + c]
        columns += [members.sum(axis=1, keepdims=True), -members]
    return np.hstack(columns)


def bound_H4(d: int, c: int, N: int) -> arb:
    """Bound P(fail) when N neurons serve the wires of d inputs, group by group (H4).

    A group of c inputs fails with probability at most Σ_{i=0..c} P(Bin(M, 2^{−c}) ≤ i), M the
    neurons that are unused before it: c + 1 fewer for every group. These terms rise from group to
    group, so their sum is at most the last one and an integral over all that come before.

    >>> float(bound_H4(1, 1, 4)) == 1 / 2**4 + 5 / 2**4
    True
    """
    groups, rest = divmod(d, c)
    unused = N - d - groups - (rest > 0)
    with ctx.workprec(PRECISION):
        found = arb(0)
        if rest:
            unused += rest + 1
            fit = Fraction(1, 2**rest)
            found += sum((at_most(i, unused, fit) for i in range(rest + 1)), arb(0))
        if groups:
            unused += c + 1
            found += _of_all_groups(groups, c, unused)
        return found


def _of_all_groups(groups: int, c: int, M: int) -> arb:
    """Bound Σ_{g≥0} Σ_{i≤c} P(Bin(M + (c+1)g, 2^{−c}) ≤ i), over at most ``groups`` values of g.

    Let T be the number of trials until i + 1 have succeeded. P(Bin(M, f) ≤ i) = P(T > M) falls in
    M, so the terms g ≥ 1 are at most Σ_{x>M} P(T > x)/(c + 1), and the sum over x ≥ M is the mean
    of (T − M)⁺, to which a successes among M trials contribute (i + 1 − a)/f.
    """
    fit = Fraction(1, 2**c)
    below = [arb(0), *(at_most(i, M, fit) for i in range(c + 1))]
    last = sum(below, arb(0))
    later = sum(
        (
            (after - before) * (i + 1 - a) * 2**c
            for i in range(c + 1)
            for a, (before, after) in enumerate(pairwise(below[: i + 2]))
        ),
        arb(0),
    )
    others = arb.min((later - last) / (c + 1), (groups - 1) * last)
    return last + others
