"""Success at equal width: the share of draws with a ticket, for a weight, a layer, a network."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from figures.datasets import Rows, distinct, floats, of_sweep, select
from figures.error_vs_width import Look, looks
from figures.save import COLUMN, grid, new_figure
from proofs.experiments.equal_width import SHAPES
from proofs.experiments.sweeps.successes import EPS, WIDTHS

DATASET = of_sweep("success-at-equal-width")

_APART = 1.045  # between two constructions at the same width, so that their intervals show


def draw(rows: Rows) -> Figure:
    """Return a panel per shape: counts with exact intervals; a line through the exact values."""
    figure = new_figure(COLUMN, 5.0)
    axes = figure.subplots(len(SHAPES), 1, sharex=True)
    styles = looks(r for r in distinct(rows, "construction") if not r.startswith("one "))
    for panel, (scope, dims) in zip(axes, SHAPES.items(), strict=True):
        mine = [row for row in select(rows, scope=scope) if row["k"]]
        for i, style in enumerate(styles):
            _draw_counts(panel, select(mine, construction=style.name), style, i - len(styles) / 2)
        panel.set_title(f"a {scope}, {'-'.join(map(str, dims))}")
        panel.set_ylim(-4, 104)
        panel.set_xscale("log")
        panel.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
        panel.xaxis.set_minor_locator(NullLocator())
        grid(panel)
    axes[1].set_ylabel(f"% of draws with a ticket within ε = {EPS}")
    axes[-1].set_xlabel("width of the hidden layers")
    axes[0].plot([], [], color="black", linewidth=1.0, label="exact (S, S*: at least)")
    axes[0].errorbar(
        [], [], yerr=[], color="black", linestyle="", capsize=1.5, label="99.9 % interval"
    )
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _draw_counts(axes: Axes, rows: Rows, style: Look, place: float) -> None:
    x = np.array(floats(rows, "width"))
    share = 100 * np.array(floats(rows, "k")) / np.array(floats(rows, "n"))
    low, high = 100 * np.array(floats(rows, "low")), 100 * np.array(floats(rows, "high"))
    axes.errorbar(
        x * _APART**place,
        share,
        yerr=[np.maximum(share - low, 0), np.maximum(high - share, 0)],
        linestyle="",
        elinewidth=0.7,
        capsize=1.0,
        label=style.label,
        **style.marks,
    )
    if all(row["known"] for row in rows):
        known = [100 * value for value in floats(rows, "known")]
        axes.plot(x * _APART**place, known, color=style.marks["color"], linewidth=0.9)
