"""Three checkers agree: the kernel, the one written from FORMAT.md alone, and the proved one.

On every file all accept or none does, and they extract the same integers. A disagreement keeps the
file and prints its path.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from constructions import TargetNetwork, construction, plan_for
from constructions.targets.target import Ball, Box
from proofs import verified
from proofs.kernel import Certificate, check
from tests.adversarial import second_checker as second
from tests.adversarial.choices import Seeded
from tests.adversarial.conftest import PRODUCERS
from tests.adversarial.edits import altered, as_first, by_chance, pack, unpack
from tests.strategies import eps, seeds, targets

NAMES = ("grouped", "horner", "sign-agnostic", "blocks")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),  # of a file that disagrees
]


def compare(data: bytes) -> str:
    """Ask all three about a file; return the kernel's verdict."""
    with tempfile.NamedTemporaryFile(suffix=".npz", delete=False) as file:
        file.write(data)
    path = Path(file.name)
    ours, proved, other = check(path), verified.check(path), second.check(data)
    said = f"{path}: kernel {ours.verdict} {ours.reasons}, proved {proved.verdict} {proved.reasons}"
    said += f", second {other.kind} {other.reason}"
    if ours.distribution is not None:
        assert not proved.accepted, said
    else:
        assert not disagreement(ours, proved), f"{disagreement(ours, proved)}; {said}"
        alike = proved.accepted == (other.kind == "accepted")
        assert alike or near(ours) or archival(ours) or archival(proved), said
    path.unlink()
    return ours.verdict


def archival(certificate: Certificate) -> bool:
    """Whether it is the zip archive that a verdict of malformed is about.

    Where an archive contradicts itself, a checker may read what its directory leads to or refuse.
    """
    words = ("file: ", "cannot be read", "local header", "check sum", "truncated", "encrypted")
    return certificate.verdict == "malformed" and any(w in certificate.reasons[0] for w in words)


def near(certificate: Certificate) -> bool:
    """Whether the bound is so near epsilon that other norms may decide otherwise."""
    if certificate.bound is None or certificate.epsilon is None:
        return False
    return abs(Fraction(certificate.bound) - certificate.epsilon) <= certificate.epsilon / 2**8


def disagreement(ours: Certificate, proved: Certificate) -> str:
    """What two certificates of a ticket of ±1 weights say differently."""
    if archival(ours) or archival(proved):
        return ""
    if ours.accepted != proved.accepted and not near(ours):
        return "verdicts"
    if "malformed" in (ours.verdict, proved.verdict):
        return ""  # a file with faults of both kinds may get either verdict
    facts = "target_sha256 domain epsilon delta widths dims seed construction kept_weights"
    facts += " random_weights layer_scale_log2 homogenized"
    for fact in facts.split():
        if getattr(ours, fact) != getattr(proved, fact):
            return fact
    if "itself failed" in "".join(proved.reasons):
        return "a fault of the program"
    if (
        ours.radius not in (None, np.inf)
        and not 0 <= proved.radius - ours.radius <= 1e-12 * ours.radius
    ):
        return "radius"
    if ours.bound is None or proved.bound is None:
        return "" if ours.bound is proved.bound else "bound"
    if not verified.same_matrices(ours, proved):
        return "matrices"
    # Every norm within 0.1 % or so of the kernel's.
    close = abs(proved.bound - ours.bound) <= 2**-9 * ours.bound + 1e-300
    return "" if close else f"bounds {ours.bound!r} and {proved.bound!r}"


def saved(target: TargetNetwork, name: str, epsilon: str, seed: int) -> bytes:
    """The file of an honest ticket."""
    plan = plan_for(target, epsilon, "1e-6", name)
    with tempfile.TemporaryDirectory() as folder:
        construction(name).prune(target, plan, plan.draw(seed)).save(Path(folder, "t.npz"))
        return Path(folder, "t.npz").read_bytes()


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list:
    """Honest tickets of every producer, on balls and boxes, with biases, of every sign."""
    folder = tmp_path_factory.mktemp("originals")
    rng = np.random.default_rng(3)
    found = []
    for name, save in PRODUCERS.items():
        save(folder / f"{name}.npz")
        found.append(unpack((folder / f"{name}.npz").read_bytes()))
    domains = (Ball("2", nonnegative=True), Box.uniform("-0.5", "1", 2), Box.uniform("0", "1", 2))
    for k, domain in enumerate(domains):
        layers = [rng.uniform(-0.5, 0.5, (3, 2)), rng.uniform(-0.5, 0.5, (2, 3))]
        biases = [rng.uniform(-0.2, 0.2, 3), rng.uniform(-0.2, 0.2, 2)]
        target = TargetNetwork.from_layers(layers, biases if k % 2 else None, domain=domain)
        found += [unpack(saved(target, name, "0.2", 4)) for name in NAMES]
    return [as_first(file) if k % 3 == 0 else file for k, file in enumerate(found)]


def test_they_agree_on_honest_tickets(proved: Path, originals: list) -> None:
    verdicts = [compare(pack(file)) for file in originals]
    assert verdicts == ["accepted"] * len(originals)


def test_they_agree_on_tickets_of_every_shape(proved: Path) -> None:
    """All constructions, all domains, with and without biases, one to three layers."""

    @settings(max_examples=200, deadline=None, database=None, phases=[Phase.generate])
    @given(targets(max_dim=3), st.sampled_from(NAMES), eps("1e-2"), seeds())
    def shapes(target: TargetNetwork, name: str, epsilon: str, seed: int) -> None:
        assert compare(saved(target, name, epsilon, seed)) == "accepted"

    shapes()


@pytest.mark.parametrize("name", ["horner", "sign-agnostic"])
def test_they_agree_on_integers_beyond_64_bits(proved: Path, name: str) -> None:
    assert compare(saved(TargetNetwork.from_layers([[[0.7]]]), name, "1e-22", 3)) == "accepted"


def test_they_agree_on_altered_tickets(proved: Path, originals: list) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown if the test fails
    count = Counter(compare(altered(Seeded(f"{seed} {i}"), originals)) for i in range(10_000))
    assert min(count["accepted"], count["rejected"], count["malformed"]) > 500, count


def test_they_agree_on_tickets_made_by_chance(proved: Path) -> None:
    count: Counter[str] = Counter()

    @settings(max_examples=2_000, deadline=None, database=None, phases=[Phase.generate])
    @given(by_chance())
    def chance(data: bytes) -> None:
        count[compare(data)] += 1

    chance()
    assert min(count["accepted"], count["rejected"]) > 50, count


def test_a_disagreement_is_seen(proved: Path, originals: list) -> None:
    """Planted: certificates that say something else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.npz")
        path.write_bytes(pack(originals[1]))
        ours = check(path)
        assert disagreement(ours, verified.check(path)) == ""
        header, arrays = originals[1]
        other = json.loads(json.dumps(header)) | {"epsilon": "1e-9"}
        path.write_bytes(pack((other, arrays)))
        assert disagreement(ours, verified.check(path)) == "verdicts"
        path.write_bytes(pack((header | {"delta": "0.25"}, arrays)))
        assert disagreement(ours, verified.check(path)) == "delta"
