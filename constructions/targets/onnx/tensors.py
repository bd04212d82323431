"""The tensors of an ONNX model as numbers, those in files beside it included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError

Array = NDArray[Any]
_TYPED = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
_FLOATS = ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16")
_INTEGERS = ("INT64", "INT32", "INT16", "INT8", "UINT8", "UINT16", "UINT32", "BOOL")


def tensor_values(onnx: Any, tensor: Any, folder: Path | None) -> Array:
    """Return a tensor as float64 numbers, or as int64 integers.

    Parameters
    ----------
    onnx : the package
    tensor : an onnx.TensorProto
    folder : of the model, beside which external data lie; None where there is none

    Raises InputError for types that are no numbers, sizes that do not match, two kinds of data at
    once, and external data outside the folder.
    """
    name, types = tensor.name, onnx.TensorProto.DataType
    kind = {number: kind for kind, number in types.items()}.get(tensor.data_type, "UNDEFINED")
    if kind not in _FLOATS + _INTEGERS:
        raise InputError(f"tensor {name!r} has type {kind}: expected {', '.join(_FLOATS)}")
    dims = list(tensor.dims)
    if any(d < 0 for d in dims):
        raise InputError(f"tensor {name!r} has shape {dims}: expected sizes of 0 or more")
    typed = [field for field in _TYPED if len(getattr(tensor, field))]
    external = tensor.data_location == onnx.TensorProto.EXTERNAL
    if len(typed) + bool(tensor.raw_data) + external > 1:
        raise InputError(f"tensor {name!r} holds its data twice: expected once")
    if external:
        tensor = _with_data(onnx, tensor, folder)
    try:
        values = onnx.numpy_helper.to_array(tensor)
    except Exception as fault:
        raise InputError(f"tensor {name!r} of shape {dims} cannot be read ({fault})") from None
    if list(values.shape) != dims:
        raise InputError(f"tensor {name!r} has shape {dims}, and data of shape {values.shape}")
    return np.asarray(values, dtype=np.float64 if kind in _FLOATS else np.int64)


def _with_data(onnx: Any, tensor: Any, folder: Path | None) -> Any:
    """Return the tensor with the bytes of its external file in it."""
    found = {entry.key: entry.value for entry in tensor.external_data}
    location = found.get("location", "")
    where = f"tensor {tensor.name!r}: its data are in {location!r}"
    if folder is None:
        raise InputError(f"{where}: expected the model's file, beside which they lie")
    path = folder / location
    outside = Path(location).is_absolute() or not path.resolve().is_relative_to(folder.resolve())
    if not location or outside:
        raise InputError(f"{where}: expected a file beside the model, in its folder")
    if not path.is_file():
        raise InputError(f"{where}, which is not beside the model: copy it there")
    try:
        offset, length = int(found.get("offset", "0")), int(found.get("length", "-1"))
    except ValueError:
        raise InputError(f"{where}: its offset or length is no number") from None
    size = path.stat().st_size
    if offset < 0 or offset > size or (length >= 0 and offset + length > size):
        raise InputError(f"{where}, which is too short for it")
    with path.open("rb") as stream:
        stream.seek(offset)
        data = stream.read(length if length >= 0 else -1)
    whole = onnx.TensorProto()
    whole.CopyFrom(tensor)
    whole.ClearField("external_data")
    whole.data_location = onnx.TensorProto.DEFAULT
    whole.raw_data = data
    return whole
