"""What `import pmone` offers, in one module: types from the rooms, and the verbs that join them."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from constructions.catalogue import construction as construction_named
from constructions.catalogue import plan_for
from constructions.errors import InputError as InputError
from constructions.errors import NoRounding as NoRounding
from constructions.errors import NoTicket as NoTicket
from constructions.plan import Plan as Plan
from constructions.progress import Progress, silent
from constructions.quantize import Fit
from constructions.rounding import RoundingChoice
from constructions.saved import load as load
from constructions.targets.readers import from_sklearn, load_target
from constructions.targets.target import Ball as Ball
from constructions.targets.target import Box as Box
from constructions.targets.target import Domain
from constructions.targets.target import TargetNetwork as TargetNetwork
from constructions.ticket import Ticket as Ticket
from proofs import kernel
from proofs.kernel import Certificate as Certificate
from proofs.provenance import versions

__version__ = versions().get("pmone", "not installed")
certify = kernel.check


def read(source: str | os.PathLike[str] | Any, *, domain: Domain | None = None) -> TargetNetwork:
    """Return the network in a file, or in a fitted model of scikit-learn.

    Parameters
    ----------
    source : a file .npz (matrices W1…Wl of shape (d_i, d_{i−1}), any of the biases b1…bl), .onnx
        or .safetensors; or an MLPClassifier or MLPRegressor
    domain : where the approximation is to hold: Ball or Box; the unit ball unless given

    Raises InputError naming the file or model, and the fault; ImportError if the package that
    reads such a file is not installed; OSError as usual.

    >>> import os, tempfile
    >>> import numpy as np
    >>> path = os.path.join(tempfile.mkdtemp(), "target.npz")
    >>> np.savez(path, W1=[[0.5, -0.25]], b1=[1.0], W2=[[1.0]])
    >>> read(path, domain=Ball("2"))([1.0, 1.0])
    array([1.25])
    """
    if isinstance(source, str | os.PathLike):
        return load_target(source, domain=domain)
    return from_sklearn(source, domain=domain)


def plan(
    target: TargetNetwork,
    eps: str | float | Decimal,
    delta: str | float | Decimal,
    construction: str = "horner",
    *,
    fit: Fit = "theorem",
    rounding: RoundingChoice = "auto",
    rounding_seed: int = 0,
) -> Plan:
    """Return the shape of the random network in which a construction finds the target.

    Nothing is drawn: the plan depends on shape, norms and domain of the target, and with
    fit="adaptive" on its weights.

    Parameters
    ----------
    target : the network to be found
    eps, delta : accuracy ε > 0 and failure probability 0 < δ < 1, best as strings: "0.01"
    construction : "horner" (S), "grouped" (S*), "sign-agnostic" (A), "blocks" (B, our form of the
        paper's), or "auto" for whichever of these needs the fewest random weights
    fit : "theorem" for the shape that serves every target of this shape, norms and domain;
        "adaptive" for the fewest bits that are enough for this one
    rounding : "nearest"; "random" for fewer bits in wide layers; "auto" for "random" where it
        saves bits
    rounding_seed : of the random rounding, 0 ≤ rounding_seed < 2^64

    Raises InputError naming the argument, its value and what was expected.

    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> found = plan(target, eps="0.1", delta="0.1")
    >>> found.N, found.L, found.p, found.bound_failure <= 0.1
    (60, 13, 4, True)
    """
    made: Plan = plan_for(target, eps, delta, construction, fit, rounding, rounding_seed)
    return made


def prune(target: TargetNetwork, plan: Plan, seed: int = 1, progress: Progress = silent) -> Ticket:
    """Return the target's ticket in the one random ±1 network of the plan that the seed draws.

    Parameters
    ----------
    target, plan : the network to be found, and its plan
    seed : 0 ≤ seed < 2^64
    progress : called as progress(done, total, text)

    Raises NoTicket, with probability at most the plan's δ, if this network has none (nothing is
    drawn again); NoRounding if the plan counts on a random rounding that was not found; InputError
    if the plan is another target's or the seed is out of range.

    >>> target = TargetNetwork.from_layers([[[0.5, -0.25]]])
    >>> ticket = prune(target, plan(target, eps="0.1", delta="1e-6"), seed=1)
    >>> bool(abs(ticket.run([0.5, 0.5]) - target([0.5, 0.5])) <= 0.1)
    True
    """
    found = construction_named(plan.construction)
    return found.prune(target, plan, plan.draw(seed), progress)
