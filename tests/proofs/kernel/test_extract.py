"""The walk: exactly the pruned network, for all x; the same verdicts as a slow second checker."""

import copy
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from proofs.kernel import Limits, check
from tests.proofs.kernel import reference
from tests.proofs.kernel.forge import Forged, header, horner, powers
from tests.proofs.kernel.small_networks import must_agree, small_network


@settings(max_examples=4 * settings().max_examples)
@given(st.integers(0, 2**32))
def test_random_networks_and_masks(tmp_path_factory, number):
    rng = np.random.default_rng(number)
    event(must_agree(small_network(rng), tmp_path_factory.getbasetemp() / "random.npz", rng))


def test_random_networks_are_accepted_often_enough(tmp_path):
    """Otherwise the test above would say little."""
    verdicts = []
    for number in range(150):
        rng = np.random.default_rng(number)
        verdicts.append(must_agree(small_network(rng), tmp_path / "t.npz", rng))
    assert min(verdicts.count(v) for v in ("accepted", "rejected", "refused")) >= 15


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("nonnegative", [False, True])
def test_every_mask_of_a_tiny_network(tmp_path, seed, nonnegative):
    """Widths 1-2-2-1, for every choice of generations with one target layer; the target is zero."""
    every = [(c, r) for c in range(2) for r in range(2)]
    slots = [(0, (0, 0)), (0, (0, 1)), *((1, e) for e in every), (2, (0, 0)), (2, (1, 0))]
    rng = np.random.default_rng(seed)
    verdicts = set()
    masks = rng.permutation(256)[:80]  # for each seed another part of all masks
    for splits in ([], [1], [2], [1, 2]):
        domain = {"kind": "ball", "radius": "1", "nonnegative": nonnegative}
        head = header([1, 2, 2, 1], [0], [(t, "split") for t in splits], seed=seed, domain=domain,
                      epsilon="0.5")  # fmt: skip
        for mask in masks:
            edges = [set(), set(), set()]
            for k, (t, edge) in enumerate(slots):
                if mask >> k & 1:
                    edges[t].add(edge)
            ticket = Forged(head, [np.array([[0.0]])], [], edges)
            verdicts.add(must_agree(ticket, tmp_path / "t.npz", rng))
    assert verdicts >= {"accepted", "refused"}


CASES = [
    ((3, 2), False), ((3, 2), True), ((1, 1), False), ((3, 4, 2), False), ((2, 3, 3, 1), True),
    ((1, 1, 1, 1), False),
]  # fmt: skip


@pytest.mark.parametrize(("dims", "nonnegative"), CASES)
def test_horner_tickets_give_back_the_rounded_target(tmp_path, dims, nonnegative):
    rng = np.random.default_rng(5)
    targets = [rng.standard_normal((b, a)) / 2 for a, b in itertools.pairwise(dims)]
    ticket = horner(targets, [6] * len(targets), nonnegative=nonnegative, slack=40)
    assert must_agree(ticket, tmp_path / "t.npz", rng) == "accepted"
    for w, v in zip(ticket.targets, check(tmp_path / "t.npz").matrices, strict=True):
        assert np.array_equal(v, np.rint(w * 64))


def test_units_that_are_zero_or_equal(tmp_path):
    """Free columns are taken from the target; equal units share the coefficient of their atom."""
    rng = np.random.default_rng(6)
    first = np.array([[0.5, -0.25], [0.5, -0.25], [0.0, 0.0], [0.5, -0.25], [1.0, 0.0]])
    second = rng.standard_normal((3, 5))
    ticket = horner([first, second], [4, 7], slack=40)
    assert must_agree(ticket, tmp_path / "t.npz", rng) == "accepted"
    one = check(tmp_path / "t.npz")
    assert np.array_equal(one.matrices[1], np.rint(second * 128))
    # The zero unit may be named by any neuron with a zero row; what it multiplies is free.
    ticket.units[0][2] = next(r for r in range(99) if r not in ticket.units[0])
    assert must_agree(ticket, tmp_path / "t.npz", rng) == "accepted"
    # Naming one of the equal neurons for all three is the same network.
    ticket.units[0][[0, 1, 3]] = ticket.units[0][1]
    assert (
        check(ticket.save(tmp_path / "t.npz")).reasons
        == (
            f"layer {ticket.header['generations'][-1]['layer'] + 1}: reads a neuron of the unit "
            "generation before it that is no unit",
        )
        or must_agree(ticket, tmp_path / "t.npz", rng) == "accepted"
    )


