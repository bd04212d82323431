"""Where a result comes from: the commit, the code that made it, the versions, the hardware.

The digest behind a recorded result covers the files that its code imports, found by reading their
import statements, and no hand-kept list.
"""

from __future__ import annotations

import ast
import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from proofs import verified
from proofs.folders import ROOT

ROOMS = ("constructions", "proofs")  # whose imports are followed
REQUIRED = ("numpy", "scipy", "sympy", "python-flint", "typer", "rich", "joblib")


@dataclass(frozen=True)
class Part:
    """A part of the environment: what it is for, its version, and what to do if it is missing."""

    name: str
    purpose: str
    version: str | None
    remedy: str
    required: bool = False

    @property
    def found(self) -> bool:
        """Whether the part is there."""
        return self.version is not None


@cache
def versions(*names: str) -> dict[str, str]:
    """Return the versions of Python and of what is installed among ``names``.

    Without names: of this software and the libraries it computes with.
    """
    names = names or ("pmone", *REQUIRED, "matplotlib")
    found = {name: version for name in names if (version := _distribution(name)) is not None}
    return {"python": platform.python_version(), **found}


@cache
def commit() -> str | None:
    """Return the commit of the working copy this runs from, or None outside of one.

    It ends in "+" where tracked files differ from the commit.
    """
    if not (ROOT / ".git").exists():
        return None
    git = ("git", "-C", str(ROOT))
    head = _first_line(*git, "rev-parse", "HEAD")
    changed = _first_line(*git, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+" if head and changed else head


def closure(modules: Iterable[str], root: Path = ROOT) -> tuple[Path, ...]:
    """Return the files of our rooms that the modules import, directly or not, and their own.

    Parameters
    ----------
    modules : dotted names, of modules under ``root``
    root : the folder of the rooms

    Imports inside functions count too. Raises LookupError for a module that has no file.

    >>> {"constructions/pool.py", "proofs/kernel/check.py"} <= {
    ...     str(path.relative_to(ROOT)) for path in closure(["proofs.sampling"])
    ... }
    True
    """
    found: set[Path] = set()
    todo = []
    for name in modules:
        files = _files(name, root)
        if not files:
            raise LookupError(f"module = {name!r}: expected one with a file under {root}")
        todo += files
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        for name in _imported(path, root):
            if name.split(".")[0] in ROOMS:
                todo += _files(name, root)
    return tuple(sorted(found))


def code_digest(modules: Iterable[str], others: Iterable[Path] = (), root: Path = ROOT) -> str:
    """Return a SHA-256 over names and contents of the modules' closure, and of other files."""
    total = hashlib.sha256()
    for path in sorted({*closure(modules, root), *others}):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(name: str, root: Path) -> list[Path]:
    """Return the files that importing a dotted name runs: of its packages, and its own."""
    parts = name.split(".")
    packages = [root.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    own = root.joinpath(*parts).with_suffix(".py")
    if not (own.is_file() or packages[-1].is_file()):
        return []  # a name that a module defines, or no module of ours
    return [path for path in (*packages, own) if path.is_file()]


def _imported(path: Path, root: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports; those that are no modules have no files."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def survey() -> list[Part]:
    """Return every part, required and optional, as `pmone doctor` shows them."""
    parts = [
        Part(name, "required", _distribution(name), f"pip install {name}", required=True)
        for name in REQUIRED
    ]
    for package, purpose, extra in (
        ("onnx", "reads .onnx targets", "readers"),
        ("safetensors", "reads .safetensors targets", "readers"),
        ("matplotlib", "`pmone figures`, pictures of `pmone demo`", "figures"),
        ("scikit-learn", "`pmone demo`, scikit-learn targets", "demo"),
        ("distributed", "`pmone sweep --backend dask`", "cluster"),
        ("hypothesis", "the tests", "dev"),
    ):
        parts.append(
            Part(package, purpose, _distribution(package), f"pip install 'pmone[{extra}]'")
        )
    for program, arguments, purpose, package in (
        ("coqc", ("--version",), "the machine-checked proofs", "coq"),
        ("ocamlfind", ("ocamlopt", "-version"), "`make verified`", "ocaml-findlib"),
        ("chromium", ("--version",), "tests of the HTML report", "chromium"),
        ("latexmk", ("--version",), "`make paper`", "latexmk"),
    ):
        version = _first_line(program, *arguments) if shutil.which(program) else None
        parts.append(Part(program, purpose, version, f"Debian's package {package}"))
    proved = verified.version()
    parts.append(Part(verified.NAME, "`pmone certify --checker verified`", proved, "make verified"))
    return parts


def hardware() -> dict[str, str | int]:
    """Return the kind of computer and its number of usable cores."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return {"system": platform.system(), "machine": platform.machine(), "cores": cores}


def _distribution(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _first_line(*command: str) -> str | None:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = [line.strip() for line in run.stdout.splitlines() if line.strip()]
    return lines[0] if run.returncode == 0 and lines else None
