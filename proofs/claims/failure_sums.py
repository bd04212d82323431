"""The failure sums of A1, B4, S4 and S*4, written down event by event and held against the plans'.

The plans have them in closed form. Here every event of a network is listed in loops, from the
statements alone, so that a term that is counted once too few shows, whatever else was edited.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import ModuleType
from typing import Any

from flint import arb

from constructions import blocks, grouped, horner, sign_agnostic
from constructions.blocks import BlocksPlan
from constructions.grouped_plan import GroupedPlan
from constructions.horner import HornerPlan
from constructions.input_groups import bound_H4
from constructions.numbers import HALF, THREE_QUARTERS
from constructions.plan import SlackPlan
from constructions.pool import bound_G1
from constructions.range_aware import bound_G5
from constructions.request import Request
from constructions.sign_agnostic import SignAgnosticPlan
from proofs.claims.model import Check
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import exact

_EIGHTHS = Fraction(7, 8)
Event = tuple[str, arb]


def events_of_B(plan: BlocksPlan) -> Iterator[Event]:
    """List B4's events: blocks with too few live neurons, copies with no wanted sign."""
    B, p, last = plan.B, plan.p, len(plan.sections) - 1
    alive = exact(THREE_QUARTERS) ** B * (1 + arb(B) / 3)
    for _ in range(plan.sections[0].m):  # the input layer's
        yield "alive", alive
    for i, section in enumerate(plan.sections):
        for t in range(1, p + 1):
            for _ in range((t + 1) * section.m):  # of every power up to 2^t
                yield "alive", alive
        candidates = 1 if i == last else 2
        for _ in range(section.n * candidates * section.m * (p + 1)):
            for _sign in (1, -1):
                yield "copies", exact(_EIGHTHS) ** B


def events_of_A(plan: SignAgnosticPlan) -> Iterator[Event]:
    """List A1's events: ranges, the input's two halves, carries and doublings."""
    K, last = plan.p + plan.e, len(plan.sections) - 1
    size_C = max(s.m for s in plan.sections) * (K - 1) + plan.s_C
    size_D = max(s.m for s in plan.sections) + plan.s_D
    for _half in ("D", "D′"):
        yield "split", bound_G1(plan.sections[0].m, size_D, HALF)
    for i, section in enumerate(plan.sections):
        held = 1 if i == last else 2  # a hidden unit is read out twice
        for _ in range(section.n * held * section.m):
            yield "range", 2 / arb(2) ** plan.e
        for t in range(1, K):
            yield "carry", bound_G1(t * section.m, size_C, HALF)
            for _ in range(2 if t < K - 1 else 1):  # one half is enough for the last
                yield "double", bound_G1(section.m, size_D, THREE_QUARTERS)


def events_of_S(plan: HornerPlan) -> Iterator[Event]:
    """List S4's events: the inputs, the offset, and what every stage of a section needs."""
    K, three, d = plan.p + plan.e, exact(THREE_QUARTERS), plan.dims[0]
    wires = [section.m for section in plan.sections]
    wide = 0
    if plan.c:
        wide = math.ceil(d / plan.c)
        wires[0] = d + wide
        yield "inputs", bound_H4(d, plan.c, plan.wires)
    if not plan.nonnegative:
        yield "split", bound_G1(2 * d, 2 * d + plan.s_U, HALF)
    for i, (m, section) in enumerate(zip(wires, plan.sections, strict=True)):
        n, U = section.n, m + plan.s_U
        A = n + 1 + plan.s_A
        merged = 2 * A + plan.s_U
        for j in range(m):
            bits = plan.q if i == 0 and j < wide else 0
            yield "offset", exact(Fraction((3 + plan.g) * 3 ** (plan.g - 1), 4**plan.g))
            for _ in range(0 if plan.aware else n):
                yield "range", 2 / arb(4) ** (plan.e - bits)
        for number, bits in ((wide if i == 0 else 0, plan.q), (m - wide * (i == 0), 0)):
            if plan.aware and number:
                yield "range", bound_G5(n, number, plan.e - bits, A)
        for _half in range(2 * (n + 1)):
            yield "copy", three**plan.copies
        for _layer in range(K + 2):
            yield "carry", bound_G1(m, U, HALF)
        for _stage in range(2, K + 1):
            for _block in ("A", "A′"):
                yield "double", bound_G1(n + 1, A, THREE_QUARTERS)
        if i == len(wires) - 1:
            yield "output", bound_G1(n, merged, _EIGHTHS)
            for _output in range(n):
                yield "output", exact(_EIGHTHS) ** (merged - n)
            return
        yield "merge", bound_G1(n, merged, THREE_QUARTERS)
        copies = math.ceil(n / 8)
        some = (math.comb(merged - n, a) * Fraction(3) ** (merged - n - a) for a in range(copies))
        yield "merge", exact(sum(some, Fraction(0)) / 4 ** (merged - n))
        for first in range(0, n, 8):
            yield (
                "read-out",
                (2 ** min(8, n - first) - 1) * three ** (n + plan.s_U + plan.s_A - first),
            )


