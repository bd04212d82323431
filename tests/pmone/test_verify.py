"""`pmone verify`: exit codes, formats, and a run that is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proofs.claims.model import NearMiss
from tests.made_up_claims import agreeing, claim, failing, passing, refuting, undecided

ROOT = Path(__file__).resolve().parents[2]


def near_miss(refute):
    return NearMiss("too-good", "2 is enough", "X1", "3 is needed", refute)


class TestVerify:
    def test_one_claim_of_the_registry(self, door):
        found = door("verify", "h2", "--jobs", 1)
        assert found.code == 0
        assert "✓ H2" in found.out
        assert "Passed: 1 of 1 claims" in found.out

    def test_full_without_coq_says_that_no_machine_checked_anything(self, door, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        found = door("verify", "h1", "--full", "--jobs", 1)
        assert found.code == 0  # a recorded build is enough
        assert "machine-checked proofs NOT RUN" in found.out
        assert "install Coq 8.16 and make" in found.out
        report = json.loads(door("verify", "h1", "--full", "--jobs", 1, "--format", "json").out)
        assert report["formal"]["verdict"] == "not run"
        assert report["claims"][0]["rung"] == "machine-checked (recorded)"

    def test_json_is_all_there_is_on_stdout(self, door, registered):
        registered(claim("X1", passing), misses=[near_miss(refuting)])
        found = door("verify", "--jobs", 1, "--format", "json")
        result = json.loads(found.out)
        assert found.code == result["exit_code"] == 0
        assert result["schema"] == "pmone-report/3"
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
            ([], refuting, 3, "1 only stated, from the literature: X1"),
            ([passing], agreeing, 1, "NOT REFUTED"),
        ],
    )
    def test_the_exit_code_says_what_was_reached(
        self, door, registered, checks, refute, code, word
    ):
        registered(claim("X1", *checks), misses=[near_miss(refute)])
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
    def test_bad_options_are_named_with_their_values(self, door, options):
        found = door("verify", "H2", *options)
        assert (found.code, found.out) == (2, "")
        assert options[0] in found.words
        assert options[1] in found.words


class TestInterrupted:
    @pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
    def test_an_interrupted_run_leaves_130_and_resumes(self, tmp_path):
        """Interrupt after the first finished check; the next run reads that check back."""
        command = [sys.executable, "-m", "pmone", "verify", "G1", "G2", "--jobs", "1"]
        command += ["--cache", str(tmp_path), "--format", "json"]
        first = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that ignores SIGINT, as nohup and background jobs do, hands that down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
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
