"""The audit: every constant hidden in a Θ or an O, for B, A and S.

What is stated, what is proved, the smallest value that works (by exact probabilities, and by
counted draws), and what the rest is made of; then weights per target weight, and the distance from
T1's lower bound. `pmone audit` prints it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from joblib import Parallel, delayed

from constructions.errors import InputError
from constructions.progress import Progress, silent
from proofs import provenance
from proofs.audit import constants, draws, sizes
from proofs.audit.constants import Constant
from proofs.audit.draws import Draws
from proofs.audit.effort import Effort, Point, effort_of
from proofs.audit.sizes import Parameter, Size
from proofs.evidence import Verdict, combine, plain

SCHEMA = "pmone-audit/1"


@dataclass(frozen=True)
class Audit:
    """All that the audit found.

    Attributes
    ----------
    constants : the hidden constants; ``parameters``: what the plans' parts cost
    draws : counted draws with parts made smaller; ``practical``, ``limit``: weights against T1
    """

    constants: tuple[Constant, ...]
    parameters: tuple[Parameter, ...]
    draws: tuple[Draws, ...]
    practical: tuple[Size, ...]
    limit: tuple[Size, ...]
    effort: str
    seed: int
    wall_seconds: float

    @property
    def verdict(self) -> Verdict:
        """Failed if a proved constant is too small or draws contradict exact probabilities."""
        held = [c.holds for c in self.constants] + [d.agrees for d in self.draws]
        return combine([Verdict.PASSED if h else Verdict.FAILED for h in held])

    @property
    def exit_code(self) -> int:
        """0 all holds, 1 something is contradicted, 3 nothing was looked at."""
        return {Verdict.PASSED: 0, Verdict.FAILED: 1}.get(self.verdict, 3)

    def as_dict(self) -> dict[str, Any]:
        """Return the audit as JSON values, schema "pmone-audit/1" (see proofs/REPORT.md)."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict.value,
            "exit_code": self.exit_code,
            "effort": self.effort,
            "seed": plain(self.seed),
            "wall_seconds": self.wall_seconds,
            "commit": provenance.commit(),
            "versions": provenance.versions(),
            "constants": [_constant(c) for c in self.constants],
            "parameters": [_parameter(p) for p in self.parameters],
            "draws": [_draws(d) for d in self.draws],
            "practical": [_size(s) for s in self.practical],
            "limit": [_size(s) for s in self.limit],
        }


def run(
    effort: str | Effort = "quick", seed: int = 0, jobs: int = 1, progress: Progress = silent
) -> Audit:
    """Audit our constructions.

    Parameters
    ----------
    effort : "quick" (under 20 seconds), "full" (minutes), or how much to look at
    seed : the root seed of targets and draws, 0 ≤ seed < 2^64
    jobs : workers ≥ 1; the numbers do not depend on it
    progress : called as progress(done, total, text)

    Raises InputError for other values.
    """
    chosen = effort_of(effort)
    if not 0 <= seed < 2**64:
        raise InputError(f"seed = {seed}: expected an integer in [0, 2^64)")
    if jobs < 1:
        raise InputError(f"jobs = {jobs}: expected an integer ≥ 1")
    start = time.perf_counter()

    def part(first: int, last: int) -> Progress:
        """Progress of one part, between two percentages of the whole."""
        return lambda done, total, text: progress(
            first * total + (last - first) * done, 100 * total, text
        )

    scanned = constants.audit(chosen.points, chosen.far_point, jobs, part(0, 40))
    drawn = _draw(chosen, seed, jobs, part(40, 90))
    costs = sizes.parameters(chosen.plans, seed)
    practical, limit = sizes.practical(chosen.practical, seed), sizes.limit(chosen.far)
    wall = time.perf_counter() - start
    return Audit(scanned, costs, drawn, practical, limit, chosen.name, seed, wall)


def _draw(effort: Effort, seed: int, jobs: int, progress: Progress) -> tuple[Draws, ...]:
    cases = [(*which, *asked) for asked in effort.drawn for which in draws.parameters()]
    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(draws.measure)(*case, effort.trials, seed, effort.steps) for case in cases
    )
    found: list[Draws] = []
    for done, (case, several) in enumerate(zip(cases, work, strict=True), 1):
        found += several
        progress(done, len(cases), f"counting draws, {case[0]} with smaller {case[1].name}")
    return tuple(found)


def _constant(c: Constant) -> dict[str, Any]:
    return {
        "claim": c.form.claim,
        "symbol": c.form.symbol,
        "construction": c.construction,
        "quantity": c.form.quantity,
        "form": c.form.text,
        "additive": c.form.additive,
        "proved": float(c.form.constant),
        "needed_by_plans": c.planned,
        "needed_at": _point(c.planned_at),
        "smallest": c.smallest,
        "smallest_at": _point(c.smallest_at),
        "far_out": c.far,
        "far_at": _point(c.far_at),
        "ratio": c.ratio,
        "holds": c.holds,
        "points": c.points,
        "factors": dict(c.factors),
    }


def _point(point: Point) -> dict[str, Any]:
    d, depth, eps, delta = point
    return {"d": d, "l": depth, "eps": eps, "delta": delta}


def _parameter(p: Parameter) -> dict[str, Any]:
    return {
        "construction": p.construction,
        "dims": list(p.dims),
        "eps": p.eps,
        "delta": p.delta,
        "parameter": p.name,
        "planned": plain(p.planned),
        "exact": plain(p.exact),
        "adaptive": plain(p.adaptive),
        "ratio": p.ratio if p.exact else None,
    }


def _draws(d: Draws) -> dict[str, Any]:
    return {
        "construction": d.construction,
        "parameter": d.parameter,
        "dims": list(d.dims),
        "eps": d.eps,
        "delta": d.delta,
        "planned": d.planned,
        "value": d.value,
        "k": d.k,
        "n": d.n,
        "interval": list(d.interval.as_floats()),
        "confidence": float(d.interval.confidence),
        "exact": list(d.exact),
        "works": d.works,
        "measured_too_small": d.too_small,
        "agrees": d.agrees,
    }


def _size(s: Size) -> dict[str, Any]:
    return {
        "construction": s.construction,
        "dims": list(s.dims),
        "eps": s.eps,
        "delta": s.delta,
        "nonnegative": s.nonnegative,
        "N": s.N,
        "L": s.L,
        "random_weights": plain(s.random),
        "kept_weights": s.kept,
        "no_ticket": s.no_ticket,
        "target_weights": s.target,
        "random_per_weight": s.random_per_weight,
        "kept_per_weight": s.kept_per_weight,
        "lower_bound_T1": s.bound,
        "ratio_to_T1": s.ratio,
    }
