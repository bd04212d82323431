"""Cost versus size: weights, edges and seconds of prune and certify, for growing targets."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from constructions import NoTicket, construction, ours, plan_for
from proofs.evidence import derive_seed
from proofs.experiments.sweeps.model import Cell, Sweep, Value
from proofs.kernel import check
from proofs.sampling import random_target

EPS, DELTA, LAYERS = "0.01", "0.01", 2


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Prune a random target d-d-d out of one network, save it and certify it."""
    name, d = str(case["construction"]), int(case["d"])
    rng = np.random.default_rng(derive_seed(0, f"cost-vs-size/target/{d}"))
    target = random_target(rng, (d,) * (LAYERS + 1))
    plan = plan_for(target, EPS, DELTA, name)
    found: dict[str, Value] = {
        "N": plan.N,
        "L": plan.L,
        "random_weights": plan.random_weights,
        "kept_weights": None,
        "accepted": None,
        "prune_seconds": None,
        "certify_seconds": None,
    }
    start = time.perf_counter()
    try:
        ticket = construction(name).prune(target, plan, plan.draw(seed))
    except NoTicket:
        return found
    pruned = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ticket.npz"
        ticket.save(path)
        saved = time.perf_counter()
        certificate = check(path, target=target.weights)
        certified = time.perf_counter()
    return found | {
        "kept_weights": ticket.kept_weights,
        "accepted": certificate.accepted,
        "prune_seconds": round(pruned - start, 3),
        "certify_seconds": round(certified - saved, 3),
    }


def cases(effort: str) -> list[Cell]:
    """Return construction × d."""
    sizes = (4, 8, 16, 32, 64, 128, 256) if effort == "full" else (4, 8)
    return [{"construction": name, "d": d} for name in ours() for d in sizes]


SWEEP = Sweep(
    name="cost-vs-size",
    about="weights, edges and seconds of prune and certify against the target's width",
    keys=("construction", "d"),
    results=("N", "L", "random_weights", "kept_weights", "accepted"),
    timings=("prune_seconds", "certify_seconds"),
    cases=cases,
    measure=measure,
)
