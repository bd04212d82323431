"""Random rounding: a layer errs by O(√d) units in spectral norm where nearest may err by d/2 (Q3).

A unit is 2^{−p_i}. To nearest, a matrix of d × d weights that all lie half-way errs by d/2 units.
Rounded up or down at random, with mean error 0, it errs by less than 2.14·√d units with positive
probability, so a rounding that does exists (Q3), and a plan may rely on it. Which one is found by
trying: to nearest first, which is good enough for most matrices, then at random with the seeds 0,
1, … of a fixed stream, at most ATTEMPTS of them. Each is checked by a rigorous bound on the norm of
its error. Below d = 19 this saves nothing, and to nearest is all there is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError, NoRounding
from constructions.norms import bound_spectral_norm

Integers = NDArray[Any]  # int64 where every value is below 2^62 in magnitude, else Python integers
RoundingKind = Literal["nearest", "random"]
RoundingChoice = Literal["auto", "nearest", "random"]  # auto: whichever takes fewer bits
KINDS = ("nearest", "random")

CONSTANT = Fraction(214, 100)  # of Q3
NORM_SLACK = Fraction(1, 2**11)  # by how much a bound on a norm may be too large, relatively
ATTEMPTS = 64  # all fail with probability below 10^−6, over ideal random bits (Q3)
_STREAM = 1 << 63  # keys of the rounding stream: apart from those of the signs, the layers 1…L


@dataclass(frozen=True)
class Rounding:
    """How a target is rounded where rounding to nearest may err too much.

    Attributes
    ----------
    seed : of the stream of random bits, 0 ≤ seed < 2^64; not the random network's
    limits : for every layer, the largest ‖2^{p_i}W_i − V_i‖₂ that the plan allows
    """

    seed: int
    limits: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**64:
            raise InputError(f"rounding seed = {self.seed!r}: expected an integer in [0, 2^64)")


def check_kind(rounding: RoundingKind) -> bool:
    """Return whether rounding at random is asked for; raise InputError for other words."""
    if rounding not in KINDS:
        raise InputError(f"rounding = {rounding!r}: expected 'nearest' or 'random'")
    return rounding == "random"


def nearest_limit(rows: int, columns: int) -> Fraction:
    """Return an upper bound on ½·√(rows·columns), which rounding to nearest keeps (Q1).

    >>> nearest_limit(3, 12)
    Fraction(3, 1)
    """
    return _sqrt_above(Fraction(rows * columns)) / 2


def random_limit(rows: int, columns: int, excess: Fraction = Fraction(0)) -> Fraction:
    """Return the smaller of ½·√(rows·columns) and 2.14·√((rows + columns)/2) + excess (Q3).

    Parameters: excess is by how much an entry of 2^{p_i}W_i may exceed 2^p, in units; at most ½.

    >>> float(random_limit(100, 100)), float(random_limit(10, 10))
    (21.4, 5.0)
    """
    found = CONSTANT * _sqrt_above(Fraction(rows + columns, 2)) + excess * (1 + NORM_SLACK)
    return min(nearest_limit(rows, columns), found)


def round_within(
    W: NDArray[np.float64],
    nearest: Integers,
    shift: int,
    p: int,
    rounding: Rounding,
    layer: int,
) -> Integers:
    """Return the first rounding of 2^shift·W that errs within the limit of its layer (Q3).

    Parameters
    ----------
    W, nearest : the layer, and 2^shift·W rounded to nearest: the first candidate
    shift, p : p_i; the integers are at most 2^p in magnitude
    rounding, layer : the limits and the seed; the layer i = 1…l

    Raises NoRounding if none of the candidates does.
    """
    limit = rounding.limits[layer - 1]
    if nearest_limit(*W.shape) <= limit or bound_rounding(W, nearest, shift) <= limit:
        return nearest
    least = math.inf
    for attempt in range(ATTEMPTS):
        words = random_words(rounding.seed, layer, attempt, W.shape)
        V = round_at_random(W, shift, p, words)
        error = bound_rounding(W, V, shift)
        if error <= limit:
            return V
        least = min(least, float(error))
    raise NoRounding(layer, ATTEMPTS, rounding.seed, float(limit), least)


def round_nearest(W: NDArray[np.float64], shift: int, big: bool) -> Integers:
    """Return 2^shift·W rounded to nearest, half to even; Python integers if ``big``."""
    if not big:
        return np.rint(_scale(W, shift)).astype(np.int64)
    factor = Fraction(2) ** shift
    flat = [round(Fraction(float(w)) * factor) for w in W.ravel()]  # half to even
    return np.array(flat, dtype=object).reshape(W.shape)


def round_at_random(
    W: NDArray[np.float64], shift: int, p: int, words: NDArray[np.uint64]
) -> Integers:
    """Return 2^shift·W rounded up or down with mean error 0 (up to 2^−53), at most 2^p (Q3).

    >>> round_at_random(np.array([[0.25, 0.25]]), 1, 1, np.array([[0, 2**63]], dtype=np.uint64))
    array([[1, 0]])
    """
    if p <= 60:
        scaled = _scale(W, shift)
        floor = np.floor(scaled)
        up = _uniform(words) < scaled - floor
        return np.clip(floor.astype(np.int64) + up, -(2**p), 2**p)
    factor = Fraction(2) ** shift
    exact = [Fraction(float(w)) * factor for w in W.ravel()]
    whole = [math.floor(x) for x in exact]
    chances = np.array([float(x - a) for x, a in zip(exact, whole, strict=True)])
    ups = (_uniform(words.ravel()) < chances).tolist()
    flat = [max(-(2**p), min(2**p, a + up)) for a, up in zip(whole, ups, strict=True)]
    return np.array(flat, dtype=object).reshape(W.shape)


def bound_rounding(W: NDArray[np.float64], V: Integers, shift: int) -> Fraction:
    """Return an upper bound on ‖2^shift·W − V‖₂, V a rounding of 2^shift·W."""
    E, lost = difference(W, V, shift)
    return Fraction(bound_spectral_norm(E)) + Fraction(lost)


def difference(
    W: NDArray[np.float64], V: Integers, shift: int
) -> tuple[NDArray[np.float64], float]:
    """Return E = 2^shift·W − V, V a rounding of 2^shift·W, and a bound on the norm of what E lost.

    Where |V| ≥ 2^53, 2^shift·W has no places after the point and E is 0. Elsewhere E is at most 1
    and a multiple of the last place of 2^shift·W, hence exact, unless 2^shift·W underflows, or is
    below ½ and rounded away from 0.
    """
    fine = np.abs(V) < 2**53
    W = np.where(fine, W, 0.0)
    scaled = _scale(W, shift)
    E = scaled - np.where(fine, V, 0).astype(np.float64)
    lost = 0.0 if (_scale(scaled, -shift) == W).all() else 2.0**-1074
    if ((np.abs(scaled) < 0.5) & (np.abs(E) >= 0.5)).any():
        lost += 2.0**-53
    return E, math.sqrt(W.size) * lost * (1 + 2.0**-50)


def random_words(seed: int, layer: int, attempt: int, shape: tuple[int, ...]) -> NDArray[np.uint64]:
    """Return the stream's words for one attempt at one layer, row by row."""
    key = np.array([seed, _STREAM | attempt << 32 | layer], dtype=np.uint64)
    return np.asarray(np.random.Philox(key=key).random_raw(math.prod(shape))).reshape(shape)


def _uniform(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the upper 53 bits of the words as multiples of 2^−53 in [0, 1)."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _scale(A: NDArray[np.float64], shift: int) -> NDArray[np.float64]:
    """Return 2^shift·A; in steps, for shifts beyond the exponent range of float64."""
    while abs(shift) > 1000:
        step = 1000 if shift > 0 else -1000
        A, shift = np.ldexp(A, step), shift - step
    return np.ldexp(A, shift)


def _sqrt_above(value: Fraction) -> Fraction:
    """Return √value where it is rational, else a little more, exceeding it by at most 2^−64."""
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top**2 == value.numerator and bottom**2 == value.denominator:
        return Fraction(top, bottom)
    scaled = (value.numerator << 128) // value.denominator
    return Fraction(math.isqrt(scaled) + 1, 1 << 64)
