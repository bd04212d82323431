"""The front door: the `pmone` command. Every sub-command is one call into a room.

Results go to stdout, progress to stderr. Exit codes: 0 all that was asked reached its required
rung; 1 refuted or rejected; 2 usage; 3 inconclusive or skipped, a draw without a ticket included;
4 malformed input; 130 interrupted.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer
from rich.console import Console

from constructions import (
    CONSTRUCTIONS,
    Ball,
    Box,
    InputError,
    NoTicket,
    TargetNetwork,
    plan_for,
)
from constructions.peers import load as load_ticket
from constructions.peers.data import digits, mnist
from constructions.quantize import check_tolerances
from constructions.readers import load_target
from figures import demo as pictures
from figures import gallery
from paper import generate as paper_text
from paper import sources as paper_data
from proofs import demo as main_job
from proofs import environment, printing, sweeps
from proofs import peers_compare as comparison
from proofs.audit import tables as audit_tables
from proofs.kernel import check
from proofs.progress import reporting
from proofs.report import Store, print_audit, print_claim, print_report, render, work
from proofs.report.page import figure_files
from proofs.report.store import default_folder
from proofs.sweeps import table as sweep_table

REJECTED, USAGE, INCONCLUSIVE, MALFORMED, INTERRUPTED = 1, 2, 3, 4, 130

app = typer.Typer(
    name="pmone",
    help="Strong lottery tickets in random ±1 networks: find them, certify them, prove them.",
    epilog="Exit codes: 0 done; 1 refuted or rejected; 2 usage; 3 inconclusive, or no ticket in "
    "this draw; 4 malformed input; 130 interrupted.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


Result = TypeVar("Result")


class Format(enum.StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


class Backend(enum.StrEnum):
    """Where sweeps run."""

    joblib = "joblib"
    dask = "dask"


class ReportFormat(enum.StrEnum):
    """How a report is printed."""

    text = "text"
    json = "json"
    html = "html"


class TableFormat(enum.StrEnum):
    """How an audit is printed."""

    text = "text"
    json = "json"
    csv = "csv"


class AuditTable(enum.StrEnum):
    """The audit's tables."""

    constants = "constants"
    parameters = "parameters"
    draws = "draws"
    practical = "practical"
    limit = "limit"


class Name(enum.StrEnum):
    """The constructions."""

    horner = "horner"
    sign_agnostic = "sign-agnostic"
    blocks = "blocks"


class Fit(enum.StrEnum):
    """What the plan must serve."""

    theorem = "theorem"
    adaptive = "adaptive"


def _between(low: int, high: int) -> Callable[[int | None], int | None]:
    """Return a check of an option that names its value and what was expected."""

    def check(value: int | None) -> int | None:
        if value is not None and not low <= value <= high:
            raise typer.BadParameter(f"{value}: expected an integer from {low} to {high}")
        return value

    return check


Eps = Annotated[str, typer.Option("--eps", metavar="E", help="Accuracy ε > 0.")]
Delta = Annotated[
    str, typer.Option("--delta", metavar="D", help="Allowed failure probability, 0 < δ < 1.")
]
Seed = Annotated[
    int,
    typer.Option("--seed", callback=_between(0, 2**64 - 1), help="Seed of the random ±1 network."),
]
FitOption = Annotated[
    Fit,
    typer.Option(
        help="theorem: the shape that serves the whole class of targets; "
        "adaptive: the fewest bits that are enough for this target."
    ),
]
DomainOption = Annotated[
    str, typer.Option("--domain", metavar="ball:R|box:LO:HI", help="Where ε is to hold.")
]
NonnegativeOption = Annotated[
    bool, typer.Option("--nonnegative", help="The inputs of the domain are ≥ 0.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result.")]
TargetFile = Annotated[
    Path,
    typer.Argument(
        metavar="TARGET",
        exists=True,
        dir_okay=False,
        help="Trained network: .npz with W1…Wl (and b1…bl), .onnx, or .safetensors.",
    ),
]
TicketFile = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Ticket file.")
]

