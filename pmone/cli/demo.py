"""The command that shows everything at once: train, find, certify, run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from constructions.quantize import check_tolerances
from figures import demo as pictures
from pmone.cli import printing
from pmone.cli.door import checked, command
from pmone.cli.options import Delta, Eps, Fit, FitOption, Format, FormatOption, Seed
from pmone.cli.progress import reporting
from proofs.experiments import demo as main_job

PANEL = "Tickets"


@command(PANEL, "pmone demo", "pmone demo --eps 0.01 --fit adaptive")
def demo(
    eps: Eps = "0.1",
    delta: Delta = "0.01",
    seed: Seed = 1,
    fit: FitOption = Fit.theorem,
    out: Annotated[Path, typer.Option(help="Folder for tickets and pictures.")] = Path("demo-out"),
    output_format: FormatOption = Format.text,
) -> None:
    """Train a network on digits, find it in random ±1 networks, certify the tickets, run them."""
    checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    out.mkdir(parents=True, exist_ok=True)
    with reporting("demo") as progress:
        result = main_job.run(
            eps=eps, delta=delta, seed=seed, fit=fit.value, out=out, progress=progress
        )
    paths = pictures.draw(result, out)
    if output_format is Format.json:
        typer.echo(printing.as_json(result.as_dict()))
    else:
        printing.print_demo(result, paths)
    raise typer.Exit(result.exit_code)
