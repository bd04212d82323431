"""`compare`: one table, every row honest about what was reached."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from constructions.errors import InputError, NoTicket
from constructions.peers import malach, orseau
from constructions.peers.data import Labelled
from constructions.target import TargetNetwork
from proofs import peers_compare
from proofs.claims.peers import STATED
from proofs.peers_compare import NAMES, Row, compare

TARGET = TargetNetwork.from_layers([[[0.5, -0.25], [0.1, 0.6]], [[0.7, -0.2]]])
PEER_NAMES = [name for name in NAMES if name in STATED]


@pytest.fixture(scope="module")
def table():
    return compare(TARGET, "0.5", "0.05", seed=3, trials=5, seconds=5)


def test_every_construction_has_a_row_and_a_certificate(table):
    assert [row.construction for row in table.rows] == list(NAMES)
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
            assert (row.claim, row.states, row.sure) == (
                stated.label,
                stated.statement,
                stated.sure,
            )
        shown = next(r for r in table.table_rows() if r["construction"] == row.construction)
        assert row.states in shown["stated"]
        assert (f"({row.sure})" in shown["stated"]) == (row.sure is not None)


def test_peers_have_two_layers_a_target_layer(table):
    for row in table.rows:
        if row.construction in PEER_NAMES:
            assert row.depth == 2 * TARGET.depth


def test_json_and_csv_say_the_same(table):
    data = json.loads(json.dumps(table.as_dict(), allow_nan=False))
    assert data["schema"] == "pmone-comparison/1"
    rows = list(csv.DictReader(io.StringIO(table.as_csv())))
    assert len(rows) == len(data["rows"]) == len(NAMES)
    for one, other in zip(rows, data["rows"], strict=True):
        assert one.keys() == other.keys()
        for key, value in other.items():
            assert one[key] == ("" if value is None else str(value))


def test_too_much_work_is_not_run_and_says_so():
    found = compare(TARGET, "0.001", "0.05", names=["malach", "horner"], steps=1e5, trials=0)
    malach_row, horner_row = found.rows
    assert malach_row.status == "not run"
    assert "steps" in malach_row.reason
    assert malach_row.random_weights > 0
    assert malach_row.kept_weights is malach_row.bound is malach_row.trials is None
    assert horner_row.status == "accepted"


def test_what_cannot_be_planned_says_why():
    found = compare(TARGET, "1e-12", "0.05", names=["kumar-natale"], trials=0)
    assert found.rows[0].status == "not run"
    assert "grid" in found.rows[0].reason
    assert found.exit_code == 3


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
    found = compare(TARGET, "0.5", "0.05", names=["malach"], trials=100, seconds=0.0)
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
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(InputError, match=message):
        compare(TARGET, "0.5", "0.05", **arguments)


def test_an_empty_row_shows_dashes_not_zeros():
    shown = peers_compare._shown(Row("malach", ours=False))
    assert shown["kept"] == shown["certified error"] == shown["tickets"] == "–"


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
