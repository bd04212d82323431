"""No command destroys what it reads, and a request to end leaves nothing behind."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pmone import cli
from proofs.experiments.sweeps import SWEEPS, csv_file, run


@pytest.fixture
def files(door):
    """A model, a ticket for it, and inputs, in the current folder."""
    np.savez("model.npz", W1=[[0.5, -0.25]])
    np.save("X.npy", [[0.5, 0.5]])
    assert door("prune", "model.npz", "--eps", "0.1", "-o", "ticket.npz").code == 0
    Path("link.npz").symlink_to("model.npz")
    Path("folder").mkdir()
    return {path.name: path.read_bytes() for path in Path().glob("*.np[zy]")}


@pytest.mark.parametrize("output", ["model.npz", "link.npz", "folder", "", "no/such.npz"])
def test_prune_refuses_an_output_before_any_work(door, files, output):
    found = door("prune", "model.npz", "--eps", "0.1", "-o", output)
    assert found.code == 2
    assert "Invalid value for --output" in found.words
    assert {path.name: path.read_bytes() for path in Path().glob("*.np[zy]")} == files


@pytest.mark.parametrize("output", ["X.npy", "ticket.npz"])
def test_run_refuses_to_write_over_what_it_reads(door, files, output):
    assert door("run", "ticket.npz", "--input", "X.npy", "-o", output).code == 2
    assert {path.name: path.read_bytes() for path in Path().glob("*.np[zy]")} == files


def test_run_writes_to_the_very_name_it_is_given(door, files):
    assert door("run", "ticket.npz", "--input", "X.npy", "-o", "outputs").code == 0
    assert np.load("outputs").shape == (1, 1)


@pytest.mark.parametrize("command", ["verify E1", "audit", "report", "sweep failure-vs-slack"])
def test_a_folder_is_no_file_for_results(door, command):
    Path("folder").mkdir()
    found = door(*command.split(), "--out", "folder")
    assert found.code == 2
    assert "folder is a folder" in found.words


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_end_leaves_no_file_and_no_traceback(tmp_path, sent):
    rng = np.random.default_rng(0)
    weights = {"W1": rng.normal(size=(600, 700)) / 60, "W2": rng.normal(size=(10, 600)) / 30}
    np.savez(tmp_path / "model.npz", **weights)
    command = [sys.executable, "-m", "pmone", "prune", "model.npz", "--eps", "0.01", "-o", "t.npz"]
    child = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    started = time.monotonic()
    while not list(tmp_path.glob(".t.npz.*.part")) and time.monotonic() - started < 60:
        assert child.poll() is None, "it was done before it could be asked to end"
        time.sleep(0.001)
    child.send_signal(sent)
    _, said = child.communicate(timeout=60)
    assert "Traceback" not in said
    assert child.returncode in (130, 0)
    assert set(os.listdir(tmp_path)) == {"model.npz", *(["t.npz"] if child.returncode == 0 else [])}


def test_what_breaks_while_a_request_to_end_is_obeyed_is_no_fault(monkeypatch, capsys):
    """As an archive whose member is still open when it is closed."""

    def command():
        try:
            raise KeyboardInterrupt
        finally:
            raise ValueError("Can't close the ZIP file")

    monkeypatch.setattr(cli, "load", lambda name: command)
    monkeypatch.setattr(sys, "argv", ["pmone", "prune"])
    with pytest.raises(SystemExit) as left:
        cli._run()
    assert left.value.code == 130
    assert capsys.readouterr().err == "pmone: interrupted\n"
    monkeypatch.setattr(cli, "load", lambda name: lambda: int("x"))
    with pytest.raises(ValueError, match="invalid literal"):
        cli._run()


class TestWrongInputs:
    """One line and exit code 4, never a traceback."""

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"domain": {"kind": "ball", "radius": "abc", "nonnegative": False}}, "abc"),
            ({"widths": [2, 2**40, 1]}, "ticket"),
            ({"layer_scale_log2": [10**30]}, "layer_scale_log2"),
            ({"generations": [{"layer": 1, "kind": "unit"}]}, "generations"),
        ],
    )
    def test_run_on_an_altered_header(self, door, files, changes, why):
        arrays = dict(np.load("ticket.npz"))
        header = json.loads(str(arrays["header"])) | changes
        np.savez("altered.npz", **arrays | {"header": json.dumps(header)})
        found = door("run", "altered.npz", "--input", "X.npy", "-o", "Y.npy")
        assert found.code == 4
        assert "altered.npz" in found.err
        assert why in found.err
        assert found.err.count("\n") == 1

    @pytest.mark.parametrize("content", [b"PK\x03\x04junk", b"", b"\x93NUMPY\x01\x00", b"text"])
    def test_run_on_inputs_that_are_no_array(self, door, files, content):
        Path("X.npy").write_bytes(content)
        found = door("run", "ticket.npz", "--input", "X.npy", "-o", "Y.npy")
        assert found.code == 4
        assert "X.npy: not a .npy file of numbers" in found.err

    @pytest.mark.parametrize("radius", ["1e309", "nan", "-1", "١", "1_0", "inf"])
    def test_a_radius_is_a_finite_number_in_ascii(self, door, files, radius):
        found = door("prune", "model.npz", "--domain", f"ball:{radius}", "-o", "new.npz")
        assert found.code == 2
        assert "--domain" in found.words

    @pytest.mark.parametrize(
        "command",
        [
            "prune model.npz --seed {} -o new.npz", "prune model.npz --rounding-seed {} -o new.npz",
            "compare model.npz --trials {}", "compare model.npz --seconds {}",
            "verify E1 --seed {}", "sweep weights-vs-bound --jobs {} --out new.csv",
            "audit --jobs {}",
            "export ticket.npz -o new.onnx --grid {}", "certify ticket.npz --limit work={}",
            "prune model.npz --eps {} -o new.npz", "prune model.npz --delta {} -o new.npz",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("number", ["1_0", "١", "", "0x1", "1 "])
    def test_numbers_are_ascii_digits_everywhere(self, door, files, command, number):
        """Python's own int and float take underscores, blanks and digits of every script."""
        name, *rest = command.split()
        found = door(name, *(part.format(number) for part in rest))
        assert found.code in (2, 4), found
        assert "expected" in found.words
        assert not {"new.npz", "new.csv", "new.onnx"} & set(os.listdir())

    @pytest.mark.parametrize(
        "command",
        ["prune model.npz --eps 0.5 -o new.npz", "sweep weights-vs-bound --jobs 1 --out new.csv",
         "run ticket.npz --input X.npy -o Y.npy"],
    )  # fmt: skip
    def test_a_full_disk_is_a_sentence_that_names_the_file(self, door, files, monkeypatch, command):
        def full(number):
            raise OSError(errno.ENOSPC, "No space left on device")

        np.save("X.npy", np.zeros((1, 2)))
        monkeypatch.setattr(os, "fsync", full)
        found = door(*command.split())
        name = command.split()[-1]
        assert found.code == 2
        assert found.err.splitlines()[-1].endswith(f"{name}: No space left on device")


