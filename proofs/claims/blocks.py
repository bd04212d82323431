"""B: binary expansion with redundant blocks, the theorem of Sreenivasan et al., with constants."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import sympy as sp
from flint import arb

from constructions import blocks
from proofs.claims import draws
from proofs.claims.model import PAPER, Check, Claim
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import (
    Obligation,
    exact,
    log2,
    proof_evidence,
    prove_finite,
    prove_identity,
    prove_implication,
    prove_inductive_step,
    prove_nonnegative,
    prove_positive_on_box,
    t_log2_inverse,
)

C_WIDTH, C_DEPTH = Fraction(28), Fraction(3)
EXCESS = Fraction(1304, 1000)  # p + 1 ≤ log₂(dl/ε) + this (Q1)
_SPARE = Fraction(145, 100)  # neurons a block beyond log_{8/7}(p + 1) + …
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
            *_monotone_terms(),
        ]
    )


def _monotone_terms() -> list[Obligation]:
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


# -- B5 --------------------------------------------------------------------------------------
# With X = log₂(dl/ε) ≥ 1 and Y = log₂(dl/(εδ)) ≥ X + 1 ≥ 2: p + 1 ≤ P = Y + 0.304, and, since
# dl ≤ 2^{X−1}, the counts are at most δ·2^{Y−1}P(P+1) (blocks) and δ·P·2^{2Y−1} (copies). So a
# block of b(Y) = log_{8/7}(P·2^{2Y−1}) + spare neurons, rounded up, is enough.


def _kappa() -> arb:
    return arb(1) / log2(arb(8) / 7)


def _scaled_P(t: arb) -> arb:
    """t·P at Y = 1/t."""
    return 1 + exact(EXCESS - 1) * t


def _scaled_log_P(t: arb) -> arb:
    """t·log₂ P."""
    return t * log2(_scaled_P(t)) + t_log2_inverse(t)


def _scaled_b(t: arb) -> arb:
    """t·b(Y)."""
    return _kappa() * (2 - t + _scaled_log_P(t)) + exact(_SPARE) * t


def _scaled_alive(t: arb) -> arb:
    """−t·log₂ of the blocks' share of δ, 2^{Y−1}P(P+1)(3/4)^b (1 + b/3)."""
    scaled_b = _scaled_b(t)
    log_count = 1 - t + _scaled_log_P(t) + t * log2(_scaled_P(t) + t) + t_log2_inverse(t)
    log_factor = t * log2(t + scaled_b / 3) + t_log2_inverse(t)
    return log2(arb(4) / 3) * scaled_b - log_count - log_factor


def _counts() -> list[Obligation]:
    """The counts of blocks and copies, for widths at most d, by D = dl."""
    d, p = sp.symbols("d p", positive=True)
    more = sp.Symbol("k", nonnegative=True)  # l = 2 + k
    layers = sp.Symbol("l", positive=True)
    one = sp.Symbol("j", nonnegative=True)  # l = 1 + j
    return [
        prove_identity(
            "blocks, l layers of width d: 2d + (2d + (l−1)d)·p(p+3)/2",
            2 * d + (2 * d + (layers - 1) * d) * p * (p + 3) / 2,
            2 * d + (layers + 1) * d * p * (p + 3) / 2,
        ),
        prove_nonnegative(
            "… is at most D(p+1)(p+2), D = dl",
            sp.expand(
                d * (1 + one) * (p + 1) * (p + 2) - (2 * d + (2 + one) * d * p * (p + 3) / 2)
            ),
        ),
        prove_identity(
            "copies, l = 1: 2(p+1)·2d·d = 4(p+1)D²", 2 * (p + 1) * 2 * d * d, 4 * (p + 1) * d**2
        ),
        prove_nonnegative(
            "copies, l ≥ 2: 2(p+1)d²(4 + 2(l−2) + 1) ≤ 4(p+1)D²",
            sp.expand(4 * (p + 1) * d**2 * (2 + more) ** 2 - 2 * (p + 1) * d**2 * (5 + 2 * more)),
        ),
        prove_identity(
            "D ≤ 2^{X−1} and 1/δ = 2^{Y−X}: 4D²/δ ≤ 2^{X+Y}",
            4 * (2 ** (sp.Symbol("X") - 1)) ** 2 * 2 ** (sp.Symbol("Y") - sp.Symbol("X")),
            2 ** (sp.Symbol("X") + sp.Symbol("Y")),
        ),
    ]


