"""Construction A: sign-agnostic expansion. One wire per power of two, and any read-out signs (E1).

Every hidden layer is three blocks of neurons, told apart by index. C carries the single wires
2^b u_j; D and D′ hold the two halves of the top wire. In step t of a section, + edges from both
old halves make each new half 2^t u_j, and one old half goes on in C as the wire 2^{t−1} u_j. After
K − 1 steps a read-out neuron takes, for every input j, the digits m with Σ_b 2^b s_b m_b = V_oj,
whatever its signs s (E1, E3). A hidden unit is held twice, at fixed places in D and D′, because
the next section starts with a doubling.
"""

from __future__ import annotations

import math
from collections import Counter
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
from constructions.networks.signs import SignNetwork
from constructions.numbers import HALF, PRECISION, THREE_QUARTERS, total
from constructions.plan import Slack, SlackPlan
from constructions.pool import bound_G1, smallest_slacks
from constructions.progress import Progress, silent
from constructions.prune import begin, section_matrices
from constructions.rates import Rate, Scale
from constructions.request import Request
from constructions.rounding import Integers
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket
from constructions.walk import LayerWalk

NAME = "sign-agnostic"
_CHUNK_BITS = 1 << 22  # signs unpacked at one time


@dataclass(frozen=True)
class SignAgnosticPlan(SlackPlan):
    """The plan of construction A: N = |C| + |D| + |D′| neurons per layer, L = 1 + lK (A1).

    Attributes, besides the request
    -------------------------------
    e : extra digits, so that both signs occur among them (E3)
    s_C, s_D : neurons beyond the slots in the blocks C, and D (D′ is as large)
    """

    SLACKS = (
        Slack("e", "extra digits e", least=2, neurons=0),
        Slack("s_C", "slack of C, $s_C$"),
        Slack("s_D", "slack of D, $s_D$", neurons=2),
    )

    e: int
    s_C: int
    s_D: int

    @property
    def construction(self) -> str:
        """Construction A, "sign-agnostic"."""
        return NAME

    @property
    def K(self) -> int:
        """The digits of a weight, p + e."""
        return self.p + self.e

    @property
    def size_C(self) -> int:
        """The neurons of block C, max m_i·(K − 1) + s_C."""
        return max(s.m for s in self.sections) * (self.K - 1) + self.s_C

    @property
    def size_D(self) -> int:
        """The neurons of block D, and of D′: max m_i + s_D."""
        return max(s.m for s in self.sections) + self.s_D

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """(d_0, N, …, N, d_l) with N = size_C + 2·size_D and L = 1 + l·K."""
        hidden = (self.size_C + 2 * self.size_D,) * (len(self.sections) * self.K)
        return (self.dims[0], *hidden, self.dims[-1])

    @property
    def readers(self) -> int:
        """The number of (read-out neuron, input) pairs; hidden units are read out twice."""
        last = self.sections[-1]
        return sum(2 * s.n * s.m for s in self.sections[:-1]) + last.n * last.m

    def failure_bounds(self) -> dict[str, arb]:
        """Return a bound on the probability of each failure event, as balls (E3, G1; A1).

        Sums over the sections i, with m_i inputs; G1(n, N, q) = q^{N−n+1}(1 + q + … + q^{n−1}).
        "range": both signs among the top e digits of every reader's input, 2·2^{−e}·readers.
        "split": the input's halves, 2·G1(m_1, |D|, ½).
        "carry": the wires that stay in C, Σ_i Σ_{t=1..K−1} G1(t·m_i, |C|, ½).
        "double": the halves of the top wires, Σ_i (2K − 3)·G1(m_i, |D|, ¾).
        """
        return {"range": arb(2 * self.readers) / arb(2) ** self.e, **self._pool_failures()}

    def _pool_failures(self) -> dict[str, arb]:
        K, size_C, size_D = self.K, self.size_C, self.size_D
        carry, double = arb(0), arb(0)
        for m, count in Counter(s.m for s in self.sections).items():
            carry += count * sum((bound_G1(m * t, size_C, HALF) for t in range(1, K)), arb(0))
            double += count * (2 * K - 3) * bound_G1(m, size_D, THREE_QUARTERS)
        split = 2 * bound_G1(self.sections[0].m, size_D, HALF)
        return {"split": split, "carry": carry, "double": double}

    def exact_failure(self) -> arb:
        """Return the probability that a draw has no ticket, as a ball."""
        K, size_C, size_D = self.K, self.size_C, self.size_D
        if self.e < 2:
            return arb(1)  # one digit has one sign
        with ctx.workprec(PRECISION):
            # E3: both signs among the top e digits, for every read-out neuron and input
            good = (1 - 2 / arb(2) ** self.e) ** self.readers
            good *= exact.split(self.sections[0].m, size_D, self.nonnegative) ** 2
            for m, count in Counter(s.m for s in self.sections).items():
                carried = (exact.served(m * t, size_C, HALF) for t in range(1, K))
                doubled = exact.served(m, size_D, THREE_QUARTERS) ** (2 * K - 3)
                good *= (math.prod(carried, start=arb(1)) * doubled) ** count
            return 1 - good


