"""Readers: exact weights from every format, everything else refused by name, no other exception."""

from __future__ import annotations

import builtins
import io
import pickle
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from constructions.errors import InputError
from constructions.targets.readers import (
    from_npz,
    from_onnx,
    from_safetensors,
    from_sklearn,
    load_target,
)
from constructions.targets.target import Ball, Box
from tests.constructions.targets.small_networks import B1, B2, RNG, W1, W2, X, same_network
from tests.strategies import targets

# Choosing a reader


@pytest.mark.parametrize(
    ("suffix", "remedy"),
    [(s, r"pmone\.read\(model\)") for s in (".joblib", ".pkl", ".pickle")]
    + [
        (s, r"safetensors\.torch\.save_file\(model\.state_dict\(\)")
        for s in (".pt", ".PTH", ".bin")
    ],
)
def test_pickles_are_refused_unread(tmp_path, suffix, remedy):
    class Trap:
        def __reduce__(self):
            return builtins.exec, ("raise SystemExit('a pickle was run')",)

    path = tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match=rf"is a pickle.*{remedy}"):
        load_target(path)


def test_unknown_suffix_is_refused():
    with pytest.raises(InputError, match=r"unknown suffix '.txt': expected one of .npz, .onnx"):
        load_target("model.txt")


@pytest.mark.parametrize("suffix", [".npz", ".onnx", ".safetensors"])
def test_missing_file_is_a_missing_file(tmp_path, suffix):
    with pytest.raises(FileNotFoundError):
        load_target(tmp_path / f"none{suffix}")


def test_an_archive_of_scikit_learn_s_names_or_a_state_dict_s(tmp_path):
    np.savez(tmp_path / "a.npz", coefs_0=W1.T, intercepts_0=B1, coefs_1=W2.T, intercepts_1=B2)
    np.savez(
        tmp_path / "b.npz", **{"f.0.weight": W1, "f.0.bias": B1, "f.2.weight": W2, "f.2.bias": B2}
    )
    np.savez(tmp_path / "c.npz", W1=W1, b1=B1[None, :], W2=W2, b2=B2)
    x = RNG.standard_normal((5, 3))
    expected = from_npz(tmp_path / "c.npz")(x)
    for name in ("a.npz", "b.npz"):
        assert (load_target(tmp_path / name)(x) == expected).all()


def test_a_long_header_is_refused_unread(tmp_path):
    """NumPy takes seconds over a malformed one of ten thousand bytes."""
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 3), }" + " " * 9000 + "("
    array = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text.encode() + bytes(96)
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
        archive.writestr("W1.npy", array)
    with pytest.raises(InputError, match=r"cannot read array .W1.*length") as refused:
        load_target(tmp_path / "m.npz")
    assert len(str(refused.value)) < 500


def test_an_archive_that_unpacks_to_too_much_is_refused_unread(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, W1=np.zeros((2000, 2000)))
    with pytest.raises(InputError, match=r"that unpack to 32000\d\d\d: expected at most 16777216"):
        load_target(path)
    np.savez(path, W1=np.zeros((2000, 2000)))
    assert load_target(path).dims == (2000, 2000)


@pytest.mark.parametrize("package", ["onnx", "safetensors"])
def test_missing_package_names_the_extra(tmp_path, monkeypatch, package):
    path = tmp_path / f"model.{package}"
    path.write_bytes(b"")
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(ImportError, match=rf"package {package}: pip install 'pmone\[readers\]'"):
        load_target(path)


# .npz


def npz(tmp_path, **arrays):
    path = tmp_path / "target.npz"
    np.savez(path, **arrays)
    return path


def test_npz_gives_weights_and_biases(tmp_path):
    path = npz(tmp_path, W1=W1, b1=B1, W2=W2, b2=B2)
    assert same_network(load_target(path), (W1, B1), (W2, B2))
    assert same_network(load_target(str(path)), (W1, B1), (W2, B2))


def test_npz_takes_a_missing_bias_as_zero(tmp_path):
    assert same_network(from_npz(npz(tmp_path, W2=W2, W1=W1, b2=B2)), (W1, np.zeros(4)), (W2, B2))


def test_domain_is_passed_on(tmp_path):
    path = npz(tmp_path, W1=W1)
    assert load_target(path).domain == Ball()
    assert load_target(path, domain=Ball("2")).domain == Ball("2")
    with pytest.raises(InputError, match=r"target.npz: box with 2 features: the target has 3"):
        load_target(path, domain=Box.uniform("0", "1", 2))


@given(targets(max_scale=900))
def test_npz_gives_back_every_target(tmp_path_factory, target):
    path = tmp_path_factory.mktemp("npz") / "target.npz"
    np.savez(path, **{f"W{i}": W for i, W in enumerate(target.weights, 1)})
    again = from_npz(path)
    for A, B in zip(target.weights, again.weights, strict=True):
        assert A.tobytes() == B.tobytes()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, ">f8"])
