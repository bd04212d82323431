"""Rates: the closed forms that a theorem states for width and depth, with proved constants."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from constructions.numbers import estimate_log2


@dataclass(frozen=True)
class Scale:
    """The parameters of a theorem: all widths d, depth l, and e = log₂(1/ε), f = log₂(1/δ)."""

    d: int
    depth: int
    e: float
    f: float

    @classmethod
    def of(cls, d: int, depth: int, eps: str | Decimal, delta: str | Decimal) -> Scale:
        """Return the scale of ε and δ given as decimals.

        >>> Scale.of(4, 2, "0.5", "0.25")
        Scale(d=4, depth=2, e=1.0, f=2.0)
        """
        return cls(d, depth, -estimate_log2(eps), -estimate_log2(delta))

    @property
    def log_dl(self) -> float:
        """log₂(dl/ε)."""
        return math.log2(self.d * self.depth) + self.e

    @property
    def log_dl_delta(self) -> float:
        """log₂(dl/(εδ))."""
        return self.log_dl + self.f

    @property
    def log_stages(self) -> float:
        """Λ = log₂(l·log₂(dl/ε)/δ), the logarithm in S's width."""
        return math.log2(self.depth * self.log_dl) + self.f

    @property
    def log_range(self) -> float:
        """½·log₂(l·d²/δ), the extra digits of S."""
        return 0.5 * (math.log2(self.depth * self.d * self.d) + self.f)


@dataclass(frozen=True)
class Rate:
    """A stated form: quantity ≤ base + C·unit, with the constant C that a claim proves.

    Attributes
    ----------
    claim, symbol : the claim, and what it calls the constant
    quantity : "N" (width) or "L" (depth)
    constant : C, exactly; statement, proof, audit and paper read it here
    text, tex : the form as the theorem states it
    base, unit : functions of the scale
    factors : (plan, scale) → what the constant is made of, in words and numbers
    additive : whether the constant is a summand, so that ratios mean little
    """

    claim: str
    symbol: str
    quantity: Literal["N", "L"]
    constant: Fraction
    text: str
    tex: str
    base: Callable[[Scale], float]
    unit: Callable[[Scale], float]
    factors: Callable[[Any, Scale], Mapping[str, float]]
    additive: bool = False

    def of(self, plan: Any) -> int:
        """Return the plan's width or depth, whichever the form bounds."""
        return int(plan.N if self.quantity == "N" else plan.L)

    def needed(self, plan: Any, scale: Scale) -> float:
        """Return the constant that makes the form an equality for a plan."""
        return float((self.of(plan) - self.base(scale)) / self.unit(scale))

    def allowed(self, scale: Scale) -> float:
        """Return the width or depth that the form allows with its constant."""
        return self.base(scale) + float(self.constant) * self.unit(scale)
