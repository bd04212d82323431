"""Commands that write: the figures, the paper, and the state of this installation."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from pmone.cli import printing
from pmone.cli.checkout import room_of_checkout
from pmone.cli.door import REJECTED, checked, command, workers_or_all
from pmone.cli.options import Effort, Format, FormatOption, Jobs
from pmone.cli.progress import reporting
from proofs import provenance
from proofs.columns import print_table

PANEL = "Figures, paper, installation"


@command(PANEL, "pmone figures", "pmone figures error-vs-width --fresh")
def figures(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Which; all if absent. `list` lists them."),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Compute the data anew first (minutes; the claim graph shows as machine-checked "
            "only what `make formal` has compiled).",
        ),
    ] = False,
    jobs: Jobs = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the numbers, CSV.", show_default="figures/data"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the figures.", show_default="figures/out")
    ] = None,
) -> None:
    """Draw the figures from their data, as PDF, SVG and PNG; the same data give the same bytes.

    It runs from a checkout, which holds the data and the code that draws.
    """
    with room_of_checkout("`pmone figures`"):
        from figures import gallery
    if names == ["list"]:
        typer.echo("\n".join(gallery.PICTURES))
        return
    checked("NAME", partial(gallery.choose, names or ()))
    with reporting("figures") as progress:
        paths = gallery.regenerate(
            names or (),
            fresh=fresh,
            data=data or gallery.DATA,
            out=out or gallery.OUT,
            jobs=workers_or_all(jobs),
            progress=progress,
        )
    for path in paths:
        typer.echo(path)


@command(PANEL, "pmone paper", "pmone paper --fresh demo audit")
def paper(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="With --fresh: which, such as demo or audit; all if absent.",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute the paper's data anew (minutes).")
    ] = False,
    full: Effort = False,
    jobs: Jobs = None,
) -> None:
    """Render the paper's numbers, tables and figures from data; `make paper` sets the PDF.

    It runs from a checkout, which holds the paper.
    """
    if sources and not fresh:
        raise typer.BadParameter("only with --fresh", param_hint="SOURCE")
    with room_of_checkout("`pmone paper`"):
        from paper import generate as paper_text
        from paper import sources as paper_data
    if fresh:
        with reporting("paper") as progress:
            paper_data.refresh(
                sources or None,
                "full" if full else "quick",
                workers_or_all(jobs),
                progress=progress,
            )
    for path in [*paper_text.render(), *paper_text.draw()]:
        typer.echo(path)


@command(PANEL, "pmone doctor", "pmone doctor --format json")
def doctor(output_format: FormatOption = Format.text) -> None:
    """Show the environment: versions, and which optional parts are missing."""
    parts = provenance.survey()
    if output_format is Format.json:
        typer.echo(
            printing.as_json(
                {
                    "schema": "pmone-doctor/1",
                    "versions": provenance.versions(),
                    "commit": provenance.commit(),
                    "machine": provenance.hardware(),
                    "parts": [
                        {"name": p.name, "purpose": p.purpose, "version": p.version} for p in parts
                    ],
                }
            )
        )
    else:
        rows = []
        for part in parts:
            missing = Text("missing", style="red") if part.required else "not found"
            remedy = "" if part.found else part.remedy
            rows.append((part.name, part.version or missing, part.purpose, remedy))
        columns = ("part", "version", "what it is for", "if it is missing")
        print_table(columns, rows, printing.console())
        versions = provenance.versions()
        typer.echo(f"pmone {versions.get('pmone', 'not installed')}, Python {versions['python']}")
    if not all(part.found for part in parts if part.required):
        raise typer.Exit(REJECTED)