def test_npz_widens(tmp_path, dtype):
    W = (4 * W1).astype(dtype)
    assert (from_npz(npz(tmp_path, W1=W)).weights[0] == W.astype(np.float64)).all()


@pytest.mark.parametrize(
    ("arrays", "fault"),
    [
        ({}, "no array 'W1': expected W1…W1"),
        ({"W1": W1, "W3": W2}, "no array 'W2': expected W1…W3"),
        ({"W1": W1, "b2": B1}, "no array 'W2'"),
        ({"W1": W1, "w2": W2}, "unknown array 'w2'"),
        ({"W0": W1}, "unknown array 'W0'"),
        ({"W01": W1}, "unknown array 'W01'"),
        ({"W1": W1, "W9999999": W1}, "unknown array 'W9999999'"),
        ({"W1": W1, "W2": W1}, "target.npz: W2 has 3 columns: expected 4"),
        ({"W1": W1, "b1": B2}, "target.npz: b1 has length 2: expected 4"),
        ({"W1": np.array([[1, None]], dtype=object)}, "cannot read array 'W1'.*pickle"),
        ({"W1": np.array([["a"]])}, "W1 has dtype <U1"),
        ({"W1": np.array([[np.nan]])}, "W1 has entries that are not finite"),
    ],
)
def test_npz_refuses_by_name(tmp_path, arrays, fault):
    with pytest.raises(InputError, match=fault):
        from_npz(npz(tmp_path, **arrays))


