"""The rung "machine-checked": build the development, and read what the proof assistant accepted.

`make -C proofs/formal check` compiles the development and writes `proofs/formal/result.json` (an
installed pmone keeps it in the user's cache, see `result_file`):

    {"schema": "pmone-formal/1", "coq": "8.16.1",
     "sources": {"common/Expansion.v": "<sha256>", …}, "labels": {"E1_unique": "E1", …},
     "theorems": {"E1_unique": [], "S4_theorem": ["ClassicalDedekindReals.sig_forall_dec", …], …}}

A run of the suite at the effort "full" does the same by itself, once (`BUILD`), and its checks
judge that build. At the effort "quick" they judge the file. Where there is neither, they judge
`proofs/formal/recorded.json`, the result of an earlier full build that is kept with the sources: it
earns a rung of its own, "machine-checked (recorded)". Any of these only counts if it is about
exactly the sources that are in the folder now, if coqchk accepted what was compiled, and if the
theorems rest on no axioms but the real numbers' own. With none of them, the check is "not run";
where the build breaks, it is inconclusive: it never looks as if it had passed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from constructions.files import write_text
from proofs import folders
from proofs.claims.model import Check
from proofs.evidence import Case, Evidence, Rung, Verdict, not_run

FOLDER = Path(__file__).resolve().parent.parent / "formal"
SCHEMA = "pmone-formal/1"
BUILD_NAME = "formal/build"
TIME_LIMIT = 1800  # seconds for one step of the build
RECORDED = "recorded.json"
_REPEAT = "`make formal`"
_RUN = "run `make -C proofs/formal check` or `pmone verify --full` (they need Coq)"
_TOOLS = ("make", "coqc", "coq_makefile", "coqchk")
_OTHER_FILES = ("_CoqProject", "Makefile", "check_assumptions.py", "theorems.json")
_LOG_LINES = 15
# What the standard library's real numbers rest on.
ALLOWED = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)


def machine_checked(*theorems: str, states: Sequence[str] = ()) -> Check:
    """Return the check that these theorems, which together state a clause, were accepted.

    ``states`` are texts that must stand in the statement of the first, white space aside: the
    constants that the clause takes from elsewhere.
    """
    judge = partial(read_result, theorems=theorems, states=tuple(states))
    return Check(f"machine-{theorems[0]}", Rung.MACHINE_CHECKED, judge)


def hundredths(value: Fraction) -> str:
    """Return a number of two decimals as the development writes it: 3.66 is 366/100."""
    return f"{value.numerator * 100 // value.denominator}/100"


def read_result(
    case: Case,
    theorems: tuple[str, ...],
    folder: Path | None = None,
    states: tuple[str, ...] = (),
) -> Evidence:
    """Return the evidence for these theorems, in ``folder`` or FOLDER.

    At the effort "full" the build of this very run, ``case.formal``, is judged; else the result
    of the last formal run. Where that was not run, the recorded result is.
    """
    folder = FOLDER if folder is None else folder
    if states:
        said = statement(theorems[0], folder)
        lacking = [text for text in states if text not in said]
        if lacking:
            reason = f"{theorems[0]} does not state {'; '.join(lacking)}"
            return Evidence(Rung.MACHINE_CHECKED, Verdict.INCONCLUSIVE, reason)
    found = _own_result(case, theorems, folder)
    if found.verdict is not Verdict.NOT_RUN:
        return found
    result = _last_result(folder / RECORDED)
    if isinstance(result, Evidence):
        return found
    recorded = _judge(case, result, theorems, folder, f" (recorded; {_REPEAT} repeats it)")
    recorded = replace(recorded, rung=Rung.RECORDED)
    return found if recorded.verdict is Verdict.NOT_RUN else recorded


def _own_result(case: Case, theorems: tuple[str, ...], folder: Path) -> Evidence:
    """Judge this run's build, or the last one here."""
    if case.effort != "full":
        result = _last_result(result_file(folder))
        if isinstance(result, Evidence):
            return result
        return _judge(case, result, theorems, folder, "")
    build = case.formal
    if build is None:
        return not_run(Rung.MACHINE_CHECKED, "the formal development was not built in this run")
    if build.verdict is not Verdict.PASSED:
        return Evidence(Rung.MACHINE_CHECKED, build.verdict, build.reason)
    return _judge(case, build.details, theorems, folder, " in this run's build")


def result_file(folder: Path) -> Path:
    """Return where a formal run's result is kept: beside its sources in a checkout.

    Nothing is written beside an installed development; there, the user's cache has the result.
    """
    if folder == FOLDER and not folders.in_checkout():
        return folders.cache() / "formal-result.json"
    return folder / "result.json"


def _last_result(path: Path) -> Mapping[str, Any] | Evidence:
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return not_run(Rung.MACHINE_CHECKED, f"no result of a formal run: {_RUN}")
    except (OSError, ValueError) as error:
        return not_run(Rung.MACHINE_CHECKED, f"{path.name} cannot be read ({error}): {_RUN}")
    if not isinstance(result, dict) or result.get("schema") != SCHEMA:
        return not_run(Rung.MACHINE_CHECKED, f"{path.name} is not of schema {SCHEMA}: {_RUN}")
    return result


