"""All masks of small ±1 networks: how well one scale covers [−1, 1], against T1, T3 and T5."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from proofs.claims.model import Check
from proofs.evidence import Case, Evidence, Rung, from_cases

Bound = Callable[[int, int, int, float], bool]


def coverings(most: int) -> Iterator[tuple[int, int, int, float]]:
    """Yield (n, k, L, ε) for every ±1 network of one input and output, width k, at most n weights.

    Its 2^n masks serve every target a·x, |a| ≤ 1, within ε on [0, 1], at one scale: about the best.
    """
    for k, L in ((1, 1), (2, 2), (3, 2), (4, 2), (2, 3)):
        shapes = shapes_of(k, L)
        n = sum(a * b for a, b in shapes)
        if n > most:
            continue
        masks = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        for signs in itertools.product((-1, 1), repeat=n):
            yield n, k, L, radius(np.unique(slopes(masks * np.array(signs), shapes)))


def shapes_of(k: int, L: int) -> list[tuple[int, int]]:
    """Return the shapes of the L matrices of a network of width k with one input and output."""
    return [(k if t < L else 1, 1 if t == 1 else k) for t in range(1, L + 1)]


def slopes(entries: np.ndarray, shapes: list[tuple[int, int]]) -> np.ndarray:
    """Return what each network gives at x = 1; entries (networks, weights), row by row."""
    x, start = np.ones((len(entries), 1), dtype=np.int64), 0
    for t, (rows, columns) in enumerate(shapes, 1):
        W = entries[:, start : start + rows * columns].reshape(-1, rows, columns)
        start += rows * columns
        x = np.einsum("moi,mi->mo", W, x)
        x = x if t == len(shapes) else np.maximum(x, 0)
    return x[:, 0]


def radius(slopes: np.ndarray) -> float:
    """Return the least ε, over a few scales c, for which the numbers c·slope cover [−1, 1].

    >>> round(radius(np.array([-1, 0, 1])), 12)
    0.333333333333
    """
    reach, gap = min(slopes.max(), -slopes.min()), np.diff(slopes, prepend=slopes[0]).max()
    best = 1.0
    for c in (1 / (reach + gap / 2), 1 / (reach + 0.5)) if reach > 0 else ():
        points = np.clip(c * slopes, -1, 1)
        best = min(best, max(np.diff(points).max() / 2, 1 - points.max(), 1 + points.min()))
    return float(best)


def counts_all_masks(n: int, k: int, L: int, eps: float) -> bool:
    """T1 at d = 1."""
    return n >= math.log2(1 / eps) - 1e-9


def covers_by_balls(n: int, k: int, L: int, eps: float) -> bool:
    """T5 at d = 1."""
    return n >= math.log2(1 / eps) - 1


def counts_the_grid(n: int, k: int, L: int, eps: float) -> bool:
    """T5's grid at d = 1."""
    return bool(2**n >= math.ceil(1 / eps - 1e-9))


def is_deep_enough(n: int, k: int, L: int, eps: float) -> bool:
    """T3 at d = 1, c = k: L ≥ T/c²."""
    return math.log2(1 / eps) / k**2 - 1e-9 <= L


def hold(bound: Bound, case: Case) -> Evidence:
    """Hold a lower bound against all small networks."""
    count = 0
    for n, k, L, eps in coverings(8):
        count += 1
        if not bound(n, k, L, eps):
            return from_cases(count, "networks", {"weights": n, "k": k, "L": L, "eps": eps})
    return from_cases(count, "networks, each with all its masks")


def all_masks(bound: Bound, name: str = "all-masks") -> Check:
    """Return the check of a lower bound."""
    return Check(name, Rung.TESTED, partial(hold, bound), cost=3)
