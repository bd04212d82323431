"""Reading any file of a pruned network, whatever was pruned."""

from __future__ import annotations

from pathlib import Path

from constructions.archive import reading_arrays
from constructions.popup import mask
from constructions.popup.mask import MaskedNetwork
from constructions.ticket import Ticket


def load(path: str | Path) -> Ticket | MaskedNetwork:
    """Read any file of a pruned network to run it; raise InputError naming what is wrong.

    Ticket files give a `Ticket`; files of masks, which edge-popup saves, a `MaskedNetwork`.

    >>> import os, tempfile
    >>> from constructions import TargetNetwork, horner, plan_for
    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> plan = plan_for(target, eps="0.1", delta="1e-6")
    >>> path = os.path.join(tempfile.mkdtemp(), "ticket.npz")
    >>> horner.prune(target, plan, plan.draw(seed=1)).save(path)
    >>> load(path).seed
    1
    """
    with reading_arrays(path, "a ticket file") as (header, _):
        masks = header["format"] == mask.FORMAT
    return MaskedNetwork.load(path) if masks else Ticket.load(path)
