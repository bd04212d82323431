"""Tables for a terminal: no word and no number is ever broken, at whatever width.

A table whose columns fit stands as a table; its columns of text may wrap between words. One that
does not fit is turned, with a column per row; or else it becomes a block of "name value" lines per
row.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell = str | Text
_GAP = 2  # between two columns
_LINES = 4  # a cell of more lines than this makes a row that nobody reads across


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    console: Console,
    right: Collection[str] = (),
    whole: Collection[str] = (),
) -> None:
    """Print rows under named columns; those in ``right`` hold numbers.

    Numbers stay whole, and so does what stands in the columns ``whole``.

    >>> from io import StringIO
    >>> console = Console(file=StringIO(), width=16)
    >>> print_table(["plan", "width"], [["S", "2,660"], ["A", "75,352"]], console, ["width"])
    >>> print(console.file.getvalue())
    plan   width
    S      2,660
    A     75,352
    <BLANKLINE>
    """
    texts = [[_text(cell) for cell in row] for row in rows]
    turned = [columns[0], *(row[0].plain for row in texts)]
    across = _turned(columns, texts)
    if _fits(columns, texts, {*right, *whole}, console.width):
        _print_across(columns, texts, console, right, whole)
    elif _fits(turned, across, turned[1:], console.width):
        _print_across(turned, across, console, turned[1:])
    else:
        _print_blocks(columns, texts, console)


def _turned(columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> list[list[Text]]:
    """Return the rows of the turned table: one per column but the first."""
    return [[Text(name), *(row[i] for row in rows)] for i, name in enumerate(columns) if i]


def _print_across(
    columns: Sequence[str],
    texts: Sequence[Sequence[Text]],
    console: Console,
    right: Collection[str],
    whole: Collection[str] = (),
) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for i, name in enumerate(columns):
        numbers = name in right
        stays = numbers or name in whole
        least = max([_longest_word(name), *(_longest_word(row[i].plain) for row in texts)])
        table.add_column(
            name,
            justify="right" if numbers else "left",
            no_wrap=stays,
            min_width=None if stays else least,
        )
    for row in texts:
        table.add_row(*row)
    console.print(table)


def lines_of(text: str, room: int) -> list[str]:
    """Return the lines of a paragraph; none ends in a digit and a comma, as half a number would.

    >>> lines_of("with l = 1, 2", 10)
    ['with l =', '1, 2']
    """
    kept = re.sub(r"(?<=\d), (?=\S)", ",\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(kept, room) or [""]
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _text(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def _fits(
    columns: Sequence[str], rows: Sequence[Sequence[Text]], right: Collection[str], width: int
) -> bool:
    """Return whether columns of numbers have room whole, and the others without broken words."""
    room, texts = width - _GAP * len(columns), []
    for i, name in enumerate(columns):
        cells = [row[i].plain for row in rows]
        whole = max(map(len, (name, *cells)))
        if name in right:
            room -= whole
        else:
            texts.append((max(map(_longest_word, (name, *cells))), whole))
    if sum(least for least, _ in texts) > room:
        return False
    wanted = sum(whole for _, whole in texts)
    return wanted <= _LINES * room


def _print_blocks(columns: Sequence[str], rows: Sequence[Sequence[Text]], console: Console) -> None:
    names = max(map(len, columns[1:]), default=0)
    room = max(console.width - names - 4, 20)
    for row in rows:
        console.print(row[0], style="bold")
        for name, cell in zip(columns[1:], row[1:], strict=True):
            for i, line in enumerate(lines_of(cell.plain, room)):
                head = f"  {name if i == 0 else '':<{names}}  "
                console.print(Text(head, style="dim") + Text(line, style=cell.style))
