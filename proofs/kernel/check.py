"""The check itself: a ticket file goes in, a certificate comes out."""

import hashlib
import math
import os
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from proofs.kernel.bound import (
    float_above,
    norm_difference,
    norm_float,
    norm_integer,
    output_bounds,
    propagated,
    square_root,
)  # fmt: skip
from proofs.kernel.certificate import Certificate
from proofs.kernel.extract import Matrix, Progress, extract
from proofs.kernel.header import Malformed
from proofs.kernel.integers import Budget, Rejected
from proofs.kernel.real_weights import bound_real
from proofs.kernel.ticket_file import Limits, TicketFile

Target = Sequence[npt.NDArray[np.float64]]


def check(
    path: str | os.PathLike[str],
    *,
    target: Target | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Certificate:
    """The verdict on the ticket file `path`: a certificate, whatever bytes the file holds (D1).

    `target`: matrices W_1…W_l (float64, homogenized) that the stored target must equal bit for
    bit; without it the stored target is what the certificate speaks about. `progress(done, total,
    text)` is called as the walk proceeds; what it raises ends the check as rejected. `limits`
    bounds what a file may ask for.

    Raises OSError if the file cannot be opened, TypeError if `target` is not a sequence of
    float64 matrices.

    The smallest ticket: one random weight, which seed 1 makes +1, kept, for the function x ↦ x.

    >>> import json, os, tempfile
    >>> header = {"format": "pmone-ticket", "version": 1, "construction": "by hand", "seed": 1,
    ...     "widths": [1, 1], "scale_log2": 0, "layer_scale_log2": [0], "epsilon": "0.01",
    ...     "delta": "0.5", "homogenized": False, "generations": [],
    ...     "domain": {"kind": "ball", "radius": "2", "nonnegative": False}}
    >>> path = os.path.join(tempfile.mkdtemp(), "identity.npz")
    >>> np.savez(path, header=json.dumps(header), target_1=np.array([[1.0]]),
    ...     sources_1=np.array([0]), indptr_1=np.array([0, 1]), indices_1=np.array([0]))
    >>> certificate = check(path)
    >>> certificate.verdict, certificate.bound, certificate.domain
    ('accepted', 0.0, '||x||_2 <= 2')
    >>> certificate.matrices
    (array([[1]]),)
    """
    for i, matrix in enumerate(() if target is None else target, 1):
        if not isinstance(matrix, np.ndarray) or matrix.dtype != np.float64 or matrix.ndim != 2:
            raise TypeError(f"target: matrix {i} is not a two-dimensional float64 array")
    known = Certificate("rejected")
    try:
        with TicketFile(Path(path), limits or Limits()) as ticket:
            known = _facts(ticket)
            return _verdict(ticket, known, target, progress, limits or Limits())
    except Malformed as fault:
        return replace(known, verdict="malformed", reasons=(str(fault),))
    except Rejected as fault:
        return replace(known, verdict="rejected", reasons=(str(fault),))
    except MemoryError:
        return replace(known, verdict="rejected", reasons=("the check ran out of memory",))
    except OSError:
        raise
    except Exception as error:  # a fault of the checker: whatever it is, it must not accept
        reason = f"the checker itself failed ({type(error).__name__}: {error})"
        return replace(known, verdict="rejected", reasons=(reason,))


def _facts(ticket: TicketFile) -> Certificate:
    """What the file says about itself, with the digest of its target."""
    header = ticket.header
    digest = hashlib.sha256(b"pmone-target 1\n")
    for matrix in ticket.targets:
        digest.update(b"%d %d\n" % matrix.shape)
        digest.update(np.ascontiguousarray(matrix, dtype="<f8").data)
    constant = ", and the constant 1 as last input" if header.homogenized else ""
    widths = header.widths
    return Certificate(
        "rejected",
        epsilon=header.epsilon,
        delta=header.delta,
        domain=header.domain.description + constant,
        radius=float_above(square_root(header.domain.square_radius)),
        homogenized=header.homogenized,
        target_sha256=digest.hexdigest(),
        dims=(widths[0], *(matrix.shape[0] for matrix in ticket.targets)),
        widths=widths,
        random_weights=sum(a * b for a, b in pairwise(widths)),
        kept_weights=ticket.kept(),
        layer_scale_log2=header.layer_scale_log2,
        construction=header.construction,
        seed=header.seed,
        distribution=header.distribution,
    )


def _verdict(
    ticket: TicketFile,
    known: Certificate,
    target: Target | None,
    progress: Progress | None,
    limits: Limits,
) -> Certificate:
    header, dims = ticket.header, known.dims
    if target is not None:
        _require_target(ticket, target)
    if header.distribution is None:
        budget = Budget(
            limits, max(a * b for a, b in pairwise(dims)), known.kept_weights or 0, ticket.size
        )
        matrices = extract(ticket, budget, progress)
        bound, by_output, exact = _bounds(ticket, matrices, progress)
        known = replace(known, matrices=tuple(matrices), output_bounds=by_output, exact=exact)
    else:
        bound = float_above(bound_real(ticket, progress))
    if bound == math.inf:
        return replace(known, reasons=("the bound is beyond the range of float64",))
    known = replace(known, bound=bound)
    if Fraction(bound) > header.epsilon:
        reason = f"the bound {bound!r} exceeds epsilon = {float_above(header.epsilon)!r}"
        return replace(known, verdict="rejected", reasons=(reason,))
    return replace(known, verdict="accepted")


def _require_target(ticket: TicketFile, target: Target) -> None:
    stored = ticket.targets
    if len(target) != len(stored):
        raise Rejected(f"the file's target has {len(stored)} layers, the given one {len(target)}")
    for i, (mine, matrix) in enumerate(zip(stored, target, strict=True), 1):
        if mine.shape != matrix.shape or mine.tobytes() != matrix.tobytes():
            raise Rejected(f"target_{i} differs from the given target")


def _bounds(
    ticket: TicketFile, matrices: list[Matrix], progress: Progress | None
) -> tuple[float, tuple[float, ...], bool]:
    """The bound, one for each output that is at most as large, and whether nothing differs."""
    header, depth = ticket.header, len(matrices)
    parts = []
    layers = list(zip(ticket.targets, matrices, header.layer_scale_log2, strict=True))
    for i, (w, v, p) in enumerate(layers, 1):
        if progress is not None:
            progress(i - 1, depth, f"norms of target layer {i} of {depth}")
        # ‖W_l‖ and ‖V_1‖ do not occur in the bound.
        size = norm_float(w) if i < depth else Fraction(0)
        own = norm_integer(v) * Fraction(2) ** -p if i > 1 else Fraction(0)
        parts.append((size, own, norm_difference(w, p, v)))
    radius = square_root(header.domain.square_radius)
    bound = float_above(propagated(parts, radius)[1])
    w, v, p = layers[-1]
    rows = output_bounds(w, p, v, *propagated(parts[:-1], radius))
    if progress is not None:
        progress(depth, depth, "bound computed")
    exact = not any(difference for _, _, difference in parts)
    return bound, tuple(min(bound, float_above(row)) for row in rows), exact
