"""The proved checker, built once from a copy of its sources for all tests that ask it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from proofs import verified
from tests.proofs.formal.building import copy_to


def missing() -> str:
    """Name what the build would miss here, or return nothing."""
    run = subprocess.run(
        ["make", "-C", str(verified.HERE), "need"], capture_output=True, text=True, check=False
    )
    return run.stderr.strip()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache folder that holds the program; skip where its tools are missing."""
    if lacking := missing():
        pytest.skip(lacking)
    proofs = tmp_path_factory.mktemp("proofs")
    copy_to(proofs)
    shutil.copytree(verified.HERE, proofs / "verified", ignore=shutil.ignore_patterns("build"))
    project = proofs / "formal" / "_CoqProject"
    lines = project.read_text().splitlines()
    needed = [line for line in lines if line.startswith(("-", "common/", "checker/"))]
    project.write_text("\n".join(needed) + "\n")
    home = tmp_path_factory.mktemp("cache")
    run = subprocess.run(
        ["make", "-C", str(proofs / "verified")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PMONE_CACHE": str(home)},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return home


@pytest.fixture
def proved(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let `verified` find the program that was built; return its path."""
    monkeypatch.setenv("PMONE_CACHE", str(built))
    return verified.program()