ClaimLabels = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLAIM]...", help="Labels, such as E1 or S5; all claims if absent."),
]
Effort = Annotated[
    bool,
    typer.Option("--full/--quick", help="quick: under two minutes on two cores; full: thirty."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        callback=_between(1, 1024), help="Workers.", show_default="every core of this machine"
    ),
]
RunSeed = Annotated[int, typer.Option("--seed", callback=_between(0, 2**64 - 1), help="Root seed.")]
OutFile = Annotated[
    Path | None, typer.Option("--out", metavar="PATH", help="A file instead of stdout.")
]
Cache = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        file_okay=False,
        help="Where results are kept.",
        show_default="$PMONE_CACHE, or pmone in the user's cache",
    ),
]
FIGURES = Path(__file__).resolve().parent / "figures" / "out"


def _example(*lines: str) -> str:
    """Return an epilog with examples, one a line."""
    return "[bold]Example[/bold]: " + "  ".join(lines)


@app.callback(invoke_without_command=True)
def front_door(context: typer.Context) -> None:  # noqa: D103  (its docstring would replace the help)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(
    epilog=_example("pmone prune model.npz --eps 0.01 --delta 0.01 --seed 1 -o ticket.npz")
)
def prune(
    target: TargetFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the ticket.")
    ],
    eps: Eps = "0.01",
    delta: Delta = "0.01",
    seed: Seed = 1,
    construction: Annotated[
        Name, typer.Option(help="horner is S (narrowest), sign-agnostic A, blocks B (the paper's).")
    ] = Name.horner,
    fit: FitOption = Fit.theorem,
    domain: DomainOption = "ball:1",
    nonnegative: NonnegativeOption = False,
    output_format: FormatOption = Format.text,
) -> None:
    """Find TARGET in the random ±1 network that the seed draws, and write the ticket."""
    _checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    if not output.parent.is_dir():
        raise typer.BadParameter(f"{output.parent} is not a folder", param_hint="--output")
    network = load_target(target)
    network = _checked("--domain", lambda: _with_domain(network, domain, nonnegative))
    with reporting("prune") as progress:
        plan = plan_for(network, eps, delta, construction.value, fit.value)
        chosen = CONSTRUCTIONS[construction.value]
        ticket = chosen.prune(network, plan, plan.signs(seed), progress)
    ticket.save(output)
    result = {
        "schema": "pmone-prune/1",
        "file": str(output),
        **ticket.describe(),
        "fit": fit.value,
        "serves": plan.precision.serves,
        "p": plan.p,
        "bound_failure": plan.bound_failure,
        "versions": environment.versions(),
        "commit": environment.commit(),
    }
    if output_format is Format.json:
        typer.echo(printing.as_json(result))
        return
    typer.echo(
        printing.pairs(
            f"Ticket written to {output}",
            {
                "construction": construction.value,
                "target": "-".join(map(str, network.dims)) + f" on {network.domain.describe()}",
                "accuracy, failure": f"ε = {ticket.eps}, δ = {ticket.delta}",
                "shape serves": plan.precision.serves,
                "bits": f"p = {plan.p}",
                "random network": f"seed {seed}, width {plan.N:,}, depth {plan.L:,}, "
                f"{plan.random_weights:,} weights",
                "kept weights": f"{ticket.kept_weights:,}",
            },
        )
    )
    typer.echo(f"Certify it:  pmone certify {output} --target {target}")


@app.command(epilog=_example("pmone certify ticket.npz --target model.npz"))
def certify(
    file: TicketFile,
    target: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The target must be this one, bit for bit."),
    ] = None,
    output_format: FormatOption = Format.text,
) -> None:
    """Let the trusted kernel check a ticket, for all inputs of its domain."""
    weights = None if target is None else load_target(target).weights
    with reporting("certify") as progress:
        certificate = check(file, target=weights, progress=progress)
    if output_format is Format.json:
        typer.echo(printing.as_json(certificate.as_dict()))
    else:
        typer.echo(str(certificate))
    raise typer.Exit(certificate.exit_code)


