"""Ticket: which edges of a reproducible random ±1 network are kept; save, load, describe, run.

The file format is stated in `proofs/kernel/FORMAT.md`. Nothing here is trusted: the checker reads
the file again, by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from constructions.archive import reading_arrays, write_arrays
from constructions.edges import Edges, Index
from constructions.errors import InputError
from constructions.networks.files import header_of, network_of
from constructions.networks.network import RandomNetwork
from constructions.plan import Plan
from constructions.progress import Progress, silent
from constructions.targets.target import Ball, Box, Domain, TargetNetwork, exact_decimal

Generation = tuple[int, Literal["split", "unit"]]
_EXACT_CHUNK = 1 << 20  # edges whose products are Python integers at one time

_WIDEST = 2**28  # neurons of a layer that is run
_LARGEST_SCALE = 2**20  # bits


@dataclass(frozen=True, eq=False)
class Ticket:
    """A pruned subnetwork of a random network, of ±1 weights or of real ones.

    Attributes
    ----------
    target : the network to be approximated, with its domain
    construction : the name of what found it
    network : the random network that is pruned; its seed and its shape name it
    layer_scale_log2 : p_1 … p_l; the ticket computes 2^{−Σp_i} times its integer network
    eps, delta : what was asked for
    edges : the kept edges of layers 1 … L
    units : for every hidden target layer, the neuron that holds each of its units
    generations : the layers in which a ReLU really acts, in order

    >>> import os, tempfile
    >>> from constructions import horner, plan_for
    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> plan = plan_for(target, eps="0.1", delta="1e-6")
    >>> ticket = horner.prune(target, plan, plan.draw(seed=1))
    >>> ticket.depth, ticket.run([[0.5, 0.5], [0.25, 1.0]]).shape
    (17, (2, 1))
    >>> path = os.path.join(tempfile.mkdtemp(), "ticket.npz")
    >>> ticket.save(path)
    >>> Ticket.load(path).run_exact([0.5, 0.5])
    array([Fraction(1, 8)], dtype=object)
    """

    target: TargetNetwork
    construction: str
    network: RandomNetwork
    layer_scale_log2: tuple[int, ...]
    eps: Decimal
    delta: Decimal
    edges: tuple[Edges, ...]
    units: tuple[Index, ...]
    generations: tuple[Generation, ...]

    @classmethod
    def of_plan(
        cls,
        target: TargetNetwork,
        plan: Plan,
        network: RandomNetwork,
        edges: list[Edges],
        units: list[Index],
        generations: list[Generation],
    ) -> Ticket:
        """Return the ticket that a construction found by its plan."""
        return cls(
            target=target,
            construction=plan.construction,
            network=network,
            layer_scale_log2=plan.layer_scale_log2,
            eps=plan.eps,
            delta=plan.delta,
            edges=tuple(edges),
            units=tuple(units),
            generations=tuple(generations),
        )

    @property
    def seed(self) -> int:
        """The seed of the random network."""
        return self.network.seed

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths (d_0, N_1, …, d_l) of the random network."""
        return self.network.widths

    @property
    def depth(self) -> int:
        """The number of layers L of the random network."""
        return len(self.widths) - 1

    @property
    def scale_log2(self) -> int:
        """P = Σ p_i: the output is scaled by 2^−P."""
        return sum(self.layer_scale_log2)

    @property
    def scale_log2_of_layers(self) -> dict[int, int]:
        """Where a power of two leaves: p_i by the layer t that ends target layer i."""
        ends = [layer for layer, kind in self.generations if kind == "unit"] + [self.depth]
        return dict(zip(ends, self.layer_scale_log2, strict=True))

    @property
    def kept_weights(self) -> int:
        """The number of kept edges."""
        return sum(len(e) for e in self.edges)

    def describe(self) -> dict[str, Any]:
        """Return the ticket's numbers, ready for JSON."""
        return {
            "construction": self.construction,
            "seed": self.seed,
            "target_dims": list(self.target.dims),
            "domain": self.target.domain.describe(),
            "epsilon": str(self.eps),
            "delta": str(self.delta),
            "width": max(self.widths[1:-1], default=0),
            "depth": self.depth,
            "random_weights": self.network.size,
            "kept_weights": self.kept_weights,
            "scale_log2": self.scale_log2,
            "distribution": self.network.distribution.describe(),
        }

    # -- running -----------------------------------------------------------------------------

    def run(self, x: ArrayLike, progress: Progress = silent) -> NDArray[np.float64]:
        """Return the ticket's outputs in float64 for x of shape (…, features).

        Activations are rescaled by exact powers of two after every target layer (H1), so that depth
        does not overflow; what float64 rounds away is not covered by a certificate (it is about
        exact arithmetic), but stays near 2⁻⁵³ of the accumulators.
        """
        inputs = self.target.inputs(x)
        h = inputs.reshape(-1, inputs.shape[-1]).T
        scales = self.scale_log2_of_layers
        for t, W in enumerate(self._matrices(), 1):
            progress(t, self.depth, f"layer {t} of {self.depth}")
            h = W @ h[self.edges[t - 1].sources if t == 1 else slice(None)]
            if t < self.depth:
                h = np.maximum(h, 0.0)
            if t in scales:
                h = np.ldexp(h, -scales[t])
        return np.ascontiguousarray(h.T).reshape(*inputs.shape[:-1], self.widths[-1])

    def run_exact(self, x: ArrayLike) -> NDArray[np.object_]:
        """Return the ticket's outputs as exact Fractions for float64 x of shape (…, features).

        Inputs and weights are dyadic rationals; they are scaled to integers, and the pruned network
        runs on Python integers. Slow, and meant as an oracle.
        """
        inputs = self.target.inputs(x)
        h, shift = _integers(inputs.reshape(-1, inputs.shape[-1]).T)
        for t, W in enumerate(self._matrices(), 1):
            W.data, more = _integers(W.data)
            h = _integer_product(W, h[self.edges[t - 1].sources if t == 1 else slice(None)])
            if t < self.depth:
                h = np.where(h > 0, h, 0)
            shift += more
        unit = Fraction(2) ** (shift - self.scale_log2)
        outputs = np.array([int(v) * unit for v in h.T.ravel()], dtype=object)
        return outputs.reshape(*inputs.shape[:-1], self.widths[-1])

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
            value = self.network.values(t, edges.source_of_edges()[read], edges.indices[read])
            shape = (len(rows), len(edges.sources))
            yield csr_array((value, (row[read], column[read])), shape=shape)

    # -- files -------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the ticket file; an interruption leaves no half-written file at ``path``."""
        arrays: dict[str, NDArray[Any]] = {"header": np.array(json.dumps(self._header()))}
        for i, W in enumerate(self.target.weights, 1):
            arrays[f"target_{i}"] = W
        for t, edges in enumerate(self.edges, 1):
            gaps, far = edges.gaps(self.widths[t])
            arrays |= {f"gaps_{t}": gaps, f"far_{t}": far}
        for i, units in enumerate(self.units, 1):
            arrays[f"units_{i}"] = np.asarray(units, dtype=np.int64)
        write_arrays(path, arrays)

    def _header(self) -> dict[str, Any]:
        return {
            "format": "pmone-ticket",
            **header_of(self.network),
            "construction": self.construction,
            "scale_log2": self.scale_log2,
            "layer_scale_log2": list(self.layer_scale_log2),
            "epsilon": f"{self.eps:f}",
            "delta": f"{self.delta:f}",
            "domain": _domain_as_json(self.target.domain),
            "homogenized": self.target.homogenized,
            "generations": [{"layer": t, "kind": kind} for t, kind in self.generations],
        }

    @classmethod
    def load(cls, path: str | Path) -> Ticket:
        """Read a ticket file to run it; raise InputError naming what is wrong with it.

        This checks what running needs. What the ticket proves is the checker's to say.
        """
        with reading_arrays(path, "a ticket file that can be run") as (header, file):
            return cls._from_arrays(header, file)

    @classmethod
    def _from_arrays(cls, header: dict[str, Any], file: Any) -> Ticket:
        if header["format"] != "pmone-ticket":
            raise InputError(f"format = {header['format']!r}: expected pmone-ticket")
        network = network_of(header)
        widths = network.widths
        scales = tuple(int(p) for p in header["layer_scale_log2"])
        target = replace(
            TargetNetwork.from_layers([file[f"target_{i}"] for i in range(1, len(scales) + 1)]),
            homogenized=bool(header["homogenized"]),
        ).with_domain(_domain_from_json(header["domain"]))
        read = _edges if header["version"] == 3 else _plain_edges
        edges = [read(file, t, *pair) for t, pair in enumerate(pairwise(widths), 1)]
        if (target.dims[0], target.dims[-1]) != (widths[0], widths[-1]):
            raise InputError(f"widths {widths}: expected to start and end as dims {target.dims}")
        generations = tuple((int(g["layer"]), g["kind"]) for g in header["generations"])
        hidden = sum(kind == "unit" for _, kind in generations)
        if hidden != len(scales) - 1:
            raise InputError(f"generations: {hidden} of units, expected {len(scales) - 1}")
        _require_sizes(widths, scales)
        return cls(
            target=target,
            construction=str(header["construction"]),
            network=network,
            layer_scale_log2=scales,
            eps=exact_decimal("epsilon", header["epsilon"]),
            delta=exact_decimal("delta", header["delta"]),
            edges=tuple(edges),
            units=tuple(file[f"units_{i}"] for i in range(1, len(scales))),
            generations=generations,
        )


