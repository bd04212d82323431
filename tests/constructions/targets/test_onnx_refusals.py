"""ONNX that is refused: each node by name, all of them at once, with a remedy."""

from __future__ import annotations

import numpy as np
import pytest

from constructions.errors import InputError
from constructions.targets.readers import load_target
from tests.constructions.targets.onnx_models import (
    B1,
    CONSTANTS,
    DOUBLE,
    FIRST,
    GEMM,
    RELU,
    SECOND,
    W1,
    constant,
    external,
    helper,
    make_model,
    node,
    onnx,
    read,
)


def spoil(**options):
    return lambda: make_model(GEMM, **options)


def chain(*nodes, **options):
    return lambda: make_model(list(nodes), CONSTANTS | options.pop("more", {}), **options)


def sparse():
    model = make_model(GEMM)
    model.graph.sparse_initializer.add()
    return model


FAULTS = {
    "another domain": (
        chain(helper.make_node("Relu", ["x"], ["y"], name="mine", domain="org.other")),
        r"node 0 'mine' \(Relu\): no such layer is read of org.other",
    ),
    "a convolution": (
        chain(node("Conv", "x W1", "c"), node("Gemm", "c W1", "y")),
        r"node 0 'the Conv' \(Conv\): no such layer is read: convolutions are not read",
    ),
    "a hidden sigmoid": (
        chain(FIRST, node("Sigmoid", "h", "r"), SECOND),
        r"node 2 'the Gemm' \(Gemm\): a layer behind a Softmax or LogSoftmax or Sigmoid",
    ),
    "attention": (
        chain(FIRST, node("Softmax", "h", "r"), node("MatMul", "r W2t", "y")),
        r"node 2 'the MatMul' \(MatMul\): a layer behind a Softmax",
    ),
    "a value times its sigmoid": (
        chain(FIRST, node("Sigmoid", "h", "s"), node("Mul", "h s", "y")),
        r"node 2 'the Mul' \(Mul\): a value meets what a softmax or sigmoid made",
    ),
    "a gate": (
        chain(FIRST, RELU, node("Mul", "r h", "y")),
        r"node 2 'the Mul' \(Mul\): two values that depend on the input",
    ),
    "squared": (chain(node("Gemm", "x x", "y")), "node 0 .*input 1 is no constant"),
    "no node": (chain(), r"outputs \['y'\]: expected one that depends on the input"),
    "two outputs": (
        spoil(outputs=[helper.make_tensor_value_info(n, DOUBLE, None) for n in "hy"]),
        r"outputs \['h', 'y'\]: expected one that",
    ),
    "two inputs": (
        spoil(inputs=[helper.make_tensor_value_info(n, DOUBLE, ("N", 3)) for n in "xz"]),
        r"inputs \['x', 'z'\]: expected one",
    ),
    "an input of text": (
        spoil(inputs=[helper.make_tensor_value_info("x", onnx.TensorProto.STRING, ("N", 3))]),
        "input 'x' has elements of type STRING: expected numbers",
    ),
    "transA": (chain(node("Gemm", "x W1", "y", transA=1)), "transA = 1: expected 0"),
    "a matrix times rows": (
        chain(node("MatMul", "W1 x", "y")),
        r"\(MatMul\): a matrix times the data: expected the data as one column",
    ),
    "constant first in gemm": (chain(node("Gemm", "W1 x", "y")), "input 1 is no constant"),
    "value as bias": (
        chain(FIRST, RELU, node("Gemm", "W2 W2t r", "y")),
        "input 0 is a constant: expected the data first",
    ),
    "computed bias": (chain(node("Gemm", "x W1 q", "y", transB=1)), "reads 'q', which nothing"),
    "bias of another length": (
        chain(node("Gemm", "x W1 b2", "y", transB=1)),
        r"a constant of shape \(2,\): expected one for features \(4,\)",
    ),
    "bias by sample": (
        chain(node("Gemm", "x W1 b", "y", transB=1), more={"b": B1[:, None]}),
        r"a constant of shape \(4, 1\)",
    ),
    "vector product": (
        chain(node("MatMul", "x v", "y"), more={"v": B1[:3]}),
        r"a constant of shape \(3,\): expected a matrix",
    ),
    "infinite beta": (
        chain(node("Gemm", "x W1 b1", "y", transB=1, beta=float("inf"))),
        "a value beyond the range of float64",
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
        r"\(Flatten\): axis = 0: expected one that keeps",
    ),
    "a reshape that mixes rows": (
        chain(constant("s", np.array([-1, 2])), node("Reshape", "x s", "f"),
              node("Gemm", "f W", "y"), more={"W": B1.reshape(2, 2)}),
        "expected a shape that keeps each row's 3 features",
    ),
    "a transpose of features": (
        chain(node("Transpose", "x", "t", perm=[0, 2, 1]), shape=("N", 2, 3),
              outputs=[helper.make_tensor_value_info("t", DOUBLE, None)]),
        "expected one that keeps the order of the features",
    ),
    "integers": (spoil(dtype=np.int64), "holds integers: expected FLOAT, DOUBLE"),
    "shapes that do not chain": (
        chain(FIRST, RELU, node("Gemm", "r W1", "y", transB=1)),
        r"node 2 'the Gemm' \(Gemm\): 3 columns: expected 4",
    ),
    "not finite": (
        chain(node("Gemm", "x W", "y"), more={"W": np.full((3, 1), np.nan)}),
        "W1 has entries that are not finite",
    ),
    "sequence input": (spoil(shape=("N", "T", 3)), "has shape .*: expected the sizes of features"),
    "features": (spoil(shape=("N", 5)), "3 columns: expected 5"),
    "old opset": (spoil(opset=6), r"opsets \[6\]: expected one, 7 or newer"),
    "defined twice": (
        chain(FIRST, node("Relu", "h", "b2"), node("Gemm", "b2 W2", "y", transB=1)),
        "value 'b2' is defined 2 times",
    ),
    "too many inputs": (chain(node("MatMul", "x W1t b1", "y")), "3 inputs: expected 2 to 2"),
    "external data": (external, "in 'weights.bin', which is not beside the model"),
    "sparse": (sparse, "sparse initializers"),
    "a clip with an upper end": (
        chain(FIRST, constant("a", np.array(0.0)), constant("b", np.array(6.0)),
              node("Clip", "h a b", "r"), SECOND),
        r"\(Clip\): between 0.0 and 6.0",
    ),
    "one divided by the data": (
        chain(constant("c", np.array(1.0)), node("Div", "c x", "i"), node("Gemm", "i W1t", "y")),
        "divides by what depends on the input",
    ),
    "a root of nothing": (
        chain(constant("c", np.zeros(3)), node("Sqrt", "c", "s"), node("Mul", "x s", "i"),
              node("Gemm", "i W1t", "y")),
        r"\(Sqrt\): the root of a number that is not positive",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_refuses_by_name(tmp_path, name):
    make, fault = FAULTS[name]
    with pytest.raises(InputError, match=rf"m\.onnx: .*({fault})"):
        read(tmp_path, make())


def test_all_faults_at_once_one_per_line(tmp_path):
    nodes = [
        node("Tanh", "x", "a"),
        node("Gemm", "a W1", "b", transB=1),
        node("Elu", "b", "y"),
    ]
    with pytest.raises(InputError) as fault:
        read(tmp_path, make_model(nodes))
    lines = str(fault.value).split("\n")
    assert [line.split("(")[1].split(")")[0] for line in lines] == ["Tanh", "Elu"]
    assert all("m.onnx: node" in line for line in lines)


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/hostname"])
def test_external_data_elsewhere_are_not_read(tmp_path, location):
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "weights.bin").write_bytes(W1.tobytes())
    with pytest.raises(InputError, match="expected a file beside the model"):
        read(folder, external(location))


def test_a_local_function_cannot_stand_for_an_operator(tmp_path):
    model = make_model(GEMM)
    function = model.functions.add()
    function.name, function.domain = "Gemm", ""
    with pytest.raises(InputError, match="a local function 'Gemm'"):
        read(tmp_path, model)


def test_data_of_two_kinds_at_once(tmp_path):
    model = make_model(GEMM)
    model.graph.initializer[0].double_data.append(1.0)
    with pytest.raises(InputError, match="tensor 'W1' holds its data twice"):
        read(tmp_path, model)


def test_a_git_lfs_pointer_is_called_that(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(InputError, match=r"a Git-LFS pointer.*git lfs pull"):
        load_target(tmp_path / "m.onnx")
