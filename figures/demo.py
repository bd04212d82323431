"""The pictures of `pmone demo`: pruned subnetworks, and the tickets' errors below their bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from constructions import CATALOGUE
from figures import subnetwork
from figures.save import GREY, new_figure, save
from proofs.experiments.demo import Demo


def draw(demo: Demo, out: Path) -> list[Path]:
    """Save the pictures in ``out`` and return their paths: errors, and a subnetwork each."""
    paths = save(draw_errors(demo), out, "errors", kinds=("png",), dpi=200)
    for trial in demo.trials:
        if trial.ticket is not None:
            picture = subnetwork.draw(trial.ticket)
            paths += save(picture, out, f"subnetwork_{trial.name}", kinds=("png",), dpi=200)
    return paths


def draw_errors(demo: Demo) -> Figure:
    """Return, for every construction, the errors on the held-out images beside bound and ε."""
    figure = new_figure(7, 2.8)
    axes = figure.add_subplot()
    shown = [t for t in demo.trials if t.errors is not None and t.certificate is not None]
    for row, trial in enumerate(shown):
        errors = np.asarray(trial.errors)
        spread = 0.5 * (np.arange(len(errors)) / len(errors) - 0.5)
        colour = CATALOGUE[trial.name].colour
        axes.scatter(errors, row + spread, s=3, color=colour, alpha=0.6, linewidths=0)
        bound = trial.certificate.bound if trial.certificate else None
        if bound is not None:
            axes.plot([bound, bound], [row - 0.38, row + 0.38], color="black", linewidth=1.6)
            axes.text(bound, row - 0.42, "certified bound", ha="center", va="bottom", fontsize=7)
    axes.axvline(float(demo.eps), color=GREY, linestyle="--", linewidth=1)
    axes.text(float(demo.eps), -0.75, f" ε = {demo.eps}", va="bottom", ha="left", fontsize=8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(shown)), [CATALOGUE[t.name].title for t in shown])
    axes.set_ylim(len(shown) - 0.4, -0.8)
    axes.set_xlabel("‖target − ticket‖₂")
    axes.set_title(f"Errors on {len(demo.digits.labels)} held-out digits: one dot per image")
    return figure
