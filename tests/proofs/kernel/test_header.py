"""The header: every limit at its last allowed value and at the first that is refused."""

import json
from fractions import Fraction

import pytest

from proofs.kernel.header import Malformed, decimal, integer, parse_header, show
from tests.proofs.kernel.forge import header

BALL = {"kind": "ball", "radius": "1", "nonnegative": False}


def parse(**changes):
    """A header of one layer from one input to one output, with these entries changed."""
    return parse_header(json.dumps(header([1, 1], [0], []) | changes))


def refuse(said: str, **changes) -> None:
    with pytest.raises(Malformed) as fault:
        parse(**changes)
    assert str(fault.value).startswith(f"header: {said}"), fault.value


def scaled(p: int) -> dict:
    return {"layer_scale_log2": [p], "scale_log2": p}


def real(kind: str, **parameter: int) -> dict:
    return {"version": 2, "distribution": {"kind": kind, **parameter}}


@pytest.mark.parametrize("version", [1, 3])
def test_versions_of_signs(version):
    assert parse(version=version).compact == (version == 3)
    assert parse(version=version).distribution is None


@pytest.mark.parametrize("version", [0, 4, True, 1.0, "1", None])
def test_other_versions_are_refused(version):
    refuse("version is", version=version)


@pytest.mark.parametrize("version", [2, 3])
def test_versions_of_real_weights(version):
    found = parse(**real("uniform") | {"version": version})
    assert (found.distribution, found.compact) == (("uniform", 0), version == 3)
    refuse("it has no key 'distribution'", version=2)


def test_version_1_has_no_distribution():
    assert parse(distribution={"kind": "none"}, version=1).distribution is None


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ({"widths": [1, 2**35 - 1]}, {"widths": [1, 2**35]}),
        ({"widths": [1, 1]}, {"widths": [1, 0]}),
        ({"widths": [2**31, 2**31], "version": 1}, {"widths": [2**31, 2**31], "version": 3}),
        ({"widths": [2**31, 2**31 - 1], "version": 3}, {"widths": [1], "version": 3}),
        (scaled(4096), scaled(4097)),
        (scaled(-4096), scaled(-4097)),
        (scaled(5), scaled(5) | {"scale_log2": 4}),
        ({"construction": "x" * 100}, {"construction": "x" * 101}),
        ({"construction": "x"}, {"construction": ""}),
        ({"construction": "a b"}, {"construction": "a\tb"}),
        ({"construction": "~"}, {"construction": "é"}),
        ({"seed": str(2**64 - 1)}, {"seed": str(2**64)}),
        ({"seed": 2**53}, {"seed": 2**53 + 1}),
        ({"seed": 0}, {"seed": -1}),
        ({"delta": "0"}, {"delta": "-0.1"}),
        ({"delta": "1"}, {"delta": "1.01"}),
        ({"epsilon": "0"}, {"epsilon": "-1e-9"}),
        ({"domain": BALL | {"radius": "0"}}, {"domain": BALL | {"radius": "-1"}}),
        (real("hyperbolic", octaves=1), real("hyperbolic", octaves=0)),
        (real("hyperbolic", octaves=256), real("hyperbolic", octaves=257)),
        (real("grid", bits=0), real("grid", bits=-1)),
        (real("grid", bits=30), real("grid", bits=31)),
        (real("grid", bits=3), real("grid")),
        (real("uniform"), real("normal")),
    ],
)
def test_the_last_that_is_allowed_and_the_first_that_is_not(allowed, refused):
    parse(**allowed)
    with pytest.raises(Malformed):
        parse(**refused)


def test_one_layer_with_too_many_edges_is_enough():
    refuse("widths: 2^62 edges or more", widths=[2**31, 2**31, 1], version=3)


def test_there_are_scales_and_their_sum():
    refuse("layer_scale_log2 is empty", layer_scale_log2=[], scale_log2=0)
    for sign in (1, -1):
        refuse("scale_log2 is not the sum", scale_log2=str(sign * 2**62))
        refuse(f"scale_log2 is {sign * (2**62 + 1)}, expected", scale_log2=str(sign * (2**62 + 1)))


