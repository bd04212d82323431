"""Altered model files, and what a reader makes of one: a network, or a refusal in a sentence.

What is read is computed once more by another reader of the same bytes: NumPy, safetensors or
onnxruntime. What that reader does not take is counted apart.
"""

from __future__ import annotations

import functools
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import safetensors.numpy

from constructions import InputError, TargetNetwork
from constructions.targets.readers import load_target
from tests.adversarial.choices import Choices, Seeded
from tests.adversarial.edits import edit_array, edit_npy_members, near, places, zipped
from tests.constructions.targets.onnx_models import B1, B2, GEMM, W1, W2, make_model, node

Array = np.ndarray
OPERATORS = ["Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "Neg", "Relu", "LeakyRelu", "Abs",
    "Conv", "Identity", "Flatten", "Dropout", "Transpose", "Reshape", "Sigmoid"]  # fmt: skip
BIAS_AND_SCALE = [
    node("Sub", "x mean", "c"),
    node("MatMul", "c W1t", "a"),
    node("Add", "a b1", "h"),
    node("Relu", "h", "r"),
    node("Gemm", "r W2 b2", "y", transB=1, alpha=0.5),
]
NO_EFFECT = [
    node("Identity", "x", "i"),
    node("Flatten", "i", "f"),
    node("Gemm", "f W1 b1", "h", transB=1),
    node("Relu", "h", "r"),
    node("Dropout", "r", "d"),
    node("Gemm", "d W2 b2", "y", transB=1),
]


@dataclass(frozen=True)
class Model:
    """A file: its bytes and its suffix."""

    data: bytes
    suffix: str


# -- alterations -------------------------------------------------------------------------------


@functools.cache
def chains() -> list[Any]:
    """ONNX models, small, of either precision."""
    constants = {"W1": W1, "b1": B1, "W2": W2, "b2": B2, "W1t": W1.T, "mean": np.ones(3)}
    found = []
    for nodes in (GEMM, BIAS_AND_SCALE, NO_EFFECT):
        read = {name for one in nodes for name in one.input}
        used = {name: A for name, A in constants.items() if name in read}
        for dtype in (np.float64, np.float32):
            made = make_model(nodes, used, dtype=dtype)
            for k, one in enumerate(made.graph.node):
                one.name = f"node {k}"
            found.append(made)
    return found


def model(number: str) -> Model:
    """The altered model of that number."""
    by = Seeded(number)
    made: Model = by.pick([npz, npz, state_dict, chain, chain, chain, nnet])(by)
    return made if by.number(0, 3) else Model(spoiled(by, made.data), made.suffix)


def spoiled(by: Choices, data: bytes) -> bytes:
    """The bytes with some changed, removed, repeated or exchanged."""
    if not data:
        return data
    a, b = sorted((by.number(0, len(data) - 1), by.number(0, len(data) - 1)))
    flipped = data[:a] + bytes([data[a] ^ 1 << by.number(0, 7)]) + data[a + 1 :]
    return by.pick([flipped, flipped, data[:a], data[:a] + data[b:], data[:b] + data[a:], data[b:]])


def npz(by: Choices) -> Model:
    """Matrices and biases under one of three kinds of names."""
    names = by.pick([
        ("W1", "b1", "W2", "b2"),
        ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"),
        ("coefs_0", "intercepts_0", "coefs_1", "intercepts_1"),
    ])  # fmt: skip
    transposed = names[0] == "coefs_0"
    values = (W1.T, B1, W2.T, B2) if transposed else (W1, B1, W2, B2)
    arrays = dict(zip(names, values, strict=True))
    if by.pick([False, True]):
        _, arrays = edit_array(by, ({}, arrays))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    data = buffer.getvalue()
    if by.pick([False, True]):
        with np.load(io.BytesIO(data)) as file:
            held = {f"{name}.npy": _npy(file[name]) for name in file.files}
        data = zipped(edit_npy_members(by, held))
    return Model(data, ".npz")


