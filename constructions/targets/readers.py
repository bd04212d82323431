"""Readers: trained networks in files, or in scikit-learn, as a TargetNetwork.

Every reader widens all values exactly to float64, and refuses by name whatever is not a chain of
linear layers with a ReLU between each two: a ticket for something else would certify nothing.
Pickled models are not read, because to unpickle is to run the file's code.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from constructions.archive import load
from constructions.errors import InputError
from constructions.extras import optional
from constructions.targets.folding import Layer
from constructions.targets.state_dict import layers_of
from constructions.targets.target import Domain, TargetNetwork

FilePath = str | PathLike[str]
Array = NDArray[Any]

_TORCH = "convert it: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
_SKLEARN = "load it and use pmone.read(model)"
_PICKLES = {".joblib": _SKLEARN, ".pkl": _SKLEARN, ".pickle": _SKLEARN} | dict.fromkeys(
    (".pt", ".pth", ".bin", ".ckpt"), _TORCH
)
_FORMATS = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
_WIDTHS = {"I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2}
_FREE, _INFLATION = 2**24, 20  # bytes that any .npz may unpack to, or times its size
_UNZIPPED = 2**26  # bytes that an .onnx.gz may unpack to, or a hundred times its size
_STATE_DICTS = (".npz", ".safetensors", ".json")
_LFS = b"version https://git-lfs.github.com/spec/"


def load_target(
    path: FilePath, *, domain: Domain | None = None, layers: Sequence[str] = ()
) -> TargetNetwork:
    """Return the network in a file, read by the reader for its suffix.

    Parameters
    ----------
    path : a file .npz (:func:`from_npz`), .onnx (:func:`from_onnx`) or .safetensors
        (:func:`from_safetensors`), .onnx.gz or .nnet
    domain : where the approximation is to hold; the unit ball unless given
    layers : the modules of a state dict in their order, where the file leaves it open

    Raises
    ------
    InputError naming path, tensor or node, and fault; ImportError if the reader's package is not
    installed; OSError as usual, e.g. FileNotFoundError

    >>> load_target("model.pkl")
    Traceback (most recent call last):
    constructions.errors.InputError: model.pkl: a .pkl file is a pickle, which runs code when \
