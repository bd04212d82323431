"""Ticket: what is saved is what is loaded, what is malformed is refused, and how it runs."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import Ball, Box, InputError, TargetNetwork, Ticket, construction, ours, plan_for
from constructions.edges import Edges
from constructions.networks.signs import SignNetwork
from constructions.quantize import quantize
from constructions.request import Request
from tests import strategies
from tests.adversarial.edits import as_first, unpack
from tests.tickets import found

ARRAYS = ("sources", "indptr", "indices")


@pytest.fixture(scope="module")
def ticket():
    layers = [[[0.5, -0.75], [0.25, 1.0]], [[0.5, -0.5]]]
    return found(TargetNetwork.from_layers(layers, [[0.25, -0.5], [0.125]]))


@pytest.fixture
def saved(ticket, tmp_path):
    path = tmp_path / "ticket.npz"
    ticket.save(path)
    return path


def assert_same(one: Ticket, other: Ticket):
    for name in (
        "construction", "seed", "widths", "layer_scale_log2", "eps", "delta", "generations",
    ):  # fmt: skip
        assert getattr(one, name) == getattr(other, name), name
    assert one.target.domain == other.target.domain
    assert one.target.homogenized == other.target.homogenized
    for mine, theirs in zip(one.target.weights, other.target.weights, strict=True):
        assert mine.tobytes() == theirs.tobytes()
    for mine, theirs in zip(one.edges, other.edges, strict=True):
        for name in ARRAYS:
            a, b = getattr(mine, name), getattr(theirs, name)
            assert a.dtype == b.dtype
            assert a.tolist() == b.tolist()
    assert [u.tolist() for u in one.units] == [u.tolist() for u in other.units]


# Files


@given(st.data())
@settings(max_examples=12)
def test_a_saved_ticket_is_loaded_as_it_was(tmp_path_factory, data):
    target = data.draw(strategies.targets(max_dim=2, max_depth=2))
    name = data.draw(st.sampled_from(sorted(ours())))
    eps = data.draw(strategies.eps("0.05", "4"))
    ticket = found(target, name, eps, data.draw(strategies.seeds()))
    path = tmp_path_factory.mktemp("tickets") / "ticket.npz"
    ticket.save(path)
    again = Ticket.load(path)
    assert_same(ticket, again)
    x = data.draw(strategies.inputs(target, 2))
    assert ticket.run(x).tobytes() == again.run(x).tobytes()
    assert ticket.run_exact(x).tolist() == again.run_exact(x).tolist()
    assert ticket.describe() == again.describe()
    json.dumps(ticket.describe())


def test_saving_twice_gives_the_same_bytes(ticket, tmp_path):
    for name in ("one.npz", "two.npz"):
        ticket.save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.mark.parametrize("name", ours())
def test_a_kept_edge_takes_little_more_than_a_byte(name, tmp_path):
    """Even of a small network; the benchmarks measure 784-500-10, where it takes less."""
    rng = np.random.default_rng(2)
    domain = Ball("1", nonnegative=True)
    target = TargetNetwork.from_layers([rng.uniform(-0.1, 0.1, (40, 60))], domain=domain)
    ticket = found(target, name, eps="0.05")
    ticket.save(tmp_path / "t.npz")
    with zipfile.ZipFile(tmp_path / "t.npz") as file:
        masks = [i for i in file.infolist() if i.filename.startswith(("gaps", "far"))]
    assert sum(info.compress_size for info in masks) <= 1.5 * ticket.kept_weights


def test_the_file_has_the_arrays_that_the_format_names(ticket, saved):
    L, depth = ticket.depth, ticket.target.depth
    with np.load(saved, allow_pickle=False) as file:
        assert set(file.files) == {
            "header",
            *(f"target_{i}" for i in range(1, depth + 1)),
            *(f"{name}_{t}" for t in range(1, L + 1) for name in ("gaps", "far")),
            *(f"units_{i}" for i in range(1, depth)),
        }
        header = json.loads(str(file["header"][()]))
        assert file["header"].shape == ()
    assert header["format"] == "pmone-ticket"
    assert header["version"] == 3
    assert header["widths"] == list(ticket.widths)
    assert header["scale_log2"] == sum(header["layer_scale_log2"])
    assert header["domain"] == {"kind": "ball", "radius": "1", "nonnegative": False}
    assert header["homogenized"] is True
    assert Decimal(header["epsilon"]) == Decimal("0.1")
    assert Decimal(header["delta"]) == Decimal("1e-9")
    assert "E" not in header["delta"]  # plain decimals


@pytest.mark.parametrize("seed", [0, 2**53, 2**53 + 1, 2**64 - 1])
def test_seeds_beyond_2_53_survive_json(seed, tmp_path):
    ticket = found(TargetNetwork.from_layers([[[0.5]]]), seed=seed)
    ticket.save(tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz") as file:
        stored = json.loads(str(file["header"][()]))["seed"]
    assert isinstance(stored, str) == (seed > 2**53)
    assert Ticket.load(tmp_path / "t.npz").seed == seed


@pytest.mark.parametrize(
    "domain", [Ball("0.25", nonnegative=True), Box(("-1", "0"), ("0.5", "1e-3")), Ball("1e3")]
)
def test_domains_survive(domain, tmp_path):
    ticket = found(TargetNetwork.from_layers([[[0.5, -1.0]]], domain=domain), eps="1000")
    ticket.save(tmp_path / "t.npz")
    assert Ticket.load(tmp_path / "t.npz").target.domain == domain


def test_an_interrupted_save_leaves_the_old_file_and_no_other(ticket, saved, monkeypatch):
    before = saved.read_bytes()

    def interrupted(stream, array, **options):
        stream.write(b"half an array")
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ticket.save(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_new_save_replaces_the_old_file(saved):
    other = found(TargetNetwork.from_layers([[[0.5]]]), seed=77)
    other.save(saved)
    assert Ticket.load(saved).seed == 77


# What is refused


def rewrite(path: Path, change, first: bool = False) -> None:
    """Change a file's arrays and header, those of version 1 if `first`."""
    header, arrays = unpack(path.read_bytes())
    if first:
        header, arrays = as_first((header, arrays))
    arrays["header"] = np.array("")
    change(arrays, header)
    if "header" in arrays:
        arrays["header"] = np.array(json.dumps(header))
    np.savez(path, **arrays)


