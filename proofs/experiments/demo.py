"""The main job on real input: train a network, find it in random ±1 networks, certify, and run it.

scikit-learn's digits (1,797 images of 8 × 8 pixels, shipped with it) train an MLP with biases.
Each construction prunes it out of a random ±1 network drawn from one seed, the kernel certifies
each ticket for all images with pixels in [0, 1], and the tickets classify the held-out digits.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions import Box, NoTicket, TargetNetwork, Ticket, construction, ours, plan_for
from constructions.plan import Plan
from constructions.progress import Progress, silent
from constructions.quantize import Fit
from constructions.targets.readers import from_sklearn
from proofs.kernel import Certificate, check
from proofs.labels import keeps_label
from proofs.provenance import commit, versions

SCHEMA = "pmone-demo/1"
HIDDEN = (32, 16)
_TEST_SHARE = 0.25

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Digits:
    """A trained target with the held-out images it is judged on."""

    target: TargetNetwork
    images: Floats
    labels: NDArray[np.int64]
    outputs: Floats  # f(x) in float64, (images, 10)

    @property
    def correct(self) -> int:
        """How many images the target classifies correctly."""
        return int((self.outputs.argmax(axis=1) == self.labels).sum())


@dataclass(frozen=True, eq=False)
class Trial:
    """What one construction did."""

    name: str
    plan: Plan
    ticket: Ticket | None
    certificate: Certificate | None
    no_ticket: str | None
    path: Path | None
    correct: int = 0
    same_label: int = 0
    provably_same: int = 0
    errors: Floats | None = None  # ‖f(x) − ticket(x)‖₂ per image, in float64
    prune_seconds: float = 0.0
    certify_seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Demo:
    """All trials on one target."""

    digits: Digits
    trials: tuple[Trial, ...]
    eps: str
    delta: str
    seed: int
    fit: Fit
    train_seconds: float

    @property
    def widths(self) -> tuple[int, ...]:
        """The trained network's widths, without the constant 1 that its biases make it carry."""
        return (self.digits.target.features, *HIDDEN, self.digits.target.dims[-1])

    @property
    def exit_code(self) -> int:
        """0 all tickets accepted; 1 one was not accepted; 3 a draw without a ticket."""
        codes = [
            3 if t.certificate is None else int(not t.certificate.accepted) for t in self.trials
        ]
        return 1 if 1 in codes else max(codes, default=3)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "schema": SCHEMA,
            "versions": versions(),
            "commit": commit(),
            "target": {
                "dims": list(self.digits.target.dims),
                "domain": self.digits.target.domain.describe(),
                "correct": self.digits.correct,
                "images": len(self.digits.labels),
                "train_seconds": self.train_seconds,
            },
            "epsilon": self.eps,
            "delta": self.delta,
            "seed": self.seed,
            "fit": self.fit,
            "trials": [_trial_as_dict(trial) for trial in self.trials],
        }


def run(
    *,
    eps: str = "0.1",
    delta: str = "0.01",
    seed: int = 1,
    fit: Fit = "theorem",
    out: Path,
    names: Sequence[str] = tuple(ours()),
    progress: Progress = silent,
) -> Demo:
    """Train the target and let every construction find it; tickets are saved in ``out``.

    Parameters
    ----------
    eps, delta : accuracy (of the 10 outputs, Euclidean) and failure probability
    seed : of the random ±1 networks; each is drawn once, and a draw without a ticket stays one
    fit : "theorem" or "adaptive", as in ``plan_for``
    out : an existing folder
    names : the constructions
    """
    started = time.perf_counter()
    digits = trained_digits()
    train_seconds = time.perf_counter() - started
    trials = []
    for i, name in enumerate(names):

        def step(done: int, total: int, text: str, i: int = i, name: str = name) -> None:
            progress(i * 100 + done * 100 // max(total, 1), 100 * len(names), f"{name}: {text}")

        trials.append(_attempt(digits, name, eps, delta, seed, fit, out, step))
    return Demo(digits, tuple(trials), eps, delta, seed, fit, train_seconds)


def trained_digits() -> Digits:
    """Train an MLP with biases on scikit-learn's digits; a quarter of the images is held out."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.model_selection import train_test_split
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        needed = "the demo trains on scikit-learn's digits: pip install 'pmone[demo]'"
        raise ImportError(needed) from None

    data = load_digits()
    parts = train_test_split(
        data.data / 16.0, data.target, test_size=_TEST_SHARE, random_state=0, stratify=data.target
    )
    train_x, test_x, train_y, test_y = parts
    model = MLPClassifier(HIDDEN, alpha=0.01, max_iter=300, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train_x, train_y)
    target = from_sklearn(model, domain=Box.uniform("0", "1", data.data.shape[1]))
    outputs = target(test_x)
    return Digits(target, test_x, test_y, outputs)


def _attempt(
    digits: Digits,
    name: str,
    eps: str,
    delta: str,
    seed: int,
    fit: Fit,
    out: Path,
    progress: Progress,
) -> Trial:
    plan = plan_for(digits.target, eps, delta, name, fit)
    started = time.perf_counter()
    try:
        ticket = construction(name).prune(digits.target, plan, plan.draw(seed), progress)
    except NoTicket as failure:
        return Trial(name, plan, None, None, str(failure), None)
    prune_seconds = time.perf_counter() - started
    path = out / f"ticket_{name}.npz"
    ticket.save(path)
    started = time.perf_counter()
    certificate = check(path, target=digits.target.weights, progress=progress)
    certify_seconds = time.perf_counter() - started
    outputs = ticket.run(digits.images)
    labels = outputs.argmax(axis=1)
    bound = math.inf if not certificate.accepted else certificate.bound or 0.0
    return Trial(
        name=name,
        plan=plan,
        ticket=ticket,
        certificate=certificate,
        no_ticket=None,
        path=path,
        correct=int((labels == digits.labels).sum()),
        same_label=int((labels == digits.outputs.argmax(axis=1)).sum()),
        provably_same=int(keeps_label(digits.target, digits.images, bound).sum()),
        errors=np.linalg.norm(outputs - digits.outputs, axis=1),
        prune_seconds=prune_seconds,
        certify_seconds=certify_seconds,
    )


def _trial_as_dict(trial: Trial) -> dict[str, Any]:
    result: dict[str, Any] = {
        "construction": trial.name,
        "p": trial.plan.p,
        "width": trial.plan.N,
        "depth": trial.plan.L,
        "random_weights": str(trial.plan.random_weights),
        "no_ticket": trial.no_ticket,
    }
    if trial.ticket is None or trial.certificate is None or trial.errors is None:
        return result
    return result | {
        "kept_weights": trial.ticket.kept_weights,
        "certificate": trial.certificate.as_dict(),
        "largest_error_on_images": float(trial.errors.max()),
        "correct": trial.correct,
        "same_label": trial.same_label,
        "provably_same_label": trial.provably_same,
        "file": trial.path.name if trial.path else None,
        "prune_seconds": trial.prune_seconds,
        "certify_seconds": trial.certify_seconds,
    }
