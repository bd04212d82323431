"""The command, run in this process, and small inputs for it."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from pmone import cli
from tests import audits


@pytest.fixture
def door(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command in this process: its code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PMONE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["pmone", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as left:
            code = left.code or 0
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, words=" ".join(err.split()))

    return call


@pytest.fixture
def target(tmp_path):
    """Write a small target."""
    np.savez(tmp_path / "target.npz", W1=[[0.5, -0.25], [0.125, 0.75]])
    return tmp_path / "target.npz"


@pytest.fixture
def ticket(door, target, tmp_path):
    """Write a ticket of the small target."""
    assert door("prune", target, "--eps", "0.1", "-o", tmp_path / "ticket.npz").code == 0
    return tmp_path / "ticket.npz"


@pytest.fixture
def small_audit(monkeypatch):
    """Shrink the audit to what takes a second."""
    audits.shrink(monkeypatch)
