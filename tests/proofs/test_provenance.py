"""Provenance: the digest of a result covers what made it, all of it and nothing else."""

import subprocess
import sys

import pytest

from proofs import provenance
from proofs.experiments.sweeps.catalogue import SWEEPS
from proofs.folders import ROOT
from proofs.provenance import closure, code_digest

SOURCES = {
    "constructions/__init__.py": "",
    "constructions/constants.py": "C = 28",
    "constructions/other.py": "D = 1",
    "proofs/__init__.py": "",
    "proofs/deep/__init__.py": "",
    "proofs/deep/inner.py": "def f():\n    from constructions import constants",
    "proofs/top.py": "import json\nfrom proofs.deep.inner import f",
    "proofs/beside.py": "import constructions.other",
    "proofs/deep/relative.py": "from . import inner\nfrom ..beside import x",
}


@pytest.fixture
def rooms(tmp_path):
    """Write a few modules that import each other."""
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def names(root, *modules):
    return {path.relative_to(root).as_posix() for path in closure(modules, root)}


def test_imports_are_followed_into_functions_packages_and_relative_ones(rooms):
    assert names(rooms, "proofs.top") == {
        "constructions/__init__.py",
        "constructions/constants.py",
        "proofs/__init__.py",
        "proofs/deep/__init__.py",
        "proofs/deep/inner.py",
        "proofs/top.py",
    }
    assert names(rooms, "proofs.deep.relative") >= {
        "proofs/beside.py",
        "constructions/constants.py",
    }
    assert names(rooms, "proofs.beside") == {
        "constructions/__init__.py",
        "constructions/other.py",
        "proofs/__init__.py",
        "proofs/beside.py",
    }


@pytest.mark.parametrize("changed", sorted(SOURCES))
def test_the_digest_changes_with_every_file_that_is_reached_and_with_no_other(rooms, changed):
    before = code_digest(["proofs.top"], root=rooms)
    (rooms / changed).write_text(SOURCES[changed] + "\nX = 2", encoding="utf-8")
    reached = changed in names(rooms, "proofs.top")
    assert (code_digest(["proofs.top"], root=rooms) != before) is reached


def test_a_module_that_is_not_there_is_said(rooms):
    with pytest.raises(LookupError, match=r"'proofs\.nothing'"):
        closure(["proofs.nothing"], rooms)


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_the_digest_of_a_sweep_covers_the_modules_that_measure_it(name):
    """Whatever its process has loaded of our rooms, after the module alone was imported."""
    module = SWEEPS[name].measure.__module__
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    ours = (m for m in done.stdout.split() if m.split(".")[0] in provenance.ROOMS)
    loaded = {path for name in ours for path in provenance._files(name, ROOT)}
    assert len(loaded) > 20
    assert loaded <= set(closure([module]))


class TestCommit:
    @pytest.fixture
    def copy(self, tmp_path, monkeypatch):
        """Make a working copy with one commit, and say how to ask for it."""

        def git(*arguments):
            who = ("-c", "user.name=x", "-c", "user.email=x@y")
            subprocess.run(
                ["git", *who, "-C", tmp_path, *arguments], check=True, capture_output=True
            )

        git("init", "-q")
        (tmp_path / "a").write_text("1", encoding="utf-8")
        git("add", "a")
        git("commit", "-qm", "one")
        monkeypatch.setattr(provenance, "ROOT", tmp_path)
        provenance.commit.cache_clear()
        yield tmp_path
        provenance.commit.cache_clear()

    def test_a_clean_copy_is_its_commit_and_a_changed_one_is_marked(self, copy):
        clean = provenance.commit()
        assert len(clean) == 40
        (copy / "a").write_text("2", encoding="utf-8")
        provenance.commit.cache_clear()
        assert provenance.commit() == clean + "+"

    def test_outside_of_a_copy_there_is_none(self, tmp_path, monkeypatch):
        monkeypatch.setattr(provenance, "ROOT", tmp_path / "nowhere")
        provenance.commit.cache_clear()
        assert provenance.commit() is None
        provenance.commit.cache_clear()


def test_versions_of_names_that_are_not_installed_are_left_out():
    assert set(provenance.versions("numpy", "no-such-package")) == {"python", "numpy"}
