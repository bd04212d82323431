"""Plans of one width for all constructions, ours and the peers', so that draws can be compared.

The width is that of the widest hidden layer. A plan takes what fits into it: peers as many neurons
an input as there is room for, ours the block sizes with the least failure.
"""

from __future__ import annotations

from typing import Any, Literal

from constructions import CONSTRUCTIONS
from constructions.errors import InputError
from constructions.peers import PEERS, PeerPlan
from constructions.peers.pensia import sign_block
from constructions.peers.plan import widths_of
from constructions.peers.subset_sum import MAX_SAMPLES
from constructions.plan import Plan, Request
from proofs.audit import good_events

Scope = Literal["weight", "layer", "network"]

SHAPES: dict[Scope, tuple[int, ...]] = {
    "weight": (1, 1),
    "layer": (3, 3),
    "network": (3, 3, 3),
}
_DELTA, _PEERS_DELTA = "0.001", "0.1"  # extra digits of S and A; neurons beyond samples
_ENOUGH = 200  # neurons of slack in a block: more changes the failure by less than 2^−80


def plan_of_width(name: str, dims: tuple[int, ...], eps: str, width: int) -> Plan | PeerPlan | None:
    """Return a plan whose hidden layers are at most ``width`` wide; None if none is that narrow.

    Parameters
    ----------
    name : a construction, ours or a peer's
    dims, eps : of the targets; their inputs are nonnegative
    width : ≥ 1

    S and A have the depth of the theorem's plan for δ = 0.001, and the block sizes that fail least,
    computed exactly. Raises InputError for an unknown name.

    >>> [plan_of_width(name, (3, 3), "0.1", 96).N for name in ("horner", "blocks", "malach")]
    [96, 90, 96]
    >>> plan_of_width("sign-agnostic", (3, 3), "0.1", 24) is None
    True
    """
    if name in PEERS:
        block = width // max(dims[:-1])
        if block < 1:
            return None
        return plan_of_block(name, dims, eps, _PEERS_DELTA, block, nonnegative=True)
    if name not in CONSTRUCTIONS:
        expected = ", ".join((*CONSTRUCTIONS, *PEERS))
        raise InputError(f"name = {name!r}: expected one of {expected}")
    planned: Any = CONSTRUCTIONS[name].plan(dims, eps, _DELTA, nonnegative=True)
    if name == "blocks":
        block = width // (planned.N // planned.B)
        return good_events.with_block(planned, block) if block >= 2 else None
    room = width - good_events.with_sizes(planned, planned.e, 0, 0).N
    if room < 0:
        return None
    sizes = ((room - 2 * second, second) for second in range(min(room // 2, _ENOUGH) + 1))
    made = (good_events.with_sizes(planned, planned.e, *pair) for pair in sizes)
    best: Plan = min(made, key=lambda plan: plan.bound_failure)
    return best


def plan_of_block(
    name: str, dims: tuple[int, ...], eps: str, delta: str, block: int, nonnegative: bool = False
) -> PeerPlan | Plan | None:
    """Return a peer's plan with exactly ``block`` neurons an input, whatever it would plan itself.

    Subset sums use as many samples as the block holds of each sign, but for a probability of δ/4;
    None if it holds not even one. Raises InputError for a name that is no peer, or block < 1.

    >>> plan_of_block("malach", (2, 2), "0.5", "0.1", 40).widths
    (2, 80, 2)
    """
    if name not in PEERS or block < 1:
        raise InputError(
            f"name = {name!r}, block = {block}: expected one of {', '.join(PEERS)}, ≥ 1"
        )
    peer = PEERS[name]
    if name not in ("pensia", "kumar-natale"):
        made: PeerPlan | Plan = peer.plan(dims, eps, delta, nonnegative=nonnegative, samples=block)
        return made
    request = Request.of(dims, eps, delta, nonnegative, None)
    samples, most = 0, MAX_SAMPLES if name == "kumar-natale" else block
    while samples < most:  # halving: the largest number of samples whose block fits
        middle = (samples + most + 1) // 2
        fits = sign_block(request, middle) <= block
        samples, most = (middle, most) if fits else (samples, middle - 1)
    if samples == 0:
        return None
    plan: PeerPlan = peer.plan(dims, eps, delta, nonnegative=nonnegative, samples=samples)
    blocks = (block,) * len(plan.blocks)
    return PeerPlan(**{**vars(plan), "blocks": blocks, "widths": widths_of(plan.dims, blocks)})
