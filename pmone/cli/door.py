"""What every command shares: the application, its exit codes, and how results are delivered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console

from constructions import InputError
from constructions.files import write_text
from pmone.cli import printing
from proofs import provenance

REJECTED, USAGE, INCONCLUSIVE, MALFORMED, INTERRUPTED = 1, 2, 3, 4, 130
UNREAD = 141  # as a shell calls a program that wrote to a closed pipe

app = typer.Typer(
    name="pmone",
    help="Strong lottery tickets in random ±1 networks: find them, certify them, prove them.",
    epilog="Exit codes: 0 done; 1 refuted or rejected; 2 usage; 3 inconclusive, or no ticket in "
    "this draw; 4 malformed input; 130 interrupted; 141 output closed.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., None])


def command(panel: str, *examples: str) -> Callable[[Command], Command]:
    """Register a command under a heading of the help, with examples below its own help."""
    shown = "[bold]Example[/bold]: " + "  ".join(examples)
    return app.command(rich_help_panel=panel, epilog=shown)


@app.callback(invoke_without_command=True)
def front_door(context: typer.Context) -> None:  # noqa: D103  (its docstring would replace the help)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def checked(hint: str, action: Callable[[], Result]) -> Result:
    """Return action(), with a fault in it reported as a fault of an option (exit code 2)."""
    try:
        return action()
    except InputError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from None


def effort_name(full: bool) -> str:
    """Return the name of the effort that --full or --quick asks for."""
    return "full" if full else "quick"


def workers_or_all(jobs: int | None) -> int:
    """Return the number of workers, every core of this machine if it was left open."""
    return int(provenance.hardware()["cores"]) if jobs is None else jobs


def present(show: Callable[[Console], None], out: Path | None) -> None:
    """Show something on stdout, or write what would be shown to a file."""
    console = printing.console() if out is None else printing.recorder()
    show(console)
    if out is not None:
        deliver(console.export_text().rstrip(), out)


def deliver(text: str, out: Path | None) -> None:
    """Write a result to stdout, or to a file and say so on stderr."""
    if out is None:
        typer.echo(text)
        return
    write_text(out, text + "\n")
    typer.echo(f"Written to {out}", err=True)
