"""Sweeps: a row is whole or not there, whenever the work stops, and the same whoever did it."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from constructions import CATALOGUE, construction
from constructions.errors import InputError
from pmone import cli
from proofs.experiments.sweeps import SWEEPS, CsvError, DifferentRows, csv_file, model, run, runner
from proofs.experiments.sweeps.model import Cell, Sweep, Value, as_text
from proofs.experiments.sweeps.runner import run_sweep

ROOT = Path(__file__).resolve().parents[3]
CASES = [{"x": x, "kind": kind} for kind in ("a", "b") for x in range(5)]


def toy(before: Callable[[Cell], None] = lambda case: None, name: str = "toy") -> Sweep:
    """A sweep whose results come from its key and seed alone; ``before`` runs ahead of each."""

    def measure(case: Cell, seed: int) -> Mapping[str, Value]:
        before(case)
        return {"y": int(case["x"]) ** 2, "draw": seed % 1000, "third": seed % 7 / 3}

    keys, results = ("kind", "x"), ("y", "draw", "third")
    return Sweep(name, "a toy", keys, results, lambda effort: CASES, measure)


def run_toy(
    sweep: Sweep, out: Path | None = None, seed: int = 0, jobs: int = 1
) -> list[csv_file.Row]:
    return run_sweep(
        sweep, out, "quick", seed, jobs, "joblib", None, lambda done, total, text: None
    )


@pytest.fixture(autouse=True)
def workers_start_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps here are too short for workers to start by themselves."""
    monkeypatch.setattr(runner, "_START_UP", 0.0)


@pytest.mark.parametrize(("start_up", "here"), [(60.0, True), (0.0, False)])
def test_a_sweep_that_is_done_before_workers_start_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_up: float, here: bool
) -> None:
    monkeypatch.setattr(runner, "_START_UP", start_up)

    def note(case: Cell) -> None:
        (tmp_path / str(os.getpid())).touch()

    assert repeatable(toy(), run_toy(toy(note), jobs=2)) == repeatable(toy(), run_toy(toy()))
    seen = {int(path.name) for path in tmp_path.iterdir()}
    assert (seen == {os.getpid()}) == here


def repeatable(sweep: Sweep, rows: list[csv_file.Row]) -> list[tuple[str, ...]]:
    return [tuple(row[c] for c in sweep.repeatable) for row in rows]


def test_rows_come_in_the_order_of_the_cases_with_seeds_from_their_keys(tmp_path: Path) -> None:
    sweep, out = toy(), tmp_path / "toy.csv"
    rows = run_toy(sweep, out)
    assert [(row["kind"], int(row["x"])) for row in rows] == [(c["kind"], c["x"]) for c in CASES]
    assert [int(row["seed"]) for row in rows] == [sweep.seed(0, case) for case in CASES]
    assert len({row["seed"] for row in rows}) == len(CASES)
    assert csv_file.read(out, sweep.columns) == rows
    assert all("numpy" in row["versions"] and row["code"] for row in rows)
    assert all(float(row["seconds"]) >= 0 for row in rows)


def test_results_do_not_depend_on_the_number_of_workers_but_on_the_root_seed() -> None:
    sweep = toy()
    alone = repeatable(sweep, run_toy(sweep))
    assert repeatable(sweep, run_toy(sweep, jobs=2)) == alone
    assert repeatable(sweep, run_toy(sweep, seed=1)) != alone


def test_a_sweep_sent_to_a_worker_takes_no_digest_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the worker would report the sender's code as its own, whatever it runs."""
    sweep = SWEEPS["shape-vs-eps-and-d"]
    here = sweep.code
    sent = pickle.dumps(sweep)
    monkeypatch.setattr(model, "_code", lambda module: "the worker's")
    assert pickle.loads(sent).code == "the worker's" != here


def test_a_file_cut_at_any_byte_keeps_its_whole_rows(tmp_path: Path) -> None:
    sweep, out = toy(), tmp_path / "toy.csv"
    rows = run_toy(sweep, out)
    whole = out.read_bytes()
    for cut in range(len(whole) + 1):
        out.write_bytes(whole[:cut])
        with csv_file.appending(out, sweep.columns) as appender:
            kept = whole[:cut].count(b"\n") - 1
            assert appender.rows == rows[: max(kept, 0)], f"cut after {cut} bytes"
            appender.add(rows[0])
        assert csv_file.read(out) == [*rows[: max(kept, 0)], rows[0]]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.5, 0.77, 0.999, 1.0])
