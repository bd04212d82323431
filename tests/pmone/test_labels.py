"""`pmone labels`: labels that a certificate proves, against exact runs of the ticket."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from constructions import TargetNetwork
from constructions.saved import load
from constructions.targets.readers import load_target
from proofs.labels import keeps_label, label_of


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=3), st.floats(0, 0.5), st.data())
def test_no_network_within_the_bound_gives_another_label(outputs, bound, data):
    """f is constant in x: move its outputs by any vector of norm at most the bound."""
    f = TargetNetwork.from_layers([np.array(outputs)[:, None]])
    if not keeps_label(f, np.ones((1, 1)), bound)[0]:
        return
    move = np.array(
        data.draw(st.lists(st.floats(-1, 1), min_size=len(outputs), max_size=len(outputs)))
    )
    assume(np.abs(move).max() > 1e-6)
    move *= bound / float(np.linalg.norm(move))
    moved = np.array([outputs]) + move * (1 - 1e-12)
    assert label_of(moved) == label_of(np.array([outputs]))


def test_what_is_proved_holds_and_the_rest_is_not_counted(door, ticket, target):
    rng = np.random.default_rng(5)
    x = np.vstack([rng.uniform(-0.7, 0.7, (40, 2)), [[5.0, 5.0]]])
    np.save("X.npy", x)
    network = load_target(target)
    np.save("y.npy", label_of(network(x)))
    found = door("labels", ticket, "--input", "X.npy", "--labels", "y.npy", "--format", "json")
    data = json.loads(found.out)
    assert found.code == 0
    assert data["rows"] == data["target_correct"] == 41
    assert data["outside_domain"] == int(network.outside(x).sum()) >= 1
    proved = keeps_label(network, x, data["bound"]) & ~network.outside(x)
    assert data["provably_same"] == proved.sum() > 0
    exact = load(ticket).run_exact(x[proved]).astype(float)
    assert (label_of(exact) == label_of(network(x[proved]))).all()
    text = door("labels", ticket, "--input", "X.npy")
    assert f"provably same    {data['provably_same']}" in text.out


def test_inputs_of_another_length_are_refused(door, ticket):
    """Four rows of three numbers are not six rows of two."""
    np.save("X.npy", np.zeros((4, 3)))
    found = door("labels", ticket, "--input", "X.npy")
    assert found.code == 4
    assert "expected (…, 2)" in found.err


def test_labels_of_another_number_are_refused(door, ticket):
    np.save("X.npy", np.zeros((3, 2)))
    np.save("y.npy", np.zeros(2))
    found = door("labels", ticket, "--input", "X.npy", "--labels", "y.npy")
    assert found.code == 4
    assert "has 2 labels: expected 3, one per row" in found.err
