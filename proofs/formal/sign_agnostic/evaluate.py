"""Have Coq evaluate the formulas of the machine-checked theorem A1 (see proofs.formal.evaluate).

    python3 -m proofs.formal.sign_agnostic.evaluate CASES.json        (after `make`)

The sizes of a plan are p, e, size_C and size_D.

- ``plan_ok``: the plan meets the conditions of A1_plan (agnostic_ok_sound);
- ``plan_least``: no smaller p, e ≥ 2 or slack would do, ties to the smaller |C|;
- ``closed``: the numbers p, e, K, the slacks sC and sD, N, L, P of A1_theorem.
"""

from __future__ import annotations

import sys

from proofs.formal import evaluate as formal


class Parameters(formal.Parameters):
    """A parameter set, and a plan for it (its SIZES) if one is to be decided."""

    SIZES = ("p", "e", "size_C", "size_D")


def _plan(case: formal.Parameters, sizes: tuple[int, ...]) -> tuple[str, str, str]:
    p, e, size_C, size_D = sizes
    m = max((2 * case.dims[0], *case.dims[1:-1]))
    s, r = size_C - m * (p + e - 1), size_D - m
    return (
        f"agnostic_of {case.widths} {p} {e} {size_C} {size_D}",
        f"agnostic_ok {case.widths} {case.tolerances} {p} {e} {size_C} {size_D}",
        f"agnostic_least {case.widths} {case.tolerances} {p} {e} {max(0, s)} {max(0, r)}",
    )


SIGN_AGNOSTIC = formal.Formulas(
    "SignAgnosticPlan SignAgnosticEvaluate",
    "agnostic_numbers",
    "an_",
    ("p", "e", "K", "sC", "sD", "N", "L", "P"),
    _plan,
)
evaluate = SIGN_AGNOSTIC.evaluate


if __name__ == "__main__":
    sys.exit(SIGN_AGNOSTIC.main(Parameters, sys.argv))
