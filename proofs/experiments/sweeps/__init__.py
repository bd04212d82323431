"""Named sweeps over constructions, sizes and seeds: rows of a CSV that an interruption cannot hurt.

>>> from proofs.experiments.sweeps import SWEEPS
>>> "error-vs-width" in SWEEPS
True
"""

from proofs.experiments.sweeps.catalogue import SWEEPS, find
from proofs.experiments.sweeps.csv_file import CsvError
from proofs.experiments.sweeps.runner import BACKENDS, DifferentRows, run

__all__ = ["BACKENDS", "SWEEPS", "CsvError", "DifferentRows", "find", "run"]
