"""The kept edges of one layer, from either of the two forms in which files state them.

FORMAT.md, section 3 (sources, indptr, indices) and section 9 (gaps). Every fault raises
`Malformed` with a sentence that names the array.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from proofs.kernel.header import Malformed

Array = npt.NDArray[Any]
Int64 = npt.NDArray[np.int64]

FAR = 255  # gaps from here on stand in an array of their own


@dataclass(frozen=True)
class Edges:
    """Kept edges of one layer: sources[i] reaches indices[indptr[i]:indptr[i+1]]."""

    sources: Int64
    indptr: Int64
    indices: Array


def require(fact: Any, name: str, fault: str) -> None:
    """Raise `Malformed` unless the fact holds of the array called `name`."""
    if not fact:
        raise Malformed(f"{name}: {fault}")


def require_range(name: str, values: Array, width: int) -> None:
    """Raise `Malformed` unless all values name neurons of a layer of this width."""
    inside = len(values) == 0 or (values.min() >= 0 and values.max() < width)
    require(inside, name, f"names a neuron outside 0 to {width - 1}")


def from_indices(
    t: int, sources: Int64, indptr: Int64, indices: Array, before: int, after: int
) -> Edges:
    """The edges of layer t, of widths `before` and `after`, as sources, indptr and indices."""
    names = (f"sources_{t}", f"indptr_{t}", f"indices_{t}")
    require_range(names[0], sources, before)
    require((sources[1:] > sources[:-1]).all(), names[0], "not strictly increasing")
    whole = indptr[0] == 0 and indptr[-1] == len(indices)
    require(whole, names[1], f"does not lead from 0 to the length of {names[2]}")
    rising = (indptr[1:] > indptr[:-1]).all()
    require(rising, names[1], "not strictly increasing (a source has no kept edge)")
    require_range(names[2], indices, after)
    rises = indices[1:] > indices[:-1]
    rises[indptr[1:-1] - 1] = True  # from one source to the next anything may follow
    require(rises.all(), names[2], "not strictly increasing within a source")
    return Edges(sources, indptr, indices)


def from_gaps(t: int, gaps: Array, far: Array, before: int, after: int) -> Edges:
    """The edges of layer t, of widths `before` and `after`, as gaps between kept places.

    The place of the edge from c to r is c·after + r; before·after < 2^62.
    """
    large = np.flatnonzero(gaps == FAR)
    fault = f"{len(far)} entries, but gaps_{t} has {len(large)} that say {FAR}"
    require(len(far) == len(large), f"far_{t}", fault)
    require(gaps.all(), f"gaps_{t}", "has a gap of 0")
    cells = before * after
    outside = len(far) and (far.min() < FAR or far.max() > cells)
    require(not outside, f"far_{t}", f"has a gap outside {FAR} to {cells}")
    steps = gaps.astype(np.int64)
    steps[large] = far
    places = np.cumsum(steps, out=steps) - 1
    # No step is above 2^62. So the first place beyond the last is below 2^63: int64 shows it,
    # whatever becomes of the sums that follow.
    beyond = len(places) and places.max() >= cells
    require(not beyond, f"gaps_{t}", f"leads beyond the last of {cells} edges")
    column = places // after
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    return Edges(column[starts], np.append(starts, len(places)), places - column * after)
