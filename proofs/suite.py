"""The suite: run the checks of claims, collect the evidence, say what was reached.

A check's result depends on its name, the effort, the root seed and the code, and on nothing else:
not on the number of workers, the order, or the other checks. So a finished check's evidence can be
kept in a file, and an interrupted run resumes from what is there.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache as memoize
from pathlib import Path
from typing import Any, Literal

from joblib import Parallel, delayed

from constructions.files import write_text
from proofs import provenance
from proofs.claims import graph, machine, registry
from proofs.claims.model import Check, Claim, Clause, NearMiss
from proofs.evidence import Case, Evidence, Rung, Verdict, combine, plain
from proofs.provenance import versions

SCHEMA = "pmone-report/3"
EFFORTS = ("quick", "full")
_ROOT = Path(__file__).resolve().parent.parent
_FORMAL_FILES = {"Makefile", "_CoqProject", "theorems.json"}

Effort = Literal["quick", "full"]
Progress = Callable[[int, int, Evidence], None]


@dataclass(frozen=True)
class ClauseResult:
    """One clause with the evidence of this run."""

    clause: Clause
    evidence: tuple[Evidence, ...]

    @property
    def rung(self) -> Rung:
        """The best rung of its checks that passed, or its argument's; STATED if one failed."""
        if any(e.verdict is Verdict.FAILED for e in self.evidence):
            return Rung.STATED
        argued = Rung.ARGUED if self.clause.argued else Rung.STATED
        return max([argued, *(e.earned for e in self.evidence)])

    @property
    def reached(self) -> bool:
        """Whether the clause earned its required rung."""
        return self.rung >= self.clause.required


@dataclass(frozen=True)
class ClaimResult:
    """One claim with the evidence of this run."""

    claim: Claim
    evidence: tuple[Evidence, ...]

    @property
    def refuted(self) -> bool:
        """Whether a check found a counterexample."""
        return any(e.verdict is Verdict.FAILED for e in self.evidence)

    @property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """Every clause with the evidence of its own checks."""
        found = {e.check.partition("/")[2]: e for e in self.evidence}
        return tuple(
            ClauseResult(clause, tuple(found[check.name] for check in clause.checks))
            for clause in self.claim.clauses
        )

    @property
    def rung(self) -> Rung:
        """The lowest rung of a clause; STATED if any check failed."""
        return Rung.STATED if self.refuted else min(c.rung for c in self.clauses)

    @property
    def reached(self) -> bool:
        """Whether every clause earned its required rung, and no check is inconclusive.

        A check that was not run at this effort, or not here, does not count against the claim: the
        rungs have to be earned by the others.
        """
        undecided = any(e.verdict is Verdict.INCONCLUSIVE for e in self.evidence)
        return not self.refuted and not undecided and all(c.reached for c in self.clauses)

    @property
    def seconds(self) -> float:
        """The time of all its checks."""
        return sum(e.seconds for e in self.evidence)


@dataclass(frozen=True)
class NearMissResult:
    """One near miss with the outcome of the search for a counterexample."""

    miss: NearMiss
    evidence: Evidence

    @property
    def refuted(self) -> bool:
        """Whether the suite refuted it, as it must."""
        return self.evidence.verdict is Verdict.FAILED


