"""`pmone audit`: the same audit as text, JSON and CSV."""

import csv
import io
import json

from tests import audits


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
        audits.state(monkeypatch, "B5", "C", 2)
        assert door("audit", "--jobs", 1).code == 1

    def test_bad_options_are_usage_errors(self, door):
        for options in (["--table", "all"], ["--format", "html"], ["--jobs", "0"]):
            assert door("audit", *options).code == 2
