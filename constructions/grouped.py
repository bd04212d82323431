"""Construction S*: groups of k neurons in base −2. Width m + n·k/(k−1), plus lower order (S*4).

Where S holds every accumulator in two halves, S* lets k − 1 accumulators and one reference form a
group of k neurons. A new member keeps + edges from all old members but its own, and a − edge from
that one, so its difference to any other member doubles and changes sign: the digits of a weight are
digits in base −2, and every sign of an edge will do (E1). Each hidden layer of a section has two
blocks of neurons: U carries the m inputs u, A holds the G = ⌈n/(k−1)⌉ groups. The layers are

- sums, offset, copies: g neurons of A add up inputs whose edges happen to be +, one neuron adds up
  those sums, others copy it: so every member starts at Σ_j 3u_j, and no pre-activation is ever
  negative (S*3);
- stages t = 1…K: digit b = K − t of every weight is added through an edge from u_j;
- read-out: y_o = σ(a_o − r), r the reference of o's group (S*1), anywhere in the layer.

The output layer keeps a_o with an outgoing + and subtracts r, held once for several outputs.

Signed inputs are split (H2), or held in input groups, c + 1 wires for c inputs and not 2c (H4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from constructions.edges import Edges, Index
from constructions.errors import NoTicket
from constructions.expansion import add_negative, digit, integer_type
from constructions.grouped_plan import NAME, OFFSET, GroupedPlan, plan, plan_of_groups
from constructions.input_groups import over_wires
from constructions.networks.signs import SignNetwork, Words
from constructions.pool import Fits
from constructions.progress import Progress, silent
from constructions.prune import begin, section_matrices
from constructions.rounding import Integers
from constructions.section_walk import SectionWalk, cover
from constructions.sections import Part
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket

__all__ = ["NAME", "GroupedPlan", "plan", "plan_of_groups", "prune"]

_CHUNK_BITS = 1 << 23  # signs unpacked at one time


def prune(
    target: TargetNetwork, plan: GroupedPlan, network: SignNetwork, progress: Progress = silent
) -> Ticket:
    """Find the target in the random network and return the ticket (S*1–S*4).

    Parameters
    ----------
    target : a network with plan.dims, whose rounded weights are at most 2^p
    plan : from :func:`plan` or :func:`plan_of_groups`
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
        groups = builder.accumulate(part, V, u)
        if part.last:
            builder.output(part, groups)
        else:
            u = builder.read_out(part, groups)
    return Ticket.of_plan(target, plan, network, builder.edges, builder.units, builder.generations)


@dataclass(frozen=True)
class _Stage:
    """Where everything is before and after a stage; None where there is nothing.

    u, next_u are int64 (m,); old, new are int64 (G, k), the reference of each group last. ``copy``,
    int64 (kG,), is the copy from which each member starts.
    """

    layer: int
    u: Index
    next_u: Index | None
    new: Index
    old: Index | None = None
    copy: Index | None = None


