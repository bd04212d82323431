"""Exact sparse integer matrices of any size, on top of SciPy's int64 ones.

A `Rows` holds n integer vectors. While entries are small, they are one int64 sparse matrix. When a
product could leave int64, which wraps silently, every integer v becomes limbs
    v = Σ_b 2^(30b) v_b,   0 ≤ v_b < 2^30 below the top limb,   −2^30 ≤ v_top < 2^30,
in neighbouring columns of one wider int64 matrix. These limbs are unique for a given number of
limbs, the sign of v is the sign of v_top when v_top ≠ 0, and a product with small integers can be
taken limb by limb, followed by carries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from proofs.kernel.ticket_file import Limits

LIMB = 30
SAFE = 1 << 62  # sums proved to be below this in absolute value do not wrap


class Rejected(Exception):
    """The file is well formed, but what it claims is not established; the message says why."""


@dataclass(frozen=True)
class Rows:
    """n integer vectors with `columns` entries; limb b of column a is column a·limbs + b."""

    matrix: csr_array  # int64, no stored zeros, no duplicates
    columns: int
    limbs: int = 1

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def take(self, index: npt.NDArray[Any]) -> "Rows":
        """The rows with these numbers (int) or where this is True (bool), in order."""
        return Rows(self.matrix[index], self.columns, self.limbs)

    def counts(self) -> npt.NDArray[np.int64]:
        """Number of stored limbs in each row; 0 exactly for zero rows."""
        return np.asarray(np.diff(self.matrix.indptr), dtype=np.int64)

    def largest(self) -> int:
        """The largest absolute value among the limbs."""
        data = self.matrix.data
        return max(int(data.max()), -int(data.min())) if len(data) else 0

    def row_largest(self) -> npt.NDArray[np.float64]:
        """The largest absolute value among the limbs of each row, up to float64 rounding."""
        matrix = self.matrix
        result = np.zeros(len(self))
        filled = np.diff(matrix.indptr) > 0
        if filled.any():
            starts = matrix.indptr[:-1][filled]
            result[filled] = np.maximum.reduceat(np.abs(matrix.data), starts)
        return result

    def signs(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """For each row: has it a positive entry, has it a negative one?"""
        matrix = self.matrix
        row = np.repeat(np.arange(len(self)), np.diff(matrix.indptr))
        negative = np.bincount(row[matrix.data < 0], minlength=len(self))
        entries = negative  # then the number of nonzero entries, whatever their limbs
        if self.limbs == 1:
            entries = np.diff(matrix.indptr)
        else:
            column = matrix.indices.astype(np.int64) // self.limbs
            entries = np.bincount(
                np.unique(row * self.columns + column) // self.columns, minlength=len(self)
            )
        return entries > negative, negative > 0

    def keys(self) -> Iterator[bytes]:
        """For each row a byte string, equal exactly for equal rows (of equally many limbs)."""
        matrix = self.matrix
        if not matrix.has_sorted_indices:
            matrix = matrix.sorted_indices()
        ends = matrix.indptr.tolist()
        for a, b in pairwise(ends):
            yield matrix.indices[a:b].astype(np.int64).tobytes() + matrix.data[a:b].tobytes()

    def map_columns(self, new: npt.NDArray[np.int64], columns: int) -> "Rows":
        """Column a becomes column new[a], or is dropped where new[a] = −1; equal ones add up.

        The caller sees to it that sums stay below 2^63: at most two columns meet, limbs are below
        2^62.
        """
        matrix = self.matrix
        row = np.repeat(np.arange(len(self)), np.diff(matrix.indptr))
        column = new[matrix.indices // self.limbs]
        kept = column >= 0
        place = (column * self.limbs + matrix.indices % self.limbs)[kept]
        shape = (len(self), columns * self.limbs)
        return Rows(_tidy((matrix.data[kept], (row[kept], place)), shape), columns, self.limbs)

    def negated(self) -> "Rows":
        """The rows with all signs changed, perhaps with more limbs."""
        return normal(Rows(csr_array(-self.matrix), self.columns, self.limbs))

    def dense(self) -> npt.NDArray[Any]:
        """A dense matrix: int64 if there is one limb, else Python integers."""
        if self.limbs == 1:
            return np.asarray(self.matrix.toarray())
        result = np.zeros((len(self), self.columns), dtype=object)
        matrix = self.matrix.tocoo()
        for b in range(self.limbs):
            here = matrix.col % self.limbs == b
            values = matrix.data[here].astype(object) << (LIMB * b)
            result[matrix.row[here], matrix.col[here] // self.limbs] += values
        return result


def identity(n: int) -> Rows:
    """The n unit vectors."""
    every = np.arange(n + 1, dtype=np.int64)
    return Rows(csr_array((np.ones(n, dtype=np.int64), every[:-1], every), shape=(n, n)), n)


def _tidy(parts: Any, shape: tuple[int, int]) -> csr_array:
    """A CSR matrix without duplicates and stored zeros."""
    matrix = csr_array(parts, shape=shape, dtype=np.int64)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def with_limbs(rows: Rows, limbs: int) -> Rows:
    """The same integers with this many limbs, or more if they need more."""
    if limbs <= rows.limbs:
        return rows
    matrix = rows.matrix
    place = (matrix.indices.astype(np.int64) // rows.limbs) * limbs + matrix.indices % rows.limbs
    wider = csr_array((matrix.data, place, matrix.indptr), shape=(len(rows), rows.columns * limbs))
    return normal(Rows(wider, rows.columns, limbs))


def normal(rows: Rows) -> Rows:
    """Carry until every limb is in its range. Needs limbs below 2^62; one limb stays as it is."""
    while rows.limbs > 1:
        matrix, limbs = rows.matrix, rows.limbs
        top = matrix.indices % limbs == limbs - 1
        over = matrix.data[top] >> LIMB  # 0 or −1 if the top limb is in its range
        if ((over > 0) | (over < -1)).any():
            return with_limbs(rows, limbs + 1)  # which comes back here, with a new top limb
        carry = np.where(top, 0, matrix.data >> LIMB)
        if not carry.any():
            return rows
        shape = matrix.shape
        low = csr_array((matrix.data - (carry << LIMB), matrix.indices, matrix.indptr), shape=shape)
        row = np.repeat(np.arange(len(rows)), np.diff(matrix.indptr))[carry != 0]
        up = _tidy((carry[carry != 0], (row, matrix.indices[carry != 0] + 1)), shape)
        total = csr_array(low + up)
        total.eliminate_zeros()
        rows = Rows(total, rows.columns, limbs)
    return rows


class Budget:
    """Keeps one walk within the limits; refuses what would go beyond them."""

    def __init__(self, limits: Limits, target_entries: int, kept: int = 0, size: int = 0) -> None:
        """Takes the entries of the largest target matrix, the kept edges and unpacked bytes."""
        self._limbs = -(-limits.bits // LIMB)
        honest = min(limits.state * target_entries, limits.per_edge * kept)
        self._state = max(limits.free_state, honest)
        self._work = max(limits.work, limits.per_byte * size)

    def magnitude(self, largest: float, where: str) -> None:
        """Refuses integers beyond the limit."""
        if largest >= 2.0 ** min(self._limbs * LIMB, 1023):
            raise Rejected(f"{where}: integers beyond the limit of {self._limbs * LIMB} bits")

    def product(self, left: csr_array, right: csr_array, where: str) -> csr_array:
        """left @ right, after the size of the result and the work are known to be in bounds."""
        counts = np.diff(right.indptr).astype(np.float64)
        ones = csr_array((np.ones(left.nnz), left.indices, left.indptr), shape=left.shape)
        work = ones @ counts  # multiply-adds for each row of the result; float: cannot wrap
        size = float(np.minimum(work, float(right.shape[1])).sum())
        self._work -= int(min(work.sum(), 2.0**62))
        if size > self._state:
            fault = f"its combinations need more than {self._state} integers, the limit free_state"
            raise Rejected(f"{where}: {fault}")
        if self._work < 0:
            raise Rejected(f"{where}: the walk needs more multiplications than the limit work")
        result = csr_array(left @ right)
        result.eliminate_zeros()
        return result

    def times(self, left: csr_array, rows: Rows, where: str) -> Rows:
        """left @ rows, exactly; refused unless the absolute row sums of `left` are below 2^31.

        |Σ_c left_rc·h_c| ≤ Σ_c |left_rc|·max|h_c|: if that is below 2^62 (for one limb), int64 is
        exact. We first try the longest row times the largest entry, in Python integers; then the
        sum itself in floating point, whose relative error is far below the factor 2 to spare.
        """
        size = abs(left)
        degree = int(np.asarray(size.sum(axis=1)).max(initial=0))
        narrow = rows.limbs > 1 or degree * rows.largest() < SAFE
        if not narrow and (size.astype(np.float64) @ rows.row_largest()).max() >= SAFE / 2:
            rows = with_limbs(rows, 3)
        if rows.limbs > 1 and degree << (LIMB + 1) >= SAFE:
            raise Rejected(f"{where}: a neuron reads more weights than the exact arithmetic allows")
        product = self.product(left, rows.matrix, where)
        result = normal(Rows(product, rows.columns, rows.limbs))
        if result.limbs > self._limbs:
            raise Rejected(f"{where}: integers beyond the limit of {self._limbs * LIMB} bits")
        return result

    def compose(self, left: Rows, right: Rows, where: str) -> Rows:
        """left @ right, exactly, for integers of any size: digits of 10 bits, by Horner."""
        if len(left) == 0 or len(right) == 0:
            empty = csr_array((len(left), right.columns), dtype=np.int64)
            return Rows(empty, right.columns)
        if left.limbs == 1 and (left.row_largest() * left.counts()).max() < 1 << 30:
            return self.times(left.matrix, right, where)
        left, right = with_limbs(left, 3), with_limbs(right, 2)
        result = Rows(csr_array((len(left), right.columns), dtype=np.int64), right.columns)
        matrix = left.matrix
        for limb in reversed(range(left.limbs)):
            for shift in (20, 10, 0):
                # Only a top limb can be negative; its first digit then takes the sign.
                digit = matrix.data >> shift
                digit = digit if shift == 20 else digit & 1023
                digit = np.where(matrix.indices % left.limbs == limb, digit, 0)
                part = _tidy(
                    (digit, matrix.indices // left.limbs, matrix.indptr.copy()),
                    (len(left), left.columns),
                )
                term = self.times(part, right, where)
                limbs = max(term.limbs, result.limbs, 2)
                term, result = with_limbs(term, limbs), with_limbs(result, limbs)
                limbs = max(term.limbs, result.limbs)
                term, result = with_limbs(term, limbs), with_limbs(result, limbs)
                total = csr_array(result.matrix * 1024 + term.matrix)
                total.eliminate_zeros()
                result = normal(Rows(total, right.columns, limbs))
        return result
