"""The .nnet format, in which the ACAS Xu networks were published: a text of decimal numbers.

After comments (//) come the sizes, the inputs' least and largest values, means and ranges (the
last of which are the output's), and then, layer by layer, the rows of W and the entries of b. The
function is x ↦ f((x − mean)/range)·range_out + mean_out with ReLUs in f. What evaluators clip to
the inputs' least and largest values is not clipped here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import numpy as np

from constructions.errors import InputError
from constructions.targets.approximate import Approximate
from constructions.targets.folding import Layer, Value

_MOST = 2**24  # numbers in a file


def nnet_layers(text: str) -> tuple[Layer, ...]:
    """Return the layers of a .nnet file, the normalization folded in.

    Raises InputError for a text that is not of the format.

    >>> lines = ["// a comment", "1,1,1,1,", "1,1,", "0", "-1,", "1,", "0,1,", "2,4,", "3,", "0.5,"]
    >>> ((W, b),) = nnet_layers("\\n".join(lines))
    >>> W.mid.tolist(), b.mid.tolist()  # (x/2·3 + 0.5)·4 + 1
    ([[6.0]], [3.0])
    """
    lines = _lines(text)
    sizes = [int(v.mid) for v in _numbers(lines, None)]
    if len(sizes) != 4 or min(sizes) < 1 or sum(sizes) > _MOST:
        raise InputError(f"sizes {sizes}: expected layers, inputs, outputs, largest layer")
    depth, inputs, outputs, _ = sizes
    widths = [int(v.mid) for v in _numbers(lines, depth + 1)]
    if widths[0] != inputs or widths[-1] != outputs or min(widths) < 1:
        raise InputError(f"layer sizes {widths}: expected {inputs} first and {outputs} last")
    next(lines, None)  # a flag without a meaning
    _numbers(lines, inputs)
    _numbers(lines, inputs)
    means, ranges = (_joined(_numbers(lines, inputs + 1)) for _ in range(2))
    value = Value((inputs,), True).plus(-means[:-1])
    value = value.times(Approximate.exactly(np.ones(inputs)) / ranges[:-1])
    for i in range(1, depth + 1):
        rows = [_joined(_numbers(lines, widths[i - 1])) for _ in range(widths[i])]
        W = Approximate(np.array([r.mid for r in rows]), np.array([r.rad for r in rows]))
        b = _joined([_numbers(lines, 1)[0] for _ in range(widths[i])])
        value = value.linear(W, (widths[i],)).plus(b)
        value = value.relu() if i < depth else value
    ones = Approximate.exactly(np.ones(outputs))
    value = value.times(ones * ranges[-1:].broadcast((outputs,)))
    value = value.plus(means[-1:].broadcast((outputs,)))
    if any(line.strip() for line in lines):
        raise InputError("more lines than its layers have")
    return value.all_layers()


def _lines(text: str) -> Iterator[str]:
    return iter([line for line in text.splitlines() if not line.lstrip().startswith("//")])


def _numbers(lines: Iterator[str], count: int | None) -> list[Approximate]:
    """Return the numbers of the next line, each the float64 closest to its decimal."""
    line = next(lines, None)
    if line is None:
        raise InputError("it ends before its last layer")
    cells = [cell.strip() for cell in line.split(",")]
    cells = cells[:-1] if cells[-1] == "" else cells
    if count is not None and len(cells) != count:
        raise InputError(f"a line of {len(cells)} numbers: expected {count}")
    return [_number(cell) for cell in cells]


def _number(cell: str) -> Approximate:
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not cell.isascii() or "_" in cell or abs(number.adjusted()) > 300:
        raise InputError(f"{cell[:40]!r}: expected a decimal number")
    near = float(number)
    off = 0.0 if Decimal(near) == number else abs(near) * 2.0**-53 + 2.0**-1070
    return Approximate(np.array(near), np.array(off))


def _joined(numbers: list[Approximate]) -> Approximate:
    return Approximate(
        np.array([float(v.mid) for v in numbers]), np.array([float(v.rad) for v in numbers])
    )
