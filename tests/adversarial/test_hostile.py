"""Altered files by the thousand, as by `make hostile`; and that it sees planted faults."""

import random

import numpy as np
import pytest

from constructions import InputError, TargetNetwork
from proofs.kernel import Certificate
from tests.adversarial import agreement, hostile, models


def test_a_file_follows_from_its_number():
    assert hostile.ticket("ticket 1 7") == hostile.ticket("ticket 1 7")
    assert models.model("model 1 7") == models.model("model 1 7")
    several = {hostile.ticket(f"ticket 1 {i}") for i in range(20)}
    assert len(several) > 15


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_nothing_is_found_in_a_stretch_of_files():
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown if the test fails
    tickets = hostile.try_tickets(seed, range(2000))
    assert not tickets.fault, f"seed {seed}, {tickets.fault}"
    assert min(tickets.counts[kind] for kind in ("accepted", "rejected", "malformed")) > 100
    read = hostile.try_models(seed, range(1000))
    assert not read.fault, f"seed {seed}, {read.fault}"
    for suffix in (".npz", ".onnx", ".safetensors"):
        assert min(read.counts[f"{suffix} refused"], read.counts[f"{suffix} read alike"]) > 5


def wrong_check(path) -> Certificate:
    """A kernel that takes its word for every accuracy."""
    found = agreement_check(path)
    return Certificate("accepted", bound=0.0) if found.verdict == "rejected" else found


agreement_check = agreement.check


@pytest.mark.filterwarnings("ignore")
def test_a_kernel_that_accepts_too_much_is_found(monkeypatch):
    monkeypatch.setattr(agreement, "check", wrong_check)
    fault = hostile.try_tickets(1, range(200)).fault
    assert "AssertionError: kernel: accepted (); second: rejected" in fault


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("found", "said"),
    [
        (KeyError("W1"), "KeyError"),
        (InputError("malformed"), "a line that does not name the file"),
        (TargetNetwork.from_layers([np.ones((4, 3)), np.ones((2, 4))]), "and not"),
    ],
)
def test_a_reader_that_fails_is_found(monkeypatch, found, said):
    def wrong(path):
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(models, "load_target", wrong)
    assert said in hostile.try_models(1, range(200)).fault
