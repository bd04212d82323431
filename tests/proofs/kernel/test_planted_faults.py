"""Faults planted in the kernel, and that the tests' oracles see each of them.

The oracles are exact evaluation of the pruned network and the slow second checker.
"""

import sys

import numpy as np
import pytest

from proofs.kernel import bound, extract, integers
from proofs.kernel.integers import Budget, Rows
from tests.proofs.kernel.forge import powers
from tests.proofs.kernel.small_networks import must_agree, small_network


def seen(path, tickets) -> int:
    """For how many tickets the oracles object to what the kernel says."""
    objections = 0
    for number, ticket in enumerate(tickets):
        try:
            must_agree(ticket, path, np.random.default_rng(number))
        except (AssertionError, ValueError):
            objections += 1
    return objections


def networks():
    return [small_network(np.random.default_rng(number)) for number in range(120)]


def test_the_kernel_as_it_is_gets_no_objection(tmp_path):
    assert seen(tmp_path / "t.npz", networks()) == 0


def test_a_relu_that_is_always_the_identity(tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "plain_relu", lambda state, nonnegative, t: state)
    assert seen(tmp_path / "t.npz", networks()) > 0


def test_a_split_whose_halves_need_not_pair(tmp_path, monkeypatch):
    honest = Rows.map_columns

    def always_paired(rows, new, columns):
        result = honest(rows, new, columns)
        return Rows(-rows.matrix, rows.columns, rows.limbs) if columns == rows.columns else result

    monkeypatch.setattr(Rows, "map_columns", always_paired)
    assert seen(tmp_path / "t.npz", networks()) > 0


def test_signs_of_the_wrong_layer(tmp_path, monkeypatch):
    honest = extract.edge_signs
    monkeypatch.setattr(extract, "edge_signs", lambda seed, t, *rest: honest(seed, t + 1, *rest))
    assert seen(tmp_path / "t.npz", networks()) > 0


def test_integers_that_wrap(tmp_path, monkeypatch):
    """Without the guard 2^64·x is accepted as the zero function, as the oracle then says."""
    monkeypatch.setattr(integers, "SAFE", 1 << 200)
    wrapping = [powers(64, 0, seed=11), powers(0, 64, seed=11)]
    assert seen(tmp_path / "t.npz", wrapping) == 2


def test_limbs_without_carries(tmp_path, monkeypatch):
    monkeypatch.setattr(integers, "normal", lambda rows: rows)
    assert seen(tmp_path / "t.npz", [powers(100, 3, seed=11)]) == 1


def test_units_that_are_not_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(
        extract, "_atoms_of", lambda state, units: np.arange(len(units)) % state.rows.columns
    )
    assert seen(tmp_path / "t.npz", networks()) > 0


@pytest.mark.parametrize("name", ["norm_difference", "square_root"])
def test_a_bound_that_is_too_small(tmp_path, monkeypatch, name):
    honest = getattr(bound, name)
    module = sys.modules["proofs.kernel.check"]  # the package's attribute is the function
    monkeypatch.setattr(module, name, lambda *arguments: honest(*arguments) / 64)
    assert seen(tmp_path / "t.npz", networks()) > 0


def test_a_product_that_forgets_an_edge(tmp_path, monkeypatch):
    honest = Budget.product

    def forgetful(budget, left, right, where):
        left = left.copy()
        left.data[-1:] = 0
        return honest(budget, left, right, where)

    monkeypatch.setattr(Budget, "product", forgetful)
    assert seen(tmp_path / "t.npz", networks()) > 0