def _require_sizes(widths: Sequence[int], scales: Sequence[int]) -> None:
    """Raise InputError for layers and scales beyond all that can be run."""
    if max(widths) > _WIDEST:
        raise InputError(f"widths: {max(widths)} neurons in a layer, expected at most {_WIDEST}")
    if max(map(abs, scales)) > _LARGEST_SCALE:
        raise InputError(f"layer_scale_log2 {max(map(abs, scales))}: more than {_LARGEST_SCALE}")


def _edges(file: Any, t: int, width_in: int, width_out: int) -> Edges:
    gaps, far = file[f"gaps_{t}"], file[f"far_{t}"]
    fault = f"gaps_{t}, far_{t} do not describe edges of layer {t}"
    if gaps.ndim != 1 or gaps.dtype != np.uint8 or far.ndim != 1 or far.dtype.kind != "i":
        raise InputError(fault)
    try:
        return Edges.from_gaps(gaps, far, width_in, width_out)
    except ValueError as error:
        raise InputError(f"{fault} ({error})") from None


def _plain_edges(file: Any, t: int, width_in: int, width_out: int) -> Edges:
    """The edges of layer t as files of versions 1 and 2 state them."""
    sources, indptr, indices = (file[f"{name}_{t}"] for name in ("sources", "indptr", "indices"))
    sound = (
        all(a.ndim == 1 and a.dtype.kind == "i" for a in (sources, indptr, indices))
        and len(indptr) == len(sources) + 1
        and indptr[0] == 0
        and indptr[-1] == len(indices)
        and (np.diff(indptr) > 0).all()
        and (np.diff(sources) > 0).all()
        and _within(sources, width_in)
        and _within(indices, width_out)
    )
    if not sound:
        raise InputError(f"sources_{t}, indptr_{t}, indices_{t} do not describe edges of layer {t}")
    return Edges(sources, indptr, indices)