@app.command(epilog=_example("pmone run ticket.npz --input X.npy -o Y.npy"))
def run(
    file: TicketFile,
    inputs: Annotated[
        Path,
        typer.Option(
            "--input", exists=True, dir_okay=False, help="Features, .npy of shape (…, d)."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the outputs.")],
) -> None:
    """Evaluate a ticket in float64; exact arithmetic is what `certify` is for."""
    ticket = load_ticket(file)
    try:
        x = np.load(inputs, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{inputs}: not a .npy file of numbers ({error})") from error
    if x.dtype.kind not in "biuf":
        raise InputError(f"{inputs} has dtype {x.dtype}: expected real numbers")
    y = ticket.run(x)
    np.save(output, y)
    typer.echo(f"{output}: outputs of shape {y.shape}")


@app.command(epilog=_example("pmone demo", "pmone demo --eps 0.01 --fit adaptive"))
def demo(
    eps: Eps = "0.1",
    delta: Delta = "0.01",
    seed: Seed = 1,
    fit: FitOption = Fit.theorem,
    out: Annotated[Path, typer.Option(help="Folder for tickets and pictures.")] = Path("demo-out"),
    output_format: FormatOption = Format.text,
) -> None:
    """Train a network on digits, find it in random ±1 networks, certify the tickets, run them."""
    _checked("--eps or --delta", lambda: check_tolerances(eps, delta))
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


@app.command(epilog=_example("pmone verify", "pmone verify B5 S5 --full --jobs 2"))
def verify(
    claims: ClaimLabels = None,
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    output_format: Annotated[
        ReportFormat, typer.Option("--format", help="How to print the result.")
    ] = ReportFormat.text,
    out: OutFile = None,
    cache: Cache = None,
) -> None:
    """Run the suite: every claim, the rung it earns, and its evidence.

    An interrupted run resumes; the numbers depend on the seed, not on the workers.
    """
    store, effort = _store(cache), _effort(full)
    for label in claims or ():
        _checked("CLAIM", partial(work.find_claim, label))
    with reporting("verify") as progress:
        report = work.verify(claims, effort, seed, _workers(jobs), store, progress)
    if output_format is ReportFormat.json:
        _deliver(printing.as_json(report), out)
    elif output_format is ReportFormat.html:
        _deliver(render(report, store.audit(effort, seed), figure_files(FIGURES)), out)
    else:
        _print(partial(print_report, report), out)
    raise typer.Exit(work.exit_code(report))


@app.command(epilog=_example("pmone audit", "pmone audit --full --format csv --table draws"))
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
    out: OutFile = None,
    cache: Cache = None,
) -> None:
    """Show every constant hidden in a Θ: stated, proved, and the smallest that works."""
    with reporting("audit") as progress:
        result = work.audit(_effort(full), seed, _workers(jobs), _store(cache), progress)
    if output_format is TableFormat.json:
        _deliver(printing.as_json(result), out)
    elif output_format is TableFormat.csv:
        _deliver(audit_tables.as_csv(result, table.value).rstrip(), out)
    else:
        _print(partial(print_audit, result), out)
    raise typer.Exit(work.exit_code(result))


@app.command(
    epilog=_example("pmone compare model.npz --eps 0.05", "pmone compare model.npz --popup digits")
)
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
    trials: Annotated[int, typer.Option(help="Draws that count successes.")] = comparison.TRIALS,
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
    _checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    network = load_target(target)
    network = _checked("--domain", lambda: _with_domain(network, domain, nonnegative))
    data = None if popup is None else digits() if popup == "digits" else mnist(popup)
    with reporting("compare") as progress:
        result = _checked(
            "--construction or --trials",
            lambda: comparison.compare(
                network,
                eps,
                delta,
                seed=seed,
                names=names or None,
                trials=trials,
                data=data,
                progress=progress,
            ),
        )
    if output_format is TableFormat.json:
        _deliver(printing.as_json(result.as_dict()), out)
    elif output_format is TableFormat.csv:
        _deliver(result.as_csv().rstrip(), out)
    else:
        _print(partial(printing.print_comparison, result), out)
    raise typer.Exit(result.exit_code)


@app.command(epilog=_example("pmone explain S5"))
def explain(
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="A label, such as E1.")],
    output_format: FormatOption = Format.text,
    cache: Cache = None,
) -> None:
    """Show one claim: statement, what it rests on, proof, checks, and the evidence so far."""
    found = _checked("CLAIM", lambda: work.find_claim(claim))
    if output_format is Format.json:
        typer.echo(printing.as_json(work.explain(claim, _store(cache))))
        return
    print_claim(found, work.used_by(found.id), _store(cache).claim(found.id), printing.console())


