"""The front door: the `pmone` command. Every sub-command is one call into a room.

Results go to stdout, progress to stderr. Exit codes: 0 all that was asked reached its required
rung; 1 refuted or rejected; 2 usage; 3 inconclusive or skipped, a draw without a ticket included;
4 malformed input; 130 interrupted; 141 nobody reads the output on.

`find` and `export` have the commands about tickets, `demo` the main job, `prove` what is about
claims, `study` the measurements, `write` the figures and the paper; `door` is what they share,
`options` what they take. Only the module of the command that was asked for is imported: finding and
certifying need neither a computer algebra system nor a plotting library.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

import typer

from constructions.errors import InputError, NoRounding, NoTicket
from pmone.cli.checkout import Unavailable
from pmone.cli.door import INCONCLUSIVE, INTERRUPTED, MALFORMED, UNREAD, USAGE, app

# Where each command is, in the order of the help.
MODULES = {
    "find": ("prune", "inspect", "certify", "run", "labels"),
    "export": ("export",),
    "demo": ("demo",),
    "prove": ("verify", "audit", "explain", "report"),
    "study": ("compare", "sweep"),
    "write": ("figures", "paper", "doctor"),
}


_RESUMING = ("verify", "report", "sweep")


def load(command: str | None = None) -> typer.Typer:
    """Return the application with this command, or with all of them if there is none of that name.

    >>> len(load().registered_commands) == sum(map(len, MODULES.values()))
    True
    """
    having = [module for module, commands in MODULES.items() if command in commands]
    for module in having or MODULES:
        import_module(f"pmone.cli.{module}")
    return app


def main() -> None:
    """Run the command and leave with the documented exit code.

    A request to end (SIGTERM, Ctrl-C) is an interruption: what was begun is cleared away.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    _prepare_output()
    try:
        _run()
    except BrokenPipeError:
        _leave_unread()


def _prepare_output() -> None:
    """Let any terminal be written to: what it cannot show is replaced, what is closed is lost."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open to the end)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _leave_unread() -> NoReturn:
    """Leave when nobody reads on (`| head -1`): as a signal would, for 1 means refuted."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    sys.exit(UNREAD)


def _run() -> None:
    try:
        _obey()
    except SystemExit as left:
        if left.code == INTERRUPTED:
            _tell_interrupted()
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":  # typer met a pipe that is closed
            _leave_unread()
        sys.stdout.flush()
        raise
    except BrokenPipeError:
        raise
    except NoTicket as failure:
        typer.echo(f"pmone: {failure}. Nothing is drawn again; another --seed may do.", err=True)
        sys.exit(INCONCLUSIVE)
    except NoRounding as failure:
        typer.echo(f"pmone: {failure}. Another --rounding-seed may do.", err=True)
        sys.exit(INCONCLUSIVE)
    except InputError as error:
        typer.echo("\n".join(f"pmone: {line}" for line in str(error).split("\n")), err=True)
        sys.exit(MALFORMED)
    except Unavailable as reason:
        typer.echo(f"pmone: {reason}", err=True)
        sys.exit(INCONCLUSIVE)
    except OSError as error:
        said = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        typer.echo(f"pmone: {said}", err=True)
        sys.exit(USAGE)
    except ImportError as error:
        typer.echo(f"pmone: {error}", err=True)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        _tell_interrupted()
        sys.exit(INTERRUPTED)


def _obey() -> None:
    """Run the command; whatever is raised while it is torn down is the request to end itself."""
    try:
        load(sys.argv[1] if len(sys.argv) > 1 else None)()  # leaves by SystemExit; usage with 2
    except Exception as error:
        before = error.__context__
        while before is not None and not isinstance(before, KeyboardInterrupt):
            before = before.__context__
        if before is None:
            raise
        raise KeyboardInterrupt from error


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Break off; an archive that is torn down half written has nothing to say about that."""
    sys.unraisablehook = _ignore
    raise KeyboardInterrupt


def _ignore(unraisable: object) -> None:
    """Take an exception that a destructor raised, after a request to end."""


def _tell_interrupted() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    more = f"; `pmone {name}` resumes when run again" if name in _RESUMING else ""
    typer.echo(f"pmone: interrupted{more}", err=True)
