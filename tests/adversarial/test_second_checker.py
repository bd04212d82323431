"""The kernel against a second checker written from FORMAT.md alone: the same verdict on every file.

Both read the same bytes: honest tickets, tickets with one edit, and small tickets made by chance.
They must give the same verdict and extract the same integers; their bounds may differ as far as
FORMAT.md lets norms differ.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from constructions import Box, InputError, NoTicket, TargetNetwork
from proofs.kernel import check
from tests.adversarial import second_checker as second
from tests.adversarial.agreement import NAMES, REAL, agree, made
from tests.adversarial.edits import as_first, by_chance, edited, pack, unpack
from tests.strategies import eps, seeds, targets


def many(times: float) -> settings:
    """More or fewer examples than the profile's."""
    return settings(max_examples=int(settings.default.max_examples * times))


# -- the tests ---------------------------------------------------------------------------------


def test_signs_are_the_known_answers_of_the_format():
    signs = "".join("-+"[second.sign(2026, 7, 1000, r, 300) > 0] for r in range(300))
    assert signs[:64] == "++++-++-+--++++++-+--+++--+--++-++--++++++-+--+---+--++---++----"
    assert 2 * signs.count("+") - 300 == 18
    grid = [float(second.weight("grid", 4, 2026, 1, 3, r, 6)) for r in range(6)]
    assert grid == [-0.5625, -0.3125, -0.75, 0.4375, -0.375, -0.5625]
    hyperbolic = [float(second.weight("hyperbolic", 12, 2026, 2, 2, r, 7)) for r in range(2)]
    assert [w.hex() for w in hyperbolic] == ["0x1.2f3ffe7c4fd1fp-2", "0x1.4bc33662e0b47p-11"]
    uniform = float(second.weight("uniform", 0, 1, 1, 0, 5, 6))
    assert uniform.hex() == "-0x1.b67ef44bc06abp-1"


@given(targets(max_dim=3), st.sampled_from(NAMES), eps("1e-2"), seeds())
@many(0.3)
def test_both_checkers_accept_honest_tickets(target, name, accuracy, seed):
    """All our constructions, all domains, with and without biases, one to three layers."""
    assert agree(made(target, name, accuracy, seed)).kind == "accepted"


@pytest.mark.parametrize("name", ["horner", "sign-agnostic"])
def test_integers_beyond_64_bits(name):
    mine = agree(made(TargetNetwork.from_layers([[[0.7]]]), name, "1e-22", 3))
    assert mine.kind == "accepted"
    assert mine.matrices is not None
    assert abs(mine.matrices[0][0][0]) > 2**64


def test_both_checkers_agree_on_honest_tickets_of_real_weights():
    found = 0

    @given(targets(max_dim=2, max_depth=2), st.sampled_from(REAL), eps("0.1"), seeds())
    @many(0.3)
    def run(target, name, accuracy, seed):
        nonlocal found
        try:
            data = made(target, name, accuracy, seed)
        except (NoTicket, InputError):  # a draw that fails, or a network too large to search
            return
        assert agree(data).kind == "accepted"
        found += 1

    run()
    assert found > 0


@pytest.fixture(scope="module")
def originals():
    plain = TargetNetwork.from_layers([[[0.5, -0.25]]])
    deep = TargetNetwork.from_layers(
        [[[0.5, -0.25], [0.3, 0.1]], [[1, -0.6]]], [[0.1, 0.2], [0.3]], Box.uniform("0.5", "2", 2)
    )
    which = [(plain, name) for name in NAMES + REAL] + [(deep, "blocks"), (deep, "pensia")]
    files = [unpack(made(target, name, "0.3", 5)) for target, name in which]
    return [as_first(file) if k % 2 else file for k, file in enumerate(files)]


