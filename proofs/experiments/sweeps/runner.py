"""Run a sweep: here through joblib, or on a Dask cluster, with the same rows either way.

Only this process writes the file. A worker that dies takes nothing with it but its current cases,
which are measured again elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from constructions.errors import InputError
from constructions.progress import Progress, silent
from proofs.experiments.sweeps import cluster
from proofs.experiments.sweeps.catalogue import find
from proofs.experiments.sweeps.csv_file import CsvError, appending, write
from proofs.experiments.sweeps.model import Cell, Row, Sweep, as_text
from proofs.provenance import versions

BACKENDS = ("joblib", "dask")
_PACKAGES = ("pmone", "numpy", "scipy", "python-flint", "scikit-learn")
_START_UP = 2.0  # seconds that workers take to start; a sweep that is done by then needs none
_ONE_AT_A_TIME = (
    threading.Lock()
)  # in a worker with several threads; arithmetic contexts are global


class DifferentRows(CsvError):
    """Rows that this run would not measure: of other cases, seeds, versions or code."""


def run(
    name: str,
    out: Path | None = None,
    *,
    effort: str = "quick",
    seed: int = 0,
    jobs: int = 1,
    backend: str = "joblib",
    scheduler: str | None = None,
    progress: Progress = silent,
) -> list[Row]:
    """Run a sweep and return its rows in canonical order, as text by column.

    Parameters
    ----------
    name : one of ``SWEEPS``
    out : CSV file that gets every row as soon as it is measured and is put in order at the end; a
        file that an interruption left is continued. None writes nothing
    effort : "quick" or "full"
    seed : the root seed, 0 ≤ seed < 2^64, from which each row's seed derives
    jobs : workers, ≥ 1; of a cluster at ``scheduler`` all are used
    backend : "joblib" or "dask" (the extra "cluster")
    scheduler : address of a Dask scheduler; None starts a cluster here
    progress : called with (rows done, rows in all, text)

    Raises InputError for other arguments, DifferentRows if ``out`` holds other rows (another root
    seed, other versions or code), and ImportError without Dask.
    """
    sweep = find(name)
    if backend not in BACKENDS:
        raise InputError(f"backend = {backend!r}: expected one of {', '.join(BACKENDS)}")
    if scheduler is not None and backend != "dask":
        raise InputError(f"scheduler = {scheduler!r}: expected only with the backend 'dask'")
    if not 0 <= seed < 2**64 or jobs < 1:
        raise InputError(f"seed = {seed}, jobs = {jobs}: expected 0 ≤ seed < 2^64 and jobs ≥ 1")
    return run_sweep(sweep, out, effort, seed, jobs, backend, scheduler, progress)


def run_sweep(
    sweep: Sweep,
    out: Path | None,
    effort: str,
    seed: int,
    jobs: int,
    backend: str,
    scheduler: str | None,
    progress: Progress,
) -> list[Row]:
    """Run a sweep that is given as a value; see :func:`run`."""
    cases = sweep.checked_cases(effort)
    wanted = {sweep.label(case): case for case in cases}
    if len(wanted) < len(cases):
        raise InputError(f"sweep {sweep.name!r}: two of its cases have the same key")
    found: dict[str, Row] = {}
    with ExitStack() as stack:
        appender = stack.enter_context(appending(out, sweep.columns)) if out else None
        for row in appender.rows if appender else ():
            label = sweep.label(row)
            _require_own(sweep, row, wanted.get(label), seed, found, out)
            found[label] = row
        todo = [case for label, case in wanted.items() if label not in found]
        progress(len(found), len(wanted), f"{len(found)} rows were there" if found else "starting")
        measured = stack.enter_context(
            _backend(
                sweep,
                todo,
                seed,
                jobs,
                backend,
                scheduler,
                lambda text: progress(len(found), len(wanted), text),
            )
        )
        for row in measured:
            label = sweep.label(row)
            _require_same_code(sweep, row, f"the worker that measured {label}")
            if appender:
                appender.add(row)
            found[label] = row
            progress(len(found), len(wanted), label)
    rows = [found[label] for label in wanted]
    if out:
        write(out, sweep.columns, rows)
    return rows


def measure(sweep: Sweep, case: Cell, seed: int) -> Row:
    """Measure one case in whichever process this is; return its row as text."""
    with _ONE_AT_A_TIME, _one_thread():
        start = time.perf_counter()
        values = sweep.measure(case, seed)
        seconds = time.perf_counter() - start
    named: dict[str, Any] = {
        **case,
        "seed": seed,
        **values,
        "code": sweep.code,
        "versions": _versions(),
        "seconds": round(seconds, 3),
    }
    if set(named) != set(sweep.columns):
        wrong = ", ".join(sorted(set(named) ^ set(sweep.columns)))
        raise ValueError(f"sweep {sweep.name!r}: its measure and its columns differ in {wrong}")
    return {column: as_text(named[column]) for column in sweep.columns}


def _one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra to one thread: sums in another order would end in another last bit.

    Without threadpoolctl (it comes with scikit-learn) nothing is limited; matrices as small as
    those of the sweeps that do without scikit-learn are multiplied by one thread anyway.
    """
    try:
        threadpoolctl: Any = import_module("threadpoolctl")
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[object] = threadpoolctl.threadpool_limits(limits=1)
    return limits


def _versions() -> str:
    """Return the versions that a row was computed with, in one cell."""
    return "; ".join(f"{name} {number}" for name, number in versions(*_PACKAGES).items())


def _require_own(
    sweep: Sweep,
    row: Row,
    case: Cell | None,
    root: int,
    found: dict[str, Row],
    out: Path | None,
) -> None:
    label = sweep.label(row)
    if case is None:
        raise DifferentRows(f"{out}: holds the row {label}, which is not of this sweep and effort")
    if label in found:
        raise DifferentRows(f"{out}: holds the row {label} twice")
    if row["seed"] != str(sweep.seed(root, case)):
        raise DifferentRows(f"{out}: row {label} has a seed of another root seed than {root}")
    _require_same_code(sweep, row, f"{out}: row {label}")


def _require_same_code(sweep: Sweep, row: Row, where: str) -> None:
    for column, here in (("versions", _versions()), ("code", sweep.code)):
        if row[column] != here:
            raise DifferentRows(f"{where}: {column} {row[column]!r}; here {here!r}")


# -- backends -------------------------------------------------------------------------------------


@contextmanager
def _backend(
    sweep: Sweep,
    cases: Sequence[Cell],
    root: int,
    jobs: int,
    backend: str,
    scheduler: str | None,
    tell: Callable[[str], None],
) -> Iterator[Iterator[Row]]:
    """Yield the rows of the cases as they are measured, in any order."""
    work = [(sweep, case, sweep.seed(root, case)) for case in cases]
    if backend == "joblib" or not work:
        yield _here(work, jobs)
        return
    with cluster.results(work, measure, jobs, scheduler, tell) as rows:
        yield rows


def _here(work: Sequence[tuple[Sweep, Cell, int]], jobs: int) -> Iterator[Row]:
    """Yield rows measured on this machine: by this process as long as workers would start."""
    rest, start = deque(work), time.monotonic()
    while rest and (jobs == 1 or time.monotonic() - start < _START_UP):
        yield measure(*rest.popleft())
    if rest:
        parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
        yield from parallel(delayed(measure)(*arguments) for arguments in rest)