@app.command(epilog=_example("pmone report --full --jobs 2 --out report.html"))
def report(
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    out: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("pmone-report.html"),
    figures: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Figures to embed, if there are any.")
    ] = FIGURES,
    cache: Cache = None,
) -> None:
    """Write one self-contained HTML page: claims, graph, false friends, audit, figures.

    Results of the last run are used if the same code made them; what is missing is run.
    """
    store, effort, workers = _store(cache), _effort(full), _workers(jobs)
    if not out.parent.is_dir():
        raise typer.BadParameter(f"{out.parent} is not a folder", param_hint="--out")
    with reporting("verify") as progress:
        claims = store.report(effort, seed) or work.verify(
            None, effort, seed, workers, store, progress
        )
    with reporting("audit") as progress:
        audited = store.audit(effort, seed) or work.audit(effort, seed, workers, store, progress)
    _deliver(render(claims, audited, figure_files(figures)), out)
    raise typer.Exit(work.exit_code(claims, audited))


@app.command(epilog=_example("pmone paper", "pmone paper --fresh demo audit"))
def paper(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help=f"With --fresh: of {', '.join(paper_data.SOURCES)}; all if absent.",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute the paper's data anew (minutes).")
    ] = False,
    full: Effort = False,
    jobs: Jobs = None,
) -> None:
    """Render the paper's numbers, tables and figures from data; `make paper` sets the PDF."""
    if sources and not fresh:
        raise typer.BadParameter("only with --fresh", param_hint="SOURCE")
    if fresh:
        with reporting("paper") as progress:
            paper_data.refresh(
                sources or None, "full" if full else "quick", _workers(jobs), progress=progress
            )
    for path in [*paper_text.render(), *paper_text.draw()]:
        typer.echo(path)


@app.command(
    epilog=_example(
        "pmone sweep error-vs-width --full --jobs 2 --out errors.csv", "pmone sweep list"
    )
)
def sweep(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which sweep; `list` lists them.")],
    full: Effort = False,
    jobs: Jobs = None,
    seed: RunSeed = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Rows go here as they come; an earlier run resumes."),
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="joblib: this machine; dask: a cluster, the same rows.")
    ] = Backend.joblib,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Dask cluster; without it, one starts here."),
    ] = None,
) -> None:
    """Measure a sweep over constructions, sizes and seeds: rows with seed, versions and time.

    An interrupted run resumes; the rows do not depend on backend, workers or order.
    """
    if name == "list":
        for each in sweeps.SWEEPS.values():
            typer.echo(f"{each.name:<20} {each.about}")
        return
    chosen = _checked("NAME", partial(sweeps.find, name))
    if scheduler is not None and backend is not Backend.dask:
        raise typer.BadParameter("only with --backend dask", param_hint="--scheduler")
    if out is not None and not out.parent.is_dir():
        raise typer.BadParameter(f"{out.parent} is not a folder", param_hint="--out")
    with reporting(f"sweep {name}") as progress:
        rows = sweeps.run(
            name,
            out,
            effort=_effort(full),
            seed=seed,
            jobs=_workers(jobs),
            backend=backend.value,
            scheduler=scheduler,
            progress=progress,
        )
    if out is None:
        typer.echo(sweep_table.text(chosen.columns, rows), nl=False)
    else:
        typer.echo(f"{out}: {len(rows)} rows")


