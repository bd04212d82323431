"""Hypothesis strategies for everything the software takes: the one place to import them from.

``targets()`` and its parts are meant to hurt: one neuron, one layer, zero and equal rows, zero
matrices, dead units, weights half-way between two multiples of a power of two, huge and tiny
scales, biases, and every kind of domain.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from constructions.targets.target import Ball, Box, Domain, TargetNetwork

Matrix = NDArray[np.float64]


def seeds() -> st.SearchStrategy[int]:
    """Seeds of a random network, both ends included."""
    return st.one_of(st.just(0), st.just(2**64 - 1), st.integers(0, 2**64 - 1))


def eps(low: str = "1e-4", high: str = "4") -> st.SearchStrategy[Decimal]:
    """Accuracies ε as exact decimals, spread over the powers of ten."""
    return _decimals(low, high)


def delta(low: str = "1e-6", high: str = "0.999") -> st.SearchStrategy[Decimal]:
    """Failure probabilities δ, 0 < δ < 1, as exact decimals spread over the powers of ten."""
    return _decimals(low, high)


@st.composite
def _decimals(draw: st.DrawFn, low: str, high: str) -> Decimal:
    first, last = Decimal(low), Decimal(high)
    exponent = draw(st.integers(first.adjusted(), last.adjusted()))
    digits = draw(st.one_of(st.just(100), st.integers(100, 999)))
    return min(max(Decimal(digits).scaleb(exponent - 2), first), last)


@st.composite
def dims(draw: st.DrawFn, max_dim: int = 4, max_depth: int = 3) -> tuple[int, ...]:
    """Widths (d_0, …, d_l), 1 ≤ l ≤ max_depth, every width down to 1."""
    depth = draw(st.integers(1, max_depth))
    return tuple(draw(st.lists(st.integers(1, max_dim), min_size=depth + 1, max_size=depth + 1)))


def weights(max_bits: int = 8) -> st.SearchStrategy[float]:
    """Weights |w| ≤ 1 of all kinds.

    Zeros of both signs, ±1, powers of two, multiples of 2^{−b}, the values half-way between two
    such (b ≤ max_bits), their neighbours in float64, and any float.
    """
    b = st.integers(0, max_bits)
    odd = st.integers(-(2**max_bits), 2**max_bits)
    grid = st.builds(lambda k, s: math.ldexp(k, -s), odd, b)
    halves = st.builds(lambda k, s: math.ldexp(2 * k + 1, -s - 1), odd, b)
    beside = st.builds(math.nextafter, halves, st.sampled_from([-2.0, 2.0]))
    anything = st.floats(-1, 1, allow_subnormal=False)
    special = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, -0.5])
    values = st.one_of(special, grid, halves, beside, anything)
    return values.map(lambda w: math.remainder(w, 1.0) if abs(w) > 1 else w)


@st.composite
def matrices(draw: st.DrawFn, rows: int, columns: int, max_bits: int = 8) -> Matrix:
    """Matrices with |entries| ≤ 1: any, zero, with zero or equal rows, of rank one."""
    entries = st.lists(weights(max_bits), min_size=columns, max_size=columns)
    W = np.array([draw(entries) for _ in range(rows)], dtype=np.float64).reshape(rows, columns)
    kind = draw(st.sampled_from([*["any"] * 6, "zero", "zero row", "equal rows", "dead", "rank 1"]))
    row = draw(st.integers(0, rows - 1))
    if kind == "zero":
        W[:] = 0.0
    elif kind == "zero row":
        W[row] = 0.0
    elif kind == "equal rows":
        W[:] = W[row]
    elif kind == "dead":  # a unit that never fires on nonnegative inputs
        W[row] = -np.abs(W[row])
    elif kind == "rank 1":
        W = np.outer(np.resize([1.0, -0.5, 0.25], rows), W[row])
    return W


@st.composite
def domains(draw: st.DrawFn, features: int) -> Domain:
    """Balls, balls cut to x ≥ 0, and boxes (signed, nonnegative, a single point)."""
    quarter = st.integers(-8, 8).map(lambda k: Decimal(k) / 4)
    if draw(st.booleans()):
        radius = draw(st.sampled_from(["0", "0.1", "1", "1.5", "3"]))
        return Ball(Decimal(radius), nonnegative=draw(st.booleans()))
    pairs = [sorted((draw(quarter), draw(quarter))) for _ in range(features)]
    if draw(st.booleans()):
        pairs = [sorted((abs(low), abs(high))) for low, high in pairs]
    return Box(tuple(low for low, _ in pairs), tuple(high for _, high in pairs))


@st.composite
def targets(
    draw: st.DrawFn,
    max_dim: int = 4,
    max_depth: int = 3,
    max_bits: int = 8,
    max_scale: int = 3,
    biases: bool = True,
    domain: bool = True,
) -> TargetNetwork:
    """Targets of every kind.

    Parameters
    ----------
    max_dim, max_depth : largest width (without constants) and number of layers
    max_bits : weights have interesting structure down to 2^{−max_bits}
    max_scale : a layer is multiplied by 2^k, |k| ≤ max_scale; use 900 for huge and tiny ones
    biases, domain : whether to have biases, and domains other than the unit ball
    """
    shape = draw(dims(max_dim, max_depth))
    scale = st.one_of(st.just(0), st.integers(-max_scale, max_scale))
    layers, vectors = [], []
    for columns, rows in pairwise(shape):
        k = draw(scale)
        layers.append(np.ldexp(draw(matrices(rows, columns, max_bits)), k))
        vectors.append(np.ldexp(draw(matrices(1, rows, max_bits))[0], k))
    return TargetNetwork.from_layers(
        layers,
        vectors if biases and draw(st.booleans()) else None,
        draw(domains(shape[0])) if domain else None,
    )


@st.composite
def class_targets(
    draw: st.DrawFn, max_dim: int = 4, max_depth: int = 3, max_bits: int = 8
) -> TargetNetwork:
    """Targets of the theorem's class: ‖W_i‖₂ ≤ 1 (proved exactly), no biases, the unit ball."""
    shape = draw(dims(max_dim, max_depth))
    layers = []
    for columns, rows in pairwise(shape):
        W = draw(matrices(rows, columns, max_bits))
        squares = sum(Fraction(w) ** 2 for w in W.ravel().tolist())
        k = 0
        while squares > 4**k:
            k += 1
        layers.append(np.ldexp(W, -k))
    return TargetNetwork.from_layers(layers)


@st.composite
def inputs(draw: st.DrawFn, target: TargetNetwork, count: int = 8) -> Matrix:
    """Inputs of a target's domain, shape (count, features): inside, at corners and on the sphere.

    In a box every point is exactly inside if its ends are floats; in a ball always.
    """
    domain, n = target.domain, target.features
    unit = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
    t = np.array(draw(st.lists(unit, min_size=count * n, max_size=count * n))).reshape(count, n)
    if isinstance(domain, Box):
        low, high = (np.array(side, dtype=np.float64) for side in (domain.low, domain.high))
        return np.clip(low + t * (high - low), low, high)
    x = t if domain.nonnegative else 2 * t - 1
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    on_sphere = x / np.where(norms > 1e-100, norms, np.inf)
    inside = np.where(norms <= 1, x, on_sphere)
    sphere = draw(st.booleans())
    return (on_sphere if sphere else inside) * float(domain.radius) * (1 - 2.0**-40)
