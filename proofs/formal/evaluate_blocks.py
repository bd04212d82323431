"""Have Coq evaluate the formulas of the machine-checked theorem B4.

    python3 -m proofs.formal.evaluate_blocks CASES.json        (after `make`)

CASES.json is a list of objects with the keys dims, eps, delta (strings such as "0.01" or "1/3"),
and, to have a plan decided, p and B. For each case one JSON object is printed:

- ``plan_ok``: Coq decided, in exact integers, that the plan meets the conditions of B4_plan; by
  blocks_ok_sound the theorem then holds for the network of exactly this plan;
- ``plan_least``: and that no smaller p ≥ 1 or B ≥ 2 would do;
- ``N``, ``L``, ``P``: the plan's width, depth and scale by the formulas that the theorem is about;
- ``closed``: the numbers p, B, N, L, P of B4_theorem, which has one closed formula for all
  parameters (d, l, eps, delta) with eps ≤ 1 and therefore a larger N than the smallest plan; null
  where eps > 1.
"""

from __future__ import annotations

import sys

from proofs.formal import evaluate as formal


class Case(formal.Case):
    """A parameter set, and a plan for it (its SIZES) if one is to be decided."""

    SIZES = ("p", "B")


def _plan(case: formal.Case, sizes: tuple[int, ...]) -> tuple[str, str, str]:
    p, B = sizes
    given = f"{case.widths} {case.tolerances} {p} {B}"
    return f"blocks_of {case.widths} {p} {B}", f"blocks_ok {given}", f"blocks_least {given}"


BLOCKS = formal.Formulas(
    "Blocks BlocksEvaluate",
    "blocks_numbers",
    "bn_",
    ("p", "B", "N", "L", "P"),
    _plan,
    ("bwidth", "bdepth", "bshift"),
)
evaluate = BLOCKS.evaluate


if __name__ == "__main__":
    sys.exit(BLOCKS.main(Case, sys.argv))
