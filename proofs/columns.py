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
    if widths := _widths(columns, texts, {*right, *whole}, console.width):
        _print_across(columns, texts, console, right, widths)
    elif widths := _widths(turned, across, turned[1:], console.width):
        _print_across(turned, across, console, turned[1:], widths)
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
    widths: Sequence[int],
) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, justify="right" if name in right else "left", width=width)
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


def _widths(
    columns: Sequence[str], rows: Sequence[Sequence[Text]], stays: Collection[str], width: int
) -> list[int] | None:
    """Return a width for every column in which nothing is broken; None where there is no room.

    Columns in ``stays`` have room for their cells as they are, the others for their longest words
    at least; what is left goes to those that want more, in proportion.
    """
    cells = [(name, *(row[i].plain for row in rows)) for i, name in enumerate(columns)]
    wanted = [max(map(len, texts)) for texts in cells]
    least = [
        most if name in stays else max(map(_longest_word, texts))
        for name, most, texts in zip(columns, wanted, cells, strict=True)
    ]
    spare = width - _GAP * (len(columns) - 1) - sum(least)
    more = sum(wanted) - sum(least)
    flexible = spare + sum(w for w, name in zip(least, columns, strict=True) if name not in stays)
    if spare < 0 or more + flexible - spare > _LINES * flexible:
        return None
    share = min(1.0, spare / more) if more else 0.0
    return [low + int((high - low) * share) for low, high in zip(least, wanted, strict=True)]


def _print_blocks(columns: Sequence[str], rows: Sequence[Sequence[Text]], console: Console) -> None:
    names = max(map(len, columns[1:]), default=0)
    room = max(console.width - names - 4, 20)
    for row in rows:
        console.print(row[0], style="bold")
        for name, cell in zip(columns[1:], row[1:], strict=True):
            for i, line in enumerate(lines_of(cell.plain, room)):
                head = f"  {name if i == 0 else '':<{names}}  "
                console.print(Text(head, style="dim") + Text(line, style=cell.style))
