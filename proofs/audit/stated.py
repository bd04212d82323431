"""The explicit constants that the registry's claims state and prove."""

from __future__ import annotations

from fractions import Fraction

from proofs.claims import blocks_rates, horner_rates, registry, sign_agnostic

_STATED = {
    ("B5", "C"): blocks_rates.C_WIDTH,
    ("B5", "C'"): blocks_rates.C_DEPTH,
    ("A1", "C"): sign_agnostic.C_WIDTH,
    ("A1", "C'"): sign_agnostic.C_DEPTH,
    ("S5", "C"): horner_rates.C_WIDTH,
    ("S5", "C₂"): horner_rates.OFFSET,
    ("S5", "C'"): horner_rates.C_DEPTH,
}


def proved_constant(label: str, symbol: str) -> Fraction | None:
    """Return the constant that a claim of the registry states, or None if it states none."""
    return _STATED.get((label, symbol)) if label in registry.claims() else None
