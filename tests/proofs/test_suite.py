"""The runner: verdicts, exit codes, the same numbers on any number of workers, and resuming."""

import json
from dataclasses import replace

import pytest

from proofs import suite
from proofs.claims import machine
from proofs.claims.model import Check, Clause, NearMiss
from proofs.evidence import Evidence, Rung, Verdict
from proofs.folders import ROOT
from proofs.provenance import closure
from proofs.suite import exit_code, run
from tests.made_up_claims import (
    agreeing,
    claim,
    clause,
    failing,
    of_clauses,
    passing,
    refuting,
    undecided,
    unrun,
)


def by_testing(case):
    return Evidence(Rung.TESTED, Verdict.PASSED, "fine")


def failing_test(case):
    return Evidence(Rung.TESTED, Verdict.FAILED, "false", counterexample={"x": 1})


class TestVerdicts:
    @pytest.mark.parametrize(
        ("functions", "code", "rung"),
        [
            ([passing], 0, Rung.PROVED),
            ([passing, unrun], 0, Rung.PROVED),
            ([failing], 1, Rung.STATED),
            ([passing, failing], 1, Rung.STATED),
            ([undecided], 3, Rung.STATED),
            ([passing, undecided], 3, Rung.PROVED),
            ([unrun], 3, Rung.STATED),
        ],
    )
    def test_exit_code_and_rung(self, registered, functions, code, rung):
        registered(claim("X1", *functions))
        report = run()
        assert exit_code(report) == report.as_dict()["exit_code"] == code
        assert report.claims[0].rung is rung

    def test_zero_claims_checked_is_not_success(self, registered):
        registered(claim("X1", passing), claim("X2"))
        assert exit_code(run([])) == 3
        assert exit_code(run(["X2"])) == 3
        assert exit_code(run()) == 0

    @pytest.mark.parametrize(
        ("clauses", "code", "rung"),
        [
            ([clause(passing, name="a"), clause(name="b", argued="X1")], 0, Rung.ARGUED),
            ([clause(passing, name="a"), clause(unrun, name="b")], 3, Rung.STATED),
            ([clause(passing, name="a"), clause(failing, name="b")], 1, Rung.STATED),
            ([clause(passing, name="a"), clause(failing, name="b", argued="X1")], 1, Rung.STATED),
            ([clause(passing, name="a"), clause(unrun, name="b", argued="X1")], 3, Rung.ARGUED),
            ([clause(argued="X1"), clause(by_testing, name="b", rung=Rung.TESTED)], 0, Rung.TESTED),
        ],
    )
    def test_a_claim_stands_on_its_weakest_clause(self, registered, clauses, code, rung):
        """Tests of the other clauses do not help; an argument does not make up for a check."""
        registered(of_clauses("X1", *clauses))
        report = run()
        assert report.claims[0].rung is rung
        assert exit_code(report) == code

    def test_a_test_of_the_whole_refutes_but_does_not_raise(self, registered):
        whole = Check("whole", Rung.PROVED, passing)
        registered(of_clauses("X1", clause(argued="X1"), tests=(whole,)))
        assert run().claims[0].rung is Rung.ARGUED
        bad = Check("whole", Rung.TESTED, failing_test)
        registered(of_clauses("X1", clause(passing), tests=(bad,)))
        assert run().claims[0].rung is Rung.STATED
        assert exit_code(run()) == 1

    def test_a_near_miss_that_survives_is_a_failure(self, registered):
        good = NearMiss("good", "s", "X1", "t", refuting)
        bad = NearMiss("bad", "s", "X1", "t", agreeing)
        registered(claim("X1", passing), misses=[good])
        assert exit_code(run()) == 0
        registered(claim("X1", passing), misses=[good, bad])
        report = run()
        assert exit_code(report) == 1
        assert [f.refuted for f in report.near_misses] == [True, False]
        assert report.near_misses[1].evidence.verdict is Verdict.INCONCLUSIVE

    def test_a_refutation_without_counterexample_is_none(self, registered):
        def vague(case):
            return Evidence(Rung.TESTED, Verdict.FAILED, "somehow")

        registered(claim("X1", passing), misses=[NearMiss("vague", "s", "X1", "t", vague)])
        assert exit_code(run()) == 1

    def test_near_misses_run_with_their_claim_only(self, registered):
        miss = NearMiss("miss", "s", "X1", "t", refuting)
        registered(claim("X1", passing), claim("X2", passing), misses=[miss])
        assert len(run(["X1"]).near_misses) == 1
        assert len(run(["X2"]).near_misses) == 0

    def test_the_status_is_computed_over_ancestors(self, registered):
        registered(claim("X1", undecided), claim("X2", passing, depends_on=("X1",)))
        assert run().statuses["X2"].text == "proved modulo X1"

    @pytest.mark.parametrize(
        "arguments", [{"effort": "hasty"}, {"seed": -1}, {"seed": 2**64}, {"jobs": 0}]
    )
    def test_wrong_arguments_are_refused(self, arguments):
        with pytest.raises(ValueError, match="expected"):
            run(["E1"], **arguments)


