"""The repository stands alone: no machine's paths, no package index, no loose end, no dead link."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".cff",
    ".txt",
    ".csv",
    ".json",
    ".tex",
    ".v",
    ".yml",
    ".sh",
    "",
}
# Written in parts, so that this file does not find itself.
FORBIDDEN = {
    "the URL of a package index": re.compile(
        r"(?:py.i|python.osted|index)\.(?:org|python)|--(?:extra-)?index-url"
    ),
    "a machine's path": re.compile(r"(?<![\w.])/(?:home|Users|root|wo" + r"rk|tmp)/[\w.]"),
    "a loose end": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"),
}


def tracked() -> list[Path]:
    """The files under version control, so that nobody's scratch files count."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    paths = [ROOT / name for name in names if name]
    return [p for p in paths if p.suffix in TEXT and p.is_file()]


@pytest.fixture(scope="module")
def contents() -> dict[Path, str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git working tree, so that it is unknown which files are the project's")
    found = {path: path.read_text() for path in tracked()}
    assert len(found) > 20
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(contents, what):
    bad = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, text in contents.items()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert not bad, f"{what}:\n" + "\n".join(bad)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("the URL of a package index", "https://py" + "pi.org/simple"),
        ("a machine's path", "see /ho" + "me/someone/file"),
        ("a loose end", "# TO" + "DO: later"),
    ],
)
def test_the_search_finds_what_it_is_for(what, line):
    assert FORBIDDEN[what].search(line)
    assert not FORBIDDEN[what].search("a line that says todo and /usr/bin/env")


def links(text: str) -> set[str]:
    """Relative links of a Markdown text, without their anchors."""
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"<img[^>]*src=\"([^\"]+)\"", text)
    return {link.split("#")[0] for link in found if not re.match(r"[a-z]+:|#", link)} - {""}


def test_relative_links_lead_somewhere(contents):
    dead = [
        f"{path.relative_to(ROOT)}: {link}"
        for path, text in contents.items()
        if path.suffix == ".md"
        for link in links(text)
        if not (path.parent / link).exists()
    ]
    assert not dead, dead


def test_every_make_target_that_a_document_names_exists(contents):
    makefiles = {path: text for path, text in contents.items() if path.name == "Makefile"}
    targets = {  # a room may have a Makefile of its own
        target
        for text in makefiles.values()
        for target in re.findall(r"^([a-z-]+):", text, re.MULTILINE)
    }
    named = {
        (path.name, target)
        for path, text in contents.items()
        if path.suffix == ".md"
        for target in re.findall(r"(?:`|^\s*\$? ?)make ([a-z][a-z-]*)", text, re.MULTILINE)
    }
    assert {"verify", "test"} <= {t for name, t in named if name == "README.md"}
    assert not {(name, t) for name, t in named if t not in targets}


def test_no_module_is_longer_than_500_lines(contents):
    """About 400 lines are what one subject takes; at 500 a module must be split."""
    long = {
        str(path.relative_to(ROOT)): text.count("\n")
        for path, text in contents.items()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0]
        in ("constructions", "proofs", "figures", "paper", "pmone")
        and text.count("\n") > 500
    }
    assert not long, long


def test_no_test_module_is_imported_as_a_library(contents):
    """What tests share is in modules of other names, such as tests/strategies.py."""
    importing = re.compile(
        r"^\s*(?:from|import) tests\.(?:[\w.]*\.)?test_|^\s*import test_", re.MULTILINE
    )
    assert importing.search("    from tests.proofs.test_suite import claim")
    found = {path.name for path, text in contents.items() if importing.search(text)}
    assert not found, found
