"""Error against width, and against random weights, for every construction on one target."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.save import (
    COLOURS,
    GREY,
    MARKERS,
    NAMES,
    ORANGE,
    PAGE,
    SKY,
    YELLOW,
    grid,
    new_figure,
)
from figures.tables import Row, Rows, distinct, floats, of_sweep, select

TABLE = of_sweep("error-vs-width")

_PEERS = {
    "malach": ("Malach et al. 2020", ORANGE, "v"),
    "orseau": ("Orseau et al. 2020", YELLOW, "D"),
    "pensia": ("Pensia et al. 2020", SKY, "P"),
    "diffenderfer": ("Diffenderfer & Kailkhura 2021", GREY, "X"),
    "kumar-natale": ("Kumar & Natale 2025", "black", "*"),
}


def draw_width(rows: Rows) -> Figure:
    """Return the certified error against the width of the network: range and median of draws."""
    figure = new_figure(PAGE, 3.1)
    axes = figure.add_subplot()
    for name, label, look in _looks(rows):
        x, low, middle, high = [], [], [], []
        for found in _tickets(rows, name):
            errors = floats(found, "certified")
            x.append(float(found[0]["N"]))
            low.append(min(errors))
            middle.append(float(np.median(errors)))
            high.append(max(errors))
        spread = [np.subtract(middle, low), np.subtract(high, middle)]
        axes.errorbar(x, middle, yerr=spread, elinewidth=0.8, capsize=1.5, label=label, **look)
    axes.set_xlabel("width N of the random network")
    axes.set_ylabel("certified error on the unit ball")
    _finish(figure, axes, rows)
    return figure


def draw_weights(rows: Rows) -> Figure:
    """Return the accuracy asked for against the number of random weights, and T1's lower bound.

    The measured errors are below; but T1 is about the ε that is promised for every target.
    """
    figure = new_figure(PAGE, 3.1)
    axes = figure.add_subplot()
    for name, label, look in _looks(rows):
        found = [tickets[0] for tickets in _tickets(rows, name)]
        axes.plot(floats(found, "random_weights"), floats(found, "eps"), label=label, **look)
    axes.set_xlabel("number of random weights")
    axes.set_ylabel("accuracy ε asked for, and kept")
    pairs = {float(row["eps"]): float(row["lower_bound"]) for row in rows}
    eps, bound = zip(*sorted(pairs.items()), strict=True)
    axes.plot(bound, eps, color="black", linestyle=":", label="T1: no fewer, with any weights")
    _finish(figure, axes, rows)
    left = axes.get_xlim()[0]
    axes.fill_betweenx(eps, bound, left, color="#eeeeee", linewidth=0)
    axes.set_xlim(left=left)
    return figure


def _looks(rows: Rows) -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, label and style of every construction, ours first."""
    looks = []
    for name in distinct(rows, "construction"):
        label, colour, marker = _PEERS.get(name) or (NAMES[name], COLOURS[name], MARKERS[name])
        ours = name in NAMES
        style = {"color": colour, "marker": marker, "linewidth": 1.4 if ours else 0.9}
        looks.append((name, label, style | {"zorder": 3 if ours else 2}))
    return looks


def _tickets(rows: Rows, name: str) -> list[list[Row]]:
    """Return the draws with a ticket, a list an ε; raise ValueError if an error exceeds its ε."""
    found = []
    for eps in distinct(rows, "eps"):
        tickets = [row for row in select(rows, construction=name, eps=eps) if row["error"]]
        if any(float(row["certified"]) > float(eps) for row in tickets):
            raise ValueError(f"{name}, ε = {eps}: a certified error above it")
        if tickets:
            found.append(tickets)
    return found


def _finish(figure: Figure, axes: Axes, rows: Rows) -> None:
    draws = len(distinct(rows, "draw"))
    axes.set_title(f"one 8 × 8 target, ε = 0.5 … 0.0005, δ = 0.01, {draws} draws a point")
    axes.set_xscale("log")
    axes.set_yscale("log")
    grid(axes)
    figure.legend(loc="outside right center")
