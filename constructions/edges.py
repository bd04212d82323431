"""Edges: the kept edges of one layer, grouped by source neuron, as the ticket file stores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
FAR = 255  # gaps from here on do not fit the byte that a ticket file has for each


@dataclass(frozen=True, eq=False)
class Edges:
    """The kept edges of a layer t: from neurons of layer t−1 to neurons of layer t.

    Attributes
    ----------
    sources : int64 (k,), strictly increasing: the neurons with at least one kept outgoing edge
    indptr : int64 (k+1,), where each source's edges start in ``indices``
    indices : int32 or int64, the neurons reached, strictly increasing within a source

    >>> e = Edges.from_pairs(np.array([7, 2, 7]), np.array([5, 1, 0]))
    >>> e.sources.tolist(), e.indptr.tolist(), e.indices.tolist()
    ([2, 7], [0, 1, 3], [1, 0, 5])
    """

    sources: Index
    indptr: Index
    indices: NDArray[np.int32] | Index

    def __len__(self) -> int:
        return len(self.indices)

    @classmethod
    def from_pairs(cls, sources: Index, targets: Index) -> Edges:
        """Return the edges (sources[i], targets[i]), which must be distinct, in any order."""
        order = np.lexsort((targets, sources))
        return cls._in_order(sources[order], targets[order])

    @classmethod
    def _in_order(cls, sources: Index, targets: Index) -> Edges:
        """Return the edges (sources[i], targets[i]), which increase."""
        starts = np.flatnonzero(np.diff(sources, prepend=-1))
        indptr = np.append(starts, len(sources)).astype(np.int64)
        return cls(sources[starts].astype(np.int64), indptr, _compact(targets))

    @classmethod
    def from_mask(cls, sources: Index, mask: NDArray[np.bool_], first: int = 0) -> Edges:
        """Return the edges of a mask of shape (k, width), True = kept; sources strictly increasing.

        Column i of the mask stands for the neuron first + i.
        """
        counts = np.count_nonzero(mask, axis=1)
        flat = np.flatnonzero(mask)
        flat -= np.repeat(np.arange(len(mask)) * mask.shape[1] - first, counts)
        some = counts > 0
        indptr = np.concatenate([[0], np.cumsum(counts[some])]).astype(np.int64)
        return cls(np.asarray(sources, np.int64)[some], indptr, _compact(flat))

    @classmethod
    def join(cls, parts: Sequence[Edges]) -> Edges:
        """Join parts that have no source in common."""
        sources = np.concatenate([part.sources for part in parts])
        counts = np.concatenate([np.diff(part.indptr) for part in parts])
        indices = np.concatenate([part.indices for part in parts])
        if (np.diff(sources) < 0).any():
            order = np.argsort(sources)
            starts = (np.cumsum(counts) - counts)[order]
            sources, counts = sources[order], counts[order]
            shift = starts - (np.cumsum(counts) - counts)
            indices = indices[np.repeat(shift, counts) + np.arange(len(indices))]
        return cls(sources, np.append(0, np.cumsum(counts)).astype(np.int64), indices)

    @classmethod
    def from_gaps(cls, gaps: NDArray[np.uint8], far: Index, before: int, width: int) -> Edges:
        """Return the edges between layers of these widths from the two arrays that `gaps` gives.

        Raises ValueError if the arrays do not describe such edges.
        """
        large = gaps == FAR
        if len(far) != np.count_nonzero(large):
            raise ValueError(f"{len(far)} far gaps, expected {np.count_nonzero(large)}")
        steps = gaps.astype(np.int64)
        steps[large] = far
        places = np.cumsum(steps) - 1
        last = before * width - 1
        if len(places) and (steps.min() < 1 or steps.max() > 2**62 or places.max() > last):
            raise ValueError(f"gaps that are no edges between {before} and {width} neurons")
        sources = places // width
        return cls._in_order(sources, places - sources * width)

    def gaps(self, width: int) -> tuple[NDArray[np.uint8], NDArray[np.int32] | Index]:
        """Return the edges as a ticket file stores them, ``width`` being that of layer t.

        The edge from neuron c to neuron r has place c·width + r; a gap is the number of places from
        one kept edge to the next, the first from place −1. The first array, uint8 (number of
        edges,), has every gap, or 255 where it is larger; the second, int32 or int64, lists those
        from 255 on. Layers of 2^62 edges or more are not covered.

        >>> Edges.from_pairs(np.array([2, 7, 7]), np.array([1, 0, 5])).gaps(100)
        (array([202, 255,   5], dtype=uint8), array([499], dtype=int32))
        """
        steps = np.diff(self.source_of_edges() * width + self.indices, prepend=-1)
        return np.minimum(steps, FAR).astype(np.uint8), _compact(steps[steps >= FAR])

    def source_of_edges(self) -> Index:
        """Return the source neuron of every edge, int64 (number of edges,)."""
        return np.repeat(self.sources, np.diff(self.indptr))

    def mask(self, width_in: int, width_out: int) -> NDArray[np.bool_]:
        """Return the dense mask M of shape (width_out, width_in), True = kept."""
        dense = np.zeros((width_out, width_in), dtype=np.bool_)
        dense[self.indices, self.source_of_edges()] = True
        return dense


def _compact(targets: Index) -> NDArray[np.int32] | Index:
    if len(targets) == 0 or int(targets.max()) < 2**31:
        return targets.astype(np.int32)
    return targets.astype(np.int64)
