"""Where a label stands: its statement, its checks, the code and tests that cite it, and Coq.

The convention. A label is cited by a parenthesis that holds nothing but labels, as in "(X1)",
"(X1–X3; Y4)" or "(X1, X2)"; by a bullet "- X1:" or "- **X1**"; by the text "claim X1"; and by a
docstring that begins with "X1: ". A test also cites the labels in its name, as test_X1_holds does,
and a theorem of Coq has those that theorems.json gives it. Nothing is typed by hand: the sources
are read.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from proofs import folders
from proofs.claims import registry
from proofs.evidence import Rung

LABEL = r"[A-Z]\*?[1-9][0-9]?"
_JOIN = r"\s*(?:,|;|–|-|and|or|to|with)\s*"
_FORMAL = Path("proofs/formal")
_INSTALLED = ("constructions", "proofs")
_STATES = r"^\s*(?:Theorem|Lemma|Corollary|Proposition|Definition|Fixpoint)\s+{}\b"

Kind = Literal["statement", "check", "code", "test", "Coq"]
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Place:
    """A place in the sources.

    Attributes
    ----------
    kind : "statement", where the claim is registered; "check", what earns its rung; "code" of
        constructions/ or proofs/ that cites the label; "test"; or "Coq", a theorem
    path, line : the file, relative to ``root()``, and the line, from 1
    name : of the function, class, module or theorem; of a statement, its title
    """

    kind: Kind
    path: str
    line: int
    name: str


def cited(text: str, label: str = LABEL) -> set[str]:
    """Return the labels that a text cites; ``label`` is a regular expression for one.

    >>> sorted(cited("exact (Y4, X1–X3; Z4), but not W1 or (x + Y1)"))
    ['X1', 'X2', 'X3', 'Y4', 'Z4']
    """
    groups = re.findall(rf"\(((?:{label})(?:{_JOIN}(?:{label}))*)\)", text)
    groups += re.findall(rf"^\s*(?:[-*]|\(\*\*?)\s+\**({label})\**\s*[:.(]", text, re.MULTILINE)
    groups += re.findall(rf"\bclaims? ({label})\b", text)
    groups += re.findall(rf"(?:\A|\"\"\")({label}): ", text)
    found = {name for group in groups for name in re.findall(label, group)}
    span = r"\b([A-Z]\*?)(\d+)[–-]([A-Z]\*?)(\d+)\b"
    for first, low, last, high in re.findall(span, " ".join(groups)):
        if first == last:
            found |= {f"{first}{number}" for number in range(int(low), int(high) + 1)}
    return found


def root() -> Path:
    """Return the folder that paths are relative to: the checkout.

    An installed pmone has no tests beside it. Where it is run in a checkout whose claims are the
    same, byte for byte, that is meant; else the folder it is installed in.
    """
    here = Path.cwd()
    if folders.in_checkout() or not _is_checkout(here):
        return folders.ROOT
    paths = [Path(inspect.getfile(f)).relative_to(folders.ROOT) for f in registry.families()]
    return here if all(_same(here / path, folders.ROOT / path) for path in paths) else folders.ROOT


def _is_checkout(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


def places(label: str) -> tuple[Place, ...]:
    """Return where a claim stands: statement, checks, code, tests (of a checkout), theorems.

    >>> [place.name for place in places("E1") if place.kind == "Coq"][0]
    'E1_exists'
    """
    start = root()
    known = "|".join(map(re.escape, sorted(registry.claims(), key=len, reverse=True)))
    earning = _functions_of_checks(label)
    named = re.compile(rf"test_(?:\w+_)?{re.escape(label)}(?:_|$)", re.IGNORECASE)
    found: dict[Kind, list[Place]] = {"check": [], "code": [], "test": []}
    rooms = ("constructions", "proofs", "tests") if _is_checkout(start) else _INSTALLED
    for place, text in (each for room in rooms for each in _documented(start, room)):
        if (place.path, place.name) in earning:
            found["check"].append(replace(place, kind="check"))
        elif label in cited(text, known) or (place.kind == "test" and named.search(place.name)):
            found[place.kind].append(place)
    cited_at = (place for of_a_kind in found.values() for place in of_a_kind)
    return (_statements()[label], *cited_at, *_theorems(start, label))


@cache
def _statements() -> dict[str, Place]:
    """Return where each claim is put into its family's ``CLAIMS``."""
    found = {}
    for family in registry.families():
        path = Path(inspect.getfile(family)).relative_to(folders.ROOT).as_posix()
        for claim, line in zip(family.CLAIMS, _lines_of_claims(family), strict=True):
            found[claim.id] = Place("statement", path, line, claim.title)
    return found


def _lines_of_claims(family: ModuleType) -> list[int]:
    """Return the lines of the items of a family's tuple ``CLAIMS``."""
    for node in ast.parse(inspect.getsource(family)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLAIMS":
            return [
                item.lineno for item in ast.iter_child_nodes(node.value) if hasattr(item, "lineno")
            ]
    raise LookupError(f"{family.__name__} has no CLAIMS")


def _functions_of_checks(label: str) -> set[tuple[str, str]]:
    """Return path and name of the functions that earn the claim's rungs, but for Coq's."""
    found = set()
    for check in registry.claim(label).checks:
        function: Any = check.function
        while isinstance(function, partial):
            function = function.func
        if check.rung is not Rung.MACHINE_CHECKED:
            path = Path(inspect.getfile(function)).relative_to(folders.ROOT)
            found.add((path.as_posix(), function.__qualname__))
    return found


@cache
def _documented(start: Path, room: str) -> tuple[tuple[Place, str], ...]:
    """Return the modules, classes and functions of a room, each with its docstring."""
    found = []
    kind: Kind = "test" if room == "tests" else "code"
    for path in sorted((start / room).rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue  # somebody's work at hand; until it can be read, it cites nothing
        for node, name in _definitions(tree, ""):
            line = 1 if isinstance(node, ast.Module) else node.lineno
            place = Place(kind, path.relative_to(start).as_posix(), line, name or path.stem)
            found.append((place, ast.get_docstring(node) or ""))
    return tuple(found)


def _definitions(node: Documented, name: str) -> Iterator[tuple[Documented, str]]:
    """Yield a module, its functions and classes, and the classes' methods, with their names."""
    yield node, name
    if isinstance(node, ast.Module | ast.ClassDef):
        for child in node.body:
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _definitions(child, f"{name}.{child.name}".lstrip("."))


def _theorems(start: Path, label: str) -> list[Place]:
    listed = json.loads((start / _FORMAL / "theorems.json").read_text(encoding="utf-8"))
    names = [theorem["name"] for theorem in listed["theorems"] if theorem["label"] == label]
    return [place for name in names if (place := _theorem(start, name)) is not None]


@cache
def _theorem(start: Path, name: str) -> Place | None:
    """Return where the Coq sources, in whatever folder, state a theorem."""
    stated = re.compile(_STATES.format(re.escape(name)), re.MULTILINE)
    for path in sorted((start / _FORMAL).rglob("*.v")):
        text = path.read_text(encoding="utf-8")
        if match := stated.search(text):
            line = text.count("\n", 0, match.end()) + 1
            return Place("Coq", path.relative_to(start).as_posix(), line, name)
    return None
