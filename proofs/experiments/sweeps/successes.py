"""Success at equal width: how often a draw has a ticket, for one weight, one layer, one network?

Every construction, ours and the peers', gets hidden layers of the same width (`equal_width`) and
the same accuracy, and draws with targets of their own. Beside the counts stands what is known: our
probabilities, computed exactly, and two public numbers for a single random subset sum, which are
counted again here (15 samples, tolerance 0.01).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, cast, get_args

import numpy as np

from constructions import CATALOGUE
from constructions.plan import SlackPlan
from constructions.targets.target import TargetNetwork
from proofs.evidence import derive_seed
from proofs.experiments.compare.subset_sums import (
    PUBLIC_SAMPLES,
    PUBLIC_TOLERANCE,
    PUBLIC_TRIALS,
    public_statistic,
    published,
)
from proofs.experiments.equal_width import SHAPES, Scope, plan_of_width
from proofs.experiments.sweeps.model import Cell, Row, Summary, Sweep, Value
from proofs.sampling import Count, count_draws, random_target

EPS = "0.1"
WIDTHS = (48, 96, 192, 384, 768, 1536, 3072)
Samples = Literal["uniform", "products"]
_PUBLIC = {f"one subset sum, {kind}": kind for kind in get_args(Samples)}


def measure(case: Cell, seed: int) -> Mapping[str, Value]:
    """Plan for the width and count the draws that have a ticket."""
    name, n = str(case["construction"]), int(case["n"])
    if name in _PUBLIC:
        return _public(_PUBLIC[name], n, seed)
    scope = cast(Scope, case["scope"])
    plan = plan_of_width(name, SHAPES[scope], EPS, int(case["width"]))
    found: dict[str, Value] = dict.fromkeys(SWEEP.results)
    if plan is None:
        return found
    known = (
        max(0.0, 1 - float(plan.exact_failure().upper())) if isinstance(plan, SlackPlan) else None
    )
    found |= {
        "N": plan.N,
        "L": plan.L,
        "random_weights": plan.random_weights,
        "random_bits": round(plan.random_bits),
        "known": known,
    }
    dims, seeds = plan.dims, (derive_seed(seed, f"{name} {i}") for i in range(n))

    def target(at: int) -> TargetNetwork:
        rng = np.random.default_rng(at)
        return random_target(rng, dims, nonnegative=True, entries="uniform")

    return found | _counted(count_draws(CATALOGUE[name], plan, target, seeds))


def _public(kind: Samples, n: int, seed: int) -> Mapping[str, Value]:
    """Count subset sums within the tolerance; ``known`` is the published share."""
    failed, stated = public_statistic(kind, n, seed), published(kind)
    found: dict[str, Value] = dict.fromkeys(SWEEP.results)
    return found | {"known": float(1 - Fraction(stated.k, stated.n))} | _counted(_other(failed))


def _other(count: Count) -> Count:
    """Return the count of what did not happen."""
    return Count.of(count.n - count.k, count.n, {"subset": count.k} if count.k else {})


def _counted(count: Count) -> dict[str, Value]:
    low, high = count.interval.as_floats()
    events = "; ".join(f"{event} {times}" for event, times in sorted(count.events.items()))
    return {"k": count.k, "low": low, "high": high, "events": events}


def cases(effort: str) -> list[Cell]:
    """Return construction × scope × width, with n draws each, and the public numbers."""
    full = effort == "full"
    made: list[Cell] = [
        {
            "construction": name,
            "scope": scope,
            "eps": EPS,
            "width": width,
            "n": 400 if full else 12,
        }
        for name in CATALOGUE
        for scope in SHAPES
        for width in (WIDTHS if full else WIDTHS[1:4:2])
    ]
    return made + [
        {
            "construction": name,
            "scope": "weight",
            "eps": str(PUBLIC_TOLERANCE),
            "width": PUBLIC_SAMPLES,
            "n": PUBLIC_TRIALS if full else 5_000,
        }
        for name in _PUBLIC
    ]


def summarize(rows: Sequence[Row]) -> Summary:
    """Return a line per scope and construction, a cell per width: "97 [93, 99]", in percent."""
    lines: dict[tuple[str, str], dict[str, str]] = {}
    notes = []
    for row in rows:
        if row["construction"] in _PUBLIC:
            notes.append(_note(row))
            continue
        key = row["construction"], row["scope"]
        line = lines.setdefault(key, {"of": key[1], "construction": key[0]})
        line[f"N = {row['width']}"] = _percent(row) if row["k"] else "–"
    draws = "/".join(sorted({row["n"] for row in rows if row["construction"] not in _PUBLIC}))
    shapes = ", ".join(f"a {scope} {'-'.join(map(str, dims))}" for scope, dims in SHAPES.items())
    title = (
        f"Draws with a ticket within ε = {EPS}, in % of {draws}, with 99.9 % intervals: {shapes}; "
        "hidden layers N wide; – where no plan is that narrow. Peers have two layers per target "
        "layer, ours more."
    )
    places = {str(scope): place for place, scope in enumerate(SHAPES)}
    table = sorted(lines.values(), key=lambda line: places[line["of"]])
    return Summary(title, table, notes)


def _percent(row: Row) -> str:
    values = int(row["k"]) / int(row["n"]), float(row["low"]), float(row["high"])
    share, low, high = (f"{100 * value:.0f}" for value in values)
    return f"{share} [{low}, {high}]"


def _note(row: Row) -> str:
    """Say how often one random subset sum fails here, and how often it does as published."""
    n, low, high = int(row["n"]), 1 - float(row["high"]), 1 - float(row["low"])
    return (
        f"{row['construction']}: n = {row['width']}, tolerance {row['eps']}: fails in "
        f"{1 - int(row['k']) / n:.2%} of {n:,} [{low:.2%}, {high:.2%}]; "
        f"published {1 - float(row['known']):.2%}"
    )


SWEEP = Sweep(
    name="success-at-equal-width",
    about="draws with a ticket at equal width, ours and the peers': a weight, a layer, a network",
    keys=("construction", "scope", "eps", "width", "n"),
    results=("N", "L", "random_weights", "random_bits", "known", "k", "low", "high", "events"),
    cases=cases,
    measure=measure,
    summarize=summarize,
)
