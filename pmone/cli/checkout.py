"""figures/ and paper/ run from a checkout: a wheel does not hold them, and a command says so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proofs import folders


class Unavailable(RuntimeError):
    """What was asked for cannot be done by this installation; the message says what is missing."""


@contextmanager
def room_of_checkout(what: str) -> Iterator[None]:
    """Let the block import from figures/ or paper/, or raise Unavailable, naming ``what``.

    Both rooms are the checkout's, whatever folders of these names the user has where the command
    is run.
    """
    if not folders.in_checkout():
        raise Unavailable(
            f"{what}: only from a checkout of pmone, which has the figures and the paper"
        )
    if sys.path[:1] != [str(folders.ROOT)]:
        sys.path.insert(0, str(folders.ROOT))
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        remedy = "make setup, or pip install 'pmone[figures]'"
        raise Unavailable(f"{what}: matplotlib is needed and not installed ({remedy})") from None


def drawn_figures() -> Path | None:
    """Return the folder of the checkout's figures; None for an installed pmone, which has none."""
    return folders.ROOT / "figures" / "out" if folders.in_checkout() else None
