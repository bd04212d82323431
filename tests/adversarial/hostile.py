"""Many altered files, tickets and models, and what readers and checkers make of them.

    python -m tests.adversarial.hostile --tickets 1000000 --models 10000 --seed 1 --out FILE

A ticket's verdict must be the second checker's, and all that both say about it must be the same. A
model must be read or refused in a sentence; what is read is held against another reader: NumPy,
safetensors, onnxruntime. Nothing may take longer than ten seconds. File number i of a seed is the
same on every computer: a fault prints its number, keeps the file and ends the run with exit 1.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from constructions import Ball, Box, TargetNetwork
from proofs.provenance import commit
from tests.adversarial import models
from tests.adversarial.agreement import NAMES, REAL, agree, made
from tests.adversarial.choices import Seeded
from tests.adversarial.edits import File, altered, as_first, unpack

SECONDS = 10.0  # that one file may take
CHUNK = 250  # files that one process tries before it reports


@functools.cache
def tickets() -> list[File]:
    """Honest tickets, as small as they come, of every construction, form, domain and sign."""
    one, two = TargetNetwork.from_layers([[[0.5]]]), TargetNetwork.from_layers([[[0.5, -0.25]]])
    least = TargetNetwork.from_layers([[[0.5]]], domain=Ball("1", nonnegative=True))
    deep = TargetNetwork.from_layers(
        [[[0.5, -0.25], [0.3, 0.1]], [[1, -0.6]]], [[0.1, 0.2], [0.3]], Box.uniform("0.5", "2", 2)
    )
    small = [(one, name) for name in ("blocks", *REAL)]
    large = [(least, name) for name in NAMES] + [(two, name) for name in ("horner", "pensia")]
    large += [(deep, "blocks"), (deep, "pensia")]
    files = [unpack(made(target, name, "0.3", 5)) for target, name in small]
    often = [copy for file in files for copy in (file, as_first(file)) * 8]
    return often + [unpack(made(target, name, "0.3", 5)) for target, name in large]


def ticket(number: str) -> bytes:
    """The altered ticket of that number."""
    return altered(Seeded(number), tickets())


@dataclass(frozen=True)
class Found:
    """What a stretch of files gave: how often each verdict, and the first fault."""

    counts: Counter[str]
    fault: str = ""


def try_tickets(seed: int, numbers: range) -> Found:
    """Both checkers on altered tickets."""
    return _try(lambda i: ticket(f"ticket {seed} {i}"), lambda data: agree(data).kind, numbers)


def try_models(seed: int, numbers: range) -> Found:
    """Two readers on altered models."""
    return _try(lambda i: models.model(f"model {seed} {i}"), models.outcome, numbers)


def _try(make: Callable[[int], object], judge: Callable[..., str], numbers: range) -> Found:
    counts: Counter[str] = Counter()
    for i in numbers:
        file = make(i)
        start = time.monotonic()
        try:
            counts[judge(file)] += 1
            wrong = ""
        except Exception as error:  # whatever it is, it must not have been raised
            wrong = f"{type(error).__name__}: {error}"
        taken = time.monotonic() - start
        if taken > SECONDS:
            wrong = wrong or f"takes {taken:.0f} s"
        if wrong:
            data = getattr(file, "data", file)
            with tempfile.NamedTemporaryFile(prefix="hostile-", delete=False) as kept:
                kept.write(data)
            return Found(counts, f"number {i}, kept as {kept.name}: {wrong}")
    return Found(counts)


def stretches(count: int) -> Iterator[range]:
    """The numbers below count, in stretches."""
    for start in range(0, count, CHUNK):
        yield range(start, min(start + CHUNK, count))


def run(kind: str, count: int, seed: int, jobs: int) -> Counter[str]:
    """Try files number 0 … count − 1; exit 1 at the first fault."""
    judge = {"tickets": try_tickets, "models": try_models}[kind]
    counts: Counter[str] = Counter()
    start = said = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(functools.partial(judge, seed), stretches(count)):
            counts += found.counts
            if found.fault:
                pool.shutdown(cancel_futures=True)
                sys.exit(f"{kind}, seed {seed}, {found.fault}")
            now = time.monotonic()
            if now - said > 60:
                said, done = now, counts.total()
                left = (now - start) / done * (count - done)
                print(f"{kind}: {done} of {count}, {left:.0f} s left", file=sys.stderr, flush=True)
    return counts


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="write the counts there, as JSON")
    given = parser.parse_args()
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    print(f"seed {given.seed}")
    found: dict[str, object] = {"seed": given.seed, "commit": commit()}
    for kind in ("models", "tickets"):
        counts = run(kind, getattr(given, kind), given.seed, given.jobs)
        found[kind] = {"count": counts.total(), **dict(sorted(counts.items()))}
        print(
            f"{kind}: {counts.total()} altered, " + ", ".join(f"{n} {k}" for k, n in counts.items())
        )
    if given.out:
        given.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
