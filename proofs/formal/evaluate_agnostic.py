"""Have Coq evaluate the formulas of the machine-checked theorem A1.

    python3 -m proofs.formal.evaluate_agnostic CASES.json        (after `make`)

CASES.json is a list of objects with the keys dims, eps, delta (strings such as "0.01" or "1/3"),
and, to have a plan decided, p, e, size_C and size_D. For each case one JSON object is printed:

- ``plan_ok``: Coq decided, in exact integers, that the plan meets the conditions of A1_plan; by
  agnostic_ok_sound the theorem then holds for the network of exactly this plan;
- ``plan_least``: and that no smaller p, e ≥ 2 or slack would do, ties to the smaller |C|;
- ``N``, ``L``, ``P``: the plan's width, depth and scale by the formulas that the theorem is about;
- ``closed``: the numbers p, e, K, the slacks sC and sD, N, L, P of A1_theorem, which has one closed
  formula for all parameters (d, l, eps, delta) with eps ≤ 1 and therefore a larger N than the
  smallest plan; null where eps > 1.
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

_CLOSED = ("p", "e", "K", "sC", "sD", "N", "L", "P")


@dataclass(frozen=True)
class Case:
    """A parameter set, and a plan for it (p, e, |C|, |D|) if one is to be decided."""

    dims: tuple[int, ...]
    eps: Fraction
    delta: Fraction
    plan: tuple[int, int, int, int] | None = None

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
        p, e, c, d = (int(str(given[key])) for key in ("p", "e", "size_C", "size_D"))
        return cls(dims, eps, delta, (p, e, c, d))


def evaluate(cases: Sequence[Case], folder: Path = FOLDER) -> list[dict[str, object]]:
    """Return Coq's answers, one dictionary a case (see the module's description)."""
    questions = [question for case in cases for question in (_closed(case), _plan(case))]
    answers = ask("SignAgnostic SignAgnosticEvaluate", questions, folder)
    pairs = zip(answers[::2], answers[1::2], strict=True)
    return [_read(case, *pair) for case, pair in zip(cases, pairs, strict=True)]


def _tolerances(case: Case) -> str:
    eps, delta = case.eps, case.delta
    numbers = (eps.numerator, eps.denominator, delta.numerator, delta.denominator)
    return " ".join(f"{n}%Z" for n in numbers)


def _closed(case: Case) -> str:
    d, depth = max(case.dims), len(case.dims) - 1
    fields = "; ".join(f"an_{name} r" for name in _CLOSED)
    return (
        f"Eval vm_compute in match agnostic_numbers 4096 {d} {depth} {_tolerances(case)} with "
        f"Some r => map Z.of_nat [{fields}] | None => [] end."
    )


def _plan(case: Case) -> str:
    if case.plan is None:
        return "Eval vm_compute in ([] : list Z)."
    p, e, size_C, size_D = case.plan
    m = max((2 * case.dims[0], *case.dims[1:-1]))
    s, r = size_C - m * (p + e - 1), size_D - m
    dims = "[" + "; ".join(map(str, case.dims)) + "]"
    fits = f"agnostic_ok {dims} {_tolerances(case)} {p} {e} {size_C} {size_D}"
    least = f"agnostic_least {dims} {_tolerances(case)} {p} {e} {max(0, s)} {max(0, r)}"
    return (
        f"Eval vm_compute in let T := agnostic_of {dims} {p} {e} {size_C} {size_D} in "
        f"[if {fits} then 1%Z else 0%Z; if {least} then 1%Z else 0%Z; "
        "Z.of_nat (width T); Z.of_nat (depth T); Z.of_nat (shift T)]."
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
        sys.stderr.write("usage: evaluate_agnostic.py CASES.json\n")
        return 2
    given = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    for answer in evaluate([Case.of(case) for case in given]):
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
