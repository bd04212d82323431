"""P: the same job with other random weights. What others state, and what runs here.

A claim's statement is ours: about the construction in `constructions.peers`, which follows the
paper's idea with our own arrangement and constants. It earns its rung by code. What the paper
states itself is in `STATED`, in the outline, and earns nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from constructions import construction
from constructions.errors import InputError, NoTicket
from constructions.networks.distributions import NORMAL, SIGN
from constructions.plan import Plan
from constructions.popup import edge_popup
from constructions.popup.data import digits
from constructions.quantize import quantize
from constructions.request import Request
from constructions.targets.target import Matrix, TargetNetwork
from constructions.ticket import Ticket
from proofs.claims.draws import SAMPLE, accepted_or_missed, not_a_ticket
from proofs.claims.model import Check, Claim, Clause, Source
from proofs.claims.peer_failures import exact_failure
from proofs.evidence import Case, Evidence, Rung, Verdict, derive_seed, from_cases, not_run
from proofs.experiments.compare.subset_sums import agree, public_statistic, published
from proofs.sampling import Count, NotATicket, count_draws, random_target
from proofs.sampling import certify as certificate_of
from proofs.statistics import BoundTest

DELTA = "0.05"
DRAWS_DELTA = "0.2"  # of counted draws: large enough for 400 draws to tell


@dataclass(frozen=True)
class Stated:
    """What a paper states, and how sure: R read, S in a restatement or abstract, M recalled."""

    label: str
    statement: str
    note: str
    reference: str
    sure: Literal["R", "S", "M"]


STATED: dict[str, Stated] = {
    "malach": Stated(
        "P1",
        "Weights from any bounded distribution; width polynomial, O(d⁵l²) with 1/ε²; depth 2l.",
        "norm and sparsity assumptions on the target; 1/ε² is recalled, not re-read",
        "Malach, Yehudai, Shalev-Shwartz, Shamir 2020, arXiv 2002.00585",
        "S",
    ),
    "orseau": Stated(
        "P2",
        "Weights of density ∝ 1/|w| on a bounded range; O(log 1/ε) intermediate neurons a target "
        "weight, about d²·log(dl/ε) a layer; depth 2l.",
        "the density is recalled, not re-read",
        "Orseau, Hutter, Rivasplata 2020, arXiv 2006.12156",
        "S",
    ),
    "pensia": Stated(
        "P3",
        "Weights uniform on [−1, 1]; width d·C·log(dl/min(ε, δ)); depth 2l.",
        "‖W‖ ≤ 1, ‖x‖ ≤ 1; the constant is not numeric (Lueker 1998)",
        "Pensia, Rajput, Nagle, Vishwakarma, Papailiopoulos 2020, arXiv 2006.07990",
        "S",
    ),
    "diffenderfer": Stated(
        "P4",
        "Binary weights; width O(l·d^{3/2}/ε + l·d·log(ld/ε)); depth 2l.",
        "the depth is recalled, not re-read",
        "Diffenderfer, Kailkhura 2021, Multi-Prize Lottery Ticket, ICLR",
        "S",
    ),
    "kumar-natale": Stated(
        "P5",
        "Weights uniform on a grid of step δ in [−1, 1]; width O(d·log(1/δ)) and depth 2l (l + 1 "
        "with one more logarithm) represent targets on a coarser grid exactly; a matching lower "
        "bound.",
        "a grid of ±1 alone is not covered",
        "Kumar, Natale 2025, Quantization vs Pruning, arXiv 2508.11020",
        "R",
    ),
    "edge-popup": Stated(
        "P6",
        "Masks found by gradient search on scores; a random Wide ResNet-50's subnetwork reaches "
        "73.3% top-1 on ImageNet.",
        "empirical",
        "Ramanujan et al. 2020, arXiv 1911.13299",
        "S",
    ),
}

_EXACT = ("diffenderfer", "kumar-natale")


def certify(name: str, case: Case) -> Evidence:
    """Prune random targets and have the kernel check the ticket files."""
    rng, missed, accepted, slack = case.rng(), 0, 0, None
    for i in range(case.pick(6, 25)):
        dims = tuple(int(v) for v in rng.integers(1, 4, size=int(rng.integers(2, 4))))
        target, eps = random_target(rng, dims), f"{2.0 ** -rng.uniform(0.5, 2.5):.4f}"
        plan = construction(name).plan(Request.of(dims, eps, DELTA))
        seed = derive_seed(case.seed, f"ticket {i}")
        try:
            ticket = construction(name).prune(target, plan, plan.draw(seed))
        except NoTicket:
            missed += 1
            continue
        certificate = certificate_of(ticket)
        x = rng.standard_normal((3, dims[0]))
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9) * (1 + 2.0**-40)
        difference = ticket.run_exact(x).astype(float) - target(x)
        error = float(np.linalg.norm(difference, axis=1).max())
        at = {"dims": dims, "eps": eps, "seed": seed, "verdict": certificate.verdict}
        if not certificate.accepted or error > float(certificate.bound or 0.0) + 1e-12:
            at |= {"reasons": certificate.reasons, "error": error}
            return from_cases(i + 1, "tickets", at, rung=Rung.CERTIFIED)
        if name in _EXACT and not _is_exact(ticket, _rounded(target, plan), x):
            at["reason"] = "the ticket is not the rounded target"
            return from_cases(i + 1, "tickets", at, rung=Rung.CERTIFIED)
        accepted += 1
        margin = float(eps) - float(certificate.bound or 0.0)
        slack = margin if slack is None else min(slack, margin)
    return accepted_or_missed(accepted, missed, Fraction(DELTA), slack)


def _rounded(target: TargetNetwork, plan: Plan) -> list[NDArray[np.object_]]:
    """Return 2^{−p_i}·V_i, the target rounded to the plan's bits, in rationals."""
    scales = plan.precision.layer_scale_log2
    return [
        V.astype(object) * Fraction(1, 2**p) if p >= 0 else V.astype(object) * Fraction(2**-p)
        for V, p in zip(quantize(target, plan.precision), scales, strict=True)
    ]


