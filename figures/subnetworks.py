"""A real pruned subnetwork of each construction: every kept edge of a ticket for a tiny target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from constructions import CATALOGUE, TargetNetwork, ours, plan_for
from figures.datasets import Row, Rows, distinct, floats, of_function, select
from figures.save import COLUMN, MINUS, PLUS, new_figure

WEIGHTS = ([[0.75, -0.5], [0.25, 0.625]], [[0.875, -0.375]])
EPS, DELTA, SEED = "0.25", "0.01", 1
_COLUMNS = ("construction", "N", "L", "random_weights", "layer", "source", "target", "sign")


def kept_edges() -> tuple[Sequence[str], Iterable[Row]]:
    """Return every kept edge of one ticket per construction, all for the same target 2-2-1."""
    target = TargetNetwork.from_layers(WEIGHTS)
    rows = []
    for name, construction in reversed(ours().items()):
        plan = plan_for(target, EPS, DELTA, name)
        ticket = construction.prune(target, plan, plan.draw(SEED))
        for t, edges in enumerate(ticket.edges, 1):
            sources = edges.source_of_edges()
            plus = ticket.network.values(t, sources, edges.indices) > 0
            for source, reached, positive in zip(sources, edges.indices, plus, strict=True):
                rows.append(
                    {
                        "construction": name,
                        "N": str(plan.N),
                        "L": str(plan.L),
                        "random_weights": str(plan.random_weights),
                        "layer": str(t),
                        "source": str(source),
                        "target": str(reached),
                        "sign": "+" if positive else "−",
                    }
                )
    return _COLUMNS, rows


DATASET = of_function("subnetworks", kept_edges)


def draw(rows: Rows) -> Figure:
    """Return a panel a construction: layers from left to right, neurons by index from above."""
    figure = new_figure(COLUMN, 5.2)
    names = distinct(rows, "construction")
    axes = figure.subplots(len(names), 1)
    for panel, name in zip(axes, names, strict=True):
        _draw_panel(panel, select(rows, construction=name), CATALOGUE[name].title)
    axes[-1].set_xlabel("layer of the random network")
    for colour, label in ((PLUS, "kept +1"), (MINUS, "kept −1")):
        axes[0].plot([], [], color=colour, label=label)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _draw_panel(axes: Axes, rows: Rows, name: str) -> None:
    first = rows[0]
    N, L, weights = int(first["N"]), int(first["L"]), int(first["random_weights"])
    layer, source, target = (
        np.array(floats(rows, column)) for column in ("layer", "source", "target")
    )
    segments = np.stack(
        [np.stack([layer - 1, source], axis=1), np.stack([layer, target], axis=1)], axis=1
    )
    colours = [PLUS if row["sign"] == "+" else MINUS for row in rows]
    axes.add_collection(LineCollection(list(segments), colors=colours, linewidths=0.35, alpha=0.8))
    axes.set_xlim(0, L)
    axes.set_ylim(N * 1.02, -N * 0.02)
    axes.set_ylabel("neuron")
    axes.set_title(f"{name}: N = {N:,}, L = {L},\n{len(rows):,} of {weights:,} random weights kept")