def test_a_cut_file_is_continued_to_the_same_rows(tmp_path: Path, share: float) -> None:
    sweep, out = toy(), tmp_path / "toy.csv"
    wanted = repeatable(sweep, run_toy(sweep, out))
    whole = out.read_bytes()
    cut = whole[: int(share * len(whole))]
    out.write_bytes(cut)
    measured: list[Cell] = []
    assert repeatable(sweep, run_toy(toy(measured.append), out)) == wanted
    assert len(measured) == len(CASES) - max(cut.count(b"\n") - 1, 0)
    assert repeatable(sweep, csv_file.read(out)) == wanted


def test_rows_already_there_are_taken_in_any_order(tmp_path: Path) -> None:
    sweep, out = toy(), tmp_path / "toy.csv"
    wanted = repeatable(sweep, run_toy(sweep, out))
    header, *lines = out.read_text().splitlines(keepends=True)
    out.write_text(header + "".join(reversed(lines[2:7])))
    assert repeatable(sweep, run_toy(sweep, out)) == wanted


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interruption_keeps_what_was_measured(tmp_path: Path, jobs: int) -> None:
    out = tmp_path / "toy.csv"

    def stop(case: Cell) -> None:
        if (case["kind"], case["x"]) == ("b", 1):
            raise KeyboardInterrupt if jobs == 1 else OSError("the power failed")

    with pytest.raises((KeyboardInterrupt, OSError)):
        run_toy(toy(stop), out, jobs=jobs)
    kept = csv_file.read(out)
    assert jobs > 1 or len(kept) == 6
    measured: list[Cell] = []
    rows = run_toy(toy(measured.append), out)
    assert len(measured) == len(CASES) - len(kept)
    assert repeatable(toy(), rows) == repeatable(toy(), run_toy(toy()))


def test_only_one_process_writes_a_file(tmp_path: Path) -> None:
    out = tmp_path / "toy.csv"
    with csv_file.appending(out, toy().columns), pytest.raises(CsvError, match="another process"):
        run_toy(toy(), out)


def test_foreign_rows_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "toy.csv"
    sweep = toy()
    run_toy(sweep, out)
    with pytest.raises(DifferentRows, match="another root seed than 5"):
        run_toy(sweep, out, seed=5)
    good = out.read_text()
    header, first, *rest = good.splitlines(keepends=True)

    out.write_text(header + first + first)
    with pytest.raises(DifferentRows, match="twice"):
        run_toy(sweep, out)
    out.write_text(header + first.replace("a,0,", "c,0,"))
    with pytest.raises(DifferentRows, match="not of this sweep"):
        run_toy(sweep, out)
    out.write_text(good.replace("numpy", "numbat"))
    with pytest.raises(DifferentRows, match="numbat"):
        run_toy(sweep, out)
    out.write_text(header + first.replace(",", ",,", 1) + "".join(rest))
    with pytest.raises(CsvError, match="line 2"):
        run_toy(sweep, out)
    out.write_text("something,else\n1,2\n")
    with pytest.raises(CsvError, match="its columns are something,else"):
        run_toy(sweep, out)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InputError, match=r"'nothing'.*error-vs-width"):
        run("nothing")
    with pytest.raises(InputError, match="backend = 'rope'"):
        run("weights-vs-bound", backend="rope")
    with pytest.raises(InputError, match="jobs = 0"):
        run("weights-vs-bound", jobs=0)
    with pytest.raises(InputError, match="only with the backend 'dask'"):
        run("weights-vs-bound", scheduler="tcp://127.0.0.1:1")
    with pytest.raises(InputError, match="effort = 'lazy'"):
        run("weights-vs-bound", effort="lazy")


def test_a_measure_must_fill_exactly_its_columns() -> None:
    sweep = Sweep("toy", "", ("x",), ("y",), lambda effort: [{"x": 1}], lambda case, seed: {"z": 1})
    with pytest.raises(ValueError, match="differ in y, z"):
        run_toy(sweep)


