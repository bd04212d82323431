"""The audit: exact probabilities against brute force and draws, and constants that must hold."""

import csv
import io
import json
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx
from joblib import parallel_config

from constructions import InputError, construction, ours
from constructions.numbers import estimate_log2
from constructions.rates import Scale
from constructions.request import Request
from proofs.audit import constants, draws, good_events, sizes, tables
from proofs.audit import run as audit
from proofs.audit.effort import FULL, QUICK
from proofs.claims import registry
from proofs.evidence import Verdict
from proofs.kernel import check
from proofs.sampling import count_draws, random_target
from tests import audits

NAMED = [(name, slack.name) for name, slack in draws.parameters()]
FORMS = constants._forms()
EVERY_FORM = pytest.mark.parametrize(
    ("name", "form"), FORMS, ids=lambda v: v if isinstance(v, str) else f"{v.claim} {v.symbol}"
)


@pytest.fixture
def small(monkeypatch):
    """Shrink the audit to two parameter sets and a few draws."""
    audits.shrink(monkeypatch)


def slack_of(name, key):
    """The slack of a construction by name."""
    return next(slack for slack in ours()[name].slacks if slack.name == key)


class TestSmallest:
    @pytest.mark.parametrize(("name", "key"), NAMED)
    @pytest.mark.parametrize("delta", ["0.4", "0.01"])
    def test_one_less_fails_too_often(self, name, key, delta):
        plan = construction(name).plan(Request.of((2, 3), "0.1", delta, nonnegative=True))
        least = good_events.smallest_value(plan, key)
        assert least <= plan.slacks[key]
        assert plan.with_slacks(**{key: least}).exact_failure() <= float(delta)
        fewer = plan.with_slacks(**{key: least - 1})
        assert not fewer.exact_failure() <= float(delta)  # S and S* may only enclose it

    @pytest.mark.parametrize("name", ours())
    def test_the_smallest_plan_works_and_finds_tickets(self, name, tmp_path):
        plan = construction(name).plan(Request.of((2, 2), "0.2", "0.2", nonnegative=True))
        least = good_events.smallest(plan)
        assert least.random_weights <= plan.random_weights
        assert least.exact_failure() <= 0.2
        target = random_target(np.random.default_rng(7), (2, 2), nonnegative=True)
        row = construction(name)
        seeds = (s for s in range(50) if count_draws(row, least, target, [s]).k)
        ticket = row.prune(target, least, least.draw(next(seeds)))
        ticket.save(tmp_path / "ticket.npz")
        assert check(tmp_path / "ticket.npz").accepted

    def test_more_digits_than_planned_may_save_neurons(self):
        """S at d = l = 1, ε = δ = ½: planned e = 2, but 33 neurons are enough with e = 3."""
        plan = construction("horner").plan(Request.of((1, 1), "0.5", "0.5"))
        narrow = good_events.smallest(plan, by=lambda made: made.N)
        assert (plan.e, narrow.e, narrow.N) == (2, 3, 33)
        assert narrow.exact_failure() <= 0.5

    def test_what_is_to_be_small_can_be_chosen(self):
        plan = construction("sign-agnostic").plan(Request.of((1, 1), "0.5", "0.5"))
        narrow = good_events.smallest(plan, by=lambda made: made.N)
        shallow = good_events.smallest(plan, by=lambda made: made.L)
        assert narrow.N < shallow.N
        assert narrow.L > shallow.L


class TestDraws:
    @pytest.mark.parametrize(("name", "key"), NAMED)
    def test_counts_agree_with_exact_probabilities(self, name, key):
        """Null hypothesis: the exact probability is right; rejected wrongly once in 10⁶."""
        found = draws.measure(name, slack_of(name, key), (1, 1), "0.5", "0.4", 40, root=0)
        assert found[0].value == found[0].planned
        assert all(d.agrees for d in found), [(d.k, d.n, d.exact) for d in found]

    def test_the_values_are_fixed_beforehand(self):
        """Also after one that is shown to be too small."""
        found = draws.measure("blocks", slack_of("blocks", "B"), (1, 1), "0.5", "0.4", 40, 0, 9)
        least = found[1].value
        assert [d.value for d in found[1:]] == list(range(least, max(least - 10, 1), -1))
        assert found[-2].too_small

    def test_a_wrong_probability_is_noticed(self, monkeypatch):
        plans = construction("horner").verbs.HornerPlan
        real = plans.exact_failure
        monkeypatch.setattr(plans, "exact_failure", lambda plan: real(plan) / 50)
        found = draws.measure(
            "horner", slack_of("horner", "s_A"), (1, 1), "0.5", "0.4", 100, root=0
        )
        assert not all(d.agrees for d in found)

    def test_a_draw_is_its_name_and_the_root_seed(self):
        def counts(root):
            slack = slack_of("blocks", "B")
            return [d.k for d in draws.measure("blocks", slack, (1, 1), "0.5", "0.4", 40, root)]

        assert counts(0) == counts(0)
        assert counts(0) != counts(1)

    def test_too_small_means_that_the_interval_is_above_delta(self):
        found = draws.measure("horner", slack_of("horner", "s_U"), (1, 1), "0.5", "0.4", 60, root=0)
        last = found[-1]
        assert last.too_small == (last.interval.low > Fraction("0.4"))
        assert not any(d.too_small for d in found[:-1])


