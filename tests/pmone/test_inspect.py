"""`pmone inspect`: how a file is read; `prune --expect`: whether it was read right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from constructions.targets.readers import load_target


def test_layers_norms_and_needs_are_shown(door, target):
    found = door("inspect", target, "--eps", "0.1")
    network = load_target(target)
    assert found.code == 0
    assert f"a network of {network.depth} layers" in found.out
    assert f"‖W‖₂ ≤ {network.norm_bounds[0]:.6g}" in found.out
    assert "for S at that ε" in found.out
    data = json.loads(door("inspect", target, "--eps", "0.1", "--format", "json").out)
    assert data["dims"] == list(network.dims)
    pruned = door("prune", target, "--eps", "0.1", "--format", "json", "-o", "t.npz")
    made = json.loads(pruned.out)
    for key in ("p", "width", "depth", "random_weights"):
        assert data["needs"][key] == made[key]


def test_what_is_assumed_is_shown(door, tmp_path):
    np.savez(tmp_path / "named.npz", **{"fc1.weight": np.eye(2)})
    found = door("inspect", tmp_path / "named.npz")
    assert "assumed: a ReLU after every layer but the last, in this order: fc1" in found.out
    assert "for S" not in found.out


@pytest.fixture
def files(target):
    x = np.random.default_rng(3).uniform(-1, 1, (20, 2))
    np.save("X.npy", x)
    return load_target(target)(x)


def test_expected_outputs_are_compared_before_any_work(door, target, files):
    options = ("prune", target, "--eps", "0.1", "-o", "t.npz", "--input", "X.npy", "--expect")
    np.save("Y.npy", files.astype(np.float32))
    assert door(*options, "Y.npy").code == 0
    Path("t.npz").unlink()
    np.save("Y.npy", np.tanh(files))
    found = door(*options, "Y.npy")
    assert (found.code, Path("t.npz").exists()) == (4, False)
    assert "differs from the target as it was read by" in found.words
    np.save("Y.npy", files[:, :1])
    assert "the target's is (20, 2)" in door(*options, "Y.npy").words


def test_expect_needs_inputs(door, target, files):
    found = door("prune", target, "-o", "t.npz", "--expect", "X.npy")
    assert found.code == 2
    assert "expected both or neither" in found.words
