"""Clusters that go wrong: one sentence each, soon, and what was measured is kept."""

from __future__ import annotations

import contextlib
import http.server
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from constructions.errors import InputError
from proofs.experiments.sweeps import cluster
from proofs.experiments.sweeps.cluster import ClusterError, results
from proofs.experiments.sweeps.model import Sweep
from proofs.experiments.sweeps.runner import run_sweep

ROOT = Path(__file__).parents[3]
SOON = 15  # seconds
pytestmark = pytest.mark.filterwarnings("ignore")


def dask() -> Any:
    """Return Dask's cluster module; CI must not do without it."""
    if os.environ.get("CI"):
        return importlib.import_module("distributed")
    return pytest.importorskip("distributed", reason="install pmone with [cluster]")


def silent(done: int, total: int, text: str) -> None:
    pass


def refused(work: list, scheduler: str, measure: Any = abs, heard: list | None = None) -> str:
    """What is said, soon, of work that cannot be done."""
    start = time.monotonic()
    heard = [] if heard is None else heard
    with (
        pytest.raises(InputError) as found,
        results(work, measure, 1, scheduler, heard.append) as rows,
    ):
        list(rows)
    assert time.monotonic() - start < SOON
    text = str(found.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    "address", ["foo", "", "http://127.0.0.1:8786", "127.0.0.1", "tcp://a b:1", "tcp://host:x"]
)
def test_an_address_that_is_none_is_refused_at_once(address):
    assert refused([(1,)], address).startswith(f"scheduler = {address!r}: expected HOST:PORT")


@contextlib.contextmanager
def web_server() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def mute_server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextlib.contextmanager
def nobody() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield port


@pytest.mark.slow
@pytest.mark.parametrize("server", [web_server, mute_server, nobody])
def test_something_else_answers_or_nothing(server):
    """The command, as a process of its own: its one line, and exit code 4."""
    dask()
    command = [sys.executable, "-m", "pmone", "sweep", "weights-vs-bound", "--backend", "dask"]
    with server() as port:
        command += ["--scheduler", f"tcp://127.0.0.1:{port}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SOON)
    assert done.returncode == 4
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.startswith("sweep ")]
    assert len(lines) == 1
    said = f"pmone: scheduler tcp://127.0.0.1:{port}: no Dask scheduler answers there"
    assert lines[0].startswith(said)


@contextlib.contextmanager
def scheduler_of(
    folder: Path, workers: int, *options: str, protocol: str = "tcp"
) -> Iterator[tuple[str, list[Any]]]:
    """A scheduler and workers as processes of their own: its address, and the processes."""
    dask()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"{protocol}://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dask"]
    both = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    shared = ["--no-dashboard", "--protocol", protocol]
    start = [*command, "scheduler", "--host", "127.0.0.1", "--port", str(port), *shared]
    worker = [*command, "worker", address, "--nthreads", "1", *shared, *options]
    processes = [subprocess.Popen(start, cwd=folder, **both)]
    processes += [subprocess.Popen(worker, cwd=folder, **both) for _ in range(workers)]
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield address, processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_a_scheduler_without_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    monkeypatch.setattr(cluster, "AT_MOST", 3)
    heard: list[str] = []
    with scheduler_of(tmp_path, 0) as (address, _):
        text = refused([(1,)], address, heard=heard)
    assert f"no worker in 3 seconds; start them first: dask worker {address}" in text
    assert heard == ["waiting for workers"]


