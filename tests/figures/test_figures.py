"""Figures: drawn from committed numbers, byte for byte the same; the numbers are what they say."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from constructions import CATALOGUE
from constructions.errors import InputError
from figures import claim_graph, datasets, failure_vs_slack, gadgets, savings, signs, subnetworks
from figures.gallery import DATA, OUT, PICTURES, choose, regenerate
from figures.save import COLUMN, KINDS, new_figure
from proofs.claims import graph, registry
from proofs.experiments.sweeps import SWEEPS, CsvError, csv_file
from proofs.experiments.sweeps.runner import measure

ROOT = Path(__file__).resolve().parents[2]
SWEPT = [p for p in PICTURES.values() if p.dataset.name in SWEEPS]
_MOST_BYTES = 5_000_000
_SMALLEST_POINTS = 6.5


def draw_elsewhere(names: list[str], out: Path, hash_seed: str) -> None:
    """Draw in a process of its own, with other hashes, so that nothing is left over."""
    script = "import sys; from pathlib import Path; from figures.gallery import regenerate; "
    script += "regenerate(sys.argv[2:], out=Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(out), *names]
    subprocess.run(command, cwd=ROOT, check=True, env={"PYTHONHASHSEED": hash_seed, "HOME": "/tmp"})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def check_same_bytes(names: list[str], tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    regenerate(names, out=first)
    draw_elsewhere(list(reversed(names)), second, "2")
    drawn = contents(first)
    assert set(drawn) == {f"{name}.{kind}" for name in names for kind in KINDS}
    assert contents(second) == drawn
    for name, data in drawn.items():
        assert b"matplotlib" not in data.lower()[:600] or name.endswith(".png"), name
    # The committed drawings are those of the committed numbers.
    for name in names:
        assert (OUT / f"{name}.svg").read_bytes() == drawn[f"{name}.svg"], name


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    check_same_bytes(["signs", "gadgets"], tmp_path)


@pytest.mark.slow
def test_two_runs_give_the_same_bytes_for_all_figures(tmp_path: Path) -> None:
    check_same_bytes(list(PICTURES), tmp_path)


def test_committed_drawings_are_complete_and_small() -> None:
    names = {path.name for path in OUT.iterdir()}
    assert names == {f"{name}.{kind}" for name in PICTURES for kind in KINDS}
    assert sum(path.stat().st_size for path in OUT.iterdir()) < _MOST_BYTES


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_every_figure_is_legible_in_one_column(picture) -> None:  # type: ignore[no-untyped-def]
    figure = picture.draw(picture.dataset.read(DATA))
    assert isinstance(figure, Figure)
    assert figure.get_size_inches()[0] == COLUMN
    shown = [axes for axes in figure.axes if axes.axison]
    words = [axes.get_xlabel() + axes.get_ylabel() + axes.get_title("left") for axes in shown]
    assert all(words)
    assert faults(figure) == []


def faults(figure: Figure) -> list[str]:
    """Texts that are too small, outside the figure, or on top of one another."""
    figure.draw_without_rendering()
    texts = {text: text.get_window_extent() for text in shown_texts(figure)}
    right, top = figure.bbox.max
    found = [f"small: {t.get_text()}" for t in texts if float(t.get_fontsize()) < _SMALLEST_POINTS]
    for text, box in texts.items():
        if min(box.x0, box.y0) < -1 or box.x1 > right + 1 or box.y1 > top + 1:
            found.append(f"outside: {text.get_text()}")
    for (a, one), (b, other) in itertools.combinations(texts.items(), 2):
        if one.padded(-0.5).overlaps(other.padded(-0.5)):
            found.append(f"{a.get_text()} on {b.get_text()}")
    return found


def shown_texts(figure: Figure) -> list[Text]:
    """All texts that are drawn: of an axis' tick labels, those within its limits."""
    every = {t: None for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            drawn: set[Text] = set()
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if axes.axison and low <= tick.get_loc() <= high:
                    drawn |= {tick.label1, tick.label2}
            for text in axis.findobj(Text):
                if text not in drawn and (text is not axis.label or not axes.axison):
                    every.pop(text, None)
    return list(every)


def test_an_illegible_figure_is_found() -> None:
    figure = new_figure(COLUMN, 2)
    axes = figure.add_subplot()
    axes.text(0.5, 0.5, "tiny", fontsize=5)
    axes.text(0.2, 0.2, "first words")
    axes.text(0.22, 0.21, "second words")
    figure.text(0.9, 0.8, "far beyond the right edge of it all")
    assert faults(figure) == [
        "small: tiny",
        "outside: far beyond the right edge of it all",
        "first words on second words",
    ]


@pytest.mark.parametrize("picture", SWEPT, ids=[p.name for p in SWEPT])
def test_committed_numbers_are_the_rows_of_the_sweep(picture) -> None:  # type: ignore[no-untyped-def]
    sweep = SWEEPS[picture.dataset.name]
    rows = csv_file.read(DATA / f"{sweep.name}.csv", sweep.columns)
    cases = sweep.cases("full")
    assert [sweep.label(row) for row in rows] == [sweep.label(case) for case in cases]
    assert [int(row["seed"]) for row in rows] == [sweep.seed(0, case) for case in cases]
    assert all("numpy" in row["versions"] and float(row["seconds"]) >= 0 for row in rows)
    (code,) = {row["code"] for row in rows}  # one run of one state of the code
    assert code


def test_a_sample_of_committed_numbers_is_measured_again() -> None:
    for name in ("weights-vs-bound", "shape-vs-eps-and-d", "error-vs-width"):
        sweep = SWEEPS[name]
        rows = {sweep.label(row): row for row in csv_file.read(DATA / f"{name}.csv")}
        for case in sweep.cases("full")[:: len(rows) // 5]:
            again = measure(sweep, case, sweep.seed(0, case))
            committed = rows[sweep.label(case)]
            for column in sweep.results:
                assert same(again[column], committed[column]), (sweep.label(case), column)


def same(a: str, b: str) -> bool:
    """Floats may differ in the last places on another machine; everything else may not."""
    return a == b or ("." in a and abs(float(a) - float(b)) <= 1e-9 * abs(float(b)))


@pytest.mark.parametrize("module", [gadgets, savings, signs, subnetworks])
def test_quick_numbers_are_computed_again(module) -> None:  # type: ignore[no-untyped-def]
    columns, rows = module.DATASET.compute(lambda done, total, text: None, 1)
    assert list(rows) == csv_file.read(DATA / f"{module.DATASET.name}.csv", columns)


def test_the_claim_graph_is_that_of_the_registry() -> None:
    rows = claim_graph.DATASET.read(DATA)
    claims = registry.claims()
    assert {row["claim"]: tuple(row["rests_on"].split()) for row in rows} == {
        label: claim.depends_on for label, claim in claims.items()
    }
    levels = graph.levels(graph.parents(claims))
    assert all(int(row["level"]) == levels[row["claim"]] for row in rows)


def test_counted_failures_agree_with_the_exact_probability() -> None:
    """H0: the exact values are the true ones; an interval misses with probability 1/1000."""
    rows = failure_vs_slack.DATASET.read(DATA)
    missed = [
        r
        for r in rows
        if not float(r["low"]) <= float(r["exact"])
        or not (CATALOGUE[r["construction"]].enclosed or float(r["exact"]) <= float(r["high"]))
    ]
    assert len(missed) <= 2  # of about 70: three or more have probability below 6e-5
    assert all(float(r["exact"]) <= float(r["bound"]) * (1 + 1e-9) for r in rows)


def test_every_neuron_of_the_gadgets_is_the_sum_of_its_edges() -> None:
    rows = gadgets.DATASET.read(DATA)
    for panel in datasets.distinct(rows, "panel"):
        mine = datasets.select(rows, panel=panel, kept="yes")
        for layer, target in {(row["layer"], row["target"]) for row in mine}:
            into = datasets.select(mine, layer=layer, target=target)
            total = sum(int(r["source_value"]) * (1 if r["sign"] == "+" else -1) for r in into)
            assert max(total, 0) == int(into[0]["target_value"])


def test_unknown_names_and_missing_numbers_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'nothing'"):
        choose(["nothing"])
    with pytest.raises(CsvError, match=r"signs\.csv"):
        regenerate(["signs"], data=tmp_path, out=tmp_path)


def test_fresh_writes_the_numbers_it_draws(tmp_path: Path) -> None:
    paths = regenerate(["signs"], fresh=True, data=tmp_path / "data", out=tmp_path / "out")
    assert [path.suffix for path in paths] == [".pdf", ".svg", ".png"]
    assert (tmp_path / "data" / "signs.csv").read_bytes() == (DATA / "signs.csv").read_bytes()
    assert (tmp_path / "out" / "signs.svg").read_bytes() == (OUT / "signs.svg").read_bytes()


def test_intervals_that_have_a_hole_are_not_drawn() -> None:
    rows = [dict(row) for row in signs.DATASET.read(DATA)]
    rows[0]["different"] = "3"
    with pytest.raises(ValueError, match="no interval"):
        signs.draw(rows)