def test_a_generation_is_before_the_last_layer_and_units_are_between_targets():
    unit = [{"layer": 2, "kind": "unit"}]
    deep = {"layer_scale_log2": [1, 2], "scale_log2": 3, "generations": unit}
    assert parse(widths=[1, 4, 4, 1], **deep).generations == ((2, "unit"),)
    refuse("generations[0] layer is 2, expected 1 to 1", widths=[1, 4, 1], **deep)
    refuse("1 unit generations for 0 hidden target layers", widths=[1, 4, 4, 1], generations=unit)
    split = [{"layer": 2, "kind": "split"}]
    assert parse(widths=[1, 4, 4, 1], generations=split).generations == ((2, "split"),)


def test_the_constant_is_no_feature_of_a_box():
    domain = {"kind": "box", "low": ["-1"], "high": ["1"]}
    assert parse(widths=[2, 1], homogenized=True, domain=domain).domain.square_radius == 2
    refuse("domain low: 1 entries, 2 features", widths=[2, 1], domain=domain)


def test_what_is_drawn_is_read():
    assert parse(**real("grid", bits=3)).distribution == ("grid", 3)
    assert parse(**real("hyperbolic", octaves=7)).distribution == ("hyperbolic", 7)
    refuse("distribution kind is 'normal', none that we know", **real("normal"))


def test_decimals_are_short_and_their_exponents_small():
    assert decimal("1." + "0" * 1998, "x") == 1
    for text in ("1e1200", "1E-1200"):
        assert decimal(text, "x") == Fraction(text)
    for text in ("1." + "0" * 1999, "1e1201", "1e-1201", "1.", "+1", 1):
        with pytest.raises(Malformed, match="x"):
            decimal(text, "x")


def test_integers_beyond_53_bits_are_written_as_strings():
    assert integer(-(2**53), "x", -(2**60), 2**60) == -(2**53)
    assert integer(str(2**53 + 1), "x", 0, 2**60) == 2**53 + 1
    with pytest.raises(Malformed, match=r"x beyond 2.53 must be written as a string"):
        integer(2**53 + 1, "x", 0, 2**60)
    with pytest.raises(Malformed, match="x is True, expected an integer"):
        integer(True, "x", 0, 1)


def test_foreign_text_is_shown_in_60_characters():
    assert show("x" * 58) == "'" + "x" * 58 + "'"
    assert show("x" * 59) == "'" + "x" * 56 + "..."


def test_masks_alone_are_said_to_claim_nothing():
    about = ": masks without target and epsilon claim no bound"
    refuse("format is 'pmone-mask', not 'pmone-ticket'" + about, format="pmone-mask")
    with pytest.raises(Malformed, match=r"format is 'x', not 'pmone-ticket'$"):
        parse(format="x")


# -- boxes -------------------------------------------------------------------------------------


def box(low, high):
    domain = {"kind": "box", "low": low, "high": high}
    return parse(widths=[len(low), 1], domain=domain).domain


@pytest.mark.parametrize(
    ("low", "high", "uniform"),
    [
        (["-1", "-1"], ["2", "2"], True),
        (["-1", "0"], ["2", "2"], False),
        (["-1", "-1"], ["2", "3"], False),
        (["-1", "0"], ["2", "3"], False),
        (["-1"], ["2"], True),
        (["-1", "-1.0"], ["2", "2e0"], True),  # equal numbers, however they are written
    ],
)
def test_a_box_is_described_by_its_ends_if_all_features_share_them(low, high, uniform):
    wanted = "low_j <= x_j <= high_j for every feature j, as the header lists them"
    if uniform:
        wanted = "-1 <= x_j <= 2 for every feature j"
    assert box(low, high).description == wanted


@pytest.mark.parametrize(("low", "nonnegative"), [("0", True), ("0.5", True), ("-0.1", False)])
def test_a_box_is_nonnegative_if_all_low_ends_are(low, nonnegative):
    assert box(["0", low], ["1", "1"]).nonnegative is nonnegative


def test_the_ends_of_a_box_may_meet():
    assert box(["1"], ["1"]).square_radius == 1
    assert box(["-3", "1"], ["2", "2"]).square_radius == 13
    refuse("domain low[0] is above", domain={"kind": "box", "low": ["1.1"], "high": ["1"]})


def test_a_box_lists_2_to_the_18_features_at_most():
    assert box(["0"] * 2**18, ["1"] * 2**18).square_radius == 2**18
    with pytest.raises(Malformed, match="a box of more than 262144 features"):
        box(["0"] * (2**18 + 1), ["1"] * (2**18 + 1))
