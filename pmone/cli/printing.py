"""How the command prints: JSON, pairs, tables, and the outcome of the demo."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:  # only types: whoever prints JSON need not load what makes the results
    from proofs.experiments.compare.run import Comparison
    from proofs.experiments.demo import Demo
    from proofs.experiments.sweeps.model import Summary

_WIDE = 140  # enough for every table where stdout is no terminal, and not cut at 80 columns


def console() -> Console:
    """Return a console on stdout."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDE)


def recorder() -> Console:
    """Return a console that only keeps what is printed: read it with ``export_text``."""
    return Console(width=_WIDE, record=True, file=StringIO())


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """Return an empty table with these columns."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def as_json(value: dict[str, Any]) -> str:
    """Return indented JSON with its letters as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def pairs(title: str, entries: dict[str, str]) -> str:
    """Return a title and aligned lines "key  value"."""
    width = max(map(len, entries))
    return "\n".join([title, *(f"  {key:<{width}}  {value}" for key, value in entries.items())])


def print_demo(result: Demo, folder: Path, pictures: Sequence[Path]) -> None:
    """Print what the demo's tickets did, and what it left in its folder."""
    digits, images, out = result.digits, len(result.digits.labels), console()
    show = partial(out.print, markup=False, highlight=False, soft_wrap=True)
    target = digits.target
    shape = "-".join(map(str, result.widths))
    show(
        f"Target: an MLP with biases, {shape}, trained on scikit-learn's digits in "
        f"{result.train_seconds:.1f} s;\n"
        f"it labels {digits.correct} of {images} held-out images correctly "
        f"({digits.correct / images:.1%}).\n"
        f"Wanted: ‖target − ticket‖₂ ≤ ε = {result.eps} for all x in [0, 1]^{target.features}; "
        f"one random ±1 network each, seed {result.seed}, δ = {result.delta}.\n"
    )
    columns = ("construction", "width", "depth", "random weights", "kept", "certified bound")
    tail = ("verdict", "correct", "provably same label", "prune", "certify")
    rows = table(*columns, *tail, right=(*columns[1:], *tail[1:]))
    for trial in result.trials:
        size = (trial.name, f"{trial.plan.N:,}", f"{trial.plan.L:,}")
        random_weights = f"{trial.plan.random_weights:.3g}"
        if trial.ticket is None or trial.certificate is None:
            rows.add_row(*size, random_weights, "–", "–", "no ticket", *("–",) * 4)
            continue
        bound = trial.certificate.bound
        rows.add_row(
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
    out.print(rows)
    for trial in result.trials:
        reasons = trial.certificate.reasons if trial.certificate else ()
        for text in (trial.no_ticket, *reasons):
            if text:
                show(f"{trial.name}: {text}")
    tickets = [trial.path.name for trial in result.trials if trial.path]
    written = [", ".join(names) for names in (tickets, [p.name for p in pictures]) if names]
    show(f"\nIn {folder}: {'; '.join(written)}")


def print_comparison(result: Comparison, out: Console) -> None:
    """Print the comparison: a row per construction, then what each theorem states."""
    shape = "-".join(map(str, result.dims))
    out.print(
        f"Target {shape} on {result.domain}, ε = {result.eps}, δ = {result.delta}, "
        f"seed {result.seed}.\n",
        markup=False,
        highlight=False,
    )
    for title, lines in result.tables().items():
        out.print(title, style="bold", highlight=False)
        out.print(_as_table(lines))
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
    statements = Table.grid(padding=(0, 2))
    statements.add_column(no_wrap=True)
    statements.add_column()
    for who, statement in result.statements():
        statements.add_row(escape(who), escape(statement))
    out.print(statements)


def print_summary(summary: Summary, out: Console) -> None:
    """Print a sweep's rows for a reader."""
    show = partial(out.print, markup=False, highlight=False)
    show(f"{summary.title}\n")
    out.print(_as_table(summary.table))
    if summary.notes:
        show("\n" + "\n".join(summary.notes))


def _as_table(lines: Sequence[Mapping[str, str]]) -> Table:
    """Return lines as a table, columns of numbers to the right."""
    columns = list(lines[0]) if lines else []
    made = table(*columns, right=[column for column in columns if _numbers(lines, column)])
    for line in lines:
        made.add_row(*(escape(line.get(column, "")) for column in columns))
    return made


def _numbers(lines: Sequence[Mapping[str, str]], column: str) -> bool:
    """Whether a column holds numbers, by its first filled cell."""
    first = next((line[column] for line in lines if line.get(column, "–") != "–"), "")
    return first[:1].isdigit() or first[:2] in {f"-{digit}" for digit in range(10)}
