"""Commands about claims: verify them, audit their constants, explain one, report on all."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pmone.cli import printing
from pmone.cli.checkout import drawn_figures
from pmone.cli.door import checked, command, deliver, effort_name, present, workers_or_all
from pmone.cli.options import (
    AuditTable,
    Cache,
    ClaimLabels,
    Effort,
    Format,
    FormatOption,
    Jobs,
    OutFile,
    ReportFormat,
    RunSeed,
    TableFormat,
    output_file,
)
from pmone.cli.progress import reporting
from proofs import folders
from proofs.audit import tables as audit_tables
from proofs.claims import places, registry
from proofs.report import (
    Store,
    print_audit,
    print_claim,
    print_constants,
    print_labels,
    print_places,
    print_report,
    render,
    verdict_line,
    work,
)
from proofs.report.page import figure_files

PANEL = "Claims"


def store_in(cache: Path | None) -> Store:
    """Return the store of results in this folder, or in the user's."""
    return Store(folders.cache() if cache is None else cache)


def figures_in(folder: Path | None) -> list[Path]:
    """Return the figures of this folder, or of the checkout; say on stderr if there are none."""
    folder = drawn_figures() if folder is None else folder
    if folder is None:
        typer.echo("No figures embedded: they come with a checkout of pmone.", err=True)
        return []
    return figure_files(folder)


@command(PANEL, "pmone verify", "pmone verify B5 S5 --full --jobs 2")
def verify(
    claims: ClaimLabels = None,
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    output_format: Annotated[
        ReportFormat, typer.Option("--format", help="How to print the result.")
    ] = ReportFormat.text,
    details: Annotated[
        bool, typer.Option("--details", help="Show each claim's evidence, and counterexamples.")
    ] = False,
    out: OutFile = None,
    cache: Cache = None,
) -> None:
    """Run the suite: every claim, the rung it earns, and its evidence.

    An interrupted run resumes; the numbers depend on the seed alone.

    --full compiles the machine-checked proofs with Coq and judges that;
    --quick reads what their last compilation found, if there is one.
    """
    store, effort = store_in(cache), effort_name(full)
    for label in claims or ():
        checked("CLAIM", partial(work.find_claim, label))
    with reporting("verify") as progress:
        report = work.verify(claims, effort, seed, workers_or_all(jobs), store, progress)
    if output_format is ReportFormat.json:
        deliver(printing.as_json(report), out)
    elif output_format is ReportFormat.html:
        deliver(render(report, store.audit(effort, seed), figures_in(None)), out)
    else:
        present(partial(print_report, report, details=details), out)
    raise typer.Exit(work.exit_code(report))


@command(PANEL, "pmone audit", "pmone audit --full --format csv --table draws")
def audit(
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    output_format: Annotated[
        TableFormat, typer.Option("--format", help="How to print the result.")
    ] = TableFormat.text,
    table: Annotated[
        AuditTable, typer.Option(help="Which table, with --format csv.")
    ] = AuditTable.constants,
    brief: Annotated[
        bool, typer.Option("--brief", help="Print the constants only, one line per claim.")
    ] = False,
    out: OutFile = None,
    cache: Cache = None,
) -> None:
    """Show every constant hidden in a Θ: stated, proved, and the smallest that works."""
    with reporting("audit") as progress:
        result = work.audit(
            effort_name(full), seed, workers_or_all(jobs), store_in(cache), progress
        )
    if output_format is TableFormat.json:
        deliver(printing.as_json(result), out)
    elif output_format is TableFormat.csv:
        deliver(audit_tables.as_csv(result, table.value).rstrip(), out)
    else:
        present(partial(print_constants if brief else print_audit, result), out)
    raise typer.Exit(work.exit_code(result))


@command(PANEL, "pmone explain", "pmone explain S5")
def explain(
    claim: Annotated[
        str | None,
        typer.Argument(metavar="[CLAIM]", help="A label, such as E1; all labels if absent."),
    ] = None,
    output_format: FormatOption = Format.text,
    cache: Cache = None,
) -> None:
    """Show one claim: statement, what it rests on, proof, evidence so far, and all its places.

    Places are file and line of the statement, its checks, the code and tests that cite the label,
    and the theorems of Coq. Without a label, all labels are listed with their titles.
    """
    if claim is None:
        if output_format is Format.json:
            typer.echo(printing.as_json(work.labels()))
        else:
            print_labels(registry.claims().values(), printing.console())
        return
    found = checked("CLAIM", lambda: work.find_claim(claim))
    if output_format is Format.json:
        typer.echo(printing.as_json(work.explain(claim, store_in(cache))))
        return
    console = printing.console()
    print_claim(found, work.used_by(found.id), store_in(cache).claim(found.id), console)
    print_places(places.places(found.id), places.root(), console)


@command(PANEL, "pmone report --full --jobs 2 --out report.html")
def report(
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    out: Annotated[
        Path, typer.Option(help="Where to write the page.", callback=output_file)
    ] = Path("pmone-report.html"),
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Figures to embed, if there are any.",
            show_default="figures/out of the checkout",
        ),
    ] = None,
    cache: Cache = None,
) -> None:
    """Write one self-contained HTML page: claims, graph, near misses, audit, figures.

    Results of the last run are used if the same code made them; what is missing is run.
    """
    store, effort, workers = store_in(cache), effort_name(full), workers_or_all(jobs)
    with reporting("verify") as progress:
        claims = store.report(effort, seed) or work.verify(
            None, effort, seed, workers, store, progress
        )
    with reporting("audit") as progress:
        audited = store.audit(effort, seed) or work.audit(effort, seed, workers, store, progress)
    deliver(render(claims, audited, figures_in(figures)), out)
    typer.echo(verdict_line(claims))
    raise typer.Exit(work.exit_code(claims, audited))
