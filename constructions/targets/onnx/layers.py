"""A value of a network as a function of its input: layers with ReLUs, then an affine map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from constructions.errors import InputError
from constructions.targets.onnx.approximate import Approximate

Layer = tuple[Approximate, Approximate | None]


@dataclass(frozen=True, eq=False)
class Value:
    """Numbers that depend on the input x: y = A·z + c, z the activations of the last layer, or x.

    Attributes
    ----------
    layers : (W_i, b_i) of the layers up to z, each with a ReLU
    shape : of one row of y, in C order; None while x has not told how many features it has
    batch : whether the first axis of the tensor counts rows
    matrix : A; None for a diagonal one, ``scale``
    scale, shift : the diagonal, and c; None for ones and for zeros
    """

    shape: tuple[int, ...] | None
    batch: bool
    layers: tuple[Layer, ...] = ()
    matrix: Approximate | None = None
    scale: Approximate | None = None
    shift: Approximate | None = None

    @property
    def size(self) -> int | None:
        """The numbers in one row of y."""
        return None if self.shape is None else math.prod(self.shape)

    @property
    def rank(self) -> int | None:
        """The rank of the tensor."""
        return None if self.shape is None else len(self.shape) + self.batch

    @property
    def is_nonnegative(self) -> bool:
        """Whether y is z itself, after a ReLU."""
        return bool(self.layers) and self.matrix is self.scale is self.shift is None

    def sized(self, n: int) -> Value:
        """Return the value with n features, where it has not been known how many."""
        return replace(self, shape=(n,)) if self.shape is None else self

    def reshaped(self, shape: tuple[int, ...], batch: bool) -> Value:
        """Return the same numbers in another shape, in the same order."""
        return replace(self, shape=shape, batch=batch)

    def linear(self, W: Approximate, shape: tuple[int, ...]) -> Value:
        """Return W·y, of a shape.

        Two linear maps in a row are multiplied if float64 holds the product exactly; else
        y = σ(y) − σ(−y) is put between them.
        """
        if W.shape[1] != self.size:
            raise InputError(f"{W.shape[1]} columns: expected {self.size}, as many as it reads")
        shift = None if self.shift is None else (W @ self.shift.reshape(-1, 1)).reshape(-1)
        if self.matrix is None:
            matrix = W if self.scale is None else W * self.scale.broadcast(W.shape)
        else:
            matrix = W @ self.matrix
            if not matrix.exact and (W.exact and self.matrix.exact):
                return self._doubled().linear(_beside(W, -W), shape)
        return replace(self, shape=shape, matrix=matrix, scale=None, shift=shift)

    @property
    def doubles(self) -> bool:
        """Whether the value is linear already: another linear map may have to be put apart."""
        return self.matrix is not None

    def _doubled(self) -> Value:
        """Return (σ(y), σ(−y)), by one more layer."""
        A, c = self._affine()
        W = _above(A, -A)
        b = None if c is None else _above(c, -c)
        return Value((2 * len(A.mid),), self.batch, (*self.layers, (W, b)))

    def plus(self, c: Approximate) -> Value:
        """Return y + c, c of the size of y."""
        return replace(self, shift=c if self.shift is None else self.shift + c)

    def times(self, s: Approximate) -> Value:
        """Return s ⊙ y, s of the size of y."""
        shift = None if self.shift is None else self.shift * s
        if self.matrix is not None:
            rows = s.reshape(-1, 1).broadcast(self.matrix.shape)
            return replace(self, matrix=self.matrix * rows, shift=shift)
        return replace(self, scale=s if self.scale is None else self.scale * s, shift=shift)

    def negated(self) -> Value:
        """Return −y."""
        if self.size is None:
            raise InputError("expected a declared shape of the input")
        return self.times(Approximate.exactly(np.full(self.size, -1.0)))

    def relu(self) -> Value:
        """Return σ(y): one more layer, but for σ(σ(·))."""
        if self.is_nonnegative:
            return self
        return Value(self.shape, self.batch, (*self.layers, self._affine()))

    def leaky(self, slope: Approximate) -> Value:
        """Return σ(y) − a·σ(−y), a of the size of y: by one layer of twice the width."""
        pair = self._doubled()
        n = pair.layers[-1][0].shape[0] // 2
        one = Approximate.exactly(np.eye(n))
        sloped = Approximate(np.diag(slope.mid), np.diag(slope.rad))
        return replace(pair, matrix=_beside(one, -sloped), shape=self.shape)

    def all_layers(self) -> tuple[Layer, ...]:
        """Return all layers, the last one without a ReLU."""
        return (*self.layers, self._affine())

    def _affine(self) -> Layer:
        if self.matrix is not None:
            return self.matrix, self.shift
        if self.size is None:
            raise InputError("expected a declared shape of the input, or a linear layer")
        scale = self.scale or Approximate.exactly(np.ones(self.size))
        return Approximate(np.diag(scale.mid), np.diag(scale.rad)), self.shift


def _above(a: Approximate, b: Approximate) -> Approximate:
    return Approximate(np.concatenate([a.mid, b.mid]), np.concatenate([a.rad, b.rad]))


def _beside(a: Approximate, b: Approximate) -> Approximate:
    return Approximate(np.hstack([a.mid, b.mid]), np.hstack([a.rad, b.rad]))
