"""Shared by B, A and S: random parameters, certified tickets, and whole draws counted against δ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from flint import arb

from constructions.errors import NoTicket
from constructions.plan import Plan
from constructions.quantize import quantize
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket
from proofs.evidence import Case, Evidence, Rung, Verdict, derive_seed, from_cases
from proofs.kernel.certificate import Certificate
from proofs.sampling import NotATicket, count_draws, random_target
from proofs.sampling import certify as certificate_of
from proofs.statistics import ERROR, BoundTest

SAMPLE = 5  # counted tickets that go through the kernel
_CORNER = (((1, 1), "0.5", "0.5"), ((1, 1, 1), "0.5", "0.5"), ((2, 2), "0.5", "0.5"))


def parameters(rng: np.random.Generator, count: int) -> Iterator[tuple[tuple[int, ...], str, str]]:
    """Yield (dims, ε, δ) with ε, δ ≤ ½: a few extreme ones, then random ones of all sizes."""
    yield from _CORNER[:count]
    for i in range(count - len(_CORNER)):
        depth = int(2 ** rng.uniform(0, 5))
        d = int(2 ** rng.uniform(0, 9))
        dims = (d,) * (depth + 1)
        if i % 2:
            dims = tuple(int(v) for v in rng.integers(1, d + 1, size=depth + 1))
        eps, delta = (f"{2.0 ** -rng.uniform(1, 30 if i % 3 else 3):.12f}" for _ in range(2))
        yield dims, eps, delta


def logarithms(dims: tuple[int, ...], eps: str, delta: str) -> tuple[float, float]:
    """Return X = log₂(dl/ε) and Y = log₂(dl/(εδ)), d the largest width."""
    X = math.log2(max(dims) * (len(dims) - 1)) - math.log2(float(eps))
    return X, X - math.log2(float(delta))


def certify(case: Case, construction: ModuleType, count: int) -> Evidence:
    """Prune small random targets and check the ticket files with the kernel."""
    rng = case.rng()
    return certify_each(case, construction, _small_targets(rng, construction, count), rng)


def _small_targets(
    rng: np.random.Generator, construction: ModuleType, count: int
) -> Iterator[tuple[TargetNetwork, Plan]]:
    for _ in range(count):
        dims = tuple(int(v) for v in rng.integers(1, 4, size=int(rng.integers(2, 4))))
        target, eps = random_target(rng, dims), f"{2.0 ** -rng.uniform(1, 5):.4f}"
        yield target, construction.plan(Request.of(dims, eps, "0.05"))


def certify_each(
    case: Case,
    construction: ModuleType,
    wanted: Iterable[tuple[TargetNetwork, Plan]],
    rng: np.random.Generator,
) -> Evidence:
    """Prune each target by its plan, once, and judge the ticket with ``judge``.

    A draw without a ticket is counted, not redrawn; too many of them for δ refute the plan.
    """
    missed, accepted, slack = 0, 0, None
    deltas: list[Fraction] = []
    for i, (target, plan) in enumerate(wanted):
        seed = derive_seed(case.seed, f"ticket {i}")
        deltas.append(Fraction(plan.delta))
        try:
            ticket = construction.prune(target, plan, plan.draw(seed))
        except NoTicket:
            missed += 1
            continue
        certificate, fault = judge(rng, target, plan, ticket)
        if fault:
            at = {"dims": target.dims, "eps": str(plan.eps), "seed": seed, "fault": fault}
            return from_cases(i + 1, "tickets", at, rung=Rung.CERTIFIED)
        accepted += 1
        margin = float(plan.eps) - float(certificate.bound or 0.0)
        slack = margin if slack is None else min(slack, margin)
    return accepted_or_missed(accepted, missed, max(deltas, default=Fraction(1)), slack)


def accepted_or_missed(
    accepted: int, missed: int, delta: Fraction, slack: float | None
) -> Evidence:
    """Return the evidence of tickets that the kernel accepted, and of draws without a ticket.

    Each draw has a ticket with probability at least 1 − ``delta``; more without one than that
    allows refute it.
    """
    test = BoundTest("no ticket in a draw", delta, missed, accepted + missed)
    if test.rejected:
        return replace(test.evidence(), rung=Rung.CERTIFIED)
    details = {"no ticket": missed}
    return from_cases(accepted, "tickets", rung=Rung.CERTIFIED, slack=slack, details=details)


def judge(
    rng: np.random.Generator, target: TargetNetwork, plan: Plan, ticket: Ticket
) -> tuple[Certificate, str]:
    """Return the kernel's certificate for a ticket's file, and what is wrong with it, or "".

    Wrong is a ticket that is not accepted, that has other integers than the rounded target, or
    whose exact run at sampled points of the unit ball errs by more than ε.
    """
    certificate = certificate_of(ticket)
    if not certificate.accepted:
        return certificate, f"{certificate.verdict}: {'; '.join(certificate.reasons)}"
    rounded, found = quantize(target, plan.precision), certificate.matrices
    if len(found) != len(rounded) or not all(map(np.array_equal, found, rounded)):
        return certificate, "other integers than the rounded target's"
    x = rng.standard_normal((4, target.dims[0]))
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) * (1 + 2.0**-40)
    y = ticket.run_exact(x).astype(float)
    error = float(np.linalg.norm(y - target(x), axis=1).max())
    return certificate, "" if error <= float(plan.eps) + 1e-12 else f"a sampled error of {error}"


def measure(
    case: Case, construction: ModuleType, dims: tuple[int, ...], eps: str, delta: str, count: int
) -> Evidence:
    """Draw whole networks with fresh seeds and count, in all and by event, those without a ticket.

    The null hypothesis of the verdict is P(no ticket) ≤ δ. Each event is also tested against its
    own bound; the error probability is shared among all the tests. The kernel certifies the first
    ``SAMPLE`` of the tickets that are counted.
    """
    rng = case.rng()
    plan, target = construction.plan(Request.of(dims, eps, delta)), random_target(rng, dims)
    seeds = (derive_seed(case.seed, f"draw {i}") for i in range(count))
    try:
        counted = count_draws(construction, plan, target, seeds, SAMPLE)
    except NotATicket as wrong:
        return not_a_ticket(wrong)
    events = counted.events
    bounds = plan.failure_bounds()
    share = ERROR / (len(bounds) + 1)
    by_event = {
        name: BoundTest(f"event {name!r}", _above(bound), events.get(name, 0), count, share)
        for name, bound in bounds.items()
    }
    unknown = set(events) - set(bounds)
    total = sum(events.values())
    evidence = BoundTest(
        f"no ticket in a draw of {plan.construction} for dims {dims}",
        Fraction(delta),
        total,
        count,
        share,
    ).evidence(
        dims=dims,
        eps=eps,
        delta=delta,
        bound_of_plan=plan.bound_failure,
        certified=counted.certified,
        error_probability=float(ERROR),  # of this test and the events' together
        events={name: test.evidence().as_dict() for name, test in by_event.items()},
    )
    bad = [name for name, test in by_event.items() if test.rejected]
    if not bad and not unknown:
        return evidence
    details: dict[str, Any] = dict(evidence.details)
    return Evidence(
        Rung.MEASURED,
        Verdict.FAILED,
        f"events {bad or sorted(unknown)}: more failures than their bounds allow",
        k=total,
        n=count,
        interval=evidence.interval,
        counterexample={"events": dict(events)},
        details=details,
    )


def not_a_ticket(wrong: NotATicket) -> Evidence:
    """Return the evidence that a ticket was counted which the kernel does not accept."""
    at = {"seed": wrong.seed, "verdict": wrong.certificate.verdict}
    return Evidence(Rung.MEASURED, Verdict.FAILED, str(wrong), counterexample=at)


def _above(bound: arb) -> Fraction:
    """Return a rational at least as large as every number of the ball."""
    return Fraction(math.nextafter(float(bound.upper()), math.inf))
