"""The graph of claims: order, faults, and the status that follows from the rungs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.claims.graph import (
    GraphError,
    ancestors,
    index,
    levels,
    parents,
    reduced,
    statuses,
)
from proofs.claims.model import OURS, Claim, Clause, Source
from proofs.evidence import Rung


def claim(label, *depends_on):
    return Claim(
        id=label,
        title="",
        statement="",
        latex="",
        source=OURS,
        domain="",
        depends_on=depends_on,
        outline="",
        clauses=(Clause("whole", ""),),
    )


DIAMOND = index([claim("D", "B", "C"), claim("B", "A"), claim("C", "A"), claim("A")])


def test_every_claim_follows_what_it_rests_on():
    order = list(DIAMOND)
    direct = parents(DIAMOND)
    assert all(order.index(a) < order.index(b) for b, above in direct.items() for a in above)
    assert levels(direct) == {"A": 0, "B": 1, "C": 1, "D": 2}
    assert ancestors("D", direct) == ("A", "B", "C")
    assert ancestors("A", direct) == ()


def test_levels_are_the_longest_chains():
    direct = {"D": ["C", "A"], "A": [], "B": ["A"], "C": ["A", "B"], "E": []}
    assert levels(direct) == {"D": 3, "A": 0, "B": 1, "C": 2, "E": 0}


@given(st.lists(st.sets(st.integers(0, 9), max_size=4), min_size=1, max_size=10))
def test_the_transitive_reduction_is_the_smallest_graph_with_the_same_ancestors(above):
    direct = {str(i): [str(j) for j in sorted(p) if j < i] for i, p in enumerate(above)}
    small = reduced(direct)
    expected = {label: ancestors(label, direct) for label in direct}
    assert {label: ancestors(label, small) for label in small} == expected
    for label, kept in small.items():
        assert set(kept) <= set(direct[label])
        for parent in kept:  # and none of them could be left out
            fewer = small | {label: [p for p in kept if p != parent]}
            assert ancestors(label, fewer) != expected[label]


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ([claim("A"), claim("A")], "A exists twice"),
        ([claim("A", "Z")], "A depends on Z, which is no claim"),
        ([claim("A", "B"), claim("B", "C"), claim("C", "A")], "circle: A → B → C → A"),
        ([claim("A", "A")], "circle: A → A"),
    ],
)
def test_a_faulty_registry_is_refused(claims, message):
    with pytest.raises(GraphError, match=message):
        index(claims)


class TestStatus:
    def status(self, rungs, refuted=()):
        return {name: s.text for name, s in statuses(DIAMOND, rungs, refuted).items()}

    def test_proved_means_all_ancestors_are(self):
        everything = dict.fromkeys("ABCD", Rung.PROVED)
        assert self.status(everything)["D"] == "proved"
        assert all(s.proved for s in statuses(DIAMOND, everything).values())

    def test_an_ancestor_below_proved_is_named(self):
        rungs = {"A": Rung.TESTED, "B": Rung.PROVED, "C": Rung.PROVED, "D": Rung.PROVED}
        assert self.status(rungs) == {
            "A": "tested",
            "B": "proved modulo A",
            "C": "proved modulo A",
            "D": "proved modulo A",
        }

    def test_an_ancestor_that_was_not_run_counts_as_stated_and_is_said_to_be_not_run(self):
        found = statuses(DIAMOND, {"D": Rung.MACHINE_CHECKED})["D"]
        assert found.text == "machine-checked; not run here: A, B, C"
        assert not found.proved

    def test_what_failed_its_rung_and_what_was_not_run_are_told_apart(self):
        rungs = {"B": Rung.TESTED, "D": Rung.PROVED}
        assert self.status(rungs)["D"] == "proved modulo B; not run here: A, C"

    def test_a_refuted_claim_proves_nothing_below_it(self):
        rungs = dict.fromkeys("ABCD", Rung.PROVED)
        result = statuses(DIAMOND, rungs, ["A"])
        assert result["A"].text == "refuted"
        assert result["D"].text == "proved modulo A"
        assert not result["D"].proved

    def test_an_argued_ancestor_is_named_too(self):
        rungs = {"A": Rung.ARGUED, "B": Rung.RECORDED}
        found = statuses(DIAMOND, rungs)
        assert found["A"].text == "argued"
        assert found["B"].text == "machine-checked (recorded) modulo A"

    def test_what_is_below_proved_shows_its_own_rung(self):
        assert self.status({"A": Rung.PROVED, "B": Rung.MEASURED})["B"] == "measured"


def test_literature_says_how_sure_it_is():
    with pytest.raises(ValueError, match="say how sure"):
        Source("literature", "somebody")
