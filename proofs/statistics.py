"""Exact statistics of coin flips: binomial tails in integers, Clopper–Pearson verified by them.

A float quantile only proposes an endpoint; the exact tail decides, and the endpoint is moved
outward until it covers. So an interval printed here has at least the stated confidence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpz
from scipy.stats import beta, binom

from proofs.evidence import Evidence, Rung, Verdict

CONFIDENCE = Fraction(999, 1000)
ERROR = Fraction(1, 10**6)  # the chance that one statistical check rejects a true statement
INFLATION = (1 - CONFIDENCE) / 2  # the chance that one passes a false statement
_BITS = 40  # endpoints are multiples of 2^−40


def binomial_tail_at_most(k: int, n: int, p: Fraction) -> Fraction:
    """Return P(X ≤ k) for X binomial(n, p), exactly.

    Parameters: n ≥ 0; any integer k; 0 ≤ p ≤ 1, a Fraction. Raises ValueError otherwise.

    >>> binomial_tail_at_most(1, 3, Fraction(1, 2))
    Fraction(1, 2)
    """
    return Fraction(*_at_most(k, n, Fraction(p)))


def binomial_tail_at_least(k: int, n: int, p: Fraction) -> Fraction:
    """Return P(X ≥ k) for X binomial(n, p), exactly.

    >>> binomial_tail_at_least(3, 3, Fraction(1, 2))
    Fraction(1, 8)
    """
    return Fraction(*_at_least(k, n, Fraction(p)))


def _at_most(k: int, n: int, p: Fraction) -> tuple[int, int]:
    """Return P(X ≤ k) as a numerator over p.denominator^n, not reduced: a gcd would cost most."""
    if n < 0 or not 0 <= p <= 1:
        raise ValueError(f"n = {n}, p = {p}: expected n ≥ 0 and 0 ≤ p ≤ 1")
    if k < 0 or (p == 1 and k < n):
        return 0, 1
    if k >= n:
        return 1, 1
    if k > n // 2:  # the shorter tail
        numerator, denominator = _at_most(n - k - 1, n, 1 - p)
        return denominator - numerator, denominator
    a, b = p.numerator, p.denominator - p.numerator
    term = fmpz(b) ** n
    total = term
    for i in range(k):  # C(n,i) a^i b^{n−i}, each from the one before
        term = term * ((n - i) * a) // ((i + 1) * b)
        total = total + term
    return int(total), p.denominator**n


def _at_least(k: int, n: int, p: Fraction) -> tuple[int, int]:
    return _at_most(n - k, n, 1 - p)


def _is_at_most(probability: tuple[int, int], bound: Fraction) -> bool:
    numerator, denominator = probability
    return numerator * bound.denominator <= bound.numerator * denominator


@dataclass(frozen=True)
class Interval:
    """A confidence interval for a probability, with exact endpoints.

    >>> Interval(Fraction(0), Fraction(1, 2), Fraction(99, 100)).contains(Fraction(1, 3))
    True
    """

    low: Fraction
    high: Fraction
    confidence: Fraction

    def contains(self, p: Fraction) -> bool:
        """Return whether low ≤ p ≤ high."""
        return self.low <= p <= self.high

    def as_floats(self) -> tuple[float, float]:
        """Return the endpoints rounded outward to float64."""
        low, high = float(self.low), float(self.high)
        if Fraction(low) > self.low:
            low = math.nextafter(low, 0.0)
        if Fraction(high) < self.high:
            high = math.nextafter(high, 1.0)
        return low, high


def clopper_pearson(k: int, n: int, confidence: Fraction = CONFIDENCE) -> Interval:
    """Return the Clopper–Pearson interval for k successes of n, its endpoints verified exactly.

    Parameters
    ----------
    k, n : 0 ≤ k ≤ n, n ≥ 1
    confidence : 0 < confidence < 1

    Every p below ``low`` has P(X ≥ k) ≤ α/2 and every p above ``high`` has P(X ≤ k) ≤ α/2,
    α = 1 − confidence: shown by exact tails at the endpoints, tails being monotone in p.

    >>> clopper_pearson(0, 10, Fraction(19, 20)).as_floats()[1] < 0.3086
    True
    """
    confidence = Fraction(confidence)
    if n < 1 or not 0 <= k <= n or not 0 < confidence < 1:
        raise ValueError(
            f"k = {k}, n = {n}, confidence = {confidence}: expected 0 ≤ k ≤ n, n ≥ 1, 0 < c < 1"
        )
    return Interval(_low(k, n, confidence), 1 - _low(n - k, n, confidence), confidence)


def _low(k: int, n: int, confidence: Fraction) -> Fraction:
    """Return a p, close to the largest multiple of 2^−40 with P(X ≥ k | p) ≤ α/2."""
    if k == 0:
        return Fraction(0)
    half = (1 - confidence) / 2
    guess = math.floor(float(beta.ppf(float(half), k, n - k + 1)) * 2**_BITS)
    step = 1
    while guess > 0 and not _is_at_most(_at_least(k, n, Fraction(guess, 2**_BITS)), half):
        guess, step = guess - step, 2 * step
    return Fraction(max(guess, 0), 2**_BITS)


@dataclass(frozen=True)
class BoundTest:
    """An exact one-sided test of "the event has probability at most ``bound``".

    It passes only if the upper confidence limit (one-sided, 99.95%) is at most the bound, and
    fails only if the null hypothesis is rejected. Between the two it is inconclusive.

    Attributes
    ----------
    event : what is counted
    bound : the stated probability p₀; the null hypothesis is p ≤ p₀
    k, n : the event happened k times in n independent trials
    error : the test rejects a true null hypothesis with at most this probability
    """

    event: str
    bound: Fraction
    k: int
    n: int
    error: Fraction = ERROR

    @property
    def null(self) -> Fraction:
        """The bound rounded up to a multiple of 2^−40, at most 1: a weaker null hypothesis."""
        return min(Fraction(math.ceil(self.bound * 2**_BITS), 2**_BITS), Fraction(1))

    @property
    def tail(self) -> float:
        """P(X ≥ k) at the bound, the largest that the null hypothesis allows, as a float."""
        numerator, denominator = _at_least(self.k, self.n, self.null)
        return numerator / denominator

    @property
    def smallest_rejecting(self) -> int | None:
        """The smallest k that would be rejected, or None if no outcome would be."""

        def rejected(k: int) -> bool:
            return _is_at_most(_at_least(k, self.n, self.null), self.error)

        if not rejected(self.n):
            return None
        k = min(self.n, int(binom.isf(float(self.error), self.n, float(self.null))) + 1)
        while not rejected(k):  # the float is only a guess, near enough for a step or two
            k += 1
        while k > 0 and rejected(k - 1):
            k -= 1
        return k

    @property
    def rejected(self) -> bool:
        """Whether the null hypothesis is rejected by the exact tail."""
        return self.n > 0 and _is_at_most(_at_least(self.k, self.n, self.null), self.error)

    def evidence(self, **details: Any) -> Evidence:
        """Return the evidence: passed, failed or inconclusive, by the class's rule."""
        rejecting = self.smallest_rejecting if self.n else None
        interval = clopper_pearson(self.k, self.n) if self.n else None
        if rejecting is None or interval is None:
            verdict = Verdict.INCONCLUSIVE
            reason = f"{self.n} trials cannot reject a probability of at most {self.bound_text}"
        elif self.k >= rejecting:
            verdict = Verdict.FAILED
            reason = (
                f"{self.event}: {self.k}/{self.n} against at most {self.bound_text}; "
                f"the exact tail is {self.tail:.3g}"
            )
        elif interval.high > self.bound:
            verdict = Verdict.INCONCLUSIVE
            reason = (
                f"{self.event}: {self.k}/{self.n}, stated at most {self.bound_text}; "
                f"up to {interval.as_floats()[1]:.3g} is possible: too few trials to tell"
            )
        else:
            verdict = Verdict.PASSED
            reason = (
                f"{self.event}: {self.k}/{self.n}, so at most {interval.as_floats()[1]:.3g}; "
                f"stated at most {self.bound_text}"
            )
        failed = verdict is Verdict.FAILED
        return Evidence(
            Rung.MEASURED,
            verdict,
            reason,
            k=self.k,
            n=self.n,
            interval=interval.as_floats() if interval else None,
            counterexample={"k": self.k, "n": self.n, "bound": self.bound_text} if failed else None,
            details={
                "null_hypothesis": f"P({self.event}) ≤ {self.bound_text}",
                "error_probability": float(self.error),
                "inflation_probability": float(INFLATION),
                "bound": float(self.bound),
                "observed": self.k / self.n if self.n else None,
                "tail": self.tail if self.n else None,
                "rejected_from": rejecting,
                "confidence": float(CONFIDENCE),
                **details,
            },
        )

    @property
    def bound_text(self) -> str:
        """The bound as a short decimal."""
        return f"{float(self.bound):.6g}"
