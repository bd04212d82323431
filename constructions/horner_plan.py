"""The plan of construction S: its shape, what can fail, the smallest that fails rarely (S4)."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property

from flint import arb, ctx

from constructions import exact
from constructions.input_groups import bound_H4
from constructions.numbers import HALF, PRECISION, THREE_QUARTERS, ball, least, total
from constructions.plan import Slack, while_smaller
from constructions.pool import at_most, bound_by_groups, bound_few, bound_G1, smallest_slacks
from constructions.range_aware import bound_G5
from constructions.rates import Rate, Scale
from constructions.request import Request
from constructions.sections import Part, SectionPlan

NAME = "horner"
OFFSET = 2  # every γ_j (S1)
TOGETHER = 8  # outputs that are read out from one copy of the offset
_QUARTER, _SEVEN_EIGHTHS = Fraction(1, 4), Fraction(7, 8)
_OFFSET_LAYERS = 3
_TRIED = 2  # numbers of extra digits, with G5


@dataclass(frozen=True)
class HornerPlan(SectionPlan):
    """The plan of construction S (S4): a plan of sections, K = p + e, with A′ as large as A.

    Attributes, besides those
    -------------------------
    wires : the width of the layer that holds the wires of the input groups; 0 without
    copies : the neurons of which those with + from the offset are copies of it
    aware : whether neurons are matched with an eye on the range (G5), or e leaves it to chance
    """

    SLACKS = (
        Slack("e", "extra digits e", least=1, neurons=0),
        Slack("s_U", "slack of U, $s_U$"),
        Slack("s_A", "slack of A, $s_A$", neurons=2),
    )

    wires: int
    copies: int
    aware: bool

    @property
    def construction(self) -> str:
        """Construction S, "horner"."""
        return NAME

    @property
    def K(self) -> int:
        """The stages per section, p + e."""
        return self.p + self.e

    def size_A(self, part: Part) -> int:
        """The neurons of block A in a section, and of A′: n + 1 + s_A."""
        return part.n + 1 + self.s_A

    def width(self, part: Part) -> int:
        """The neurons of the stages' layers, N_i = |U| + 2|A|."""
        return self.size_U(part) + 2 * self.size_A(part)

    def merged(self, part: Part) -> int:
        """The neurons of the layers that carry no u, the last stage's and the merge's: N_i − m."""
        return self.width(part) - part.m

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """(d_0, …, d_l): for each section the offset's layers, K stages, merge and read-out.

        L = s + l(K + 5) with s = 0 for inputs ≥ 0, 1 for a split, 2 for input groups.
        """
        hidden: list[int] = []
        if not self.nonnegative:
            hidden.append(2 * self.dims[0] + self.s_U)
        if self.c:
            hidden.append(self.wires)
        for part, after in itertools.zip_longest(self.parts, self.parts[1:]):
            U = self.size_U(part)
            hidden += [U + self.g, U + 1, U + self.copies]
            hidden += [self.width(part)] * (self.K - 1) + [self.merged(part)] * 2
            if after is not None:
                hidden.append(self.read_out(after))
        return (self.dims[0], *hidden, self.dims[-1])

    def within(self, width: int) -> HornerPlan:
        """Return the plan with no more sums and copies than a width has room for."""
        room = max(1, width - max(self.size_U(part) for part in self.parts))
        return replace(self, g=min(self.g, room), copies=min(self.copies, room))

    def read_out(self, after: Part) -> int:
        """The neurons of the layer that holds the inputs of a section, the outputs before it."""
        return self.size_U(after) + self.s_A

    # -- what can fail -----------------------------------------------------------------------

    def failure_bounds(self) -> dict[str, arb]:
        """Return a bound on the probability of each failure event, as balls (S4)."""
        with ctx.workprec(PRECISION):
            return {"range": self._ranges(), **self._once(), **self._pool_failures()}

    def _ranges(self) -> arb:
        """What keeps a weight from having both signs among its top digits (E5; G5)."""
        found = arb(0)
        for part, count in Counter(self.parts).items():
            for m, q in self.wires_by_bits(part):
                if m and self.aware:
                    found += count * bound_G5(part.n, m, self.e - q, self.size_A(part))
                elif m:
                    found += count * part.n * m * 2 / arb(4) ** (self.e - q)
        return found

    def _once(self) -> dict[str, arb]:
        """What happens once a section, or once: offsets, their copies, wires of input groups."""
        few = at_most(OFFSET - 1, self.g, _QUARTER)
        places = sum(2 * (part.n + 1) for part in self.parts)
        return {
            "offset": sum(part.m for part in self.parts) * few,
            "copy": places * (arb(3) / 4) ** self.copies,
            "inputs": bound_H4(self.dims[0], self.c, self.wires) if self.c else arb(0),
        }

    def _pool_failures(self) -> dict[str, arb]:
        names = ("split", "carry", "double", "merge", "read-out", "output")
        events = dict.fromkeys(names, arb(0))
        with ctx.workprec(PRECISION):
            if not self.nonnegative:
                events["split"] = bound_G1(2 * self.dims[0], 2 * self.dims[0] + self.s_U, HALF)
            carries = self.K - 1 + _OFFSET_LAYERS
            for part, count in Counter(self.parts).items():
                U, A = self.size_U(part), self.size_A(part)
                double = 2 * bound_G1(part.n + 1, A, THREE_QUARTERS)
                events["carry"] += count * carries * bound_G1(part.m, U, HALF)
                events["double"] += count * (self.K - 1) * double
            for (part, after), count in Counter(itertools.pairwise(self.parts)).items():
                N = self.merged(part)
                lacking = bound_few(copies_for(part.n) - 1, N - part.n, _QUARTER)
                events["merge"] += count * (bound_G1(part.n, N, THREE_QUARTERS) + lacking)
                events["read-out"] += count * bound_read_out(part.n, self.read_out(after))
            last = self.parts[-1]
            events["output"] = bound_output(last.n, self.merged(last))
        return events

    def exact_failure(self) -> arb:
        """Return the probability that a draw has no ticket, as a ball.

        It is as wide as what is only bounded: signed inputs, G5, and the offset at the outputs.
        """
        events, last = self._pool_failures() | self._once(), self.parts[-1]
        with ctx.workprec(PRECISION):
            good = exact.output(last.n, self.merged(last))
            for name in ("split", "inputs"):
                good *= 1 - arb(0).union(events[name])
            for part, count in Counter(self.parts).items():
                U, A, stages = self.size_U(part), self.size_A(part), self.K - 1
                held = exact.served(part.m, U, HALF) ** (stages + _OFFSET_LAYERS)
                held *= exact.served(part.n + 1, A, THREE_QUARTERS) ** (2 * stages)
                held *= exact.offsets(part.m, self.g, OFFSET)
                held *= exact.places(2 * (part.n + 1), self.copies)
                good *= held**count
            for (part, after), count in Counter(itertools.pairwise(self.parts)).items():
                N = self.merged(part)
                merge = exact.served(part.n, N, THREE_QUARTERS)
                merge *= 1 - exact.few(copies_for(part.n) - 1, N - part.n, _QUARTER)
                for first in range(0, part.n, TOGETHER):
                    group = min(TOGETHER, part.n - first)
                    merge *= exact.read_out(group, self.read_out(after) - first)
                good *= merge**count
            failure = 1 - good * self._exact_ranges()
            # Products of wide balls are wider than they need to be: the union bound holds too.
            high = arb.min(arb.min(failure.upper(), total(self.failure_bounds())), arb(1))
            return arb.min(failure.lower(), high).union(high)

    def _exact_ranges(self) -> arb:
        good = arb(1)
        if self.aware:
            return 1 - arb(0).union(arb.min(self._ranges(), arb(1)))
        for part in self.parts:
            for m, q in self.wires_by_bits(part):
                good *= (1 - arb.min(2 / arb(4) ** (self.e - q), arb(1))) ** (part.n * m)
        return good


