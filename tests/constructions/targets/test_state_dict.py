"""State dicts in safetensors: order, ties, parts, what is assumed, and what no chain can be."""

from __future__ import annotations

import json
import struct
import tracemalloc

import numpy as np
import pytest

from constructions.errors import InputError
from constructions.targets.readers import (
    load_target,
)
from tests.constructions.targets.small_networks import B1, B2, RNG, W1, W2, same_network


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
