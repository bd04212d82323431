"""Plans of one width for all constructions, ours and the peers', so that draws can be compared.

The width is that of the widest hidden layer. A plan takes what fits into it: peers as many neurons
an input as there is room for, ours the block sizes with the least failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Literal

from constructions.catalogue import construction
from constructions.errors import InputError
from constructions.numbers import least
from constructions.peers.plan import SectionsPlan
from constructions.plan import Plan, Slack, SlackPlan
from constructions.request import Request

Scope = Literal["weight", "layer", "network"]

SHAPES: dict[Scope, tuple[int, ...]] = {
    "weight": (1, 1),
    "layer": (3, 3),
    "network": (3, 3, 3),
}
_DELTA, _PEERS_DELTA = "0.001", "0.1"  # extra digits of S and A; neurons beyond samples
_ENOUGH = 200  # neurons of slack in a block: more changes the failure by less than 2^−80


def plan_of_width(name: str, dims: tuple[int, ...], eps: str, width: int) -> Plan | None:
    """Return a plan whose hidden layers are at most ``width`` wide; None if none is that narrow.

    Parameters
    ----------
    name : a construction, ours or a peer's
    dims, eps : of the targets; their inputs are nonnegative
    width : ≥ 1

    S has no more sums and copies of the offset than the width has room for. S and A have the depth
    of the theorem's plan for δ = 0.001, and the block sizes that fail least,
    computed exactly. Raises InputError for an unknown name.

    >>> [plan_of_width(name, (3, 3), "0.1", 96).N for name in ("horner", "blocks", "malach")]
    [96, 90, 96]
    >>> plan_of_width("sign-agnostic", (3, 3), "0.1", 24) is None
    True
    """
    row = construction(name)
    if not row.ours:
        block = width // max(dims[:-1])
        if block < 1:
            return None
        return plan_of_block(name, dims, eps, _PEERS_DELTA, block, nonnegative=True)
    planned: SlackPlan = row.plan(Request.of(dims, eps, _DELTA, nonnegative=True))
    fitting = list(_fitting(planned, width))
    return min(fitting, key=lambda plan: float(plan.exact_failure().upper()), default=None)


def _fitting(planned: SlackPlan, width: int) -> Iterator[SlackPlan]:
    """Yield the widest plans of this depth that fit, for every value of the last slack."""
    slacks = [slack for slack in planned.SLACKS if slack.neurons]
    first, others = slacks[0], slacks[1:]
    bare = planned.with_slacks(**{slack.name: slack.least for slack in slacks})
    for values in product(range(_ENOUGH + 1), repeat=len(others)):
        changed = {s.name: s.least + v for s, v in zip(others, values, strict=True)}
        made = bare.with_slacks(**changed).within(width)
        if width >= made.N:
            yield _widened(made, first, width)


def _widened(plan: SlackPlan, slack: Slack, width: int) -> SlackPlan:
    """Return the plan with the largest value of a slack that fits into the width."""

    def of(value: int) -> SlackPlan:
        return plan.with_slacks(**{slack.name: value}).within(width)

    return of(least(lambda v: width < of(v).N, slack.least) - 1)


def plan_of_block(
    name: str, dims: tuple[int, ...], eps: str, delta: str, block: int, nonnegative: bool = False
) -> SectionsPlan | None:
    """Return a peer's plan with exactly ``block`` neurons per input, whatever it would plan itself.

    Subset sums use as many samples as the block holds of each sign, but for a probability of δ/4;
    None if it holds not even one. Raises InputError for a name that is no peer, or block < 1.

    >>> plan_of_block("malach", (2, 2), "0.5", "0.1", 40).widths
    (2, 80, 2)
    """
    row = construction(name)
    if row.ours or block < 1:
        raise InputError(f"name = {name!r}, block = {block}: expected a peer's construction, ≥ 1")
    request = Request.of(dims, eps, delta, nonnegative=nonnegative)

    def plan(samples: int) -> Any:
        return row.plan(request.with_samples(samples))

    samples = least(lambda n: plan(n).block > block, 1) - 1
    if samples == 0:
        return None
    made = plan(samples)
    best: SectionsPlan = made if made.most is None else plan(min(samples, made.most))
    return replace(best, block=block)
