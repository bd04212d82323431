"""The compiled development, built once for all tests that ask it questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proofs.formal.building import build, copy_to


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = copy_to(tmp_path_factory.mktemp("formal"))
    run = build(copy)
    assert run.returncode == 0, run.stdout + run.stderr
    return copy
