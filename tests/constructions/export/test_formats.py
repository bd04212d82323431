"""ONNX, as onnxruntime and our own reader see it, and state dicts, as PyTorch would use them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import onnxruntime
import pytest
from hypothesis import assume, given, settings

from constructions import Ball, InputError, TargetNetwork
from constructions.export.chain import chain_of_target, chain_of_ticket, compute, exact_grid
from constructions.export.onnx import difference_of, exactly, model_of
from constructions.export.state_dict import state_dict_of
from constructions.targets.readers import load_target
from tests.tickets import found, tickets


def outputs(model, x):
    """What onnxruntime makes of a model."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (result,) = session.run(None, {"x": x})
    return result


@given(tickets("0.5"))
@settings(max_examples=20)
def test_onnxruntime_computes_what_the_ticket_does(ticket):
    """Exactly, on the grid that is said to be exact."""
    target = ticket.target
    chain = chain_of_ticket(ticket)
    model = model_of(chain, np.float64, "a test")
    grid = min(exact_grid(chain, Decimal(4), np.float64), 20)
    assert grid >= 0 or ticket.construction == "grouped"  # whose sums have more bits
    assume(grid >= -2)
    x = np.random.default_rng(1).integers(-(2 ** (grid + 2)), 2 ** (grid + 2), (3, target.features))
    x = x * 2.0**-grid
    if target.nonnegative:
        x = np.abs(x)
    y = outputs(model, x)
    assert [[Fraction(v) for v in row] for row in y.tolist()] == ticket.run_exact(x).tolist()


def test_float32_is_exact_on_its_grid():
    ticket = found(TargetNetwork.from_layers([[[0.5, -0.75]]], domain=Ball("1", True)), eps="0.5")
    chain = chain_of_ticket(ticket)
    grid = exact_grid(chain, Decimal(1), np.float32)
    assert grid >= 4
    x = np.array([[1, 0], [0, 1], [1, 2**grid], [3, 2**grid - 1]]) * np.float32(2.0**-grid)
    y = outputs(model_of(chain, np.float32, ""), x.astype(np.float32))
    assert y.dtype == np.float32
    assert [[Fraction(v) for v in row] for row in y.tolist()] == ticket.run_exact(x).tolist()


def test_our_own_reader_reads_the_same_weights(tmp_path):
    layers = [[[0.5, -0.75], [0.25, 1.0]], [[0.5, -0.5]]]
    ticket = found(TargetNetwork.from_layers(layers, [[0.25, -0.5], [0.125]]))
    chain = chain_of_ticket(ticket)
    path = tmp_path / "ticket.onnx"
    path.write_bytes(model_of(chain, np.float64, "").SerializeToString())
    again = chain_of_target(load_target(path))
    for mine, theirs in zip(chain, again, strict=True):
        assert mine.kept_weight.tolist() == theirs.weight.tolist()
    assert chain[0].kept_bias.tolist() == again[0].bias.tolist()


def test_a_difference_is_a_difference():
    target = TargetNetwork.from_layers([[[0.3, -0.7]]], [[0.1]])
    ticket = found(target)
    x = np.array([[0.5, 0.25], [-0.5, 0.125]])
    y = outputs(difference_of(chain_of_target(target), chain_of_ticket(ticket), ""), x)
    np.testing.assert_allclose(y, target(x) - ticket.run(x), rtol=0, atol=1e-9)
    assert (np.abs(y) <= 0.1).all()
    assert (y != 0).any()


def test_no_weight_is_rounded():
    for value in (0.1, 1e300, 5e-324):
        with pytest.raises(InputError, match="W has entries that float32 does not hold exactly"):
            exactly("W", np.array([value]), np.float32)
    assert exactly("W", np.array([-0.5]), np.float32).dtype == np.float32


@pytest.mark.parametrize("biases", [None, [[0.25, -0.5], [0.125]]])
def test_a_state_dict_computes_what_the_ticket_does(biases):
    """As torch's pruning does: orig times mask; and orig are the random signs, kept or not."""
    ticket = found(TargetNetwork.from_layers([[[0.5, -0.75], [0.25, 1.0]], [[0.5, -0.5]]], biases))
    tensors = state_dict_of(chain_of_ticket(ticket))
    x = np.array([[0.5, 0.25], [-0.5, 0.125]])
    h = x
    for t in range(ticket.depth):
        h = np.maximum(h, 0) if t else h
        orig, mask = tensors[f"{2 * t}.weight_orig"], tensors[f"{2 * t}.weight_mask"]
        assert set(np.unique(mask)) <= {0.0, 1.0}
        assert len(np.unique(np.abs(orig))) == 1
        h = h @ (orig * mask).T
        if f"{2 * t}.bias_orig" in tensors:
            h = h + tensors[f"{2 * t}.bias_orig"] * tensors[f"{2 * t}.bias_mask"]
    np.testing.assert_allclose(h, ticket.run(x), rtol=0, atol=1e-9)
    assert ("0.bias_orig" in tensors) == (biases is not None)
    np.testing.assert_allclose(h, compute(chain_of_ticket(ticket), x), rtol=0, atol=1e-12)
