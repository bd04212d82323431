"""Readers: trained networks in files, or in scikit-learn, as a TargetNetwork.

Every reader widens all values exactly to float64, and refuses by name whatever is not a chain of
linear layers with a ReLU between each two: a ticket for something else would certify nothing.
Pickled models are not read, because to unpickle is to run the file's code.
"""

from __future__ import annotations

import gzip
import importlib
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError
from constructions.targets.target import Domain, TargetNetwork

FilePath = str | PathLike[str]
Array = NDArray[Any]

_TORCH = "convert it: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
_SKLEARN = "load it and use pmone.read(model)"
_PICKLES = {".joblib": _SKLEARN, ".pkl": _SKLEARN, ".pickle": _SKLEARN} | dict.fromkeys(
    (".pt", ".pth", ".bin", ".ckpt"), _TORCH
)
_UNZIPPED = 2**26  # bytes that an .onnx.gz may unpack to, or a hundred times its size
_LFS = b"version https://git-lfs.github.com/spec/"
_MAX_STEPS = 100_000  # of the search for the order of a state dict's layers


def load_target(path: FilePath, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in a file, read by the reader for its suffix.

    Parameters
    ----------
    path : a file .npz (:func:`from_npz`), .onnx (:func:`from_onnx`) or .safetensors
        (:func:`from_safetensors`), or .onnx.gz
    domain : where the approximation is to hold; the unit ball unless given

    Raises
    ------
    InputError naming path, tensor or node, and fault; ImportError if the reader's package is not
    installed; OSError as usual, e.g. FileNotFoundError

    >>> load_target("model.pkl")
    Traceback (most recent call last):
    constructions.errors.InputError: model.pkl: a .pkl file is a pickle, which runs code when \
read; where you trust it, load it and use pmone.read(model)
    """
    if str(path).lower().endswith(".onnx.gz"):
        return _from_onnx(path, _unzipped(path), domain)
    suffix = Path(path).suffix.lower()
    if suffix in _PICKLES:
        raise InputError(
            f"{path}: a {suffix} file is a pickle, which runs code when read; where you trust it, "
            + _PICKLES[suffix]
        )
    if suffix not in _READERS:
        expected = ", ".join(_READERS)
        raise InputError(f"{path}: unknown suffix {suffix!r}: expected one of {expected}")
    return _READERS[suffix](path, domain=domain)


def from_npz(path: FilePath, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in a NumPy archive: matrices W1…Wl, and any of the biases b1…bl.

    W_i has shape (d_i, d_{i−1}) and b_i length d_i; a layer without b_i has no bias. The real
    function meant is x ↦ W_l σ(… σ(W_1 x + b_1) …) + b_l. Raises as :func:`load_target`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "target.npz"
    >>> np.savez(file, W1=[[0.5, -0.25]], b1=[1.0], W2=[[1.0]])
    >>> from_npz(file)([1.0, 2.0])
    array([1.])
    """
    data = _bytes_of(path)
    with _parsing(path, "a NumPy archive"):
        archive = np.load(io.BytesIO(data), allow_pickle=False)
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise InputError(f"{path}: expected a NumPy archive (.npz), not a single array")
    for name in archive.files:
        if not re.fullmatch(r"[Wb][1-9][0-9]{0,5}", name):
            raise InputError(f"{path}: unknown array {name!r}: expected W1…Wl and b1…bl")
        if archive.files.count(name) > 1:
            raise InputError(f"{path}: more than one array {name!r}")
    depth = max((int(name[1:]) for name in archive.files), default=1)
    missing = [f"W{i}" for i in range(1, depth + 1) if f"W{i}" not in archive.files]
    if missing:
        raise InputError(f"{path}: no array {missing[0]!r}: expected W1…W{depth}")
    arrays: dict[str, Array] = {}
    for name in archive.files:
        with _parsing(path, f"array {name!r}"):
            arrays[name] = archive[name]
        if not isinstance(arrays[name], np.ndarray):
            raise InputError(f"{path}: {name!r} is not an array in NumPy's format")
    weights = [arrays[f"W{i}"] for i in range(1, depth + 1)]
    biases = [arrays.get(f"b{i}") for i in range(1, depth + 1)]
    return _network(path, weights, biases, domain)


def from_sklearn(model: Any, *, domain: Domain | None = None) -> TargetNetwork:
    """Return a fitted scikit-learn MLPRegressor or MLPClassifier.

    Its activation must be "relu". A regressor's output is the identity; for a classifier the
    target is the vector of logits, before softmax or the logistic function. Raises InputError
    naming another activation, or a model that is not one of these or not fitted.
    """
    name = type(model).__name__
    try:
        coefs, intercepts = model.coefs_, model.intercepts_
        hidden, out = model.activation, model.out_activation_
    except AttributeError:
        raise InputError(f"{name}: expected a fitted MLPRegressor or MLPClassifier") from None
    if hidden != "relu":
        raise InputError(f"{name}: activation = {hidden!r}: expected 'relu'")
    if out not in ("identity", "softmax", "logistic"):
        raise InputError(
            f"{name}: out_activation_ = {out!r}: expected 'identity', or a classifier's 'softmax' "
            "or 'logistic'"
        )
    return _network(name, [np.asarray(W).T for W in coefs], list(intercepts), domain)


def from_safetensors(path: FilePath, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in a PyTorch-style state dict of linear layers, in safetensors format.

    Tensors are named MODULE.weight, of shape (d_i, d_{i−1}), and MODULE.bias, with types F16,
    BF16, F32 or F64. A state dict does not tell what is between its layers: a ReLU is taken to
    be, and none after the last. Modules whose names differ in numbers alone go in the order of
    the numbers (0, 2, 10; fc1, fc2); otherwise shapes must leave one order only. Needs the package
    safetensors. Raises as :func:`load_target`.
    """
    data = _bytes_of(path)
    deserialize = _extra("safetensors").deserialize
    with _parsing(path, "safetensors data"):
        entries = dict(deserialize(data))
    tensors: dict[str, dict[str, Array]] = {"weight": {}, "bias": {}}
    for name, entry in sorted(entries.items()):  # the library's own order differs from run to run
        module, _, kind = name.rpartition(".")
        shape = tuple(entry["shape"])
        if kind not in tensors or len(shape) != (2 if kind == "weight" else 1):
            raise InputError(
                f"{path}: tensor {name!r} of shape {shape}: expected only linear layers, "
                "MODULE.weight with 2 dimensions and MODULE.bias with 1"
            )
        with _parsing(path, f"tensor {name!r}"):
            tensors[kind][module] = _decode(entry["dtype"], entry["data"]).reshape(shape)
    weights, biases = tensors["weight"], tensors["bias"]
    for module in biases:
        if module not in weights:
            raise InputError(f"{path}: bias of {module!r} without a weight")
    order = _layer_order(path, {module: W.shape for module, W in weights.items()})
    names = [f"{module}.weight".lstrip(".") for module in order]
    return _network(
        path, [weights[m] for m in order], [biases.get(m) for m in order], domain, names
    )


def from_onnx(path: FilePath, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in an ONNX model that is a chain of linear layers and ReLUs.

    The graph is folded: constants through casts, reshapes and arithmetic; normalizations of the
    input, BatchNormalization and scalings into the layers next to them; two linear layers in a row
    are multiplied where float64 holds the product, else kept apart by z = σ(z) − σ(−z). What a
    fold rounds is bounded in ``rounding``, and said in ``notes``. A softmax, argmax or sigmoid at
    the end is left out: the target is the logits. External data lie beside the model. The target
    is the real function of the model's constants: its own rounding is no part of it. Needs the
    package onnx. Raises as :func:`load_target`, with one line for each node that cannot be read.
    """
    return _from_onnx(path, _bytes_of(path), domain)


def _from_onnx(path: FilePath, data: bytes, domain: Domain | None) -> TargetNetwork:
    # Imported here: that module is about ONNX alone.
    from constructions.targets.onnx.graph import Graph

    onnx = _extra("onnx")
    with _parsing(path, "an ONNX model"):
        model = onnx.load_model_from_string(data)
    with _parsing(path, "the graph"):
        graph = Graph(onnx, model, Path(path).parent)
        layers = graph.layers()
    rounding = tuple(
        float(np.hypot(np.linalg.norm(W.rad), 0.0 if b is None else np.linalg.norm(b.rad)))
        * (1 + 2.0**-20)
        for W, b in layers
    )
    rounded = any(rounding)
    notes = [text if n == 1 else f"{text} ({n} times)" for text, n in graph.notes.items()]
    notes += ["some folded constants were rounded; the certificate's eps allows for it"] * rounded
    return _network(
        path,
        [W.mid for W, _ in layers],
        [None if b is None else b.mid for _, b in layers],
        domain,
        rounding=rounding if rounded else (),
        notes=tuple(notes),
    )


def _unzipped(path: FilePath) -> bytes:
    """Return what a .gz file holds; raise InputError for one that unpacks to too much."""
    packed = _bytes_of(path)
    limit = max(_UNZIPPED, 100 * len(packed))
    try:
        with gzip.open(io.BytesIO(packed)) as stream:
            data = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error) as fault:
        raise InputError(f"{path}: malformed; cannot be unpacked ({fault})") from None
    if len(data) > limit:
        raise InputError(f"{path}: unpacks to more than {limit} bytes: unpack it yourself first")
    return data


def _bytes_of(path: FilePath) -> bytes:
    """Return a file's bytes; raise InputError for a Git-LFS pointer, which stands for a file."""
    data = Path(path).read_bytes()
    if data.startswith(_LFS):
        raise InputError(f"{path}: a Git-LFS pointer, not the file itself: run git lfs pull")
    return data


_READERS: dict[str, Callable[..., TargetNetwork]] = {
    ".npz": from_npz,
    ".onnx": from_onnx,
    ".safetensors": from_safetensors,
}


def _network(
    origin: FilePath,
    weights: Sequence[Array],
    biases: Sequence[Array | None],
    domain: Domain | None,
    names: Sequence[str] = (),
    rounding: tuple[float, ...] = (),
    notes: tuple[str, ...] = (),
) -> TargetNetwork:
    """Return the network, telling in an error where it came from and what W_i was called there."""
    try:
        return TargetNetwork.from_layers(weights, biases, domain, rounding=rounding, notes=notes)
    except InputError as fault:
        called = ", ".join(f"W{i} is {name!r}" for i, name in enumerate(names, 1))
        raise InputError(f"{origin}: {fault}" + (f" ({called})" if called else "")) from None


@contextmanager
def _parsing(path: FilePath, what: str) -> Iterator[None]:
    """Turn whatever a library raises on malformed bytes into an InputError.

    The libraries promise no list of exceptions: zipfile, zlib and NumPy alone raise eight kinds.
    """
    try:
        yield
    except InputError as fault:
        raise InputError("\n".join(f"{path}: {line}" for line in str(fault).split("\n"))) from None
    except Exception as fault:
        reason = f"{type(fault).__name__}: {fault}".strip().splitlines()[0]
        raise InputError(f"{path}: malformed; cannot read {what} ({reason})") from fault


def _extra(package: str) -> Any:
    """Return an optional package."""
    try:
        return importlib.import_module(package)
    except ImportError as fault:
        raise ImportError(
            f"reading this file needs the package {package}: pip install 'pmone[readers]'"
        ) from fault


def _decode(dtype: str, data: bytes) -> Array:
    """Return a tensor's little-endian bytes as numbers."""
    if dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    formats = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
    if dtype not in formats:
        raise InputError(f"type {dtype}: expected F16, BF16, F32 or F64")
    return np.frombuffer(data, formats[dtype])


def _layer_order(path: FilePath, shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    """Return the one order in which like names go by their numbers and all shapes chain.

    >>> _layer_order("", {"fc10": (1, 4), "fc2": (4, 4), "fc1": (4, 3)})
    ('fc1', 'fc2', 'fc10')
    """
    listing = ", ".join(f"{name or '(unnamed)'} {shape}" for name, shape in shapes.items())
    groups: dict[str, list[tuple[tuple[int, ...], str]]] = {}
    for name in shapes:
        numbers = tuple(int(n) for n in re.findall("[0-9]+", name))
        groups.setdefault(re.sub("[0-9]+", "#", name), []).append((numbers, name))
    queues = [sorted(group) for group in groups.values()]
    ambiguous = any(a[0] == b[0] for queue in queues for a, b in pairwise(queue))
    found: list[tuple[str, ...]] = []
    stack: list[tuple[tuple[int, ...], tuple[str, ...]]] = [((0,) * len(queues), ())]
    for _ in range(_MAX_STEPS):
        if not stack or len(found) > 1:
            break
        taken, order = stack.pop()
        if len(order) == len(shapes):
            found.append(order)
        for g, queue in enumerate(queues):
            if taken[g] < len(queue):
                name = queue[taken[g]][1]
                if not order or shapes[name][1] == shapes[order[-1]][0]:
                    stack.append(((*taken[:g], taken[g] + 1, *taken[g + 1 :]), (*order, name)))
    else:
        ambiguous = True
    if ambiguous or len(found) > 1:
        raise InputError(
            f"{path}: the order of the layers is ambiguous: expected names that differ in their "
            f"numbers alone, or shapes that leave one order; found {listing}"
        )
    if not found or not shapes:
        raise InputError(
            f"{path}: expected layers in the order of the numbers in their names, each with as "
            f"many columns as the one before has rows; found {listing or 'no weights'}"
        )
    return found[0]
