"""Where runs leave what they found: an interrupted run resumes, `explain` shows the last evidence.

A run keeps its finished checks in a folder of its own, and that folder goes when the run is done:
so an interrupted run resumes, and a finished one is never taken for a new one. What it found is
kept as JSON, with the digest of the code that found it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructions.files import write_text
from proofs import suite
from proofs.claims import machine

_FORMAT = "pmone-store/2"


@dataclass(frozen=True)
class Store:
    """A folder with the evidence of unfinished runs and the results of the last ones."""

    folder: Path

    def unfinished(self, claims: Iterable[str] | None, effort: str, seed: int) -> Path:
        """Return the folder in which a run with these arguments keeps its finished checks."""
        text = json.dumps([sorted(claims or ["all"]), effort, seed])
        return self.folder / "unfinished" / hashlib.sha256(text.encode()).hexdigest()[:16]

    def finish(self, unfinished: Path, report: dict[str, Any]) -> None:
        """Keep a finished run's claims, and the whole report if it has every claim."""
        from proofs.claims import registry

        for claim in report["claims"]:
            self._write(f"claims/{claim['id']}.json", report, {"claim": claim})
        if [c["id"] for c in report["claims"]] == list(registry.claims()):
            self._write("report.json", report, {"report": report})
        shutil.rmtree(unfinished, ignore_errors=True)

    def keep_audit(self, audit: dict[str, Any]) -> None:
        """Keep a finished audit."""
        self._write("audit.json", audit, {"audit": audit})

    def claim(self, label: str) -> dict[str, Any] | None:
        """Return what the last run with this claim found, with ``started``, ``commit``, …"""
        return self._read(f"claims/{label}.json")

    def report(self, effort: str, seed: int) -> dict[str, Any] | None:
        """Return the last report on all claims if this code, effort and seed made it.

        A quick one must also have read the formal result that is there now.
        """
        found = self._matching("report.json", "report", effort, seed)
        if found is None or effort == "full":
            return found
        read = (self._read("report.json") or {}).get("formal_result")
        return found if read == machine.result_digest() else None

    def audit(self, effort: str, seed: int) -> dict[str, Any] | None:
        """Return the last audit if this code, effort and seed made it."""
        return self._matching("audit.json", "audit", effort, seed)

    def _matching(self, name: str, key: str, effort: str, seed: int) -> dict[str, Any] | None:
        found = self._read(name)
        if found is None or not found["same_code"]:
            return None
        result: dict[str, Any] = found[key]
        same = result["effort"] == effort and int(result["seed"]) == seed
        return result if same else None

    def _write(self, name: str, run: dict[str, Any], content: dict[str, Any]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {key: run.get(key) for key in ("effort", "seed", "started", "commit", "versions")}
        text = json.dumps(
            {
                "format": _FORMAT,
                "code": suite.code_digest(),
                "formal_result": machine.result_digest(),
                **about,
                **content,
            },
            ensure_ascii=False,
        )
        write_text(path, text)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            return None
        return found | {"same_code": found.get("code") == suite.code_digest()}
