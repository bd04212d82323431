"""The registry: every claim and false friend under its one label.

`proofs.claims.places` says how a claim is cited elsewhere, and finds where;
`tests/proofs/claims/test_labels.py` finds any label that dangles. A claim is added by putting it
in a family's ``CLAIMS``; a family, by naming it below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import ModuleType

from proofs.claims import (
    blocks,
    blocks_rates,
    expansion,
    finite_precision,
    graph,
    horner,
    horner_rates,
    lower_bound,
    lower_bound_deep,
    peers,
    pool,
    random_rounding,
    scaling,
    sign_agnostic,
)
from proofs.claims.false_friends import FRIENDS
from proofs.claims.model import Check, Claim, FalseFriend

_FAMILIES = (
    finite_precision,
    random_rounding,
    scaling,
    expansion,
    pool,
    blocks,
    blocks_rates,
    sign_agnostic,
    horner,
    horner_rates,
    lower_bound,
    lower_bound_deep,
    peers,
)
_FRIENDS: tuple[FalseFriend, ...] = FRIENDS


@cache
def claims() -> Mapping[str, Claim]:
    """Return all claims by label, each after what it depends on.

    Raises GraphError if a label exists twice, dangles, or rests on itself.
    """
    return graph.index(claim for family in _FAMILIES for claim in family.CLAIMS)


@cache
def false_friends() -> tuple[FalseFriend, ...]:
    """Return all false friends; raises GraphError for a name twice or a claim that is none."""
    names = [friend.id for friend in _FRIENDS]
    if len(set(names)) < len(names):
        raise graph.GraphError("a false friend exists twice")
    for friend in _FRIENDS:
        claim(friend.claim)
    return _FRIENDS


def claim(label: str) -> Claim:
    """Return the claim with this label; raise ValueError naming the labels there are."""
    try:
        return claims()[label]
    except KeyError:
        raise ValueError(f"claim {label!r}: expected one of {', '.join(claims())}") from None


def select(labels: Iterable[str] | None = None) -> tuple[Claim, ...]:
    """Return the claims with these labels, in the registry's order; all of them for None."""
    if labels is None:
        return tuple(claims().values())
    wanted = {claim(label).id for label in labels}
    return tuple(c for c in claims().values() if c.id in wanted)


def friend_id(friend: FalseFriend) -> str:
    """Return the id under which the false friend's search runs: "false-friend/<name>"."""
    return f"false-friend/{friend.id}"


def check(name: str) -> Check:
    """Return the check with this id, "<claim>/<check>" or "false-friend/<name>"."""
    return _checks()[name]


@cache
def _checks() -> dict[str, Check]:
    found: dict[str, Check] = {}
    for item in claims().values():
        for one in item.checks:
            name = f"{item.id}/{one.name}"
            if name in found:
                raise graph.GraphError(f"check {name} exists twice")
            found[name] = one
    for friend in false_friends():
        found[friend_id(friend)] = friend.as_check()
    return found


def families() -> tuple[ModuleType, ...]:
    """Return the modules that hold claims."""
    return _FAMILIES
