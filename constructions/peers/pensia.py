"""P3: subset sums (after Pensia, Rajput, Nagle, Vishwakarma, Papailiopoulos 2020).

About log(1/ε) products |a|·b serve a weight: some subset of them adds up to it within the tolerance
(random subset sum, Lueker 1998), found here by exact meet-in-the-middle.

What the paper (arXiv 2006.07990) states (read in another's restatement): weights uniform on [−1,
1], width d·C·log(dl/min(ε, δ)), depth 2l, for ‖W‖ ≤ 1 and ‖x‖ ≤ 1, C not numeric. So the number of
samples here rests on measurements (`plan.smallest_samples`), and ``bound_failure`` is None: no
bound is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from constructions.networks.distributions import UNIFORM
from constructions.networks.weights import WeightNetwork
from constructions.peers.plan import (
    PeerPlan,
    best_reach,
    block_of_signs,
)
from constructions.peers.sections import (
    Floats,
    Masks,
    SlotFailed,
    Task,
    prune_sections,
    scaled_weights,
)
from constructions.peers.subset_sum import Solutions, within
from constructions.progress import Progress, silent
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket

NAME = "pensia"

Solve = Callable[[Floats, Floats, float], Solutions]


def plan(request: Request) -> PeerPlan:
    """Return the plan for targets of the given shape.

    ``request.samples`` sets n, the products that may serve one weight.

    >>> made = plan(Request.of((2, 2, 1), "0.5", "0.1"))
    >>> made.samples, made.block, made.bound_failure
    (16, 54, None)
    """
    count = request.slots
    n, reach = best_reach(count, float(request.delta), request.precision.p + 2.3, 1)
    n = request.samples or n
    block = sign_block(request, n)
    return PeerPlan(
        request,
        block=block,
        failure=None,
        name=NAME,
        law=UNIFORM,
        samples=n,
        reach=reach,
        estimate=count * solver_seconds(request.precision.p, block),
    )


def solver_seconds(bits: float, block: int) -> float:
    """Return rough seconds for one weight: about ``bits`` + 4 samples are enough for most."""
    return 100e-9 * math.pow(2.0, min(15.0, bits / 2 + 2)) + 10e-9 * block


def sign_block(request: Request, needed: int) -> int:
    """Return the block in which all inputs find ``needed`` neurons of each sign, but for δ/4."""
    inputs = sum(section.m for section in request.sections)
    return block_of_signs(inputs, needed, Fraction(1, 2), request.budget / 4)


def prune(
    target: TargetNetwork,
    plan: PeerPlan,
    network: WeightNetwork,
    progress: Progress = silent,
    jobs: int = 1,
) -> Ticket:
    """Return the ticket, or raise NoTicket; subset sums run in ``jobs`` threads.

    Its events: "signs" (too few neurons of a sign in a block) and "subset sum".
    """

    def choose(task: Task) -> Masks:
        return choose_subsets(task, plan.samples, partial(within, jobs=jobs))

    return prune_sections(target, plan, network, choose, scaled_weights(target, plan), progress)


def choose_subsets(task: Task, n: int, solve: Solve) -> Masks:
    """Keep for each weight a subset of the first n products of its sign within the tolerance."""
    J, outputs = task.wanted.shape
    chosen = first_neurons(task.a, n)
    a = np.take_along_axis(task.a, chosen, axis=1)
    b = np.take_along_axis(task.b, chosen[:, :, None], axis=1)
    samples = (a[:, :, None] * b).transpose(0, 2, 1).reshape(J * outputs, n)
    found = solve(np.ascontiguousarray(samples), task.wanted.ravel(), task.tolerance)
    failed = np.flatnonzero(np.abs(found.errors) > task.tolerance)
    if len(failed):
        raise SlotFailed("subset sum", *map(int, divmod(failed[0], outputs)))
    kept = np.zeros(task.b.shape, dtype=np.bool_)
    masks = found.masks.reshape(J, outputs, n).transpose(0, 2, 1)
    np.put_along_axis(kept, chosen[:, :, None], masks, axis=1)
    return kept


def first_neurons(a: Floats, n: int) -> NDArray[np.int64]:
    """Return the places of the first n positive entries of each row, (J, n); else SlotFailed."""
    positive = a > 0
    short = np.flatnonzero(positive.sum(axis=1) < n)
    if len(short):
        raise SlotFailed("signs", int(short[0]), 0)
    return np.asarray(np.argsort(~positive, axis=1, kind="stable")[:, :n], dtype=np.int64)
