"""A second checker of tickets, written from proofs/kernel/FORMAT.md alone.

It shares no line with the kernel and imports nothing of the project: Python integers and fractions
throughout, one dictionary a neuron, one Philox block at a time. It is slow and meant for small
tickets. Section numbers are those of FORMAT.md. `check(data)` gives a `Verdict`. It has none of
the limits that FORMAT.md allows a checker, but for the bytes of a file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from tests.adversarial.second_reader import Malformed, Matrix, Ticket, read

Row = dict[int, int]  # atom -> its nonzero coefficient


class Rejected(Exception):
    """The file is well-formed, but the claim does not follow."""


@dataclass(frozen=True)
class Verdict:
    """`kind` is accepted, rejected or malformed; `matrices` are [V_1, …] (or Ŵ±) if extracted."""

    kind: str
    reason: str = ""
    ticket: Ticket | None = None
    matrices: list[Any] | None = None
    bound: Fraction | None = None


# Sections 2 and 8: the random network -------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def philox(seed: int, key: int, block: int) -> tuple[int, int, int, int]:
    """The four words of a block."""
    mask, counter = (1 << 64) - 1, block + 1
    c0, c1, c2, c3 = (counter >> 64 * i & mask for i in range(4))
    k0, k1 = seed, key
    for _ in range(10):
        a, b = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = b >> 64 ^ c1 ^ k0, b & mask, a >> 64 ^ c3 ^ k1, a & mask
        k0, k1 = k0 + 0x9E3779B97F4A7C15 & mask, k1 + 0xBB67AE8584CAA73B & mask
    return c0, c1, c2, c3


def sign(seed: int, t: int, source: int, target: int, width: int) -> int:
    block = source * -(-width // 256) + target // 256
    return 1 if philox(seed, t, block)[target // 64 % 4] >> target % 64 & 1 else -1


ROOTS = [math.sqrt(0.5)]
for _ in range(23):
    ROOTS.append(math.sqrt(ROOTS[-1]))


def weight(
    kind: str, size: int, seed: int, t: int, source: int, target: int, width: int
) -> Fraction:
    z = philox(seed, 2**32 + t, source * -(-width // 4) + target // 4)[target % 4]
    if kind == "uniform":
        return Fraction(2 * (z >> 11) + 1 - 2**53, 2**53)
    if kind == "grid":
        return Fraction((z * (2 ** (size + 1) + 1) >> 64) - 2**size, 2**size)
    product = 1.0
    for j, root in enumerate(ROOTS, 1):
        product *= root if z >> 32 - j & 1 else 1.0
    octave = (z >> 32 & 2**31 - 1) * size >> 31
    magnitude = Fraction(product) / (1 << octave)
    return magnitude if z >> 63 else -magnitude


def weights_of(ticket: Ticket, t: int) -> Iterator[tuple[int, int, int | Fraction]]:
    """(source, target, weight) of each kept edge of layer t."""
    width = ticket.widths[t]
    for c, targets in ticket.edges[t - 1].items():
        for r in targets:
            if not ticket.real:
                yield c, r, sign(ticket.seed, t, c, r, width)
            else:
                yield c, r, weight(*ticket.distribution, ticket.seed, t, c, r, width)


# Section 6 and 8: extraction ----------------------------------------------------------------------


def key_of(row: Row, factor: int = 1) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((a, factor * v) for a, v in row.items()))


def add(row: Row, other: Row, factor: int) -> None:
    for a, v in other.items():
        row[a] = row.get(a, 0) + factor * v
        if row[a] == 0:
            del row[a]


def linear(row: Row, split: list[Row] | None, index: dict[Any, int], where: str) -> Row:
    """Rule 2: a row over the split's atoms as a row over the base."""
    if split is None:
        return row
    result: Row = {}
    for a, v in row.items():
        partner = index.get(key_of(split[a], -1))
        if partner is None or row.get(partner, 0) != -v:
            raise Rejected(f"{where}: atoms that are no linear form")
        if a < partner:
            add(result, split[a], v)
    return result


