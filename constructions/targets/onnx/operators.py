"""The operators of ONNX that are read: on constants they compute, on data they fold into layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from constructions.errors import InputError
from constructions.targets.approximate import Approximate
from constructions.targets.folding import Value, added
from constructions.targets.onnx.node import ROWS, Found, Integers, Node, whole_shape
from constructions.targets.onnx.reshaping import (
    axes_of,
    concat,
    flatten,
    gather,
    reshape,
    shape_of,
    squeeze,
    transpose,
    unsqueeze,
)

_LIMIT = 2**24  # entries of a folded constant


def _pointwise(
    real: Callable[[Approximate, Approximate], Approximate],
    whole: Callable[[Integers, Integers], Integers] | None,
    data: Callable[[Node, Value, Approximate, bool], Value],
    branches: int | None = None,
) -> Callable[[Node], Found]:
    def operator(n: Node) -> Found:
        a, b = n.get(0), n.get(1)
        if isinstance(a, Value) and isinstance(b, Value):
            if branches is None:
                raise InputError("two values that depend on the input: expected a constant")
            n.note("branches that meet, carried side by side")
            return added(a, b if branches > 0 else b.negated())
        if isinstance(a, Value):
            return data(n, a, n.number(1), False)
        if isinstance(b, Value):
            return data(n, b, n.number(0), True)
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and whole is not None:
            if (a == ROWS).any() or (b == ROWS).any():
                raise InputError("computes with the number of rows")
            return np.asarray(whole(a, b))
        left, right = n.number(0), n.number(1)
        shape = np.broadcast_shapes(left.shape, right.shape)
        if int(np.prod(shape, dtype=object)) > _LIMIT:
            raise InputError(f"a constant of shape {shape}: expected at most {_LIMIT} entries")
        return real(left.broadcast(shape), right.broadcast(shape))

    return operator


def _vector(value: Value, constant: Approximate) -> tuple[Value, Approximate]:
    """Return a constant repeated to the size of the value, and the value with a size."""
    shape = constant.shape
    if value.shape is None:
        value = value.sized(int(shape[-1]) if shape and shape[-1] > 1 else 0)
        if not value.size:
            raise InputError("expected a declared shape of the input")
    whole = tuple(1 if size == ROWS else size for size in whole_shape(value))
    try:
        fits = np.broadcast_shapes(shape, whole) == whole
    except ValueError:
        fits = False
    if not fits:
        raise InputError(f"a constant of shape {shape}: expected one for features {value.shape}")
    return value, constant.broadcast(whole).reshape(-1)


def _add(n: Node, value: Value, constant: Approximate, swapped: bool) -> Value:
    value, c = _vector(value, constant)
    return value.plus(c) if c.mid.any() or c.rad.any() else value


def _subtract(n: Node, value: Value, constant: Approximate, swapped: bool) -> Value:
    value, c = _vector(value, constant)
    if swapped:
        value, c = value.negated(), -c
    return _add(n, value, -c.reshape(*(value.shape or ())), False)


def _multiply(n: Node, value: Value, constant: Approximate, swapped: bool) -> Value:
    if constant.exact and (constant.mid == 1).all():
        return value
    value, s = _vector(value, constant)
    n.note("scaling by constants, folded into a layer")
    return value.times(s)


def _divide(n: Node, value: Value, constant: Approximate, swapped: bool) -> Value:
    if swapped:
        raise InputError("divides by what depends on the input")
    one = Approximate.exactly(np.ones(constant.shape))
    return _multiply(n, value, one / constant, False)


def _gemm(n: Node) -> Found:
    W, x = n.number(1), n.data()
    if n.attribute("transA", 0):
        raise InputError("transA = 1: expected 0")
    W = _matrix(W) if n.attribute("transB", 0) else _transposed(W)
    if x.shape is not None and any(d != 1 for d in x.shape[:-1]):
        raise InputError(f"features {x.shape}: expected them in one row; flatten them first")
    alpha, beta = float(n.attribute("alpha", 1.0)), float(n.attribute("beta", 1.0))
    if alpha != 1:
        W = W * Approximate.exactly(np.full(W.shape, alpha))
    value = _linear(n, x, W, W.shape[:1])
    if n.get(2) is None:
        return value
    b = n.number(2)
    if beta != 1:
        b = b * Approximate.exactly(np.full(b.shape, beta))
    return _add(n, value, b, False)


def _matmul(n: Node) -> Found:
    a, b = n.get(0), n.get(1)
    if isinstance(a, Value) and isinstance(b, Value):
        raise InputError("multiplies two values that depend on the input")
    if isinstance(a, Value):
        W = _matrix(n.number(1))
        shape = (*(a.shape or (W.shape[0],))[:-1], W.shape[1])
        if any(d != 1 for d in shape[:-1]):
            raise InputError(f"features {a.shape}: expected them in one row; flatten them first")
        return _linear(n, a, _transposed(W), shape)
    if isinstance(b, Value):
        W = _matrix(n.number(0))
        if (
            b.batch
            or b.shape is None
            or len(b.shape) > 2
            or (len(b.shape) == 2 and b.shape[1] != 1)
        ):
            raise InputError("a matrix times the data: expected the data as one column")
        return _linear(n, b, W, (W.shape[0], *b.shape[1:]))
    return n.number(0) @ n.number(1)


def _linear(n: Node, value: Value, W: Approximate, shape: tuple[int, ...]) -> Value:
    value = value.sized(W.shape[1])
    result = value.linear(W, shape)
    if value.doubles:
        apart = len(result.layers) > len(value.layers)
        n.note(
            "two linear layers in a row, kept apart by z = σ(z) − σ(−z)"
            if apart
            else "two linear layers in a row, multiplied"
        )
    return result


def _matrix(W: Approximate) -> Approximate:
    if len(W.shape) != 2:
        raise InputError(f"a constant of shape {W.shape}: expected a matrix")
    return W


def _transposed(W: Approximate) -> Approximate:
    return _matrix(W).moved(np.transpose)


def _relu(n: Node) -> Found:
    x = n.get(0)
    if isinstance(x, Value):
        return x.relu()
    c = n.number(0)
    return Approximate(np.maximum(c.mid, 0.0), c.rad)


def _leaky(n: Node) -> Found:
    x = n.data()
    if n.node.op_type == "PRelu":
        slope = n.number(1)
    else:
        slope = Approximate.exactly(float(n.attribute("alpha", np.float32(0.01))))
    x, slope = _vector(x, slope)
    n.note(f"{n.node.op_type}: σ(z) − a·σ(−z), a layer of twice the width")
    return x.leaky(slope)


def _maximum(n: Node) -> Found:
    values = [v for v in n.inputs if isinstance(v, Value)]
    zero = [i for i, v in enumerate(n.inputs) if not isinstance(v, Value)]
    if len(values) != 1 or any(n.number(i).mid.any() or n.number(i).rad.any() for i in zero):
        raise InputError("expected the maximum with 0")
    return values[0].relu()


def _clip(n: Node) -> Found:
    x, low, high = n.data(), n.attribute("min", None), n.attribute("max", None)
    if low is None and n.get(1) is not None:
        low = float(n.number(1).mid)
    if high is None and n.get(2) is not None:
        high = float(n.number(2).mid)
    if low != 0 or (high is not None and high < 3e38):
        raise InputError(f"between {low} and {high}: expected 0 and no upper end, which is a Relu")
    return x.relu()


def _negate(n: Node) -> Found:
    x = n.get(0)
    if isinstance(x, np.ndarray):
        return -x
    return x.negated() if isinstance(x, Value) else -n.number(0)


def _same(n: Node) -> Found:
    value = n.get(0)
    if value is None:
        raise InputError("reads nothing")
    return value


def _cast(n: Node) -> Found:
    types = n.onnx.TensorProto
    value, to = n.get(0), n.attribute("to", types.FLOAT)
    if isinstance(value, np.ndarray):
        floats = (types.FLOAT, types.DOUBLE, types.FLOAT16, types.BFLOAT16)
        return Approximate.exactly(value) if to in floats else value
    if to not in (types.FLOAT, types.DOUBLE):
        raise InputError("a cast that rounds: expected FLOAT or DOUBLE")
    if isinstance(value, Approximate) and to == types.FLOAT:
        near = value.mid.astype(np.float32).astype(np.float64)
        if (near != value.mid).any() or not value.exact:
            raise InputError("a cast that rounds a constant to FLOAT")
    return _same(n)


def _dropout(n: Node) -> Found:
    mode = n.get(2)
    if mode is not None and (not isinstance(mode, np.ndarray) or mode.any()):
        raise InputError("training mode: export the model for inference")
    return _same(n)


def _normalize(n: Node) -> Found:
    x = n.data()
    if n.attribute("training_mode", 0):
        raise InputError("training mode: export the model for inference")
    gamma, beta, mean, variance = (n.number(i) for i in range(1, 5))
    x = x.sized(gamma.shape[0])
    shape = x.shape or ()
    channels = shape[0] if x.batch and shape else 0
    if gamma.shape != (channels,):
        raise InputError(f"{gamma.shape[0]} channels: expected features (channels, …) in rows")
    epsilon = Approximate.exactly(
        np.full(gamma.shape, float(n.attribute("epsilon", np.float32(1e-5))))
    )
    scale = gamma / (variance + epsilon).sqrt()
    shift = beta - mean * scale
    wide = (channels, *(1,) * (len(shape) - 1))
    n.note("BatchNormalization, folded into a layer")
    _, s = _vector(x, scale.reshape(*wide))
    _, c = _vector(x, shift.reshape(*wide))
    return x.times(s).plus(c)


def _sqrt(n: Node) -> Found:
    return n.number(0).sqrt()


def _power(n: Node) -> Found:
    c, exponent = n.number(0), n.get(1)
    power = exponent.mid if isinstance(exponent, Approximate) else exponent
    if not isinstance(power, np.ndarray) or not (power == 2).all():
        raise InputError("expected the square of a constant")
    return c * c


def _sum_of(n: Node, values: Approximate) -> Approximate:
    axes = axes_of(n, 1)
    if axes is None:
        axes = list(range(len(values.shape)))
    keep = bool(n.attribute("keepdims", 1))
    for axis in sorted((a % len(values.shape) for a in axes), reverse=True):
        mid, rad = np.moveaxis(values.mid, axis, 0), np.moveaxis(values.rad, axis, 0)
        total = Approximate.exactly(np.zeros(mid.shape[1:]))
        for m, r in zip(mid, rad, strict=True):
            total = total + Approximate(m, r)
        values = total.moved(partial(np.expand_dims, axis=axis)) if keep else total
    return values


def _reduce_sum(n: Node) -> Found:
    return _sum_of(n, n.number(0))


def _norm(n: Node) -> Found:
    c = n.number(0)
    return _sum_of(n, c * c).sqrt()


@dataclass(frozen=True)
class Operator:
    """What a node of one kind does, how many inputs it takes, and its attributes."""

    apply: Callable[[Node], Found]
    least: int = 1
    most: int = 1
    attributes: tuple[str, ...] = ()

    def check(self, node: Any, onnx: Any) -> None:
        """Raise InputError for a node that the operator's definition does not allow."""
        count = len(node.input)
        if not self.least <= count <= self.most or not node.output or not node.output[0]:
            raise InputError(f"{count} inputs: expected {self.least} to {self.most}, and an output")
        for a in node.attribute:
            value = onnx.helper.get_attribute_value(a)
            numbers = value if isinstance(value, list) else [value]
            if a.name not in self.attributes:
                known = ", ".join(self.attributes) or "none"
                raise InputError(f"attribute {a.name!r}: expected {known}")
            if not all(isinstance(number, int | float) for number in numbers):
                raise InputError(f"attribute {a.name!r} = {value!r}: expected a number")


