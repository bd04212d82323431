"""`pmone certify`: the kernel's verdict as an exit code, text and JSON."""

import json

import numpy as np

from constructions.targets.readers import load_target


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