class _Builder(SectionWalk):
    plan: GroupedPlan

    def accumulate(self, part: Part, V: Integers, u: Index) -> Index:
        """Build Σ_j V_oj u_j as the difference of member o and its group's reference (S*1).

        V has shape (n, m). Returns the neurons of the groups, shape (G, k), the reference last.
        """
        k, groups = self.plan.k, self.plan.groups(part)
        self.enter(part)
        self.blocks["A"] = (self.plan.size_U(part), self.plan.width(part))
        u, offset = self.offset(u, OFFSET)
        members = self.blocks["A"][0] + np.arange(k * groups).reshape(groups, k)  # fixed places
        carried, copy = self.copies(u, offset, members.ravel())
        stages = self._match(carried, members, copy)
        # E1 works on V + R + N, a column per member; references and missing outputs have V = 0.
        wanted = np.zeros((len(u), groups, k), dtype=integer_type(self.plan.K))
        outputs = np.zeros((len(u), groups * (k - 1)), dtype=wanted.dtype)
        outputs[:, : part.n] = V.T
        wanted[:, :, :-1] = outputs.reshape(len(u), groups, k - 1)
        shifted = self._shift(part, stages, wanted).reshape(len(u), -1)
        for stage, b in zip(stages, reversed(range(self.plan.K)), strict=True):
            self.edges.append(self._stage_edges(stage, b, shifted))
            self.progress(stage.layer, self.plan.L, "keeping edges")
        return stages[-1].new

    def read_out(self, part: Part, groups: Index) -> Index:
        """Hold y_o = σ(a_o − r), r its group's reference, anywhere in the layer (S*1)."""
        return self.difference(*self._outputs(part, groups))

    def output(self, part: Part, groups: Index) -> None:
        """Hold a_o once for every output, and each reference for the outputs that subtract it."""
        layer, N, L = self.next_layer(), self.plan.width_of_output, self.plan.L
        own, reference = self._outputs(part, groups)
        numbers = np.arange(N)
        y = self.serve_all("output", part.n, self.to_outputs(self.plus(layer, own)))
        unused = np.ones(N, dtype=np.bool_)
        unused[y] = False
        sources, targets = [own], [y]
        subtracted = np.empty(part.n, dtype=np.int64)
        for first in range(0, part.n, self.plan.k - 1):
            several = np.arange(first, min(first + self.plan.k - 1, part.n))
            fit = unused & self.signs.read(layer, reference[several[:1]])[0]
            fitting = numbers[fit]
            minus = ~self.signs.edges(L, fitting[:, None], several)
            held = cover(minus)
            if held is None:
                lacking = several[~minus.any(axis=0)]
                raise NoTicket("output", layer, f"the reference of output {lacking[0]}")
            subtracted[several] = fitting[held]
            place = np.unique(fitting[held])
            unused[place] = False
            sources.append(np.repeat(reference[several[:1]], len(place)))
            targets.append(place)
        self.edges.append(Edges.from_pairs(np.concatenate(sources), np.concatenate(targets)))
        self.next_layer()
        outputs = np.tile(np.arange(part.n), 2)
        self.edges.append(Edges.from_pairs(np.concatenate([y, subtracted]), outputs))

    # -- the layers of a section -------------------------------------------------------------

    def _match(self, u: Index, members: Index, copy: Index) -> list[_Stage]:
        """Find the neurons of all K stages; the digits' signs (U → A) play no part in it."""
        stages: list[_Stage] = []
        for t in range(1, self.plan.K + 1):
            if t < self.plan.K:
                layer, next_u = self.carry(u)
            else:
                layer, next_u = self.next_layer(), None
            if t == 1:
                stages.append(_Stage(layer, u, next_u, members, copy=copy))
            else:
                new = self.serve("double", "A", members.size, self._patterns(layer, members))
                new = new.reshape(members.shape)
                stages.append(_Stage(layer, u, next_u, new, old=members))
                members = new
            self.progress(layer, self.plan.L, "serving slots")
            u = u if next_u is None else next_u
        return stages

    def _patterns(self, layer: int, members: Index) -> Fits:
        """Member i of a group needs + from its old members but i, and − from i."""
        k = members.shape[1]

        def fits(slots: Index, first: Index, count: int) -> Words:
            found = np.full((len(slots), 4 * count), 2**64 - 1, dtype=np.uint64)
            for h in range(k):
                words = self.signs.block_windows(layer, members[slots // k, h], first, count)
                own = np.where(slots % k == h, np.uint64(2**64 - 1), np.uint64(0))
                found &= words ^ own[:, None]
            return found

        return fits

    def _outputs(self, part: Part, groups: Index) -> tuple[Index, Index]:
        """Return each output's accumulator and its reference."""
        own = groups[:, :-1].ravel()[: part.n]
        return own, np.repeat(groups[:, -1], self.plan.k - 1)[: part.n]

    # -- digits ------------------------------------------------------------------------------

    def _shift(self, part: Part, stages: list[_Stage], wanted: Integers) -> Integers:
        """Return V + R + N(s′), s′ a weight's digit signs and R common to its group (S*2)."""
        K, plan = self.plan.K, self.plan
        negative = np.zeros_like(wanted)
        for stage, b in zip(stages, reversed(range(K)), strict=True):
            for rows, plus in self._digit_signs(stage):
                sign = plus.reshape(len(rows), *wanted.shape[1:])
                negative[rows] = add_negative(negative[rows], b, sign if b % 2 == 0 else ~sign)
        # Whether every |V| ≤ 2^{p+q} of the class can be reached, not this one alone.
        bits = plan.p + plan.extra_bits(part)
        room = np.array([2**K - 1 - 2 ** int(v) for v in bits], dtype=wanted.dtype)[:, None]
        others, reference = negative[:, :, :-1], negative[:, :, -1]
        high, low = others.max(axis=2), others.min(axis=2)
        twice = np.array([2**K - 1 - 2 ** (int(v) + 1) for v in bits], dtype=wanted.dtype)[:, None]
        reached = high - low <= twice
        reached &= (high - reference <= room) & (reference - low <= room)
        if not reached.all():
            j, group = np.argwhere(~reached)[0]
            raise NoTicket("range", stages[0].layer, f"the digits of input {j} for group {group}")
        least_R = (-negative - wanted).max(axis=2)
        most_R = (2**K - 1 - negative - wanted).min(axis=2)
        R = np.minimum(np.maximum(least_R, 0), most_R)
        shifted: Integers = wanted + R[:, :, None] + negative
        return shifted

    def _digit_signs(self, stage: _Stage) -> Iterator[tuple[Index, NDArray[np.bool_]]]:
        """Yield (rows j in order of their neurons, signs u_j → members, in the members' order)."""
        order = np.argsort(stage.u)
        step = max(1, _CHUNK_BITS // self.blocks["A"][1])
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            yield rows, self.digit_signs(stage.layer, stage.u[rows], stage.new.ravel())

    def _stage_edges(self, stage: _Stage, b: int, shifted: Integers) -> Edges:
        parts, members = [], stage.new.ravel()
        for rows, plus in self._digit_signs(stage):
            keep = np.zeros((len(rows), self.blocks["A"][1]), dtype=np.bool_)
            keep[:, members] = digit(shifted[rows], b, plus if b % 2 == 0 else ~plus)
            if stage.next_u is not None:
                keep[np.arange(len(rows)), stage.next_u[rows]] = True
            parts.append(Edges.from_mask(stage.u[rows], keep))
        if stage.old is not None:
            groups, k = stage.new.shape
            sources = np.repeat(stage.old.ravel(), k)
            targets = np.broadcast_to(stage.new[:, None, :], (groups, k, k)).ravel()
            parts.append(Edges.from_pairs(sources, targets))
        if stage.copy is not None:
            parts.append(Edges.from_pairs(stage.copy, members))
        return Edges.join(parts)
