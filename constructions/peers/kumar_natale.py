"""P5: exact subset sums of weights on a grid (after Kumar and Natale 2025, arXiv 2508.11020).

Random weights are multiples of 2^−q, their products multiples of 2^−2q, and the target's weights,
rounded to p bits, multiples of a coarser power of two: some subset of about 2q products adds up to
each of them *exactly* (number partitioning). The ticket computes the rounded target with error 0.

What the paper states (read): uniform weights on a grid of step δ in [−1, 1], width O(d·log(1/δ)),
depth 2l, exact representation of targets on a coarser grid, a matching lower bound; a grid of ±1
alone is not covered. The number of samples here rests on measurements; ``bound_failure`` is None.
"""

from __future__ import annotations

import numpy as np

from constructions.errors import InputError
from constructions.networks.distributions import MAX_GRID_BITS, Distribution
from constructions.networks.weights import WeightNetwork
from constructions.peers.pensia import choose_subsets, sign_block, solver_seconds
from constructions.peers.plan import PeerPlan, best_reach
from constructions.peers.sections import Floats, Masks, Task, prune_sections
from constructions.peers.subset_sum import MAX_SAMPLES, Solutions, closest
from constructions.progress import Progress, silent
from constructions.quantize import quantize
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket

NAME = "kumar-natale"


def plan(request: Request) -> PeerPlan:
    """Return the plan for targets of the given shape: q = p + c, so targets are on a coarser grid.

    ``request.samples`` sets n, the products that may serve one weight. Raises InputError if q
    exceeds 30.

    >>> made = plan(Request.of((2, 2, 1), "0.5", "0.1"))
    >>> made.samples, made.distribution.describe()
    (21, 'uniform on the grid of step 2^-4')
    """
    count = request.slots
    n, reach = best_reach(count, float(request.delta), 2 * request.precision.p + 2.7, 2)
    n = request.samples or n
    bits = request.precision.p + reach
    if bits > MAX_GRID_BITS:
        raise InputError(f"eps = {request.eps}: a grid of 2^-{bits}, expected 2^-30 at the finest")
    block = sign_block(request, n)
    return PeerPlan(
        request,
        block=block,
        failure=None,
        name=NAME,
        law=Distribution("grid", bits),
        samples=n,
        reach=reach,
        estimate=count * solver_seconds(2 * request.precision.p, block),
        limit=MAX_SAMPLES,
    )


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
    plan.require_feasible()
    wanted = [
        np.ldexp(V.astype(np.float64), -plan.p - plan.reach)  # exact: |V| ≤ 2^p
        for V in quantize(target, plan.precision)
    ]

    def solve(samples: Floats, targets: Floats, tolerance: float) -> Solutions:
        return solve_exactly(samples, targets, 2 * plan.law.parameter, jobs)

    def choose(task: Task) -> Masks:
        exact = Task(task.a, task.b, task.wanted, 0.0)
        return choose_subsets(exact, plan.samples, solve)

    return prune_sections(target, plan, network, choose, wanted, progress)


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
