"""`pmone export`: files that other programs read, and a folder for verifiers."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import load_file

from constructions.saved import load

X = np.array([[0.5, 0.25], [-0.5, 0.125]])


def test_a_model_for_onnxruntime(door, ticket):
    found = door("export", ticket, "-o", "ticket.onnx", "--format", "json")
    assert found.code == 0
    told = json.loads(found.out)
    assert told["schema"] == "pmone-export/1"
    assert told["of these kept"] <= load(ticket).kept_weights
    assert told["type"] == "float64"
    (y,) = onnxruntime.InferenceSession("ticket.onnx").run(None, {"x": X})
    assert y.tolist() == load(ticket).run_exact(X).astype(float).tolist()
    assert "of these kept" in door("export", ticket, "-o", "ticket.onnx").out


def test_float32_where_it_is_proved(door, target):
    """A target of halves needs few bits: 8-bit inputs are computed exactly."""
    np.savez(target, W1=[[0.5, -1.0]])
    door("prune", target, "--eps", "0.5", "--nonnegative", "-o", "t.npz")
    told = json.loads(door("export", "t.npz", "-o", "a.onnx", "--format", "json").out)
    assert told["type"] == "float64"
    grid = "8"
    told = json.loads(
        door("export", "t.npz", "-o", "a.onnx", "--grid", grid, "--format", "json").out
    )
    assert told["type"] == "float32"
    x = np.array([[1.0, 3 / 256]], dtype=np.float32)
    (y,) = onnxruntime.InferenceSession("a.onnx").run(None, {"x": x})
    assert y.tolist() == load("t.npz").run_exact(x).astype(float).tolist()
    told = json.loads(
        door("export", "t.npz", "-o", "a.onnx", "--grid", "24", "--format", "json").out
    )
    assert told["type"] == "float64"


@pytest.mark.parametrize("name", ["state.npz", "state.safetensors"])
def test_a_state_dict(door, ticket, name):
    assert door("export", ticket, "-o", name).code == 0
    tensors = dict(np.load(name)) if name.endswith("npz") else load_file(name)
    assert {"0.weight_orig", "0.weight_mask"} <= set(tensors)
    h = X
    for t in range(load(ticket).depth):
        h = np.maximum(h, 0) if t else h
        h = h @ (tensors[f"{2 * t}.weight_orig"] * tensors[f"{2 * t}.weight_mask"]).T
    assert h.tolist() == load(ticket).run_exact(X).astype(float).tolist()


def test_a_pair_for_verifiers(door, ticket, tmp_path):
    found = door("export", ticket, "--pair", "-o", "pair")
    assert found.code == 0
    answers = json.loads((tmp_path / "pair/answers.json").read_text())
    sat = answers["answers"]["difference-cut.onnx"]
    x = np.array([[float(Fraction(v)) for v in sat["x"]]])
    (y,) = onnxruntime.InferenceSession("pair/difference-cut.onnx").run(None, {"x": x})
    np.testing.assert_allclose(y[0], [float(Fraction(v)) for v in sat["y"]], rtol=0, atol=1e-9)
    assert np.abs(y).max() >= float(answers["threshold"]) > answers["bound"]
    (y,) = onnxruntime.InferenceSession("pair/difference.onnx").run(None, {"x": x})
    assert np.abs(y).max() < float(answers["threshold"]) + 1e-9
    assert "unsat" in (tmp_path / "pair/README.md").read_text()
    # its box is one that we read ourselves
    box = tmp_path / "pair/property.vnnlib"
    assert door("inspect", tmp_path / "target.npz", "--domain", box).code == 0
    assert door("export", ticket, "--pair", "-o", "pair").code == 0  # again, in its place
    (tmp_path / "pair/notes.txt").write_text("mine")
    refused = door("export", ticket, "--pair", "-o", "pair")
    assert refused.code == 2
    assert "holds notes.txt: expected a new or empty folder" in refused.words


def test_a_pair_needs_a_certificate(door, ticket):
    with np.load(ticket) as file:
        arrays = dict(file)
    head = json.loads(str(arrays["header"])) | {"epsilon": "1e-9"}
    np.savez("t.npz", **arrays | {"header": np.array(json.dumps(head)),
                                  "target_1": arrays["target_1"] + 1e-3})  # fmt: skip
    refused = door("export", "t.npz", "--pair", "-o", "pair")
    assert refused.code == 1
    assert "--pair expects a ticket that is accepted" in refused.words


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-o", "ticket.pt"], "expected a name that ends in .onnx, .npz, .safetensors"),
        (["-o", "ticket.npz"], "is read by this command"),
        (["-o", "nowhere/t.onnx"], "nowhere is not a folder"),
        (["--pair", "-o", "ticket.npz"], "is no folder, which --pair writes"),
        (["-o", "t.onnx", "--grid", "-1"], "--grid"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(door, ticket, arguments, reason):
    found = door("export", "ticket.npz", *arguments)
    assert found.code == 2
    assert reason in found.words.replace("│ ", "")
