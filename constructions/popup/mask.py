"""MaskedNetwork: masks of a random network with real weights, for all its edges, without a target.

What edge-popup finds is a ticket in the sense of its paper, a seed and a mask, and no more: there
is no target network and no ε, so nothing that a checker could certify, and its file is none of the
formats that the checker accepts.

The file ("pmone-mask", version 1) is an .npz archive of these arrays and no others:

* ``header``, a JSON text: {"format": "pmone-mask", "version": 1, "seed": decimal string, "widths":
  [d_0, N_1, …, classes], "distribution": {"kind": …} as in `distributions.py`, "keep": number};
* ``mask_t``, t = 1…L, uint8: the mask of layer t, shape (widths[t], widths[t−1]), row by row, eight
  entries per byte from the highest bit down, 1 = kept, the last byte filled up with 0; ⌈keep·size⌉
  entries are 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from constructions.archive import reading_arrays, write_arrays
from constructions.errors import InputError
from constructions.networks.distributions import Distribution
from constructions.networks.weights import WeightNetwork

FORMAT, VERSION = "pmone-mask", 1

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class MaskedNetwork:
    """A pruned random network that is run as it is.

    Attributes
    ----------
    seed, widths, distribution : the random network, scaled as `scaled_layers` says
    keep : the share of weights that each layer keeps, 0 < keep < 1
    masks : booleans (widths[t], widths[t−1]) for t = 1…L, True = kept
    """

    seed: int
    widths: tuple[int, ...]
    distribution: Distribution
    keep: float
    masks: tuple[Masks, ...]

    @property
    def network(self) -> WeightNetwork:
        """The random network that is pruned."""
        return WeightNetwork(self.seed, self.widths, self.distribution)

    @property
    def kept_weights(self) -> int:
        """The number of kept weights."""
        return int(sum(M.sum() for M in self.masks))

    def run(self, x: ArrayLike) -> Floats:
        """Return the outputs in float64 for x of shape (…, d_0); InputError for another shape."""
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or x.shape[-1] != self.widths[0]:
            raise InputError(f"x has shape {x.shape}: expected (…, {self.widths[0]})")
        layers = scaled_layers(self.network, self.keep)
        rows = x.reshape(-1, self.widths[0])
        y = forward(rows, [M * W for M, W in zip(self.masks, layers, strict=True)])[-1]
        return y.reshape(*x.shape[:-1], self.widths[-1])

    def describe(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        return {
            "seed": self.seed,
            "widths": list(self.widths),
            "distribution": self.distribution.describe(),
            "random_weights": self.network.size,
            "kept_weights": self.kept_weights,
            "certified": "nothing: no target network, no bound",
        }

    def save(self, path: str | Path) -> None:
        """Write the file; an interruption leaves no half-written file at ``path``."""
        header = {
            "format": FORMAT,
            "version": VERSION,
            "seed": str(self.seed),
            "widths": list(self.widths),
            "distribution": self.distribution.as_json(),
            "keep": self.keep,
        }
        arrays = {f"mask_{t}": np.packbits(M) for t, M in enumerate(self.masks, 1)}
        write_arrays(path, {"header": np.array(json.dumps(header)), **arrays})

    @classmethod
    def load(cls, path: str | Path) -> MaskedNetwork:
        """Read a file of masks; raise InputError naming what is wrong with it."""
        with reading_arrays(path, "a file of masks") as (header, file):
            if header["format"] != FORMAT or header["version"] != VERSION:
                raise InputError(f"expected format {FORMAT}, version {VERSION}")
            widths = tuple(int(w) for w in header["widths"])
            distribution = Distribution.from_json(header["distribution"])
            network = WeightNetwork(int(header["seed"]), widths, distribution)
            keep = float(header["keep"])
            if not 0 < keep < 1:
                raise InputError(f"keep = {keep}: expected 0 < keep < 1")
            names = {"header", *(f"mask_{t}" for t in range(1, network.depth + 1))}
            if set(file.files) != names:
                differ = ", ".join(sorted(names ^ set(file.files)))
                raise InputError(f"missing or not expected: {differ}")
            masks = tuple(
                _unpacked(file[f"mask_{t}"], t, (rows, columns), keep)
                for t, (columns, rows) in enumerate(pairwise(widths), 1)
            )
            return MaskedNetwork(network.seed, widths, distribution, keep, masks)


def scaled_layers(network: WeightNetwork, keep: float) -> list[Floats]:
    """Return the layers (widths[t], widths[t−1]), times √(2/(keep·fan-in)): Kaiming's scale.

    It only sets the size of outputs and gradients, σ being homogeneous.
    """
    return [
        network.layer(t) * math.sqrt(2.0 / (keep * network.widths[t - 1]))
        for t in range(1, network.depth + 1)
    ]


def kept_of(size: int, keep: float) -> int:
    """Return ⌈keep·size⌉, how many of ``size`` weights are kept."""
    return math.ceil(keep * size)


def forward(x: Floats, matrices: Sequence[Floats]) -> list[Floats]:
    """Return the inputs and the outputs of all layers, ReLU between them."""
    layers = [x]
    for t, W in enumerate(matrices, 1):
        z = layers[-1] @ W.T
        layers.append(np.maximum(z, 0.0) if t < len(matrices) else z)
    return layers


def _unpacked(packed: NDArray[Any], t: int, shape: tuple[int, int], keep: float) -> Masks:
    size = shape[0] * shape[1]
    if packed.dtype != np.uint8 or packed.shape != (-(-size // 8),):
        raise InputError(
            f"mask_{t} is {packed.dtype} of shape {packed.shape}: expected uint8 of "
            f"{-(-size // 8)} bytes for {shape[0]} × {shape[1]} weights"
        )
    bits = np.unpackbits(packed).astype(np.bool_)
    if bits[size:].any() or int(bits.sum()) != kept_of(size, keep):
        raise InputError(
            f"mask_{t} keeps {int(bits.sum())} weights: expected {kept_of(size, keep)}"
        )
    return bits[:size].reshape(shape)
