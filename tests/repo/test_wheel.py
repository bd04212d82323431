"""A wheel, built and installed where there is nothing else: what it holds, and that it works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests import readme

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a command without what this test's own environment would lend it."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    texts = [str(part) for part in command]
    return subprocess.run(texts, cwd=cwd, env=kept | changes, capture_output=True, text=True)


def must_run(*command: object, cwd: Path, **changes: str) -> str:
    """Run a command that has to succeed; return what it printed."""
    done = run(*command, cwd=cwd, **changes)
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel of the project as it is, in a copy; what this machine left is not packed."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in must_run(*listed, cwd=ROOT).split("\0"):
        if name and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    (source / "proofs" / "formal" / "result.json").write_text('{"schema": "of this machine"}')
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    must_run(*pip, "-w", built, source, cwd=built)
    (found,) = built.glob("pmone-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, without extras, into an empty environment; return its folder."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    must_run(home / "bin" / "python", "-m", "pip", "install", "-q", wheel, cwd=home)
    return home


@pytest.fixture
def user(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder, with folders figures/ and paper/ that are none of ours."""
    for room in ("figures", "paper"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    monkeypatch.setenv("PMONE_CACHE", str(tmp_path / "cache"))
    np.savez(tmp_path / "model.npz", W1=[[0.3, -0.4], [0.5, 0.2]], b1=[0.1, 0.0], W2=[[0.9, -0.7]])
    np.save(tmp_path / "X.npy", [[0.5, -0.5], [0.0, 1.0]])
    return tmp_path


def files(environment: Path) -> set[Path]:
    """All files of an environment but compiled Python."""
    return {p for p in environment.rglob("*") if p.is_file() and p.suffix != ".pyc"}


def test_it_holds_three_packages_and_their_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"pmone", "proofs", "constructions"}
    tracked = set(must_run("git", "ls-files", *sorted(tops), cwd=ROOT).split())
    assert {name for name in tracked - set(names) if Path(name).name != ".gitignore"} == set()
    assert not [name for name in names if name.endswith("result.json")]


def test_tickets_are_found_certified_and_run(installed: Path, user: Path) -> None:
    before, pmone = files(installed), installed / "bin" / "pmone"
    options = ("--eps", "0.05", "--delta", "1e-6", "--seed", 1, "-o", "ticket.npz")
    must_run(pmone, "prune", "model.npz", *options, cwd=user)
    said = must_run(pmone, "certify", "ticket.npz", "--target", "model.npz", cwd=user)
    assert said.startswith("accepted")
    must_run(pmone, "run", "ticket.npz", "--input", "X.npy", "-o", "Y.npy", cwd=user)
    hidden = np.maximum(np.load(user / "X.npy") @ [[0.3, 0.5], [-0.4, 0.2]] + [0.1, 0.0], 0)
    assert np.abs(np.load(user / "Y.npy") - hidden @ [[0.9], [-0.7]]).max() <= 0.05
    assert files(installed) == before


def test_the_readmes_python_runs(installed: Path, user: Path) -> None:
    (user / "readme.py").write_text(readme.python(), encoding="utf-8")
    said = must_run(installed / "bin" / "python", "readme.py", cwd=user)
    assert said.startswith("accepted")


def test_its_types_are_seen_from_outside(installed: Path, user: Path) -> None:
    """A strict type checker knows what `import pmone` gives, and refuses a missing argument."""
    (user / "typed.py").write_text(
        "import pmone\n"
        "target = pmone.TargetNetwork.from_layers([[[0.5, -0.25]]])\n"
        "plan = pmone.plan(target, eps='0.1', delta='0.1')\n"
        "reveal_type(pmone.prune(target, plan, seed=1))\n"
        "reveal_type(pmone.certify('t.npz').bound)\n"
        "pmone.plan(target, eps='0.1')\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=cache/mypy"]
    done = run(*mypy, "--python-executable", installed / "bin/python", "typed.py", cwd=user)
    assert 'typed.py:4: note: Revealed type is "constructions.ticket.Ticket"' in done.stdout
    assert 'typed.py:5: note: Revealed type is "float | None"' in done.stdout
    assert 'typed.py:6: error: Missing positional argument "delta"' in done.stdout
    assert "Found 1 error" in done.stdout


@pytest.mark.parametrize("command", [["bin/pmone"], ["bin/python", "-m", "pmone"]])
def test_the_doctor_names_what_is_missing_beside_a_users_folders(
    installed: Path, user: Path, command: list[str]
) -> None:
    start = [installed / command[0], *command[1:]]
    found = json.loads(must_run(*start, "doctor", "--format", "json", cwd=user))
    versions = {part["name"]: part["version"] for part in found["parts"]}
    assert versions["numpy"]
    assert versions["matplotlib"] is None
    assert found["commit"] is None


@pytest.mark.parametrize("room", ["figures", "paper"])
def test_figures_and_paper_say_that_they_need_a_checkout(
    installed: Path, user: Path, room: str
) -> None:
    for start in ([installed / "bin/pmone"], [installed / "bin/python", "-m", "pmone"]):
        done = run(*start, room, cwd=user)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith(f"pmone: `pmone {room}`: only from a checkout")
        assert done.stderr.count("\n") == 1


def test_the_demo_says_what_it_needs(installed: Path, user: Path) -> None:
    done = run(installed / "bin" / "pmone", "demo", cwd=user)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("pip install 'pmone[demo]'")
    assert "Traceback" not in done.stderr


def test_claims_are_explained_and_verified_and_nothing_is_written_beside_the_modules(
    installed: Path, user: Path
) -> None:
    before, pmone = files(installed), installed / "bin" / "pmone"
    assert "E1" in must_run(pmone, "explain", "E1", cwd=user)
    assert "Passed: 1 of 1" in must_run(pmone, "verify", "H2", "--jobs", 1, cwd=user)
    html = ("verify", "H2", "--jobs", 1, "--format", "html", "--out", "page.html")
    must_run(pmone, *html, cwd=user)
    assert (user / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert files(installed) == before
    assert list((user / "cache").iterdir())
