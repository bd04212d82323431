"""PeerPlan: the shape of a peer's random network, and what is known about its failures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.networks.distributions import Distribution
from constructions.networks.weights import WeightSource
from constructions.plan import Request, upper_float
from constructions.quantize import Precision

MAX_BLOCK = 2**40
_SPLIT_SHARE = Fraction(7, 10)  # below √½, see PeerPlan.tolerance


@dataclass(frozen=True)
class PeerPlan:
    """The plan of a construction with two random layers a target layer.

    Layer 2i−1 holds a block of ``blocks[i−1]`` neurons for each input of target layer i, layer 2i
    its outputs; so widths = (d_0, d_0·B_1, d_1, d_1·B_2, …, d_l) and the depth is 2l.

    Attributes
    ----------
    construction, dims, eps, delta, nonnegative, precision, widths : as in `constructions.plan.Plan`
    distribution : of the random weights
    blocks : B_1 … B_l
    samples : products a·b that may serve one weight (n), or digits of one, as the module says
    reach : c: the products are to reach W_i/2^{k_i+c}, numbers of magnitude at most ``largest``
    bound_failure : a proved upper bound on the probability that a draw has no ticket for a target;
        None where we have no proof, and the number of samples rests on measurements
    seconds : what ``prune`` takes on one core, roughly: fitted to measurements on one machine, and
        good to a factor of three or so
    """

    construction: str
    dims: tuple[int, ...]
    eps: Decimal
    delta: Decimal
    nonnegative: bool
    precision: Precision
    widths: tuple[int, ...]
    distribution: Distribution
    blocks: tuple[int, ...]
    samples: int
    reach: int
    bound_failure: float | None
    seconds: float

    @classmethod
    def of(
        cls,
        request: Request,
        construction: str,
        distribution: Distribution,
        block: int,
        *,
        samples: int,
        reach: int,
        bound_failure: float | None,
        seconds: float,
    ) -> PeerPlan:
        """Return the plan with ``block`` neurons for every input, of every target layer."""
        blocks = (block,) * (len(request.dims) - 1)
        return cls(
            construction=construction,
            dims=request.dims,
            eps=request.eps,
            delta=request.delta,
            nonnegative=request.nonnegative,
            precision=request.precision,
            widths=widths_of(request.dims, blocks),
            distribution=distribution,
            blocks=blocks,
            samples=samples,
            reach=reach,
            bound_failure=bound_failure,
            seconds=seconds,
        )

    @property
    def p(self) -> int:
        """The bits of precision: |W_i/2^{k_i} − effective| ≤ 2^{−p−1} for every entry."""
        return self.precision.p

    @property
    def N(self) -> int:
        """The largest width of a hidden layer."""
        return max(self.widths[1:-1])

    @property
    def L(self) -> int:
        """The depth: the number of layers of random weights, 2l."""
        return len(self.widths) - 1

    @property
    def random_weights(self) -> int:
        """The number of weights of the random network."""
        return sum(a * b for a, b in zip(self.widths, self.widths[1:], strict=False))

    @property
    def random_bits(self) -> float:
        """The number of random bits in those weights."""
        return self.random_weights * self.distribution.random_bits

    @property
    def target_weights(self) -> int:
        """The number of weights of the target."""
        return sum(a * b for a, b in zip(self.dims, self.dims[1:], strict=False))

    @property
    def layer_scale_log2(self) -> tuple[int, ...]:
        """p_i: the ticket computes 2^{−Σp_i} times its network; here −(k_i + c)."""
        return tuple(-(k + self.reach) for k in self.precision.exponents)

    def parts(self, i: int) -> tuple[int, ...]:
        """The signs of x_j that target layer i reads: (1, −1) for inputs with signs, else (1,)."""
        return (1,) if i > 1 or self.nonnegative else (1, -1)

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

    def weights(self, seed: int) -> WeightSource:
        """Return the random network of this shape that the seed draws."""
        return WeightSource(seed, self.widths, self.distribution)


def widths_of(dims: Sequence[int], blocks: Sequence[int]) -> tuple[int, ...]:
    """Return (d_0, d_0·B_1, d_1, …, d_{l−1}·B_l, d_l).

    >>> widths_of((3, 2, 1), (5, 7))
    (3, 15, 2, 14, 1)
    """
    if max(blocks) > MAX_BLOCK:
        raise InputError(f"a block of {max(blocks)} neurons an input: expected at most 2^40")
    widths = [dims[0]]
    for d_in, d_out, block in zip(dims, dims[1:], blocks, strict=False):
        widths += [d_in * block, d_out]
    return tuple(widths)


def slots(request: Request) -> int:
    """Return the number of (output, input, part) over all target layers."""
    return sum(section.m * section.n for section in request.sections)


def block_of_signs(count: int, needed: int, share: Fraction, budget: Fraction) -> int:
    """Return the least B whose Chernoff bound gives ``count``·P(Bin(B, share) < needed) ≤ budget.

    P(Bin(B, q) ≤ k) ≤ exp(−B·KL(k/B ‖ q)) for k < qB.

    >>> block_of_signs(1, 1, Fraction(1, 2), Fraction(1, 1000))
    10
    """
    low, high = max(needed, 1), max(2 * needed, 16)
    while bound_too_few(high, needed, share) * count > arb_of(budget):
        high *= 2
        if high > MAX_BLOCK:
            raise InputError(f"{needed} neurons an input would need blocks beyond 2^40")
    low -= 1
    while high - low > 1:
        middle = (low + high) // 2
        fits = bool(bound_too_few(middle, needed, share) * count <= arb_of(budget))
        low, high = (low, middle) if fits else (middle, high)
    return high


def bound_too_few(block: int, needed: int, share: Fraction) -> arb:
    """Return an upper bound on P(Bin(block, share) < needed), by Chernoff; 1 if it says nothing."""
    k = needed - 1
    if k < 0:
        return arb(0)
    if k >= share * block:
        return arb(1)
    with ctx.workprec(128):
        q = arb_of(share)
        x = arb(k) / block
        divergence = (1 - x) * ((1 - x) / (1 - q)).log()
        if k:
            divergence += x * (x / q).log()
        return (-divergence * block).exp()


def arb_of(value: Fraction) -> arb:
    """Return a ball around a rational, 128 bits."""
    with ctx.workprec(128):
        return arb(value.numerator) / arb(value.denominator)


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
