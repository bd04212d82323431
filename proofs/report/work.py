"""The work behind `pmone verify`, `audit`, `report` and `explain`, as JSON values."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from constructions.errors import InputError
from constructions.progress import Progress, silent
from proofs import suite
from proofs.audit import run as audits
from proofs.claims import machine, places, registry
from proofs.claims.model import Claim
from proofs.evidence import Evidence
from proofs.report.store import Store


def find_claim(label: str) -> Claim:
    """Return the claim with this label, in upper or lower case.

    Raises InputError that names the nearest labels if there is none.

    >>> find_claim("g1").id
    'G1'
    """
    known = registry.claims()
    for name in (label, label.upper()):
        if name in known:
            return known[name]
    same_family = [name for name in known if name[0] == label[:1].upper()]
    near = difflib.get_close_matches(label.upper(), known, n=5, cutoff=0.6)
    nearest = list(dict.fromkeys([*near, *same_family])) or list(known)
    raise InputError(f"claim {label!r}: there is none; the nearest are {', '.join(nearest)}")


def used_by(label: str) -> list[str]:
    """Return the labels of the claims that directly rest on this one."""
    return [claim.id for claim in registry.claims().values() if label in claim.depends_on]


def verify(
    labels: Sequence[str] | None,
    effort: str,
    seed: int,
    jobs: int,
    store: Store,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Run the suite and return its report; an interrupted run of the same kind resumes.

    Parameters
    ----------
    labels : claims in any case; None or empty for all
    effort, seed, jobs : as in ``suite.run``
    store : where finished checks and results are kept
    progress : called as progress(done, total, text)
    """
    wanted = None if not labels else [find_claim(label).id for label in labels]
    unfinished, costs = store.unfinished(wanted, effort, seed), _costs(wanted, effort)
    finished: set[str] = set()
    if machine.BUILD_NAME in costs:
        progress(0, round(100 * sum(costs.values())), "compiling the machine-checked proofs first")

    def step(done: int, total: int, evidence: Evidence) -> None:
        finished.add(evidence.check)
        spent = sum(costs[name] for name in finished)
        text = f"{evidence.check} {evidence.verdict.value}, {done} of {total} checks"
        progress(round(100 * spent), round(100 * sum(costs.values())), text)

    report = suite.run(wanted, effort, seed, jobs, unfinished, step).as_dict()  # type: ignore[arg-type]
    store.finish(unfinished, report)
    return report


def _costs(wanted: Sequence[str] | None, effort: str) -> dict[str, float]:
    """Return what every check costs: the estimate of the time left weighs by it."""
    claims = registry.select(wanted)
    names = [name for claim in claims for name in claim.check_ids()]
    labels = {claim.id for claim in claims}
    names += [registry.near_miss_id(f) for f in registry.near_misses() if f.claim in labels]
    return {name: suite.cost(name) for name in suite.steps(names, effort)}


def audit(
    effort: str, seed: int, jobs: int, store: Store, progress: Progress = silent
) -> dict[str, Any]:
    """Run the audit, keep it, and return its JSON value."""
    result = audits.run(effort, seed, jobs, progress).as_dict()
    store.keep_audit(result)
    return result


def explain(label: str, store: Store) -> dict[str, Any]:
    """Return a claim with its checks and its evidence so far, schema "pmone-explain/1"."""
    claim = find_claim(label)
    found = store.claim(claim.id)
    return {
        "schema": "pmone-explain/1",
        **claim.about(),
        "used_by": used_by(claim.id),
        "checks": [{"name": c.name, "rung": c.rung.label} for c in claim.checks],
        "places": [asdict(place) for place in places.places(claim.id)],
        "last_run": found,
        "reproduce": f"pmone verify {shlex.quote(claim.id)}",
    }


def labels() -> dict[str, Any]:
    """Return all labels with their titles, schema "pmone-labels/1"."""
    known = registry.claims().values()
    return {"schema": "pmone-labels/1", "claims": [{"id": c.id, "title": c.title} for c in known]}


def exit_code(*results: dict[str, Any]) -> int:
    """Return the exit code of several results: 1 if one has it, else 3 if one has it, else 0."""
    codes = {int(result["exit_code"]) for result in results}
    return 1 if 1 in codes else 3 if codes - {0} else 0
