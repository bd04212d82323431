"""Signs do not matter (E1): the integers that K signed powers of two represent, for all signs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.datasets import Row, Rows, of_function, select
from figures.save import BLUE, COLUMN, GREY, new_figure

_SIZES = (2, 3, 4)


def intervals() -> tuple[Sequence[str], Iterable[Row]]:
    """Return, for every sign pattern, all subset sums by brute force: how many, least, largest."""
    rows = []
    for K in _SIZES:
        for signs in itertools.product((1, -1), repeat=K):
            sums = [
                sum(2**b * s * m for b, (s, m) in enumerate(zip(signs, chosen, strict=True)))
                for chosen in itertools.product((0, 1), repeat=K)
            ]
            rows.append(
                {
                    "K": str(K),
                    "signs": "".join("+" if s > 0 else "−" for s in reversed(signs)),
                    "least": str(min(sums)),
                    "largest": str(max(sums)),
                    "different": str(len(set(sums))),
                }
            )
    return ("K", "signs", "least", "largest", "different"), rows


DATASET = of_function("signs", intervals)


def draw(rows: Rows) -> Figure:
    """Return a panel a K: a row of dots for every sign pattern, its representable integers."""
    figure = new_figure(COLUMN, 3.0)
    cells = figure.add_gridspec(2, 2, width_ratios=(1, 1.6), height_ratios=(1, 2))
    panels = (cells[0, 0], cells[1, 0], cells[:, 1])
    for K, cell in zip(_SIZES, panels, strict=True):
        panel = figure.add_subplot(cell)
        mine = select(rows, K=str(K))
        for y, row in enumerate(mine):
            least, largest = int(row["least"]), int(row["largest"])
            if largest - least + 1 != int(row["different"]):
                raise ValueError(f"signs {row['signs']}: the sums are no interval, against E1")
            x = range(least, largest + 1)
            panel.plot(x, [y] * len(x), "o-", color=BLUE, markersize=2, linewidth=0.7)
        panel.axvline(0, color=GREY, linewidth=0.8, zorder=0)
        panel.set_yticks(
            range(len(mine)), [row["signs"] for row in mine], family="DejaVu Sans Mono"
        )
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        panel.set_ylim(len(mine) - 0.4, -0.6)
        panel.set_title(f"K = {K}: always {2**K}")
        panel.spines["left"].set_visible(False)
        panel.tick_params(axis="y", length=0)
    figure.supylabel("signs of $2^{K-1}$ … 2, 1", fontsize=7.5)
    figure.supxlabel("representable integers V: always $2^K$ in a row", fontsize=7.5)
    return figure
