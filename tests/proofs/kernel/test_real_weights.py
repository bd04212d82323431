"""Real weights: the checker's own reading of them, exact extraction, and no way around it."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from constructions import construction, plan_for
from constructions.errors import InputError, NoTicket
from constructions.networks.distributions import Distribution
from constructions.networks.weights import WeightNetwork
from constructions.request import Request
from constructions.targets.target import Ball, TargetNetwork
from proofs.kernel import check
from proofs.kernel.header import Header, Malformed, parse_header
from proofs.kernel.kept_edges import Edges
from proofs.kernel.real_weights import bound_real, edge_weights, weights_of_words
from proofs.kernel.ticket_file import Limits, TicketFile
from tests.adversarial.edits import as_first, pack, unpack
from tests.strategies import inputs, seeds, targets

REAL = ("malach", "orseau", "pensia", "kumar-natale")
distributions = st.one_of(
    st.just(Distribution("uniform")),
    st.builds(Distribution, st.just("grid"), st.integers(0, 30)),
    st.builds(Distribution, st.just("hyperbolic"), st.integers(1, 256)),
)


def header(**changes):
    """A parsed header of version 2."""
    raw = {
        "format": "pmone-ticket",
        "version": 2,
        "construction": "test",
        "seed": 1,
        "widths": [2, 6, 2],
        "scale_log2": 0,
        "layer_scale_log2": [0],
        "epsilon": "1",
        "delta": "0.5",
        "domain": {"kind": "ball", "radius": "1", "nonnegative": True},
        "homogenized": False,
        "generations": [],
        "distribution": {"kind": "uniform"},
    }
    return parse_header(json.dumps(raw | changes))


@given(distributions, st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_both_readings_of_a_word_agree(distribution, words):
    words = np.array([0, 2**63, 2**64 - 1, *words], dtype=np.uint64)
    mine = weights_of_words(words, distribution.kind, distribution.parameter)
    assert (mine == distribution.weights(words)).all()


@given(distributions, st.data())
@settings(max_examples=40)
def test_both_readings_of_edges_agree(distribution, data):
    widths = (data.draw(st.integers(1, 30)), data.draw(st.sampled_from([1, 3, 4, 5, 300, 4000])))
    seed = data.draw(seeds())
    mask = np.random.default_rng(data.draw(st.integers(0, 99))).random(widths)
    mask = mask < data.draw(st.sampled_from([0.002, 0.1, 0.9]))
    sources = np.flatnonzero(mask.any(axis=1))
    indptr = np.concatenate([[0], np.cumsum(mask[sources].sum(axis=1))])
    targets_ = np.nonzero(mask)[1]
    known = header(seed=str(seed), widths=[*widths, 2], distribution=distribution.as_json())
    mine = edge_weights(known, 1, Edges(sources, indptr, targets_))
    source = WeightNetwork(seed, widths, distribution)
    assert (mine == source.values(1, np.nonzero(mask)[0], targets_)).all()


def test_weights_are_the_known_answers_of_the_format():
    hexes = ["0x1.2f3ffe7c4fd1fp-2", "0x1.4bc33662e0b47p-11"]
    known = header(seed=2026, widths=[9, 4, 7], distribution={"kind": "hyperbolic", "octaves": 12})
    edges = Edges(np.array([2]), np.array([0, 2]), np.array([0, 1]))
    assert [w.hex() for w in edge_weights(known, 2, edges).tolist()] == hexes


@pytest.mark.parametrize(
    "distribution",
    [
        None,
        "uniform",
        {},
        {"kind": "normal"},
        {"kind": "sign"},
        {"kind": "grid"},
        {"kind": "grid", "bits": 31},
        {"kind": "grid", "bits": -1},
        {"kind": "grid", "bits": 1.0},
        {"kind": "hyperbolic", "octaves": 0},
        {"kind": "hyperbolic", "octaves": 257},
        {"kind": ["grid"]},
    ],
)
def test_distributions_that_do_not_exist_are_malformed(distribution):
    with pytest.raises(Malformed, match=r"distribution|kind|octaves|bits"):
        header(distribution=distribution)


def test_version_1_has_no_distribution_and_version_3_may_have_one():
    assert header(version=1).distribution is None
    assert header().distribution == header(version=3).distribution == ("uniform", 0)
    assert (header().compact, header(version=3).compact) == (False, True)
    assert isinstance(header(), Header)
    for version in (0, 4, "2", 2.0, True):
        with pytest.raises(Malformed, match="version"):
            header(version=version)


def ticket_of(name, target, eps, seed):
    plan = plan_for(target, eps, "0.001", name)
    assume(plan.random_weights < 150_000)
    try:
        return construction(name).prune(target, plan, plan.draw(seed))
    except NoTicket:
        assume(False)
        raise


@given(st.sampled_from(REAL), targets(max_dim=3, max_depth=2, max_scale=2), seeds(), st.data())
@settings(max_examples=40)
def test_tickets_are_accepted_and_the_bound_holds(tmp_path_factory, name, target, seed, data):
    ticket = ticket_of(name, target, "0.5", seed)
    path = tmp_path_factory.mktemp("ticket") / "ticket.npz"
    ticket.save(path)
    certificate = check(path, target=list(target.weights))
    assert certificate.accepted, certificate
    assert certificate.distribution[0] == ticket.network.distribution.kind
    x = data.draw(inputs(target, count=4))
    error = ticket.run_exact(x).astype(float) - target(x)
    assert np.linalg.norm(error, axis=1).max() <= certificate.bound * (1 + 1e-9) + 1e-13


@given(st.integers(0, 30), st.integers(1, 3), seeds())
@settings(max_examples=20)
def test_targets_on_the_grid_are_computed_without_any_error(tmp_path_factory, k, n, seed):
    rng = np.random.default_rng(k)
    target = TargetNetwork.from_layers([rng.integers(-4, 5, (n, n)) / 8.0])
    plan = construction("kumar-natale").plan(Request.of(target.dims, "0.25", "0.001"))
    assume(plan.p >= 3)
    try:
        ticket = construction("kumar-natale").prune(target, plan, plan.draw(seed))
    except NoTicket:
        assume(False)
    path = tmp_path_factory.mktemp("ticket") / "ticket.npz"
    ticket.save(path)
    assert check(path).bound == 0.0


def exact_bound_of_one_layer(ticket):
    """‖[W − Ŵ⁺, −W − Ŵ⁻]‖_F in exact rationals, l = 1: at least the spectral norm."""
    A, B = ticket.network.layer(1), ticket.network.layer(2)
    first, second = (e.mask(*ticket.widths[t : t + 2]) for t, e in enumerate(ticket.edges))
    W = ticket.target.weights[0]
    unit = Fraction(2) ** -ticket.scale_log2
    total = Fraction(0)
    for o, j in np.ndindex(W.shape):
        plus = minus = Fraction(0)
        for h in np.flatnonzero(first[:, j] & second[o]):
            product = Fraction(A[h, j]) * Fraction(B[o, h]) * unit
            plus, minus = (plus + product, minus) if A[h, j] > 0 else (plus, minus - product)
        w = Fraction(float(W[o, j]))
        total += (w - plus) ** 2 + (w + minus) ** 2
    return total


@given(st.sampled_from(REAL), seeds())
@settings(max_examples=30)
def test_the_bound_of_one_output_is_the_exact_norm(tmp_path_factory, name, seed):
    """With one row the spectral norm is the Frobenius norm, which rationals give exactly."""
    target = TargetNetwork.from_layers([[[0.3, -0.7, 0.1]]])
    ticket = ticket_of(name, target, "0.25", seed)
    path = tmp_path_factory.mktemp("ticket") / "ticket.npz"
    ticket.save(path)
    with TicketFile(path, Limits()) as file:
        bound = bound_real(file)
    exact = exact_bound_of_one_layer(ticket)
    if name == "kumar-natale":  # Ŵ⁻ = −Ŵ⁺: one half
        exact /= 2
    assert exact <= bound**2 <= exact * (1 + Fraction(1, 2**20))


@pytest.fixture
def good(tmp_path):
    """A version 2 file of two target layers, as arrays, and how to check changed ones."""
    rng = np.random.default_rng(8)
    target = TargetNetwork.from_layers(
        [rng.uniform(-0.5, 0.5, (3, 2)), rng.uniform(-0.5, 0.5, (2, 3))]
    )
    plan = plan_for(target, "0.05", "0.001", "pensia")
    path = tmp_path / "ticket.npz"
    construction("pensia").prune(target, plan, plan.draw(1)).save(path)
    original, arrays = as_first(unpack(path.read_bytes()))

    def verdict(changes=None, head=None):
        path.write_bytes(pack((original | (head or {}), arrays | (changes or {}))))
        return check(path)

    return original, arrays, verdict


def test_the_fixture_is_accepted(good):
    assert good[2]().accepted


def test_what_seed_and_distribution_draw_matters(good):
    _, _, verdict = good
    for head in ({"seed": 2}, {"distribution": {"kind": "hyperbolic", "octaves": 3}}):
        assert verdict(head=head).verdict == "rejected", head
    assert verdict(head={"version": 1}).verdict == "rejected"
    # A fine grid makes nearly the same weights of the same words, but not the same.
    assert verdict(head={"distribution": {"kind": "grid", "bits": 20}}).bound != verdict().bound


def test_layers_must_come_in_pairs(good):
    _, _, verdict = good
    for generations in (
        [{"layer": 2, "kind": "unit"}],  # signed inputs without a split
        [{"layer": 1, "kind": "split"}, {"layer": 3, "kind": "unit"}],
        [{"layer": 2, "kind": "unit"}, {"layer": 3, "kind": "split"}],
    ):
        found = verdict(head={"generations": generations})
        assert found.verdict == "rejected", generations
        assert "pairs" in found.reasons[0] or "unknown sign" in found.reasons[0]


def test_a_wire_may_read_one_input_only(good):
    _, arrays, verdict = good
    wire = arrays["indices_1"][0]  # of source 0; give it to source 1 as well
    ptr, indices = arrays["indptr_1"], arrays["indices_1"]
    more = np.sort(np.append(indices[ptr[1] : ptr[2]], wire))
    changed = np.concatenate([indices[: ptr[1]], more, indices[ptr[2] :]])
    found = verdict({"indices_1": changed, "indptr_1": ptr + np.array([0, 0, 1])})
    assert found.verdict == "rejected"
    assert f"neuron {wire} reads more than one input" in found.reasons[0]


def test_units_are_distinct_and_nobody_reads_another_neuron(good):
    _, _, verdict = good
    found = verdict({"units_1": np.array([0, 1, 1])})
    assert "two units" in found.reasons[0]
    assert verdict({"units_1": np.array([1, 0, 2])}).verdict == "rejected"


def test_a_neuron_that_is_no_unit_may_not_be_read(tmp_path):
    """The layer of units is made wider; a unit moves to a neuron that nothing reaches."""
    target = TargetNetwork.from_layers([[[0.5]], [[0.5]]], domain=Ball("1", nonnegative=True))
    plan = plan_for(target, "0.5", "0.01", "pensia")
    path = tmp_path / "ticket.npz"
    construction("pensia").prune(target, plan, plan.draw(1)).save(path)
    head, arrays = as_first(unpack(path.read_bytes()))
    head["widths"][2] = 2
    path.write_bytes(pack((head, arrays | {"units_1": np.array([1])})))
    found = check(path)
    assert found.verdict == "rejected"
    assert "layer 3: reads neuron 0, which is no unit" in found.reasons[0]


def test_every_dropped_edge_is_missed(good):
    """Dropping a kept edge of the last layer changes the bound by what the edge carries."""
    _, arrays, verdict = good
    whole = verdict().bound
    ptr = arrays["indptr_4"]
    source = int(np.argmax(np.diff(ptr)))
    kept = np.delete(arrays["indices_4"], ptr[source])
    changed = ptr.copy()
    changed[source + 1 :] -= 1
    if changed[source + 1] == changed[source]:
        pytest.skip("every source has one edge")
    found = verdict({"indices_4": kept, "indptr_4": changed})
    assert found.bound is not None
    assert found.bound > whole


def test_an_overflowing_scale_is_refused_not_wrapped(good):
    head, _, verdict = good
    scales = head["layer_scale_log2"]
    for p in (-4096, 4096):
        found = verdict(head={"layer_scale_log2": [p, scales[1]], "scale_log2": p + scales[1]})
        assert found.verdict == "rejected"


def test_more_weights_than_can_be_numbered_are_refused(tmp_path):
    known = header(
        widths=[2**34, 2**34, 2], domain={"kind": "ball", "radius": "1", "nonnegative": True}
    )
    from proofs.kernel.integers import Rejected
    from proofs.kernel.real_weights import require_pairs

    with pytest.raises(Rejected, match="number"):
        require_pairs(known)


def test_tiny_target_entries_are_not_lost(tmp_path):
    target = TargetNetwork.from_layers([[[5e-324, 0.25]]], domain=Ball("1", nonnegative=True))
    plan = construction("kumar-natale").plan(Request.of((2, 1), "0.25", "0.001", nonnegative=True))
    ticket = construction("kumar-natale").prune(target, plan, plan.draw(1))
    ticket.save(tmp_path / "t.npz")
    found = check(tmp_path / "t.npz")
    assert found.accepted
    assert 0 < found.bound < 1e-300


def test_a_producer_that_reads_other_words_is_refused(tmp_path, monkeypatch):
    """A planted bug: the producer's weights are those of the next word."""
    target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    plan = plan_for(target, "0.25", "0.01", "pensia")
    right = Distribution.weights
    monkeypatch.setattr(
        Distribution, "weights", lambda self, words: right(self, words + np.uint64(2**60))
    )
    try:
        construction("pensia").prune(target, plan, plan.draw(1)).save(tmp_path / "t.npz")
    except (NoTicket, InputError):
        pytest.fail("the planted bug should still give a ticket")
    assert check(tmp_path / "t.npz").verdict == "rejected"