def edit(name, value):
    def change(arrays, header):
        arrays[name] = value(arrays[name])

    return change


def edit_header(key, value):
    def change(arrays, header):
        header[key] = value

    return change


def drop(name):
    def change(arrays, header):
        arrays.pop(name, None)
        header.pop(name, None)

    return change


@pytest.mark.parametrize(
    "change",
    [
        *map(drop, ["header", "gaps_2", "far_1", "target_1", "units_1"]),
        *map(drop, ["format", "version", "widths", "layer_scale_log2", "generations", "domain"]),
        *map(drop, ["seed", "epsilon", "delta", "construction", "homogenized"]),
        edit_header("format", "other"),
        edit_header("version", 4),
        edit_header("distribution", {"kind": "unheard of"}),
        edit_header("seed", -1),
        edit_header("seed", 2**64),
        edit_header("widths", [3]),
        edit_header("widths", [3, 0, 2]),
        edit_header("domain", {"kind": "ball", "radius": "-1", "nonnegative": False}),
        edit_header("domain", {"kind": "ball", "radius": "nan", "nonnegative": False}),
        edit_header("domain", {"kind": "torus"}),
        edit_header("epsilon", "small"),
        edit("gaps_4", lambda a: a * 0),
        edit("gaps_4", lambda a: a + 200),
        edit("gaps_4", lambda a: a.astype(np.int64)),
        edit("gaps_4", lambda a: a[None]),
        edit("gaps_4", lambda a: np.repeat(a, 1000)),
        edit("gaps_4", lambda a: a[a < 255]),
        edit("gaps_4", lambda a: a[:0]),
        edit("far_4", lambda a: a[:-1]),
        edit("far_4", lambda a: np.append(a, 300)),
        edit("far_4", lambda a: -a),
        edit("far_4", lambda a: a * np.int64(0) + 2**62),
        edit("far_4", lambda a: a * np.int64(0) + 2**62 + 1),
        edit("far_4", lambda a: a.astype(float)),
        edit("target_1", lambda a: a * np.nan),
        edit("target_1", lambda a: a[:, :-1]),
    ],
)
def test_a_malformed_file_is_refused_with_its_name(saved, change):
    rewrite(saved, change)
    with pytest.raises(InputError, match=saved.name):
        Ticket.load(saved).run([[0.5, 0.5]])


@pytest.mark.parametrize(
    "change",
    [
        *map(drop, ["sources_2", "indptr_1", "indices_3"]),
        edit_header("version", 2),
        edit_header("version", 3),
        edit("sources_1", lambda a: a + 10**6),
        edit("sources_1", lambda a: a - 1),
        edit("sources_2", lambda a: a[::-1]),
        edit("sources_2", lambda a: a.astype(float)),
        edit("sources_2", lambda a: a[:-1]),
        edit("indptr_2", lambda a: a[:-1]),
        edit("indptr_2", lambda a: a + 1),
        edit("indptr_2", lambda a: a * 0),
        edit("indices_2", lambda a: a + 10**6),
        edit("indices_2", lambda a: -a - 1),
        edit("indices_2", lambda a: a[:-1]),
        edit("indices_2", lambda a: a[None]),
    ],
)
def test_a_malformed_file_of_version_1_is_refused_with_its_name(saved, change):
    rewrite(saved, change, first=True)
    with pytest.raises(InputError, match=saved.name):
        Ticket.load(saved).run([[0.5, 0.5]])


