"""The signs of a random ±1 network, recomputed from its seed (FORMAT.md, section 2).

Layer t draws its signs from the stream of Philox4x64-10 with key (seed, t). Source neuron c owns
B = ceil(width/256) blocks of that stream, and a block is 256 signs. A ticket keeps few edges of a
large network, so we compute only blocks that a kept edge needs: one by one with `philox_blocks`,
or, where needed blocks lie close together, a whole stretch with NumPy's generator, which is faster
a block but has no cheap random access. Both give the same words; the tests compare them.
"""

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]

BLOCK = 256  # signs in a block: four words of 64 bits
CHUNK = 1 << 16  # edges handled at once: the temporaries fit in cache
STRETCH = 5  # a block inside a stretch costs about a fifth of a single one (measured)

MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS = 10
MASK64 = (1 << 64) - 1
LOW32 = np.uint64(0xFFFFFFFF)
SHIFT32 = np.uint64(32)


def _multiply_high(a: UInt64, constant: int) -> UInt64:
    """The upper 64 bits of the 128-bit product a·constant, by 32-bit halves.

    With a = a1·2^32 + a0 and constant = k1·2^32 + k0 no sum below exceeds 2^64 − 1:
    each product is at most (2^32−1)^2 = 2^64 − 2^33 + 1, and each addend at most 2^32 − 1.
    """
    k0, k1 = np.uint64(constant & 0xFFFFFFFF), np.uint64(constant >> 32)
    a0, a1 = a & LOW32, a >> SHIFT32
    middle = a1 * k0 + ((a0 * k0) >> SHIFT32)
    other = a0 * k1 + (middle & LOW32)
    result: UInt64 = a1 * k1 + (middle >> SHIFT32) + (other >> SHIFT32)
    return result


def philox_blocks(seed: int, layer: int, counters: UInt64) -> UInt64:
    """Blocks of Philox4x64-10 with key (seed, layer): uint64, shape (4, len(counters)).

    Column i is the block with counter counters[i] (a 256-bit counter whose upper words are 0).

    >>> import numpy as np
    >>> key = np.array([7, 3], dtype=np.uint64)
    >>> block = philox_blocks(7, 3, np.array([1], dtype=np.uint64))[:, 0]
    >>> bool((block == np.random.Philox(key=key).random_raw(4)).all())
    True
    """
    c0 = counters.copy()
    c1, c2, c3 = (np.zeros_like(c0) for _ in range(3))
    k0, k1 = seed, layer
    m0, m1 = (np.uint64(m) for m in MULTIPLIERS)
    for _ in range(ROUNDS):
        high0, high1 = _multiply_high(c0, MULTIPLIERS[0]), _multiply_high(c2, MULTIPLIERS[1])
        c0, c1, c2, c3 = (
            high1 ^ c1 ^ np.uint64(k0), c2 * m1, high0 ^ c3 ^ np.uint64(k1), c0 * m0,
        )  # fmt: skip
        k0, k1 = (k0 + KEY_STEPS[0]) & MASK64, (k1 + KEY_STEPS[1]) & MASK64
    return np.stack([c0, c1, c2, c3])


def edge_signs(
    seed: int,
    layer: int,
    width: int,
    sources: Int64,
    indptr: Int64,
    indices: npt.NDArray[np.signedinteger],
) -> Int64:
    """The signs (+1 or −1, int64) of kept edges, in the order of `indices`.

    `width` is widths[layer]; sources[i] has the edges to indices[indptr[i]:indptr[i+1]], strictly
    increasing, and sources increase strictly. Then the number of the needed block, source·B +
    target//256, never decreases along the edges, and equal ones are neighbours. Widths below 2^35
    keep it below 2^63.

    >>> one = np.array([0]); everyone = np.arange(16)
    >>> signs = edge_signs(1, 1, 16, one, np.array([0, 16]), everyone)
    >>> "".join("-+"[int(s > 0)] for s in signs)
    '+-+--+---++++--+'
    """
    blocks_per_source = -(-width // BLOCK)
    signs = np.empty(len(indices), dtype=np.int64)
    key = np.array([seed, layer], dtype=np.uint64)
    for start in range(0, len(indices), CHUNK):
        stop = min(start + CHUNK, len(indices))
        first = int(np.searchsorted(indptr, start, side="right")) - 1
        last = int(np.searchsorted(indptr, stop, side="left"))
        ends = np.clip(indptr[first : last + 1], start, stop)
        counts = ends[1:] - ends[:-1]
        target = indices[start:stop].astype(np.int64)
        block = np.repeat(sources[first:last] * blocks_per_source, counts) + target // BLOCK
        new = np.concatenate(([True], block[1:] != block[:-1]))
        distinct = block[new]
        span = int(block[-1] - block[0]) + 1
        if span <= STRETCH * len(distinct):
            generator = np.random.Philox(key=key)
            generator.advance(int(block[0]))
            words = generator.random_raw(4 * span)
            place = 4 * (block - block[0]) + (target // 64) % 4
        else:
            counters = distinct.astype(np.uint64) + np.uint64(1)  # the first block has counter 1
            words = philox_blocks(seed, layer, counters).T.ravel()
            place = 4 * (np.cumsum(new) - 1) + (target // 64) % 4
        bits = (words[place] >> (target % 64).astype(np.uint64)) & np.uint64(1)
        signs[start:stop] = 2 * bits.astype(np.int64) - 1
    return signs