def _is_exact(ticket: Ticket, matrices: list[NDArray[np.object_]], x: Matrix) -> bool:
    """Whether the ticket gives at x exactly what the network of these matrices gives."""
    h: NDArray[np.object_] = np.vectorize(Fraction, otypes=[object])(x).T
    for i, W in enumerate(matrices, 1):
        h = W.dot(h)
        h = h * (h > 0) if i < len(matrices) else h
    return bool((ticket.run_exact(x) == h.T).all())


def measure(
    name: str, dims: tuple[int, ...], eps: str, quick: int, full: int, case: Case
) -> Evidence:
    """Draw whole networks and count those without a ticket against δ; none is drawn again."""
    n = case.pick(quick, full)
    plan = construction(name).plan(Request.of(dims, eps, DRAWS_DELTA))

    def target(seed: int) -> TargetNetwork:
        return random_target(np.random.default_rng(seed), dims, entries="uniform")

    seeds = (derive_seed(case.seed, f"{name} {i}") for i in range(n))
    try:
        count = count_draws(construction(name), plan, target, seeds, SAMPLE)
    except NotATicket as wrong:
        return not_a_ticket(wrong)
    return BoundTest(
        f"no ticket in a draw of {name} for dims {dims}", Fraction(DRAWS_DELTA), count.missed, n
    ).evidence(
        dims=dims,
        eps=eps,
        delta=DRAWS_DELTA,
        bound_of_plan=plan.bound_failure,
        certified=count.certified,
        events=dict(count.events),
    )


def reproduce(case: Case) -> Evidence:
    """Count random subset sums anew, by the convention that was fitted to public code's numbers.

    That code does not state its convention, so agreement is no test of it; disagreement is
    inconclusive.
    """
    n = case.pick(20_000, 100_000)
    details: dict[str, object] = {}
    for kind in ("uniform", "products"):
        mine, theirs = public_statistic(kind, n, case.seed), published(kind)
        details[kind] = {"ours": mine.as_dict(), "published": theirs.as_dict()}
        if not agree(mine, theirs):
            return Evidence(
                Rung.MEASURED,
                Verdict.INCONCLUSIVE,
                f"{kind}: {mine.k}/{n} fail, published {theirs.share:.2%}: intervals are disjoint",
                k=mine.k,
                n=n,
                interval=mine.interval.as_floats(),
            )
    return Evidence(
        Rung.MEASURED,
        Verdict.PASSED,
        f"the public failure rates 0.40% and 3.55% come out again, {n} trials each, by a "
        "convention fitted to them",
        n=n,
        details=details,
    )


def popup(case: Case) -> Evidence:
    """Search masks on the digits with ±1 and with normal weights; both must beat one half."""
    try:
        data = digits()
    except InputError as error:
        return not_run(Rung.MEASURED, str(error))
    details: dict[str, object] = {}
    worst: Count | None = None
    for distribution in (SIGN, NORMAL):
        epochs = case.pick(8, 20)
        plan = edge_popup.plan((64, 256, 10), distribution=distribution, epochs=epochs)
        found = edge_popup.prune(data, plan, plan.draw(derive_seed(case.seed, "popup")))
        count = Count.of(found.correct, found.total)
        details[distribution.kind] = count.as_dict() | {"kept": found.kept_weights}
        if worst is None or count.share < worst.share:
            worst = count
    if worst is None:
        return not_run(Rung.MEASURED, "no distribution")
    event = "the worse of ±1 and normal weights is wrong about a held-out digit"
    return BoundTest(event, Fraction(1, 2), worst.missed, worst.n).evidence(**details)


_DOMAIN = "every shape; ε and δ as far as the random network can be drawn"


def _clauses(name: str, eps: str, quick: int, full: int, argued: str = "") -> tuple[Clause, ...]:
    """Return that tickets are certified, and that draws have one: argued, or only measured."""
    small = partial(measure, name, (2, 3, 2), eps, quick, full)
    draws = Check("whole-draws", Rung.MEASURED, small, cost=20)
    tickets = Check("certified-tickets", Rung.CERTIFIED, partial(certify, name), cost=5)
    return (
        Clause("tickets", "What is found is within ε for every input.", (tickets,)),
        Clause("probability", "A draw has a ticket with probability ≥ 1 − δ.", (draws,), argued),
    )


