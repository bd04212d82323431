"""`compare`: one table, every row honest about what was reached."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from rich.console import Console

from constructions import CATALOGUE, plan_for
from constructions.errors import InputError, NoTicket
from constructions.peers import malach, orseau
from constructions.popup.data import Labelled
from constructions.request import Request
from constructions.targets.target import TargetNetwork
from pmone.cli.printing import print_comparison
from proofs.claims.peers import STATED
from proofs.experiments.compare.rows import Comparison
from proofs.experiments.compare.run import Row, compare
from proofs.sampling import random_target

TARGET = TargetNetwork.from_layers([[[0.5, -0.25], [0.1, 0.6]], [[0.7, -0.2]]])
PEER_NAMES = [name for name in CATALOGUE if name in STATED]


@pytest.fixture(scope="module")
def table():
    return compare(TARGET, "0.5", "0.05", seed=3, trials=5, seconds=5)


def test_every_construction_has_a_row_and_a_certificate(table):
    assert [row.construction for row in table.rows] == list(CATALOGUE)
    assert table.exit_code == 0
    for row in table.rows:
        assert row.status in ("accepted", "no ticket")
        if row.status == "accepted":
            assert row.bound <= 0.5
            assert 0 < row.kept_weights < row.random_weights <= row.random_bits
            assert row.peak_bytes > 0
        assert row.trials == 5
        assert row.low <= row.successes / row.trials <= row.high


def test_what_a_theorem_states_stands_beside_it_with_its_mark(table):
    for row in table.rows:
        assert row.states
        if row.construction in STATED:
            stated = STATED[row.construction]
            assert (row.claim, row.states, row.sure, row.note) == (
                stated.label,
                stated.statement,
                stated.sure,
                stated.note,
            )
        who, statement = next(
            pair for pair in table.statements() if pair[0].startswith(f"{row.construction}, ")
        )
        assert row.states in statement
        assert row.note is None or row.note in statement
        networks = next(iter(table.tables().values()))
        (line,) = (line for line in networks if line["construction"] == row.construction)
        for place in (who, line["theorem"]):
            assert row.claim in place
            assert (f"({row.sure})" in place) == (row.sure is not None)


def test_the_paper_s_statement_is_marked_and_ours_are_proved_here(table):
    rows = {row.construction: row for row in table.rows}
    assert rows["horner"].sure is rows["sign-agnostic"].sure is None
    assert rows["blocks"].sure == "S"
    assert "Θ(d·log²(dl/(εδ)))" in rows["blocks"].states
    assert "28·d·log₂²" in rows["blocks"].note


@pytest.mark.parametrize("width", [80, 120])
def test_tables_fit_a_terminal(table, width):
    """No number is broken over two lines, and every construction has its row in every table."""
    out = Console(width=width, file=io.StringIO(), record=True)
    print_comparison(table, out)
    text = out.export_text()
    assert max(map(len, text.splitlines())) <= width
    blocks = text.split("What the theorems state")[0].split("\n\n")
    tables = [block for block in blocks if "construction" in block]
    assert len(tables) == 3
    for block, lines in zip(tables, table.tables().values(), strict=True):
        for line in lines:
            (shown,) = (
                text for text in block.splitlines() if text.startswith(f"{line['construction']} ")
            )
            assert all(cell in shown for cell in line.values())


def test_peers_have_two_layers_a_target_layer(table):
    for row in table.rows:
        if row.construction in PEER_NAMES:
            assert row.depth == 2 * TARGET.depth


def test_json_and_csv_say_the_same(table):
    data = json.loads(json.dumps(table.as_dict(), allow_nan=False))
    assert data["schema"] == "pmone-comparison/1"
    rows = list(csv.DictReader(io.StringIO(table.as_csv())))
    assert len(rows) == len(data["rows"]) == len(CATALOGUE)
    for one, other in zip(rows, data["rows"], strict=True):
        assert one.keys() == other.keys()
        for key, value in other.items():
            assert one[key] == ("" if value is None else str(value))


def test_too_much_work_is_not_run_and_says_so():
    found = compare(TARGET, "0.001", "0.05", names=["malach", "horner"], seconds=0.01, trials=0)
    malach_row, horner_row = found.rows
    assert malach_row.status == "not run"
    assert "by estimate, above 0.01 s" in malach_row.reason
    needed = int(malach_row.reason.split("--seconds ")[1].split()[0])
    assert malach.plan(Request.of(TARGET.dims, "0.001", "0.05")).seconds <= needed
    assert f"malach: not run: {malach_row.reason}" in found.remarks()
    assert malach_row.random_weights > 0
    assert malach_row.kept_weights is malach_row.bound is malach_row.trials is None
    assert horner_row.status == "accepted"


def test_what_is_hopeless_is_not_offered_more_seconds():
    wide = random_target(np.random.default_rng(2), (8, 8, 8))
    found = compare(wide, "1e-8", "0.05", names=["malach"], trials=0)
    assert found.rows[0].status == "not run"
    assert "--seconds" not in found.rows[0].reason
    assert "larger --eps" in found.rows[0].reason


@pytest.mark.parametrize("name", sorted(STATED.keys() - {"edge-popup"}))
def test_estimates_are_of_the_right_size(name):
    """Within a factor of 30 of what this machine takes; they decide what is run at all."""
    rng = np.random.default_rng(1)
    W = rng.standard_normal((24, 24))
    target = TargetNetwork.from_layers([W / np.linalg.norm(W, 2) / 1.01])
    eps = "0.5" if name == "kumar-natale" else "0.1"
    row = compare(target, eps, "0.05", names=[name], trials=0, memory=False, seconds=1e9).rows[0]
    assert row.status == "accepted"
    estimate = plan_for(target, eps, "0.05", name).seconds
    assert 1 / 30 < estimate / row.prune_seconds < 30


def test_counts_and_tickets_do_not_depend_on_jobs():
    names = ["pensia", "kumar-natale", "horner", "malach"]
    one, two = (
        compare(TARGET, "0.5", "0.5", names=names, trials=8, memory=False, jobs=jobs)
        for jobs in (1, 2)
    )
    for a, b in zip(one.rows, two.rows, strict=True):
        assert (a.successes, a.trials, a.kept_weights, a.bound) == (
            b.successes,
            b.trials,
            b.kept_weights,
            b.bound,
        )


def test_what_cannot_be_planned_says_why():
    found = compare(TARGET, "1e-12", "0.05", names=["kumar-natale"], trials=0)
    assert found.rows[0].status == "not run"
    assert "grid" in found.rows[0].reason
    assert found.exit_code == 3


def test_only_what_was_asked_for_by_name_can_be_missing():
    """All are compared, and one cannot be planned: nothing that was asked is missing."""
    found = compare(TARGET, "1e-12", "0.05", names=["horner", "kumar-natale"], trials=0)
    assert [row.status for row in found.rows] == ["accepted", "not run"]
    assert found.exit_code == 3
    assert replace(found, asked=()).exit_code == 0
    assert replace(found, asked=(), rows=found.rows[1:]).exit_code == 3  # nothing ran at all


def test_more_seconds_are_not_offered_where_the_search_is_not_done_at_all():
    row = compare(TARGET, "0.0001", "0.05", names=["kumar-natale"], trials=0).rows[0]
    assert row.status == "not run"
    assert "expected at most 40" in row.reason
    assert "--seconds" not in row.reason
    assert row.width > 0


def test_a_draw_without_a_ticket_is_shown_and_never_drawn_again(monkeypatch):
    seeds = []

    def fail(target, plan, weights, progress=None):
        seeds.append(weights.seed)
        raise NoTicket("search", 2, "output 0, input 0+")

    monkeypatch.setattr(malach, "prune", fail)
    found = compare(TARGET, "0.5", "0.05", seed=11, names=["malach"], trials=4)
    row = found.rows[0]
    assert row.status == "no ticket"
    assert "output 0, input 0+" in row.reason
    assert (row.successes, row.trials, row.bound) == (0, 4, None)
    assert seeds[0] == 11
    assert len(set(seeds)) == len(seeds) == 5
    assert found.exit_code == 3


def test_a_wrong_ticket_is_rejected_in_its_row(monkeypatch):
    """A planted bug: the digits are a quarter of what they should be."""
    right = orseau.choose_digits
    monkeypatch.setattr(
        orseau,
        "choose_digits",
        lambda task, digits, first: right(task, 1, first),
    )
    found = compare(TARGET, "0.1", "0.05", names=["orseau"], trials=0)
    assert found.rows[0].status == "rejected"
    assert "exceeds epsilon" in found.rows[0].reason
    assert found.exit_code == 1


def test_trials_are_set_by_time_and_not_by_outcomes(monkeypatch):
    found = compare(TARGET, "0.5", "0.05", names=["horner"], trials=100, seconds=1e-6)
    assert found.rows[0].status == "accepted"
    assert found.rows[0].trials is None
    found = compare(TARGET, "0.5", "0.05", names=["malach"], trials=3, seconds=100)
    assert found.rows[0].trials == 3


def test_edge_popup_runs_on_data_with_both_kinds_of_weights():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1, (80, 4)), rng.integers(0, 2, 80)
    data = Labelled("noise", x[:40], y[:40], x[40:], y[40:])
    found = compare(TARGET, "0.5", "0.05", names=["pensia"], trials=0, data=data)
    assert [p.distribution for p in found.popups] == ["uniform on {-1, +1}", "standard normal"]
    for row in found.popups:
        assert row.low <= row.correct / row.total <= row.high
        assert row.total == 40
    assert len(found.as_dict()["edge_popup"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": ["lueker"]}, "expected some of"),
        ({"names": []}, "expected some of"),
        ({"trials": -1}, "trials"),
        ({"seed": 2**64}, "seed"),
        ({"jobs": 0}, "jobs"),
        ({"seconds": 0.0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        compare(TARGET, "0.5", "0.05", **arguments)


def test_an_empty_row_shows_dashes_not_zeros():
    empty = Comparison((2, 2), "", Decimal("0.1"), Decimal("0.1"), 0, (Row("malach", ours=False),))
    for (line,), fixed in zip(empty.tables().values(), (2, 2, 1), strict=True):
        assert set(list(line.values())[fixed:]) == {"–"}


def test_progress_is_told():
    told = []
    compare(
        TARGET,
        "0.5",
        "0.05",
        names=["pensia"],
        trials=0,
        memory=False,
        progress=lambda done, total, text: told.append((done, total, text)),
    )
    assert told[0] == (0, 2, "pensia")