def verdicts(strategy: st.SearchStrategy[bytes], times: float) -> Counter[str]:
    """Both checkers agree on the files of a strategy; how often they gave each verdict."""
    counts: Counter[str] = Counter()

    @settings(many(times), phases=[Phase.explicit, Phase.generate])  # files say enough unshrunk
    @given(strategy)
    def run(data: bytes) -> None:
        counts[agree(data).kind] += 1

    run()
    return counts


def test_both_checkers_agree_on_tickets_with_one_edit(originals):
    counts = verdicts(edited(originals), 5)
    assert min(counts[kind] for kind in ("accepted", "rejected", "malformed")) > 20, counts


@pytest.mark.parametrize("real", [False, True])
def test_both_checkers_agree_on_tickets_made_by_chance(real):
    counts = verdicts(by_chance(real), 3)
    assert counts["malformed"] == 0
    assert min(counts["accepted"], counts["rejected"]) > 20, counts


@pytest.mark.parametrize(("p", "epsilon"), [(4000, "1e9"), (-4000, "1e1200")])
def test_only_the_kernel_has_limits(p, epsilon, tmp_path):
    """A layer without edges: column 0 of V_2 is free, the integer 2^4000; or of norm 2^4000."""
    none, zero = np.array([], dtype=np.int64), np.array([0])
    edges = [{f"sources_{t}": none, f"indptr_{t}": zero, f"indices_{t}": none} for t in (1, 2)]
    header = {
        "format": "pmone-ticket", "version": 1, "construction": "empty", "seed": 1,
        "widths": [1, 1, 1], "layer_scale_log2": [0, p], "scale_log2": p, "epsilon": epsilon,
        "delta": "0", "homogenized": False, "generations": [{"layer": 1, "kind": "unit"}],
        "domain": {"kind": "ball", "radius": "1" if p > 0 else "1e600", "nonnegative": True},
    }  # fmt: skip
    W = np.array([[1.0]])
    arrays = {"target_1": W, "target_2": W, "units_1": zero, **edges[0], **edges[1]}
    data = pack((header, arrays))
    assert agree(data).kind == "accepted"
    Path(tmp_path, "ticket.npz").write_bytes(data)
    assert check(Path(tmp_path, "ticket.npz")).verdict == "rejected"


def forgets_what_is_shared(ticket, i, rows, names):
    last = {a: o for o, a in enumerate(names) if a is not None}
    owned = {o: a for a, o in last.items()}
    free = [[second.rounded(ticket, i, o, j) for j in range(len(names))] for o in range(len(rows))]
    return [
        [row.get(owned[j], 0) if j in owned else free[o][j] for j in range(len(names))]
        for o, row in enumerate(rows)
    ]


def reads_any_row(row, split, index, where):
    result: dict[int, int] = {}
    for atom, coefficient in row.items() if split is not None else ():
        second.add(result, split[atom], coefficient)
    return row if split is None else result


MISREADINGS = {
    "rule 2: any row over a split is linear": ("linear", reads_any_row),
    "rule 6: free columns are zero": ("rounded", lambda ticket, i, o, j: 0),
    "rule 6: units of one atom share nothing": ("matrix", forgets_what_is_shared),
    "section 7: the domain has radius 1": ("root", lambda square: Fraction(1)),
    "section 2: bits are counted from the other end": (
        "sign",
        lambda seed, t, c, r, width: SIGN(seed, t, c, r ^ 63, width),
    ),
}
SIGN = second.sign


@pytest.mark.parametrize("misreading", MISREADINGS)
def test_a_misread_rule_is_noticed(misreading, monkeypatch):
    """Planted in the second checker, for tickets by chance to find."""
    name, wrong = MISREADINGS[misreading]
    monkeypatch.setattr(second, name, wrong)
    with pytest.raises(AssertionError):
        verdicts(by_chance(), 16)  # ends at the first that it finds


@pytest.mark.slow
def test_both_checkers_agree_on_many_more_tickets(originals):
    verdicts(edited(originals), 12)
    verdicts(by_chance(), 12)
    verdicts(by_chance(real=True), 12)
