"""Random weights: defined by seed, place and a documented map; never redrawn; exact everywhere."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import kstest

from constructions.errors import InputError
from constructions.networks.distributions import NORMAL, SIGN, UNIFORM, Distribution
from constructions.networks.normal import logarithm, standard_normal
from constructions.networks.signs import SignNetwork
from constructions.networks.weights import WeightNetwork

DISTRIBUTIONS = (
    UNIFORM,
    SIGN,
    NORMAL,
    Distribution("grid", 0),
    Distribution("grid", 7),
    Distribution("grid", 30),
    Distribution("hyperbolic", 1),
    Distribution("hyperbolic", 37),
    Distribution("hyperbolic", 256),
)
KNOWN = {
    "uniform 0": 0.8671739868475278,
    "uniform 1": 0.6558769540026311,
    "grid": [-0.5625, -0.3125, -0.75, 0.4375, -0.375, -0.5625],
    "hyperbolic": ["0x1.2f3ffe7c4fd1fp-2", "0x1.4bc33662e0b47p-11"],
}
words = st.one_of(
    st.sampled_from([0, 1, 2**11 - 1, 2**11, 2**32, 2**63 - 1, 2**63, 2**64 - 1]),
    st.integers(0, 2**64 - 1),
)


def one(distribution, word):
    return float(distribution.weights(np.array([word], dtype=np.uint64))[0])


@given(words)
def test_uniform_is_the_stated_odd_multiple(z):
    odd = 2 * (z >> 11) + 1 - 2**53
    assert Fraction(one(UNIFORM, z)) == Fraction(odd, 2**53)
    assert 0 < abs(one(UNIFORM, z)) < 1


@given(words, st.integers(0, 30))
def test_grid_is_the_stated_multiple(z, q):
    k = z * (2 ** (q + 1) + 1) // 2**64 - 2**q
    assert Fraction(one(Distribution("grid", q), z)) == Fraction(k, 2**q)
    assert -(2**q) <= k <= 2**q


@given(words, st.integers(1, 256))
def test_hyperbolic_is_the_stated_product(z, octaves):
    octave = (z >> 32) % 2**31 * octaves // 2**31
    value, factor = 1.0, 0.5
    for j in range(1, 25):
        factor = math.sqrt(factor)
        if z >> (32 - j) & 1:
            value *= factor
    expected = math.ldexp(value, -octave) * (1 if z >> 63 else -1)
    assert one(Distribution("hyperbolic", octaves), z) == expected
    assert 2.0**-octaves <= abs(expected) <= 1
    exact = -octave - (z >> 8) % 2**24 / 2**24  # log2 of the ideal magnitude
    assert abs(math.log2(abs(expected)) - exact) < 2.0**-38


@given(words)
def test_sign_is_the_top_bit(z):
    assert one(SIGN, z) == (1.0 if z >> 63 else -1.0)


def test_normal_quantile_agrees_with_scipy():
    rng = np.random.default_rng(1)
    u = np.concatenate([rng.uniform(-1, 1, 20_000), 2.0 ** -np.arange(1, 53) - 1])
    ours = standard_normal(u)
    assert (standard_normal(-u) == -ours).all()
    below = np.where(u < 0, (1 + u) / 2, (1 - u) / 2)
    theirs = np.copysign(ndtri(below), u)
    assert np.abs(ours / theirs - 1).max() < 4e-15


@given(st.floats(1e-300, 1e300))
def test_logarithm_agrees_with_libm(x):
    assert abs(float(logarithm(np.array([x]))[0]) - math.log(x)) <= 4e-16 * max(
        abs(math.log(x)), abs(x - 1) if abs(x - 1) < 1 else 1
    )


@pytest.mark.parametrize(
    ("distribution", "cdf"),
    [
        (UNIFORM, lambda x: (x + 1) / 2),
        (NORMAL, "norm"),
        (
            Distribution("hyperbolic", 9),
            lambda x: 0.5 + np.sign(x) * (9 + np.log2(np.abs(x))) / 18,
        ),
    ],
    ids=["uniform", "normal", "hyperbolic"],
)
def test_weights_have_the_stated_distribution(distribution, cdf):
    drawn = WeightNetwork(11, (200, 500), distribution).layer(1).ravel()
    assert kstest(drawn, cdf).pvalue > 1e-4
    wrong = kstest(drawn**3 if distribution is not NORMAL else 1.1 * drawn, cdf)
    assert wrong.pvalue < 1e-6  # the test can tell


def test_grid_values_are_equally_likely():
    drawn = WeightNetwork(12, (300, 300), Distribution("grid", 1)).layer(1).ravel()
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert np.abs(counts - 18_000).max() < 6 * math.sqrt(18_000)


@given(st.data())
def test_every_reader_gives_the_same_weights(data):
    widths = tuple(data.draw(st.lists(st.integers(1, 40), min_size=2, max_size=4)))
    distribution = data.draw(st.sampled_from(DISTRIBUTIONS))
    source = WeightNetwork(data.draw(st.integers(0, 2**64 - 1)), widths, distribution)
    layer = data.draw(st.integers(1, source.depth))
    whole = source.layer(layer)
    assert whole.shape == (widths[layer], widths[layer - 1])
    c = data.draw(st.lists(st.integers(0, widths[layer - 1] - 1), max_size=6))
    lo, hi = sorted(data.draw(st.tuples(*[st.integers(0, widths[layer])] * 2)))
    assert (source.weights(layer, c, lo, hi) == whole[lo:hi, c].T).all()
    r = data.draw(st.lists(st.integers(0, widths[layer] - 1), min_size=len(c), max_size=len(c)))
    assert (source.values(layer, c, r) == whole[r, c]).all()


def test_weights_come_from_the_documented_words():
    source = WeightNetwork(5, (3, 6), UNIFORM)
    stream = np.random.Philox(key=np.array([5, 2**32 + 1], dtype=np.uint64)).random_raw(24)
    expected = UNIFORM.weights(stream.reshape(3, 8)[:, :6])
    assert (expected == source.layer(1).T).all()


def test_known_weights_come_out_again():
    assert WeightNetwork(1, (4, 6), UNIFORM).weights(1, [0]).tolist()[0][:2] == [
        KNOWN["uniform 0"],
        KNOWN["uniform 1"],
    ]
    assert (
        WeightNetwork(2026, (4, 6), Distribution("grid", 4)).weights(1, [3])[0].tolist()
        == KNOWN["grid"]
    )
    hyperbolic = WeightNetwork(2026, (9, 4, 7), Distribution("hyperbolic", 12))
    assert [w.hex() for w in hyperbolic.weights(2, [2])[0].tolist()[:2]] == KNOWN["hyperbolic"]


def test_a_weight_network_shares_no_stream_with_a_sign_network():
    widths = (8, 256)
    signs = SignNetwork(3, widths).read(1, np.arange(8))
    same = SIGN.weights(
        np.random.Philox(key=np.array([3, 1], dtype=np.uint64)).random_raw(2048)
    ).reshape(8, 256)
    drawn = WeightNetwork(3, widths, SIGN).weights(1, np.arange(8))
    assert (drawn != same).any()
    agree = ((drawn > 0) == signs).mean()
    assert 0.4 < agree < 0.6


@pytest.mark.parametrize(
    "make",
    [
        lambda: Distribution("grid", 31),
        lambda: Distribution("hyperbolic", 0),
        lambda: Distribution("uniform", 1),
        lambda: Distribution("cauchy"),
        lambda: WeightNetwork(-1, (1, 1), UNIFORM),
        lambda: WeightNetwork(2**64, (1, 1), UNIFORM),
        lambda: WeightNetwork(1, (1,), UNIFORM),
        lambda: WeightNetwork(1, (1, 0), UNIFORM),
        lambda: WeightNetwork(1, (2, 3), UNIFORM).weights(2, [0]),
        lambda: WeightNetwork(1, (2, 3), UNIFORM).weights(1, [2]),
        lambda: WeightNetwork(1, (2, 3), UNIFORM).values(1, [0], [3]),
        lambda: WeightNetwork(1, (2, 3), UNIFORM).weights(1, [0], 0, 4),
    ],
)
def test_bad_arguments_are_named(make):
    with pytest.raises(InputError, match="expected"):
        make()
