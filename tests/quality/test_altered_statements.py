"""Is an altered statement refused? Each row edits a formula and names the check that must refuse.

A failure sum is edited in the plan, so that the plan and its own exact probability agree with each
other and are both wrong; a constant is edited where it exists, in the construction's stated rates.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from constructions import blocks, horner, sign_agnostic
from proofs.claims import registry
from proofs.evidence import Case, Verdict
from tests.planting import plant

SUMS = [
    ("A1", "sign_agnostic", "(2 * K - 3)", "K", "doublings: K for 2K − 3"),
    ("A1", "sign_agnostic", "split = 2 * bound_G1(", "split = bound_G1(", "the split counted once"),
    ("A1", "sign_agnostic", "sum(2 * s.n * s.m", "sum(s.n * s.m", "hidden readers once"),
    ("A1", "sign_agnostic", "bound_G1(m * t, size_C, HALF)", "bound_G1(m, size_C, HALF)",
     "a carry of one wire per input"),
    ("B4", "blocks", "2 * (p + 1) * readers", "(p + 1) * readers", "one sign per copy"),
    ("B4", "blocks", "s.m * p * (p + 3) // 2", "s.m * p * (p + 1) // 2", "p(p+1) for p(p+3)"),
    ("B4", "blocks", "sum(2 * s.m * s.n", "sum(s.m * s.n", "one candidate per hidden unit"),
    ("S4", "horner", "count * 2 * (K - 1)", "count * (K - 1)", "doublings counted once"),
    ("S4", "horner", "sum((s.n + 1) * s.m", "sum(s.n * s.m", "no range for the offset"),
    ("S4", "horner", "bound_G1(n + 1, N, THREE_QUARTERS)", "bound_G1(n, N, THREE_QUARTERS)",
     "the offset not merged"),
]  # fmt: skip


def verdict(check, case_name):
    return check.run(Case.of(case_name, "quick", 0)).verdict


@pytest.mark.parametrize(
    ("label", "module", "right", "wrong", "name"), SUMS, ids=[f"{s[0]}: {s[4]}" for s in SUMS]
)
def test_a_term_of_a_failure_sum_that_is_left_out(monkeypatch, label, module, right, wrong, name):
    check = registry.check(f"{label}/failure-sum")
    assert verdict(check, f"{label}/failure-sum") is Verdict.PASSED
    plant(module, right, wrong, monkeypatch)
    assert verdict(check, f"{label}/failure-sum") is Verdict.FAILED


RATES = [
    ("S5", horner, "horner_rates", 2, Fraction(74, 10), "machine-S5_smallest"),
    ("S5", horner, "horner_rates", 1, Fraction(40), "machine-S5_smallest"),
    ("A1", sign_agnostic, "sign_agnostic", 1, Fraction(31, 10), "machine-A1_smallest"),
    ("A1", sign_agnostic, "sign_agnostic", 0, Fraction(30), "machine-A1_smallest"),
    ("B5", blocks, "blocks_rates", 0, Fraction(27), "machine-B5_smallest"),
    ("B5", blocks, "blocks_rates", 1, Fraction(29, 10), "machine-B5_smallest"),
]


@pytest.mark.parametrize(
    ("label", "construction", "family", "which", "constant", "name"),
    RATES,
    ids=[f"{row[0]}: {row[4]}" for row in RATES],
)
def test_a_constant_that_the_theorem_does_not_state(
    monkeypatch, label, construction, family, which, constant, name
):
    """The claim's own check is made from the constant, and compares it with the theorem's text."""
    rates = list(construction.RATES)
    rates[which] = replace(rates[which], constant=constant)
    monkeypatch.setattr(construction, "RATES", tuple(rates))
    path = f"proofs.claims.{family}"
    original, copy = importlib.import_module(path), ModuleType(path)
    copy.__file__ = original.__file__
    source = Path(original.__file__).read_text("utf-8")
    monkeypatch.setitem(sys.modules, path, copy)
    exec(compile(source, original.__file__, "exec"), copy.__dict__)
    (claim,) = (claim for claim in copy.CLAIMS if claim.id == label)
    (check,) = (check for check in claim.checks if check.name == name)
    assert verdict(registry.check(f"{label}/{name}"), f"{label}/{name}") is Verdict.PASSED
    assert verdict(check, f"{label}/{name}") is Verdict.INCONCLUSIVE
