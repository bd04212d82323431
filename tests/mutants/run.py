"""Try every mutant of the kernel on its tests, and record what noticed it.

    python -m tests.mutants.run                    # modules whose source is not the recorded one
    python -m tests.mutants.run bound check        # these, whether recorded or not
    python -m tests.mutants.run --survivors        # what nothing noticed, nor is argued away, too
    python -m tests.mutants.run --own              # by the tests of their own module alone

The record is recorded.json beside this file. All modules take an hour or two on two cores; each
verdict is written as it is found, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.operators import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
KERNEL = Path("proofs", "kernel")
RECORD = Path(__file__).with_name("recorded.json")
COPIED = ("constructions", "pmone", "proofs", "tests", "pyproject.toml")
TESTS = Path("tests", "proofs", "kernel")
OTHERS = ("test_ticket_file.py", "test_check.py")  # for a module that has no test file
KILLERS = 3  # tests that noticed mutants before are tried first, this many

Record = dict[str, dict[str, dict[str, str]]]


def modules() -> list[str]:
    """The kernel's modules by name."""
    return sorted(path.stem for path in (ROOT / KERNEL).glob("*.py") if path.stem != "__init__")


def read(module: str) -> str:
    """A module's source."""
    return (ROOT / KERNEL / f"{module}.py").read_text(encoding="utf-8")


def digest(module: str) -> str:
    """SHA-256 of a module's source."""
    return hashlib.sha256(read(module).encode()).hexdigest()


def recorded() -> Record:
    """By module the digest of its source, and by mutant what noticed it ("" for nothing)."""
    found: Record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return found


class Worker:
    """A process that tries mutants in a copy of the sources."""

    def __init__(self, folder: Path) -> None:
        for name in COPIED:
            if (ROOT / name).is_dir():
                passed_over = shutil.ignore_patterns("__pycache__", "build", "out", "*.vo*")
                shutil.copytree(ROOT / name, folder / name, ignore=passed_over)
            else:
                shutil.copy(ROOT / name, folder / name)
        environment = os.environ | {
            "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1",
            "HYPOTHESIS_PROFILE": "mutants",
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.mutants.worker"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, text=True
        )
        self.killers: list[str] = []

    def judge(self, module: str, source: str, tests: list[str]) -> str:
        """Return what notices the source in place of the module's own, "" if nothing does."""
        path = str(KERNEL / f"{module}.py")
        request = {"module": path, "source": source, "tests": tests, "first": self.killers}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        said: str = json.loads(self.process.stdout.readline())
        if "::" in said and "[" not in said:
            self.killers = [said, *(k for k in self.killers if k != said)][:KILLERS]
        return said

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def tests_of(module: str) -> list[str]:
    """The files that test this module of the kernel before all others."""
    own = sorted(path.name for path in (ROOT / TESTS).glob(f"test_{module}*.py"))
    return [str(TESTS / name) for name in own or OTHERS]


def code(module: str, mutant: Mutant) -> str:
    """The line of the source that a mutant edits, without its comment."""
    return read(module).split("\n")[mutant.line - 1].partition("  #")[0].strip()


def is_argued(module: str, mutant: Mutant) -> bool:
    """Whether a reason is given why the mutant decides nothing."""
    line = code(module, mutant)
    return any(line == where and mutant.what in edits for where, edits, _ in EQUIVALENT[module])


def try_all(wanted: Iterable[tuple[str, Mutant]], jobs: int, own_tests_only: bool) -> None:
    """Judge mutants of modules and record each verdict as it is found."""
    wanted = list(wanted)
    found, lock = recorded(), Lock()
    free: SimpleQueue[Worker] = SimpleQueue()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        workers = [Worker(Path(folder, str(job))) for job in range(jobs)]
        for worker in workers:
            free.put(worker)

        def one(number: int, module: str, mutant: Mutant) -> None:
            worker = free.get()
            said = worker.judge(module, mutant.source, tests_of(module))
            if not said and not own_tests_only and not is_argued(module, mutant):
                said = worker.judge(module, mutant.source, [str(TESTS)])
            free.put(worker)
            with lock:
                found[module]["mutants"][mutant.name] = said
                RECORD.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n")
                told = f"{module}.py:{mutant.name}: {said or 'SURVIVES'}"
                print(f"{number}/{len(wanted)} {told}", flush=True)

        for number, (module, mutant) in enumerate(wanted, 1):
            if found.get(module, {}).get("source", {}).get("sha256") != digest(module):
                found[module] = {"source": {"sha256": digest(module)}, "mutants": {}}
            pool.submit(one, number, module, mutant)
        pool.shutdown()
        for worker in workers:
            worker.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="all that are not recorded")
    parser.add_argument("--survivors", action="store_true", help="what survived, once more")
    parser.add_argument("--own", action="store_true", help="only the tests of the module itself")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    found = recorded()
    wanted = []
    for module in given.modules or modules():
        known = found.get(module, {})
        same = known.get("source", {}).get("sha256") == digest(module)
        before = known["mutants"] if same and not given.modules else {}
        for mutant in mutants(read(module)):
            said = before.get(mutant.name)
            again = given.survivors and not said and not is_argued(module, mutant)
            if said is None or again:
                wanted.append((module, mutant))
    if wanted:
        try_all(wanted, given.jobs, given.own)
    verdicts = [said for module in recorded().values() for said in module["mutants"].values()]
    print(
        f"{len(verdicts)} mutants recorded: {verdicts.count('')} survive, {len(wanted)} tried now"
    )


if __name__ == "__main__":
    main()