class TestTerminals:
    """Real processes: what cannot be shown is replaced; whom nothing reaches refutes nothing."""

    def run(self, command, **environment):
        line = f"{sys.executable} -m pmone {command}"
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"],
            capture_output=True, check=False, env=os.environ | environment,
        )  # fmt: skip

    @pytest.mark.parametrize("command", ["explain B4", "explain", "doctor", "--help"])
    def test_ascii_gets_replacements(self, command):
        found = self.run(command, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
        assert (found.returncode, b"Traceback" in found.stderr) == (0, False)
        assert found.stdout.decode("ascii")

    @pytest.mark.parametrize("command", ["explain", "explain B4", "doctor", "verify E1"])
    def test_a_reader_that_leaves_is_no_refutation(self, command):
        found = self.run(f"{command} | head -c 1")
        assert found.returncode in (0, 141)
        assert b"Traceback" not in found.stderr
        assert b"Exception ignored" not in found.stderr

    @pytest.mark.parametrize("command", ["explain B4", "doctor"])
    def test_a_closed_output_is_no_error(self, command):
        found = self.run(f"{command} >&-")
        assert (found.returncode, b"Traceback" in found.stderr) == (0, False)


def killed(command: list[str], folder, after: float) -> bool:
    """Run a command, kill it with -9 after some seconds; whether it was still at work."""
    nothing = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, **nothing)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_prune_killed_at_ten_moments_leaves_the_old_file_and_ends_with_the_same_bytes(tmp_path):
    rng = np.random.default_rng(7)
    np.savez(tmp_path / "target.npz", W1=rng.standard_normal((200, 300)) / 40)
    out = tmp_path / "ticket.npz"
    command = [sys.executable, "-m", "pmone", "prune", "target.npz", "--eps", "0.01"]
    command += ["-o", out.name]
    start = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    whole, seconds = out.read_bytes(), time.monotonic() - start
    old = b"an older ticket"
    count = 0
    for moment in rng.uniform(0.1, 1.0, 10):
        out.write_bytes(old)
        count += killed(command, tmp_path, moment * seconds)
        assert out.read_bytes() in (old, whole)
    assert count >= 5
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert out.read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["target.npz", "ticket.npz"]


