"""Is an altered statement refused? Each row edits a formula and names the check that must refuse.

The formula is edited where it is computed: in the check that writes the statement out once more, or
in the construction. A failure sum is edited in the plan, so that the plan and its own exact
probability agree with each other and are both wrong; a constant is edited where it exists, in the
construction's stated rates. What Coq states is altered in tests/proofs/formal.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from constructions import blocks, sign_agnostic
from proofs.claims import registry
from proofs.evidence import Case, Rung, Verdict
from tests.planting import plant

PLANTED = [
    # label, check, module, what stands there, what is put there, what that alters
    ("Q1", "few-bits", "proofs.claims.finite_precision", "exact(BITS_EXCESS) - excess()",
     "exact(BITS_EXCESS - Fraction(1, 1000)) - excess()", "0.303 for 0.304"),
    ("Q1", "few-bits", "proofs.claims.finite_precision", "excess() - exact(BITS_EXCESS - ",
     "excess() - exact(BITS_EXCESS + Fraction(596, 1000) - ", "0.9 for 0.304"),
    ("Q1", "plans", "proofs.claims.finite_precision", "2 ** (bits + 1)", "2 ** (bits + 2)",
     "η = d·2^{−p−2}"),
    ("Q2", "every-factor", "quantize", " * arb(_fmpq(radius_squared)).sqrt()", "", "no R"),
    ("Q2", "every-factor", "quantize", " * _product(exact[:i])", "", "no earlier norms"),
    ("Q2", "every-factor", "quantize", "_product(rounded[i + 1 :]) * ", "", "no later norms"),
    ("Q3", "constants", "proofs.claims.random_rounding", "Fraction(354, 100)",
     "Fraction(353, 100)", "3.53 for 3.54"),
    ("Q3", "constants", "proofs.claims.random_rounding", "Fraction(21, 10)", "Fraction(20, 10)",
     "2.0 bits for 2.1"),
    ("Q3", "matrices", "proofs.claims.random_rounding", "float(CONSTANT) * np.sqrt(d)",
     "float(CONSTANT) / 4 * np.sqrt(d)", "0.535·√d"),
    ("H1", "exact-networks", "proofs.claims.scaling", "2 ** (p * layers)",
     "2 ** (p * (layers - 1))", "the output not scaled"),
    ("H1", "exact-networks", "proofs.claims.scaling", "Fraction(1, 2**p), last",
     "-Fraction(1, 2**p), last", "λ < 0"),
    ("H2", "all-sign-matrices", "proofs.claims.scaling", "range(1, 2 * d + 1)",
     "range(1, d + 1)", "d slots for 2d"),
    ("H2", "all-sign-matrices", "proofs.claims.scaling", "(N - i + 1)", "(N - i + 2)",
     "one neuron more"),
    ("G1", "all-small-pools", "proofs.claims.pool_exact", "q ** (N - i + 1) for",
     "q ** (N - i + 2) for", "one neuron more"),
    ("G1", "closed-forms", "pool", "unfit ** (N - n + 1)", "unfit ** (N - n + 2)",
     "the closed form of another sum"),
    ("G2", "all-small-pools", "proofs.claims.pool_exact", "Fraction(2**n - 1)",
     "Fraction(2**n - 1, 2)", "half of the sum"),
    ("G2", "monte-carlo", "proofs.claims.pool_exact", "Fraction(3**N, 4**N)",
     "Fraction(2**N, 3**N)", "2/3 for 3/4"),
    ("G3", "all-small-pools", "proofs.claims.pool_exact", "6 * (Fraction(4**n",
     "3 * (Fraction(4**n", "one kind of slots"),
    ("G3", "monte-carlo", "proofs.claims.pool_exact", "Fraction(7**N, 8**N)",
     "Fraction(5**N, 6**N)", "5/6 for 7/8"),
    ("E1", "all-sign-patterns", "proofs.claims.expansion",
     "np.sort(sums), np.arange(-N, 2**K - N))", "np.sort(sums), np.arange(1 - N, 2**K - N + 1))",
     "an interval one higher"),
    ("E1", "all-sign-patterns", "proofs.claims.expansion",
     "np.sort(sums), np.arange(-N, 2**K - N))", "np.sort(sums), np.arange(-N, 2**K - N + 1))",
     "one value more"),
    ("E2", "all-sign-patterns", "proofs.claims.expansion", "m[b]] < 1).any()",
     "m[b]] < 2).any()", "h_t ≥ 2 where −1 is used"),
    ("E2", "all-sign-patterns", "proofs.claims.expansion", "(h[positive] < 0)",
     "(h[positive] < 1)", "every h_t ≥ 1"),
    ("E3", "all-top-patterns", "proofs.claims.expansion", "2 * Fraction(1, 2**e)",
     "Fraction(1, 2**e)", "one lacking sign"),
    ("E3", "all-top-patterns", "proofs.claims.expansion", "not (2**p <= N",
     "not (2 ** (p + 1) <= N", "|V| ≤ 2^{p+1}"),
    ("E4", "all-top-patterns", "proofs.claims.expansion", "Fraction(1, 4 ** min(e, 5))",
     "Fraction(1, 8 ** min(e, 5))", "8^−e"),
    ("E4", "all-top-patterns", "proofs.claims.expansion", "2 ** (p + 1) > 2**K",
     "2 ** (p + 2) > 2**K", "V up to 2^{p+2}"),
    ("B1", "all-integers", "proofs.claims.blocks", "range(p + 1)", "range(p)", "no wire 2^p"),
    ("B1", "all-integers", "proofs.claims.blocks", "(-1 if V < 0 else 1)", "1", "no sign"),
    ("B2", "certified-tickets", "blocks", "magnitude: Integers = np.abs(V.T)",
     "magnitude: Integers = np.abs(V.T) // 2", "V/2 for V"),
    ("B2", "certified-tickets", "blocks",
     "kept = now_plus & want_plus[open_wires] | now_minus & want_minus[open_wires]",
     "kept = now_plus & want_minus[open_wires] | now_minus & want_plus[open_wires]", "−V for V"),
    ("B3", "certified-tickets", "blocks",
     "live[carried + m :] = both[:, B:] & self.signs.windows(layer, top[1], doubled, B)",
     "live[carried + m :] = both[:, B:]", "one live neuron is enough"),
    ("B3", "certified-tickets", "blocks", "magnitude: Integers = np.abs(V.T)",
     "magnitude: Integers = np.abs(V.T) // 2 * 2", "even weights"),
    ("E5", "all-strings", "proofs.claims.both_signs",
     "np.arange(-(2 ** (K - e)), 2 ** (K - e) + 1)",
     "np.arange(-(2 ** (K - e)) - 1, 2 ** (K - e) + 1)", "V ≥ −2^p − 1"),
    ("E5", "all-strings", "proofs.claims.both_signs",
     "(plus[:e] > 0).any() and (plus[:e] < 2).any()",
     "(plus[:e] > 0).any()", "one sign is enough"),
    ("E5", "all-edges", "proofs.claims.both_signs", "2 * Fraction(1, 4**e)", "Fraction(1, 4**e)",
     "one lacking sign"),
    ("E5", "all-strings", "digit_strings", "4 * abs(d) + i", "4 * d * d + i",
     "four edges for a digit ±2"),
    ("G5", "all-small-pools", "proofs.claims.both_signs", "2 ** (h + 2))) ** N",
     "2 ** (h + 1))) ** N", "one doubling sign"),
    ("G5", "sums", "range_aware", " / 3) ** (n - 1)", " / 4) ** (n - 1)", "¼ for ⅓"),
    ("G5", "sums", "range_aware", "(-h - 2)) ** N", "(-h - 3)) ** N", "three doubling signs"),
    ("G5", "sums", "range_aware", "Fraction(2, 4 ** (e - 1))", "Fraction(1, 4 ** (e - 1))",
     "one lacking sign"),
    ("S1", "all-accumulators", "proofs.claims.horner",
     "accumulate(GAMMA, digits)\n        wrong = (held != GAMMA",
     "accumulate(GAMMA - 1, digits)\n        wrong = (held != (GAMMA - 1)", "γ ≥ 1"),
    ("S1", "all-accumulators", "proofs.claims.horner", "new = halves.sum(axis=1, keepdims=True)",
     "new = halves", "halves that are not added"),
    ("S1", "all-accumulators", "proofs.claims.horner", "GAMMA * 2**K + values",
     "GAMMA * 2 ** (K - 1) + values", "2^{t−1}·γ"),
    ("S2", "certified-tickets", "digit_strings", "V >> (K - 1 - t)", "V >> t",
     "least significant digit first"),
    ("S2", "certified-tickets", "section_walk", "own(*where) & ~other(*where)",
     "own(*where) & other(*where)", "A_o + C for A_o − C"),
    ("S3", "certified-tickets", "prune", "np.hstack([matrices[0], -matrices[0]])",
     "np.hstack([matrices[0], matrices[0]])", "V|x| for Vx"),
    ("S3", "certified-tickets", "horner", "outputs = np.tile(np.arange(n), 2)",
     "outputs = np.tile(np.arange(n)[::-1], 2)", "outputs exchanged"),
    ("H4", "all-small-pools", "proofs.claims.grouped", "_binomial_at_most(i, N, c)",
     "_binomial_at_most(i, N + 2, c)", "two neurons more"),
    ("H4", "all-small-pools", "proofs.claims.grouped", "N, c) for i in range(c + 1)",
     "N, c) for i in range(c)", "w_0 not counted"),
    ("H4", "wires", "proofs.claims.grouped", "*(w_0 - x[j] for", "*(w_0 + x[j] for",
     "w_0 + x_i for w_0 − x_i"),
    ("S*1", "all-digits", "proofs.claims.grouped", "(-2) ** (K - 1 - t) * digits",
     "2 ** (K - 1 - t) * digits", "base 2"),
    ("S*1", "all-digits", "proofs.claims.grouped", "(-2) ** (K - 1 - t) * digits",
     "(-2) ** t * digits", "least significant digit first"),
    ("S*1", "certified-tickets", "grouped", "b, plus if b % 2 == 0 else ~plus)", "b, plus)",
     "the signs not turned"),
    ("S*2", "all-signs", "proofs.claims.grouped", "Fraction((k - 1) * (k - 2), 2)",
     "Fraction((k - 1) * (k - 2), 4)", "unordered pairs"),
    ("S*2", "all-signs", "proofs.claims.grouped", "(k - 1) * half * (half + 1)\n        bound",
     "(k - 1) * half * (half + 1) // 4\n        bound",
     "a quarter of those with the reference"),
    ("S*3", "random-groups", "proofs.claims.grouped", "e, LEAST_GAMMA, groups)",
     "e, LEAST_GAMMA - 1, groups)", "γ ≥ 2"),
    ("S*3", "random-groups", "proofs.claims.grouped", "product((4, 5, 6), range(5)",
     "product((3, 4, 5, 6), range(5)", "groups of three"),
    ("S*4", "failure-sum", "grouped_plan", "count * (self.K - 1) * bound_G4",
     "count * bound_G4", "one stage"),
    ("S*4", "failure-sum", "grouped_plan", "count * (self.K + 2) * carry",
     "count * (self.K - 1) * carry", "no carries for the offset"),
    ("S*4", "failure-sum", "grouped_plan", "count * k * self.groups(part) * unfit**A",
     "count * self.groups(part) * unfit**A", "one member of a group"),
    ("S*4", "failure-sum", "grouped_plan", "arb(2) ** n - 1)", "arb(n))",
     "read-outs as if their reference were fresh"),
    ("S*4", "failure-sum", "grouped_plan",
     "bound_by_groups(last.n, k - 1, N - last.n, arb)", "bound_by_groups(last.n, k - 1, N, arb)",
     "references from used neurons"),
    ("S*4", "plans", "proofs.claims.grouped", "(made.K + 4) + 1 == made.L",
     "(made.K + 3) + 1 == made.L", "one layer fewer per section"),
    ("S*5", "limits", "proofs.claims.grouped", "((2 * k - 1) / (k - 1)) ** 2",
     "((2 * k) / (k - 1)) ** 2", "2k for 2k − 1"),
    ("S*5", "limits", "proofs.claims.grouped", "scale = layers * 4.0**log_d",
     "scale = layers**0.5 * 4.0**log_d", "√l for l"),
    ("S5", "inequality", "proofs.claims.inequalities", "horner.RATES[1].constant",
     "horner.RATES[1].constant - 1", "47 for 48"),
    ("S5", "inequality", "proofs.claims.inequalities", "arb(5) / 16", "arb(4) / 16",
     "a quarter of δ for the pools"),
    ("S6", "ratios", "proofs.claims.horner_rates", "E * (factor + rho) ** 2 * (1 + tau)\n",
     "E * factor**2 * (1 + tau)\n", "no ρ"),
    ("S6", "ratios", "proofs.claims.horner_rates", "(layers * far**2 - (layers - 1)",
     "((layers - 1) * far**2 - (layers - 1)", "l − 1 for l"),
    ("T2", "constants", "proofs.claims.lower_bound_deep", "exact(CONSTANT)",
     "exact(CONSTANT - Fraction(1, 10))", "16.1 for 16.2"),
    ("T2", "constants", "proofs.claims.lower_bound_deep", '- arb("0.879")',
     '- arb("0.88")', "another power of α"),
    ("T2", "members", "proofs.claims.lower_bound_deep", "/ (8 * self.layers * self.d)",
     "/ (self.layers * self.d)", "entries eight times as large"),
    ("T2", "members", "proofs.claims.lower_bound_deep", "0.75 * family.tau", "family.tau",
     "jumps of τ"),
    ("T2", "members", "proofs.claims.lower_bound_deep", "distances[0] < 4 * G",
     "distances[0] < 9 * G", "a later first kink"),
    ("T2", "recovery", "proofs.claims.lower_bound_deep", "-0.0172 * family.layers",
     "-0.00001 * family.layers", "a map that keeps volumes"),
    ("T2", "recovery", "proofs.claims.lower_bound_deep", "return d * sum(logs) - d *",
     "return d * sum(logs) -", "one power of the diagonal"),
    ("T1", "all-masks", "proofs.claims.coverings", "n >= math.log2(1 / eps) - 1e-9",
     "n >= 3 * math.log2(1 / eps)", "3·d²·log₂(1/ε)"),
    ("T1", "all-masks", "proofs.claims.coverings", "n >= math.log2(1 / eps) - 1e-9",
     "n >= (1 / eps - 1) * 2.5", "polynomial in 1/ε"),
    ("T5", "all-masks", "proofs.claims.coverings", "n >= math.log2(1 / eps) - 1\n",
     "n >= 4 * math.log2(1 / eps) - 1\n", "4·d²·log₂(1/ε)"),
    ("T5", "all-masks", "proofs.claims.coverings", "n >= math.log2(1 / eps) - 1\n",
     "n >= math.log2(1 / eps) + 3\n", "+3 for −1"),
    ("T5", "all-masks-grid", "proofs.claims.coverings", "math.ceil(1 / eps - 1e-9))\n",
     "math.ceil(1 / eps - 1e-9) ** 3)\n", "three times the bits"),
    ("T3", "all-masks", "proofs.claims.coverings", "/ k**2", "* k", "T·c for T/c²"),
    ("T3", "all-masks", "proofs.claims.coverings", "math.log2(1 / eps) / k**2", "n / k",
     "all weights for T"),
    ("T4", "all-small-networks", "proofs.claims.lower_bound", "k ** (L - 1)\n",
     "k ** (L - 2)\n", "k^{L−2}"),
    ("T4", "all-small-networks", "proofs.claims.lower_bound", "k ** (L - 1)\n",
     "(L - 1) * k - 1\n", "linear in the depth"),
    ("D1", "exact-runs", "proofs.claims.replay", "Fraction(2) ** ticket.scale_log2",
     "Fraction(2) ** (ticket.scale_log2 + 1)", "twice the scale"),
    ("D1", "exact-runs", "proofs.claims.replay", "if i == len(matrices)", "if i > 0", "no ReLU"),
    ("P1", "failure-sum", "peers.malach", "hit = ball(eta) / 2", "hit = ball(eta) / 2 * 5 / 4",
     "1.25·q"),
    ("P1", "failure-sum", "peers.malach", "count = request.slots", "count = request.slots // 2",
     "half of the weights"),
    ("P2", "failure-sum", "peers.orseau", "octaves)) / 4", "octaves)) / 2", "either sign"),
    ("P2", "failure-sum", "peers.orseau", "fits), arb(0)) * count", "fits), arb(0))",
     "one weight"),
    ("P3", "certified-tickets", "peers.pensia", "found.masks.reshape", "(~found.masks).reshape",
     "the products that are not in S"),
    ("P3", "whole-draws", "peers.pensia", "(task, plan.samples, ", "(task, plan.samples // 2, ",
     "half of the samples"),
    ("P4", "failure-sum", "peers.diffenderfer", "needed, _FIT, request.budget)",
     "needed, 2 * _FIT, request.budget)", "½ for ¼"),
    ("P4", "certified-tickets", "peers.diffenderfer", "quantize(target, plan.precision)",
     "[V // 2 for V in quantize(target, plan.precision)]", "half of |V|"),
    ("P5", "certified-tickets", "peers.kumar_natale", "V.astype(np.float64), -plan.p",
     "V.astype(np.float64), 1 - plan.p", "twice V"),
    ("P5", "whole-draws", "peers.kumar_natale", "exact, plan.samples", "exact, plan.samples // 2",
     "half of the samples"),
    ("P6", "digits", "proofs.claims.peers", "Fraction(1, 2), worst", "Fraction(1, 200), worst",
     "99.5% for one half"),
    ("P6", "digits", "proofs.claims.peers", "(found.correct, ",
     "(found.total - found.correct, ", "wrong for right"),
    ("A1", "failure-sum", "sign_agnostic", "(2 * K - 3)", "K", "doublings: K for 2K − 3"),
    ("A1", "failure-sum", "sign_agnostic", "split = 2 * bound_G1(", "split = bound_G1(",
     "the split counted once"),
    ("A1", "failure-sum", "sign_agnostic", "sum(2 * s.n * s.m", "sum(s.n * s.m",
     "hidden readers once"),
    ("A1", "failure-sum", "sign_agnostic", "bound_G1(m * t, size_C, HALF)",
     "bound_G1(m, size_C, HALF)",
     "a carry of one wire per input"),
    ("B4", "failure-sum", "blocks", "2 * (p + 1) * readers", "(p + 1) * readers",
     "one sign per copy"),
    ("B4", "failure-sum", "blocks", "s.m * p * (p + 3) // 2", "s.m * p * (p + 1) // 2",
     "p(p+1) for p(p+3)"),
    ("B4", "failure-sum", "blocks", "sum(2 * s.m * s.n", "sum(s.m * s.n",
     "one candidate per hidden unit"),
    ("S4", "failure-sum", "horner_plan", "count * (self.K - 1) * double",
     "count * double", "one stage"),
    ("S4", "failure-sum", "horner_plan", "carries = self.K - 1 + _OFFSET_LAYERS",
     "carries = self.K - 1", "no carries for the offset"),
    ("S4", "failure-sum", "horner_plan", "places = sum(2 * (part.n + 1)",
     "places = sum((part.n + 1)", "one half finds a copy"),
    ("S4", "failure-sum", "horner_plan", "+ n * (arb(7) / 8) ** (N - n)", "", "C not subtracted"),
    ("S4", "failure-sum", "pool", "unfit ** (N - each * groups)",
     "unfit**N", "read-outs from used neurons"),
    ("S4", "failure-sum", "horner_plan", "copies_for(part.n) - 1, N - part.n, _QUARTER)\n",
     "copies_for(part.n) - 2, N - part.n, _QUARTER)\n", "one copy of the offset less"),
    ("S4", "failure-sum", "sections", "(part.wide, self.q)", "(part.wide, 0)",
     "w_0 as narrow as the others"),
    ("S4", "plans", "proofs.claims.horner", "len(n) * (made.K + 5)", "len(n) * (made.K + 4)",
     "one layer fewer per section"),
]  # fmt: skip


@cache
def unaltered(name):
    return registry.check(name).run(Case.of(name, "quick", 0)).verdict


@pytest.mark.parametrize(
    ("label", "check", "module", "right", "wrong", "name"),
    PLANTED,
    ids=[f"{row[0]}: {row[5]}" for row in PLANTED],
)
def test_an_altered_formula(monkeypatch, label, check, module, right, wrong, name):
    case = f"{label}/{check}"
    assert unaltered(case) is Verdict.PASSED
    plant(module, right, wrong, monkeypatch)
    assert registry.check(case).run(Case.of(case, "quick", 0)).verdict is Verdict.FAILED


def test_every_claim_has_two_alterations_or_more():
    """Brunn–Minkowski is taken from the literature, and is only stated: nothing can refuse it."""
    found = Counter(row[0] for row in (*PLANTED, *RATES))
    assert {label for label in registry.claims() if found[label] < 2} == {"BM"}
    assert registry.claim("BM").required is Rung.STATED


RATES = [
    ("A1", sign_agnostic, "sign_agnostic", 1, Fraction(31, 10), "machine-A1_smallest"),
    ("A1", sign_agnostic, "sign_agnostic", 0, Fraction(30), "machine-A1_smallest"),
    ("B5", blocks, "blocks_rates", 0, Fraction(27), "machine-B5_smallest"),
    ("B5", blocks, "blocks_rates", 1, Fraction(29, 10), "machine-B5_smallest"),
]


@pytest.mark.parametrize(
    ("label", "construction", "family", "which", "constant", "name"),
    RATES,
    ids=[f"{row[0]}: {row[4]}" for row in RATES],
)
def test_a_constant_that_the_theorem_does_not_state(
    monkeypatch, label, construction, family, which, constant, name
):
    """The claim's own check is made from the constant, and compares it with the theorem's text."""
    rates = list(construction.RATES)
    rates[which] = replace(rates[which], constant=constant)
    monkeypatch.setattr(construction, "RATES", tuple(rates))
    path = f"proofs.claims.{family}"
    original, copy = importlib.import_module(path), ModuleType(path)
    copy.__file__ = original.__file__
    source = Path(original.__file__).read_text("utf-8")
    monkeypatch.setitem(sys.modules, path, copy)
    exec(compile(source, original.__file__, "exec"), copy.__dict__)
    (claim,) = (claim for claim in copy.CLAIMS if claim.id == label)
    (check,) = (check for check in claim.checks if check.name == name)
    assert unaltered(f"{label}/{name}") is Verdict.PASSED
    assert check.run(Case.of(f"{label}/{name}", "quick", 0)).verdict is Verdict.INCONCLUSIVE
