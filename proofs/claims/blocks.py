"""B: binary expansion with redundant blocks (B1–B4). The rates, B5, are in blocks_rates."""

from __future__ import annotations

import itertools

from constructions import blocks
from proofs.claims import draws
from proofs.claims.failure_sums import failure_sum
from proofs.claims.machine import machine_checked
from proofs.claims.model import PAPER, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases


def check_expansion_exhaustively(case: Case) -> Evidence:
    """All V with |V| ≤ 2^p, p ≤ 6: the chosen signed powers add up to V."""
    count = 0
    for p, negative in itertools.product(range(1, 7), (False, True)):
        for size in range(2**p + 1):
            V = -size if negative else size
            count += 1
            total = sum((-1 if V < 0 else 1) * 2**b for b in range(p + 1) if abs(V) >> b & 1)
            if total != V:
                return from_cases(count, "integers", {"p": p, "V": V})
    return from_cases(count, "integers")


def certify_B(case: Case) -> Evidence:
    """Prune small random targets and let the kernel judge the tickets."""
    return draws.certify(case, blocks, case.pick(3, 20))


def measure_B(case: Case) -> Evidence:
    """Whole draws against δ."""
    return draws.measure(case, blocks, (2, 2, 1), "0.3", "0.4", case.pick(100, 2000))


_DRAWS = Check("whole-draws", Rung.MEASURED, measure_B, cost=90)
_CERTIFIED = Check("certified-tickets", Rung.CERTIFIED, certify_B, cost=10)

CLAIMS = (
    Claim(
        id="B1",
        title="one weight from binary wires",
        statement="From wires 2^b u, b = 0…p, made by doubling and carrying, and a copy of each "
        "with either sign, the set bits of |V| with the sign of V give V·u, for every |V| ≤ "
        "2^p.",
        latex=r"\sum_{b=0}^p\mathrm{sign}(V)\,2^b\,\mathrm{bit}_b(|V|)\,u=Vu",
        source=PAPER,
        domain="p ≥ 1, u ≥ 0, |V| ≤ 2^p",
        depends_on=(),
        outline="Two + edges from two neurons that hold 2^t u make 2^{t+1}u; all values are ≥ 0, "
        "so σ is the identity. Binary digits of |V| do the rest.",
        clauses=(
            Clause(
                "wires",
                "Doubling and carrying make live neurons that hold 2^b u.",
                (machine_checked("B1_wires"),),
            ),
            Clause(
                "digits",
                "The set bits of |V|, with the sign of V, give V·u.",
                (machine_checked("B1_scalar"),),
            ),
        ),
        tests=(Check("all-integers", Rung.TESTED, check_expansion_exhaustively),),
    ),
    Claim(
        id="B2",
        title="one neuron",
        statement="A read-out neuron that keeps B1's edges for every input j computes σ(Σ_j V_oj "
        "u_j).",
        latex=r"\sigma\Bigl(\sum_jV_{oj}u_j\Bigr)",
        source=PAPER,
        domain="any number of inputs u_j ≥ 0",
        depends_on=("B1",),
        outline="The contributions of the inputs add up; σ is applied once.",
        clauses=(
            Clause(
                "sum", "The inputs' set bits add up to Σ_j V_oj u_j.", (machine_checked("B2_sum"),)
            ),
            Clause("neuron", "A read-out computes σ of it.", (machine_checked("B2_neuron"),)),
        ),
        tests=(_CERTIFIED,),
    ),
    Claim(
        id="B3",
        title="one layer, and what may fail",
        statement="The read-out computes σ(Vu) exactly unless a block has fewer than two live "
        "neurons, probability at most (3/4)^B(1+B/3) each, or a candidate finds no live copy "
        "of some sign, at most (7/8)^B each. A section doubles or carries m·p(p+3)/2 blocks.",
        latex=r"\Pr(\text{block})\le(3/4)^B(1+B/3),\qquad\Pr(\text{copy})\le(7/8)^B",
        source=PAPER,
        domain="B ≥ 2, p ≥ 1",
        depends_on=("B2",),
        outline="Neurons of a block are alive independently, with probability ¼ (doubled) or ½ "
        "(carried), given the designated neurons of the layer before. A copy is read through "
        "an edge that is independent of that.",
        clauses=(
            Clause(
                "exactness",
                "Without a failure the read-out computes σ(Vu), the ticket the rounded network.",
                (machine_checked("B3_section", "B3_exact"),),
            ),
            Clause(
                "blocks",
                "A block has fewer than two live neurons with probability at most (3/4)^B(1+B/3).",
                (machine_checked("B3_block_prob"),),
            ),
            Clause(
                "copies",
                "A candidate finds no live copy of some sign with probability at most (7/8)^B.",
                (machine_checked("B3_copy_prob"),),
            ),
            Clause(
                "count",
                "A section doubles or carries m·p(p+3)/2 blocks.",
                (machine_checked("B3_count"),),
            ),
        ),
        tests=(_CERTIFIED,),
    ),
    Claim(
        id="B4",
        title="the width d·log² theorem (our form of the paper's)",
        statement="Let p ≥ 1 be the least with (1 + d·2^{−p−1})^l ≤ 1 + ε(1 − 2^−10), and B ≥ 2, "
        "the neurons per wire, the least with (m_1 + Σ_i m_i p(p+3)/2)·(3/4)^B(1+B/3) + "
        "2(p+1)(Σ_{i<l} 2m_i n_i + m_l n_l)·(7/8)^B ≤ δ, m_i and n_i being the inputs and outputs "
        "of section i. In a random ±1 network of width N = max m_i·(p+1)·B and depth L = 1 + "
        "l(p+1), with probability ≥ 1 − δ every target of the class has a ticket within ε.",
        latex=r"N=\max_im_i\,(p+1)\,B,\qquad L=1+l(p+1)",
        source=PAPER,
        domain="every shape, 0 < ε ≤ 1, 0 < δ < 1; ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1, signed inputs",
        depends_on=("Q1", "H1", "H2", "B3"),
        outline="B3 for every section, a union bound, Q1 for the rounded target. The good event "
        "does not mention the target: every sign is at hand at every candidate.",
        clauses=(
            Clause(
                "failure sum",
                "The bad event, which does not mention the target, has at most the probability of "
                "the sum.",
                (machine_checked("B4_bad_prob"),),
            ),
            Clause(
                "theorem",
                "Every p ≥ 1 and B ≥ 2 that meet Q1's condition and the sum ≤ δ give a network of "
                "this N and L that, with probability ≥ 1 − δ, has a ticket within ε for every "
                "target at once.",
                (machine_checked("B4_plan", "B4_wider"),),
            ),
            Clause(
                "such a plan exists",
                "For every shape, ε and δ, with explicit N, L and P.",
                (machine_checked("B4_theorem", "B4_euclidean", "B4_not_vacuous"),),
            ),
        ),
        tests=(
            _CERTIFIED,
            failure_sum(blocks),
            _DRAWS,
        ),
    ),
)
