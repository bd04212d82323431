"""The front door: every command's exit codes, what goes to stdout and stderr, and its JSON."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from constructions import NoTicket, TargetNetwork, horner, peers, plan_for, rounding
from constructions.popup.data import Labelled
from constructions.targets.readers import load_target
from constructions.targets.target import Ball
from pmone import cli
from proofs import provenance as environment
from proofs.audit import constants, draws, sizes, stated
from proofs.audit import run as audit
from proofs.claims import registry
from proofs.claims.model import NearMiss
from tests.proofs.test_suite import agreeing, claim, failing, passing, refuting, undecided

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [c.callback.__name__ for c in cli.load().registered_commands]
W = [[0.5, -0.25], [0.125, 0.75]]


@pytest.fixture
def door(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command in this process: its code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PMONE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["pmone", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as left:
            code = left.code or 0
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, words=" ".join(err.split()))

    return call


@pytest.fixture
def target(tmp_path):
    """Write a small target."""
    np.savez(tmp_path / "target.npz", W1=np.array(W))
    return tmp_path / "target.npz"


@pytest.fixture
def ticket(door, target, tmp_path):
    """Write a ticket of the small target."""
    assert door("prune", target, "--eps", "0.1", "-o", tmp_path / "ticket.npz").code == 0
    return tmp_path / "ticket.npz"


@pytest.fixture
def registered(monkeypatch):
    """Put a few claims and near misses in the registry's place."""

    def put(*claims, misses=()):
        known = {c.id: c for c in claims}
        checks = {f"{c.id}/{check.name}": check for c in claims for check in c.checks}
        checks |= {registry.near_miss_id(f): f.as_check() for f in misses}
        monkeypatch.setattr(registry, "claims", lambda: known)
        monkeypatch.setattr(registry, "near_misses", lambda: tuple(misses))
        monkeypatch.setattr(registry, "check", checks.__getitem__)

    return put


@pytest.fixture
def small_audit(monkeypatch):
    """Shrink the audit to what takes a second."""
    monkeypatch.setattr(constants, "QUICK", ((1, 1, "0.5", "0.5"),))
    monkeypatch.setattr(constants, "FAR", (2, 2, "1e-6", "0.5"))
    monkeypatch.setattr(draws, "_STEPS", 0)
    monkeypatch.setattr(
        constants, "proved_constant", lambda label, symbol: stated._STATED.get((label, symbol))
    )
    monkeypatch.setitem(audit._DRAWN, "quick", (((1, 1), "0.5", "0.4", 4),))
    monkeypatch.setitem(sizes.CASES, "quick", (((2, 2), "0.1", "0.1"),))
    monkeypatch.setitem(sizes.PRACTICAL, "quick", ((4,), ("0.1",)))


def miss(refute):
    return NearMiss("too-good", "2 is enough", "X1", "3 is needed", refute)


class TestHelp:
    def test_no_argument_prints_help(self, door):
        found = door()
        assert found.code == 0
        for command in COMMANDS:
            assert command in found.out

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help_with_an_example(self, door, command):
        found = door(command, "--help")
        assert found.code == 0
        assert "Example" in found.out
        assert f"pmone {command}" in found.out.split("Example")[1]

    def test_exit_codes_are_in_the_help(self, door):
        out = " ".join(door("-h").out.split())
        for code in ("0 done", "1 refuted", "2 usage", "3 inconclusive", "4 malformed", "130"):
            assert code in out

    @pytest.mark.parametrize("arguments", [["no-such-command"], ["doctor", "--no-such-option"]])
    def test_what_is_not_there_is_a_usage_error(self, door, arguments):
        found = door(*arguments)
        assert (found.code, found.out) == (2, "")
        assert arguments[-1] in found.words


class TestModules:
    def test_every_command_is_in_the_module_that_is_named(self):
        found = {}
        for each in cli.load().registered_commands:
            found.setdefault(each.callback.__module__, []).append(each.callback.__name__)
        assert found == {f"pmone.cli.{module}": [*names] for module, names in cli.MODULES.items()}

    @pytest.mark.parametrize("command", cli.MODULES["find"])
    def test_tickets_need_neither_algebra_nor_pictures(self, command):
        code = f"import sys; from pmone import cli; cli.load({command!r}); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        heavy = {"sympy", "matplotlib", "scipy.stats", "sklearn", "joblib"}
        assert heavy.isdisjoint(done.stdout.decode().split())


