"""P1: search (after Malach, Yehudai, Shalev-Shwartz, Shamir 2020, arXiv 2002.00585).

One product a single weight: among the B neurons of an input, search one whose product |a|·b is
within the tolerance. The price is a width polynomial in 1/ε.

What the paper states (read in another's restatement, its dependence on ε recalled): any
bounded distribution, polynomial width O(d⁵l²) with 1/ε², depth 2l, norm and sparsity assumptions on
the target. Ours below is the plain case of uniform weights, with a failure bound of our own: for
a, b uniform on (−1, 1), P(a > 0 and |ab − w| ≤ η) ≥ (η/2)·ln(1/(h+η)) for |w| ≤ h (given a > 0,
a·b has density ½·ln(1/|z|), decreasing in |z|, and a > 0 has probability ½). We bring all weights
to h = ½·(1 + 2^{−p−1}), and take 2^−50 from η for the 53 bits of a and b and the rounding of their
product.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from flint import ctx

from constructions.errors import InputError
from constructions.networks.distributions import UNIFORM
from constructions.networks.weights import WeightNetwork
from constructions.numbers import PRECISION, ball
from constructions.peers.plan import PeerPlan, failure_bound
from constructions.peers.sections import (
    Masks,
    SlotFailed,
    Task,
    prune_sections,
    scaled_weights,
)
from constructions.progress import Progress, silent
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket

NAME = "malach"
_REACH = 1


def plan(request: Request) -> PeerPlan:
    """Return the plan for targets of the given shape.

    ``request.samples`` sets the neurons B per input instead of the smallest number whose failure
    bound is δ. Raises InputError if ε is too small for weights of 53 bits.

    >>> plan(Request.of((2, 2, 1), "0.5", "0.1")).widths
    (2, 1418, 2, 1418, 1)
    """
    eta = Fraction(7, 10) / 2 ** (request.precision.p + 1 + _REACH)  # the smaller tolerance
    eta -= Fraction(1, 2**50)
    if eta <= 0:
        raise InputError(f"eps = {request.eps}: weights of 53 bits are too coarse for it")
    with ctx.workprec(PRECISION):
        largest = Fraction(1, 2) * (1 + Fraction(1, 2 ** (request.precision.p + 1)))
        hit = ball(eta) / 2 * -ball(eta + largest).log()
        count = request.slots
        goal = (ball(request.budget) / count).log()
        enough = math.ceil(float((goal / (-hit).log1p()).upper()))
        block = request.samples or max(enough, 1)
        failure = ((-hit).log1p() * block).exp() * count
    return PeerPlan(
        request,
        block=block,
        failure=failure_bound(failure),
        name=NAME,
        law=UNIFORM,
        samples=block,
        reach=_REACH,
        estimate=50e-9 * count * block,
    )


def prune(
    target: TargetNetwork, plan: PeerPlan, network: WeightNetwork, progress: Progress = silent
) -> Ticket:
    """Return the ticket, or raise NoTicket (event "search") naming the weight without a product."""
    return prune_sections(target, plan, network, choose, scaled_weights(target, plan), progress)


def choose(task: Task) -> Masks:
    """Keep the first product within the tolerance of each weight, none for weights that small."""
    near = np.abs(task.products - task.wanted[:, None, :]) <= task.tolerance
    near &= task.a[:, :, None] > 0
    needed = np.abs(task.wanted) > task.tolerance
    missing = needed & ~near.any(axis=1)
    if missing.any():
        raise SlotFailed("search", *map(int, np.argwhere(missing)[0]))
    kept = np.zeros(near.shape, dtype=np.bool_)
    np.put_along_axis(kept, near.argmax(axis=1)[:, None, :], needed[:, None, :], axis=1)
    return kept
