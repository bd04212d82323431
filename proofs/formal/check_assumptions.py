"""Check what the labelled theorems of the machine-checked development rest on.

    python3 check_assumptions.py [--folder FOLDER] [--quick] [--deep]

Run it after `make` (or use `make check`, which does both). In this order it

1. reads the sources and refuses whatever can smuggle in an unproved statement: Admitted, Axiom,
   Parameter, variables and hypotheses outside sections, switched-off checks;
2. asks Coq for the assumptions of every theorem that theorems.json lists and compares them with
   the short list that the standard library's real numbers rest on;
3. has the compiled files checked again by coqchk (not with --quick; with --deep the standard
   library as well, a minute and a half).

It prints one line per theorem, separated by tabs: label, theorem, file, assumptions, ok or FAIL. If
everything holds it writes result.json, which says what was accepted and for which sources, and
exits 0. Otherwise it removes result.json and exits 1; where Coq is missing it exits 3.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

ALLOWED = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)
FORBIDDEN = re.compile(
    r"\b(Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?|bypass_check|"
    r"Unset\s+(?:Guard|Positivity|Universe)\s+Checking|type-in-type|"
    r"Declare\s+(?:Module|ML\s+Module)|Load|native_compute)\b"
)
IN_SECTIONS_ONLY = re.compile(
    r"^\s*(?:#\[[^\]]*\]\s*)?(?:Local\s+|Let\s+)?(Hypothesis|Hypotheses|Variables?|Context)\b"
)
SECTION = re.compile(r"^\s*Section\s+(\w+)\s*\.")
MODULE = re.compile(r"^\s*Module\s+(?:Type\s+)?(\w+)")
END = re.compile(r"^\s*End\s+(\w+)\s*\.")
MISSING = 3


def strip_comments(text: str) -> str:
    """Return the source with comments and strings blanked out, line by line."""
    kept, depth, i, quoted = [], 0, 0, False
    while i < len(text):
        if text[i] == '"':
            quoted = not quoted
            kept.append(" ")
        elif not quoted and text.startswith("(*", i):
            depth, i = depth + 1, i + 1
        elif not quoted and depth and text.startswith("*)", i):
            depth, i = depth - 1, i + 1
        elif text[i] == "\n":
            kept.append("\n")
        elif depth == 0 and not quoted:
            kept.append(text[i])
        i += 1
    return "".join(kept)


def read_sources(folder: Path) -> dict[str, str]:
    """Return the text of every source file, by its path inside the folder."""
    paths = sorted(folder.rglob("*.v"))
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


def logical(file: str) -> str:
    """Return the full name in Coq of the module in a file, such as Pmone.common.Sums."""
    return ".".join(("Pmone", *PurePosixPath(file).with_suffix("").parts))


def unproved(file: str, text: str) -> list[str]:
    """Return a complaint for every word that can smuggle in an unproved statement."""
    found, open_sections = [], []
    for number, line in enumerate(strip_comments(text).split("\n"), 1):
        if match := FORBIDDEN.search(line):
            found.append(f"{file}:{number}: {match[1]}")
        if match := SECTION.match(line):
            open_sections.append(match[1])
        elif MODULE.match(line):
            found.append(f"{file}:{number}: Module (this development has none)")
        elif (match := END.match(line)) and open_sections and open_sections[-1] == match[1]:
            open_sections.pop()
        elif not open_sections and (match := IN_SECTIONS_ONLY.match(line)):
            found.append(f"{file}:{number}: {match[1]} outside a section")
    return found


def assumptions(folder: Path, theorems: list[dict[str, str]]) -> dict[str, list[str] | None]:
    """Ask Coq what each theorem rests on; None where Coq does not know the theorem."""
    with tempfile.TemporaryDirectory() as scratch:
        query = Path(scratch) / "Query.v"
        modules = sorted({logical(t["file"]) for t in theorems})
        lines = [f"Require {' '.join(modules)}."]
        for t in theorems:
            name = f"{logical(t['file'])}.{t['name']}"
            lines += [f'Goal True. idtac "@@ {t["name"]}". Abort.', f"Print Assumptions {name}."]
        lines.append('Goal True. idtac "@@ end". Abort.')
        found: dict[str, list[str] | None] = {}
        for t, text in zip(theorems, _query(folder, query, lines), strict=True):
            found[t["name"]] = None if text is None else _axioms(text)
    return found


def _query(folder: Path, query: Path, lines: list[str]) -> list[str | None]:
    """Return Coq's answer for each theorem, asking one at a time if asking all at once fails."""
    query.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = _coqc(folder, query)
    if run.returncode == 0:
        return [part.split("\n", 1)[1] for part in run.stdout.split("@@ ")[1:-1]]
    answers: list[str | None] = []
    for goal, ask in zip(lines[1:-1:2], lines[2:-1:2], strict=True):
        query.write_text("\n".join([lines[0], goal, ask, lines[-1]]) + "\n", encoding="utf-8")
        run = _coqc(folder, query)
        answers.append(
            run.stdout.split("@@ ")[1].split("\n", 1)[1] if run.returncode == 0 else None
        )
    return answers


