"""`pmone compare`: all constructions, ours and theirs, on one target with one certificate.

Every construction draws one network from the seed; a draw without a ticket is shown as that. More
draws, with seeds of their own, only count how often there is a ticket.
"""

from __future__ import annotations

import math
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from constructions import CATALOGUE, construction, plan_for
from constructions.errors import InputError, NoTicket
from constructions.networks.distributions import NORMAL, SIGN, Distribution
from constructions.plan import Plan
from constructions.popup import edge_popup
from constructions.popup.data import Labelled
from constructions.progress import Progress, silent
from constructions.targets.target import TargetNetwork
from constructions.ticket import Ticket
from proofs.claims import registry
from proofs.claims.peers import STATED
from proofs.evidence import derive_seed
from proofs.experiments.compare.rows import SCHEMA, Comparison, PopupRow, Row
from proofs.kernel import check
from proofs.sampling import Count

__all__ = ["SCHEMA", "SECONDS", "TRIALS", "Comparison", "PopupRow", "Row", "compare"]

TRIALS, SECONDS = 20, 20.0
_HOPELESS = 7 * 86_400.0  # seconds
_LONGEST = 1e9  # seconds: some thirty years

_PAPER = "Weights ±1; width Θ(d·log²(dl/(εδ))); depth Θ(l·log(dl/ε))."


