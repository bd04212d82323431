"""A pruned network as a state dict with masks, named as PyTorch's pruning names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.export.chain import Linear


def state_dict_of(chain: Sequence[Linear]) -> dict[str, NDArray[Any]]:
    """Return the tensors of Sequential(Linear, ReLU, Linear, …) under torch.nn.utils.prune.

    Module 2(t−1) is layer t: `weight_orig` holds the random weights between living neurons, ±1
    times a power of two, `weight_mask` 1 where one is kept; the layer computes with their product.
    A first layer with biases has `bias_orig` and `bias_mask` too.

    >>> layer = Linear(np.array([[1.0, -1.0]]), np.array([[True, False]]))
    >>> {name: tensor.tolist() for name, tensor in state_dict_of([layer]).items()}
    {'0.weight_orig': [[1.0, -1.0]], '0.weight_mask': [[1.0, 0.0]]}
    """
    tensors = {}
    for t, layer in enumerate(chain):
        tensors[f"{2 * t}.weight_orig"] = layer.weight
        tensors[f"{2 * t}.weight_mask"] = layer.mask.astype(np.float64)
        if layer.bias is not None and layer.bias_mask is not None:
            tensors[f"{2 * t}.bias_orig"] = layer.bias
            tensors[f"{2 * t}.bias_mask"] = layer.bias_mask.astype(np.float64)
    return tensors
