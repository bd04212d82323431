"""The registry: every claim and near miss under its one label.

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
    both_signs,
    expansion,
    finite_precision,
    graph,
    grouped,
    horner,
    horner_rates,
    lower_bound,
    lower_bound_deep,
    peers,
    pool,
    random_rounding,
    replay,
    scaling,
    sign_agnostic,
)
from proofs.claims.model import Check, Claim, NearMiss
from proofs.claims.near_misses import NEAR_MISSES

_FAMILIES = (
    finite_precision,
    random_rounding,
    scaling,
    expansion,
    pool,
    both_signs,
    blocks,
    blocks_rates,
    sign_agnostic,
    horner,
    horner_rates,
    grouped,
    lower_bound,
    lower_bound_deep,
    replay,
    peers,
)
_NEAR_MISSES: tuple[NearMiss, ...] = NEAR_MISSES


@cache
def claims() -> Mapping[str, Claim]:
    """Return all claims by label, each after what it depends on.

    Raises GraphError if a label exists twice, dangles, or rests on itself.
    """
    return graph.index(claim for family in _FAMILIES for claim in family.CLAIMS)


@cache
def near_misses() -> tuple[NearMiss, ...]:
    """Return all near misses; raises GraphError for a name twice or a claim that is none."""
    names = [miss.id for miss in _NEAR_MISSES]
    if len(set(names)) < len(names):
        raise graph.GraphError("a near miss exists twice")
    for miss in _NEAR_MISSES:
        claim(miss.claim)
    return _NEAR_MISSES


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


def near_miss_id(miss: NearMiss) -> str:
    """Return the id under which the near miss's search runs: "near-miss/<name>"."""
    return f"near-miss/{miss.id}"


def check(name: str) -> Check:
    """Return the check with this id, "<claim>/<check>" or "near-miss/<name>"."""
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
    for miss in near_misses():
        found[near_miss_id(miss)] = miss.as_check()
    return found


def families() -> tuple[ModuleType, ...]:
    """Return the modules that hold claims."""
    return _FAMILIES
