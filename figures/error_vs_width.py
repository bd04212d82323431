"""Error against width, and against random weights, for every construction on one target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from constructions import CATALOGUE, ours, peers
from figures.datasets import Row, Rows, distinct, floats, of_sweep, select
from figures.save import (
    COLUMN,
    grid,
    new_figure,
)
from proofs.experiments.sweeps.accuracy import DELTA, D

DATASET = of_sweep("error-vs-width")

_ASKED, _T1 = "the ε asked for", "T1, for the ε asked for"
_HEIGHT = 3.7  # inches


def draw_width(rows: Rows) -> Figure:
    """Return the certified error against the width of the network: range and median of draws."""
    figure, axes = _draw(rows, "N")
    axes.set_xlabel("width N of the random network")
    _draw_legend(figure, axes)
    return figure


def draw_weights(rows: Rows) -> Figure:
    """Return the same against the number of random weights, with T1's lower bound.

    T1 is about the ε that is promised for every target, so about the dotted curves.
    """
    figure, axes = _draw(rows, "random_weights")
    axes.set_xlabel("number of random weights")
    pairs = {float(row["eps"]): float(row["lower_bound"]) for row in rows}
    eps, bound = zip(*sorted(pairs.items()), strict=True)
    axes.plot(bound, eps, color="black", linestyle="--", label=_T1)
    left = axes.get_xlim()[0]
    axes.fill_betweenx(eps, bound, left, color="#e4e4e4", linewidth=0)
    axes.set_xlim(left=left)
    _draw_legend(figure, axes)
    return figure


def _draw(rows: Rows, column: str) -> tuple[Figure, Axes]:
    """Draw the errors of all tickets, and the ε that was promised, against a column."""
    figure = new_figure(COLUMN, _HEIGHT)
    axes = figure.add_subplot()
    for look in looks(distinct(rows, "construction")):
        x, low, middle, high = [], [], [], []
        for found in _tickets(rows, look.name):
            errors = floats(found, "certified")
            x.append(float(found[0][column]))
            low.append(min(errors))
            middle.append(float(np.median(errors)))
            high.append(max(errors))
        spread = [np.subtract(middle, low), np.subtract(high, middle)]
        axes.errorbar(
            x,
            middle,
            yerr=spread,
            elinewidth=0.8,
            capsize=1.5,
            linewidth=look.width,
            label=look.label,
            **look.marks,
        )
        mine = select(rows, construction=look.name, draw="0")
        colour = look.marks["color"]
        axes.plot(floats(mine, column), floats(mine, "eps"), ":", color=colour, linewidth=0.9)
    axes.set_ylabel("certified error on the unit ball")
    axes.set_title(f"one {D} × {D} target, δ = {DELTA}; filled: ±1 weights")
    axes.set_xscale("log")
    axes.set_yscale("log")
    grid(axes)
    draws = len(distinct(rows, "draw"))
    axes.plot([], [], ":", color="black", linewidth=0.9, label=_ASKED)
    axes.errorbar(
        [], [], yerr=[], color="black", capsize=1.5, label=f"median and range, {draws} draws"
    )
    return figure, axes


@dataclass(frozen=True)
class Look:
    """How a construction is drawn: its label, and its colour and markers."""

    name: str
    label: str
    marks: Mapping[str, Any]

    @property
    def width(self) -> float:
        """The width of its curve."""
        return 1.2 if CATALOGUE[self.name].ours else 0.8


def looks(names: Iterable[str]) -> list[Look]:
    """Return the looks of constructions: filled markers for ±1 weights, open ones for others."""
    found = []
    for name in names:
        row = CATALOGUE[name]
        marks = {
            "color": row.colour,
            "marker": row.marker,
            "markersize": 4.5 if row.marker in "P*" else 3.2,
            "markeredgewidth": 0.7,
            "markerfacecolor": row.colour if row.signs_only else "white",
            "zorder": 3 if row.ours else 2,
        }
        found.append(Look(name, row.title, marks))
    return found


def _tickets(rows: Rows, name: str) -> list[list[Row]]:
    """Return the draws with a ticket, a list per ε; raise ValueError if an error exceeds its ε."""
    found = []
    for eps in distinct(rows, "eps"):
        tickets = select(rows, construction=name, eps=eps, outcome="ticket")
        if any(float(row["certified"]) > float(eps) for row in tickets):
            raise ValueError(f"{name}, ε = {eps}: a certified error above it")
        if tickets:
            found.append(tickets)
    return found


def _draw_legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    known = dict(zip(labels, handles, strict=True))
    mine = [row.title for row in ours().values() if row.title in labels]
    theirs = [row.title for row in peers().values() if row.title in labels]
    others = [label for label in labels if label not in (*mine, *theirs)]
    order = [*mine, *others, *theirs]  # the peers make the second column
    figure.legend([known[x] for x in order], order, loc="outside lower center", ncols=2)
