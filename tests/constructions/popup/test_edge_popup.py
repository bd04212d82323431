"""Edge-popup (P6): the weights stay, the mask moves, the gradient is right, no certificate."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from constructions.errors import InputError
from constructions.networks.distributions import NORMAL, SIGN
from constructions.popup import edge_popup
from constructions.popup.data import Labelled, digits, mnist, read_idx


def circles(count=400):
    """Two classes that no linear map tells apart."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (count, 2))
    y = (np.linalg.norm(x, axis=1) > 0.75).astype(np.int64)
    x = np.hstack([x, np.ones((count, 1))])
    return Labelled("circles", x[: count // 2], y[: count // 2], x[count // 2 :], y[count // 2 :])


def test_the_gradient_is_the_derivative_of_the_cross_entropy():
    rng = np.random.default_rng(1)
    matrices = [rng.normal(size=(5, 3)), rng.normal(size=(4, 5)), rng.normal(size=(3, 4))]
    x, y = rng.normal(size=(6, 3)), rng.integers(0, 3, 6)

    def loss():
        z = edge_popup.forward(x, matrices)[-1]
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(6), y]).mean()

    for M, g in zip(matrices, edge_popup.gradient(x, y, matrices), strict=True):
        for place in np.ndindex(M.shape):
            before = M[place]
            M[place] = before + 1e-6
            up = loss()
            M[place] = before - 1e-6
            down = loss()
            M[place] = before
            assert abs((up - down) / 2e-6 - g[place]) < 1e-7


@pytest.mark.parametrize("distribution", [SIGN, NORMAL], ids=["signs", "normal"])
def test_masks_of_a_fixed_network_learn(distribution):
    data = circles()
    plan = edge_popup.plan((3, 60, 2), distribution=distribution, epochs=30)
    found = edge_popup.prune(data, plan, plan.draw(4))
    chance = max(np.mean(data.test_y), 1 - np.mean(data.test_y))
    assert found.correct / found.total > chance + 0.15
    assert [int(m.sum()) for m in found.masks] == [90, 60]
    drawn = plan.draw(4)
    outputs = np.maximum(data.test_x @ (found.masks[0] * drawn.layer(1)).T, 0)
    outputs = outputs @ (found.masks[1] * drawn.layer(2)).T  # scale does not change the argmax
    assert int((outputs.argmax(axis=1) == data.test_y).sum()) == found.correct


def test_the_same_seed_gives_the_same_masks():
    data, plan = circles(100), edge_popup.plan((3, 20, 2), epochs=2)
    one, same, other = (edge_popup.prune(data, plan, plan.draw(s)) for s in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one.masks, same.masks, strict=True))
    assert any((a != b).any() for a, b in zip(one.masks, other.masks, strict=True))


def test_a_search_that_follows_the_wrong_sign_does_not_learn(monkeypatch):
    right = edge_popup.gradient
    monkeypatch.setattr(edge_popup, "gradient", lambda *a: [-g for g in right(*a)])
    data, plan = circles(), edge_popup.plan((3, 60, 2), epochs=10)
    found = edge_popup.prune(data, plan, plan.draw(4))
    assert found.correct / found.total < 0.5


def test_a_popup_is_a_seed_and_a_mask_and_says_that_nothing_is_certified(tmp_path):
    data, plan = circles(100), edge_popup.plan((3, 20, 2), epochs=1)
    found = edge_popup.prune(data, plan, plan.draw(2**63))
    assert found.describe()["certified"].startswith("nothing")
    found.save(tmp_path / "mask.npz")
    with np.load(tmp_path / "mask.npz") as file:
        bits = np.unpackbits(file["mask_1"])[:60].astype(bool).reshape(20, 3)
    assert (bits == found.masks[0]).all()
    assert found.run(data.test_x).argmax(axis=1).shape == (50,)


def test_top_share_keeps_exactly_the_share():
    rng = np.random.default_rng(3)
    for keep in (0.01, 0.3, 0.5, 0.99):
        scores = rng.integers(0, 4, (7, 9)).astype(float)  # with many ties
        mask = edge_popup.top_share(scores, keep)
        assert mask.sum() == int(np.ceil(keep * 63))
        assert scores[mask].min() >= scores[~mask].max(initial=-1)


def test_digits_are_split_without_overlap():
    data = digits()
    assert (len(data.train_y), len(data.test_y)) == (1347, 450)
    assert (data.features, data.classes) == (64, 10)
    assert data.train_x.min() >= 0
    assert data.train_x.max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("distribution", [SIGN, NORMAL], ids=["signs", "normal"])
