"""What Extract.v writes by hand is what Coq computes: on numbers of every size and sign."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from proofs import verified

pytestmark = pytest.mark.slow

SIZES = (0, 1, 2, 7, 31, 32, 53, 62, 63, 64, 65, 100, 200)
# name of the call: Coq's term for its arguments, and the ranges of these
CALLS = {
    "shiftl": ("Z.shiftl {} {}", "zs"),
    "shiftr": ("Z.shiftr {} {}", "zs"),
    "testbit": ("N.testbit (Z.to_N {}) (Z.to_N {})", "ni"),
    "land": ("Z.land {} {}", "zz"),
    "lxor": ("Z.lxor {} {}", "zz"),
    "div2": ("Z.div2 {}", "z"),
    "even": ("Z.even {}", "z"),
    "to_pos": ("Z.pos (Z.to_pos {})", "z"),
    "of_succ_nat": ("Z.pos (Pos.of_succ_nat (Z.to_nat {}))", "i"),
    "positive": ("match {} with Zpos p~1 => Zpos p~1 | Zpos p~0 => Zpos p~0 | _ => 1 end", "p"),
    "ltb": ("Nat.ltb (Z.to_nat {}) (Z.to_nat {})", "ii"),
    "leb": ("Nat.leb (Z.to_nat {}) (Z.to_nat {})", "ii"),
    "eqb": ("Nat.eqb (Z.to_nat {}) (Z.to_nat {})", "ii"),
    "zleb": ("Z.leb {} {}", "zz"),
    "zltb": ("Z.ltb {} {}", "zz"),
    "zeqb": ("Z.eqb {} {}", "zz"),
    "add": ("Z.add {} {}", "zz"),
    "sub": ("Z.sub {} {}", "zz"),
    "mul": ("Z.mul {} {}", "zz"),
    "opp": ("Z.opp {}", "z"),
    "max": ("Z.max {} {}", "zz"),
    "min": ("Z.min {} {}", "zz"),
    "compare": (
        "match Nat.compare (Z.to_nat {}) (Z.to_nat {}) with Lt => -1 | Eq => 0 | Gt => 1 end", "ii"
    ),
}  # fmt: skip


def draw(rng: random.Random, kind: str) -> int:
    """Draw an argument: any integer, one ≥ 0, a positive one, a shift, or a small index."""
    size = rng.choice(SIZES)
    n = rng.getrandbits(size) if rng.random() < 0.8 else max((1 << size) - rng.choice((0, 1)), 0)
    return {
        "z": rng.choice((n, -n)),
        "n": n,
        "p": n + 1,
        "s": rng.choice((0, 1, -1, 62, 63, 64, -62, -63, -64, rng.randint(-90, 90))),
        "i": rng.randint(0, 300),
    }[kind]


def program_says(program: Path, calls: list[tuple[str, list[int]]]) -> list[str]:
    text = "".join(f"{name} {' '.join(map(str, args))}\n" for name, args in calls)
    run = subprocess.run(
        [str(program), "--primitives"], input=text, capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()


def coq_says(folder: Path, terms: list[str]) -> list[str]:
    file = folder / "Query.v"
    lines = ["Require Import NArith ZArith. Open Scope positive_scope. Open Scope Z_scope."]
    lines += [f"Eval vm_compute in ({term})." for term in terms]
    file.write_text("\n".join(lines) + "\n")
    run = subprocess.run(["coqc", str(file)], capture_output=True, text=True, check=True)
    return [
        part.rsplit(":", 1)[0].strip().strip("()").removesuffix("%Z").strip("()")
        for part in run.stdout.split("= ")[1:]
    ]


def test_every_primitive_is_coqs_own_function(proved: Path, tmp_path: Path) -> None:
    rng = random.Random(20)
    calls, terms = [], []
    for name, (term, kinds) in CALLS.items():
        for _ in range(60):
            args = [draw(rng, kind) for kind in kinds]
            calls.append((name, args))
            terms.append(term.format(*(f"({a})" for a in args)))
    ours, coqs = program_says(proved, calls), coq_says(tmp_path, terms)
    assert len(ours) == len(coqs) == len(calls)
    wrong = [c for c, a, b in zip(calls, ours, coqs, strict=True) if a != b]
    assert wrong == []


def test_philox_by_hand_is_the_extracted_philox(proved: Path) -> None:
    """The fast one on machine words, and the one that the theorem is about, extracted from Coq."""
    rng = random.Random(21)
    args = [
        [rng.getrandbits(64), rng.randint(1, 1 << 33), rng.getrandbits(rng.choice((1, 20, 62)))]
        for _ in range(5000)
    ]
    args += [[0, 1, 0], [2**64 - 1, 2**64 - 1, 2**63], [1, 1, 2**64 - 2]]
    fast = program_says(proved, [("philox", a) for a in args])
    assert fast == program_says(proved, [("rounds", a) for a in args])
    assert len(set(fast)) == len(args)


def test_every_constant_written_by_hand_is_tested() -> None:
    text = (verified.HERE / "Extract.v").read_text()
    by_hand = {line.split()[3] for line in text.splitlines() if line.startswith("Extract Inlined")}
    by_hand |= {
        line.split()[2] for line in text.splitlines() if line.startswith("Extract Constant")
    }
    tested = {term.replace("(", " ").split()[0] for term, _ in CALLS.values()}
    tested |= {word for term, _ in CALLS.values() for word in term.replace("(", " ").split()}
    # The same primitive serves a function of N and the one of Z on numbers >= 0; philox has a test
    # of its own, and Z.of_nat and N.of_nat are OCaml's conversion of an int.
    same = {"N.eqb", "N.land", "N.lxor", "N.shiftr", "philox", "Z.of_nat", "N.of_nat"}
    assert by_hand - tested == same
