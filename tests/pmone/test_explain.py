"""`pmone explain`: all labels; one claim, before and after a run; every place where it stands."""

import json
import re
from pathlib import Path

import pytest

from proofs import folders
from proofs.claims import places, registry
from tests import readme

CLAIMS = registry.claims()
PLACE = re.compile(r"^  (statement|check|code|test|Coq) +([\w./-]+):(\d+)  (.+)$", re.MULTILINE)


class TestExplain:
    def test_evidence_is_shown_once_there_is_some(self, door):
        before = door("explain", "H2")
        assert before.code == 0
        for part in ("statement", "source", "domain", "rests on", "proof", "clauses", "checks"):
            assert part in before.out
        assert "No evidence yet" in before.out
        door("verify", "H2", "--jobs", 1)
        after = door("explain", "h2")
        assert "✓ all-sign-matrices" in after.out
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


def shown(text):
    """The places that a text shows: kind, path, line, name."""
    return [(kind, path, int(line), name) for kind, path, line, name in PLACE.findall(text)]


class TestLabels:
    def test_all_are_listed_with_their_titles_one_line_each_at_80_columns(self, door, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        found = door("explain")
        assert found.code == 0
        lines = found.out.splitlines()
        assert [tuple(line.split(maxsplit=1)) for line in lines] == [
            (claim.id, claim.title) for claim in CLAIMS.values()
        ]
        assert max(map(len, lines)) <= 80

    def test_json_lists_them_too(self, door):
        found = json.loads(door("explain", "--format", "json").out)
        assert found["schema"] == "pmone-labels/1"
        assert [claim["id"] for claim in found["claims"]] == list(CLAIMS)


class TestALemmaInAMinute:
    """The README's recipe, for every label."""

    def test_the_readme_shows_this_command(self, door):
        (shell,) = readme.blocks(readme.section("A lemma in a minute"), "console")
        commands = re.findall(r"^\$ pmone (.*)$", shell, re.MULTILINE)
        assert commands == ["explain", "explain E1"]
        said = [(k, p, n) for k, p, _, n in shown(door("explain", "E1").out)]
        in_readme = [(k, p, n) for k, p, _, n in shown(shell)]
        assert {kind for kind, *_ in in_readme} == {"statement", "check", "code", "test", "Coq"}
        assert [place for place in said if place in in_readme] == in_readme

    @pytest.mark.parametrize("label", CLAIMS)
    def test_every_place_is_there(self, door, label):
        found = shown(door("explain", label).out)
        kinds = [kind for kind, *_ in found]
        assert kinds.count("statement") == 1
        assert {"code", "test"} & set(kinds)
        assert len({path for _, path, *_ in found}) >= 2
        for kind, path, number, name in found:
            lines = (folders.ROOT / path).read_text(encoding="utf-8").splitlines()
            line, last = lines[number - 1], name.rpartition(".")[2]
            if kind == "statement":
                assert name == CLAIMS[label].title
                assert name in "\n".join(lines[number - 1 : number + 3])
            elif kind == "Coq":
                assert re.match(rf"\s*\w+ {re.escape(name)}\b", line)
            else:
                module = number == 1 and name == Path(path).stem
                assert module or re.match(rf"\s*(def|class) {re.escape(last)}\b", line)

    def test_coq_is_named_where_a_theorem_is_cited(self, door):
        for label, claim in CLAIMS.items():
            for check in claim.checks:
                if check.name == "machine":
                    cited = check.function.keywords["theorems"]
                    names = [
                        n for kind, *_, n in shown(door("explain", label).out) if kind == "Coq"
                    ]
                    assert set(cited) <= set(names)

    def test_json_has_the_same_places(self, door):
        found = json.loads(door("explain", "E1", "--format", "json").out)["places"]
        assert [(p["kind"], p["path"], p["line"], p["name"]) for p in found] == shown(
            door("explain", "E1").out
        )

    def test_a_label_that_nobody_cites_is_noticed(self, monkeypatch):
        """Planted: without docstrings nothing is cited but by the names of tests."""
        monkeypatch.setattr(places, "cited", lambda text, label="": set())
        kinds = [place.kind for place in places.places("H1")]
        assert "code" not in kinds
        assert "test" in kinds

    def test_a_file_that_cannot_be_parsed_hides_no_other(self, tmp_path):
        (tmp_path / "tests").mkdir()
        (tmp_path / "tests" / "broken.py").write_text("def f(:\n")
        (tmp_path / "tests" / "noise.py").write_bytes(b"\xff\xfe")
        (tmp_path / "tests" / "whole.py").write_text('"""Sums (E1)."""\n')
        ((place, text),) = places._documented(tmp_path, "tests")
        assert (place.path, place.line, text) == ("tests/whole.py", 1, "Sums (E1).")


class TestInstalled:
    def test_without_a_checkout_there_are_no_tests_to_name(self, door, monkeypatch, tmp_path):
        monkeypatch.setattr(folders, "in_checkout", lambda: False)
        monkeypatch.setattr(places, "_is_checkout", lambda folder: False)
        found = door("explain", "E1").out
        assert {kind for kind, *_ in shown(found)} == {"statement", "check", "code", "Coq"}
        assert f"places in {folders.ROOT}" in found

    def test_in_a_checkout_of_the_same_claims_its_places_are_named(self, monkeypatch):
        monkeypatch.setattr(folders, "in_checkout", lambda: False)
        monkeypatch.chdir(folders.ROOT)
        assert places.root() == folders.ROOT

    def test_another_project_is_no_checkout_of_ours(self, monkeypatch, tmp_path):
        (tmp_path / "pyproject.toml").write_text("[project]\nname = 'other'\n")
        monkeypatch.setattr(folders, "in_checkout", lambda: False)
        monkeypatch.chdir(tmp_path)
        assert places.root() == folders.ROOT
