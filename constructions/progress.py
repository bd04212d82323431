"""How long work reports its progress: a callable of (done, total, what is being done)."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, text: str) -> None:
    """Report nothing."""