@dataclass(frozen=True)
class Report:
    """All that a run of the suite found; ``formal`` is its build of the machine-checked proofs."""

    claims: tuple[ClaimResult, ...]
    near_misses: tuple[NearMissResult, ...]
    formal: Evidence | None
    statuses: Mapping[str, graph.Status]
    effort: str
    seed: int
    wall_seconds: float
    started: str
    commit: str | None
    versions: Mapping[str, str]

    @property
    def verdict(self) -> Verdict:
        """Passed if all that was asked was reached; failed if anything was refuted.

        A near miss that was not refuted is a failure of the suite itself.
        """
        verdicts = [
            Verdict.FAILED
            if result.refuted
            else Verdict.PASSED
            if result.reached
            else Verdict.INCONCLUSIVE
            for result in self.claims
        ]
        misses = [Verdict.PASSED if f.refuted else Verdict.FAILED for f in self.near_misses]
        checked = any(e.verdict is Verdict.PASSED for r in self.claims for e in r.evidence)
        overall = combine(verdicts + misses)
        return Verdict.INCONCLUSIVE if overall is Verdict.PASSED and not checked else overall

    @property
    def statistics(self) -> dict[str, float]:
        """The statistical tests of this run and their joint errors, by a union bound.

        ``tests`` is their number; ``joint_error`` bounds the probability that a true statement is
        rejected by one of them, ``joint_inflation`` that one passes a false statement.
        """
        errors = [
            (e.details["error_probability"], e.details["inflation_probability"])
            for result in self.claims
            for e in result.evidence
            if "error_probability" in e.details
        ]
        return {
            "tests": len(errors),
            "joint_error": sum(error for error, _ in errors),
            "joint_inflation": sum(inflation for _, inflation in errors),
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, schema "pmone-report/3".

        ``claims``: id, title, statement, latex, source, domain, depends_on, required_rung, rung,
        status, reached, refuted, outline, seconds, clauses, evidence (see ``Evidence``); a clause
        has name, says, argued, checks (their names), required_rung, rung and reached;
        ``near_misses``: id, statement, claim, truth, refuted, counterexample, evidence;
        ``formal``: the evidence of the build of the machine-checked proofs, or None;
        ``statistics``: see there.
        """
        return {
            "schema": SCHEMA,
            "verdict": self.verdict.value,
            "exit_code": exit_code(self),
            "effort": self.effort,
            "seed": plain(self.seed),
            "started": self.started,
            "wall_seconds": self.wall_seconds,
            "commit": self.commit,
            "versions": dict(self.versions),
            "formal": None if self.formal is None else self.formal.as_dict(),
            "statistics": self.statistics,
            "claims": [self._claim(result) for result in self.claims],
            "near_misses": [_miss(result) for result in self.near_misses],
        }

    def _claim(self, result: ClaimResult) -> dict[str, Any]:
        about, status = result.claim.about(), self.statuses[result.claim.id]
        clauses = [
            {**said, "rung": found.rung.label, "reached": found.reached}
            for said, found in zip(about["clauses"], result.clauses, strict=True)
        ]
        return {
            **about,
            "clauses": clauses,
            "rung": result.rung.label,
            "status": status.text,
            "not_run_here": list(status.not_run),
            "reached": result.reached,
            "refuted": result.refuted,
            "seconds": result.seconds,
            "evidence": [e.as_dict() for e in result.evidence],
        }


def _miss(result: NearMissResult) -> dict[str, Any]:
    return {
        "id": result.miss.id,
        "statement": result.miss.statement,
        "claim": result.miss.claim,
        "truth": result.miss.truth,
        "refuted": result.refuted,
        "counterexample": plain(result.evidence.counterexample),
        "evidence": result.evidence.as_dict(),
    }


def exit_code(report: Report) -> int:
    """Return 0 if all requested claims reached their rung, 1 if anything was refuted, else 3.

    A near miss that the suite fails to refute counts as 1. Zero claims checked is 3, never 0.
    """
    return {Verdict.PASSED: 0, Verdict.FAILED: 1}.get(report.verdict, 3)


def run(
    claims: Iterable[str] | None = None,
    effort: Effort = "quick",
    seed: int = 0,
    jobs: int = 1,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run the checks of the claims, and the near misses next to them.

    Parameters
    ----------
    claims : labels; None means all. What they depend on is run too, for the computed status, only
        if it is among them: an ancestor that was not run counts as not proved
    effort : "quick" (under two minutes on two cores) or "full" (under thirty), which also builds
        the machine-checked development, once, if one of the claims has theorems in it
    seed : the root seed; 0 ≤ seed < 2^64
    jobs : workers; the numbers do not depend on it
    cache : a directory that keeps each finished check's evidence, so that an interrupted run
        resumes; None keeps nothing. Keys hold the code's digest: changed code never resumes
    progress : called as progress(done, total, evidence) in the calling process

    Raises ValueError for an unknown label, effort, seed or number of jobs.
    """
    if effort not in EFFORTS:
        raise ValueError(f"effort = {effort!r}: expected one of {', '.join(EFFORTS)}")
    if not 0 <= seed < 2**64 or jobs < 1:
        raise ValueError(f"seed = {seed}, jobs = {jobs}: expected 0 ≤ seed < 2^64 and jobs ≥ 1")
    known = registry.claims()
    wanted = registry.select(claims)
    misses = [f for f in registry.near_misses() if f.claim in {c.id for c in wanted}]
    start, started = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
    names = [name for claim in wanted for name in claim.check_ids()]
    names += [registry.near_miss_id(miss) for miss in misses]
    found = _run_checks(names, effort, seed, jobs, cache, progress)
    results = tuple(ClaimResult(c, tuple(found[name] for name in c.check_ids())) for c in wanted)
    return Report(
        claims=results,
        near_misses=tuple(NearMissResult(f, found[registry.near_miss_id(f)]) for f in misses),
        formal=found.get(machine.BUILD_NAME),
        statuses=graph.statuses(
            known,
            {r.claim.id: r.rung for r in results},
            [r.claim.id for r in results if r.refuted],
        ),
        effort=effort,
        seed=seed,
        wall_seconds=time.perf_counter() - start,
        started=started,
        commit=provenance.commit(),
        versions=versions(),
    )


def _run_checks(
    names: list[str],
    effort: str,
    seed: int,
    jobs: int,
    cache: Path | None,
    progress: Progress | None,
) -> dict[str, Evidence]:
    """Return the evidence by check id; the longest checks start first.

    What judges the machine-checked development comes last, in this process, when the build that
    is among the others is done.
    """
    judging = [n for n in names if registry.check(n).rung is Rung.MACHINE_CHECKED]
    first = steps(names, effort)
    order = sorted(set(first) - set(judging), key=lambda name: (-_check(name).cost, name))
    digest = code_digest() if cache is not None else ""
    work = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(
        delayed(_run_one)(Case.of(name, effort, seed), cache, digest) for name in order
    )
    found: dict[str, Evidence] = {}
    for evidence in itertools.chain(work, _judge(judging, effort, seed, found)):
        found[evidence.check] = evidence
        if progress is not None:
            progress(len(found), len(first), evidence)
    return found


def steps(names: Iterable[str], effort: str) -> list[str]:
    """Return the checks that a run makes: these, and the formal build if one of them needs it."""
    wanted = list(names)
    formal = any(registry.check(name).rung is Rung.MACHINE_CHECKED for name in wanted)
    return [machine.BUILD_NAME, *wanted] if formal and effort == "full" else wanted


def cost(name: str) -> float:
    """Return the rough seconds of a check, or of the formal build, at the effort "full"."""
    return _check(name).cost


def _check(name: str) -> Check:
    return machine.BUILD if name == machine.BUILD_NAME else registry.check(name)


def _judge(
    names: list[str], effort: str, seed: int, found: Mapping[str, Evidence]
) -> Iterator[Evidence]:
    """Run the checks that judge the formal build; ``found`` holds it by the time of the first."""
    for name in names:
        case = replace(Case.of(name, effort, seed), formal=found.get(machine.BUILD_NAME))
        yield registry.check(name).run(case)


def _run_one(case: Case, cache: Path | None, digest: str) -> Evidence:
    """Run one check in whichever process this is, or read back what an earlier run finished."""
    path = None if cache is None else cache / _key(case, digest)
    if path is not None and path.exists():
        try:
            evidence = Evidence.from_dict(json.loads(path.read_text(encoding="utf-8")))
            return replace(evidence, resumed=True)
        except (ValueError, KeyError, TypeError):
            path.unlink()  # not what we wrote: run the check again
    evidence = _check(case.name).run(case)
    # Only what ran to a verdict is kept: "not run" may be possible the next time, and so may a
    # build that broke.
    built = case.name != machine.BUILD_NAME or evidence.verdict is Verdict.PASSED
    if path is not None and built and evidence.verdict is not Verdict.NOT_RUN:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(evidence.as_dict()))
    return evidence


def _key(case: Case, digest: str) -> str:
    """Return the name of the file that keeps a check's evidence: all that it depends on."""
    formal = machine.build_digest() if case.name == machine.BUILD_NAME else ""
    text = json.dumps([SCHEMA, case.name, case.effort, case.seed, digest, formal, versions()])
    return f"{case.name.replace('/', '-')}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"


@memoize
def code_digest() -> str:
    """Return a SHA-256 over the code that the checks run, the formal development included."""
    formal = (path for path in (_ROOT / "proofs/formal").rglob("*") if path.is_file())
    sources = (p for p in formal if p.suffix == ".v" or p.name in _FORMAL_FILES)
    return provenance.code_digest([__name__], sources, _ROOT)
