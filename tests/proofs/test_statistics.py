"""Exact statistics, held against direct sums and against scipy."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from proofs.evidence import Rung, Verdict
from proofs.statistics import (
    BoundTest,
    binomial_tail_at_least,
    binomial_tail_at_most,
    clopper_pearson,
)

probabilities = st.fractions(0, 1, max_denominator=50)
counts = st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(-1, n + 1), st.just(n)))


def direct(k, n, p):
    return sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(min(k, n) + 1)), Fraction(0))


class TestTails:
    @given(counts, probabilities)
    def test_at_most_is_the_direct_sum(self, kn, p):
        k, n = kn
        assert binomial_tail_at_most(k, n, p) == direct(k, n, p)

    @given(counts, probabilities)
    def test_the_two_tails_make_one(self, kn, p):
        k, n = kn
        assert binomial_tail_at_most(k - 1, n, p) + binomial_tail_at_least(k, n, p) == 1

    @pytest.mark.parametrize(
        ("n", "p"), [(-1, Fraction(1, 2)), (3, Fraction(3, 2)), (3, Fraction(-1))]
    )
    def test_refuses_what_is_no_binomial(self, n, p):
        with pytest.raises(ValueError, match="expected n ≥ 0"):
            binomial_tail_at_most(1, n, p)


class TestClopperPearson:
    @given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_the_endpoints_are_verified_and_tight(self, kn):
        k, n = kn
        interval, half = clopper_pearson(k, n, Fraction(19, 20)), Fraction(1, 40)
        step = Fraction(1, 2**20)
        if k > 0:
            assert binomial_tail_at_least(k, n, interval.low) <= half
            assert binomial_tail_at_least(k, n, interval.low + step) > half
        else:
            assert interval.low == 0
        if k < n:
            assert binomial_tail_at_most(k, n, interval.high) <= half
            assert binomial_tail_at_most(k, n, interval.high - step) > half
        else:
            assert interval.high == 1

    @pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (57, 1000), (999, 1000)])
    def test_agrees_with_scipy(self, k, n):
        ours = clopper_pearson(k, n, Fraction(99, 100)).as_floats()
        theirs = binomtest(k, n).proportion_ci(0.99, method="exact")
        assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-8)

    @pytest.mark.parametrize("n", [1, 2, 5, 9])
    def test_covers_every_probability_as_often_as_it_says(self, n):
        """Coverage summed exactly over all outcomes, on a grid of probabilities."""
        confidence = Fraction(9, 10)
        intervals = [clopper_pearson(k, n, confidence) for k in range(n + 1)]
        for j in range(101):
            p = Fraction(j, 100)
            covered = sum(
                (
                    comb(n, k) * p**k * (1 - p) ** (n - k)
                    for k in range(n + 1)
                    if intervals[k].contains(p)
                ),
                Fraction(0),
            )
            assert covered >= confidence

    def test_floats_are_rounded_outward(self):
        interval = clopper_pearson(1, 3)
        low, high = interval.as_floats()
        assert Fraction(low) <= interval.low
        assert Fraction(high) >= interval.high

    @pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, 0)])
    def test_refuses_impossible_counts(self, k, n):
        with pytest.raises(ValueError, match="expected 0 ≤ k ≤ n"):
            clopper_pearson(k, n)


class TestBoundTest:
    @given(st.integers(1, 200), st.fractions(Fraction(1, 100), Fraction(99, 100)))
    def test_rejects_from_the_smallest_k_whose_tail_is_within_the_error(self, n, bound):
        error = Fraction(1, 100)
        test = BoundTest("event", bound, 0, n, error)
        k = test.smallest_rejecting
        if k is None:
            assert binomial_tail_at_least(n, n, test.null) > error
        else:
            assert binomial_tail_at_least(k, n, test.null) <= error
            assert k == 0 or binomial_tail_at_least(k - 1, n, test.null) > error

    def test_a_bound_that_is_too_small_is_refuted(self):
        evidence = BoundTest("event", Fraction(1, 4), 80, 100).evidence()
        assert (evidence.verdict, evidence.rung) == (Verdict.FAILED, Rung.MEASURED)
        assert evidence.counterexample == {"k": 80, "n": 100, "bound": "0.25"}

    @pytest.mark.parametrize("bound", [Fraction(1, 4), Fraction(1, 2)])
    def test_passes_exactly_up_to_the_upper_confidence_limit(self, bound):
        for k in range(101):
            verdict = BoundTest("event", bound, k, 100).evidence().verdict
            test = BoundTest("event", bound, k, 100)
            if k >= test.smallest_rejecting:
                assert verdict is Verdict.FAILED
            else:
                below = clopper_pearson(k, 100).high <= bound
                assert verdict is (Verdict.PASSED if below else Verdict.INCONCLUSIVE)

    def test_counts_near_the_bound_say_that_there_are_too_few(self):
        evidence = BoundTest("event", Fraction(1, 4), 20, 100).evidence()
        assert evidence.verdict is Verdict.INCONCLUSIVE
        assert "up to 0.356 is possible: too few trials" in evidence.reason

    def test_says_its_null_hypothesis_its_error_and_its_counts(self):
        evidence = BoundTest("event", Fraction(1, 4), 8, 100).evidence()
        assert evidence.verdict is Verdict.PASSED
        assert (evidence.k, evidence.n) == (8, 100)
        assert evidence.details["null_hypothesis"] == "P(event) ≤ 0.25"
        assert evidence.details["error_probability"] == 1e-6
        assert evidence.interval[0] < 0.08 < evidence.interval[1] <= 0.25

    @pytest.mark.parametrize(
        ("bound", "n"), [(Fraction(1), 100), (Fraction(2), 100), (Fraction(1, 2), 3)]
    )
    def test_what_no_outcome_could_reject_is_inconclusive(self, bound, n):
        evidence = BoundTest("event", bound, 0, n).evidence()
        assert evidence.verdict is Verdict.INCONCLUSIVE

    def test_no_trial_is_inconclusive(self):
        assert BoundTest("event", Fraction(1, 2), 0, 0).evidence().verdict is Verdict.INCONCLUSIVE
