"""LayerWalk: going through the layers of a random network once, collecting what is kept.

The constructions share this: a layer counter, the lists that become a ticket, and the three ways
in which a neuron fits a slot.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

import numpy as np

from constructions.edges import Edges, Index
from constructions.errors import NoTicket
from constructions.networks.signs import SignNetwork
from constructions.plan import SignPlan
from constructions.pool import Fits, PoolExhausted, serve
from constructions.progress import Progress
from constructions.ticket import Generation


class LayerWalk:
    """The state of a construction: ``layer`` is the last layer that has been looked at.

    Subclasses name the blocks of a hidden layer: ``blocks[name] = (first, end)``.
    """

    blocks: dict[str, tuple[int, int]]

    def __init__(self, plan: SignPlan, network: SignNetwork, progress: Progress) -> None:
        self.plan, self.signs, self.progress = plan, network, progress
        self.layer = 0
        self.edges: list[Edges] = []
        self.units: list[Index] = []
        self.generations: list[Generation] = []

    def next_layer(self) -> int:
        """Step to the next layer and return its number t."""
        self.layer += 1
        return self.layer

    def plus(self, layer: int, source: Index) -> Fits:
        """A neuron fits slot i if its edge from source[i] is +."""
        return lambda slots, first, count: self.signs.block_windows(
            layer, source[slots], first, count
        )

    def all_plus(self, layer: int, *sources: Index) -> Fits:
        """A neuron fits slot i if its edges from source[i] are +, for each of these sources."""
        fits = [self.plus(layer, source) for source in sources]
        return lambda slots, first, count: reduce(and_, (fit(slots, first, count) for fit in fits))

    def split_signs(self, layer: int, source: Index, positive: int) -> Fits:
        """The first ``positive`` slots need + from their sources, the others − (H2)."""
        flip = np.zeros((len(source), 1), dtype=np.uint64)
        flip[positive:] = 2**64 - 1
        fits = self.plus(layer, source)
        return lambda slots, first, count: fits(slots, first, count) ^ flip[slots]

    def serve(
        self, event: str, block: str, slots: int, fits: Fits, pool: Index | None = None
    ) -> Index:
        """Serve slots from a block, or from a pool in it; raise NoTicket naming the event."""
        pool = np.arange(*self.blocks[block]) if pool is None else pool
        try:
            return serve(slots, pool, fits, -(-self.plan.widths[self.layer] // 256))
        except PoolExhausted as failure:
            slot = f"slot {failure.slot} of {slots} in block {block}"
            raise NoTicket(event, self.layer, slot) from None