class TestPrune:
    def test_a_ticket_is_written(self, door, target, tmp_path):
        found = door("prune", target, "--eps", "0.1", "-o", tmp_path / "t.npz")
        assert found.code == 0
        assert (tmp_path / "t.npz").exists()
        assert "pmone certify" in found.out
        assert found.err == ""

    @pytest.mark.parametrize("construction", ["horner", "sign-agnostic", "blocks"])
    def test_json_says_what_was_made(self, door, target, construction):
        options = ("--eps", "0.25", "--delta", "0.01", "--construction", construction)
        found = door("prune", target, *options, "--seed", 3, "-o", "t.npz", "--format", "json")
        result = json.loads(found.out)
        assert result["schema"] == "pmone-prune/1"
        assert result["construction"] == construction
        assert int(result["seed"]) == 3
        assert {"file", "p", "width", "depth", "bound_failure", "versions"} <= set(result)
        assert result["bound_failure"] <= 0.01

    def test_adaptive_plans_are_smaller(self, door, target):
        def p(fit):
            options = ("--eps", "0.01", "--fit", fit, "-o", "t.npz", "--format", "json")
            return json.loads(door("prune", target, *options).out)["p"]

        assert p("adaptive") < p("theorem")

    def test_random_rounding_takes_fewer_bits_in_wide_layers(self, door):
        np.savez("wide.npz", W1=np.full((64, 64), 1 / 64))

        def result(*options):
            given = ("wide.npz", "--eps", "0.01", "-o", "t.npz", "--format", "json", *options)
            return json.loads(door("prune", *given).out)

        nearest, random = result(), result("--rounding", "random", "--rounding-seed", 4)
        assert (nearest["rounding"], nearest["rounding_seed"], nearest["p"]) == (
            "nearest",
            None,
            12,
        )
        assert (random["rounding"], random["rounding_seed"], random["p"]) == ("random", 4, 11)
        assert door("certify", "t.npz").code == 0
        wrong = door("prune", "wide.npz", "-o", "t.npz", "--rounding", "up")
        assert wrong.code == 2
        assert "'up'" in wrong.err

    def test_a_rounding_that_is_not_found_is_inconclusive_and_says_why(self, door, monkeypatch):
        p = 5  # the bits of this plan: all weights are half-way between two integers
        np.savez("hard.npz", W1=np.full((40, 40), 2.0 ** (-p - 1)))
        options = ("--eps", "0.5", "-o", "none.npz", "--rounding", "random")
        assert door("prune", "hard.npz", *options).code == 0
        Path("none.npz").unlink()
        monkeypatch.setattr(rounding, "ATTEMPTS", 0)
        found = door("prune", "hard.npz", *options)
        assert (found.code, found.out) == (3, "")
        assert "none of 0 random roundings of seed 0" in found.err
        assert "--rounding-seed" in found.err
        assert not Path("none.npz").exists()

    def test_a_draw_without_a_ticket_is_inconclusive_and_says_why(self, door, target):
        network = TargetNetwork.from_layers([W])
        plan = plan_for(network, "0.5", "0.9")
        for seed in range(1000):
            try:
                horner.prune(network, plan, plan.signs(seed))
            except NoTicket as failure:
                event = failure.event
                break
        options = ("--eps", "0.5", "--delta", "0.9", "--seed", seed, "-o", "none.npz")
        found = door("prune", target, *options)
        assert (found.code, found.out) == (3, "")
        assert f"event '{event}' failed at layer" in found.err
        assert "another --seed" in found.err
        assert not Path("none.npz").exists()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--eps", "0"], "eps = 0: expected a number > 0"),
            (["--eps", "nan"], "eps = 'nan': expected a finite number"),
            (["--eps", "small"], "eps = 'small': expected a decimal number"),
            (["--delta", "1"], "delta = 1: expected a number with 0 < delta < 1"),
            (["--seed", "-1"], "'--seed': -1: expected an integer from 0 to 18446744073709551615"),
            (["--domain", "cube:1"], "'cube:1': expected ball:R or box:LO:HI"),
            (["--domain", "box:1:0"], "low"),
            (["--domain", "box:-1:1", "--nonnegative"], "inputs below 0"),
            (["--construction", "magic"], "magic"),
            (["--fit", "tight"], "tight"),
            (["-o", "no/such/folder/t.npz"], "no/such/folder is not a folder"),
        ],
    )
    def test_bad_options_are_named_with_their_values(self, door, target, options, words):
        found = door("prune", target, "-o", "t.npz", *options)
        assert (found.code, found.out) == (2, "")
        assert words in found.words.replace("│ ", "")

    def test_a_missing_file_is_a_usage_error(self, door):
        found = door("prune", "missing.npz", "-o", "t.npz")
        assert (found.code, found.out) == (2, "")
        assert "missing.npz" in found.words

    @pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
    def test_a_malformed_target_is_4(self, door, tmp_path, content):
        (tmp_path / "bad.npz").write_bytes(content)
        found = door("prune", "bad.npz", "-o", "t.npz")
        assert (found.code, found.out) == (4, "")
        assert "bad.npz" in found.err
        assert "Traceback" not in found.err