def rounded(ticket: Ticket, i: int, o: int, j: int) -> int:
    """Q[o, j] of layer i."""
    return round(ticket.target[i - 1][o][j] * Fraction(2) ** ticket.shifts[i - 1])


def matrix(ticket: Ticket, i: int, rows: list[Row], names: list[int | None]) -> list[list[int]]:
    """Rule 6: V_i from its units' rows; names[o] is the atom that holds unit o of layer i - 1."""
    last = {a: o for o, a in enumerate(names) if a is not None}
    V = []
    for o, row in enumerate(rows):
        if not row.keys() <= last.keys():
            raise Rejected(f"V_{i}: row {o} reads an atom that is no unit")
        free = [rounded(ticket, i, o, j) for j in range(len(names))]
        entries = list(free)
        for a, j in last.items():
            shared = sum(free[m] for m, name in enumerate(names) if name == a and m != j)
            entries[j] = row.get(a, 0) - shared
        V.append(entries)
    return V


def extract(ticket: Ticket) -> list[list[list[int]]]:
    """[V_1, …, V_l] of a ticket of ±1 weights, or `Rejected`."""
    layers = len(ticket.widths) - 1
    rows: dict[int, Row] = {j: {j: 1} for j in range(ticket.widths[0])}
    names: list[int | None] = list(range(ticket.widths[0]))
    split: list[Row] | None = None
    index: dict[Any, int] = {}
    matrices: list[list[list[int]]] = []
    signed = not ticket.nonnegative
    for t in range(1, layers + 1):
        z: dict[int, Row] = {}
        for c, r, s in weights_of(ticket, t):
            add(z.setdefault(r, {}), rows.get(c, {}), int(s))
        z = {r: row for r, row in z.items() if row}
        kind = ticket.kinds.get(t, "output" if t == layers else "plain")
        if kind == "plain":
            rows = {}
            for r, row in z.items():
                if signed or min(row.values()) < 0 < max(row.values()):
                    raise Rejected(f"layer {t}, neuron {r}: the sign of its input is not known")
                if min(row.values()) > 0:
                    rows[r] = row
            continue
        z = {r: linear(row, split, index, f"layer {t}, neuron {r}") for r, row in z.items()}
        z = {r: row for r, row in z.items() if row}
        i = len(matrices) + 1
        if kind == "output":
            held = list(range(ticket.widths[t]))
            return [*matrices, matrix(ticket, i, [z.get(r, {}) for r in held], names)]
        signed = False
        atoms: dict[Any, int] = {}
        rows = {r: {atoms.setdefault(key_of(row), len(atoms)): 1} for r, row in z.items()}
        if kind == "split":
            split, index = [dict(key) for key in atoms], atoms
        else:
            held = ticket.units[i - 1]
            matrices.append(matrix(ticket, i, [z.get(r, {}) for r in held], names))
            names = [next(iter(rows[r])) if r in rows else None for r in held]
            split, index = None, {}
    raise AssertionError("layer L returns")


def extract_real(ticket: Ticket) -> list[tuple[Matrix, Matrix]]:
    """[(Ŵ⁺, Ŵ⁻), …] without their scale, of a ticket of real weights, or `Rejected`."""
    depth = len(ticket.target)
    split = ticket.kinds.get(1) == "split"
    kinds = {2 * i: "unit" for i in range(1, depth)} | ({1: "split"} if split else {})
    if len(ticket.widths) - 1 != 2 * depth or kinds != ticket.kinds:
        raise Rejected("layers or generations are not those of real weights")
    if not (split or ticket.nonnegative):
        raise Rejected("inputs of unknown sign are not split")
    result = []
    sources = list(range(ticket.widths[0]))
    for i in range(1, depth + 1):
        units = ticket.units[i - 1] if i < depth else list(range(ticket.widths[-1]))
        if len(set(units)) < len(units):
            raise Rejected(f"units_{i} names a neuron twice")
        plus, minus = ([[Fraction(0)] * len(sources) for _ in units] for _ in range(2))
        feeding: dict[int, tuple[int, Fraction]] = {}
        for c, r, a in weights_of(ticket, 2 * i - 1):
            if r in feeding or c not in sources:
                raise Rejected(f"layer {2 * i - 1}, neuron {r}: a second edge, or not from a unit")
            feeding[r] = sources.index(c), Fraction(a)
        for r, o, b in weights_of(ticket, 2 * i):
            j, a = feeding.get(r, (0, Fraction(0)))
            if o in units:
                if a > 0:
                    plus[units.index(o)][j] += a * b
                elif split and i == 1:
                    minus[units.index(o)][j] -= a * b
        result.append((plus, minus))
        sources = units
    return result