def _judge(
    case: Case, result: Mapping[str, Any], theorems: tuple[str, ...], folder: Path, where: str
) -> Evidence:
    """Judge a formal run's result: its sources, the theorems, their labels and their axioms."""

    def inconclusive(reason: str) -> Evidence:
        return Evidence(Rung.MACHINE_CHECKED, Verdict.INCONCLUSIVE, reason)

    if result.get("sources") != sources(folder):
        return not_run(Rung.MACHINE_CHECKED, f"the formal run is about other sources: {_RUN}")
    if result.get("coqchk") is not True:
        return not_run(Rung.MACHINE_CHECKED, f"coqchk did not accept the formal run: {_RUN}")
    accepted, label = result.get("theorems", {}), case.name.partition("/")[0]
    missing = [name for name in theorems if name not in accepted]
    if missing:
        return inconclusive(f"not among the accepted theorems: {', '.join(missing)}")
    labels = result.get("labels", {})
    others = [f"{name} ({labels[name]})" for name in theorems if labels.get(name, label) != label]
    if others:
        return inconclusive(f"labelled otherwise in the development: {', '.join(others)}")
    axioms = sorted({axiom for name in theorems for axiom in accepted[name]} - ALLOWED)
    if axioms:
        return inconclusive(f"rests on axioms that are not the real numbers': {', '.join(axioms)}")
    coq = result.get("coq", "of unknown version")
    return Evidence(
        Rung.MACHINE_CHECKED,
        Verdict.PASSED,
        f"accepted by Coq {coq}{where}: {', '.join(theorems)}",
        n=len(theorems),
        k=0,
        details={"coq": coq, "theorems": {name: accepted[name] for name in theorems}},
    )


def statement(theorem: str, folder: Path) -> str:
    """Return the statement of a theorem in the sources, white space folded; "" if it has none."""
    start = re.compile(rf"^(?:Theorem|Lemma|Corollary) {re.escape(theorem)}\b", re.MULTILINE)
    for path in sorted(folder.rglob("*.v")):
        text = path.read_text(encoding="utf-8")
        if found := start.search(text):
            return " ".join(text[found.start() : text.index("Proof.", found.end())].split())
    return ""


def sources(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every source file of the development, by its path inside the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.v"))
    }


# -- the build ----------------------------------------------------------------------------------


def build(case: Case, folder: Path | None = None) -> Evidence:
    """Compile the development of ``folder`` or FOLDER afresh and check what its theorems rest on.

    It is built in a copy: nothing that was compiled before counts, and two runs never meet. If all
    is accepted, ``details`` is the result, which is also left in the folder for later runs at the
    effort "quick". Not run where Coq or make is missing; inconclusive, with the end of the log in
    ``details``, where a step fails.
    """
    folder = FOLDER if folder is None else folder
    if not sources(folder):
        reason = f"{folder} has no sources: the formal build did NOT run; it needs the repository"
        return not_run(Rung.MACHINE_CHECKED, reason)
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        remedy = "install Coq 8.16 and make (Debian's packages coq and make)"
        reason = f"{', '.join(missing)} not found: the formal build did NOT run; {remedy}"
        return not_run(Rung.MACHINE_CHECKED, reason)
    with tempfile.TemporaryDirectory(prefix="pmone-formal-") as scratch:
        copy = Path(scratch)
        for file in _development(folder):
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / file, copy / file)
        check = [sys.executable, str(copy / "check_assumptions.py"), "--folder", scratch]
        log = ""
        for name, command in (("make", ["make", "-C", scratch]), ("check_assumptions.py", check)):
            status, output = _run(command)
            log += output
            if status != 0:
                reason = f"the formal build failed: {name} ended with {status}"
                return _failed(reason, log)
        result = _last_result(result_file(copy))
        if isinstance(result, Evidence):
            return _failed(f"the formal build left nothing to judge: {result.reason}", log)
        if result.get("sources") == sources(folder):
            _keep(result_file(copy), result_file(folder))
    theorems = result.get("theorems", {})
    reason = f"Coq {result.get('coq')} accepted {len(theorems)} theorems, compiled from the sources"
    return Evidence(
        Rung.MACHINE_CHECKED, Verdict.PASSED, reason, n=len(theorems), k=0, details=dict(result)
    )


BUILD = Check("build", Rung.MACHINE_CHECKED, build, efforts=("full",), cost=90)


def build_digest(folder: Path | None = None) -> str:
    """Return a SHA-256 over all that a build depends on: every file of it, and Coq's version."""
    folder = FOLDER if folder is None else folder
    total = hashlib.sha256(_coq_version().encode())
    for file in _development(folder):
        digest = hashlib.sha256((folder / file).read_bytes()).digest()
        total.update(file.encode() + b"\0" + digest)
    return total.hexdigest()


def result_digest(folder: Path | None = None) -> str:
    """Return a SHA-256 over the last formal run's result; "" where there is none."""
    try:
        content = result_file(FOLDER if folder is None else folder).read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(content).hexdigest()


def _development(folder: Path) -> list[str]:
    """Return all that a build needs, by the paths inside the folder."""
    return [*sources(folder), *(name for name in _OTHER_FILES if (folder / name).exists())]


def _coq_version() -> str:
    if shutil.which("coqc") is None:
        return ""
    return _run(["coqc", "--print-version"])[1]


def _run(command: list[str]) -> tuple[int | str, str]:
    """Run a command; return its exit status, or why there is none, and what it printed."""
    surroundings = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL"}}
    status: int | str
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(command, stdout=log, stderr=log, env=surroundings) as process:
            try:
                status = process.wait(TIME_LIMIT)
            except subprocess.TimeoutExpired:
                process.terminate()  # make passes it on to what it started
                status = f"no result after {TIME_LIMIT} s"
        log.seek(0)
        return status, log.read().decode(errors="replace")


def _failed(reason: str, log: str) -> Evidence:
    end = log.rstrip().splitlines()[-_LOG_LINES:]
    return Evidence(
        Rung.MACHINE_CHECKED, Verdict.INCONCLUSIVE, reason, details={"end of the log": end}
    )


def _keep(result: Path, kept: Path) -> None:
    """Keep the result, whole or not at all; a folder that is read-only stays as it is."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_text(kept, result.read_text(encoding="utf-8"))
