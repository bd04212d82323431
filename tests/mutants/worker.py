"""Try mutants in a copy of the sources: requests come as lines of JSON, verdicts go back as lines.

What takes long to import is imported once; each mutant then gets a process of its own, by fork.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest

SECONDS = 90  # a mutant that takes longer hangs: all tests take less
BYTES = 3 << 30
LOADED = ("hypothesis", "scipy.sparse.linalg", "flint", "constructions")  # but not the kernel
OPTIONS = (
    "-Wignore::pytest.PytestAssertRewriteWarning",
    "-x",
    "-q",
    "-m",
    "not slow",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
)


class Quickest:
    """A plugin that runs the quickest tests first and remembers what failed first."""

    def __init__(self, seconds: dict[str, float], first: list[str]) -> None:
        self.seconds, self.first, self.failed = seconds, first, ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Order: what noticed mutants before, what is not known, what is quick."""
        items.sort(
            key=lambda item: (item.nodeid not in self.first, self.seconds.get(item.nodeid, 0))
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test, or what it rests on."""
        self.seconds[report.nodeid] = max(self.seconds.get(report.nodeid, 0), report.duration)
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of tests that cannot be read."""
        if report.failed:
            self.failed = self.failed or f"importing {report.nodeid}"


def run(request: dict[str, Any], seconds: dict[str, float], verdict: Path) -> NoReturn:
    """Write which of the tests fails first, "" if none does, and times; ends the process."""
    said = "the process dies"
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        plugin = Quickest(seconds, request["first"])
        code = pytest.main([*OPTIONS, *request["tests"]], plugins=[plugin])
        said = plugin.failed or ("" if code == 0 else f"pytest ends with {int(code)}")
    except BaseException as error:
        said = f"pytest fails: {error!r}"
    finally:
        verdict.write_text(json.dumps([said, seconds]))
        os._exit(0)


def judge(request: dict[str, Any], seconds: dict[str, float]) -> str:
    """Return what notices the source in place of the module's own, "" if nothing does."""
    module, verdict = Path(request["module"]), Path("verdict")
    right = module.read_text()
    verdict.write_text(json.dumps(["the process dies", seconds]))
    module.write_text(request["source"])
    try:
        child = os.fork()
        if not child:
            run(request, seconds, verdict)
        end = time.monotonic() + SECONDS
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return f"takes more than {SECONDS} s"
            time.sleep(0.01)
        said, found = json.loads(verdict.read_text())
        seconds |= found
        return str(said)
    finally:
        module.write_text(right)


def main() -> None:
    """Serve requests until there are no more."""
    sys.dont_write_bytecode = True
    for name in LOADED:
        importlib.import_module(name)
    seconds: dict[str, float] = {}
    for line in sys.stdin:
        print(json.dumps(judge(json.loads(line), seconds)), flush=True)


if __name__ == "__main__":
    main()
