"""`pmone compare`: the constructions side by side."""

import json
import re

import pytest


def test_compare_shows_the_constructions_asked_for_and_what_is_stated(door, target):
    asked = ("--eps", "0.5", "--construction", "horner", "--construction", "pensia")
    found = door("compare", target, *asked, "--trials", "2")
    assert found.code == 0
    assert found.out.count("accepted") == 2
    for words in ("horner, S5 ", "pensia, P3 (S) ", "What the theorems state"):
        assert words in found.out
    as_json = door("compare", target, *asked, "--trials", "0", "--format", "json")
    rows = json.loads(as_json.out)["rows"]
    assert [row["construction"] for row in rows] == ["horner", "pensia"]
    as_csv = door("compare", target, *asked, "--trials", "0", "--format", "csv")
    assert as_csv.out.startswith("construction,")
    assert as_csv.out.count("\n") == 3
    assert door("compare", target, "--construction", "nobody").code == 2


def test_compare_is_told_what_a_construction_may_take(door, target):
    asked = ("--eps", "0.001", "--construction", "malach", "--trials", "0", "--jobs", "1")
    refused = door("compare", target, *asked, "--seconds", "0.001")
    assert refused.code == 3
    remedy = re.search(r"malach: not run: about .* above 0.001 s; --seconds (\d+)", refused.out)
    allowed = door("compare", target, *asked, "--seconds", remedy[1], "--no-memory")
    assert allowed.code == 0
    assert "accepted" in allowed.out
    assert door("compare", target, *asked, "--seconds", "0").code == 2


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e400", "0", "-1"])
def test_seconds_are_a_finite_number(door, target, seconds):
    found = door("compare", target, "--seconds", seconds, "--trials", "0")
    assert found.code == 2
    read = seconds not in ("inf", "nan")  # as a number at all
    expected = "0 < seconds ≤ 1e+09" if read else f"'--seconds': '{seconds}': expected a number"
    assert expected in found.words
