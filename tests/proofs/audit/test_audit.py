"""The audit: exact probabilities against brute force and draws, and constants that must hold."""

import csv
import io
import itertools
import json
import math
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config

from constructions import CONSTRUCTIONS, InputError
from constructions.plan import Plan
from proofs.audit import constants, draws, good_events, sizes, stated, tables
from proofs.audit import run as audit
from proofs.claims import pool, registry
from proofs.evidence import Verdict
from proofs.kernel import check
from tests import strategies as ours

HALF, THREE_QUARTERS = Fraction(1, 2), Fraction(3, 4)
PARAMETERS = {"blocks": ("B",), "sign-agnostic": ("e", "s_C", "s_D"), "horner": ("e", "s_U", "s_A")}
NAMED = [(name, key) for name, keys in PARAMETERS.items() for key in keys]


@pytest.fixture
def small(monkeypatch):
    """Shrink the audit to two parameter sets and a few draws."""
    monkeypatch.setattr(constants, "QUICK", ((1, 1, "0.5", "0.5"),))
    monkeypatch.setattr(constants, "FAR", (2, 2, "1e-6", "0.5"))
    monkeypatch.setattr(draws, "_STEPS", 1)
    monkeypatch.setitem(audit._DRAWN, "quick", (((1, 1), "0.5", "0.4", 12),))
    monkeypatch.setitem(sizes.CASES, "quick", (((2, 2), "0.1", "0.1"),))
    monkeypatch.setitem(sizes.PRACTICAL, "quick", ((4,), ("0.1",)))


def holds(ball, value, bits=90):
    """Say whether a narrow ball contains an exact rational."""
    with ctx.workprec(400):
        exact = arb(value.numerator) / arb(value.denominator)
        return ball.overlaps(exact) and (value == 0 or ball.rel_accuracy_bits() > bits)


class TestExactProbabilities:
    @given(st.integers(0, 30), st.integers(0, 40), st.sampled_from([HALF, THREE_QUARTERS]))
    def test_a_pool_serves_its_slots_with_the_product_of_chances(self, n, spare, q):
        chance = 1 - pool.exact_G1(n, n + spare, q)
        assert holds(good_events.served(n, n + spare, q), chance)

    @pytest.mark.parametrize(("n", "q"), [(3, HALF), (2, THREE_QUARTERS), (450, THREE_QUARTERS)])
    def test_far_pools_are_balls_that_hold_the_chance(self, n, q):
        N = n + good_events._enough(q) + 1
        assert holds(good_events.served(n, N, q), 1 - pool.exact_G1(n, N, q), bits=120)

    def test_more_slots_than_neurons_are_never_served(self):
        assert good_events.served(3, 2, HALF) == 0

    @given(st.integers(1, 8), st.integers(1, 60))
    def test_the_read_out_is_the_binomial_mixture(self, n, N):
        assert holds(good_events._read_out(n, N), 1 - pool.exact_G2(n, N))

    @given(st.integers(1, 5), st.integers(2, 50))
    def test_the_output_is_the_binomial_mixture_of_two_pools(self, n, N):
        assert holds(good_events._output(n, N), 1 - pool.exact_G3(n, N))

    def test_wide_mixtures_agree_with_the_rational_sum(self):
        assert holds(good_events._read_out(2, 400), 1 - pool.exact_G2(2, 400))
        assert holds(good_events._output(1, 900), 1 - pool.exact_G3(1, 900))

    @pytest.mark.parametrize("B", [2, 3, 4])
    @pytest.mark.parametrize("edges", [1, 2])
    @pytest.mark.parametrize("readers", [1, 2])
    def test_blocks_against_all_sign_patterns(self, B, edges, readers):
        """Enumerate the edges into a block and out of it: two live, and both signs at readers."""
        live, copies, total = 0, 0, 0
        into = list(itertools.product(itertools.product((0, 1), repeat=edges), repeat=B))
        out = list(itertools.product(itertools.product((0, 1), repeat=readers), repeat=B))
        for signs in into:
            alive = [all(neuron) for neuron in signs]
            for reads in out:
                total += 1
                both = all(
                    {reads[i][r] for i in range(B) if alive[i]} == {0, 1} for r in range(readers)
                )
                live += sum(alive) >= 2
                copies += sum(alive) >= 2 and both
        unfit = 1 - Fraction(1, 2**edges)
        assert holds(good_events._two_live(B, unfit), Fraction(live, total))
        assert holds(good_events._copies(B, unfit, readers), Fraction(copies, total))

    @settings(max_examples=30)
    @given(
        ours.dims(max_dim=4, max_depth=3),
        ours.eps("1e-3", "1"),
        ours.delta("1e-4", "0.9"),
        st.booleans(),
        st.sampled_from(list(CONSTRUCTIONS)),
    )
    def test_the_union_bound_is_above_the_exact_probability(self, dims, eps, delta, nonneg, name):
        plan = CONSTRUCTIONS[name].plan(dims, eps, delta, nonnegative=nonneg)
        exact = good_events.failure(plan)
        assert 0 < exact <= plan.bound_failure
        if nonneg or name == "blocks":
            assert exact.rel_accuracy_bits() > 60  # only the signed split leaves a wider ball

    def test_other_constructions_are_refused(self):
        plan = CONSTRUCTIONS["horner"].plan((1, 1), "0.5", "0.5")
        with pytest.raises(InputError, match="construction = 'horner'"):
            good_events.failure(Plan(**{f.name: getattr(plan, f.name) for f in fields(Plan)}))


