"""The exact probability that a draw has no ticket, and the smallest plan that it allows.

The theorems bound the failure by a union bound. The good events of B, A and S are products of
independent parts, so their probabilities can be computed as they are, as balls of 128 bits:
every slot of a pool finds all unused neurons unfit with probability exactly q^unused, every block
has a binomial number of live neurons, every digit has its own signs. The one exception is the
input split of A and S, where x_j⁺ and x_j⁻ read the same edges (H2): there the ball spans what
the fresh half gives and what G1 bounds. `prune` fails if and only if the good event does, whatever
the target, so these numbers can be held against counted draws.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, ctx, fmpz

from constructions.blocks import BlocksPlan
from constructions.errors import InputError
from constructions.horner import HornerPlan
from constructions.plan import Plan, Section, upper_float
from constructions.pool import bound_G1, smallest_slacks
from constructions.sign_agnostic import SignAgnosticPlan

Size = Callable[[Plan], Any]
HALF, THREE_QUARTERS = Fraction(1, 2), Fraction(3, 4)
_BITS = 128
_TAIL = 160  # pools with more than this many bits of slack fail with probability below 2^−160


def failure(plan: Plan) -> arb:
    """Return the probability that a draw of this plan has no ticket, as a ball.

    Raises InputError for a plan of an unknown construction.

    >>> from constructions import horner
    >>> made = horner.plan((2, 2), "0.25", "0.25", nonnegative=True)
    >>> bool(failure(made) < made.bound_failure <= 0.25)
    True
    """
    with ctx.workprec(_BITS):
        if isinstance(plan, BlocksPlan):
            return 1 - _blocks(plan.sections, plan.p, plan.B)
        if isinstance(plan, SignAgnosticPlan):
            sizes = (plan.K, plan.e, plan.size_C, plan.size_D)
            return 1 - _sign_agnostic(plan.sections, plan.nonnegative, *sizes)
        if isinstance(plan, HornerPlan):
            sizes = (plan.K, plan.e, plan.size_U, plan.size_A)
            return 1 - _horner(plan.sections, plan.nonnegative, *sizes)
    raise InputError(f"construction = {plan.construction!r}: its good event is not known")


def smallest(plan: Any, by: Size | None = None) -> Any:
    """Return the smallest plan with the same p whose exact failure probability is at most δ.

    Parameters
    ----------
    plan : of any of our constructions
    by : what is to be small, (random weights, depth) by default
    """
    return min(candidates(plan), key=by or _size)


def candidates(plan: Any) -> list[Any]:
    """Return the plans with the same p that fail with probability at most δ, computed exactly.

    B: the one with the fewest neurons a block. A and S: one for every number e of extra digits up
    to the plan's, with the smallest slacks.
    """
    goal = Fraction(plan.delta)
    if isinstance(plan, BlocksPlan):
        B = _least(lambda B: _at_most(with_block(plan, B), goal), 2, plan.B)
        return [with_block(plan, B)]
    found = [_smallest_for(plan, e, goal) for e in range(plan.e + 1)]
    return [made for made in found if made is not None]


def smallest_value(plan: Any, name: str) -> int:
    """Return the smallest value of one parameter, all others as planned, that keeps failure ≤ δ.

    Parameters: plan of any construction; name is "B", "e", "s_U", "s_A", "s_C" or "s_D".
    """
    goal = Fraction(plan.delta)
    least = 2 if name == "B" else 0
    return _least(lambda v: _at_most(with_value(plan, name, v), goal), least, value_of(plan, name))


def value_of(plan: Any, name: str) -> int:
    """Return a parameter of a plan; slacks are what a block has beyond its slots."""
    m = max(s.m for s in plan.sections)
    n = max(s.n for s in plan.sections)
    if name == "s_U":
        return int(plan.size_U - m)
    if name == "s_A":
        return int(plan.size_A - n - 1)
    if name == "s_C":
        return int(plan.size_C - m * (plan.K - 1))
    if name == "s_D":
        return int(plan.size_D - m)
    return int(getattr(plan, name))


def with_value(plan: Any, name: str, value: int) -> Any:
    """Return the plan with one parameter changed, widths and depth with it."""
    if name == "B":
        return with_block(plan, value)
    names = ("s_U", "s_A") if isinstance(plan, HornerPlan) else ("s_C", "s_D")
    values = {key: value_of(plan, key) for key in ("e", *names)} | {name: value}
    return with_sizes(plan, *values.values())


def with_block(plan: BlocksPlan, B: int) -> BlocksPlan:
    """Return construction B's plan with another number of neurons a block."""
    N = max(s.m for s in plan.sections) * (plan.p + 1) * B
    widths = (plan.dims[0], *(N,) * (plan.L - 1), plan.dims[-1])
    made: BlocksPlan = _finished(replace(plan, B=B, widths=widths))
    return made


