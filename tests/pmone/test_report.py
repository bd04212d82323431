"""`pmone report`: it runs what is missing, and writes the page."""

from pathlib import Path

from tests.made_up_claims import claim, failing, passing


class TestReport:
    def test_it_runs_what_is_missing_and_then_uses_it(self, door, registered, small_audit):
        calls = []

        def counting(case):
            calls.append(case.name)
            return passing(case)

        registered(claim("X1", counting))
        for _ in range(2):
            found = door("report", "--jobs", 1, "--out", "page.html")
            assert (found.code, found.out) == (
                0,
                "Passed: 1 of 1 claim reached its required rung.\n",
            )
        assert calls == ["X1/counting"]
        text = Path("page.html").read_text(encoding="utf-8")
        assert "Hidden constants" in text
        assert 'id="claim-X1"' in text

    def test_a_refuted_claim_is_1_and_the_page_is_written(self, door, registered, small_audit):
        registered(claim("X1", failing))
        assert door("report", "--jobs", 1, "--out", "page.html").code == 1
        assert "REFUTED" in Path("page.html").read_text(encoding="utf-8")

    def test_a_folder_that_is_not_there_is_a_usage_error(self, door):
        found = door("report", "--out", "no/such/page.html")
        assert found.code == 2
        assert "no/such is not a folder" in found.words.replace("│ ", "")