OPERATORS: dict[str, Operator] = {
    "Gemm": Operator(_gemm, 2, 3, ("alpha", "beta", "transA", "transB")),
    "MatMul": Operator(_matmul, 2, 2),
    "Add": Operator(_pointwise(lambda a, b: a + b, lambda a, b: a + b, _add, 1), 2, 2),
    "Sub": Operator(_pointwise(lambda a, b: a - b, lambda a, b: a - b, _subtract, -1), 2, 2),
    "Mul": Operator(_pointwise(lambda a, b: a * b, lambda a, b: a * b, _multiply), 2, 2),
    "Div": Operator(_pointwise(lambda a, b: a / b, None, _divide), 2, 2),
    "Neg": Operator(_negate),
    "Relu": Operator(_relu),
    "LeakyRelu": Operator(_leaky, 1, 1, ("alpha",)),
    "PRelu": Operator(_leaky, 2, 2),
    "Max": Operator(_maximum, 2, 8),
    "Clip": Operator(_clip, 1, 3, ("min", "max")),
    "BatchNormalization": Operator(
        _normalize, 5, 5, ("epsilon", "momentum", "training_mode", "spatial")
    ),
    "Identity": Operator(_same),
    "Dropout": Operator(_dropout, 1, 3, ("ratio", "seed")),
    "Cast": Operator(_cast, 1, 1, ("to", "saturate")),
    "Reshape": Operator(reshape, 1, 2, ("shape", "allowzero")),
    "Flatten": Operator(flatten, 1, 1, ("axis",)),
    "Squeeze": Operator(squeeze, 1, 2, ("axes",)),
    "Unsqueeze": Operator(unsqueeze, 1, 2, ("axes",)),
    "Transpose": Operator(transpose, 1, 1, ("perm",)),
    "Shape": Operator(shape_of),
    "Gather": Operator(gather, 2, 2, ("axis",)),
    "Concat": Operator(concat, 1, 99, ("axis",)),
    "Sqrt": Operator(_sqrt),
    "Pow": Operator(_power, 2, 2),
    "ReduceSum": Operator(_reduce_sum, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "ReduceL2": Operator(_norm, 1, 2, ("axes", "keepdims", "noop_with_empty_axes")),
    "Constant": Operator(_same),
}
