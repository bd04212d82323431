"""The .nnet format, in which the ACAS Xu networks were published: a text of decimal numbers.

After comments (//) come the sizes, the inputs' least and largest values, means and ranges (the
last of which are the output's), and then, layer by layer, the rows of W and the entries of b. The
function is x ↦ f((x − mean)/range)·range_out + mean_out with ReLUs in f. What evaluators clip to
the inputs' least and largest values is not clipped here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import numpy as np

from constructions.errors import InputError
from constructions.targets.approximate import Approximate
from constructions.targets.folding import Layer, Value
from constructions.targets.target import exact_decimal

_MOST = 2**24  # numbers in a file


def nnet_layers(text: str) -> tuple[Layer, ...]:
    """Return the layers of a .nnet file, the normalization folded in.

    Raises InputError for a text that is not of the format.

    >>> lines = ["// a comment", "1,1,1,1,", "1,1,", "0", "-1,", "1,", "0,1,", "2,4,", "3,", "0.5,"]
    >>> ((W, b),) = nnet_layers("\\n".join(lines))
    >>> W.mid.tolist(), b.mid.tolist()  # (x/2·3 + 0.5)·4 + 1
    ([[6.0]], [3.0])
    """
    lines = iter([line for line in text.splitlines() if not line.lstrip().startswith("//")])
    sizes = _integers(lines, None)
    if len(sizes) != 4 or min(sizes) < 1 or sum(sizes) > _MOST:
        raise InputError(f"sizes {sizes}: expected layers, inputs, outputs, largest layer")
    depth, inputs, outputs, _ = sizes
    widths = _integers(lines, depth + 1)
    if widths[0] != inputs or widths[-1] != outputs or min(widths) < 1:
        raise InputError(f"layer sizes {widths}: expected {inputs} first and {outputs} last")
    next(lines, None)  # a flag without a meaning
    _numbers(lines, inputs)
    _numbers(lines, inputs)
    means, ranges = _numbers(lines, inputs + 1), _numbers(lines, inputs + 1)
    value = Value((inputs,), True).plus(-means[:-1])
    value = value.times(Approximate.exactly(np.ones(inputs)) / ranges[:-1])
    for i, (n, m) in enumerate(pairwise(widths), 1):
        W, b = _rows(lines, m, n), _rows(lines, m, 1).reshape(m)
        value = value.linear(W, (m,)).plus(b)
        value = value.relu() if i < depth else value
    value = value.times(ranges[-1:].broadcast((outputs,)))
    value = value.plus(means[-1:].broadcast((outputs,)))
    if any(line.strip() for line in lines):
        raise InputError("more lines than its layers have")
    return value.all_layers()


def _rows(lines: Iterator[str], count: int, size: int) -> Approximate:
    """Return the numbers of so many lines, (count, size)."""
    rows = [_numbers(lines, size) for _ in range(count)]
    return Approximate(np.array([row.mid for row in rows]), np.array([row.rad for row in rows]))


def _integers(lines: Iterator[str], count: int | None) -> list[int]:
    return [int(number) for number in _numbers(lines, count).mid]


def _numbers(lines: Iterator[str], count: int | None) -> Approximate:
    """Return the numbers of the next line, each the float64 closest to its decimal."""
    line = next(lines, None)
    if line is None:
        raise InputError("it ends before its last layer")
    cells = [cell.strip() for cell in line.split(",")]
    cells = cells[:-1] if cells[-1] == "" else cells
    if count is not None and len(cells) != count:
        raise InputError(f"a line of {len(cells)} numbers: expected {count}")
    numbers = [exact_decimal("a number", cell) for cell in cells]
    mid = np.array([float(number) for number in numbers])
    if not np.isfinite(mid).all():
        raise InputError("a number beyond the range of float64")
    exact = np.array([Decimal(v) == d for v, d in zip(mid.tolist(), numbers, strict=True)])
    return Approximate(mid, np.where(exact, 0.0, np.abs(mid) * 2.0**-53 + 2.0**-1070))
