"""One measured run in a process of its own: prune, save, certify; prints JSON on one line.

    python -m tests.bench.measure horner 784,500,10 0.01 0.01 [--nonnegative] [--verified]

With --verified the proved checker is asked instead of the kernel, and ``peak_mb`` is its own.

The target is random with spectral norms 1. ``peak_prune_mb`` is the peak of the whole process after
pruning, imports and target included; ``peak_mb`` that after the check too.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from constructions import Ball, SignNetwork, TargetNetwork, construction
from constructions.networks.signs import Index, Words
from constructions.request import Request
from proofs import verified
from proofs.kernel import check


def gaussian_target(dims: tuple[int, ...], nonnegative: bool) -> TargetNetwork:
    """Gaussian weights, scaled to spectral norm just below 1."""
    generator = np.random.default_rng(0)
    layers = []
    for m, n in pairwise(dims):
        W = generator.standard_normal((n, m))
        layers.append(W / (np.linalg.norm(W, 2) * (1 + 1e-9)))
    return TargetNetwork.from_layers(layers, domain=Ball("1", nonnegative))


class CountingSigns(SignNetwork):
    """A SignNetwork that counts the signs it makes; ``looked_at`` is shared by all of them."""

    looked_at = 0

    def blocks(self, layer: int, numbers: Index) -> Words:
        """Count the blocks that are jumped to."""
        CountingSigns.looked_at += 256 * len(numbers)
        return super().blocks(layer, numbers)

    def _stream(self, layer: int, first: int, count: int) -> Words:
        CountingSigns.looked_at += 256 * count
        return super()._stream(layer, first, count)


def peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    """The largest resident size so far, of this process or of those it started."""
    return resource.getrusage(who).ru_maxrss / 1024


def main(arguments: list[str]) -> None:
    """Measure one construction on one shape."""
    name, shape, eps, delta = arguments[:4]
    nonnegative, by_proved = "--nonnegative" in arguments, "--verified" in arguments
    target = gaussian_target(tuple(int(d) for d in shape.split(",")), nonnegative)
    start = time.perf_counter()
    plan = construction(name).plan(Request.of(target.dims, eps, delta, nonnegative=nonnegative))
    ticket = construction(name).prune(target, plan, CountingSigns(1, plan.widths))
    pruned, peak = time.perf_counter(), peak_mb()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ticket.npz")
        ticket.save(path)
        saved = time.perf_counter()
        size = path.stat().st_size
        with zipfile.ZipFile(path) as file:
            masks = sum(
                info.compress_size
                for info in file.infolist()
                if info.filename.startswith(("gaps_", "far_"))
            )
        opened = time.perf_counter()
        certificate = verified.check(path) if by_proved else check(path)
    done = time.perf_counter()
    result = {
        "construction": name,
        "dims": list(target.dims),
        "N": plan.N,
        "L": plan.L,
        "random": plan.random_weights,
        "kept": ticket.kept_weights,
        "looked_at": CountingSigns.looked_at,
        "prune_s": pruned - start,
        "certify_s": done - opened,
        "peak_prune_mb": peak,
        "peak_mb": peak_mb(resource.RUSAGE_CHILDREN if by_proved else resource.RUSAGE_SELF),
        "file_mb": size / 2**20,
        "mask_bytes_per_edge": masks / ticket.kept_weights,
        "save_s": saved - pruned,
        "accepted": certificate.accepted,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
