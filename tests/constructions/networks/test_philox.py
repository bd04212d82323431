"""Philox4x64-10 in bulk is NumPy's, block for block."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from constructions.networks.philox import philox_blocks

words = st.integers(0, 2**64 - 1)


def numpy_block(counter: int, key: tuple[int, int]) -> list[int]:
    """The block at counter (counter, 0, 0, 0): NumPy counts on before it generates."""
    generator = np.random.Philox(key=np.array(key, dtype=np.uint64), counter=(counter - 1) % 2**256)
    return generator.random_raw(4).tolist()


@given(st.tuples(words, words), st.lists(st.integers(0, 2**64 - 1), max_size=12))
def test_any_counters_under_any_key(key, counters):
    found = philox_blocks(np.array(counters, dtype=np.uint64), key)
    assert found.shape == (len(counters), 4)
    assert found.tolist() == [numpy_block(c, key) for c in counters]


def test_more_counters_than_one_chunk_in_any_order():
    key = (2026, 7)
    count = 2 * (1 << 14) + 17  # more than two chunks
    stream = np.random.Philox(key=np.array(key, dtype=np.uint64)).random_raw(4 * count)
    order = np.random.default_rng(1).permutation(count)
    found = philox_blocks((order + 1).astype(np.uint64), key)
    assert (found == stream.reshape(count, 4)[order]).all()


def test_the_counters_given_are_left_as_they_were():
    counters = np.arange(1, 100, dtype=np.uint64)
    philox_blocks(counters, (3, 4))
    assert (counters == np.arange(1, 100)).all()


def test_bits_are_balanced_and_keys_differ():
    """A sanity check of the drawing itself: five standard deviations, for a fixed key."""
    blocks = philox_blocks(np.arange(1, 4097, dtype=np.uint64), (1, 1))
    bits = np.unpackbits(blocks.view(np.uint8))
    assert abs(int(bits.sum()) * 2 - bits.size) < 5 * bits.size**0.5
    assert not (blocks == philox_blocks(np.arange(1, 4097, dtype=np.uint64), (1, 2))).any()
