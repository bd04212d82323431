"""The proof machinery must prove what is true and never pass what is false."""

from fractions import Fraction

import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from proofs.evidence import Rung, Verdict
from proofs.symbolic import (
    ball,
    exact,
    is_manifestly_nonnegative,
    proof_evidence,
    prove_identity,
    prove_nonnegative,
    prove_positive_on_box,
    t_log2_inverse,
)

x, y = sp.symbols("x y", real=True)
u, v = sp.symbols("u v", nonnegative=True)
n = sp.Symbol("n", integer=True, nonnegative=True)
UNIT = {"t": (Fraction(0), Fraction(1))}


class TestIdentity:
    def test_proves_powers_of_two_with_symbolic_exponents(self):
        assert prove_identity("double", 2 ** (n + 1) - 1, (2**n - 1) + 2**n).passed

    def test_proves_a_trigonometric_identity(self):
        difference = sp.sin(x + y) - 2 * sp.cos(y) * sp.sin(x) + sp.sin(x - y)
        assert prove_identity("second difference", difference, 0).passed

    @pytest.mark.parametrize(
        ("lhs", "rhs"),
        [
            (2 ** (n + 1), 2**n + 2),  # true at n = 1 alone
            ((x + 1) ** 2, x**2 + 1),
            (sp.sin(x), x),
            (sp.Max(x, 0), x),
            (x * (x - 2) * (x - 3), 0),  # zero at the first values that are tried
        ],
    )
    def test_refutes_a_false_identity_with_values(self, lhs, rhs):
        obligation = prove_identity("false", lhs, rhs)
        assert obligation.verdict is Verdict.FAILED
        assert obligation.details["at"]

    @given(st.lists(st.integers(-5, 5), min_size=1, max_size=5), st.integers(-3, 3))
    def test_passes_exactly_the_equal_polynomials(self, coefficients, extra):
        p = sum(c * x**i for i, c in enumerate(coefficients))
        same = sp.expand((p + 1) ** 2 - 2 * p - 1)
        assert prove_identity("random", p**2 + extra * x, same).passed == (extra == 0)


class TestNonnegative:
    def test_shifts_the_symbols_to_their_lower_ends(self):
        d = sp.Symbol("d", positive=True)
        assert prove_nonnegative("d ≥ 1", d**2 + d - 2, {d: 1}).passed

    def test_finds_where_it_is_negative(self):
        d = sp.Symbol("d", positive=True)
        obligation = prove_nonnegative("false", d**2 - 4, {d: 1})
        assert obligation.verdict is Verdict.FAILED
        assert obligation.details["at"] == {"d": "1"}

    def test_a_denominator_of_unknown_sign_is_not_accepted(self):
        assert not prove_nonnegative("pole", u / (u - 1)).passed

    def test_unknown_signs_are_not_manifest(self):
        assert not is_manifestly_nonnegative(x)
        assert not is_manifestly_nonnegative(u - v)
        assert is_manifestly_nonnegative(u * v + 2**n)


class TestBoxes:
    @given(st.integers(-6, 14), st.integers(-20, 20))
    def test_parabolas_are_decided_as_they_are(self, root, height):
        """(t − r)² + c on [0, 1]: passed only if positive everywhere, failed only if not."""
        r, c = Fraction(root, 8), Fraction(height, 16)
        least = min((t - r) ** 2 for t in (Fraction(0), Fraction(1), min(max(r, 0), 1))) + c
        obligation = prove_positive_on_box(
            "parabola", "", lambda t: (t - exact(r)) ** 2 + exact(c), UNIT, max_boxes=4000
        )
        if least > 0:
            assert obligation.passed
            assert 0 < obligation.details["margin"] <= float(least) + 1e-9
        else:
            assert not obligation.passed

    def test_a_zero_at_an_irrational_point_is_never_passed(self):
        obligation = prove_positive_on_box(
            "touches", "", lambda t: (2 * t * t - 1) ** 2, UNIT, max_boxes=500
        )
        assert obligation.verdict is Verdict.INCONCLUSIVE

    def test_a_narrow_dip_between_samples_is_found(self):
        def dip(t):
            return 1 - 2 / (1 + (2**20 * (t - arb(1) / 3)) ** 2)

        assert prove_positive_on_box("dip", "", dip, UNIT).verdict is Verdict.FAILED

    def test_what_is_not_finite_decides_nothing(self):
        obligation = prove_positive_on_box("pole", "", lambda t: 1 / t, UNIT, max_boxes=100)
        assert obligation.verdict is Verdict.INCONCLUSIVE

    def test_two_sides_are_both_halved(self):
        box = {"a": (Fraction(0), Fraction(1)), "b": (Fraction(0), Fraction(1))}
        f = prove_positive_on_box("xy", "", lambda a, b: a * a + b * b - a * b + arb("0.01"), box)
        assert f.passed
        assert f.details["boxes"] > 10

    def test_without_a_box_one_number_is_judged(self):
        assert prove_positive_on_box("π", "", lambda: arb.pi() - 3, {}).passed
        assert prove_positive_on_box("π", "", lambda: 3 - arb.pi(), {}).verdict is Verdict.FAILED
        zero = prove_positive_on_box("0", "", lambda: arb(0, 1), {})
        assert zero.verdict is Verdict.INCONCLUSIVE


class TestBalls:
    @given(st.fractions(-5, 5), st.fractions(0, 3), st.fractions(0, 1))
    def test_a_ball_contains_its_interval(self, low, width, share):
        with ctx.workprec(64):
            assert ball(low, low + width).contains(arb(exact(low + share * width).mid()))

    @given(st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1))
    def test_t_log2_inverse_encloses_every_value(self, a, b, share):
        low, high = min(a, b), max(a, b)
        t = low + share * (high - low)
        enclosure = t_log2_inverse(ball(low, high))
        value = exact(0) if t == 0 else -exact(t) * exact(t).log() / arb(2).log()
        assert enclosure.overlaps(value)


class TestEvidence:
    def test_one_open_obligation_spoils_the_proof(self):
        good, bad = prove_identity("good", x, x), prove_nonnegative("bad", x)
        evidence = proof_evidence([good, bad])
        assert (evidence.verdict, evidence.k, evidence.n) == (Verdict.INCONCLUSIVE, 1, 2)
        assert evidence.earned is Rung.STATED
        assert "bad" in evidence.reason

    def test_a_false_obligation_refutes_with_its_values(self):
        evidence = proof_evidence([prove_identity("false", x, x + 1)])
        assert evidence.verdict is Verdict.FAILED
        assert evidence.counterexample["obligation"] == "false"

    def test_no_obligation_proves_nothing(self):
        assert proof_evidence([]).verdict is Verdict.INCONCLUSIVE
