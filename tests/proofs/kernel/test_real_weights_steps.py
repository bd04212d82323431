"""Real weights step by step: words, wires, what rounding may do, to the last bit."""

import json
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from flint import arb, ctx

from proofs.kernel import real_weights
from proofs.kernel.bound import frobenius, norm_float, propagated, square_root
from proofs.kernel.header import parse_header
from proofs.kernel.integers import Rejected
from proofs.kernel.kept_edges import Edges
from proofs.kernel.real_weights import (
    Effective,
    bound_real,
    edge_weights,
    effective,
    norm_from_target,
    owners,
    require_pairs,
    rounding,
    weights_of_words,
    wires,
)
from tests.proofs.kernel.forge import header as first_form

U = Fraction(1, 2**53)
GRID = {"kind": "grid", "bits": 2}


def header(widths, units=(), split=False, distribution=None, **changes):
    """A parsed header of real weights; units are the layers of unit generations."""
    generations = [(1, "split")] * split + [(t, "unit") for t in units]
    raw = first_form(widths, [0] * (len(units) + 1), generations)
    raw["domain"]["nonnegative"] = not split
    raw |= {"version": 2, "distribution": distribution or GRID} | changes
    return parse_header(json.dumps(raw))


def edges(pairs) -> Edges:
    pairs = sorted(pairs)
    sources = sorted({c for c, _ in pairs})
    counts = [sum(c == source for c, _ in pairs) for source in sources]
    targets = np.array([r for _, r in pairs], dtype=np.int64)
    return Edges(np.array(sources, dtype=np.int64), np.cumsum([0, *counts]), targets)


# -- words -------------------------------------------------------------------------------------


def test_the_constants_of_the_format():
    assert (real_weights.STREAM, real_weights.BLOCK, real_weights.FRACTION_BITS) == (2**32, 4, 24)
    assert Fraction(real_weights.UNIT) == U


@pytest.mark.parametrize("word", [0, 1, 2**11 - 1, 2**11, 2**63 - 1, 2**63, 2**64 - 1, 12345 << 40])
def test_a_uniform_weight_is_the_middle_of_one_of_2_to_the_53_parts(word):
    weight = weights_of_words(np.array([word], dtype=np.uint64), "uniform", 0)[0]
    assert Fraction(float(weight)) == Fraction(2 * (word >> 11) + 1, 2**53) - 1


