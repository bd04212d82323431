"""A pruned network, or a target, as a chain of dense layers that any framework can run.

Of a ticket only the neurons that live are left: those that a path of kept edges leads to from an
input and from which one leads to an output. The others are 0, or nobody reads them. The scale
2^−p_i of each target layer goes into the weights of the layer of its units, since powers of two
move through the ReLU: so all is a chain of linear layers and ReLUs, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from constructions.edges import Index
from constructions.errors import InputError
from constructions.targets.target import TargetNetwork, float_from
from constructions.ticket import Ticket

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Float = type[np.float32] | type[np.float64]

_BEYOND = 10**6
MOST = 2**27  # weights of a chain: 1 GiB in float64, half of what an ONNX file may have


@dataclass(frozen=True, eq=False)
class Linear:
    """One layer x ↦ (M∘W)x + m∘b of a chain; a ReLU follows each but the last.

    Attributes
    ----------
    weight, mask : W, float64, and M, bool, of shape (n, m); an entry is pruned where M is False
    bias, bias_mask : b and m of shape (n,), or None where there is no bias
    """

    weight: Matrix
    mask: Mask
    bias: Matrix | None = None
    bias_mask: Mask | None = None

    @property
    def kept_weight(self) -> Matrix:
        """M∘W."""
        return np.where(self.mask, self.weight, 0.0)

    @property
    def kept_bias(self) -> Matrix | None:
        """m∘b, or None."""
        if self.bias is None or self.bias_mask is None:
            return None
        return np.where(self.bias_mask, self.bias, 0.0)

    @classmethod
    def of_homogenized(cls, weight: Matrix, mask: Mask) -> Linear:
        """Return the layer whose last input is the constant 1: its column is the bias."""
        return cls(weight[:, :-1].copy(), mask[:, :-1].copy(), weight[:, -1], mask[:, -1])


def compute(chain: Sequence[Linear], x: Matrix) -> Matrix:
    """Return what a chain computes in float64, for x of shape (k, features)."""
    for i, layer in enumerate(chain):
        x = np.maximum(x, 0.0) if i else x
        bias = layer.kept_bias
        x = x @ layer.kept_weight.T + (0.0 if bias is None else bias)
    return x


def chain_of_target(target: TargetNetwork) -> list[Linear]:
    """Return the layers of a target, with biases again where they were homogenized.

    >>> f = TargetNetwork.from_layers([[[0.5]], [[1.0]]], [[0.25], [2.0]])
    >>> [(layer.weight.tolist(), layer.bias.tolist()) for layer in chain_of_target(f)]
    [([[0.5]], [0.25]), ([[1.0]], [2.0])]
    """
    matrices = target.weights
    kept = [np.ones(W.shape, dtype=np.bool_) for W in matrices]
    if not target.homogenized:
        return [Linear(W, mask) for W, mask in zip(matrices, kept, strict=True)]
    first = Linear.of_homogenized(matrices[0], kept[0])
    constant = [np.append(np.zeros(W.shape[1] - 1), 1.0) for W in matrices[:-1]]
    if any((W[-1] != row).any() for W, row in zip(matrices, constant, strict=False)):
        # The constant is not carried on: only the first layer's is one.
        return [first, *(Linear(W, m) for W, m in zip(matrices[1:], kept[1:], strict=True))]
    rows = [slice(None, -1)] * (len(matrices) - 1) + [slice(None)]
    return [
        Linear.of_homogenized(W[row], mask[row])
        for W, mask, row in zip(matrices, kept, rows, strict=True)
    ]


def chain_of_ticket(ticket: Ticket) -> list[Linear]:
    """Return the layers of a pruned network, between living neurons, masked and pruned weights.

    A layer without a living neuron keeps one, which nothing reads. Raises InputError if there are
    more than `MOST` weights, or if a scale 2^−p_i takes one out of the range of float64.
    """
    neurons = living(ticket)
    size = sum(len(a) * len(b) for a, b in pairwise(neurons))
    if size > MOST:
        raise InputError(
            f"{size:,} weights between living neurons, pruned ones included, are too many for "
            f"dense layers: expected a ticket with at most {MOST:,}"
        )
    chain = []
    for t, edges in enumerate(ticket.edges, 1):
        before, after = neurons[t - 1], neurons[t]
        signs = ticket.network.values(t, before[None, :], after[:, None])
        exponent = -ticket.scale_log2_of_layers.get(t, 0)
        with np.errstate(over="ignore"):
            weight = np.ldexp(signs.astype(np.float64), exponent)
        if not np.isfinite(weight).all() or ((weight == 0) != (signs == 0)).any():
            raise InputError(f"layer {t}: its scale 2^{exponent} is beyond the range of float64")
        mask = np.zeros(weight.shape, dtype=np.bool_)
        row, column = _places(after, edges.indices), _places(before, edges.source_of_edges())
        lives = (row >= 0) & (column >= 0)
        mask[row[lives], column[lives]] = True
        homogenized = t == 1 and ticket.target.homogenized
        chain.append((Linear.of_homogenized if homogenized else Linear)(weight, mask))
    return chain


def living(ticket: Ticket) -> list[Index]:
    """Return the living neurons of every layer 0 … L, increasing; all inputs and outputs count."""
    reached: list[Index] = [np.arange(ticket.widths[0], dtype=np.int64)]
    for edges in ticket.edges:
        read = _places(reached[-1], edges.source_of_edges()) >= 0
        reached.append(np.unique(edges.indices[read]).astype(np.int64))
    live = [np.arange(ticket.widths[-1], dtype=np.int64)]
    for edges, before in zip(reversed(ticket.edges), reversed(reached[:-1]), strict=True):
        leads = edges.source_of_edges()[_places(live[0], edges.indices) >= 0]
        live.insert(0, np.intersect1d(before, leads))
    live[0] = reached[0]
    return [neurons if len(neurons) else np.zeros(1, dtype=np.int64) for neurons in live]


def holds(array: Matrix, dtype: Float) -> bool:
    """Whether floats of this type are exactly the entries of an array."""
    with np.errstate(over="ignore"):
        return bool((array.astype(dtype).astype(np.float64) == array).all())


def exact_grid(chain: Sequence[Linear], largest: Decimal, dtype: Float) -> int:
    """Return the largest G for which floats compute a chain exactly on multiples of 2^−G.

    For inputs of absolute value at most `largest` that are multiples of 2^−G: with weights on a
    grid 2^−g, all partial sums of a layer are multiples of 2^−(G+g) and at most Σ|w|·|h|, in
    whatever order they are formed. G is negative where not even integers are computed exactly.
    """
    size, grid = np.full(chain[0].weight.shape[1], float_from(largest, 1)), 0
    left = _finest(size, dtype)
    for layer in chain:
        bias = layer.kept_bias
        parts = [layer.kept_weight] if bias is None else [layer.kept_weight, bias]
        if not all(holds(part, dtype) for part in parts):
            return -1
        # Biases are multiples of 2^−g times the grid of the inputs once G ≥ 0.
        grid += max(_grid(part) for part in parts)
        with np.errstate(over="ignore", invalid="ignore"):
            size = np.abs(parts[0]) @ size + (0.0 if bias is None else np.abs(bias))
            size *= 1 + 2.0**-20
        left = min(left, _finest(size, dtype) - grid)
    return left


def _finest(sizes: Matrix, dtype: Float) -> int:
    """Return the largest G for which floats hold all multiples of 2^−G up to these sizes.

    A float of b bits holds a multiple of u, a power of two, up to 2^b·u, if u is not below the
    least float and the multiple not beyond the largest.
    """
    kind, most = np.finfo(dtype), float(sizes.max())
    if not most < float(kind.max):  # or not a number
        return -_BEYOND
    return min(kind.nmant + 1 - math.frexp(most)[1], kind.nmant - kind.minexp)


def _grid(values: Matrix) -> int:
    """Return the least g for which all values are multiples of 2^−g."""
    mantissa, exponent = np.frexp(values[values != 0])
    if not len(mantissa):
        return 0
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    zeros = np.log2((whole & -whole).astype(np.float64)).astype(np.int64)
    return int((53 - exponent - zeros).max())


def _places(neurons: Index, some: NDArray[np.int64] | NDArray[np.int32]) -> Index:
    """Return where each of `some` stands in the increasing `neurons`, −1 where it does not."""
    if not len(neurons):
        return np.full(len(some), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(neurons, some), len(neurons) - 1)
    return np.where(neurons[at] == some, at, -1)
