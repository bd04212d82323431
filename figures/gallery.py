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
    savings,
    shapes,
    signs,
    subnetworks,
    trained,
    weights_vs_bound,
)
from figures.datasets import Dataset, Rows
from figures.save import save

HERE = Path(__file__).resolve().parent
DATA, OUT = HERE / "data", HERE / "out"


@dataclass(frozen=True)
class Picture:
    """A figure: the one dataset it shows, and how it is drawn."""

    name: str
    dataset: Dataset
    draw: Callable[[Rows], Figure]


PICTURES: dict[str, Picture] = {
    picture.name: picture
    for picture in (
        Picture("error-vs-width", error_vs_width.DATASET, error_vs_width.draw_width),
        Picture("error-vs-weights", error_vs_width.DATASET, error_vs_width.draw_weights),
        Picture("equal-width", equal_width.DATASET, equal_width.draw),
        Picture("shapes", shapes.DATASET, shapes.draw),
        Picture("failure-vs-slack", failure_vs_slack.DATASET, failure_vs_slack.draw),
        Picture("weights-vs-bound", weights_vs_bound.DATASET, weights_vs_bound.draw),
        Picture("savings", savings.DATASET, savings.draw),
        Picture("gadgets", gadgets.DATASET, gadgets.draw),
        Picture("subnetworks", subnetworks.DATASET, subnetworks.draw),
        Picture("signs", signs.DATASET, signs.draw),
        Picture("trained", trained.DATASET, trained.draw),
        Picture("edge-popup", edge_popup.DATASET, edge_popup.draw),
        Picture("claim-graph", claim_graph.DATASET, claim_graph.draw),
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

    Raises InputError for an unknown name, CsvError if data are missing.
    """
    chosen = choose(names)
    if fresh:
        datasets = {picture.dataset.name: picture.dataset for picture in chosen}
        weights = [1000 * dataset.last_seconds(data) for dataset in datasets.values()]
        for i, dataset in enumerate(datasets.values()):

            def step(done: int, total: int, text: str, i: int = i) -> None:
                now = sum(weights[:i]) + weights[i] * done / max(total, 1)
                progress(round(now), round(sum(weights)), text)

            dataset.write_anew(data, step, jobs)
    paths = []
    for i, picture in enumerate(chosen):
        progress(i, len(chosen), f"drawing {picture.name}")
        paths += save(picture.draw(picture.dataset.read(data)), out, picture.name)
    progress(len(chosen), len(chosen), "drawn")
    return paths


def choose(names: Iterable[str] = ()) -> Sequence[Picture]:
    """Return the figures of these names, all for none; raise InputError for an unknown one."""
    names = list(dict.fromkeys(names)) or list(PICTURES)
    for name in names:
        if name not in PICTURES:
            raise InputError(f"figure {name!r}: expected one of {', '.join(PICTURES)}")
    return [PICTURES[name] for name in names]
