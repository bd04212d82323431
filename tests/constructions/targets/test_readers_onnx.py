"""ONNX: chains as exporters write them, against ONNX's reference evaluator; all else by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.targets.readers import load_target
from tests.constructions.targets.onnx_models import (
    B1,
    CONSTANTS,
    DOUBLE,
    GEMM,
    RNG,
    W1,
    W2,
    constant,
    helper,
    make_model,
    node,
    onnx,
)
from tests.strategies import matrices


def read(tmp_path, model):
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return load_target(path)


CHAINS = {
    "gemm": GEMM,
    "gemm not transposed": [
        node("Gemm", "x W1t b1", "h"),
        node("Relu", "h", "r"),
        node("Gemm", "r W2t", "y"),
    ],
    "alpha and beta": [
        node("Gemm", "x W1t b1", "h", alpha=-0.5, beta=4.0),
        node("Relu", "h", "r"),
        node("Gemm", "r W2 b2", "y", transB=1, beta=0.0),
    ],
    "matmul and add": [
        node("MatMul", "x W1t", "a"),
        node("Add", "a b1", "h"),
        node("Relu", "h", "r"),
        node("MatMul", "r W2t", "b"),
        node("Add", "b2 b", "y"),
    ],
    "gemm and add": [node("Gemm", "x W1 ", "a", transB=1), node("Add", "b1 a", "y")],
    "one matmul": [node("MatMul", "x W1t", "y")],
    "no effect": [
        node("Identity", "x", "i"),
        node("Flatten", "i", "f"),
        node("Gemm", "f W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        node("Dropout", "r", "d"),
        node("Flatten", "d", "e", axis=1),
        node("Gemm", "e W2 b2", "g", transB=1),
        node("Identity", "g", "y"),
    ],
    "constant nodes": [
        node("MatMul", "x W1t", "a"),
        constant("c", B1),
        node("Add", "a c", "h"),
        node("Relu", "h", "r"),
        constant("k", W2.T),
        node("MatMul", "r k", "y"),
    ],
}


@pytest.mark.parametrize("name", CHAINS)
def test_computes_what_the_reference_evaluator_computes(tmp_path, name):
    from onnx.reference import ReferenceEvaluator

    model = make_model(CHAINS[name])
    onnx.checker.check_model(model)
    x = RNG.standard_normal((20, 3))
    (expected,) = ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_allclose(read(tmp_path, model)(x), expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_widens_exactly(tmp_path, dtype):
    from onnx.reference import ReferenceEvaluator

    model = make_model(GEMM, dtype=dtype)
    target = read(tmp_path, model)
    assert (target.weights[0][:4, :3] == W1.astype(dtype).astype(np.float64)).all()
    assert (target.weights[0][:4, 3] == B1.astype(dtype).astype(np.float64)).all()
    x = RNG.standard_normal((20, 3)).astype(dtype)
    (expected,) = ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_allclose(target(x), expected, atol=64 * np.finfo(dtype).eps)


@given(st.data())
def test_reads_every_weight_bit_for_bit(tmp_path_factory, data):
    n, m = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    W = data.draw(matrices(n, m))
    model = make_model([node("Gemm", "x W", "y", transB=1)], {"W": W}, shape=("N", m))
    assert read(tmp_path_factory.mktemp("onnx"), model).weights[0].tobytes() == W.tobytes()


def test_images_are_flattened_in_order(tmp_path):
    from onnx.reference import ReferenceEvaluator

    W = RNG.standard_normal((5, 12))
    nodes = [node("Flatten", "x", "f"), node("Gemm", "f W", "y", transB=1)]
    model = make_model(nodes, {"W": W}, shape=(1, 1, 3, 4))
    x = RNG.standard_normal((1, 1, 3, 4))
    (expected,) = ReferenceEvaluator(model).run(None, {"x": x})
    np.testing.assert_allclose(read(tmp_path, model)(x.reshape(1, 12)), expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (4,), (1, 1), (1, 4)])
def test_biases_broadcast_as_in_onnx(tmp_path, shape):
    from onnx.reference import ReferenceEvaluator

    bias = RNG.standard_normal(shape)
    for nodes in (
        [node("Gemm", "x W1 b", "y", transB=1)],
        [node("MatMul", "x W1t", "h"), node("Add", "h b", "y")],
    ):
        model = make_model(nodes, CONSTANTS | {"b": bias})
        x = RNG.standard_normal((3, 3))
        (expected,) = ReferenceEvaluator(model).run(None, {"x": x})
        np.testing.assert_allclose(read(tmp_path, model)(x), expected, atol=1e-12)


def test_initializers_may_be_listed_as_inputs(tmp_path):
    inputs = [
        helper.make_tensor_value_info("W1", DOUBLE, (4, 3)),
        helper.make_tensor_value_info("x", DOUBLE, None),
    ]
    model = make_model([node("Gemm", "x W1", "y", transB=1)], inputs=inputs)
    assert (read(tmp_path, model).weights[0] == W1).all()


@pytest.mark.parametrize("training", [False, True])
def test_dropout_only_out_of_training(tmp_path, training):
    nodes = [
        node("Gemm", "x W1", "h", transB=1),
        node("Relu", "h", "r"),
        constant("ratio", np.array(0.5)),
        constant("mode", np.array(training)),
        node("Dropout", "r ratio mode", "d"),
        node("Gemm", "d W2", "y", transB=1),
    ]
    if training:
        with pytest.raises(InputError, match=r"\(Dropout\): training_mode = 'mode'"):
            read(tmp_path, make_model(nodes))
    else:
        assert read(tmp_path, make_model(nodes)).dims == (3, 4, 2)


def spoil(**options):
    return lambda: make_model(GEMM, **options)


def chain(*nodes, **options):
    return lambda: make_model(list(nodes), CONSTANTS | options.pop("more", {}), **options)


FIRST = node("Gemm", "x W1 b1", "h", transB=1)
RELU = node("Relu", "h", "r")
SECOND = node("Gemm", "r W2", "y", transB=1)


def external():
    model = make_model(GEMM)
    tensor = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(tensor, "weights.bin")
    tensor.ClearField("raw_data")
    return model


def sparse():
    model = make_model(GEMM)
    model.graph.sparse_initializer.add()
    return model


FAULTS = {
    "softmax": (
        chain(FIRST, RELU, node("Gemm", "r W2", "z", transB=1), node("Softmax", "z", "y")),
        r"node 3 'the Softmax' \(Softmax\): unsupported operator: expected Gemm, MatMul",
    ),
    "another domain": (
        chain(helper.make_node("Relu", ["x"], ["y"], name="mine", domain="org.other")),
        r"node 0 'mine' \(Relu\): unsupported operator",
    ),
    "two linear layers": (
        chain(FIRST, node("Gemm", "h W2", "y", transB=1)),
        r"node 1 'the Gemm' \(Gemm\): follows a linear layer without a Relu between",
    ),
    "matmul after gemm": (
        chain(FIRST, node("MatMul", "h W2t", "y")),
        r"node 1 'the MatMul' \(MatMul\): follows a linear layer without a Relu",
    ),
    "relu at the output": (
        chain(FIRST, node("Relu", "h", "y")),
        "last layer is of kind 'relu': expected a linear layer last",
    ),
    "relu at the input": (
        chain(node("Relu", "x", "h"), node("Gemm", "h W1", "y", transB=1)),
        r"node 0 'the Relu' \(Relu\): expected a linear layer before",
    ),
    "shifted input": (
        chain(node("Add", "x b", "h"), node("Gemm", "h W1", "y", transB=1), more={"b": B1[:3]}),
        r"\(Add\): expected only one bias, added right after",
    ),
    "two biases": (
        chain(FIRST, node("Add", "h b1", "y")),
        r"\(Add\): expected only one bias",
    ),
    "residual": (
        chain(FIRST, RELU, node("Add", "r h", "y")),
        "node 1 'the Relu'.*'h' is read more than once",
    ),
    "squared": (chain(node("Gemm", "x x", "y")), "node 0 .*'x' is read more than once"),
    "doubled": (
        chain(FIRST, node("Add", "h h", "y")),
        "node 1 .*'h' is read more than once",
    ),
    "side branch": (
        chain(FIRST, node("Relu", "b1", "s"), RELU, SECOND),
        "node 1 'the Relu'.*does not read 'h'",
    ),
    "dead end": (
        chain(FIRST, RELU, SECOND, node("Identity", "b1", "s")),
        "node 3 'the Identity'.*does not read 'y'",
    ),
    "nothing": (chain(node("Identity", "x", "y")), "last layer is of kind 'input'"),
    "no node": (chain(), "output 'y': expected 'x', the end of the chain"),
    "output in between": (
        spoil(outputs=[helper.make_tensor_value_info("r", DOUBLE, None)]),
        "'r' is read more than once|output 'r'",
    ),
    "two outputs": (
        spoil(outputs=[helper.make_tensor_value_info(n, DOUBLE, None) for n in "hy"]),
        r"outputs \['h', 'y'\]: expected one of each",
    ),
    "two inputs": (
        spoil(inputs=[helper.make_tensor_value_info(n, DOUBLE, ("N", 3)) for n in "xz"]),
        r"inputs \['x', 'z'\].*expected one of each",
    ),
    "transA": (
        chain(node("Gemm", "x W1", "y", transA=1)),
        "transA = 1, transB = 0: expected transA = 0",
    ),
    "constant on the left": (
        chain(node("MatMul", "W1 x", "y")),
        r"\(MatMul\): input 1 is 'x': expected a constant",
    ),
    "constant first in gemm": (chain(node("Gemm", "W1 x", "y")), "input 1 is 'x'"),
    "value as bias": (
        chain(FIRST, RELU, node("Gemm", "W2 W2t r", "y")),
        "expected the value 'r' first",
    ),
    "computed bias": (chain(node("Gemm", "x W1 q", "y", transB=1)), "input 2 is 'q'"),
    "bias of another length": (
        chain(node("Gemm", "x W1 b2", "y", transB=1)),
        r"bias of shape \(2,\): expected one value for each of 4 rows",
    ),
    "bias by sample": (
        chain(node("Gemm", "x W1 b", "y", transB=1), more={"b": B1[:, None]}),
        r"bias of shape \(4, 1\)",
    ),
    "vector product": (
        chain(node("MatMul", "x v", "y"), more={"v": B1[:3]}),
        r"tensor 'v' has shape \(3,\): expected a matrix",
    ),
    "inexact alpha": (
        chain(node("Gemm", "x W1", "y", transB=1, alpha=0.3)),
        "alpha = 0.3.*: its product with the constant is not exact",
    ),
    "infinite beta": (
        chain(node("Gemm", "x W1 b1", "y", transB=1, beta=float("inf"))),
        "beta = inf: expected it and its constant to be finite",
    ),
    "unknown attribute": (
        chain(node("MatMul", "x W1t", "y", fast=1)),
        r"\(MatMul\): attribute 'fast'",
    ),
    "attribute of another type": (
        chain(node("Gemm", "x W1", "y", transB="1")),
        "attribute 'transB' = b'1': expected a number",
    ),
    "flatten of the batch": (
        chain(node("Flatten", "x", "f", axis=0), node("Gemm", "f W1", "y", transB=1)),
        r"\(Flatten\): axis = 0: expected 1",
    ),
    "integers": (spoil(dtype=np.int64), "tensor 'W1' has type INT64: expected FLOAT, DOUBLE"),
    "shapes that do not chain": (
        chain(FIRST, RELU, node("Gemm", "r W1", "y", transB=1)),
        "W2 has 3 columns: expected 4.*W1 is 'W1', W2 is 'W1'",
    ),
    "not finite": (
        chain(node("Gemm", "x W", "y"), more={"W": np.full((3, 1), np.nan)}),
        "W1 has entries that are not finite",
    ),
    "sequence input": (spoil(shape=("N", "T", 3)), r"has shape .*: expected \(batch, features\)"),
    "vector input": (spoil(shape=(3,)), r"has shape \[3\]: expected \(batch, features\)"),
    "features": (spoil(shape=("N", 5)), "expected 3 features, the columns of 'W1'"),
    "old opset": (spoil(opset=6), r"opsets \[6\]: expected one, 7 or newer"),
    "defined twice": (
        chain(FIRST, node("Relu", "h", "b2"), node("Gemm", "b2 W2", "y", transB=1)),
        "value 'b2' is defined 2 times",
    ),
    "too many inputs": (chain(node("MatMul", "x W1t b1", "y")), "3 inputs: expected 2 to 2"),
    "external data": (external, "tensor 'W1' is in a file of its own"),
    "sparse": (sparse, "sparse initializers"),
    "constant without a tensor": (
        chain(helper.make_node("Constant", [], ["c"], name="c", value_float=1.0), *GEMM),
        r"node 0 'c' \(Constant\): expected one tensor value",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_refuses_by_name(tmp_path, name):
    make, fault = FAULTS[name]
    with pytest.raises(InputError, match=rf"m\.onnx: .*({fault})"):
        read(tmp_path, make())


def test_float32_alpha_is_exact_with_float32_weights(tmp_path):
    model = make_model([node("Gemm", "x W1", "y", transB=1, alpha=0.3)], dtype=np.float32)
    product = np.float64(np.float32(0.3)) * W1.astype(np.float32).astype(np.float64)
    assert (read(tmp_path, model).weights[0] == product).all()
