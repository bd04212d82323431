"""Weight distributions: documented maps from 64-bit random words to float64 weights.

Each map uses integer operations and correctly rounded float64 operations (+ − × ÷ √, exact scaling)
in a stated order, and no function of a mathematical library, whose last bit differs between
platforms. So a weight is *defined* by its word, everywhere, and is a dyadic rational like every
float64; nothing about it needs to be enclosed. `proofs/kernel/FORMAT.md` states the maps that
ticket files may name (uniform, hyperbolic, grid); the checker has its own reading of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.networks.normal import standard_normal

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Kind = Literal["uniform", "hyperbolic", "grid", "sign", "normal"]

FRACTION_BITS = 24  # of the logarithm of a hyperbolic weight, within its octave
MAX_GRID_BITS = 30
MAX_OCTAVES = 256  # products of two weights then stay far above the smallest float64

_LOW32, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@dataclass(frozen=True)
class Distribution:
    """How a weight is made from a 64-bit word z.

    Parameters
    ----------
    kind : the name of the map, see below
    parameter : R for "hyperbolic", q for "grid", 0 for the others

    * "uniform" on (−1, 1): (2·⌊z/2^11⌋ + 1 − 2^53)·2^−53, an odd multiple of 2^−53; never 0.
    * "hyperbolic", density ∝ 1/|w| on 2^−R ≤ |w| ≤ 1, 1 ≤ R ≤ 256: the sign is + if bit 63 of z is
      set; octave i = ⌊(bits 32…62)·R/2^31⌋; magnitude 2^−i·∏ c_j over the set bits 32−j of z,
      j = 1…24, multiplied from j = 1 on, with c_1 = √½ and c_{j+1} = √c_j, all in float64.
      Each octave's probability is within 2^−31 of 1/R.
    * "grid" of step 2^−q on [−1, 1], 0 ≤ q ≤ 30: (⌊z·(2^{q+1}+1)/2^64⌋ − 2^q)·2^−q. Each value's
      probability is within 2^−64 of 1/(2^{q+1}+1).
    * "sign": +1 if bit 63 is set, else −1.
    * "normal": the standard normal quantile at a 53-bit probability, see `normal.py`.

    Raises InputError for another kind, or a parameter outside its range.

    >>> words = np.array([0, 2**63, 2**64 - 1], dtype=np.uint64)
    >>> Distribution("grid", 1).weights(words).tolist()
    [-1.0, 0.0, 1.0]
    """

    kind: Kind
    parameter: int = 0

    def __post_init__(self) -> None:
        limits = {
            "uniform": (0, 0),
            "hyperbolic": (1, MAX_OCTAVES),
            "grid": (0, MAX_GRID_BITS),
            "sign": (0, 0),
            "normal": (0, 0),
        }
        if self.kind not in limits:
            raise InputError(f"kind = {self.kind!r}: expected one of {', '.join(limits)}")
        low, high = limits[self.kind]
        if not isinstance(self.parameter, int) or not low <= self.parameter <= high:
            raise InputError(
                f"parameter = {self.parameter!r} of {self.kind!r}: expected {low} to {high}"
            )

    def weights(self, words: Words) -> Floats:
        """Return the float64 weights of uint64 words, in the same shape."""
        return _MAPS[self.kind](words, self.parameter)

    @property
    def random_bits(self) -> float:
        """The bits of randomness in one weight, log₂ of the number of values it takes."""
        return {
            "uniform": 53.0,
            "hyperbolic": 1.0 + FRACTION_BITS + math.log2(max(self.parameter, 1)),
            "grid": math.log2(2 ** (self.parameter + 1) + 1),
            "sign": 1.0,
            "normal": 53.0,
        }[self.kind]

    def describe(self) -> str:
        """Return the distribution in a few words."""
        return {
            "uniform": "uniform on [-1, 1]",
            "hyperbolic": f"density 1/|w| on 2^-{self.parameter} to 1",
            "grid": f"uniform on the grid of step 2^-{self.parameter}",
            "sign": "uniform on {-1, +1}",
            "normal": "standard normal",
        }[self.kind]

    def as_json(self) -> dict[str, Any]:
        """Return the header entry of a ticket file."""
        name = {"hyperbolic": "octaves", "grid": "bits"}.get(self.kind)
        return {"kind": self.kind} | ({name: self.parameter} if name else {})

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Distribution:
        """Return the distribution that a header entry names."""
        kind = value["kind"]
        return cls(kind, value.get({"hyperbolic": "octaves", "grid": "bits"}.get(kind, ""), 0))


UNIFORM = Distribution("uniform")
SIGN = Distribution("sign")
NORMAL = Distribution("normal")


def _uniform(words: Words, _: int) -> Floats:
    odd = (words >> np.uint64(11)).astype(np.int64) * 2 + (1 - 2**53)  # |odd| < 2^53: exact
    return np.asarray(odd * 2.0**-53, dtype=np.float64)


def _grid(words: Words, q: int) -> Floats:
    n = np.uint64(2 ** (q + 1) + 1)  # below 2^32, so no product exceeds 2^64
    high = ((words >> _32) * n + ((words & _LOW32) * n >> _32)) >> _32
    return np.asarray((high.astype(np.int64) - 2**q) * 2.0**-q, dtype=np.float64)


def _hyperbolic(words: Words, octaves: int) -> Floats:
    bits = words >> _32 & np.uint64(2**31 - 1)
    octave = (bits * np.uint64(octaves) >> np.uint64(31)).astype(np.int64)
    magnitude = np.ones(words.shape)
    factor = 0.5
    for j in range(1, FRACTION_BITS + 1):
        factor = math.sqrt(factor)  # correctly rounded, as IEEE 754 asks of it
        used = (words >> np.uint64(32 - j) & np.uint64(1)).astype(np.bool_)
        np.multiply(magnitude, factor, out=magnitude, where=used)
    magnitude = np.ldexp(magnitude, -octave)  # exact: 2^−256 is far above the smallest float64
    return np.where(words >> np.uint64(63) == 1, magnitude, -magnitude)


def _sign(words: Words, _: int) -> Floats:
    return np.where(words >> np.uint64(63) == 1, 1.0, -1.0)


def _normal(words: Words, _: int) -> Floats:
    return standard_normal(_uniform(words, 0))


_MAPS: dict[str, Callable[[Words, int], Floats]] = {
    "uniform": _uniform,
    "hyperbolic": _hyperbolic,
    "grid": _grid,
    "sign": _sign,
    "normal": _normal,
}
