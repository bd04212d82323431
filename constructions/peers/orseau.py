"""P2: digits in base 3/2 from hyperbolic weights (after Orseau, Hutter, Rivasplata 2020).

If g_k ∈ [c·r^{k+1}, c·r^k] for k = 0…K−1, r = ⅔, then every w in [0, 2c] is a sum of some of the
g_k up to a rest of at most 2c·r^K: go through k, and take g_k where it does not exceed what is
left. (By induction what is left before step k is at most 2c·r^k: after it, it is below g_k ≤ c·r^k
< 2c·r^{k+1}, or at most 2c·r^k − c·r^{k+1} = 2c·r^{k+1}.) So digits need not be exact, only of the
right size, and products |a|·b of weights with density ∝ 1/|w| have every size equally easily, up to
the shape of a triangle.

What the paper (arXiv 2006.12156) states (read in another's restatement, the density recalled):
hyperbolic weights on a bounded range, digits in base 3/2, O(log 1/ε) intermediate neurons per
target weight, about d²·log(dl/ε) per layer, depth 2l, products b·σ(a·x), batch sampling. Here one
batch of B neurons per input serves the digits of all outputs. With X = −log₂|a|, Y = −log₂|b|
uniform on [0, R], a neuron fits a digit with a given sign with probability ¼·P(X+Y in an interval
of length log₂ 3/2), and the failure bound is the union bound over all digits. It takes off what the
discrete weights cost: 2^−22 of the interval, R·2^−30 of the probability.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from flint import arb, ctx

from constructions.errors import InputError
from constructions.networks.distributions import MAX_OCTAVES, Distribution
from constructions.networks.weights import WeightNetwork
from constructions.numbers import PRECISION, ball, least
from constructions.peers.plan import (
    MAX_BLOCK,
    PeerPlan,
    failure_bound,
)
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

NAME = "orseau"
_RATIO = 2.0 / 3.0
_DIGIT = math.log2(1.5)
_SPARE = 1 - 2.0**-20  # of the tolerance, for the rounding of products and rests


def plan(request: Request) -> PeerPlan:
    """Return the plan for targets of the given shape; its ``samples`` are the digits K.

    ``request.samples`` sets the neurons B per input instead of the smallest number whose failure
    bound is δ. Raises InputError if ε needs more digits than weights can span.

    >>> made = plan(Request.of((2, 2, 1), "0.5", "0.1"))
    >>> made.samples, made.block, made.distribution.describe()
    (8, 333, 'density 1/|w| on 2^-5 to 1')
    """
    excess = Fraction(1, 2 ** (request.precision.p + 1))  # weights may be that much above 2^k
    digits = digits_for(0.7 * float(excess / (1 + excess)))
    octaves, reach = range_for(digits)
    if octaves > MAX_OCTAVES:
        raise InputError(f"eps = {request.eps}: {digits} digits are more than weights can span")
    count = request.slots
    with ctx.workprec(PRECISION):
        start = reach + 1 - (1 + ball(excess)).log() / arb(2).log()
        fits = [bound_fit(k, octaves, start) for k in range(digits)]

        def failure(block: int) -> arb:
            return sum((((-q).log1p() * block).exp() for q in fits), arb(0)) * count

        block = request.samples or _least_block(failure, ball(request.budget))
        bound = failure_bound(failure(block))
    return PeerPlan(
        request,
        block=block,
        failure=bound,
        name=NAME,
        law=Distribution("hyperbolic", octaves),
        samples=digits,
        reach=reach,
        estimate=8e-9 * count * block * digits,
    )


def digits_for(tolerance: float) -> int:
    """Return the least K with (2/3)^K ≤ tolerance, the tolerance for weights in [0, 1]."""
    digits = max(1, math.ceil(math.log(tolerance * _SPARE) / math.log(_RATIO)))
    while _RATIO**digits > tolerance * _SPARE:
        digits += 1
    return digits


def range_for(digits: int) -> tuple[int, int]:
    """Return R and c: weights down to 2^−R, digits from 2^{−c−1} on, around the triangle's peak."""
    span = digits * _DIGIT
    octaves = math.ceil(span)
    return octaves, max(0, round(octaves - span / 2) - 1)


def bound_fit(k: int, octaves: int, start: arb) -> arb:
    """Return a lower bound on the probability that a neuron fits digit k with a given sign.

    ``start`` is −log₂ c, where the digits begin.
    """
    digit = arb(3).log() / arb(2).log() - 1
    low = start + k * digit + ball(Fraction(1, 2**22))
    high = start + (k + 1) * digit - ball(Fraction(1, 2**40))
    inside = (_triangle(high, octaves) - _triangle(low, octaves)) / 4
    return inside - octaves * ball(Fraction(1, 2**30))


def _triangle(s: arb, octaves: int) -> arb:
    """P(X + Y ≤ s) for X, Y uniform on [0, R]; s away from the kink at R, or within a tiny ball."""
    if s <= octaves:
        return s * s / (2 * octaves**2)
    rest = (2 * octaves - s).max(arb(0))
    return 1 - rest * rest / (2 * octaves**2)


def _least_block(failure: Callable[[int], arb], goal: arb) -> int:
    def fits(block: int) -> bool:
        if block > MAX_BLOCK:
            raise InputError("eps, delta: blocks beyond 2^40 neurons per input would be needed")
        return bool(failure(block) <= goal)

    return least(fits, 9)


def prune(
    target: TargetNetwork, plan: PeerPlan, network: WeightNetwork, progress: Progress = silent
) -> Ticket:
    """Return the ticket, or raise NoTicket (event "digit k") naming the weight that lacks it."""
    first = plan.largest / 2

    def choose(task: Task) -> Masks:
        return choose_digits(task, plan.samples, first)

    return prune_sections(target, plan, network, choose, scaled_weights(target, plan), progress)


def choose_digits(task: Task, digits: int, first: float) -> Masks:
    """Keep, greedily from the largest on, the first product of each digit's size that is needed.

    ``first`` is c: digit k has a size in [c·(2/3)^{k+1}, c·(2/3)^k].
    """
    products = task.products * np.where(task.wanted < 0, -1.0, 1.0)[:, None, :]
    rest = np.abs(task.wanted)
    kept = np.zeros(products.shape, dtype=np.bool_)
    for k in range(digits):
        low, high = first * _RATIO ** (k + 1), first * _RATIO**k
        needed = rest > low
        if not needed.any():
            continue
        fits = (products > low) & (products <= high)  # half open: no product is two digits
        missing = needed & ~fits.any(axis=1)
        if missing.any():
            raise SlotFailed(f"digit {k}", *map(int, np.argwhere(missing)[0]))
        place = fits.argmax(axis=1)[:, None, :]
        digit = np.take_along_axis(products, place, axis=1)[:, 0, :]
        taken = needed & (digit <= rest)
        rest = np.where(taken, rest - digit, rest)
        before = np.take_along_axis(kept, place, axis=1)  # where this digit is not taken
        np.put_along_axis(kept, place, before | taken[:, None, :], axis=1)
    return kept
