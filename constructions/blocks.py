"""Construction B: binary expansion with redundant blocks, our form of the paper's (B1–B5).

Source: Sreenivasan, Rajput, Sohn, Papailiopoulos, arXiv 2110.08996.

Wires 2^b u_j, b = 0…p, each held in a block of B neurons. A neuron of a block is alive if it has
the + edges from the designated live neuron of the layer before (identity: one) or from the two
designated ones (doubling). Block (j, b) is doubled at step t = b of a section and carried after.
A read-out neuron adds up ±2^b u_j over the set bits of |V_oj|, each from a live copy whose edge to
it has the sign of V_oj. A hidden unit has two candidate read-out neurons, at places 2o and 2o+1,
which are the designated pair of the next section.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from constructions import exact
from constructions.edges import Edges, Index
from constructions.errors import InputError, NoTicket
from constructions.networks.signs import SignNetwork, Words, pack, unpack
from constructions.numbers import HALF, PRECISION, THREE_QUARTERS, ball, total
from constructions.plan import Slack, SlackPlan
from constructions.progress import Progress, silent
from constructions.prune import begin, section_matrices
from constructions.rates import Rate, Scale
from constructions.request import Request
from constructions.rounding import Integers
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket
from constructions.walk import LayerWalk

NAME = "blocks"

Bits = NDArray[np.bool_]
_CHUNK = 1 << 14  # wires whose blocks are looked at at one time


@dataclass(frozen=True)
class BlocksPlan(SlackPlan):
    """The plan of construction B: N = max m_i·(p + 1)·B, L = 1 + l(p + 1) (B4). It has p ≥ 1.

    Attributes, besides the request
    -------------------------------
    B : neurons per block
    """

    SLACKS = (Slack("B", "block size B", least=2),)

    B: int

    @property
    def construction(self) -> str:
        """Construction B, "blocks"."""
        return NAME

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """(d_0, N, …, N, d_l) with N = max m_i·(p + 1)·B and L = 1 + l(p + 1)."""
        N = max(s.m for s in self.sections) * (self.p + 1) * self.B
        return (self.dims[0], *(N,) * (len(self.sections) * (self.p + 1)), self.dims[-1])

    def failure_bounds(self) -> dict[str, arb]:
        """Return a bound on the probability of each failure event, as balls (B3).

        "alive": a block with fewer than two live neurons in a layer that doubles or carries it,
        (m_1 + Σ_i m_i·p(p + 3)/2)·(3/4)^B (1 + B/3).
        "copies": a wire without a live copy of some sign at some candidate,
        2(p + 1)(Σ_{i<l} 2m_i n_i + m_l n_l)·(7/8)^B.
        """
        sections, p, B = self.sections, self.p, self.B
        blocks = sections[0].m + sum(s.m * p * (p + 3) // 2 for s in sections)
        readers = sum(2 * s.m * s.n for s in sections[:-1]) + sections[-1].m * sections[-1].n
        with ctx.workprec(PRECISION):
            return {
                "alive": blocks * (arb(3) / 4) ** B * (1 + arb(B) / 3),
                "copies": 2 * (p + 1) * readers * (arb(7) / 8) ** B,
            }

    def exact_failure(self) -> arb:
        """Return the probability that a draw has no ticket, as a ball.

        Blocks of the split and of steps 1…p−1 have two live neurons, those of the last step also
        their copies. A neuron of a carried block is alive with ½, of a doubled one with ¼.
        """
        sections, p, B = self.sections, self.p, self.B
        with ctx.workprec(PRECISION):
            good = exact.two_live(B, HALF) ** sections[0].m
            for i, s in enumerate(sections):
                readers = s.n if i == len(sections) - 1 else 2 * s.n
                good *= exact.two_live(B, HALF) ** (s.m * (p * (p - 1) // 2))
                good *= exact.two_live(B, THREE_QUARTERS) ** (s.m * (p - 1))
                good *= exact.copies(B, HALF, readers) ** (s.m * p)
                good *= exact.copies(B, THREE_QUARTERS, readers) ** s.m
            return 1 - good


def _width_factors(plan: BlocksPlan, scale: Scale) -> dict[str, float]:
    log = scale.log_dl_delta
    return {
        "m/d (the inputs' ± split)": max(s.m for s in plan.sections) / scale.d,
        "(p+1)/log": (plan.p + 1) / log,
        "B/log": plan.B / log,
    }


def _depth_factors(plan: BlocksPlan, scale: Scale) -> dict[str, float]:
    unit = scale.depth * scale.log_dl
    return {
        "p": scale.depth * plan.p / unit,
        "read-out": scale.depth / unit,
        "input split": 1 / unit,
    }


RATES = (  # for ε, δ ≤ ½
    Rate(
        "B5",
        "C",
        "N",
        Fraction(28),
        "N ≤ C·d·log₂²(dl/(εδ))",
        r"N\le C\,d\log_2^2\frac{dl}{\varepsilon\delta}",
        lambda scale: 0.0,
        lambda scale: scale.d * scale.log_dl_delta**2,
        _width_factors,
    ),
    Rate(
        "B5",
        "C'",
        "L",
        Fraction(3),
        "L ≤ C'·l·log₂(dl/ε)",
        r"L\le C'\,l\log_2\frac{dl}\varepsilon",
        lambda scale: 0.0,
        lambda scale: scale.depth * scale.log_dl,
        _depth_factors,
    ),
)


def plan(request: Request) -> BlocksPlan:
    """Return the smallest plan of construction B (B4).

    >>> made = plan(Request.of((784, 500, 10), 0.01, 0.01))
    >>> made.B, made.N, made.L
    (169, 4769856, 37)
    """
    bits = request.precision
    if bits.p < 1:
        # The scales p_i = p − k_i stay: weights that round to at most 2^0 may not to at most 2^1.
        bits = replace(bits, p=1, exponents=tuple(k + 1 - bits.p for k in bits.exponents))
    made, goal = BlocksPlan(replace(request, precision=bits), 2), ball(request.budget)
    while not total(made.failure_bounds()) <= goal:  # upward: the bound is not monotone
        made = made.with_slacks(B=made.B + 1)
    return made


def prune(
    target: TargetNetwork, plan: BlocksPlan, network: SignNetwork, progress: Progress = silent
) -> Ticket:
    """Find the target in the random network and return the ticket (B3, B4).

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
    if not all(units.n * 2 <= plan.N for units in plan.sections[:-1]):
        raise InputError("plan: its layers are too narrow for two candidates a hidden unit")
    builder = _Builder(plan, network, progress)
    pair = builder.split()
    matrices = section_matrices(target, plan)
    for i, V in enumerate(matrices, 1):
        hidden = i < len(matrices)
        live = builder.expand(pair)
        builder.read_out(V, live, candidates=2 if hidden else 1)
        if hidden:
            places = 2 * np.arange(len(V))
            builder.generations.append((builder.layer, "unit"))
            builder.units.append(places)
            pair = (places, places + 1)
    return Ticket.of_plan(target, plan, network, builder.edges, builder.units, builder.generations)


