"""All figures by name, and the way to draw them again: load data → draw → save."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from constructions.errors import InputError
from constructions.progress import Progress, silent
from figures import (
    claim_graph,
    edge_popup,
    equal_width,
    error_vs_width,
    failure_vs_slack,
    gadgets,
    shapes,
    signs,
    subnetworks,
    trained,
    weights_vs_bound,
)
from figures.save import save
from figures.tables import Rows, Table

HERE = Path(__file__).resolve().parent
DATA, OUT = HERE / "data", HERE / "out"


@dataclass(frozen=True)
class Picture:
    """A figure: the one table it shows, and how it is drawn."""

    name: str
    table: Table
    draw: Callable[[Rows], Figure]


PICTURES: dict[str, Picture] = {
    picture.name: picture
    for picture in (
        Picture("error-vs-width", error_vs_width.TABLE, error_vs_width.draw_width),
        Picture("error-vs-weights", error_vs_width.TABLE, error_vs_width.draw_weights),
        Picture("equal-width", equal_width.TABLE, equal_width.draw),
        Picture("shapes", shapes.TABLE, shapes.draw),
        Picture("failure-vs-slack", failure_vs_slack.TABLE, failure_vs_slack.draw),
        Picture("weights-vs-bound", weights_vs_bound.TABLE, weights_vs_bound.draw),
        Picture("gadgets", gadgets.TABLE, gadgets.draw),
        Picture("subnetworks", subnetworks.TABLE, subnetworks.draw),
        Picture("signs", signs.TABLE, signs.draw),
        Picture("trained", trained.TABLE, trained.draw),
        Picture("edge-popup", edge_popup.TABLE, edge_popup.draw),
        Picture("claim-graph", claim_graph.TABLE, claim_graph.draw),
    )
}


def regenerate(
    names: Iterable[str] = (),
    *,
    fresh: bool = False,
    data: Path = DATA,
    out: Path = OUT,
    jobs: int = 1,
    progress: Progress = silent,
) -> list[Path]:
    """Draw figures from the data as PDF, SVG and PNG; return the paths.

    Parameters
    ----------
    names : of ``PICTURES``; none means all
    fresh : compute the data anew and write them before drawing
    data, out : folders of the CSV files and of the figures
    jobs : workers for ``fresh``
    progress : called with (done, total, text)

    Raises InputError for an unknown name, TableError if data are missing.
    """
    chosen = choose(names)
    if fresh:
        tables = {picture.table.name: picture.table for picture in chosen}
        weights = [1000 * table.last_seconds(data) for table in tables.values()]
        for i, table in enumerate(tables.values()):

            def step(done: int, total: int, text: str, i: int = i) -> None:
                now = sum(weights[:i]) + weights[i] * done / max(total, 1)
                progress(round(now), round(sum(weights)), text)

            table.write_anew(data, step, jobs)
    paths = []
    for i, picture in enumerate(chosen):
        progress(i, len(chosen), f"drawing {picture.name}")
        paths += save(picture.draw(picture.table.read(data)), out, picture.name)
    progress(len(chosen), len(chosen), "drawn")
    return paths


def choose(names: Iterable[str] = ()) -> Sequence[Picture]:
    """Return the figures of these names, all for none; raise InputError for an unknown one."""
    names = list(dict.fromkeys(names)) or list(PICTURES)
    for name in names:
        if name not in PICTURES:
            raise InputError(f"figure {name!r}: expected one of {', '.join(PICTURES)}")
    return [PICTURES[name] for name in names]
