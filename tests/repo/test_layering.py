"""The house stands on a slope: whatever imports uphill is refused."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("paper", "figures", "proofs", "constructions")  # from the top down


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the layering check of the project as it stands in ``root``."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the rooms and of the project's settings, free to be spoilt."""
    for room in (*ROOMS, "pmone"):
        if (ROOT / room / "__init__.py").exists():
            shutil.copytree(
                ROOT / room,
                tmp_path / room,
                ignore=lambda folder, names: [
                    n for n in names if not n.endswith(".py") and not Path(folder, n).is_dir()
                ],
            )
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_the_project_keeps_its_contracts():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("constructions/pool.py", "import proofs.kernel", "Each room imports only rooms below it"),
        ("proofs/__init__.py", "import figures", "Each room imports only rooms below it"),
        ("constructions/pool.py", "import pmone", "No room imports the front door"),
        (
            "proofs/kernel/check.py",
            "from constructions import quantize",
            "The trusted kernel imports no room of ours",
        ),
        (
            "constructions/networks/signs.py",
            "import constructions.horner",
            "The constructions' modules import only modules below them",
        ),
        (
            "constructions/blocks.py",
            "from constructions.horner import HornerPlan",
            "The constructions' modules import only modules below them",
        ),
    ],
)
def test_an_uphill_import_is_refused(copy, module, line, contract):
    path = copy / module
    path.write_text(path.read_text() + f"\n{line}\n")
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout


def test_a_module_without_a_place_on_the_slope_is_refused(copy):
    (copy / "constructions" / "newcomer.py").write_text('"""Nobody said where this belongs."""\n')
    result = lint_imports(copy)
    assert result.returncode != 0
    assert "newcomer" in result.stdout + result.stderr


def test_every_room_with_modules_is_checked():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    rooms = {room for room in ROOMS if any((ROOT / room).rglob("*.py"))}
    assert set(settings["root_packages"]) == rooms


def imported_modules(path: Path) -> set[str]:
    """Every module that a file imports anywhere, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_the_kernel_imports_numpy_scipy_sparse_the_standard_library_and_itself():
    files = list((ROOT / "proofs" / "kernel").rglob("*.py"))
    assert files
    for path in files:
        for module in imported_modules(path):
            allowed = (
                module.split(".")[0] in sys.stdlib_module_names
                or module in ("numpy", "numpy.typing")
                or module.startswith(("scipy.sparse", "proofs.kernel"))
            )
            assert allowed, f"{path.name} imports {module}"


def test_no_kernel_check_is_an_assert():
    """``python -O`` drops asserts; a check that can be dropped is none."""
    for path in (ROOT / "proofs" / "kernel").rglob("*.py"):
        asserts = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Assert)]
        assert not asserts, path
