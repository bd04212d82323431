"""Reading: every way a file can fail to follow the format, with the array and the fault named."""

import io
import json
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.kernel import Limits, check
from proofs.kernel.header import (
    MAX_FEATURES,
    Malformed,
    _domain,
    decimal,
    integer,
    parse_header,
)
from tests.proofs.kernel.forge import save_arrays


def test_the_untouched_file_is_accepted(arrays, tmp_path):
    assert check(save_arrays(arrays, tmp_path / "t.npz")).accepted
    assert check(save_arrays(arrays, tmp_path / "t.npz", compressed=True)).accepted
    wide = {k: v.astype(np.int64) if k.startswith("indices") else v for k, v in arrays.items()}
    assert check(save_arrays(wide, tmp_path / "t.npz")).accepted


ARRAY_FAULTS = [
    ("sources_2", lambda a: None, "sources_2: missing"),
    ("indptr_3", lambda a: None, "indptr_3: missing"),
    ("units_1", lambda a: None, "units_1: missing"),
    ("target_2", lambda a: None, "target_2: missing"),
    ("header", lambda a: None, "header: missing"),
    ("target_1", lambda a: a.astype(np.float32), "target_1: type <f4"),
    ("target_1", lambda a: a.astype(">f8"), "target_1: type >f8"),
    ("target_1", lambda a: a.astype(complex), "target_1: type <c16"),
    ("target_1", lambda a: np.asfortranarray(a), "target_1: in Fortran order"),
    ("target_1", lambda a: a.ravel(), "target_1: shape (6,)"),
    ("target_1", lambda a: a[:, :1], "target_1: shape (3, 1)"),
    ("target_1", lambda a: a[:0], "target_1: has no rows"),
    ("target_2", lambda a: a[:1], "target_2: 1 rows, but the network has 2 outputs"),
    ("target_2", lambda a: a * [np.nan, 1, 1], "target_2: has an entry that is not finite"),
    ("target_2", lambda a: a * [np.inf, 1, 1], "target_2: has an entry that is not finite"),
    ("units_1", lambda a: a.astype(np.int32), "units_1: type <i4"),
    ("units_1", lambda a: a[:-1], "units_1: shape (2,)"),
    ("units_1", lambda a: a * 0 - 1, "units_1: names a neuron outside"),
    ("units_1", lambda a: a + 10**6, "units_1: names a neuron outside"),
    ("units_1", lambda a: a.astype(float), "units_1: type <f8"),
    ("sources_2", lambda a: a.astype(np.uint64), "sources_2: type <u8"),
    ("sources_2", lambda a: a[::-1].copy(), "sources_2: not strictly increasing"),
    ("sources_2", lambda a: np.repeat(a[:1], len(a)), "sources_2: not strictly increasing"),
    ("sources_2", lambda a: a - 10**9, "sources_2: names a neuron outside"),
    ("sources_2", lambda a: a + 10**9, "sources_2: names a neuron outside"),
    ("sources_2", lambda a: a[:-1], "indptr_2: shape"),
    ("indptr_2", lambda a: a[:-1], "indptr_2: shape"),
    ("indptr_2", lambda a: a.astype(np.int32), "indptr_2: type <i4"),
    ("indptr_2", lambda a: a + 1, "indptr_2: does not lead from 0"),
    ("indptr_2", lambda a: a - 1, "indptr_2: does not lead from 0"),
    ("indptr_2", lambda a: np.append(a[:-1], a[-1] + 1), "indptr_2: does not lead from 0"),
    ("indptr_2", lambda a: np.r_[a[0], a[1], a[1], a[3:]], "indptr_2: not strictly increasing"),
    ("indptr_2", lambda a: np.r_[0, -(10**9), a[2:]], "indptr_2: not strictly increasing"),
    ("indptr_2", lambda a: np.r_[0, 10**15, a[2:]], "indptr_2: not strictly increasing"),
    ("indices_2", lambda a: a.astype(np.int16), "indices_2: type <i2"),
    ("indices_2", lambda a: a.astype(float), "indices_2: type <f8"),
    ("indices_2", lambda a: a.astype(object), "indices_2: "),
    ("indices_2", lambda a: a[:-1], "indptr_2: does not lead from 0"),
    ("indices_2", lambda a: a.reshape(-1, 1), "indices_2: shape"),
    ("indices_2", lambda a: a + 10**6, "indices_2: names a neuron outside"),
    ("indices_2", lambda a: a.astype(np.int64) + 2**32, "indices_2: names a neuron outside"),
    ("indices_2", lambda a: -a - 1, "indices_2: names a neuron outside"),
    ("indices_3", lambda a: a[::-1].copy(), "indices_3: not strictly increasing within a source"),
    ("indices_3", lambda a: a * 0, "indices_3: not strictly increasing within a source"),
    ("sources_99", lambda a: np.zeros(0, np.int64), "sources_99: unexpected array"),
    ("target_3", lambda a: np.zeros((2, 2)), "target_3: unexpected array"),
    ("sources_01", lambda a: np.zeros(0, np.int64), "sources_01: unexpected array"),
    ("header", lambda a: np.array(str(a).encode()), "header: |S"),
    ("header", lambda a: a.reshape(1), "header: <U"),
    ("header", lambda a: np.array(0), "header: <i8"),
    ("header", lambda a: np.array(""), "header: not JSON"),
    ("header", lambda a: np.array("[" * 100000), "header: not JSON"),
    ("header", lambda a: np.array("[]"), "header: not a JSON object"),
    ("header", lambda a: np.array('{"format": NaN}'), "header: NaN is not JSON"),
    ("header", lambda a: np.array(str(a)[:-1]), "header: not JSON"),
    ("header", lambda a: np.array("9" * 5000), "header: not JSON"),
    ("header", lambda a: np.array(str(a)[:-1] + ', "seed": 2}'), "header: a key occurs twice"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "reason"), ARRAY_FAULTS)
