"""The machine-checked development: it builds, rests on nothing unproved, and its check can fail."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proofs.claims import machine
from proofs.formal import check_assumptions as check
from tests.proofs.formal.building import FOLDER, build, copy_to

SOURCES = check.read_sources(FOLDER)
THEOREMS = json.loads((FOLDER / "theorems.json").read_text(encoding="utf-8"))["theorems"]

needs_coq = pytest.mark.skipif(
    shutil.which("coqc") is None,
    reason="coqc is missing (Debian's package coq): the machine-checked proofs were NOT checked",
)


# Without Coq: the sources themselves.


def test_every_source_is_listed_and_every_listed_source_is_there() -> None:
    listed = re.findall(r"^\S+\.v$", (FOLDER / "_CoqProject").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(SOURCES)


def test_the_name_of_a_module_has_one_meaning() -> None:
    """`From Pmone Require Import Name` means one file, whatever its room."""
    names = [Path(file).stem for file in SOURCES]
    assert sorted(set(names)) == sorted(names)


def test_a_room_requires_only_what_is_common_and_what_is_its_own() -> None:
    rooms = {Path(file).stem: Path(file).parent.name for file in SOURCES}
    for file, text in SOURCES.items():
        required = re.findall(r"From Pmone Require (?:Import |Export )?([\w\s]+)\.", text)
        for name in " ".join(required).split():
            assert rooms[name] in {"common", rooms[Path(file).stem]}, f"{file} requires {name}"


def test_no_source_has_anything_unproved() -> None:
    assert [found for file, text in SOURCES.items() for found in check.unproved(file, text)] == []


def test_every_listed_theorem_is_stated_in_its_file() -> None:
    for theorem in THEOREMS:
        text = check.strip_comments(SOURCES[theorem["file"]])
        assert re.search(rf"^(Theorem|Lemma|Corollary) {theorem['name']}\b", text, re.MULTILINE), (
            theorem
        )


def test_the_recorded_build_is_of_these_sources_and_theorems() -> None:
    """After a change: make -C proofs/formal record."""
    recorded = json.loads((FOLDER / "recorded.json").read_text(encoding="utf-8"))
    assert recorded["sources"] == machine.sources(FOLDER)
    assert recorded["labels"] == {theorem["name"]: theorem["label"] for theorem in THEOREMS}
    assert recorded["coqchk"] is True


def test_every_theorem_with_a_label_is_listed() -> None:
    """A name that begins with a label, such as S4_plan, claims to be a labelled theorem."""
    listed = {theorem["name"] for theorem in THEOREMS}
    for file, source in SOURCES.items():
        text = check.strip_comments(source)
        stated = re.findall(r"^(?:Theorem|Corollary) ([A-Z][0-9]_\w+)", text, re.MULTILINE)
        assert {name for name in stated if name not in listed} <= EXEMPT, file


# Not the claims themselves: lemmas and special cases beside them.
EXEMPT = {"Q1_close", "S2_section_minus", "S4_square", "G1_over"}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Lemma x : 1 = 2. Proof. Admitted.", "Admitted"),
        ("Lemma x : 1 = 2. Proof. admit. Qed.", "admit"),
        ("Axiom x : 1 = 2.", "Axiom"),
        ("Parameter x : 1 = 2.", "Parameter"),
        ("Conjecture x : 1 = 2.", "Conjecture"),
        ("Hypothesis x : 1 = 2.", "Hypothesis"),
        ("Variable x : 1 = 2.", "Variable"),
        ("Context (x : 1 = 2).", "Context"),
        ("Unset Guard Checking.", "Unset Guard Checking"),
        ("Section A. Section B.\nEnd B.\nEnd A.\nVariable y : nat.", "Variable"),
    ],
)
def test_the_scan_finds_what_can_smuggle_in_a_statement(line: str, word: str) -> None:
    found = check.unproved("room/Planted.v", f"(* Admitted (* Axiom *) *)\n{line}\n")
    assert re.fullmatch(rf"room/Planted\.v:\d+: {word}.*", found[0])


@pytest.mark.parametrize(
    "text",
    [
        "(* Admitted. (* Axiom. *) Parameter *)\n",
        'Check "Axiom".\n',
        "Section A.\nVariable x : nat.\nHypothesis H : x = x.\nEnd A.\n",
    ],
)
def test_the_scan_leaves_comments_strings_and_sections_alone(text: str) -> None:
    assert check.unproved("Harmless.v", text) == []


def test_without_coq_the_build_says_what_is_missing(tmp_path: Path) -> None:
    copy = copy_to(tmp_path)
    make = shutil.which("make")
    assert make is not None
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "grep", "bash"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    run = subprocess.run(
        [make, "-C", str(copy), "need-coq"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tools)},
    )
    assert run.returncode != 0
    assert "Debian's package 'coq'" in run.stderr
    assert "Error 3" in run.stderr


# With Coq: build a copy, and plant faults in it.


def _check(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "check_assumptions.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_coq
@pytest.mark.slow
def test_it_builds_and_every_theorem_rests_on_the_real_numbers_alone(compiled: Path) -> None:
    run = _check(compiled)
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads((compiled / "result.json").read_text(encoding="utf-8"))
    assert set(result["theorems"]) == {theorem["name"] for theorem in THEOREMS}
    assert set().union(*result["theorems"].values()) <= check.ALLOWED
    assert result["theorems"]["E1_unique"] == []
    assert result["coqchk"] is True


@needs_coq
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("Axiom cheat : False.\n", "unproved\tcommon/Expansion.v:"),
        ("Lemma cheat : False.\nProof. Admitted.\n", "unproved\tcommon/Expansion.v:"),
    ],
)
def test_a_planted_axiom_is_found_in_the_source_and_in_the_theorem(
    compiled: Path, tmp_path: Path, fault: str, complaint: str
) -> None:
    copy = tmp_path / "formal"
    (copy / "common").mkdir(parents=True)
    source = (compiled / "common/Expansion.v").read_text(encoding="utf-8")
    head, statement = source.split("Theorem E1_unique", 1)
    proof = statement.index("Proof.")
    planted = (
        head + fault + "Theorem E1_unique" + statement[:proof] + "Proof. destruct cheat. Qed.\n"
    )
    (copy / "common/Expansion.v").write_text(planted, encoding="utf-8")
    (copy / "_CoqProject").write_text("-R . Pmone\ncommon/Expansion.v\n", encoding="utf-8")
    mine = [t for t in THEOREMS if t["name"] == "E1_unique"]
    (copy / "theorems.json").write_text(json.dumps({"theorems": mine}), encoding="utf-8")
    for name in ("Makefile", "check_assumptions.py"):
        shutil.copy(compiled / name, copy)
    assert build(copy).returncode == 0
    run = _check(copy, "--quick")
    assert run.returncode == 1
    assert complaint in run.stdout
    assert re.search(
        r"^E1\tE1_unique\tcommon/Expansion\.v\t\S*cheat\tFAIL$", run.stdout, re.MULTILINE
    )
    assert not (copy / "result.json").exists()


@needs_coq
@pytest.mark.slow
def test_a_theorem_that_is_not_there_is_reported(compiled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "formal"
    shutil.copytree(compiled, copy)
    known = next(theorem for theorem in THEOREMS if theorem["name"] == "E1_exists")
    theorems = [known, {"label": "S9", "name": "S9_everything", "file": "horner/HornerMain.v"}]
    (copy / "theorems.json").write_text(json.dumps({"theorems": theorems}), encoding="utf-8")
    run = _check(copy, "--quick")
    assert run.returncode == 1
    assert "S9\tS9_everything\thorner/HornerMain.v\tnot found\tFAIL" in run.stdout
    assert "E1\tE1_exists\tcommon/Expansion.v\tnone\tok" in run.stdout


@needs_coq
@pytest.mark.slow
def test_a_file_that_does_not_prove_its_theorem_does_not_build(tmp_path: Path) -> None:
    copy = copy_to(tmp_path)
    path = copy / "common/Expansion.v"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  - neg s <= V <=", "  - neg s - 1 <= V <=", 1), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    assert build(copy).returncode != 0
