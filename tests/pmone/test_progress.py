"""Progress of long work: a bar with the time left in a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import re

import pytest

from pmone.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Stands still unless told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize("columns", ["72", "80", "200"])
def test_a_terminal_shows_share_and_times_however_long_the_text(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with progress.reporting("sweep errors", stream) as report:
        report(1, 4, "a long text " * 30)
        report(2, 4, "a long text " * 30)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    last = [line for line in re.split(r"[\r\n]+", plain) if "sweep errors" in line][-1]
    assert " 50%" in last
    assert re.search(r"\d:\d\d:\d\d +ETA +(\d|-):(\d\d|--):(\d\d|--)", last)
    assert "a lo" in last
    assert len(last) <= int(columns)


@pytest.mark.parametrize("terminal", ["none", "dumb"])
def test_elsewhere_plain_lines_come_seldom_and_tell_the_time_left(
    monkeypatch: pytest.MonkeyPatch, terminal: str
) -> None:
    """A terminal that cannot move its cursor is no place for a bar."""
    clock, stream = Clock(), Terminal() if terminal == "dumb" else io.StringIO()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setenv("TERM", terminal)
    with progress.reporting("prune", stream) as report:
        for second in range(31):
            clock.now = 100.0 + second
            report(second, 40, f"step {second}")
    lines = stream.getvalue().splitlines()
    assert lines == [
        "prune: step 2, 5% done, about 38 s left",
        "prune: step 12, 30% done, about 28 s left",
        "prune: step 22, 55% done, about 18 s left",
    ]


def test_short_work_says_nothing_in_a_log() -> None:
    stream = io.StringIO()
    with progress.reporting("prune", stream) as report:
        for done in range(100):
            report(done, 100, "a step")
    assert stream.getvalue() == ""


def test_a_total_that_is_not_known_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, stream = Clock(), io.StringIO()
    monkeypatch.setattr(progress, "time", clock)
    with progress.reporting("prune", stream) as report:
        clock.now += 3
        report(0, 0, "starting")
    assert stream.getvalue() == "prune: starting, 0% done, too early to say how long\n"
