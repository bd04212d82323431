"""Claim, Clause and Check: what is claimed, part by part, and the code that earns its rungs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from proofs.evidence import Case, Evidence, Rung, Verdict

CheckFunction = Callable[[Case], Evidence]


@dataclass(frozen=True)
class Source:
    """Where a claim comes from.

    Attributes
    ----------
    kind : "paper" (arXiv 2110.08996), "ours", or "literature"
    reference : which work, or which of our documents
    sure : for literature, R read in the primary text, S in another's restatement or abstract only,
        M recalled; None for our own
    """

    kind: Literal["paper", "ours", "literature"]
    reference: str
    sure: Literal["R", "S", "M"] | None = None

    def __post_init__(self) -> None:
        if self.kind != "ours" and self.sure is None:
            raise ValueError(f"source {self.reference!r}: say how sure (R, S or M)")


PAPER = Source("paper", "Sreenivasan, Rajput, Sohn, Papailiopoulos, arXiv 2110.08996", "S")
OURS = Source("ours", "this project")


@dataclass(frozen=True)
class Check:
    """Code that can earn a rung for a claim.

    Attributes
    ----------
    name : unique within the claim; the check's id is "<claim>/<name>"
    rung : what it earns if it passes
    function : takes a Case, returns an Evidence of the same rung
    efforts : the efforts at which it runs; at others it is reported as not run
    cost : rough seconds at the effort "full", so that long checks start first
    """

    name: str
    rung: Rung
    function: CheckFunction
    efforts: tuple[str, ...] = ("quick", "full")
    cost: float = 1.0

    def run(self, case: Case) -> Evidence:
        """Run the check; an exception is a verdict too: inconclusive, with its text.

        A check may not return a higher rung than the one it stands for.
        """
        start = time.perf_counter()
        if case.effort not in self.efforts:
            reason = f"runs at effort {' or '.join(self.efforts)} only"
            evidence = Evidence(self.rung, Verdict.NOT_RUN, reason)
        else:
            try:
                evidence = self.function(case)
            except Exception as error:
                reason = f"the check broke: {type(error).__name__}: {error}"
                evidence = Evidence(self.rung, Verdict.INCONCLUSIVE, reason)
        if evidence.rung > self.rung:
            reason = f"the check claims {evidence.rung.label}, registered as {self.rung.label}"
            evidence = Evidence(self.rung, Verdict.INCONCLUSIVE, reason)
        seconds = time.perf_counter() - start
        return replace(evidence, check=case.name, seconds=seconds, seed=case.seed)


@dataclass(frozen=True)
class Clause:
    """One part of a claim's statement, with all that can earn its rung.

    Attributes
    ----------
    name : a few words, unique within the claim: "failure sum", "depth", …
    says : the part, as a sentence
    checks : the code that shows exactly this part; the best rung that one of them earns counts
    argued : where the paper argues it in words, "" where it does not
    """

    name: str
    says: str
    checks: tuple[Check, ...] = ()
    argued: str = ""

    @property
    def required(self) -> Rung:
        """The rung that a run must reach: the best that the clause names, a recorded one included.

        Without any check or argument it is STATED: the clause stands on its source.
        """
        named = [check.rung for check in self.checks] + [Rung.ARGUED] * bool(self.argued)
        best = max(named, default=Rung.STATED)
        return Rung.RECORDED if best is Rung.MACHINE_CHECKED else best


@dataclass(frozen=True)
class Claim:
    """A labelled statement, its clauses, and the checks of the whole.

    Attributes
    ----------
    id : the label, e.g. "E1"; it exists once
    title, statement, latex : a few words; plain text; the same for the paper
    source : where it comes from
    domain : the parameters and their ranges
    depends_on : the labels whose truth the proof uses
    outline : the proof in words
    clauses : the parts of the statement, at least one; the claim's rung is the lowest of theirs
    tests : checks that may refute the statement, but cannot show all of any clause
    """

    id: str
    title: str
    statement: str
    latex: str
    source: Source
    domain: str
    depends_on: tuple[str, ...]
    outline: str
    clauses: tuple[Clause, ...]
    tests: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        names = [clause.name for clause in self.clauses]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"claim {self.id}: clauses {names}: expected one or more, named once")

    @property
    def required(self) -> Rung:
        """The rung that a run must reach: the lowest of the clauses'."""
        return min(clause.required for clause in self.clauses)

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks, the clauses' first, each once."""
        found = [check for clause in self.clauses for check in clause.checks]
        return tuple({check.name: check for check in (*found, *self.tests)}.values())

    def about(self) -> dict[str, Any]:
        """Return what the claim says, without any evidence, ready for JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "statement": self.statement,
            "latex": self.latex,
            "source": asdict(self.source),
            "domain": self.domain,
            "depends_on": list(self.depends_on),
            "required_rung": self.required.label,
            "outline": self.outline,
            "clauses": [
                {
                    "name": clause.name,
                    "says": clause.says,
                    "required_rung": clause.required.label,
                    "checks": [check.name for check in clause.checks],
                    "argued": clause.argued,
                }
                for clause in self.clauses
            ],
        }

    def check_ids(self) -> tuple[str, ...]:
        """Return the ids of the checks, "<claim>/<name>"."""
        return tuple(f"{self.id}/{check.name}" for check in self.checks)


@dataclass(frozen=True)
class NearMiss:
    """A plausible but false variant of a claim, which the suite must refute by itself.

    Attributes
    ----------
    id : a name in lower case with hyphens
    statement : the false statement
    claim : the label of the true statement next to it
    truth : what is true instead
    refute : searches from small to large; returns an Evidence whose verdict is FAILED with a
        counterexample if the statement was refuted, and INCONCLUSIVE if none was found
    """

    id: str
    statement: str
    claim: str
    truth: str
    refute: CheckFunction

    def as_check(self) -> Check:
        """Return the search as a check; without a counterexample nothing is refuted."""
        return Check(self.id, Rung.TESTED, self.search)

    def search(self, case: Case) -> Evidence:
        """Search for the smallest counterexample."""
        evidence = self.refute(case)
        if evidence.verdict is Verdict.PASSED:
            reason = f"no counterexample found among {evidence.n}"
            evidence = replace(evidence, verdict=Verdict.INCONCLUSIVE, reason=reason)
        if evidence.verdict is Verdict.FAILED and not evidence.counterexample:
            return replace(
                evidence, verdict=Verdict.INCONCLUSIVE, reason="refuted without a counterexample"
            )
        return evidence
