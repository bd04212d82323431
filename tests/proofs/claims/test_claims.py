"""Every claim's proof passes, every near miss falls, and planted faults are seen."""

import json
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from constructions import horner
from constructions.errors import NoTicket
from constructions.pool import PoolExhausted
from proofs.claims import (
    blocks_rates,
    draws,
    expansion,
    finite_precision,
    horner_rates,
    machine,
    pool,
    pool_exact,
    random_rounding,
    registry,
    sign_agnostic,
)
from proofs.evidence import Case, Evidence, Rung, Verdict

PROOFS = [
    name
    for claim in registry.claims().values()
    for name, check in zip(claim.check_ids(), claim.checks, strict=True)
    if check.rung is Rung.PROVED
]
OTHERS = [
    name
    for claim in registry.claims().values()
    for name, check in zip(claim.check_ids(), claim.checks, strict=True)
    if check.rung not in {Rung.PROVED, Rung.MACHINE_CHECKED}
]


def evidence(name, effort="quick"):
    return registry.check(name).run(Case.of(name, effort, 0))


@pytest.mark.parametrize("name", PROOFS)
def test_every_proof_passes_with_all_its_obligations(name):
    found = evidence(name)
    assert found.verdict is Verdict.PASSED, found.reason
    assert all(o["verdict"] == "passed" for o in found.details["obligations"])


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_every_other_check_passes_on_cases(name):
    found = evidence(name)
    assert found.verdict is Verdict.PASSED, found.reason
    assert found.n


@pytest.mark.parametrize("miss", registry.near_misses(), ids=lambda miss: miss.id)
def test_near_miss_falls(miss):
    found = evidence(registry.near_miss_id(miss))
    assert found.verdict is Verdict.FAILED, found.reason
    assert found.counterexample


def test_the_twins_of_the_design():
    """n = 2 twins, N = 6, q = ¾: 0.534 against 0.415."""
    found = evidence("near-miss/twins-in-one-pool").counterexample
    assert found["at n = 2, N = 6, q = 3/4"] == (0.534, 0.415)


