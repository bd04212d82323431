"""B: binary expansion with redundant blocks (B1–B4). The rates, B5, are in blocks_rates."""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp
from flint import arb

from constructions import blocks
from proofs.claims import draws
from proofs.claims.machine import machine_checked
from proofs.claims.model import PAPER, Check, Claim
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    Obligation,
    proof_evidence,
    prove_finite,
    prove_identity,
    prove_implication,
    prove_inductive_step,
    prove_nonnegative,
    prove_positive_on_box,
)

_REAL = sp.Symbol("B", real=True)

_p, _t, _b = sp.symbols("p t b", integer=True, nonnegative=True)


def prove_B1(case: Case) -> Evidence:
    """Prove that the wires hold the powers of two and that the bits of |V| add up to V."""
    u = sp.Symbol("u", nonnegative=True)
    V = sp.Symbol("V", nonnegative=True)
    return proof_evidence(
        [
            *prove_inductive_step(
                "the top wire after t doublings holds 2^t u (σ is the identity on u ≥ 0)",
                _t,
                0,
                2**_t * u,
                u,
                lambda value: sp.Max(value + value, 0),
            ),
            prove_identity("a carried wire keeps its value", sp.Max(2**_b * u, 0), 2**_b * u),
            prove_implication(
                "|V| ≤ 2^p < 2^{p+1}: the bits b = 0…p are enough",
                2 ** (_p + 1) - 1 - V,
                {"|V| ≤ 2^p": (2**_p - V, 1), "2^p ≥ 1": (2**_p - 1, 1)},
            ),
            *prove_inductive_step(
                "… because Σ_{b≤p} 2^b = 2^{p+1} − 1",
                _p,
                0,
                2 ** (_p + 1) - 1,
                1,
                lambda value: value + 2 ** (_p + 1),
            ),
        ]
    )


def prove_B2(case: Case) -> Evidence:
    """Prove by induction on the inputs that a read-out neuron adds their contributions."""
    before, after, one, total, V, u = sp.symbols("before after one S V u", real=True)
    equations = {
        "the neuron adds what it reads": (after - before - one, 1),
        "so far: S = Σ_{i<j} V_oi u_i": (before - total, 1),
        "input j contributes V_oj u_j (B1)": (one - V * u, 1),
    }
    backward = {name: (g, -factor) for name, (g, factor) in equations.items()}
    claimed = after - (total + V * u)
    return proof_evidence(
        [
            prove_identity("no inputs: 0 = 0", before.subs(before, 0), 0),
            prove_implication("one input more, ≥", claimed, {}, equations),
            prove_implication("one input more, ≤", -claimed, {}, backward),
        ]
    )


def prove_B3(case: Case) -> Evidence:
    """Prove the failure probability of blocks and of copies, and their counts."""
    B = sp.Symbol("B", positive=True)
    shifted = sp.Symbol("B'", nonnegative=True) + 2
    three = sp.Rational(3, 4)
    n = sp.Symbol("n", integer=True, nonnegative=True)
    return proof_evidence(
        [
            prove_identity(
                "fewer than two live of B, alive with probability ¼: (3/4)^B (1 + B/3)",
                three**B + B * (1 - three) * three ** (B - 1),
                three**B * (1 + B / 3),
            ),
            prove_identity(
                "carried, alive with probability ½: (1/2)^B (1 + B)",
                sp.Rational(1, 2) ** B + B * sp.Rational(1, 2) * sp.Rational(1, 2) ** (B - 1),
                sp.Rational(1, 2) ** B * (1 + B),
            ),
            prove_identity(
                "their quotient is a_B/(1 + B/3), a_B = (2/3)^B (1 + B); at B = 2 it is 4/5 ≤ 1",
                (sp.Rational(2, 3) ** 2 * 3) / (1 + sp.Rational(2, 3)),
                sp.Rational(4, 5),
            ),
            prove_nonnegative(
                "a_{B+1} ≤ a_B: (2/3)(B+2) ≤ B + 1 for B ≥ 2, while 1 + B/3 grows",
                (shifted + 1) - sp.Rational(2, 3) * (shifted + 2),
            ),
            prove_finite(
                "a copy is alive with probability ≥ ¼ and has the right sign with ½: unfit ≤ 7/8",
                "doubled and carried: all cases",
                [Fraction(1, 4), Fraction(1, 2)],
                lambda alive: 1 - alive / 2 <= Fraction(7, 8),
            ),
            *prove_inductive_step(
                "blocks doubled or carried a section and input: Σ_{t=1..p} (t+1) = p(p+3)/2",
                n,
                0,
                n * (n + 3) / 2,
                0,
                lambda F: F + n + 2,
            ),
            *terms_fall(),
        ]
    )


