"""The formal build of a run, with stand-ins for Coq: missing, failing, passing.

The Makefile and the check of assumptions are the real ones; `coqc`, `coq_makefile` and `coqchk` are
small shell scripts that behave as Coq does on a development of one theorem.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from proofs.claims import machine
from proofs.evidence import Case, Rung, Verdict

FORMAL = Path(machine.__file__).resolve().parent.parent / "formal"
CASE = Case.of(machine.BUILD_NAME, "full", 0)

COQC = """#!/bin/sh
case "$*" in
--print-version) echo "8.16.1 4.13.1"; exit 0 ;;
esac
for last; do :; done
case "$last" in
*Query.v) printf '@@ E1_exists\\nClosed under the global context\\n@@ end\\n' ;;
*) if grep -q nonsense "$last"; then echo "Error: nonsense was not found." >&2; exit 1; fi
   echo compiled > "${last%.v}.vo" ;;
esac
"""
COQ_MAKEFILE = """#!/bin/sh
printf 'all: room/A.vo\\nroom/A.vo: room/A.v\\n\\tcoqc room/A.v\\n' > Makefile.coq
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a development of one theorem."""
    made = tmp_path / "formal"
    (made / "room").mkdir(parents=True)
    for name in ("Makefile", "check_assumptions.py"):
        shutil.copy(FORMAL / name, made)
    (made / "room/A.v").write_text("Theorem E1_exists : True. Proof. exact I. Qed.\n")
    (made / "_CoqProject").write_text("-R . Pmone\nroom/A.v\n")
    theorem = {"label": "E1", "name": "E1_exists", "file": "room/A.v", "states": "that it is"}
    (made / "theorems.json").write_text(json.dumps({"theorems": [theorem]}))
    return made


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the stand-ins first in the search path, and nothing else of Coq's."""
    made = tmp_path / "bin"
    made.mkdir()
    scripts = {"coqc": COQC, "coq_makefile": COQ_MAKEFILE, "coqchk": "#!/bin/sh\n"}
    for name, text in scripts.items():
        (made / name).write_text(text)
        (made / name).chmod(0o755)
    for name in ("make", "sh", "grep", "bash"):
        found = shutil.which(name)
        assert found is not None
        (made / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(made))
    return made


def judged(folder: Path, build: object) -> Verdict:
    """Return the verdict of a check that cites the one theorem."""
    case = Case("E1/machine", "full", 0, formal=build)  # type: ignore[arg-type]
    return machine.read_result(case, ("E1_exists",), folder).verdict


def test_a_passing_build_earns_the_rung_and_leaves_its_result(folder: Path, tools: Path) -> None:
    found = machine.build(CASE, folder)
    assert (found.verdict, found.rung) == (Verdict.PASSED, Rung.MACHINE_CHECKED)
    assert found.details["coq"] == "8.16.1"
    assert found.details["theorems"] == {"E1_exists": []}
    assert judged(folder, found) is Verdict.PASSED
    quick = Case.of("E1/machine", "quick", 0)
    assert machine.read_result(quick, ("E1_exists",), folder).verdict is Verdict.PASSED
    assert sorted(p.name for p in folder.iterdir()) == [
        "Makefile", "_CoqProject", "check_assumptions.py", "result.json", "room", "theorems.json"
    ]  # fmt: skip


def test_nothing_that_was_compiled_before_counts(folder: Path, tools: Path) -> None:
    (folder / "room/A.v").write_text("nonsense\n")
    (folder / "room/A.vo").write_text("compiled when it still was sound\n")
    os.utime(folder / "room/A.vo", (2**32, 2**32))
    assert machine.build(CASE, folder).verdict is Verdict.INCONCLUSIVE


def test_a_failing_build_is_inconclusive_and_shows_the_end_of_its_log(
    folder: Path, tools: Path
) -> None:
    (folder / "room/A.v").write_text("nonsense\n")
    found = machine.build(CASE, folder)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "make ended with 2" in found.reason
    assert "Error: nonsense was not found." in found.details["end of the log"]
    assert judged(folder, found) is Verdict.INCONCLUSIVE
    assert not (folder / "result.json").exists()


def test_a_statement_without_proof_fails_the_build(folder: Path, tools: Path) -> None:
    (folder / "room/A.v").write_text("Theorem E1_exists : False. Admitted.\n")
    found = machine.build(CASE, folder)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "check_assumptions.py ended with 1" in found.reason
    assert any("Admitted" in line for line in found.details["end of the log"])


@pytest.mark.parametrize("tool", ["make", "coqc", "coq_makefile", "coqchk"])
def test_without_a_tool_it_is_not_run_and_says_what_to_install(
    folder: Path, tools: Path, tool: str
) -> None:
    (tools / tool).unlink()
    found = machine.build(CASE, folder)
    assert found.verdict is Verdict.NOT_RUN
    assert tool in found.reason
    assert "Debian's packages coq and make" in found.reason
    assert judged(folder, found) is Verdict.NOT_RUN


def test_without_the_sources_it_is_not_run(tmp_path: Path, tools: Path) -> None:
    found = machine.build(CASE, tmp_path)
    assert found.verdict is Verdict.NOT_RUN
    assert "has no sources" in found.reason


def test_a_build_that_never_ends_is_ended(
    folder: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = shutil.which("sleep", path="/usr/bin:/bin")
    (tools / "coqc").write_text(f"#!/bin/sh\necho started\nexec {sleep} 60\n")
    monkeypatch.setattr(machine, "TIME_LIMIT", 1)
    found = machine.build(CASE, folder)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "no result after 1 s" in found.reason
    assert "started" in found.details["end of the log"]


def test_sources_that_change_after_the_build_are_not_covered_by_it(
    folder: Path, tools: Path
) -> None:
    found = machine.build(CASE, folder)
    (folder / "room/A.v").write_text("Theorem E1_exists : 1 = 1. Proof. reflexivity. Qed.\n")
    assert judged(folder, found) is Verdict.NOT_RUN


@pytest.mark.parametrize("name", ["room/A.v", "theorems.json", "_CoqProject", "Makefile"])
def test_the_digest_of_a_build_covers_every_file_of_it(
    folder: Path, tools: Path, name: str
) -> None:
    before = machine.build_digest(folder)
    assert before == machine.build_digest(folder)
    path = folder / name
    path.write_text(path.read_text() + " ")
    assert machine.build_digest(folder) != before


def test_the_digest_of_a_build_covers_the_version_of_coq(folder: Path, tools: Path) -> None:
    before = machine.build_digest(folder)
    (tools / "coqc").write_text(COQC.replace("8.16.1", "8.17.0"))
    assert machine.build_digest(folder) != before