def test_a_fault_in_an_array_is_malformed_and_named(arrays, verdict, name, change, reason):
    with np.errstate(all="ignore"):
        changed = change(arrays.get(name))
    assert verdict({name: changed}).startswith(reason)


def changed_header(**changes):
    def change(head):
        for key, value in changes.items():
            if value is KeyError:
                del head[key]
            else:
                head[key] = value
        return head

    return change


def inner(key, name, value=KeyError, place=None):
    def change(head):
        item = head[key] if place is None else head[key][place]
        if value is KeyError:
            del item[name]
        else:
            item[name] = value
        return head

    return change


BOX = {"kind": "box", "low": ["0", "0"], "high": ["1", "1"]}
HEADER_FAULTS = [
    *[(changed_header(**{key: KeyError}), key) for key in (
        "construction", "seed", "widths", "scale_log2", "layer_scale_log2", "epsilon", "delta",
        "domain", "homogenized", "generations", "format", "version")],
    (changed_header(format="pmone"), "format"),
    (changed_header(version=2), "distribution"),
    (changed_header(version="1"), "version"),
    (changed_header(version=1.0), "version"),
    (changed_header(version=True), "version"),
    (changed_header(construction=""), "construction"),
    (changed_header(construction=7), "construction"),
    (changed_header(construction="x" * 101), "construction"),
    (changed_header(construction="\x1b[2J"), "construction"),
    (changed_header(seed=-1), "seed is -1"),
    (changed_header(seed=str(2**64)), "seed"),
    (changed_header(seed=2**53 + 1), "must be written as a string"),
    (changed_header(seed=2**64), "must be written as a string"),
    (changed_header(seed=1.0), "seed"),
    (changed_header(seed=True), "seed"),
    (changed_header(seed=None), "seed"),
    (changed_header(seed="0x1"), "seed"),
    (changed_header(seed="١"), "seed"),
    (changed_header(seed="1_0"), "seed"),
    (changed_header(seed=" 1"), "seed"),
    (changed_header(seed="01"), "seed"),
    (changed_header(seed="9" * 5000), "seed"),
    (changed_header(widths=[]), "widths"),
    (changed_header(widths=[2]), "widths"),
    (changed_header(widths={}), "widths"),
    (changed_header(widths="2,3"), "widths"),
    (inner("widths", 1, 0), "widths[1]"),
    (inner("widths", 1, -5), "widths[1]"),
    (inner("widths", 1, 2**35), "widths[1]"),
    (inner("widths", 1, 1.5), "widths[1]"),
    (inner("widths", 1, [3]), "widths[1]"),
    (inner("widths", 0, 3), "target_1"),
    (inner("widths", -1, 3), "target_2"),
    (lambda h: {**h, "widths": [*h["widths"][:-2], 9]}, "generations[2] layer"),
    (lambda h: {**h, "widths": [*h["widths"], 2]}, "sources_"),
    (changed_header(scale_log2=11), "scale_log2 is not the sum"),
    (changed_header(scale_log2="x"), "scale_log2"),
    (changed_header(layer_scale_log2=[]), "layer_scale_log2"),
    (changed_header(layer_scale_log2=[10]), "unit generations"),
    (changed_header(layer_scale_log2=[5, 5, 0]), "unit generations"),
    (changed_header(layer_scale_log2=[4097, -4087]), "layer_scale_log2[0]"),
    (changed_header(layer_scale_log2=[5.0, 5]), "layer_scale_log2[0]"),
    *[(changed_header(epsilon=e), "epsilon") for e in (
        0.5, 1, None, "nan", "inf", "-0.1", "1e400000", "1e1201", "0x1", "1/2", "", " 1",
        "1.", ".5", "+1", "1_0", "١", "01", "--1", "1e", ["1"], "1" * 2001)],
    (changed_header(delta="1.5"), "delta"),
    (changed_header(delta="-1e-9"), "delta"),
    (changed_header(delta=0.1), "delta"),
    (changed_header(homogenized=0), "homogenized"),
    (changed_header(homogenized="false"), "homogenized"),
    (changed_header(domain="ball"), "domain"),
    (changed_header(domain={}), "domain"),
    (changed_header(domain={"kind": "sphere"}), "domain kind"),
    (changed_header(domain={"kind": "ball", "nonnegative": False}), "radius"),
    (changed_header(domain={"kind": "ball", "radius": "1"}), "nonnegative"),
    (changed_header(domain={"kind": "ball", "radius": "-1", "nonnegative": True}), "radius"),
    (changed_header(domain={"kind": "ball", "radius": "inf", "nonnegative": True}), "radius"),
    (changed_header(domain={"kind": "ball", "radius": "1", "nonnegative": 1}), "nonnegative"),
    (changed_header(domain={**BOX, "low": ["0"]}), "1 entries, 2 features"),
    (changed_header(domain={**BOX, "high": ["1", "1", "1"]}), "3 entries, 2 features"),
    (changed_header(domain={**BOX, "low": ["2", "0"]}), "low[0] is above high[0]"),
    (changed_header(domain={**BOX, "low": [0, "0"]}), "low[0]"),
    (changed_header(domain={"kind": "box", "low": ["0", "0"]}), "high"),
    (changed_header(domain=BOX, homogenized=True), "2 entries, 1 features"),
    (changed_header(generations={}), "generations"),
    (changed_header(generations=[]), "0 unit generations"),
    (lambda h: {**h, "generations": h["generations"][::-1]}, "generations[1] layer"),
    (lambda h: {**h, "generations": h["generations"][:1] * 2}, "generations[1] layer"),
    (inner("generations", "layer", 0, 0), "generations[0] layer"),
    (inner("generations", "layer", 10**6, -1), "generations[2] layer"),
    (inner("generations", "layer", "x", -1), "generations[2] layer"),
    (inner("generations", "kind", "merge", 0), "generations[0] kind"),
    (inner("generations", "kind", ["unit"], 0), "kind is ['unit'], expected a string"),
    (inner("generations", "kind", "unit", 0), "2 unit generations"),
    (inner("generations", "kind", KeyError, 0), "generations[0] has no key"),
    (lambda h: {**h, "generations": [1, 2, 3]}, "generations[0] has no key"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), HEADER_FAULTS)
