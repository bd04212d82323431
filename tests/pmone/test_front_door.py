"""The front door: help, modules, what is loaded for which command."""

import subprocess
import sys
from pathlib import Path

import pytest

from pmone import cli

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [c.callback.__name__ for c in cli.load().registered_commands]


class TestHelp:
    def test_no_argument_prints_help(self, door):
        found = door()
        assert found.code == 0
        for command in COMMANDS:
            assert command in found.out

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help_with_an_example(self, door, command):
        found = door(command, "--help")
        assert found.code == 0
        assert "Example" in found.out
        assert f"pmone {command}" in found.out.split("Example")[1]

    def test_exit_codes_are_in_the_help(self, door):
        out = " ".join(door("-h").out.split())
        for code in ("0 done", "1 refuted", "2 usage", "3 inconclusive", "4 malformed", "130"):
            assert code in out

    @pytest.mark.parametrize("arguments", [["no-such-command"], ["doctor", "--no-such-option"]])
    def test_what_is_not_there_is_a_usage_error(self, door, arguments):
        found = door(*arguments)
        assert (found.code, found.out) == (2, "")
        assert arguments[-1] in found.words


class TestModules:
    def test_the_help_needs_neither_pictures_nor_the_rooms_of_a_checkout(self):
        code = "import sys; from pmone import cli; cli.load(); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert {"matplotlib", "figures", "paper"}.isdisjoint(done.stdout.decode().split())

    def test_every_command_is_in_the_module_that_is_named(self):
        found = {}
        for each in cli.load().registered_commands:
            found.setdefault(each.callback.__module__, []).append(each.callback.__name__)
        assert found == {f"pmone.cli.{module}": [*names] for module, names in cli.MODULES.items()}

    @pytest.mark.parametrize("command", cli.MODULES["find"])
    def test_tickets_need_neither_algebra_nor_pictures(self, command):
        code = f"import sys; from pmone import cli; cli.load({command!r}); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        heavy = {"sympy", "matplotlib", "scipy.stats", "sklearn", "joblib"}
        assert heavy.isdisjoint(done.stdout.decode().split())


def test_python_m_pmone_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "pmone", "explain", "none"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
