"""A pruned subnetwork, drawn from an actual ticket: every kept edge, + blue and − orange."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from constructions import CATALOGUE
from constructions.ticket import Ticket
from figures.save import MINUS, PLUS, new_figure

_MOST_EDGES = 200_000


def draw(ticket: Ticket, layers: int | None = None) -> Figure:
    """Return the picture of the first ``layers`` layers: one column per layer, neurons by index.

    A layer with more edges than a picture can show has every k-th of them drawn, and the title says
    so.
    """
    figure = new_figure(10, 4.2)
    axes = figure.add_subplot()
    last = ticket.depth if layers is None else min(layers, ticket.depth)
    total = sum(len(edges) for edges in ticket.edges[:last])
    step = -(-total // _MOST_EDGES)
    for t in range(1, last + 1):
        _draw_layer(axes, ticket, t, step)
    _mark_generations(axes, ticket, last)
    axes.set_xlim(0, last)
    axes.set_ylim(max(ticket.widths[: last + 1]), -1)
    axes.set_xlabel("layer of the random network")
    axes.set_ylabel("neuron of the layer")
    share = ticket.kept_weights / ticket.network.size
    shown = "" if step == 1 else f"; 1 edge in {step} is drawn"
    known = CATALOGUE.get(ticket.construction)
    title = known.title if known else ticket.construction
    axes.set_title(
        f"{title}: {ticket.kept_weights:,} of "
        f"{ticket.network.size:,} random ±1 weights kept ({share:.2g} of all){shown}"
    )
    for colour, name in ((PLUS, "kept +1"), (MINUS, "kept −1")):
        axes.plot([], [], color=colour, label=name)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    return figure


def _draw_layer(axes: Axes, ticket: Ticket, t: int, step: int) -> None:
    edges = ticket.edges[t - 1]
    source, target = edges.source_of_edges()[::step], edges.indices[::step]
    plus = ticket.network.values(t, source, target) > 0
    segments = np.empty((len(source), 2, 2))
    segments[:, 0, 0], segments[:, 1, 0] = t - 1, t
    segments[:, 0, 1], segments[:, 1, 1] = source, target
    colours = np.where(plus, PLUS, MINUS).tolist()  # in one collection, so that neither covers
    density = min(1.0, max(0.06, 250 / (len(source) + 1)))
    axes.add_collection(
        LineCollection(
            list(segments), colors=colours, linewidths=0.35, alpha=density, rasterized=True
        )
    )


def _mark_generations(axes: Axes, ticket: Ticket, last: int) -> None:
    """Mark the layers whose ReLUs really act; all others are the identity on what they carry."""
    top = axes.secondary_xaxis("top")
    marks = [(t, kind) for t, kind in ticket.generations if t <= last]
    units = iter(range(1, ticket.target.depth))
    labels = [f"hidden layer {next(units)}" if kind == "unit" else "±" for _, kind in marks]
    top.set_xticks([t for t, _ in marks], labels, fontsize=7)
    top.tick_params(length=0)
    for t, _ in marks:
        axes.axvline(t, color="black", linewidth=0.6, alpha=0.5)