def _width_factors(plan: SignAgnosticPlan, scale: Scale) -> dict[str, float]:
    unit, m = scale.d * scale.log_dl_delta, max(s.m for s in plan.sections)
    return {
        "wires m(K−1)": m * (plan.K - 1) / unit,
        "top halves 2m": 2 * m / unit,
        "slack s_C + 2s_D": (plan.s_C + 2 * plan.s_D) / unit,
    }


def _depth_factors(plan: SignAgnosticPlan, scale: Scale) -> dict[str, float]:
    unit = scale.depth * scale.log_dl_delta
    return {
        "p": scale.depth * plan.p / unit,
        "e": scale.depth * plan.e / unit,
        "input split": 1 / unit,
    }


RATES = (  # for ε, δ ≤ ½
    Rate(
        "A1",
        "C",
        "N",
        Fraction(31),
        "N ≤ C·d·log₂(dl/(εδ))",
        r"N\le C\,d\log_2\frac{dl}{\varepsilon\delta}",
        lambda scale: 0.0,
        lambda scale: scale.d * scale.log_dl_delta,
        _width_factors,
    ),
    Rate(
        "A1",
        "C'",
        "L",
        Fraction(366, 100),
        "L ≤ C'·l·log₂(dl/(εδ))",
        r"L\le C'\,l\log_2\frac{dl}{\varepsilon\delta}",
        lambda scale: 0.0,
        lambda scale: scale.depth * scale.log_dl_delta,
        _depth_factors,
    ),
)


def plan(request: Request) -> SignAgnosticPlan:
    """Return the smallest plan of construction A (A1).

    >>> made = plan(Request.of((784, 500, 10), 0.01, 0.01))
    >>> made.K, made.L
    (47, 95)
    """
    readers = SignAgnosticPlan(request, 2, 0, 0).readers
    e = extra_digits(readers, 2, 2, request.budget / 2, least=2)
    bare = SignAgnosticPlan(request, e, 0, 0)

    def failure(s_C: int, s_D: int) -> arb:
        return total(bare.with_slacks(s_C=s_C, s_D=s_D)._pool_failures())

    s_C, s_D = smallest_slacks(failure, request.budget / 2, each=2)
    return SignAgnosticPlan(request, e, s_C, s_D)


