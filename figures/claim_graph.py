"""The claim graph: what rests on what, and the status that a run of the suite earned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from constructions.progress import Progress
from figures.datasets import Dataset, Row, Rows
from figures.save import COLUMN, GREY, new_figure
from proofs import suite
from proofs.claims import graph, registry
from proofs.evidence import Evidence, Rung
from proofs.report.layout import lay_out

_COLUMNS = ("claim", "title", "source", "level", "rests_on", "rung", "status", "proved")
_FILLS = {
    "machine-checked": "#5a9fcf",
    "machine-checked (recorded)": "#8fc1e3",
    "proved": "#c8e3f4",
    "argued": "#d9d2bb",
    "certified": "#f3cd6e",
    "tested": "#f8e0a5",
    "measured": "#fdf3d6",
    "stated": "#ffffff",
    "refuted": "#f0a080",
}
_BORDERS = {"paper": "black", "ours": "#D55E00", "literature": GREY}
_WIDE = 1.3  # the room of a label of three letters, in that of one of two
_WIDTH, _HEIGHT = 0.88, 0.36  # of a claim's room, and of the distance of two levels


def claims(progress: Progress, jobs: int) -> tuple[Sequence[str], Iterable[Row]]:
    """Return every claim with its rung and status, from a quick run of the whole suite."""

    def step(done: int, total: int, evidence: Evidence) -> None:
        progress(done, total, f"suite: {evidence.check}")

    report = suite.run(effort="quick", jobs=jobs, progress=step)
    known = registry.claims()
    levels = graph.levels(graph.parents(known))
    rows = [
        {
            "claim": result.claim.id,
            "title": result.claim.title,
            "source": result.claim.source.kind,
            "level": str(levels[result.claim.id]),
            "rests_on": " ".join(result.claim.depends_on),
            "rung": "refuted" if result.refuted else result.rung.label,
            "status": report.statuses[result.claim.id].text,
            "proved": "yes" if report.statuses[result.claim.id].proved else "no",
        }
        for result in report.claims
    ]
    return _COLUMNS, rows


DATASET = Dataset("claim-graph", claims)


def draw(rows: Rows) -> Figure:
    """Return the graph: a claim stands below all that it rests on.

    Arrows that follow from others are left out.
    """
    parents = {row["claim"]: row["rests_on"].split() for row in rows}
    levels = {row["claim"]: int(row["level"]) for row in rows}
    wide = {label: _WIDE for label in levels if len(label) > 2}
    layout = lay_out(levels, graph.reduced(parents), room=wide)
    figure = new_figure(COLUMN, 4.9)
    axes = figure.add_subplot()
    for points in layout.arrows.values():
        axes.add_patch(_arrow(points))
    for row in rows:
        x, y = layout.nodes[row["claim"]]
        fill, border = _FILLS[row["rung"]], _BORDERS[row["source"]]
        width = _WIDTH * wide.get(row["claim"], 1.0)
        axes.add_patch(_box(x, y, width, fill, border, _is_doubtful(row)))
        axes.text(x, y, row["claim"], ha="center", va="center_baseline", fontsize=7, zorder=4)
    axes.set_xlim(-0.1, layout.width + 0.1)
    axes.set_ylim(max(y for _, y in layout.nodes.values()) + 0.3, -0.3)
    axes.axis("off")
    used = dict.fromkeys(row["rung"] for row in rows)
    handles = [
        Patch(facecolor=_FILLS[rung], edgecolor=GREY, label=rung) for rung in _FILLS if rung in used
    ]
    sources = dict.fromkeys(row["source"] for row in rows)
    handles += [
        Patch(facecolor="white", edgecolor=_BORDERS[kind], linewidth=1.4, label=f"source: {kind}")
        for kind in _BORDERS
        if kind in sources
    ]
    if any(_is_doubtful(row) for row in rows):
        label = "rests on what is only stated"
        handles.append(Patch(facecolor="white", edgecolor=GREY, linestyle="--", label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _is_doubtful(row: Row) -> bool:
    """Return whether a claim is proved from something that is not."""
    return row["proved"] == "no" and Rung.from_label(row["rung"]) >= Rung.PROVED


def _box(x: float, y: float, width: float, fill: str, border: str, doubtful: bool) -> Patch:
    return FancyBboxPatch(
        (x - width / 2, y - _HEIGHT / 2),
        width,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.1",
        facecolor=fill,
        edgecolor=border,
        linestyle="--" if doubtful else "-",
        linewidth=1.0,
        zorder=3,
    )


def _arrow(points: Sequence[tuple[float, int]]) -> FancyArrowPatch:
    """Return an arrow from the first claim's lower edge to the last one's upper edge, by bends."""
    (x, y), (last, bottom) = points[0], points[-1]
    ends = [(x, y + _HEIGHT / 2), *points[1:-1], (last, bottom - _HEIGHT / 2)]
    vertices, codes = [ends[0]], [Path.MOVETO]
    for (a, b), (c, d) in pairwise(ends):
        middle = (b + d) / 2
        vertices += [(a, middle), (c, middle), (c, d)]
        codes += [Path.CURVE4] * 3
    return FancyArrowPatch(
        path=Path(vertices, codes),
        arrowstyle="-|>",
        mutation_scale=4,
        linewidth=0.6,
        color=GREY,
        zorder=1,
    )