def test_both_forms_of_a_file_are_the_same_ticket(ticket, saved):
    rewrite(saved, lambda arrays, header: None, first=True)
    assert "sources_1" in np.load(saved).files
    again = Ticket.load(saved)
    layers = zip(again.edges, ticket.edges, ticket.widths[1:], strict=True)
    for one, other, width in layers:
        for mine, theirs in zip(one.gaps(width), other.gaps(width), strict=True):
            assert mine.tolist() == theirs.tolist()
    assert_same(replace(again, edges=ticket.edges), ticket)


@pytest.mark.parametrize("keep", [0, 1, 10, 100, 1000, -1, -30])
def test_a_truncated_file_is_refused(saved, keep):
    content = saved.read_bytes()
    saved.write_bytes(content[:keep])
    with pytest.raises(InputError, match=saved.name):
        Ticket.load(saved)


def test_pickles_and_other_files_are_refused(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, header=np.array({"format": "pmone-ticket"}, dtype=object))
    with pytest.raises(InputError):
        Ticket.load(path)
    path.write_text("not a zip archive")
    with pytest.raises(InputError):
        Ticket.load(path)
    with path.open("wb") as stream:
        np.save(stream, np.arange(3))
    with pytest.raises(InputError):
        Ticket.load(path)
    with pytest.raises(OSError, match="missing"):
        Ticket.load(tmp_path / "missing.npz")


# Running


def test_outputs_have_the_shape_of_the_inputs(ticket):
    assert ticket.run([0.5, 0.25]).shape == (1,)
    assert ticket.run([[0.5, 0.25]]).shape == (1, 1)
    assert ticket.run(np.zeros((4, 3, 2))).shape == (4, 3, 1)
    assert ticket.run(np.zeros((0, 2))).shape == (0, 1)
    assert ticket.run_exact(np.zeros((4, 3, 2))).shape == (4, 3, 1)
    assert ticket.run_exact(np.zeros((0, 2))).shape == (0, 1)
    assert ticket.run([0.5, 0.25]).dtype == np.float64
    for wrong in (0.5, [0.5], [[0.5, 0.25, 0.1]]):
        with pytest.raises(InputError, match="shape"):
            ticket.run(wrong)
        with pytest.raises(InputError, match="shape"):
            ticket.run_exact(wrong)


def test_running_tells_how_far_it_is(ticket):
    told = []
    ticket.run([0.5, 0.25], lambda done, total, text: told.append((done, total)))
    assert told == [(t, ticket.depth) for t in range(1, ticket.depth + 1)]


def test_many_inputs_at_once_are_the_inputs_one_by_one(ticket):
    x = np.random.default_rng(1).uniform(-0.7, 0.7, (50, 2))
    together = ticket.run(x)
    alone = np.array([ticket.run(row) for row in x])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ours())
def test_depth_does_not_overflow_float64(name):
    """Forty layers at p bits each: the integers reach 2^{40p}, the activations stay small."""
    target = TargetNetwork.from_layers([[[1.0]]] * 40)
    plan = construction(name).plan(Request.of(target.dims, "1e-8", "1e-9"))
    assert sum(plan.precision.layer_scale_log2) > 1100  # beyond the exponents of float64
    ticket = construction(name).prune(target, plan, plan.draw(2))
    np.testing.assert_allclose(ticket.run([[0.75], [-0.5]]), [[0.75], [0.0]], atol=1e-6)
    assert ticket.run_exact([[0.75], [-0.5]]).tolist() == [[0.75], [0]]


def test_a_ticket_without_edges_is_zero():
    target = TargetNetwork.from_layers([[[0.0, 0.0]]])
    none = np.empty(0, dtype=np.int64)
    empty = tuple(Edges.from_pairs(none, none) for _ in range(2))
    ticket = Ticket(
        target,
        "none",
        SignNetwork(1, (2, 5, 1)),
        (0,),
        Decimal(1),
        Decimal("0.5"),
        empty,
        (),
        ((1, "split"),),
    )
    assert ticket.kept_weights == 0
    assert ticket.run([[0.5, -0.5]]).tolist() == [[0.0]]
    assert ticket.run_exact([[0.5, -0.5]]).tolist() == [[0]]


def test_describe_counts_what_the_ticket_keeps(ticket):
    told = ticket.describe()
    assert told["depth"] == ticket.depth == len(ticket.widths) - 1
    assert told["kept_weights"] == sum(len(e.indices) for e in ticket.edges)
    assert told["random_weights"] == sum(
        a * b for a, b in zip(ticket.widths, ticket.widths[1:], strict=False)
    )
    masks = [e.mask(*ticket.widths[t : t + 2]) for t, e in enumerate(ticket.edges)]
    assert sum(int(m.sum()) for m in masks) == told["kept_weights"]
    plan = plan_for(ticket.target, "0.1", "1e-9")
    assert ticket.scale_log2 == sum(plan.precision.layer_scale_log2)
    assert len(quantize(ticket.target, plan.precision)) == ticket.target.depth
