"""Have Coq evaluate the formulas of the machine-checked theorem S4.

    python3 evaluate.py CASES.json        (after `make`)

CASES.json is a list of objects with the keys dims, eps, delta (strings such as "0.01" or "1/3"),
and, to have a plan decided, p, e, size_U and size_A. For each case one JSON object is printed:

- ``plan_ok``: Coq decided, in exact integers, that the plan meets the conditions of S4_plan; by
  plan_ok_sound the theorem then holds for the network of exactly this plan;
- ``plan_least``: and that no smaller p, e or slack would do, ties to the smaller |U|;
- ``N``, ``L``, ``P``: the plan's width, depth and scale by the formulas that the theorem is about;
- ``closed``: the numbers p, e, K, slack, N, L, P of S4_theorem, which has one closed formula for
  all parameters (d, l, eps, delta) and therefore a larger N than the smallest plan.

So N, L and P of a plan are *equal* to the formal ones wherever plan_ok is true, and N of the closed
formula *bounds* them from above.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    """A parameter set, and a plan for it (p, e, |U|, |A|) if one is to be decided."""

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
        keys = ("p", "e", "size_U", "size_A")
        if "p" not in given:
            return cls(dims, eps, delta)
        p, e, u, a = (int(str(given[key])) for key in keys)
        return cls(dims, eps, delta, (p, e, u, a))


def evaluate(cases: Sequence[Case], folder: Path = FOLDER) -> list[dict[str, object]]:
    """Return Coq's answers, one dictionary a case (see the module's description)."""
    questions = [question for case in cases for question in (_closed(case), _plan(case))]
    answers = ask("Plan Evaluate", questions, folder)
    return [
        _read(case, closed, plan)
        for case, closed, plan in zip(cases, answers[::2], answers[1::2], strict=True)
    ]


def ask(modules: str, questions: Sequence[str], folder: Path = FOLDER) -> list[str]:
    """Return the values that Coq computes for commands "Eval …", with these modules at hand."""
    lines = [
        "From Coq Require Import ZArith List. Import ListNotations.",
        f"From Pmone Require Import {modules}. Open Scope nat_scope.",
        *questions,
    ]
    with tempfile.TemporaryDirectory() as scratch:
        query = Path(scratch) / "Query.v"
        query.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = ["coqc", "-R", str(folder), "Pmone", str(query)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"coqc failed: {run.stderr.strip()[-2000:]}")
    answers = re.findall(r"= (.*?)\n\s+: ", run.stdout, flags=re.DOTALL)
    if len(answers) != len(questions):
        raise RuntimeError(f"coqc gave {len(answers)} answers to {len(questions)} questions")
    return answers


def _tolerances(case: Case) -> str:
    eps, delta = case.eps, case.delta
    numbers = (eps.numerator, eps.denominator, delta.numerator, delta.denominator)
    return " ".join(f"{n}%Z" for n in numbers)


def _closed(case: Case) -> str:
    d, depth = max(case.dims), len(case.dims) - 1
    fields = "[n_p r; n_e r; n_K r; n_slack r; n_N r; n_L r; n_P r]"
    return (
        f"Eval vm_compute in match numbers 4096 {d} {depth} {_tolerances(case)} with "
        f"Some r => map Z.of_nat {fields} | None => [] end."
    )


def _plan(case: Case) -> str:
    if case.plan is None:
        return "Eval vm_compute in ([] : list Z)."
    p, e, u, a = case.plan
    dims = "[" + "; ".join(map(str, case.dims)) + "]"
    m = max((2 * case.dims[0], *case.dims[1:-1]))
    n = max(case.dims[1:])
    fits = f"plan_ok {dims} {_tolerances(case)} {p} {e} {u} {a}"
    least = f"plan_least {dims} {_tolerances(case)} {p} {e} ({u} - {m}) ({a} - {n + 1})"
    made = f"plan_of {dims} {p} {e} {u} {a}"
    return (
        f"Eval vm_compute in let T := {made} in [if {fits} then 1%Z else 0%Z; "
        f"if {least} then 1%Z else 0%Z; "
        "Z.of_nat (width T); Z.of_nat (depth T); Z.of_nat (shift T)]."
    )


def _read(case: Case, closed: str, plan: str) -> dict[str, object]:
    numbers = [int(n) for n in re.findall(r"\d+", closed.replace("%Z", ""))]
    names = ("p", "e", "K", "slack", "N", "L", "P")
    answer: dict[str, object] = {"dims": list(case.dims)}
    answer["closed"] = dict(zip(names, numbers, strict=True)) if numbers else None
    if case.plan is not None:
        fits, least, width, depth, shift = (
            int(n) for n in re.findall(r"\d+", plan.replace("%Z", ""))
        )
        answer |= {"plan_ok": bool(fits), "plan_least": bool(least)}
        answer |= {"N": width, "L": depth, "P": shift}
    return answer


def main(argv: Sequence[str]) -> int:
    """Evaluate the cases of the file named on the command line."""
    if len(argv) != 1:
        sys.stderr.write("usage: evaluate.py CASES.json\n")
        return 2
    given = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    for answer in evaluate([Case.of(case) for case in given]):
        sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