def _claim(
    name: str,
    title: str,
    statement: str,
    latex: str,
    outline: str,
    clauses: tuple[Clause, ...],
    tests: tuple[Check, ...] = (),
    domain: str = _DOMAIN,
) -> Claim:
    stated = STATED[name]
    return Claim(
        id=stated.label,
        title=title,
        statement=statement,
        latex=latex,
        source=Source("ours", f"our form of {stated.reference}", stated.sure),
        domain=domain,
        depends_on=("Q1", "Q2") if domain is _DOMAIN else (),
        outline=f"{outline} The paper states ({stated.sure}): {stated.statement} ({stated.note})",
        clauses=clauses,
        tests=tests,
    )


_TICKET = "two layers per target layer and B neurons per input, drawn once, contains a ticket"
_ARGUED = "Tickets are certified; the probability is argued by a union bound, and measured."

CLAIMS = (
    _claim(
        "malach",
        "search: one product per weight",
        f"A network of uniform weights with {_TICKET} within ε, certified for all inputs, with "
        "probability ≥ 1 − δ if (1 − q)^B times the number of weights is at most δ, q = "
        f"(η/2)·ln(1/(½+η)), weights of size at most ½ being wanted within η. {_ARGUED}",
        r"q=\tfrac\eta2\ln\frac1{1/2+\eta},\qquad\#\,(1-q)^B\le\delta",
        "Independent neurons, a union bound; the density of a product falls with its size.",
        _clauses("malach", "0.5", 400, 2000, argued="P1"),
        (exact_failure("malach"),),
    ),
    _claim(
        "orseau",
        "hyperbolic weights: digits in base 3/2",
        f"A network of weights of density 1/|w| with {_TICKET} within ε, certified for all inputs, "
        "with probability ≥ 1 − δ if Σ_k (1 − q_k)^B times the number of weights is at most δ, q_k "
        "the probability that a product has the size and sign of digit k. " + _ARGUED,
        r"\#\sum_{k<K}(1-q_k)^B\le\delta,\qquad(2/3)^K\le2^{-p-1}",
        "Greedy digits of any sizes in [c·r^{k+1}, c·r^k], r = 2/3, leave at most 2c·r^K; a union "
        "bound over digits.",
        _clauses("orseau", "0.5", 400, 2000, argued="P2"),
        (exact_failure("orseau"),),
    ),
    _claim(
        "pensia",
        "subset sums of uniform products",
        f"A network of uniform weights with {_TICKET} within ε, certified for all inputs: each "
        "weight is a subset sum of n products. n is measured, not proved: a share of at least 1 − "
        "δ of the draws has a ticket.",
        r"\Bigl|W_{oj}-\sum_{k\in S}|a_k|b_k\Bigr|\le2^{-p-1}",
        "Exact meet-in-the-middle finds the subset; the kernel encloses the sums.",
        _clauses("pensia", "0.25", 400, 2000),
        (Check("public-statistics", Rung.MEASURED, reproduce, cost=12),),
    ),
    _claim(
        "diffenderfer",
        "binary weights: unary counts",
        f"A network of ±1 weights with {_TICKET} that is the target rounded to p bits, with "
        "probability ≥ 1 − δ if P(Bin(B, ¼) < 2^p) over all weights, parts and signs sums to at "
        f"most δ. {_ARGUED}",
        r"\#\Pr(\mathrm{Bin}(B,\tfrac14)<2^p)\le\delta",
        "|V| neurons with the right two signs add up to V; Chernoff and a union bound.",
        _clauses("diffenderfer", "0.25", 400, 2000, argued="P4"),
        (exact_failure("diffenderfer"),),
    ),
    _claim(
        "kumar-natale",
        "weights on a grid: exact subset sums",
        f"A network of weights on a grid of step 2^−q with {_TICKET} that is the target rounded to "
        "p ≤ q bits, without error: each weight is a subset sum of n products. n is measured, not "
        "proved: a share of at least 1 − δ of the draws has a ticket.",
        r"V_{oj}2^{-p}=\sum_{k\in S}|a_k|b_k,\qquad a_k,b_k\in2^{-q}\mathbb Z",
        "Products are multiples of 2^−2q; integers make meet-in-the-middle exact, and the kernel's "
        "sums too.",
        _clauses("kumar-natale", "0.5", 400, 2000),
    ),
    _claim(
        "edge-popup",
        "edge-popup: masks by gradient search",
        "Masks of a fixed random network, ±1 or normal, found by straight-through gradient descent "
        "on scores, classify more than half of the held-out digits. No target, no bound, no "
        "certificate.",
        r"\text{accuracy}>\tfrac12",
        "Measured on held-out examples, with an exact interval.",
        (
            Clause(
                "accuracy",
                "More than half of the held-out digits are right, with either kind of weights.",
                (Check("digits", Rung.MEASURED, popup, cost=10),),
            ),
        ),
        domain="the digits of scikit-learn, networks 64-256-10, half of the weights kept",
    ),
)
