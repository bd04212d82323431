"""Where this software stands, and where it may keep results: never beside installed modules."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def in_checkout() -> bool:
    """Return whether the rooms stand in a checkout, with figures/, paper/ and tests/ beside them.

    An installed wheel holds pmone, proofs and constructions only.
    """
    return (ROOT / "pyproject.toml").is_file()


def cache() -> Path:
    """Return the user's folder of results: $PMONE_CACHE, else pmone in $XDG_CACHE_HOME or ~/.cache.

    It need not exist yet.
    """
    if named := os.environ.get("PMONE_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pmone"