def with_sizes(plan: Any, e: int, first: int, second: int) -> Any:
    """Return a plan of S (slacks s_U, s_A) or A (s_C, s_D) with other extra digits and slacks."""
    m, n = max(s.m for s in plan.sections), max(s.n for s in plan.sections)
    ends, depth = (plan.dims[0], plan.dims[-1]), len(plan.sections)
    if isinstance(plan, HornerPlan):
        K, size_U, size_A = plan.p + 1 + e, m + first, n + 1 + second
        hidden = (size_U + 2 * size_A,) * (1 - plan.nonnegative + depth * (K + 2))
        made: Any = replace(
            plan, K=K, e=e, size_U=size_U, size_A=size_A, widths=(ends[0], *hidden, ends[1])
        )
    else:
        K = plan.p + e
        size_C, size_D = m * (K - 1) + first, m + second
        hidden = (size_C + 2 * size_D,) * (depth * K)
        made = replace(
            plan, K=K, e=e, size_C=size_C, size_D=size_D, widths=(ends[0], *hidden, ends[1])
        )
    return _finished(made)


def _finished(plan: Any) -> Any:
    """Return the plan with its failure bound: the exact probability, at most 1."""
    return replace(plan, bound_failure=min(1.0, upper_float(failure(plan))))


def _size(plan: Plan) -> tuple[int, int]:
    return plan.random_weights, plan.L


def _smallest_for(plan: Any, e: int, goal: Fraction) -> Any:
    """Return the smallest plan with e extra digits, or None if the range alone fails too often."""
    if isinstance(plan, SignAgnosticPlan) and plan.p + e < 2:
        return None  # the doubling needs a step
    with ctx.workprec(_BITS):
        spread = arb(1) - _range(plan, e)
        if not spread < _ball(goal):
            return None
        m, n, K = max(s.m for s in plan.sections), max(s.n for s in plan.sections), plan.p + e

        def fails(first: int, second: int) -> arb:
            with ctx.workprec(_BITS):
                if isinstance(plan, HornerPlan):
                    sizes = (K + 1, e, m + first, n + 1 + second)
                    return 1 - _horner(plan.sections, plan.nonnegative, *sizes)
                sizes = (K, e, m * (K - 1) + first, m + second)
                return 1 - _sign_agnostic(plan.sections, plan.nonnegative, *sizes)

        return with_sizes(plan, e, *smallest_slacks(fails, goal))


def _range(plan: Any, e: int) -> arb:
    if isinstance(plan, HornerPlan):
        return _range_horner(plan.sections, e)
    return _range_sign_agnostic(plan.sections, e)


def _at_most(plan: Plan, goal: Fraction) -> bool:
    with ctx.workprec(_BITS):
        return bool(failure(plan) <= _ball(goal))


def _ball(value: Fraction) -> arb:
    return arb(value.numerator) / arb(value.denominator)


