"""A value of a network as a function of its input: layers with ReLUs, then an affine map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from constructions.errors import InputError
from constructions.targets.approximate import Approximate

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
        return replace(pair, matrix=_beside(one, -slope.moved(np.diag)), shape=self.shape)

    def all_layers(self) -> tuple[Layer, ...]:
        """Return all layers, the last one without a ReLU."""
        return (*self.layers, self._affine())

    def _affine(self) -> Layer:
        if self.matrix is not None:
            return self.matrix, self.shift
        if self.size is None:
            raise InputError("expected a declared shape of the input, or a linear layer")
        scale = self.scale or Approximate.exactly(np.ones(self.size))
        return scale.moved(np.diag), self.shift


def in_parallel(a: Value, b: Value) -> tuple[tuple[Layer, ...], Layer, Layer]:
    """Return layers that carry both values, and the affine maps that read either from the last.

    The layers that they share are there once. Beyond, the layers of one stand beside those of the
    other, and the one with fewer is carried on as y = σ(y) − σ(−y), exactly.
    """
    shared = 0
    for mine, theirs in zip(a.layers, b.layers, strict=False):
        if mine is not theirs:
            break
        shared += 1
    depth = max(len(a.layers), len(b.layers))
    left, right = _padded(a, depth), _padded(b, depth)
    if shared == depth:
        return left.layers, left._affine(), right._affine()
    layers = list(a.layers[:shared])
    for t in range(shared, depth):
        (W, v), (X, w) = left.layers[t], right.layers[t]
        both = _above(W, X) if t == shared else _diagonal(W, X)
        layers.append((both, _joined_bias((W, v), (X, w))))
    (A, c), (B, d) = left._affine(), right._affine()
    none_left, none_right = _zeros(len(A.mid), B.shape[1]), _zeros(len(B.mid), A.shape[1])
    return tuple(layers), (_beside(A, none_left), c), (_beside(none_right, B), d)


def added(a: Value, b: Value) -> Value:
    """Return a + b, for values of one size: a residual connection, say."""
    if a.size is None or a.size != b.size or a.batch != b.batch:
        raise InputError(f"adds features {a.shape} and {b.shape}: expected as many of both")
    layers, (A, c), (B, d) = in_parallel(a, b)
    shift = c if d is None else d if c is None else c + d
    return Value(a.shape, a.batch, layers, A + B, None, shift)


def concatenated(a: Value, b: Value) -> Value:
    """Return (a, b), for values of one axis."""
    if a.size is None or b.size is None or a.batch != b.batch:
        raise InputError("expected a declared shape of the input")
    layers, (A, c), (B, d) = in_parallel(a, b)
    shift = None if c is d is None else _joined_bias((A, c), (B, d))
    return Value((a.size + b.size,), a.batch, layers, _above(A, B), None, shift)


def _padded(value: Value, depth: int) -> Value:
    """Return the same value after so many layers: y = σ(y) − σ(−y), or y = σ(y) where y ≥ 0."""
    while len(value.layers) < depth:
        if value.is_nonnegative:
            one = Approximate.exactly(np.eye(value.size or 0))
            value = replace(value, layers=(*value.layers, (one, None)))
        else:
            pair = value._doubled()
            n = (pair.size or 0) // 2
            carried = pair
            while len(carried.layers) < depth:
                one = Approximate.exactly(np.eye(2 * n))
                carried = replace(carried, layers=(*carried.layers, (one, None)))
            signs = Approximate.exactly(np.hstack([np.eye(n), -np.eye(n)]))
            value = replace(carried, matrix=signs, shape=value.shape)
    return value


def _joined_bias(a: Layer, b: Layer) -> Approximate | None:
    if a[1] is None and b[1] is None:
        return None
    parts = [Approximate.exactly(np.zeros(len(W.mid))) if v is None else v for W, v in (a, b)]
    return _above(*parts)


def _zeros(rows: int, columns: int) -> Approximate:
    return Approximate.exactly(np.zeros((rows, columns)))


def _diagonal(a: Approximate, b: Approximate) -> Approximate:
    return _above(
        _beside(a, _zeros(a.shape[0], b.shape[1])), _beside(_zeros(b.shape[0], a.shape[1]), b)
    )


def _above(a: Approximate, b: Approximate) -> Approximate:
    return Approximate(np.concatenate([a.mid, b.mid]), np.concatenate([a.rad, b.rad]))


def _beside(a: Approximate, b: Approximate) -> Approximate:
    return Approximate(np.hstack([a.mid, b.mid]), np.hstack([a.rad, b.rad]))