def _npy(array: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def state_dict(by: Choices) -> Model:
    """A safetensors file with one value of its header altered, or its length."""
    tensors = {"0.weight": W1, "0.bias": B1, "2.weight": W2, "2.bias": B2}
    if by.pick([False, True]):
        tensors = {name: A.astype(np.float32) for name, A in tensors.items()}
    data = safetensors.numpy.save({name: A.copy() for name, A in tensors.items()})
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    path = by.pick(places(header))
    holder = header
    for key in path[:-1]:
        holder = holder[key]
    how = by.pick(["near", "near", "near", "gone", "renamed", "remark", "remark"])
    if how == "remark":
        header["__metadata__"] = {"format": by.pick(["pt", "tf", "", "np"])}
    elif how == "near":
        holder[path[-1]] = near(by, holder[path[-1]])
    elif how == "gone" or isinstance(path[-1], int):
        del holder[path[-1]]
    else:
        other = by.pick(["1.weight", "3.bias", "fc.kernel", "dtype", "__metadata__", ""])
        holder[other] = holder.pop(path[-1])
    text = json.dumps(header).encode()
    size = len(text) + by.pick([0, 0, 0, 0, 1, -1, 2**40])
    return Model(size.to_bytes(8, "little") + text + data[end:], ".safetensors")


def chain(by: Choices) -> Model:
    """An ONNX model with one field of one part altered."""
    made = onnx.ModelProto()
    made.CopyFrom(by.pick(chains()))
    by.pick([_alter_node, _alter_node, _alter_tensor, _alter_tensor, _alter_frame])(by, made)
    return Model(made.SerializeToString(), ".onnx")


def _alter_node(by: Choices, made: Any) -> None:
    graph = made.graph
    k = by.number(0, len(graph.node) - 1)
    one, how = graph.node[k], by.pick(["operator", "input", "output", "drop", "copy", "attribute"])
    names = [x for n in graph.node for x in (*n.input, *n.output)] + ["", "none"]
    if how == "operator":
        one.op_type = by.pick(OPERATORS)
    elif how == "input":
        change = by.pick(["other", "less", "more", "turned"])
        held = list(one.input)
        if change == "other":
            held[by.number(0, len(held) - 1)] = by.pick(names)
        elif change == "less":
            held.pop()
        elif change == "more":
            held.append(by.pick(names))
        else:
            held.reverse()
        one.ClearField("input")
        one.input.extend(held)
    elif how == "output":
        one.output[0] = by.pick(names)
    elif how == "drop":
        del graph.node[k]
    elif how == "copy":
        graph.node.insert(by.number(0, len(graph.node)), one)
    else:
        name = by.pick(["transA", "transB", "alpha", "beta", "axis", "training_mode", "perm"])
        value = by.pick([0, 1, 2, -1, 0.5, -2.0, float("nan"), 1e38, [1, 0], "text"])
        kept = [a for a in one.attribute if a.name != name]
        one.ClearField("attribute")
        one.attribute.extend([*kept, onnx.helper.make_attribute(name, value)])


def _alter_tensor(by: Choices, made: Any) -> None:
    tensors = made.graph.initializer
    one = tensors[by.number(0, len(tensors) - 1)]
    how = by.pick(["dims", "type", "raw", "value", "name", "twice", "drop", "external", "typed"])
    if how == "dims":
        dims = list(one.dims)
        dims = by.pick([dims[::-1], [*dims, 1], [1, *dims], dims[:-1], [d + 1 for d in dims],
            [-d for d in dims], [0, *dims[1:]], [2**40, *dims[1:]]])  # fmt: skip
        one.ClearField("dims")
        one.dims.extend(dims)
    elif how == "type":
        one.data_type = by.number(0, 24)
    elif how == "raw":
        one.raw_data = spoiled(by, one.raw_data)
    elif how == "value":
        held = onnx.numpy_helper.to_array(one).copy()
        held.flat[by.number(0, held.size - 1)] = by.pick([0, -1, 1e-40, 1e30, np.nan, np.inf, 3])
        one.raw_data = held.tobytes()
    elif how == "name":
        one.name = by.pick([t.name for t in tensors] + ["x", "y", "h", ""])
    elif how == "twice":
        tensors.append(one)
    elif how == "drop":
        made.graph.initializer.remove(one)
    elif how == "external":
        one.data_location = onnx.TensorProto.EXTERNAL
        one.external_data.add(key="location", value=by.pick(["w.bin", "../w.bin", "/etc/hostname"]))
    else:
        one.float_data.append(1.0)


def _alter_frame(by: Choices, made: Any) -> None:
    graph = made.graph
    how = by.pick(["opset", "domain", "input", "output", "shape", "type", "function", "version"])
    if how == "opset":
        made.opset_import[0].version = by.number(-1, 30)
    elif how == "domain":
        made.opset_import.add(domain=by.pick(["", "ai.onnx.ml", "com.microsoft"]), version=1)
    elif how == "input":
        by.pick([graph.input.pop, lambda: graph.input.append(graph.input[0])])()
    elif how == "output":
        graph.output[0].name = by.pick([*(o for n in graph.node for o in n.output), "x", "W1", ""])
    elif how == "shape":
        shape = graph.input[0].type.tensor_type.shape
        by.pick([shape.dim.pop, shape.dim.add, lambda: shape.dim.add(dim_value=3)])()
        if len(shape.dim):
            shape.dim[-1].dim_value = by.pick([3, 3, 0, -1, 4, 2**40])
    elif how == "type":
        graph.input[0].type.tensor_type.elem_type = by.number(0, 16)
    elif how == "function":
        made.functions.add(name=by.pick(["Gemm", "Relu", "MatMul"]), domain="")
    else:
        made.ir_version = by.number(0, 20)


def nnet(by: Choices) -> Model:
    """A network in the text form of ACAS Xu, with a word or a line altered."""
    lines = ["// by hand", "2,3,2,4,", "3,4,2,", "0,"]
    lines += ["-1,-1,-1,", "1,1,1,", "0,0,0,0,", "1,1,1,1,"]
    for W, b in ((W1, B1), (W2, B2)):
        lines += [",".join(map(str, row)) + "," for row in W] + [f"{value}," for value in b]
    k = by.number(0, len(lines) - 1)
    how = by.pick(["word", "word", "word", "drop", "twice", "swap"])
    if how == "word":
        words = lines[k].split(",")
        words[by.number(0, len(words) - 1)] = by.pick(
            ["", "0", "-1", "nan", "1e999", "x", "2", "1_0", "99999999999", "٣", " 1", "0.5"]
        )
        lines[k] = ",".join(words)
    elif how == "drop":
        del lines[k]
    elif how == "twice":
        lines.insert(k, lines[k])
    else:
        other = by.number(0, len(lines) - 1)
        lines[k], lines[other] = lines[other], lines[k]
    return Model("\n".join(lines).encode(), ".nnet")


# -- what is read ------------------------------------------------------------------------------


def outcome(file: Model) -> str:
    """What the reader makes of a file; AssertionError if another reader says otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model" + file.suffix)
        path.write_bytes(file.data)
        refusal, target = "", None
        try:
            target = load_target(path)
        except InputError as error:
            refusal = str(error)
    if target is None:
        named = all(line.startswith(str(path)) for line in refusal.splitlines())
        assert named, f"a line that does not name the file: {refusal}"
        return f"{file.suffix} refused"
    features = target.dims[0] - target.homogenized
    x = np.random.default_rng(3).uniform(-1, 1, (4, features))
    try:
        wanted = OTHER[file.suffix](file.data, x)
    except NotTaken:
        return f"{file.suffix} read by ours alone"
    with np.errstate(all="ignore"):
        mine = np.array([target(row) for row in x])
        size = np.array([_size(target, row) for row in x])[:, None]
    alike = np.abs(mine - wanted) <= size * (1e-4 if file.suffix == ".onnx" else 1e-9)
    assert (alike | ~np.isfinite(wanted) | ~np.isfinite(size)).all(), f"{mine} and not {wanted}"
    return f"{file.suffix} read alike"


class NotTaken(Exception):
    """The other reader does not take the file."""


def _size(target: TargetNetwork, x: Array) -> float:
    """How large the numbers on the way are: the network of absolute values."""
    h = np.append(np.abs(x), 1.0) if target.homogenized else np.abs(x)
    for W in target.weights:
        h = np.abs(W) @ h
    return float(h.max(initial=0.0)) + 1e-30


def _of_arrays(arrays: Mapping[str, Array], x: Array) -> Array:
    """The layers in the order of their numbers, ReLU between them."""
    layers: dict[int, dict[str, Array]] = {}
    for name, A in arrays.items():
        number = int("".join(c for c in name if c in "0123456789"))
        kind = "weight" if name[0] in "Wc" or name.endswith(("weight", "kernel")) else "bias"
        flipped = name.startswith("coefs") or name.endswith("kernel")
        layers.setdefault(number, {})[kind] = A.T if flipped else A
    h = x
    for k, (_, layer) in enumerate(sorted(layers.items())):
        h = np.maximum(h, 0) if k else h
        h = h @ layer["weight"].astype(np.float64).T
        h = h + layer["bias"].astype(np.float64).reshape(-1) if "bias" in layer else h
    return h


def _by_numpy(data: bytes, x: Array) -> Array:
    with np.load(io.BytesIO(data)) as file:
        return _of_arrays({name: file[name] for name in file.files}, x)


def _by_safetensors(data: bytes, x: Array) -> Array:
    try:
        return _of_arrays(safetensors.numpy.load(data), x)
    except Exception as error:
        raise NotTaken from error


def _by_onnxruntime(data: bytes, x: Array) -> Array:
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        dtype = {"tensor(double)": np.float64, "tensor(float)": np.float32}[given.type]
        shape = [n if isinstance(n, int) else 1 for n in given.shape]
        rows = [session.run(None, {given.name: row.astype(dtype).reshape(shape)})[0] for row in x]
        return np.array([row.reshape(-1) for row in rows], dtype=np.float64)
    except Exception as error:
        raise NotTaken from error


def _by_nobody(data: bytes, x: Array) -> Array:
    raise NotTaken


OTHER: Mapping[str, Callable[[bytes, Array], Array]] = {
    ".npz": _by_numpy,
    ".safetensors": _by_safetensors,
    ".onnx": _by_onnxruntime,
    ".nnet": _by_nobody,
}
