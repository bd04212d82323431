"""The registry is whole: every label once, every claim complete, every near miss placed."""

import pickle

import pytest

from proofs.claims import registry
from proofs.claims.model import Check
from proofs.evidence import Case, Evidence, Rung, Verdict, derive_seed

PROVED = [
    *("Q1", "Q2", "Q3", "H1", "H2", "E1", "E2", "E3", "E4", "G1", "G2", "G3"),
    *("B1", "B2", "B3", "B4", "B5", "A1"),
    *("S1", "S2", "S3", "S4", "S5", "S6", "T1", "T2", "T3", "T4", "T5"),
]
CLAIMS = list(registry.claims().values())


@pytest.mark.parametrize("label", PROVED)
def test_the_mathematics_must_be_proved(label):
    claim = registry.claim(label)
    assert claim.required is Rung.PROVED
    assert any(check.rung is Rung.PROVED for check in claim.checks)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_is_complete(claim):
    assert all((claim.title, claim.statement, claim.latex, claim.domain, claim.outline))
    assert claim.latex.count("{") == claim.latex.count("}")
    assert claim.latex.count(r"\left") == claim.latex.count(r"\right")
    assert len({check.name for check in claim.checks}) == len(claim.checks)
    assert all(
        check.function.__doc__ for check in claim.checks if hasattr(check.function, "__name__")
    )
    if claim.source.kind == "literature":
        assert claim.required is Rung.STATED


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
        "accumulator-below-zero",
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

    def test_a_check_cannot_earn_another_rung_than_its_own(self):
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
