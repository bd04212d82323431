"""What a comparison of constructions found: its rows, as JSON, as CSV, and as tables to be read."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from proofs.evidence import plain
from proofs.provenance import commit, versions

SCHEMA = "pmone-comparison/1"

Status = Literal["accepted", "rejected", "no ticket", "not run"]


@dataclass(frozen=True)
class Row:
    """One construction. What was not reached is None: nothing stands for zero but zero.

    Attributes
    ----------
    construction, ours : its name, and whether it is one of ours (our form of the paper's included)
    distribution : of the random weights
    status : the verdict of the checker, or "no ticket" in this draw, or "not run"
    reason : for every status but "accepted"
    width, depth, random_weights, random_bits : of the random network that the plan asks for
    kept_weights, bound : of the ticket; the bound is certified, for all inputs of the domain
    bound_failure : proved upper bound on the probability of no ticket; None where none is proved
    successes, trials, low, high : draws that had a ticket, of so many, and the 99.9% interval
    prune_seconds, check_seconds, peak_bytes : wall time; the most memory that a second, traced run
        of ``prune`` for the same draw had allocated
    claim, states, sure, note : the label in the registry; what the theorem states; how sure we are
        of that: R read, S in a restatement or abstract, M recalled, None for what is proved here;
        and what else is to be known about it
    """

    construction: str
    ours: bool
    distribution: str | None = None
    status: Status = "not run"
    reason: str | None = None
    width: int | None = None
    depth: int | None = None
    random_weights: int | None = None
    random_bits: float | None = None
    kept_weights: int | None = None
    bound: float | None = None
    bound_failure: float | None = None
    successes: int | None = None
    trials: int | None = None
    low: float | None = None
    high: float | None = None
    prune_seconds: float | None = None
    check_seconds: float | None = None
    peak_bytes: int | None = None
    claim: str = ""
    states: str = ""
    sure: str | None = None
    note: str | None = None

    @property
    def mark(self) -> str:
        """The label with the mark: "P3 (S)", or "S5" for what is proved here."""
        return self.claim if self.sure is None else f"{self.claim} ({self.sure})"


@dataclass(frozen=True)
class PopupRow:
    """Edge-popup on data: accuracy with an exact interval, and nothing certified."""

    distribution: str
    data: str
    widths: tuple[int, ...]
    random_weights: int
    random_bits: float
    kept_weights: int
    correct: int
    total: int
    low: float
    high: float
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """The table, with what it was made from; ``asked`` are the constructions named by the user."""

    dims: tuple[int, ...]
    domain: str
    eps: Decimal
    delta: Decimal
    seed: int
    rows: tuple[Row, ...]
    popups: tuple[PopupRow, ...] = ()
    asked: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, schema "pmone-comparison/1"."""
        return {
            "schema": SCHEMA,
            "dims": list(self.dims),
            "domain": self.domain,
            "epsilon": str(self.eps),
            "delta": str(self.delta),
            "seed": plain(self.seed),
            "versions": versions(),
            "commit": commit(),
            "rows": [plain(asdict(row)) for row in self.rows],
            "edge_popup": [plain(asdict(row)) for row in self.popups],
        }

    def as_csv(self) -> str:
        """Return the rows as CSV with a header line; what was not reached is empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = [field.name for field in fields(Row)]
        writer.writerow(names)
        for row in self.rows:
            writer.writerow(["" if (v := getattr(row, n)) is None else v for n in names])
        return out.getvalue()

    def tables(self) -> dict[str, list[dict[str, str]]]:
        """Return the tables for a terminal of 80 columns by their titles, text throughout."""
        return {
            "Random networks, as the plans ask for them": [_network(row) for row in self.rows],
            "Tickets, one draw each, certified for all inputs": [_ticket(row) for row in self.rows],
            "How often a draw has a ticket": [_successes(row) for row in self.rows],
        }

    def remarks(self) -> list[str]:
        """Return why a construction has no accepted ticket, a line each."""
        return [
            f"{row.construction}: {_because(row.status, row.reason)}"
            for row in self.rows
            if row.reason is not None
        ]

    def statements(self) -> list[tuple[str, str]]:
        """Return what each theorem states: (construction with label and mark, statement)."""
        return [
            (
                f"{row.construction}, {row.mark}",
                f"{row.states}" + (f" ({row.note})" * bool(row.note)),
            )
            for row in self.rows
        ]

    @property
    def exit_code(self) -> int:
        """0 every ticket was accepted; 1 one was rejected; 3 one that was asked for is missing.

        A construction that was not named, and is not run, is not missing.
        """
        statuses = {
            row.status
            for row in self.rows
            if row.status != "not run" or row.construction in self.asked
        }
        return 1 if "rejected" in statuses else int(statuses != {"accepted"}) * 3


def _network(row: Row) -> dict[str, str]:
    return {
        "construction": row.construction,
        "theorem": row.mark,
        "weights": _short(row.distribution),
        "width": _count(row.width),
        "depth": _count(row.depth),
        "random weights": _count(row.random_weights),
        "random bits": _count(row.random_bits),
    }


def _ticket(row: Row) -> dict[str, str]:
    megabytes = None if row.peak_bytes is None else row.peak_bytes / 1e6
    return {
        "construction": row.construction,
        "verdict": row.status,
        "kept": _count(row.kept_weights),
        "certified error": _number(row.bound, ".3g"),
        "prune s": _number(row.prune_seconds, ".2f"),
        "certify s": _number(row.check_seconds, ".2f"),
        "peak MB": _number(megabytes, ".1f"),
    }


def _successes(row: Row) -> dict[str, str]:
    interval = "–"
    if row.low is not None and row.high is not None:
        interval = f"[{row.low:.3f}, {row.high:.3f}]"
    return {
        "construction": row.construction,
        "P(no ticket) ≤": "no bound" if _unproved(row) else _number(row.bound_failure, ".2g"),
        "counted": f"{row.successes}/{row.trials}" if row.trials else "–",
        "99.9% interval": interval,
    }


def _unproved(row: Row) -> bool:
    return row.bound_failure is None and row.width is not None


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else f"{value:{form}}"


def _count(value: float | None) -> str:
    return _number(value, ",.0f" if value is None or value < 1e7 else ".2e")


def _short(distribution: str | None) -> str:
    """Return a distribution in at most 13 letters.

    A hyperbolic one is named with its smallest size.

    >>> _short("uniform on {-1, +1}"), _short("uniform on the grid of step 2^-19")
    ('±1', 'grid 2^-19')
    >>> _short("density 1/|w| on 2^-8 to 1"), _short("uniform on [-1, 1]")
    ('1/|w|, 2^-8', 'uniform')
    """
    if distribution is None:
        return "–"
    words = distribution.split(" ")
    if words[0] == "density":
        return f"{words[1]}, {words[3]}"
    if "grid" in words:
        return f"grid {words[-1]}"
    return "±1" if "{-1," in words else words[0]


def _because(status: str, reason: str) -> str:
    return reason if reason.startswith(status) else f"{status}: {reason}"
