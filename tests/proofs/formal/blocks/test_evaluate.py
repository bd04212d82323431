"""The proved theorem B4 is about the networks that construction B builds.

Coq evaluates the conditions of the theorem B4_plan on the program's own plans, in exact integers,
and the width, depth and scale of the network that the theorem speaks of.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from constructions import blocks
from constructions.quantize import RESERVE
from constructions.request import Request
from proofs.formal.blocks import evaluate as formal

needs_coq = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("coqc") is None,
        reason="coqc is missing (Debian's package coq): the formulas were NOT compared with Coq's",
    ),
]


def _case(plan: blocks.BlocksPlan) -> formal.Parameters:
    """Return the plan as a case; plans reserve a part of eps for outward rounding."""
    eps = Fraction(plan.eps) * (1 - RESERVE)
    return formal.Parameters(plan.dims, eps, Fraction(plan.delta), (plan.p, plan.B))


def _random_plans(count: int) -> list[blocks.BlocksPlan]:
    chance = random.Random(20211018)
    plans = []
    for _ in range(count):
        dims = [chance.randint(1, 12) for _ in range(chance.randint(2, 5))]
        eps, delta = (f"0.{chance.randint(1, 999):03d}" for _ in range(2))
        plans.append(blocks.plan(Request.of(dims, eps, delta)))
    return plans


class TestAgainstCoq:
    pytestmark = needs_coq

    def test_the_theorem_holds_for_the_plans_that_the_program_makes(self, compiled: Path) -> None:
        plans = [
            *_random_plans(120),
            blocks.plan(Request.of((1, 1), "0.999", "0.999")),  # the shape whose p would be 0
            blocks.plan(Request.of((1, 1), "3", "0.5")),
            blocks.plan(Request.of((784, 500, 10), "0.01", "0.01")),
        ]
        answers = formal.evaluate([_case(plan) for plan in plans], compiled)
        for plan, answer in zip(plans, answers, strict=True):
            assert answer["plan_ok"], plan
            assert answer["plan_least"], plan
            assert (answer["N"], answer["L"]) == (plan.N, plan.L)
            assert answer["P"] == plan.p * (len(plan.dims) - 1)

    def test_the_closed_formula_bounds_the_plan(self, compiled: Path) -> None:
        plans = _random_plans(120)
        cases = [replace(_case(plan), plan=None) for plan in plans]
        for plan, answer in zip(plans, formal.evaluate(cases, compiled), strict=True):
            closed = answer["closed"]
            assert isinstance(closed, dict)
            assert closed["N"] >= plan.N
            assert closed["L"] >= plan.L

    def test_the_closed_formula_is_stated_for_eps_up_to_1(self, compiled: Path) -> None:
        cases = [formal.Parameters((1, 1), Fraction(eps), Fraction(1, 2)) for eps in (1, 2)]
        stated, unstated = formal.evaluate(cases, compiled)
        assert stated["closed"] == {"p": 1, "B": 26, "N": 104, "L": 3, "P": 1}
        assert unstated["closed"] is None

    def test_smaller_blocks_or_fewer_bits_are_refused(self, compiled: Path) -> None:
        case = _case(blocks.plan(Request.of((3, 4, 2), "0.1", "0.05")))
        assert case.plan is not None
        p, B = case.plan
        cases = [replace(case, plan=plan) for plan in ((p - 1, B), (p, B - 1), (0, B), (p, 1))]
        assert [answer["plan_ok"] for answer in formal.evaluate(cases, compiled)] == [False] * 4

    def test_larger_blocks_or_more_bits_are_accepted_but_not_least(self, compiled: Path) -> None:
        case = _case(blocks.plan(Request.of((3, 4, 2), "0.1", "0.05")))
        assert case.plan is not None
        p, B = case.plan
        cases = [replace(case, plan=plan) for plan in ((p + 1, B + 9), (p, B + 1))]
        answers = formal.evaluate(cases, compiled)
        assert [answer["plan_ok"] for answer in answers] == [True] * 2
        assert [answer["plan_least"] for answer in answers] == [False] * 2


# Without Coq.


def test_a_case_is_read_from_json() -> None:
    given = json.loads('{"dims": [2, 1], "eps": "1/3", "delta": "0.25", "p": 3, "B": 90}')
    assert formal.Parameters.of(given) == formal.Parameters(
        (2, 1), Fraction(1, 3), Fraction(1, 4), (3, 90)
    )


@pytest.mark.parametrize(
    "wrong", [{"dims": [3]}, {"dims": [3, 0]}, {"eps": "0"}, {"delta": "1"}, {"delta": "0"}]
)
def test_a_case_outside_the_domain_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"dims =|delta ="):
        formal.Parameters.of({"dims": [2, 1], "eps": "0.1", "delta": "0.1"} | wrong)