def prove_B5(case: Case) -> Evidence:
    """Prove the explicit constants, for all real d, l ≥ 1 and 0 < ε, δ ≤ ½."""
    X = sp.Symbol("X", positive=True)
    layers = sp.Symbol("l", positive=True)
    half = {"t": (Fraction(0), Fraction(1, 2))}

    def shares(t: arb) -> arb:
        spare = 1 - (arb(7) / 8) ** exact(_SPARE)  # what the copies leave to the blocks
        return _scaled_alive(t) + t * log2(spare)

    def width(t: arb) -> arb:
        return exact(C_WIDTH) - 2 * _scaled_P(t) * (_scaled_b(t) + t)

    return proof_evidence(
        [
            *_counts(),
            *_monotone_terms(),
            prove_positive_on_box(
                "⌈b(Y)⌉ neurons a block are enough: copies fail ≤ (7/8)^1.45·δ, blocks the rest",
                "2^{Y−1}P(P+1)(3/4)^b(1+b/3) < 1 − (7/8)^1.45 for Y = 1/t ≥ 2 (log₂, times t)",
                shares,
                half,
            ),
            prove_positive_on_box(
                "N ≤ 2d·P·(b(Y) + 1) < 28·d·Y²",
                "28 − 2(tP)(t·b + t) > 0 for t = 1/Y ∈ (0, ½]",
                width,
                half,
            ),
            prove_implication(
                "L = 1 + l(p+1) ≤ 1 + l(X + 1.304) ≤ 3lX where X ≥ 1.152",
                3 * layers * X - 1 - layers * (X + sp.Rational(1304, 1000)),
                {
                    "X ≥ 1.152": (X - sp.Rational(1152, 1000), 2 * layers),
                    "l ≥ 1": (layers - 1, 1),
                },
            ),
            prove_finite(
                "where X < 1.152, dl/ε < 2.223, so dl = 1 and ε > 0.4498; then p = 1 is enough, "
                "and L = 3 ≤ 3lX",
                "the one shape d = l = 1, at the smallest such ε",
                [Fraction(4498, 10000)],
                lambda eps: 1 + Fraction(1, 4) <= 1 + eps * (1 - Fraction(1, 1024)),
            ),
            prove_positive_on_box(
                "2^1.152 < 2.223 and 2.223·0.4498 < 1",
                "2.223 > 2^1.152",
                lambda: arb("2.223") - arb(2) ** arb("1.152"),
                {},
            ),
            prove_nonnegative(
                "2.223·0.4498 < 1", 1 - sp.Rational(2223, 1000) * sp.Rational(4498, 10000)
            ),
        ]
    )


def hold_plans(case: Case) -> Evidence:
    """Hold random plans, and a corner of small ones, against B5's bounds and against δ."""
    worst = {"width": 0.0, "depth": 0.0}
    rng, count = case.rng(), case.pick(60, 600)
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        made = blocks.plan(dims, eps, delta)
        X, Y = draws.logarithms(dims, eps, delta)
        width, depth = made.N / (max(dims) * Y**2), made.L / ((len(dims) - 1) * X)
        worst = {"width": max(worst["width"], width), "depth": max(worst["depth"], depth)}
        total = sum(blocks.failure_bounds(made).values(), arb(0))
        formula = _formula(dims, made.p, made.B) == (made.N, made.L)
        wrong = width > C_WIDTH or depth > C_DEPTH + Fraction(1, 10**9) or not formula
        if (
            wrong
            or not total <= exact(Fraction(Decimal(delta)))
            or made.bound_failure > float(delta)
        ):
            return from_cases(i, "plans", {"dims": dims, "eps": eps, "delta": delta})
    slack = float(C_WIDTH) - worst["width"]
    return from_cases(count, "plans", slack=slack, details={"largest ratios": worst})


def _formula(dims: tuple[int, ...], p: int, B: int) -> tuple[int, int]:
    inputs = [2 * dims[0], *dims[1:-1]]
    return max(inputs) * (p + 1) * B, 1 + (len(dims) - 1) * (p + 1)


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
        checks=(Check("proof", Rung.PROVED, prove_B2), _CERTIFIED),
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
        checks=(Check("proof", Rung.PROVED, prove_B3), _CERTIFIED),
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
            Check("proof", Rung.PROVED, prove_B4),
            _CERTIFIED,
            _DRAWS,
        ),
    ),
    Claim(
        id="B5",
        title="the paper's rates with explicit constants",
        statement="N ≤ 28·d·log₂²(dl/(εδ)) and L ≤ 3·l·log₂(dl/ε). The second constant is the "
        "smallest possible.",
        latex=r"N\le28\,d\log_2^2\frac{dl}{\varepsilon\delta},\qquad L\le3\,l\log_2\frac{dl}{"
        r"\varepsilon}",
        source=PAPER,
        domain="all shapes of width d and depth l, d, l ≥ 1; 0 < ε, δ ≤ ½",
        depends_on=("B4", "Q1"),
        required=Rung.PROVED,
        outline="X = log₂(dl/ε) ≥ 1, Y = log₂(dl/(εδ)) ≥ X + 1. p + 1 ≤ X + 1.304 ≤ Y + 0.304 "
        "(Q1); B is at most any integer ≥ 2 that meets the bound, and ⌈b(Y)⌉ does. Balls in "
        "t = 1/Y cover all Y ≥ 2. L = 3 at d = l = 1, ε = ½, where log₂(dl/ε) = 1.",
        checks=(
            Check("proof", Rung.PROVED, prove_B5, cost=3),
            Check("plans", Rung.TESTED, hold_plans, cost=20),
        ),
    ),
)
