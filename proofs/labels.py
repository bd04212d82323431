"""For which inputs a network within a bound of the target provably gives the target's label.

The label is the place of the largest output, or, of a single output, its sign. Two outputs of the
other network differ from the target's by at most √2·bound together, so a larger margin keeps the
label; a single one by at most the bound.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from constructions.targets.target import TargetNetwork

_U = 2.0**-53
Floats = NDArray[np.float64]


def label_of(outputs: Floats) -> NDArray[np.int64]:
    """Return the labels of outputs (rows, d): the place of the largest, or whether it is > 0.

    >>> label_of(np.array([[0.1, 0.7], [2.0, -1.0]])), label_of(np.array([[0.5], [-0.5]]))
    (array([1, 0]), array([1, 0]))
    """
    if outputs.shape[-1] == 1:
        return (outputs[:, 0] > 0).astype(np.int64)
    return np.asarray(outputs.argmax(axis=1), dtype=np.int64)


def keeps_label(target: TargetNetwork, inputs: Floats, bound: float) -> NDArray[np.bool_]:
    """Return, per input, whether every network within ``bound`` in ‖·‖₂ gives the target's label.

    Parameters
    ----------
    target : the network f
    inputs : float64, (rows, features), in the domain where the bound holds
    bound : on ‖f(x) − g(x)‖₂; ∞ keeps no label

    False means that it is not shown, never that the label differs.

    >>> f = TargetNetwork.from_layers([[[1.0], [-1.0]]])
    >>> keeps_label(f, np.array([[0.5], [0.01]]), 0.1)
    array([ True, False])
    """
    h, error = _enclosed(target, inputs)
    if h.shape[-1] == 1:
        return np.asarray((np.abs(h) - error)[:, 0] > bound * (1 + 4 * _U))
    best = h.argmax(axis=1)[:, None]
    low = np.take_along_axis(h - error, best, axis=1)[:, 0]
    others = h + error
    np.put_along_axis(others, best, -np.inf, axis=1)
    margins = low - others.max(axis=1)
    margins -= 8 * _U * (np.abs(low) + np.abs(margins))
    return np.asarray(margins > math.sqrt(2) * bound * (1 + 4 * _U))


def _enclosed(target: TargetNetwork, inputs: Floats) -> tuple[Floats, Floats]:
    """Return f(x) in float64, and a bound on its rounding error.

    |fl(Wh) − Wh| ≤ γ_k |W||h| for rows of length k, in any order of summation.
    """
    h = target.inputs(inputs)
    error = np.zeros_like(h)
    for i, W in enumerate(target.weights):
        gamma = 2 * (W.shape[1] + 2) * _U
        error = (error + gamma * np.abs(h)) @ np.abs(W).T * (1 + gamma)
        h = h @ W.T
        if i < target.depth - 1:
            h = np.maximum(h, 0.0)
    return h, error