def terms_fall() -> list[Obligation]:
    """Both terms of the failure fall in B from 2 on, so more neurons a block are never worse."""
    derivative = sp.simplify(
        sp.diff(sp.log(sp.Rational(3, 4)) * _REAL + sp.log(1 + _REAL / 3), _REAL)
    )

    def falls(t: arb) -> arb:
        return (arb(4) / 3).log() - t / (4 * t + 1)

    return [
        prove_identity(
            "d/dB ln((3/4)^B (1 + B/3)) = ln(3/4) + 1/(3 + B)",
            derivative - sp.log(sp.Rational(3, 4)),
            1 / (3 + _REAL),
        ),
        prove_positive_on_box(
            "so both terms of the failure fall from B = 2 on",
            "ln(4/3) > 1/(3 + B) for B = 1 + 1/t, t ∈ (0, 1]",
            falls,
            {"t": (Fraction(0), Fraction(1))},
        ),
    ]


def prove_B4(case: Case) -> Evidence:
    """Prove the depth by counting, and that the sum of all failures bounds the whole draw's."""
    layers = sp.Symbol("l", integer=True, nonnegative=True)
    a, b, delta = sp.symbols("a b delta", nonnegative=True)
    return proof_evidence(
        [
            *prove_inductive_step(
                "one input layer, then p + 1 layers a section: L = 1 + l(p+1)",
                layers,
                0,
                1 + layers * (_p + 1),
                1,
                lambda L: L + _p + 1,
            ),
            prove_implication(
                "union bound: blocks a and copies b with a + b ≤ δ",
                delta - (a + b - a * b),
                {"a + b ≤ δ": (delta - a - b, 1)},
            ),
        ]
    )


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
        required=Rung.PROVED,
        outline="Two + edges from two neurons that hold 2^t u make 2^{t+1}u; all values are ≥ 0, "
        "so σ is the identity. Binary digits of |V| do the rest.",
        checks=(
            machine_checked("B1_scalar", "B1_wires"),
            Check("proof", Rung.PROVED, prove_B1),
            Check("all-integers", Rung.TESTED, check_expansion_exhaustively),
        ),
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
        required=Rung.PROVED,
        outline="The contributions of the inputs add up; σ is applied once.",
        checks=(
            machine_checked("B2_sum", "B2_neuron"),
            Check("proof", Rung.PROVED, prove_B2),
            _CERTIFIED,
        ),
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
        required=Rung.PROVED,
        outline="Neurons of a block are alive independently, with probability ¼ (doubled) or ½ "
        "(carried), given the designated neurons of the layer before. A copy is read through "
        "an edge that is independent of that.",
        checks=(
            machine_checked("B3_section", "B3_exact", "B3_block_prob", "B3_copy_prob", "B3_count"),
            Check("proof", Rung.PROVED, prove_B3),
            _CERTIFIED,
        ),
    ),
    Claim(
        id="B4",
        title="the paper's theorem, with its failure bound",
        statement="N = max m_i·(p+1)·B and L = 1 + l(p+1): with probability ≥ 1 − δ every target "
        "of the class has a ticket within ε.",
        latex=r"N=\max_im_i\,(p+1)\,B,\qquad L=1+l(p+1)",
        source=PAPER,
        domain="every shape, 0 < ε, 0 < δ < 1; ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1",
        depends_on=("Q1", "H1", "H2", "B3"),
        required=Rung.PROVED,
        outline="B3 for every section, a union bound, Q1 for the rounded target. The good event "
        "does not mention the target: every sign is at hand at every candidate.",
        checks=(
            machine_checked("B4_bad_prob", "B4_plan", "B4_theorem", "B4_euclidean"),
            Check("proof", Rung.PROVED, prove_B4),
            _CERTIFIED,
            _DRAWS,
        ),
    ),
)
