"""Named sweeps over constructions, sizes and seeds: rows of a CSV that an interruption cannot hurt.

>>> from proofs.sweeps import SWEEPS
>>> "error-vs-width" in SWEEPS
True
"""

from proofs.sweeps.catalogue import SWEEPS, find
from proofs.sweeps.runner import BACKENDS, DifferentRows, run
from proofs.sweeps.table import TableError

__all__ = ["BACKENDS", "SWEEPS", "DifferentRows", "TableError", "find", "run"]
