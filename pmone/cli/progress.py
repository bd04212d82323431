"""Progress of long work on stderr: a bar with ETA in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from constructions.progress import Progress as Report

_PATIENCE = 2.0  # seconds without a word
_BETWEEN_LINES = 10.0  # seconds between two plain lines
_TELLING = 0.02  # share of the work from which a plain line estimates the time left
_WHOLE_RUN = 1e6  # seconds over which the speed is averaged: steps differ too much for a few


@contextmanager
def reporting(title: str, stream: TextIO | None = None) -> Iterator[Report]:
    """Yield a callable (done, total, text) that shows the progress of ``title`` on stderr.

    Work shorter than two seconds shows nothing; where stderr is no terminal, or one that cannot
    draw (TERM=dumb), a plain line with the estimated time left appears every ten seconds.
    """
    stream = sys.stderr if stream is None else stream
    console = Console(file=stream)
    if not stream.isatty() or console.is_dumb_terminal:
        yield _PlainLines(title, stream)
        return
    whole = Column(no_wrap=True)
    columns = (
        TextColumn("{task.fields[title]}", table_column=whole),
        BarColumn(bar_width=20, table_column=whole),
        TaskProgressColumn(table_column=whole),
        TimeElapsedColumn(table_column=whole),
        TextColumn("ETA", table_column=whole),
        TimeRemainingColumn(table_column=whole),
        # What is being done comes last and gives way: the times stay where the line is short.
        TextColumn("{task.description}", table_column=Column(no_wrap=True, ratio=1)),
    )
    bars = Progress(
        *columns,
        console=console,
        transient=True,
        expand=True,
        speed_estimate_period=_WHOLE_RUN,
    )
    with bars:
        task = bars.add_task("", title=title, total=None)
        yield lambda done, total, text: bars.update(
            task, completed=done, total=total, description=text
        )


class _PlainLines:
    """Prints `title: text, 40 % done, about 12 s left`, not too often."""

    def __init__(self, title: str, stream: TextIO) -> None:
        self.title, self.stream = title, stream
        self.start = time.monotonic()
        self.next_line = self.start + _PATIENCE

    def __call__(self, done: int, total: int, text: str) -> None:
        now = time.monotonic()
        if now < self.next_line:
            return
        self.next_line = now + _BETWEEN_LINES
        share = done / total if total else 0.0
        left = (
            f"about {(now - self.start) * (1 - share) / share:.0f} s left"
            if share >= _TELLING
            else "too early to say how long"
        )
        print(f"{self.title}: {text}, {share:.0%} done, {left}", file=self.stream, flush=True)
