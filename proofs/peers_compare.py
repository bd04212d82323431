"""`pmone compare`: all constructions, ours and theirs, on one target with one certificate.

Every construction draws one network from the seed; a draw without a ticket is shown as that. More
draws, with seeds of their own, only count how often there is a ticket.
"""

from __future__ import annotations

import csv
import io
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from constructions import CONSTRUCTIONS
from constructions import plan_for as our_plan_for
from constructions.errors import InputError, NoTicket
from constructions.peers import PEERS, PeerPlan, draw, edge_popup
from constructions.peers import plan_for as peer_plan_for
from constructions.peers.data import Labelled
from constructions.peers.distributions import NORMAL, SIGN, Distribution
from constructions.plan import Plan
from constructions.progress import Progress, silent
from constructions.target import TargetNetwork
from constructions.ticket import Ticket
from proofs.claims import registry
from proofs.claims.peers import STATED
from proofs.environment import commit, versions
from proofs.evidence import derive_seed, plain
from proofs.kernel import check
from proofs.peers_measure import Count

SCHEMA = "pmone-comparison/1"
NAMES = (*CONSTRUCTIONS, *PEERS)
STEPS = 1e9  # of a plan's rough work; about ten seconds each
TRIALS, SECONDS = 20, 20.0

Status = Literal["accepted", "rejected", "no ticket", "not run"]
_OURS = {"horner": "S5", "sign-agnostic": "A1", "blocks": "B5"}


@dataclass(frozen=True)
class Row:
    """One construction. What was not reached is None: nothing stands for zero but zero.

    Attributes
    ----------
    construction, ours : its name, and whether it is one of ours (the paper's included)
    distribution : of the random weights
    status : the verdict of the checker, or "no ticket" in this draw, or "not run"
    reason : for every status but "accepted"
    width, depth, random_weights, random_bits : of the random network that the plan asks for
    kept_weights, bound : of the ticket; the bound is certified, for all inputs of the domain
    bound_failure : proved upper bound on the probability of no ticket; None where none is proved
    successes, trials, low, high : draws that had a ticket, of so many, and the 99.9% interval
    prune_seconds, check_seconds, peak_bytes : wall time; memory allocated at most by a second,
        traced run of the same draw
    claim, states, sure : the label in the registry, what its theorem states, and how sure: R read,
        S in a restatement or abstract, M recalled; None for what is proved here
    """

    construction: str
    ours: bool
    distribution: str | None = None
    status: Status = "not run"
    reason: str | None = None
    width: int | None = None
    depth: int | None = None
    random_weights: int | None = None
    random_bits: float | None = None
    kept_weights: int | None = None
    bound: float | None = None
    bound_failure: float | None = None
    successes: int | None = None
    trials: int | None = None
    low: float | None = None
    high: float | None = None
    prune_seconds: float | None = None
    check_seconds: float | None = None
    peak_bytes: int | None = None
    claim: str = ""
    states: str = ""
    sure: str | None = None


