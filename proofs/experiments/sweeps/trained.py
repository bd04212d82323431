"""A trained network through ε: certified bound, error on held-out images, and their labels."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from constructions import ours
from proofs.experiments import demo
from proofs.experiments.sweeps.model import Cell, Sweep, Value

_EPS = ("10", "3", "1", "0.3", "0.1", "0.03", "0.01", "0.003", "0.001")


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Let one construction find the digits' network, and classify the held-out images."""
    name = str(case["construction"])
    with tempfile.TemporaryDirectory() as folder:
        result = demo.run(eps=str(case["eps"]), seed=seed, names=(name,), out=Path(folder))
    (trial,) = result.trials
    certificate, errors = trial.certificate, trial.errors
    return {
        "N": trial.plan.N,
        "L": trial.plan.L,
        "images": len(result.digits.labels),
        "target_correct": result.digits.correct,
        "accepted": None if certificate is None else certificate.accepted,
        "certified": None if certificate is None else certificate.bound,
        "largest_error": None if errors is None else float(errors.max()),
        "median_error": None if errors is None else float(sorted(errors)[len(errors) // 2]),
        "correct": None if certificate is None else trial.correct,
        "same_label": None if certificate is None else trial.same_label,
        "provably_same": None if certificate is None else trial.provably_same,
    }


def cases(effort: str) -> list[Cell]:
    """Return construction × ε."""
    accuracies = _EPS if effort == "full" else _EPS[2:3]
    return [{"construction": name, "eps": eps} for name in ours() for eps in accuracies]


SWEEP = Sweep(
    name="trained-vs-eps",
    about="a network trained on digits: bound, error and labels, ε by ε (needs scikit-learn)",
    keys=("construction", "eps"),
    results=(
        "N",
        "L",
        "images",
        "target_correct",
        "accepted",
        "certified",
        "largest_error",
        "median_error",
        "correct",
        "same_label",
        "provably_same",
    ),
    cases=cases,
    measure=measure,
)
