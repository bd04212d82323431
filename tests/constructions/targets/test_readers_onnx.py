"""ONNX: chains as exporters write them, against ONNX's reference evaluator; all else by name."""

from __future__ import annotations

import gzip
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.targets.readers import load_target
from constructions.targets.target import Ball
from tests.constructions.targets.onnx_models import (
    B1,
    CONSTANTS,
    DOUBLE,
    FIRST,
    GEMM,
    RELU,
    RNG,
    W1,
    W2,
    constant,
    external,
    helper,
    make_model,
    node,
    onnx,
    read,
)
from tests.strategies import matrices

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


FOLDED = {
    "two linear layers": [node("Gemm", "x W1 b1", "h", transB=1), node("MatMul", "h W2t", "y")],
    "a last Relu": [node("Gemm", "x W1 b1", "h", transB=1), node("Relu", "h", "y")],
    "a first Relu": [node("Relu", "x", "h"), node("Gemm", "h W1", "y", transB=1)],
    "Relu twice": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        node("Relu", "r", "s"),
        node("MatMul", "s W2t", "y"),
    ],
    "shifted and scaled input": [
        constant("mean", B1[:3]),
        constant("deviation", np.array([3.0, 0.7, 11.0])),
        node("Sub", "x mean", "c"),
        node("Div", "c deviation", "n"),
        *(node("Gemm", "n W1 b1", "h", transB=1), node("Relu", "h", "r")),
        node("MatMul", "r W2t", "y"),
    ],
    "two biases, one subtracted": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Add", "h b1", "i"),
        constant("c", 3 * B1),
        node("Sub", "c i", "y"),
    ],
    "Neg and scaling behind a ReLU": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        node("Neg", "r", "m"),
        node("Mul", "m b1", "s"),
        node("MatMul", "s W2t", "y"),
    ],
    "Max and Clip for Relu": [
        constant("zero", np.array(0.0)),
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Max", "zero h", "r"),
        node("Gemm", "r W2 b2", "i", transB=1),
        node("Clip", "i zero", "y"),
    ],
    "batch normalization": [
        node("Gemm", "x W1 b1", "h", transB=1),
        constant("scale", B1),
        constant("variance", np.abs(B1) + 0.1),
        node("BatchNormalization", "h scale b1 b1 variance", "n", epsilon=0.01),
        node("Relu", "n", "r"),
        node("MatMul", "r W2t", "y"),
    ],
    "weight norm": [
        constant("two", np.array(2.0)),
        node("Pow", "W1 two", "squares"),
        constant("axes", np.array([1])),
        node("ReduceSum", "squares axes", "sums", keepdims=1),
        node("Sqrt", "sums", "norms"),
        node("Div", "W1 norms", "directions"),
        node("Gemm", "x directions b1", "y", transB=1),
    ],
    "constants reshaped": [
        constant("flat", W1.reshape(-1)),
        constant("shape", np.array([4, -1])),
        node("Reshape", "flat shape", "W"),
        node("Transpose", "W", "Wt"),
        node("Cast", "Wt", "Wc", to=DOUBLE),
        node("Identity", "Wc", "Wi"),
        node("MatMul", "x Wi", "y"),
    ],
    "a view by the number of rows": [
        node("Shape", "x", "s"),
        constant("first", np.array(0)),
        node("Gather", "s first", "rows"),
        constant("axis", np.array([0])),
        node("Unsqueeze", "rows axis", "r1"),
        constant("rest", np.array([-1])),
        node("Concat", "r1 rest", "shape", axis=0),
        node("Reshape", "x shape", "f"),
        node("Gemm", "f W1 b1", "y", transB=1),
    ],
    "leaky": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("LeakyRelu", "h", "r", alpha=0.25),
        node("Gemm", "r W2 b2", "i", transB=1),
        constant("slopes", np.array([0.5, -2.0])),
        node("PRelu", "i slopes", "y"),
    ],
    "a residual": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        constant("W3", W1.T),
        node("Gemm", "r W3", "s", transB=1),
        node("Add", "x s", "t"),
        node("Gemm", "t W1 b1", "y", transB=1),
    ],
    "a residual around two layers, subtracted": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        constant("W4", np.tril(np.ones((4, 4)))),
        node("Gemm", "r W4 b1", "s", transB=1),
        node("Relu", "s", "t"),
        node("Gemm", "t W4", "u", transB=1),
        node("Sub", "r u", "v"),
        node("Add", "v h", "w"),
        node("Relu", "w", "z"),
        node("Gemm", "z W2 b2", "y", transB=1),
    ],
    "branches of one depth": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        node("Neg", "x", "m"),
        node("Gemm", "m W1 b1", "g", transB=1),
        node("Relu", "g", "s"),
        node("Concat", "r s x", "c", axis=1),
        constant("W11", np.arange(22.0).reshape(2, 11)),
        node("Gemm", "c W11", "y", transB=1),
    ],
    "a value added to itself": [
        node("Gemm", "x W1 b1", "h", transB=1),
        node("Relu", "h", "r"),
        node("Add", "r r", "y"),
    ],
    "a dead node": [node("Tanh", "x", "dead"), node("Gemm", "x W1 b1", "y", transB=1)],
}


