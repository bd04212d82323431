"""Labelled images for edge-popup: scikit-learn's digits, and files in MNIST's IDX format."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from constructions.errors import InputError

_HELD_OUT = 0.25


@dataclass(frozen=True, eq=False)
class Labelled:
    """Inputs and classes, for training and held out.

    Attributes
    ----------
    name : where they come from
    train_x, test_x : float64 (k, features), in [0, 1]
    train_y, test_y : int64 (k,), classes 0 … classes−1
    """

    name: str
    train_x: NDArray[np.float64]
    train_y: NDArray[np.int64]
    test_x: NDArray[np.float64]
    test_y: NDArray[np.int64]

    @property
    def features(self) -> int:
        """The length of an input."""
        return int(self.train_x.shape[1])

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(max(self.train_y.max(), self.test_y.max())) + 1


def digits() -> Labelled:
    """Return scikit-learn's 1,797 digits of 8 × 8 pixels, every fourth held out.

    Raises InputError if scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError("the digits need scikit-learn: install pmone with [demo]") from None
    x, y = load_digits(return_X_y=True)
    held_out = np.arange(len(y)) % round(1 / _HELD_OUT) == 0
    x, y = np.asarray(x, np.float64) / 16.0, np.asarray(y, np.int64)
    return Labelled("digits", x[~held_out], y[~held_out], x[held_out], y[held_out])


def mnist(folder: str | Path) -> Labelled:
    """Return the data of four IDX files (train and t10k, images and labels), perhaps gzipped.

    Raises InputError naming the file that is missing or malformed.
    """
    parts = {}
    for split in ("train", "t10k"):
        images = read_idx(_find(Path(folder), f"{split}-images"))
        labels = read_idx(_find(Path(folder), f"{split}-labels"))
        if labels.ndim != 1 or images.ndim < 2 or len(images) != len(labels) or not len(labels):
            raise InputError(
                f"{folder}: {split} has images {images.shape} and labels {labels.shape}"
            )
        parts[split] = (
            images.reshape(len(images), -1).astype(np.float64) / 255.0,
            labels.astype(np.int64),
        )
    pixels = [x.shape[1] for x, _ in parts.values()]
    if pixels[0] != pixels[1]:
        raise InputError(f"{folder}: train has images of {pixels[0]} pixels, t10k of {pixels[1]}")
    return Labelled("MNIST", *parts["train"], *parts["t10k"])


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """Return the array of unsigned bytes in an IDX file; raise InputError if it is none."""
    path = Path(path)
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path}: a damaged gzip file ({error})") from error
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08" or len(raw) < 4 + 4 * raw[3]:
        raise InputError(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack(f">{raw[3]}I", raw[4 : 4 + 4 * raw[3]])
    data = np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * raw[3])
    if len(data) != int(np.prod(shape, dtype=np.int64)):
        raise InputError(f"{path}: {len(data)} bytes for an array of shape {shape}")
    return data.reshape(shape)


def _find(folder: Path, stem: str) -> Path:
    """Return the one file whose name starts so: train-images-idx3-ubyte, …idx3-ubyte.gz, …"""
    found = sorted(p for p in folder.glob(f"{stem}*") if p.is_file())
    if not found:
        raise InputError(f"{folder}: no file {stem}-…")
    return found[0]
