"""Damaged files: cut at every byte, and with random bytes, in small tickets."""

import numpy as np
import pytest

from proofs.kernel import check
from tests.proofs.kernel.forge import Forged, header, save_arrays

WEIGHT = np.array([[0.0]])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Two layers, one neuron each, the zero function, epsilon 0.5; stored and deflated."""
    head = header([1, 1, 1], [0], [(1, "split")], seed=5)
    ticket = Forged(head, [WEIGHT], [], [{(0, 0)}, set()])
    folder = tmp_path_factory.mktemp("tiny")
    return [
        save_arrays(ticket.arrays(), folder / "stored.npz"),
        save_arrays(ticket.arrays(), folder / "deflated.npz", compressed=True),
    ]


def verdict_on(data: bytes, path) -> str:
    path.write_bytes(data)
    certificate = check(path)
    reason = "".join(certificate.reasons)
    assert "checker itself failed" not in reason, reason
    assert certificate.accepted == (not reason)
    return certificate.verdict


def test_the_tiny_tickets_are_accepted(tiny):
    assert all(check(path).accepted for path in tiny)


def test_cut_at_every_byte(tiny, tmp_path):
    for path in tiny:
        data = path.read_bytes()
        for k in range(len(data)):
            assert verdict_on(data[:k], tmp_path / "t.npz") == "malformed", k


def test_every_byte_changed(tiny, tmp_path):
    """Accepted only where nothing was changed that the format reads: the arrays are the same."""
    rng = np.random.default_rng(2)
    for path in tiny:
        data = path.read_bytes()
        with np.load(path) as file:
            original = {name: file[name].tobytes() for name in file.files}
        accepted = 0
        for k in range(len(data)):
            changed = bytearray(data)
            changed[k] ^= int(rng.integers(1, 256))
            target = tmp_path / "t.npz"
            if verdict_on(bytes(changed), target) == "accepted":
                accepted += 1
                with np.load(target) as file:
                    assert {n: file[n].tobytes() for n in file.files} == original
        assert accepted < len(data) / 2  # time stamps, versions and the like, not the data


def test_stretches_removed_inserted_and_repeated(tiny, tmp_path):
    for path in tiny:
        data = path.read_bytes()
        with np.load(path) as file:
            original = {name: file[name].tobytes() for name in file.files}
        for number in range(150):
            rng = np.random.default_rng(number)
            a, b = sorted(rng.integers(0, len(data), 2).tolist())
            changed = [
                data[:a] + data[b + 1 :],
                data[:a] + rng.bytes(b - a) + data[a:],
                data[:b] + data[a:],
                data[:a] + rng.bytes(b - a) + data[b:],
            ][number % 4]
            if verdict_on(changed, tmp_path / "t.npz") == "accepted":
                with np.load(tmp_path / "t.npz") as file:
                    assert {n: file[n].tobytes() for n in file.files} == original


def test_random_bytes(tmp_path):
    rng = np.random.default_rng(3)
    for _ in range(200):
        start = rng.choice([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x93NUMPY"])
        assert (
            verdict_on(start + rng.bytes(int(rng.integers(0, 300))), tmp_path / "t.npz")
            == "malformed"
        )
