"""Small ONNX models, as exporters write them; whoever imports this is skipped without onnx."""

import numpy as np
import pytest

from constructions.targets.readers import load_target

onnx = pytest.importorskip("onnx")
helper, numpy_helper = onnx.helper, onnx.numpy_helper
FLOAT, DOUBLE = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE

RNG = np.random.default_rng(21)
W1, B1 = RNG.standard_normal((4, 3)), RNG.standard_normal(4)
W2, B2 = RNG.standard_normal((2, 4)), RNG.standard_normal(2)
CONSTANTS = {"W1": W1, "b1": B1, "W2": W2, "b2": B2, "W1t": W1.T, "W2t": W2.T}


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), output.split(), name=f"the {op}", **attributes)


def constant(name, value):
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))


def make_model(nodes, constants=CONSTANTS, shape=("N", 3), opset=17, dtype=np.float64, **options):
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    tensors = [numpy_helper.from_array(np.asarray(A, dtype), n) for n, A in constants.items()]
    inputs = [helper.make_tensor_value_info("x", element, shape)]
    outputs = [helper.make_tensor_value_info("y", element, ("N", "M"))]
    graph = helper.make_graph(
        nodes, "g", options.get("inputs", inputs), options.get("outputs", outputs), tensors
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


GEMM = [
    node("Gemm", "x W1 b1", "h", transB=1),
    node("Relu", "h", "r"),
    node("Gemm", "r W2 b2", "y", transB=1),
]


def gemm_model():
    return make_model(GEMM)


FIRST = node("Gemm", "x W1 b1", "h", transB=1)
RELU = node("Relu", "h", "r")
SECOND = node("Gemm", "r W2", "y", transB=1)


def external(location="weights.bin"):
    model = make_model(GEMM)
    tensor = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    return model


def read(tmp_path, model):
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return load_target(path)