class TestCertify:
    def test_accepted(self, door, ticket, target):
        found = door("certify", ticket, "--target", target)
        assert found.code == 0
        assert found.out.startswith("accepted")
        assert found.err == ""

    def test_json(self, door, ticket):
        result = json.loads(door("certify", ticket, "--format", "json").out)
        assert result["schema"] == "pmone-certificate/1"
        assert result["verdict"] == "accepted"
        assert result["bound"] <= 0.1

    def test_another_target_is_rejected(self, door, ticket, tmp_path):
        np.savez(tmp_path / "other.npz", W1=np.array(W) + 0.01)
        found = door("certify", ticket, "--target", tmp_path / "other.npz")
        assert found.code == 1
        assert found.out.startswith("rejected")

    def test_malformed(self, door, tmp_path):
        (tmp_path / "bad.npz").write_bytes(b"PK nonsense")
        found = door("certify", "bad.npz")
        assert found.code == 4
        assert found.out.startswith("malformed")
        assert "because" in found.out

    def test_missing(self, door):
        assert door("certify", "missing.npz").code == 2


class TestRun:
    def test_outputs_are_the_targets_up_to_the_bound(self, door, ticket):
        x = np.array([[0.5, 0.5], [-1.0, 0.0], [0.0, 0.0]])
        np.save("x.npy", x)
        found = door("run", ticket, "--input", "x.npy", "-o", "y.npy")
        assert found.code == 0
        assert "(3, 2)" in found.out
        assert np.linalg.norm(np.load("y.npy") - x @ np.array(W).T, axis=1).max() <= 0.1

    def test_inputs_that_are_no_numbers_are_malformed(self, door, ticket, tmp_path):
        np.save("words.npy", np.array(["a", "b"]))
        (tmp_path / "noise.npy").write_bytes(b"noise")
        for name in ("words.npy", "noise.npy"):
            found = door("run", ticket, "--input", name, "-o", "y.npy")
            assert (found.code, found.out) == (4, "")
            assert name in found.err
            assert not Path("y.npy").exists()

    def test_inputs_of_another_length_are_malformed(self, door, ticket):
        np.save("x.npy", np.zeros((4, 3)))
        assert door("run", ticket, "--input", "x.npy", "-o", "y.npy").code == 4

    def test_a_malformed_ticket(self, door, tmp_path):
        np.save("x.npy", np.zeros((1, 2)))
        (tmp_path / "bad.npz").write_bytes(b"PK nonsense")
        assert door("run", "bad.npz", "--input", "x.npy", "-o", "y.npy").code == 4