read; where you trust it, load it and use pmone.read(model)
    """
    suffix = ".onnx.gz" if str(path).lower().endswith(".onnx.gz") else Path(path).suffix.lower()
    if suffix in _PICKLES:
        raise InputError(
            f"{path}: a {suffix} file is a pickle, which runs code when read; where you trust it, "
            + _PICKLES[suffix]
        )
    if suffix not in _READERS:
        expected = ", ".join(_READERS)
        raise InputError(f"{path}: unknown suffix {suffix!r}: expected one of {expected}")
    if not layers:
        return _READERS[suffix](path, domain=domain)
    if suffix not in _STATE_DICTS:
        raise InputError(f"{path}: --layers is for state dicts; this file has an order of its own")
    return _READERS[suffix](path, domain=domain, layers=layers)


def from_npz(
    path: FilePath, *, domain: Domain | None = None, layers: Sequence[str] = ()
) -> TargetNetwork:
    """Return the network in a NumPy archive: matrices W1…Wl, and any of the biases b1…bl.

    W_i has shape (d_i, d_{i−1}) and b_i length d_i; a layer without b_i has no bias. The real
    function meant is x ↦ W_l σ(… σ(W_1 x + b_1) …) + b_l. Names of a state dict (fc1.weight,
    fc1.bias: :func:`from_safetensors`) and of scikit-learn (coefs_0, intercepts_0) are read too.
    Raises as :func:`load_target`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "target.npz"
    >>> np.savez(file, W1=[[0.5, -0.25]], b1=[1.0], W2=[[1.0]])
    >>> from_npz(file)([1.0, 2.0])
    array([1.])
    """
    arrays = _arrays(path)
    if all(re.fullmatch(r"(coefs|intercepts)_[0-9]{1,5}", name) for name in arrays):
        arrays = {
            f"{'W' if kind == 'coefs' else 'b'}{int(number) + 1}": A.T
            for (kind, _, number), A in ((n.partition("_"), A) for n, A in arrays.items())
        }
    elif all(name.rpartition(".")[2] in ("weight", "bias", "kernel") for name in arrays):
        return _of_state_dict(path, arrays, {}, domain, layers)
    elif layers:
        raise InputError(f"{path}: --layers is for names such as fc1.weight; found {_some(arrays)}")
    unknown = [name for name in arrays if not re.fullmatch(r"[Wb][1-9][0-9]{0,5}", name)]
    if unknown:
        raise InputError(
            f"{path}: unknown array {unknown[0]!r}: expected W1…Wl and b1…bl, or MODULE.weight and "
            "MODULE.bias, or coefs_0… and intercepts_0…"
        )
    depth = max((int(name[1:]) for name in arrays), default=1)
    missing = next((f"W{i}" for i in range(1, depth + 1) if f"W{i}" not in arrays), None)
    if missing:
        raise InputError(f"{path}: no array {missing!r}: expected W1…W{depth}")
    weights = [arrays[f"W{i}"] for i in range(1, depth + 1)]
    biases = [
        None if (b := arrays.get(f"b{i}")) is None else b.reshape(-1) if 1 in b.shape[:-1] else b
        for i in range(1, depth + 1)
    ]
    return _network(path, weights, biases, domain)


def _arrays(path: FilePath) -> dict[str, Array]:
    """Return the arrays of a NumPy archive by name, once it is known how much they unpack to."""
    data = _bytes_of(path)
    with _parsing(path, "a NumPy archive"):
        archive = load(io.BytesIO(data))
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise InputError(f"{path}: expected a NumPy archive (.npz), not a single array")
    limit = max(_FREE, _INFLATION * len(data))
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        size = sum(info.file_size for info in members.infolist())
    if size > limit:
        raise InputError(
            f"{path}: {len(data)} bytes that unpack to {size}: expected at most {limit}; save it "
            "without compression (numpy.savez)"
        )
    arrays: dict[str, Array] = {}
    for name in archive.files:
        if name in arrays:
            raise InputError(f"{path}: more than one array {name!r}")
        with _parsing(path, f"array {name!r}"):
            arrays[name] = archive[name]
        if not isinstance(arrays[name], np.ndarray):
            raise InputError(f"{path}: {name!r} is not an array in NumPy's format")
    return arrays


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:10]) + (", …" if len(listed) > 10 else "")


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


def from_safetensors(
    path: FilePath, *, domain: Domain | None = None, layers: Sequence[str] = ()
) -> TargetNetwork:
    """Return the network in a PyTorch-style state dict of linear layers, in safetensors format.

    Tensors are named MODULE.weight, of shape (d_i, d_{i−1}), and MODULE.bias, with types F16,
    BF16, F32 or F64; Flax's MODULE.kernel is (d_{i−1}, d_i). A state dict does not tell what is
    between its layers: a ReLU is taken to be, and none after the last, and ``notes`` say so.
    Modules whose names differ in numbers alone go in the order of the numbers (0, 2, 10; fc1, fc2);
    otherwise shapes must leave one order only, or ``layers`` names the modules in theirs. Tensors
    that the metadata call tied are read twice. A file of several is read by its index
    (.safetensors.index.json). Needs the package safetensors. Raises as :func:`load_target`.
    """
    shard = re.fullmatch(r"(.*)-\d{5}-of-(\d{5})\.safetensors", Path(path).name)
    if shard and shard[2] != "00001":
        index = f"{shard[1]}.safetensors.index.json"
        raise InputError(f"{path}: one of {int(shard[2])} parts of a model: read {index} instead")
    return _of_state_dict(path, *_tensors(path), domain, layers)


def from_index(
    path: FilePath, *, domain: Domain | None = None, layers: Sequence[str] = ()
) -> TargetNetwork:
    """Return the network in the parts that a .safetensors.index.json names, beside it."""
    with _parsing(path, "an index of safetensors"):
        parts = json.loads(_bytes_of(path))["weight_map"]
        named = {str(name): str(part) for name, part in parts.items()}
    for part in named.values():
        if Path(part).name != part:
            raise InputError(f"{path}: part {part!r}: expected a file beside the index")
    tensors: dict[str, Array] = {}
    tied: dict[str, str] = {}
    for part in sorted(set(named.values())):
        found, shared = _tensors(Path(path).parent / part)
        tensors |= found
        tied |= shared
    missing = sorted(named.keys() - tensors.keys())
    if missing:
        raise InputError(f"{path}: its parts lack tensor {missing[0]!r}")
    return _of_state_dict(path, tensors, tied, domain, layers)


def _tensors(path: FilePath) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the tensors of a safetensors file by name, and its metadata."""
    data = _bytes_of(path)
    deserialize = optional("safetensors").deserialize
    with _parsing(path, "safetensors data"):
        entries = dict(deserialize(data))
        size = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + size]).get("__metadata__", {})
        tied = {str(name): str(kept) for name, kept in metadata.items()}
    tensors = {}
    for name, entry in entries.items():
        kind = str(entry["dtype"])
        if kind not in ("BF16", *_FORMATS) and name.rpartition(".")[2] in ("weight", "bias"):
            expected = "expected F16, BF16, F32 or F64"
            raise InputError(f"{path}: tensor {name!r}: type {kind}: {expected}")
        with _parsing(path, f"tensor {name!r}"):
            numbers = _decode(kind, entry["data"])
            tensors[name] = numbers.reshape(tuple(entry["shape"]))
    return tensors, tied