class TestPlantedFaults:
    """A constant a little too small, or a construction gone wrong, must not pass."""

    @pytest.mark.parametrize(
        ("module", "constant", "value", "proof"),
        [
            (finite_precision, "BITS_EXCESS", Fraction(303, 1000), "Q1/few-bits"),
            (random_rounding, "CONSTANT", Fraction(2137, 1000), "Q3/constants"),
            (random_rounding, "ATTEMPTS", 50, "Q3/constants"),
        ],
    )
    def test_a_constant_that_the_argument_does_not_give(
        self, monkeypatch, module, constant, value, proof
    ):
        """Whether or not it is true, its proof is refused (Q1, Q3)."""
        monkeypatch.setattr(module, constant, value)
        assert evidence(proof).verdict is not Verdict.PASSED

    @pytest.mark.parametrize(
        ("module", "constant", "value", "check"),
        [
            (blocks_rates, "C_WIDTH", Fraction(22), "B5/plans"),
            (blocks_rates, "C_DEPTH", Fraction(29, 10), "B5/plans"),
            (sign_agnostic, "C_WIDTH", Fraction(21), "A1/plans"),
            (sign_agnostic, "C_DEPTH", Fraction(2), "A1/plans"),
            (horner_rates, "C_WIDTH", Fraction(16), "S5/plans"),
            (horner_rates, "OFFSET", Fraction(22), "S5/plans"),
            (horner_rates, "C_DEPTH", Fraction(5), "S5/plans"),
            (random_rounding, "CONSTANT", Fraction(3), "Q3/plans"),
        ],
    )
    def test_a_constant_that_is_false(self, monkeypatch, module, constant, value, check):
        """A plan is its counterexample (A1, B5, Q3, S5)."""
        monkeypatch.setattr(module, constant, value)
        found = evidence(check)
        assert found.verdict is Verdict.FAILED
        assert found.counterexample

    def test_a_server_that_skips_the_last_neuron(self, monkeypatch):
        honest = pool_exact.serves
        monkeypatch.setattr(
            pool_exact, "serves", lambda fit, allowed=None: honest(fit[:, :-1], None)
        )
        assert evidence("G1/all-small-pools").verdict is Verdict.FAILED

    def test_a_server_that_fails_too_often(self, monkeypatch):
        def stingy(*arguments):
            raise PoolExhausted(0)

        monkeypatch.setattr(pool_exact, "serve", stingy)
        found = evidence("G1/monte-carlo-half")
        assert found.verdict is Verdict.FAILED
        assert found.k == found.n

    def test_a_bound_with_a_wrong_exponent(self, monkeypatch):
        honest = pool.bound_G1
        monkeypatch.setattr(pool, "bound_G1", lambda n, N, q: honest(n, N + 1, q))
        assert evidence("G1/closed-forms").verdict is Verdict.FAILED

    def test_digits_with_one_sign_turned(self, monkeypatch):
        honest = expansion.signed_digits

        def turned(V, signs):
            m = honest(V, signs)
            m[0] ^= V == 3
            return m

        monkeypatch.setattr(expansion, "signed_digits", turned)
        assert evidence("E1/all-sign-patterns").verdict is Verdict.FAILED

    def test_a_plan_that_ignores_half_of_its_events(self, monkeypatch):
        honest = horner.HornerPlan._pool_failures

        def blind(plan):
            return {**honest(plan), "double": honest(plan)["output"]}

        monkeypatch.setattr(horner.HornerPlan, "_pool_failures", blind)
        assert evidence("S4/failure-sum").verdict is Verdict.FAILED

    def test_a_construction_that_hardly_ever_finds_a_ticket(self, monkeypatch):
        def never(target, plan, signs):
            raise NoTicket("range", 2, "planted")

        monkeypatch.setattr(horner, "prune", never)
        found = evidence("S4/whole-draws")
        assert found.verdict is Verdict.FAILED
        assert evidence("S4/certified-tickets").verdict is Verdict.FAILED

    def test_a_counted_ticket_that_the_kernel_does_not_accept(self, monkeypatch):
        honest = horner.prune

        def careless(target, plan, signs):
            ticket = honest(target, plan, signs)
            return replace(ticket, layer_scale_log2=(99, *ticket.layer_scale_log2[1:]))

        monkeypatch.setattr(horner, "prune", careless)
        found = evidence("S4/whole-draws")
        assert found.verdict is Verdict.FAILED
        assert found.counterexample["verdict"] == "rejected"

    def test_a_construction_that_prunes_another_target(self, monkeypatch):
        honest = horner.prune
        rng = np.random.default_rng(0)

        def careless(target, plan, signs):
            return honest(draws.random_target(rng, target.dims), plan, signs)

        monkeypatch.setattr(horner, "prune", careless)
        assert evidence("S4/certified-tickets").verdict is Verdict.FAILED


