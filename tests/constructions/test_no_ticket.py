"""Draws without a ticket: forced by starving the slack, always said, never hidden by a redraw."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from constructions import NoTicket, TargetNetwork, construction, horner
from constructions.networks.signs import SignNetwork
from constructions.numbers import total
from constructions.pool import bound_G1, bound_G2, bound_G3
from constructions.progress import silent
from constructions.quantize import Precision
from constructions.request import Request
from tests.oracles import upper_end
from tests.tickets import certify


def small_plan(name, dims, **slacks):
    """The plan for one bit per weight, with less slack."""
    precision = Precision(1, (0,) * (len(dims) - 1), "a test's class")
    plan = construction(name).plan(Request.of(dims, "1e6", "0.5", precision=precision))
    return plan.with_slacks(**slacks)


def draw(plan, seeds):
    """The events that failed, counted; "ticket" where there is one, which the kernel accepts."""
    target = TargetNetwork.from_layers(
        [np.resize([0.5, -1.0, 0.25], (n, m)) for m, n in pairwise(plan.dims)]
    )
    seen = Counter()
    for seed in seeds:
        try:
            ticket = construction(plan.construction).prune(target, plan, plan.draw(seed))
        except NoTicket as failure:
            told = failure
            seen[failure.event] += 1
        else:
            assert ticket.seed == seed  # found in the draw that was asked for
            if seen["ticket"] < 2:
                assert certify(ticket).accepted
            seen["ticket"] += 1
            continue
        assert 1 <= told.layer <= plan.L
        assert told.slot
        assert all(str(v) in str(told) for v in (told.event, told.layer, told.slot))
    return seen


@pytest.mark.parametrize(
    ("name", "dims", "slacks", "event"),
    [
        ("horner", (2, 1), {"s_U": 0}, "split"),
        ("horner", (1, 1), {"s_U": 0}, "carry"),
        ("horner", (1, 3), {"s_A": 2}, "double"),
        ("horner", (1, 1), {"e": 1}, "range"),
        ("sign-agnostic", (1, 1), {"s_D": 0}, "split"),
        ("sign-agnostic", (1, 1), {"s_D": 4}, "double"),
        ("sign-agnostic", (1, 1), {"s_C": 0}, "carry"),
        ("sign-agnostic", (1, 1), {"e": 2}, "range"),
        ("blocks", (1, 2, 1), {"B": 12}, "alive"),
        ("blocks", (1, 2, 1), {"B": 20}, "copies"),
    ],
)
def test_every_event_is_named_when_it_fails(name, dims, slacks, event):
    seen = draw(small_plan(name, dims, **slacks), range(60))
    assert seen[event] > 0, seen
    known = {e.split()[0] for e in small_plan(name, dims).failure_bounds()}
    assert {e.split()[0] for e in seen} <= known | {"ticket"}


@pytest.mark.parametrize(
    ("name", "dims", "slacks"),
    [
        ("horner", (2, 2), {}),
        ("horner", (1, 2, 1), {}),
        ("horner", (1, 1), {"e": 1}),
        ("sign-agnostic", (2, 2), {}),
        ("sign-agnostic", (1, 2, 1), {}),
        ("blocks", (2, 2), {}),
        ("blocks", (1, 2, 1), {}),
        ("blocks", (1, 2, 1), {"B": 24}),
    ],
)
def test_draws_fail_no_more_often_than_the_bound(name, dims, slacks):
    """Each event, and all together, against the binomial's upper end at 1e-9."""
    plan, draws = small_plan(name, dims, **slacks), 100
    seen, bounds = draw(plan, range(1000, 1000 + draws)), plan.failure_bounds()
    for event, bound in [*bounds.items(), ("all", total(bounds))]:
        bound = min(1.0, float(upper_end(bound)))
        failed = sum(n for e, n in seen.items() if e != "ticket" and event in ("all", e.split()[0]))
        assert failed <= binom.isf(1e-9, draws, bound), (event, failed, bound)


@pytest.mark.parametrize(
    ("event", "n", "width"),
    [
        ("merge", 1, 6),
        ("merge", 2, 9),
        ("read-out", 1, 5),
        ("read-out", 3, 10),
        ("output", 1, 12),
        ("output", 3, 20),
    ],
)
def test_what_searches_the_whole_layer_fails_as_G1_G2_and_G3_say(event, n, width):
    """These have all neurons as their pool and hardly ever fail in a plan."""
    plan, draws, events = small_plan("horner", (1, n)), 400, Counter()

    class OfWidth(horner.HornerPlan):
        widths = (width, width, n)

    plan = OfWidth(plan.request, plan.e, plan.s_U, plan.s_A)
    for seed in range(draws):
        builder = horner._Builder(plan, SignNetwork(seed, plan.widths), silent)
        builder.blocks["all"] = (0, width)
        try:
            if event == "merge":
                fits = builder.all_plus(
                    builder.next_layer(), np.arange(n), np.arange(n) + width // 2
                )
                builder.serve("merge", "all", n, fits)
            elif event == "read-out":
                builder.read_out(np.arange(n + 1))
            else:
                builder.output(np.arange(n + 1))
        except NoTicket as failure:
            events[failure.event] += 1
    bound = {
        "merge": bound_G1(n, width, horner.THREE_QUARTERS),
        "read-out": bound_G2(n, width),
        "output": bound_G3(n, width),
    }[event]
    assert set(events) == ({"output +", "output −"} if event == "output" else {event})
    assert sum(events.values()) <= binom.isf(1e-9, draws, min(1.0, float(upper_end(bound))))


class Flipped(SignNetwork):
    """The same network with the signs of all edges from U to A and A′ of some layers reversed."""

    @classmethod
    def of(cls, plan, seed, layers):
        made = cls(seed, plan.widths)
        bits = np.zeros(256, dtype=np.bool_)
        bits[plan.size_U : plan.N] = True
        mask = np.packbits(bits, bitorder="little").view("<u8")
        object.__setattr__(made, "flip", (plan.size_U, frozenset(layers), mask))
        return made

    def blocks(self, layer, numbers):
        found = super().blocks(layer, numbers)
        size, layers, mask = self.flip
        if layer in layers:
            found[numbers < size] ^= mask
        return found

    def _stream(self, layer, first, count):
        numbers = np.arange(first, first + count)
        return self.blocks(layer, numbers).ravel()


def test_the_matching_of_S_reads_no_digit_sign():
    """Reverse every digit's sign: range and digits change, every matched neuron stays."""
    target = TargetNetwork.from_layers([[[0.5, -0.75]], [[0.625]]])
    plan = horner.plan(Request.of(target.dims, "0.1", "0.001"))
    assert plan.N <= 256  # one block per neuron, so that block and neuron have one number
    stages = {1 + i * (plan.K + 2) + t for i in range(2) for t in range(1, plan.K + 1)}
    one = horner.prune(target, plan, plan.draw(8))
    other = horner.prune(target, plan, Flipped.of(plan, 8, stages))
    changed = 0
    for t, (mine, flipped) in enumerate(zip(one.edges, other.edges, strict=True), 1):
        masks = [e.mask(plan.widths[t - 1], plan.widths[t]) for e in (mine, flipped)]
        if t in stages:
            digits = [m[plan.size_U :, : plan.size_U].copy() for m in masks]
            changed += (digits[0] != digits[1]).any()
            for m in masks:
                m[plan.size_U :, : plan.size_U] = False
        assert (masks[0] == masks[1]).all(), t
    assert changed
    assert [u.tolist() for u in one.units] == [u.tolist() for u in other.units]
