"""Draws without a ticket: forced by starving the slack, always said, never hidden by a redraw."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from constructions import NoTicket, TargetNetwork, construction, horner, horner_plan
from constructions.networks.signs import SignNetwork
from constructions.numbers import THREE_QUARTERS, total
from constructions.pool import at_most, bound_G1
from constructions.progress import silent
from constructions.quantize import Precision
from constructions.request import Request
from tests.oracles import upper_end
from tests.tickets import certify

QUARTER = Fraction(1, 4)


def small_plan(name, dims, **slacks):
    """The plan for one bit per weight, with less slack."""
    precision = Precision(1, (0,) * (len(dims) - 1), "a test's class")
    plan = construction(name).plan(Request.of(dims, "1e6", "0.5", precision=precision))
    return replace(plan, **slacks)


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
        ("horner", (1, 3), {"s_A": 6}, "double"),
        ("horner", (1, 3), {"s_A": 6}, "range"),
        ("horner", (1, 1), {"e": 1}, "range"),
        ("horner", (1, 1), {"g": 5}, "offset"),
        ("horner", (1, 1), {"copies": 3}, "copy"),
        ("horner", (9, 9, 1), {"s_A": 6}, "double"),
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
        ("merge", 1, 8),
        ("merge", 9, 30),
        ("read-out", 1, 5),
        ("read-out", 3, 10),
        ("read-out", 9, 25),
        ("output", 1, 18),
        ("output", 3, 30),
    ],
)
def test_what_searches_a_whole_layer_fails_no_more_often_than_S4_says(event, n, width):
    """These hardly ever fail in a plan."""
    plan, draws, events = small_plan("horner", (1, n)), 400, Counter()

    class OfWidth(horner.HornerPlan):
        widths = (width, width, n)

    made = {field.name: getattr(plan, field.name) for field in fields(plan)}
    plan, halves = OfWidth(**made), np.arange(2 * n + 2).reshape(2, n + 1)
    for seed in range(draws):
        builder = horner._Builder(plan, SignNetwork(seed, plan.widths), silent)
        try:
            if event == "merge":
                builder.merge(halves[:, :-1] % width, halves[:, -1:] % width)
            elif event == "read-out":
                builder.read_out(np.arange(n), n + np.arange(horner_plan.copies_for(n)))
            else:
                builder.output(halves[:, :-1] % width, halves[:, -1:] % width)
        except NoTicket as failure:
            events[failure.event] += 1
    copies = horner_plan.copies_for(n)
    bound = {
        "merge": bound_G1(n, width, THREE_QUARTERS) + at_most(copies - 1, width - n, QUARTER),
        "read-out": horner_plan.bound_read_out(n, width),
        "output": horner_plan.bound_output(n, width),
    }[event]
    assert set(events) == {event}
    assert sum(events.values()) <= binom.isf(1e-9, draws, min(1.0, float(upper_end(bound))))


class Flipped(SignNetwork):
    """The same network with the signs of all edges from U to A and A′ of some layers reversed."""

    @classmethod
    def of(cls, plan, seed, layers):
        made = cls(seed, plan.widths)
        object.__setattr__(made, "flip", (plan.size_U(plan.parts[0]), frozenset(layers)))
        return made

    def blocks(self, layer, numbers):
        found = super().blocks(layer, numbers)
        size, layers = self.flip
        if layer in layers:
            bits = np.zeros(256, dtype=np.bool_)
            # The layer of the last stage has no U.
            bits[size if layer + 1 in layers else 0 : self.widths[layer]] = True
            found[numbers < size] ^= np.packbits(bits, bitorder="little").view("<u8")
        return found

    def _stream(self, layer, first, count):
        numbers = np.arange(first, first + count)
        return self.blocks(layer, numbers).ravel()


@pytest.mark.parametrize("aware", [False, True])
def test_the_matching_of_S_reads_no_digit_sign_but_where_G5_asks_for_one(aware):
    """Reverse every digit's sign: range and digits change, every matched neuron stays."""
    target = TargetNetwork.from_layers([[[0.5, -0.75]]])
    plan = horner.plan_with_split(Request.of(target.dims, "0.1", "0.001"))
    assert plan.aware
    plan = replace(plan, e=5, aware=aware)
    assert plan.N <= 256  # one block per neuron, so that block and neuron have one number
    first = plan.L - plan.K - 1  # stage 1
    stages = range(first, first + plan.K)
    one = horner.prune(target, plan, plan.draw(8))
    other = horner.prune(target, plan, Flipped.of(plan, 8, stages))
    U, changed = plan.size_U(plan.parts[0]), 0
    for t, (mine, flipped) in enumerate(zip(one.edges, other.edges, strict=True), 1):
        masks = [e.mask(plan.widths[t - 1], plan.widths[t]) for e in (mine, flipped)]
        if t in stages:
            rows = slice(U if t + 1 in stages else 0, None)
            changed += (masks[0][rows, :U] != masks[1][rows, :U]).any()
            for m in masks:
                m[rows, :U] = False
        assert (masks[0] == masks[1]).all() or (aware and t >= first + plan.e - 1), t
    assert changed
