"""Reports: a run's JSON value as a terminal table, as one claim explained, as an HTML page.

The JSON value is the truth (`proofs/REPORT.md`); everything here is drawn from it.
"""

from proofs.report.page import render
from proofs.report.store import Store
from proofs.report.terminal import (
    print_audit,
    print_claim,
    print_constants,
    print_labels,
    print_places,
    print_report,
    verdict_line,
)

__all__ = [
    "Store",
    "print_audit",
    "print_claim",
    "print_constants",
    "print_labels",
    "print_places",
    "print_report",
    "render",
    "verdict_line",
]