def test_cells_read_back_as_they_were() -> None:
    for value in (0.1, 1e-300, 2.0**-1074, np.float64(1) / 3):
        assert float(as_text(value)) == value
    assert (as_text(True), as_text(None), as_text(2**70)) == ("yes", "", str(2**70))
    with pytest.raises(ValueError, match="not a number"):
        as_text(float("nan"))


@pytest.mark.parametrize("name", SWEEPS)
@pytest.mark.parametrize("effort", ["quick", "full"])
def test_every_sweep_has_cases_with_distinct_keys(name: str, effort: str) -> None:
    sweep = SWEEPS[name]
    cases = sweep.checked_cases(effort)
    assert cases
    assert all(set(case) == set(sweep.keys) for case in cases)
    assert len({sweep.label(case) for case in cases}) == len(cases)


def test_shapes_obey_theorem_plan_smallest() -> None:
    for row in run("shape-vs-eps-and-d"):
        for quantity in ("N", "L"):
            theorem, plan, smallest = (
                row[f"{quantity}_{kind}"] for kind in ("theorem", "plan", "smallest")
            )
            assert float(smallest) <= float(plan), row
            assert bool(theorem) == bool(construction(row["construction"]).rates)
            assert not theorem or float(plan) <= float(theorem), row


def test_errors_stay_below_what_was_asked_and_certified() -> None:
    rows = run("error-vs-width")
    found = [row for row in rows if row["error"]]
    assert len(found) >= len(rows) - 1
    for row in found:
        assert float(row["error"]) <= float(row["eps"])
        assert float(row["error"]) * (1 - 1e-9) <= float(row["certified"]) <= float(row["eps"])
        assert int(row["random_weights"]) > float(row["lower_bound"])


def test_counted_failures_agree_with_the_exact_probability() -> None:
    """H0: the exact probability is the true one. 18 intervals of confidence 99.9 %, fixed seeds."""
    rows = run("failure-vs-slack")
    assert all(float(r["exact"]) <= float(r["bound"]) + 1e-12 for r in rows)
    for r in rows:  # for S and S* it is an upper end
        enclosed = CATALOGUE[r["construction"]].enclosed
        low, exact, high = (float(r[name]) for name in ("low", "exact", "high"))
        assert low <= exact
        assert enclosed or exact <= high
    assert any(int(r["k"]) for r in rows)


def test_the_command_writes_rows_resumes_and_refuses(tmp_path: Path) -> None:
    out, runner, front_door = tmp_path / "limit.csv", CliRunner(), cli.load("sweep")
    first = runner.invoke(front_door, ["sweep", "weights-vs-bound", "--jobs", "1"])
    assert first.exit_code == 0
    assert first.stdout.splitlines()[0] == ",".join(SWEEPS["weights-vs-bound"].columns)
    command = ["sweep", "weights-vs-bound", "--jobs", "1", "--out", str(out)]
    assert runner.invoke(front_door, command).exit_code == 0
    rows = csv_file.read(out)
    out.write_bytes(out.read_bytes()[:-30])
    assert runner.invoke(front_door, command).exit_code == 0
    sweep = SWEEPS["weights-vs-bound"]
    assert repeatable(sweep, csv_file.read(out)) == repeatable(sweep, rows)
    assert runner.invoke(front_door, ["sweep", "nothing"]).exit_code == 2
    refused = runner.invoke(front_door, [*command, "--scheduler", "tcp://127.0.0.1:1"])
    assert refused.exit_code == 2
    assert all(name in runner.invoke(front_door, ["sweep", "list"]).stdout for name in SWEEPS)


_TORN = """
import os, signal, sys
from pathlib import Path
from typing import Any
from proofs.experiments.sweeps import csv_file, run
whole, writes = csv_file._write_all, 0
def torn(stream, data):
    global writes
    writes += 1
    if writes == int(sys.argv[2]):
        whole(stream, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    whole(stream, data)
csv_file._write_all = torn
run("weights-vs-bound", Path(sys.argv[1]))
"""