class TestVerify:
    def test_one_claim_of_the_registry(self, door):
        found = door("verify", "h2", "--jobs", 1)
        assert found.code == 0
        assert "✓ H2" in found.out
        assert "Passed: 1 of 1 claims" in found.out

    def test_full_without_coq_says_that_no_machine_checked_anything(self, door, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        found = door("verify", "h1", "--full", "--jobs", 1)
        assert found.code == 0  # what is required of H1 is a proof
        assert "machine-checked proofs NOT RUN" in found.out
        assert "install Coq 8.16 and make" in found.out
        report = json.loads(door("verify", "h1", "--full", "--jobs", 1, "--format", "json").out)
        assert report["formal"]["verdict"] == "not run"
        assert report["claims"][0]["rung"] == "proved"

    def test_json_is_all_there_is_on_stdout(self, door, registered):
        registered(claim("X1", passing), misses=[miss(refuting)])
        found = door("verify", "--jobs", 1, "--format", "json")
        result = json.loads(found.out)
        assert found.code == result["exit_code"] == 0
        assert result["schema"] == "pmone-report/2"
        assert [c["id"] for c in result["claims"]] == ["X1"]
        keys = {"id", "statement", "rung", "required_rung", "evidence", "status", "depends_on"}
        assert keys <= set(result["claims"][0])
        assert result["near_misses"][0]["counterexample"] == {"x": 3}

    @pytest.mark.parametrize(
        ("checks", "refute", "code", "word"),
        [
            ([passing], refuting, 0, "Passed"),
            ([passing, failing], refuting, 1, "REFUTED: X1"),
            ([undecided], refuting, 3, "not reached: X1"),
            ([], refuting, 3, "not reached: X1"),
            ([passing], agreeing, 1, "NOT REFUTED"),
        ],
    )
    def test_exit_codes(self, door, registered, checks, refute, code, word):
        registered(claim("X1", *checks), misses=[miss(refute)])
        found = door("verify", "--jobs", 1)
        assert found.code == code
        assert word in found.out

    def test_zero_claims_are_not_a_success(self, door, registered):
        registered()
        assert door("verify", "--jobs", 1).code == 3

    def test_html_to_a_file(self, door, registered, tmp_path):
        registered(claim("X1", passing))
        found = door("verify", "--jobs", 1, "--format", "html", "--out", "page.html")
        assert (found.code, found.out) == (0, "")
        assert "page.html" in found.err
        assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")

    def test_text_to_a_file(self, door, registered, tmp_path):
        registered(claim("X1", passing))
        door("verify", "--jobs", 1, "--out", "table.txt")
        assert "✓ X1" in (tmp_path / "table.txt").read_text(encoding="utf-8")

    def test_the_seed_reaches_the_checks(self, door, registered):
        registered(claim("X1", passing))

        def seed(*options):
            out = door("verify", "--jobs", 1, "--format", "json", *options).out
            return json.loads(out)["claims"][0]["evidence"][0]["details"]["seed"]

        assert seed() == seed("--seed", 0) != seed("--seed", 1)

    @pytest.mark.parametrize("label", ["S99", "nonsense"])
    def test_unknown_labels_are_usage_errors_with_the_nearest(self, door, label):
        found = door("verify", label)
        assert (found.code, found.out) == (2, "")
        assert f"claim '{label}': there is none; the nearest are" in found.words.replace("│ ", "")

    @pytest.mark.parametrize("options", [["--jobs", "0"], ["--seed", "-1"], ["--format", "xml"]])
    def test_bad_options(self, door, options):
        found = door("verify", "H2", *options)
        assert (found.code, found.out) == (2, "")
        assert options[0] in found.words
        assert options[1] in found.words


class TestAudit:
    def test_text_json_and_csv_are_the_same_audit(self, door, small_audit):
        text = door("audit", "--jobs", 1)
        assert text.code == 0
        assert "Hidden constants" in text.out
        result = json.loads(door("audit", "--jobs", 1, "--format", "json").out)
        assert result["schema"] == "pmone-audit/1"
        options = ("--jobs", 1, "--format", "csv", "--table", "draws")
        rows = list(csv.DictReader(io.StringIO(door("audit", *options).out)))
        assert [row["k"] for row in rows] == [str(d["k"]) for d in result["draws"]]

    def test_a_constant_that_is_too_small_is_1(self, door, small_audit, monkeypatch):
        monkeypatch.setitem(stated._STATED, ("B5", "C"), stated.Fraction(2))
        assert door("audit", "--jobs", 1).code == 1

    def test_bad_options(self, door):
        for options in (["--table", "all"], ["--format", "html"], ["--jobs", "0"]):
            assert door("audit", *options).code == 2


class TestExplain:
    def test_before_and_after_a_run(self, door):
        before = door("explain", "H2")
        assert before.code == 0
        for part in ("statement", "source", "domain", "rests on", "proof", "checks"):
            assert part in before.out
        assert "No evidence yet" in before.out
        door("verify", "H2", "--jobs", 1)
        after = door("explain", "h2")
        assert "✓ proof" in after.out
        assert "effort quick, seed 0" in after.out
        assert "pmone verify H2" in after.out

    def test_json(self, door):
        result = json.loads(door("explain", "S5", "--format", "json").out)
        assert result["schema"] == "pmone-explain/1"
        assert result["id"] == "S5"
        assert "S4" in result["depends_on"]
        assert result["last_run"] is None

    def test_unknown_labels_are_told_the_nearest(self, door):
        found = door("explain", "E9")
        assert (found.code, found.out) == (2, "")
        assert "the nearest are E1" in found.words.replace("│ ", "")


class TestReport:
    def test_it_runs_what_is_missing_and_then_uses_it(self, door, registered, small_audit):
        calls = []

        def counting(case):
            calls.append(case.name)
            return passing(case)

        registered(claim("X1", counting))
        for _ in range(2):
            found = door("report", "--jobs", 1, "--out", "page.html")
            assert (found.code, found.out) == (0, "")
        assert calls == ["X1/counting"]
        text = Path("page.html").read_text(encoding="utf-8")
        assert "Hidden constants" in text
        assert 'id="claim-X1"' in text

    def test_a_refuted_claim_is_1_and_the_page_is_written(self, door, registered, small_audit):
        registered(claim("X1", failing))
        assert door("report", "--jobs", 1, "--out", "page.html").code == 1
        assert "REFUTED" in Path("page.html").read_text(encoding="utf-8")

    def test_a_folder_that_is_not_there(self, door):
        found = door("report", "--out", "no/such/page.html")
        assert found.code == 2
        assert "no/such is not a folder" in found.words.replace("│ ", "")


class TestDoctor:
    def test_text_and_json(self, door):
        found = door("doctor")
        assert found.code == 0
        assert "numpy" in found.out
        result = json.loads(door("doctor", "--format", "json").out)
        assert result["schema"] == "pmone-doctor/1"
        assert {"versions", "commit", "machine", "parts"} <= set(result)

    def test_a_missing_required_part_is_1(self, door, monkeypatch):
        broken = environment.Part("numpy", "required", None, "make setup", required=True)
        monkeypatch.setattr(environment, "survey", lambda: [broken])
        found = door("doctor")
        assert found.code == 1
        assert "missing" in found.out


class TestDemo:
    def test_bad_options(self, door):
        assert door("demo", "--eps", "-1").code == 2
        assert door("demo", "--fit", "none").code == 2

    @pytest.mark.slow
    def test_the_main_job(self, door):
        found = door("demo", "--eps", "0.5", "--out", "d", "--format", "json")
        result = json.loads(found.out)
        assert found.code == 0
        assert result["schema"] == "pmone-demo/1"
        assert {t["certificate"]["verdict"] for t in result["trials"]} == {"accepted"}
        assert list(Path("d").glob("*.png"))

    @pytest.mark.slow
    def test_it_names_the_trained_network_without_the_constant_of_its_biases(self, door):
        assert "64-32-16-10, trained" in door("demo", "--eps", "0.5", "--out", "d").out


class TestInterrupted:
    @pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
    def test_an_interrupted_run_leaves_130_and_resumes(self, tmp_path):
        """Interrupt after the first finished check; the next run reads that check back."""
        command = [sys.executable, "-m", "pmone", "verify", "G1", "G2", "--jobs", "1"]
        command += ["--cache", str(tmp_path), "--format", "json"]
        first = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("unfinished/*/*.json")) and time.monotonic() < deadline:
            time.sleep(0.02)
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=60)
        assert (first.returncode, out) == (130, "")
        assert "interrupted" in err
        assert "Traceback" not in err
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        evidence = [e for c in json.loads(done.stdout)["claims"] for e in c["evidence"]]
        assert done.returncode == 0
        assert 1 <= sum(e["resumed"] for e in evidence) < len(evidence)


