"""The proved theorem A1 is about the networks that construction A builds.

Coq evaluates the conditions of the theorem A1_plan on the program's own plans, in exact integers,
and the width, depth and scale of the network that the theorem speaks of.
"""

from __future__ import annotations

import json
import math
import random
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from constructions import sign_agnostic
from constructions.quantize import RESERVE
from constructions.request import Request
from constructions.sign_agnostic import SignAgnosticPlan
from proofs.formal.sign_agnostic import evaluate as formal

needs_coq = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("coqc") is None,
        reason="coqc is missing (Debian's package coq): the formulas were NOT compared with Coq's",
    ),
]


def _case(plan: SignAgnosticPlan) -> formal.Parameters:
    """Return the plan as a case; plans reserve a part of eps for outward rounding."""
    eps = Fraction(plan.eps) * (1 - RESERVE)
    sizes = (plan.p, plan.e, plan.size_C, plan.size_D)
    return formal.Parameters(plan.dims, eps, Fraction(plan.delta), sizes)


def _random_plans(count: int, most: int = 999) -> list[SignAgnosticPlan]:
    """Return plans of random shapes with eps and delta up to most/1000."""
    chance = random.Random(20211018)
    plans = []
    for _ in range(count):
        dims = [chance.randint(1, 12) for _ in range(chance.randint(2, 5))]
        eps, delta = (f"0.{chance.randint(1, most):03d}" for _ in range(2))
        plans.append(sign_agnostic.plan(Request.of(dims, eps, delta)))
    return plans


class TestAgainstCoq:
    pytestmark = needs_coq

    def test_the_theorem_holds_for_the_plans_that_the_program_makes(self, compiled: Path) -> None:
        plans = [
            *_random_plans(200),
            sign_agnostic.plan(Request.of((1, 1), "0.999", "0.999")),
            sign_agnostic.plan(Request.of((1, 1), "3", "0.5")),  # p = 0
            sign_agnostic.plan(Request.of((784, 500, 10), "0.01", "0.01")),
        ]
        answers = formal.evaluate([_case(plan) for plan in plans], compiled)
        for plan, answer in zip(plans, answers, strict=True):
            assert answer["plan_ok"], plan
            assert answer["plan_least"], plan
            assert (answer["N"], answer["L"]) == (plan.N, plan.L)
            assert answer["P"] == plan.p * (len(plan.dims) - 1)

    def test_the_closed_formula_bounds_the_plan(self, compiled: Path) -> None:
        plans = _random_plans(200)
        cases = [replace(_case(plan), plan=None) for plan in plans]
        for plan, answer in zip(plans, formal.evaluate(cases, compiled), strict=True):
            closed = answer["closed"]
            assert isinstance(closed, dict)
            assert closed["N"] >= plan.N
            assert closed["L"] >= plan.L

    def test_the_closed_formula_keeps_the_rates_that_are_proved_for_it(
        self, compiled: Path
    ) -> None:
        cases = [replace(_case(plan), plan=None) for plan in _random_plans(100, most=500)]
        for case, answer in zip(cases, formal.evaluate(cases, compiled), strict=True):
            closed = answer["closed"]
            assert isinstance(closed, dict)
            d, depth = max(case.dims), len(case.dims) - 1
            log = math.log2(d * depth / (case.eps * case.delta))
            assert closed["N"] <= 32 * d * log
            assert closed["L"] <= 4 * depth * log

    def test_the_closed_formula_is_stated_for_eps_up_to_1(self, compiled: Path) -> None:
        cases = [formal.Parameters((1, 1), Fraction(eps), Fraction(1, 2)) for eps in (1, 2)]
        stated, unstated = formal.evaluate(cases, compiled)
        # p = ⌈log₂ 1⌉, e = ⌈log₂ 16⌉, sC = ⌈log₂ 16⌉, sD = ⌈log_{4/3} 192⌉, N = 6 + 4 + 2(2 + 19)
        assert stated["closed"] == {
            "p": 0, "e": 4, "K": 4, "sC": 4, "sD": 19, "N": 52, "L": 5, "P": 0
        }  # fmt: skip
        assert unstated["closed"] is None

    def test_smaller_pools_digits_or_bits_are_refused(self, compiled: Path) -> None:
        case = _case(sign_agnostic.plan(Request.of((3, 4, 2), "0.1", "0.05")))
        assert case.plan is not None
        p, e, c, d = case.plan
        smaller = [(p - 1, e, c, d), (p, e - 1, c, d), (p, e, c - 1, d), (p, e, c, d - 1)]
        cases = [replace(case, plan=sizes) for sizes in smaller]
        assert [answer["plan_ok"] for answer in formal.evaluate(cases, compiled)] == [False] * 4

    def test_pools_that_cannot_hold_their_wires_are_refused(self, compiled: Path) -> None:
        case = formal.Parameters((3, 2), Fraction(9, 10), Fraction(999, 1000))
        m, p, e = 6, 4, 9
        full = (p, e, m * (p + e - 1), m)
        sizes = [(p, e, m * (p + e - 1) - 1, m + 50), (p, e, m * (p + e - 1) + 50, m - 1), full]
        answers = formal.evaluate([replace(case, plan=plan) for plan in sizes], compiled)
        assert [answer["plan_ok"] for answer in answers] == [False] * 3

    def test_larger_pools_are_accepted_but_not_least(self, compiled: Path) -> None:
        case = _case(sign_agnostic.plan(Request.of((3, 4, 2), "0.1", "0.05")))
        assert case.plan is not None
        p, e, c, d = case.plan
        m = 6  # a digit more needs m more neurons in C
        larger = [
            (p + 1, e, c + m, d + 9),
            (p, e + 1, c + m, d + 9),
            (p, e, c + 1, d),
            (p, e, c, d + 1),
        ]
        answers = formal.evaluate([replace(case, plan=sizes) for sizes in larger], compiled)
        assert [answer["plan_ok"] for answer in answers] == [True] * 4
        assert [answer["plan_least"] for answer in answers] == [False] * 4


# Without Coq.


def test_a_case_is_read_from_json() -> None:
    given = json.loads('{"dims": [2, 1], "eps": "1/3", "delta": "0.25", "p": 3, "e": 2}')
    case = formal.Parameters.of(given | {"size_C": 16, "size_D": 8})
    assert case == formal.Parameters((2, 1), Fraction(1, 3), Fraction(1, 4), (3, 2, 16, 8))


@pytest.mark.parametrize(
    "wrong", [{"dims": [3]}, {"dims": [3, 0]}, {"eps": "0"}, {"delta": "1"}, {"delta": "0"}]
)
def test_a_case_outside_the_domain_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"dims =|delta ="):
        formal.Parameters.of({"dims": [2, 1], "eps": "0.1", "delta": "0.1"} | wrong)
