"""The graph of claims: what rests on what, and the status that follows from the rungs earned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proofs.claims.model import Claim
from proofs.evidence import Rung

Parents = Mapping[str, Sequence[str]]  # what each label rests on directly


class GraphError(ValueError):
    """The registry is not a graph of claims: a label twice, a dangling one, or a circle."""


@dataclass(frozen=True)
class Status:
    """What may be said of a claim, computed from its own rung and all its ancestors'.

    Attributes
    ----------
    claim : the label
    rung : the claim's own, earned in this run
    refuted : whether one of its checks failed
    missing : the ancestors (the claim itself not among them) that stand below "proved"
    not_run : those of the missing ones that this run did not check at all
    """

    claim: str
    rung: Rung
    refuted: bool
    missing: tuple[str, ...]
    not_run: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The status in words: "proved", "proved modulo BM; not run here: E1, G1", "tested", …"""
        if self.refuted:
            return "refuted"
        if self.rung < Rung.PROVED:
            return self.rung.label
        lacking = [name for name in self.missing if name not in self.not_run]
        modulo = f" modulo {', '.join(lacking)}" if lacking else ""
        unchecked = f"; not run here: {', '.join(self.not_run)}" if self.not_run else ""
        return f"{self.rung.label}{modulo}{unchecked}"

    @property
    def proved(self) -> bool:
        """Whether the claim and all its ancestors are at least proved."""
        return self.rung >= Rung.PROVED and not self.missing and not self.refuted


def index(claims: Iterable[Claim]) -> dict[str, Claim]:
    """Return the claims by label, in an order in which each follows what it depends on.

    Raises GraphError for a label that exists twice, a dependency that does not, or a circle.
    """
    by_id: dict[str, Claim] = {}
    for claim in claims:
        if claim.id in by_id:
            raise GraphError(f"label {claim.id} exists twice")
        by_id[claim.id] = claim
    ordered: dict[str, Claim] = {}
    open_: list[str] = []

    def visit(label: str, wanted_by: str) -> None:
        if label in ordered:
            return
        if label not in by_id:
            raise GraphError(f"{wanted_by} depends on {label}, which is no claim")
        if label in open_:
            raise GraphError(f"circle: {' → '.join([*open_[open_.index(label) :], label])}")
        open_.append(label)
        for parent in by_id[label].depends_on:
            visit(parent, label)
        open_.pop()
        ordered[label] = by_id[label]

    for label in by_id:
        visit(label, label)
    return ordered


def parents(claims: Mapping[str, Claim]) -> dict[str, tuple[str, ...]]:
    """Return what each claim rests on directly."""
    return {label: claim.depends_on for label, claim in claims.items()}


def ancestors(label: str, parents: Parents) -> tuple[str, ...]:
    """Return every label that one rests on, directly or not, in the order of ``parents``."""
    found: set[str] = set()
    todo = list(parents[label])
    while todo:
        parent = todo.pop()
        if parent not in found:
            found.add(parent)
            todo.extend(parents[parent])
    return tuple(name for name in parents if name in found)


def levels(parents: Parents) -> dict[str, int]:
    """Return for every label the length of the longest chain below it (0: rests on nothing)."""
    depth: dict[str, int] = {}

    def visit(label: str) -> int:
        if label not in depth:
            depth[label] = 1 + max(map(visit, parents[label]), default=-1)
        return depth[label]

    return {label: visit(label) for label in parents}


def reduced(parents: Parents) -> dict[str, list[str]]:
    """Return the parents of every label that its other parents do not rest on anyway.

    The transitive reduction: the smallest graph with the same ancestors.

    >>> reduced({"A": [], "B": ["A"], "C": ["A", "B"]})
    {'A': [], 'B': ['A'], 'C': ['B']}
    """
    above = {label: set(ancestors(label, parents)) for label in parents}
    return {
        label: [p for p in direct if not any(p in above[other] for other in direct)]
        for label, direct in parents.items()
    }


def statuses(
    claims: Mapping[str, Claim], rungs: Mapping[str, Rung], refuted: Iterable[str] = ()
) -> dict[str, Status]:
    """Return the status of every claim, given the rungs that this run's checks earned.

    A claim without an entry in ``rungs`` was not run: it stands at "stated". A refuted claim
    stands at "stated" too, whatever else passed.
    """
    bad = set(refuted)
    own = {name: Rung.STATED if name in bad else rungs.get(name, Rung.STATED) for name in claims}
    found, direct = {}, parents(claims)
    for name in claims:
        missing = tuple(a for a in ancestors(name, direct) if own[a] < Rung.PROVED)
        unchecked = tuple(a for a in missing if a not in rungs)
        found[name] = Status(name, own[name], name in bad, missing, unchecked)
    return found