@dataclass(frozen=True)
class _Copies:
    """The last step of a section, whose live neurons the read-out chooses from.

    wires : (p+1)·m blocks, number b·m + j; ``start`` their first neurons, ``live`` (wires, B)
    first, second : the designated neurons that feed them, per wire (−1: no second one)
    """

    start: Index
    live: Bits
    first: Index
    second: Index


class _Builder(LayerWalk):
    plan: BlocksPlan

    def __init__(self, plan: BlocksPlan, network: SignNetwork, progress: Progress) -> None:
        super().__init__(plan, network, progress)
        self.blocks = {"all": (0, plan.N)}

    def start_of(self, j: Index, b: int) -> Index:
        """Return the first neuron of the blocks (j, b); (j, b) and (j, b+1) are neighbours."""
        return (j * (self.plan.p + 1) + b) * self.plan.B

    def split(self) -> tuple[Index, Index]:
        """Hold every σ(±x_j), or x_j if the inputs are ≥ 0, in the blocks (j, 0) (H2)."""
        layer, d = self.next_layer(), self.plan.dims[0]
        x = np.arange(d) if self.plan.nonnegative else np.tile(np.arange(d), 2)
        start = self.start_of(np.arange(len(x)), 0)
        live = self.signs.windows(layer, x, start, self.plan.B)
        live[d:] ^= True
        first, second = self._designate(live, start, "the input split")
        self.edges.append(Edges.from_pairs(np.tile(x, 2), np.concatenate([first, second])))
        if not self.plan.nonnegative:
            self.generations.append((layer, "split"))
        return first, second

    def expand(self, pair: tuple[Index, Index]) -> _Copies:
        """Make the blocks (j, b), b = 0…p, in p steps from two neurons that hold each u_j."""
        m, p = len(pair[0]), self.plan.p
        j = np.arange(m)
        carried, top = pair[0][None], pair  # designated: (t, m) for b < t, and the top pair
        for t in range(1, p + 1):
            layer = self.next_layer()
            old = np.concatenate([carried[:-1].ravel(), top[0]])  # of the wires b = 0…t−1
            start = np.concatenate([self.start_of(j, b) for b in range(t + 1)])
            first_source = np.concatenate([old, top[0]])
            second_source = np.concatenate([np.full(t * m, -1), top[1]])
            live = self._alive(layer, old, start[: t * m], top, start[t * m :])
            if t == p:
                self._designate(live, start, f"step {t}")
                return _Copies(start, live, first_source, second_source)
            first, second = self._designate(live, start, f"step {t}")
            doubled = slice(t * m, None)
            sources = [first_source, top[1], top[0], top[1]]
            targets = [first, first[doubled], second[doubled], second[doubled]]
            self.edges.append(Edges.from_pairs(np.concatenate(sources), np.concatenate(targets)))
            carried, top = first.reshape(t + 1, m), (first[doubled], second[doubled])
            self.progress(layer, self.plan.L, "doubling")
        raise AssertionError("p is at least 1")

    def read_out(self, V: Integers, copies: _Copies, candidates: int) -> None:
        """Keep, for every set bit of |V_oj|, the first live copy whose edge to o has V's sign (B2).

        So a weight V_oj is the sum of its bits' wires (B1).
        """
        feeding, layer = self.layer, self.next_layer()
        readers, (wires, B) = candidates * len(V), copies.live.shape
        words = -(-readers // 64)
        want_plus, want_minus = self._wanted(V, candidates)
        valid = pack(np.ones(readers, dtype=np.bool_))
        missing_plus = np.tile(valid, (wires, 1))
        missing_minus = missing_plus.copy()
        rank = np.argsort(~copies.live, axis=1, kind="stable")  # live copies first, in order
        count = np.count_nonzero(copies.live, axis=1)
        parts, used = [], []
        open_wires = np.arange(wires)
        for turn in range(B):
            exhausted = count[open_wires] <= turn
            if exhausted.any():
                w = int(open_wires[exhausted][0])
                b, j = divmod(w, V.shape[1])
                raise NoTicket("copies", layer, f"the wire 2^{b}·u_{j}: no live copy of some sign")
            source = copies.start[open_wires] + rank[open_wires, turn]
            plus = self.signs.words(layer, source, 0, words)
            now_plus = plus & missing_plus[open_wires]
            now_minus = ~plus & missing_minus[open_wires]
            missing_plus[open_wires] ^= now_plus
            missing_minus[open_wires] ^= now_minus
            kept = now_plus & want_plus[open_wires] | now_minus & want_minus[open_wires]
            some = kept.any(axis=1)
            parts.append(_edges_of_words(source[some], kept[some], readers))
            used.append((open_wires[some], source[some]))
            self.progress(layer, self.plan.L, "reading out")
            left = (missing_plus[open_wires] | missing_minus[open_wires]).any(axis=1)
            open_wires = open_wires[left]
            if len(open_wires) == 0:
                break
        else:
            raise NoTicket("copies", layer, "a wire without a live copy of some sign")
        self.edges.append(self._feed(feeding, copies, used))
        self.edges.append(Edges.join(parts))

    def _feed(self, layer: int, copies: _Copies, used: list[tuple[Index, Index]]) -> Edges:
        """Keep the edges into the copies that the read-out uses."""
        wire = np.concatenate([w for w, _ in used])
        copy = np.concatenate([c for _, c in used])
        second = copies.second[wire]
        doubled = second >= 0
        sources = np.concatenate([copies.first[wire], second[doubled]])
        return Edges.from_pairs(sources, np.concatenate([copy, copy[doubled]]))

    def _wanted(self, V: Integers, candidates: int) -> tuple[Words, Words]:
        """Return, per wire b·m + j, the readers that want +2^b u_j and −2^b u_j, packed."""
        magnitude: Integers = np.abs(V.T)
        positive = V.T > 0
        plus, minus = [], []
        for b in range(self.plan.p + 1):
            bit = ((magnitude >> b) & 1).astype(np.bool_)
            plus.append(pack(np.repeat(bit & positive, candidates, axis=1)))
            minus.append(pack(np.repeat(bit & ~positive, candidates, axis=1)))
        return np.concatenate(plus), np.concatenate(minus)

    def _alive(
        self, layer: int, old: Index, start: Index, top: tuple[Index, Index], doubled: Index
    ) -> Bits:
        """Return which neurons are alive: carried blocks, then doubled ones, shape (blocks, B)."""
        m, B = len(doubled), self.plan.B
        carried = len(old) - m
        live = np.empty((len(old) + m, B), dtype=np.bool_)
        for lo in range(0, carried, _CHUNK):
            part = slice(lo, min(lo + _CHUNK, carried))
            live[part] = self.signs.windows(layer, old[part], start[part], B)
        # The newest wire is carried and doubled: neighbouring blocks, one look serves both.
        both = self.signs.windows(layer, top[0], start[carried:], 2 * B)
        live[carried : carried + m] = both[:, :B]
        live[carried + m :] = both[:, B:] & self.signs.windows(layer, top[1], doubled, B)
        return live

    def _designate(self, live: Bits, start: Index, where: str) -> tuple[Index, Index]:
        """Return the first two live neurons of every block; raise NoTicket if a block has less."""
        poor = np.count_nonzero(live, axis=1) < 2
        if poor.any():
            block = int(np.flatnonzero(poor)[0])
            slot = f"block {block} of {where}, which has fewer than two live neurons"
            raise NoTicket("alive", self.layer, slot)
        rows = np.arange(len(live))
        first = live.argmax(axis=1)
        rest = live.copy()
        rest[rows, first] = False
        return start + first, start + rest.argmax(axis=1)


def _edges_of_words(sources: Index, kept: Words, readers: int) -> Edges:
    order = np.argsort(sources)
    return Edges.from_mask(sources[order], unpack(kept[order])[:, :readers])
