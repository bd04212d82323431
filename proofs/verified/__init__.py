"""The proved checker as a program: what it says of a ticket, as the kernel's certificate.

proofs/formal/checker is a checker of tickets of ±1 weights, written in Coq, with the theorem
`verify_sound`: if it accepts, then ‖f(x) − ticket(x)‖ ≤ epsilon for every x of the domain, the
signs being defined by Philox from the seed. `make verified` extracts it to OCaml and builds the
program.

What is left to trust: Coq's kernel and its extraction; OCaml and Zarith; what Extract.v writes by
hand (tests compare it with Coq's own computation); the reader of the file (archive.ml, json.ml,
header.ml, reader.ml) with zlib and SHA-256; and that the target with the printed digest is yours.
The certificates of norms (advice.ml) are not trusted.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from proofs import folders, kernel
from proofs.kernel.certificate import Certificate
from proofs.kernel.check import Target
from proofs.kernel.extract import Progress

HERE = Path(__file__).resolve().parent
NAME = "pmone-verified"
REMEDY = (
    "run `make verified` (Debian's packages: coq, ocaml-findlib, libzarith-ocaml-dev, "
    "libzip-ocaml-dev, libsha-ocaml-dev)"
)


class NotBuilt(Exception):
    """The program is not there, or was built from other sources."""


def sources_sha256() -> str:
    """Return the digest of the checker's and the program's sources, as the Makefile has it."""
    total = hashlib.sha256()
    checker = sorted((HERE.parent / "formal" / "checker").glob("*.v"))
    for path in (*checker, *sorted(HERE.glob("*.ml")), HERE / "Extract.v"):
        total.update(path.read_bytes())
    return total.hexdigest()


def program() -> Path:
    """Return the program's path; raise `NotBuilt` if it is not there, or older than its sources."""
    folder = folders.cache() / "verified"
    path, stamp = folder / NAME, folder / "sources.sha256"
    if not path.is_file() or not stamp.is_file():
        raise NotBuilt(f"the proved checker is not built: {REMEDY}")
    if stamp.read_text(encoding="ascii").strip() != sources_sha256():
        raise NotBuilt(f"the proved checker was built from other sources: {REMEDY}")
    return path


def version() -> str | None:
    """Return what names the program that is built, or None if `program` would raise."""
    try:
        program()
    except NotBuilt:
        return None
    return f"sources {sources_sha256()[:12]}"


def check(path: str | os.PathLike[str], target: Target | None = None) -> Certificate:
    """Return the proved checker's verdict on a ticket file.

    `target` is as for the kernel: the digest that the program prints must be this target's.

    Raises `NotBuilt` without the program, OSError if the file cannot be opened, RuntimeError if
    the program fails.
    """
    found = program()
    with open(path, "rb"):
        pass  # an OSError that names the file, as the kernel raises it
    with tempfile.TemporaryDirectory() as scratch:
        matrices = Path(scratch) / "matrices"
        command = [str(found), str(Path(path).absolute()), "--json", "--matrices", str(matrices)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode not in (0, 1, 4):
            reason = run.stderr.strip() or f"exit code {run.returncode}"
            raise RuntimeError(f"the proved checker failed on {os.fspath(path)}: {reason}")
        certificate = _certificate(json.loads(run.stdout), matrices.read_text(encoding="ascii"))
    if certificate.exit_code != run.returncode:
        raise RuntimeError(f"the proved checker contradicts itself: exit code {run.returncode}")
    if target is None or certificate.verdict == "malformed":
        return certificate
    if certificate.target_sha256 != digest(target):
        reason = "the file's target differs from the given target"
        return replace(certificate, verdict="rejected", reasons=(reason,))
    return certificate


def check_both(
    path: str | os.PathLike[str],
    target: Target | None = None,
    progress: Progress | None = None,
) -> Certificate:
    """Return the kernel's certificate if the proved checker agrees with it; else reject.

    They agree if both accept and extract the same matrices, or if neither accepts. Near epsilon
    their verdicts may differ, as their norms do. Raises as `check` does.
    """
    proved = check(path, target)
    ours = kernel.check(path, target=target, progress=progress)
    if ours.accepted != proved.accepted:
        reason = "the checkers disagree: "
        for name, found in (("kernel", ours), ("proved checker", proved)):
            reason += f"{name}: {'; '.join((found.verdict, *found.reasons))}. "
        return replace(ours, verdict="rejected", reasons=(reason.strip(),))
    if ours.accepted and not same_matrices(ours, proved):
        reason = "the checkers disagree: they extract different matrices"
        return replace(ours, verdict="rejected", reasons=(reason,))
    return ours


def same_matrices(one: Certificate, other: Certificate) -> bool:
    """Return whether two certificates extracted the same integer matrices.

    >>> same_matrices(Certificate("rejected"), Certificate("malformed"))
    True
    """
    return len(one.matrices) == len(other.matrices) and all(
        a.shape == b.shape and bool((a == b).all())
        for a, b in zip(one.matrices, other.matrices, strict=True)
    )


def digest(target: Target) -> str:
    """Return the digest of a target's matrices (FORMAT.md, section 5)."""
    total = hashlib.sha256(b"pmone-target 1\n")
    for matrix in target:
        total.update(b"%d %d\n" % matrix.shape)
        total.update(np.ascontiguousarray(matrix, dtype="<f8").tobytes())
    return total.hexdigest()


def _certificate(raw: dict[str, Any], matrices: str) -> Certificate:
    known = Certificate(raw["verdict"], reasons=tuple(raw["reasons"]), bound=raw["bound"])
    if "target_sha256" not in raw:
        return known
    widths = tuple(raw["widths"])
    return replace(
        known,
        epsilon=Fraction(raw["epsilon"]),
        delta=Fraction(raw["delta"]),
        domain=raw["domain"],
        radius=raw["radius"],
        homogenized=raw["homogenized"],
        target_sha256=raw["target_sha256"],
        dims=tuple(raw["dims"]),
        widths=widths,
        random_weights=sum(a * b for a, b in pairwise(widths)),
        kept_weights=raw["kept_weights"],
        layer_scale_log2=tuple(raw["layer_scale_log2"]),
        construction=raw["construction"],
        seed=int(raw["seed"]),
        matrices=tuple(_matrices(matrices.splitlines())),
    )


def _matrices(lines: list[str]) -> list[np.ndarray[Any, Any]]:
    """Return the matrices that the program writes: rows and columns, then the rows."""
    found: list[np.ndarray[Any, Any]] = []
    at = 0
    while at < len(lines):
        rows = int(lines[at].split()[0])
        entries = [[int(z) for z in line.split()] for line in lines[at + 1 : at + 1 + rows]]
        small = all(abs(z) < 1 << 62 for row in entries for z in row)
        found.append(np.array(entries, dtype=np.int64 if small else object))
        at += rows + 1
    return found
