"""How every figure looks and is saved: the only `savefig`, without dates, so that bytes repeat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe & Ito's palette: told apart by colour-blind readers and in grey.
BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#666666",
)
PLUS, MINUS = BLUE, ORANGE
COLOURS = {"horner": BLUE, "sign-agnostic": GREEN, "blocks": PURPLE, "target": GREY}
NAMES = {"horner": "S Horner", "sign-agnostic": "A sign-agnostic", "blocks": "B blocks (paper)"}

_STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
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


def save(
    figure: Figure, folder: Path, name: str, kinds: Sequence[str] = ("pdf", "svg", "png")
) -> list[Path]:
    """Save a figure as folder/name.kind for every kind; the same drawing gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context(_STYLE):
        for kind in kinds:
            path = folder / f"{name}.{kind}"
            figure.savefig(path, dpi=200, metadata=_NO_DATE[kind])
            paths.append(path)
    return paths
