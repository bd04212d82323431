"""Tampered tickets: never accepted unless the altered network really is within epsilon.

Each tampering starts from an honest ticket of every producer. Whatever the kernel still accepts
is held against the altered file itself, read by NumPy, signed by NumPy's generator, evaluated in
exact rationals.
"""

import copy
import json
from fractions import Fraction

import numpy as np
import pytest

from proofs.kernel import check
from tests.proofs.kernel import reference
from tests.proofs.kernel.forge import Forged, load, save_arrays

Rng = np.random.Generator


def is_within_epsilon(ticket: Forged, rng: Rng) -> bool:
    """Exactly, at corners and random rational points of the altered ticket's own domain."""
    domain, epsilon = ticket.header["domain"], Fraction(ticket.header["epsilon"])
    targets = [[[Fraction(a) for a in row] for row in w.tolist()] for w in ticket.targets]
    size = ticket.header["widths"][0]
    for k in range(12):
        x = [Fraction(int(a), 7) for a in rng.integers(-7, 8, size)]
        if k < 4 * size:
            x = [Fraction(0)] * size
            x[k % size] = Fraction(1 if k < 2 * size else -1)
        norm = sum(abs(a) for a in x) or Fraction(1)
        x = [a / norm * Fraction(domain["radius"]) for a in x]
        if domain["nonnegative"]:
            x = [abs(a) for a in x]
        actual = reference.run_pruned(ticket, x)
        wanted = reference.run_integers(targets, 0, x)
        if sum((a - b) ** 2 for a, b in zip(actual, wanted, strict=True)) > epsilon**2:
            return False
    return True


def judge(ticket: Forged, path, rng: Rng, arrays=None) -> str:
    """The verdict on the altered ticket, after making sure that it is right to give it."""
    certificate = check(save_arrays(arrays or ticket.arrays(), path))
    assert "checker itself failed" not in "".join(certificate.reasons)
    assert certificate.accepted == (certificate.reasons == ())
    if certificate.accepted:
        assert is_within_epsilon(load(path), rng)
    return certificate.verdict


def test_the_honest_ticket_is_accepted(honest, tmp_path):
    ticket = load(honest)
    assert check(honest).accepted
    assert judge(ticket, tmp_path / "t.npz", np.random.default_rng(0)) == "accepted"


def test_the_oracle_sees_a_wrong_ticket(honest):
    """Planted: the outputs are exchanged."""
    ticket = load(honest)
    assert is_within_epsilon(ticket, np.random.default_rng(0))
    ticket.targets[-1] = ticket.targets[-1][::-1].copy()
    assert not is_within_epsilon(ticket, np.random.default_rng(0))


def drop_edges(ticket: Forged, rng: Rng) -> None:
    layer = ticket.edges[rng.integers(len(ticket.edges))]
    every = sorted(layer)
    for k in rng.choice(len(every), min(len(every), int(rng.integers(1, 4))), replace=False):
        layer.remove(every[k])


def drop_a_neuron(ticket: Forged, rng: Rng) -> None:
    t = int(rng.integers(len(ticket.edges)))
    source = sorted(ticket.edges[t])[rng.integers(len(ticket.edges[t]))][0]
    ticket.edges[t] = {e for e in ticket.edges[t] if e[0] != source}


def drop_a_layer(ticket: Forged, rng: Rng) -> None:
    ticket.edges[rng.integers(len(ticket.edges))] = set()


def add_edges(ticket: Forged, rng: Rng) -> None:
    t = int(rng.integers(len(ticket.edges)))
    widths = ticket.header["widths"]
    live = sorted({c for c, _ in ticket.edges[t]})
    for _ in range(int(rng.integers(1, 4))):
        source = live[rng.integers(len(live))]
        used = sorted({r for _, r in ticket.edges[t]})
        target = (
            used[rng.integers(len(used))] if rng.random() < 0.7 else rng.integers(widths[t + 1])
        )
        ticket.edges[t].add((source, int(target)))


def move_an_edge(ticket: Forged, rng: Rng) -> None:
    t = int(rng.integers(len(ticket.edges)))
    every = sorted(ticket.edges[t])
    c, r = every[rng.integers(len(every))]
    ticket.edges[t].remove((c, r))
    if rng.random() < 0.5:
        ticket.edges[t].add((every[rng.integers(len(every))][0], r))
    else:
        ticket.edges[t].add((c, every[rng.integers(len(every))][1]))


def swap_layers(ticket: Forged, rng: Rng) -> None:
    t = int(rng.integers(1, len(ticket.edges) - 2))
    ticket.edges[t], ticket.edges[t + 1] = ticket.edges[t + 1], ticket.edges[t]


def other_seed(ticket: Forged, rng: Rng) -> None:
    ticket.header["seed"] = int(rng.integers(0, 2**53))


def other_width(ticket: Forged, rng: Rng) -> None:
    """Where a source's blocks begin depends on the width: other signs."""
    t = int(rng.integers(1, len(ticket.header["widths"]) - 1))
    ticket.header["widths"][t] += int(rng.choice([1, 256, 10**6]))


