"""Reports made by hand, small and complete, for the tests of what is drawn from them."""

from functools import cache

from proofs.claims import registry


def evidence(check, verdict="passed", rung="proved", reason="for a reason", **more):
    """Return one check's evidence as JSON."""
    return {
        "rung": rung,
        "verdict": verdict,
        "reason": reason,
        "k": None,
        "n": None,
        "interval": None,
        "slack": None,
        "counterexample": {"x": 1} if verdict == "failed" else None,
        "details": {},
        "check": check,
        "seconds": 0.25,
        "seed": "17",
        "resumed": False,
        **more,
    }


def claim(label, *found, rests_on=()):
    """Return a claim that is proved, as JSON."""
    return {
        "id": label,
        "title": "a title with V_oj",
        "statement": f"statement of {label}: q^{{N−n+1}} ≤ δ",
        "latex": "x",
        "source": {"kind": "ours", "reference": "this project", "sure": None},
        "domain": "n ≥ 1",
        "depends_on": list(rests_on),
        "required_rung": "proved",
        "rung": "proved",
        "status": "proved",
        "reached": True,
        "refuted": False,
        "outline": "by a proof",
        "clauses": [
            {
                "name": "whole",
                "says": "all of it, for n ≥ 1",
                "required_rung": "proved",
                "checks": ["proof"],
                "argued": label,
                "rung": "proved",
                "reached": True,
            }
        ],
        "seconds": 0.5,
        "evidence": list(found),
    }


def report(verdict="passed"):
    """Return a report on three claims and a near miss; "failed" refutes G1."""
    obligation = {"name": "1 = 1", "statement": "1 < 2", "method": "identity", "verdict": "passed"}
    proof = evidence("G1/proof", verdict, details={"obligations": [obligation | {"reason": ""}]})
    drawn = evidence(
        "G1/draws",
        rung="measured",
        k=3,
        n=200,
        interval=[0.003, 0.05],
        details={"null_hypothesis": "P ≤ 0.1", "error_probability": 1e-6},
    )
    first = claim("G1", proof, drawn)
    if verdict == "failed":
        first |= {"refuted": True, "reached": False, "status": "refuted", "rung": "stated"}
    assumed = claim("BM") | {"rung": "stated", "required_rung": "stated", "status": "stated"}
    second = claim("T1", evidence("T1/proof", n=7, k=0), rests_on=("BM", "G1"))
    second |= {"status": "proved modulo BM"}
    miss = {
        "id": "too-good",
        "statement": "2^{p−1} is enough",
        "claim": "G1",
        "truth": "it is not",
        "refuted": True,
        "counterexample": {"x": 3},
        "evidence": evidence("near-miss/too-good", "failed", "tested", k=1, n=3),
    }
    return {
        "schema": "pmone-report/3",
        "verdict": verdict,
        "exit_code": int(verdict == "failed"),
        "effort": "quick",
        "seed": 0,
        "started": "2020-01-01T00:00:00+00:00",
        "wall_seconds": 1.5,
        "commit": None,
        "versions": {"python": "3.11"},
        "statistics": {"tests": 2, "joint_error": 2e-6, "joint_inflation": 0.001},
        "claims": [first, assumed, second],
        "near_misses": [miss],
    }


def graph(parents):
    """Return claims that rest on others: label → labels, separated by spaces."""
    return [claim(label, rests_on=above.split()) for label, above in parents.items()]


def of_registry():
    """Return a report on every claim of the registry, none of which was run."""
    claims = []
    for made in registry.claims().values():
        one = claim(made.id, rests_on=made.depends_on)
        source = made.source
        one |= {
            "title": made.title,
            "statement": made.statement,
            "outline": made.outline,
            "domain": made.domain,
            "source": {"kind": source.kind, "reference": source.reference, "sure": source.sure},
            "evidence": [evidence(name) for name in made.check_ids()],
        }
        claims.append(one)
    misses = [
        report()["near_misses"][0]
        | {"id": f.id, "statement": f.statement, "truth": f.truth, "claim": f.claim}
        for f in registry.near_misses()
    ]
    return {**report(), "claims": claims, "near_misses": misses}


@cache
def audit():
    """Return an audit of one row per table, as JSON."""
    at = {"d": 1, "l": 1, "eps": "0.5", "delta": "0.5"}
    plan = {"construction": "horner", "dims": [2, 2], "eps": "0.1", "delta": "0.1"}
    names = ("p", "e", "s_U", "s_A", "N", "L", "random_weights")
    numbers = {"planned": 12, "exact": 10, "adaptive": 9, "ratio": 1.2}
    size = {"nonnegative": False, "N": 40, "L": 9, "random_weights": 9000, "kept_weights": 99}
    size |= {"no_ticket": False, "target_weights": 4, "random_per_weight": 2250.0}
    size |= {"kept_per_weight": 24.75, "lower_bound_T1": 13.3, "ratio_to_T1": 676.7}
    return {
        "schema": "pmone-audit/1",
        "verdict": "passed",
        "exit_code": 0,
        "effort": "quick",
        "seed": 0,
        "wall_seconds": 2.0,
        "commit": None,
        "versions": {},
        "constants": [
            {
                "claim": "G1",
                "symbol": "C",
                "construction": "horner",
                "quantity": "N",
                "form": "N ≤ C·d",
                "additive": False,
                "proved": 3.0,
                "needed_by_plans": 2.5,
                "needed_at": at,
                "smallest": 2.0,
                "smallest_at": at,
                "far_out": 1.0,
                "far_at": at,
                "ratio": 1.5,
                "holds": True,
                "points": 1,
                "factors": {"p": 2.0},
            }
        ],
        "parameters": [plan | {"parameter": name} | numbers for name in names],
        "draws": [
            plan
            | {"parameter": "e", "planned": 3, "value": 2, "k": 1, "n": 9}
            | {"interval": [0.01, 0.5], "confidence": 0.999, "exact": [0.1, 0.1]}
            | {"works": True, "measured_too_small": False, "agrees": True}
        ],
        "practical": [plan | size],
        "limit": [plan | size],
    }
