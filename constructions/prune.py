"""What every construction does before it looks at a sign."""

from __future__ import annotations

import numpy as np

from constructions.errors import InputError
from constructions.networks.network import RandomNetwork
from constructions.plan import Plan
from constructions.quantize import quantize
from constructions.rounding import Integers
from constructions.targets.target import TargetNetwork


def begin(target: TargetNetwork, plan: Plan, network: RandomNetwork) -> None:
    """Raise InputError unless target, plan and network belong together."""
    if target.dims != plan.dims:
        raise InputError(f"target has dims {target.dims}: the plan is for {plan.dims}")
    if network.widths != plan.widths or network.distribution != plan.distribution:
        raise InputError("network: expected the plan's, as plan.draw(seed) gives it")
    if plan.nonnegative and not target.nonnegative:
        raise InputError("the plan is for nonnegative inputs, the target's domain has others")


def section_matrices(target: TargetNetwork, plan: Plan) -> list[Integers]:
    """Return V_1…V_l, the first as [V, −V] if the inputs are split (H2)."""
    matrices = list(quantize(target, plan.precision))
    if not plan.nonnegative:
        matrices[0] = np.hstack([matrices[0], -matrices[0]])
    return matrices
