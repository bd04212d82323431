"""The command that writes tickets for other programs."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from constructions import InputError, Ticket
from constructions.archive import write_arrays
from constructions.export import pair as pairs
from constructions.export.chain import Float, Linear, chain_of_ticket, exact_grid
from constructions.export.onnx import difference_of, exactly, model_of
from constructions.export.state_dict import state_dict_of
from constructions.extras import optional
from constructions.files import check_output, write_text, writing
from constructions.targets.target import Ball
from pmone.cli import printing
from pmone.cli.door import checked, command
from pmone.cli.options import Format, FormatOption, TicketFile, between
from proofs.kernel import check

PANEL = "Tickets"
_SUFFIXES = (".onnx", ".npz", ".safetensors")
_PAIR = ("difference.onnx", "difference-cut.onnx", "property.vnnlib", "answers.json", "README.md")


@command(
    PANEL, "pmone export ticket.npz -o ticket.onnx", "pmone export ticket.npz --pair -o FOLDER"
)
def export(
    file: TicketFile,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="A model .onnx, a state dict .npz or .safetensors; or a folder."
        ),
    ],
    pair: Annotated[
        bool,
        typer.Option(
            "--pair", help="A folder for verifiers: target minus ticket, a property, the answers."
        ),
    ] = False,
    grid: Annotated[
        int | None,
        typer.Option(
            parser=between(0, 60),
            metavar="G",
            help="Inputs are multiples of 2^-G: float32 if all sums are then exact.",
        ),
    ] = None,
    output_format: FormatOption = Format.text,
) -> None:
    """Write a ticket for other programs: its living neurons as layers of ±1 weights and ReLUs.

    Weights are exact. Activations are float64, in which inputs on the grid that is printed are
    computed without rounding; float32 only where that is proved for --grid.
    """
    if pair:
        checked("--output", lambda: _check_folder(output))
    elif output.suffix.lower() not in _SUFFIXES:
        expected = f"a name that ends in {', '.join(_SUFFIXES)}, or --pair with a folder"
        raise typer.BadParameter(f"{output}: expected {expected}", param_hint="--output")
    else:
        checked("--output", lambda: check_output(output, [file]))
    ticket = Ticket.load(file)
    written = _write_pair(ticket, file, output) if pair else _write_one(ticket, file, output, grid)
    if output_format is Format.json:
        typer.echo(printing.as_json({"schema": "pmone-export/1", "file": str(output)} | written))
    else:
        typer.echo(printing.pairs(f"Written to {output}", written))


def _write_one(ticket: Ticket, file: Path, output: Path, grid: int | None) -> dict[str, Any]:
    chain = chain_of_ticket(ticket)
    dtype, said = _type_of(ticket, chain, grid)
    remark = _remark(ticket, file)
    if output.suffix.lower() == ".onnx":
        content = model_of(chain, dtype, remark).SerializeToString()
        with writing(output) as stream:
            stream.write(content)
    else:
        tensors = {n: exactly(n, a, dtype) for n, a in state_dict_of(chain).items()}
        if output.suffix.lower() == ".npz":
            write_arrays(output, tensors)
        else:
            save = optional("safetensors.numpy", "writing").save
            content = save(tensors, metadata={"format": "pt", "pmone": remark})
            with writing(output) as stream:
                stream.write(content)
    dims = [chain[0].weight.shape[1], *(len(layer.weight) for layer in chain)]
    kept = sum(int(layer.mask.sum()) for layer in chain)
    kept += sum(int(m.sum()) for m in (layer.bias_mask for layer in chain) if m is not None)
    return {
        "layers": len(chain),
        "living neurons": sum(dims[1:-1]),
        "weights between them": sum(layer.weight.size for layer in chain),
        "of these kept": kept,
        "type": np.dtype(dtype).name,
        "exact": said,
    }


def _type_of(ticket: Ticket, chain: list[Linear], grid: int | None) -> tuple[Float, str]:
    """Return the type of a model, and what is proved of it."""
    domain = ticket.target.domain
    largest = domain.radius if isinstance(domain, Ball) else max(map(abs, domain.low + domain.high))
    narrow, wide = (exact_grid(chain, largest, dtype) for dtype in (np.float32, np.float64))
    if grid is not None and grid <= narrow:
        return np.float32, f"for inputs that are multiples of 2^-{narrow}"
    if wide >= 0:
        return np.float64, f"for inputs that are multiples of 2^-{wide}"
    return np.float64, "no: sums may round, as in pmone run"


def _remark(ticket: Ticket, file: Path) -> str:
    return (
        f"pmone ticket {file.name}: construction {ticket.construction}, seed {ticket.seed}, "
        f"epsilon {ticket.eps}, domain {ticket.target.domain.describe()}. The certificate, by "
        "pmone certify, is about real arithmetic."
    )


def _check_folder(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is no folder, which --pair writes")
    if not output.exists():
        check_output(output)
    elif foreign := sorted({path.name for path in output.iterdir()} - {*_PAIR}):
        raise InputError(f"{output} holds {foreign[0]}: expected a new or empty folder")


def _write_pair(ticket: Ticket, file: Path, folder: Path) -> dict[str, Any]:
    certificate = check(file)
    if not certificate.accepted or certificate.bound is None:
        typer.echo(f"{certificate}\n\n--pair expects a ticket that is accepted", err=True)
        raise typer.Exit(certificate.exit_code)
    found = pairs.pair_of(ticket, certificate.bound)
    remark = _remark(ticket, file)
    whole = difference_of(found.target, found.ticket, f"target minus ticket; {remark}")
    t, source, target = found.edge
    missing = f"the edge from neuron {source} of layer {t - 1} to neuron {target} of layer {t}"
    cut = difference_of(found.target, found.cut, f"target minus ticket without {missing}; {remark}")
    reached = float(max(map(abs, found.difference)))
    answers = {
        "schema": "pmone-pair/1",
        "target_sha256": certificate.target_sha256,
        "bound": certificate.bound,
        "threshold": f"{found.threshold:f}",
        "answers": {
            "difference.onnx": {"answer": "unsat", "because": "the certificate"},
            "difference-cut.onnx": {
                "answer": "sat",
                "missing_edge": list(found.edge),
                "x": [str(Fraction(v)) for v in found.witness.tolist()],
                "y": [str(v) for v in found.difference],
            },
        },
    }
    texts = {
        "property.vnnlib": pairs.vnnlib_of(found, remark),
        "answers.json": json.dumps(answers, indent=2) + "\n",
        "README.md": _README.format(remark=remark, threshold=found.threshold, missing=missing),
    }
    folder.mkdir(exist_ok=True)
    for name, model in (("difference.onnx", whole), ("difference-cut.onnx", cut)):
        with writing(folder / name) as stream:
            stream.write(model.SerializeToString())
    for name, text in texts.items():
        write_text(folder / name, text)
    return {
        "bound": certificate.bound,
        "threshold": float(found.threshold),
        "difference.onnx": "unsat",
        "difference-cut.onnx": f"sat: an output reaches {reached:.3g}",
        "missing": missing,
    }


_README = """# Two problems with known answers

{remark}

`property.vnnlib` asks for an input of its box at which an output is {threshold} or more in absolute
value. The models compute y = target(x) − ticket(x), in float64.

- `difference.onnx`: **unsat**. The certificate proves it: ‖target(x) − ticket(x)‖₂ is below that
  number for every real x of the box.
- `difference-cut.onnx`: **sat**. There the ticket lacks {missing}. `answers.json` has an exact
  rational x and the exact y.

Both answers are about real arithmetic. A verifier that models float32 or float64 may find rounding
errors of the evaluation instead: sums inside the ticket are much larger than its outputs, and
cancel. In float32 that loses most digits; in float64 about as many, of which there are more.
"""
