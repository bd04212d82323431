"""The options that commands take: their types, their checks and their help."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from constructions import ours
from constructions.catalogue import AUTO
from constructions.errors import InputError
from constructions.files import check_output
from constructions.targets.target import exact_decimal


class Format(enum.StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


class Checker(enum.StrEnum):
    """Who checks a ticket."""

    kernel = "kernel"
    verified = "verified"
    both = "both"


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


class RowsFormat(enum.StrEnum):
    """How a sweep's rows are printed."""

    csv = "csv"
    text = "text"


class AuditTable(enum.StrEnum):
    """The audit's tables."""

    constants = "constants"
    parameters = "parameters"
    draws = "draws"
    practical = "practical"
    limit = "limit"


class Fit(enum.StrEnum):
    """What the plan must serve."""

    theorem = "theorem"
    adaptive = "adaptive"


class RoundingKind(enum.StrEnum):
    """How the target's weights become integers."""

    auto = "auto"
    nearest = "nearest"
    random = "random"


def names_of(text: str) -> tuple[str, ...]:
    """Return the names of a list that commas separate."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def number(text: str | float) -> float:
    """Return a real option, written as `--eps` is.

    >>> number("2.5e2")
    250.0
    """
    try:
        return float(exact_decimal("", str(text)))
    except InputError:
        raise typer.BadParameter(f"{text!r}: expected a number, such as 2.5") from None


def between(low: int, high: int) -> Callable[[str | int], int]:
    """Return the parser of an integer option that names its value and what was expected.

    Python's own would take 1_0, ٣ and " 1" too.

    >>> between(0, 60)("12")
    12
    """

    def parse(text: str | int) -> int:
        digits = re.fullmatch(r"[+-]?[0-9]{1,40}", str(text), re.ASCII)
        if not digits or not low <= int(text) <= high:
            shown = text if digits else repr(text)
            raise typer.BadParameter(f"{shown}: expected an integer from {low} to {high}")
        return int(text)

    return parse


def one_of(names: tuple[str, ...]) -> Callable[[str], str]:
    """Return a check of an option whose values are the names of a table."""

    def check(value: str) -> str:
        if value not in names:
            raise typer.BadParameter(f"{value!r}: expected one of {', '.join(names)}")
        return value

    return check


Eps = Annotated[str, typer.Option("--eps", metavar="E", help="Accuracy ε > 0.")]
Delta = Annotated[
    str, typer.Option("--delta", metavar="D", help="Allowed failure probability, 0 < δ < 1.")
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        parser=between(0, 2**64 - 1),
        metavar="N",
        help="Seed of the random ±1 network.",
    ),
]
ConstructionOption = Annotated[
    str,
    typer.Option(
        "--construction",
        metavar="NAME",
        callback=one_of((*ours(), AUTO)),
        help="grouped (S*), horner (S), sign-agnostic (A), blocks (B, our form of the paper's), or "
        "auto: whichever needs the fewest random weights.",
    ),
]
FitOption = Annotated[
    Fit,
    typer.Option(
        help="theorem: the shape that serves the whole class of targets; "
        "adaptive: the fewest bits that are enough for this target."
    ),
]
RoundingOption = Annotated[
    RoundingKind,
    typer.Option(
        help="random: fewer bits for layers 19 and wider; those that err too much to nearest are "
        "rounded at random. auto: random where that saves bits."
    ),
]
RoundingSeed = Annotated[
    int,
    typer.Option(
        parser=between(0, 2**64 - 1),
        metavar="N",
        help="Seed of the random rounding.",
    ),
]
DOMAIN_HELP = (
    "Where ε is to hold; the ends of a box may be .npy files, box:data.npy is the range of data, "
    "and a .vnnlib file's bounds on its inputs are a box."
)
DomainOption = Annotated[
    str, typer.Option("--domain", metavar="ball:R|box:LO:HI|FILE", help=DOMAIN_HELP)
]
NonnegativeOption = Annotated[
    bool, typer.Option("--nonnegative", help="The inputs of the domain are ≥ 0.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result.")]
CheckerOption = Annotated[
    Checker, typer.Option("--checker", help="Who checks: the kernel, the proved checker, or both.")
]
TargetFile = Annotated[
    Path,
    typer.Argument(
        metavar="TARGET",
        exists=True,
        dir_okay=False,
        help="Trained network: .npz with W1…Wl (and b1…bl), .onnx, .nnet, or .safetensors.",
    ),
]
LayersOption = Annotated[
    str,
    typer.Option(
        "--layers",
        metavar="NAME,NAME,…",
        help="A state dict's layers in their order, where the file leaves it open.",
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
        parser=between(1, 1024),
        metavar="N",
        help="Workers.",
        show_default="every core of this machine",
    ),
]
RunSeed = Annotated[
    int,
    typer.Option("--seed", parser=between(0, 2**64 - 1), metavar="N", help="Root seed."),
]


def output_file(path: Path | None) -> Path | None:
    """Return an output that may be written, or report the option as faulty (exit code 2)."""
    if path is not None:
        try:
            check_output(path)
        except InputError as error:
            raise typer.BadParameter(str(error)) from None
    return path


OutFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="PATH", callback=output_file, help="A file instead of stdout."),
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
