"""P5: exact subset sums of weights on a grid (after Kumar and Natale 2025, arXiv 2508.11020).

Random weights are multiples of 2^−q, their products multiples of 2^−2q, and the target's weights,
rounded to p bits, multiples of a coarser power of two: some subset of about 2q products adds up to
each of them *exactly* (number partitioning). The ticket computes the rounded target with error 0.

What the paper states (read): uniform weights on a grid of step δ in [−1, 1], width O(d·log(1/δ)),
depth 2l, exact representation of targets on a coarser grid, a matching lower bound; a grid of ±1
alone is not covered. The number of samples here rests on measurements; ``bound_failure`` is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from constructions.errors import InputError
from constructions.networks.distributions import MAX_GRID_BITS, Distribution
from constructions.networks.weights import WeightSource
from constructions.peers.pensia import choose_subsets, sign_block, solver_seconds
from constructions.peers.plan import PeerPlan, best_reach, slots
from constructions.peers.sections import Floats, Masks, Task, prune_sections
from constructions.peers.subset_sum import MAX_SAMPLES, Solutions, closest
from constructions.peers.ticket import WeightedTicket
from constructions.plan import Request
from constructions.progress import Progress, silent
from constructions.quantize import Precision, quantize
from constructions.targets.target import TargetNetwork

NAME = "kumar-natale"


def plan(
    dims: Sequence[int],
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    *,
    nonnegative: bool = False,
    precision: Precision | None = None,
    samples: int | None = None,
) -> PeerPlan:
    """Return the plan for targets of the given shape: q = p + c, so targets are on a coarser grid.

    Parameters: as for our own constructions; ``samples`` sets n, the products that may serve one
    weight. Raises InputError for arguments outside their domain, or if q exceeds 30.

    >>> made = plan((2, 2, 1), "0.5", "0.1")
    >>> made.samples, made.distribution.describe()
    (21, 'uniform on the grid of step 2^-4')
    """
    request = Request.of(dims, eps, delta, nonnegative, precision)
    count = slots(request)
    n, reach = best_reach(count, float(request.delta), 2 * request.precision.p + 2.7, 2)
    if samples is not None:
        n = samples
    bits = request.precision.p + reach
    if bits > MAX_GRID_BITS:
        raise InputError(f"eps = {request.eps}: a grid of 2^-{bits}, expected 2^-30 at the finest")
    block = sign_block(request, n)
    return PeerPlan.of(
        request,
        NAME,
        Distribution("grid", bits),
        block,
        samples=n,
        reach=reach,
        bound_failure=None,
        seconds=count * solver_seconds(2 * request.precision.p, block),
    )


def prune(
    target: TargetNetwork,
    plan: PeerPlan,
    weights: WeightSource,
    progress: Progress = silent,
    jobs: int = 1,
) -> WeightedTicket:
    """Return the ticket, or raise NoTicket; subset sums run in ``jobs`` threads.

    Its events: "signs" (too few neurons of a sign in a block) and "subset sum".
    """
    check_samples(plan)
    wanted = [
        np.ldexp(V.astype(np.float64), -plan.p - plan.reach)  # exact: |V| ≤ 2^p
        for V in quantize(target, plan.precision)
    ]

    def solve(samples: Floats, targets: Floats, tolerance: float) -> Solutions:
        return solve_exactly(samples, targets, 2 * plan.distribution.parameter, jobs)

    def choose(task: Task) -> Masks:
        exact = Task(task.a, task.b, task.wanted, 0.0)
        return choose_subsets(exact, plan.samples, solve)

    return prune_sections(target, plan, weights, choose, wanted, progress)


def check_samples(plan: PeerPlan) -> None:
    """Raise InputError if the plan's weights have more samples than exact search can take."""
    if plan.samples > MAX_SAMPLES:
        raise InputError(
            f"samples = {plan.samples}: expected at most {MAX_SAMPLES}, as exact subset sums are "
            "searched; a larger eps needs fewer"
        )


def solve_exactly(samples: Floats, targets: Floats, bits: int, jobs: int = 1) -> Solutions:
    """Return subsets that add up to their targets exactly, where there are any.

    Samples and targets are multiples of 2^−bits; errors are integers, in these units.

    >>> solve_exactly(np.array([[0.5, 0.25, -0.25]]), np.array([0.75]), 2).errors.tolist()
    [0]
    """
    scaled = np.ldexp(samples, bits).astype(np.int64)  # exact: |a·b| ≤ 1 and bits ≤ 60
    wanted = np.ldexp(targets, bits).astype(np.int64)
    n = scaled.shape[1]
    masks = np.zeros(scaled.shape, dtype=np.bool_)
    errors = -wanted
    for size in [*range(min(n, 12), n, 3), n]:
        open_ = np.flatnonzero(errors)
        if len(open_) == 0:
            break
        found = closest(scaled[open_, :size], wanted[open_], jobs)
        masks[open_, :size], errors[open_] = found.masks, found.errors
    return Solutions(masks, errors)