def _least(fits: Callable[[int], bool], low: int, high: int) -> int:
    """Return the least value in [low, high] with fits(value), monotone and true at ``high``."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return high


# -- the good events ------------------------------------------------------------------------------


def _blocks(sections: Sequence[Section], p: int, B: int) -> arb:
    """B: blocks of the split and of steps 1…p−1 have two live neurons; the last also their copies.

    A carried block is alive with ½ a neuron, a doubled one with ¼.
    """
    good = _two_live(B, HALF) ** sections[0].m
    for i, s in enumerate(sections):
        readers = s.n if i == len(sections) - 1 else 2 * s.n
        steps = p * (p - 1) // 2
        good *= _two_live(B, HALF) ** (s.m * steps) * _two_live(B, THREE_QUARTERS) ** (
            s.m * (p - 1)
        )
        good *= _copies(B, HALF, readers) ** (s.m * p) * _copies(B, THREE_QUARTERS, readers) ** s.m
    return good


def _sign_agnostic(
    sections: Sequence[Section], nonnegative: bool, K: int, e: int, size_C: int, size_D: int
) -> arb:
    good = _range_sign_agnostic(sections, e) * _split(sections[0].m, size_D, nonnegative) ** 2
    for m, count in Counter(s.m for s in sections).items():
        carry = math.prod((served(m * t, size_C, HALF) for t in range(1, K)), start=arb(1))
        good *= (carry * served(m, size_D, THREE_QUARTERS) ** (2 * K - 3)) ** count
    return good


def _range_sign_agnostic(sections: Sequence[Section], e: int) -> arb:
    """E3: both signs among the top e digits, for every read-out neuron and input."""
    readers = sum(2 * s.n * s.m for s in sections[:-1]) + sections[-1].n * sections[-1].m
    return (1 - 2 / arb(2) ** e) ** readers if e >= 2 else arb(0)


def _horner(
    sections: Sequence[Section], nonnegative: bool, K: int, e: int, size_U: int, size_A: int
) -> arb:
    N = size_U + 2 * size_A
    good = _range_horner(sections, e)
    if not nonnegative:
        good *= _split(sections[0].m, size_U, nonnegative)
    for section, count in Counter(sections).items():
        m, n = section.m, section.n
        stage = served(m, size_U, HALF) * served(n + 1, size_A, THREE_QUARTERS) ** 2
        good *= (stage ** (K - 1) * served(n + 1, N, THREE_QUARTERS)) ** count
    for section, count in Counter(sections[:-1]).items():
        good *= _read_out(section.n, N) ** count
    return good * _output(sections[-1].n, N)


def _range_horner(sections: Sequence[Section], e: int) -> arb:
    """E4: a + among the top e digits, each the best of two edges."""
    return (1 - arb(4) ** -e) ** sum((s.n + 1) * s.m for s in sections)


def _split(m: int, pool: int, nonnegative: bool) -> arb:
    """Return the chance that an input split is served; a ball as wide as H2 leaves it."""
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
    with ctx.workprec(_BITS):
        if N - n <= _enough(q):
            return _served_table(n, q)[N - n]
        return 1 - arb(0).union(bound_G1(n, N, q))


def _enough(q: Fraction) -> int:
    return math.ceil(_TAIL / -math.log2(q))


@lru_cache(maxsize=4096)
def _served_table(n: int, q: Fraction) -> tuple[arb, ...]:
    """Return ∏_{k=s+1..s+n} (1 − q^k), for a slack of s = 0 … neurons."""
    with ctx.workprec(_BITS):
        unfit, many = _ball(q), _enough(q)
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
def _read_out(n: int, N: int) -> arb:
    """G2 as it is: M of N neurons have the shared −, a binomial number."""
    with ctx.workprec(_BITS):
        weights, many = _binomial(N, HALF), _enough(HALF)
        near = (w * served(n, M, HALF) for M, w in enumerate(weights[: n + many]) if n <= M)
        far = sum(weights[n + many :], arb(0))  # all served but for less than 2^−160
        return sum(near, arb(0)) + far * _nearly_sure(n, HALF)


@lru_cache(maxsize=4096)
def _output(n: int, N: int) -> arb:
    """G3 as it is: the shared source's sign sorts the neurons into two pools."""
    with ctx.workprec(_BITS):
        q, total = THREE_QUARTERS, arb(0)
        weights, edge = _binomial(N, HALF), n + _enough(q)
        for M in range(n, N - n + 1):
            if not edge <= M <= N - edge:
                total += weights[M] * served(n, M, q) * served(n, N - M, q)
        return total + sum(weights[edge : N - edge + 1], arb(0)) * _nearly_sure(n, q) ** 2


def _nearly_sure(n: int, q: Fraction) -> arb:
    """Return a ball around ``served(n, N, q)`` for every N ≥ n + _enough(q)."""
    return 1 - arb(0).union(bound_G1(n, n + _enough(q), q))


@lru_cache(maxsize=4096)
def _two_live(B: int, unfit: Fraction) -> arb:
    """Return the chance of at least two live neurons among B."""
    with ctx.workprec(_BITS):
        q = _ball(unfit)
        return 1 - q**B - B * (1 - q) * q ** (B - 1)


@lru_cache(maxsize=4096)
def _copies(B: int, unfit: Fraction, readers: int) -> arb:
    """Return the chance of two live neurons that offer both signs to every reader."""
    with ctx.workprec(_BITS):
        return sum(
            (
                w * (1 - arb(2) ** (1 - M)) ** readers
                for M, w in enumerate(_binomial(B, unfit))
                if M >= 2
            ),
            arb(0),
        )


@lru_cache(maxsize=512)
def _binomial(N: int, unfit: Fraction) -> tuple[arb, ...]:
    """Return P(M = 0), …, P(M = N), M the number of fit neurons."""
    with ctx.workprec(_BITS):
        fit, rest = 1 - unfit, unfit
        scale = arb(fmpz(unfit.denominator)) ** N
        term, terms = fmpz(rest.numerator) ** N, []
        for M in range(N + 1):
            terms.append(arb(term) / scale)
            term = term * ((N - M) * fit.numerator) // ((M + 1) * rest.numerator)
        return tuple(terms)