class TestConstants:
    @pytest.mark.parametrize("text", ["0.5", "3", "1e-600", "1e400", "0.3"])
    def test_log2_of_any_decimal(self, text):
        with ctx.workprec(200):
            exact = arb(Decimal(text).as_integer_ratio()[0]) / Decimal(text).as_integer_ratio()[1]
            expected = float(exact.log() / arb(2).log())
        assert estimate_log2(text) == pytest.approx(expected, rel=1e-14)

    def test_the_needed_constant_makes_the_form_an_equality(self):
        d, depth, x, y = 4, 2, -estimate_log2("0.001"), 3.0
        plans = {name: c.plan(Request.of((d,) * 3, "0.001", "0.125")) for name, c in ours().items()}
        log_dl = math.log2(d * depth) + x
        scale = Scale.of(d, depth, "0.001", "0.125")
        values = [form.needed(plans[name], scale) for name, form in FORMS]
        B, A, S = plans["blocks"], plans["sign-agnostic"], plans["horner"]
        wide = math.log2(depth * log_dl) + y
        assert values[0] * d * (log_dl + y) ** 2 == pytest.approx(B.N)
        assert values[1] * depth * log_dl == pytest.approx(B.L)
        assert values[2] * d * (log_dl + y) == pytest.approx(A.N)
        assert values[3] * depth * (log_dl + y) == pytest.approx(A.L)
        assert 4 * d + values[4] * (wide + 1) == pytest.approx(S.N)
        assert 4 * d + 7 * wide + values[5] == pytest.approx(S.N)
        side = log_dl + 0.5 * (math.log2(depth * d * d) + y) + values[6]
        assert depth * side == pytest.approx(S.L)

    @EVERY_FORM
    def test_the_factors_make_up_the_constant(self, name, form):
        plan = construction(name).stated_plan(Request.of((8, 8, 8), "0.01", "0.1"))
        scale = Scale.of(8, 2, "0.01", "0.1")
        parts = form.factors(plan, scale).values()
        whole = math.prod(parts) if (form.claim, form.symbol) == ("B5", "C") else sum(parts)
        assert whole == pytest.approx(form.needed(plan, scale))

    @EVERY_FORM
    def test_a_proved_constant_is_the_one_that_its_claim_states(self, name, form):
        assert f"{float(form.constant):g}" in registry.claim(form.claim).statement

    def test_the_proved_constants_cover_the_plans_and_not_by_much(self):
        """The constants of the rates, held against real plans (A1, B5, S5)."""
        points = [(1, 1, "0.5", "0.5"), (1, 2, "0.5", "0.5"), (16, 1, "0.5", "1e-3")]
        for constant in constants.audit(points):
            assert constant.holds is True
            assert constant.smallest <= constant.planned <= constant.proved
            assert 1 <= constant.ratio < 2.5
            assert constant.planned_at in points

    def test_a_constant_that_is_too_small_is_refuted(self, small, monkeypatch):
        audits.state(monkeypatch, "B5", "C", 20)
        result = audit.run()
        assert [c.holds for c in result.constants][:2] == [False, True]
        assert result.verdict is Verdict.FAILED
        assert result.exit_code == 1


class TestSizes:
    def test_far_out_the_width_approaches_its_limit(self):
        """9 times the lower bound, signed inputs being in groups (S6)."""
        ratios = {
            s.nonnegative: s.ratio for s in sizes.limit(FULL.far)
        }  # the last is the largest d
        assert 9 < ratios[True] < 9.3
        assert ratios[True] < ratios[False] < 10

    def test_the_lower_bound_is_below_every_construction(self):
        """No plan has fewer random weights than any universal network needs (T1)."""
        assert all(
            s.ratio > 9 for s in (*sizes.practical(QUICK.practical, 0), *sizes.limit(QUICK.far))
        )

    def test_kept_weights_are_of_a_draw(self):
        for size in sizes.practical(QUICK.practical[:1], 0):
            assert size.no_ticket or size.target < size.kept < size.random


class TestAudit:
    def test_it_is_the_same_on_any_number_of_workers(self, small):
        one = audit.run(jobs=1).as_dict()
        with parallel_config(backend="threading"):  # workers that share the fixture's settings
            two = audit.run(jobs=2).as_dict()
        for result in (one, two):
            del result["wall_seconds"]
        assert one == two

    def test_what_it_found_as_json_as_csv_and_as_tables(self, small):
        found = audit.run()
        result = found.as_dict()
        assert json.loads(json.dumps(result)) == result
        assert result["schema"] == "pmone-audit/1"
        assert {c["claim"] for c in result["constants"]} == {"B5", "A1", "S5"}
        assert result["exit_code"] == 0
        for name in tables.NAMES:
            rows = list(csv.DictReader(io.StringIO(tables.as_csv(result, name))))
            assert len(rows) == len(result[name]) > 0
            assert all(None not in row and None not in row.values() for row in rows)
        k = [row["k"] for row in csv.DictReader(io.StringIO(tables.as_csv(result, "draws")))]
        assert k == [str(d.k) for d in found.draws]
        for table in tables.tables(result):
            assert table.rows
            assert {len(row) for row in table.rows} == {len(table.columns)}
            assert table.right <= set(table.columns)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"effort": "lazy"}, "effort = 'lazy': expected one of quick, full"),
            ({"seed": -1}, "seed = -1: expected"),
            ({"seed": 2**64}, "seed = 18446744073709551616: expected"),
            ({"jobs": 0}, "jobs = 0: expected"),
        ],
    )
    def test_bad_arguments_are_named(self, arguments, message):
        with pytest.raises(InputError, match=message):
            audit.run(**arguments)