class TestSmallest:
    @pytest.mark.parametrize(("name", "key"), NAMED)
    @pytest.mark.parametrize("delta", ["0.4", "0.01"])
    def test_one_less_fails_too_often(self, name, key, delta):
        plan = CONSTRUCTIONS[name].plan((2, 3), "0.1", delta, nonnegative=True)
        least = good_events.smallest_value(plan, key)
        assert least <= good_events.value_of(plan, key)
        assert good_events.failure(good_events.with_value(plan, key, least)) <= float(delta)
        fewer = good_events.with_value(plan, key, least - 1)
        assert good_events.failure(fewer) > float(delta)

    @pytest.mark.parametrize(("name", "key"), NAMED)
    def test_a_parameter_set_to_its_own_value_changes_nothing_else(self, name, key):
        plan = CONSTRUCTIONS[name].plan((3, 2, 2), "0.1", "0.1")
        same = good_events.with_value(plan, key, good_events.value_of(plan, key))
        assert replace(same, bound_failure=plan.bound_failure) == plan
        assert same.bound_failure <= plan.bound_failure

    @pytest.mark.parametrize("name", CONSTRUCTIONS)
    def test_the_smallest_plan_works_and_finds_tickets(self, name, tmp_path):
        plan = CONSTRUCTIONS[name].plan((2, 2), "0.2", "0.2", nonnegative=True)
        least = good_events.smallest(plan)
        assert least.random_weights <= plan.random_weights
        assert good_events.failure(least) <= 0.2
        target = draws.random_target((2, 2), 7)
        seeds = (seed for seed in range(50) if not draws._fails(name, target, least, seed))
        ticket = CONSTRUCTIONS[name].prune(target, least, least.signs(next(seeds)))
        ticket.save(tmp_path / "ticket.npz")
        assert check(tmp_path / "ticket.npz").accepted

    def test_what_is_to_be_small_can_be_chosen(self):
        plan = CONSTRUCTIONS["sign-agnostic"].plan((1, 1), "0.5", "0.5")
        narrow = good_events.smallest(plan, by=lambda made: made.N)
        shallow = good_events.smallest(plan, by=lambda made: made.L)
        assert narrow.N < shallow.N
        assert narrow.L > shallow.L


class TestDraws:
    @pytest.mark.parametrize(("name", "key"), NAMED)
    def test_counts_agree_with_exact_probabilities(self, name, key):
        """Null hypothesis: the exact probability is right; rejected wrongly once in 10⁶."""
        found = draws.measure(name, key, (1, 1), "0.5", "0.4", 40, root=0)
        assert found[0].value == found[0].planned
        assert all(d.agrees for d in found), [(d.k, d.n, d.exact) for d in found]

    def test_a_wrong_probability_is_noticed(self, monkeypatch):
        real = good_events.failure
        monkeypatch.setattr(good_events, "failure", lambda plan: real(plan) / 50)
        found = draws.measure("horner", "s_A", (1, 1), "0.5", "0.4", 100, root=0)
        assert not all(d.agrees for d in found)

    def test_a_draw_is_its_name_and_the_root_seed(self):
        def counts(root):
            return [d.k for d in draws.measure("blocks", "B", (1, 1), "0.5", "0.4", 40, root)]

        assert counts(0) == counts(0)
        assert counts(0) != counts(1)

    def test_too_small_means_that_the_interval_is_above_delta(self):
        found = draws.measure("horner", "s_U", (1, 1), "0.5", "0.4", 60, root=0)
        last = found[-1]
        assert last.too_small == (last.interval.low > Fraction("0.4"))
        assert not any(d.too_small for d in found[:-1])


