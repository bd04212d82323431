"""Integers of any size as the kernel's `Rows`, and back."""

import numpy as np
from scipy.sparse import csr_array

from proofs.kernel.integers import Rows, normal


def rows_of(values: list[list[int]], limbs: int = 0) -> Rows:
    """Python integers as Rows, with this many limbs or (0) as many as they need."""
    array = np.array(values, dtype=object).reshape(len(values), -1)
    largest = max((abs(v) for v in array.ravel()), default=0)
    limbs = limbs or (1 if largest < 2**62 else largest.bit_length() // 30 + 2)
    wide = np.zeros((array.shape[0], array.shape[1] * limbs), dtype=np.int64)
    for b in range(limbs):
        part = array >> (30 * b)
        if b < limbs - 1:
            part = part & (2**30 - 1)
        wide[:, b::limbs] = part.astype(np.int64)
    return normal(Rows(csr_array(wide), array.shape[1], limbs))


def python(rows: Rows) -> list[list[int]]:
    """Rows as Python integers."""
    return [[int(v) for v in row] for row in rows.dense()]
