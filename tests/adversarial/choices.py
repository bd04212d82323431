"""Where an edit gets its choices from: Hypothesis, which shrinks, or a seed, which is fast."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol

from hypothesis import strategies as st


class Choices(Protocol):
    """What an edit may ask."""

    def pick(self, options: Sequence[Any]) -> Any:
        """One of these."""

    def number(self, low: int, high: int) -> int:
        """One of low … high."""


class Drawn:
    """Choices that Hypothesis draws."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))


class Seeded:
    """Choices that follow from a seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def pick(self, options: Sequence[Any]) -> Any:
        return self.random.choice(options)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)
