"""An ONNX graph, evaluated once on symbols: constants are folded, data become layers and ReLUs.

What depends on nothing is a number. What depends on the input is a `Value`, affine in the last
layer's activations. What follows a softmax, an argmax or a sigmoid is the tail: the target is the
value in front of it, the logits.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.targets.approximate import Approximate
from constructions.targets.folding import Layer, Value
from constructions.targets.onnx.node import Constant, Found, Node, Tail
from constructions.targets.onnx.operators import OPERATORS
from constructions.targets.onnx.tensors import tensor_values

_REMEDIES = {
    "Conv": "convolutions are not read",
    "MaxPool": "pooling is not read",
    "AveragePool": "pooling is not read",
    "GlobalAveragePool": "pooling is not read",
    "FusedGemm": "export without optimization",
    "QuantizeLinear": "rounded activations are not piecewise linear: export before quantization",
    "DequantizeLinear": "rounded activations are not piecewise linear: export before quantization",
    "Tanh": "not piecewise linear: train with ReLU",
    "Gelu": "not piecewise linear: train with ReLU",
    "Erf": "not piecewise linear: train with ReLU",
    "Elu": "not piecewise linear: train with ReLU",
    "Selu": "not piecewise linear: train with ReLU",
    "HardSigmoid": "write it with Relu layers",
    "LayerNormalization": "it divides by what depends on the input",
    "InstanceNormalization": "it divides by what depends on the input",
}
TAILS = ("Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "TopK", "Hardmax")
# What may follow a tail: it picks, renames and reshapes labels and scores, and is no layer.
_BEHIND = (
    *TAILS,
    *("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"),
    *("Add", "Sub", "Mul", "Div", "Concat", "Gather", "Shape", "ReduceSum"),
    *("Greater", "Less", "Equal", "Not", "Where"),
    *("ArrayFeatureExtractor", "ZipMap", "LabelEncoder", "Normalizer", "Binarizer"),
)


@dataclass
class Graph:
    """The evaluation of one model.

    Attributes
    ----------
    onnx, model : the package and the ModelProto
    folder : of the model, for external data
    found : what each name stands for
    notes : what was folded and assumed
    faults : what cannot be read, one sentence per node
    """

    onnx: Any
    model: Any
    folder: Path | None
    found: dict[str, Found] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def layers(self) -> tuple[Layer, ...]:
        """Return the layers; raise InputError with all faults, one per line."""
        graph = self.model.graph
        self._check_model()
        self._read_initializers()
        names = {tensor.name for tensor in graph.initializer}
        inputs = [value for value in graph.input if value.name not in names]
        if len(inputs) != 1:
            listed = [value.name for value in inputs]
            raise InputError(f"inputs {listed}: expected one; export one network per file")
        self._check_type(inputs[0])
        self.found[inputs[0].name] = _input(inputs[0])
        nodes = self._needed([value.name for value in graph.output])
        self._faults_of_operators(nodes)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
            for index, node in nodes:
                if not self.faults:
                    self._apply(index, node)
        if self.faults:
            raise InputError("\n".join(self.faults))
        value = self._target([value.name for value in graph.output])
        return value.all_layers()

    # -- before the walk --------------------------------------------------------------------------

    def _check_model(self) -> None:
        versions = {o.version for o in self.model.opset_import if o.domain in ("", "ai.onnx")}
        if len(versions) != 1 or min(versions) < 7:
            raise InputError(f"opsets {sorted(versions)}: expected one, 7 or newer")
        if self.model.graph.sparse_initializer:
            raise InputError("sparse initializers: expected dense ones")
        for function in self.model.functions:
            raise InputError(
                f"a local function {function.name!r} stands for an operator: export without "
                "functions, or inline them"
            )
        counts = Counter(t.name for t in self.model.graph.initializer)
        counts.update(name for node in self.model.graph.node for name in node.output if name)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise InputError(
                f"value {twice[0]!r} is defined {counts[twice[0]]} times: expected once"
            )

    def _check_type(self, value: Any) -> None:
        types, kind = self.onnx.TensorProto.DataType, value.type.tensor_type.elem_type
        name = types.Name(kind) if kind in types.values() else str(kind)
        if not re.fullmatch(r"FLOAT|DOUBLE|FLOAT16|BFLOAT16|U?INT\d+|UNDEFINED", name):
            raise InputError(f"input {value.name!r} has elements of type {name}: expected numbers")

    def _read_initializers(self) -> None:
        needed = {name for _, node in enumerate(self.model.graph.node) for name in node.input}
        needed |= {value.name for value in self.model.graph.output}
        kinds = set()
        for tensor in self.model.graph.initializer:
            if tensor.name not in needed:
                continue
            try:
                values = tensor_values(self.onnx, tensor, self.folder)
            except InputError as fault:
                self.faults.append(str(fault))
                continue
            kinds.add(tensor.data_type)
            self.found[tensor.name] = _constant(values)
        types = self.onnx.TensorProto
        if {types.FLOAT, types.DOUBLE} <= kinds:
            self.notes[
                "FLOAT and DOUBLE mixed, which ONNX does not allow: all taken as they are"
            ] += 1

    def _needed(self, outputs: list[str]) -> list[tuple[int, Any]]:
        """Return the nodes on which the outputs depend, in order; the others are dead."""
        wanted, kept = set(outputs), []
        for index, node in reversed(list(enumerate(self.model.graph.node))):
            if wanted.intersection(node.output):
                wanted.update(node.input)
                kept.append((index, node))
        return kept[::-1]

    def _faults_of_operators(self, nodes: list[tuple[int, Any]]) -> None:
        """Find every node that cannot be read, before any is."""
        tail: set[str] = set()
        for index, node in nodes:
            standard = node.domain in ("", "ai.onnx")
            if tail.intersection(node.input) or (standard and node.op_type in TAILS):
                tail.update(node.output)
                if node.op_type not in _BEHIND:
                    self.faults.append(
                        f"{_label(index, node)}: a layer behind a {' or '.join(TAILS[:3])}, which "
                        "is no ReLU: train with ReLU between the layers"
                    )
                continue
            if standard and node.op_type in OPERATORS:
                continue
            remedy = _REMEDIES.get(node.op_type, f"expected one of {', '.join(OPERATORS)}")
            domain = "" if standard else f" of {node.domain}"
            self.faults.append(f"{_label(index, node)}: no such layer is read{domain}: {remedy}")

    # -- the walk ---------------------------------------------------------------------------------

    def _apply(self, index: int, node: Any) -> None:
        inputs = [self.found.get(name) if name else None for name in node.input]
        missing = [n for n, v in zip(node.input, inputs, strict=True) if n and v is None]
        try:
            if missing:
                raise InputError(f"reads {missing[0]!r}, which nothing defines before it")
            tails = {v.source for v in inputs if isinstance(v, Tail)}
            if tails and any(isinstance(v, Value) for v in inputs):
                raise InputError("a value meets what a softmax or sigmoid made: no chain of ReLUs")
            if tails or node.op_type in TAILS:
                if not tails:
                    tails = {node.input[0]}
                    if not isinstance(inputs[0], Value):
                        raise InputError("expected the logits in front of it")
                    self.notes[f"{node.op_type} left out: the target is what it reads"] += 1
                results: list[Found] = [Tail(sorted(tails)[0])] * len(node.output)
            elif node.op_type == "Constant":
                results = [self._value_of_constant(node)]
            else:
                operator = OPERATORS[node.op_type]
                operator.check(node, self.onnx)
                results = [operator.apply(Node(self.onnx, self.notes, node, inputs))]
        except InputError as fault:
            self.faults.append(f"{_label(index, node)}: {fault}")
            return
        for name, result in zip(node.output, results, strict=False):
            self.found[name] = result

    def _value_of_constant(self, node: Any) -> Constant:
        for a in node.attribute:
            value = self.onnx.helper.get_attribute_value(a)
            if a.name == "value":
                return _constant(tensor_values(self.onnx, value, self.folder))
            if a.name in ("value_float", "value_floats"):
                return Approximate.exactly(np.asarray(value, dtype=np.float64))
            if a.name in ("value_int", "value_ints"):
                return np.asarray(value, dtype=np.int64)
        raise InputError("expected a tensor or numbers")

    def _target(self, outputs: list[str]) -> Value:
        """Return the one value that the outputs are, or whose tail they are."""
        sources = {
            found.source if isinstance(found := self.found.get(name), Tail) else name
            for name in outputs
        }
        values = [v for name in sources if isinstance(v := self.found.get(name), Value)]
        if not len(values) == len(sources) == 1:
            raise InputError(
                f"outputs {outputs}: expected one that depends on the input; export one network "
                "per file"
            )
        (value,) = values
        if value.is_nonnegative:
            self.notes["a last Relu: one more layer, the identity"] += 1
        return value


def _label(index: int, node: Any) -> str:
    return f"node {index} {node.name!r} ({node.op_type})"


def _constant(values: NDArray[Any]) -> Constant:
    return values if values.dtype == np.int64 else Approximate.exactly(values)


def _input(value: Any) -> Value:
    """Return the input as a value: the first axis counts rows, unless the shape says otherwise."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return Value(None, True)
    dims = [d.dim_value if d.HasField("dim_value") else 0 for d in tensor.shape.dim]
    if len(dims) == 1 and dims[0] > 0:
        return Value((dims[0],), False)
    column = len(dims) == 2 and dims[0] > 1 and dims[1] == 1  # W·x, x a column
    if column:
        return Value((dims[0], 1), False)
    if len(dims) < 2:
        raise InputError(f"input {value.name!r} has shape {dims}: expected (rows, features)")
    if 0 in dims[1:] and len(dims) == 2:
        return Value(None, True)
    if 0 in dims[1:]:
        raise InputError(f"input {value.name!r} has shape {dims}: expected the sizes of features")
    return Value(tuple(dims[1:]), True)
