"""The sweeps by name."""

from __future__ import annotations

from proofs.sweeps import accuracy, costs, failures, popup, shapes, trained
from proofs.sweeps.model import Sweep

SWEEPS: dict[str, Sweep] = {
    sweep.name: sweep
    for sweep in (
        accuracy.SWEEP,
        failures.SWEEP,
        shapes.SWEEP,
        shapes.LIMIT,
        costs.SWEEP,
        trained.SWEEP,
        popup.SWEEP,
    )
}
