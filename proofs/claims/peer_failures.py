"""The failure bounds of the peers' plans, held against exact probabilities found another way.

What a plan says of one slot is a bound: a product near the hardest weight (P1), of a digit's size
(P2), enough neurons of the right signs (P4). Here each is the probability itself, in closed form
or summed; the blocks must be large enough for it. The plans' own formulas are not used.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, ctx

from constructions import construction
from constructions.numbers import PRECISION, ball
from constructions.peers import orseau
from constructions.peers.plan import PeerPlan, SectionsPlan
from constructions.request import Request
from proofs.claims.model import Check
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.statistics import binomial_tail_at_most

Failure = Callable[[Any], arb]  # of the peer's own kind of plan


def _slots(plan: SectionsPlan) -> int:
    """Return the number of (output, input, sign of the input): each needs a slot of its own."""
    return sum(
        len(plan.parts(i)) * m * n
        for i, (m, n) in enumerate(zip(plan.dims, plan.dims[1:], strict=False), 1)
    )


def search_misses(plan: SectionsPlan) -> arb:
    """P1: no neuron's product a·b, a > 0, is within η of the hardest weight h, summed over slots.

    The product of a on (0, 1) and b on (−1, 1) has density ½·ln(1/|z|), whose integral from u to v
    is ½·(v − v·ln v − u + u·ln u); a > 0 has probability ½.
    """
    half_unit = Fraction(1, 2 ** (plan.p + 1))
    h = ball((1 + half_unit) / 2)
    eta = ball(half_unit / 2 * (Fraction(7, 10) if len(plan.parts(1)) == 2 else 1))

    def integral(z: arb) -> arb:
        return (z - z * z.log()) / 2

    hit = (integral(h + eta) - integral(h - eta)) / 2
    return _slots(plan) * (1 - hit) ** plan.block


def digits_miss(plan: PeerPlan) -> arb:
    """P2: no neuron has a product of digit k's size and sign, summed over digits and slots.

    −log₂|a| and −log₂|b| are uniform on [0, R]; their sum s has density min(s, 2R − s)/R², which is
    integrated here piece by piece. Both signs are right with probability ¼.
    """
    digits = plan.samples
    R, reach = orseau.range_for(digits)
    top = ball((1 + Fraction(1, 2 ** (plan.p + 1))) / 2 ** (reach + 1))  # c, the first digit's size
    start, step = -(top.log() / arb(2).log()), (arb(3) / 2).log() / arb(2).log()

    def rising(low: arb, high: arb) -> arb:
        return (high - low).max(arb(0)) * (high + low) / 2

    def hit(k: int) -> arb:
        low, high = start + k * step, start + (k + 1) * step
        left = rising(low.min(arb(R)), high.min(arb(R)))
        right = rising(2 * R - high.max(arb(R)), 2 * R - low.max(arb(R)))
        return (left + right) / (4 * R**2)

    return _slots(plan) * sum(((1 - hit(k)) ** plan.block for k in range(digits)), arb(0))


def counts_miss(plan: SectionsPlan) -> arb:
    """P4: fewer than 2^p of the block's neurons have the two right signs, for both signs of V."""
    tail = binomial_tail_at_most(2**plan.p - 1, plan.block, Fraction(1, 4))
    return ball(2 * _slots(plan) * tail)


_FAILURES: dict[str, Failure] = {
    "malach": search_misses,
    "orseau": digits_miss,
    "diffenderfer": counts_miss,
}


def hold(name: str, case: Case) -> Evidence:
    """Hold random plans against the exact failure sum: at most δ, and at most what they state."""
    rng, count, slack = case.rng(), case.pick(30, 300), None
    for i in range(count):
        dims = tuple(int(v) for v in rng.integers(1, 6, size=int(rng.integers(2, 5))))
        eps, delta = f"{2.0 ** -rng.uniform(1, 4):.4f}", f"{2.0 ** -rng.uniform(1, 16):.7f}"
        plan = construction(name).plan(Request.of(dims, eps, delta, nonnegative=bool(i % 3 == 0)))
        with ctx.workprec(PRECISION):
            failure = _FAILURES[name](plan)
        stated = plan.bound_failure or 0.0
        if not (failure <= stated and stated <= float(delta)):
            found = {"dims": dims, "eps": eps, "delta": delta, "B": plan.block}
            return from_cases(i + 1, "plans", found | {"exact": str(failure), "stated": stated})
        gap = 1 - float(failure.upper()) / stated
        slack = gap if slack is None else min(slack, gap)
    return from_cases(count, "plans", slack=slack)


def exact_failure(name: str) -> Check:
    """Return the check that a peer's plans keep what they state."""
    return Check("failure-sum", Rung.TESTED, partial(hold, name), cost=3)
