"""How a construction says no: bad input, a draw without a ticket, a rounding not found."""

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

    >>> raise NoTicket("carry", 3, "x_1")
    Traceback (most recent call last):
    constructions.errors.NoTicket: no ticket in this draw: event 'carry' failed at layer 3 for x_1
    """

    def __init__(self, event: str, layer: int, slot: str) -> None:
        self.event, self.layer, self.slot = event, layer, slot
        super().__init__(
            f"no ticket in this draw: event {event!r} failed at layer {layer} for {slot}"
        )


class NoRounding(RuntimeError):
    """No rounding that was tried keeps the error that the plan allows, though one exists (Q3).

    Another seed of the rounding, or rounding to nearest with its larger p, will do.

    Parameters
    ----------
    layer : the target layer i = 1…l
    attempts, seed : how many random roundings were tried, and of which seed
    limit, least : the norm of the error that is allowed, and the least one found, in units 2^{−p_i}

    >>> raise NoRounding(1, attempts=8, seed=0, limit=2.5, least=2.75)
    Traceback (most recent call last):
    constructions.errors.NoRounding: layer 1: none of 8 random roundings of seed 0 errs by at most \
2.5·2^-p in norm, the best by 2.75·2^-p
    """

    def __init__(self, layer: int, attempts: int, seed: int, limit: float, least: float) -> None:
        self.layer = layer
        super().__init__(
            f"layer {layer}: none of {attempts} random roundings of seed {seed} errs by at most "
            f"{limit:.6g}·2^-p in norm, the best by {least:.6g}·2^-p"
        )
