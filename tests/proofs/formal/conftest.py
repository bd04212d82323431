"""The compiled development, built once for all tests that ask it questions."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.proofs.formal.test_formal import _copy, _make

    copy = _copy(tmp_path_factory.mktemp("formal"))
    run = _make(copy)
    assert run.returncode == 0, run.stdout + run.stderr
    return copy
