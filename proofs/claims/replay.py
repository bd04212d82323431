"""D: what a certificate says. Replaying a ticket is sound, whoever made the ticket."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from constructions.catalogue import ours
from constructions.errors import NoTicket
from constructions.request import Request
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.sampling import certify, random_target


def check_against_exact_runs(case: Case) -> Evidence:
    """Run random tickets exactly, and the network of the matrices that the kernel extracted."""
    rng, done, missed = case.rng(), 0, 0
    for i in range(case.pick(12, 60)):
        name = sorted(ours())[i % len(ours())]
        dims = tuple(int(v) for v in rng.integers(1, 4, size=int(rng.integers(2, 5))))
        target = random_target(rng, dims, nonnegative=bool(rng.integers(2)))
        request = Request.for_target(target, "0.2", "0.1")
        plan = ours()[name].plan(request)
        try:
            ticket = ours()[name].prune(target, plan, plan.draw(int(rng.integers(2**32))))
        except NoTicket:
            missed += 1
            continue
        certificate = certify(ticket)
        x = rng.integers(0 if request.nonnegative else -8, 9, size=(3, dims[0])) / 8.0
        expected = [
            [v / Fraction(2) ** ticket.scale_log2 for v in _network(certificate.matrices, point)]
            for point in x
        ]
        done += 1
        if not certificate.accepted or ticket.run_exact(x).tolist() != expected:
            found = {"construction": name, "dims": dims, "verdict": certificate.verdict}
            return from_cases(done, "tickets", found)
    return from_cases(done, "tickets", details={"draws without a ticket": missed})


def _network(matrices: tuple[np.ndarray, ...], point: np.ndarray) -> list[Fraction]:
    h = [Fraction(float(v)) for v in point]
    for i, V in enumerate(matrices, 1):
        sums = [sum((int(v) * a for v, a in zip(row, h, strict=True)), Fraction(0)) for row in V]
        h = sums if i == len(matrices) else [max(s, Fraction(0)) for s in sums]
    return h


CLAIMS = (
    Claim(
        id="D1",
        title="a certificate holds for all inputs",
        statement="If the replay of a ticket rejects nothing, its network computes 2^−P V_l σ(… "
        "σ(V_1 x)) for every x of the domain, V_i being the integer matrices that the replay "
        "returns. If moreover Q2's sum, with every norm replaced by an upper bound and every "
        "operation rounded up, is at most ε, the ticket is within ε of its target on the domain.",
        latex=r"\sup_x\|f(x)-2^{-P}\,V_l\,\sigma(\cdots\sigma(V_1x))\|\le\varepsilon",
        source=OURS,
        domain="every ticket of the format, every x of its domain",
        depends_on=("H1", "Q2"),
        outline="Each rule of the replay puts an equal value in a neuron's place for all x: σ(z) = "
        "z for z ≥ 0, 0 for z ≤ 0, σ(z) − σ(−z) = z. By induction the atoms of a layer are the "
        "target's values. Scales move through by H1, and the rest is Q2.",
        clauses=(
            Clause(
                "replay",
                "By the format's rules, with signs from Philox, the pruned network is that of the "
                "matrices returned.",
                (machine_checked("replay_sound", "preactivations_ok", "signs_ok", "signs_known"),),
            ),
            Clause(
                "proved checker",
                "What the checker written in Coq accepts is within ε on the domain.",
                (machine_checked("verify_sound", "bound_sound", "norm_bound_sound"),),
            ),
            Clause("kernel", "The kernel replays by these rules.", argued="D1"),
            Clause("bound", "Accepting means within ε, by Q2 and rounding up.", argued="D1"),
        ),
        tests=(Check("exact-runs", Rung.TESTED, check_against_exact_runs, cost=6),),
    ),
)