class TestMachine:
    """The result of a formal run counts only for exactly these sources and allowed axioms."""

    case = Case.of("E1/machine", "quick", 0)

    def result(self, folder, **changes):
        (folder / "A.v").write_text("Theorem E1.", encoding="utf-8")
        data = {
            "schema": machine.SCHEMA,
            "coq": "8.16.1",
            "coqchk": True,
            "sources": machine.sources(folder),
            "theorems": {"E1_exists": [], "E1_unique": ["ClassicalDedekindReals.sig_forall_dec"]},
            **changes,
        }
        (folder / "result.json").write_text(json.dumps(data), encoding="utf-8")

    def read(self, folder, *theorems):
        return machine.read_result(self.case, theorems or ("E1_exists", "E1_unique"), folder)

    def test_accepted_theorems_earn_the_rung(self, tmp_path):
        self.result(tmp_path)
        assert self.read(tmp_path).earned is Rung.MACHINE_CHECKED

    def test_without_a_run_it_is_not_run(self, tmp_path):
        assert self.read(tmp_path).verdict is Verdict.NOT_RUN

    def test_a_result_about_other_sources_is_not_run(self, tmp_path):
        self.result(tmp_path)
        (tmp_path / "A.v").write_text("Theorem E1. Admitted.", encoding="utf-8")
        assert self.read(tmp_path).verdict is Verdict.NOT_RUN

    def test_a_result_that_coqchk_did_not_accept_is_not_run(self, tmp_path):
        self.result(tmp_path, coqchk=False)
        assert self.read(tmp_path).verdict is Verdict.NOT_RUN

    def test_a_recorded_result_earns_a_rung_of_its_own(self, tmp_path):
        """At either effort, wherever no formal run here says anything."""
        self.result(tmp_path)
        (tmp_path / "result.json").rename(tmp_path / "recorded.json")
        for effort in ("quick", "full"):
            case = Case.of("E1/machine", effort, 0)
            found = machine.read_result(case, ("E1_exists",), tmp_path)
            assert (found.verdict, found.rung) == (Verdict.PASSED, Rung.RECORDED)
            assert "recorded; `make formal` repeats it" in found.reason

    def test_a_build_that_failed_is_not_made_up_for_by_a_recorded_result(self, tmp_path):
        self.result(tmp_path)
        (tmp_path / "result.json").rename(tmp_path / "recorded.json")
        broken = Evidence(Rung.MACHINE_CHECKED, Verdict.INCONCLUSIVE, "broken")
        case = replace(Case.of("E1/machine", "full", 0), formal=broken)
        assert machine.read_result(case, ("E1_exists",), tmp_path) == broken

    def test_a_recorded_result_about_other_sources_earns_nothing(self, tmp_path):
        self.result(tmp_path)
        (tmp_path / "result.json").rename(tmp_path / "recorded.json")
        (tmp_path / "A.v").write_text("Theorem E1. Admitted.", encoding="utf-8")
        assert self.read(tmp_path).verdict is Verdict.NOT_RUN

    def test_a_constant_that_the_theorem_does_not_state_is_refused(self, tmp_path):
        self.result(tmp_path)
        (tmp_path / "A.v").write_text(
            "Theorem E1_exists : forall n,\n  n <= 31 * n.\nProof. lia. Qed.", encoding="utf-8"
        )
        read = partial(machine.read_result, self.case, ("E1_exists",), tmp_path)
        found = read(("n <= 30 * n",))
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.reason == "E1_exists does not state n <= 30 * n"
        assert read(("forall n, n <= 31 * n",)).verdict is Verdict.NOT_RUN  # other sources

    @pytest.mark.parametrize("content", ["", "[]", '{"schema": "other"}'])
    def test_a_damaged_result_is_not_run(self, tmp_path, content):
        (tmp_path / "result.json").write_text(content, encoding="utf-8")
        assert self.read(tmp_path).verdict is Verdict.NOT_RUN

    def test_a_missing_theorem_is_inconclusive(self, tmp_path):
        self.result(tmp_path)
        assert self.read(tmp_path, "E1_other").verdict is Verdict.INCONCLUSIVE

    def test_a_theorem_of_another_label_is_inconclusive(self, tmp_path):
        self.result(tmp_path, labels={"E1_exists": "E1", "E1_unique": "E2"})
        found = self.read(tmp_path)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "E1_unique (E2)" in found.reason

    def test_a_full_run_does_not_trust_the_result_of_another(self, tmp_path):
        self.result(tmp_path)
        full = Case.of("E1/machine", "full", 0)
        assert machine.read_result(full, ("E1_exists",), tmp_path).verdict is Verdict.NOT_RUN

    def test_an_axiom_of_our_own_is_inconclusive(self, tmp_path):
        self.result(tmp_path, theorems={"E1_exists": ["cheat"], "E1_unique": []})
        found = self.read(tmp_path)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "cheat" in found.reason