def _width_factors(plan: HornerPlan, scale: Scale) -> dict[str, float]:
    return {"offset pair": 2.0, "slack s_U": float(plan.s_U), "slack 2s_A": 2.0 * plan.s_A}


def _relative_factors(plan: HornerPlan, scale: Scale) -> dict[str, float]:
    unit = scale.log_stages + 1
    return {name: value / unit for name, value in _width_factors(plan, scale).items()}


def _offset_factors(plan: HornerPlan, scale: Scale) -> dict[str, float]:
    slope = {f"−{SLOPE}·log₂(…)": -float(SLOPE) * scale.log_stages}
    return _width_factors(plan, scale) | slope


def _depth_factors(plan: HornerPlan, scale: Scale) -> dict[str, float]:
    """A section's layers beyond log₂(dl/ε) + ½log₂(l·d²/δ)."""
    return {
        "p − log(dl/ε)": plan.p - scale.log_dl,
        "e − ½log(l·d²/δ)": plan.e - scale.log_range,
        "offset, merge, read-out": 5.0,
        "split / l": 1 / scale.depth,
    }


SLOPE = Fraction(7)
RATES = (  # for ε, δ ≤ ½; with Λ = log₂(l·log₂(dl/ε)/δ) ≥ 1 the second form implies the first
    Rate(
        "S5",
        "C",
        "N",
        Fraction(28),
        "N ≤ 4d + C·log₂(l·log₂(dl/ε)/δ) + C",
        r"N\le4d+C\log_2\frac{l\log_2(dl/\varepsilon)}\delta+C",
        lambda scale: 4 * scale.d,
        lambda scale: scale.log_stages + 1,
        _relative_factors,
    ),
    Rate(
        "S5",
        "C₂",
        "N",
        Fraction(48),
        f"N ≤ 4d + {SLOPE}·log₂(l·log₂(dl/ε)/δ) + C₂",
        rf"N\le4d+{SLOPE}\log_2\frac{{l\log_2(dl/\varepsilon)}}\delta+C_2",
        lambda scale: 4 * scale.d + float(SLOPE) * scale.log_stages,
        lambda scale: 1.0,
        _offset_factors,
        additive=True,
    ),
    Rate(
        "S5",
        "C'",
        "L",
        Fraction(881, 100),
        "L ≤ l·(log₂(dl/ε) + ½log₂(l·d²/δ) + C')",
        r"L\le l\bigl(\log_2\frac{dl}\varepsilon+\frac12\log_2\frac{ld^2}\delta+C'\bigr)",
        lambda scale: scale.depth * (scale.log_dl + scale.log_range),
        lambda scale: scale.depth,
        _depth_factors,
        additive=True,
    ),
)


