"""Do the checks find planted bugs? Each bug is an edit of a construction's source.

The edited module is compiled and run in place of the real one. A row of the table says which check
must notice: the kernel, which reads only the file; or an oracle that knows the mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from flint import arb

from constructions import NoTicket, TargetNetwork, construction, ours, pool
from constructions.quantize import bits_for_theorem, quantize
from constructions.request import Request
from tests.oracles import upper_end
from tests.planting import plant
from tests.tickets import certify, quantized_output, rationals

CONSTRUCTION = {
    "horner": "horner",
    "digit_strings": "horner",
    "sign_agnostic": "sign-agnostic",
    "blocks": "blocks",
}


@dataclass(frozen=True)
class Bug:
    """An edit, in every place where ``right`` stands, and what must notice it."""

    name: str
    module: str
    right: str
    wrong: str
    found_by: str  # "kernel", "exact run" (both look at tickets), "plan" or "bound"


BUGS = [
    Bug("halves that start from γ of their own", "horner",
        "edges = Edges.from_pairs(copy, halves.ravel())",
        "edges = Edges.from_pairs(copy[1:], halves.ravel()[1:])", "kernel"),
    Bug("digits ±2 through one half", "horner",
        "two | ((d != 0) & ~first)", "(d != 0) & ~first", "kernel"),
    Bug("a digit added through both halves", "horner",
        "two | ((d != 0) & ~first)", "d != 0", "kernel"),
    Bug("doubling with one old half", "horner",
        "both = np.repeat(old, 2, axis=0), np.tile(halves, (2, 1))",
        "both = np.repeat(old[:1], 2, axis=0), halves", "kernel"),
    Bug("digits in the wrong order", "horner", "zip(stages, signs, digits, found, strict=True)",
        "zip(stages, signs, digits[::-1], found, strict=True)", "kernel"),
    Bug("a digit of the other edges' signs", "digit_strings", "if plus - 2 <= d <= plus",
        "if -plus <= d <= 2 - plus", "kernel"),
    Bug("the outputs exchanged", "horner",
        "outputs = np.tile(np.arange(n), 2)", "outputs = np.tile(np.arange(n)[::-1], 2)", "kernel"),
    Bug("the offset subtracted where its sign is wrong", "horner",
        "held = cover(~self.signs.read(self.plan.L, fitting))",
        "held = cover(self.signs.read(self.plan.L, fitting))",
        "kernel"),
    Bug("the read-out taken where the shared sign is wrong", "section_walk",
        "own(*where) & ~other(*where)", "own(*where) & other(*where)", "kernel"),
    Bug("read-outs that share a copy of another offset", "horner",
        "copies = np.repeat(offset, copies_for(n), axis=1)",
        "copies = np.repeat(accumulators[:, :1], copies_for(n), axis=1)", "kernel"),
    Bug("carriers of x⁻ that hold x⁺", "walk", "flip[positive:] = 2**64 - 1",
        "flip[positive:] = 0", "kernel"),
    Bug("x⁻ weighted as x⁺", "prune", "np.hstack([matrices[0], -matrices[0]])",
        "np.hstack([matrices[0], matrices[0]])", "kernel"),
    Bug("E1 without the complement", "expansion", "bit: Bits = ((shifted >> b) & 1)"
        ".astype(np.bool_)\n    return ~(bit ^ sign)",
        "bit: Bits = ((shifted >> b) & 1).astype(np.bool_)\n    return bit", "kernel"),
    Bug("a digit's complement taken at +", "expansion", "return ~(bit ^ sign)",
        "return bit ^ sign", "kernel"),
    Bug("N(s) of the wrong signs", "expansion", "missing = (~sign)", "missing = (sign)", "kernel"),
    Bug("A doubles with one old half", "sign_agnostic",
        "sources, targets = [source, old, old2], [moved, new, new]",
        "sources, targets = [source, old], [moved, new]", "kernel"),
    Bug("A reads the wires one digit too high", "sign_agnostic",
        "place = (chunk // m)[:, None]", "place = (chunk // m + 1)[:, None]", "kernel"),
    Bug("B keeps copies whose sign is wrong", "blocks",
        "kept = now_plus & want_plus[open_wires] | now_minus & want_minus[open_wires]",
        "kept = now_plus & want_minus[open_wires] | now_minus & want_plus[open_wires]", "kernel"),
    Bug("B doubles from one neuron", "blocks",
        "live[carried + m :] = both[:, B:] & self.signs.windows(layer, top[1], doubled, B)",
        "live[carried + m :] = both[:, B:]", "kernel"),
    Bug("B rounds magnitudes one down", "blocks", "magnitude: Integers = np.abs(V.T)",
        "magnitude: Integers = np.abs(V.T) // 2 * 2", "kernel"),
    Bug("p one bit too small", "quantize", "else Fraction(d, 2)", "else Fraction(d, 4)", "plan"),
    Bug("G1 with N + 1 in place of N", "pool", "unfit ** (N - n + 1)", "unfit ** (N - n + 2)",
        "bound"),
    Bug("G2 with the chance of a single sign", "pool", "(arb(3) / 4) ** N", "(arb(1) / 2) ** N",
        "bound"),
    Bug("G3 for one half of the slots", "pool", "return 6 *", "return 2 *", "bound"),
]  # fmt: skip

TARGETS = [
    TargetNetwork.from_layers([[[0.5, -0.75], [-0.625, 0.5]], [[0.75, -0.375]]]),
    TargetNetwork.from_layers([[[0.875, -0.3], [0.1, 0.2]], [[-0.55, 0.8], [0.3, -0.6]]]),
]


def tickets(names):
    """Tickets of the constructions as they are now, for every target."""
    for name in names:
        for target in TARGETS:
            module = construction(name)
            plan = module.plan(Request.of(target.dims, "0.05", "1e-6"))
            yield target, plan, module.prune(target, plan, plan.draw(1))


def kernel_notices(names) -> bool:
    for target, plan, ticket in tickets(names):
        certificate = certify(ticket)
        if not certificate.accepted:
            return True
        expected = quantize(target, plan.precision)
        for mine, found in zip(expected, certificate.matrices, strict=True):
            if mine.tolist() != found.tolist():
                return True
    return False


def exact_run_notices(names) -> bool:
    x = np.array([0.5, -0.25])
    return any(
        ticket.run_exact(x).tolist() != quantized_output(target, plan, rationals(target, x))
        for target, plan, ticket in tickets(names)
    )


def plan_notices() -> bool:
    """(1 + d·2^{−p−1})^l ≤ 1 + ε must hold in rationals."""
    return any(
        (1 + Fraction(max(dims), 2 ** (bits_for_theorem(dims, eps) + 1))) ** (len(dims) - 1)
        > 1 + Fraction(eps)
        for dims in [(3, 2), (10, 5, 5), (784, 500, 10)]
        for eps in ("0.1", "0.01", "0.003")
    )


def bound_notices() -> bool:
    """G1–G3 must be at least what one slot fails with, exactly."""
    half = Fraction(1, 2)
    truths = [
        (pool.bound_G1(1, 5, half), half**5),
        (pool.bound_G1(2, 5, half), 1 - (1 - half**5) * (1 - half**4)),
        (pool.bound_G2(1, 5), Fraction(3, 4) ** 5),
        (pool.bound_G3(1, 40), 2 * Fraction(7, 8) ** 40 - Fraction(3, 4) ** 40),
    ]
    slack = 1 - Fraction(1, 2**50)
    return any(upper_end(arb(bound)) < truth * slack for bound, truth in truths)


def notices(bug: Bug) -> bool:
    """Whether the check that the table names finds something; a crash is not a find."""
    names = [CONSTRUCTION[bug.module]] if bug.module in CONSTRUCTION else list(ours())
    return {
        "kernel": lambda: kernel_notices(names),
        "exact run": lambda: exact_run_notices(names),
        "plan": plan_notices,
        "bound": bound_notices,
    }[bug.found_by]()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found_by_the_check_that_must(bug, monkeypatch):
    plant(bug.module, bug.right, bug.wrong, monkeypatch)
    try:
        found = notices(bug)
    except NoTicket:
        pytest.fail("the bug showed as NoTicket, so that the check had nothing to look at")
    assert found


def test_without_a_bug_no_check_notices_anything():
    assert not kernel_notices(ours())
    assert not exact_run_notices(ours())
    assert not plan_notices()
    assert not bound_notices()
    assert bits_for_theorem((784, 500, 10), "0.01") == 17