def stable(report):
    """The report without times."""
    data = json.loads(json.dumps(report.as_dict()))
    for key in ("wall_seconds", "started"):
        del data[key]
    for item in [*data["claims"], *data["near_misses"]]:
        item.pop("seconds", None)
        for evidence in (
            item["evidence"] if isinstance(item["evidence"], list) else [item["evidence"]]
        ):
            del evidence["seconds"], evidence["resumed"]
    return data


class TestDeterminism:
    labels = ("E4", "H2", "S1", "G2")

    def test_workers_do_not_change_a_number(self):
        assert stable(run(self.labels, jobs=1)) == stable(run(self.labels, jobs=2))

    def test_results_do_not_depend_on_the_other_claims(self):
        alone = run(["G2"]).as_dict()["claims"][0]["evidence"]
        (among,) = [c for c in run(self.labels).as_dict()["claims"] if c["id"] == "G2"]
        assert [(e["k"], e["n"], e["seed"]) for e in alone] == [
            (e["k"], e["n"], e["seed"]) for e in among["evidence"]
        ]

    def test_another_seed_gives_other_numbers(self):
        one, two = (
            [e.k for e in run(["G2"], seed=seed).claims[0].evidence if e.rung is Rung.MEASURED]
            for seed in (1, 2)
        )
        assert one != two


class TestResuming:
    def test_an_interrupted_run_resumes_where_it_was(self, registered, tmp_path):
        ran = []

        def first(case):
            ran.append("first")
            return passing(case)

        def second(case):
            ran.append("second")
            if ran.count("second") == 1:
                raise KeyboardInterrupt
            return passing(case)

        registered(claim("X1", first, second))
        with pytest.raises(KeyboardInterrupt):
            run(cache=tmp_path)
        report = run(cache=tmp_path)
        assert ran == ["first", "second", "second"]
        assert [e.resumed for e in report.claims[0].evidence] == [True, False]
        assert exit_code(report) == 0

    def test_a_resumed_report_says_the_same(self, tmp_path):
        fresh, resumed = (run(["E4", "G2"], cache=tmp_path) for _ in range(2))
        assert stable(fresh) == stable(resumed)
        kept = [e for c in resumed.claims for e in c.evidence if e.verdict is Verdict.PASSED]
        assert all(e.resumed == (e.rung < Rung.RECORDED) for e in kept)

    @pytest.mark.parametrize(
        "change", [{"seed": 1}, {"effort": "full"}], ids=["another seed", "another effort"]
    )
    def test_a_run_with_other_arguments_does_not_resume(self, registered, tmp_path, change):
        registered(claim("X1", passing))
        run(cache=tmp_path)
        assert not run(cache=tmp_path, **change).claims[0].evidence[0].resumed

    def test_changed_code_does_not_resume(self, registered, tmp_path, monkeypatch):
        registered(claim("X1", passing))
        run(cache=tmp_path)
        monkeypatch.setattr(suite, "code_digest", lambda: "another")
        assert not run(cache=tmp_path).claims[0].evidence[0].resumed

    def test_what_was_not_run_is_tried_again(self, registered, tmp_path):
        registered(claim("X1", unrun))
        run(cache=tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", ["", "{}", "[1]", '{"rung": "proved"}', "not json"])
    def test_a_damaged_file_is_run_again(self, registered, tmp_path, content):
        registered(claim("X1", passing))
        run(cache=tmp_path)
        (path,) = tmp_path.iterdir()
        path.write_text(content, encoding="utf-8")
        report = run(cache=tmp_path)
        assert not report.claims[0].evidence[0].resumed
        assert exit_code(report) == 0

    def test_the_digest_covers_the_checks_the_kernel_and_the_formal_development(self, monkeypatch):
        seen = []
        monkeypatch.setattr(
            suite.provenance,
            "code_digest",
            lambda modules, others, root: seen.extend([*closure(modules, root), *others]),
        )
        suite.code_digest.cache_clear()
        suite.code_digest()
        suite.code_digest.cache_clear()
        names = {str(path.relative_to(ROOT)) for path in seen}
        assert names >= {
            "proofs/claims/horner_rates.py",
            "proofs/kernel/check.py",
            "proofs/experiments/compare/subset_sums.py",
            "constructions/peers/malach.py",
            "proofs/formal/common/Expansion.v",
            "proofs/formal/theorems.json",
        }


class TestFormalBuild:
    """The machine-checked proofs are built once a run, and judged by what the build found."""

    @pytest.fixture
    def built(self, registered, monkeypatch, tmp_path):
        """Register two claims with theorems, and a build that has the given outcome."""
        calls = []

        def put(verdict):
            def build(case):
                calls.append(case.name)
                details = {"sources": {}, "theorems": {"T": []}, "coq": "8.16", "coqchk": True}
                return Evidence(Rung.MACHINE_CHECKED, verdict, f"build {verdict}", details=details)

            machine_clause = Clause("theorem", "s", (machine.machine_checked("T"),), "X1")
            claims = [of_clauses(label, machine_clause) for label in ("X1", "X2")]
            registered(*claims)
            monkeypatch.setattr(machine, "BUILD", replace(machine.BUILD, function=build))
            return calls

        monkeypatch.setattr(machine, "FOLDER", tmp_path / "formal")
        return put

    def test_two_claims_share_one_build(self, built, tmp_path):
        calls = built(Verdict.PASSED)
        seen = []
        report = run(effort="full", progress=lambda *step: seen.append(step))
        assert calls == ["formal/build"]
        assert [c.rung for c in report.claims] == [Rung.MACHINE_CHECKED] * 2
        assert report.as_dict()["formal"]["details"]["coq"] == "8.16"
        assert [(done, total) for done, total, _ in seen] == [(i, 3) for i in range(1, 4)]

    @pytest.mark.parametrize(
        ("verdict", "code"), [(Verdict.INCONCLUSIVE, 3), (Verdict.NOT_RUN, 3), (Verdict.FAILED, 1)]
    )
    def test_without_a_passing_build_nothing_is_machine_checked(self, built, verdict, code):
        built(verdict)
        report = run(effort="full")
        judged = [c.evidence[0] for c in report.claims]
        assert [(e.verdict, e.reason) for e in judged] == [(verdict, f"build {verdict}")] * 2
        assert Rung.MACHINE_CHECKED not in [c.rung for c in report.claims]
        assert exit_code(report) == code

    def test_a_quick_run_does_not_build(self, built):
        calls = built(Verdict.PASSED)
        report = run(effort="quick")
        assert calls == []
        assert report.as_dict()["formal"] is None
        assert report.claims[0].evidence[0].verdict is Verdict.NOT_RUN

    def test_neither_does_a_full_run_of_claims_without_theorems(self, built, registered):
        calls = built(Verdict.PASSED)
        registered(claim("X1", passing))
        assert run(effort="full").formal is None
        assert calls == []

    def test_only_a_build_of_the_same_files_resumes(self, built, tmp_path, monkeypatch):
        calls, cache = built(Verdict.PASSED), tmp_path / "cache"
        assert not run(effort="full", cache=cache).formal.resumed
        again = run(effort="full", cache=cache)
        assert again.formal.resumed
        assert again.claims[0].rung is Rung.MACHINE_CHECKED
        monkeypatch.setattr(machine, "build_digest", lambda: "other sources")
        assert not run(effort="full", cache=cache).formal.resumed
        assert len(calls) == 2

    @pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.NOT_RUN])
    def test_a_build_that_did_not_pass_is_tried_again(self, built, tmp_path, verdict):
        calls = built(verdict)
        for _ in range(2):
            assert not run(effort="full", cache=tmp_path / "cache").formal.resumed
        assert len(calls) == 2


