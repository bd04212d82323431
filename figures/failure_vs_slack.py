"""Failure probability against slack and block size: union bound, exact value, counted draws."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.save import COLOURS, COLUMN, GREY, NAMES, grid, new_figure
from figures.tables import Rows, floats, of_sweep, select
from proofs.experiments.sweeps.failures import DELTA

TABLE = of_sweep("failure-vs-slack")

_PANELS = {
    ("blocks", "B"): "B: block size B",
    ("sign-agnostic", "e"): "A: extra digits e",
    ("sign-agnostic", "s_C"): "A: slack of C, $s_C$",
    ("sign-agnostic", "s_D"): "A: slack of D, $s_D$",
    ("horner", "e"): "S: extra digits e",
    ("horner", "s_U"): "S: slack of U, $s_U$",
    ("horner", "s_A"): "S: slack of A, $s_A$",
}
_FLOOR = 1e-4


def draw(rows: Rows) -> Figure:
    """Return a panel for each parameter; all the others are as planned."""
    figure = new_figure(COLUMN, 5.4)
    axes = figure.subplots(4, 2, sharey=True)
    panels = [axes[0, 0], *axes[1:].flat]
    for panel, ((name, parameter), title) in zip(panels, _PANELS.items(), strict=True):
        _draw_panel(panel, select(rows, construction=name, parameter=parameter), COLOURS[name])
        panel.set_title(title)
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
    for name in ("blocks", "sign-agnostic", "horner"):
        axes.plot([], [], color=COLOURS[name], label=f"exact, {NAMES[name].split()[0]}")
    axes.plot([], [], color=GREY, linestyle=":", label="union bound")
    axes.plot(
        [], [], "o", color="black", markersize=2.5, label=f"counted, {n} draws,\n99.9 % interval"
    )
    axes.plot([], [], "v", color="black", markersize=2.5, fillstyle="none", label="none failed")
    axes.plot([], [], color=GREY, linewidth=0.8, linestyle=(0, (6, 2)), label="as planned")
    axes.plot([], [], color="#bbbbbb", linewidth=0.8, label=f"δ = {DELTA}")
    axes.legend(loc="center", borderpad=0)
