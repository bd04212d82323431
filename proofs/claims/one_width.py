"""The plans of S4's last clause: one width, and a digit for the offset. Coq has their theorem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from constructions.expansion import extra_digits
from constructions.numbers import HALF, THREE_QUARTERS
from constructions.pool import bound_G1, bound_G2, bound_G3, smallest_slacks
from constructions.request import Request


@dataclass(frozen=True)
class OneWidth:
    """The smallest plan: p bits, e extra digits, and the sizes of the blocks U and A."""

    request: Request
    e: int
    size_U: int
    size_A: int

    @property
    def p(self) -> int:
        """The bits of the weights."""
        return self.request.precision.p

    @property
    def N(self) -> int:
        """The width of every hidden layer."""
        return self.size_U + 2 * self.size_A

    @property
    def L(self) -> int:
        """The depth, 2 + l(K + 2); one less for inputs ≥ 0."""
        stages = self.p + 1 + self.e
        return 2 - self.request.nonnegative + len(self.request.sections) * (stages + 2)

    @property
    def random_weights(self) -> int:
        """The weights of the random network."""
        first, last = self.request.dims[0], self.request.dims[-1]
        return self.N * (first + last + (self.L - 2) * self.N)


def plan(dims: Sequence[int], eps: str, delta: str, nonnegative: bool = False) -> OneWidth:
    """Return the plan with the least p, then e, then s_U + 2s_A, ties to the smaller s_U (S4).

    >>> made = plan((784, 500, 10), "0.01", "0.01")
    >>> made.p, made.e, made.N, made.L
    (17, 14, 2660, 70)
    """
    request = Request.of(dims, eps, delta, nonnegative=nonnegative)
    sections, budget = request.sections, request.budget / 2
    e = extra_digits(sum((s.n + 1) * s.m for s in sections), 1, 4, budget)
    m, n = max(s.m for s in sections), max(s.n for s in sections)
    K = request.precision.p + 1 + e

    def failure(s: int, r: int) -> arb:
        U, A = m + s, n + 1 + r
        N = U + 2 * A
        found = bound_G3(sections[-1].n, N)
        if not nonnegative:
            found += bound_G1(sections[0].m, U, HALF)
        for section in sections:
            stage = bound_G1(section.m, U, HALF) + 2 * bound_G1(section.n + 1, A, THREE_QUARTERS)
            found += (K - 1) * stage + bound_G1(section.n + 1, N, THREE_QUARTERS)
        return found + sum((bound_G2(s.n, N) for s in sections[:-1]), arb(0))

    s, r = smallest_slacks(failure, budget, each=2)
    return OneWidth(request, e, m + s, n + 1 + r)
