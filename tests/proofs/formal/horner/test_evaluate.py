"""The conditions of the theorem S4_plan, which Coq evaluates in exact integers.

They are compared with plans that are found from balls, as S4's last clause says,
as are the width, depth and scale of the network that the theorem speaks of.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from constructions.quantize import RESERVE
from proofs.claims import one_width
from proofs.formal.horner import evaluate as formal

needs_coq = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("coqc") is None,
        reason="coqc is missing (Debian's package coq): the formulas were NOT compared with Coq's",
    ),
]


def _case(plan: one_width.OneWidth) -> formal.Parameters:
    """Return the plan as a case; plans reserve a part of eps for outward rounding."""
    eps = Fraction(plan.request.eps) * (1 - RESERVE)
    sizes = (plan.p, plan.e, plan.size_U, plan.size_A)
    return formal.Parameters(plan.request.dims, eps, Fraction(plan.request.delta), sizes)


def _random_plans(count: int, widest: int = 12, deepest: int = 4) -> list[one_width.OneWidth]:
    chance = random.Random(20211018)
    plans = []
    for _ in range(count):
        dims = [chance.randint(1, widest) for _ in range(chance.randint(2, deepest + 1))]
        eps, delta = (f"0.{chance.randint(1, 999):03d}" for _ in range(2))
        plans.append(one_width.plan(dims, eps, delta))
    return plans


class TestAgainstCoq:
    pytestmark = needs_coq

    def test_the_theorem_holds_for_the_plans_and_no_smaller_one_does(self, compiled: Path) -> None:
        plans = [*_random_plans(40), *_random_plans(160, widest=3, deepest=2)]
        for plan, answer in zip(
            plans, formal.evaluate([_case(plan) for plan in plans], compiled), strict=True
        ):
            assert answer["plan_ok"], plan
            assert answer["plan_least"], plan
            assert (answer["N"], answer["L"]) == (plan.N, plan.L)
            assert answer["P"] == plan.p * (len(plan.request.dims) - 1)

    def test_the_closed_formula_bounds_the_plan(self, compiled: Path) -> None:
        plans = _random_plans(200)
        cases = [replace(_case(plan), plan=None) for plan in plans]
        for plan, answer in zip(plans, formal.evaluate(cases, compiled), strict=True):
            closed = answer["closed"]
            assert isinstance(closed, dict)
            assert closed["N"] >= plan.N
            assert closed["L"] >= plan.L

    def test_smaller_pools_digits_or_bits_are_refused(self, compiled: Path) -> None:
        case = _case(one_width.plan((3, 4, 2), "0.1", "0.05"))
        assert case.plan is not None
        p, e, u, a = case.plan
        smaller = [(p - 1, e, u, a), (p, e - 1, u, a), (p, e, u - 1, a), (p, e, u, a - 1)]
        cases = [replace(case, plan=sizes) for sizes in smaller]
        assert [answer["plan_ok"] for answer in formal.evaluate(cases, compiled)] == [False] * 4

    def test_larger_pools_are_accepted_but_not_least(self, compiled: Path) -> None:
        case = _case(one_width.plan((3, 4, 2), "0.1", "0.05"))
        assert case.plan is not None
        p, e, u, a = case.plan
        larger = [(p + 1, e, u + 9, a), (p, e + 1, u + 9, a), (p, e, u + 9, a), (p, e, u, a + 9)]
        answers = formal.evaluate([replace(case, plan=sizes) for sizes in larger], compiled)
        assert [answer["plan_ok"] for answer in answers] == [True] * 4
        assert [answer["plan_least"] for answer in answers] == [False] * 4


# Without Coq.


def test_a_case_is_read_from_json() -> None:
    given = {"dims": [2, 1], "eps": "1/3", "delta": "0.25", "p": 3, "e": 2, "size_U": 9}
    case = formal.Parameters.of(given | {"size_A": 8})
    assert case == formal.Parameters((2, 1), Fraction(1, 3), Fraction(1, 4), (3, 2, 9, 8))


@pytest.mark.parametrize(
    "wrong", [{"dims": [3]}, {"dims": [3, 0]}, {"eps": "0"}, {"delta": "1"}, {"delta": "0"}]
)
def test_a_case_outside_the_domain_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"dims =|delta ="):
        formal.Parameters.of({"dims": [2, 1], "eps": "0.1", "delta": "0.1"} | wrong)
