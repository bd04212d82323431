"""A node of an ONNX graph, and what it may read: constants, data, or a tail behind the logits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.targets.approximate import Approximate
from constructions.targets.folding import Value

Integers = NDArray[np.int64]
Constant = Approximate | Integers
ROWS = -(2**40)  # in a shape: as many as the input has rows


@dataclass(frozen=True)
class Tail:
    """What is computed from the logits behind the network, and from which value."""

    source: str


Found = Constant | Value | Tail


def whole_shape(value: Value) -> tuple[int, ...]:
    """Return a tensor's shape, ROWS for the number of rows; InputError if it is not known."""
    if value.shape is None:
        raise InputError("expected a declared shape of the input")
    return ((ROWS,) if value.batch else ()) + value.shape


@dataclass(frozen=True)
class Node:
    """One node with what it reads."""

    onnx: Any
    notes: Counter[str]
    node: Any
    inputs: list[Found | None]

    def attribute(self, name: str, default: Any) -> Any:
        """Return an attribute, or its default."""
        for a in self.node.attribute:
            if a.name == name:
                return self.onnx.helper.get_attribute_value(a)
        return default

    def get(self, place: int) -> Found | None:
        """Return an input, None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def number(self, place: int) -> Approximate:
        """Return a constant of real numbers."""
        value = self.get(place)
        if isinstance(value, np.ndarray):
            raise InputError(f"input {place} holds integers: expected FLOAT, DOUBLE or FLOAT16")
        if not isinstance(value, Approximate):
            raise InputError(
                f"input {place} is no constant: expected one (a branch cannot be read)"
            )
        return value

    def integers(self, place: int) -> Integers:
        """Return a constant of integers."""
        value = self.get(place)
        if not isinstance(value, np.ndarray):
            raise InputError(f"input {place}: expected constant integers")
        return value

    def data(self) -> Value:
        """Return the first input, which must depend on the network's."""
        value = self.get(0)
        if not isinstance(value, Value):
            raise InputError("input 0 is a constant: expected the data first")
        return value

    def moved(self, move: Callable[[NDArray[Any]], NDArray[Any]]) -> Constant:
        """Return the first input, a constant of either kind, with its entries moved."""
        value = self.get(0)
        if isinstance(value, np.ndarray):
            return np.asarray(move(value))
        return self.number(0).moved(move)

    def note(self, text: str) -> None:
        """Say what was folded."""
        self.notes[text] += 1
