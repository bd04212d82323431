"""Where S's random and kept weights went: what each step of its sharpening saves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from constructions import horner
from constructions.digit_strings import cheapest_digits
from constructions.expansion import signed_digits
from constructions.request import Request
from figures.datasets import Row, Rows, of_function, select
from figures.save import BLUE, COLUMN, GREY, grid, new_figure
from proofs.claims import one_width
from proofs.evidence import derive_seed

DIMS, EPS, DELTA = (784, 500, 10), "0.01", "0.01"
_BITS, _EXTRA, _WEIGHTS, _DEVIATION = 17, 14, 20_000, 0.02
_COLUMNS = ("panel", "step", "value")


def steps() -> tuple[Sequence[str], Iterable[Row]]:
    """Return random weights per target weight, and kept edges per weight, after each step."""
    rows, targets = [], Request.of(DIMS, EPS, DELTA).target_weights
    for inputs in ("signed", "nonnegative"):
        for step, weights in random_weights(inputs == "nonnegative").items():
            rows.append({"panel": inputs, "step": step, "value": f"{weights / targets:.2f}"})
    for step, edges in kept_edges().items():
        rows.append({"panel": "kept", "step": step, "value": f"{edges:.2f}"})
    return _COLUMNS, rows


def random_weights(nonnegative: bool) -> dict[str, int]:
    """Return the random weights of the plans of 784-500-10 that have more and more of S."""
    nearest = Request.of(DIMS, EPS, DELTA, nonnegative=nonnegative)
    random = Request.of(DIMS, EPS, DELTA, nonnegative=nonnegative, rounding="random")
    found = {
        "one width, offset by digits": one_width.plan(DIMS, EPS, DELTA, nonnegative).random_weights,
        "own widths, injected offset": horner.plan_of_inputs(nearest, 0, False).random_weights,
        "range-aware matching (G5)": horner.plan_of_inputs(nearest, 0).random_weights,
    }
    if not nonnegative:
        found["input groups (H4)"] = horner.plan(nearest).random_weights
    return found | {"random rounding (Q3)": horner.plan(random).random_weights}


def kept_edges() -> dict[str, float]:
    """Return the edges of a digit string on average, for normal weights and random signs.

    Of 20,000 weights of standard deviation 0.02 at p = 17, with 14 extra digits.
    """
    rng = np.random.default_rng(derive_seed(0, "savings/kept"))
    K = _BITS + 1 + _EXTRA
    V = np.rint(rng.standard_normal(_WEIGHTS) * _DEVIATION * 2**_BITS).astype(np.int64)
    edges = rng.integers(0, 2, size=(2, K, _WEIGHTS), dtype=np.int8)  # + or −, both of a stage
    plus, shifted = edges.sum(axis=0, dtype=np.int8), V + 2**_BITS
    best = (plus > 0)[::-1]  # least significant digit first
    return {
        "binary digits, offset by digits (E1)": _average(signed_digits(shifted, best)),
        "cheapest digits (E5)": _average(cheapest_digits(shifted, plus)),
        "cheapest digits, injected offset": _average(cheapest_digits(V, plus[1:])),
    }


def _average(digits: np.ndarray) -> float:
    return float(np.abs(digits.astype(np.int64)).sum()) / _WEIGHTS


DATASET = of_function("savings", steps)

_TITLES = {
    "signed": "random weights per target weight, signed inputs",
    "nonnegative": "random weights per target weight, inputs ≥ 0",
    "kept": "kept edges per weight of a section, p = 17",
}


def draw(rows: Rows) -> Figure:
    """Return a panel of bars for signed inputs, for inputs ≥ 0, and for kept edges."""
    figure = new_figure(COLUMN, 3.6)
    heights = [len(select(rows, panel=name)) for name in _TITLES]
    axes = figure.subplots(len(_TITLES), 1, height_ratios=heights)
    for panel, (name, title) in zip(axes, _TITLES.items(), strict=True):
        _draw_bars(panel, select(rows, panel=name))
        panel.set_title(title, x=1, ha="right")
    return figure


def _draw_bars(axes: Axes, rows: Rows) -> None:
    values = [float(row["value"]) for row in rows]
    places = range(len(rows))
    axes.barh(places, values, color=[GREY] + [BLUE] * (len(rows) - 1), height=0.6)
    for place, value in zip(places, values, strict=True):
        text = f"{value:,.0f}" if value >= 20 else f"{value:.1f}"
        axes.annotate(text, (value, place), (2, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, [row["step"] for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max(values))
    axes.tick_params(axis="y", length=0)
    grid(axes)
