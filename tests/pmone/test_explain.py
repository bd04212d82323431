"""`pmone explain`: one claim, before and after a run."""

import json


class TestExplain:
    def test_evidence_is_shown_once_there_is_some(self, door):
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

    def test_json_has_statement_dependencies_and_last_run(self, door):
        result = json.loads(door("explain", "S5", "--format", "json").out)
        assert result["schema"] == "pmone-explain/1"
        assert result["id"] == "S5"
        assert "S4" in result["depends_on"]
        assert result["last_run"] is None

    def test_unknown_labels_are_told_the_nearest(self, door):
        found = door("explain", "E9")
        assert (found.code, found.out) == (2, "")
        assert "the nearest are E1" in found.words.replace("│ ", "")