def other_scale(ticket: Forged, rng: Rng) -> None:
    i, step = int(rng.integers(len(ticket.targets))), int(rng.choice([-2, -1, 1, 2]))
    ticket.header["layer_scale_log2"][i] += step
    ticket.header["scale_log2"] += step


def shift_scale_between_layers(ticket: Forged, rng: Rng) -> None:
    """The function stays the same; the certificate must still be right."""
    step = int(rng.choice([-3, -1, 1, 3]))
    ticket.header["layer_scale_log2"][0] += step
    ticket.header["layer_scale_log2"][1] -= step


def other_units(ticket: Forged, rng: Rng) -> None:
    units = ticket.units[0]
    if rng.random() < 0.5:
        ticket.units[0] = rng.permutation(units)
    else:
        units[rng.integers(len(units))] = rng.integers(0, 60)


def other_generations(ticket: Forged, rng: Rng) -> None:
    generations = ticket.header["generations"]
    item = generations[rng.integers(len(generations))]
    what = rng.integers(4)
    if what == 0:
        item["layer"] += int(rng.choice([-1, 1]))
    elif what == 1:
        item["kind"] = "split" if item["kind"] == "unit" else "unit"
    elif what == 2:
        generations.remove(item)
    else:
        layer = int(rng.integers(1, len(ticket.edges)))
        generations.append({"layer": layer, "kind": "split"})
        generations.sort(key=lambda g: g["layer"])


def other_target(ticket: Forged, rng: Rng) -> None:
    w = ticket.targets[rng.integers(len(ticket.targets))]
    w[rng.integers(w.shape[0]), rng.integers(w.shape[1])] += rng.choice([-1, 1]) * rng.choice(
        [0.25, 1, 1e9]
    )


def smaller_epsilon(ticket: Forged, rng: Rng) -> None:
    ticket.header["epsilon"] = str(rng.choice(["0", "1e-9", "0.001"]))


def larger_domain(ticket: Forged, rng: Rng) -> None:
    ticket.header["domain"]["radius"] = str(rng.choice(["100", "1e30", "1e300"]))


def claim_nonnegative(ticket: Forged, rng: Rng) -> None:
    """A smaller domain: still true; but the split that it does without must not be forgotten."""
    ticket.header["domain"]["nonnegative"] = True
    if rng.random() < 0.5:
        ticket.header["generations"] = ticket.header["generations"][1:]


# Those that must be refused at least once in the tries, and those that may always be harmless.
TAMPERINGS = [
    drop_edges, drop_a_neuron, drop_a_layer, add_edges, move_an_edge, swap_layers, other_seed,
    other_width, other_scale, other_units, other_generations, other_target, smaller_epsilon,
    larger_domain,
]  # fmt: skip
HARMLESS = [shift_scale_between_layers, claim_nonnegative]
TRIES = 10


@pytest.mark.parametrize("tampering", [*TAMPERINGS, *HARMLESS], ids=lambda f: f.__name__)
def test_a_tampered_ticket_is_accepted_only_if_what_it_says_is_true(honest, tmp_path, tampering):
    ticket = load(honest)
    verdicts = []
    for number in range(TRIES):
        rng = np.random.default_rng([number, len(ticket.edges)])
        altered = copy.deepcopy(ticket)
        tampering(altered, rng)
        verdicts.append(judge(altered, tmp_path / "t.npz", rng))
    if tampering in TAMPERINGS:
        assert set(verdicts) != {"accepted"}


def test_arrays_of_another_ticket(honest, tmp_path):
    """Each array in turn replaced by that of a neighbouring layer."""
    ticket = load(honest)
    arrays = ticket.arrays()
    rng = np.random.default_rng(1)
    for name in arrays:
        stem, _, number = name.rpartition("_")
        other = f"{stem}_{int(number) + 1}" if number.isdigit() else ""
        if other in arrays:
            judge(ticket, tmp_path / "t.npz", rng, {**arrays, name: arrays[other]})


def test_random_words_in_arrays(honest, tmp_path):
    """Single entries of arrays replaced by hostile numbers."""
    ticket = load(honest)
    arrays = ticket.arrays()
    names = [n for n in arrays if n != "header" and arrays[n].size]
    values = [0, 1, -1, 2**31 - 1, -(2**31), 255, 256, 2**20]
    verdicts = set()
    for number in range(60):
        rng = np.random.default_rng([7, number])
        name = names[rng.integers(len(names))]
        changed = arrays[name].copy()
        changed.reshape(-1)[rng.integers(changed.size)] = values[rng.integers(len(values))]
        verdicts.add(judge(ticket, tmp_path / "t.npz", rng, {**arrays, name: changed}))
    assert "malformed" in verdicts


def test_random_edits_of_the_header(honest, tmp_path):
    """One character of the JSON text replaced, removed or doubled."""
    ticket = load(honest)
    arrays = ticket.arrays()
    text = str(arrays["header"])
    for number in range(150):
        rng = np.random.default_rng([8, number])
        k = int(rng.integers(len(text)))
        new = ["", text[k] * 2, *'0159-."{}[]e,']
        edited = text[:k] + new[rng.integers(len(new))] + text[k + 1 :]
        judge(ticket, tmp_path / "t.npz", rng, {**arrays, "header": np.array(edited)})
    assert json.loads(text)["version"] == 1