@pytest.mark.slow
def test_a_sweep_killed_at_ten_moments_ends_with_the_same_rows(tmp_path):
    name, rng = "weights-vs-bound", np.random.default_rng(8)
    sweep = SWEEPS[name]
    command = [sys.executable, "-m", "pmone", "sweep", name, "--jobs", "1", "--out", "rows.csv"]
    for moment in rng.uniform(0.3, 1.6, 10):
        killed(command, tmp_path, moment)
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    rows = csv_file.read(tmp_path / "rows.csv", sweep.columns)
    fresh = run(name)
    assert [[r[c] for c in sweep.repeatable] for r in rows] == [
        [r[c] for c in sweep.repeatable] for r in fresh
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.slow
def test_figures_killed_at_ten_moments_end_with_the_same_bytes(tmp_path):
    command = [sys.executable, "-m", "pmone", "figures", "weights-vs-bound", "--out", "drawn"]
    folder, rng = tmp_path / "drawn", np.random.default_rng(9)
    start = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    seconds = time.monotonic() - start
    assert {Path(name).suffix for name in whole} == {".pdf", ".svg", ".png"}
    old, count = b"an older figure", 0
    for moment in rng.uniform(0.1, 1.0, 10):
        for name in whole:
            (folder / name).write_bytes(old)
        count += killed(command, tmp_path, moment * seconds)
        assert all((folder / name).read_bytes() in (old, data) for name, data in whole.items())
    assert count >= 5
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole


@pytest.mark.slow
def test_compare_killed_at_ten_moments_leaves_the_old_table_or_a_whole_one(tmp_path):
    """Two runs differ in the times that they measure, and in nothing else."""
    np.savez(tmp_path / "target.npz", W1=np.array([[0.5, -0.25]]))
    command = [sys.executable, "-m", "pmone", "compare", "target.npz", "--eps", "0.3"]
    command += ["--delta", "1e-6", "--construction", "horner", "--trials", "20"]
    command += ["--no-memory", "--format", "json", "--out", "table.json"]
    table, rng = tmp_path / "table.json", np.random.default_rng(10)

    def counted() -> dict:
        found = json.loads(table.read_text())
        for row in found["rows"]:
            del row["prune_seconds"], row["check_seconds"]
        return found

    start = time.monotonic()
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    whole, seconds = counted(), time.monotonic() - start
    old, count = "an older table", 0
    for moment in rng.uniform(0.1, 1.0, 10):
        table.write_text(old)
        count += killed(command, tmp_path, moment * seconds)
        assert table.read_text() == old or counted() == whole
    assert count >= 5
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert counted() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.json", "target.npz"]
