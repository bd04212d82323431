"""Commands about tickets: find one, certify it, run it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from constructions import InputError, Ticket, construction, plan_for
from constructions.files import check_output, write_text, writing
from constructions.quantize import check_tolerances
from constructions.saved import load as load_ticket
from constructions.targets.readers import load_target
from constructions.targets.target import TargetNetwork
from pmone.cli import printing
from pmone.cli.domains import with_domain
from pmone.cli.door import INCONCLUSIVE, checked, command
from pmone.cli.inputs import read_array, table_of
from pmone.cli.options import (
    Checker,
    CheckerOption,
    ConstructionOption,
    Delta,
    DomainOption,
    Eps,
    Fit,
    FitOption,
    Format,
    FormatOption,
    LayersOption,
    NonnegativeOption,
    RoundingKind,
    RoundingOption,
    RoundingSeed,
    Seed,
    TargetFile,
    TicketFile,
    names_of,
)
from pmone.cli.progress import reporting
from proofs import provenance, verified
from proofs.kernel import check
from proofs.kernel.ticket_file import Limits
from proofs.labels import keeps_label, label_of

PANEL = "Tickets"
_FLOAT32 = 1e-4  # more than a network rounded to float32 is off, relative to its largest output


@command(PANEL, "pmone prune model.npz --eps 0.01 --delta 0.01 --seed 1 -o ticket.npz")
def prune(
    target: TargetFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the ticket.")
    ],
    eps: Eps = "0.01",
    delta: Delta = "0.01",
    seed: Seed = 1,
    construction_name: ConstructionOption = "horner",
    fit: FitOption = Fit.theorem,
    rounding: RoundingOption = RoundingKind.auto,
    rounding_seed: RoundingSeed = 0,
    domain: DomainOption = "ball:1",
    nonnegative: NonnegativeOption = False,
    layers: LayersOption = "",
    inputs: Annotated[
        Path | None, typer.Option("--input", help="Inputs for --expect.", dir_okay=False)
    ] = None,
    expect: Annotated[
        Path | None,
        typer.Option(help="Your framework's outputs for --input: was TARGET read right?"),
    ] = None,
    output_format: FormatOption = Format.text,
) -> None:
    """Find TARGET in the random ±1 network that the seed draws, and write the ticket."""
    checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    checked("--output", lambda: check_output(output, [target]))
    if (inputs is None) != (expect is None):
        raise typer.BadParameter("expected both or neither", param_hint="--input and --expect")
    network = load_target(target, layers=names_of(layers))
    if inputs is not None and expect is not None:
        _expect(network, inputs, expect)
    network = checked("--domain", lambda: with_domain(network, domain, nonnegative))
    with reporting("prune") as progress:
        plan = plan_for(
            network, eps, delta, construction_name, fit.value, rounding.value, rounding_seed
        )
        row = construction(plan.construction)
        ticket = row.prune(network, plan, plan.draw(seed), progress)
    ticket.save(output)
    rounded = "random" if plan.precision.rounding else "nearest"
    result = {
        "schema": "pmone-prune/1",
        "file": str(output),
        **ticket.describe(),
        "fit": fit.value,
        "rounding": rounded,
        "rounding_seed": plan.precision.rounding and plan.precision.rounding.seed,
        "serves": plan.precision.serves,
        "p": plan.p,
        "bound_failure": plan.bound_failure,
        "notes": list(network.notes),
        "reading_error": float(network.reading_error),
        "versions": provenance.versions(),
        "commit": provenance.commit(),
    }
    if output_format is Format.json:
        typer.echo(printing.as_json(result))
        return
    typer.echo(
        printing.pairs(
            f"Ticket written to {output}",
            {
                "construction": plan.construction,
                "target": "-".join(map(str, network.dims)) + f" on {network.domain.describe()}",
                **({"read": "; ".join(network.notes)} if network.notes else {}),
                "accuracy, failure": f"ε = {_accuracy(eps, network)}, δ = {ticket.delta}",
                "shape serves": plan.precision.serves,
                "bits": f"p = {plan.p}, rounding {rounded}",
                "random network": f"seed {seed}, width {plan.N:,}, depth {plan.L:,}, "
                f"{plan.random_weights:,} weights",
                "kept weights": f"{ticket.kept_weights:,}",
            },
        )
    )
    typer.echo(f"Certify it:  pmone certify {output} --target {target}")


@command(PANEL, "pmone inspect model.onnx --eps 0.01")
def inspect(
    target: TargetFile,
    eps: Annotated[
        str, typer.Option("--eps", metavar="E", help="Say what a ticket of S would need for it.")
    ] = "",
    delta: Delta = "0.01",
    domain: DomainOption = "ball:1",
    nonnegative: NonnegativeOption = False,
    layers: LayersOption = "",
    output_format: FormatOption = Format.text,
) -> None:
    """Show how TARGET is read: its layers, their norms, what was folded and what is assumed."""
    if eps:
        checked("--eps or --delta", lambda: check_tolerances(eps, delta))
    network = load_target(target, layers=names_of(layers))
    network = checked("--domain", lambda: with_domain(network, domain, nonnegative))
    plan = plan_for(network, eps, delta) if eps else None
    needs = plan and {
        "epsilon": eps,
        "delta": delta,
        "p": plan.p,
        "width": plan.N,
        "depth": plan.L,
        "random_weights": plan.random_weights,
    }
    if output_format is Format.json:
        result = {
            "schema": "pmone-inspect/1",
            "file": str(target),
            "dims": list(network.dims),
            "features": network.features,
            "biases": network.homogenized,
            "domain": network.domain.describe(),
            "norm_bounds": list(network.norm_bounds),
            "notes": list(network.notes),
            "reading_error": float(network.reading_error),
            "needs": needs,
        }
        typer.echo(printing.as_json(result))
        return
    entries = {
        f"layer {i}": f"{len(W) - carried} × {W.shape[1] - network.homogenized}, ‖W‖₂ ≤ {norm:.6g}"
        for i, (W, norm) in enumerate(zip(network.weights, network.norm_bounds, strict=True), 1)
        for carried in (network.homogenized and i < network.depth,)
    }
    entries["biases"] = "yes: the constant 1 is carried as one more input" * network.homogenized
    entries["read"] = "; ".join(network.notes)
    entries["domain"] = network.domain.describe()
    if plan:
        entries["for S at that ε"] = (
            f"p = {plan.p}, width {plan.N:,}, depth {plan.L:,}, {plan.random_weights:,} weights"
        )
    shown = {key: value for key, value in entries.items() if value}
    typer.echo(printing.pairs(f"{target}: a network of {network.depth} layers", shown))


@command(PANEL, "pmone certify ticket.npz --target model.npz")
def certify(
    file: TicketFile,
    target: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The target must be this one, bit for bit."),
    ] = None,
    checker: CheckerOption = Checker.kernel,
    layers: LayersOption = "",
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="NAME=N",
            help="Raise a limit that the kernel names, for a file that is meant to ask for much.",
        ),
    ] = None,
    output_format: FormatOption = Format.text,
) -> None:
    """Let the trusted kernel check a ticket, for all inputs of its domain.

    --checker verified asks the checker that is itself proved in Coq, which `make verified` builds;
    --checker both accepts only what both accept, with the same integer matrices.
    """
    allowed = checked("--limit", lambda: _limits(limits or []))
    weights = None if target is None else load_target(target, layers=names_of(layers)).weights
    try:
        with reporting("certify") as progress:
            if checker is Checker.verified:
                certificate = verified.check(file, target=weights)
            elif checker is Checker.both:
                certificate = verified.check_both(file, target=weights, progress=progress)
            else:
                certificate = check(file, target=weights, progress=progress, limits=allowed)
    except verified.NotBuilt as missing:
        typer.echo(f"--checker {checker.value}: {missing}", err=True)
        raise typer.Exit(INCONCLUSIVE) from None
    if output_format is Format.json:
        typer.echo(printing.as_json(certificate.as_dict()))
    else:
        typer.echo(str(certificate))
    raise typer.Exit(certificate.exit_code)


@command(PANEL, "pmone run ticket.npz --input X.npy -o Y.npy")
def run(
    file: TicketFile,
    inputs: Annotated[
        Path,
        typer.Option(
            "--input",
            exists=True,
            dir_okay=False,
            help="Features of shape (…, d): .npy, .npz, or .csv.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Where to write the outputs: .npy, or .csv."),
    ],
    key: Annotated[str, typer.Option("--key", help="The array of an .npz with several.")] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse inputs outside the certificate's domain.")
    ] = False,
) -> None:
    """Evaluate a ticket, or edge-popup's masks, in float64; `certify` computes exactly.

    For rows outside the ticket's domain no certificate holds: they are counted and said.
    """
    checked("--output", lambda: check_output(output, [file, inputs]))
    ticket = load_ticket(file)
    x = read_array(inputs, key)
    if isinstance(ticket, Ticket):
        outside = int(ticket.target.outside(x).sum())
        if outside:
            rows = "1 row lies" if outside == 1 else f"{outside:,} rows lie"
            said = f"{inputs}: {rows} outside {ticket.target.domain.describe()}"
            if strict:
                raise InputError(f"{said}, and --strict was given")
            typer.echo(f"pmone: warning: {said}, where no certificate holds", err=True)
    with reporting("run") as progress:
        y = ticket.run(x, progress) if isinstance(ticket, Ticket) else ticket.run(x)
    if output.suffix.lower() == ".csv":
        write_text(output, table_of(y))
    else:
        with writing(output) as stream:
            np.save(stream, y)
    typer.echo(f"{output}: outputs of shape {y.shape}")


@command(PANEL, "pmone labels ticket.npz --input X.npy --labels y.npy")
def labels(
    file: TicketFile,
    inputs: Annotated[
        Path,
        typer.Option(
            "--input", exists=True, dir_okay=False, help="Features, (rows, d): .npy, .npz or .csv."
        ),
    ],
    true: Annotated[
        Path | None,
        typer.Option(
            "--labels", exists=True, dir_okay=False, help="True labels, one per row: 0, 1, …"
        ),
    ] = None,
    key: Annotated[str, typer.Option("--key", help="The array of an .npz with several.")] = "",
    output_format: FormatOption = Format.text,
) -> None:
    """Count the inputs whose label is provably the target's, by the ticket's certificate.

    The label is the largest output's, or a single output's sign. Rows outside the certificate's
    domain are never counted as proved.
    """
    x = read_array(inputs, key)
    wanted = None if true is None else np.asarray(read_array(true)).reshape(-1)
    ticket = load_ticket(file)
    if not isinstance(ticket, Ticket):
        raise InputError(f"{file}: masks without a target have no certificate")
    network = ticket.target
    outside = network.outside(x)  # raises for another number of features
    x = np.asarray(x, dtype=np.float64).reshape(-1, network.features)
    if wanted is not None and len(wanted) != len(x):
        raise InputError(f"{true} has {len(wanted)} labels: expected {len(x)}, one per row")
    with reporting("labels") as progress:
        certificate = check(file, progress=progress)
        bound = certificate.bound if certificate.accepted else None
        proved = keeps_label(network, x, np.inf if bound is None else bound)
        proved &= ~outside
        target_labels, ticket_labels = label_of(network(x)), label_of(ticket.run(x))
    counts = {
        "rows": len(x),
        "provably_same": int(proved.sum()),
        "same_in_float64": int((target_labels == ticket_labels).sum()),
        "outside_domain": int(outside.sum()),
    }
    if wanted is not None:
        counts["target_correct"] = int((target_labels == wanted).sum())
        counts["ticket_correct"] = int((ticket_labels == wanted).sum())
    if output_format is Format.json:
        about = {"schema": "pmone-labels/1", "file": str(file), "verdict": certificate.verdict}
        typer.echo(printing.as_json({**about, "bound": bound, **counts}))
    else:
        shown = {name.replace("_", " "): f"{count:,}" for name, count in counts.items()}
        title = f"{file}: {certificate.verdict}, error at most {bound}"
        typer.echo(printing.pairs(title, shown))
    raise typer.Exit(certificate.exit_code)


def _limits(texts: list[str]) -> Limits:
    """Return the kernel's limits with those that "NAME=N" change."""
    known = {field.name for field in fields(Limits)}
    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in known or not (number.isascii() and number.isdecimal()):
            expected = f"NAME=N with one of {', '.join(sorted(known))}"
            raise InputError(f"{text!r}: expected {expected}")
        found[name] = int(number)
    return Limits(**found)


def _expect(network: TargetNetwork, inputs: Path, outputs: Path) -> None:
    """Raise InputError unless the target gives the outputs that the user's own framework gave."""
    x, expected = read_array(inputs), np.asarray(read_array(outputs), dtype=np.float64)
    y = network(x)
    if y.size != expected.size:
        raise InputError(f"{outputs} has shape {expected.shape}: the target's is {y.shape}")
    found = np.abs(y.reshape(-1) - expected.reshape(-1))
    worst = int(found.argmax())
    if not found[worst] <= _FLOAT32 * max(1.0, float(np.abs(expected).max())):
        row = worst // (y.shape[-1] or 1)
        raise InputError(
            f"{outputs}: row {row} differs from the target as it was read by {found[worst]:.3g}; "
            "is every activation ReLU, and is that the order of the layers? (pmone inspect)"
        )


def _accuracy(eps: str, network: TargetNetwork) -> str:
    lost = network.reading_error
    return f"{eps}, less {lost:.2g} for rounding when it was read" if lost else eps
