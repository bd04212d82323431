"""Claims made up for tests of the suite and the command: their checks say at once what they say."""

from proofs.claims import registry
from proofs.claims.graph import index
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Evidence, Rung, Verdict, from_cases


def passing(case):
    return Evidence(Rung.PROVED, Verdict.PASSED, "fine", details={"seed": case.seed})


def failing(case):
    return Evidence(Rung.PROVED, Verdict.FAILED, "false", counterexample={"x": 1})


def undecided(case):
    return Evidence(Rung.PROVED, Verdict.INCONCLUSIVE, "who knows")


def unrun(case):
    return Evidence(Rung.PROVED, Verdict.NOT_RUN, "not here")


def refuting(case):
    return from_cases(3, "numbers", {"x": 3})


def agreeing(case):
    return from_cases(3, "numbers")


def clause(*functions, name="whole", argued="", rung=Rung.PROVED):
    """Return a clause with these functions as checks of one rung."""
    return Clause(name, "s", tuple(Check(f.__name__, rung, f) for f in functions), argued)


def claim(label, *functions, depends_on=()):
    """Return a claim of one clause with these checks."""
    return of_clauses(label, clause(*functions), depends_on=depends_on)


def of_clauses(label, *clauses, depends_on=(), tests=()):
    return Claim(label, "t", "s", "s", OURS, "d", depends_on, "o", clauses, tests)


def register(monkeypatch, *claims, misses=()):
    """Put claims and near misses in the registry's place."""
    known = index(claims)
    checks = {f"{c.id}/{check.name}": check for c in claims for check in c.checks}
    checks |= {registry.near_miss_id(f): f.as_check() for f in misses}
    monkeypatch.setattr(registry, "claims", lambda: known)
    monkeypatch.setattr(registry, "near_misses", lambda: tuple(misses))
    monkeypatch.setattr(registry, "check", checks.__getitem__)
