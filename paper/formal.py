"""What the proof assistant has checked, from the list that `make formal` compiles and checks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from paper.tex import escape, long_table

LIST = Path(__file__).parents[1] / "proofs" / "formal" / "theorems.json"
MAIN = {"A1": "A", "B4": "B", "S4": "S"}  # the theorem of a construction

Theorems = Mapping[str, Sequence[Mapping[str, str]]]


def theorems(path: Path = LIST) -> Theorems:
    """Return the theorems by the claim that they state, in whole or in part."""
    found: dict[str, list[Mapping[str, str]]] = {}
    for theorem in json.loads(path.read_text(encoding="utf-8"))["theorems"]:
        found.setdefault(theorem["label"], []).append(theorem)
    return found


def main(found: Theorems) -> list[str]:
    """Return the constructions whose whole theorem is among them, under its name <label>_theorem.

    >>> main({"S4": [{"name": "S4_theorem"}], "A1": [{"name": "A1_exact"}]})
    ['S']
    """
    whole = {
        label for label, group in found.items() for t in group if t["name"] == f"{label}_theorem"
    }
    return sorted(letter for label, letter in MAIN.items() if label in whole)


def table(found: Theorems) -> str:
    """Return one row per theorem: claim, name, what it states."""
    rows: list[list[str]] = []
    for label, group in found.items():
        if rows:
            rows.append([])
        for i, theorem in enumerate(group):
            name = rf"\texttt{{{escape(theorem['name'])}}}"
            rows.append([rf"\ref{{{label}}}" if i == 0 else "", name, escape(theorem["states"])])
    caption = "The theorems that Coq accepts, by claim. Formulas are written as in the sources."
    columns = r"@{}llp{.71\linewidth}@{}"
    return long_table(columns, ["claim", "theorem", "what it states"], rows, caption, "tab:formal")
