"""Docstrings as reStructuredText: they are plain text with sections, and mean no markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SPECIAL = str.maketrans({c: "\\" + c for c in "\\*_|"})


def process(app, what, name, obj, options, lines):
    """Rewrite the lines of a docstring in place."""
    lines[:] = list(rewritten(lines))


def rewritten(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines as reStructuredText.

    A line underlined with dashes is a heading; "name : text" below one is an entry; `code` is code;
    what is indented stays so, line by line; examples stay as they are.
    """
    lines = list(lines)
    in_section, in_example, indent = False, False, 0
    for i, line in enumerate(lines):
        here = len(line) - len(line.lstrip())
        if not line.strip():
            in_example = False
            yield ""
            continue
        if line.lstrip().startswith(">>>"):
            if not in_example:
                yield ""
            in_example = True
        if in_example:
            yield line
            continue
        below = lines[i + 1].strip() if i + 1 < len(lines) else ""
        if set(below) == {"-"} and len(below) >= 3:
            yield from ("", f".. rubric:: {line.strip()}", "")
            in_section, indent = True, 0
            continue
        if set(line.strip()) == {"-"} and len(line.strip()) >= 3:
            continue
        entry, colon, text = line.partition(" : ")
        if in_section and here == 0 and colon and "`" not in entry:
            yield from ("", f"``{entry.strip()}``", f"    {escaped(text)}")
            indent = 4
            continue
        if here != indent:
            yield ""  # reStructuredText wants a blank line where the indentation changes
        indent = here
        yield ("    " * (here >= 4) if not in_section else " " * here) + escaped(line.strip())


def escaped(text: str) -> str:
    """Return a line with the characters of markup escaped outside of its code."""
    parts = text.replace("``", "`").split("`")
    if len(parts) % 2 == 0:  # a quotation mark, not code
        return text.replace("`", "'").translate(SPECIAL)
    pieces = (
        f"``{p}``" if k % 2 and p.strip() == p and p else p.translate(SPECIAL)
        for k, p in enumerate(parts)
    )
    return "".join(pieces)
