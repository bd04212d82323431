"""A trained network through ε: certified bound, true error, accuracy, provably unchanged labels."""

from __future__ import annotations

from matplotlib.figure import Figure

from constructions import CATALOGUE
from figures.datasets import Rows, distinct, floats, of_sweep, select
from figures.save import COLUMN, GREY, grid, new_figure

DATASET = of_sweep("trained-vs-eps")


def draw(rows: Rows) -> Figure:
    """Return two panels against ε, for accepted tickets: bound and errors; labels."""
    figure = new_figure(COLUMN, 4.7)
    errors, labels = figure.subplots(2, 1, sharex=True)
    names = distinct(rows, "construction")
    for i, name in enumerate(names):
        shift = 1.25 ** (i - (len(names) - 1) / 2)
        mine = [row for row in select(rows, construction=name) if row["accepted"] == "yes"]
        eps = [shift * float(row["eps"]) for row in mine]  # side by side, as they nearly coincide
        of = CATALOGUE[name]
        look = {"color": of.colour, "marker": of.marker}
        errors.plot(eps, floats(mine, "certified"), **look, linewidth=0, label=of.title)
        errors.plot(eps, floats(mine, "largest_error"), **look, linewidth=0, fillstyle="none")
        images = float(mine[0]["images"])
        for column, fill in (("correct", "full"), ("provably_same", "none")):
            share = [100 * value / images for value in floats(mine, column)]
            labels.plot(eps, share, **look, linewidth=0, fillstyle=fill)
    every = [float(e) for e in distinct(rows, "eps")]
    errors.plot(every, every, color=GREY, linestyle="--", label="ε")
    errors.plot([], [], "ok", label="certified, all inputs")
    errors.plot([], [], "ok", fillstyle="none", label="largest, held-out images")
    errors.set_yscale("log")
    errors.set_ylabel("‖target − ticket‖₂")
    images, correct = float(rows[0]["images"]), float(rows[0]["target_correct"])
    labels.axhline(100 * correct / images, color=GREY, linestyle="--", label="target's accuracy")
    labels.plot([], [], "ok", label="ticket's accuracy")
    labels.plot([], [], "ok", fillstyle="none", label="label provably the target's")
    labels.set_ylabel(f"% of {images:.0f} held-out images")
    labels.set_xlabel("accuracy ε asked for")
    labels.set_xscale("log")
    labels.invert_xaxis()
    for panel, below in ((errors, -0.05), (labels, -0.2)):
        grid(panel)
        panel.legend(loc="upper center", bbox_to_anchor=(0.5, below), ncols=2)
    return figure
