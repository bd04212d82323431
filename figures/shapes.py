"""Width and depth against ε and against d: theorem, plan, smallest that works."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from constructions import CATALOGUE, ours
from figures.datasets import Rows, distinct, floats, of_sweep, select
from figures.save import COLUMN, grid, new_figure

DATASET = of_sweep("shape-vs-eps-and-d")

_FIXED_D, _FIXED_EPS = "16", "1e-2"
_KINDS: dict[str, tuple[Any, str]] = {
    "theorem": (":", "theorem: closed form, proved constants"),
    "plan": ("-", "plan"),
    "smallest": ("--", "smallest that works (hidden where it is the plan)"),
}


def draw(rows: Rows) -> Figure:
    """Return four panels: width above, depth below; against ε on the left, d on the right."""
    figure = new_figure(COLUMN, 4.4)
    axes = figure.subplots(2, 2, sharex="col", sharey="row")
    for row, (quantity, name) in enumerate((("N", "width N"), ("L", "depth L"))):
        _draw_panel(axes[row, 0], select(rows, d=_FIXED_D), "eps", quantity)
        _draw_panel(axes[row, 1], select(rows, eps=_FIXED_EPS), "d", quantity)
        axes[row, 0].set_ylabel(name)
        axes[row, 0].set_yscale("log")
    axes[1, 0].set_yticks((20, 50, 100, 200, 400), ("20", "50", "100", "200", "400"))
    axes[0, 0].set_xscale("log")
    axes[0, 0].set_xticks((1, 1e-4, 1e-8, 1e-12))
    axes[0, 0].invert_xaxis()
    axes[0, 1].set_xscale("log", base=2)
    axes[0, 1].set_xticks((1, 4, 16, 64, 256), ("1", "4", "16", "64", "256"))
    for panel in axes.flat:
        grid(panel)
    axes[1, 0].set_xlabel("accuracy ε")
    axes[1, 1].set_xlabel("width d of the target")
    rest = f"l = {rows[0]['l']}, δ = {rows[0]['delta']}"
    axes[0, 0].set_title(f"d = {_FIXED_D}, {rest}")
    axes[0, 1].set_title(f"ε = {float(_FIXED_EPS)}, {rest}")
    colours = [
        Line2D([], [], color=row.colour, marker=row.marker, label=row.title)
        for row in ours().values()
    ]
    kinds = [Line2D([], [], color="black", linestyle=s, label=text) for s, text in _KINDS.values()]
    figure.legend(handles=[*colours, *kinds], loc="outside lower center")
    return figure


def _draw_panel(axes: Axes, rows: Rows, column: str, quantity: str) -> None:
    for name in distinct(rows, "construction"):
        mine = sorted(select(rows, construction=name), key=lambda row: float(row[column]))
        for kind, (style, _) in _KINDS.items():
            known = [row for row in mine if row[f"{quantity}_{kind}"]]  # not every form is stated
            axes.plot(
                floats(known, column),
                floats(known, f"{quantity}_{kind}"),
                color=CATALOGUE[name].colour,
                linestyle=style,
                marker=CATALOGUE[name].marker if kind == "plan" else "",
                markersize=2.6,
                linewidth=0.9,
            )
