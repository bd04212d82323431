"""SectionWalk: what the walks of S and S* have in common. Inputs as wires, carries, the offset.

The layers of a section have a block U, which carries the wires u, and another behind it. Three
layers make the offset: sums of those u whose edges happen to be +; one neuron that adds up these
sums, γ_j·u_j of every u_j; copies of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from constructions.edges import Edges, Index
from constructions.errors import NoTicket
from constructions.input_groups import read_by_wires
from constructions.networks.signs import Words, pack
from constructions.pool import Fits
from constructions.sections import Part, SectionPlan
from constructions.walk import LayerWalk


class SectionWalk(LayerWalk):
    """A walk through sections, layer by layer."""

    plan: SectionPlan

    def inputs(self) -> Index:
        """Hold the inputs as wires u ≥ 0: themselves, split (H2), or in input groups (H4)."""
        d, c = self.plan.dims[0], self.plan.c
        inputs = np.arange(d)
        if self.plan.nonnegative:
            return inputs
        layer, source = self.next_layer(), np.tile(inputs, 2)
        halves = self.serve_all("split", 2 * d, self.split_signs(layer, source, d))
        self.edges.append(Edges.from_pairs(source, halves))
        self.generations.append((layer, "split"))
        if not c:
            return halves
        layer, read = self.next_layer(), read_by_wires(d, c)
        # A last group that is smaller: its wires ask the same edges twice.
        table = halves[np.array([row + row[:1] * (c - len(row)) for row in read])]
        wires = self.serve_all("inputs", len(read), self.all_plus(layer, *table.T))
        sizes = [len(row) for row in read]
        kept = np.arange(c) < np.array(sizes)[:, None]
        self.edges.append(Edges.from_pairs(table[kept], np.repeat(wires, sizes)))
        return wires

    def serve_all(self, event: str, slots: int, fits: Fits) -> Index:
        """Serve slots from a whole layer."""
        self.blocks = {"all": (0, self.plan.widths[self.layer])}
        return self.serve(event, "all", slots, fits)

    def enter(self, part: Part) -> None:
        """Begin a section: block U is its own."""
        self.blocks = {"U": (0, self.plan.size_U(part))}

    def carry(self, u: Index) -> tuple[int, Index]:
        """Step to the next layer and hold every u_j there, in U."""
        layer = self.next_layer()
        return layer, self.serve("carry", "U", len(u), self.plus(layer, u))

    def offset(self, u: Index, gamma: int) -> tuple[Index, Index]:
        """Build Σ_j γ·u_j in one neuron, in two layers; return u there and the neuron.

        Every u_j keeps the edges to the first γ of the sums that reach both.
        """
        first = self.blocks["U"][1]
        sums = first + np.arange(self.plan.g)
        layer, carried = self.carry(u)
        into = self.signs.read(layer, u, first, first + len(sums))
        after, twice = self.carry(carried)
        into &= self.signs.read(after, sums, first, first + 1)[:, 0]
        counts = np.cumsum(into, axis=1)
        if counts[:, -1].min() < gamma:
            j = int(counts[:, -1].argmin())
            reached = f"input {j}, which reaches it {counts[j, -1]} times"
            raise NoTicket("offset", after, reached)
        row, column = np.nonzero(into & (counts <= gamma))
        used, place = np.unique(column), np.array([first])
        self.edges.append(
            Edges.from_pairs(np.concatenate([u, u[row]]), np.concatenate([carried, sums[column]]))
        )
        ends = np.concatenate([twice, np.repeat(place, len(used))])
        self.edges.append(Edges.from_pairs(np.concatenate([carried, sums[used]]), ends))
        return twice, place

    def copies(self, u: Index, offset: Index, members: Index) -> tuple[Index, Index]:
        """Hold copies of the offset; return u there and, for every member, one with a + to it.

        Members are neurons of the next layer, increasing.
        """
        layer, carried = self.carry(u)
        first = self.blocks["U"][1]
        fit = first + np.flatnonzero(self.signs.read(layer, offset, first)[0])
        lo, hi = int(members[0]), int(members[-1]) + 1
        plus = self.signs.read(layer + 1, fit, lo, hi)[:, members - lo]
        found = plus.any(axis=0)
        if not found.all():
            member = int(np.argmin(found))
            raise NoTicket("copy", layer, f"member {member} of {len(members)}")
        chosen: Index = fit[plus.argmax(axis=0)]
        used = np.unique(chosen)
        carry = Edges.from_pairs(u, carried)
        self.edges.append(Edges.join([carry, Edges.from_pairs(np.repeat(offset, len(used)), used)]))
        return carried, chosen

    def digit_signs(self, layer: int, u: Index, targets: Index) -> NDArray[np.bool_]:
        """Return the signs from wires u to neurons, (wires, neurons), True for +."""
        lo, hi = int(targets.min()), int(targets.max()) + 1
        return np.take(self.signs.read(layer, u, lo, hi), targets - lo, axis=1)

    def difference(self, plus: Index, minus: Index) -> Index:
        """Hold σ(a − b), a in plus[i] and b in minus[i], anywhere in the next layer: the units."""
        layer, n = self.next_layer(), len(plus)
        own, other = self.plus(layer, plus), self.plus(layer, minus)
        y = self.serve_all("read-out", n, lambda *where: own(*where) & ~other(*where))
        self.edges.append(Edges.from_pairs(np.concatenate([plus, minus]), np.tile(y, 2)))
        self.generations.append((layer, "unit"))
        self.units.append(y)
        return y

    def to_outputs(self, fits: Fits) -> Fits:
        """A neuron of the last hidden layer fits slot i if it does, and has a + to output i."""
        L, N = self.plan.L, self.plan.widths[self.layer]

        def fitting(slots: Index, first: Index, count: int) -> Words:
            neurons = (256 * first[:, None] + np.arange(256 * count)).clip(max=N - 1)
            return fits(slots, first, count) & pack(self.signs.edges(L, neurons, slots[:, None]))

        return fitting


def cover(fits: NDArray[np.bool_]) -> Index | None:
    """Return for every column a row where it is true, few rows in all; None if one has none.

    >>> cover(np.array([[True, False], [True, True]]))
    array([1, 1])
    """
    if not fits.any(axis=0).all():
        return None
    chosen = np.full(fits.shape[1], -1, dtype=np.int64)
    while (chosen < 0).any():
        open_ = chosen < 0
        row = int(np.count_nonzero(fits[:, open_], axis=1).argmax())
        chosen[open_ & fits[row]] = row
    return chosen