@pytest.mark.parametrize("name", FOLDED)
def test_folds_to_what_the_reference_evaluator_computes(tmp_path, name):
    from onnx.reference import ReferenceEvaluator

    model = make_model(FOLDED[name])
    onnx.checker.check_model(model)
    x = RNG.standard_normal((20, 3))
    (expected,) = ReferenceEvaluator(model).run(None, {"x": x})
    target = read(tmp_path, model)
    np.testing.assert_allclose(target(x), expected, atol=1e-12)
    inexact = {"shifted and scaled input", "batch normalization", "weight norm",
               "Neg and scaling behind a ReLU"}  # fmt: skip
    assert bool(target.reading_error) == (name in inexact)
    assert target.reading_error < 1e-13


def test_layers_whose_product_is_not_exact_are_kept_apart(tmp_path):
    """1.1·1.1 needs 106 bits: z = σ(z) − σ(−z) goes between, exactly. 1.5·1.5 is multiplied."""
    for w, dims in ((1.1, (1, 2, 1)), (1.5, (1, 1))):
        W = np.array([[w]])
        model = make_model([node("MatMul", "x W", "h"), node("MatMul", "h W", "y")], {"W": W},
                           shape=("N", 1))  # fmt: skip
        target = read(tmp_path, model)
        assert target.dims == dims
        assert target.reading_error == 0
        assert any("two linear layers in a row" in note for note in target.notes)
        np.testing.assert_allclose(target([[2.0], [-2.0]]), [[2 * w * w], [-2 * w * w]])


@pytest.mark.parametrize(
    "tail",
    [
        [node("Softmax", "z", "y")],
        [node("Sigmoid", "z", "y")],
        [node("LogSoftmax", "z", "p"), node("ArgMax", "p", "y")],
        [node("Softmax", "z", "p"), constant("one", np.array(1.0)), node("Sub", "one p", "y")],
    ],
)
def test_the_target_ends_at_the_logits(tmp_path, tail):
    logits = [FIRST, RELU, node("Gemm", "r W2", "z", transB=1)]
    target = read(tmp_path, make_model([*logits, *tail]))
    x = RNG.standard_normal((5, 3))
    plain = read(tmp_path, make_model([*logits, node("Identity", "z", "y")]))
    assert (target(x) == plain(x)).all()
    assert any("left out: the target is what it reads" in note for note in target.notes)


def test_a_column_is_multiplied_from_the_left(tmp_path):
    model = make_model([node("MatMul", "W1 x", "h"), node("Relu", "h", "r"),
                        node("MatMul", "W2 r", "y")], shape=(3, 1))  # fmt: skip
    assert read(tmp_path, model).dims == (3, 4, 2)


def test_external_data_beside_the_model(tmp_path):
    model = external()
    (tmp_path / "weights.bin").write_bytes(W1.tobytes())
    assert (read(tmp_path, model).weights[0][:4, :3] == W1).all()


def test_a_zipped_model(tmp_path):
    data = make_model(GEMM).SerializeToString()
    (tmp_path / "m.onnx.gz").write_bytes(gzip.compress(data))
    assert (load_target(tmp_path / "m.onnx.gz").weights[0][:4, :3] == W1).all()
    (tmp_path / "bomb.onnx.gz").write_bytes(gzip.compress(bytes(2**26 + 1)))
    with pytest.raises(InputError, match="unpacks to more than 67108864 bytes"):
        load_target(tmp_path / "bomb.onnx.gz")
    (tmp_path / "no.onnx.gz").write_bytes(data)
    with pytest.raises(InputError, match="cannot be unpacked"):
        load_target(tmp_path / "no.onnx.gz")


def test_what_reading_rounds_is_taken_from_eps(tmp_path):
    target = read(tmp_path, make_model(FOLDED["batch normalization"]))
    lost = target.reading_error
    assert Decimal("0.01") - 2 * lost < target.eps_left(Decimal("0.01")) < Decimal("0.01")
    with pytest.raises(InputError, match="constants folded into the layers were rounded"):
        target.eps_left(lost)


def test_the_reading_error_bounds_what_was_rounded(tmp_path):
    """x/3 is read as x·w with a float64 w: at x = R they differ by exactly R·|w − 1/3|."""
    nodes = [
        constant("three", np.array([3.0])),
        node("Div", "x three", "n"),
        node("MatMul", "n W", "y"),
    ]
    target = read(tmp_path, make_model(nodes, {"W": np.array([[1.0]])}, shape=("N", 1)))
    target = target.with_domain(Ball(8))
    true = 8 * abs(Fraction(float(target.weights[0][0, 0])) - Fraction(1, 3))
    assert 0 < true <= Fraction(target.reading_error) < 3 * true


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
        with pytest.raises(InputError, match=r"\(Dropout\): training mode: export"):
            read(tmp_path, make_model(nodes))
    else:
        assert read(tmp_path, make_model(nodes)).dims == (3, 4, 2)


def test_float32_alpha_is_exact_with_float32_weights(tmp_path):
    model = make_model([node("Gemm", "x W1", "y", transB=1, alpha=0.3)], dtype=np.float32)
    product = np.float64(np.float32(0.3)) * W1.astype(np.float32).astype(np.float64)
    assert (read(tmp_path, model).weights[0] == product).all()
