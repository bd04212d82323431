"""Files that version 0.1.0 wrote before masks could be read: read, run and certified as then.

They are kept as bytes, so that a change of the streams, the formats or the readers shows here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from constructions import TargetNetwork, Ticket, construction, load, plan_for
from constructions.popup.mask import MaskedNetwork
from proofs.kernel import check

FILES = Path(__file__).parent / "files"
TARGET = TargetNetwork.from_layers([[[0.5, -0.25]]])
X = np.array([[0.5, 0.25], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("name", "kind", "kept", "output", "bound"),
    [
        ("version-1", Ticket, 71, 0.25, 0.250000000000001),
        ("version-2", Ticket, 8, 0.19325054786173423, 0.11801683995265903),
    ],
)
def test_tickets_are_read_run_and_certified_as_they_were(name, kind, kept, output, bound):
    ticket = load(FILES / f"{name}.npz")
    assert type(ticket) is kind
    assert ticket.kept_weights == kept
    assert ticket.run(X)[0, 0] == pytest.approx(output, abs=1e-15)
    certificate = check(FILES / f"{name}.npz", target=TARGET.weights)
    assert certificate.accepted
    assert certificate.bound == pytest.approx(bound, rel=1e-9)


def test_the_same_seed_still_leads_to_the_same_ticket():
    """Of a peer: S has another shape by now than when version 1 was written."""
    plan = plan_for(TARGET, "0.9", "0.5", "orseau")
    found = construction("orseau").prune(TARGET, plan, plan.draw(3))
    kept = load(FILES / "version-2.npz")
    assert kept.widths == found.widths
    for a, b in zip(kept.edges, found.edges, strict=True):
        assert a.sources.tolist() == b.sources.tolist()
        assert a.indices.tolist() == b.indices.tolist()


def test_masks_are_read_and_run_as_they_were():
    masks = load(FILES / "mask.npz")
    assert type(masks) is MaskedNetwork
    half = 0.3535533905932738
    assert np.allclose(masks.run(X), [[half, -half], [0.0, 0.0]], rtol=0, atol=1e-15)
    assert check(FILES / "mask.npz").verdict == "malformed"
