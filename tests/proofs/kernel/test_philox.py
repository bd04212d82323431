"""Signs: the known answers of the format, and agreement with NumPy's generator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.kernel import philox
from proofs.kernel.philox import edge_signs, philox_blocks
from tests.proofs.kernel.forge import layer_signs

KNOWN = [
    (1, 1, 0, 16, "+-+--+---++++--+", 0),
    (1, 3, 5, 100, "-+---++++--+-+++-+--++-----+--++++---++-+---++-+---++-+--+--++++", 0),
    (2026, 7, 1000, 300, "++++-++-+--++++++-+--+++--+--++-++--++++++-+--+---+--++---++----", 18),
]


@pytest.mark.parametrize(("seed", "layer", "source", "width", "signs", "total"), KNOWN)
@pytest.mark.parametrize("stretch", [0, philox.STRETCH])
def test_signs_are_the_known_answers_of_the_format(
    monkeypatch, seed, layer, source, width, signs, total, stretch
):
    monkeypatch.setattr(philox, "STRETCH", stretch)  # 0: never in bulk
    found = edge_signs(
        seed, layer, width, np.array([source]), np.array([0, width]), np.arange(width)
    )
    assert "".join("-+"[int(s > 0)] for s in found[: len(signs)]) == signs
    assert found.sum() == total


@given(
    st.integers(0, 2**64 - 1),
    st.integers(1, 2**40),
    st.lists(st.integers(1, 2**64 - 1), min_size=1, max_size=8),
)
def test_blocks_equal_numpys(seed, layer, counters):
    blocks = philox_blocks(seed, layer, np.array(counters, dtype=np.uint64))
    key = np.array([seed, layer], dtype=np.uint64)
    for counter, block in zip(counters, blocks.T, strict=True):
        generator = np.random.Philox(key=key)
        generator.advance(counter - 1)
        assert block.tolist() == generator.random_raw(4).tolist()


@given(
    st.integers(0, 2**64 - 1),
    st.integers(1, 9),
    st.integers(1, 700),
    st.integers(1, 20),
    st.floats(0.001, 1),
    st.sampled_from([1, 7, 64, 1 << 16]),
    st.sampled_from([0, 1, 5, 1000]),
    st.integers(0, 2**32),
)
def test_edges_equal_whole_layers(seed, layer, width, before, density, chunk, stretch, shuffle):
    signs = layer_signs(seed, layer, before, width)
    kept = np.random.default_rng(shuffle).random((before, width)) < density
    sources = np.flatnonzero(kept.any(axis=1))
    indptr = np.concatenate(([0], np.cumsum(kept.sum(axis=1)[sources])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(philox, "CHUNK", chunk)
        patch.setattr(philox, "STRETCH", stretch)
        found = edge_signs(seed, layer, width, sources, indptr, np.nonzero(kept)[1])
    assert found.dtype == np.int64
    assert np.array_equal(found, signs[kept])


def test_edges_of_huge_layers():
    width, source = 2**35 - 1, 2**35 - 2
    targets = np.array([0, 12345, 2**34, width - 1])
    found = edge_signs(2**64 - 1, 5, width, np.array([source]), np.array([0, 4]), targets)
    blocks = -(-width // 256)
    for r, sign in zip(targets.tolist(), found.tolist(), strict=True):
        generator = np.random.Philox(key=np.array([2**64 - 1, 5], dtype=np.uint64))
        generator.advance(source * blocks + r // 256)
        word = int(generator.random_raw(4)[r // 64 % 4])
        assert sign == 2 * (word >> (r % 64) & 1) - 1
