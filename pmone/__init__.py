"""The front door: the `pmone` command. Every sub-command is one call into a room.

Results go to stdout, progress to stderr. Exit codes: 0 all that was asked reached its required
rung; 1 refuted or rejected; 2 usage; 3 inconclusive or skipped, a draw without a ticket included;
4 malformed input; 130 interrupted.

`find` has the commands about tickets, `prove` those about claims, `study` the measurements, `write`
the figures and the paper; `door` what they share, `options` the options they take.
"""

from __future__ import annotations

from pmone import find, prove, study, write
from pmone.door import app, main

__all__ = ["app", "find", "main", "prove", "study", "write"]
