"""The sweeps by name."""

from __future__ import annotations

from constructions.errors import InputError
from proofs.experiments.sweeps import accuracy, costs, failures, popup, shapes, successes, trained
from proofs.experiments.sweeps.model import Sweep

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
        successes.SWEEP,
    )
}


def find(name: str) -> Sweep:
    """Return the sweep of that name; raise InputError naming the sweeps there are."""
    if name not in SWEEPS:
        raise InputError(f"sweep {name!r}: expected one of {', '.join(SWEEPS)}")
    return SWEEPS[name]
