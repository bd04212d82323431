"""A new construction is one module and one row of the catalogue: everything else takes it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from constructions import catalogue
from figures import subnetworks
from figures.gallery import DATA, PICTURES
from proofs.audit import run as audit
from proofs.experiments.sweeps.catalogue import SWEEPS
from proofs.experiments.sweeps.csv_file import read
from proofs.experiments.sweeps.runner import measure
from tests import audits, toy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def added(monkeypatch):
    """Add the row in this process."""
    monkeypatch.setitem(catalogue.CATALOGUE, toy.NAME, toy.ROW)


def command(*arguments):
    """Run the command in a process in which the row is there from the start."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.toy", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_pruned_certified_and_compared(tmp_path):
    np.savez(tmp_path / "target.npz", W1=[[0.5, -0.25], [0.125, 0.75]])
    asked = (tmp_path / "target.npz", "--eps", "0.1", "--delta", "0.1")
    command("prune", *asked, "--construction", toy.NAME, "-o", tmp_path / "ticket.npz")
    found = json.loads(command("certify", tmp_path / "ticket.npz", "--format", "json"))
    assert found["verdict"] == "accepted"
    names = ("--construction", toy.NAME, "--construction", "horner")
    counted = ("--trials", 2, "--jobs", 1, "--format", "json")
    rows = json.loads(command("compare", *asked, *names, *counted))["rows"]
    widths = {row["construction"]: row["width"] for row in rows}
    assert widths[toy.NAME] == widths["horner"] + 3 * toy.SPARE


def test_the_audit_scans_its_constant_and_starves_its_slacks(added, monkeypatch):
    audits.shrink(monkeypatch)
    result = audit.run()
    (constant,) = (c for c in result.constants if c.construction == toy.NAME)
    assert constant.holds
    assert {d.parameter for d in result.draws if d.construction == toy.NAME} == {
        slack.name for slack in toy.ROW.slacks
    }
    assert all(d.agrees for d in result.draws)
    assert toy.NAME in {s.construction for s in result.practical}


OVER_CONSTRUCTIONS = sorted(n for n, sweep in SWEEPS.items() if "construction" in sweep.keys)
SHOWN = sorted(n for n, picture in PICTURES.items() if picture.dataset.name in OVER_CONSTRUCTIONS)


def rows_of(name):
    """Measure the quick cases of the new construction."""
    sweep = SWEEPS[name]
    mine = [case for case in sweep.cases("quick") if case["construction"] == toy.NAME]
    return [measure(sweep, case, sweep.seed(0, case)) for case in mine]


@pytest.mark.parametrize("name", OVER_CONSTRUCTIONS)
def test_every_sweep_over_constructions_measures_it(added, name):
    rows = rows_of(name)
    assert {row["construction"] for row in rows} == {toy.NAME}


@pytest.mark.parametrize("name", SHOWN)
def test_every_figure_of_such_a_sweep_shows_it_beside_the_others(added, name):
    picture = PICTURES[name]
    others = read(DATA / f"{picture.dataset.name}.csv")
    figure = picture.draw([*others, *rows_of(picture.dataset.name)])
    words = {text.get_text() for text in figure.findobj(Text)}
    assert any(toy.ROW.title in word or word.startswith(f"{toy.ROW.letter}: ") for word in words)


def test_the_figure_of_subnetworks_draws_it(added):
    _, rows = subnetworks.kept_edges()
    drawn = subnetworks.draw(list(rows))
    assert toy.ROW.title in " ".join(axes.get_title(loc="left") for axes in drawn.axes)
