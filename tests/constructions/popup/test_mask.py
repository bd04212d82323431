"""Files of masks: what is saved runs again bit for bit, damage is named, nothing is certified."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructions import TargetNetwork, Ticket, load
from constructions.errors import InputError
from constructions.networks.distributions import NORMAL, SIGN, UNIFORM, Distribution
from constructions.peers import pensia
from constructions.popup import edge_popup
from constructions.popup.data import Labelled
from constructions.popup.edge_popup import top_share
from constructions.popup.mask import MaskedNetwork
from constructions.request import Request
from proofs.kernel import check

X = np.random.default_rng(0).uniform(-1, 1, (5, 3))


def network(widths=(3, 8, 2), seed=7, distribution=SIGN, keep=0.5):
    """A network with random masks that keep as much as ``keep`` says."""
    rng = np.random.default_rng(seed)
    shapes = zip(widths[1:], widths, strict=False)
    masks = tuple(top_share(rng.normal(size=shape), keep) for shape in shapes)
    return MaskedNetwork(seed, tuple(widths), distribution, keep, masks)


@pytest.fixture
def file(tmp_path):
    network().save(tmp_path / "mask.npz")
    return tmp_path / "mask.npz"


def rewrite(file, drop=(), arrays=None, **header):
    """Change keys of the header and arrays of a file."""
    with np.load(file) as found:
        kept = {name: found[name] for name in found.files if name not in drop}
    changed = json.loads(str(kept["header"][()])) | header
    np.savez(file, **kept | {"header": np.array(json.dumps(changed))} | (arrays or {}))


@given(
    widths=st.lists(st.integers(1, 20), min_size=2, max_size=5),
    seed=st.integers(0, 2**64 - 1),
    distribution=st.sampled_from(
        [SIGN, NORMAL, UNIFORM, Distribution("grid", 3), Distribution("hyperbolic", 9)]
    ),
    keep=st.floats(0.001, 0.999),
)
@settings(max_examples=60, deadline=None)
def test_what_is_saved_is_read_again_bit_for_bit(
    tmp_path_factory, widths, seed, distribution, keep
):
    path = tmp_path_factory.mktemp("masks") / "mask"  # no ending is added
    one = network(widths, seed, distribution, keep)
    one.save(path)
    again = load(path)
    assert type(again) is MaskedNetwork
    assert (again.seed, again.widths, again.keep) == (seed, tuple(widths), keep)
    assert again.distribution == distribution
    assert all((a == b).all() for a, b in zip(one.masks, again.masks, strict=True))
    x = np.random.default_rng(1).normal(size=(2, 3, widths[0]))
    assert again.run(x).tobytes() == one.run(x).tobytes()
    assert again.run(x).shape == (2, 3, widths[-1])
    assert again.describe() == one.describe()


def test_outputs_are_those_of_the_masked_random_network():
    one = network(distribution=NORMAL, keep=0.3)
    W1, W2 = (one.network.layer(t) for t in (1, 2))
    scale = math.sqrt(2 / (0.3 * 3)) * math.sqrt(2 / (0.3 * 8))
    wanted = np.maximum(X @ (one.masks[0] * W1).T, 0) @ (one.masks[1] * W2).T * scale
    assert np.allclose(one.run(X), wanted, rtol=1e-13, atol=1e-13)
    assert one.kept_weights == math.ceil(0.3 * 24) + math.ceil(0.3 * 16)


@pytest.mark.parametrize("distribution", [SIGN, NORMAL], ids=["signs", "normal"])
def test_a_search_saved_and_read_again_gives_the_same_answers(tmp_path, distribution):
    x, y = np.hstack([X, np.ones((5, 1))]), np.array([0, 1, 1, 0, 1])
    data = Labelled("five", x, y, x, y)
    plan = edge_popup.plan((4, 16, 2), distribution=distribution, epochs=3)
    found = edge_popup.prune(data, plan, plan.draw(2**63 + 1))
    found.save(tmp_path / "mask.npz")
    again = load(tmp_path / "mask.npz")
    assert again.run(x).tobytes() == found.run(x).tobytes()
    assert int((again.run(x).argmax(axis=1) == y).sum()) == found.correct


def test_the_file_is_as_its_description_says(tmp_path):
    """Written by hand, from the description alone."""
    header = {"format": "pmone-mask", "version": 1, "seed": "7", "widths": [3, 3, 1]}
    header |= {"distribution": {"kind": "sign"}, "keep": 0.5}
    np.savez(
        tmp_path / "mask.npz",
        header=np.array(json.dumps(header)),
        mask_1=np.array([0b10100110, 0b10000000], np.uint8),
        mask_2=np.array([0b01100000], np.uint8),
    )
    found = load(tmp_path / "mask.npz")
    assert found.masks[0].astype(int).tolist() == [[1, 0, 1], [0, 0, 1], [1, 0, 1]]
    assert found.masks[1].astype(int).tolist() == [[0, 1, 1]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 1"),
        ({"format": "mask"}, "format"),
        ({"seed": "-1"}, "seed = -1"),
        ({"seed": "many"}, "many"),
        ({"widths": [3, 8]}, "mask_2"),
        ({"widths": [3, 9, 2]}, "mask_1 is uint8"),
        ({"widths": [3]}, "widths"),
        ({"keep": 0.0}, "keep = 0"),
        ({"keep": 1.0}, "keep = 1"),
        ({"keep": float("nan")}, "keep = nan"),
        ({"keep": 0.4}, "mask_1 keeps 12 weights: expected 10"),
        ({"distribution": {"kind": "cauchy"}}, "cauchy"),
        ({"distribution": None}, "not a"),
    ],
)
def test_a_damaged_header_is_named(file, change, message):
    rewrite(file, **change)
    with pytest.raises(InputError, match=message) as caught:
        load(file) if "format" not in change else MaskedNetwork.load(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"mask_1": np.zeros(3, np.uint8)}, "keeps 0 weights: expected 12"),
        ({"mask_1": np.zeros(4, np.uint8)}, "expected uint8 of 3 bytes for 8 × 3"),
        ({"mask_1": np.zeros(3, np.int64)}, "int64"),
        ({"mask_1": np.zeros((3, 1), np.uint8)}, "shape"),
        ({"mask_3": np.zeros(3, np.uint8)}, "not expected: mask_3"),
        ({"mask_1": np.array([None, 1, 2], dtype=object)}, "pickle"),
    ],
)
def test_a_damaged_mask_is_named(file, arrays, message):
    rewrite(file, arrays=arrays)
    with pytest.raises(InputError, match=message):
        load(file)


def test_bits_after_the_last_weight_are_refused(file):
    network((3, 3, 1)).save(file)
    rewrite(file, arrays={"mask_2": np.array([0b11000001], np.uint8)})
    with pytest.raises(InputError, match="mask_2 keeps 3"):
        load(file)


def test_a_missing_mask_is_named(file):
    rewrite(file, drop=("mask_2",))
    with pytest.raises(InputError, match="missing or not expected: mask_2"):
        load(file)


def test_a_file_that_is_cut_or_changed_in_a_byte_is_refused_or_the_same(file):
    raw, outputs = file.read_bytes(), load(file).run(X)
    for cut in range(0, len(raw), 7):
        file.write_bytes(raw[:cut])
        with pytest.raises(InputError):
            load(file)
    for place in range(0, len(raw), 3):
        file.write_bytes(raw[:place] + bytes([raw[place] ^ 0x10]) + raw[place + 1 :])
        try:
            found = load(file)
        except InputError:
            continue
        assert (found.run(X) == outputs).all()  # a byte that carries nothing, such as a date


def test_kinds_of_files_are_told_apart(tmp_path, file):
    target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    plan = pensia.plan(Request.of(target.dims, "0.5", "0.1"))
    pensia.prune(target, plan, plan.draw(1)).save(tmp_path / "ticket.npz")
    assert isinstance(load(tmp_path / "ticket.npz"), Ticket)
    with pytest.raises(InputError, match="pmone-mask"):
        MaskedNetwork.load(tmp_path / "ticket.npz")
    for wrong in (Ticket, Ticket):
        with pytest.raises(InputError, match="ticket"):
            wrong.load(file)


def test_inputs_of_another_shape_are_refused():
    for x in (np.zeros((2, 4)), np.float64(1)):
        with pytest.raises(InputError, match="expected"):
            network().run(x)


def test_the_checker_says_that_there_is_no_bound_to_certify(file):
    certificate = check(file)
    assert certificate.verdict == "malformed"
    assert certificate.exit_code == 4
    (reason,) = certificate.reasons
    assert "'pmone-mask', not 'pmone-ticket'" in reason
    assert "without target and epsilon claim no bound" in reason
    rewrite(file, format="something")
    (reason,) = check(file).reasons
    assert reason == "header: format is 'something', not 'pmone-ticket'"
