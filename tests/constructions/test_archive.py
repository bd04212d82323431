"""Archives: what is written is what is read, small, and never beyond a reader's limit."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from constructions.archive import MOST_SHRUNK, write_arrays
from constructions.errors import InputError

KINDS = st.sampled_from(["<f8", "<i8", "<i4", "|u1"])


@given(st.dictionaries(st.sampled_from("abcd"), KINDS.flatmap(lambda k: hnp.arrays(k, (5, 3)))))
def test_arrays_are_read_as_they_were_written(tmp_path_factory, arrays):
    path = tmp_path_factory.mktemp("archives") / "t.npz"
    write_arrays(path, arrays)
    with np.load(path) as file:
        assert set(file.files) == set(arrays)
        for name, array in arrays.items():
            assert file[name].dtype == array.dtype
            assert file[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("array", "deflated"),
    [
        (np.random.default_rng(1).integers(0, 256, 10**5, dtype=np.uint8), True),
        (np.random.default_rng(1).geometric(0.5, 10**5).astype(np.uint8), True),  # 3 bits each
        (np.ones(10**5, np.uint8), False),
        (np.random.default_rng(1).standard_normal(10**4), True),
        (np.zeros((1000, 1000)), False),
    ],
)
def test_no_archive_shrinks_more_than_a_reader_allows(tmp_path, array, deflated):
    write_arrays(tmp_path / "t.npz", {"a": array})
    with zipfile.ZipFile(tmp_path / "t.npz") as file:
        (info,) = file.infolist()
        assert (info.compress_type == zipfile.ZIP_DEFLATED) == deflated
        counted = array.nbytes * (4 if array.dtype == np.uint8 else 1)
        assert counted <= MOST_SHRUNK * (tmp_path / "t.npz").stat().st_size


def test_arrays_of_objects_are_never_written(tmp_path):
    """They would be pickles, which no reader of ours opens."""
    with pytest.raises(InputError, match="names: expected arrays of numbers"):
        write_arrays(tmp_path / "t.npz", {"names": np.array([{}])})
    assert list(tmp_path.iterdir()) == []
