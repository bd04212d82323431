"""WeightNetwork: a random network with real weights, drawn once from a seed.

The counterpart of `SignNetwork`: every neuron owns its outgoing weights. Layer t uses the stream of
Philox4x64-10 with key (seed, 2^32 + t), which no sign network uses; source neuron c owns
⌈widths[t]/4⌉ blocks of four words, and the weight from c to neuron r is made from word r of them
by the network's distribution. Any weight can be had by itself, and none ever changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from constructions.errors import InputError
from constructions.networks.network import Index, RandomNetwork
from constructions.networks.philox import philox_blocks

Floats = NDArray[np.float64]

STREAM = 2**32  # added to the layer in the key, so that no stream of signs is used twice
_BULK = 6  # reading on costs about a sixth of jumping, per block (measured for the signs)


@dataclass(frozen=True)
class WeightNetwork(RandomNetwork):
    """The random network of a given shape with real weights, from a seed.

    Parameters as in RandomNetwork; the distribution says how a word becomes a weight.

    >>> from constructions.networks.distributions import Distribution
    >>> network = WeightNetwork(1, (4, 6), Distribution("grid", 2))
    >>> rows = network.weights(1, [0, 3])
    >>> bool((network.values(1, [0, 3], [5, 2]) == rows[[0, 1], [5, 2]]).all())
    True
    """

    def _check_widths(self) -> None:
        if len(self.widths) < 2 or any(not 1 <= w < 2**35 for w in self.widths):
            raise InputError(f"widths = {self.widths}: expected two or more integers in [1, 2^35)")
        for source, target in zip(self.widths, self.widths[1:], strict=False):
            if source * -(-target // 4) >= 2**63:
                raise InputError(
                    f"widths {source}, {target}: a layer must have less than 2^65 weights"
                )

    def weights(self, layer: int, sources: ArrayLike, lo: int = 0, hi: int | None = None) -> Floats:
        """Return the weights from each source (k,) to the targets lo…hi−1: float64 (k, hi−lo)."""
        sources = np.asarray(sources, dtype=np.int64)
        self._check(layer, sources)
        width = self.widths[layer]
        hi = width if hi is None else hi
        if not 0 <= lo <= hi <= width:
            raise InputError(
                f"targets {lo} to {hi} at layer {layer}: expected 0 ≤ lo ≤ hi ≤ {width}"
            )
        if len(sources) == 0 or hi == lo:
            return np.empty((len(sources), hi - lo))
        per_source = -(-self.widths[layer] // 4)
        first, last = lo // 4, -(-hi // 4)
        start, stop = int(sources.min()), int(sources.max()) + 1
        if (stop - start) * per_source <= _BULK * len(sources) * (last - first):
            key = np.array([self.seed, STREAM + layer], dtype=np.uint64)
            generator = np.random.Philox(key=key)
            generator.advance(start * per_source)
            stream = generator.random_raw(4 * (stop - start) * per_source)
            words = stream.reshape(stop - start, -1)[sources - start, lo:hi]
        else:
            blocks = sources[:, None] * per_source + np.arange(first, last)
            found = self._blocks(layer, blocks.ravel()).reshape(len(sources), -1)
            words = found[:, lo - 4 * first : hi - 4 * first]
        return self.distribution.weights(np.ascontiguousarray(words))

    def values(self, layer: int, sources: ArrayLike, targets: ArrayLike) -> Floats:
        """Return the weights of single edges (sources and targets broadcast), float64."""
        sources, targets = np.broadcast_arrays(
            np.asarray(sources, np.int64), np.asarray(targets, np.int64)
        )
        self._check(layer, sources, targets)
        blocks = (sources * -(-self.widths[layer] // 4) + targets // 4).ravel()
        new = np.diff(blocks, prepend=-1) != 0  # sorted edges share blocks with their neighbours
        words = self._blocks(layer, blocks[new])[np.cumsum(new) - 1, targets.ravel() % 4]
        return self.distribution.weights(words).reshape(sources.shape)

    def layer(self, layer: int) -> Floats:
        """Return a whole layer, float64 of shape (widths[t], widths[t−1])."""
        return self.weights(layer, np.arange(self.widths[layer - 1])).T

    def _blocks(self, layer: int, numbers: Index) -> NDArray[np.uint64]:
        counters = numbers.astype(np.uint64) + np.uint64(1)  # NumPy counts before it generates
        return philox_blocks(counters, (self.seed, STREAM + layer))
