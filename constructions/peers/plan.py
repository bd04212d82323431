"""PeerPlan: the shape of a peer's random network, and what is known about its failures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.networks.distributions import Distribution
from constructions.networks.weights import WeightNetwork
from constructions.numbers import PRECISION, ball, least, upper_float
from constructions.plan import Plan

MAX_BLOCK = 2**40
_SPLIT_SHARE = Fraction(7, 10)  # below √½, see PeerPlan.tolerance


@dataclass(frozen=True)
class SectionsPlan(Plan):
    """A plan with two random layers per target layer.

    Layer 2i−1 holds a block of neurons for each input of target layer i, layer 2i its outputs; so
    widths = (d_0, d_0·B, d_1, d_1·B, …, d_l) and the depth is 2l.

    Attributes, besides the request
    -------------------------------
    block : B, the neurons per input
    failure : a proved upper bound on the probability that a draw has no ticket, or None
    """

    block: int
    failure: float | None

    @property
    def most(self) -> int | None:
        """The largest number of samples that ``prune`` can take, or None."""
        return None

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """(d_0, d_0·B, d_1, d_1·B, …, d_l)."""
        return widths_of(self.dims, (self.block,) * (len(self.dims) - 1))

    @property
    def bound_failure(self) -> float | None:
        """A proved upper bound on the probability that a draw has no ticket, or None."""
        return self.failure

    def parts(self, i: int) -> tuple[int, ...]:
        """The signs of x_j that target layer i reads: (1, −1) for inputs with signs, else (1,)."""
        return (1,) if i > 1 or self.nonnegative else (1, -1)


@dataclass(frozen=True)
class PeerPlan(SectionsPlan):
    """The plan of a peer's construction with real weights, two random layers per target layer.

    Attributes, besides those of SectionsPlan
    -----------------------------------------
    name : of the construction
    law : the distribution of the random weights
    samples : products a·b that may serve one weight (n), or digits of one, as the module says
    reach : c: the products are to reach W_i/2^{k_i+c}, numbers of magnitude at most ``largest``
    estimate : seconds of ``prune`` on one core, roughly: fitted to measurements on one machine,
        and good to a factor of three or so
    limit : the largest number of samples that ``prune`` can take, or None
    """

    name: str
    law: Distribution
    samples: int
    reach: int
    estimate: float
    limit: int | None = None

    def __post_init__(self) -> None:
        _ = self.widths  # raises InputError for a block beyond 2^40

    @property
    def construction(self) -> str:
        """The name of the construction."""
        return self.name

    @property
    def distribution(self) -> Distribution:
        """The distribution of a random weight."""
        return self.law

    @property
    def seconds(self) -> float:
        """What ``prune`` takes on one core, roughly."""
        return self.estimate

    @property
    def most(self) -> int | None:
        """The largest number of samples that ``prune`` can take, or None."""
        return self.limit

    def require_feasible(self) -> None:
        """Raise InputError if a weight has more samples than exact search can take."""
        if self.most is not None and self.samples > self.most:
            raise InputError(
                f"samples = {self.samples}: expected at most {self.most}, as exact subset sums are "
                "searched; a larger eps needs fewer"
            )

    @property
    def layer_scale_log2(self) -> tuple[int, ...]:
        """p_i: the ticket computes 2^{−Σp_i} times its network; here −(k_i + c)."""
        return tuple(-(k + self.reach) for k in self.precision.exponents)

    @property
    def largest(self) -> float:
        """2^−c·(1 + 2^{−p−1}): weights that round to at most 2^p may be that much above 2^k."""
        return math.ldexp(1.0 + 2.0 ** (-self.p - 1), -self.reach)

    def tolerance(self, i: int) -> float:
        """Return the error allowed to an entry of W_i/2^{k_i+c}.

        2^{−p−1−c}, as rounding to p bits would allow (Q1). Where positive and negative parts are
        approximated apart, W x is off by E⁺x⁺ − E⁻x⁻, at most ‖[E⁺, −E⁻]‖·‖x‖: twice the entries,
        so each gets 7/10 of it, less than √½.
        """
        share = float(_SPLIT_SHARE) if len(self.parts(i)) == 2 else 1.0
        return math.ldexp(share, -self.p - 1 - self.reach)

    def draw(self, seed: int) -> WeightNetwork:
        """Return the random network of this shape that the seed draws, 0 ≤ seed < 2^64."""
        return WeightNetwork(seed, self.widths, self.law)


def widths_of(dims: Sequence[int], blocks: Sequence[int]) -> tuple[int, ...]:
    """Return (d_0, d_0·B_1, d_1, …, d_{l−1}·B_l, d_l).

    >>> widths_of((3, 2, 1), (5, 7))
    (3, 15, 2, 14, 1)
    """
    if max(blocks) > MAX_BLOCK:
        raise InputError(f"a block of {max(blocks)} neurons per input: expected at most 2^40")
    widths = [dims[0]]
    for d_in, d_out, block in zip(dims, dims[1:], blocks, strict=False):
        widths += [d_in * block, d_out]
    return tuple(widths)


def block_of_signs(count: int, needed: int, share: Fraction, budget: Fraction) -> int:
    """Return the least B whose Chernoff bound gives ``count``·P(Bin(B, share) < needed) ≤ budget.

    P(Bin(B, q) ≤ k) ≤ exp(−B·KL(k/B ‖ q)) for k < qB.

    >>> block_of_signs(1, 1, Fraction(1, 2), Fraction(1, 1000))
    10
    """
    goal = ball(budget)

    def fits(block: int) -> bool:
        if block > MAX_BLOCK:
            raise InputError(f"{needed} neurons per input would need blocks beyond 2^40")
        return bool(bound_too_few(block, needed, share) * count <= goal)

    return least(fits, max(needed, 1))


def bound_too_few(block: int, needed: int, share: Fraction) -> arb:
    """Return an upper bound on P(Bin(block, share) < needed), by Chernoff; 1 if it says nothing."""
    k = needed - 1
    if k < 0:
        return arb(0)
    if k >= share * block:
        return arb(1)
    with ctx.workprec(PRECISION):
        q = ball(share)
        x = arb(k) / block
        divergence = (1 - x) * ((1 - x) / (1 - q)).log()
        if k:
            divergence += x * (x / q).log()
        return (-divergence * block).exp()


def failure_bound(*parts: arb) -> float:
    """Return the sum of bounds on the probabilities of failures, rounded up, at most 1."""
    return min(1.0, upper_float(sum(parts, arb(0))))


# -- how many samples random subset sums need: measured, not proved -------------------------------

_GRID = 1024  # cells of [0, 1] for the sums of products


def smallest_samples(slots: int, delta: float, bits: float, reach: int) -> int:
    """Return the number n of products a·b that a weight should have: an estimate, not a theorem.

    Two things go wrong in random subset sums. The positive products may not even add up to the
    weight (at most 2^−reach): `estimate_short` computes that probability. And the 2^n sums may
    leave a gap around it: measured at a = |U|, b = U, U uniform on [−1, 1], failures follow roughly
    log₂(1/failure) ≤ (n − bits)/0.9 for tolerance 0.3·2^{1−bits}. n is the least that keeps both,
    summed over all slots, below δ/4.

    >>> smallest_samples(100, 0.1, 8.0, 1)
    26
    """
    goal = delta / 4 / slots
    n = max(1, math.ceil(bits + 0.9 * math.log2(1 / goal)))
    while estimate_short(n, reach) > goal:
        n += 1
    return n


def best_reach(slots: int, delta: float, bits: float, extra: int) -> tuple[int, int]:
    """Return (n, c) with the smallest n over c = 0…5, ``extra`` bits being paid for each unit of c.

    >>> best_reach(100, 0.1, 8.0, 1)
    (21, 2)
    """
    return min((smallest_samples(slots, delta, bits + extra * c, c), c) for c in range(6))


def estimate_short(n: int, reach: int) -> float:
    """Estimate P(Σ of the positive ones of n products < 2^−reach), on a grid of 1024 cells."""
    edges = np.arange(_GRID + 1) / _GRID
    cumulative = edges * (
        1 - np.log(np.maximum(edges, 1e-300))
    )  # P(a·b ≤ z), a, b uniform on [0, 1]
    cell = np.diff(cumulative)
    limit = _GRID >> reach
    total, sums = 0.0, np.zeros(_GRID)
    sums[0] = 1.0
    for m in range(min(n, 64) + 1):
        total += math.exp(_log_binomial(n, m) - n * math.log(2)) * float(sums[:limit].sum())
        sums = _convolve(sums, cell)
    return total


def _convolve(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.convolve(a, b)[:_GRID], dtype=np.float64)


def _log_binomial(n: int, m: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(m + 1) - math.lgamma(n - m + 1)