def test_the_installed_module_answers_too():
    done = subprocess.run(
        [sys.executable, "-m", "pmone", "explain", "none"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")


def test_targets_with_their_own_domain_are_served(door, target):
    found = door("prune", target, "--domain", "ball:2", "--nonnegative", "-o", "t.npz")
    assert found.code == 0
    assert Ball("2", nonnegative=True).describe() in found.out


def test_compare_shows_the_constructions_asked_for_and_what_is_stated(door, target):
    asked = ("--eps", "0.5", "--construction", "horner", "--construction", "pensia")
    found = door("compare", target, *asked, "--trials", "2")
    assert found.code == 0
    assert found.out.count("accepted") == 2
    for words in ("horner, S5 ", "pensia, P3 (S) ", "What the theorems state"):
        assert words in found.out
    as_json = door("compare", target, *asked, "--trials", "0", "--format", "json")
    rows = json.loads(as_json.out)["rows"]
    assert [row["construction"] for row in rows] == ["horner", "pensia"]
    as_csv = door("compare", target, *asked, "--trials", "0", "--format", "csv")
    assert as_csv.out.startswith("construction,")
    assert as_csv.out.count("\n") == 3
    assert door("compare", target, "--construction", "nobody").code == 2


def test_compare_is_told_what_a_construction_may_take(door, target):
    asked = ("--eps", "0.001", "--construction", "malach", "--trials", "0", "--jobs", "1")
    refused = door("compare", target, *asked, "--seconds", "0.001")
    assert refused.code == 3
    remedy = re.search(r"malach: not run: about .* above 0.001 s; --seconds (\d+)", refused.out)
    allowed = door("compare", target, *asked, "--seconds", remedy[1], "--no-memory")
    assert allowed.code == 0
    assert "accepted" in allowed.out
    assert door("compare", target, *asked, "--seconds", "0").code == 2


def test_masks_without_a_target_are_run_but_not_certified(door, tmp_path):
    plan = peers.edge_popup.plan((2, 6, 2), epochs=1)
    x = np.array([[0.5, -0.25], [1.0, 2.0]])
    data = Labelled("two", x, np.array([0, 1]), x, np.array([0, 1]))
    found = peers.edge_popup.prune(data, plan, plan.weights(5))
    found.save(tmp_path / "mask.npz")
    np.save(tmp_path / "x.npy", x)
    ran = door("run", tmp_path / "mask.npz", "--input", tmp_path / "x.npy", "-o", "y.npy")
    assert ran.code == 0
    assert np.load("y.npy").tobytes() == found.run(x).tobytes()
    refused = door("certify", tmp_path / "mask.npz")
    assert refused.code == 4
    assert "masks without target and epsilon claim no bound" in refused.out
    (tmp_path / "mask.npz").write_bytes((tmp_path / "mask.npz").read_bytes()[:-40])
    damaged = door("run", tmp_path / "mask.npz", "--input", tmp_path / "x.npy", "-o", "y.npy")
    assert damaged.code == 4
    assert "mask.npz: not a" in damaged.words


def test_a_sweep_is_shown_as_a_table(door, tmp_path):
    shown = door("sweep", "weights-vs-bound", "--jobs", "1", "--format", "text")
    assert shown.code == 0
    assert "ratio" in shown.out
    assert "python-flint" not in shown.out  # versions are for the CSV
    both = door(
        *("sweep", "weights-vs-bound", "--jobs", "1", "--format", "text"),
        *("--out", tmp_path / "rows.csv"),
    )
    assert both.out == shown.out
    assert (tmp_path / "rows.csv").read_text().count("\n") == 19


def test_run_evaluates_tickets_of_networks_with_real_weights_too(door, target, tmp_path):
    network = load_target(target)
    plan = peers.plan_for(network, "0.1", "0.1", "pensia")
    found = peers.PEERS["pensia"].prune(network, plan, peers.draw(plan, 1))
    found.save(tmp_path / "pensia.npz")
    np.save(tmp_path / "x.npy", np.array([0.5, -0.25]))
    ran = door("run", tmp_path / "pensia.npz", "--input", tmp_path / "x.npy", "-o", "y.npy")
    assert ran.code == 0
    assert np.linalg.norm(np.load("y.npy") - network([0.5, -0.25])) <= 0.1
