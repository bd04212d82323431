"""The certificate in words and as JSON: every line that it can have."""

from fractions import Fraction

import numpy as np
import pytest

from proofs.kernel import Certificate

FACTS = {
    "epsilon": Fraction(1, 8), "delta": Fraction(1, 100), "domain": "||x||_2 <= 1", "radius": 1.0,
    "homogenized": False, "target_sha256": "ab12", "dims": (2, 3, 2), "widths": (2, 40, 30, 2),
    "random_weights": 1340, "kept_weights": 77, "layer_scale_log2": (6, 7),
    "construction": "by hand", "seed": 2**60 + 1,
}  # fmt: skip
ABOUT = """\
  f: target network 2-3-2
     SHA-256 ab12
  ticket: by hand, seed 1152921504606846977, width 40, depth 3, 77 of 1340 random weights kept"""
PROVED = """\
accepted
  proved: for all x with ||x||_2 <= 1:  ||f(x) - ticket(x)||_2 <= 0.0625 <= epsilon = 0.125"""


def test_accepted_with_a_smaller_bound_for_every_output():
    one = Certificate("accepted", bound=0.0625, output_bounds=(0.01, 0.05), exact=False, **FACTS)
    said = "  and for every output o:  |f_o(x) - ticket_o(x)| <= 0.05"
    assert str(one) == f"{PROVED}\n{said}\n{ABOUT}"
    assert one.max_bound == 0.05


@pytest.mark.parametrize("bounds", [(), (0.05,), (0.01, 0.0625)])
def test_one_output_or_none_better_needs_no_line_of_its_own(bounds):
    one = Certificate("accepted", bound=0.0625, output_bounds=bounds, exact=False, **FACTS)
    assert str(one) == f"{PROVED}\n{ABOUT}"


def test_accepted_and_exact():
    one = Certificate("accepted", bound=0.0625, output_bounds=(0.01, 0.05), exact=True, **FACTS)
    said = "  exact: every W_i is 2^-p_i V_i, V_i the integers found"
    assert str(one) == f"{PROVED}\n{said}\n{ABOUT}"


def test_rejected_with_the_bound_that_holds_and_without():
    reasons = ("too far", "and late")
    said = "rejected\n  because too far\n  because and late\n  not proved: for all x with "
    said += "||x||_2 <= 1:  ||f(x) - ticket(x)||_2 <= epsilon = 0.125\n"
    one = Certificate("rejected", reasons, bound=0.5, **FACTS)
    assert str(one) == f"{said}  the bound that holds: 0.5\n{ABOUT}"
    assert str(Certificate("rejected", reasons, **FACTS)) == said + ABOUT


def test_malformed_says_no_more_than_is_known():
    assert str(Certificate("malformed", ("no file",))) == "malformed\n  because no file"
    for missing in ("epsilon", "domain"):
        one = Certificate("rejected", **(FACTS | {missing: None}))
        assert str(one) == f"rejected\n{ABOUT}"
    assert str(Certificate("rejected", **(FACTS | {"target_sha256": None}))).count("\n") == 2
    assert str(Certificate("rejected", **(FACTS | {"widths": ()}))).endswith("SHA-256 ab12")


def test_biases_and_real_weights_are_named():
    one = Certificate("rejected", **(FACTS | {"homogenized": True, "distribution": ("grid", 4)}))
    assert "target network 2-3-2, biases as a constant last input 1\n" in str(one)
    assert str(one).endswith("77 of 1340 random weights (grid) kept")


def test_long_shapes_are_cut():
    for depth, said in [
        (12, "1-2-3-4-5-6-7-8-9-10-11-12\n"),
        (13, "1-2-3-4-5-6-…-9-10-11-12-13\n"),
        (14, "1-2-3-4-5-6-…-10-11-12-13-14\n"),
    ]:
        one = Certificate("rejected", **(FACTS | {"dims": tuple(range(1, depth + 1))}))
        assert f"target network {said}" in str(one)


@pytest.mark.parametrize(
    ("epsilon", "said"),
    [
        (Fraction(1, 3), "about 0.3333333333333333"),
        (Fraction(5000), "5000.0"),
        (Fraction(9 * 10**299), "9e+299"),
        (Fraction(10**300), "about huge"),
        (Fraction(5 * 10**300), "about huge"),
    ],
)
def test_epsilon_is_a_decimal_where_it_is_short(epsilon, said):
    one = Certificate("rejected", **(FACTS | {"epsilon": epsilon}))
    assert str(one).split("epsilon = ")[1].startswith(f"{said}\n")


def test_json_has_null_for_what_is_not_known_and_strings_for_large_integers():
    nothing = Certificate("malformed", ("no file",)).as_dict()
    known = {"schema", "verdict", "reasons", "output_bounds", "dims", "widths", "layer_scale_log2"}
    assert {name for name, value in nothing.items() if value is not None} == known
    found = Certificate("rejected", ("far",), **FACTS | {"distribution": ("grid", 4)}).as_dict()
    assert found["delta"] == "1/100"
    assert found["epsilon"] == "1/8"
    assert found["random_weights"] == "1340"
    assert found["seed"] == str(2**60 + 1)
    assert found["distribution"] == ["grid", 4]
    assert Certificate("rejected", bound=float("inf")).as_dict()["bound"] is None


def test_matrices_are_neither_shown_nor_compared():
    one, other = (Certificate("accepted", matrices=(np.eye(n),)) for n in (2, 3))
    assert one == other
    assert "matrices" not in repr(one)
