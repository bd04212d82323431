"""The registry is whole: every label once, every claim complete, every near miss placed."""

import pickle

import pytest

from proofs.claims import registry
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, Verdict, derive_seed
from proofs.folders import ROOT

REQUIRED = {  # by label: what a run must reach, typed in here so that no check goes unseen
    Rung.RECORDED: "H1 H2 E1 E2 E3 E4 G1 G2 G3 B1 B2 B3 B4 B5 A1 S1 T4",
    Rung.PROVED: "Q1",
    Rung.ARGUED: "D1 E5 G5 H4 S2 S3 S4 S*1 S*2 S*3 S*4 S*5 Q2 Q3 S5 S6 T1 T2 T3 T5",
    Rung.CERTIFIED: "P1 P2 P4",
    Rung.MEASURED: "P3 P5 P6",
    Rung.STATED: "BM",
}
CLAIMS = list(registry.claims().values())
PAPER = ROOT / "paper" / "sections"


def test_what_a_run_must_reach_for_every_claim():
    wanted = {label: rung for rung, labels in REQUIRED.items() for label in labels.split()}
    assert {claim.id: claim.required for claim in CLAIMS} == wanted


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_is_complete(claim):
    assert all((claim.title, claim.statement, claim.latex, claim.domain, claim.outline))
    assert claim.latex.count("{") == claim.latex.count("}")
    assert claim.latex.count(r"\left") == claim.latex.count(r"\right")
    assert len({check.name for check in claim.checks}) == len(claim.checks)
    assert all(
        check.function.__doc__ for check in claim.checks if hasattr(check.function, "__name__")
    )
    assert all(clause.says for clause in claim.clauses)
    for clause in claim.clauses:
        sourced = claim.source.kind == "literature"
        assert sourced == (not clause.checks and not clause.argued)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_an_argument_in_words_is_in_the_paper(claim):
    """By a proof of the claim itself: in the appendix, or right after the statement."""
    text = "".join(path.read_text("utf-8") for path in sorted(PAPER.glob("*.tex")))
    for label in {clause.argued for clause in claim.clauses} - {""}:
        assert label == claim.id
        rest = text[text.index(rf"\label{{{label}}}") :]
        nearby = rest[: rest.find(r"\begin{claim}", 1)]
        assert rf"\proofof{{{label}}}" in text or r"\begin{proof}" in nearby


@pytest.mark.parametrize(
    "clauses", [(), (Clause("a", "s"), Clause("a", "t"))], ids=["none", "a name twice"]
)
def test_a_claim_has_clauses_with_names_of_their_own(clauses):
    with pytest.raises(ValueError, match="claim X1: clauses"):
        Claim("X1", "t", "s", "s", OURS, "d", (), "o", clauses)


def test_each_check_has_one_id_and_travels_to_a_worker():
    names = [name for claim in CLAIMS for name in claim.check_ids()]
    names += [registry.near_miss_id(miss) for miss in registry.near_misses()]
    assert len(set(names)) == len(names)
    for name in names:
        check = registry.check(name)
        again = pickle.loads(pickle.dumps(check))
        assert (again.name, again.rung, again.cost) == (check.name, check.rung, check.cost)


def test_the_near_misses_of_the_design_are_there():
    wanted = {
        "range-too-wide",
        "offset-of-one",
        "twins-in-one-pool",
        "shared-offset-small-pool",
        "one-bit-too-few",
        "one-sign-at-the-output",
    }
    assert wanted <= {miss.id for miss in registry.near_misses()}


def test_an_unknown_label_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"claim 'Z9': expected one of .*E1"):
        registry.select(["Z9"])


class TestCheck:
    case = Case.of("X1/one", "quick", 0)

    def test_an_exception_is_inconclusive_and_says_so(self):
        def broken(case):
            raise ZeroDivisionError("by zero")

        evidence = Check("one", Rung.PROVED, broken).run(self.case)
        assert evidence.verdict is Verdict.INCONCLUSIVE
        assert "ZeroDivisionError: by zero" in evidence.reason

    def test_a_check_may_earn_less_than_its_own_rung(self):
        def modest(case):
            return Evidence(Rung.RECORDED, Verdict.PASSED, "elsewhere")

        evidence = Check("one", Rung.MACHINE_CHECKED, modest).run(self.case)
        assert evidence.earned is Rung.RECORDED

    def test_a_check_cannot_earn_a_higher_rung_than_its_own(self):
        def boastful(case):
            return Evidence(Rung.MACHINE_CHECKED, Verdict.PASSED, "so there")

        evidence = Check("one", Rung.TESTED, boastful).run(self.case)
        assert evidence.verdict is Verdict.INCONCLUSIVE
        assert evidence.earned is Rung.STATED

    def test_a_check_of_another_effort_is_not_run(self):
        def never(case):
            raise AssertionError("not to be called")

        evidence = Check("one", Rung.TESTED, never, efforts=("full",)).run(self.case)
        assert evidence.verdict is Verdict.NOT_RUN

    def test_the_seed_comes_from_the_name_and_the_root_alone(self):
        assert self.case.seed == derive_seed(0, "X1/one") == Case.of("X1/one", "full", 0).seed
        assert self.case.seed != derive_seed(1, "X1/one")
        assert self.case.seed != derive_seed(0, "X1/two")


def test_evidence_survives_json():
    evidence = Evidence(
        Rung.MEASURED,
        Verdict.PASSED,
        "fine",
        k=1,
        n=2,
        interval=(0.1, 0.9),
        details={"big": 2**70},
        seed=2**63,
    )
    again = Evidence.from_dict(evidence.as_dict())
    assert (again.rung, again.verdict, again.interval) == (
        Rung.MEASURED,
        Verdict.PASSED,
        (0.1, 0.9),
    )
    assert again.details == {"big": str(2**70)}
    assert again.seed == 2**63
    assert Evidence.from_dict(again.as_dict()) == again
