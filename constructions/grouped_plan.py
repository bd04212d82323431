"""The plan of construction S*: its shape, what can fail, the smallest that fails rarely (S*4)."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from flint import arb, ctx

from constructions import exact
from constructions.input_groups import bound_H4
from constructions.numbers import HALF, PRECISION, THREE_QUARTERS, ball, least, total
from constructions.plan import Slack, while_smaller
from constructions.pool import at_most, bound_by_groups, bound_G1, bound_G4, smallest_slacks
from constructions.request import Request
from constructions.sections import Part, SectionPlan

NAME = "grouped"
LEAST_GROUP = 4  # with three members the mean does not double (S*3)
OFFSET = 3  # every γ_j is at least this (S*3)
_QUARTER = Fraction(1, 4)


@dataclass(frozen=True)
class GroupedPlan(SectionPlan):
    """The plan of construction S* (S*4): a plan of sections, with groups of k ≥ 4 neurons."""

    SLACKS = (
        Slack("e", "extra digits e", least=1, neurons=0),
        Slack("s_U", "slack of U, $s_U$"),
        Slack("s_A", "slack of A, $s_A$"),
    )

    k: int

    @property
    def construction(self) -> str:
        """Construction S*, "grouped"."""
        return NAME

    @property
    def K(self) -> int:
        """The stages per section, p + 1 + e."""
        return self.p + 1 + self.e

    def groups(self, part: Part) -> int:
        """G, the groups of accumulators of a section."""
        return -(-part.n // (self.k - 1))

    def size_A(self, part: Part) -> int:
        """The neurons of block A in a section, k·G + s_A, and room for the g sums."""
        return max(self.k * self.groups(part) + self.s_A, self.g)

    def width(self, part: Part) -> int:
        """The neurons of a section's layers, m + s_U and those of A."""
        return self.size_U(part) + self.size_A(part)

    @property
    def width_of_output(self) -> int:
        """The neurons of the last hidden layer, in which every output is held twice."""
        return max(self.width(self.parts[-1]), 2 * self.dims[-1] + self.s_U + self.s_A)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """(d_0, …, d_l): K + 3 layers of a section's width, then its read-out's.

        The read-out lies in a layer of the next section's width, the last in one of its own. L =
        s + l(K + 4) + 1 with s = 0 for inputs ≥ 0, 1 for a split, 2 for input groups.
        """
        hidden: list[int] = []
        if self.c:
            hidden.append(2 * self.dims[0] + self.s_U)
        if not self.nonnegative:
            hidden.append(self.width(self.parts[0]))
        after = [self.width(part) for part in self.parts[1:]] + [self.width_of_output]
        for part, width in zip(self.parts, after, strict=True):
            hidden += [self.width(part)] * (self.K + 3) + [width]
        return (self.dims[0], *hidden, self.dims[-1])

    # -- what can fail -----------------------------------------------------------------------

    def failure_bounds(self) -> dict[str, arb]:
        """Return a bound on the probability of each failure event, as balls (S*4)."""
        with ctx.workprec(PRECISION):
            return {
                "range": sum((self._range(part) for part in self.parts), arb(0)),
                "offset": self._offsets(),
                **self._pool_failures(),
            }

    def _range(self, part: Part) -> arb:
        kinds = self.wires_by_bits(part)
        wires = (m * range_failure(self.k, self.p + q, self.e - q) for m, q in kinds)
        return self.groups(part) * sum(wires, arb(0))

    def _offsets(self) -> arb:
        below = at_most(OFFSET - 1, self.g, _QUARTER)
        return sum(part.m for part in self.parts) * below

    def _pool_failures(self) -> dict[str, arb]:
        k, first, last = self.k, self.parts[0], self.parts[-1]
        names = ("split", "inputs", "carry", "copy", "double", "read-out", "output")
        events = dict.fromkeys(names, arb(0))
        with ctx.workprec(PRECISION):
            if not self.nonnegative:
                events["split"] = bound_G1(2 * self.dims[0], self.widths[1], HALF)
            if self.c:
                events["inputs"] = bound_H4(self.dims[0], self.c, self.width(first))
            for part, count in Counter(self.parts).items():
                A, unfit = self.size_A(part), arb(3) / 4
                carry = bound_G1(part.m, self.size_U(part), HALF)
                events["carry"] += count * (self.K + 2) * carry
                events["copy"] += count * k * self.groups(part) * unfit**A
                events["double"] += count * (self.K - 1) * bound_G4(self.groups(part), k, A)
            for (part, after), count in Counter(itertools.pairwise(self.parts)).items():
                held = bound_by_groups(part.n, k - 1, self.width(after), lambda n: arb(2) ** n - 1)
                events["read-out"] += count * held
            N = self.width_of_output
            events["output"] = bound_G1(last.n, N, THREE_QUARTERS)
            events["output"] += bound_by_groups(last.n, k - 1, N - last.n, arb)
        return events

    def exact_failure(self) -> arb:
        """Return the probability that a draw has no ticket, as a ball.

        It is as wide as what is only bounded: signed inputs, and the references at the outputs.
        """
        k, last = self.k, self.parts[-1]
        events = self._pool_failures()
        with ctx.workprec(PRECISION):
            good = arb(1)
            for name in ("split", "inputs"):
                good *= 1 - arb(0).union(events[name])
            for part, count in Counter(self.parts).items():
                A = self.size_A(part)
                held = exact.served(part.m, self.size_U(part), HALF) ** (self.K + 2)
                held *= exact.offsets(part.m, self.g, OFFSET) * exact.places(
                    k * self.groups(part), A
                )
                for i in range(self.groups(part)):
                    held *= exact.patterns(k, A - k * i) ** (self.K - 1)
                for number, q in self.wires_by_bits(part):
                    fails = exact.group_range_failure(k, self.p + q, self.K)
                    held *= ball(1 - fails) ** (self.groups(part) * number)
                good *= held**count
            for (part, after), count in Counter(itertools.pairwise(self.parts)).items():
                for i in range(0, part.n, k - 1):
                    read = exact.read_out(min(k - 1, part.n - i), self.width(after) - i)
                    good *= read**count
            N = self.width_of_output
            good *= exact.served(last.n, N, THREE_QUARTERS)
            references = bound_by_groups(last.n, k - 1, N - last.n, arb)
            return 1 - good * (1 - arb(0).union(references))


