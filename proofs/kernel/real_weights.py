"""Tickets in random networks with real weights: FORMAT.md, section 8.

Weights are float64, hence dyadic rationals, and are recomputed from the seed bit for bit. A
ticket there has two layers per target layer. Neurons of the first read one input each,
σ(a·x_j) = |a|·σ(±x_j), so the second computes
    Ŵ⁺ x⁺ + Ŵ⁻ x⁻,   x⁺ = σ(x), x⁻ = σ(−x),   Ŵ±[o, j] = Σ |a|·b over the kept paths from ±x_j to o.
We compute these sums in float64 and bound what rounding does to them; where no rounding is
possible (weights on a grid that is coarse enough) they are exact. Then
    W x − (Ŵ⁺x⁺ + Ŵ⁻x⁻) = [W − Ŵ⁺, −W − Ŵ⁻]·(x⁺; x⁻),   ‖(x⁺; x⁻)‖ = ‖x‖,
and the bound of section 7 applies.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from proofs.kernel.bound import frobenius, norm_float, propagated, square_root
from proofs.kernel.header import Header
from proofs.kernel.integers import Rejected
from proofs.kernel.kept_edges import Edges
from proofs.kernel.philox import philox_blocks
from proofs.kernel.ticket_file import TicketFile

Float = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
UInt64 = npt.NDArray[np.uint64]
Progress = Callable[[int, int, str], None]

STREAM = 1 << 32  # the second word of the key of layer t is 2^32 + t
BLOCK = 4  # weights in a block: one a word
CHUNK = 1 << 16  # edges handled at once
STRETCH = 5  # a block inside a stretch costs about a fifth of a single one (measured)
FRACTION_BITS = 24
UNIT = 2.0**-53
LOW32 = np.uint64(0xFFFFFFFF)
SHIFT32 = np.uint64(32)


# -- weights -----------------------------------------------------------------------------------


def weights_of_words(words: UInt64, kind: str, parameter: int) -> Float:
    """The weights that 64-bit words stand for (FORMAT.md, section 8).

    >>> weights_of_words(np.array([0, 1 << 63], dtype=np.uint64), "grid", 2).tolist()
    [-1.0, 0.0]
    """
    if kind == "uniform":
        odd = 2 * (words >> np.uint64(11)).astype(np.int64) + 1 - (1 << 53)
        return np.ldexp(odd.astype(np.float64), -53)  # |odd| < 2^53: exact
    if kind == "grid":
        count = np.uint64((2 << parameter) + 1)  # below 2^32: no product exceeds 64 bits
        low = ((words & LOW32) * count) >> SHIFT32
        value = ((words >> SHIFT32) * count + low) >> SHIFT32
        return np.ldexp(value.astype(np.float64) - 2.0**parameter, -parameter)
    bits = (words >> SHIFT32) & np.uint64((1 << 31) - 1)
    octave = (bits * np.uint64(parameter)) >> np.uint64(31)
    size = np.ones(len(words))
    factor = 0.5
    for bit in range(31, 31 - FRACTION_BITS, -1):
        factor = math.sqrt(factor)
        size = np.where((words >> np.uint64(bit)) & np.uint64(1), size * factor, size)
    size = np.ldexp(size, -octave.astype(np.int64))
    return np.where(words >> np.uint64(63), size, -size)


def edge_weights(header: Header, t: int, edges: Edges) -> Float:
    """The weights of the kept edges of layer t, in the order of `indices`.

    Blocks of the stream never decrease along the edges; close ones are made in one stretch.
    """
    kind, parameter = header.distribution or ("", 0)
    per_source = -(-header.widths[t] // BLOCK)
    source = np.repeat(edges.sources, np.diff(edges.indptr))
    result = np.empty(len(edges.indices))
    for start in range(0, len(result), CHUNK):
        target = edges.indices[start : start + CHUNK].astype(np.int64)
        block = source[start : start + CHUNK] * per_source + target // BLOCK
        new = np.concatenate(([True], block[1:] != block[:-1]))
        span = int(block[-1] - block[0]) + 1
        if span <= STRETCH * int(new.sum()):
            generator = np.random.Philox(key=np.array([header.seed, STREAM + t], dtype=np.uint64))
            generator.advance(int(block[0]))
            words = generator.random_raw(BLOCK * span)
            place = BLOCK * (block - block[0]) + target % BLOCK
        else:
            counters = block[new].astype(np.uint64) + np.uint64(1)  # the first block has counter 1
            words = philox_blocks(header.seed, STREAM + t, counters).T.ravel()
            place = BLOCK * (np.cumsum(new) - 1) + target % BLOCK
        result[start : start + CHUNK] = weights_of_words(words[place], kind, parameter)
    return result


# -- extraction --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effective:
    """What a pair of layers computes: a matrix within `error` (Frobenius norm) of `matrix`.

    matrix: float64, d_i × d_{i−1}; or d_i × 2d_{i−1}, Ŵ⁺ beside Ŵ⁻, after a split (but one matrix
    if they are exactly opposite).
    """

    matrix: Float
    error: Fraction


def require_pairs(header: Header) -> bool:
    """Whether the inputs are split; raises `Rejected` unless the layers come in pairs."""
    depth, layers = header.depth, header.layers
    units = [(2 * i, "unit") for i in range(1, layers)]
    split = header.generations[:1] == ((1, "split"),)
    if depth != 2 * layers or list(header.generations[split:]) != units:
        raise Rejected("real weights: the layers do not come in pairs, one pair per target layer")
    for t, (before, after) in enumerate(pairwise(header.widths), 1):
        if before * -(-after // BLOCK) >= 1 << 62:  # block numbers are int64
            raise Rejected(f"layer {t}: more weights than the checker can number")
    if not split and not header.domain.nonnegative:
        raise Rejected("layer 1: takes the ReLU of inputs of unknown sign, but is not a generation")
    return split


def wires(edges: Edges, t: int) -> tuple[Int64, Int64]:
    """The neurons of layer t with a kept edge, increasing, and where in `edges` it stands."""
    order = np.argsort(edges.indices, kind="stable")
    neurons = edges.indices[order].astype(np.int64)
    twice = neurons[1:][neurons[1:] == neurons[:-1]]
    if len(twice):
        raise Rejected(f"layer {t}: neuron {twice[0]} reads more than one input")
    return neurons, order


def owners(ticket: TicketFile, i: int) -> Int64:
    """For each neuron of layer 2i the unit of target layer i that it holds, or −1."""
    header = ticket.header
    width = header.widths[2 * i]
    units = ticket.units(i, width) if i < header.layers else np.arange(width)
    if len(np.unique(units)) != len(units):
        raise Rejected(f"units_{i}: two units are the same neuron")
    if width > 16 * len(units) + (1 << 24):
        raise Rejected(f"layer {2 * i}: {width} neurons for {len(units)} units")
    owner = np.full(width, -1, dtype=np.int64)
    owner[units] = np.arange(len(units))
    return owner


def effective(ticket: TicketFile, i: int, before: Int64, owner: Int64, split: bool) -> Effective:
    """The matrix of layers 2i−1 and 2i over the units (or inputs) before them."""
    header, outputs, inputs = ticket.header, *ticket.targets[i - 1].shape
    first, second = ticket.edges(2 * i - 1), ticket.edges(2 * i)
    place = before[first.sources]
    if (place < 0).any():
        neuron = first.sources[place < 0][0]
        raise Rejected(f"layer {2 * i - 1}: reads neuron {neuron}, which is no unit")
    neurons, order = wires(first, 2 * i - 1)
    a = edge_weights(header, 2 * i - 1, first)[order]
    column = np.repeat(place, np.diff(first.indptr))[order]
    columns = inputs * (2 if split else 1)
    if split:
        column = np.where(a < 0, column + inputs, column)
    else:
        a = np.maximum(a, 0.0)  # what is read is ≥ 0: the ReLU of a negative multiple is 0
    size = np.abs(a)

    source = np.repeat(second.sources, np.diff(second.indptr))
    at = np.minimum(np.searchsorted(neurons, source), max(len(neurons) - 1, 0))
    row = owner[second.indices]
    live = (row >= 0) & (neurons[at] == source if len(neurons) else False)
    product = size[at[live]] * edge_weights(header, 2 * i, second)[live]
    entry = row[live] * columns + column[at[live]]
    cells = outputs * columns
    matrix = np.asarray(np.bincount(entry, weights=product, minlength=cells), dtype=np.float64)
    matrix = matrix.reshape(outputs, columns)
    total = np.asarray(
        np.bincount(entry, weights=np.abs(product), minlength=cells), dtype=np.float64
    )
    terms = int(np.bincount(entry, minlength=1).max())
    error = rounding(total, terms, header)
    if split and not error and (matrix[:, :inputs] == -matrix[:, inputs:]).all():
        matrix = matrix[:, :inputs]  # Ŵ⁺x⁺ − Ŵ⁺x⁻ = Ŵ⁺x: linear, as with ±1 weights
    return Effective(matrix, error)


def rounding(total: Float, terms: int, header: Header) -> Fraction:
    """An upper bound on the Frobenius norm of what rounding did to sums of `terms` products.

    `total` are the sums of absolute values. Weights are 0 or at least 2^−256, so no product
    underflows, and each sum is off by at most γ_k·Σ|ab| ≤ 2ku·total·(1 + 2ku). Multiples of 2^−2q
    below 2^(53−2q) are exact.
    """
    kind, q = header.distribution or ("", 0)
    if kind == "grid" and float(total.max(initial=0.0)) * (1.0 + 2.0**-40) <= 2.0 ** (53 - 2 * q):
        return Fraction(0)
    return Fraction(4.0 * terms * UNIT * frobenius(total))


# -- the bound ---------------------------------------------------------------------------------


def norm_from_target(w: Float, p: int, found: Effective) -> Fraction:
    """An upper bound on ‖2^−p·[Ŵ⁺ − 2^p W, Ŵ⁻ + 2^p W]‖, or without a split on ‖2^−p Ŵ − W‖."""
    with np.errstate(over="ignore", under="ignore"):
        lifted = np.ldexp(w, p)  # exact, but for less than 2^−1074 an entry if it underflows
        if found.matrix.shape != w.shape:
            lifted = np.concatenate([lifted, -lifted], axis=1)
        difference = lifted - found.matrix
    if not np.isfinite(difference).all():
        raise Rejected(f"a target weight times 2^{p} is beyond the range of float64")
    exact = bool((np.ldexp(lifted[:, : w.shape[1]], -p) == w).all())
    size = norm_float(difference)
    spread = math.isqrt(difference.size) + 1
    lost = Fraction(0) if exact else Fraction(spread, 2**1074)
    # Subtracting rounds by at most u·|entry|, and ‖·‖_F ≤ √n·‖·‖₂; where it gives 0 it is exact.
    rounded = size * spread * Fraction(2 * UNIT)
    return (size + rounded + lost + found.error) * Fraction(2) ** -p


def bound_real(ticket: TicketFile, progress: Progress | None = None) -> Fraction:
    """The certified bound of a ticket with real weights; raises `Malformed` or `Rejected`."""
    header = ticket.header
    split = require_pairs(header)
    layers = header.layers
    before: Int64 = np.arange(header.widths[0])
    parts: list[tuple[Fraction, Fraction, Fraction]] = []
    for i, (w, p) in enumerate(zip(ticket.targets, header.layer_scale_log2, strict=True), 1):
        if progress is not None:
            progress(i - 1, layers, f"target layer {i} of {layers}")
        owner = owners(ticket, i)
        found = effective(ticket, i, before, owner, split and i == 1)
        # ‖W_l‖ and ‖Ŵ_1‖ do not occur in the bound.
        size = norm_float(w) if i < layers else Fraction(0)
        own = (norm_float(found.matrix) + found.error) * Fraction(2) ** -p if i > 1 else Fraction(0)
        parts.append((size, own, norm_from_target(w, p, found)))
        before = owner
    if progress is not None:
        progress(layers, layers, "bound computed")
    return propagated(parts, square_root(header.domain.square_radius))[1]
