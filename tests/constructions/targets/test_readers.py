"""Readers: exact weights from every format, everything else refused by name, no other exception."""

from __future__ import annotations

import builtins
import io
import json
import pickle
import struct
import tracemalloc
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
from tests.strategies import targets

RNG = np.random.default_rng(20)
W1, B1 = RNG.standard_normal((4, 3)), RNG.standard_normal(4)
W2, B2 = RNG.standard_normal((2, 4)), RNG.standard_normal(2)
X = RNG.standard_normal((50, 3))


def mlp(x, *layers):
    for i, (W, b) in enumerate(layers):
        x = np.maximum(x, 0) @ W.T + b if i else x @ W.T + b
    return x


def same_network(target, *layers):
    np.testing.assert_allclose(target(X), mlp(X, *layers), atol=1e-12)
    for W, (given_W, _) in zip(target.weights, layers, strict=True):
        rows, columns = given_W.shape
        assert (W[:rows, :columns] == given_W.astype(np.float64)).all()
    return True


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


# safetensors


class TestSafetensors:
    @pytest.fixture(autouse=True)
    def library(self):
        return pytest.importorskip("safetensors.numpy")

    @staticmethod
    def write(path, tensors, dtypes=None):
        """Write the format by hand: a length, a JSON header and bytes, in the given order."""
        import json

        header, data = {}, b""
        for name, A in tensors.items():
            raw = np.ascontiguousarray(A).tobytes()
            kinds = {"float16": "F16", "float32": "F32", "float64": "F64", "int64": "I64"}
            kind = (dtypes or {}).get(name) or kinds[A.dtype.name]
            offsets = [len(data), len(data) + len(raw)]
            header[name] = {"dtype": kind, "shape": list(A.shape), "data_offsets": offsets}
            data += raw
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return path

    @pytest.mark.parametrize(
        ("first", "second"),
        [("0", "2"), ("layers.2", "layers.10"), ("fc1", "fc2"), ("a.1.lin", "a.2.lin"), ("x", "y")],
    )
    def test_state_dict_of_the_library(self, tmp_path, library, first, second):
        path = tmp_path / "model.safetensors"
        tensors = {f"{second}.weight": W2, f"{second}.bias": B2, f"{first}.weight": W1}
        library.save_file(tensors | {f"{first}.bias": B1}, path)
        assert same_network(load_target(path), (W1, B1), (W2, B2))

    def test_one_layer_without_a_module_is_read(self, tmp_path):
        path = self.write(tmp_path / "m.safetensors", {"weight": W1, "bias": B1})
        assert same_network(load_target(path), (W1, B1))

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_widens_exactly(self, tmp_path, dtype):
        path = self.write(tmp_path / "m.safetensors", {"0.weight": W1.astype(dtype)})
        assert (load_target(path).weights[0] == W1.astype(dtype).astype(np.float64)).all()

    def test_bfloat16_is_the_upper_half_of_float32(self, tmp_path):
        values = np.array([[1.0, -2.5, 3.140625]])  # short enough for 8 bits
        halves = (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        path = tmp_path / "m.safetensors"
        self.write(path, {"0.weight": halves}, dtypes={"0.weight": "BF16"})
        assert load_target(path).weights[0].tolist() == values.tolist()

    def test_numbers_order_like_names_and_shapes_order_the_rest(self, tmp_path):
        A, B, C = (RNG.standard_normal(s) for s in ((3, 3), (3, 3), (2, 3)))
        tensors = {"out.weight": C, "fc10.weight": B, "fc9.weight": A}
        target = load_target(self.write(tmp_path / "m.safetensors", tensors))
        assert [W.tobytes() for W in target.weights] == [W.tobytes() for W in (A, B, C)]

    @pytest.mark.parametrize(
        ("tensors", "fault"),
        [
            ({}, "found no weights"),
            ({"0.weight": W1, "2.weight": W1}, r"found 0 \(4, 3\), 2 \(4, 3\)"),
            ({"1.weight": W2, "2.weight": W1}, "expected layers in the order of the numbers"),
            ({"a.weight": W1[:3], "b.weight": W1[:3]}, r"ambiguous.*a \(3, 3\), b \(3, 3\)"),
            ({"1.weight": W1[:3], "01.weight": W1[:3]}, "ambiguous"),
            ({"in.weight": W1, "out.weight": W1.T}, "ambiguous"),
            ({"0.bias": B1}, "bias of '0' without a weight"),
            ({"0.weight": W1, "0.bias": B2}, "b1 has length 2: expected 4.*W1 is '0.weight'"),
            ({"0.weight": W1, "bn.running_mean": B1}, "tensor 'bn.running_mean'"),
            ({"0.weight": W1, "1.weight": B1}, r"tensor '1.weight' of shape \(4,\)"),
            (
                {"conv.weight": np.zeros((1, 1, 3, 3))},
                r"tensor 'conv.weight' of shape \(1, 1, 3, 3\)",
            ),
            ({"0.weight": np.ones((1, 1), np.int64)}, "tensor '0.weight'|type I64: expected F16"),
            ({"0.weight": W1 * np.inf}, "W1 has entries that are not finite.*'0.weight'"),
        ],
    )
    def test_refuses_by_name(self, tmp_path, tensors, fault):
        path = self.write(tmp_path / "m.safetensors", tensors)
        with pytest.raises(InputError, match=rf"m.safetensors: .*({fault})"):
            load_target(path)

    def test_what_a_state_dict_leaves_open_is_said(self, tmp_path):
        target = load_target(self.write(tmp_path / "m.safetensors", {"0.weight": W1}))
        assert target.notes == ("assumed: a ReLU after every layer but the last, in this order: 0",)

    def test_a_tied_layer_is_read_twice(self, tmp_path):
        A, B, C = (RNG.standard_normal(s) for s in ((3, 2), (3, 3), (1, 3)))
        tensors = {"fc1.weight": A, "fc2.weight": B, "fc4.weight": C}
        library = pytest.importorskip("safetensors.numpy")
        library.save_file(tensors, tmp_path / "m.safetensors", {"fc3.weight": "fc2.weight"})
        target = load_target(tmp_path / "m.safetensors")
        assert [W.tobytes() for W in target.weights] == [W.tobytes() for W in (A, B, B, C)]
        assert "tied to another layer: fc3" in target.notes

    def test_the_layers_may_be_named_in_their_order(self, tmp_path):
        A, B, C = (RNG.standard_normal(s) for s in ((3, 3), (3, 3), (2, 3)))
        tensors = {"a.weight": A, "b.weight": B, "head.weight": C, "other.weight": C}
        path = self.write(tmp_path / "m.safetensors", tensors)
        with pytest.raises(InputError, match=r"--layers NAME,NAME,….*a \(3, 3\)"):
            load_target(path)
        target = load_target(path, layers=("b", "a", "head"))
        assert [W.tobytes() for W in target.weights] == [W.tobytes() for W in (B, A, C)]
        with pytest.raises(InputError, match="--layers: no module 'c'"):
            load_target(path, layers=("a", "c"))

    def test_kernels_are_taken_as_in_times_out(self, tmp_path):
        path = self.write(tmp_path / "m.safetensors", {"Dense_0.kernel": W1.T.copy()})
        target = load_target(path)
        assert (target.weights[0] == W1).all()
        assert "kernels taken as (in, out)" in target.notes

    @pytest.mark.parametrize(
        ("name", "remedy"),
        [("1.running_mean", "BatchNormalization: export to ONNX"),
         ("0.weight_mask", r"torch\.nn\.utils\.prune\.remove"),
         ("0.weight_g", "remove_weight_norm")],
    )  # fmt: skip
    def test_what_a_chain_cannot_be_is_refused_with_a_remedy(self, tmp_path, name, remedy):
        path = self.write(tmp_path / "m.safetensors", {"0.weight": W1, name: B1})
        with pytest.raises(InputError, match=remedy):
            load_target(path)

    def test_a_part_of_a_model_is_read_by_the_index(self, tmp_path):
        names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
        self.write(tmp_path / names[0], {"0.weight": W1})
        self.write(tmp_path / names[1], {"2.weight": W2})
        with pytest.raises(InputError, match=r"one of 2 parts.*read model\.safetensors\.index"):
            load_target(tmp_path / names[0])
        index = tmp_path / "model.safetensors.index.json"
        parts = {"0.weight": names[0], "2.weight": names[1]}
        index.write_text(json.dumps({"weight_map": parts}))
        assert load_target(index).dims == (3, 4, 2)
        index.write_text(json.dumps({"weight_map": parts | {"4.weight": names[1]}}))
        with pytest.raises(InputError, match=r"its parts lack tensor '4\.weight'"):
            load_target(index)
        index.write_text(json.dumps({"weight_map": {"0.weight": "../x.safetensors"}}))
        with pytest.raises(InputError, match="expected a file beside the index"):
            load_target(index)

    def test_many_names_cost_little(self, tmp_path):
        tensors = {f"layers.{i}.{a}.weight": np.zeros((1, 1)) for i in range(500) for a in "ab"}
        path = self.write(tmp_path / "m.safetensors", tensors)
        tracemalloc.start()
        with pytest.raises(InputError, match="ambiguous"):
            load_target(path)
        assert tracemalloc.get_traced_memory()[1] < 200e6
        tracemalloc.stop()

    def test_refuses_a_search_without_end(self, tmp_path):
        """Differently named square layers, and one that fits nowhere: no order, many attempts."""
        tensors = {f"{chr(97 + i)}.weight": np.eye(2) for i in range(20)}
        path = self.write(tmp_path / "m.safetensors", tensors | {"z.weight": np.ones((1, 5))})
        with pytest.raises(InputError, match="ambiguous"):
            load_target(path)

    def test_numbered_layers_go_in_the_order_of_their_numbers(self, tmp_path):
        tensors = {f"{i}.weight": np.full((1, 1), float(i)) for i in range(300, 0, -1)}
        target = load_target(self.write(tmp_path / "m.safetensors", tensors))
        assert [W[0, 0] for W in target.weights] == list(range(1, 301))


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