def compare(
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    *,
    seed: int = 0,
    names: Sequence[str] | None = None,
    trials: int = TRIALS,
    seconds: float = SECONDS,
    jobs: int = 1,
    memory: bool = True,
    data: Labelled | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Return the comparison of the constructions on one target.

    Parameters
    ----------
    target, eps, delta : as for `plan_for`; every construction plans for the target's class
    seed : of every construction's one network; 0 ≤ seed < 2^64
    names : of the catalogue; all of them for None
    trials : draws that count successes, the one of ``seed`` not among them
    seconds : 0 < seconds ≤ 10⁹; what one construction may take. One that would take longer by its
        plan's estimate is planned and not run; and its trials stop short of it: their number is set
        by the time of the first draw, never by its outcome
    jobs : ≥ 1; threads for subset sums, and processes for the trials
    memory : whether to run once more to trace memory
    data : labelled images on which edge-popup is run too, with ±1 and with normal weights
    progress : called with (done, total, text)

    Raises InputError for an unknown name, or arguments outside their domain.

    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> [row.status for row in compare(target, "0.5", "0.1", names=["pensia"], trials=2).rows]
    ['accepted']
    """
    chosen = tuple(CATALOGUE if names is None else names)
    unknown = [name for name in chosen if name not in CATALOGUE]
    if unknown or not chosen:
        raise InputError(
            f"names = {', '.join(chosen) or 'none'}: expected some of {', '.join(CATALOGUE)}"
        )
    if trials < 0 or jobs < 1 or not 0 < seconds <= _LONGEST or not 0 <= seed < 2**64:
        raise InputError(
            f"trials = {trials}, jobs = {jobs}, seconds = {seconds}, seed = {seed}: "
            f"expected trials ≥ 0, jobs ≥ 1, 0 < seconds ≤ {_LONGEST:.0e}, 0 ≤ seed < 2^64"
        )
    work = _Work(target, eps, delta, seed, trials, seconds, jobs, memory)
    rows = []
    for i, name in enumerate(chosen):
        progress(i, len(chosen) + 1, name)
        rows.append(work.row(name))
    progress(len(chosen), len(chosen) + 1, "edge-popup" if data else "done")

    def epoch(done: int, total: int, text: str) -> None:
        progress(len(chosen), len(chosen) + 1, f"{text}, epoch {done + 1} of {total}")

    popups = () if data is None else tuple(_popup(data, d, seed, epoch) for d in (SIGN, NORMAL))
    return Comparison(
        target.dims,
        target.domain.describe(),
        Decimal(str(eps)),
        Decimal(str(delta)),
        seed,
        tuple(rows),
        popups,
        () if names is None else chosen,
    )


@dataclass(frozen=True)
class _Work:
    """What every construction is asked to do; see `compare`."""

    target: TargetNetwork
    eps: str | float | Decimal
    delta: str | float | Decimal
    seed: int
    trials: int
    seconds: float
    jobs: int
    memory: bool

    def row(self, name: str) -> Row:
        """Plan, prune, certify, run again for the memory, and count draws with a ticket."""
        ours = construction(name).ours
        known: dict[str, Any] = {"construction": name, "ours": ours, **_states(name)}
        try:
            plan: Plan = plan_for(self.target, self.eps, self.delta, name)
        except InputError as error:
            return Row(**known, status="not run", reason=f"no plan: {error}")
        known |= _planned(plan)
        try:
            plan.require_feasible()  # however many seconds there are
        except InputError as error:
            return Row(**known, status="not run", reason=str(error))
        needed = plan.seconds
        if needed > self.seconds:
            remedy = f"--seconds {math.ceil(needed)} allows it"
            if needed > _HOPELESS:
                remedy = "a larger --eps needs less"
            reason = f"about {_duration(needed)} by estimate, above {self.seconds:g} s; {remedy}"
            return Row(**known, status="not run", reason=reason)
        start = time.perf_counter()
        try:
            ticket = _prune(name, self.target, plan, self.seed, self.jobs)
        except InputError as error:
            return Row(**known, status="not run", reason=str(error))
        except NoTicket as failure:
            known |= {"status": "no ticket", "reason": str(failure)}
            known["prune_seconds"] = time.perf_counter() - start
        else:
            known["prune_seconds"] = time.perf_counter() - start
            known |= _certified(ticket)
            if self.memory:
                known["peak_bytes"] = _peak(
                    lambda: _prune(name, self.target, plan, self.seed, self.jobs)
                )
        affordable = int(self.seconds / max(known["prune_seconds"], 1e-6))
        return Row(**known | self._successes(name, plan, min(self.trials, affordable)))

    def _successes(self, name: str, plan: Plan, trials: int) -> dict[str, Any]:
        if trials == 0:
            return {}
        seeds = [derive_seed(self.seed, f"compare {name} {i}") for i in range(trials)]
        outcomes = Parallel(n_jobs=self.jobs)(
            delayed(_has_ticket)(name, self.target, plan, at) for at in seeds
        )
        found = sum(outcomes)
        low, high = Count.of(found, trials).interval.as_floats()
        return {"successes": found, "trials": trials, "low": low, "high": high}


def _prune(name: str, target: TargetNetwork, plan: Plan, seed: int, jobs: int = 1) -> Ticket:
    return construction(name).prune(target, plan, plan.draw(seed), jobs=jobs)


def _has_ticket(name: str, target: TargetNetwork, plan: Plan, seed: int) -> bool:
    try:
        _prune(name, target, plan, seed)
    except NoTicket:
        return False
    return True


def _states(name: str) -> dict[str, Any]:
    if name in STATED:
        stated = STATED[name]
        known = {"claim": stated.label, "states": stated.statement, "sure": stated.sure}
        return known | {"note": stated.note}
    row = construction(name)
    claim = registry.claim(row.rates_claim or row.claim)
    if claim.source.kind != "paper":
        return {"claim": claim.id, "states": claim.statement, "sure": None}
    note = f"the dependence on δ is recalled; proved here, with constants: {claim.statement}"
    return {"claim": claim.id, "states": _PAPER, "sure": claim.source.sure, "note": note}


def _planned(plan: Plan) -> dict[str, Any]:
    return {
        "distribution": plan.distribution.describe(),
        "width": plan.N,
        "depth": plan.L,
        "random_weights": plan.random_weights,
        "random_bits": plan.random_bits,
        "bound_failure": plan.bound_failure,
    }


def _duration(seconds: float) -> str:
    """Return seconds in words.

    >>> _duration(31.2), _duration(5000), _duration(9e6), _duration(1e12)
    ('31 s', '83 min', '104 days', '31688 years')
    """
    for size, name in ((31_557_600, "years"), (86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def _certified(ticket: Ticket) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ticket.npz"
        ticket.save(path)
        start = time.perf_counter()
        certificate = check(path)
        took = time.perf_counter() - start
    return {
        "status": "accepted" if certificate.accepted else "rejected",
        "reason": "; ".join(certificate.reasons) or None,
        "kept_weights": ticket.kept_weights,
        "bound": certificate.bound,
        "check_seconds": took,
    }


def _peak(run: Callable[[], object]) -> int:
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        run()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()


def _popup(data: Labelled, distribution: Distribution, seed: int, progress: Progress) -> PopupRow:
    plan = edge_popup.plan((data.features, 256, data.classes), distribution=distribution)
    start = time.perf_counter()
    found = edge_popup.prune(data, plan, plan.draw(seed), progress)
    took = time.perf_counter() - start
    low, high = Count.of(found.correct, found.total).interval.as_floats()
    return PopupRow(
        distribution.describe(),
        data.name,
        plan.widths,
        plan.random_weights,
        plan.random_bits,
        found.kept_weights,
        found.correct,
        found.total,
        low,
        high,
        took,
    )