def test_npz_refuses_a_single_array_and_strange_members(tmp_path):
    path = tmp_path / "target.npz"
    with path.open("wb") as file:
        np.save(file, W1)
    with pytest.raises(InputError, match="not a single array"):
        from_npz(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W1", b"\x00\x01")
    with pytest.raises(InputError, match="'W1' is not an array"):
        from_npz(path)
    member = io.BytesIO()
    np.save(member, W1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W1.npy", member.getvalue())
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("W1.npy", member.getvalue())
    with pytest.raises(InputError, match="more than one array 'W1'"):
        from_npz(path)


def test_npz_refuses_a_header_that_claims_too_much(tmp_path):
    header = repr({"descr": "<f8", "fortran_order": False, "shape": (2**40, 2**40)}).encode()
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n"
    path = tmp_path / "target.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W1.npy", member)
    with pytest.raises(InputError, match="cannot read array 'W1'"):
        from_npz(path)


# scikit-learn


class TestSklearn:
    @pytest.fixture(autouse=True)
    def sklearn(self):
        return pytest.importorskip("sklearn.neural_network")

    @staticmethod
    def fit(kind, y, **options):
        from sklearn.exceptions import ConvergenceWarning

        options = {"hidden_layer_sizes": (5, 4), "max_iter": 3, "random_state": 0, **options}
        with pytest.warns(ConvergenceWarning):
            return kind(**options).fit(X, y)

    @pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
    @pytest.mark.parametrize("outputs", [1, 2])
    def test_regressor_predicts_the_target(self, sklearn, hidden, outputs):
        y = X[:, 0] if outputs == 1 else X[:, :2]
        model = self.fit(sklearn.MLPRegressor, y, hidden_layer_sizes=hidden)
        target = from_sklearn(model)
        predicted = model.predict(X).reshape(50, outputs)
        np.testing.assert_allclose(target(X), predicted, atol=1e-12)
        assert target.depth == len(hidden) + 1

    def test_a_float32_model_is_widened_exactly(self, sklearn):
        from sklearn.exceptions import ConvergenceWarning

        x = X.astype(np.float32)
        with pytest.warns(ConvergenceWarning):
            model = sklearn.MLPRegressor(hidden_layer_sizes=(4,), max_iter=2, random_state=0).fit(
                x, x[:, 0]
            )
        np.testing.assert_allclose(from_sklearn(model)(x)[:, 0], model.predict(x), atol=1e-5)

    def test_classifier_gives_logits(self, sklearn):
        y = np.argmax(X, axis=1)
        model = self.fit(sklearn.MLPClassifier, y)
        logits = from_sklearn(model, domain=Ball("3"))(X)
        softmax = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        np.testing.assert_allclose(softmax, model.predict_proba(X), atol=1e-12)
        assert (np.argmax(logits, axis=1) == model.predict(X)).all()

    def test_binary_classifier_gives_its_one_logit(self, sklearn):
        model = self.fit(sklearn.MLPClassifier, X[:, 0] > 0)
        logit = from_sklearn(model)(X)
        np.testing.assert_allclose(1 / (1 + np.exp(-logit[:, 0])), model.predict_proba(X)[:, 1])

    @pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
    def test_refuses_other_activations_by_name(self, sklearn, activation):
        model = self.fit(sklearn.MLPRegressor, X[:, 0], activation=activation)
        with pytest.raises(InputError, match=f"MLPRegressor: activation = '{activation}'"):
            from_sklearn(model)

    def test_refuses_other_outputs_by_name(self, sklearn):
        model = self.fit(sklearn.MLPRegressor, X[:, 0])
        model.out_activation_ = "exp"
        with pytest.raises(InputError, match="out_activation_ = 'exp'"):
            from_sklearn(model)

    def test_refuses_what_is_not_fitted_or_no_mlp(self, sklearn):
        for model in (sklearn.MLPRegressor(), sklearn.BernoulliRBM(), None):
            with pytest.raises(InputError, match=f"{type(model).__name__}: expected a fitted MLP"):
                from_sklearn(model)


# Malformed bytes


def valid_files():
    """One small valid file a format, as bytes."""
    file = io.BytesIO()
    np.savez(file, W1=W1, b1=B1, W2=W2)
    packed = io.BytesIO()
    np.savez_compressed(packed, W1=W1, b1=B1, W2=W2)
    yield from ((".npz", file.getvalue()), (".npz", packed.getvalue()))
    pytest.importorskip("onnx")
    from tests.constructions.targets.onnx_models import gemm_model

    yield ".onnx", gemm_model().SerializeToString()
    library = pytest.importorskip("safetensors.numpy")
    yield ".safetensors", library.save({"0.weight": W1, "0.bias": B1, "2.weight": W2})


@pytest.fixture(scope="module")
def valid():
    return list(valid_files())


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def test_the_files_to_spoil_are_valid(valid, scratch):
    for suffix, data in valid:
        path = scratch / f"valid{suffix}"
        path.write_bytes(data)
        assert load_target(path).features == 3


@pytest.mark.parametrize("suffix", [".npz", ".onnx", ".safetensors"])
@settings(max_examples=200)
@given(data=st.binary(max_size=200))
@example(b"")
@example(b"PK\x03\x04")
@example(b"\x93NUMPY\x01\x00")
@example(pickle.dumps([1]))
def test_random_bytes_are_malformed(scratch, suffix, data):
    if suffix != ".npz":
        pytest.importorskip(suffix[1:])
    path = scratch / f"random{suffix}"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"random{suffix}: "):
        load_target(path)


@settings(max_examples=200)
@given(data=st.data())
def test_truncated_files_are_malformed(valid, scratch, data):
    suffix, whole = data.draw(st.sampled_from(valid))
    path = scratch / f"truncated{suffix}"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(InputError, match=f"truncated{suffix}: "):
        load_target(path)


@settings(max_examples=400)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore")  # NumPy and zipfile warn of some faults besides raising
def test_spoiled_files_are_read_or_malformed(valid, scratch, data):
    """Bytes changed, inserted or cut: a network or an InputError, never another exception."""
    suffix, whole = data.draw(st.sampled_from(valid))
    spoiled = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(spoiled) - 1))
        length = data.draw(st.integers(0, 2))
        spoiled[place : place + length] = data.draw(st.binary(max_size=2))
    path = scratch / f"spoiled{suffix}"
    path.write_bytes(bytes(spoiled))
    try:
        target = load_target(path)
    except InputError as fault:
        message = str(fault)
    else:
        assert all(np.isfinite(W).all() for W in target.weights)
        return
    assert message.startswith(f"{path}: ")


def test_readers_are_called_by_their_names(scratch, valid):
    for suffix, data in valid:
        path = scratch / f"named{suffix}"
        path.write_bytes(data)
        named = {".npz": from_npz, ".onnx": from_onnx, ".safetensors": from_safetensors}[suffix]
        assert [W.tolist() for W in named(path).weights] == [
            W.tolist() for W in load_target(path).weights
        ]
