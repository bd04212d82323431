"""Target and ticket as a problem for other verifiers, with a known answer, and one with another.

One model computes the difference of target and ticket. That no output reaches a threshold just
above the certified bound holds on the domain, by the certificate: a verifier must answer *unsat*,
the property in VNN-LIB being the negation. In a second model one kept edge is missing, and an
exact rational input of the box reaches the threshold: the answer is *sat*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from constructions.edges import Edges
from constructions.errors import InputError
from constructions.export.chain import Linear, chain_of_target, chain_of_ticket, compute
from constructions.targets.target import Ball, TargetNetwork, float_from
from constructions.ticket import Ticket

TRIED = 400  # edges that are taken away one by one until one of them matters
POINTS = 16  # corners of the box at which it may


@dataclass(frozen=True, eq=False)
class Pair:
    """What `pair_of` finds.

    Attributes
    ----------
    low, high : the box of the inputs, decimals; inside the ticket's domain
    threshold : a decimal above the certified bound
    target, ticket, cut : chains; `cut` is the ticket without the edge
    edge : (layer, source neuron, target neuron) of the edge that is missing in `cut`
    witness : an input in the box, exact in float64
    difference : target(witness) − cut(witness), exactly; an entry reaches the threshold
    """

    low: tuple[Decimal, ...]
    high: tuple[Decimal, ...]
    threshold: Decimal
    target: list[Linear]
    ticket: list[Linear]
    cut: list[Linear]
    edge: tuple[int, int, int]
    witness: NDArray[np.float64]
    difference: tuple[Fraction, ...]


def pair_of(ticket: Ticket, bound: float) -> Pair:
    """Return target and ticket as two problems for verifiers.

    Parameters
    ----------
    ticket : a ticket that was accepted
    bound : the certificate's bound on sup ‖f − ticket‖₂ over the domain

    Raises InputError if no edge that is tried changes an output by as much as the threshold.
    """
    low, high = box_of(ticket.target)
    threshold = above(bound)
    target, chain = chain_of_target(ticket.target), chain_of_ticket(ticket)
    points = _corners(low, high)
    wanted = compute(target, points)
    for edge, cut in _cuts(ticket):
        without = chain_of_ticket(cut)
        errors = np.abs(wanted - compute(without, points)).max(axis=1)
        worst = int(errors.argmax())
        if errors[worst] < 1.01 * float(threshold):
            continue
        x = points[worst]
        exact = zip(exact_target(ticket.target, x), cut.run_exact(x).tolist(), strict=True)
        difference = tuple(a - b for a, b in exact)
        if max(map(abs, difference)) >= threshold:
            return Pair(low, high, threshold, target, chain, without, edge, x, difference)
    raise InputError(
        f"none of {TRIED} kept edges changes an output by {threshold} when it is missing: "
        "expected a ticket of a smaller epsilon"
    )


def box_of(target: TargetNetwork) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """Return the box of the domain; of a ball, a cube inside that nearly touches the sphere.

    >>> box_of(TargetNetwork.from_layers([[[1.0, 1.0]]], domain=Ball("5", nonnegative=True)))
    ((Decimal('0'), Decimal('0')), (Decimal('3.53553390'), Decimal('3.53553390')))
    """
    domain = target.domain
    if not isinstance(domain, Ball):
        return domain.low, domain.high
    square = domain.radius_squared() / target.features
    places = 9 - Context(prec=9).create_decimal(domain.radius).adjusted()
    units = math.isqrt(math.floor(square * Fraction(100) ** places)) if places >= 0 else 0
    side = Decimal(units).scaleb(-places)
    side = Context(prec=9, rounding=ROUND_FLOOR).create_decimal(side)
    least = Decimal(0) if domain.nonnegative else -side
    return (least,) * target.features, (side,) * target.features


def above(bound: float) -> Decimal:
    """Return a decimal of three digits strictly above a bound.

    >>> above(0.0123), above(0.0)
    (Decimal('0.0124'), Decimal('1E-9'))
    """
    if bound == 0:
        return Decimal("1e-9")
    floor = Context(prec=3, rounding=ROUND_FLOOR).create_decimal(Decimal(bound))
    return floor + Decimal((0, (1,), floor.adjusted() - 2))


def exact_target(target: TargetNetwork, x: NDArray[np.float64]) -> list[Fraction]:
    """Return f(x) exactly, for one x."""
    h = [Fraction(v) for v in target.inputs(x).tolist()]
    for i, W in enumerate(target.weights):
        h = [max(v, Fraction(0)) for v in h] if i else h
        h = [
            sum((Fraction(w) * v for w, v in zip(row, h, strict=True) if w and v), Fraction(0))
            for row in W.tolist()
        ]
    return h


def vnnlib_of(pair: Pair, remark: str) -> str:
    """Return the property in VNN-LIB: some output of the difference reaches the threshold."""
    outputs = range(len(pair.difference))
    lines = [f"; {line}" for line in remark.splitlines()]
    lines += [f"(declare-const X_{j} Real)" for j in range(len(pair.low))]
    lines += [f"(declare-const Y_{o} Real)" for o in outputs]
    for j, (low, high) in enumerate(zip(pair.low, pair.high, strict=True)):
        lines += [f"(assert (>= X_{j} {low:f}))", f"(assert (<= X_{j} {high:f}))"]
    reached = [f"(and (>= Y_{o} {pair.threshold:f}))" for o in outputs]
    reached += [f"(and (<= Y_{o} {-pair.threshold:f}))" for o in outputs]
    return "\n".join([*lines, f"(assert (or {' '.join(reached)}))", ""])


def _corners(low: tuple[Decimal, ...], high: tuple[Decimal, ...]) -> NDArray[np.float64]:
    """Return corners of a box, the float64 numbers next to its ends and inside."""
    ends = np.array([[float_from(v, 1) for v in low], [float_from(v, -1) for v in high]])
    rng = np.random.default_rng(0)
    which = rng.integers(0, 2, (POINTS, len(low)))
    which[:2] = [[1], [0]]
    return ends[which, np.arange(len(low))]


def _cuts(ticket: Ticket) -> Iterator[tuple[tuple[int, int, int], Ticket]]:
    """Yield tickets in which one edge is missing, of edges by chance from all layers."""
    sizes = [len(edges) for edges in ticket.edges]
    some = np.random.default_rng(0).permutation(sum(sizes))[:TRIED]
    for number in some.tolist():
        t = int(np.searchsorted(np.cumsum(sizes), number, side="right"))
        k = number - sum(sizes[:t])
        edges = ticket.edges[t]
        sources = edges.source_of_edges()
        left = Edges.from_pairs(np.delete(sources, k), np.delete(edges.indices, k).astype(np.int64))
        cut = replace(ticket, edges=(*ticket.edges[:t], left, *ticket.edges[t + 1 :]))
        yield (t + 1, int(sources[k]), int(edges.indices[k])), cut
