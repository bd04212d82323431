"""The two ways in which a construction says no: bad input, and a draw without a ticket."""

from __future__ import annotations


class InputError(ValueError):
    """An argument or a file that cannot be used.

    The message names it, its value and what was expected.

    >>> raise InputError("eps = 0: expected a number with 0 < eps")
    Traceback (most recent call last):
    constructions.errors.InputError: eps = 0: expected a number with 0 < eps
    """


class NoTicket(RuntimeError):
    """The drawn network does not have the good event, so this construction finds no ticket in it.

    Nothing is drawn again: a caller may try another seed, and should say so. The probability of
    this outcome is at most the plan's δ.

    Parameters
    ----------
    event : the part of the good event that failed, e.g. "carry" or "double"
    layer : the layer t = 1…L of the random network whose edges are to blame
    slot : the value that found no neuron, or no sign
    """

    def __init__(self, event: str, layer: int, slot: str) -> None:
        self.event, self.layer, self.slot = event, layer, slot
        super().__init__(
            f"no ticket in this draw: event {event!r} failed at layer {layer} for {slot}"
        )
