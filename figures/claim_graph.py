"""The claim graph: what rests on what, and the status that a run of the suite earned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

from constructions.progress import Progress
from figures.save import GREY, PAGE, new_figure
from figures.tables import Row, Rows, Table
from proofs import graph, suite
from proofs.claims import registry
from proofs.evidence import Evidence

_COLUMNS = ("claim", "title", "source", "level", "rests_on", "rung", "status", "proved")
_FILLS = {
    "machine-checked": "#7fb8dd",
    "proved": "#c8e3f4",
    "certified": "#f3cd6e",
    "tested": "#f8e0a5",
    "measured": "#fdf3d6",
    "stated": "#ffffff",
    "refuted": "#f0a080",
}
_BORDERS = {"paper": "black", "ours": "#D55E00", "literature": GREY}
_WIDTH, _HEIGHT = 0.62, 0.62


def claims(progress: Progress, jobs: int) -> tuple[Sequence[str], Iterable[Row]]:
    """Return every claim with its rung and status, from a quick run of the whole suite."""

    def step(done: int, total: int, evidence: Evidence) -> None:
        progress(done, total, f"suite: {evidence.check}")

    report = suite.run(effort="quick", jobs=jobs, progress=step)
    known = registry.claims()
    levels = graph.levels(known)
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


TABLE = Table("claim-graph", claims)


def draw(rows: Rows) -> Figure:
    """Return the graph: a claim stands right of all that it rests on; families share a height.

    Arrows that follow from others are left out.
    """
    places = _places(rows)
    parents = {row["claim"]: row["rests_on"].split() for row in rows}
    height = 0.34 * max(1 + y for _, y in places.values())
    figure = new_figure(PAGE, height + 0.6)
    axes = figure.add_subplot()
    for row in rows:
        x, y = places[row["claim"]]
        for parent in _direct(row["claim"], parents):
            axes.add_patch(_arrow(places[parent], (x, y)))
        fill, border = _FILLS[row["rung"]], _BORDERS[row["source"]]
        axes.add_patch(_box(x, y, fill, border, _is_doubtful(row)))
        axes.text(x, y, row["claim"], ha="center", va="center", fontsize=8, zorder=4)
    axes.set_xlim(-0.6, max(x for x, _ in places.values()) + 0.6)
    axes.set_ylim(max(y for _, y in places.values()) + 0.6, -0.6)
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
        label = "rests on what is stated only"
        handles.append(Patch(facecolor="white", edgecolor=GREY, linestyle="--", label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _is_doubtful(row: Row) -> bool:
    """Return whether a claim is proved from something that is not."""
    return row["proved"] == "no" and row["rung"] in ("proved", "machine-checked")


def _direct(claim: str, parents: Mapping[str, list[str]]) -> list[str]:
    """Return what a claim rests on without what already its other parents rest on."""

    def below(name: str) -> set[str]:
        return set(parents[name]).union(*(below(parent) for parent in parents[name]))

    implied = set().union(*(below(parent) for parent in parents[claim]))
    return [parent for parent in parents[claim] if parent not in implied]


def _family(claim: str) -> str:
    """Return the letters of a label, "S" of S4; the peers P stand beside Q, on which they rest."""
    return claim.rstrip("0123456789").replace("P", "Q")


def _places(rows: Rows) -> dict[str, tuple[float, float]]:
    """Return (level, height): families one below the other, claims of one level apart."""
    places: dict[str, tuple[float, float]] = {}
    top = 0.0
    needed = {parent for row in rows for parent in row["rests_on"].split()}
    for family in dict.fromkeys(_family(row["claim"]) for row in rows):
        mine = [row for row in rows if _family(row["claim"]) == family]
        if not any(row["rests_on"] or row["claim"] in needed for row in mine):
            places |= {row["claim"]: (float(x), top) for x, row in enumerate(mine)}  # no order
            top += 1
            continue
        used: dict[int, int] = {}
        for row in mine:
            level = int(row["level"])
            places[row["claim"]] = (float(level), top + used.get(level, 0))
            used[level] = used.get(level, 0) + 1
        top += max(used.values())
    return places


def _box(x: float, y: float, fill: str, border: str, doubtful: bool) -> Patch:
    return FancyBboxPatch(
        (x - _WIDTH / 2 + 0.1, y - _HEIGHT / 2 + 0.1),
        _WIDTH - 0.2,
        _HEIGHT - 0.2,
        boxstyle="round,pad=0.1",
        facecolor=fill,
        edgecolor=border,
        linestyle="--" if doubtful else "-",
        linewidth=1.2,
        zorder=3,
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> FancyArrowPatch:
    return FancyArrowPatch(
        (start[0] + _WIDTH / 2, start[1]),
        (end[0] - _WIDTH / 2, end[1]),
        connectionstyle="arc3,rad=0.08",
        arrowstyle="-|>",
        mutation_scale=6,
        linewidth=0.6,
        color=GREY,
        zorder=1,
    )
