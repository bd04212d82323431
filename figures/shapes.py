"""Width and depth against ε and against d: theorem, plan, smallest that works."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.save import COLOURS, MARKERS, NAMES, PAGE, grid, new_figure
from figures.tables import Rows, distinct, floats, of_sweep, select

TABLE = of_sweep("shape-vs-eps-and-d")

_FIXED_D, _FIXED_EPS = "16", "1e-2"
_KINDS: dict[str, tuple[Any, str]] = {
    "theorem": (":", "theorem's closed form, proved constants"),
    "plan": ("-", "plan"),
    "smallest": ("--", "smallest that works (exact probability)"),
}


def draw(rows: Rows) -> Figure:
    """Return four panels: width above, depth below; against ε on the left, d on the right."""
    figure = new_figure(PAGE, 4.6)
    axes = figure.subplots(2, 2, sharex="col", sharey="row")
    for row, (quantity, name) in enumerate((("N", "width N"), ("L", "depth L"))):
        _draw_panel(axes[row, 0], select(rows, d=_FIXED_D), "eps", quantity)
        _draw_panel(axes[row, 1], select(rows, eps=_FIXED_EPS), "d", quantity)
        axes[row, 0].set_ylabel(name)
        axes[row, 0].set_yscale("log")
    axes[1, 0].set_yticks((20, 50, 100, 200, 400), ("20", "50", "100", "200", "400"))
    axes[0, 0].set_xscale("log")
    axes[0, 0].invert_xaxis()
    axes[0, 1].set_xscale("log", base=2)
    for panel in axes.flat:
        grid(panel)
    axes[1, 0].set_xlabel("accuracy ε")
    axes[1, 1].set_xlabel("width d of the target")
    axes[0, 0].set_title(f"d = {_FIXED_D}, l = 2, δ = 0.01")
    axes[0, 1].set_title("ε = 0.01, l = 2, δ = 0.01")
    colours = [
        Line2D([], [], color=COLOURS[n], marker=MARKERS[n], label=NAMES[n])
        for n in COLOURS
        if n in NAMES
    ]
    kinds = [Line2D([], [], color="black", linestyle=s, label=text) for s, text in _KINDS.values()]
    figure.legend(handles=[*colours, *kinds], loc="outside lower center", ncols=2)
    return figure


def _draw_panel(axes: Axes, rows: Rows, column: str, quantity: str) -> None:
    for name in distinct(rows, "construction"):
        mine = sorted(select(rows, construction=name), key=lambda row: float(row[column]))
        for kind, (style, _) in _KINDS.items():
            axes.plot(
                floats(mine, column),
                floats(mine, f"{quantity}_{kind}"),
                color=COLOURS[name],
                linestyle=style,
                marker=MARKERS[name] if kind == "plan" else "",
                linewidth=1.2 if kind == "plan" else 1.0,
            )
