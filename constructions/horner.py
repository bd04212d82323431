"""Construction S: Horner accumulators. Width m + 2n plus a logarithm (S4).

Every hidden layer is three blocks of neurons, told apart by index: U carries the m inputs u of a
section; A and A′ hold for each output o the two halves (a_o, a′_o) of an accumulator, and one pair
more for an offset. A section of K + 2 layers computes σ(Vu):

- stages t = 1…K: each new half keeps + edges from both old halves, so their sum doubles, and digit
  b = K − t of every weight is added through an edge from u_j into one of the two halves. The
  accumulators build V_oj + Γ ≥ 0, the offset pair builds Γ = 2^p for every j; by E2 no
  pre-activation is ever negative, so every σ is the identity (S1).
- merge: one neuron per pair. Read-out: y_o = σ(A_o − C), anywhere in the layer (S2).

The output layer keeps σ(A_o − C) with an outgoing + and σ(C − A_o) with an outgoing − (S3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from constructions import exact
from constructions.edges import Edges, Index
from constructions.errors import NoTicket
from constructions.expansion import add_negative, digit, extra_digits, integer_type
from constructions.networks.signs import SignNetwork, Words, pack
from constructions.numbers import HALF, PRECISION, THREE_QUARTERS, total
from constructions.plan import Slack, SlackPlan
from constructions.pool import (
    bound_G1,
    bound_G2,
    bound_G3,
    members,
    smallest_slacks,
)
from constructions.progress import Progress, silent
from constructions.prune import begin, section_matrices
from constructions.rates import Rate, Scale
from constructions.request import Request
from constructions.rounding import Integers
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket
from constructions.walk import LayerWalk

NAME = "horner"
_CHUNK_BITS = 1 << 23  # signs unpacked at one time


@dataclass(frozen=True)
class HornerPlan(SlackPlan):
    """The plan of construction S (S4).

    Attributes, besides the request
    -------------------------------
    e : extra digits, so that the range of E4 is enough
    s_U, s_A : neurons beyond the slots in the blocks U, and A (A′ is as large)
    """

    SLACKS = (
        Slack("e", "extra digits e", least=1, neurons=0),
        Slack("s_U", "slack of U, $s_U$"),
        Slack("s_A", "slack of A, $s_A$", neurons=2),
    )

    e: int
    s_U: int
    s_A: int

    @property
    def construction(self) -> str:
        """Construction S, "horner"."""
        return NAME

    @property
    def K(self) -> int:
        """The stages per section, p + 1 + e."""
        return self.p + 1 + self.e

    @property
    def size_U(self) -> int:
        """The neurons of block U, max m_i + s_U."""
        return max(s.m for s in self.sections) + self.s_U

    @property
    def size_A(self) -> int:
        """The neurons of block A, and of A′: max n_i + 1 + s_A."""
        return max(s.n for s in self.sections) + 1 + self.s_A

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """(d_0, N, …, N, d_l) with N = size_U + 2·size_A and L = 2 + l(K + 2), 1 less if x ≥ 0."""
        depth = 2 - self.nonnegative + len(self.sections) * (self.K + 2)
        hidden = (self.size_U + 2 * self.size_A,) * (depth - 1)
        return (self.dims[0], *hidden, self.dims[-1])

    def failure_bounds(self) -> dict[str, arb]:
        """Return a bound on the probability of each failure event, as balls (E4, G1–G3; S4)."""
        slots = sum((s.n + 1) * s.m for s in self.sections)
        return {"range": arb(slots) / arb(4) ** self.e, **self._pool_failures()}

    def _pool_failures(self) -> dict[str, arb]:
        size_U, size_A, K, sections = self.size_U, self.size_A, self.K, self.sections
        N = size_U + 2 * size_A
        events = dict.fromkeys(("split", "carry", "double", "merge", "read-out", "output"), arb(0))
        if not self.nonnegative:
            events["split"] = bound_G1(sections[0].m, size_U, HALF)
        for section, count in Counter(sections).items():
            m, n = section.m, section.n
            events["carry"] += count * (K - 1) * bound_G1(m, size_U, HALF)
            events["double"] += count * 2 * (K - 1) * bound_G1(n + 1, size_A, THREE_QUARTERS)
            events["merge"] += count * bound_G1(n + 1, N, THREE_QUARTERS)
        for section, count in Counter(sections[:-1]).items():
            events["read-out"] += count * bound_G2(section.n, N)
        events["output"] = bound_G3(sections[-1].n, N)
        return events

    def exact_failure(self) -> arb:
        """Return the probability that a draw has no ticket, as a ball."""
        size_U, size_A, sections = self.size_U, self.size_A, self.sections
        N = size_U + 2 * size_A
        with ctx.workprec(PRECISION):
            # E4: a + among the top e digits, each the best of two edges
            good = (1 - arb(4) ** -self.e) ** sum((s.n + 1) * s.m for s in sections)
            if not self.nonnegative:
                good *= exact.split(sections[0].m, size_U, nonnegative=False)
            for section, count in Counter(sections).items():
                m, n = section.m, section.n
                stage = exact.served(m, size_U, HALF)
                stage *= exact.served(n + 1, size_A, THREE_QUARTERS) ** 2
                merge = exact.served(n + 1, N, THREE_QUARTERS)
                good *= (stage ** (self.K - 1) * merge) ** count
            for section, count in Counter(sections[:-1]).items():
                good *= exact.read_out(section.n, N) ** count
            return 1 - good * exact.output(sections[-1].n, N)


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
        "first digit, merge, read-out": 3.0,
        "split and output / l": 2 / scale.depth,
    }


SLOPE = Fraction(7)
RATES = (  # for ε, δ ≤ ½; with Λ = log₂(l·log₂(dl/ε)/δ) ≥ 1 the second form implies the first
    Rate(
        "S5",
        "C",
        "N",
        Fraction(24),
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
        Fraction(41),
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
        Fraction(781, 100),
        "L ≤ l·(log₂(dl/ε) + ½log₂(l·d²/δ) + C')",
        r"L\le l\bigl(\log_2\frac{dl}\varepsilon+\frac12\log_2\frac{ld^2}\delta+C'\bigr)",
        lambda scale: scale.depth * (scale.log_dl + scale.log_range),
        lambda scale: scale.depth,
        _depth_factors,
        additive=True,
    ),
)


def plan(request: Request) -> HornerPlan:
    """Return the smallest plan of construction S (S4).

    >>> plan(Request.of((784, 500, 10), 0.01, 0.01)).N
    2660
    """
    slots = sum((s.n + 1) * s.m for s in request.sections)
    e = extra_digits(slots, 1, 4, request.budget / 2)
    bare = HornerPlan(request, e, 0, 0)

    def failure(s_U: int, s_A: int) -> arb:
        return total(bare.with_slacks(s_U=s_U, s_A=s_A)._pool_failures())

    s_U, s_A = smallest_slacks(failure, request.budget / 2, each=2)
    return HornerPlan(request, e, s_U, s_A)


def prune(
    target: TargetNetwork, plan: HornerPlan, network: SignNetwork, progress: Progress = silent
) -> Ticket:
    """Find the target in the random network and return the ticket (S1–S3).

    Parameters
    ----------
    target : a network with plan.dims, whose rounded weights are at most 2^p
    plan : from :func:`plan`
    network : plan.draw(seed)
    progress : called with (layers done, layers in all, what is being done)

    Raises
    ------
    InputError if target, plan and network do not belong together; NoTicket if this draw fails.

    >>> target = TargetNetwork.from_layers([[[0.6, -0.8]]])
    >>> small = plan(Request.for_target(target, "0.1", "0.1"))
    >>> ticket = prune(target, small, small.draw(seed=1))
    >>> abs(float(ticket.run([[0.5, 0.25]])[0, 0]) - 0.1) <= 0.1
    True
    """
    begin(target, plan, network)
    builder = _Builder(plan, network, progress)
    u = builder.split()
    matrices = section_matrices(target, plan)
    for V in matrices[:-1]:
        merged = builder.accumulate(V, u)
        u = builder.read_out(merged)
    builder.output(builder.accumulate(matrices[-1], u))
    return Ticket.of_plan(target, plan, network, builder.edges, builder.units, builder.generations)


@dataclass(frozen=True)
class _Stage:
    """Where everything is before and after a stage; None where there is nothing."""

    layer: int
    u: Index
    next_u: Index | None
    a: tuple[Index, Index] | None
    next_a: tuple[Index, Index]


class _Builder(LayerWalk):
    plan: HornerPlan

    def __init__(self, plan: HornerPlan, network: SignNetwork, progress: Progress) -> None:
        super().__init__(plan, network, progress)
        U, A = plan.size_U, plan.size_A
        self.blocks = {"U": (0, U), "A": (U, U + A), "A′": (U + A, U + 2 * A), "all": (0, plan.N)}

    def split(self) -> Index:
        """Hold σ(±x_j), one kept edge each (H2); nonnegative inputs are used as they are."""
        inputs = np.arange(self.plan.dims[0])
        if self.plan.nonnegative:
            return inputs
        layer, d = self.next_layer(), len(inputs)
        source = np.concatenate([inputs, inputs])
        u = self.serve("split", "U", 2 * d, self.split_signs(layer, source, d))
        self.edges.append(Edges.from_pairs(source, u))
        self.generations.append((layer, "split"))
        return u

    def accumulate(self, V: Integers, u: Index) -> Index:
        """Build V_oj + Γ in every accumulator and Γ in the offset, then merge each pair (S1).

        V has shape (n, m). Returns the neurons of the n accumulators and of the offset. No
        accumulator ever falls below 0, so that every ReLU acts as the identity (E2).
        """
        K, n = self.plan.K, len(V)
        stages = self._match(u, n)
        # E1 works on V + Γ, one column per accumulator, the last one for the offset.
        shifted = np.zeros((len(u), n + 1), dtype=integer_type(K))
        shifted[:, :n] = V.T
        shifted += 2**self.plan.p
        shifted = self._add_negative_parts(stages, shifted)
        for stage, b in zip(stages, reversed(range(K)), strict=True):
            self.edges.append(self._stage_edges(stage, b, shifted))
            self.progress(stage.layer, self.plan.L, "keeping edges")
        a, a2 = stages[-1].next_a
        layer = self.next_layer()
        merged = self.serve("merge", "all", n + 1, self.all_plus(layer, a, a2))
        self.edges.append(Edges.from_pairs(np.concatenate([a, a2]), np.tile(merged, 2)))
        return merged

    def read_out(self, merged: Index) -> Index:
        """Hold y_o = σ(A_o − C) anywhere in the layer (S2)."""
        layer, n = self.next_layer(), len(merged) - 1
        accumulators, offset = merged[:-1], merged[-1:]
        minus = ~self.signs.words(layer, offset)[0]
        y = self.serve(
            "read-out",
            "all",
            n,
            self.plus(layer, accumulators),
            members(minus, self.plan.N),
        )
        sources = np.concatenate([accumulators, np.repeat(offset, n)])
        self.edges.append(Edges.from_pairs(sources, np.tile(y, 2)))
        self.generations.append((layer, "unit"))
        self.units.append(y)
        return y

    def output(self, merged: Index) -> None:
        """Hold σ(±(A_o − C)) and subtract them in the output layer (S3)."""
        layer, n, N = self.next_layer(), len(merged) - 1, self.plan.N
        accumulators, offset = merged[:-1], merged[-1:]
        shared = self.signs.words(layer, offset)[0]
        outgoing = self._outgoing(n)
        own_fits = self.plus(layer, accumulators)
        places = []
        for sign, flip in (("+", np.uint64(0)), ("−", np.uint64(2**64 - 1))):

            def fits(slots: Index, first: Index, count: int, flip: np.uint64 = flip) -> Words:
                own = own_fits(slots, first, count)
                blocks = outgoing[slots[:, None], first[:, None] + np.arange(count)]
                fitting: Words = (own ^ flip) & (blocks.reshape(own.shape) ^ flip)
                return fitting

            pool = members(~shared ^ flip, N)
            places.append(self.serve(f"output {sign}", "all", n, fits, pool))
        both = np.concatenate(places)
        sources = np.concatenate([accumulators, accumulators, np.repeat(offset, 2 * n)])
        self.edges.append(Edges.from_pairs(sources, np.tile(both, 2)))
        self.generations.append((layer, "split"))
        self.next_layer()
        self.edges.append(Edges.from_pairs(both, np.tile(np.arange(n), 2)))

    def _outgoing(self, n: int) -> Words:
        """Return the signs of the last layer's edges by target, packed: (n, blocks of N, 4)."""
        N = self.plan.N
        bits = np.zeros((n, -(-N // 256) * 256), dtype=np.bool_)
        bits[:, :N] = self.signs.read(self.plan.L, np.arange(N)).T
        packed: Words = pack(bits).reshape(n, -1, 4)
        return packed

    # -- stages ------------------------------------------------------------------------------

    def _match(self, u: Index, n: int) -> list[_Stage]:
        """Find the neurons of all K stages; the digits' signs (U → A, A′) play no part in it."""
        stages: list[_Stage] = []
        a: tuple[Index, Index] | None = None
        for t in range(1, self.plan.K + 1):
            layer = self.next_layer()
            next_u = None
            if t < self.plan.K:
                next_u = self.serve("carry", "U", len(u), self.plus(layer, u))
            if a is None:  # nothing to double yet: fixed places
                first = np.arange(n + 1)
                next_a = (first + self.blocks["A"][0], first + self.blocks["A′"][0])
            else:
                fits = self.all_plus(layer, *a)
                next_a = (
                    self.serve("double", "A", n + 1, fits),
                    self.serve("double", "A′", n + 1, fits),
                )
            stages.append(_Stage(layer, u, next_u, a, next_a))
            self.progress(layer, self.plan.L, "serving slots")
            if next_u is not None:
                u = next_u
            a = next_a
        return stages

    def _add_negative_parts(self, stages: list[_Stage], shifted: Integers) -> Integers:
        """Return V + Γ + N(s) with every weight's digit signs s (E1), checked as E4 asks."""
        K, e = self.plan.K, self.plan.e
        reached = np.zeros(shifted.shape, dtype=np.bool_)
        for stage, b in zip(stages, reversed(range(K)), strict=True):
            for rows, plus_a, plus_a2 in self._digit_signs(stage):
                sign = plus_a | plus_a2
                shifted[rows] = add_negative(shifted[rows], b, sign)
                if b >= K - e:
                    reached[rows] |= sign
        if not reached.all():
            j, o = np.argwhere(~reached)[0]
            raise NoTicket("range", stages[0].layer, f"the digits of input {j} for accumulator {o}")
        return shifted

    def _digit_signs(
        self, stage: _Stage
    ) -> Iterator[tuple[Index, NDArray[np.bool_], NDArray[np.bool_]]]:
        """Yield (rows j in order of their neurons, signs u_j → a_o, signs u_j → a′_o)."""
        lo, hi = self.blocks["A"][0], self.plan.N
        order = np.argsort(stage.u)
        step = max(1, _CHUNK_BITS // self.plan.N)
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            plus = self.signs.read(stage.layer, stage.u[rows], lo, hi)
            a, a2 = stage.next_a
            yield rows, np.take(plus, a - lo, axis=1), np.take(plus, a2 - lo, axis=1)

    def _stage_edges(self, stage: _Stage, b: int, shifted: Integers) -> Edges:
        parts = []
        a, a2 = stage.next_a
        for rows, plus_a, plus_a2 in self._digit_signs(stage):
            sign = plus_a | plus_a2
            used = digit(shifted[rows], b, sign)
            keep = np.zeros((len(rows), self.plan.N), dtype=np.bool_)
            # A digit +1 takes the first edge that is +; a digit −1 has two − edges and takes one.
            keep[:, a] = used & (plus_a | ~sign)
            keep[:, a2] = used & sign & ~plus_a
            if stage.next_u is not None:
                keep[np.arange(len(rows)), stage.next_u[rows]] = True
            parts.append(Edges.from_mask(stage.u[rows], keep))
        if stage.a is not None:
            old, old2 = stage.a
            sources = np.concatenate([old, old, old2, old2])
            parts.append(Edges.from_pairs(sources, np.concatenate([a, a2, a, a2])))
        return Edges.join(parts)
