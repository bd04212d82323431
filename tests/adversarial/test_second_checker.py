"""The kernel against a second checker written from FORMAT.md alone: the same verdict on every file.

Both read the same bytes: honest tickets, tickets with one edit, and small tickets made by chance.
They must give the same verdict and extract the same integers; their bounds may differ as far as
FORMAT.md lets norms differ. Behind both stands the definition itself: the pruned network, evaluated
edge by edge at rational points, is the function that was extracted, as near to the target as said.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from constructions import Box, InputError, NoTicket, TargetNetwork, construction, plan_for
from proofs.kernel import Certificate, check
from tests.adversarial import second_checker as second
from tests.adversarial.edits import as_first, by_chance, edited, pack, points, unpack
from tests.adversarial.second_reader import Matrix, Ticket
from tests.strategies import eps, seeds, targets

NAMES = ("grouped", "horner", "sign-agnostic", "blocks")
REAL = ("malach", "orseau", "pensia", "kumar-natale")


def evaluate(ticket: Ticket, x: Sequence[Fraction]) -> list[Fraction]:
    """The pruned network at x, edge by edge, as section 1 defines it."""
    values, layers = dict(enumerate(x)), len(ticket.widths) - 1
    for t in range(1, layers + 1):
        z: dict[int, Fraction] = {}
        for c, r, weight in second.weights_of(ticket, t):
            z[r] = z.get(r, Fraction(0)) + weight * values.get(c, Fraction(0))
        values = z if t == layers else {r: max(v, Fraction(0)) for r, v in z.items()}
    scale = Fraction(2) ** sum(ticket.shifts)
    return [values.get(o, Fraction(0)) / scale for o in range(ticket.widths[-1])]


def compute(layers: Sequence[Matrix], x: Sequence[Fraction]) -> list[Fraction]:
    """A ReLU network of rational matrices at x."""
    h = list(x)
    for i, W in enumerate(layers):
        h = [max(v, Fraction(0)) for v in h] if i else h
        h = [sum((w * v for w, v in zip(row, h, strict=True)), Fraction(0)) for row in W]
    return h


def extracted(ticket: Ticket, matrices: list, x: Sequence[Fraction]) -> list[Fraction]:
    """The function that the second checker says the ticket is, at x."""
    if not ticket.real:
        return compute(
            [second.scaled(*pair) for pair in zip(matrices, ticket.shifts, strict=True)], x
        )
    layers = [second.scaled(plus, p) for (plus, _), p in zip(matrices, ticket.shifts, strict=True)]
    if ticket.kinds.get(1) == "split":  # the first layer reads (x⁺; x⁻)
        minus = second.scaled(matrices[0][1], ticket.shifts[0])
        layers[0] = [a + b for a, b in zip(layers[0], minus, strict=True)]
        x = [max(v, Fraction(0)) for v in (*x, *(-v for v in x))]
    return compute(layers, x)


def agree(data: bytes) -> second.Verdict:
    """The verdict on a file that both give, after comparing all that both say."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ticket.npz")
        path.write_bytes(data)
        kernel = check(path)
    mine = second.check(data)
    said = f"kernel: {kernel.verdict} {kernel.reasons}; second: {mine.kind} {mine.reason}"
    if mine.ticket is None or mine.bound is None:
        assert kernel.verdict == mine.kind, said
    elif kernel.bound is None:  # what costs too much is refused
        assert kernel.verdict == "rejected", said
        assert beyond_limits(mine.ticket, mine), said
    elif abs(mine.bound - mine.ticket.epsilon) > mine.ticket.epsilon / 2**8:
        assert kernel.verdict == mine.kind, said
    else:  # too near for two bounds to decide alike, but each must decide by its own
        assert kernel.accepted == (Fraction(kernel.bound) <= mine.ticket.epsilon), said
    if mine.ticket is not None:
        compare(kernel, mine, mine.ticket)
    return mine


def beyond_limits(ticket: Ticket, mine: second.Verdict) -> bool:
    """Whether one of the limits that FORMAT.md lists and small files can reach is exceeded."""
    if mine.bound is not None and mine.bound > 2**1023:
        return True
    if not ticket.real:
        return any(abs(v) >= 2**1023 for V in mine.matrices or [] for row in V for v in row)
    sizes = [len(W) for W in ticket.target]
    return (
        any(n > 16 * d + 2**24 for n, d in zip(ticket.widths[2::2], sizes, strict=True))
        or any(a * -(-b // 4) >= 2**62 for a, b in pairwise(ticket.widths))
        or any(
            abs(w) * Fraction(2) ** p >= 2**1023
            for W, p in zip(ticket.target, ticket.shifts, strict=True)
            for row in W
            for w in row
        )
    )


def compare(kernel: Certificate, mine: second.Verdict, ticket: Ticket) -> None:
    assert kernel.target_sha256 == ticket.digest
    assert (kernel.kept_weights, kernel.random_weights) == (ticket.kept, ticket.random_weights)
    assert list(kernel.layer_scale_log2) == ticket.shifts
    assert (kernel.seed, kernel.epsilon) == (ticket.seed, ticket.epsilon)
    if mine.bound is None or mine.matrices is None or kernel.bound is None:
        return
    if not ticket.real:
        assert [m.tolist() for m in kernel.matrices] == mine.matrices
    # The second checker's norms are within 2^-25; the kernel's should be within 2^-11 each, and
    # with real weights it adds what its rounding may have changed, though by less than 10^-100.
    assert Fraction(kernel.bound) >= mine.bound * (1 - Fraction(1, 2**20))
    assert Fraction(kernel.bound) <= mine.bound * (1 + Fraction(1, 2**8)) + Fraction(1, 10**100)
    # The oracle: extraction says what the pruned network computes, and as all is homogeneous, the
    # error at x is at most bound/R·‖x‖, in the domain or not.
    rng = np.random.default_rng(ticket.kept)
    for _ in range(2):
        x = points(rng, ticket.widths[0], ticket.nonnegative, bool(kernel.homogenized))
        value = evaluate(ticket, x)
        assert value == extracted(ticket, mine.matrices, x)
        error = sum((a - b) ** 2 for a, b in zip(value, compute(ticket.target, x), strict=True))
        squares = sum(v * v for v in x) * Fraction(kernel.bound) ** 2
        assert ticket.radius_squared * error <= squares


def saved(ticket) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        ticket.save(Path(folder, "ticket.npz"))
        return Path(folder, "ticket.npz").read_bytes()


def made(target: TargetNetwork, name: str, accuracy, seed: int) -> bytes:
    """The file of an honest ticket by one of our constructions or the peers'."""
    plan = plan_for(target, accuracy, "1e-9" if name in NAMES else "1e-3", name)
    return saved(construction(name).prune(target, plan, plan.draw(seed)))


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
