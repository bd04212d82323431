"""Random small networks, and a ticket's verdict held against what checks it independently."""

import itertools
from fractions import Fraction

import numpy as np

from proofs.kernel import check
from tests.proofs.kernel import reference
from tests.proofs.kernel.forge import Forged, header, layer_signs

POINTS = [Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 3), Fraction(-2, 7), Fraction(1, 2)]


def points(ticket: Forged, rng: np.random.Generator, count: int = 6) -> list[list[Fraction]]:
    """Rational inputs of the domain: its origin-side corners, and random ones."""
    head = ticket.header
    domain, constant = head["domain"], int(head["homogenized"])
    features = head["widths"][0] - constant
    result = []
    for _ in range(count):
        x = [POINTS[k] for k in rng.integers(0, len(POINTS), features)]
        if domain["kind"] == "box":
            ends = zip(domain["low"], domain["high"], strict=True)
            x = [Fraction(a) + abs(s) * (Fraction(b) - Fraction(a))
                 for (a, b), s in zip(ends, x, strict=True)]  # fmt: skip
        else:
            size = sum(abs(a) for a in x)  # at least the norm
            x = [a * Fraction(domain["radius"]) / max(size, Fraction(1)) for a in x]
            x = [abs(a) for a in x] if domain["nonnegative"] else x
        result.append(x + [Fraction(1)] * constant)
    return result


def must_agree(ticket: Forged, path, rng) -> str:
    """The kernel against the second checker and against the pruned network itself."""
    certificate = check(ticket.save(path))
    assert certificate.verdict in ("accepted", "rejected"), certificate.reasons
    try:
        expected = reference.extract(ticket)
    except reference.Refused:
        assert certificate.verdict == "rejected"
        assert certificate.bound is None
        assert not certificate.matrices
        return "refused"
    assert certificate.bound is not None, certificate.reasons
    found = [[[int(a) for a in row] for row in v] for v in certificate.matrices]
    assert found == expected
    assert certificate.accepted == (
        Fraction(certificate.bound) <= Fraction(ticket.header["epsilon"])
    )
    targets = [[[Fraction(a) for a in row] for row in w.tolist()] for w in ticket.targets]
    for x in points(ticket, rng):
        actual = reference.run_pruned(ticket, x)
        assert actual == reference.run_integers(found, ticket.header["scale_log2"], x)
        wanted = reference.run_integers(targets, 0, x)
        square = sum((a - b) ** 2 for a, b in zip(actual, wanted, strict=True))
        assert square <= Fraction(certificate.bound) ** 2
    return certificate.verdict


def small_network(rng: np.random.Generator) -> Forged:
    """A random small network with random masks, biased so that many pass the rules."""
    count = int(rng.integers(1, 4))
    depth = int(rng.integers(count, count + 4))
    layers = range(1, depth)
    unit_layers = sorted(rng.choice(layers, count - 1, replace=False).tolist()) if count > 1 else []
    generations = [(t, "unit") for t in unit_layers]
    nonnegative = bool(rng.random() < 0.5)
    for t in layers:
        if t not in unit_layers and (rng.random() < 0.4 or (t == 1 and not nonnegative)):
            generations.append((t, "split"))
    generations.sort()
    widths = [int(n) for n in rng.integers(1, 5, depth + 1)]
    seed = int(rng.integers(0, 2**53))
    edges = []
    for t in range(1, depth + 1):
        signs = layer_signs(seed, t, widths[t - 1], widths[t])
        plain = t < depth and t not in dict(generations)
        style = rng.choice(
            ["plus", "all", "sparse"], p=[0.8, 0.1, 0.1] if plain else [0.1, 0.5, 0.4]
        )
        kept = (
            (signs > 0)
            if style == "plus"
            else rng.random(signs.shape) < (0.8 if style == "all" else 0.4)
        )
        if rng.random() < 0.3:
            kept &= rng.random(signs.shape) < 0.8
        edges.append({(int(c), int(r)) for c, r in zip(*np.nonzero(kept), strict=True)})
    dims = [widths[0], *rng.integers(1, 4, count - 1).tolist(), widths[-1]]
    targets = [np.round(rng.standard_normal((b, a)) * 4) / rng.choice([1, 2, 8])
               for a, b in itertools.pairwise(dims)]  # fmt: skip
    units = [rng.integers(0, widths[t], dims[i + 1]) for i, t in enumerate(unit_layers)]
    domain = {"kind": "ball", "radius": "1.5", "nonnegative": nonnegative}
    if rng.random() < 0.3:
        low = "0" if nonnegative else "-1"
        domain = {"kind": "box", "low": [low] * widths[0], "high": ["2"] * widths[0]}
    head = header(
        widths, rng.integers(-2, 4, count), generations, seed=seed, epsilon="20", domain=domain
    )
    return Forged(head, targets, units, edges)
