"""`pmone run`: tickets and masks, evaluated on a file of inputs."""

from pathlib import Path

import numpy as np
import pytest

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


class TestInputs:
    def rows(self):
        return np.array([[0.5, 0.25], [-0.125, 0.0], [0.1, 1 / 3]])

    def outputs(self, door, ticket, *options):
        found = door("run", ticket, *options, "-o", "y.npy")
        assert found.code == 0, found.err
        return np.load("y.npy")

    def test_an_archive_and_tables_give_the_same_as_an_array(self, door, ticket):
        x = self.rows()
        np.save("x.npy", x)
        np.savez("one.npz", X=x)
        np.savez("two.npz", X=x, labels=np.zeros(3))
        cells = "\n".join(",".join(map(repr, row)) for row in x.tolist())
        Path("plain.csv").write_text(cells + "\n")
        Path("headed.csv").write_text(
            "\ufefflength,width\r\n" + cells.replace("\n", "\r\n"), "utf-8"
        )
        expected = self.outputs(door, ticket, "--input", "x.npy")
        for options in (["one.npz"], ["two.npz", "--key", "X"], ["plain.csv"], ["headed.csv"]):
            assert (self.outputs(door, ticket, "--input", *options) == expected).all()

    def test_outputs_as_a_table_are_the_same_numbers(self, door, ticket):
        np.save("x.npy", self.rows())
        expected = self.outputs(door, ticket, "--input", "x.npy")
        found = door("run", ticket, "--input", "x.npy", "-o", "Y.csv")
        assert found.out.startswith("Y.csv: outputs of shape (3, 2)")
        assert (np.loadtxt("Y.csv", delimiter=",") == expected).all()

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("a.csv", "1,2\n3\n", "row 2 of numbers has 1 cells: expected 2 numbers"),
            ("a.csv", "1,2\n3,x\n", "row 2 of numbers has 'x'"),
            ("a.csv", "a,b\n", "no row of numbers"),
            ("a.csv", "1_0,2\n", "'1_0'"),
            ("a.npz", "nothing", "not an .npz file of numbers"),
        ],
    )
    def test_what_is_no_table_is_malformed(self, door, ticket, name, content, why):
        Path(name).write_text(content)
        found = door("run", ticket, "--input", name, "-o", "y.npy")
        assert (found.code, Path("y.npy").exists()) == (4, False)
        assert why in found.err
        assert name in found.err

    def test_an_archive_of_several_arrays_needs_a_key(self, door, ticket):
        np.savez("two.npz", X=self.rows(), Y=np.zeros(3))
        found = door("run", ticket, "--input", "two.npz", "-o", "y.npy")
        assert found.code == 4
        assert "arrays X, Y: choose one by --key NAME" in found.err

    def test_rows_outside_the_domain_are_counted_and_strict_refuses_them(self, door, ticket):
        np.save("x.npy", np.vstack([self.rows(), [[5.0, 0.0], [0.0, -3.0]]]))
        found = door("run", ticket, "--input", "x.npy", "-o", "y.npy")
        assert found.code == 0
        assert "warning: x.npy: 2 rows lie outside" in found.err
        refused = door("run", ticket, "--input", "x.npy", "-o", "z.npy", "--strict")
        assert (refused.code, Path("z.npy").exists()) == (4, False)
        assert "2 rows lie outside" in refused.err
