"""Edge-popup with ±1 against continuous weights: wider only, and wider and deeper (P6)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.datasets import Rows, floats, of_sweep, select
from figures.save import BLUE, COLUMN, ORANGE, grid, new_figure

DATASET = of_sweep("edge-popup")

_LOOKS = {"±1": (BLUE, "o", -0.06), "continuous": (ORANGE, "s", 0.06)}


def draw(rows: Rows) -> Figure:
    """Return two panels: correct held-out digits against k; every draw, their range and mean."""
    figure = new_figure(COLUMN, 2.5)
    axes = figure.subplots(1, 2, sharey=True)
    for panel, shape in zip(axes, ("wider", "wider and deeper"), strict=True):
        for weights, (colour, marker, shift) in _LOOKS.items():
            mine = select(rows, weights=weights, shape=shape)
            if shape != "wider":  # at k = 1 both shapes are the same network
                mine = [*select(rows, weights=weights, shape="wider", k="1"), *mine]
            k = np.array(floats(mine, "k"))
            share = 100 * np.array(floats(mine, "correct")) / np.array(floats(mine, "total"))
            panel.plot(k + shift, share, marker, color=colour, markersize=3, fillstyle="none")
            values = np.unique(k)
            draws = [share[k == value] for value in values]
            means = [draw.mean() for draw in draws]
            panel.plot(values + shift, means, color=colour, label=f"{weights} weights")
            panel.vlines(
                values + shift,
                [draw.min() for draw in draws],
                [draw.max() for draw in draws],
                color=colour,
                linewidth=0.7,
            )
        panel.set_xlabel("k, times wider")
        panel.set_xticks(range(1, 6))
        panel.set_title("wider: 2 layers" if shape == "wider" else "and deeper: k + 1 layers")
        grid(panel)
    axes[0].set_ylabel("% of held-out digits correct")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure
