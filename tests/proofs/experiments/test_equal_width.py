"""Equal width: plans that fill a width, and counts of draws in them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import CATALOGUE, construction, ours, peers
from constructions.errors import InputError
from constructions.request import Request
from proofs.experiments.equal_width import SHAPES, plan_of_block, plan_of_width
from proofs.experiments.sweeps import run
from proofs.experiments.sweeps.catalogue import find
from proofs.experiments.sweeps.csv_file import read
from proofs.experiments.sweeps.runner import measure
from proofs.sampling import count_draws, random_target

ROOT = Path(__file__).resolve().parents[3]
NAMES = (*ours(), *peers())


@pytest.fixture(scope="module")
def rows():
    return run("success-at-equal-width")


@pytest.mark.parametrize("name", NAMES)
@given(width=st.integers(1, 600), dims=st.sampled_from(list(SHAPES.values())))
@settings(max_examples=10, deadline=None)
def test_plans_fill_the_width_as_far_as_they_can(name, width, dims):
    plan = plan_of_width(name, dims, "0.3", width)
    if plan is None:
        assert name in ours() or width // dims[0] < 40
        return
    widest = max(plan.widths[1:-1])
    step = plan.N // plan.B if name == "blocks" else 1 if name in ours() else dims[0]
    assert widest <= width < widest + step
    assert plan.draw(1).widths == plan.widths


def test_no_plan_of_ours_is_narrower_than_its_blocks_or_fails_more_than_another():
    for name in ("horner", "sign-agnostic"):
        narrowest = next(
            width for width in range(1, 200) if plan_of_width(name, (3, 3), "0.1", width)
        )
        bounds = [
            plan_of_width(name, (3, 3), "0.1", narrowest + more).bound_failure
            for more in (0, 10, 40, 200)
        ]
        assert bounds == sorted(bounds, reverse=True)
        assert bounds[-1] < 0.01 < bounds[0]


@pytest.mark.parametrize("name", sorted(peers()))
@pytest.mark.parametrize("block", [12, 40])
def test_plans_of_a_block_have_that_block_and_can_be_pruned(name, block):
    dims = (2, 3, 2)
    plan = plan_of_block(name, dims, "0.5", "0.1", block)
    assert plan.widths == (2, 2 * block, 3, 3 * block, 2)
    target = random_target(np.random.default_rng(1), dims)
    assert count_draws(construction(name), plan, target, range(3)).n == 3


def test_more_samples_need_a_larger_block():
    """The largest number of samples that fits: one more does not."""
    for block in (12, 40, 100):
        plan = plan_of_block("pensia", (2, 2), "0.5", "0.1", block)
        samples = [plan_of_block("pensia", (2, 2), "0.5", "0.1", b).samples for b in (8, 200)]
        assert samples[0] <= plan.samples <= samples[1]
        more = construction("pensia").plan(
            Request.of((2, 2), "0.5", "0.1", samples=plan.samples + 1)
        )
        assert (
            more.block
            > block
            >= construction("pensia")
            .plan(Request.of((2, 2), "0.5", "0.1", samples=plan.samples))
            .block
        )


def test_where_nothing_fits_there_is_no_plan_and_wrong_names_are_refused():
    assert plan_of_block("pensia", (2, 2), "0.5", "0.1", 1) is None
    assert plan_of_width("blocks", (3, 3), "0.1", 10) is None
    with pytest.raises(InputError, match="lueker"):
        plan_of_width("lueker", (3, 3), "0.1", 96)
    with pytest.raises(InputError, match="block = 0"):
        plan_of_block("malach", (3, 3), "0.1", "0.1", 0)


def test_every_construction_is_counted_for_a_weight_a_layer_and_a_network(rows):
    seen = {(row["construction"], row["scope"]) for row in rows}
    assert seen >= {(name, scope) for name in NAMES for scope in SHAPES}
    for row in rows:
        if row["k"] and row["N"]:
            assert int(row["N"]) <= int(row["width"])
            failed = sum(int(event.split()[-1]) for event in row["events"].split("; ") if event)
            assert failed == int(row["n"]) - int(row["k"])


def agrees(row):
    """Whether the interval has the known share; of S and S* a lower end of it is known."""
    enclosed = row["N"] and CATALOGUE[row["construction"]].enclosed
    low, known, high = (float(row[name]) for name in ("low", "known", "high"))
    return (enclosed or low <= known) and known <= high


def test_counts_agree_with_what_is_known(rows):
    """H0: our exact probabilities and the published shares are the true ones.

    20 intervals of confidence 99.9 %, fixed seeds; the published shares are rounded to two places.
    """
    known = [row for row in rows if row["known"]]
    assert {row["construction"] for row in known} > set(ours())
    assert len([row for row in known if row["N"] == ""]) == 2
    assert all(map(agrees, known))


def test_the_committed_counts_are_the_sweep_s_and_agree_with_what_is_known():
    """H0 as above, for 81 intervals of confidence 99.9 %, and the public 100,000 trials."""
    sweep = find("success-at-equal-width")
    committed = read(ROOT / "figures/data/success-at-equal-width.csv", sweep.columns)
    cases = sweep.cases("full")
    assert [sweep.label(row) for row in committed] == [sweep.label(case) for case in cases]
    assert [int(row["seed"]) for row in committed] == [sweep.seed(0, case) for case in cases]
    known = [row for row in committed if row["known"]]
    assert len(known) == 81
    assert all(map(agrees, known))
    public = {r["known"]: int(r["n"]) for r in known if r["width"] == "15"}
    assert public == {"0.996": 100_000, "0.9645": 100_000}


def test_a_sample_of_the_committed_counts_is_counted_again():
    sweep = find("success-at-equal-width")
    committed = read(ROOT / "figures/data/success-at-equal-width.csv")
    rows = {sweep.label(row): row for row in committed}
    wanted = [("orseau", "network", 768), ("malach", "layer", 384), ("diffenderfer", "layer", 96)]
    for case in sweep.cases("full"):
        if (case["construction"], case["scope"], case["width"]) in wanted:
            again = measure(sweep, case, sweep.seed(0, case))
            assert {c: again[c] for c in sweep.results} == {
                c: rows[sweep.label(case)][c] for c in sweep.results
            }


def test_at_equal_width_a_network_is_harder_than_a_weight(rows):
    counted = {(r["construction"], r["scope"], r["width"]): r for r in rows if r["k"]}
    for (name, scope, width), row in counted.items():
        if scope == "network":
            weight = counted[name, "weight", width]
            assert Fraction(int(row["k"])) <= Fraction(int(weight["k"]))


def test_the_summary_shows_every_count_and_the_public_numbers(rows):
    shown = find("success-at-equal-width").summary(rows)
    assert len(shown.table) == len(NAMES) * len(SHAPES)
    assert [line["of"] for line in shown.table] == sorted(
        (line["of"] for line in shown.table), key=list(SHAPES).index
    )
    row = next(r for r in rows if (r["construction"], r["scope"]) == ("horner", "network"))
    cell = next(line for line in shown.table if line["construction"] == "horner")["N = 96"]
    assert cell.startswith(f"{100 * int(row['k']) // int(row['n'])} [")
    assert "published 0.40%" in shown.notes[0]
    assert "published 3.55%" in shown.notes[1]
    uniform = next(r for r in rows if r["construction"].endswith("uniform"))
    assert f"fails in {1 - int(uniform['k']) / 5000:.2%} of 5,000" in shown.notes[0]
