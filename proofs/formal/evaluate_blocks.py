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

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from proofs.formal.evaluate import FOLDER, ask

_CLOSED = ("p", "B", "N", "L", "P")


@dataclass(frozen=True)
class Case:
    """A parameter set, and a plan for it (p, B) if one is to be decided."""

    dims: tuple[int, ...]
    eps: Fraction
    delta: Fraction
    plan: tuple[int, int] | None = None

    @classmethod
    def of(cls, given: Mapping[str, object]) -> Case:
        """Read a case from JSON."""
        dims = tuple(int(d) for d in given["dims"])  # type: ignore[attr-defined]
        if len(dims) < 2 or min(dims) < 1:
            raise ValueError(f"dims = {dims}: expected at least two widths, all >= 1")
        eps, delta = Fraction(str(given["eps"])), Fraction(str(given["delta"]))
        if eps <= 0 or not 0 < delta < 1:
            raise ValueError(f"eps = {eps}, delta = {delta}: expected eps > 0 and 0 < delta < 1")
        if "p" not in given:
            return cls(dims, eps, delta)
        return cls(dims, eps, delta, (int(str(given["p"])), int(str(given["B"]))))


def evaluate(cases: Sequence[Case], folder: Path = FOLDER) -> list[dict[str, object]]:
    """Return Coq's answers, one dictionary a case (see the module's description)."""
    questions = [question for case in cases for question in (_closed(case), _plan(case))]
    answers = ask("Blocks BlocksEvaluate", questions, folder)
    pairs = zip(answers[::2], answers[1::2], strict=True)
    return [_read(case, *pair) for case, pair in zip(cases, pairs, strict=True)]


def _tolerances(case: Case) -> str:
    eps, delta = case.eps, case.delta
    numbers = (eps.numerator, eps.denominator, delta.numerator, delta.denominator)
    return " ".join(f"{n}%Z" for n in numbers)


def _closed(case: Case) -> str:
    d, depth = max(case.dims), len(case.dims) - 1
    fields = "; ".join(f"bn_{name} r" for name in _CLOSED)
    return (
        f"Eval vm_compute in match blocks_numbers 4096 {d} {depth} {_tolerances(case)} with "
        f"Some r => map Z.of_nat [{fields}] | None => [] end."
    )


def _plan(case: Case) -> str:
    if case.plan is None:
        return "Eval vm_compute in ([] : list Z)."
    p, B = case.plan
    dims = "[" + "; ".join(map(str, case.dims)) + "]"
    given = f"{dims} {_tolerances(case)} {p} {B}"
    return (
        f"Eval vm_compute in let T := blocks_of {dims} {p} {B} in "
        f"[if blocks_ok {given} then 1%Z else 0%Z; if blocks_least {given} then 1%Z else 0%Z; "
        "Z.of_nat (bwidth T); Z.of_nat (bdepth T); Z.of_nat (bshift T)]."
    )


def _read(case: Case, closed: str, plan: str) -> dict[str, object]:
    numbers = _integers(closed)
    answer: dict[str, object] = {"dims": list(case.dims)}
    stated = bool(numbers) and case.eps <= 1
    answer["closed"] = dict(zip(_CLOSED, numbers, strict=True)) if stated else None
    if case.plan is not None:
        fits, least, width, depth, shift = _integers(plan)
        answer |= {"plan_ok": bool(fits), "plan_least": bool(least)}
        answer |= {"N": width, "L": depth, "P": shift}
    return answer


def _integers(answer: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", answer.replace("%Z", ""))]


def main(argv: Sequence[str]) -> int:
    """Evaluate the cases of the file named on the command line."""
    if len(argv) != 1:
        sys.stderr.write("usage: evaluate_blocks.py CASES.json\n")
        return 2
    given = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    for answer in evaluate([Case.of(case) for case in given]):
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
