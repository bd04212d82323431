"""SignNetwork: the random ±1 network, reproducible from a seed and read only where it is needed.

Every neuron owns the signs of its outgoing edges. The signs of layer t are the raw output of
Philox4x64-10 with key (seed, t); source neuron c owns ⌈widths[t]/256⌉ consecutive blocks of 256
bits, and the edge from c to neuron r is bit r of them, least significant bit first, 1 for +1.
`proofs/kernel/FORMAT.md` states this in full; the checker has its own reading of it.

Signs are served as packed 64-bit words, because the constructions ask for "all neurons that have
a + from both of these" far more often than for single edges: that is one AND of words.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from constructions.errors import InputError
from constructions.networks.distributions import SIGN, Distribution
from constructions.networks.network import Index, RandomNetwork
from constructions.networks.philox import philox_blocks

Words = NDArray[np.uint64]

_BULK = 6  # reading on costs about a sixth of jumping, per block (measured)


@dataclass(frozen=True)
class SignNetwork(RandomNetwork):
    """The random ±1 network of a given shape, from a seed; parameters as in RandomNetwork.

    >>> signs = SignNetwork(1, (4, 16))
    >>> "".join("-+"[s] for s in signs.read(1, [0])[0].astype(int))
    '+-+--+---++++--+'
    """

    distribution: Distribution = field(default=SIGN, init=False)

    def _check_widths(self) -> None:
        if len(self.widths) < 2 or any(w < 1 for w in self.widths):
            raise InputError(f"widths = {self.widths}: expected two or more integers ≥ 1")
        for source, target in zip(self.widths, self.widths[1:], strict=False):
            if source * -(-target // 256) >= 2**64:
                raise InputError(
                    f"widths {source}, {target}: a layer must have less than 2^72 signs"
                )

    def values(self, layer: int, sources: ArrayLike, targets: ArrayLike) -> NDArray[np.int8]:
        """Return single weights ±1 as int8 (sources and targets broadcast)."""
        plus: NDArray[np.int8] = self.edges(layer, sources, targets).view(np.int8)
        return plus * np.int8(2) - np.int8(1)

    def words(self, layer: int, sources: ArrayLike, lo: int = 0, hi: int | None = None) -> Words:
        """Return words lo…hi−1 of the signs of each source: targets 64·lo … 64·hi−1, packed.

        Parameters
        ----------
        layer : t = 1…L
        sources : integer array of shape (k,), neurons of layer t−1
        lo, hi : 0 ≤ lo ≤ hi ≤ ⌈widths[t]/64⌉, the default for hi

        Returns
        -------
        uint64 array (k, hi−lo). Bits at or beyond widths[t] are random too: mask them.
        """
        sources = np.asarray(sources, dtype=np.int64)
        self._check(layer, sources)
        hi = -(-self.widths[layer] // 64) if hi is None else hi
        per_source = -(-self.widths[layer] // 256)
        first, last = lo // 4, -(-hi // 4)
        if not 0 <= lo <= hi <= 4 * per_source:
            raise InputError(f"words {lo} to {hi} of {4 * per_source} at layer {layer}")
        if len(sources) == 0 or lo == hi:
            return np.empty((len(sources), hi - lo), dtype=np.uint64)
        start, stop = int(sources.min()), int(sources.max()) + 1
        wanted = len(sources) * (last - first)
        if (stop - start) * per_source <= _BULK * wanted:
            stream = self._stream(layer, start * per_source, (stop - start) * per_source)
            rows = stream.reshape(stop - start, 4 * per_source)[:, lo:hi]
            return rows if _is_range(sources) else rows[sources - start]
        blocks = sources[:, None] * per_source + np.arange(first, last)
        found = self.blocks(layer, blocks.ravel()).reshape(len(sources), -1)
        return found[:, lo - 4 * first : hi - 4 * first]

    def read(
        self, layer: int, sources: ArrayLike, lo: int = 0, hi: int | None = None
    ) -> NDArray[np.bool_]:
        """Return the signs from each source to the targets lo…hi−1 as booleans, True for +1."""
        self._check(layer)
        hi = self.widths[layer] if hi is None else hi
        if not 0 <= lo <= hi <= self.widths[layer]:
            raise InputError(f"targets {lo} to {hi} of {self.widths[layer]} at layer {layer}")
        first = lo // 64
        packed = self.words(layer, sources, first, -(-hi // 64))
        return unpack(packed)[:, lo - 64 * first : hi - 64 * first]

    def block_windows(self, layer: int, sources: Index, first: Index, count: int) -> Words:
        """Return ``count`` 256-bit blocks of each source from block first[i] on: (k, 4·count)."""
        self._check(layer, sources)
        per_source = -(-self.widths[layer] // 256)
        if first.size and not 0 <= first.min() <= first.max() <= per_source - count:
            raise InputError(f"windows of {count} blocks leave layer {layer}")
        numbers = (sources * per_source + first)[:, None] + np.arange(count)
        return self.blocks(layer, numbers.ravel()).reshape(len(sources), 4 * count)

    def windows(
        self, layer: int, sources: ArrayLike, starts: ArrayLike, length: int
    ) -> NDArray[np.bool_]:
        """Return the signs from sources[i] to the ``length`` targets from starts[i] on.

        Booleans of shape (k, length); only the 256-bit blocks that the windows touch are made.
        """
        sources = np.asarray(sources, dtype=np.int64)
        starts = np.asarray(starts, dtype=np.int64)
        self._check(layer, sources)
        if starts.size and not 0 <= starts.min() <= starts.max() <= self.widths[layer] - length:
            raise InputError(f"windows of {length} targets leave layer {layer}")
        per_source = -(-self.widths[layer] // 256)
        first, last = starts // 256, (starts + length - 1) // 256
        offsets = np.arange(int((last - first).max(initial=0)) + 1)
        touched = first[:, None] + offsets <= last[:, None]
        numbers = (sources * per_source + first)[:, None] + offsets
        found = np.zeros((*numbers.shape, 4), dtype=np.uint64)
        found[touched] = self.blocks(layer, numbers[touched])
        bits = unpack(found.reshape(len(sources), 4 * len(offsets)))
        places = (starts % 256)[:, None] + np.arange(length)
        return np.take_along_axis(bits, places, axis=1)

    def edges(self, layer: int, sources: ArrayLike, targets: ArrayLike) -> NDArray[np.bool_]:
        """Return the signs of single edges (sources and targets broadcast), True for +1."""
        sources, targets = np.broadcast_arrays(
            np.asarray(sources, np.int64), np.asarray(targets, np.int64)
        )
        self._check(layer, sources, targets)
        blocks = sources * -(-self.widths[layer] // 256) + targets // 256
        flat = blocks.ravel()
        new = np.diff(flat, prepend=-1) != 0  # sorted edges share blocks with their neighbours
        words = self.blocks(layer, flat[new])[np.cumsum(new) - 1, targets.ravel() // 64 % 4]
        bits = words >> (targets.ravel() % 64).astype(np.uint64) & np.uint64(1)
        return np.asarray(bits, dtype=np.bool_).reshape(blocks.shape)

    def layer(self, layer: int) -> NDArray[np.bool_]:
        """Return a whole layer as booleans of shape (widths[t], widths[t−1]), True for +1."""
        self._check(layer)
        return self.read(layer, np.arange(self.widths[layer - 1])).T

    def blocks(self, layer: int, numbers: Index) -> Words:
        """Return any blocks of a layer's stream, shape (k,) → (k, 4), by vectorized Philox."""
        counters = numbers.astype(np.uint64) + np.uint64(1)  # NumPy counts before it generates
        return philox_blocks(counters, (self.seed, layer))

    def _stream(self, layer: int, first: int, count: int) -> Words:
        generator = np.random.Philox(key=np.array([self.seed, layer], dtype=np.uint64))
        generator.advance(first)
        return np.asarray(generator.random_raw(4 * count), dtype=np.uint64)


def unpack(words: Words) -> NDArray[np.bool_]:
    """Return the bits of packed words, shape (…, k) → (…, 64k), least significant bit first."""
    octets = np.ascontiguousarray(words).astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(octets, axis=-1, bitorder="little").view(np.bool_)


def pack(bits: NDArray[np.bool_]) -> Words:
    """Return booleans packed into words, shape (…, k) → (…, ⌈k/64⌉), padded with zeros.

    >>> pack(np.array([True, False, True]))
    array([5], dtype=uint64)
    """
    octets = np.packbits(bits, axis=-1, bitorder="little")
    missing = -octets.shape[-1] % 8
    if missing:
        padding = np.zeros((*octets.shape[:-1], missing), dtype=np.uint8)
        octets = np.concatenate([octets, padding], axis=-1)
    return np.ascontiguousarray(octets).view("<u8").astype(np.uint64, copy=False)


def _is_range(sources: Index) -> bool:
    return len(sources) == 1 or bool((np.diff(sources) == 1).all())
