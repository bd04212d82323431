"""A pruned network as standard ONNX: Gemm and Relu, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.export.chain import Float, Linear, holds
from constructions.extras import optional

OPSET, IR_VERSION = 13, 8  # old enough for every runtime and verifier in use


def model_of(chain: Sequence[Linear], dtype: Float, remark: str) -> Any:
    """Return a chain as an onnx.ModelProto: input x of shape (N, features), output y.

    Parameters
    ----------
    chain : the layers; their kept weights are written, pruned ones as 0
    dtype : np.float32 or np.float64, of weights and activations
    remark : what the model is, for its doc_string

    Raises InputError if a weight does not fit the type; ImportError without the package onnx.
    """
    return _model(_nodes(chain, dtype, "", "x", "y"), chain, dtype, remark)


def difference_of(one: Sequence[Linear], other: Sequence[Linear], remark: str) -> Any:
    """Return the model y = one(x) − other(x) of two chains beside each other, in float64."""
    helper = optional("onnx", "writing").helper
    nodes, values = _nodes(one, np.float64, "target_", "x", "target")
    more, others = _nodes(other, np.float64, "ticket_", "x", "ticket")
    last = helper.make_node("Sub", ["target", "ticket"], ["y"])
    return _model(([*nodes, *more, last], values + others), one, np.float64, remark)


def _nodes(
    chain: Sequence[Linear], dtype: Float, prefix: str, source: str, result: str
) -> tuple[list[Any], list[Any]]:
    """Return the nodes of a chain from one name to another, and their initializers."""
    onnx = optional("onnx", "writing")
    nodes, values = [], []
    for t, layer in enumerate(chain, 1):
        last = t == len(chain)
        arrays = {"weight": layer.kept_weight, "bias": layer.kept_bias}
        held = {f"{prefix}{key}_{t}": a for key, a in arrays.items() if a is not None}
        for name, array in held.items():
            values.append(onnx.numpy_helper.from_array(exactly(name, array, dtype), name))
        sums = result if last else f"{prefix}z_{t}"
        nodes.append(onnx.helper.make_node("Gemm", [source, *held], [sums], transB=1))
        if not last:
            source = f"{prefix}h_{t}"
            nodes.append(onnx.helper.make_node("Relu", [sums], [source]))
    return nodes, values


def exactly(name: str, array: NDArray[np.float64], dtype: Float) -> NDArray[Any]:
    """Return an array in another type; raise InputError if that changes an entry."""
    if not holds(array, dtype):
        raise InputError(f"{name} has entries that {np.dtype(dtype)} does not hold exactly")
    return array.astype(dtype)


def _model(
    parts: tuple[list[Any], list[Any]], chain: Sequence[Linear], dtype: Float, remark: str
) -> Any:
    onnx = optional("onnx", "writing")
    helper, (nodes, values) = onnx.helper, parts
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    shapes = {"x": chain[0].weight.shape[1], "y": chain[-1].weight.shape[0]}
    x, y = (helper.make_tensor_value_info(name, kind, ["N", n]) for name, n in shapes.items())
    graph = helper.make_graph(nodes, "pmone", [x], [y], values, doc_string=remark)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="pmone",
        doc_string=remark,
    )
    onnx.checker.check_model(model)
    return model