def test_a_fault_in_the_header_is_malformed_and_named(arrays, verdict, change, reason):
    head = change(json.loads(str(arrays["header"])))
    assert reason in verdict({"header": np.array(json.dumps(head))})


def test_a_generation_in_the_last_layer_is_refused(arrays, verdict):
    head = json.loads(str(arrays["header"]))
    depth = len(head["widths"]) - 1
    head["generations"][-1]["layer"] = depth
    assert f"expected {head['generations'][1]['layer'] + 1} to {depth - 1}" in verdict(
        {"header": np.array(json.dumps(head))}
    )


def test_what_the_header_may_say(arrays, tmp_path):
    """Strings for integers, other decimals, keys that we do not know."""
    head = json.loads(str(arrays["header"]))
    head |= {"seed": str(head["seed"]), "epsilon": "5E-1", "delta": "1e-02", "remark": [None, 1.5]}
    head["widths"] = [str(w) for w in head["widths"]]
    head["generations"] = [{**g, "why": "x"} for g in head["generations"]]
    path = save_arrays({**arrays, "header": np.array(json.dumps(head))}, tmp_path / "t.npz")
    assert check(path).accepted


def test_unknown_keys_prove_nothing(arrays, tmp_path):
    """A box with negative values does not become nonnegative because it says so."""
    head = json.loads(str(arrays["header"]))
    head["domain"] = {"kind": "box", "low": ["-1", "0"], "high": ["1", "1"], "nonnegative": True}
    head["generations"] = head["generations"][1:]
    path = save_arrays({**arrays, "header": np.array(json.dumps(head))}, tmp_path / "t.npz")
    assert check(path).verdict == "rejected"


