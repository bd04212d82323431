"""A toy fourth construction, "roomy": S with more neurons than it needs. One module, one row.

Run as `python -m tests.toy pmone-arguments…`: the command of a house to which it has been added.
"""

import sys
from dataclasses import dataclass, fields, replace
from fractions import Fraction

from constructions import Request, catalogue, horner

NAME = "roomy"
SPARE = 8  # neurons per block


@dataclass(frozen=True)
class RoomyPlan(horner.HornerPlan):
    """The plan of S with more room."""

    @property
    def construction(self) -> str:
        return NAME


def plan(request: Request) -> RoomyPlan:
    """Return S's plan with more neurons."""
    made = horner.plan(request)
    made = made.with_slacks(s_U=made.s_U + SPARE, s_A=made.s_A + SPARE)
    return RoomyPlan(**{field.name: getattr(made, field.name) for field in fields(made)})


prune = horner.prune

RATES = (replace(horner.RATES[1], symbol="C_3", constant=Fraction(48 + 3 * SPARE)),)

ROW = replace(
    catalogue.CATALOGUE[horner.NAME],
    verbs=sys.modules[__name__],
    title="R roomy",
    tex="R",
    colour="#8B4513",
    marker="h",
    letter="R",
    slacks=RoomyPlan.SLACKS,
    rates=RATES,
    stated=None,
)


def main() -> None:
    """Add the row, then run the command."""
    catalogue.CATALOGUE[NAME] = ROW
    from pmone import cli

    cli.main()


if __name__ == "__main__":
    main()
