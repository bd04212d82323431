r"""The numbers of the running text, by the key that \pmvalue looks up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from constructions import blocks, horner, sign_agnostic
from constructions.errors import InputError
from constructions.rounding import CONSTANT
from figures import gallery
from figures.datasets import Rows, distinct, select
from paper import formal, sizes
from paper.sources import Data
from paper.tex import decimal, escape, integer, number, seconds
from proofs.claims import lower_bound_deep
from proofs.claims.finite_precision import BITS_EXCESS
from proofs.evidence import Rung
from proofs.report.page import HOSTILE

_ROOT = Path(__file__).parents[1]
_KERNEL = _ROOT / "proofs" / "kernel"
MUTANTS = _ROOT / "tests" / "mutants" / "recorded.json"  # by `make mutants`


def values(found: Mapping[str, Data]) -> dict[str, str]:
    """Return every value of the text, as LaTeX, from the sources' JSON values."""
    return {
        **_demo(found["demo"]),
        **_compare(found["compare"]),
        **_verify(found["verify"]),
        **_audit(found["audit"]),
        **_kernel(),
        **_hostile(json.loads(HOSTILE.read_text(encoding="utf-8"))),
        **_mutants(json.loads(MUTANTS.read_text(encoding="utf-8"))),
        **_formal(formal.theorems()),
        **_popup(gallery.PICTURES["edge-popup"].dataset.read(gallery.DATA)),
        **_sizes(),
        **constants(),
        **_equal(gallery.PICTURES["equal-width"].dataset.read(gallery.DATA)),
    }


def _demo(data: Data) -> dict[str, str]:
    target, trials = data["target"], data["trials"]
    features = target["dims"][0] - 1  # the constant of a homogenized target
    hidden = [d - 1 for d in target["dims"][1:-1]]
    times = [trial["prune_seconds"] for trial in trials]
    result = {
        "demo.version": data["versions"]["pmone"],
        "demo.versions": ", ".join(
            f"{escape(name)} {version}"
            for name, version in data["versions"].items()
            if name != "pmone"
        ),
        "demo.commit": data["commit"][:12],
        "demo.eps": decimal(data["epsilon"]),
        "demo.delta": decimal(data["delta"]),
        "demo.seed": str(data["seed"]),
        "demo.shape": "-".join(map(str, (features, *hidden, target["dims"][-1]))),
        "demo.features": str(features),
        "demo.classes": str(target["dims"][-1]),
        "demo.images": integer(target["images"]),
        "demo.correct": integer(target["correct"]),
        "demo.weights": integer(sum(_products(target["dims"]))),
        "demo.prune.least": seconds(min(times)),
        "demo.prune.most": seconds(max(times)),
        "demo.certify.most": seconds(max(trial["certify_seconds"] for trial in trials)),
    }
    for trial in trials:
        result |= {
            f"demo.{trial['construction']}.p": str(trial["p"]),
            f"demo.{trial['construction']}.width": integer(trial["width"]),
            f"demo.{trial['construction']}.depth": integer(trial["depth"]),
            f"demo.{trial['construction']}.random": integer(trial["random_weights"]),
            f"demo.{trial['construction']}.kept": integer(trial["kept_weights"]),
            f"demo.{trial['construction']}.bound": number(trial["certificate"]["bound"]),
            f"demo.{trial['construction']}.error": number(trial["largest_error_on_images"]),
            f"demo.{trial['construction']}.prune": seconds(trial["prune_seconds"]),
            f"demo.{trial['construction']}.same": integer(trial["provably_same_label"]),
        }
    return result


def _products(dims: list[int]) -> list[int]:
    return [a * b for a, b in pairwise(dims)]


def _compare(data: Data) -> dict[str, str]:
    rows = data["rows"]
    ran = [row for row in rows if row["trials"]]
    return {
        "compare.eps": decimal(data["epsilon"]),
        "compare.delta": decimal(data["delta"]),
        "compare.seed": str(data["seed"]),
        "compare.notrun": str(sum(row["status"] == "not run" for row in rows)),
        "compare.draws": integer(sum(row["trials"] for row in ran)),
        "compare.found": integer(sum(row["successes"] for row in ran)),
    }


def _verify(data: Data) -> dict[str, str]:
    claims = data["claims"]
    result = {
        "verify.effort": escape(data["effort"]),
        "verify.seed": str(data["seed"]),
        "verify.minutes": number(data["wall_seconds"] / 60, 2),
        "verify.claims": str(len(claims)),
        "verify.checks": str(sum(len(claim["evidence"]) for claim in claims)),
        "verify.reached": str(sum(claim["reached"] for claim in claims)),
        "verify.refuted": str(sum(claim["refuted"] for claim in claims)),
        "verify.near_misses": str(len(data["near_misses"])),
        "verify.near_misses.refuted": str(sum(f["refuted"] for f in data["near_misses"])),
    }
    for rung in Rung:
        count = sum(claim["rung"] == rung.label for claim in claims)
        result[f"verify.rung.{rung.label}"] = str(count)
    return result


