"""A copy of the machine-checked development, and the way to compile it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from proofs.formal import check_assumptions

FOLDER = Path(check_assumptions.__file__).parent


def copy_to(tmp_path: Path) -> Path:
    """Copy the development into a folder of its own, without what was compiled."""
    copy = tmp_path / "formal"
    others = ("_CoqProject", "Makefile", "theorems.json", "check_assumptions.py")
    for file in (*check_assumptions.read_sources(FOLDER), *others):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / file, copy / file)
    return copy


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Compile the development of a folder."""
    return subprocess.run(
        ["make", "-C", str(folder)], capture_output=True, text=True, check=False, env=os.environ
    )
