"""Construction S: Horner accumulators. Width m + 2n plus a logarithm in a section (S4).

The layers of a section have blocks of neurons, told apart by index: U carries the m wires u; A and
A′ hold for each output o the two halves (a_o, a′_o) of an accumulator, and one pair more for the
offset. Layers that need a block no longer go without it. A section computes σ(Vu) by

- three layers that make the offset Σ_j 2u_j, and copies of it from which every half starts;
- stages t = 1…K: each new half keeps + edges from both old halves, so their sum doubles, and digit
  t of every weight is added through the edges from u_j into the two halves, whatever their signs.
  No pre-activation is ever negative, so every σ is the identity (S1). Halves are chosen with an eye
  on the signs of the digits if the plan says so (G5);
- merge: one neuron per accumulator, and copies of the offset C, one for eight outputs;
- read-out: y_o = σ(A_o − C), anywhere in the layer (S2).

The output layer keeps A_o, and C with an outgoing −; no ReLU acts there (S3). Signed inputs are
split (H2), or held in input groups (H4). Of all digit strings for a weight, the one that keeps the
fewest edges is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import numpy as np
from numpy.typing import NDArray

from constructions.digit_strings import cheapest_digits
from constructions.edges import Edges, Index
from constructions.errors import NoTicket
from constructions.expansion import integer_type
from constructions.horner_plan import (
    NAME,
    OFFSET,
    RATES,
    SLOPE,
    TOGETHER,
    HornerPlan,
    copies_for,
    plan,
    plan_of_inputs,
    plan_with_split,
)
from constructions.input_groups import over_wires
from constructions.networks.signs import SignNetwork, Words
from constructions.pool import Fits
from constructions.progress import Progress, silent
from constructions.prune import begin, section_matrices
from constructions.range_aware import demands
from constructions.rounding import Integers
from constructions.section_walk import SectionWalk, cover
from constructions.sections import Part
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket

__all__ = [
    "NAME",
    "RATES",
    "SLOPE",
    "HornerPlan",
    "plan",
    "plan_of_inputs",
    "plan_with_split",
    "prune",
]

_CHUNK = 1 << 16  # weights whose strings are found at one time


def prune(
    target: TargetNetwork, plan: HornerPlan, network: SignNetwork, progress: Progress = silent
) -> Ticket:
    """Find the target in the random network and return the ticket (S1–S3).

    Parameters
    ----------
    target : a network with plan.dims, whose rounded weights are at most 2^p
    plan : from :func:`plan` or :func:`plan_of_inputs`
    network : plan.draw(seed)
    progress : called with (layers done, layers in all, what is being done)

    Raises
    ------
    InputError if target, plan and network do not belong together; NoTicket if this draw fails.

    >>> target = TargetNetwork.from_layers([[[0.6, -0.8]]])
    >>> from constructions.request import Request
    >>> small = plan(Request.for_target(target, "0.1", "0.1"))
    >>> ticket = prune(target, small, small.draw(seed=1))
    >>> abs(float(ticket.run([[0.5, 0.25]])[0, 0]) - 0.1) <= 0.1
    True
    """
    begin(target, plan, network)
    builder = _Builder(plan, network, progress)
    u = builder.inputs()
    matrices = section_matrices(target, plan)
    if plan.c:  # of [V, −V], only V is asked for
        matrices[0] = over_wires(matrices[0][:, : plan.dims[0]], plan.c)
    for part, V in zip(plan.parts, matrices, strict=True):
        accumulators, offset = builder.accumulate(part, V, u)
        if part.last:
            builder.output(accumulators, offset)
        else:
            u = builder.read_out(*builder.merge(accumulators, offset))
    return Ticket.of_plan(target, plan, network, builder.edges, builder.units, builder.generations)


@dataclass(frozen=True)
class _Stage:
    """Where everything is before and after a stage; None where there is nothing.

    ``halves``, int64 (2, n + 1), are the two halves of each accumulator, the offset's last;
    ``edges`` those that they keep from the old ones, or from copies of the offset.
    """

    layer: int
    u: Index
    next_u: Index | None
    halves: Index
    edges: Edges


class _Builder(SectionWalk):
    plan: HornerPlan

    def accumulate(self, part: Part, V: Integers, u: Index) -> tuple[Index, Index]:
        """Build Σ_j (2^{K+1} + V_oj)u_j in the halves of each accumulator together (S1).

        V has shape (n, m). Returns the halves of the accumulators, int64 (2, n), and the offset's,
        int64 (2, 1), which build Σ_j 2^{K+1}·u_j. No half ever falls below 0.
        """
        self.enter(part)
        u, offset = self.offset(u, OFFSET)
        self._enter_stage(part, 1)
        first = np.array([[self.blocks["A"][0]], [self.blocks["A′"][0]]])
        halves = first + np.arange(part.n + 1)  # fixed places
        u, copy = self.copies(u, offset, halves.ravel())
        stages = self._match(part, u, halves, copy)
        kept = self._digits(part, stages, V.T.astype(integer_type(self.plan.K)))
        for stage, parts in zip(stages, kept, strict=True):
            self.edges.append(Edges.join([*parts, stage.edges]))
        halves = stages[-1].halves
        return halves[:, :-1], halves[:, -1:]

    def merge(self, accumulators: Index, offset: Index) -> tuple[Index, Index]:
        """Hold A_o once for each output, and C in as many copies as the read-outs share."""
        layer, n = self.next_layer(), accumulators.shape[1]
        copies = np.repeat(offset, copies_for(n), axis=1)
        halves = np.concatenate([accumulators, copies], axis=1)
        merged = self.serve_all("merge", halves.shape[1], self.all_plus(layer, *halves))
        self.edges.append(Edges.from_pairs(halves.ravel(), np.tile(merged, 2)))
        return merged[:n], merged[n:]

    def read_out(self, merged: Index, copies: Index) -> Index:
        """Hold y_o = σ(A_o − C) anywhere in the layer (S2)."""
        return self.difference(merged, np.repeat(copies, TOGETHER)[: len(merged)])

    def output(self, accumulators: Index, offset: Index) -> None:
        """Hold A_o once for every output, and C for the outputs that subtract it (S3)."""
        layer, n = self.next_layer(), accumulators.shape[1]
        y = self.serve_all("output", n, self.to_outputs(self.all_plus(layer, *accumulators)))
        fit = self.signs.read(layer, offset[:, 0]).all(axis=0)
        fitting = np.setdiff1d(np.flatnonzero(fit), y)
        held = cover(~self.signs.read(self.plan.L, fitting))
        if held is None:
            raise NoTicket("output", layer, f"the offset of an output, {len(fitting)} copies of it")
        subtracted = fitting[held]
        used = np.unique(subtracted)
        sources = np.concatenate([accumulators.ravel(), np.repeat(offset, len(used))])
        self.edges.append(
            Edges.from_pairs(sources, np.concatenate([np.tile(y, 2), np.tile(used, 2)]))
        )
        self.next_layer()
        outputs = np.tile(np.arange(n), 2)
        self.edges.append(Edges.from_pairs(np.concatenate([y, subtracted]), outputs))

    # -- stages ------------------------------------------------------------------------------

    def _match(self, part: Part, u: Index, halves: Index, copy: Index) -> list[_Stage]:
        """Find the neurons of all K stages.

        The digits' signs (U → A, A′) play no part in it, but where G5 asks for them.
        """
        K, stages = self.plan.K, list[_Stage]()
        for t in range(1, K + 1):
            layer, next_u = self.carry(u) if t < K else (self.next_layer(), None)
            self._enter_stage(part, t)
            if t == 1:
                edges = Edges.from_pairs(copy, halves.ravel())
            else:
                old, halves = halves, self._double(part, stages, layer, u, halves)
                both = np.repeat(old, 2, axis=0), np.tile(halves, (2, 1))
                edges = Edges.from_pairs(both[0].ravel(), both[1].ravel())
            stages.append(_Stage(layer, u, next_u, halves, edges))
            self.progress(layer, self.plan.L, "serving slots")
            u = u if next_u is None else next_u
        return stages

    def _enter_stage(self, part: Part, t: int) -> None:
        """Name the blocks of a stage's layer; the last has no U."""
        first = self.plan.size_U(part) if t < self.plan.K else 0
        A = self.plan.size_A(part)
        self.blocks |= {"A": (first, first + A), "A′": (first + A, first + 2 * A)}

    def _double(self, part: Part, stages: list[_Stage], layer: int, u: Index, old: Index) -> Index:
        """Find the new halves: + from both old ones, and the digits' signs that G5 asks for."""
        doubled = self.all_plus(layer, *old)
        lacking = self._lacking(part, stages)
        new = np.empty_like(old)
        for half, block in enumerate(("A", "A′")):
            pool, rest = np.arange(*self.blocks[block]), np.arange(old.shape[1])
            if lacking is not None:
                order, asked = self._asked(layer, u, lacking, half)
                both = _both(doubled, order, asked)
                new[half, order] = self.serve("range", block, len(order), both, pool)
                pool, rest = np.setdiff1d(pool, new[half, order]), np.setdiff1d(rest, order)
            plain = _both(doubled, rest)
            new[half, rest] = self.serve("double", block, len(rest), plain, pool)
        return new

    # -- the range (G5) ----------------------------------------------------------------------

    def _lacking(self, part: Part, stages: list[_Stage]) -> _Lacking | None:
        """Return which wires ask for a sign in the stage that comes, if it is the one to ask."""
        t = len(stages) + 1
        wires = np.flatnonzero(self.plan.e - self.plan.extra_bits(part) == t)
        if not self.plan.aware or t < 2 or not len(wires):
            return None
        shape = len(wires), part.n
        plus, minus = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        for stage in stages:
            for signs in self._signs(part, stage, wires):
                plus |= signs
                minus |= ~signs
        return _Lacking(wires, ~plus, ~minus)

    def _asked(
        self, layer: int, u: Index, lacking: _Lacking, half: int
    ) -> tuple[Index, list[Fits]]:
        """Return the accumulators that ask for signs in one half, and what else fits each."""
        order, asked, j = demands(lacking.plus | lacking.minus, half)
        flip = np.where(lacking.minus[j, order[:, None]], np.uint64(2**64 - 1), np.uint64(0))
        return order, [
            _sign(self.plus(layer, u[lacking.wires[who]]), turned[:, None], some[:, None])
            for who, turned, some in zip(j.T, flip.T, asked.T, strict=True)
        ]

    # -- digits ------------------------------------------------------------------------------

    def _signs(
        self, part: Part, stage: _Stage, rows: Index
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the signs from wires to both halves of all accumulators, (rows, n) each."""
        both = self.digit_signs(stage.layer, stage.u[rows], stage.halves[:, : part.n].ravel())
        return both[:, : part.n], both[:, part.n :]

    def _digits(self, part: Part, stages: list[_Stage], V: Integers) -> list[list[Edges]]:
        """Return each stage's kept edges of digits and carries; V has shape (m, n)."""
        found: list[list[Edges]] = [[] for _ in stages]
        step = max(1, _CHUNK // part.n)
        for start in range(0, part.m, step):
            rows = np.arange(start, min(start + step, part.m))
            signs = [self._signs(part, stage, rows) for stage in stages]
            plus = np.array([a.view(np.int8) + a2.view(np.int8) for a, a2 in signs])
            self._check_range(part, stages, rows, plus)
            digits = cheapest_digits(V[rows], plus)
            for stage, (a, a2), d, edges in zip(stages, signs, digits, found, strict=True):
                edges.append(self._kept(part, stage, rows, a, a2, d))
            self.progress(stages[0].layer, self.plan.L, "keeping edges")
        return found

    def _check_range(
        self, part: Part, stages: list[_Stage], rows: Index, plus: NDArray[np.int8]
    ) -> None:
        """Raise NoTicket unless every weight has both signs among its top digits (E5)."""
        last = self.plan.e - self.plan.extra_bits(part)[rows]
        top = (np.arange(len(stages))[:, None] < last)[..., None]
        both = ((plus > 0) & top).any(axis=0) & ((plus < 2) & top).any(axis=0)
        if not both.all():
            j, o = np.argwhere(~both)[0]
            slot = f"the digits of input {rows[j]} for accumulator {o}"
            raise NoTicket("range", stages[0].layer, slot)

    def _kept(
        self,
        part: Part,
        stage: _Stage,
        rows: Index,
        a: NDArray[np.bool_],
        a2: NDArray[np.bool_],
        d: NDArray[np.int8],
    ) -> Edges:
        """Return the kept edges from some wires: their carries, and |d| for every digit d."""
        order = np.argsort(stage.u[rows])
        keep = np.zeros((len(rows), self.plan.widths[stage.layer]), dtype=np.bool_)
        wanted, two = d > 0, abs(d) == 2
        # A digit ±1 takes the first edge that has its sign.
        first = (d != 0) & (two | (a == wanted))
        keep[:, stage.halves[0, : part.n]] = first
        keep[:, stage.halves[1, : part.n]] = two | ((d != 0) & ~first)
        if stage.next_u is not None:
            keep[np.arange(len(rows)), stage.next_u[rows]] = True
        return Edges.from_mask(stage.u[rows][order], keep[order])


@dataclass(frozen=True)
class _Lacking:
    """Wires that ask, and which sign they lack: bool (wires, n), for + and for −."""

    wires: Index
    plus: NDArray[np.bool_]
    minus: NDArray[np.bool_]


def _both(doubled: Fits, slots: Index, more: Sequence[Fits] = ()) -> Fits:
    """A neuron fits number i of these slots if it doubles it, and fits whatever more is asked."""

    def fits(numbers: Index, first: Index, count: int) -> Words:
        asked = (fit(numbers, first, count) for fit in more)
        return reduce(and_, asked, doubled(slots[numbers], first, count))

    return fits


def _sign(fits: Fits, flip: Words, asked: NDArray[np.bool_]) -> Fits:
    """A neuron fits if its edge is +, or − where flipped; where nothing is asked, all fit."""
    ignore = np.where(asked, np.uint64(0), np.uint64(2**64 - 1))
    return lambda slots, first, count: (fits(slots, first, count) ^ flip[slots]) | ignore[slots]
