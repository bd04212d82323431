"""`pmone doctor`: what is installed, and what is missing."""

import json

from proofs import provenance as environment


class TestDoctor:
    def test_it_names_parts_and_versions_as_text_and_json(self, door):
        found = door("doctor")
        assert found.code == 0
        assert "numpy" in found.out
        assert "pmone-verified" in found.out
        result = json.loads(door("doctor", "--format", "json").out)
        assert result["schema"] == "pmone-doctor/1"
        assert {"versions", "commit", "machine", "parts"} <= set(result)

    def test_a_missing_required_part_is_1(self, door, monkeypatch):
        broken = environment.Part("numpy", "required", None, "make setup", required=True)
        monkeypatch.setattr(environment, "survey", lambda: [broken])
        found = door("doctor")
        assert found.code == 1
        assert "missing" in found.out
