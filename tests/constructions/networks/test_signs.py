"""SignNetwork: every way of reading the random network reads the same network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.networks import signs as signs_module
from constructions.networks.signs import SignNetwork, pack, unpack
from tests.strategies import seeds

KNOWN = [
    (1, 1, 0, 16, "+-+--+---++++--+", 0),
    (1, 3, 5, 100, "-+---++++--+-+++-+--++-----+--++++---++-+---++-+---++-+--+--++++", 0),
    (2026, 7, 1000, 300, "++++-++-+--++++++-+--+++--+--++-++--++++++-+--+---+--++---++----", 18),
]


def naive(seed: int, widths: tuple[int, ...], layer: int, source: int, target: int) -> bool:
    """The sign of one edge, bit by bit as the format states it, from NumPy's stream."""
    blocks = -(-widths[layer] // 256)
    generator = np.random.Philox(key=np.array([seed, layer], dtype=np.uint64))
    generator.advance(source * blocks)
    word = generator.random_raw(4 * blocks).tolist()[target // 64]
    return bool(word >> target % 64 & 1)


@st.composite
def networks(draw):
    """A small network, with widths around the limits of words and blocks."""
    width = st.one_of(
        st.integers(1, 40), st.sampled_from([63, 64, 65, 255, 256, 257, 511, 512, 513, 1100])
    )
    return SignNetwork(draw(seeds()), tuple(draw(st.lists(width, min_size=2, max_size=4))))


@st.composite
def places(draw):
    """(signs, layer, some sources in any order, with repetitions)."""
    signs = draw(networks())
    layer = draw(st.integers(1, signs.depth))
    source = st.integers(0, signs.widths[layer - 1] - 1)
    return signs, layer, draw(st.lists(source, min_size=1, max_size=6))


@pytest.mark.parametrize(("seed", "layer", "source", "width", "text", "total"), KNOWN)
def test_signs_are_the_known_answers_of_the_format(seed, layer, source, width, text, total):
    widths = (source + 1,) * layer + (width,)
    row = SignNetwork(seed, widths).read(layer, [source])[0]
    assert "".join("-+"[int(s)] for s in row[: len(text)]) == text
    assert int(np.where(row, 1, -1).sum()) == total


@given(places(), st.data())
def test_single_edges_are_the_bits_that_the_format_names(place, data):
    signs, layer, sources = place
    target = st.integers(0, signs.widths[layer] - 1)
    targets = data.draw(st.lists(target, min_size=len(sources), max_size=len(sources)))
    found = signs.edges(layer, sources, targets)
    assert found.tolist() == [
        naive(signs.seed, signs.widths, layer, c, r) for c, r in zip(sources, targets, strict=True)
    ]


@given(places(), st.data())
def test_all_readers_agree(place, data):
    signs, layer, sources = place
    width = signs.widths[layer]
    every = np.arange(width)
    truth = signs.edges(layer, np.array(sources)[:, None], every)
    assert (signs.read(layer, sources) == truth).all()
    assert (truth == signs.layer(layer)[:, sources].T).all()
    assert (unpack(signs.words(layer, sources))[:, :width] == truth).all()

    lo, hi = sorted(data.draw(st.lists(st.integers(0, width), min_size=2, max_size=2)))
    assert (signs.read(layer, sources, lo, hi) == truth[:, lo:hi]).all()

    length = data.draw(st.integers(1, width))
    start = st.integers(0, width - length)
    starts = data.draw(st.lists(start, min_size=len(sources), max_size=len(sources)))
    windows = signs.windows(layer, sources, starts, length)
    assert windows.tolist() == [
        row[s : s + length].tolist() for row, s in zip(truth, starts, strict=True)
    ]

    blocks = -(-width // 256)
    count = data.draw(st.integers(1, blocks))
    first = data.draw(
        st.lists(st.integers(0, blocks - count), min_size=len(sources), max_size=len(sources))
    )
    packed = signs.block_windows(layer, np.array(sources), np.array(first), count)
    padded = np.pad(truth, ((0, 0), (0, 256 * blocks - width)))
    for row, whole, f in zip(unpack(packed), padded, first, strict=True):
        inside = min(256 * count, width - 256 * f)
        assert (row[:inside] == whole[256 * f : 256 * f + inside]).all()


@given(places(), st.data())
def test_reading_on_and_jumping_give_the_same_words(place, data):
    """`words` reads a stretch of the stream or jumps to blocks; which one is only about speed."""
    signs, layer, sources = place
    total = -(-signs.widths[layer] // 64)
    lo, hi = sorted(data.draw(st.lists(st.integers(0, total), min_size=2, max_size=2)))
    found = []
    for bulk in (0, 10**9):  # never and always
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signs_module, "_BULK", bulk)
            found.append(signs.words(layer, sources, lo, hi))
    assert found[0].shape == (len(sources), hi - lo)
    assert (found[0] == found[1]).all()


def test_a_network_far_larger_than_memory():
    signs = SignNetwork(2**64 - 1, (3, 10**9, 10**12, 5))
    assert signs.size == 3 * 10**9 + 10**21 + 5 * 10**12
    for target in (0, 10**12 - 1):
        blocks = -(-(10**12) // 256)
        generator = np.random.Philox(key=np.array([signs.seed, 2], dtype=np.uint64))
        generator.advance((10**9 - 1) * blocks + target // 256)
        word = generator.random_raw(4).tolist()[target // 64 % 4]
        assert signs.edges(2, [10**9 - 1], [target])[0] == bool(word >> target % 64 & 1)
        start = max(0, target - 99)
        row = signs.windows(2, [10**9 - 1], [start], 100)[0]
        assert row[target - start] == bool(word >> target % 64 & 1)


@given(networks(), st.integers(0, 2**64 - 1))
def test_the_seed_and_the_layer_matter(signs, other):
    if other != signs.seed and signs.widths[0] * signs.widths[1] >= 64:
        again = SignNetwork(other, signs.widths)
        assert (signs.layer(1) != again.layer(1)).any()
        assert (signs.layer(1) == SignNetwork(signs.seed, signs.widths).layer(1)).all()


@given(st.integers(1, 5), st.integers(1, 300), st.data())
def test_pack_and_unpack_are_inverse(rows, width, data):
    bits = np.array(
        data.draw(st.lists(st.booleans(), min_size=rows * width, max_size=rows * width))
    ).reshape(rows, width)
    packed = pack(bits)
    assert packed.dtype == np.uint64
    assert packed.shape == (rows, -(-width // 64))
    assert (unpack(packed)[:, :width] == bits).all()
    assert not unpack(packed)[:, width:].any()
    for row, word in zip(bits, packed[:, 0], strict=True):
        assert int(word) == sum(int(bit) << i for i, bit in enumerate(row[:64]))


SMALL = SignNetwork(1, (3, 300, 5))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: SignNetwork(-1, (2, 2)),
        lambda: SignNetwork(2**64, (2, 2)),
        lambda: SignNetwork("1", (2, 2)),
        lambda: SignNetwork(1, (2,)),
        lambda: SignNetwork(1, (2, 0, 2)),
        lambda: SignNetwork(1, (2**60, 2**13, 1)),
        lambda: SMALL.read(0, [0]),
        lambda: SMALL.read(3, [0]),
        lambda: SMALL.layer(0),
        lambda: SMALL.layer(3),
        lambda: SMALL.read(1, [3]),
        lambda: SMALL.read(1, [-1]),
        lambda: SMALL.edges(1, [0], [300]),
        lambda: SMALL.edges(1, [0], [-1]),
        lambda: SMALL.edges(1, [3], [0]),
        lambda: SMALL.words(1, [0], 0, 9),
        lambda: SMALL.words(1, [0], -1, 2),
        lambda: SMALL.words(1, [0], 3, 2),
        lambda: SMALL.read(1, [0], -1, 2),
        lambda: SMALL.read(1, [0], 0, 301),
        lambda: SMALL.windows(1, [0], [201], 100),
        lambda: SMALL.windows(1, [0], [-1], 100),
        lambda: SMALL.windows(1, [3], [0], 100),
        lambda: SMALL.block_windows(1, np.array([0]), np.array([1]), 2),
        lambda: SMALL.block_windows(1, np.array([0]), np.array([-1]), 1),
        lambda: SMALL.block_windows(1, np.array([3]), np.array([0]), 1),
    ],
)
def test_asking_outside_the_network_is_an_error(ask):
    with pytest.raises(InputError):
        ask()


def test_no_sources_is_no_error():
    none = np.empty(0, dtype=np.int64)
    assert SMALL.read(1, none).shape == (0, 300)
    assert SMALL.edges(1, none, none).shape == (0,)
    assert SMALL.windows(1, none, none, 7).shape == (0, 7)
