"""How every figure looks and is saved: the only `savefig`, without dates, so that bytes repeat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from constructions.files import writing

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"  # of Okabe & Ito's palette, as the catalogue
PLUS, MINUS = BLUE, ORANGE
KINDS = ("pdf", "svg", "png")

COLUMN = 3.3  # inches: one column of a two-column page; every figure fits into it unscaled

_STYLE: Any = {
    "font.size": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 7.5,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.columnspacing": 1.2,
    "legend.labelspacing": 0.35,
    "lines.linewidth": 1.1,
    "lines.markersize": 3,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "pmone",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}
_NO_DATE: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches, in the house's style."""
    mpl.rcParams.update(_STYLE)
    return Figure(figsize=(width, height))


def grid(axes: Axes) -> None:
    """Draw a faint grid behind the data, and no labels at minor ticks."""
    axes.grid(True, color="#e4e4e4", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())


def save(
    figure: Figure, folder: Path, name: str, kinds: Sequence[str] = KINDS, dpi: int = 300
) -> list[Path]:
    """Save a figure as folder/name.kind for every kind; the same drawing gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context(_STYLE):
        for kind in kinds:
            path = folder / f"{name}.{kind}"
            with writing(path) as stream:
                figure.savefig(stream, format=kind, dpi=dpi, metadata=_NO_DATE[kind])
            paths.append(path)
    return paths
