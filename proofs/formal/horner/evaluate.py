"""Have Coq evaluate the formulas of the machine-checked theorem S4 (see proofs.formal.evaluate).

    python3 -m proofs.formal.horner.evaluate CASES.json        (after `make`)

The sizes of a plan are p, e, size_U and size_A.

- ``plan_ok``: the plan meets the conditions of S4_plan (plan_ok_sound);
- ``plan_least``: no smaller p, e or slack would do, ties to the smaller |U|;
- ``closed``: the numbers p, e, K, slack, N, L, P of S4_theorem.
"""

from __future__ import annotations

import sys

from proofs.formal import evaluate as formal


class Parameters(formal.Parameters):
    """A parameter set, and a plan for it (its SIZES) if one is to be decided."""

    SIZES = ("p", "e", "size_U", "size_A")


def _plan(case: formal.Parameters, sizes: tuple[int, ...]) -> tuple[str, str, str]:
    p, e, u, a = sizes
    m, n = max((2 * case.dims[0], *case.dims[1:-1])), max(case.dims[1:])
    return (
        f"plan_of {case.widths} {p} {e} {u} {a}",
        f"plan_ok {case.widths} {case.tolerances} {p} {e} {u} {a}",
        f"plan_least {case.widths} {case.tolerances} {p} {e} ({u} - {m}) ({a} - {n + 1})",
    )


HORNER = formal.Formulas(
    "HornerPlan HornerEvaluate",
    "numbers",
    "n_",
    ("p", "e", "K", "slack", "N", "L", "P"),
    _plan,
)
evaluate = HORNER.evaluate


if __name__ == "__main__":
    sys.exit(HORNER.main(Parameters, sys.argv))