def _of_state_dict(
    path: FilePath,
    tensors: Mapping[str, Array],
    tied: Mapping[str, str],
    domain: Domain | None,
    layers: Sequence[str],
) -> TargetNetwork:
    with _parsing(path, "a state dict"):
        found = layers_of(tensors, tied, layers)
    return _network(path, found.weights, found.biases, domain, found.names, notes=found.notes)


def from_onnx(path: FilePath, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in an ONNX model that is a chain of linear layers and ReLUs.

    The graph is folded: constants through casts, reshapes and arithmetic; normalizations of the
    input, BatchNormalization and scalings into the layers next to them; two linear layers in a row
    are multiplied where float64 holds the product, else kept apart by z = σ(z) − σ(−z), by which
    residual connections and LeakyRelu are read too. What a fold rounds is bounded in ``rounding``,
    and said in ``notes``. A softmax, argmax or sigmoid at the end is left out: the target is the
    logits. External data lie beside the model. The target is the real function of the model's
    constants: its own rounding is no part of it. Needs the package onnx. Raises as
    :func:`load_target`, with one line for each node that cannot be read.
    """
    zipped = str(path).lower().endswith(".gz")
    data = _unzipped(path) if zipped else _bytes_of(path)
    # Imported here: that module is about ONNX alone.
    from constructions.targets.onnx.graph import Graph

    onnx = optional("onnx")
    with _parsing(path, "an ONNX model"):
        model = onnx.load_model_from_string(data)
    with _parsing(path, "the graph"):
        graph = Graph(onnx, model, Path(path).parent)
        layers = graph.layers()
    notes = [text if n == 1 else f"{text} ({n} times)" for text, n in graph.notes.items()]
    return _of_layers(path, layers, notes, domain)


def from_nnet(path: FilePath, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in a .nnet file, its normalization folded in; what that rounds counts.

    Inputs are not clipped to the least and largest values that the file names. Raises as
    :func:`load_target`.
    """
    from constructions.targets.nnet import nnet_layers

    with _parsing(path, "a .nnet file"):
        layers = nnet_layers(_bytes_of(path).decode("utf-8"))
    notes = ["its normalization folded into the layers; inputs are not clipped to its ranges"]
    return _of_layers(path, layers, notes, domain)


def _of_layers(
    path: FilePath, layers: Sequence[Layer], notes: list[str], domain: Domain | None
) -> TargetNetwork:
    """Return the network of folded layers, with what folding rounded."""
    rounding = tuple(
        float(np.hypot(np.linalg.norm(W.rad), 0.0 if b is None else np.linalg.norm(b.rad)))
        * (1 + 2.0**-20)
        for W, b in layers
    )
    rounded = any(rounding)
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
    ".onnx.gz": from_onnx,
    ".safetensors": from_safetensors,
    ".json": from_index,
    ".nnet": from_nnet,
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
        reason = f"{type(fault).__name__}: {fault}".strip().splitlines()[0][:200]
        raise InputError(f"{path}: malformed; cannot read {what} ({reason})") from fault


def _decode(dtype: str, data: bytes) -> Array:
    """Return a tensor's little-endian bytes as numbers; integers, which no layer has, as bytes."""
    if dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, _FORMATS.get(dtype, "V" + str(_WIDTHS.get(dtype, 1))))
