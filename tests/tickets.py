"""What tests do with tickets: certify them, and run them the slow way, from the format alone."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from constructions import TargetNetwork, Ticket, construction, ours, plan_for
from constructions.export.chain import Linear
from constructions.plan import Plan
from constructions.quantize import quantize
from proofs.kernel import Certificate, check
from tests.oracles import exact_matrix, run_exact
from tests.strategies import targets


def found(target: TargetNetwork, name: str = "horner", eps: str = "0.1", seed: int = 1) -> Ticket:
    """Return a ticket of the target, at δ = 10^−9."""
    plan = plan_for(target, eps, "1e-9", name)
    return construction(name).prune(target, plan, plan.draw(seed))


@st.composite
def tickets(draw: st.DrawFn, eps: str) -> Ticket:
    """Return tickets of small targets by any of our constructions."""
    target = draw(targets(max_dim=2, max_depth=2))
    return found(target, draw(st.sampled_from(sorted(ours()))), eps)


def compute_chain(chain: Sequence[Linear], x: Sequence[float]) -> list[Fraction]:
    """Evaluate an exported chain at one x in rationals, with the constant 1 carried along."""
    layers = []
    for layer in chain:
        bias = np.zeros(len(layer.weight)) if layer.kept_bias is None else layer.kept_bias
        carry = [Fraction(0)] * layer.weight.shape[1] + [Fraction(1)]
        layers.append([*exact_matrix(np.column_stack([layer.kept_weight, bias])), carry])
    layers[-1].pop()
    return run_exact(layers, [*map(Fraction, x), Fraction(1)])


def certify(ticket: Ticket) -> Certificate:
    """Save a ticket and ask the kernel, with the target that the ticket is for."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ticket.npz")
        ticket.save(path)
        return check(path, target=list(ticket.target.weights))


def follow(ticket: Ticket, x: Sequence[Fraction]) -> list[Fraction]:
    """Evaluate the pruned ±1 network edge by edge in rationals, its signs from NumPy's Philox."""
    h = dict(enumerate(x))
    for t, edges in enumerate(ticket.edges, 1):
        width = ticket.widths[t]
        blocks = -(-width // 256)
        after: dict[int, Fraction] = {}
        assert (np.diff(edges.sources) > 0).all()
        for i, source in enumerate(edges.sources.tolist()):
            targets = edges.indices[edges.indptr[i] : edges.indptr[i + 1]].tolist()
            assert targets == sorted(set(targets))
            assert 0 <= source < ticket.widths[t - 1]
            assert 0 <= targets[0] <= targets[-1] < width
            value = h.get(source, 0)
            if value == 0:
                continue
            generator = np.random.Philox(key=np.array([ticket.seed, t], dtype=np.uint64))
            generator.advance(source * blocks)
            words = generator.random_raw(4 * (targets[-1] // 256 + 1)).tolist()
            for r in targets:
                plus = words[r // 64] >> r % 64 & 1
                after[r] = after.get(r, Fraction(0)) + (value if plus else -value)
        last = t == ticket.depth
        h = {r: v for r, v in after.items() if last or v > 0}
    scale = Fraction(2) ** ticket.scale_log2
    return [h.get(r, Fraction(0)) / scale for r in range(ticket.widths[-1])]


def quantized_output(target: TargetNetwork, plan: Plan, x: Sequence[Fraction]) -> list[Fraction]:
    """Evaluate f̂, the target with its weights rounded as the plan says, in rationals."""
    layers = [
        [[int(v) / Fraction(2) ** shift for v in row] for row in V.tolist()]
        for V, shift in zip(
            quantize(target, plan.precision), plan.precision.layer_scale_log2, strict=True
        )
    ]
    return run_exact(layers, x)


def exact_output(target: TargetNetwork, x: Sequence[Fraction]) -> list[Fraction]:
    """Evaluate f in rationals."""
    layers = [[[Fraction(w) for w in row] for row in W.tolist()] for W in target.weights]
    return run_exact(layers, x)


def rationals(target: TargetNetwork, x: NDArray[np.float64]) -> list[Fraction]:
    """Return one input as rationals, with the constant of a homogenized target."""
    return [Fraction(v) for v in target.inputs(x).tolist()]
