"""Sweep: its cases, and the one function that measures a case.

A row's results depend on its key, the root seed and the code, and on nothing else: not on the
backend, the number of workers or the order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from constructions.errors import InputError
from proofs.evidence import derive_seed
from proofs.provenance import code_digest

Key = str | int
Cell = Mapping[str, Key]
Value = str | int | float | None
Row = Mapping[str, str]

EFFORTS = ("quick", "full")


@dataclass(frozen=True)
class Summary:
    """A sweep's rows for a reader: a title, a table of text (a dict per line), and notes below."""

    title: str
    table: Sequence[Mapping[str, str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Sweep:
    """A named sweep.

    Attributes
    ----------
    name, about : the name on the command line, and what its rows tell
    keys : the columns that name a row
    results : the columns that are the same on every machine with the same versions
    timings : the columns that are not, besides ``seconds``
    cases : the cases of an effort, "quick" or "full", in the order of the finished file
    measure : (case, seed) → results and timings
    summarize : rows → what a reader is shown; None shows keys and results as they are
    """

    name: str
    about: str
    keys: tuple[str, ...]
    results: tuple[str, ...]
    cases: Callable[[str], Sequence[Cell]]
    measure: Callable[[Cell, int], Mapping[str, Value]]
    timings: tuple[str, ...] = ()
    summarize: Callable[[Sequence[Row]], Summary] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the CSV, in order."""
        return (*self.keys, "seed", *self.results, "code", "versions", *self.timings, "seconds")

    @property
    def repeatable(self) -> tuple[str, ...]:
        """The columns that two runs have in common: all but the times."""
        return tuple(c for c in self.columns if c not in (*self.timings, "seconds"))

    def checked_cases(self, effort: str) -> list[Cell]:
        """Return the cases; raise InputError for an effort that is none."""
        if effort not in EFFORTS:
            raise InputError(f"effort = {effort!r}: expected one of {', '.join(EFFORTS)}")
        return list(self.cases(effort))

    def summary(self, rows: Sequence[Row]) -> Summary:
        """Return the rows as a reader wants them."""
        if self.summarize is not None:
            return self.summarize(rows)
        shown = (*self.keys, *self.results, *self.timings)
        return Summary(self.about, [{column: row[column] for column in shown} for row in rows])

    def label(self, case: Mapping[str, object]) -> str:
        """Return the name of a row, from which its seed derives.

        >>> square = Sweep("square", "", ("x",), ("y",), lambda effort: [], lambda case, seed: {})
        >>> square.label({"x": 3})
        'square/x=3'
        """
        return "/".join([self.name, *(f"{key}={case[key]}" for key in self.keys)])

    @property
    def code(self) -> str:
        """12 hex digits of a SHA-256 over the code that measures it in this process."""
        return _code(self.measure.__module__)

    def seed(self, root: int, case: Cell) -> int:
        """Return the seed of a row, in [0, 2^64)."""
        return derive_seed(root, self.label(case))


def as_text(value: Value) -> str:
    """Return a value as a cell: integers exactly, floats so that they read back the same.

    >>> as_text(0.1), as_text(None), as_text(10**20)
    ('0.1', '', '100000000000000000000')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, str)):
        return str(value)
    value = float(value)
    if math.isnan(value):
        raise ValueError("a result is not a number")
    return repr(value)


@cache
def _code(module: str) -> str:
    """Return the digest of a module's code, once per process and never carried to another."""
    return code_digest([module])[:12]
