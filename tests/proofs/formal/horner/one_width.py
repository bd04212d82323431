"""The plans of S4's last clause: one width, and a digit for the offset. Coq has their theorem."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from constructions.expansion import extra_digits
from constructions.numbers import HALF, THREE_QUARTERS
from constructions.pool import bound_G1, bound_G2, bound_G3, smallest_slacks
from constructions.quantize import bits_for_theorem
from constructions.request import Request


@dataclass(frozen=True)
class OneWidth:
    """The smallest plan: p bits, e extra digits, and the sizes of the blocks U and A."""

    dims: tuple[int, ...]
    eps: str
    delta: str
    p: int
    e: int
    size_U: int
    size_A: int

    @property
    def N(self) -> int:
        return self.size_U + 2 * self.size_A

    @property
    def L(self) -> int:
        return 2 + (len(self.dims) - 1) * (self.p + self.e + 3)


def plan(dims: list[int] | tuple[int, ...], eps: str, delta: str) -> OneWidth:
    """Return the least p, then the least e, then the least s_U + 2s_A, ties to the smaller s_U."""
    sections = Request.of(dims, eps, delta).sections
    budget = Fraction(delta) / 2
    p = bits_for_theorem(dims, eps)
    e = extra_digits(sum((s.n + 1) * s.m for s in sections), 1, 4, budget)
    m, n, K = max(s.m for s in sections), max(s.n for s in sections), p + 1 + e

    def failure(s: int, r: int) -> arb:
        U, A = m + s, n + 1 + r
        N = U + 2 * A
        found = bound_G1(sections[0].m, U, HALF) + bound_G3(sections[-1].n, N)
        for section in sections:
            stage = bound_G1(section.m, U, HALF) + 2 * bound_G1(section.n + 1, A, THREE_QUARTERS)
            found += (K - 1) * stage + bound_G1(section.n + 1, N, THREE_QUARTERS)
        return found + sum((bound_G2(s.n, N) for s in sections[:-1]), arb(0))

    s, r = smallest_slacks(failure, budget, each=2)
    return OneWidth(tuple(dims), eps, delta, p, e, m + s, n + 1 + r)
