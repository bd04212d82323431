"""Construction A: sign-agnostic expansion. One wire a power of two, and any read-out signs (E1).

Every hidden layer is three blocks of neurons, told apart by index. C carries the single wires
2^b u_j; D and D′ hold the two halves of the top wire. In step t of a section, + edges from both
old halves make each new half 2^t u_j, and one old half goes on in C as the wire 2^{t−1} u_j. After
K − 1 steps a read-out neuron takes, for every input j, the digits m with Σ_b 2^b s_b m_b = V_oj,
whatever its signs s (E1, E3). A hidden unit is held twice, at fixed places in D and D′, because
the next section starts with a doubling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
from flint import arb
from numpy.typing import NDArray

from constructions.edges import Edges, Index
from constructions.errors import NoTicket
from constructions.expansion import add_negative, digit, extra_digits, integer_type
from constructions.networks.signs import SignSource
from constructions.plan import Plan, Request, Section, union_bound, upper_float
from constructions.pool import bound_G1, smallest_slacks
from constructions.progress import Progress, silent
from constructions.prune import begin, section_matrices
from constructions.quantize import Precision
from constructions.rounding import Integers, RoundingKind
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket
from constructions.walk import LayerWalk

HALF, THREE_QUARTERS = Fraction(1, 2), Fraction(3, 4)
_CHUNK_BITS = 1 << 22  # signs unpacked at one time


@dataclass(frozen=True)
class SignAgnosticPlan(Plan):
    """The plan of construction A (A1).

    Attributes, besides those of Plan
    ---------------------------------
    K : digits, p + e
    e : extra digits, so that both signs occur among them (E3)
    size_C, size_D : neurons of the blocks C, and D (D′ is as large); N = size_C + 2·size_D
    """

    K: int
    e: int
    size_C: int
    size_D: int


def plan(
    dims: Sequence[int],
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    *,
    nonnegative: bool = False,
    precision: Precision | None = None,
    rounding: RoundingKind = "nearest",
) -> SignAgnosticPlan:
    """Return the smallest plan of construction A (A1).

    Parameters
    ----------
    dims : (d_0, …, d_l)
    eps, delta : accuracy ε > 0 and failure probability 0 < δ < 1
    nonnegative : the inputs are ≥ 0 and need no split
    precision : p and k_i; those of the theorem's class (Q1) if absent
    rounding : "nearest", or "random" for fewer bits where d ≥ 19 (Q3); only without a precision

    Raises InputError for parameters outside their domain.

    >>> made = plan((784, 500, 10), 0.01, 0.01)
    >>> made.K, made.L
    (47, 95)
    """
    request = Request.of(dims, eps, delta, nonnegative, precision, rounding)
    dims, sections = request.dims, request.sections
    e = extra_digits(_readers(sections), 2, 2, request.budget / 2, least=2)
    K = request.precision.p + e
    m = max(s.m for s in sections)

    def failure(s_C: int, s_D: int) -> arb:
        sizes = (m * (K - 1) + s_C, m + s_D)
        return union_bound(_pool_failures(sections, K, *sizes))

    s_C, s_D = smallest_slacks(failure, request.budget / 2)
    size_C, size_D = m * (K - 1) + s_C, m + s_D
    depth = 1 + len(sections) * K
    made = SignAgnosticPlan(
        construction="sign-agnostic",
        dims=dims,
        eps=request.eps,
        delta=request.delta,
        nonnegative=nonnegative,
        precision=request.precision,
        widths=(dims[0], *(size_C + 2 * size_D,) * (depth - 1), dims[-1]),
        bound_failure=1.0,
        K=K,
        e=e,
        size_C=size_C,
        size_D=size_D,
    )
    return replace(made, bound_failure=upper_float(union_bound(failure_bounds(made))))


def _readers(sections: Sequence[Section]) -> int:
    """Return the number of (read-out neuron, input) pairs; hidden units are read out twice."""
    last = sections[-1]
    return sum(2 * s.n * s.m for s in sections[:-1]) + last.n * last.m


def failure_bounds(plan: SignAgnosticPlan) -> dict[str, arb]:
    """Return a bound on the probability of each failure event, as balls (E3, G1; A1)."""
    pools = _pool_failures(plan.sections, plan.K, plan.size_C, plan.size_D)
    return {"range": arb(2 * _readers(plan.sections)) / arb(2) ** plan.e, **pools}


def _pool_failures(sections: Sequence[Section], K: int, size_C: int, size_D: int) -> dict[str, arb]:
    carry, double = arb(0), arb(0)
    for m, count in Counter(s.m for s in sections).items():
        carry += count * sum((bound_G1(m * t, size_C, HALF) for t in range(1, K)), arb(0))
        double += count * (2 * K - 3) * bound_G1(m, size_D, THREE_QUARTERS)
    split = 2 * bound_G1(sections[0].m, size_D, HALF)
    return {"split": split, "carry": carry, "double": double}


def prune(
    target: TargetNetwork, plan: SignAgnosticPlan, signs: SignSource, progress: Progress = silent
) -> Ticket:
    """Find the target in the random network and return the ticket (A1).

    Parameters
    ----------
    target : a network with plan.dims, whose rounded weights are at most 2^p
    plan : from :func:`plan`
    signs : plan.signs(seed)
    progress : called with (layers done, layers in all, what is being done)

    Raises
    ------
    InputError if target, plan and signs do not belong together; NoTicket if this draw fails.

    >>> target = TargetNetwork.from_layers([[[0.6, -0.8]]])
    >>> small = plan(target.dims, "0.1", "0.1")
    >>> ticket = prune(target, small, small.signs(seed=1))
    >>> abs(float(ticket.run([[0.5, 0.25]])[0, 0]) - 0.1) <= 0.1
    True
    """
    begin(target, plan, signs)
    builder = _Builder(plan, signs, progress)
    halves = builder.split()
    matrices = section_matrices(target, plan)
    for V in matrices[:-1]:
        halves = builder.read_out(V, builder.double(halves))
    builder.output(matrices[-1], builder.double(halves))
    return Ticket.of_plan(target, plan, signs, builder.edges, builder.units, builder.generations)


class _Builder(LayerWalk):
    plan: SignAgnosticPlan

    def __init__(self, plan: SignAgnosticPlan, signs: SignSource, progress: Progress) -> None:
        super().__init__(plan, signs, progress)
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
            fits, last = self.both(layer, old, old2), t == K - 1
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