@app.command(epilog=_example("pmone figures", "pmone figures error-vs-width --fresh"))
def figures(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help=f"Of {', '.join(gallery.PICTURES)}; all if absent."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute the data anew first (minutes).")
    ] = False,
    jobs: Jobs = None,
    data: Annotated[
        Path, typer.Option(help="Folder of the numbers, CSV.", show_default="figures/data")
    ] = gallery.DATA,
    out: Annotated[
        Path, typer.Option(help="Folder of the figures.", show_default="figures/out")
    ] = gallery.OUT,
) -> None:
    """Draw the figures from their data, as PDF, SVG and PNG; the same data give the same bytes."""
    _checked("NAME", partial(gallery.choose, names or ()))
    with reporting("figures") as progress:
        paths = gallery.regenerate(
            names or (), fresh=fresh, data=data, out=out, jobs=_workers(jobs), progress=progress
        )
    for path in paths:
        typer.echo(path)


@app.command(epilog=_example("pmone doctor", "pmone doctor --format json"))
def doctor(output_format: FormatOption = Format.text) -> None:
    """Show the environment: versions, and which optional parts are missing."""
    parts = environment.survey()
    if output_format is Format.json:
        typer.echo(
            printing.as_json(
                {
                    "schema": "pmone-doctor/1",
                    "versions": environment.versions(),
                    "commit": environment.commit(),
                    "machine": environment.machine(),
                    "parts": [
                        {"name": p.name, "purpose": p.purpose, "version": p.version} for p in parts
                    ],
                }
            )
        )
    else:
        table = printing.table("part", "version", "what it is for", "if it is missing")
        for part in parts:
            version = part.version or ("[red]missing[/red]" if part.required else "not found")
            table.add_row(part.name, version, part.purpose, "" if part.found else part.remedy)
        printing.console().print(table)
        versions = environment.versions()
        typer.echo(f"pmone {versions.get('pmone', 'not installed')}, Python {versions['python']}")
    if not all(part.found for part in parts if part.required):
        raise typer.Exit(REJECTED)


def main() -> None:
    """Run the command and leave with the documented exit code."""
    try:
        app()  # leaves by SystemExit; usage errors with 2
    except SystemExit as left:
        if left.code == INTERRUPTED:
            typer.echo("pmone: interrupted; `pmone verify` resumes when run again", err=True)
        raise
    except NoTicket as failure:
        typer.echo(f"pmone: {failure}. Nothing is drawn again; another --seed may do.", err=True)
        sys.exit(INCONCLUSIVE)
    except InputError as error:
        typer.echo(f"pmone: {error}", err=True)
        sys.exit(MALFORMED)
    except (OSError, ImportError) as error:
        typer.echo(f"pmone: {error}", err=True)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        typer.echo("pmone: interrupted", err=True)
        sys.exit(INTERRUPTED)


# -- options and printing --------------------------------------------------------------------------


def _checked(hint: str, action: Callable[[], Result]) -> Result:
    """Return action(), with a fault in it reported as a fault of an option (exit code 2)."""
    try:
        return action()
    except InputError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from None


def _store(cache: Path | None) -> Store:
    return Store(default_folder() if cache is None else cache)


def _effort(full: bool) -> str:
    return "full" if full else "quick"


def _workers(jobs: int | None) -> int:
    return int(environment.machine()["cores"]) if jobs is None else jobs


def _print(show: Callable[[Console], None], out: Path | None) -> None:
    """Show something on stdout, or write what would be shown to a file."""
    console = printing.console() if out is None else printing.recorder()
    show(console)
    if out is not None:
        _deliver(console.export_text().rstrip(), out)


def _deliver(text: str, out: Path | None) -> None:
    """Write a result to stdout, or to a file and say so on stderr."""
    if out is None:
        typer.echo(text)
        return
    out.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"Written to {out}", err=True)


def _with_domain(network: TargetNetwork, text: str, nonnegative: bool) -> TargetNetwork:
    kind, *values = text.split(":")
    if kind == "ball" and len(values) == 1:
        return network.with_domain(Ball(values[0], nonnegative))  # type: ignore[arg-type]
    if kind == "box" and len(values) == 2:
        box = Box.uniform(values[0], values[1], network.features)
        if nonnegative and not box.nonnegative:
            raise InputError(f"{text} has inputs below 0: expected none with --nonnegative")
        return network.with_domain(box)
    raise InputError(f"{text!r}: expected ball:R or box:LO:HI, such as ball:1 or box:0:1")


if __name__ == "__main__":
    main()
