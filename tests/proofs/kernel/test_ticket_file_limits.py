"""What a file may ask for by default, and reading that stops exactly at the limits."""

import copy
import io
import json
import zipfile

import numpy as np
import pytest

from proofs.kernel import Limits, check, ticket_file
from proofs.kernel.header import Malformed
from proofs.kernel.ticket_file import TicketFile
from tests.adversarial.edits import arrays_of, edges_of
from tests.proofs.kernel.forge import save_arrays


def test_the_limits_that_the_format_states():
    assert Limits() == Limits(
        inflation=20, free_bytes=2**25, state=64, per_edge=4, free_state=2**20, work=2**28,
        per_byte=2**7, bits=1024,
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
    said = f"file: {path.stat().st_size} bytes claim to unpack to 1000, beyond the limit free_bytes"
    assert (str(fault.value) == said) == refused


def test_a_kept_edge_stated_by_a_gap_counts_as_four_bytes(arrays, tmp_path):
    head = json.loads(str(arrays["header"]))
    held = {n: a for n, a in arrays.items() if n.startswith(("target_", "units_"))}
    for t, width in enumerate(head["widths"][1:], 1):
        held |= arrays_of(edges_of(arrays, t, width), t, width, compact=True)
    path = tmp_path / "t.npz"
    save_arrays(held | {"header": np.array(json.dumps(head | {"version": 3}))}, path)
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    with TicketFile(path, Limits()) as file:
        total, kept = file.size, file.kept()
    assert kept == sum(len(a) for name, a in held.items() if name.startswith("gaps_"))
    assert total == unpacked + 3 * kept
    with TicketFile(path, Limits(free_bytes=total, inflation=0)):
        pass
    with pytest.raises(Malformed, match=f"claim to unpack to {total}, beyond the limit"):
        TicketFile(path, Limits(free_bytes=total - 1, inflation=0))


# -- archives that say one thing and hold another ------------------------------------------------


@pytest.fixture
def archive(arrays, tmp_path):
    """Write the ticket's archive after a change of its directory; return the reason given."""

    def make(change=lambda archive: None, method=zipfile.ZIP_STORED) -> str:
        plain = save_arrays(arrays, tmp_path / "plain.npz")
        with zipfile.ZipFile(plain) as source:
            held = {name: source.read(name) for name in source.namelist()}
        path = tmp_path / "changed.npz"
        with zipfile.ZipFile(path, "w", method) as target:
            for name, content in held.items():
                target.writestr(name, content)
            change(target)
        one = check(path)
        return "accepted" if one.accepted else one.reasons[0]

    return make


def entry(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    return archive.getinfo(f"{name}.npy")


def test_archives_as_they_are(archive):
    assert archive() == archive(method=zipfile.ZIP_DEFLATED) == "accepted"


def test_arrays_that_overlap_are_refused(archive):
    def twice(made):
        for k in range(40):
            other = copy.copy(entry(made, "header"))
            other.filename = f"more_{k}.npy"
            made.filelist.append(other)

    assert archive(twice) == "file: its arrays overlap, or it is truncated"


def test_encrypted_arrays_are_refused(archive):
    def flag(bits):
        def change(made):
            entry(made, "units_1").flag_bits |= bits

        return change

    assert archive(flag(1)) == "units_1: encrypted"
    assert archive(flag(2)) == "accepted"  # a hint of the compressor


def test_sizes_of_a_stored_array_are_equal(archive):
    def change(made):
        entry(made, "units_1").file_size += 8

    assert archive(change) == "units_1: stored, but its two sizes differ"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(archive, method):
    assert archive(method=method).endswith(": neither stored nor deflated")


def test_an_array_whose_data_end_early_is_truncated(archive, arrays):
    """The directory promises one unit more than is there, and so does the shape."""
    name = "units_1"
    longer = np.append(arrays[name], 0)

    def change(made):
        buffer = io.BytesIO()
        np.save(buffer, longer)
        del made.NameToInfo[f"{name}.npy"]
        made.filelist[:] = [i for i in made.filelist if i.filename != f"{name}.npy"]
        made.writestr(f"{name}.npy", buffer.getvalue()[:-8], zipfile.ZIP_DEFLATED)
        entry(made, name).file_size += 8

    with pytest.MonkeyPatch.context() as patch:  # the shape is right for the header, this once
        patch.setattr(TicketFile, "_check_shapes", lambda self: None)
        assert archive(change) == "units_1: truncated"


def test_the_check_sum_of_every_array_is_compared(archive):
    for name in ("header", "target_1", "units_1", "sources_1", "indptr_1", "indices_1"):

        def change(made, name=name):
            entry(made, name).CRC ^= 1

        assert archive(change).startswith(f"{name}: cannot be read (")
        assert "Bad CRC-32" in archive(change)


def test_a_shape_is_named_with_what_is_expected(verdict, arrays):
    reason = verdict({"target_1": arrays["target_1"].ravel()})
    assert reason == "target_1: shape (6,), expected (any, 2)"