def test_homogenized_targets_are_followed_with_their_constant(tmp_path):
    rng = np.random.default_rng(7)
    hidden = np.vstack([np.hstack([rng.standard_normal((3, 2)), rng.standard_normal((3, 1))]),
                        [[0.0, 0.0, 1.0]]])  # fmt: skip
    last = rng.standard_normal((2, 4))
    for domain in (
        {"kind": "ball", "radius": "0.5", "nonnegative": False},
        {"kind": "ball", "radius": "2", "nonnegative": True},
        {"kind": "box", "low": ["0", "0.5"], "high": ["1", "1e0"]},
        {"kind": "box", "low": ["-1", "0.5"], "high": ["-0.5", "3"]},
    ):
        ticket = horner(
            [hidden, last], [9, 9], slack=40, domain=domain, homogenized=True, epsilon="1",
            nonnegative=reference.is_nonnegative(domain),
        )  # fmt: skip
        assert must_agree(ticket, tmp_path / "t.npz", rng) == "accepted"


@pytest.mark.parametrize("p", [55, 70, 100])
def test_integers_beyond_64_bits(tmp_path, p):
    rng = np.random.default_rng(p)
    targets = [rng.standard_normal((2, 2)) / 3, rng.standard_normal((1, 2)) / 3]
    matrices = [
        np.array([[round(Fraction(a) * 2**p) for a in row] for row in w.tolist()], dtype=object)
        for w in targets
    ]
    ticket = horner(targets, [p, p], matrices=matrices, slack=40, epsilon="1e-15")
    assert must_agree(ticket, tmp_path / "t.npz", rng) == "accepted"
    assert all(
        (v == m).all() for v, m in zip(check(tmp_path / "t.npz").matrices, matrices, strict=True)
    )


@pytest.mark.parametrize(
    ("k1", "k2"), [(0, 0), (3, 4), (64, 0), (0, 64), (32, 32), (63, 1), (61, 2), (90, 90)]
)
def test_wrapping_integers_are_caught(tmp_path, k1, k2):
    """2^64 is 0 in int64, in a walk as in a composition of splits; 2^64·x is not."""
    ticket = powers(k1, k2, seed=11)
    assert must_agree(ticket, tmp_path / "t.npz", np.random.default_rng(1)) == "rejected"
    certificate = check(tmp_path / "t.npz")
    assert int(certificate.matrices[0][0, 0]) == 2 ** (k1 + k2)
    assert 2.0 ** (k1 + k2) <= certificate.bound <= 2.0 ** (k1 + k2) * 1.001
    ticket.targets = [np.array([[2.0 ** (k1 + k2 - 100)]])]
    ticket.header |= {"scale_log2": 100, "layer_scale_log2": [100]}
    assert must_agree(ticket, tmp_path / "t.npz", np.random.default_rng(1)) == "accepted"
    assert check(tmp_path / "t.npz").bound == 0.0


def test_limits_reject_and_never_accept(tmp_path):
    path = horner([np.eye(3)], [5], slack=40).save(tmp_path / "t.npz")
    assert check(path).accepted
    for limits, text in [
        (Limits(work=100, per_byte=0), "multiplications"),
        (Limits(state=0, free_state=10), "combinations"),
        (Limits(per_edge=0, free_state=10), "combinations"),
    ]:
        certificate = check(path, limits=limits)
        assert certificate.verdict == "rejected"
        assert text in certificate.reasons[0]
    path = powers(70, 0).save(path)
    assert "bits" in check(path, limits=Limits(bits=60)).reasons[0]


def reasons(ticket: Forged, path) -> str:
    certificate = check(ticket.save(path))
    assert certificate.verdict == "rejected"
    assert certificate.bound is None
    return "; ".join(certificate.reasons)


def test_reasons_name_layer_and_neuron(tmp_path):
    path = tmp_path / "t.npz"
    ticket = horner([np.eye(2), np.eye(2)], [3, 3], slack=40)
    generations = ticket.header["generations"]

    changed = copy.deepcopy(ticket)
    changed.header["generations"] = generations[1:]
    assert "layer 1: neuron" in reasons(changed, path)
    assert "unknown sign" in reasons(changed, path)

    changed = copy.deepcopy(ticket)  # half of the output's split is cut away
    source, target = min(changed.edges[-1])
    changed.edges[-1].remove((source, target))
    assert "two halves of a split" in reasons(changed, path)

    changed = copy.deepcopy(ticket)  # the offset is read without the accumulator
    t = generations[1]["layer"]
    changed.units[0] = changed.units[0][[0, 0]]
    assert "no unit" in reasons(changed, path)
    changed = copy.deepcopy(ticket)
    changed.header["generations"][1]["layer"] = t + 1
    assert "both signs" in reasons(changed, path)
