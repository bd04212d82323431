"""The layered layout of graphs: nothing overlaps, arrows pass between nodes, few crossings."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.claims import graph, registry
from proofs.report.layout import lay_out

PARENTS = st.lists(st.sets(st.integers(0, 11), max_size=4), min_size=1, max_size=12).map(
    lambda above: {f"N{i}": [f"N{j}" for j in sorted(p) if j < i] for i, p in enumerate(above)}
)


def crossings(layout):
    """Return how many pairs of arrows cross between two layers."""
    parts = [
        (level, a, b) for arrow in layout.arrows.values() for (a, level), (b, _) in pairwise(arrow)
    ]
    return sum(
        one[0] == two[0] and (one[1] - two[1]) * (one[2] - two[2]) < -1e-9
        for one, two in combinations(parts, 2)
    )


@given(PARENTS, st.floats(1, 100), st.floats(0.1, 1))
def test_nodes_never_overlap_and_arrows_pass_between_them(parents, node, share):
    bend, levels = share * node, graph.levels(parents)
    layout = lay_out(levels, parents, node, bend)
    assert {n: level for n, (_, level) in layout.nodes.items()} == levels
    layers = {}
    for x, level in layout.nodes.values():
        layers.setdefault(level, []).append((x, node))
    for arrow in layout.arrows.values():
        for x, level in arrow[1:-1]:
            layers.setdefault(level, []).append((x, bend))
    for layer in layers.values():
        layer.sort()
        for (a, one), (b, two) in pairwise(layer):
            assert b - a >= (one + two) / 2 - 1e-9 * node
        assert layer[0][0] >= layer[0][1] / 2 - 1e-9 * node
        assert layer[-1][0] <= layout.width - layer[-1][1] / 2 + 1e-9 * node


@given(PARENTS)
def test_an_arrow_leads_through_every_layer_from_parent_to_child(parents):
    layout = lay_out(graph.levels(parents), parents)
    assert set(layout.arrows) == {(p, c) for c, above in parents.items() for p in above}
    for (parent, child), arrow in layout.arrows.items():
        assert (arrow[0], arrow[-1]) == (layout.nodes[parent], layout.nodes[child])
        assert [level for _, level in arrow] == list(range(arrow[0][1], arrow[-1][1] + 1))


@given(st.permutations(range(6)), st.permutations(range(6)))
def test_a_matching_is_drawn_without_crossings(top, bottom):
    parents = {f"P{i}": [] for i in top} | {f"C{i}": [f"P{i}"] for i in bottom}
    assert crossings(lay_out(graph.levels(parents), parents)) == 0


def test_the_graph_of_the_registry_has_few_crossings():
    """Q1 and Q2, on which all peers rest, cross ten times whatever their places.

    B4, A1, S4, S*4 and G5 rest on the same few claims, which forces more.
    """
    parents = graph.reduced(graph.parents(registry.claims()))
    edges = sum(map(len, parents.values()))
    assert crossings(lay_out(graph.levels(parents), parents)) - 10 <= 0.75 * edges


def test_a_parent_that_is_not_in_an_earlier_layer_is_refused():
    with pytest.raises(ValueError, match="B rests on A, which is not in an earlier layer"):
        lay_out({"A": 0, "B": 0}, {"A": [], "B": ["A"]})


def test_no_nodes_no_places():
    layout = lay_out({}, {})
    assert (layout.nodes, layout.arrows, layout.width) == ({}, {}, 0.0)