def rezip(path, edit):
    """Write the archive again, with edit(name, data) -> data, or a list of (name, data)."""
    with zipfile.ZipFile(path) as old:
        members = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members:
            for other, content in edit(name, data):
                new.writestr(other, content)


def npy(text: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    raw = text.encode() + b"\n"
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(raw))
    return b"\x93NUMPY" + version + length + raw + data


def only(name, change):
    """Edit one member's bytes."""
    return lambda n, d: [(n, change(d) if n == name + ".npy" else d)]


def shaped(kind: str, shape: str) -> bytes:
    return npy(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")


HUGE = "(99999999999999999,)"
ARCHIVE_FAULTS = [
    (lambda n, d: [(n, d)] * (1 + (n == "units_1.npy")), "units_1: occurs twice"),
    (lambda n, d: [(n, d), ("readme" + n + ".txt", b"")], "file: unexpected member"),
    (lambda n, d: [("../" + n, d)], "header: missing"),
    (lambda n, d: [(n, d), ("../" + n, d)], "unexpected array"),
    (only("target_1", lambda d: d + b"\0"), "target_1: expected"),
    (only("indices_2", lambda d: d[:-1]), "indices_2: expected"),
    (only("units_1", lambda d: b""), "units_1: not an .npy array"),
    (only("units_1", lambda d: d[:20]), "units_1: its .npy header"),
    (only("units_1", lambda d: d[:6] + b"\x03\x00" + d[8:]), "units_1: not an .npy array"),
    (only("units_1", lambda d: shaped("<i8", HUGE)), "units_1: shape"),
    (only("indices_2", lambda d: shaped("<i8", HUGE)), "indices_2: expected"),
    (only("indices_2", lambda d: shaped("<i8", "(-1,)")), "indices_2: its .npy header"),
    (only("header", lambda d: shaped("<U999999999", "()")), "header: more than"),
    (only("header", lambda d: shaped("<U1", "()")), "header: expected"),
    (only("header", lambda d: shaped("<U1", "()") + b"\xff" * 4), "header: cannot be read"),
    (only("header", lambda d: npy("__import__('os').abort()")), "header: its .npy header"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "reason"), ARCHIVE_FAULTS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_fault_in_the_archive_is_malformed_and_named(arrays, tmp_path, edit, reason):
    path = save_arrays(arrays, tmp_path / "t.npz")
    rezip(path, edit)
    certificate = check(path)
    assert certificate.verdict == "malformed"
    assert reason in certificate.reasons[0]


def test_version_2_headers_are_read(arrays, tmp_path):
    path = save_arrays(arrays, tmp_path / "t.npz")
    data = arrays["units_1"].tobytes()
    text = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({len(arrays['units_1'])},), }}"
    rezip(path, lambda n, d: [(n, d if n != "units_1.npy" else npy(text, data, b"\x02\x00"))])
    assert check(path).accepted


def test_pickles_are_not_opened(arrays, tmp_path):
    class Trap:
        def __reduce__(self):
            return (exec, ("raise SystemExit('unpickled')",))

    for name in ("header", "units_1", "target_1", "indices_1"):
        buffer = io.BytesIO()
        np.save(buffer, np.array([Trap()], dtype=object), allow_pickle=True)
        path = save_arrays(arrays, tmp_path / "t.npz")
        rezip(
            path, lambda n, d, name=name, b=buffer: [(n, b.getvalue() if n == name + ".npy" else d)]
        )
        assert check(path).verdict == "malformed"
    path.write_bytes(buffer.getvalue())
    assert check(path).verdict == "malformed"