def _within(values: NDArray[Any], width: int) -> bool:
    return len(values) == 0 or (int(values.min()) >= 0 and int(values.max()) < width)


def _domain_as_json(domain: Domain) -> dict[str, Any]:
    if isinstance(domain, Ball):
        return {
            "kind": "ball",
            "radius": f"{domain.radius:f}",
            "nonnegative": domain.nonnegative,
        }
    return {
        "kind": "box",
        "low": [f"{v:f}" for v in domain.low],
        "high": [f"{v:f}" for v in domain.high],
    }


def _domain_from_json(value: dict[str, Any]) -> Domain:
    if value["kind"] == "ball":
        return Ball(value["radius"], bool(value["nonnegative"]))
    low, high = ([exact_decimal(side, v) for v in value[side]] for side in ("low", "high"))
    return Box(tuple(low), tuple(high))


def _integers(values: NDArray[Any]) -> tuple[NDArray[np.object_], int]:
    """Return integers and an exponent e with values = integers·2^e, exactly."""
    if values.dtype.kind == "i":
        return values.astype(object), 0
    mantissas, exponents = np.frexp(values)
    used = exponents[mantissas != 0]
    low = int(used.min(initial=0)) - 53
    scaled = [
        int(m) << max(int(e) - 53 - low, 0)
        for m, e in zip(np.ldexp(mantissas, 53).ravel(), exponents.ravel(), strict=True)
    ]
    return np.array(scaled, dtype=object).reshape(values.shape), low


def _integer_product(W: csr_array, h: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return W @ h for Python integers, a few rows at a time."""
    result = np.zeros((W.shape[0], h.shape[1]), dtype=object)
    rows = np.flatnonzero(np.diff(W.indptr))  # reduceat needs rows that have entries
    starts = W.indptr[rows].astype(np.int64)
    step = max(1, _EXACT_CHUNK // max(1, h.shape[1]))
    first = 0
    while first < len(rows):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + step)))
        lo = starts[first]
        hi = starts[last] if last < len(rows) else W.nnz
        products = W.data[lo:hi, None].astype(object) * h[W.indices[lo:hi]]
        result[rows[first:last]] = np.add.reduceat(products, starts[first:last] - lo, axis=0)
        first = last
    return result
