"""Plans of sections, one per target layer: what those of S and S* have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from constructions.plan import SlackPlan


@dataclass(frozen=True)
class Part:
    """A section as a plan sees it.

    Attributes
    ----------
    m, n : wires u and outputs
    wide : how many of the wires have coefficients of up to 2^{p+q}, not 2^p
    last : whether it is the last section
    """

    m: int
    n: int
    wide: int
    last: bool


@dataclass(frozen=True)
class SectionPlan(SlackPlan):
    """A plan whose sections carry their inputs u in a block U, and start from an offset.

    Attributes, besides the request
    -------------------------------
    c : inputs per input group (H4), 0 if the inputs are split, or ≥ 0
    g : the sums of inputs from which the offset is made
    e : extra digits, so that every weight is in range
    s_U, s_A : neurons beyond the slots in the blocks U and A
    """

    c: int
    g: int
    e: int
    s_U: int
    s_A: int

    @property
    def q(self) -> int:
        """The bits that a coefficient of w_0 may have more than others: Σ_i|V_oi| ≤ c·2^p."""
        return (self.c - 1).bit_length() if self.c else 0

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The sections, the first with the wires of its input groups."""
        found = []
        for i, section in enumerate(self.sections):
            m, wide = section.m, 0
            if i == 0 and self.c:
                wide = -(-self.dims[0] // self.c)
                m = self.dims[0] + wide
            found.append(Part(m, section.n, wide, i == len(self.sections) - 1))
        return tuple(found)

    def wires_by_bits(self, part: Part) -> tuple[tuple[int, int], tuple[int, int]]:
        """How many wires have coefficients of up to 2^p, and of 2^{p+q}; with the bits beyond p."""
        return (part.m - part.wide, 0), (part.wide, self.q)

    def size_U(self, part: Part) -> int:
        """The neurons of block U in a section, m + s_U."""
        return part.m + self.s_U

    def extra_bits(self, part: Part) -> NDArray[np.int64]:
        """The bits beyond p that each wire’s coefficients may have: q for every w_0, else 0."""
        bits = np.zeros(part.m, dtype=np.int64)
        if part.wide:
            bits[:: self.c + 1] = self.q
        return bits