def copies_for(n: int) -> int:
    """Return how many copies of the offset n read-outs share.

    >>> [copies_for(n) for n in (1, 8, 9)]
    [1, 1, 2]
    """
    return -(-n // TOGETHER)


def bound_read_out(n: int, N: int) -> arb:
    """Return Σ_γ (2^{n_γ} − 1)(¾)^{N − 8(γ−1)} for n read-outs, eight to a copy of the offset (G2).

    >>> float(bound_read_out(1, 3)) == (3 / 4) ** 3
    True
    """
    return bound_by_groups(n, TOGETHER, N, lambda several: arb(2) ** several - 1)


def bound_output(n: int, N: int) -> arb:
    """Return G1(n, N, ⅞) + n(⅞)^{N−n}: A_o once for each output, and C with a − to it (S3).

    >>> float(bound_output(1, 2)) == (7 / 8) ** 2 + 7 / 8
    True
    """
    with ctx.workprec(PRECISION):
        return bound_G1(n, N, _SEVEN_EIGHTHS) + n * (arb(7) / 8) ** (N - n)


def plan(request: Request) -> HornerPlan:
    """Return the plan of construction S with the fewest random weights (S4).

    Signed inputs are split, or taken in input groups of c = 2, 3, … while that saves weights.

    >>> made = plan(Request.of((784, 500, 10), 0.01, 0.01))
    >>> made.c, made.e, made.N
    (4, 8, 2073)
    """
    split = plan_of_inputs(request, 0)
    if request.nonnegative:
        return split
    grouped = while_smaller(plan_of_inputs(request, c) for c in itertools.count(2))
    return min(split, grouped, key=lambda made: made.random_weights)


def plan_with_split(request: Request) -> HornerPlan:
    """Return the smallest plan that splits signed inputs, of which S5 speaks."""
    return plan_of_inputs(request, 0)


def plan_of_inputs(request: Request, c: int, aware: bool = True) -> HornerPlan:
    """Return the smallest plan with input groups of c inputs (H4), or with a split for c = 0.

    G5 is used where that saves layers; never, if not ``aware``.

    Offsets, their copies and the wires of input groups have a sixteenth of δ each. Half of δ goes
    to the range if it is left to chance; slacks are the least for what is left. With G5, e is the
    least for which these slacks would do, or one more, and range and pools share what is left.

    >>> [plan_of_inputs(Request.of((64, 64), 0.01, 0.01), c).widths[:3] for c in (0, 3)]
    [(64, 142, 195), (64, 142, 196)]
    """
    budget, bare = request.budget, HornerPlan(request, c, OFFSET, 1, 0, 0, 0, 1, aware=False)
    share, half = ball(budget / 16), ball(budget / 2)

    def in_range(made: HornerPlan, high: int | None = None) -> HornerPlan:
        e = least(lambda e: bool(made.with_slacks(e=e)._ranges() <= half), 1, high)
        return made.with_slacks(e=e)

    g = least(lambda g: bool(replace(bare, g=g)._once()["offset"] <= share), OFFSET)
    copies = least(lambda many: bool(replace(bare, copies=many)._once()["copy"] <= share), 1)
    made = replace(bare, g=g, copies=copies)
    if c:
        m = made.parts[0].m
        wires = least(lambda many: bool(replace(made, wires=many)._once()["inputs"] <= share), m)
        made = replace(made, wires=wires)
    left = budget * Fraction(13, 16)
    chance = _with_least_slacks(in_range(made), left - budget / 2)
    if not aware:
        return chance
    first = in_range(replace(chance, aware=True), chance.e)
    found = [
        _with_least_slacks(first.with_slacks(e=e), left)
        for e in range(first.e, min(first.e + _TRIED, chance.e))
    ]
    return min([*found, chance], key=lambda made: made.random_weights)


def _with_least_slacks(made: HornerPlan, budget: Fraction) -> HornerPlan:
    @cache
    def ranges(s_A: int) -> arb:  # which s_U does not change
        return made.with_slacks(s_A=s_A)._ranges() if made.aware else arb(0)

    def failure(s_U: int, s_A: int) -> arb:
        events = made.with_slacks(s_U=s_U, s_A=s_A)._pool_failures()
        return total(events | {"range": ranges(s_A)})

    s_U, s_A = smallest_slacks(failure, budget, each=2)
    return made.with_slacks(s_U=s_U, s_A=s_A)
