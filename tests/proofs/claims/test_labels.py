"""No label dangles: what code, tests, documents and formal proofs refer to is in the registry.

`proofs.claims.places` states the convention. In Coq a theorem's name "X1_…" refers to a label too.
Matrices and blocks such as W1, A or U are never written so.
"""

import io
import re
import tokenize
from functools import cache
from pathlib import Path

import pytest

from proofs.claims import places, registry

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("constructions", "proofs", "figures", "paper", "pmone", "tests")
THEOREM = re.compile(rf"\b(?:Theorem|Corollary)\s+({places.LABEL})_")
# Families of labels; K1, W2, N3 and the like are names of other things.
FAMILIES = "QHEGBASTDP"


def references(text):
    """Return the labels that a text refers to."""
    return {label for label in places.cited(text) if label[0] in FAMILIES}


def prose_of_python(source):
    """Return the comments and strings of a Python source."""
    kinds = {tokenize.COMMENT, tokenize.STRING}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n".join(token.string for token in tokens if token.type in kinds)


@cache
def labels_in(path):
    """Return the labels that a file refers to."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return references(prose_of_python(text))
    return references(text) | set(THEOREM.findall(text))


def files():
    """Return every text of the project that may refer to a label."""
    found = [ROOT / name for name in ("README.md", "CHANGELOG.md")]
    for room in ROOMS:
        found += (ROOT / room).rglob("*")
    suffixes = {".py", ".md", ".tex", ".v"}
    return sorted(p for p in found if p.suffix in suffixes and p.is_file() and p != Path(__file__))


def test_no_label_dangles():
    known = set(registry.claims())
    dangling = {
        str(path.relative_to(ROOT)): sorted(labels_in(path) - known)
        for path in files()
        if labels_in(path) - known
    }
    assert dangling == {}


def test_the_labels_are_really_looked_for():
    used = set().union(*(labels_in(path) for path in files()))
    assert {"E1", "G1", "H2", "Q1", "S4"} <= used


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("the interval (E1).", {"E1"}),
        ("exact (E4, G1–G3; S4)", {"E4", "G1", "G2", "G3", "S4"}),
        ('"""S4: the theorem."""', {"S4"}),
        ("- **Q7**: a new one", {"Q7"}),
        ("    - G9: the failure", {"G9"}),
        ("as claim S9 says", {"S9"}),
        ("W1 and (W1) and f(A, B1) and (x + E1)", set()),
    ],
)
def test_the_convention(text, labels):
    assert references(text) == labels


def test_a_dangling_label_is_found(tmp_path):
    path = tmp_path / "new.py"
    path.write_text(
        'def f(B7):\n    """Do it (E9)."""\n    return g(B7)  # see (G8)\n', encoding="utf-8"
    )
    assert labels_in(path) == {"E9", "G8"}
    formal = tmp_path / "new.v"
    formal.write_text("Theorem E7_exists : True.\n", encoding="utf-8")
    assert labels_in(formal) == {"E7"}