@pytest.mark.parametrize("bits", [0, 3, 30])
def test_a_weight_on_the_grid_is_a_whole_multiple(bits):
    """The words are cut into 2·2^bits + 1 parts; the ends of a part are words too."""
    count = (2 << bits) + 1
    for k in sorted({0, 1, count // 2, count - 2, count - 1}):
        first = -(-k * 2**64 // count)
        last = -(-(k + 1) * 2**64 // count) - 1
        words = np.array([first, last], dtype=np.uint64)
        found = weights_of_words(words, "grid", bits).tolist()
        assert found == [float(Fraction(k - 2**bits, 2**bits))] * 2


@pytest.mark.parametrize("octaves", [1, 3, 12, 256])
@pytest.mark.parametrize(
    "word", [0, 2**62, 2**63, 2**64 - 1, 0x0123456789ABCDEF, 0xFEDCBA9876543210, 715827883 << 32]
)
def test_a_hyperbolic_weight_is_a_power_of_two_that_falls_evenly(octaves, word):
    """±2^−(octave + fraction): the octave from bits 32 … 62, the fraction from bits 31 … 8."""
    weight = float(weights_of_words(np.array([word], dtype=np.uint64), "hyperbolic", octaves)[0])
    assert (weight > 0) == bool(word >> 63)
    octave = (word >> 32) % 2**31 * octaves >> 31
    fraction = Fraction(word % 2**32 >> 8, 2**24)
    with ctx.workprec(200):
        true = arb(2) ** -(arb(octave) + arb(fraction.numerator) / fraction.denominator)
        assert abs(arb(abs(weight)) / true - 1) < arb(2) ** -48


def test_weights_of_edges_do_not_depend_on_how_they_are_made(monkeypatch):
    """In stretches or one by one, in chunks of any size."""
    known = header([40, 30, 2], distribution={"kind": "uniform"})
    rng = np.random.default_rng(1)
    kept = edges({(int(c), int(r)) for c, r in rng.integers(0, [40, 30], (90, 2))})
    found = []
    for chunk, stretch in (
        (1 << 16, 5),
        (7, 5),
        (7, 0),
        (1, 10**6),
        (1 << 16, 0),
        (1 << 16, 10**6),
    ):
        monkeypatch.setattr(real_weights, "CHUNK", chunk)
        monkeypatch.setattr(real_weights, "STRETCH", stretch)
        found.append(edge_weights(known, 1, kept))
    assert all((one == found[0]).all() for one in found)
    sources = np.repeat(kept.sources, np.diff(kept.indptr)).tolist()
    for c, r, weight in zip(sources, kept.indices.tolist(), found[0].tolist(), strict=True):
        generator = np.random.Philox(key=np.array([1, 2**32 + 1], dtype=np.uint64))
        generator.advance(8 * c + r // 4)  # ⌈30/4⌉ blocks per source
        word = generator.random_raw(4)[r % 4 : r % 4 + 1]
        assert weight == weights_of_words(word, "uniform", 0)[0]


def test_edges_far_apart_are_made_one_by_one():
    """Between these two lie 2^63 weights, and no memory holds them."""
    width = 2**35 - 1
    known = header([2**28 + 1, width, 1])
    kept = Edges(np.array([0, 2**28]), np.array([0, 1, 2]), np.array([0, width - 1]))
    blocks = -(-width // 4)
    for weight, block, word in zip(
        edge_weights(known, 1, kept), (0, (2**28) * blocks + blocks - 1), (0, 2), strict=True
    ):
        generator = np.random.Philox(key=np.array([1, 2**32 + 1], dtype=np.uint64))
        generator.advance(block)
        assert weight == weights_of_words(generator.random_raw(4)[word : word + 1], "grid", 2)[0]


# -- pairs of layers ---------------------------------------------------------------------------


def test_layers_come_in_pairs():
    assert require_pairs(header([2, 5, 2])) is False
    assert require_pairs(header([2, 5, 2], split=True)) is True
    assert require_pairs(header([2, 5, 3, 5, 2], [2], split=True)) is True
    assert require_pairs(header([2, 5, 3, 5, 3, 5, 2], [2, 4])) is False
    split_later = [{"layer": 1, "kind": "split"}, {"layer": 2, "kind": "split"}]
    for known in (
        header([2, 2]),
        header([2, 5, 5, 2]),
        header([2, 5, 3, 5, 2], [3]),
        header([2, 5, 3, 5, 2], [1]),
        header([2, 5, 3, 5, 3, 5, 2], [2, 5]),
        header([2, 5, 5, 2], generations=split_later),
        header([2, 5, 2, 2], generations=split_later[1:]),
    ):
        with pytest.raises(Rejected, match="the layers do not come in pairs"):
            require_pairs(known)


def test_inputs_of_unknown_sign_need_a_split():
    ball = {"kind": "ball", "radius": "1", "nonnegative": False}
    with pytest.raises(Rejected, match="layer 1: takes the ReLU of inputs of unknown sign"):
        require_pairs(header([2, 5, 2], domain=ball))
    assert require_pairs(header([2, 5, 2], split=True, domain=ball))


def test_blocks_are_numbered_below_2_to_the_62():
    assert require_pairs(header([1, 2**31, 2**33 - 4])) is False
    assert require_pairs(header([2**31, 2**33 - 4, 1])) is False
    with pytest.raises(Rejected, match="layer 2: more weights than the checker can number"):
        require_pairs(header([1, 2**31, 2**33 - 3]))
    with pytest.raises(Rejected, match="layer 1: more weights than the checker can number"):
        require_pairs(header([2**31, 2**33, 1]))


def test_a_wire_reads_one_input():
    neurons, order = wires(edges([(0, 4), (1, 2), (1, 7)]), 3)
    assert (neurons.tolist(), order.tolist()) == ([2, 4, 7], [1, 0, 2])
    with pytest.raises(Rejected, match="layer 3: neuron 4 reads more than one input"):
        wires(edges([(0, 4), (1, 2), (1, 4)]), 3)


def unit_file(width: int, units: list[int]) -> SimpleNamespace:
    """What `owners` asks of a ticket of two target layers."""
    known = SimpleNamespace(widths=(1, 1, width, 1, 2), layers=2)
    return SimpleNamespace(header=known, units=lambda i, width: np.array(units))


def test_every_neuron_has_its_unit():
    assert owners(unit_file(5, [3, 0]), 1).tolist() == [1, -1, -1, 0, -1]
    assert owners(unit_file(5, []), 2).tolist() == [0, 1]  # outputs
    with pytest.raises(Rejected, match="units_1: two units are the same neuron"):
        owners(unit_file(5, [3, 0, 3]), 1)
    assert len(owners(unit_file(32 + (1 << 24), [3, 0]), 1)) == 32 + (1 << 24)
    with pytest.raises(Rejected, match=f"layer 2: {33 + (1 << 24)} neurons for 2 units"):
        owners(unit_file(33 + (1 << 24), [3, 0]), 1)


# -- effective weights -------------------------------------------------------------------------


def layer_file(known, first, second, outputs: int, inputs: int) -> SimpleNamespace:
    """What `effective` asks of a ticket of one target layer."""
    kept = {1: edges(first), 2: edges(second)}
    return SimpleNamespace(
        header=known, targets=[np.zeros((outputs, inputs))], edges=lambda t: kept[t]
    )


def by_hand(known, first, second, outputs: int, columns: int, inputs: int, split: bool):
    """Σ |a|·b over the paths, in rationals."""
    a = dict(zip(first, edge_weights(known, 1, edges(first)).tolist(), strict=True))
    b = dict(zip(second, edge_weights(known, 2, edges(second)).tolist(), strict=True))
    found = [[Fraction(0)] * columns for _ in range(outputs)]
    for (j, r), one in a.items():
        for (q, o), other in b.items():
            if q == r and (split or one > 0):
                place = j + inputs * (split and one < 0)
                found[o][place] += abs(Fraction(one)) * Fraction(other)
    return found


FIRST = [(0, 1), (0, 2), (0, 5), (1, 0), (1, 3), (1, 6)]
SECOND = [(0, 0), (0, 1), (1, 0), (2, 1), (3, 0), (4, 0), (5, 1), (6, 0), (6, 1)]  # 4 reads nothing


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("split", [False, True])
def test_what_a_pair_computes_is_the_sum_over_its_paths(seed, split):
    known = header([2, 7, 2], split=split, seed=seed)
    ticket = layer_file(known, FIRST, SECOND, 2, 2)
    found = effective(ticket, 1, np.arange(2), np.arange(2), split)
    wanted = by_hand(known, FIRST, SECOND, 2, 4 if split else 2, 2, split)
    assert found.matrix.tolist() == [[float(v) for v in row] for row in wanted]
    assert found.error == 0


def test_halves_that_are_exactly_opposite_are_one_linear_map():
    """Weights that differ in sign alone; seeds are tried until there are some."""
    linear = 0
    for seed in range(400):
        known = header([1, 2, 1], split=True, seed=seed, distribution={"kind": "grid", "bits": 0})
        ticket = layer_file(known, [(0, 0), (0, 1)], [(0, 0), (1, 0)], 1, 1)
        found = effective(ticket, 1, np.arange(1), np.arange(1), True)
        wanted = by_hand(known, [(0, 0), (0, 1)], [(0, 0), (1, 0)], 1, 2, 1, True)[0]
        assert (found.matrix.shape == (1, 1)) == (wanted[0] == -wanted[1])
        assert found.matrix[0, 0] == wanted[0]
        linear += wanted[0] == -wanted[1] != 0
    assert linear > 5


def test_neurons_that_are_no_units_are_not_read_and_not_filled():
    known = header([3, 4, 3, 2, 1], [2])
    first, second = [(0, 1), (2, 3)], [(1, 0), (1, 1), (3, 2)]
    ticket = layer_file(known, first, second, 1, 2)
    owner = np.array([-1, 0, -1])  # only neuron 1 is a unit
    before = np.array([1, -1, 0])
    found = effective(ticket, 1, before, owner, False)
    a = np.maximum(edge_weights(known, 1, edges(first)), 0)
    b = edge_weights(known, 2, edges(second))
    assert found.matrix.tolist() == [[0.0, float(a[0] * b[1])]]
    with pytest.raises(Rejected, match="layer 1: reads neuron 2, which is no unit"):
        effective(ticket, 1, np.array([1, 0, -1]), owner, False)
    for unread, neuron in (([-1, 1, 0], 0), ([-1, 1, -1], 0), ([0, 1, -1], 2)):
        with pytest.raises(Rejected, match=f"layer 1: reads neuron {neuron}, which is no unit"):
            effective(ticket, 1, np.array(unread), owner, False)


def test_a_fault_of_a_pair_names_its_layer():
    known = header([2, 4, 2, 4, 2], [2])
    kept = {t: edges([(0, 0), (1, 0)]) for t in range(1, 5)}
    ticket = SimpleNamespace(header=known, targets=[np.eye(2)] * 2, edges=lambda t: kept[t])
    for i in (1, 2):
        with pytest.raises(Rejected, match=f"layer {2 * i - 1}: neuron 0 reads more than one"):
            effective(ticket, i, np.arange(2), np.arange(2), False)
        with pytest.raises(Rejected, match=f"layer {2 * i - 1}: reads neuron 1, which is no unit"):
            effective(ticket, i, np.array([0, -1]), np.arange(2), False)


def test_a_pair_without_edges_computes_nothing():
    for split in (False, True):
        ticket = layer_file(header([2, 7, 2], split=split), [], SECOND, 2, 2)
        found = effective(ticket, 1, np.arange(2), np.arange(2), split)
        assert not found.matrix.any()
        assert found.error == 0


# -- rounding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("q", [0, 3, 26, 30])
def test_sums_on_the_grid_are_exact_below_2_to_the_53_units(q):
    """As far as the float64 sum, raised by 2^−40, says so."""
    known = header([1, 1, 1], distribution={"kind": "grid", "bits": q})
    most = 2.0 ** (53 - 2 * q)
    assert rounding(np.array([[most / 2, most * (1 - 2.0**-40)]]), 7, known) == 0
    for total in (most, most * (1 - 2.0**-41)):
        over = np.array([[most / 2, total]])
        assert rounding(over, 7, known) == Fraction(28 * 2.0**-53 * frobenius(over))
    assert rounding(np.array([[most / 2]]), 7, known) == 0
    assert rounding(np.zeros((1, 0)), 1, known) == 0


def test_other_sums_are_off_by_four_units_per_term_and_size():
    known = header([1, 1, 1], distribution={"kind": "uniform"})
    total = np.array([[0.5, 0.25]])
    assert rounding(total, 3, known) == Fraction(12 * 2.0**-53 * frobenius(total))


def test_the_terms_of_the_longest_sum_count():
    known = header([2, 7, 2], distribution={"kind": "uniform"}, split=True)
    ticket = layer_file(known, FIRST, SECOND, 2, 2)
    found = effective(ticket, 1, np.arange(2), np.arange(2), True)
    a = np.abs(edge_weights(known, 1, edges(FIRST)))
    size = dict(zip((r for _, r in FIRST), a.tolist(), strict=True))
    signs = dict(zip(FIRST, edge_weights(known, 1, edges(FIRST)).tolist(), strict=True))
    total, terms = np.zeros((2, 4)), np.zeros((2, 4), dtype=int)
    for (r, o), b in zip(SECOND, edge_weights(known, 2, edges(SECOND)).tolist(), strict=True):
        for j, q in FIRST:
            if q == r:
                place = j + 2 * (signs[j, q] < 0)
                total[o, place] += size[r] * abs(b)
                terms[o, place] += 1
    wanted = 4.0 * terms.max() * 2.0**-53 * float(np.linalg.norm(total))
    assert float(found.error) == pytest.approx(wanted, rel=1e-9)


def test_halves_that_only_look_opposite_stay_apart(monkeypatch):
    """Their sums are rounded, so what they compute need not be linear."""
    weights = {1: np.array([0.3, -0.3]), 2: np.array([0.7, -0.7])}
    monkeypatch.setattr(real_weights, "edge_weights", lambda known, t, kept: weights[t])
    known = header([1, 2, 1], split=True, distribution={"kind": "uniform"})
    ticket = layer_file(known, [(0, 0), (0, 1)], [(0, 0), (1, 0)], 1, 1)
    found = effective(ticket, 1, np.arange(1), np.arange(1), True)
    assert found.error > 0
    assert found.matrix.tolist() == [[0.3 * 0.7, 0.3 * -0.7]]


def test_sums_of_different_lengths():
    """Two wires of one input, one of another."""
    known = header([2, 3, 1], distribution={"kind": "uniform"})
    first, second = [(0, 0), (0, 1), (1, 2)], [(0, 0), (1, 0), (2, 0)]
    a = np.maximum(edge_weights(known, 1, edges(first)), 0)
    b = edge_weights(known, 2, edges(second))
    found = effective(layer_file(known, first, second, 1, 2), 1, np.arange(2), np.arange(1), False)
    size = a * np.abs(b)
    total = np.array([[size[0] + size[1], size[2]]])
    assert found.error == Fraction(4.0 * 2 * 2.0**-53 * frobenius(total))


@pytest.mark.parametrize("wired", [[(0, 0), (1, 2)], [(0, 2)]])
def test_neurons_above_the_last_that_reads_an_input_are_zero(wired):
    known = header([2, 9, 1])
    second = [(2, 0), (7, 0), (8, 0)]
    found = effective(layer_file(known, wired, second, 1, 2), 1, np.arange(2), np.arange(1), False)
    assert found.matrix.tolist() == [
        [float(v) for v in by_hand(known, wired, second, 1, 2, 2, False)[0]]
    ]


def test_a_difference_adds_a_unit_of_itself_and_what_the_sums_lost():
    w, p = np.array([[0.75, -0.5]]), 2
    found = Effective(np.array([[2.5, -2.0]]), Fraction(1, 7))
    size = norm_float(np.array([[0.5, 0.0]]))
    wanted = (size + size * 2 * 2 * U + Fraction(1, 7)) / 4  # 2 entries: ⌊√2⌋ + 1 = 2
    assert norm_from_target(w, p, found) == wanted
    exact = Effective(np.array([[3.0, -2.0]]), Fraction(0))
    assert norm_from_target(w, p, exact) == 0


def test_both_halves_of_a_split_are_compared():
    w, p = np.array([[0.75]]), 2
    found = Effective(np.array([[3.0, -2.5]]), Fraction(0))
    size = norm_float(np.array([[0.0, -0.5]]))
    assert norm_from_target(w, p, found) == (size + size * 2 * 2 * U) / 4
    assert norm_from_target(w, p, Effective(np.array([[3.0, -3.0]]), Fraction(0))) == 0


def test_what_underflows_is_added():
    w = np.array([[1.5 * 2.0**-10, 2.0**-3]])
    found = Effective(np.array([[0.0, 2.0**-1073]]), Fraction(0))
    assert norm_from_target(w, -1070, found) == Fraction(2, 2**1074) * Fraction(2) ** 1070
    alone = Effective(np.array([[0.0, 2.0**-1073, 0.0, -(2.0**-1073)]]), Fraction(0))
    assert norm_from_target(w, -1070, alone) == Fraction(3, 2**1074) * Fraction(2) ** 1070


def test_what_overflows_is_refused():
    w = np.array([[2.0**1000, 1.0]])
    with pytest.raises(Rejected, match=r"a target weight times 2.24 is beyond the range"):
        norm_from_target(w, 24, Effective(np.zeros((1, 2)), Fraction(0)))
    assert norm_from_target(w, 23, Effective(np.zeros((1, 2)), Fraction(0))) > 0


def test_the_bound_is_the_sum_over_the_pairs_and_progress_is_told():
    """R·(v_2·e_1 + e_2·w_1), each from its own pair of layers."""
    known = header([2, 7, 5, 6, 3], [2], scale_log2=3, layer_scale_log2=[1, 2],
        distribution={"kind": "uniform"},
        domain={"kind": "ball", "radius": "3", "nonnegative": True})  # fmt: skip
    kept = {
        1: edges([(0, 1), (1, 2), (0, 3)]), 2: edges([(1, 4), (2, 0), (3, 2)]),
        3: edges([(4, 0), (2, 1), (0, 5)]), 4: edges([(0, 0), (1, 1), (5, 2), (1, 0)]),
    }  # fmt: skip
    rng = np.random.default_rng(5)
    targets = [rng.uniform(-1, 1, (2, 2)), rng.uniform(-1, 1, (3, 2))]
    kept[3] = edges([(4, 0), (0, 5)])
    ticket = SimpleNamespace(
        header=known,
        targets=targets,
        edges=lambda t: kept[t],
        units=lambda i, width: np.array([4, 0]),
    )
    told = []
    found = bound_real(ticket, lambda *what: told.append(what))
    assert told == [
        (0, 2, "target layer 1 of 2"), (1, 2, "target layer 2 of 2"), (2, 2, "bound computed")
    ]  # fmt: skip
    owner = np.array([1, -1, -1, -1, 0])
    one = effective(ticket, 1, np.arange(2), owner, False)
    two = effective(ticket, 2, owner, np.arange(3), False)
    parts = [
        (norm_float(targets[0]), Fraction(0), norm_from_target(targets[0], 1, one)),
        (
            Fraction(0),
            (norm_float(two.matrix) + two.error) / 4,
            norm_from_target(targets[1], 2, two),
        ),
    ]
    assert found == propagated(parts, square_root(Fraction(9)))[1]
    assert math.isfinite(found)


def test_only_the_first_pair_reads_a_split_and_all_inputs_are_read():
    known = header([6, 4, 2, 3, 1], [2], split=True)
    kept = {
        1: edges([(0, 0), (5, 1), (5, 2), (0, 3)]), 2: edges([(0, 0), (1, 1), (2, 1), (3, 0)]),
        3: edges([(0, 0), (1, 1), (0, 2)]), 4: edges([(0, 0), (1, 0), (2, 0)]),
    }  # fmt: skip
    rng = np.random.default_rng(6)
    targets = [rng.uniform(-1, 1, (2, 6)), rng.uniform(-1, 1, (1, 2))]
    ticket = SimpleNamespace(
        header=known, targets=targets, edges=lambda t: kept[t], units=lambda i, width: np.arange(2)
    )
    one = effective(ticket, 1, np.arange(6), np.arange(2), True)
    two = effective(ticket, 2, np.arange(2), np.arange(1), False)
    assert (one.matrix.shape, two.matrix.shape) == ((2, 12), (1, 2))
    parts = [
        (norm_float(targets[0]), Fraction(0), norm_from_target(targets[0], 0, one)),
        (Fraction(0), norm_float(two.matrix), norm_from_target(targets[1], 0, two)),
    ]
    assert bound_real(ticket) == propagated(parts, Fraction(1))[1]
