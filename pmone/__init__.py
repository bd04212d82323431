"""Strong lottery tickets in random ±1 networks: find them, certify them, run them.

>>> import pmone
>>> target = pmone.TargetNetwork.from_layers([[[0.3, -0.4]], [[0.9]]], biases=[[0.1], None])
>>> plan = pmone.plan(target, eps="0.05", delta="1e-6")
>>> ticket = pmone.prune(target, plan, seed=1)
>>> bool(abs(ticket.run([0.5, 0.5]) - target([0.5, 0.5])) < 0.05)
True

The names below are all there is to know from Python; `pmone.api` says what they do. They are
loaded when they are first used, so that the command answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pmone.api import (
        Ball,
        Box,
        Certificate,
        InputError,
        NoRounding,
        NoTicket,
        Plan,
        TargetNetwork,
        Ticket,
        __version__,
        certify,
        load,
        plan,
        prune,
        read,
    )

__all__ = [
    "Ball",
    "Box",
    "Certificate",
    "InputError",
    "NoRounding",
    "NoTicket",
    "Plan",
    "TargetNetwork",
    "Ticket",
    "__version__",
    "certify",
    "load",
    "plan",
    "prune",
    "read",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pmone import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
