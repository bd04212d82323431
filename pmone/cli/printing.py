"""How the command prints: JSON, pairs, tables, and the outcome of the demo."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from proofs.columns import print_table

if TYPE_CHECKING:  # only types: whoever prints JSON need not load what makes the results
    from proofs.experiments.compare.run import Comparison
    from proofs.experiments.demo import Demo
    from proofs.experiments.sweeps.model import Summary

_WIDE = 140  # where stdout is no terminal and COLUMNS is not set


class _Console(Console):
    """A console that does not take a closed pipe for an exit code of 1, which means refuted."""

    def on_broken_pipe(self) -> None:
        """Let the front door leave."""
        self.quiet = True
        raise BrokenPipeError


def console() -> Console:
    """Return a console on stdout, as wide as the terminal or COLUMNS says."""
    return _Console(width=_width())


def recorder() -> Console:
    """Return a console that only keeps what is printed: read it with ``export_text``."""
    return Console(width=_width(), record=True, file=StringIO())


def _width() -> int | None:
    known = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return None if known else _WIDE


def as_json(value: dict[str, Any]) -> str:
    """Return indented JSON with its letters as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def pairs(title: str, entries: dict[str, str]) -> str:
    """Return a title and aligned lines "key  value"."""
    width = max(map(len, entries))
    return "\n".join([title, *(f"  {key:<{width}}  {value}" for key, value in entries.items())])


def print_demo(result: Demo, folder: Path, pictures: Sequence[Path]) -> None:
    """Print what the demo's tickets did, and what it left in its folder."""
    digits, images, out = result.digits, len(result.digits.labels), console()
    show = partial(out.print, markup=False, highlight=False)
    target = digits.target
    shape = "-".join(map(str, result.widths))
    show(
        f"Target: an MLP with biases, {shape}, trained on scikit-learn's digits in "
        f"{result.train_seconds:.1f} s; it labels {digits.correct} of {images} held-out images "
        f"correctly ({digits.correct / images:.1%}).\n"
        f"Wanted: ‖target − ticket‖₂ ≤ ε = {result.eps} for all x in [0, 1]^{target.features}; "
        f"one random ±1 network each, seed {result.seed}, δ = {result.delta}.\n"
    )
    columns = ("construction", "width", "depth", "random weights", "kept", "certified bound")
    tail = ("verdict", "correct", "provably same label", "prune", "certify")
    rows = []
    for trial in result.trials:
        size = (trial.name, f"{trial.plan.N:,}", f"{trial.plan.L:,}")
        random_weights = f"{trial.plan.random_weights:.3g}"
        if trial.ticket is None or trial.certificate is None:
            rows.append((*size, random_weights, "–", "–", "no ticket", *("–",) * 4))
            continue
        bound = trial.certificate.bound
        rows.append(
            (
                *size,
                random_weights,
                f"{trial.ticket.kept_weights:,}",
                "–" if bound is None else f"{bound:.4f}",
                trial.certificate.verdict,
                f"{trial.correct}/{images}",
                f"{trial.provably_same}/{images}",
                f"{trial.prune_seconds:.2f} s",
                f"{trial.certify_seconds:.2f} s",
            )
        )
    print_table((*columns, *tail), rows, out, right=(*columns[1:], *tail[1:]))
    for trial in result.trials:
        reasons = trial.certificate.reasons if trial.certificate else ()
        for text in (trial.no_ticket, *reasons):
            if text:
                show(f"{trial.name}: {text}")
    tickets = [trial.path.name for trial in result.trials if trial.path]
    written = [", ".join(names) for names in (tickets, [p.name for p in pictures]) if names]
    show(f"\nIn {folder}: {'; '.join(written)}")


def print_comparison(result: Comparison, out: Console) -> None:
    """Print the comparison: one row per construction, then what each theorem states."""
    shape = "-".join(map(str, result.dims))
    out.print(
        f"Target {shape} on {result.domain}, ε = {result.eps}, δ = {result.delta}, "
        f"seed {result.seed}.\n",
        markup=False,
        highlight=False,
    )
    for title, lines in result.tables().items():
        out.print(title, style="bold", highlight=False)
        _print_lines(lines, out)
        out.print()
    for remark in result.remarks():
        out.print(remark, markup=False, highlight=False)
    for popup in result.popups:
        out.print(
            f"edge-popup, {popup.distribution} weights, on {popup.data}: {popup.correct} of "
            f"{popup.total} correct, accuracy in [{popup.low:.3f}, {popup.high:.3f}]; "
            "nothing is certified",
            markup=False,
            highlight=False,
        )
    if result.remarks() or result.popups:
        out.print()
    out.print("What the theorems state", style="bold", highlight=False)
    out.print(
        "R read in the primary text, S in another's or the abstract, M recalled; without a mark: "
        "proved here.",
        highlight=False,
    )
    print_table(("whose", "statement"), result.statements(), out)


def print_summary(summary: Summary, out: Console) -> None:
    """Print a sweep's rows for a reader."""
    show = partial(out.print, markup=False, highlight=False)
    show(f"{summary.title}\n")
    _print_lines(summary.table, out)
    if summary.notes:
        show("\n" + "\n".join(summary.notes))


def _print_lines(lines: Sequence[Mapping[str, str]], out: Console) -> None:
    """Print lines as a table, columns of numbers to the right."""
    columns = list(lines[0]) if lines else []
    rows = [[line.get(column, "") for column in columns] for line in lines]
    print_table(columns, rows, out, [name for name in columns if _numbers(lines, name)])


def _numbers(lines: Sequence[Mapping[str, str]], column: str) -> bool:
    """Whether a column holds numbers, by its first filled cell."""
    first = next((line[column] for line in lines if line.get(column, "–") != "–"), "")
    return first[:1].isdigit() or first[:2] in {f"-{digit}" for digit in range(10)}
