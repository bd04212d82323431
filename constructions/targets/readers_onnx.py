"""ONNX graphs that are one chain of linear layers and ReLUs (used by `readers`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError

Matrix = NDArray[np.float64]

_ATTRIBUTES: dict[str, dict[str, float]] = {  # the supported operators; attributes and defaults
    "Gemm": {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0},
    "MatMul": {},
    "Add": {},
    "Relu": {},
    "Flatten": {"axis": 1},
    "Identity": {},
    "Dropout": {"ratio": 0.5, "seed": 0},
}
_OLDEST_OPSET = 7  # before it, Add and Gemm broadcast by an attribute


@dataclass
class Chain:
    """The layers read so far, and the value that the next node must continue.

    ``stage`` is "input" before the first layer, "linear" after a linear layer, "relu" after a Relu.
    """

    onnx: Any
    constants: dict[str, Any]  # TensorProto by name
    value: str
    stage: str = "input"
    flattened: bool = False
    weights: list[Matrix] = field(default_factory=list)
    biases: list[Matrix | None] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def apply(self, node: Any) -> None:
        """Continue the chain by one node, or raise InputError saying what was expected."""
        op, attributes = node.op_type, self._attributes(node)
        if op == "Gemm":
            self._gemm(node, attributes)
        elif op == "MatMul":
            self._linear(node, self._constant(node, 1).T)
        elif op == "Add":
            if self.stage != "linear" or self.biases[-1] is not None:
                raise InputError("expected only one bias, added right after a linear layer")
            self.biases[-1] = self._bias(
                self._constant(node, 1 - list(node.input).index(self.value))
            )
        elif op == "Relu":
            if self.stage != "linear":
                raise InputError("expected a linear layer before a Relu")
            self.stage = "relu"
        elif op == "Flatten":
            if attributes["axis"] != 1:
                raise InputError(f"axis = {attributes['axis']}: expected 1")
            self.flattened |= self.stage == "input"
        elif op == "Dropout":
            self._check_inference(node)
        self.value = node.output[0]

    def _gemm(self, node: Any, attributes: dict[str, float]) -> None:
        if attributes["transA"] != 0 or attributes["transB"] not in (0, 1):
            raise InputError(
                f"transA = {attributes['transA']}, transB = {attributes['transB']}: "
                "expected transA = 0 and transB = 0 or 1"
            )
        W = self._constant(node, 1)
        self._linear(node, _times("alpha", attributes["alpha"], W if attributes["transB"] else W.T))
        if len(node.input) > 2 and node.input[2]:
            bias = self._bias(self._constant(node, 2))
            self.biases[-1] = _times("beta", attributes["beta"], bias)

    def _linear(self, node: Any, W: Matrix) -> None:
        if node.input[0] != self.value:
            raise InputError(f"expected the value {self.value!r} first and the constant second")
        if self.stage == "linear":
            raise InputError(
                "follows a linear layer without a Relu between: expected Relu "
                "(the product of two matrices is not exact in float64)"
            )
        if W.ndim != 2:
            raise InputError(f"tensor {node.input[1]!r} has shape {W.shape}: expected a matrix")
        self.weights.append(W)
        self.biases.append(None)
        self.names.append(node.input[1])
        self.stage = "linear"

    def _bias(self, bias: Matrix) -> Matrix:
        n = len(self.weights[-1])
        if bias.shape not in ((), (1,), (n,), (1, 1), (1, n)):
            raise InputError(f"bias of shape {bias.shape}: expected one value for each of {n} rows")
        return np.broadcast_to(bias.reshape(-1), (n,)).copy()

    def _check_inference(self, node: Any) -> None:
        mode = node.input[2] if len(node.input) > 2 else ""
        if mode:
            tensor = self.constants.get(mode)
            if tensor is None or bool(self.onnx.numpy_helper.to_array(tensor).any()):
                raise InputError(f"training_mode = {mode!r}: expected the constant false")

    def _attributes(self, node: Any) -> dict[str, float]:
        values = dict(_ATTRIBUTES[node.op_type])
        for attribute in node.attribute:
            if attribute.name not in values:
                raise InputError(f"attribute {attribute.name!r}: expected {sorted(values)}")
            value = self.onnx.helper.get_attribute_value(attribute)
            if not isinstance(value, int | float):
                raise InputError(f"attribute {attribute.name!r} = {value!r}: expected a number")
            values[attribute.name] = value
        return values

    def _constant(self, node: Any, place: int) -> Matrix:
        """Return the constant that a node reads, widened to float64."""
        name = node.input[place]
        if name not in self.constants:
            raise InputError(f"input {place} is {name!r}: expected a constant of the model")
        tensor, types = self.constants[name], self.onnx.TensorProto
        if tensor.data_type not in (types.FLOAT, types.DOUBLE, types.FLOAT16):
            kinds = {number: kind for kind, number in types.DataType.items()}
            kind = kinds.get(tensor.data_type, tensor.data_type)
            raise InputError(f"tensor {name!r} has type {kind}: expected FLOAT, DOUBLE or FLOAT16")
        if tensor.data_location == types.EXTERNAL:
            raise InputError(f"tensor {name!r} is in a file of its own: expected it in the model")
        return np.asarray(self.onnx.numpy_helper.to_array(tensor)).astype(np.float64)


def read_chain(onnx: Any, model: Any) -> Chain:
    """Return the layers of an ONNX model; raise InputError naming the node that is not of a chain.

    Parameters
    ----------
    onnx : the package, imported by the caller
    model : an onnx.ModelProto
    """
    graph = model.graph
    opsets = [o.version for o in model.opset_import if o.domain in ("", "ai.onnx")]
    if len(opsets) != 1 or opsets[0] < _OLDEST_OPSET:
        raise InputError(f"opsets {opsets}: expected one, {_OLDEST_OPSET} or newer")
    if graph.sparse_initializer:
        raise InputError("sparse initializers: expected dense ones")
    nodes = list(enumerate(graph.node))
    constants = _constants(onnx, graph)
    inputs = [value for value in graph.input if value.name not in constants]
    outputs = [value.name for value in graph.output]
    if len(inputs) != 1 or len(outputs) != 1:
        names = [value.name for value in inputs]
        raise InputError(f"inputs {names} and outputs {outputs}: expected one of each")
    readers = Counter(name for node in graph.node for name in node.input)
    readers.update(outputs)
    chain = Chain(onnx, constants, inputs[0].name)
    for index, node in nodes:
        if node.op_type == "Constant":
            continue
        label = f"node {index} {node.name!r} ({node.op_type})"
        if node.op_type not in _ATTRIBUTES or node.domain not in ("", "ai.onnx"):
            raise InputError(f"{label}: unsupported operator: expected {', '.join(_ATTRIBUTES)}")
        if readers[chain.value] > 1:
            raise InputError(f"{label}: {chain.value!r} is read more than once: expected one chain")
        if chain.value not in node.input:
            raise InputError(f"{label}: does not read {chain.value!r}: expected one chain")
        arity = {"Gemm": (2, 3), "MatMul": (2, 2), "Add": (2, 2), "Dropout": (1, 3)}
        low, high = arity.get(node.op_type, (1, 1))
        if not low <= len(node.input) <= high or not node.output or not node.output[0]:
            raise InputError(f"{label}: {len(node.input)} inputs: expected {low} to {high}")
        try:
            chain.apply(node)
        except InputError as fault:
            raise InputError(f"{label}: {fault}") from None
    if chain.value != outputs[0]:
        raise InputError(f"output {outputs[0]!r}: expected {chain.value!r}, the end of the chain")
    if chain.stage != "linear":
        raise InputError(f"the last layer is of kind {chain.stage!r}: expected a linear layer last")
    _check_input_shape(inputs[0], chain)
    return chain


def _constants(onnx: Any, graph: Any) -> dict[str, Any]:
    """Return the tensors of initializers and Constant nodes by name; no name may occur twice."""
    named = [(tensor.name, tensor) for tensor in graph.initializer]
    for index, node in enumerate(graph.node):
        if node.op_type == "Constant":
            values = [a.t for a in node.attribute if a.name == "value" and a.type == a.TENSOR]
            if len(values) != 1 or len(node.output) != 1:
                raise InputError(
                    f"node {index} {node.name!r} (Constant): expected one tensor value"
                )
            named.append((node.output[0], values[0]))
    results = [name for node in graph.node if node.op_type != "Constant" for name in node.output]
    counts = Counter([name for name, _ in named] + [name for name in results if name])
    for name, count in counts.items():
        if count > 1:
            raise InputError(f"value {name!r} is defined {count} times: expected once")
    return dict(named)


def _check_input_shape(value: Any, chain: Chain) -> None:
    """Check the declared shape of the input, where there is one, against the first layer."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return
    dims = [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]
    if len(dims) < 2 or (len(dims) > 2 and not chain.flattened):
        raise InputError(f"input {value.name!r} has shape {dims}: expected (batch, features)")
    features = [d for d in dims[1:] if d is not None]
    columns = chain.weights[0].shape[1]
    if len(features) == len(dims) - 1 and prod(features) != columns:
        raise InputError(
            f"input {value.name!r} has shape {dims}: expected {columns} features, the columns of "
            f"{chain.names[0]!r}"
        )


def _times(name: str, factor: float, A: Matrix) -> Matrix:
    """Return factor·A if float64 holds it exactly."""
    if factor == 1.0:
        return A
    if not np.isfinite(factor) or not np.isfinite(A).all():
        raise InputError(f"{name} = {factor}: expected it and its constant to be finite")
    with np.errstate(over="ignore"):
        product = factor * A
    exact = np.isfinite(product).all() and all(
        Fraction(factor) * Fraction(a) == Fraction(b)
        for a, b in zip(A.ravel().tolist(), product.ravel().tolist(), strict=True)
    )
    if not exact:
        raise InputError(
            f"{name} = {factor}: its product with the constant is not exact in float64"
        )
    return product
