"""Tables in a terminal: whole words and numbers at every width, and nothing beyond the edge."""

from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from proofs.columns import lines_of, print_table

WORDS = st.text("abcdefgh", min_size=1, max_size=9)
NUMBERS = st.integers(0, 10**9).map("{:,}".format)
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


def printed(columns, rows, width, right=()):
    console = Console(file=StringIO(), width=width)
    print_table(columns, rows, console, right)
    return console.file.getvalue()


@given(
    st.lists(st.tuples(WORDS, NUMBERS, TEXTS, NUMBERS), min_size=1, max_size=6),
    st.integers(40, 140),
)
@example([("aaaaaaaaa", "100,000,000", "a", "0")], 40)
def test_no_word_is_broken_and_no_line_too_long(rows, width):
    columns = ("plan", "width", "what it is", "weights")
    text = printed(columns, rows, width, right=("width", "weights"))
    assert max(map(len, text.splitlines())) <= width
    words = set(text.split())
    assert {word for row in rows for cell in row for word in cell.split()} <= words


ROWS = [("horner", "2,660"), ("blocks", "4,769,856")]


@pytest.mark.parametrize("more", [0, 5, 12])
def test_a_table_stands_if_it_fits_else_it_is_turned_else_in_blocks(more):
    columns = ("plan", "width", *(f"column-{i}" for i in range(more)))
    rows = [(*row, *("1,234",) * more) for row in ROWS]
    lines = printed(columns, rows, 48, right=columns[1:]).splitlines()
    if not more:
        assert lines[0].split() == list(columns)
    else:
        assert lines[0].split() == ["plan", "horner", "blocks"]
        assert lines[1].split() == ["width", "2,660", "4,769,856"]
    narrow = printed(columns, [*rows] * 3, 30, right=columns[1:]).splitlines()
    if more:
        assert [line.split() for line in narrow[:2]] == [["horner"], ["width", "2,660"]]


def test_no_line_of_a_paragraph_ends_as_half_a_number_would():
    text = "d = 16, l = 1, ε = 0.5, δ = 0.5"
    for room in range(12, 40):
        lines = lines_of(text, room)
        assert " ".join(lines) == text
        assert not any(line.endswith(",") for line in lines)
