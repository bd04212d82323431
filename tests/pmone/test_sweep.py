"""`pmone sweep`: rows as a table and as a file."""


def test_a_sweep_is_shown_as_a_table(door, tmp_path):
    shown = door("sweep", "weights-vs-bound", "--jobs", "1", "--format", "text")
    assert shown.code == 0
    assert "ratio" in shown.out
    assert "python-flint" not in shown.out  # versions are for the CSV
    both = door(
        *("sweep", "weights-vs-bound", "--jobs", "1", "--format", "text"),
        *("--out", tmp_path / "rows.csv"),
    )
    assert both.out == shown.out
    assert (tmp_path / "rows.csv").read_text().count("\n") == 25