# Section 7: the bound -----------------------------------------------------------------------------


def root(square: Fraction) -> Fraction:
    """An upper bound on a square root, within a factor 1 + 2**-60; the root of 0 is 0."""
    shift = 64 + square.denominator.bit_length()
    above = math.isqrt((square.numerator << 2 * shift) // square.denominator) + 1
    return Fraction(above, 1 << shift) if square else square


def positive_definite(S: Matrix) -> bool:
    """Whether a symmetric matrix is positive definite: all pivots of elimination are positive."""
    S = [list(row) for row in S]
    for k, pivot in enumerate(S):
        if pivot[k] <= 0:
            return False
        for row in S[k + 1 :]:
            factor = row[k] / pivot[k]
            row[k:] = [a - factor * b for a, b in zip(row[k:], pivot[k:], strict=True)]
    return True


def norm(A: Matrix) -> Fraction:
    """An upper bound on the spectral norm: guessed in floats, then proved by s²·1 - AAᵀ > 0."""
    largest = max(abs(v) for row in A for v in row)
    if largest == 0:
        return largest
    unit = Fraction(2) ** (largest.numerator.bit_length() - largest.denominator.bit_length())
    A = [[v / unit for v in row] for row in (A if len(A) <= len(A[0]) else zip(*A, strict=True))]
    s = Fraction(float(np.linalg.norm(np.array(A, dtype=float), 2))) * (1 + Fraction(1, 2**30))
    gram = [[sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0)) for y in A] for x in A]
    rest = [[(s * s if i == j else 0) - g for j, g in enumerate(x)] for i, x in enumerate(gram)]
    proved = positive_definite(rest)
    return unit * (s if proved else root(sum((g[i] for i, g in enumerate(gram)), Fraction(0))))


def scaled(V: Sequence[Sequence[int | Fraction]], shift: int) -> Matrix:
    return [[v / Fraction(2) ** shift for v in row] for row in V]


def bound(ticket: Ticket, matrices: list[Any]) -> Fraction:
    """Section 7's bound, from above and within a factor of about 1 + 2**-25."""
    total, before = Fraction(0), root(ticket.radius_squared)
    for i, (W, V) in enumerate(zip(ticket.target, matrices, strict=True)):
        plus, minus = V if ticket.real else (V, V)
        hat = scaled(plus, ticket.shifts[i])
        gap = [[w - h for w, h in zip(*rows, strict=True)] for rows in zip(W, hat, strict=True)]
        if i == 0 and ticket.kinds.get(1) == "split" and ticket.real:
            other = scaled(minus, ticket.shifts[0])
            if other != [[-h for h in row] for row in hat]:
                sums = [
                    [-w - m for w, m in zip(*r, strict=True)] for r in zip(W, other, strict=True)
                ]
                gap = [a + b for a, b in zip(gap, sums, strict=True)]
        total = total * norm(hat) + before * norm(gap)
        before *= norm(W)
    return total


def check(data: bytes) -> Verdict:
    """The verdict on a file's bytes."""
    ticket = matrices = None
    try:
        ticket = read(data)
        matrices = extract_real(ticket) if ticket.real else extract(ticket)
    except Malformed as fault:
        return Verdict("malformed", str(fault))
    except Rejected as fault:
        return Verdict("rejected", str(fault), ticket)
    value = bound(ticket, matrices)
    if value > ticket.epsilon:
        return Verdict("rejected", "the bound exceeds epsilon", ticket, matrices, value)
    return Verdict("accepted", "", ticket, matrices, value)
