"""The peers (P1–P6): our form is claimed, the papers' statements are quoted, checks can fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from constructions import construction
from constructions import peers as constructions
from constructions.errors import NoTicket
from constructions.peers import diffenderfer, malach, pensia, subset_sum
from constructions.popup import edge_popup
from constructions.request import Request
from proofs.claims import peers, registry
from proofs.evidence import Case, Rung, Verdict

LABELS = ("P1", "P2", "P3", "P4", "P5", "P6")


def run(name):
    return registry.check(name).run(Case.of(name, "quick", 0))


@pytest.mark.parametrize("label", LABELS)
def test_the_paper_s_statement_is_quoted_with_its_mark_and_claimed_by_nobody(label):
    claim = registry.claim(label)
    stated = next(s for s in peers.STATED.values() if s.label == label)
    assert claim.source.kind == "ours"
    assert claim.source.sure == stated.sure
    assert stated.reference in claim.source.reference
    assert f"The paper states ({stated.sure}): {stated.statement}" in claim.outline
    assert stated.statement not in claim.statement


@pytest.mark.parametrize("label", LABELS[:5])
def test_tickets_must_be_certified_and_probabilities_are_argued_or_only_measured(label):
    tickets, probability = registry.claim(label).clauses
    assert tickets.required is Rung.CERTIFIED
    assert probability.required is (Rung.MEASURED if label in ("P3", "P5") else Rung.ARGUED)


def test_edge_popup_is_only_measured():
    popup = registry.claim("P6")
    assert popup.required is Rung.MEASURED
    assert {check.rung for check in popup.checks} == {Rung.MEASURED}


@pytest.mark.parametrize("label", LABELS[:5])
def test_the_checks_of_peers_pass(label):
    for name in registry.claim(label).check_ids():
        if name != "P3/public-statistics":  # has tests of its own
            assert run(name).verdict is Verdict.PASSED, name


def test_no_bound_is_claimed_where_none_is_proved():
    for name in constructions():
        proved = construction(name).plan(Request.of((2, 2), "0.5", "0.1")).bound_failure is not None
        claim = registry.claim(peers.STATED[name].label)
        assert ("measured, not proved" in claim.statement) is not proved
        assert ("argued by a union bound, and measured" in claim.statement) is proved


def test_a_construction_that_fails_too_often_is_refuted(monkeypatch):
    def fail(*_):
        raise NoTicket("search", 2, "every slot")

    monkeypatch.setattr(malach, "prune", fail)
    evidence = run("P1/whole-draws")
    assert evidence.verdict is Verdict.FAILED
    assert evidence.k == evidence.n == 400
    missed = run("P1/certified-tickets")
    assert (missed.verdict, missed.k, missed.n) == (Verdict.FAILED, 6, 6)


def test_a_wrong_ticket_is_a_counterexample(monkeypatch):
    right = pensia.choose_subsets

    def careless(task, n, solve):
        kept = right(task, n, solve)
        kept[:, :, 0] = False
        return kept

    monkeypatch.setattr(pensia, "choose_subsets", careless)
    evidence = run("P3/certified-tickets")
    assert evidence.verdict is Verdict.FAILED
    assert evidence.counterexample["verdict"] == "rejected"


def test_a_count_that_is_one_short_is_not_the_rounded_target(monkeypatch):
    right = diffenderfer.quantize

    def short(target, precision):
        return tuple(V - (V > 0) for V in right(target, precision))

    monkeypatch.setattr(diffenderfer, "quantize", short)
    evidence = run("P4/certified-tickets")
    assert evidence.verdict is Verdict.FAILED


def test_public_statistics_that_another_solver_misses_settle_nothing(monkeypatch):
    right = subset_sum._closest
    monkeypatch.setattr(subset_sum, "_closest", lambda s, t: right(s // 3, t))
    evidence = run("P3/public-statistics")
    assert evidence.verdict is Verdict.INCONCLUSIVE
    assert "disjoint" in evidence.reason


def test_edge_popup_that_learns_nothing_is_refuted(monkeypatch):
    right = edge_popup.gradient
    monkeypatch.setattr(edge_popup, "gradient", lambda *a: [0 * g for g in right(*a)])
    monkeypatch.setattr(Case, "pick", lambda self, quick, full: 1)
    evidence = run("P6/digits")
    assert evidence.verdict is Verdict.FAILED
    assert evidence.counterexample["n"] == 450


def test_edge_popup_that_is_right_about_half_is_inconclusive(monkeypatch):
    right = edge_popup.prune
    monkeypatch.setattr(Case, "pick", lambda self, quick, full: 1)
    monkeypatch.setattr(edge_popup, "prune", lambda *a: replace(right(*a), correct=230, total=450))
    assert run("P6/digits").verdict is Verdict.INCONCLUSIVE


def test_edge_popup_without_data_is_not_run(monkeypatch):
    def missing():
        raise peers.InputError("no scikit-learn")

    monkeypatch.setattr(peers, "digits", missing)
    assert run("P6/digits").verdict is Verdict.NOT_RUN