def prune(
    target: TargetNetwork, plan: SignAgnosticPlan, network: SignNetwork, progress: Progress = silent
) -> Ticket:
    """Find the target in the random network and return the ticket (A1).

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
    halves = builder.split()
    matrices = section_matrices(target, plan)
    for V in matrices[:-1]:
        halves = builder.read_out(V, builder.double(halves))
    builder.output(matrices[-1], builder.double(halves))
    return Ticket.of_plan(target, plan, network, builder.edges, builder.units, builder.generations)


class _Builder(LayerWalk):
    plan: SignAgnosticPlan

    def __init__(self, plan: SignAgnosticPlan, network: SignNetwork, progress: Progress) -> None:
        super().__init__(plan, network, progress)
        C, D = plan.size_C, plan.size_D
        self.blocks = {"C": (0, C), "D": (C, C + D), "D′": (C + D, C + 2 * D)}

    def split(self) -> tuple[Index, Index]:
        """Hold every σ(±x_j), or x_j if the inputs are ≥ 0, once in D and once in D′ (H2)."""
        layer, d = self.next_layer(), self.plan.dims[0]
        source = np.arange(d) if self.plan.nonnegative else np.tile(np.arange(d), 2)
        fits = self.split_signs(layer, source, d)
        halves = (
            self.serve("split", "D", len(source), fits),
            self.serve("split", "D′", len(source), fits),
        )
        self.edges.append(Edges.from_pairs(np.tile(source, 2), np.concatenate(halves)))
        if not self.plan.nonnegative:
            self.generations.append((layer, "split"))
        return halves

    def double(self, halves: tuple[Index, Index]) -> Index:
        """Make the wires 2^b u_j in K − 1 steps; return their neurons, shape (K, m)."""
        m, K = len(halves[0]), self.plan.K
        carried = np.empty(0, dtype=np.int64)
        for t in range(1, K):
            layer, (old, old2) = self.next_layer(), halves
            source = np.concatenate([carried, old])
            moved = self.serve("carry", "C", len(source), self.plus(layer, source))
            fits, last = self.all_plus(layer, old, old2), t == K - 1
            new = self.serve("double", "D", m, fits)
            new2 = new if last else self.serve("double", "D′", m, fits)
            sources, targets = [source, old, old2], [moved, new, new]
            if not last:  # the second half is for the next doubling
                sources, targets = [*sources, old, old2], [*targets, new2, new2]
            self.edges.append(Edges.from_pairs(np.concatenate(sources), np.concatenate(targets)))
            carried, halves = moved, (new, new2)
            self.progress(layer, self.plan.L, "doubling")
        return np.concatenate([carried, halves[0]]).reshape(K, m)

    def read_out(self, V: Integers, wires: Index) -> tuple[Index, Index]:
        """Hold each unit y_o twice, at place o of D and of D′."""
        layer, n = self.next_layer(), len(V)
        places = (self.blocks["D"][0] + np.arange(n), self.blocks["D′"][0] + np.arange(n))
        self._add_up(layer, np.concatenate([V, V]), wires, np.concatenate(places))
        self.generations.append((layer, "unit"))
        self.units.append(places[0])
        return places

    def output(self, V: Integers, wires: Index) -> None:
        """Add up the output layer, which has no ReLU."""
        self._add_up(self.next_layer(), V, wires, np.arange(len(V)))

    def _add_up(self, layer: int, V: Integers, wires: Index, readers: Index) -> None:
        """Keep the edges that give Σ_j V_rj·u_j at each reader r (E1); V is (readers, m)."""
        K, p = self.plan.K, self.plan.p
        shifted = V.T.astype(integer_type(K))
        top_plus = np.zeros(shifted.shape, dtype=np.bool_)
        top_minus = np.zeros(shifted.shape, dtype=np.bool_)
        for b in range(K):
            sign = self._signs(layer, wires[b], readers)
            shifted = add_negative(shifted, b, sign)
            if b >= p:
                top_plus |= sign
                top_minus |= ~sign
        if not (top_plus & top_minus).all():
            j, r = np.argwhere(~(top_plus & top_minus))[0]
            raise NoTicket("range", layer, f"the digits of input {j} for read-out neuron {r}")
        m = wires.shape[1]
        order = np.argsort(wires, axis=None)
        step = max(1, _CHUNK_BITS // len(readers))
        first, parts = int(readers[0]), []
        for start in range(0, len(order), step):
            chunk = order[start : start + step]
            place = (chunk // m)[:, None].astype(shifted.dtype)  # the digits b
            source = wires.ravel()[chunk]
            used = digit(shifted[chunk % m], place, self._signs(layer, source, readers))
            keep = np.zeros((len(chunk), int(readers[-1]) + 1 - first), dtype=np.bool_)
            keep[:, readers - first] = used
            parts.append(Edges.from_mask(source, keep, first))
            self.progress(layer, self.plan.L, "reading out")
        self.edges.append(Edges.join(parts))

    def _signs(self, layer: int, sources: Index, readers: Index) -> NDArray[np.bool_]:
        lo, hi = int(readers[0]), int(readers[-1]) + 1
        return np.take(self.signs.read(layer, sources, lo, hi), readers - lo, axis=1)
