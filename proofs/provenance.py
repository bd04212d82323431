"""What this software runs in: versions for every JSON document, and `pmone doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from proofs.folders import ROOT

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
def versions() -> dict[str, str]:
    """Return the versions of Python, this software and the libraries it computes with."""
    names = ("pmone", *REQUIRED, "matplotlib")
    found = {name: version for name in names if (version := _distribution(name)) is not None}
    return {"python": platform.python_version(), **found}


@cache
def commit() -> str | None:
    """Return the commit of the working copy this runs from, or None outside of one."""
    if not (ROOT / ".git").exists():
        return None
    return _first_line("git", "-C", str(ROOT), "rev-parse", "HEAD")


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
        ("chromium", ("--version",), "tests of the HTML report", "chromium"),
        ("latexmk", ("--version",), "`make paper`", "latexmk"),
    ):
        version = _first_line(program, *arguments) if shutil.which(program) else None
        parts.append(Part(program, purpose, version, f"Debian's package {package}"))
    return parts


def machine() -> dict[str, str | int]:
    """Return the machine's kind and its number of usable cores."""
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
