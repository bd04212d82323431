"""The rung "machine-checked": read what a run of the proof assistant accepted.

`make -C proofs/formal check` compiles the development and writes `proofs/formal/result.json`:

    {"schema": "pmone-formal/1", "coq": "8.16.1",
     "sources": {"Expansion.v": "<sha256>", …},
     "theorems": {"E1_unique": [], "S4_theorem": ["ClassicalDedekindReals.sig_forall_dec", …], …}}

Here that file only counts if it is about exactly the sources that are in the folder now, and if
the theorems rest on no axioms but the real numbers' own. Without the file, or with one about other
sources, the check is "not run": it never looks as if it had passed.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path

from proofs.claims.model import Check
from proofs.evidence import Case, Evidence, Rung, Verdict, not_run

FOLDER = Path(__file__).resolve().parent.parent / "formal"
SCHEMA = "pmone-formal/1"
_RUN = "run `make -C proofs/formal check` (it needs Coq)"
# What the standard library's real numbers rest on.
ALLOWED = frozenset(
    {
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)


def machine_checked(*theorems: str) -> Check:
    """Return the check that these theorems, which together state the claim, were accepted."""
    return Check("machine", Rung.MACHINE_CHECKED, partial(read_result, theorems=theorems))


def read_result(case: Case, theorems: tuple[str, ...], folder: Path | None = None) -> Evidence:
    """Return the evidence of the last formal run for these theorems, in ``folder`` or FOLDER."""
    folder = FOLDER if folder is None else folder
    path = folder / "result.json"
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return not_run(Rung.MACHINE_CHECKED, f"no result of a formal run: {_RUN}")
    except (OSError, ValueError) as error:
        return not_run(Rung.MACHINE_CHECKED, f"{path.name} cannot be read ({error}): {_RUN}")
    if not isinstance(result, dict) or result.get("schema") != SCHEMA:
        return not_run(Rung.MACHINE_CHECKED, f"{path.name} is not of schema {SCHEMA}: {_RUN}")
    if result.get("sources") != sources(folder):
        return not_run(Rung.MACHINE_CHECKED, f"{path.name} is about other sources: {_RUN}")
    accepted = result.get("theorems", {})
    missing = [name for name in theorems if name not in accepted]
    if missing:
        reason = f"not among the accepted theorems: {', '.join(missing)}"
        return Evidence(Rung.MACHINE_CHECKED, Verdict.INCONCLUSIVE, reason)
    axioms = sorted({axiom for name in theorems for axiom in accepted[name]} - ALLOWED)
    if axioms:
        reason = f"rests on axioms that are not the real numbers': {', '.join(axioms)}"
        return Evidence(Rung.MACHINE_CHECKED, Verdict.INCONCLUSIVE, reason)
    return Evidence(
        Rung.MACHINE_CHECKED,
        Verdict.PASSED,
        f"accepted by Coq {result.get('coq', 'of unknown version')}: {', '.join(theorems)}",
        n=len(theorems),
        k=0,
        details={"theorems": {name: accepted[name] for name in theorems}},
    )


def sources(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every source file of the development."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.v"))
    }
