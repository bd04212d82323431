"""A new construction is one module and one row of the catalogue: everything else takes it."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from constructions import catalogue
from figures import error_vs_width
from proofs.audit import run as audit
from proofs.experiments.sweeps.catalogue import SWEEPS
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


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_every_sweep_over_constructions_measures_it(added, name):
    sweep = SWEEPS[name]
    if "construction" not in sweep.keys:
        return
    case = next(c for c in sweep.cases("quick") if c["construction"] == toy.NAME)
    row = measure(sweep, case, sweep.seed(0, case))
    assert row["construction"] == toy.NAME
    assert all(column in row for column in sweep.results)


def test_figures_show_it(added):
    sweep = SWEEPS["error-vs-width"]
    cases = [c for c in sweep.cases("quick") if c["construction"] in (toy.NAME, "horner")]
    rows = [measure(sweep, case, sweep.seed(0, case)) for case in cases]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    text.seek(0)
    figure = error_vs_width.draw_width(list(csv.DictReader(text)))
    words = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    assert toy.ROW.title in " ".join(words)
