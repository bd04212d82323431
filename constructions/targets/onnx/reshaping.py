"""The operators of ONNX that move numbers and change none: each row keeps its features in order."""

from __future__ import annotations

import functools

import numpy as np

from constructions.errors import InputError
from constructions.targets.approximate import Approximate
from constructions.targets.folding import Value, concatenated
from constructions.targets.onnx.node import ROWS, Found, Node, whole_shape


def reshape(n: Node) -> Found:
    """Return the input in a constant shape that keeps rows apart."""
    value = n.get(0)
    wanted = n.integers(1) if n.get(1) is not None else np.asarray(n.attribute("shape", []))
    target = [int(s) for s in wanted]
    if not isinstance(value, Value):
        if ROWS in target:
            raise InputError("a constant with as many rows as the input")
        return n.moved(
            lambda x: x.reshape([x.shape[i] if s == 0 else s for i, s in enumerate(target)])
        )
    if value.shape is None:
        known = [s for s in target[1:] if s > 0]
        if len(target) == 2 and target[0] in (0, -1, 1, ROWS) and known:
            return value.sized(known[0]).reshaped((known[0],), True)
        if len(target) == 2 and target[1] == -1:
            return value
        raise InputError(f"to {target}: expected a declared shape of the input")
    size, whole = value.size or 0, whole_shape(value)
    target = [whole[i] if s == 0 and i < len(whole) else s for i, s in enumerate(target)]
    for batch in (True, False) if value.batch else (False,):
        features = target[1:] if batch else target
        if (batch and target[:1] not in ([ROWS], [-1], [1])) or ROWS in features:
            continue
        rest = int(np.prod([s for s in features if s != -1], dtype=object))
        if features.count(-1) == 1 and target.count(-1) == 1 and rest > 0:
            features = [size // rest if s == -1 else s for s in features]
        if -1 not in features and int(np.prod(features, dtype=object)) == size:
            return value.reshaped(tuple(features), batch)
    shown = ["rows" if s == ROWS else s for s in target]
    raise InputError(f"to {shown}: expected a shape that keeps each row's {size} features")


def flatten(n: Node) -> Found:
    """Return each row as one vector."""
    value, axis = n.get(0), int(n.attribute("axis", 1))
    if not isinstance(value, Value):
        return n.moved(lambda x: x.reshape(int(np.prod(x.shape[:axis])), -1))
    if value.shape is None:
        if axis in (1, -1):
            return value
        raise InputError(f"axis = {axis}: expected 1")
    rank = len(value.shape) + value.batch
    axis = axis + rank if axis < 0 else axis
    before = value.shape[: max(axis - value.batch, 0)]
    if value.batch and axis >= 1 and int(np.prod(before)) == 1:
        return value.reshaped((value.size or 0,), True)
    if not value.batch:
        rows = int(np.prod(before))
        return value.reshaped((rows, (value.size or 0) // rows), False)
    raise InputError(f"axis = {axis}: expected one that keeps each row's features together")


def axes_of(n: Node, place: int) -> list[int] | None:
    """Return the axes, an input or an attribute; None where all are meant."""
    if n.get(place) is not None:
        return [int(a) for a in n.integers(place).reshape(-1)]
    axes = n.attribute("axes", None)
    return None if axes is None else [int(a) for a in axes]


def squeeze(n: Node) -> Found:
    """Return the input without axes of size 1."""
    value, axes = n.get(0), axes_of(n, 1)
    if not isinstance(value, Value):
        return n.moved(lambda x: np.squeeze(x, None if axes is None else tuple(axes)))
    whole = whole_shape(value)
    chosen = [i for i, s in enumerate(whole) if s == 1] if axes is None else axes
    chosen = [a + len(whole) if a < 0 else a for a in chosen]
    if any(not 0 <= a < len(whole) or whole[a] not in (1, ROWS) for a in chosen):
        raise InputError(f"axes {chosen} of features {value.shape}: expected axes of size 1")
    kept = [s for i, s in enumerate(whole) if i not in chosen]
    batch = ROWS in kept
    return value.reshaped(tuple(s for s in kept if s != ROWS), batch)


def unsqueeze(n: Node) -> Found:
    """Return the input with more axes of size 1."""
    value, axes = n.get(0), axes_of(n, 1) or []
    if not isinstance(value, Value):
        return n.moved(lambda x: np.expand_dims(x, tuple(axes)))
    whole = list(whole_shape(value))
    rank = len(whole) + len(axes)
    for axis in sorted(a + rank if a < 0 else a for a in axes):
        whole.insert(axis, 1)
    if value.batch and whole[0] != ROWS:
        raise InputError(f"axes {axes}: expected the rows to stay in front")
    return value.reshaped(tuple(s for s in whole if s != ROWS), value.batch)


def transpose(n: Node) -> Found:
    """Return the axes in another order; of data, only axes of size 1 may move."""
    value = n.get(0)
    perm = n.attribute("perm", None)
    if not isinstance(value, Value):
        return n.moved(lambda x: np.transpose(x, perm))
    whole = whole_shape(value)
    perm = list(perm) if perm is not None else list(range(len(whole)))[::-1]
    moved = [whole[a] for a in perm]
    order = [a for a in perm if whole[a] != 1]
    if order != sorted(order) or (value.batch and moved[0] != ROWS):
        raise InputError(f"perm = {perm}: expected one that keeps the order of the features")
    return value.reshaped(tuple(s for s in moved if s != ROWS), value.batch)


def shape_of(n: Node) -> Found:
    """Return the shape as integers, ROWS for the number of rows."""
    value = n.get(0)
    if isinstance(value, Value):
        return np.asarray(whole_shape(value), dtype=np.int64)
    shape = value.shape if isinstance(value, np.ndarray) else n.number(0).shape
    return np.asarray(shape, dtype=np.int64)


def gather(n: Node) -> Found:
    """Return some entries of a constant."""
    if isinstance(n.get(0), Value):
        raise InputError("picks features: expected the layers to do so")
    axis, index = int(n.attribute("axis", 0)), n.integers(1)
    return n.moved(lambda x: np.take(x, index, axis=axis))


def concat(n: Node) -> Found:
    """Return constants in a row."""
    axis = int(n.attribute("axis", 0))
    values = [v for v in n.inputs if isinstance(v, Value)]
    if values:
        if len(values) < len(n.inputs) or any(len(v.shape or ()) != 1 for v in values):
            raise InputError("expected values of one axis that all depend on the input")
        if axis not in (-1, 1 if values[0].batch else 0):
            raise InputError(f"axis = {axis}: expected the features'")
        n.note("branches that meet, carried side by side")
        return functools.reduce(concatenated, values)
    if all(isinstance(v, np.ndarray) for v in n.inputs):
        return np.concatenate([n.integers(i) for i in range(len(n.inputs))], axis=axis)
    parts = [n.number(i) for i in range(len(n.inputs))]
    return Approximate(
        np.concatenate([p.mid for p in parts], axis=axis),
        np.concatenate([p.rad for p in parts], axis=axis),
    )
