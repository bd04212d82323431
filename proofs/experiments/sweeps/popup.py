"""Edge-popup with ±1 weights and with continuous ones: k times wider, or wider and deeper too.

P6, empirical: nothing is certified here, and the counts say how many held-out digits a mask found
by gradient search classifies correctly. The shapes are those of the authors' own experiments, for
digits: a target 64-20-10, and random networks k times as wide, of the target's depth l = 2 or of
depth l + k − 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from constructions.networks.distributions import NORMAL, SIGN
from constructions.popup import edge_popup
from constructions.popup.data import Labelled, digits
from proofs.experiments.sweeps.model import Cell, Sweep, Value

HIDDEN, EPOCHS = 20, 20
_LAWS = {"±1": SIGN, "continuous": NORMAL}


@cache
def _digits() -> Labelled:
    return digits()


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Search masks in one random network and count correct held-out digits."""
    data, k = _digits(), int(case["k"])
    hidden = k if case["shape"] == "wider and deeper" else 1
    dims = (data.features, *(k * HIDDEN,) * hidden, data.classes)
    law = _LAWS[str(case["weights"])]
    plan = edge_popup.plan(dims, distribution=law, epochs=int(case["epochs"]))
    found = edge_popup.prune(data, plan, plan.draw(seed))
    return {
        "N": k * HIDDEN,
        "L": len(dims) - 1,
        "random_weights": plan.random_weights,
        "kept_weights": found.kept_weights,
        "correct": found.correct,
        "total": found.total,
    }


def cases(effort: str) -> list[Cell]:
    """Return weights × shape × k × draw."""
    full = effort == "full"
    return [
        {
            "weights": weights,
            "shape": shape,
            "k": k,
            "epochs": EPOCHS if full else 1,
            "draw": i,
        }
        for weights in _LAWS
        for shape in ("wider", "wider and deeper")
        for k in (range(1, 6) if full else (1,))
        for i in range(5 if full else 1)
        if not (shape == "wider and deeper" and k == 1 and full)  # the same network as "wider"
    ]


SWEEP = Sweep(
    name="edge-popup",
    about="edge-popup on digits, ±1 against continuous weights (needs scikit-learn)",
    keys=("weights", "shape", "k", "epochs", "draw"),
    results=("N", "L", "random_weights", "kept_weights", "correct", "total"),
    cases=cases,
    measure=measure,
)
