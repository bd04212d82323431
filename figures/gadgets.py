"""The gadgets, drawn from actual tickets: doubling, accumulator, read-outs; kept + and − edges.

All tickets find the target x ↦ ⅝x for x ≥ 0, with p = 3: V = 5. A neuron shows how many times x it
holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from constructions import Ball, TargetNetwork, Ticket, construction, ours, plan_for
from figures.datasets import Row, Rows, distinct, of_function, select
from figures.save import COLUMN, GREY, MINUS, PLUS, new_figure

WEIGHT, EPS, DELTA, SEED = 0.625, "0.1", "0.5", 1
_COLUMNS = (
    "panel",
    "layer",
    "source",
    "source_value",
    "target",
    "target_value",
    "sign",
    "kept",
)
_TITLES = {
    "doubling": "B: 2x is doubled\nand carried, x is carried",
    "digits": "A: digits of 5x,\nwhatever the signs (E1)",
    "accumulator": "S: the last stage doubles\nand adds a digit of x (grey)",
    "read-out": "S: merge and output,\nA − C",
}
_CIRCLE = 15  # points


def edges_of_gadgets() -> tuple[Sequence[str], Iterable[Row]]:
    """Return the edges of every gadget, from tickets that are pruned here."""
    found = {name: _ticket(name) for name in ours()}
    blocks, agnostic, horner = found["blocks"], found["sign-agnostic"], found["horner"]
    rows = list(_edges("doubling", blocks, [blocks.depth - 2]))
    rows += _edges("digits", agnostic, [agnostic.depth], unkept=True)
    rows += _edges("accumulator", horner, [horner.depth - 2])
    rows += _edges("read-out", horner, range(horner.depth - 1, horner.depth + 1))
    return _COLUMNS, rows


DATASET = of_function("gadgets", edges_of_gadgets)


def _ticket(name: str) -> Ticket:
    domain = Ball("1", nonnegative=True)
    target = TargetNetwork.from_layers([[[WEIGHT]]], domain=domain)
    plan = plan_for(target, EPS, DELTA, name)
    return construction(name).prune(target, plan, plan.draw(SEED))


def _edges(
    panel: str, ticket: Ticket, layers: Iterable[int], unkept: bool = False
) -> Iterator[Row]:
    values = _values(ticket)
    for t in layers:
        kept = ticket.edges[t - 1]
        pairs = list(zip(kept.source_of_edges().tolist(), kept.indices.tolist(), strict=True))
        every = set(pairs)
        if unkept:
            every |= {(c, r) for c in values[t - 1] for r in values[t]}
        for source, target in sorted(every):
            yield {
                "panel": panel,
                "layer": str(t),
                "source": str(source),
                "source_value": str(values[t - 1][source]),
                "target": str(target),
                "target_value": str(values[t][target]),
                "sign": "+" if ticket.network.values(t, [source], [target])[0] > 0 else "−",
                "kept": "yes" if (source, target) in pairs else "no",
            }


def _values(ticket: Ticket) -> list[dict[int, int]]:
    """Return, per layer, the multiple of x ≥ 0 that each neuron with kept edges holds."""
    values = [{0: 1}]
    for t, edges in enumerate(ticket.edges, 1):
        plus = ticket.network.values(t, edges.source_of_edges(), edges.indices) > 0
        now: dict[int, int] = {}
        triples = zip(edges.source_of_edges(), edges.indices, plus, strict=True)
        for source, target, positive in triples:
            held = values[-1].get(int(source), 0)
            now[int(target)] = now.get(int(target), 0) + (held if positive else -held)
        values.append({r: max(v, 0) if t < ticket.depth else v for r, v in now.items()})
    return values


def draw(rows: Rows) -> Figure:
    """Return a panel a gadget: layers from left to right, kept + blue, kept − orange dashed."""
    figure = new_figure(COLUMN, 4.6)
    axes = figure.subplots(2, 2)
    for panel, name in zip(axes.flat, distinct(rows, "panel"), strict=True):
        _draw_panel(panel, select(rows, panel=name))
        panel.set_title(_TITLES[name])
    axes[0, 0].plot([], [], color=PLUS, label="kept, sign +")
    axes[0, 0].plot([], [], color=MINUS, linestyle="--", label="kept, sign −")
    axes[0, 0].plot([], [], color=GREY, linewidth=0.7, label="pruned, sign +")
    axes[0, 0].plot([], [], color=GREY, linewidth=0.7, linestyle="--", label="pruned, sign −")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _draw_panel(axes: Axes, rows: Rows) -> None:
    columns = _columns(rows)
    places = {
        (x, neuron): (float(x), y)
        for x, neurons in enumerate(columns)
        for neuron, y in zip(neurons, _spread(len(neurons)), strict=True)
    }
    first = min(int(row["layer"]) for row in rows)
    lowest = min(columns[0])  # the block U comes before A and A′
    for row in rows:
        x = int(row["layer"]) - first
        ends = np.array([places[x, int(row["source"])], places[x + 1, int(row["target"])]])
        kept, plus = row["kept"] == "yes", row["sign"] == "+"
        axes.plot(
            ends[:, 0],
            ends[:, 1],
            color=(PLUS if plus else MINUS) if kept else GREY,
            linestyle="-" if plus else "--",
            linewidth=1.1 if kept else 0.6,
            zorder=2 if kept else 1,
        )
    for (x, neuron), (at, y) in places.items():
        value = columns[x][neuron]
        carried = rows[0]["panel"] == "accumulator" and x == 0 and neuron == lowest
        fill = "#cccccc" if carried else "white"
        axes.plot(at, y, "o", markersize=_CIRCLE, color=fill, markeredgecolor="black", zorder=3)
        text = {0: "0", 1: "x"}.get(value, f"{value}x")
        axes.text(at, y - 0.004, text, ha="center", va="center", fontsize=7, zorder=4)
    for x in range(len(columns)):
        text = f"{'layer ' if x == 0 else ''}{first + x - 1}"
        axes.text(x, -0.12, text, ha="center", va="top", fontsize=7, color=GREY)
    margin = 0.12 * len(columns)
    axes.set_xlim(-margin, len(columns) - 1 + margin)
    axes.set_ylim(-0.22, 1.09)
    axes.axis("off")


def _columns(rows: Rows) -> list[dict[int, int]]:
    """Return the neurons of each layer in order of what they hold, with it."""
    layers = sorted({int(row["layer"]) for row in rows})
    columns: list[dict[int, int]] = [{} for _ in range(len(layers) + 1)]
    for row in rows:
        x = int(row["layer"]) - layers[0]
        columns[x][int(row["source"])] = int(row["source_value"])
        columns[x + 1][int(row["target"])] = int(row["target_value"])
    if any(b != a + 1 for a, b in pairwise(layers)):
        raise ValueError(f"layers {layers}: expected consecutive ones")
    return [dict(sorted(c.items(), key=lambda item: (-item[1], item[0]))) for c in columns]


def _spread(n: int) -> list[float]:
    return [0.5] if n == 1 else np.linspace(1.0, 0.0, n).tolist()
