"""Random weights over T1's lower bound as ε → 0: B and A drift away, S and S* flatten."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from constructions import CATALOGUE
from figures.datasets import Rows, distinct, floats, of_sweep, select
from figures.save import COLUMN, GREY, grid, new_figure

DATASET = of_sweep("weights-vs-bound")

_LIMIT = 9  # S6
_LEAST = 4  # S*5
_LOOKS: tuple[dict[str, Any], ...] = (  # for growing d
    {"linestyle": "-"},
    {"linestyle": "--", "marker": "D", "fillstyle": "none"},
    {"linestyle": "-.", "marker": "x"},
)


def draw(rows: Rows) -> Figure:
    """Return two panels, for signed and nonnegative inputs; one curve per construction and d."""
    figure = new_figure(COLUMN, 4.6)
    axes = figure.subplots(1, 2, sharey=True)
    for panel, inputs in zip(axes, ("signed", "nonnegative"), strict=True):
        mine = select(rows, inputs=inputs)
        for name in reversed(distinct(mine, "construction")):
            own = select(mine, construction=name)
            for d, look in zip(distinct(own, "d"), _LOOKS, strict=False):
                one = select(own, d=d)
                panel.plot(
                    floats(one, "log2_inverse_eps"),
                    floats(one, "ratio"),
                    color=CATALOGUE[name].colour,
                    **({"marker": CATALOGUE[name].marker} | look),
                    linewidth=0.9,
                    label=f"{CATALOGUE[name].title}, d = {_power(int(d))}",
                )
        panel.axhline(_LIMIT, color=GREY, linestyle=":", label="S6: 9, as ε → 0, d → ∞")
        panel.axhline(_LEAST, color=GREY, linestyle=(0, (6, 2)), label="S*5: 4, likewise")
        panel.axhline(1, color="black", linewidth=0.8, label="T1: nothing goes below")
        panel.set_xscale("log", base=2)
        panel.set_xticks((1, 8, 64, 512), ("1", "8", "64", "512"))
        panel.set_yscale("log")
        panel.set_yticks([10.0**k for k in range(0, 13, 2)])
        panel.set_xlabel("bits, log₂(1/ε)")
        panel.set_title(f"{inputs} inputs")
        grid(panel)
        panel.set_ylim(0.4, None)
    axes[0].set_ylabel("random weights over the lower bound T1")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center")
    return figure


def _power(d: int) -> str:
    """Return a width as text: in digits, or as a power of two where it has many.

    >>> _power(16384), _power(2**30)
    ('16,384', '2³⁰')
    """
    if d < 10**6:
        return f"{d:,}"
    exponent = str(d.bit_length() - 1)
    return "2" + exponent.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
