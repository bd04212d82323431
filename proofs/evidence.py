"""Evidence: what one check found, as a value. Rungs, verdicts and the seeds of cases.

The ladder of rungs: a clause of a claim stands on the best rung of a check that passed in this
run, or on an argument in words; a claim stands on the lowest rung of its clauses. A check that did
not run, or could not decide, earns nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Any

import numpy as np


class Rung(IntEnum):
    """How firmly a clause stands, from nothing at all to a proof assistant's acceptance.

    ARGUED is a proof in words that nothing checks; PROVED, a computation that covers all parameters
    of the clause's domain; RECORDED, a proof assistant's acceptance of these very sources on
    another computer, whose result is kept with them.
    """

    STATED = 0
    MEASURED = 1
    TESTED = 2
    CERTIFIED = 3
    ARGUED = 4
    PROVED = 5
    RECORDED = 6
    MACHINE_CHECKED = 7

    @property
    def label(self) -> str:
        """The name in reports, e.g. "machine-checked"."""
        return "machine-checked (recorded)" if self is Rung.RECORDED else self.slug

    @property
    def slug(self) -> str:
        """The name as an identifier, e.g. "machine-checked", "recorded"."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def from_label(cls, label: str) -> Rung:
        """Return the rung of this name; the inverse of ``label``."""
        return {rung.label: rung for rung in cls}[label]


class Verdict(StrEnum):
    """What a check says. Only PASSED earns a rung; only FAILED refutes."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


def combine(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict of a conjunction: passed only if there is a part and all parts passed.

    >>> combine([]), combine([Verdict.PASSED, Verdict.NOT_RUN])
    (<Verdict.INCONCLUSIVE: 'inconclusive'>, <Verdict.INCONCLUSIVE: 'inconclusive'>)
    """
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    if verdicts and all(v is Verdict.PASSED for v in verdicts):
        return Verdict.PASSED
    return Verdict.INCONCLUSIVE


@dataclass(frozen=True)
class Evidence:
    """What one check found.

    Attributes
    ----------
    rung : what the check earns if it passed
    verdict : passed, failed, inconclusive or not run
    reason : one sentence, always
    k, n : violations (or failures) found among n cases (or trials); None where nothing is counted
    interval : a confidence interval (low, high) for a probability, rounded outward
    slack : how far inside its bound the claim was at the closest case checked exactly; None for
        what is measured
    counterexample : the values that refute the claim, if it failed
    details : everything else, ready for JSON
    check, seconds, seed, resumed : filled in by the runner; resumed means read back from an
        earlier, interrupted run of the same code, versions and seed
    """

    rung: Rung
    verdict: Verdict
    reason: str
    k: int | None = None
    n: int | None = None
    interval: tuple[float, float] | None = None
    slack: float | None = None
    counterexample: Mapping[str, Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    check: str = ""
    seconds: float = 0.0
    seed: int | None = None
    resumed: bool = False

    @property
    def earned(self) -> Rung:
        """The rung if the check passed, else STATED."""
        return self.rung if self.verdict is Verdict.PASSED else Rung.STATED

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        data = asdict(self)
        data["rung"] = self.rung.label
        data["verdict"] = self.verdict.value
        return {key: plain(value) for key, value in data.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Evidence:
        """Return the evidence that ``as_dict`` wrote."""
        fields = dict(data)
        fields["rung"] = Rung.from_label(fields["rung"])
        fields["verdict"] = Verdict(fields["verdict"])
        if fields["seed"] is not None:
            fields["seed"] = int(fields["seed"])  # a string where JSON could not hold it
        if fields["interval"] is not None:
            fields["interval"] = tuple(fields["interval"])
        return cls(**fields)


@dataclass(frozen=True)
class Case:
    """What a check is given: its name, how much effort to spend, and its own seed.

    The seed derives from the root seed and the name, so the number of workers, the order and the
    other checks cannot change a result. ``formal`` is what the run's build of the machine-checked
    development found, for the checks that judge it; None where it was not built.
    """

    name: str
    effort: str
    seed: int
    formal: Evidence | None = None

    @classmethod
    def of(cls, name: str, effort: str, root: int) -> Case:
        """Return the case of this name under a root seed."""
        return cls(name, effort, derive_seed(root, name))

    def rng(self) -> np.random.Generator:
        """Return a generator that starts afresh at the case's seed."""
        return np.random.default_rng(self.seed)

    def pick(self, quick: int, full: int) -> int:
        """Return the amount of work for this effort."""
        return quick if self.effort == "quick" else full


def derive_seed(root: int, name: str) -> int:
    """Return a seed in [0, 2^64) from a root seed and a name, by SHA-256.

    >>> derive_seed(0, "E1/exhaustive") == derive_seed(0, "E1/exhaustive")
    True
    """
    return int.from_bytes(hashlib.sha256(f"{root}:{name}".encode()).digest()[:8], "big")


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: exact numbers beyond float64's integers become strings."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, str, float)) or value is None:
        return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) <= 2**53 else str(int(value))
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, Fraction):
        return plain(value.numerator) if value.denominator == 1 else str(value)
    return str(value)


def from_cases(
    n: int,
    what: str,
    counterexample: Mapping[str, Any] | None = None,
    *,
    rung: Rung = Rung.TESTED,
    slack: float | None = None,
    details: Mapping[str, Any] | None = None,
) -> Evidence:
    """Return the evidence of n cases, stopped at the first counterexample if there is one.

    No case at all is inconclusive, never passed.

    >>> from_cases(0, "patterns").verdict
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    """
    if counterexample is not None:
        among = f"among {n} {what}" if n > 1 else f"in the first case, of {what}"
        verdict, reason = Verdict.FAILED, f"counterexample {among}"
    elif n == 0:
        verdict, reason = Verdict.INCONCLUSIVE, f"no {what} to check"
    else:
        verdict, reason = Verdict.PASSED, f"holds for all {n} {what}"
    return Evidence(
        rung,
        verdict,
        reason,
        k=int(counterexample is not None),
        n=n,
        slack=slack,
        counterexample=counterexample,
        details=details or {},
    )


def not_run(rung: Rung, reason: str) -> Evidence:
    """Return the evidence of a check that did not run, with the reason."""
    return Evidence(rung, Verdict.NOT_RUN, reason)