def test_digits_are_learnt_by_masks_alone(distribution):
    plan = edge_popup.plan((64, 256, 10), distribution=distribution)
    found = edge_popup.prune(digits(), plan, plan.draw(1))
    assert found.correct / found.total > 0.93


def write_idx(path, array, zipped=False):
    raw = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    raw += array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw) if zipped else raw)


IMAGES = np.random.default_rng(5).integers(0, 256, (6, 4, 3))


def write_mnist(folder, train=IMAGES, held_out=IMAGES, labels=(0, 1, 2, 2, 1, 0)):
    """Write the four files, those for training zipped."""
    for split, images, zipped in (("train", train, True), ("t10k", held_out, False)):
        end = ".gz" if zipped else ""
        write_idx(folder / f"{split}-images-idx3-ubyte{end}", images, zipped)
        write_idx(folder / f"{split}-labels-idx1-ubyte{end}", np.array(labels), zipped)


def test_idx_files_are_read_plain_and_zipped(tmp_path):
    images, labels = IMAGES, np.array([0, 1, 2, 2, 1, 0])
    write_mnist(tmp_path)
    data = mnist(tmp_path)
    assert (data.train_x == images.reshape(6, 12) / 255).all()
    assert data.test_y.tolist() == labels.tolist()
    assert (data.features, data.classes) == (12, 3)


def test_masks_are_searched_on_idx_files(tmp_path):
    write_mnist(tmp_path)
    data = mnist(tmp_path)
    plan = edge_popup.plan((12, 30, 3), epochs=60)
    found = edge_popup.prune(data, plan, plan.draw(1))
    assert (found.data, found.total) == ("MNIST", 6)
    assert found.correct >= 5  # the held-out images are those for training


def test_damaged_idx_files_are_named_wherever_they_are_cut(tmp_path):
    write_mnist(tmp_path)
    for name in ("train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"):
        whole = (tmp_path / name).read_bytes()
        for cut in range(len(whole)):
            (tmp_path / name).write_bytes(whole[:cut])
            with pytest.raises(InputError, match=name):
                mnist(tmp_path)
        (tmp_path / name).write_bytes(whole)
    name = "train-labels-idx1-ubyte.gz"
    raw = bytearray((tmp_path / name).read_bytes())
    raw[-6] ^= 1  # of the check sum
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError, match=f"{name}: a damaged gzip file"):
        mnist(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"held_out": IMAGES[:, :, :2]}, "train has images of 12 pixels, t10k of 8"),
        ({"labels": (0, 1, 2)}, r"images \(6, 4, 3\) and labels \(3,\)"),
        ({"labels": (), "train": IMAGES[:0], "held_out": IMAGES[:0]}, "labels"),
    ],
)
def test_idx_files_that_do_not_belong_together_are_named(tmp_path, change, message):
    write_mnist(tmp_path, **change)
    with pytest.raises(InputError, match=message):
        mnist(tmp_path)


@pytest.mark.parametrize(
    "raw", [b"", b"\0\0\x09\x01\0\0\0\1\0", b"\0\0\x08\x02\0\0\0\1", b"\0" * 3]
)
def test_what_is_no_idx_file_is_named(tmp_path, raw):
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(InputError, match="IDX"):
        read_idx(tmp_path / "x")
    (tmp_path / "y").write_bytes(b"\0\0\x08\x01\0\0\0\5ab")
    with pytest.raises(InputError, match="2 bytes for an array"):
        read_idx(tmp_path / "y")
    with pytest.raises(InputError, match="no file train-images"):
        mnist(tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"keep": 0.0}, {"keep": 1.0}, {"epochs": 0}, {"rate": 0.0}, {"momentum": 1.0}]
)
def test_schedules_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match="expected 0 < keep < 1"):
        edge_popup.plan((3, 2), **wrong)


def test_data_of_another_shape_is_refused():
    plan = edge_popup.plan((3, 4, 5))
    with pytest.raises(InputError, match="3 features and 2 classes"):
        edge_popup.prune(circles(), plan, plan.draw(1))
    plan = edge_popup.plan((3, 4, 2))
    with pytest.raises(InputError, match="network: expected the plan's"):
        edge_popup.prune(circles(), plan, edge_popup.plan((3, 5, 2)).draw(1))
