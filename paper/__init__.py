"""The paper: LaTeX, and its numbers and tables, rendered from data that the rooms below made."""
