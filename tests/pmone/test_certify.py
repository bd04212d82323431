"""`pmone certify`: the kernel's verdict as an exit code, text and JSON."""

import json

import numpy as np

from constructions.targets.readers import load_target
from proofs import verified
from proofs.kernel import Certificate, check


class TestCertify:
    def test_an_honest_ticket_is_accepted(self, door, ticket, target):
        found = door("certify", ticket, "--target", target)
        assert found.code == 0
        assert found.out.startswith("accepted")
        assert found.err == ""

    def test_json_states_verdict_and_bound(self, door, ticket):
        result = json.loads(door("certify", ticket, "--format", "json").out)
        assert result["schema"] == "pmone-certificate/1"
        assert result["verdict"] == "accepted"
        assert result["bound"] <= 0.1

    def test_another_target_is_rejected(self, door, ticket, target, tmp_path):
        np.savez(tmp_path / "other.npz", W1=load_target(target).weights[0] + 0.01)
        found = door("certify", ticket, "--target", tmp_path / "other.npz")
        assert found.code == 1
        assert found.out.startswith("rejected")

    def test_a_file_that_is_no_ticket_is_malformed_with_a_reason(self, door, tmp_path):
        (tmp_path / "bad.npz").write_bytes(b"PK nonsense")
        found = door("certify", "bad.npz")
        assert found.code == 4
        assert found.out.startswith("malformed")
        assert "because" in found.out

    def test_a_missing_file_is_a_usage_error(self, door):
        assert door("certify", "missing.npz").code == 2

    def test_without_the_proved_checker_it_says_what_to_do(self, door, ticket):
        for checker in ("verified", "both"):
            found = door("certify", ticket, "--checker", checker)
            assert found.code == 3
            assert "make verified" in found.words
            assert found.out == ""

    def test_the_proved_checkers_verdict_is_the_exit_code(self, door, ticket, monkeypatch):
        said = check(ticket)
        asked = []

        def stand_in(path, target=None):
            asked.append((path, target))
            return said

        monkeypatch.setattr(verified, "check", stand_in)
        for checker in ("verified", "both"):
            found = door("certify", ticket, "--checker", checker)
            assert found.code == 0
            assert found.out.startswith("accepted")
        assert len(asked) == 2
        said = Certificate("rejected", reasons=("layer 1: no",))
        assert door("certify", ticket, "--checker", "verified").code == 1
        found = door("certify", ticket, "--checker", "both")
        assert found.code == 1
        assert "disagree" in found.out

    def test_an_unknown_checker_is_a_usage_error(self, door, ticket):
        assert door("certify", ticket, "--checker", "oracle").code == 2


def test_a_limit_is_raised_by_name(door, ticket):
    tight = door("certify", ticket, "--limit", "free_state=1", "--limit", "per_edge=0")
    assert tight.code == 1
    assert "the limit free_state" in tight.out
    assert door("certify", ticket, "--limit", "free_state=1000000").code == 0
    for wrong in ("free_state", "free_state=x", "patience=3"):
        found = door("certify", ticket, "--limit", wrong)
        assert found.code == 2
        assert "expected NAME=N with one of bits" in found.words
