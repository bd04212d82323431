"""Time and memory of prune and certify, each in a fresh process, with the goals beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofs import verified

ROOT = Path(__file__).parents[2]
# construction, shape, options, goals: seconds to prune and to certify, MB at the peak
MAIN = [
    ("horner", "784,500,10", [], (2, 3, 400)),
    ("sign-agnostic", "784,500,10", [], (10, 5, None)),
    ("blocks", "784,500,10", [], (10, 10, 1024)),
]
# The same for the proved checker: seconds to certify, and its own peak.
PROVED = [
    ("horner", "784,500,10", ["--verified"], (None, 8, 1536)),
    ("sign-agnostic", "784,500,10", ["--verified"], (None, 30, 1536)),
    ("blocks", "784,500,10", ["--verified"], (None, 15, 1536)),
]
ROWS: list[str] = []


def measure(name: str, shape: str, *options: str) -> dict:
    command = [sys.executable, "-m", "tests.bench.measure", name, shape, "0.01", "0.01", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def report(row: dict, goals: tuple) -> None:
    measured = (row["prune_s"], row["certify_s"], row["peak_mb"])
    cells = [
        f"{value:8.1f} ({'—' if goal is None else f'goal {goal}'}"
        f"{'' if goal is None or value <= goal else ', MISSED'})"
        for value, goal in zip(measured, goals, strict=True)
    ]
    shape = "-".join(map(str, row["dims"]))
    head = (
        f"{row['construction']:14} {shape:12} N {row['N']:9,} L {row['L']:4} kept {row['kept']:12,}"
    )
    ROWS.append(
        f"{head}  prune s {cells[0]}  certify s {cells[1]}  peak MB {cells[2]}"
        f"  mask bytes per edge {row['mask_bytes_per_edge']:.2f}"
    )


@pytest.fixture(scope="module", autouse=True)
def table(request):
    """Print the table when all is done, whatever pytest captures."""
    yield
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n" + "\n".join(ROWS))


@pytest.mark.parametrize(("name", "shape", "options", "goals"), MAIN, ids=[m[0] for m in MAIN])
def test_the_trained_networks_shape_keeps_to_its_goals(benchmark, name, shape, options, goals):
    row = benchmark.pedantic(measure, (name, shape, *options), rounds=1)
    benchmark.extra_info.update(row)
    report(row, goals)
    assert row["accepted"]
    assert row["mask_bytes_per_edge"] <= 1


@pytest.mark.skipif(verified.version() is None, reason=f"not built: {verified.REMEDY}")
@pytest.mark.parametrize(("name", "shape", "options", "goals"), PROVED, ids=[m[0] for m in PROVED])
def test_the_proved_checker_keeps_to_its_goals(benchmark, name, shape, options, goals):
    row = benchmark.pedantic(measure, (name, shape, *options), rounds=1)
    benchmark.extra_info.update(row)
    report(row | {"construction": f"{name}, proved"}, goals)
    assert row["accepted"]


@pytest.mark.skipif("PMONE_BENCH_LARGE" not in os.environ, reason="set PMONE_BENCH_LARGE=1")
def test_one_large_layer_keeps_to_its_goals(benchmark):
    """S, 4096 × 4096, nonnegative: 2 minutes together, 6 GB."""
    row = benchmark.pedantic(measure, ("horner", "4096,4096", "--nonnegative"), rounds=1)
    benchmark.extra_info.update(row)
    report(row, (120, 120, 6144))
    assert row["accepted"]


@pytest.mark.parametrize("name", ["grouped", "horner", "sign-agnostic", "blocks"])
def test_the_cost_of_an_edge_does_not_grow_with_the_size(benchmark, name):
    """Seconds per kept edge and sign looked at, over three sizes 16-fold apart: a ratio.

    The random network has far more weights than are looked at; both counts stand in the table.
    """
    shapes = ["256,256", "512,512", "1024,1024"]
    rows = benchmark.pedantic(lambda: [measure(name, s) for s in shapes], rounds=1)
    costs = [(r["prune_s"] + r["certify_s"]) / (r["kept"] + r["looked_at"]) for r in rows]
    ROWS.extend(
        f"{name:14} {s:10} kept {r['kept']:12,}  signs looked at {r['looked_at']:14,} "
        f"of {r['random']:.2e}  {1e9 * c:6.1f} ns each (prune and certify)"
        for s, r, c in zip(shapes, rows, costs, strict=True)
    )
    benchmark.extra_info["ns_per_kept_edge_and_sign"] = [1e9 * c for c in costs]
    assert costs[-1] < 2 * costs[0]
