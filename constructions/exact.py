"""The exact chances of what a section needs from random neurons, where G1–G3 only bound them.

Every slot of a pool finds all unused neurons unfit with probability exactly q^unused, every block
has a binomial number of live neurons. Balls of 128 bits.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from flint import arb, ctx, fmpz

from constructions.numbers import HALF, PRECISION, THREE_QUARTERS, ball
from constructions.pool import FEW, at_most, bound_few, bound_G1

_TAIL = 160  # pools with more than this many bits of slack fail with probability below 2^−160


def split(m: int, pool: int, nonnegative: bool) -> arb:
    """Return the chance that an input split is served; a ball as wide as H2 leaves it (H2).

    Where x_j⁺ and x_j⁻ read the same edges, the ball spans what the fresh half gives and what G1
    bounds.
    """
    if nonnegative:
        return served(m, pool, HALF)
    low = 1 - bound_G1(m, pool, HALF)
    return arb(low).union(served(m // 2, pool, HALF)) if low > 0 else arb(0.5, 0.5)


def served(n: int, N: int, q: Fraction) -> arb:
    """Return the chance ∏_{i=1..n} (1 − q^{N−i+1}) that n fresh slots are served by N neurons.

    Parameters: n, N ≥ 0; q = ½ or ¾. It is 0 for n > N.

    >>> served(1, 2, Fraction(1, 2))
    0.750000000000000
    """
    if n > N:
        return arb(0)
    with ctx.workprec(PRECISION):
        if N - n <= _enough(q):
            return _served_table(n, q)[N - n]
        return 1 - arb(0).union(bound_G1(n, N, q))


def _enough(q: Fraction) -> int:
    return math.ceil(_TAIL / -math.log2(q))


@lru_cache(maxsize=4096)
def _served_table(n: int, q: Fraction) -> tuple[arb, ...]:
    """Return ∏_{k=s+1..s+n} (1 − q^k), for a slack of s = 0 … neurons."""
    with ctx.workprec(PRECISION):
        unfit, many = ball(q), _enough(q)
        powers = [unfit**k for k in range(1, min(n, many) + 1)]
        value = math.prod((1 - power for power in powers), start=arb(1))
        if n > many:
            value *= 1 - arb(0).union(unfit ** (many + 1) / (1 - unfit))
        table = [value]
        for s in range(1, many + 1):
            value = value * (1 - unfit ** (s + n)) / (1 - unfit**s)
            table.append(value)
        return tuple(table)


@lru_cache(maxsize=4096)
def read_out(n: int, N: int) -> arb:
    """Return the chance of n read-outs: Σ_M P(M)·served(n, M, ½), M ~ Bin(N, ½) (G2).

    M is the number of neurons that have − from the shared source.
    """
    with ctx.workprec(PRECISION):
        weights, many = _binomial(N, HALF), _enough(HALF)
        near = (w * served(n, M, HALF) for M, w in enumerate(weights[: n + many]) if n <= M)
        far = sum(weights[n + many :], arb(0))  # all served but for less than 2^−160
        return sum(near, arb(0)) + far * _nearly_sure(n, HALF)


@lru_cache(maxsize=4096)
def output(n: int, N: int) -> arb:
    """Return a ball that has the chance of n outputs, each A_o − C (S3).

    M ~ Bin(N − n, ¼) unused neurons hold C. Each has a − to output o with probability ½, or 4/7 if
    the slot of A_o, which needs a +, has passed it over; which of the two depends on the draw.
    """
    with ctx.workprec(PRECISION):
        weights = _binomial(N - n, THREE_QUARTERS)
        low, high = (
            sum((w * (1 - ball(q) ** M) ** n for M, w in enumerate(weights)), arb(0))
            for q in (HALF, Fraction(3, 7))
        )
        return served(n, N, Fraction(7, 8)) * low.union(high)


def _nearly_sure(n: int, q: Fraction) -> arb:
    """Return a ball around ``served(n, N, q)`` for every N ≥ n + _enough(q)."""
    return 1 - arb(0).union(bound_G1(n, n + _enough(q), q))


def few(x: int, n: int, fit: Fraction) -> arb:
    """Return P(Bin(n, fit) ≤ x); for large x a ball that has it."""
    bound = bound_few(x, n, fit)
    return bound if x <= FEW else arb(0).union(bound)


@lru_cache(maxsize=4096)
def two_live(B: int, unfit: Fraction) -> arb:
    """Return the chance 1 − q^B − B(1 − q)q^{B−1} of at least two live neurons among B."""
    with ctx.workprec(PRECISION):
        q = ball(unfit)
        return 1 - q**B - B * (1 - q) * q ** (B - 1)


@lru_cache(maxsize=4096)
def copies(B: int, unfit: Fraction, readers: int) -> arb:
    """Return Σ_{M≥2} P(M)(1 − 2^{1−M})^readers, M ~ Bin(B, 1 − unfit) live neurons.

    It is the chance of two live neurons that offer both signs to every reader.
    """
    with ctx.workprec(PRECISION):
        return sum(
            (
                w * (1 - arb(2) ** (1 - M)) ** readers
                for M, w in enumerate(_binomial(B, unfit))
                if M >= 2
            ),
            arb(0),
        )


@lru_cache(maxsize=4096)
def offsets(m: int, g: int, floor: int) -> arb:
    """Return the chance that all γ_j ≥ floor: Σ_B P(B)·P(Bin(B, ½) ≥ floor)^m (S*4).

    B ~ Bin(g, ½) is the number of sums that have + to the offset.
    """
    with ctx.workprec(PRECISION):
        weights = enumerate(_binomial(g, HALF))
        reached = (w * (1 - at_most(floor - 1, B, HALF)) ** m for B, w in weights if floor <= B)
        return sum(reached, arb(0))


@lru_cache(maxsize=4096)
def places(count: int, N: int) -> arb:
    """Return the chance Σ_C P(C)(1 − 2^{−C})^count, C ~ Bin(N, ½) copies, that each has a + one."""
    with ctx.workprec(PRECISION):
        weights = enumerate(_binomial(N, HALF))
        return sum((w * (1 - arb(2) ** -C) ** count for C, w in weights), arb(0))


@lru_cache(maxsize=1 << 14)
def patterns(k: int, N: int) -> arb:
    """Return the chance that k patterns which exclude each other all occur among N neurons.

    It is Σ_j (−1)^j·C(k, j)(1 − j·2^{−k})^N, each pattern having probability 2^{−k}.
    """
    with ctx.workprec(2 * PRECISION):
        share = arb(2) ** -k
        return sum(
            ((-1) ** j * math.comb(k, j) * (1 - j * share) ** N for j in range(k + 1)), arb(0)
        )


def group_range_failure(k: int, p: int, K: int) -> Fraction:
    """Return P(a group's digits do not reach all |V_i| ≤ 2^p at once), exactly (S*2).

    They do if and only if, of k uniform numbers below 2^K, all but the last lie within S = 2^K − 1
    − 2^{p+1} of each other, and within 2^K − 1 − 2^p of the last, the reference's.
    """
    M, T, half = 2**K, 2 ** (p + 1), 2**p
    if M <= T:
        return Fraction(1)
    # Of the (k−1)-tuples in an interval of S + 1 + i numbers, first + i·more are close enough.
    first = (M - T) ** (k - 1)
    more = first - (M - T - 1) ** (k - 1)
    # i = T for most references; for the 2^p nearest to either end it is 2^p … T − 1.
    good = (M - T) * (first + T * more) + T * first + half * (half + T - 1) * more
    return 1 - Fraction(good, M**k)


@lru_cache(maxsize=512)
def _binomial(N: int, unfit: Fraction) -> tuple[arb, ...]:
    """Return P(M = 0), …, P(M = N), M the number of fit neurons."""
    with ctx.workprec(PRECISION):
        fit, rest = 1 - unfit, unfit
        scale = arb(fmpz(unfit.denominator)) ** N
        term, terms = fmpz(rest.numerator) ** N, []
        for M in range(N + 1):
            terms.append(arb(term) / scale)
            term = term * ((N - M) * fit.numerator) // ((M + 1) * rest.numerator)
        return tuple(terms)
