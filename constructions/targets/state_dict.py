"""State dicts: layers under the names of their modules. What a dict does not tell is assumed aloud.

A state dict names tensors and tells neither what is between its layers nor, always, their order. A
ReLU is taken to be after every layer but the last, and said so. What a chain of linear layers
cannot be (normalizations, masks, convolutions, several heads) is refused, all of it at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from numpy.typing import NDArray

from constructions.errors import InputError

Array = NDArray[Any]
_MOST = 2_000_000  # names that the search for the order may hold in all its steps
_REMEDIES = {
    "running_mean": "a BatchNormalization: export to ONNX, where it is folded into a layer",
    "running_var": "a BatchNormalization: export to ONNX, where it is folded into a layer",
    "num_batches_tracked": "a BatchNormalization: export to ONNX, where it is folded into a layer",
    "weight_orig": "a pruned layer: make it permanent by torch.nn.utils.prune.remove first",
    "weight_mask": "a pruned layer: make it permanent by torch.nn.utils.prune.remove first",
    "weight_g": "a weight norm: make it permanent by torch.nn.utils.remove_weight_norm first",
    "weight_v": "a weight norm: make it permanent by torch.nn.utils.remove_weight_norm first",
}


@dataclass(frozen=True)
class Layers:
    """Layers in their order: matrices (d_i, d_{i−1}), biases or None, names, and assumptions."""

    weights: list[Array]
    biases: list[Array | None]
    names: list[str]
    notes: tuple[str, ...]


def layers_of(
    tensors: Mapping[str, Array], tied: Mapping[str, str], chosen: Sequence[str] = ()
) -> Layers:
    """Return the layers of a state dict.

    Parameters
    ----------
    tensors : MODULE.weight of shape (out, in), or MODULE.kernel of shape (in, out) as Flax has it,
        and MODULE.bias, by name
    tied : names that the file leaves out, each with the name of the tensor that it shares
    chosen : the modules in their order; () for the only order there is

    Raises InputError with all faults, one per line.

    >>> import numpy as np
    >>> layers_of({"2.weight": np.ones((1, 4)), "0.weight": np.ones((4, 3))}, {}).names
    ['0.weight', '2.weight']
    """
    given = dict(tensors)
    for name, kept in tied.items():
        if kept in given and name not in given and name.rpartition(".")[2] in ("weight", "bias"):
            given[name] = given[kept]
    notes, faults = [], []
    weights: dict[str, tuple[str, Array]] = {}
    biases: dict[str, Array] = {}
    for name, tensor in sorted(given.items()):
        module, _, kind = name.rpartition(".")
        if chosen and module not in chosen:
            continue
        if kind in ("weight", "kernel") and tensor.ndim == 2:
            weights[module] = (name, tensor.T if kind == "kernel" else tensor)
        elif kind == "bias" and tensor.ndim == 1:
            biases[module] = tensor
        else:
            remedy = _REMEDIES.get(
                kind, "expected only linear layers, MODULE.weight with 2 dimensions and "
                "MODULE.bias with 1"
            )  # fmt: skip
            faults.append(f"tensor {name!r} of shape {tensor.shape}: {remedy}")
    alone = [] if faults else [module for module in biases if module not in weights]
    faults += [f"bias of {module!r} without a weight" for module in alone]
    faults += [f"--layers: no module {name!r}" for name in chosen if name not in weights]
    if faults:
        raise InputError("\n".join(faults))
    shapes = {module: W.shape for module, (_, W) in weights.items()}
    order = tuple(chosen) or layer_order(shapes)
    if any(name.endswith("kernel") for name, _ in weights.values()):
        notes.append("kernels taken as (in, out)")
    shared = sorted({name.rpartition(".")[0] for name in tied} & set(order))
    if shared:
        notes.append(f"tied to another layer: {', '.join(shared)}")
    listed = ", ".join(module or "(unnamed)" for module in order)
    notes.append(f"assumed: a ReLU after every layer but the last, in this order: {listed}")
    return Layers(
        [weights[m][1] for m in order],
        [biases.get(m) for m in order],
        [weights[m][0] for m in order],
        tuple(notes),
    )


def layer_order(shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    """Return the one order in which like names go by their numbers and all shapes chain.

    >>> layer_order({"fc10": (1, 4), "fc2": (4, 4), "fc1": (4, 3)})
    ('fc1', 'fc2', 'fc10')
    """
    names = [f"{name or '(unnamed)'} {shape}" for name, shape in shapes.items()]
    listing = ", ".join(names[:40]) + (f", … ({len(names)} in all)" if len(names) > 40 else "")
    groups: dict[str, list[tuple[tuple[int, ...], str]]] = {}
    for name in shapes:
        numbers = tuple(int(n) for n in re.findall("[0-9]+", name))
        groups.setdefault(re.sub("[0-9]+", "#", name), []).append((numbers, name))
    queues = [sorted(group) for group in groups.values()]
    ambiguous = any(a[0] == b[0] for queue in queues for a, b in pairwise(queue))
    found: list[tuple[str, ...]] = []
    stack: list[tuple[tuple[int, ...], tuple[str, ...]]] = [((0,) * len(queues), ())]
    held = 0
    while stack and len(found) < 2 and held < _MOST:
        taken, order = stack.pop()
        if len(order) == len(shapes):
            found.append(order)
        for g, queue in enumerate(queues):
            if taken[g] < len(queue):
                name = queue[taken[g]][1]
                if not order or shapes[name][1] == shapes[order[-1]][0]:
                    held += len(taken) + len(order) + 1
                    stack.append(((*taken[:g], taken[g] + 1, *taken[g + 1 :]), (*order, name)))
    if ambiguous or len(found) > 1 or held >= _MOST:
        raise InputError(
            "the order of the layers is ambiguous: expected names that differ in their numbers "
            "alone, or shapes that leave one order, or the order by --layers NAME,NAME,…; found "
            f"{listing}"
        )
    if not found or not shapes:
        raise InputError(
            "expected layers in the order of the numbers in their names, each with as many columns "
            "as the one before has rows (one chain of several can be chosen by --layers "
            f"NAME,NAME,…); found {listing or 'no weights'}"
        )
    return found[0]
