"""The .nnet format, against its function evaluated in rationals from the text."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from constructions.errors import InputError
from constructions.targets.readers import load_target

RNG = np.random.default_rng(8)


def written(widths, means, ranges, layers):
    def line(values):
        return ",".join(map(str, values)) + ","

    lines = ["// made here", line([len(widths) - 1, widths[0], widths[-1], max(widths)]),
             line(widths), "0", line([-1] * widths[0]), line([1] * widths[0]),
             line(means), line(ranges)]  # fmt: skip
    for W, b in layers:
        lines += [line(row) for row in W] + [line([v]) for v in b]
    return "\n".join(lines) + "\n"


@pytest.fixture
def network():
    widths = (3, 4, 2)
    texts = [[[f"{v:.5f}" for v in row] for row in RNG.standard_normal((m, n))]
             for n, m in pairwise(widths)]  # fmt: skip
    biases = [[f"{v:.5f}" for v in RNG.standard_normal(m)] for m in widths[1:]]
    layers = list(zip(texts, biases, strict=True))
    return widths, ["0.1", "-2.5", "3", "7.25"], ["3.0", "0.7", "11", "2.5"], layers


def value(means, ranges, layers, x):
    """Evaluate the text's own function, in rationals."""
    z = [(v - Fraction(m)) / Fraction(r) for v, m, r in zip(x, means, ranges, strict=False)]
    for i, (W, b) in enumerate(layers, 1):
        z = [sum((Fraction(w) * v for w, v in zip(row, z, strict=True)), Fraction(c))
             for row, c in zip(W, b, strict=True)]  # fmt: skip
        z = [max(v, Fraction(0)) for v in z] if i < len(layers) else z
    return [v * Fraction(ranges[-1]) + Fraction(means[-1]) for v in z]


def test_the_target_is_the_text_s_function_up_to_the_reading_error(tmp_path, network):
    path = tmp_path / "n.nnet"
    path.write_text(written(*network))
    target = load_target(path)
    assert 0 < target.reading_error < 1e-12
    for x in RNG.integers(-8, 9, (20, 3)):
        point = [Fraction(int(v), 16) for v in x]  # of norm at most 1
        true = value(*network[1:], point)
        h = [Fraction(v) for v in (*map(float, point), 1.0)]
        for i, W in enumerate(target.weights, 1):
            h = [sum((Fraction(float(w)) * v for w, v in zip(row, h, strict=True)), Fraction(0))
                 for row in W]  # fmt: skip
            h = [max(v, Fraction(0)) for v in h] if i < target.depth else h
        square = sum((a - b) ** 2 for a, b in zip(h, true, strict=True))
        assert square <= Fraction(target.reading_error) ** 2


def test_layers_cannot_be_named(tmp_path, network):
    path = tmp_path / "n.nnet"
    path.write_text(written(*network))
    with pytest.raises(InputError, match="--layers is for state dicts"):
        load_target(path, layers=("a",))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda text: text.replace("0.1,", "x,"), "'x': expected a decimal number"),
        (lambda text: text[:-30], "expected|ends before"),
        (lambda text: text + "1,2,\n", "more lines than its layers have"),
        (lambda text: text.replace("\n2,3,2,4,", "\n2,4,2,4,"), "expected 4 first"),
        (lambda text: text.replace("11,", "0,"), "a division by zero"),
        (lambda text: "", "it ends before"),
    ],
)
def test_another_text_is_refused(tmp_path, network, change, fault):
    path = tmp_path / "n.nnet"
    path.write_text(change(written(*network)))
    with pytest.raises(InputError, match=rf"n\.nnet: .*({fault})"):
        load_target(path)
