"""Commands that measure: compare the constructions, sweep over sizes and seeds."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from constructions.popup.data import digits, mnist
from constructions.quantize import check_tolerances
from constructions.targets.readers import load_target
from pmone.cli import printing
from pmone.cli.domains import with_domain
from pmone.cli.door import (
    checked,
    command,
    deliver,
    effort_name,
    present,
    workers_or_all,
)
from pmone.cli.options import (
    Backend,
    Delta,
    DomainOption,
    Effort,
    Eps,
    Jobs,
    NonnegativeOption,
    OutFile,
    RowsFormat,
    RunSeed,
    TableFormat,
    TargetFile,
    between,
    number,
    output_file,
)
from pmone.cli.progress import reporting
from proofs.experiments import sweeps
from proofs.experiments.compare import run as comparison
from proofs.experiments.sweeps import csv_file

PANEL = "Measurements"


@command(PANEL, "pmone compare model.npz --eps 0.05", "pmone compare model.npz --popup digits")
def compare(
    target: TargetFile,
    eps: Eps = "0.1",
    delta: Delta = "0.1",
    seed: RunSeed = 0,
    domain: DomainOption = "ball:1",
    nonnegative: NonnegativeOption = False,
    names: Annotated[
        list[str] | None,
        typer.Option("--construction", help="Only this one; may be given several times."),
    ] = None,
    trials: Annotated[
        int,
        typer.Option(
            parser=between(0, 10**6),
            metavar="N",
            help="Draws that count successes.",
        ),
    ] = comparison.TRIALS,
    seconds: Annotated[
        float,
        typer.Option(
            parser=number,
            metavar="S",
            help="What a construction may take: by estimate, or else it is planned and not run; "
            "and for its draws.",
        ),
    ] = comparison.SECONDS,
    jobs: Jobs = None,
    memory: Annotated[bool, typer.Option(help="Run each once more, to trace its memory.")] = True,
    popup: Annotated[
        str | None,
        typer.Option(
            metavar="digits|FOLDER",
            help="Run edge-popup too: on scikit-learn's digits, or on the IDX files of a folder.",
        ),
    ] = None,
    output_format: Annotated[
        TableFormat, typer.Option("--format", help="How to print the result.")
    ] = TableFormat.text,
    out: OutFile = None,
) -> None:
    """Compare all constructions, ours and the peers', on one target with one certificate."""
    checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    network = load_target(target)
    network = checked("--domain", lambda: with_domain(network, domain, nonnegative))
    data = None if popup is None else digits() if popup == "digits" else mnist(popup)
    with reporting("compare") as progress:
        result = checked(
            "--construction or --seconds",
            lambda: comparison.compare(
                network,
                eps,
                delta,
                seed=seed,
                names=names or None,
                trials=trials,
                seconds=seconds,
                jobs=workers_or_all(jobs),
                memory=memory,
                data=data,
                progress=progress,
            ),
        )
    if output_format is TableFormat.json:
        deliver(printing.as_json(result.as_dict()), out)
    elif output_format is TableFormat.csv:
        deliver(result.as_csv().rstrip(), out)
    else:
        present(partial(printing.print_comparison, result), out)
    raise typer.Exit(result.exit_code)


@command(PANEL, "pmone sweep error-vs-width --full --jobs 2 --out errors.csv", "pmone sweep list")
def sweep(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which sweep; `list` lists them.")],
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            callback=output_file,
            help="Rows go here as they come; an earlier run resumes.",
        ),
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="joblib: this machine; dask: a cluster, the same rows.")
    ] = Backend.joblib,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Dask cluster; without it, one starts here."),
    ] = None,
    output_format: Annotated[
        RowsFormat, typer.Option("--format", help="csv: the rows; text: a table for reading.")
    ] = RowsFormat.csv,
) -> None:
    """Measure a sweep over constructions, sizes and seeds: rows with seed, versions and time.

    An interrupted run resumes; the rows do not depend on backend, workers or order.
    """
    if name == "list":
        for each in sweeps.SWEEPS.values():
            typer.echo(f"{each.name:<22} {each.about}")
        return
    chosen = checked("NAME", partial(sweeps.find, name))
    if scheduler is not None and backend is not Backend.dask:
        raise typer.BadParameter("only with --backend dask", param_hint="--scheduler")
    with reporting(f"sweep {name}") as progress:
        rows = sweeps.run(
            name,
            out,
            effort=effort_name(full),
            seed=seed,
            jobs=workers_or_all(jobs),
            backend=backend.value,
            scheduler=scheduler,
            progress=progress,
        )
    if output_format is RowsFormat.text:
        present(partial(printing.print_summary, chosen.summary(rows)), None)
    elif out is None:
        typer.echo(csv_file.text(chosen.columns, rows), nl=False)
    if out is not None:
        typer.echo(f"{out}: {len(rows)} rows", err=output_format is RowsFormat.text)
