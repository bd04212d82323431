"""Have Coq evaluate the formulas of the machine-checked theorem B4 (see proofs.formal.evaluate).

    python3 -m proofs.formal.blocks.evaluate CASES.json        (after `make`)

The sizes of a plan are p and B.

- ``plan_ok``: the plan meets the conditions of B4_plan (blocks_ok_sound);
- ``plan_least``: no smaller p ≥ 1 or B ≥ 2 would do;
- ``closed``: the numbers p, B, N, L, P of B4_theorem.
"""

from __future__ import annotations

import sys

from proofs.formal import evaluate as formal


class Parameters(formal.Parameters):
    """A parameter set, and a plan for it (its SIZES) if one is to be decided."""

    SIZES = ("p", "B")


def _plan(case: formal.Parameters, sizes: tuple[int, ...]) -> tuple[str, str, str]:
    p, B = sizes
    given = f"{case.widths} {case.tolerances} {p} {B}"
    return f"blocks_of {case.widths} {p} {B}", f"blocks_ok {given}", f"blocks_least {given}"


BLOCKS = formal.Formulas(
    "BlocksPlan BlocksEvaluate",
    "blocks_numbers",
    "bn_",
    ("p", "B", "N", "L", "P"),
    _plan,
    ("bwidth", "bdepth", "bshift"),
)
evaluate = BLOCKS.evaluate


if __name__ == "__main__":
    sys.exit(BLOCKS.main(Parameters, sys.argv))
