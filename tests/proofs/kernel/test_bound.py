"""Norm bounds: above the exact norm always, and close to it."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.kernel import bound
from proofs.kernel.bound import (
    float_above,
    norm_difference,
    norm_float,
    norm_integer,
    output_bounds,
    propagated,
    round_up,
    spectral,
    square_root,
)  # fmt: skip
from tests.oracles import norm_at_most


def fractions(a) -> list[list[Fraction]]:
    return [[Fraction(v) for v in row] for row in a.tolist()]


def must_hold(found: Fraction, exact: list[list[Fraction]], tight: bool = True) -> None:
    """found ≥ ‖exact‖, and (1 − 2^−11)·found < ‖exact‖ unless it is zero."""
    assert norm_at_most(exact, found)
    if tight and found:
        assert not norm_at_most(exact, found * (1 - Fraction(1, 2**11)))


def small_matrices(entries):
    return st.integers(1, 5).flatmap(
        lambda n: st.integers(1, 5).flatmap(
            lambda m: st.lists(st.lists(entries, min_size=m, max_size=m), min_size=n, max_size=n)
        )
    )


entries = st.one_of(
    st.floats(-1, 1, allow_subnormal=False),
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0**-40]),
    st.integers(-4, 4).map(lambda k: k / 4),
)
exponents = st.sampled_from([0, -1074, -1000, -500, 500, 1023])


@given(small_matrices(entries), exponents)
def test_the_norm_of_floats_is_bounded_tightly(values, exponent):
    a = np.ldexp(np.array(values), exponent)
    must_hold(norm_float(a), fractions(a))


@given(small_matrices(st.integers(-(2**61), 2**61) | st.integers(-9, 9)))
def test_the_norm_of_integers_is_bounded_tightly(values):
    a = np.array(values, dtype=np.int64)
    must_hold(norm_integer(a), fractions(a))


@given(small_matrices(st.integers(-(2**300), 2**300) | st.integers(-9, 9)))
def test_the_norm_of_big_integers_is_bounded_tightly(values):
    a = np.array(values, dtype=object)
    must_hold(norm_integer(a), fractions(a))


@given(small_matrices(entries), st.integers(-30, 200), exponents, st.data())
def test_the_norm_of_differences_is_bounded_tightly(values, p, exponent, data):
    """Rounded matrices, and matrices that are far from the rounding."""
    with np.errstate(under="ignore"):
        w = np.ldexp(np.array(values), exponent)
    exact = fractions(w)
    v = np.array([[round(x * Fraction(2) ** p) for x in row] for row in exact], dtype=object)
    if data.draw(st.booleans()):
        v = v + np.array(data.draw(st.integers(-(2**70), 2**70)), dtype=object)
    if all(abs(int(x)) < 2**62 for x in v.ravel()):
        v = v.astype(np.int64)
    scale = Fraction(2) ** -p
    difference = [
        [a - int(b) * scale for a, b in zip(row, other, strict=True)]
        for row, other in zip(exact, v, strict=True)
    ]
    must_hold(norm_difference(w, p, v), difference)


def test_exact_matrices_have_difference_zero():
    w = np.array([[0.75, -0.5], [1.0, 0.0]])
    assert norm_difference(w, 2, np.array([[3, -2], [4, 0]])) == 0
    assert norm_difference(w, 2, np.array([[3, -2], [4, 1]])) >= Fraction(1, 4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (30, 50), (300, 280), (700, 60)])
@pytest.mark.parametrize("kind", ["random", "rank one", "orthogonal", "zero", "ones", "clustered"])
def test_tight_for_all_kinds(shape, kind):
    rng = np.random.default_rng(hash(shape) % 2**32)
    n, m = shape
    a = rng.standard_normal(shape)
    if kind == "rank one":
        a = np.outer(rng.standard_normal(n), rng.standard_normal(m))
    elif kind == "orthogonal":
        a = np.linalg.qr(rng.standard_normal((max(n, m), max(n, m))))[0][:n, :m]
    elif kind == "zero":
        a = np.zeros(shape)
    elif kind == "ones":
        a = np.ones(shape)
    elif kind == "clustered":
        u, _, w = np.linalg.svd(a, full_matrices=False)
        a = u @ np.diag(1 - np.linspace(0, 1, min(shape)) ** 2 * 1e-3) @ w
    true = float(np.linalg.norm(a, 2))
    found = float(norm_float(a))
    assert true * (1 - 1e-12) <= found <= true * (1 + 2**-11) + 1e-300


@given(small_matrices(st.floats(-1, 1)), st.floats(0, 4))
def test_a_wrong_estimate_cannot_make_the_bound_wrong(values, guess):
    """The estimate, and the factorization, are not trusted: nonsense gives looser bounds only."""
    a = np.array(values)
    if not np.abs(a).max():
        return
    a = np.ldexp(a, -math.frexp(float(np.abs(a).max()))[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bound, "_estimate", lambda gram: guess)
        assert norm_at_most(fractions(a), Fraction(spectral(a)))
        patch.setattr(np.linalg, "cholesky", lambda rest: rest)
        assert norm_at_most(fractions(a), Fraction(spectral(a)))


@given(st.fractions(min_value=0, max_value=10**40))
def test_the_square_root_is_above_and_tight(value):
    root = square_root(value)
    assert root**2 >= value
    assert root**2 <= value * (1 + Fraction(1, 2**100))


@given(st.fractions(min_value=0, max_value=10**40))
def test_roundings_go_up_to_the_next_number(value):
    assert value <= round_up(value) <= value * (1 + Fraction(1, 2**90))
    above = float_above(value)
    assert Fraction(above) >= value
    assert above == 0 or Fraction(math.nextafter(above, 0)) < value


def test_float_above_at_the_ends():
    assert float_above(Fraction(10) ** 400) == math.inf
    assert float_above(Fraction(1, 10**400)) == 5e-324
    assert float_above(Fraction(0)) == 0


@given(
    st.lists(st.tuples(*[st.fractions(min_value=0, max_value=100)] * 3), min_size=1, max_size=5),
    st.fractions(min_value=0, max_value=100),
)
def test_sum_of_products(parts, radius):
    exact = Fraction(0)
    for i, (_, _, e) in enumerate(parts):
        after = math.prod((v for _, v, _ in parts[i + 1 :]), start=Fraction(1))
        before = math.prod((w for w, _, _ in parts[:i]), start=Fraction(1))
        exact += after * e * before * radius
    found = propagated(parts, radius)[1]
    assert exact <= found <= exact * (1 + Fraction(1, 2**80))


ENTRIES = st.floats(-2, 2).map(lambda v: round(v, 3))


@st.composite
def two_layers(draw):
    """Target matrices, integers near them at p = 4 or anywhere, and a point of norm at most 1."""
    dims = [draw(st.integers(1, 3)) for _ in range(3)]
    target, integers = [], []
    for m, n in pairwise(dims):
        w = np.array(draw(st.lists(ENTRIES, min_size=m * n, max_size=m * n))).reshape(n, m)
        noise = draw(st.lists(st.integers(-2, 2), min_size=m * n, max_size=m * n))
        target.append(w)
        integers.append(np.rint(16 * w).astype(np.int64) + np.array(noise).reshape(n, m))
    x = np.array(draw(st.lists(st.floats(-1, 1), min_size=dims[0], max_size=dims[0])))
    return target, integers, x / max(1.0, float(np.linalg.norm(x)) * (1 + 1e-12))


@given(two_layers())
def test_every_output_is_within_its_bound(layers):
    (w1, w2), (v1, v2), x = layers

    def compute(first, second):
        h = [sum(a * Fraction(b) for a, b in zip(row, x, strict=True)) for row in first]
        h = [max(a, Fraction(0)) for a in h]
        return [sum(a * b for a, b in zip(row, h, strict=True)) for row in second]

    rows = [[[Fraction(int(v), 16) for v in row] for row in V.tolist()] for V in (v1, v2)]
    errors = [
        abs(a - b)
        for a, b in zip(compute(fractions(w1), fractions(w2)), compute(*rows), strict=True)
    ]
    first = (norm_float(w1), norm_integer(v1) / 16, norm_difference(w1, 4, v1))
    second = (norm_float(w2), norm_integer(v2) / 16, norm_difference(w2, 4, v2))
    bounds = output_bounds(w2, 4, v2, *propagated([first], Fraction(1)))
    whole = propagated([first, second], Fraction(1))[1]
    for error, found in zip(errors, bounds, strict=True):
        assert error <= found <= whole * (1 + Fraction(1, 2**10))


def test_the_bound_of_an_output_is_reached_by_one_layer():
    """l = 1: the error is linear, and largest at its own direction."""
    w, v = np.array([[0.3, -0.4], [1.0, 0.0]]), np.array([[0, 0], [1, 0]])
    bounds = output_bounds(w, 0, v, *propagated([], Fraction(2)))
    assert float(bounds[0]) == pytest.approx(1.0, rel=1e-9)  # 2·‖(0.3, −0.4)‖
    assert bounds[0] >= 2 * Fraction(1, 2)
    assert bounds[1] == 0


def test_an_error_of_the_first_layer_counts_in_every_output_that_reads_it():
    """The last layer is exact; without the term ‖row‖·‖h − g‖ its outputs would be too."""
    size, error = propagated([(Fraction(1), Fraction(1), Fraction(1, 8))], Fraction(1))
    w = np.array([[1.0], [0.0]])
    one, other = output_bounds(w, 0, np.array([[1], [0]]), size, error)
    assert Fraction(1, 8) <= one <= Fraction(126, 1000)
    assert other == 0
