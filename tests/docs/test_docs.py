"""The site's own code: docstrings become reStructuredText; `make docs` builds it all in CI."""

from __future__ import annotations

import importlib
import shlex
import sys
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from constructions.targets.target import TargetNetwork
from pmone.cli import MODULES
from proofs.claims import registry

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def site():
    """The modules of the folder docs."""
    sys.path.insert(0, str(DOCS))
    yield lambda name: importlib.import_module(name)
    sys.path.remove(str(DOCS))


def tree(site, text: str) -> nodes.document:
    """A docstring as docutils reads it; what it complains of is an error."""
    lines = "\n".join(site("docstrings").rewritten(text.splitlines()))
    settings = {"halt_level": 2, "report_level": 2, "file_insertion_enabled": False}
    return publish_doctree(lines, settings_overrides=settings)


TEXT = """\
Return f(x_i) for |x| < 1 and `code_` * 2.

What follows is indented at once:
    a formula, c·I − |A|*Aᵀ_
and then not.

Parameters
----------
x_1 : what it is, over
    two lines
y, z : others

Raises ValueError.

>>> 1 + 1
2
"""


def test_a_docstring_is_plain_text_with_sections(site):
    found = tree(site, TEXT)
    (literal,) = (node for node in found.findall(nodes.literal) if node.astext() == "code_")
    assert literal.astext() == "code_"
    assert "|x| < 1" in found.astext()
    assert "|A|*Aᵀ_" in found.astext()
    assert [node.astext() for node in found.findall(nodes.rubric)] == ["Parameters"]
    terms = [node.astext() for node in found.findall(nodes.literal)]
    assert {"x_1", "y, z"} <= set(terms)
    (example,) = found.findall(nodes.doctest_block)
    assert example.astext() == ">>> 1 + 1\n2"


def test_a_real_docstring_keeps_all_its_words(site):
    text = TargetNetwork.from_layers.__doc__
    text = "\n".join(line.removeprefix("        ") for line in text.splitlines())
    words = tree(site, text).astext().split()
    for word in ("matrices,", "W_i", "(d_i,", "d_{i−1}),", "InputError"):
        assert word in words


def test_one_page_per_claim_and_one_section_per_command(site):
    pages = site("pages")
    found = pages._claims()
    for label, claim in registry.claims().items():
        page = found[f"claims/{pages.page_of(label)}.md"]
        assert claim.latex in page
        assert f"pmone verify {shlex.quote(label)}" in page
        assert page.count("\n| ") >= len(claim.clauses) + 1
    assert "not recorded" not in "".join(found.values())
    commands = pages._commands()
    for name in (n for names in MODULES.values() for n in names):
        assert f"## pmone {name}\n" in commands
    assert "```coq\nTheorem S4_theorem" in found["claims/S4.md"]


@pytest.mark.parametrize(
    "path",
    sorted([*DOCS.glob("tutorials/*.py"), *DOCS.glob("pictures/*.py")]),
    ids=lambda path: path.stem,
)
def test_an_example_has_a_title_and_headings_of_their_own(path):
    """A cell's mark stands alone, and so do the headings below: else they become text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert set(lines[2]) == {"="}
    assert len(lines[2]) == len(lines[1])
    for k, line in enumerate(lines):
        assert not line.startswith("# %%") or line == "# %%"
        if line.startswith("# --"):
            assert len(line) == len(lines[k - 1])
            assert set(line[2:]) == {"-"}
        assert " ----" not in line[2:]
