"""The kernel and the second checker on one file: what both say, compared in all they say.

Behind both stands the definition itself: the pruned network, evaluated edge by edge at rational
points, is the function that was extracted, as near to the target as said.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from constructions import TargetNetwork, construction, plan_for
from proofs.kernel import Certificate, check
from tests.adversarial import second_checker as second
from tests.adversarial.edits import points
from tests.adversarial.second_reader import Matrix, Ticket

NAMES = ("grouped", "horner", "sign-agnostic", "blocks")
REAL = ("malach", "orseau", "pensia", "kumar-natale")


def evaluate(ticket: Ticket, x: Sequence[Fraction]) -> list[Fraction]:
    """The pruned network at x, edge by edge, as section 1 defines it."""
    values, layers = dict(enumerate(x)), len(ticket.widths) - 1
    for t in range(1, layers + 1):
        z: dict[int, Fraction] = {}
        for c, r, weight in second.weights_of(ticket, t):
            z[r] = z.get(r, Fraction(0)) + weight * values.get(c, Fraction(0))
        values = z if t == layers else {r: max(v, Fraction(0)) for r, v in z.items()}
    scale = Fraction(2) ** sum(ticket.shifts)
    return [values.get(o, Fraction(0)) / scale for o in range(ticket.widths[-1])]


def compute(layers: Sequence[Matrix], x: Sequence[Fraction]) -> list[Fraction]:
    """A ReLU network of rational matrices at x."""
    h = list(x)
    for i, W in enumerate(layers):
        h = [max(v, Fraction(0)) for v in h] if i else h
        h = [sum((w * v for w, v in zip(row, h, strict=True)), Fraction(0)) for row in W]
    return h


def extracted(ticket: Ticket, matrices: list, x: Sequence[Fraction]) -> list[Fraction]:
    """The function that the second checker says the ticket is, at x."""
    if not ticket.real:
        return compute(
            [second.scaled(*pair) for pair in zip(matrices, ticket.shifts, strict=True)], x
        )
    layers = [second.scaled(plus, p) for (plus, _), p in zip(matrices, ticket.shifts, strict=True)]
    if ticket.kinds.get(1) == "split":  # the first layer reads (x⁺; x⁻)
        minus = second.scaled(matrices[0][1], ticket.shifts[0])
        layers[0] = [a + b for a, b in zip(layers[0], minus, strict=True)]
        x = [max(v, Fraction(0)) for v in (*x, *(-v for v in x))]
    return compute(layers, x)


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """One folder for all files, since to make one takes as long as to check a ticket."""
    return tempfile.TemporaryDirectory(prefix="agreement-")


def agree(data: bytes) -> second.Verdict:
    """The verdict on a file that both give, after comparing all that both say."""
    path = Path(_folder().name, f"ticket-{os.getpid()}.npz")
    path.write_bytes(data)
    kernel = check(path)
    mine = second.check(data)
    said = f"kernel: {kernel.verdict} {kernel.reasons}; second: {mine.kind} {mine.reason}"
    if mine.ticket is None or mine.bound is None:
        assert kernel.verdict == mine.kind, said
    elif kernel.bound is None:  # what costs too much is refused
        assert kernel.verdict == "rejected", said
        assert beyond_limits(mine.ticket, mine), said
    elif abs(mine.bound - mine.ticket.epsilon) > mine.ticket.epsilon / 2**8:
        assert kernel.verdict == mine.kind, said
    else:  # too near for two bounds to decide alike, but each must decide by its own
        assert kernel.accepted == (Fraction(kernel.bound) <= mine.ticket.epsilon), said
    if mine.ticket is not None:
        compare(kernel, mine, mine.ticket)
    return mine


def beyond_limits(ticket: Ticket, mine: second.Verdict) -> bool:
    """Whether one of the limits that FORMAT.md lists and small files can reach is exceeded."""
    if mine.bound is not None and mine.bound > 2**1023:
        return True
    if not ticket.real:
        return any(abs(v) >= 2**1023 for V in mine.matrices or [] for row in V for v in row)
    sizes = [len(W) for W in ticket.target]
    return (
        any(n > 16 * d + 2**24 for n, d in zip(ticket.widths[2::2], sizes, strict=True))
        or any(a * -(-b // 4) >= 2**62 for a, b in pairwise(ticket.widths))
        or any(
            abs(w) * Fraction(2) ** p >= 2**1023
            for W, p in zip(ticket.target, ticket.shifts, strict=True)
            for row in W
            for w in row
        )
    )


def compare(kernel: Certificate, mine: second.Verdict, ticket: Ticket) -> None:
    assert kernel.target_sha256 == ticket.digest
    assert (kernel.kept_weights, kernel.random_weights) == (ticket.kept, ticket.random_weights)
    assert list(kernel.layer_scale_log2) == ticket.shifts
    assert (kernel.seed, kernel.epsilon) == (ticket.seed, ticket.epsilon)
    if mine.bound is None or mine.matrices is None or kernel.bound is None:
        return
    if not ticket.real:
        assert [m.tolist() for m in kernel.matrices] == mine.matrices
    # The second checker's norms are within 2^-25; the kernel's should be within 2^-11 each, and
    # with real weights it adds what its rounding may have changed, though by less than 10^-100.
    assert Fraction(kernel.bound) >= mine.bound * (1 - Fraction(1, 2**20))
    assert Fraction(kernel.bound) <= mine.bound * (1 + Fraction(1, 2**8)) + Fraction(1, 10**100)
    # The oracle: extraction says what the pruned network computes, and as all is homogeneous, the
    # error at x is at most bound/R·‖x‖, in the domain or not.
    rng = np.random.default_rng(ticket.kept)
    for _ in range(2):
        x = points(rng, ticket.widths[0], ticket.nonnegative, bool(kernel.homogenized))
        value = evaluate(ticket, x)
        assert value == extracted(ticket, mine.matrices, x)
        error = sum((a - b) ** 2 for a, b in zip(value, compute(ticket.target, x), strict=True))
        squares = sum(v * v for v in x) * Fraction(kernel.bound) ** 2
        assert ticket.radius_squared * error <= squares


def saved(ticket) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        ticket.save(Path(folder, "ticket.npz"))
        return Path(folder, "ticket.npz").read_bytes()


def made(target: TargetNetwork, name: str, accuracy, seed: int) -> bytes:
    """The file of an honest ticket by one of our constructions or the peers'."""
    plan = plan_for(target, accuracy, "1e-9" if name in NAMES else "1e-3", name)
    return saved(construction(name).prune(target, plan, plan.draw(seed)))