class TestReport:
    def test_as_dict_is_versioned_json_with_what_a_reader_needs(self, monkeypatch, tmp_path):
        monkeypatch.setattr(machine, "FOLDER", tmp_path / "no formal run")
        report = run(["E3", "BM"], seed=5)
        data = json.loads(json.dumps(report.as_dict()))
        assert data["schema"] == "pmone-report/3"
        assert {"effort", "seed", "versions", "commit", "wall_seconds", "started"} <= set(data)
        (claim_data,) = [c for c in data["claims"] if c["id"] == "E3"]
        assert {"statement", "rung", "required_rung", "status", "evidence"} <= set(claim_data)
        assert claim_data["rung"] == "stated"
        assert claim_data["required_rung"] == "machine-checked (recorded)"
        assert [c["name"] for c in claim_data["clauses"]] == ["range", "failure"]
        assert {c["rung"] for c in claim_data["clauses"]} == {"stated"}
        assert claim_data["status"] == "stated"
        assert claim_data["not_run_here"] == ["E1"]
        (miss,) = data["near_misses"]
        assert miss["refuted"]
        assert miss["counterexample"]["V"] == -1

    def test_the_joint_error_is_the_sum_over_the_statistical_tests(self):
        found = run(["G1", "G2", "E1"]).statistics
        assert found == {"tests": 3, "joint_error": pytest.approx(3e-6),
                         "joint_inflation": pytest.approx(0.0015)}  # fmt: skip

    def test_progress_is_called_for_each_check(self, registered):
        registered(claim("X1", passing, unrun))
        seen = []
        run(progress=lambda done, total, evidence: seen.append((done, total, evidence.check)))
        assert seen == [(1, 2, "X1/passing"), (2, 2, "X1/unrun")]