def _audit(data: Data) -> dict[str, str]:
    constants = data["constants"]
    far = constants[0]["far_at"]
    widest = max(data["limit"], key=lambda row: row["dims"][0])["dims"][0]
    last = {row["nonnegative"]: row for row in data["limit"] if row["dims"][0] == widest}
    ratios = [row["ratio"] for row in constants if not row["additive"]]
    return {
        "audit.effort": escape(data["effort"]),
        "audit.seed": str(data["seed"]),
        "audit.points": integer(constants[0]["points"]),
        "audit.far.d": integer(far["d"]),
        "audit.far.l": str(far["l"]),
        "audit.far.eps": decimal(far["eps"]),
        "audit.far.delta": decimal(far["delta"]),
        "audit.draws": integer(sum(row["n"] for row in data["draws"])),
        "audit.plans": integer(len(data["draws"])),
        "audit.agree": integer(sum(row["agrees"] for row in data["draws"])),
        "audit.ratio.most": number(max(ratios), 2),
        "audit.limit.d": integer(widest),
        "audit.limit.signed": number(last[False]["ratio_to_T1"]),
        "audit.limit.nonnegative": number(last[True]["ratio_to_T1"]),
    }


def _formal(found: formal.Theorems) -> dict[str, str]:
    """Return how many theorems a machine has checked, and of which constructions the main one."""
    letters = formal.main(found)
    if not letters:
        raise InputError("no construction's theorem is in the list of the formal theorems")
    several = len(letters) > 1
    names = f"{', '.join(letters[:-1])} and {letters[-1]}" if several else letters[0]
    kinds = ("theorems", "constructions") if several else ("theorem", "construction")
    return {
        "formal.count": integer(sum(map(len, found.values()))),
        "formal.main": f"the {kinds[0]} of {kinds[1]} {names}",
    }


def _popup(rows: Rows) -> dict[str, str]:
    """Return the draws per point, and the mean accuracies at the largest k of the deeper shape."""
    largest = max(int(row["k"]) for row in rows)
    result = {"popup.draws": str(len(distinct(rows, "draw")))}
    for weights, name in (("±1", "sign"), ("continuous", "normal")):
        last = select(rows, weights=weights, shape="wider and deeper", k=str(largest))
        shares = [int(row["correct"]) / int(row["total"]) for row in last]
        result[f"popup.deep.{name}"] = f"{100 * sum(shares) / len(shares):.1f}"
    return result


def _equal(rows: Rows) -> dict[str, str]:
    counted = [row for row in rows if row["scope"] == "network"]
    (eps,), (draws,) = distinct(counted, "eps"), distinct(counted, "n")
    return {"equal.eps": decimal(eps), "equal.draws": integer(draws)}


def _sizes() -> dict[str, str]:
    return {
        "sizes.shape": "-".join(map(str, sizes.DIMS)),
        "sizes.eps": decimal(sizes.EPS),
        "sizes.delta": decimal(sizes.DELTA),
    }


def constants() -> dict[str, str]:
    """Return the constants of the theorems, from where they exist."""
    width, offset, depth = (rate.constant for rate in horner.RATES)
    found = {"S5.slope": horner.SLOPE, "S5.offset": offset, "S5.width": width, "S5.depth": depth}
    for label, module in (("A1", sign_agnostic), ("B5", blocks)):
        width, depth = (rate.constant for rate in module.RATES)
        found |= {f"{label}.width": width, f"{label}.depth": depth}
    for more in ("", "1", "3.5", "5.5"):  # the excess, and what proofs add to it
        key = f"Q1.excess.{more}" if more else "Q1.excess"
        found[key] = BITS_EXCESS + Fraction(more or "0")
    found["Q3.constant"] = CONSTANT
    found["T2.constant"] = lower_bound_deep.CONSTANT
    return {key: f"{float(value):g}" for key, value in found.items()}


def _kernel() -> dict[str, str]:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in _KERNEL.glob("*.py"))
    return {"kernel.lines": integer(lines)}


def _hostile(found: Data) -> dict[str, str]:
    tickets, models = found["tickets"], found["models"]
    alike = sum(count for kind, count in models.items() if kind.endswith("read alike"))
    refused = sum(count for kind, count in models.items() if kind.endswith("refused"))
    return {
        "hostile.seed": str(found["seed"]),
        "hostile.tickets": integer(tickets["count"]),
        **{
            f"hostile.{kind}": integer(tickets[kind])
            for kind in ("accepted", "rejected", "malformed")
        },
        "hostile.models": integer(models["count"]),
        "hostile.models.alike": integer(alike),
        "hostile.models.refused": integer(refused),
    }


def _mutants(found: Data) -> dict[str, str]:
    verdicts = [said for module in found.values() for said in module["mutants"].values()]
    return {
        "mutants.count": integer(len(verdicts)),
        "mutants.equivalent": integer(verdicts.count("")),
    }
