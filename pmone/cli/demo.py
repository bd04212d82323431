"""The command that shows everything at once: train, find, certify, run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from constructions.quantize import check_tolerances
from pmone.cli import printing
from pmone.cli.checkout import Unavailable, room_of_checkout
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
    """Train a network on digits, find it in random ±1 networks, certify the tickets, run them.

    From a checkout it also draws pictures of the tickets and their errors.
    """
    checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    out.mkdir(parents=True, exist_ok=True)
    with reporting("demo") as progress:
        result = main_job.run(
            eps=eps, delta=delta, seed=seed, fit=fit.value, out=out, progress=progress
        )
    paths = draw(result, out)
    if output_format is Format.json:
        typer.echo(printing.as_json(result.as_dict()))
    else:
        printing.print_demo(result, out, paths)
    raise typer.Exit(result.exit_code)


def draw(result: main_job.Demo, out: Path) -> list[Path]:
    """Draw the demo's pictures, or say on stderr why there are none."""
    try:
        with room_of_checkout("`pmone demo`"):
            from figures import demo as pictures
    except Unavailable as reason:
        typer.echo(f"pmone: no pictures drawn: {reason}", err=True)
        return []
    return pictures.draw(result, out)