def range_failure(k: int, p: int, e: int) -> arb:
    """Return ρ_k, which bounds P(a group's digits do not reach all |V_i| ≤ 2^p at once) (S*2).

    It is 4^{−e}·[½(k−1)(k−2)(1 + 2^{−p−1}) + ¼(k−1)(1 + 2^{−p})], for K = p + 1 + e digits.

    >>> float(range_failure(4, 3, 6)) == (3 * 16 * 17 + 3 * 8 * 9) / 4**10
    True
    """
    with ctx.workprec(PRECISION):
        pairs = (k - 1) * (k - 2) * (1 + arb(2) ** (-p - 1)) / 2 + (k - 1) * (1 + arb(2) ** -p) / 4
        return pairs * arb(4) ** -e


def plan(request: Request) -> GroupedPlan:
    """Return the smallest plan of construction S*, over k and the ways to take signed inputs (S*4).

    k grows from 4 while that saves random weights; input groups have c = k − 1 inputs.

    >>> made = plan(Request.of((784, 500, 10), 0.01, 0.01, nonnegative=True))
    >>> made.k, made.c, made.L
    (4, 0, 73)
    """
    ways = (False,) if request.nonnegative else (False, True)
    found = [
        while_smaller(plan_of_groups(request, k, way) for k in itertools.count(LEAST_GROUP))
        for way in ways
    ]
    return min(found, key=lambda made: made.random_weights)


def plan_of_groups(request: Request, k: int, grouped_inputs: bool = False) -> GroupedPlan:
    """Return the smallest plan with groups of k ≥ 4 neurons.

    Half of δ goes to the range, an eighth to the offsets, the rest to the pools.

    >>> [plan_of_groups(Request.of((64, 64), 0.01, 0.01), k).K for k in (4, 5)]
    [24, 24]
    """
    bare = GroupedPlan(request, (k - 1) * grouped_inputs, OFFSET, 0, 0, 0, k)
    parts, budget = bare.parts, request.budget

    def reaches(e: int) -> bool:
        made = bare.with_slacks(e=e)
        return bool(sum((made._range(part) for part in parts), arb(0)) <= ball(budget / 2))

    def starts(g: int) -> bool:
        return bool(replace(bare, g=g)._offsets() <= ball(budget / 8))

    made = replace(bare, g=least(starts, OFFSET), e=least(reaches, 1))

    def failure(s_U: int, s_A: int) -> arb:
        return total(made.with_slacks(s_U=s_U, s_A=s_A)._pool_failures())

    s_U, s_A = smallest_slacks(failure, budget * 3 / 8, each=1)
    return made.with_slacks(s_U=s_U, s_A=s_A)
