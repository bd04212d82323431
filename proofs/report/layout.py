"""Places for the nodes of a graph in layers: few crossings, short arrows, none through a node.

Sugiyama's method: an arrow over several layers has a bend in each of them. The order within each
layer follows the means of the neighbours, first of those above and below in turn, then of both, and
then neighbours change places where that helps. Of several orders to start with the best counts; the
places are those of least squared distance to these means that keep the order and the widths.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 26
_STRAIGHT = 6  # the last sweeps, which keep the order
_STARTS = 24  # orders to start with; the one that ends with the fewest crossings counts

Point = tuple[float, int]


@dataclass(frozen=True)
class Layout:
    """A layout.

    Attributes
    ----------
    nodes : node → (its middle, layer)
    arrows : (parent, child) → the points it goes through, both ends included
    width : all that has room in a layer stands between 0 and this
    """

    nodes: dict[str, Point]
    arrows: dict[tuple[str, str], list[Point]]
    width: float


def lay_out(
    levels: Mapping[str, int],
    parents: Mapping[str, Sequence[str]],
    node: float = 1.0,
    bend: float = 0.45,
    room: Mapping[str, float] | None = None,
) -> Layout:
    """Return places for nodes whose parents are all in earlier layers.

    ``node`` and ``bend`` are the room that a node takes in its layer, and an arrow that passes it;
    ``room`` has the nodes that take another.
    Raises ValueError for a parent that is not in an earlier layer.

    >>> found = lay_out({"a": 0, "b": 1, "c": 2}, {"a": [], "b": ["a"], "c": ["a", "b"]})
    >>> found.nodes["c"][1], len(found.arrows["a", "c"])
    (2, 3)
    """
    chains = {(p, c): _chain(p, c, levels) for c, direct in parents.items() for p in direct}
    level = dict(levels)
    for (parent, _), chain in chains.items():
        level |= {n: levels[parent] + i for i, n in enumerate(chain[1:-1], 1)}
    above: dict[str, list[str]] = {n: [] for n in level}
    below: dict[str, list[str]] = {n: [] for n in level}
    for chain in chains.values():
        for a, b in pairwise(chain):
            above[b].append(a)
            below[a].append(b)
    both = {n: above[n] + below[n] for n in level}
    width = {n: node if n in levels else bend for n in level} | dict(room or {})
    layers = [
        [n for n in level if level[n] == k] for k in range(1 + max(level.values(), default=-1))
    ]

    def attempt(start: int) -> tuple[int, int, dict[str, float]]:
        """Return the crossings and the places that follow from one order to start with."""
        order = [list(layer) for layer in layers]
        for layer in order if start else ():
            random.Random(start).shuffle(layer)
        x: dict[str, float] = {}
        for layer in order:
            _place(layer, width, dict.fromkeys(layer, 0.0), x)
        for sweep in range(_SWEEPS):
            if sweep == _SWEEPS - _STRAIGHT:
                _exchange(order, above, below)
            down = sweep % 2 == 0
            near = both if sweep >= _SWEEPS // 2 else above if down else below
            for layer in order if down else reversed(order):
                wish = {n: _mean([x[m] for m in near[n]], x[n]) for n in layer}
                if sweep < _SWEEPS - _STRAIGHT:
                    layer.sort(key=lambda n: (wish[n], x[n]))
                _place(layer, width, wish, x)
        return _crossings(order, below), start, x

    *_, x = min((attempt(start) for start in range(_STARTS)), key=lambda found: found[:2])
    left = min((x[n] - width[n] / 2 for n in x), default=0.0)
    points = {n: (x[n] - left, level[n]) for n in x}
    return Layout(
        {n: points[n] for n in levels},
        {ends: [points[n] for n in chain] for ends, chain in chains.items()},
        max((points[n][0] + width[n] / 2 for n in x), default=0.0),
    )


def _chain(parent: str, child: str, levels: Mapping[str, int]) -> list[str]:
    """Return the nodes and bends of an arrow."""
    if levels[parent] >= levels[child]:
        raise ValueError(f"{child} rests on {parent}, which is not in an earlier layer")
    bends = [f"{parent}→{child}@{i}" for i in range(levels[parent] + 1, levels[child])]
    return [parent, *bends, child]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _exchange(
    layers: Sequence[list[str]],
    above: Mapping[str, Sequence[str]],
    below: Mapping[str, Sequence[str]],
) -> None:
    """Exchange neighbours in their layers, in place, as long as that leaves fewer crossings."""
    rank = {n: i for layer in layers for i, n in enumerate(layer)}

    def crossings(left: str, right: str) -> int:
        return sum(
            rank[a] > rank[b] for near in (above, below) for a in near[left] for b in near[right]
        )

    better = True
    while better:
        better = False
        for layer in layers:
            for i in range(len(layer) - 1):
                a, b = layer[i], layer[i + 1]
                if crossings(b, a) < crossings(a, b):
                    layer[i], layer[i + 1] = b, a
                    rank[a], rank[b] = i + 1, i
                    better = True


def _crossings(layers: Sequence[list[str]], below: Mapping[str, Sequence[str]]) -> int:
    """Return how many pairs of arrows between neighbouring layers cross."""
    rank = {n: i for layer in layers for i, n in enumerate(layer)}
    found = 0
    for layer in layers:
        ends = [rank[b] for a in layer for b in sorted(below[a], key=rank.__getitem__)]
        found += sum(one > other for i, one in enumerate(ends) for other in ends[i + 1 :])
    return found


def _place(
    layer: Sequence[str],
    width: Mapping[str, float],
    wish: Mapping[str, float],
    x: dict[str, float],
) -> None:
    """Put nodes as near to their wishes as the order and their widths allow (least squares).

    Groups of touching nodes move to the mean of their wishes (pool adjacent violators).
    """
    groups: list[tuple[float, int, list[str]]] = []  # (sum of wished lefts, count, nodes)
    offset: dict[str, float] = {}
    at = 0.0
    for n in layer:
        offset[n] = at + width[n] / 2
        at += width[n]
        groups.append((wish[n] - offset[n], 1, [n]))
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count, nodes = groups.pop()
            before = groups.pop()
            groups.append((before[0] + total, before[1] + count, before[2] + nodes))
    for total, count, nodes in groups:
        for n in nodes:
            x[n] = total / count + offset[n]