@dataclass(frozen=True)
class PopupRow:
    """Edge-popup on data: accuracy with an exact interval, and nothing certified."""

    distribution: str
    data: str
    widths: tuple[int, ...]
    random_weights: int
    random_bits: float
    kept_weights: int
    correct: int
    total: int
    low: float
    high: float
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """The table, with what it was made from."""

    dims: tuple[int, ...]
    domain: str
    eps: Decimal
    delta: Decimal
    seed: int
    rows: tuple[Row, ...]
    popups: tuple[PopupRow, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, schema "pmone-comparison/1"."""
        return {
            "schema": SCHEMA,
            "dims": list(self.dims),
            "domain": self.domain,
            "epsilon": str(self.eps),
            "delta": str(self.delta),
            "seed": plain(self.seed),
            "versions": versions(),
            "commit": commit(),
            "rows": [plain(asdict(row)) for row in self.rows],
            "edge_popup": [plain(asdict(row)) for row in self.popups],
        }

    def as_csv(self) -> str:
        """Return the rows as CSV with a header line; what was not reached is empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = [field.name for field in fields(Row)]
        writer.writerow(names)
        for row in self.rows:
            writer.writerow(["" if (v := getattr(row, n)) is None else v for n in names])
        return out.getvalue()

    def table_rows(self) -> list[dict[str, str]]:
        """Return the table for a terminal: the same columns in every row, text throughout."""
        return [_shown(row) for row in self.rows]

    @property
    def exit_code(self) -> int:
        """0 every construction's ticket was accepted; 1 one was rejected; 3 one is missing."""
        statuses = {row.status for row in self.rows}
        return 1 if "rejected" in statuses else int(statuses != {"accepted"}) * 3


def compare(
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    *,
    seed: int = 0,
    names: Sequence[str] | None = None,
    trials: int = TRIALS,
    seconds: float = SECONDS,
    steps: float = STEPS,
    memory: bool = True,
    data: Labelled | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Return the comparison of the constructions on one target.

    Parameters
    ----------
    target, eps, delta : as for `plan_for`; every construction plans for the target's class
    seed : of every construction's one network; 0 ≤ seed < 2^64
    names : which of ``NAMES``; all of them for None
    trials : draws that count successes, the one of ``seed`` not among them
    seconds : the trials of a construction stop short of it: their number is set by the time of the
        first draw, never by its outcome
    steps : constructions whose plan needs more than so many steps are planned and not run
    memory : whether to run once more to trace memory
    data : labelled images on which edge-popup is run too, with ±1 and with normal weights
    progress : called with (done, total, text)

    Raises InputError for an unknown name, or arguments outside their domain.

    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> [row.status for row in compare(target, "0.5", "0.1", names=["pensia"], trials=2).rows]
    ['accepted']
    """
    chosen = NAMES if names is None else tuple(names)
    unknown = [name for name in chosen if name not in NAMES]
    if unknown or not chosen:
        raise InputError(
            f"names = {', '.join(chosen) or 'none'}: expected some of {', '.join(NAMES)}"
        )
    if trials < 0 or not 0 <= seed < 2**64:
        raise InputError(f"trials = {trials}, seed = {seed}: expected trials ≥ 0, 0 ≤ seed < 2^64")
    rows = []
    for i, name in enumerate(chosen):
        progress(i, len(chosen) + 1, name)
        rows.append(_row(name, target, eps, delta, seed, trials, seconds, steps, memory))
    progress(len(chosen), len(chosen) + 1, "edge-popup" if data else "done")
    popups = () if data is None else tuple(_popup(data, d, seed) for d in (SIGN, NORMAL))
    return Comparison(
        target.dims,
        target.domain.describe(),
        Decimal(str(eps)),
        Decimal(str(delta)),
        seed,
        tuple(rows),
        popups,
    )


def _row(
    name: str,
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    seed: int,
    trials: int,
    seconds: float,
    steps: float,
    memory: bool,
) -> Row:
    ours = name in CONSTRUCTIONS
    known: dict[str, Any] = {"construction": name, "ours": ours, **_states(name)}
    try:
        plan: Plan | PeerPlan = (
            our_plan_for(target, eps, delta, name)
            if ours
            else peer_plan_for(target, eps, delta, name)
        )
    except InputError as error:
        return Row(**known, status="not run", reason=f"no plan: {error}")
    known |= _planned(plan)
    needed = _work(name, plan)
    if needed > steps:
        reason = f"about {needed:.1e} steps, more than the limit of {steps:.1e}"
        return Row(**known, status="not run", reason=reason)

    def run(at: int) -> Ticket:
        module: Any = CONSTRUCTIONS[name] if ours else PEERS[name]
        ticket: Ticket = module.prune(target, plan, draw(plan, at))
        return ticket

    start = time.perf_counter()
    try:
        ticket = run(seed)
    except InputError as error:
        return Row(**known, status="not run", reason=str(error))
    except NoTicket as failure:
        known |= {"status": "no ticket", "reason": str(failure)}
        known["prune_seconds"] = time.perf_counter() - start
    else:
        known["prune_seconds"] = time.perf_counter() - start
        known |= _certified(ticket)
        if memory:
            known["peak_bytes"] = _peak(lambda: run(seed))
    affordable = int(seconds / max(known["prune_seconds"], 1e-6))
    return Row(**known | _successes(run, name, seed, min(trials, affordable)))


def _states(name: str) -> dict[str, Any]:
    if name in _OURS:
        claim = registry.claim(_OURS[name])
        return {"claim": claim.id, "states": claim.statement, "sure": claim.source.sure}
    stated = STATED[name]
    return {"claim": stated.label, "states": stated.statement, "sure": stated.sure}


def _planned(plan: Plan | PeerPlan) -> dict[str, Any]:
    distribution = SIGN if isinstance(plan, Plan) else plan.distribution
    return {
        "distribution": distribution.describe(),
        "width": max(plan.widths[1:-1]),
        "depth": plan.L,
        "random_weights": plan.random_weights,
        "random_bits": plan.random_weights * distribution.random_bits,
        "bound_failure": plan.bound_failure,
    }


def _work(name: str, plan: Plan | PeerPlan) -> float:
    """Return rough steps; ours read few signs of even the widest network."""
    if isinstance(plan, PeerPlan):
        return plan.work
    if name == "diffenderfer":
        return float(sum(a * b for a, b in zip(plan.widths[1::2], plan.widths[2::2], strict=True)))
    return 0.0


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


def _successes(run: Callable[[int], object], name: str, seed: int, trials: int) -> dict[str, Any]:
    if trials == 0:
        return {}
    found = 0
    for i in range(trials):
        try:
            run(derive_seed(seed, f"compare {name} {i}"))
        except NoTicket:
            continue
        found += 1
    low, high = Count.of(found, trials).interval.as_floats()
    return {"successes": found, "trials": trials, "low": low, "high": high}


def _popup(data: Labelled, distribution: Distribution, seed: int) -> PopupRow:
    plan = edge_popup.plan((data.features, 256, data.classes), distribution=distribution)
    start = time.perf_counter()
    found = edge_popup.prune(data, plan, plan.weights(seed))
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


def _shown(row: Row) -> dict[str, str]:
    def number(value: float | None, form: str = ",.0f") -> str:
        return "–" if value is None else f"{value:{form}}" if value < 1e8 else f"{value:.2e}"

    success = "–"
    if row.trials:
        success = f"{row.successes}/{row.trials} [{row.low:.3f}, {row.high:.3f}]"
    return {
        "construction": row.construction,
        "weights": row.distribution or "–",
        "status": row.status if row.reason is None else _because(row.status, row.reason),
        "width": number(row.width),
        "depth": number(row.depth),
        "random weights": number(row.random_weights),
        "random bits": number(row.random_bits),
        "kept": number(row.kept_weights),
        "certified error": number(row.bound, ".3g"),
        "P(no ticket) ≤": number(row.bound_failure, ".2g"),
        "tickets": success,
        "prune s": number(row.prune_seconds, ".2f"),
        "check s": number(row.check_seconds, ".2f"),
        "MB": number(None if row.peak_bytes is None else row.peak_bytes / 1e6, ".1f"),
        "stated": f"{row.claim}{'' if row.sure is None else f' ({row.sure})'}: {row.states}",
    }


def _because(status: str, reason: str) -> str:
    return reason if reason.startswith(status) else f"{status}: {reason}"
