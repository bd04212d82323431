"""Audits that take a second, and constants that a construction does not have."""

from dataclasses import replace
from fractions import Fraction

from constructions import ours
from proofs.audit import constants, effort

SMALL = effort.Effort(
    name="quick",
    points=((1, 1, "0.5", "0.5"),),
    drawn=(((1, 1), "0.5", "0.4"),),
    trials=12,
    plans=(((2, 2), "0.1", "0.1"),),
    practical=((4, "0.1"),),
    far=(2**4,),
    far_point=(2, 2, "1e-6", "0.5"),
    steps=1,
)


def shrink(monkeypatch):
    """Make the quick audit the small one, in this process."""
    monkeypatch.setitem(effort.EFFORTS, "quick", SMALL)


def state(monkeypatch, claim, symbol, value):
    """Make the catalogue state another value of one constant."""

    def changed(rate):
        same = (rate.claim, rate.symbol) == (claim, symbol)
        return replace(rate, constant=Fraction(value)) if same else rate

    rows = {
        name: replace(row, rates=tuple(map(changed, row.rates))) for name, row in ours().items()
    }
    monkeypatch.setattr(constants, "ours", lambda: rows)
