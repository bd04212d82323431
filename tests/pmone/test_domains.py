"""Domains by name: numbers, files of ends, the range of data, a VNN-LIB file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from constructions import Ball, Box, InputError, TargetNetwork
from pmone.cli.domains import with_domain

F = TargetNetwork.from_layers([[[1.0, 2.0]]])


def domain(text, nonnegative=False):
    return with_domain(F, text, nonnegative).domain


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_numbers():
    assert domain("ball:2", True) == Ball("2", True)
    assert domain("box:-0.5:1e0") == Box(("-0.5", "-0.5"), ("1", "1"))


def test_ends_from_files():
    np.save("low.npy", np.array([0.1, -2.0]))
    np.savetxt("high.csv", [[0.5, 3.0]], delimiter=",")
    assert domain("box:low.npy:high.csv") == Box((Decimal(float("0.1")), -2), ("0.5", "3"))
    assert domain("box:low.npy:7").high == (7, 7)


def test_the_range_of_data_holds_every_row():
    rows = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    np.save("data.npy", rows)
    box = domain("box:data.npy")
    assert with_domain(F, "box:data.npy", False).outside(rows).sum() == 0
    assert [float(v) for v in (*box.low, *box.high)] == [*rows.min(axis=0), *rows.max(axis=0)]


def test_a_vnnlib_file():
    Path("p.vnnlib").write_text(
        "; a property\n(declare-const X_0 Real)\n(declare-const X_1 Real)\n"
        "(declare-const Y_0 Real)\n"
        "(assert (<= X_0 0.25))\n(assert (>= X_0 -0.5))\n( assert ( <= X_1 1e-1 ) )\n"
        "(assert (>= X_1 0.0))\n(assert (>= Y_0 3.9))\n"
    )
    assert domain("p.vnnlib") == Box(("-0.5", "0"), ("0.25", "0.1"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("(assert (<= X_0 1.0))", "X_0 lacks a bound: the target has 2 features"),
        ("(assert (or (and (<= X_0 1.0) (>= X_0 0.0))))", "inputs in a disjunction"),
        ("(assert (<= X_0 X_1))", "inputs in a disjunction"),
        ("(assert (<= X_0 1.2.3))", "expected a decimal number"),
    ],
)
def test_a_vnnlib_file_that_is_no_box_is_refused(text, fault):
    Path("p.vnnlib").write_text(text)
    with pytest.raises(InputError, match=fault):
        domain("p.vnnlib")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cube:1", "expected ball:R, box:LO:HI"),
        ("box:1", "expected ball:R, box:LO:HI"),
        ("box:1:0", "low = 1 > high = 0"),
        ("ball:1e309", "expected a number from 0"),
        ("box:three.npy:1", "three.npy has 3 numbers: the target has 2 features"),
        ("box:three.npy", r"three.npy has shape \(3,\): expected \(rows, 2\)"),
        ("box:nan.npy:1", "not finite"),
    ],
)
def test_what_is_no_domain_is_refused(text, fault):
    np.save("three.npy", np.zeros(3))
    np.save("nan.npy", np.array([0.0, np.nan]))
    with pytest.raises(InputError, match=fault):
        domain(text)


def test_a_box_below_zero_is_not_nonnegative():
    with pytest.raises(InputError, match="has inputs below 0"):
        domain("box:-1:1", True)
