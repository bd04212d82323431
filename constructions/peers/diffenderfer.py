"""P4: unary counts of ±1 weights (after Diffenderfer and Kailkhura 2021).

A weight V·2^−p is |V| neurons that each add ±x_j: no doubling, two layers per target layer, and a
width that grows like 2^p, that is polynomially in 1/ε. Random weights are ±1, so the ticket is one
of version 1, and computes the rounded target exactly.

What the paper (*Multi-Prize Lottery Ticket*) states (read in another's restatement, the depth
recalled): binary weights, width O(l·d^{3/2}/ε + l·d·log(ld/ε)), depth 2l. The failure bound here is
our own: a neuron of input j serves a sign of x_j and a sign of V with probability ¼, and P(Bin(B,
¼) < 2^p) by Chernoff.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import ctx
from numpy.typing import NDArray

from constructions.edges import Edges, Index
from constructions.errors import InputError, NoTicket
from constructions.networks.signs import SignNetwork
from constructions.numbers import PRECISION
from constructions.peers.plan import (
    SectionsPlan,
    block_of_signs,
    bound_too_few,
    failure_bound,
)
from constructions.peers.sections import ticket_of_sections
from constructions.plan import SignPlan
from constructions.progress import Progress, silent
from constructions.prune import begin
from constructions.quantize import quantize
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket

NAME = "diffenderfer"
_FIT = Fraction(1, 4)
_CELLS = 1 << 23  # signs in memory at one time
_MAX_BITS = 30


@dataclass(frozen=True)
class CountPlan(SectionsPlan, SignPlan):
    """The plan of unary counts; attributes as in SectionsPlan."""

    @property
    def construction(self) -> str:
        """The name of the construction."""
        return NAME

    @property
    def seconds(self) -> float:
        """What ``prune`` takes on one core, roughly: it looks at every outgoing sign."""
        outgoing = zip(self.widths[1::2], self.widths[2::2], strict=True)
        return 30e-9 * sum(a * b for a, b in outgoing)


def plan(request: Request) -> CountPlan:
    """Return the plan for targets of the given shape.

    ``request.samples`` sets the neurons B per input instead of the smallest number whose failure
    bound is δ. Raises InputError for p > 30 (a billion neurons per input).

    >>> plan(Request.of((2, 2, 1), "0.5", "0.1")).widths
    (2, 144, 2, 144, 1)
    """
    if request.precision.p > _MAX_BITS:
        raise InputError(f"eps = {request.eps}: p = {request.precision.p}, expected at most 30")
    needed, count = 2**request.precision.p, 2 * request.slots
    block = request.samples or block_of_signs(count, needed, _FIT, request.budget)
    with ctx.workprec(PRECISION):
        bound = failure_bound(bound_too_few(block, needed, _FIT) * count)
    return CountPlan(request, block, bound)


def prune(
    target: TargetNetwork, plan: CountPlan, network: SignNetwork, progress: Progress = silent
) -> Ticket:
    """Return the ticket, or raise NoTicket (event "count") naming the weight with too few."""
    begin(target, plan, network)
    edges: list[Edges] = []
    for i, V in enumerate(quantize(target, plan.precision), 1):
        parts = list(_section(plan, network, V.astype(np.int64), i, progress))
        edges += [
            Edges.join([first for first, _ in parts]),
            Edges.join([last for _, last in parts]),
        ]
    return ticket_of_sections(target, plan, network, edges)


def _section(
    plan: CountPlan, network: SignNetwork, V: NDArray[np.int64], i: int, progress: Progress
) -> Iterator[tuple[Edges, Edges]]:
    """Yield the kept edges of layers 2i−1 and 2i, a few inputs at a time."""
    outputs, inputs = V.shape
    block = plan.block
    step = max(1, _CELLS // (block * outputs))
    for first in range(0, inputs, step):
        progress(first, inputs, f"target layer {i} of {len(plan.dims) - 1}")
        J = np.arange(first, min(first + step, inputs))
        neurons = J[:, None] * block + np.arange(block)
        plus = network.windows(2 * i - 1, J, J * block, block)
        out = network.read(2 * i, neurons.ravel()).reshape(len(J), block, outputs)
        kept = np.zeros(out.shape, dtype=np.bool_)
        for part in plan.parts(i):
            here = plus if part > 0 else ~plus
            kept |= choose(here, out, part * V[:, J].T, 2 * i, J, "+" if part > 0 else "-")
        used = kept.any(axis=2)
        sources = np.broadcast_to(J[:, None], neurons.shape)[used]
        yield (
            Edges.from_pairs(sources, neurons[used]),
            Edges.from_mask(neurons.ravel(), kept.reshape(-1, outputs)),
        )


def choose(
    here: NDArray[np.bool_],
    out: NDArray[np.bool_],
    wanted: NDArray[np.int64],
    layer: int,
    inputs: Index,
    part: str,
) -> NDArray[np.bool_]:
    """Keep the first |V| edges of V's sign from the neurons of each input that carry its part.

    Parameters: here (J, B), out (J, B, d) True for +1, wanted (J, d); the rest names a failure.
    """
    fits = here[:, :, None] & (out == (wanted > 0)[:, None, :])
    count = np.cumsum(fits, axis=1, dtype=np.int64)
    short = count[:, -1, :] < np.abs(wanted)
    if short.any():
        j, o = map(int, np.argwhere(short)[0])
        raise NoTicket("count", layer, f"output {o}, input {inputs[j]}{part}")
    return np.asarray(fits & (count <= np.abs(wanted)[:, None, :]), dtype=np.bool_)
