"""`pmone run`: tickets and masks, evaluated on a file of inputs."""

from pathlib import Path

import numpy as np

from constructions import construction, plan_for
from constructions.popup import edge_popup
from constructions.popup.data import Labelled
from constructions.targets.readers import load_target


class TestRun:
    def test_outputs_are_the_targets_up_to_the_bound(self, door, ticket, target):
        x = np.array([[0.5, 0.5], [-1.0, 0.0], [0.0, 0.0]])
        np.save("x.npy", x)
        found = door("run", ticket, "--input", "x.npy", "-o", "y.npy")
        assert found.code == 0
        assert "(3, 2)" in found.out
        assert np.linalg.norm(np.load("y.npy") - load_target(target)(x), axis=1).max() <= 0.1

    def test_inputs_that_are_no_numbers_are_malformed(self, door, ticket, tmp_path):
        np.save("words.npy", np.array(["a", "b"]))
        (tmp_path / "noise.npy").write_bytes(b"noise")
        for name in ("words.npy", "noise.npy"):
            found = door("run", ticket, "--input", name, "-o", "y.npy")
            assert (found.code, found.out) == (4, "")
            assert name in found.err
            assert not Path("y.npy").exists()

    def test_inputs_of_another_length_are_malformed(self, door, ticket):
        np.save("x.npy", np.zeros((4, 3)))
        assert door("run", ticket, "--input", "x.npy", "-o", "y.npy").code == 4

    def test_a_malformed_ticket_is_4(self, door, tmp_path):
        np.save("x.npy", np.zeros((1, 2)))
        (tmp_path / "bad.npz").write_bytes(b"PK nonsense")
        assert door("run", "bad.npz", "--input", "x.npy", "-o", "y.npy").code == 4


def test_run_evaluates_tickets_of_networks_with_real_weights_too(door, target, tmp_path):
    network = load_target(target)
    plan = plan_for(network, "0.1", "0.1", "pensia")
    found = construction("pensia").prune(network, plan, plan.draw(1))
    found.save(tmp_path / "pensia.npz")
    np.save(tmp_path / "x.npy", np.array([0.5, -0.25]))
    ran = door("run", tmp_path / "pensia.npz", "--input", tmp_path / "x.npy", "-o", "y.npy")
    assert ran.code == 0
    assert np.linalg.norm(np.load("y.npy") - network([0.5, -0.25])) <= 0.1


def test_masks_without_a_target_are_run_but_not_certified(door, tmp_path):
    plan = edge_popup.plan((2, 6, 2), epochs=1)
    x = np.array([[0.5, -0.25], [1.0, 2.0]])
    data = Labelled("two", x, np.array([0, 1]), x, np.array([0, 1]))
    found = edge_popup.prune(data, plan, plan.draw(5))
    found.save(tmp_path / "mask.npz")
    np.save(tmp_path / "x.npy", x)
    ran = door("run", tmp_path / "mask.npz", "--input", tmp_path / "x.npy", "-o", "y.npy")
    assert ran.code == 0
    assert np.load("y.npy").tobytes() == found.run(x).tobytes()
    refused = door("certify", tmp_path / "mask.npz")
    assert refused.code == 4
    assert "masks without target and epsilon claim no bound" in refused.out
    (tmp_path / "mask.npz").write_bytes((tmp_path / "mask.npz").read_bytes()[:-40])
    damaged = door("run", tmp_path / "mask.npz", "--input", tmp_path / "x.npy", "-o", "y.npy")
    assert damaged.code == 4
    assert "mask.npz: not a" in damaged.words