def events_of_grouped(plan: GroupedPlan) -> Iterator[Event]:
    """List S*4's events: ranges, offsets, and what every layer of a section needs."""
    k, K, three = plan.k, plan.p + 1 + plan.e, exact(THREE_QUARTERS)
    d, last = plan.dims[0], len(plan.sections) - 1
    wires = [section.m for section in plan.sections]
    wide = 0
    if plan.c:
        wide = math.ceil(d / plan.c)
        wires[0] = d + wide
        yield "inputs", bound_H4(d, plan.c, plan.widths[2])
    if not plan.nonnegative:
        yield "split", bound_G1(2 * d, plan.widths[1], HALF)
    groups = [math.ceil(section.n / (k - 1)) for section in plan.sections]
    size_A = [max(k * G + plan.s_A, plan.g) for G in groups]
    N = [m + plan.s_U + A for m, A in zip(wires, size_A, strict=True)]
    for i, section in enumerate(plan.sections):
        for j in range(wires[i]):
            p = plan.p + (plan.q if i == 0 and j < wide else 0)
            T, half = 2 ** (p + 1), 2**p
            pairs = (k - 1) * (k - 2) * T * (T + 1) // 2 + (k - 1) * half * (half + 1)
            for _group in range(groups[i]):
                yield "range", exact(Fraction(pairs, 4**K))
            some = (math.comb(plan.g, a) * Fraction(3) ** (plan.g - a) for a in range(3))
            yield "offset", exact(sum(some, Fraction(0)) / 4**plan.g)
        for _layer in range(K + 2):
            yield "carry", bound_G1(wires[i], wires[i] + plan.s_U, HALF)
        for _member in range(k * groups[i]):
            yield "copy", three ** size_A[i]
        for _stage in range(2, K + 1):
            for group in range(groups[i]):
                yield "double", k * (1 - arb(2) ** -k) ** (size_A[i] - k * group)
        after = max(N[i], 2 * section.n + plan.s_U + plan.s_A) if i == last else N[i + 1]
        if i == last:
            yield "output", bound_G1(section.n, after, THREE_QUARTERS)
        for first in range(0, section.n, k - 1):
            n = min(k - 1, section.n - first)
            if i < last:
                yield "read-out", (2**n - 1) * three ** (after - first)
            for _output in range(n if i == last else 0):
                yield "output", three ** (after - section.n - first)


_EVENTS: Mapping[ModuleType, Callable[[Any], Iterator[Event]]] = {
    blocks: events_of_B,
    sign_agnostic: events_of_A,
    horner: events_of_S,
    grouped: events_of_grouped,
}


def hold_sums(case: Case, module: ModuleType) -> Evidence:
    """Hold the failure sum of small random plans against its events, one by one, and against δ."""
    rng, count = case.rng(), case.pick(15, 150)
    for i in range(count):
        widest = 3 if i % 5 else 18  # more than eight outputs share two copies of S's offset
        dims = tuple(int(v) for v in rng.integers(1, widest + 1, size=int(rng.integers(2, 5))))
        eps, delta = f"{2.0 ** -rng.uniform(1, 8):.6f}", f"{2.0 ** -rng.uniform(1, 20):.9f}"
        request = Request.of(dims, eps, delta, nonnegative=bool(i % 3 == 0))
        plan: SlackPlan = module.plan(request)
        listed: dict[str, arb] = {}
        for name, bound in _EVENTS[module](plan):
            listed[name] = listed.get(name, arb(0)) + bound
        stated = {name: b for name, b in plan.failure_bounds().items() if b != 0}
        wrong = [
            name
            for name in sorted({*stated, *listed})
            if not stated.get(name, arb(0)).overlaps(listed.get(name, arb(0)))
        ]
        if wrong or not sum(listed.values(), arb(0)) <= exact(Fraction(Decimal(delta))):
            at = {"dims": dims, "eps": eps, "delta": delta, "events": wrong}
            return from_cases(i + 1, "plans", at)
    return from_cases(count, "plans")


def failure_sum(module: ModuleType) -> Check:
    """Return the check of a construction's failure sum."""
    return Check("failure-sum", Rung.TESTED, partial(_hold, module.__name__), cost=5)


def _hold(name: str, case: Case) -> Evidence:
    (module,) = (m for m in _EVENTS if m.__name__ == name)  # modules do not travel to workers
    return hold_sums(case, module)
