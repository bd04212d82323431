"""RandomNetwork: what a random network of ±1 weights and one of real weights have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from constructions.errors import InputError
from constructions.networks.distributions import Distribution

Index = NDArray[np.int64]


@dataclass(frozen=True)
class RandomNetwork(ABC):
    """The weights of a random network of a given shape, drawn once from a seed.

    Any weight can be read by itself, and none ever changes. Layer t = 1…L leads from widths[t−1]
    neurons to widths[t] neurons; every neuron owns its outgoing weights.

    Parameters
    ----------
    seed : 0 ≤ seed < 2⁶⁴
    widths : (d_0, N_1, …, N_{L−1}, d_l), each ≥ 1
    distribution : of a weight

    Raises InputError for other arguments.
    """

    seed: int
    widths: tuple[int, ...]
    distribution: Distribution

    def __post_init__(self) -> None:
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**64:
            raise InputError(f"seed = {self.seed!r}: expected an integer in [0, 2^64)")
        self._check_widths()

    @abstractmethod
    def _check_widths(self) -> None:
        """Raise InputError unless the widths are such that the stream has room for them."""

    @abstractmethod
    def values(self, layer: int, sources: ArrayLike, targets: ArrayLike) -> NDArray[Any]:
        """Return the weights of single edges (sources and targets broadcast).

        They are exact: int8 for weights ±1, float64 for others.
        """

    @property
    def depth(self) -> int:
        """The number of layers L."""
        return len(self.widths) - 1

    @property
    def size(self) -> int:
        """The number of random weights."""
        return weights_between(self.widths)

    def _check(
        self, layer: int, sources: Index | None = None, targets: Index | None = None
    ) -> None:
        """Raise InputError unless the layer and its neurons exist."""
        if not 1 <= layer <= self.depth:
            raise InputError(f"layer = {layer}: expected 1 ≤ layer ≤ {self.depth}")
        for name, letter, neurons, width in (
            ("sources", "c", sources, self.widths[layer - 1]),
            ("targets", "r", targets, self.widths[layer]),
        ):
            if neurons is None or not neurons.size:
                continue
            if not 0 <= neurons.min() <= neurons.max() < width:
                raise InputError(f"{name} at layer {layer}: expected 0 ≤ {letter} < {width}")


def weights_between(widths: tuple[int, ...]) -> int:
    """Return the number of weights of a dense network with these widths.

    >>> weights_between((3, 5, 2))
    25
    """
    return sum(a * b for a, b in pairwise(widths))