@pytest.mark.parametrize("writes", [1, 9, "last"], ids="write {}".format)
def test_kill_minus_nine_in_the_middle_of_a_write_leaves_whole_rows(
    tmp_path: Path, writes: int | str
) -> None:
    """The first write is the header, the last one the finished file; between them are the rows."""
    sweep, out = SWEEPS["weights-vs-bound"], tmp_path / "limit.csv"
    last = len(sweep.cases("quick")) + 2
    writes = last if writes == "last" else int(writes)
    child = subprocess.run([sys.executable, "-c", _TORN, str(out), str(writes)], cwd=ROOT)
    assert child.returncode == -signal.SIGKILL
    cut = out.read_bytes()
    whole_rows = max(cut.count(b"\n") - 1, 0)
    assert whole_rows == min(max(writes - 2, 0), len(sweep.cases("quick")))
    assert cut.endswith(b"\n") == (writes == last)
    left: list[int] = []
    resumed = run(sweep.name, out, progress=lambda done, total, text: left.append(total - done))
    assert left[0] == len(sweep.cases("quick")) - whole_rows
    assert repeatable(sweep, resumed) == repeatable(sweep, run(sweep.name))
    assert csv_file.read(out, sweep.columns) == resumed


@pytest.mark.slow
def test_kill_minus_nine_loses_at_most_the_row_at_hand(tmp_path: Path) -> None:
    out = tmp_path / "errors.csv"
    script = "from pathlib import Path; import sys; from proofs.experiments.sweeps import run; "
    script += "run('error-vs-width', Path(sys.argv[1]), effort='full')"
    child = subprocess.Popen([sys.executable, "-c", script, str(out)], cwd=ROOT)
    try:
        _wait(lambda: out.exists() and out.read_bytes().count(b"\n") > 4)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    sweep = SWEEPS["error-vs-width"]
    with csv_file.appending(out, sweep.columns) as appender:
        kept = list(appender.rows)
    assert len(kept) >= 4
    assert len({sweep.label(row) for row in kept}) == len(kept)
    cases = {sweep.label(case): case for case in sweep.cases("full")}
    part = Sweep(
        sweep.name,
        "",
        sweep.keys,
        sweep.results,
        lambda effort: [cases[sweep.label(row)] for row in kept],
        sweep.measure,
    )
    again = run_toy(part)  # the same rows, measured afresh
    assert repeatable(sweep, again) == repeatable(sweep, kept)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_dask_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    distributed = dask()
    alone = toy(name="cluster")
    wanted = repeatable(alone, run_toy(alone))
    started = tmp_path / "started"
    started.mkdir()

    def note(case: Cell) -> None:
        (started / f"{case['kind']}{case['x']}-{os.getpid()}").touch()
        time.sleep(0.4)

    out = tmp_path / "toy.csv"
    killed: list[int] = []

    def kill_one(done: int, total: int, text: str) -> None:
        if done >= 2 and not killed:
            finished = {str(row["kind"]) + str(row["x"]) for row in _whole_rows(out)}
            busy = [p.name.split("-") for p in started.iterdir()]
            victims = [int(pid) for case, pid in busy if case not in finished]
            if victims:
                os.kill(victims[0], signal.SIGKILL)
                killed.append(victims[0])

    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        rows = run_sweep(toy(note, "cluster"), out, "quick", 0, 1, "dask", address, kill_one)
    assert killed
    assert repeatable(alone, rows) == wanted
    assert repeatable(alone, csv_file.read(out)) == wanted
    workers = {p.name.split("-")[1] for p in started.iterdir()}
    assert len(workers) >= 3
    assert sum(1 for _ in started.iterdir()) > len(CASES)  # a case was started twice, written once


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_real_sweep_on_dask_gives_the_rows_of_joblib() -> None:
    dask()
    sweep = SWEEPS["shape-vs-eps-and-d"]
    here = run(sweep.name, jobs=2)
    there = run(sweep.name, jobs=2, backend="dask")
    assert repeatable(sweep, here) == repeatable(sweep, there)


def dask() -> Any:
    """Return Dask's cluster module; CI must not do without it."""
    if os.environ.get("CI"):
        return importlib.import_module("distributed")
    return pytest.importorskip("distributed", reason="install pmone with [cluster]")


def _whole_rows(path: Path) -> list[csv_file.Row]:
    text = path.read_text()
    return csv_file.parse(text[: text.rfind("\n") + 1], str(path))


def _wait(ready: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
