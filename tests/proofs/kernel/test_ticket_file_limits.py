"""What a file may ask for by default, and reading that stops exactly at the limits."""

import io
import zipfile

import pytest

from proofs.kernel import Limits, check, ticket_file
from proofs.kernel.header import Malformed
from proofs.kernel.ticket_file import TicketFile
from tests.proofs.kernel.forge import save_arrays


def test_the_limits_that_the_format_states():
    assert Limits() == Limits(
        inflation=20, free_bytes=2**25, state=64, per_edge=4, free_state=2**20, work=2**28,
        per_byte=2**8, bits=1024,
    )  # fmt: skip
    assert (ticket_file.MAX_HEADER_BYTES, ticket_file.MAX_NPY_HEADER) == (2**28, 10_000)


def test_reading_in_small_pieces_gives_the_same(arrays, tmp_path, monkeypatch):
    path = save_arrays(arrays, tmp_path / "t.npz", compressed=True)
    whole = check(path)
    for size in (1, 7, 64):
        monkeypatch.setattr(ticket_file, "READ_BYTES", size)
        again = check(path)
        assert again.accepted
        assert (again.bound, again.target_sha256) == (whole.bound, whole.target_sha256)


def test_a_header_may_have_as_many_bytes_as_allowed(arrays, tmp_path, monkeypatch):
    path = save_arrays(arrays, tmp_path / "t.npz")
    size = 4 * len(str(arrays["header"]))
    monkeypatch.setattr(ticket_file, "MAX_HEADER_BYTES", size)
    assert check(path).accepted
    monkeypatch.setattr(ticket_file, "MAX_HEADER_BYTES", size - 1)
    assert check(path).reasons == (f"header: more than {size - 1} bytes",)


@pytest.mark.parametrize(("length", "accepted"), [(10_000, True), (10_001, False)])
def test_the_text_before_an_array_has_ten_thousand_bytes_at_most(
    arrays, tmp_path, length, accepted
):
    """In the form of version 1.0, which states its length in two bytes."""
    path = save_arrays(arrays, tmp_path / "t.npz")
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    data = held["units_1.npy"]
    end = 10 + int.from_bytes(data[8:10], "little")
    text = data[10 : end - 1].ljust(length - 1) + b"\n"
    held["units_1.npy"] = data[:8] + len(text).to_bytes(2, "little") + text + data[end:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    one = check(path)
    assert one.accepted == accepted
    if not accepted:
        assert one.reasons == ("units_1: its .npy header is not as NumPy writes it",)


def bomb(size: int) -> bytes:
    """An archive of one array, stored, that takes this many bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("header.npy", bytes(size))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        (Limits(free_bytes=1000, inflation=0), False),
        (Limits(free_bytes=999, inflation=0), True),
        (Limits(free_bytes=0, inflation=1), False),
    ],
)
def test_an_archive_unpacks_to_as_much_as_the_limits_say(tmp_path, limits, refused):
    path = tmp_path / "t.npz"
    path.write_bytes(bomb(1000))
    with pytest.raises(Malformed) as fault:
        TicketFile(path, limits)
    assert ("beyond the limit free_bytes" in str(fault.value)) == refused
