"""What only a checkout has: elsewhere commands say so in one line, and nothing breaks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pmone.cli import checkout
from proofs import folders
from proofs.claims import machine
from tests.made_up_claims import claim, passing


@pytest.fixture
def installed(monkeypatch):
    """Let this be an installed wheel."""
    monkeypatch.setattr(folders, "in_checkout", lambda: False)


@pytest.mark.parametrize("command", [["figures"], ["figures", "list"], ["paper"]])
def test_an_installed_command_says_in_one_line_that_it_needs_a_checkout(door, installed, command):
    found = door(*command)
    assert (found.code, found.out) == (3, "")
    assert found.err.count("\n") == 1
    assert f"`pmone {command[0]}`: only from a checkout" in found.err


@pytest.mark.parametrize("command", ["figures", "paper"])
def test_its_help_is_there_all_the_same(door, installed, command):
    assert "from a checkout" in door(command, "--help").out


def test_figures_without_matplotlib_say_what_to_install(door, monkeypatch):
    for name in [n for n in sys.modules if n.partition(".")[0] in ("figures", "matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    found = door("figures", "list")
    assert (found.code, found.out) == (3, "")
    assert "matplotlib" in found.err
    assert "pip install 'pmone[figures]'" in found.err


def test_figures_are_listed_by_name(door):
    names = door("figures", "list").out.split()
    assert {"error-vs-width", "claim-graph"} <= set(names)
    wrong = door("figures", "no-such-figure")
    assert wrong.code == 2
    assert "error-vs-width" in wrong.words


def test_a_users_own_folders_are_not_taken_for_ours(tmp_path):
    for room in ("figures", "paper"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    done = subprocess.run(
        [sys.executable, "-m", "pmone", "figures", "list"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(folders.ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "error-vs-width" in done.stdout.split()


@pytest.mark.slow
def test_the_demo_says_that_it_draws_no_pictures(door, installed):
    found = door("demo", "--eps", "0.5", "--out", "d")
    assert found.code == 0
    assert "no pictures drawn: `pmone demo`" in found.err
    assert "In d: ticket" in found.out
    assert not list(Path("d").glob("*.png"))


def test_a_page_without_figures_says_so(door, installed, registered):
    registered(claim("X1", passing))
    found = door("verify", "--jobs", 1, "--format", "html", "--out", "page.html")
    assert found.code == 0
    assert "No figures embedded" in found.err
    assert "<img" not in Path("page.html").read_text(encoding="utf-8")


def test_a_formal_result_is_kept_in_the_users_cache(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("PMONE_CACHE", str(tmp_path / "cache"))
    kept = machine.result_file(machine.FOLDER)
    assert kept.parent == tmp_path / "cache"
    assert machine.result_file(tmp_path) == tmp_path / "result.json"
    made = tmp_path / "result.json"
    made.write_text("{}")
    machine._keep(made, kept)
    assert kept.read_text() == "{}"
    assert list(kept.parent.iterdir()) == [kept]


def test_in_a_checkout_a_formal_result_is_kept_beside_its_sources():
    assert folders.in_checkout()
    assert machine.result_file(machine.FOLDER) == machine.FOLDER / "result.json"
    assert checkout.drawn_figures() == folders.ROOT / "figures" / "out"