def _coqc(folder: Path, query: Path) -> subprocess.CompletedProcess[str]:
    command = ["coqc", "-R", str(folder), "Pmone", str(query)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _axioms(text: str) -> list[str]:
    """Return the names in the output of Print Assumptions."""
    if "Closed under the global context" in text:
        return []
    names = re.findall(r"^([A-Za-z_][\w.']*)(?=\s*(?::|$))", text, flags=re.MULTILINE)
    return sorted(set(names) - {"Axioms"})


def coqchk(folder: Path, deep: bool) -> tuple[bool, str]:
    """Have the compiled files checked by the independent checker; say what it found."""
    modules = [logical(file) for file in read_sources(folder)]
    wanted = modules if deep else [word for m in modules for word in ("-norec", m)]
    command = ["coqchk", "-silent", "-o", "-R", str(folder), "Pmone", *wanted]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    text = run.stdout + run.stderr
    if run.returncode != 0:
        return False, text.strip()[-2000:]
    unsafe = re.findall(
        r"^\* (Constants/Inductives relying on .*|Inductives whose .*):\s*(?!<none>)\S",
        text,
        re.MULTILINE,
    )
    return not unsafe, "accepted" if not unsafe else "; ".join(unsafe)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(argv: list[str] | None = None) -> int:
    """Run the checks of this module's description and return the exit code."""
    parser = argparse.ArgumentParser(description="Check what the labelled theorems rest on.")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--quick", action="store_true", help="leave out coqchk")
    parser.add_argument("--deep", action="store_true", help="coqchk on the standard library too")
    args = parser.parse_args(argv)
    folder: Path = args.folder.resolve()
    result = folder / "result.json"
    result.unlink(missing_ok=True)

    sources = read_sources(folder)
    failures = [complaint for file, text in sources.items() for complaint in unproved(file, text)]
    for complaint in failures:
        _say(f"unproved\t{complaint}\tFAIL")
    for tool in ("coqc", "coqchk"):
        if shutil.which(tool) is None:
            sys.stderr.write(f"{tool} is missing: install Coq 8.16 (Debian's package 'coq')\n")
            return 1 if failures else MISSING
    listed = {line.strip() for line in (folder / "_CoqProject").read_text().splitlines()}
    for file in sources:
        if file not in listed:
            failures.append(file)
            _say(f"unlisted\t{file} is not in _CoqProject\tFAIL")
        elif not (folder / file).with_suffix(".vo").exists():
            failures.append(file)
            _say(f"uncompiled\t{file}: run make first\tFAIL")

    theorems = json.loads((folder / "theorems.json").read_text(encoding="utf-8"))["theorems"]
    rests_on = assumptions(folder, theorems)
    for t in theorems:
        axioms = rests_on[t["name"]]
        ok = axioms is not None and set(axioms) <= ALLOWED
        shown = "not found" if axioms is None else ",".join(axioms) or "none"
        _say(f"{t['label']}\t{t['name']}\t{t['file']}\t{shown}\t{'ok' if ok else 'FAIL'}")
        if not ok:
            failures.append(t["name"])
    if not args.quick:
        ok, said = coqchk(folder, args.deep)
        scope = "all modules" if args.deep else "this development"
        _say(f"coqchk\t{scope}\t{said}\t{'ok' if ok else 'FAIL'}")
        if not ok:
            failures.append("coqchk")
    if failures:
        sys.stderr.write(f"{len(failures)} failures\n")
        return 1
    version = subprocess.run(
        ["coqc", "--print-version"], capture_output=True, text=True, check=True
    )
    result.write_text(
        json.dumps(
            {
                "schema": "pmone-formal/1",
                "coq": version.stdout.split()[0],
                "coqchk": not args.quick,
                "sources": {
                    file: hashlib.sha256((folder / file).read_bytes()).hexdigest()
                    for file in sources
                },
                "labels": {t["name"]: t["label"] for t in theorems},
                "theorems": rests_on,
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
