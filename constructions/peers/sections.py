"""Finding a ticket with two random layers per target layer, whatever the weights are.

Target layer i becomes layers 2i−1 and 2i. Each neuron of layer 2i−1 keeps at most one edge, from
the input in whose block it stands: σ(a·x_j) = |a|·σ(±x_j). Layer 2i adds b·|a|·σ(±x_j) for the
edges b that are kept. So for every output o, input j and sign of x_j a construction has to choose,
among the products |a|·b of the neurons with that sign of a, some that add up to the weight: its
``choose``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from constructions.edges import Edges, Index
from constructions.errors import InputError, NoTicket
from constructions.networks.network import RandomNetwork
from constructions.networks.weights import WeightNetwork
from constructions.peers.plan import PeerPlan, SectionsPlan
from constructions.progress import Progress
from constructions.prune import begin
from constructions.targets.target import TargetNetwork
from constructions.ticket import Generation, Ticket

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]

_CELLS = 1 << 22  # weights b in memory at one time


class SlotFailed(Exception):
    """A construction cannot serve slot (input j of the task, output o) for the reason ``event``."""

    def __init__(self, event: str, j: int, o: int) -> None:
        self.event, self.j, self.o = event, j, o
        super().__init__(event, j, o)


@dataclass(frozen=True, eq=False)
class Task:
    """The slots of J inputs with one sign, for all outputs of a target layer.

    Attributes
    ----------
    a : float64 (J, B): |a| of the block's neurons where a has the sign of this part, else 0
    b : float64 (J, B, d): from these neurons to the d outputs
    wanted : float64 (J, d): the weights to be reached, ±W_oj/2^{k+c}
    tolerance : the error allowed to each
    """

    a: Floats
    b: Floats
    wanted: Floats
    tolerance: float

    @property
    def products(self) -> Floats:
        """The products |a|·b, float64 (J, B, d), 0 where the neuron has the other sign."""
        return self.a[:, :, None] * self.b


Choose = Callable[[Task], Masks]  # the kept edges b, booleans (J, B, d); raises SlotFailed


def prune_sections(
    target: TargetNetwork,
    plan: PeerPlan,
    network: WeightNetwork,
    choose: Choose,
    wanted: list[Floats],
    progress: Progress,
) -> Ticket:
    """Return the ticket, ``wanted`` being the matrices (d_i, d_{i−1}) that products shall reach.

    Raises InputError unless target, plan and network belong together; NoTicket if ``choose`` fails.
    """
    begin(target, plan, network)
    edges: list[Edges] = []
    for i in range(1, len(plan.dims)):
        ins, outs = [], []
        for part_in, part_out in _section(plan, network, choose, wanted[i - 1], i, progress):
            ins.append(part_in)
            outs.append(part_out)
        edges += [Edges.join(ins), Edges.join(outs)]
    return ticket_of_sections(target, plan, network, edges)


def ticket_of_sections(
    target: TargetNetwork, plan: SectionsPlan, network: RandomNetwork, edges: list[Edges]
) -> Ticket:
    """Return the ticket with two layers per target layer that a peer found by its plan."""
    generations: list[Generation] = [(2 * i, "unit") for i in range(1, len(plan.dims) - 1)]
    if not plan.nonnegative:
        generations.insert(0, (1, "split"))
    units: list[Index] = [np.arange(d, dtype=np.int64) for d in plan.dims[1:-1]]
    return Ticket.of_plan(target, plan, network, edges, units, generations)


def scaled_weights(target: TargetNetwork, plan: PeerPlan) -> list[Floats]:
    """Return W_i/2^{k_i+c}, exactly but for underflow; raise InputError if beyond plan.largest."""
    matrices = []
    for i, (W, shift) in enumerate(zip(target.weights, plan.layer_scale_log2, strict=True), 1):
        scaled = np.ldexp(W, shift)
        if np.abs(scaled).max() > plan.largest:
            raise InputError(
                f"layer {i}: a weight above the plan's 2^{plan.precision.exponents[i - 1]}; "
                "make the plan for this target"
            )
        matrices.append(scaled)
    return matrices


def _section(
    plan: PeerPlan,
    network: WeightNetwork,
    choose: Choose,
    wanted: Floats,
    i: int,
    progress: Progress,
) -> Iterator[tuple[Edges, Edges]]:
    """Yield the kept edges of layers 2i−1 and 2i, a few inputs at a time."""
    block, outputs, inputs = plan.block, plan.dims[i], plan.dims[i - 1]
    step = max(1, _CELLS // (block * outputs))
    columns = max(1, _CELLS // (block * step))
    for first in range(0, inputs, step):
        progress(first, inputs, f"target layer {i} of {len(plan.dims) - 1}")
        J = np.arange(first, min(first + step, inputs))
        neurons = J[:, None] * block + np.arange(block)
        a = network.values(2 * i - 1, J[:, None], neurons)
        kept = np.zeros((*neurons.shape, outputs), dtype=np.bool_)
        for lo in range(0, outputs, columns):
            hi = min(lo + columns, outputs)
            b = network.weights(2 * i, neurons.ravel(), lo, hi).reshape(*neurons.shape, hi - lo)
            for sign in plan.parts(i):
                magnitude = np.where(sign * a > 0, np.abs(a), 0.0)
                task = Task(magnitude, b, sign * wanted[lo:hi, J].T, plan.tolerance(i))
                try:
                    kept[:, :, lo:hi] |= choose(task)
                except SlotFailed as failure:
                    where = f"input {J[failure.j]}{'+' if sign > 0 else '-'}"
                    slot = f"output {lo + failure.o}, {where}"
                    raise NoTicket(failure.event, 2 * i, slot) from None
        used = kept.any(axis=2)
        sources = np.broadcast_to(J[:, None], neurons.shape)[used]
        flat = kept.reshape(-1, outputs)
        yield (
            Edges.from_pairs(sources, neurons[used]),
            Edges.from_mask(neurons.ravel(), flat),
        )
