"""Tickets to tamper with: one of each producer. A producer added to PRODUCERS joins them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from constructions import blocks, horner, sign_agnostic
from constructions.request import Request
from constructions.targets.target import Ball, TargetNetwork
from tests.proofs.kernel import forge

HIDDEN = np.array([[0.4, -0.3], [-0.2, 0.5], [0.1, 0.1]])
OUTPUT = np.array([[0.3, -0.6, 0.2], [0.5, 0.0, -0.25]])
EPSILON = "0.2"


def _forged(path: Path) -> None:
    forge.horner([HIDDEN, OUTPUT], [5, 5], slack=40, epsilon=EPSILON).save(path)


def _real(module) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        target = TargetNetwork.from_layers([HIDDEN, OUTPUT], domain=Ball("1"))
        plan = module.plan(Request.of((2, 3, 2), EPSILON, "0.1"))
        module.prune(target, plan, plan.draw(12)).save(path)

    return save


PRODUCERS: dict[str, Callable[[Path], None]] = {
    "forged": _forged,
    "horner": _real(horner),
    "sign-agnostic": _real(sign_agnostic),
    "blocks": _real(blocks),
}


@pytest.fixture(scope="session", params=PRODUCERS)
def honest(request, tmp_path_factory) -> Path:
    """The file of an honest ticket."""
    path = tmp_path_factory.mktemp("honest") / f"{request.param}.npz"
    PRODUCERS[request.param](path)
    return path
