"""Have Coq evaluate the formulas of a machine-checked theorem: what all constructions share.

    python3 -m proofs.formal.CONSTRUCTION.evaluate CASES.json        (after `make`)

CONSTRUCTION is horner, blocks or sign_agnostic. CASES.json is a list of objects with the keys dims,
eps, delta (strings such as "0.01" or "1/3") and, to have a plan decided, the plan's sizes. For each
case one JSON object is printed:

- ``plan_ok``: Coq decided, in exact integers, that the plan meets the conditions of the theorem,
  which then holds for the network of exactly this plan;
- ``plan_least``: and that no smaller plan would do;
- ``N``, ``L``, ``P``: the plan's width, depth and scale by the formulas that the theorem is about;
- ``closed``: the numbers of the theorem's closed formula, which is for all parameters
  (d, l, eps, delta) with eps ≤ 1 and therefore has a larger N than the smallest plan; null where
  eps > 1.

So N, L and P of a plan are *equal* to the formal ones wherever plan_ok is true, and N of the closed
formula *bounds* them from above.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Parameters:
    """A parameter set, and a plan for it (its SIZES) if one is to be decided."""

    SIZES: ClassVar[tuple[str, ...]]

    dims: tuple[int, ...]
    eps: Fraction
    delta: Fraction
    plan: tuple[int, ...] | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Parameters:
        """Read a case from JSON."""
        dims = tuple(int(d) for d in given["dims"])
        if len(dims) < 2 or min(dims) < 1:
            raise ValueError(f"dims = {dims}: expected at least two widths, all >= 1")
        eps, delta = Fraction(str(given["eps"])), Fraction(str(given["delta"]))
        if eps <= 0 or not 0 < delta < 1:
            raise ValueError(f"eps = {eps}, delta = {delta}: expected eps > 0 and 0 < delta < 1")
        plan = tuple(int(given[key]) for key in cls.SIZES) if "p" in given else None
        return cls(dims, eps, delta, plan)

    @property
    def tolerances(self) -> str:
        """The numerators and denominators of eps and delta, as arguments in Coq."""
        numbers = (*self.eps.as_integer_ratio(), *self.delta.as_integer_ratio())
        return " ".join(f"{n}%Z" for n in numbers)

    @property
    def widths(self) -> str:
        """The widths, as a list in Coq."""
        return "[" + "; ".join(map(str, self.dims)) + "]"


@dataclass(frozen=True)
class Formulas:
    """What one theorem's formulas are called in Coq.

    Attributes
    ----------
    modules : the files that hold them
    numbers, prefix, names : the function of the closed formula, and the fields of what it returns
    plan : of the sizes, the expressions (plan, whether it is accepted, whether it is least)
    shape : the functions that give a plan's width, depth and scale
    """

    modules: str
    numbers: str
    prefix: str
    names: tuple[str, ...]
    plan: Callable[[Parameters, tuple[int, ...]], tuple[str, str, str]]
    shape: tuple[str, str, str] = ("width", "depth", "shift")

    def questions(self, case: Parameters) -> tuple[str, str]:
        """Return what to ask Coq: the numbers of the closed formula, and about the plan."""
        d, depth = max(case.dims), len(case.dims) - 1
        fields = "; ".join(f"{self.prefix}{name} r" for name in self.names)
        closed = (
            f"Eval vm_compute in match {self.numbers} 4096 {d} {depth} {case.tolerances} with "
            f"Some r => map Z.of_nat [{fields}] | None => [] end."
        )
        if case.plan is None:
            return closed, "Eval vm_compute in ([] : list Z)."
        made, fits, least = self.plan(case, case.plan)
        shape = "; ".join(f"Z.of_nat ({name} T)" for name in self.shape)
        return closed, (
            f"Eval vm_compute in let T := {made} in "
            f"[if {fits} then 1%Z else 0%Z; if {least} then 1%Z else 0%Z; {shape}]."
        )

    def read(self, case: Parameters, closed: str, plan: str) -> dict[str, object]:
        """Return Coq's answers to these questions as a dictionary."""
        numbers = _integers(closed)
        answer: dict[str, object] = {"dims": list(case.dims)}
        stated = bool(numbers) and case.eps <= 1
        answer["closed"] = dict(zip(self.names, numbers, strict=True)) if stated else None
        if case.plan is not None:
            fits, least, width, depth, shift = _integers(plan)
            answer |= {"plan_ok": bool(fits), "plan_least": bool(least)}
            answer |= {"N": width, "L": depth, "P": shift}
        return answer

    def evaluate(
        self, cases: Sequence[Parameters], folder: Path = FOLDER
    ) -> list[dict[str, object]]:
        """Return Coq's answers, one dictionary per case (see the module's description)."""
        questions = [question for case in cases for question in self.questions(case)]
        answers = ask(self.modules, questions, folder)
        pairs = zip(answers[::2], answers[1::2], strict=True)
        return [self.read(case, *pair) for case, pair in zip(cases, pairs, strict=True)]

    def main(self, case: type[Parameters], argv: Sequence[str]) -> int:
        """Evaluate the cases of the file named on the command line."""
        if len(argv) != 2:
            sys.stderr.write(f"usage: {Path(argv[0]).name} CASES.json\n")
            return 2
        given = json.loads(Path(argv[1]).read_text(encoding="utf-8"))
        for answer in self.evaluate([case.of(each) for each in given]):
            sys.stdout.write(json.dumps(answer) + "\n")
        return 0


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


def _integers(answer: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", answer.replace("%Z", ""))]