class TestConstants:
    @pytest.mark.parametrize("text", ["0.5", "3", "1e-600", "1e400", "0.3"])
    def test_log2_of_any_decimal(self, text):
        with ctx.workprec(200):
            exact = arb(Decimal(text).as_integer_ratio()[0]) / Decimal(text).as_integer_ratio()[1]
            expected = float(exact.log() / arb(2).log())
        assert constants.log2(text) == pytest.approx(expected, rel=1e-14)

    def test_the_needed_constant_makes_the_form_an_equality(self):
        d, depth, x, y = 4, 2, -constants.log2("0.001"), 3.0
        plans = {name: c.plan((d,) * 3, "0.001", "0.125") for name, c in CONSTRUCTIONS.items()}
        log_dl = math.log2(d * depth) + x
        values = [form.needed(plans[form.construction], d, depth, x, y) for form in constants.FORMS]
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

    @pytest.mark.parametrize("form", constants.FORMS, ids=lambda f: f"{f.label} {f.symbol}")
    def test_the_factors_make_up_the_constant(self, form):
        plan = CONSTRUCTIONS[form.construction].plan((8, 8, 8), "0.01", "0.1")
        args = (plan, 8, 2, -constants.log2("0.01"), -constants.log2("0.1"))
        parts = form.factors(*args).values()
        whole = math.prod(parts) if (form.label, form.symbol) == ("B5", "C") else sum(parts)
        assert whole == pytest.approx(form.needed(*args))

    @pytest.mark.parametrize("form", constants.FORMS, ids=lambda f: f"{f.label} {f.symbol}")
    def test_a_proved_constant_is_the_one_that_its_claim_states(self, form):
        proved = stated.proved_constant(form.label, form.symbol)
        assert proved is not None
        assert f"{float(proved):g}" in registry.claim(form.label).statement

    def test_the_proved_constants_cover_the_plans_and_not_by_much(self):
        """The constants of the rates, held against real plans (A1, B5, S5)."""
        points = [(1, 1, "0.5", "0.5"), (1, 2, "0.5", "0.5"), (16, 1, "0.5", "1e-3")]
        for constant in constants.audit(points):
            assert constant.holds is True
            assert constant.smallest <= constant.planned <= constant.proved
            assert 1 <= constant.ratio < 2
            assert constant.planned_at in points

    def test_a_constant_that_is_too_small_is_refuted(self, small, monkeypatch):
        monkeypatch.setattr(audit, "PARAMETERS", ())
        monkeypatch.setitem(stated._STATED, ("B5", "C"), Fraction(20))
        result = audit.run()
        assert [c.holds for c in result.constants][:2] == [False, True]
        assert result.verdict is Verdict.FAILED
        assert result.exit_code == 1

    def test_without_a_stated_constant_nothing_is_settled(self, small, monkeypatch):
        monkeypatch.setattr(audit, "PARAMETERS", ())
        monkeypatch.delitem(stated._STATED, ("S5", "C'"))
        result = audit.run()
        assert result.constants[-1].ratio is None
        assert result.verdict is Verdict.INCONCLUSIVE
        assert result.exit_code == 3


class TestSizes:
    def test_far_out_the_width_approaches_its_limit(self):
        """16 times the lower bound for signed inputs, 9 for inputs ≥ 0 (S6)."""
        ratios = {s.nonnegative: s.ratio for s in sizes.limit("full")}  # the last is the largest d
        assert 16 < ratios[False] < 16.4
        assert 9 < ratios[True] < 9.3

    def test_the_lower_bound_is_below_every_construction(self):
        """No plan has fewer random weights than any universal network needs (T1)."""
        assert all(s.ratio > 9 for s in (*sizes.practical("quick", 0), *sizes.limit("quick")))

    def test_kept_weights_are_of_a_draw(self):
        for size in sizes.practical("quick", 0)[:3]:
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
