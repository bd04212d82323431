"""The front door: the `pmone` command. Every sub-command is one call into a room.

Results go to stdout, progress to stderr. Exit codes: 0 all that was asked reached its required
rung; 1 refuted or rejected; 2 usage; 3 inconclusive or skipped, a draw without a ticket included;
4 malformed input; 130 interrupted.
"""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from constructions import (
    CONSTRUCTIONS,
    Ball,
    Box,
    InputError,
    NoTicket,
    TargetNetwork,
    Ticket,
    plan_for,
)
from constructions.quantize import check_tolerances
from constructions.readers import load_target
from figures import demo as pictures
from proofs import demo as main_job
from proofs import environment
from proofs.kernel import check
from proofs.progress import reporting

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


class Name(enum.StrEnum):
    """The constructions."""

    horner = "horner"
    sign_agnostic = "sign-agnostic"
    blocks = "blocks"


class Fit(enum.StrEnum):
    """What the plan must serve."""

    theorem = "theorem"
    adaptive = "adaptive"


Eps = Annotated[str, typer.Option("--eps", metavar="E", help="Accuracy ε > 0.")]
Delta = Annotated[
    str, typer.Option("--delta", metavar="D", help="Allowed failure probability, 0 < δ < 1.")
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**64 - 1, help="Seed of the random ±1 network.")
]
FitOption = Annotated[
    Fit,
    typer.Option(
        help="theorem: the shape that serves the whole class of targets; "
        "adaptive: the fewest bits that are enough for this target."
    ),
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
    domain: Annotated[
        str, typer.Option(metavar="ball:R|box:LO:HI", help="Where ε is to hold.")
    ] = "ball:1",
    nonnegative: Annotated[
        bool, typer.Option("--nonnegative", help="The inputs of the domain are ≥ 0.")
    ] = False,
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
        _print_json(result)
        return
    _print_pairs(
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
        _print_json(certificate.as_dict())
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
    ticket = Ticket.load(file)
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
        _print_json(result.as_dict())
    else:
        _print_demo(result, paths)
    raise typer.Exit(result.exit_code)


@app.command()
def doctor(output_format: FormatOption = Format.text) -> None:
    """Show the environment: versions, and which optional parts are missing."""
    parts = environment.survey()
    if output_format is Format.json:
        _print_json(
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
    else:
        table = _table("part", "version", "what it is for", "if it is missing")
        for part in parts:
            version = part.version or ("[red]missing[/red]" if part.required else "not found")
            table.add_row(part.name, version, part.purpose, "" if part.found else part.remedy)
        _console().print(table)
        versions = environment.versions()
        typer.echo(f"pmone {versions.get('pmone', 'not installed')}, Python {versions['python']}")
    if not all(part.found for part in parts if part.required):
        raise typer.Exit(REJECTED)


def main() -> None:
    """Run the command and leave with the documented exit code."""
    try:
        app()  # leaves by SystemExit; usage errors with 2
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


def _console() -> Console:
    # Wide enough for every table where stdout is not a terminal, and not cut at 80 columns.
    return Console() if sys.stdout.isatty() else Console(width=140)


def _table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _print_pairs(title: str, pairs: dict[str, str]) -> None:
    typer.echo(title)
    width = max(map(len, pairs))
    for key, value in pairs.items():
        typer.echo(f"  {key:<{width}}  {value}")


def _print_demo(result: Any, paths: list[Path]) -> None:
    digits, images = result.digits, len(result.digits.labels)
    target = digits.target
    shape = "-".join(map(str, (target.features, *main_job.HIDDEN, target.dims[-1])))
    typer.echo(
        f"Target: an MLP with biases, {shape}, trained on scikit-learn's digits in "
        f"{result.train_seconds:.1f} s;\n"
        f"it labels {digits.correct} of {images} held-out images correctly "
        f"({digits.correct / images:.1%}).\n"
        f"Wanted: ‖target − ticket‖₂ ≤ ε = {result.eps} for all x in [0, 1]^{target.features}; "
        f"one random ±1 network each, seed {result.seed}, δ = {result.delta}.\n"
    )
    columns = ("construction", "width", "depth", "random weights", "kept", "certified bound")
    tail = ("verdict", "correct", "provably same label", "prune", "certify")
    table = _table(*columns, *tail, right=(*columns[1:], *tail[1:]))
    for trial in result.trials:
        size = (trial.name, f"{trial.plan.N:,}", f"{trial.plan.L:,}")
        random_weights = f"{trial.plan.random_weights:.3g}"
        if trial.certificate is None:
            table.add_row(*size, random_weights, "–", "–", "no ticket", *("–",) * 4)
            continue
        bound = trial.certificate.bound
        table.add_row(
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
    _console().print(table)
    for trial in result.trials:
        if trial.no_ticket:
            typer.echo(f"{trial.name}: {trial.no_ticket}")
        for reason in trial.certificate.reasons if trial.certificate else ():
            typer.echo(f"{trial.name}: {reason}")
    tickets = [trial.path.name for trial in result.trials if trial.path]
    folder = paths[0].parent if paths else "."
    typer.echo(f"\nIn {folder}: {', '.join(tickets)}; {', '.join(p.name for p in paths)}")


if __name__ == "__main__":
    main()
