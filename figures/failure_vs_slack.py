"""Failure probability against slack and block size: union bound, exact value, counted draws."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from constructions import ours
from figures.datasets import Rows, floats, of_sweep, select
from figures.save import COLUMN, GREY, grid, new_figure
from proofs.experiments.sweeps.failures import DELTA

DATASET = of_sweep("failure-vs-slack")

_FLOOR = 1e-4


def draw(rows: Rows) -> Figure:
    """Return a panel for each parameter; all the others are as planned."""
    slacks = [(row, slack) for row in reversed(ours().values()) for slack in row.slacks]
    lines = -(-(len(slacks) + 1) // 2)
    figure = new_figure(COLUMN, 1.35 * lines)
    axes = figure.subplots(lines, 2, sharey=True)
    panels = [axes[0, 0], *axes[1:].flat]
    for panel, (row, slack) in zip(panels, slacks, strict=False):
        mine = select(rows, construction=row.name, parameter=slack.name)
        _draw_panel(panel, mine, row.colour)
        panel.set_title(f"{row.letter}: {slack.about}")
    for panel in panels[len(slacks) :]:
        panel.axis("off")
    for panel in axes[:, 0]:
        panel.set_ylabel("P(no ticket)")
    _draw_legend(axes[0, 1], rows)
    return figure


def _draw_panel(axes: Axes, rows: Rows, colour: str) -> None:
    x = floats(rows, "value")
    axes.plot(x, floats(rows, "bound"), color=GREY, linestyle=":")
    axes.plot(x, floats(rows, "exact"), color=colour)
    share = np.array(floats(rows, "k")) / np.array(floats(rows, "n"))
    low, high = np.array(floats(rows, "low")), np.array(floats(rows, "high"))
    axes.vlines(x, np.maximum(low, _FLOOR / 10), high, color="black", linewidth=0.8)
    axes.plot(x, np.where(share > 0, share, np.nan), "o", color="black", markersize=2.5)
    none = share == 0
    axes.plot(np.array(x)[none], high[none], "v", color="black", markersize=2.5, fillstyle="none")
    axes.axvline(float(rows[0]["planned"]), color=GREY, linewidth=0.8, linestyle=(0, (6, 2)))
    axes.axhline(float(DELTA), color="#bbbbbb", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_yscale("log")
    axes.set_ylim(_FLOOR, 1.6)
    grid(axes)


def _draw_legend(axes: Axes, rows: Rows) -> None:
    axes.axis("off")
    n = rows[0]["n"]
    for row in reversed(ours().values()):
        kind = "exact, at most" if row.enclosed else "exact"
        axes.plot([], [], color=row.colour, label=f"{kind}, {row.letter}")
    axes.plot([], [], color=GREY, linestyle=":", label="union bound")
    axes.plot(
        [], [], "o", color="black", markersize=2.5, label=f"counted, {n} draws,\n99.9 % interval"
    )
    axes.plot([], [], "v", color="black", markersize=2.5, fillstyle="none", label="none failed")
    axes.plot([], [], color=GREY, linewidth=0.8, linestyle=(0, (6, 2)), label="as planned")
    axes.plot([], [], color="#bbbbbb", linewidth=0.8, label=f"δ = {DELTA}")
    axes.legend(loc="center", borderpad=0)
