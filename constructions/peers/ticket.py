"""WeightedTicket: a ticket in a random network with real weights (ticket file, version 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from constructions.edges import Edges, Index
from constructions.errors import InputError
from constructions.networks.distributions import Distribution
from constructions.networks.weights import WeightSource
from constructions.peers.plan import PeerPlan
from constructions.popup import mask
from constructions.popup.mask import MaskedNetwork
from constructions.targets.target import TargetNetwork
from constructions.ticket import Generation, Ticket, reading_arrays

VERSION = 2


@dataclass(frozen=True, eq=False)
class WeightedTicket(Ticket):
    """A pruned subnetwork of the random network that seed, widths and distribution draw.

    As `Ticket`, with the attribute ``distribution``. Its file is of version 2: that of version 1
    with the distribution in the header.
    """

    distribution: Distribution

    @classmethod
    def of_sections(
        cls, target: TargetNetwork, plan: PeerPlan, weights: WeightSource, edges: list[Edges]
    ) -> WeightedTicket:
        """Return the ticket with two layers a target layer that a peer found by its plan."""
        depth = len(plan.dims) - 1
        generations: list[Generation] = [(2 * i, "unit") for i in range(1, depth)]
        if not plan.nonnegative:
            generations.insert(0, (1, "split"))
        units: list[Index] = [np.arange(d, dtype=np.int64) for d in plan.dims[1:-1]]
        return cls(
            target=target,
            construction=plan.construction,
            seed=weights.seed,
            widths=plan.widths,
            layer_scale_log2=plan.layer_scale_log2,
            eps=plan.eps,
            delta=plan.delta,
            edges=tuple(edges),
            units=tuple(units),
            generations=tuple(generations),
            distribution=plan.distribution,
        )

    @cached_property
    def weights(self) -> WeightSource:
        """The random network that the ticket prunes."""
        return WeightSource(self.seed, self.widths, self.distribution)

    def describe(self) -> dict[str, Any]:
        """Return the ticket's numbers, ready for JSON."""
        return super().describe() | {"distribution": self.distribution.describe()}

    def run_exact(self, x: ArrayLike) -> NDArray[np.object_]:
        """Return the ticket's outputs as exact Fractions for float64 x of shape (…, features).

        Weights and inputs are dyadic rationals. Slow, and meant as an oracle.
        """
        inputs = self.target.inputs(x)
        rows = inputs.reshape(-1, inputs.shape[-1])
        unit = Fraction(2) ** -self.scale_log2
        outputs = [[v * unit for v in self._run_one(row)] for row in rows]
        return np.array(outputs, dtype=object).reshape(*inputs.shape[:-1], self.widths[-1])

    def _run_one(self, row: NDArray[np.float64]) -> list[Fraction]:
        values = {c: Fraction(float(v)) for c, v in enumerate(row)}
        for t, edges in enumerate(self.edges, 1):
            sums: dict[int, Fraction] = {}
            sources = edges.source_of_edges()
            weights = self.weights.edges(t, sources, edges.indices)
            for c, r, w in zip(
                sources.tolist(), edges.indices.tolist(), weights.tolist(), strict=True
            ):
                sums[r] = sums.get(r, Fraction(0)) + Fraction(w) * values.get(c, 0)
            if t < self.depth:
                sums = {r: v for r, v in sums.items() if v > 0}
            values = sums
        return [values.get(r, Fraction(0)) for r in range(self.widths[-1])]

    def _matrices(self) -> Iterator[csr_array]:
        """Yield M_t∘W_t for every layer, rows and columns cut to the neurons that are read."""
        for t, edges in enumerate(self.edges, 1):
            last = t == self.depth
            rows = np.arange(self.widths[-1]) if last else self.edges[t].sources
            place = np.full(self.widths[t], -1, dtype=np.int64)
            place[rows] = np.arange(len(rows))
            row = place[edges.indices]
            read = row >= 0
            column = np.repeat(np.arange(len(edges.sources)), np.diff(edges.indptr))
            value = self.weights.edges(t, edges.source_of_edges()[read], edges.indices[read])
            shape = (len(rows), len(edges.sources))
            yield csr_array((value, (row[read], column[read])), shape=shape)

    def _header(self) -> dict[str, Any]:
        return super()._header() | {
            "version": VERSION,
            "distribution": self.distribution.as_json(),
        }

    @classmethod
    def _from_arrays(cls, header: dict[str, Any], file: Any) -> WeightedTicket:
        if header["version"] != VERSION:
            raise InputError(f"expected format pmone-ticket, version {VERSION}")
        plain = Ticket._from_arrays(header | {"version": 1}, file)
        return cls(**vars(plain), distribution=Distribution.from_json(header["distribution"]))


def load(path: str | Path) -> Ticket | MaskedNetwork:
    """Read any file of a pruned network to run it; raise InputError naming what is wrong.

    Ticket files of version 1 give a `Ticket`, of version 2 a `WeightedTicket`; files of masks,
    which edge-popup saves, give a `MaskedNetwork`.

    >>> import os, tempfile
    >>> from constructions import TargetNetwork, horner, plan_for
    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> plan = plan_for(target, eps="0.1", delta="1e-6")
    >>> path = os.path.join(tempfile.mkdtemp(), "ticket.npz")
    >>> horner.prune(target, plan, plan.signs(seed=1)).save(path)
    >>> load(path).run([0.5, 0.5])
    array([0.125])
    """
    with reading_arrays(path, "a ticket file") as (header, _):
        format_, version = header["format"], header["version"]
    if format_ == mask.FORMAT:
        return MaskedNetwork.load(path)
    return WeightedTicket.load(path) if version == VERSION else Ticket.load(path)