@pytest.mark.slow
def test_a_scheduler_that_dies_keeps_the_rows(tmp_path):
    """Killed after two rows; the next run, here, measures the rest."""
    out = tmp_path / "toy.csv"
    with scheduler_of(tmp_path, 1) as (address, processes):
        killed: list[float] = []

        def kill(done: int, total: int, text: str) -> None:
            if done == 2 and not killed:
                processes[0].send_signal(signal.SIGKILL)
                killed.append(time.monotonic())

        def measure(case: dict[str, int], seed: int) -> dict[str, int]:
            time.sleep(0.3)
            return {"y": case["x"] ** 2}

        measure.__module__ = "proofs.experiments.sweeps.costs"  # whose code has a digest
        cases = [{"x": x} for x in range(12)]
        squares = Sweep("squares", "", ("x",), ("y",), lambda effort: cases, measure)
        with pytest.raises(ClusterError, match="rows that were measured are kept"):
            run_sweep(squares, out, "quick", 0, 1, "dask", address, kill)
        assert time.monotonic() - killed[0] < SOON
    assert out.read_bytes().count(b"\n") >= 3
    rows = run_sweep(squares, out, "quick", 0, 1, "joblib", None, silent)
    assert [row["y"] for row in rows] == [str(x**2) for x in range(12)]


@pytest.mark.slow
def test_a_task_that_kills_its_workers(tmp_path):
    def die(x: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return x

    with scheduler_of(tmp_path, 1) as (address, _):
        text = refused([(1,)], address, die)
    assert text.startswith(f"{address}: ")
    assert "rows that were measured are kept" in text


@pytest.mark.slow
def test_a_worker_that_leaves_is_named(tmp_path):
    heard: list[str] = []

    def slowly(x: int) -> int:
        time.sleep(0.4)
        return x * x

    work = [(x,) for x in range(24)]
    with (
        scheduler_of(tmp_path, 2, "--no-nanny") as (address, processes),
        results(work, slowly, 1, address, heard.append) as rows,
    ):
        found = []
        for row in rows:
            found.append(row)
            if len(found) == 3:
                processes[1].send_signal(signal.SIGKILL)
    assert sorted(found) == [x * x for x in range(24)]
    (said,) = heard
    assert said.startswith("worker tcp://127.0.0.1:")
    assert said.endswith(" has left")


@pytest.mark.slow
def test_a_worker_without_the_code(tmp_path):
    """A module that only this process has."""
    module = type(sys)("only_here")
    exec("def measure(x): return x", module.__dict__)
    module.measure.__module__ = "only_here"
    sys.modules["only_here"] = module
    try:
        with scheduler_of(tmp_path, 1) as (address, _):
            text = refused([(1,)], address, module.measure)
    finally:
        del sys.modules["only_here"]
    assert "its workers cannot load the code; expected the same pmone installed" in text


@pytest.mark.slow
def test_workers_with_two_threads_are_told_about(tmp_path):
    heard: list[str] = []
    with (
        scheduler_of(tmp_path, 1, "--nthreads", "2") as (address, _),
        results([(-1,), (-2,)], abs, 1, address, heard.append) as rows,
    ):
        assert sorted(rows) == [1, 2]
    assert heard[-1] == "a worker measures one case at a time, whatever its threads"


@pytest.mark.slow
def test_tls_with_dasks_own_configuration(tmp_path, monkeypatch):
    """A certificate of an hour, for everybody; without it nobody is let in."""
    if not shutil.which("openssl"):
        assert not os.environ.get("CI"), "CI must not do without openssl"
        pytest.skip("no openssl: TLS was not tried")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    prefix = "DASK_DISTRIBUTED__COMM__"
    settings = {f"{prefix}TLS__CA_FILE": str(certificate), f"{prefix}REQUIRE_ENCRYPTION": "true"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings[f"{prefix}TLS__{role}__CERT"] = str(certificate)
        settings[f"{prefix}TLS__{role}__KEY"] = str(key)
    sweep = [sys.executable, "-m", "pmone", "sweep", "weights-vs-bound", "--backend", "dask"]
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with scheduler_of(tmp_path, 1, protocol="tls") as (address, _):
        done = subprocess.run([*sweep, "--scheduler", address], cwd=ROOT, capture_output=True)
        for name in settings:
            monkeypatch.delenv(name)
        refused = subprocess.run([*sweep, "--scheduler", address], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"construction,")
    assert refused.returncode == 4