def test_zip_bombs_are_refused_without_memory(arrays, tmp_path):
    """A gigabyte of zeros in a megabyte; and sizes that the archive only claims."""
    for name, shape in [("target_1", (64 << 20, 2)), ("indices_2", (256 << 20,))]:
        kind = "<f8" if name == "target_1" else "<i4"
        text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
        path = save_arrays(arrays, tmp_path / "t.npz", compressed=True)
        with zipfile.ZipFile(path) as old:
            members = [(info.filename, old.read(info)) for info in old.infolist()]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
            for member, data in members:
                with new.open(member, "w") as stream:
                    if member != name + ".npy":
                        stream.write(data)
                        continue
                    stream.write(npy(text))
                    for _ in range(1024):
                        stream.write(bytes(1 << 20))
        tracemalloc.start()
        certificate = check(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert certificate.verdict == "malformed"
        assert "claim to unpack" in certificate.reasons[0]
        assert peak < 50 << 20


def test_overlapping_members_are_refused(arrays, tmp_path):
    """Many directory entries for the same bytes: the sizes add up to more than the file."""
    path = save_arrays(arrays, tmp_path / "t.npz")
    raw = bytearray(path.read_bytes())
    directory = raw.rindex(b"PK\x01\x02")
    raw[directory + 20 : directory + 28] = struct.pack("<II", len(raw), len(raw))
    path.write_bytes(raw)
    assert check(path).verdict == "malformed"


def test_what_is_no_archive(tmp_path):
    path = tmp_path / "t.npz"
    for data in (b"", b"PK", b"hello", b"PK\x05\x06" + bytes(18), bytes(10**5)):
        path.write_bytes(data)
        certificate = check(path)
        assert certificate.verdict == "malformed"
        assert certificate.reasons[0].startswith(("file: ", "header: "))
    with pytest.raises(FileNotFoundError):
        check(tmp_path / "absent.npz")
    with pytest.raises(IsADirectoryError):
        check(tmp_path)


def test_limits_of_the_file_are_parameters(arrays, tmp_path):
    path = save_arrays(arrays, tmp_path / "t.npz", compressed=True)
    assert check(path).accepted
    certificate = check(path, limits=Limits(inflation=0, free_bytes=0))
    assert "claim to unpack" in certificate.reasons[0]
    assert "the limit free_bytes" in certificate.reasons[0]


def test_a_small_file_that_unpacks_to_much_is_refused_unread(arrays, tmp_path):
    """Two arrays, each within the limit of the whole: what counts is their sum."""
    zeros = np.zeros((1500, 1500))
    big = {**arrays, "target_1": zeros, "units_1": zeros}
    path = save_arrays(big, tmp_path / "t.npz", compressed=True)
    assert path.stat().st_size < 10**6
    tracemalloc.start()
    certificate = check(path)
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()
    assert certificate.verdict == "malformed"
    assert "claim to unpack to 36" in certificate.reasons[0]


def test_a_box_of_too_many_features_is_refused():
    box = {"kind": "box", "low": [], "high": []}
    with pytest.raises(Malformed, match="a box of more than 262144 features"):
        _domain(box, MAX_FEATURES + 1, False)


@given(st.text(max_size=12) | st.integers() | st.floats() | st.none() | st.booleans())
def test_integers_and_decimals_take_only_their_grammar(value):
    try:
        found = integer(value, "x", -(2**70), 2**70)
    except Malformed:
        pass
    else:
        assert type(value) in (int, str)
        assert str(found) == str(value) or str(value) == "-0"
    try:
        rational = decimal(value, "x")
    except Malformed:
        pass
    else:
        assert isinstance(value, str)
        assert value.isascii()
        assert rational == json.loads(value, parse_float=type(rational), parse_int=type(rational))


KEYS = [
    "seed", "widths", "scale_log2", "layer_scale_log2", "epsilon", "delta", "domain", "homogenized",
    "generations", "construction",
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(KEYS), json_values)
def test_any_value_for_a_key_is_judged(arrays, key, value):
    head = json.loads(str(arrays["header"])) | {key: value}
    try:
        parse_header(json.dumps(head))
    except Malformed as fault:
        if not str(fault).startswith("header: "):
            raise
