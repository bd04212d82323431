"""Small exact arithmetic that every room needs: bisection, balls around rationals, logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from flint import arb, ctx

PRECISION = 128  # bits of the balls that decide a plan
HALF, THREE_QUARTERS = Fraction(1, 2), Fraction(3, 4)


def least(fits: Callable[[int], bool], low: int, high: int | None = None) -> int:
    """Return the least value ≥ low with fits(value), a monotone condition.

    Parameters: high is a value that fits, and is not tried again; without it the search doubles
    its step until one does, so some value must fit.

    >>> least(lambda n: n * n >= 50, 0), least(lambda n: n >= 3, 5, 9)
    (8, 5)
    """
    if high is None:
        step = 1
        while not fits(low + step - 1):
            step *= 2
        low, high = low + step // 2, low + step - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return high


def ball(value: Fraction | int) -> arb:
    """Return a ball of 128 bits around a rational.

    >>> third = ball(Fraction(1, 3))
    >>> third.rel_accuracy_bits() > 120, bool(third < 0.34)
    (True, True)
    """
    value = Fraction(value)
    with ctx.workprec(PRECISION):
        return arb(value.numerator) / arb(value.denominator)


def upper_float(value: arb) -> float:
    """Return a float64 that is at least every number of the ball."""
    return math.nextafter(float(value.upper()), math.inf)


def total(events: Mapping[str, arb]) -> arb:
    """Return the sum of the events' bounds as a ball of 128 bits: the union bound."""
    with ctx.workprec(PRECISION):
        return sum(events.values(), arb(0))


def estimate_log2(value: str | Decimal | Fraction) -> float:
    """Return log₂ of a positive number, far below float64's range too.

    >>> estimate_log2("0.125"), round(estimate_log2("1e-600"), 3)
    (-3.0, -1993.157)
    """
    ratio = Fraction(value)
    shift = ratio.numerator.bit_length() - ratio.denominator.bit_length()
    return shift + math.log2(ratio / Fraction(2) ** shift)
