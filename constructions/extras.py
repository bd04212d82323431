"""Packages that only some files need."""

from __future__ import annotations

import importlib
from typing import Any


def optional(package: str, action: str = "reading") -> Any:
    """Return an optional package of the extra `readers`.

    Raises ImportError that says how to install it, `action` being what needs it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as fault:
        raise ImportError(
            f"{action} this file needs the package {package}: pip install 'pmone[readers]'"
        ) from fault
