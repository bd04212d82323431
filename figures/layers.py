"""Places for the nodes of a graph in layers: few crossings, short arrows, none through a node.

Sugiyama's method: an arrow over several layers gets a bend in each of them, the order within each
layer follows the means of the neighbours, and the places are those of least squared distance to the
neighbours that keep the order and the gaps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import isotonic_regression

_SWEEPS = 24
_BEND = 0.45  # the room that a bend takes, of a node's


@dataclass(frozen=True)
class Layout:
    """A layout.

    Attributes
    ----------
    nodes : node → (place in its layer, layer), a node being one unit wide
    arrows : (parent, child) → the points it goes through, both ends included
    """

    nodes: Mapping[str, tuple[float, int]]
    arrows: Mapping[tuple[str, str], Sequence[tuple[float, int]]]


def lay_out(levels: Mapping[str, int], parents: Mapping[str, Sequence[str]]) -> Layout:
    """Return places for nodes whose parents are all in earlier layers.

    Raises ValueError for a parent that is not.

    >>> found = lay_out({"a": 0, "b": 1, "c": 2}, {"a": [], "b": ["a"], "c": ["a", "b"]})
    >>> found.nodes["c"][1], len(found.arrows["a", "c"])
    (2, 3)
    """
    chains = {(p, c): _chain(p, c, levels) for c, above in parents.items() for p in above}
    layers: list[list[str]] = [[] for _ in range(max(levels.values()) + 1)]
    for node, level in levels.items():
        layers[level].append(node)
    near: dict[str, list[str]] = {node: [] for node in levels}
    for chain in chains.values():
        for i, bend in enumerate(chain[1:-1], 1):
            layers[levels[chain[0]] + i].append(bend)
            near[bend] = []
        for a, b in pairwise(chain):
            near[a].append(b)
            near[b].append(a)
    width = {node: 1.0 if node in levels else _BEND for node in near}
    x: dict[str, float] = {}
    for layer in layers:
        _spread(layer, width, x)
    for sweep in range(_SWEEPS):
        order = layers if sweep % 2 == 0 else layers[::-1]
        for layer in order:
            wish = {n: _mean([x[m] for m in near[n]], x[n]) for n in layer}
            if sweep < _SWEEPS // 2:
                layer.sort(key=lambda n: (wish[n], x[n]))
            _settle(layer, width, wish, x)
    depth = {node: i for i, layer in enumerate(layers) for node in layer}
    return Layout(
        {node: (x[node], depth[node]) for node in levels},
        {ends: [(x[n], depth[n]) for n in chain] for ends, chain in chains.items()},
    )


def _chain(parent: str, child: str, levels: Mapping[str, int]) -> list[str]:
    if levels[parent] >= levels[child]:
        raise ValueError(f"{child} rests on {parent}, which is not in an earlier layer")
    bends = [f"{parent}>{child}@{i}" for i in range(levels[parent] + 1, levels[child])]
    return [parent, *bends, child]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _spread(layer: list[str], width: Mapping[str, float], x: dict[str, float]) -> None:
    """Put a layer's nodes side by side, around 0."""
    at = -sum(width[n] for n in layer) / 2
    for n in layer:
        x[n] = at + width[n] / 2
        at += width[n]


def _settle(
    layer: list[str], width: Mapping[str, float], wish: Mapping[str, float], x: dict[str, float]
) -> None:
    """Put nodes as near to their wishes as the order and their widths allow (least squares)."""
    half = np.array([width[n] / 2 for n in layer])
    offset = np.concatenate([[0.0], np.cumsum(half[:-1] + half[1:])])
    free = isotonic_regression(np.array([wish[n] for n in layer]) - offset).x
    x.update(zip(layer, (free + offset).tolist(), strict=True))
