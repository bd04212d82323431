"""The numbers behind the figures: committed CSV files, and how each is computed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from constructions.progress import Progress
from proofs.experiments.sweeps import SWEEPS, csv_file, run

Row = Mapping[str, str]
Rows = Sequence[Row]
Compute = Callable[[Progress, int], tuple[Sequence[str], Iterable[Row]]]


@dataclass(frozen=True)
class Dataset:
    """A CSV file of numbers.

    Attributes
    ----------
    name : the file is ``name``.csv
    compute : (progress, jobs) → columns and rows, from nothing but seeds
    """

    name: str
    compute: Compute

    def read(self, folder: Path) -> Rows:
        """Return the rows of the file in ``folder``; raise CsvError if it is not there."""
        return csv_file.read(folder / f"{self.name}.csv")

    def last_seconds(self, folder: Path) -> float:
        """Return how long the rows of the file in ``folder`` took, at least 1: an estimate."""
        try:
            rows = self.read(folder)
        except csv_file.CsvError:
            return 1.0
        return max(1.0, sum(float(row.get("seconds", 0)) for row in rows))

    def write_anew(self, folder: Path, progress: Progress, jobs: int) -> None:
        """Compute the rows and write the file, whole or not at all."""
        columns, rows = self.compute(progress, jobs)
        csv_file.write(folder / f"{self.name}.csv", columns, rows)


def of_sweep(name: str) -> Dataset:
    """Return the dataset of a sweep at effort "full" and root seed 0."""

    def compute(progress: Progress, jobs: int) -> tuple[Sequence[str], Iterable[Row]]:
        return SWEEPS[name].columns, run(name, effort="full", jobs=jobs, progress=progress)

    return Dataset(name, compute)


def of_function(name: str, function: Callable[[], tuple[Sequence[str], Iterable[Row]]]) -> Dataset:
    """Return the dataset that a quick function computes."""

    def compute(progress: Progress, jobs: int) -> tuple[Sequence[str], Iterable[Row]]:
        progress(0, 1, name)
        return function()

    return Dataset(name, compute)


def select(rows: Rows, **wanted: str) -> list[Row]:
    """Return the rows with these values, in order.

    >>> select([{"d": "4", "N": "1"}, {"d": "8", "N": "2"}], d="8")
    [{'d': '8', 'N': '2'}]
    """
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def floats(rows: Rows, column: str) -> list[float]:
    """Return a column as numbers.

    >>> floats([{"N": "3"}, {"N": "0.5"}], "N")
    [3.0, 0.5]
    """
    return [float(row[column]) for row in rows]


def distinct(rows: Rows, column: str) -> list[str]:
    """Return the values of a column in the order in which they appear.

    >>> distinct([{"d": "4"}, {"d": "8"}, {"d": "4"}], "d")
    ['4', '8']
    """
    return list(dict.fromkeys(row[column] for row in rows))
