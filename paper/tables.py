"""The tables, from the sources' JSON values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from constructions import construction, ours
from paper import formal, sizes
from paper.sources import Data
from paper.tex import escape, integer, long_table, number, seconds, table


def tables(found: Mapping[str, Data]) -> dict[str, str]:
    """Return every table by its name."""
    return {
        "demo": _demo(found["demo"]),
        "compare": _compare(found["compare"]),
        "claims": _claims(found["verify"]),
        "constants": _constants(found["audit"]),
        "limit": _limit(found["audit"]),
        "sizes": sizes.table(),
        "formal": _formal(formal.theorems()),
    }


def _formal(found: formal.Theorems) -> str:
    return formal.table({label: found[label] for label in sorted(found, key=_order)})


def _demo(data: Data) -> str:
    rows = []
    for trial in sorted(data["trials"], key=lambda trial: trial["width"], reverse=True):
        size = [
            construction(trial["construction"]).letter,
            integer(trial["width"]),
            integer(trial["depth"]),
            integer(trial["random_weights"]),
        ]
        if trial["no_ticket"]:
            rows.append([*size, *["--"] * 4, "no ticket", *["--"] * 2])
            continue
        certificate = trial["certificate"]
        bound = certificate["bound"]
        rows.append(
            [
                *size,
                integer(trial["kept_weights"]),
                "--" if bound is None else number(bound),
                number(trial["largest_error_on_images"], 2),
                integer(trial["correct"]),
                integer(trial["provably_same_label"])
                if certificate["verdict"] == "accepted"
                else escape(certificate["verdict"]),
                seconds(trial["prune_seconds"]),
                seconds(trial["certify_seconds"]),
            ]
        )
    head = ["", "width", "depth", "random", "kept", "bound", "error", "correct", "provable"]
    return table("@{}l" + "r" * 10 + "@{}", [*head, "prune", "certify"], rows)


def _compare(data: Data) -> str:
    rows: list[list[str]] = []
    for row in data["rows"]:
        if rows and rows[-1] and row["construction"] == "malach":
            rows.append([])
        ran = row["status"] in ("accepted", "rejected")
        rows.append(
            [
                construction(row["construction"]).tex,
                _weights(row["distribution"]),
                integer(row["width"]),
                integer(row["depth"]),
                integer(row["random_weights"]),
                integer(round(row["random_bits"])),
                integer(row["kept_weights"]) if ran else "--",
                number(row["bound"]) if ran and row["bound"] is not None else "--",
                escape(row["status"]),
            ]
        )
    head = ["", "random weights", "width", "depth", "weights", "bits", "kept", "bound", "verdict"]
    return table("@{}ll" + "r" * 6 + "l@{}", head, rows)


def _weights(distribution: str) -> str:
    r"""Return the random weights' distribution as LaTeX, shortened.

    >>> _weights("uniform on {-1, +1}"), _weights("uniform on the grid of step 2^-19")
    ('\\PM', 'grid, step $2^{-19}$')
    """
    if distribution == "uniform on {-1, +1}":
        return r"\PM"
    shorter = distribution.replace("uniform on the grid of", "grid,").replace(" on ", ", ")
    shorter = shorter.replace("[-1, 1]", "$[-1,1]$").replace("1/|w|", "$1/|w|$")
    return re.sub(r"2\^(-?\d+)", r"$2^{\1}$", shorter)


def _claims(data: Data) -> str:
    rows: list[list[str]] = []
    family = ""
    for claim in sorted(data["claims"], key=lambda claim: _order(claim["id"])):
        if rows and claim["id"][0] != family:
            rows.append([])
        family = claim["id"][0]
        rung = claim["rung"] if not claim["refuted"] else "refuted"
        rows.append(
            [
                claim["id"],
                escape(claim["title"]),
                str(len(claim["clauses"])),
                escape(rung),
                *(_evidence(claim, kind) for kind in ("certified", "tested", "measured")),
            ]
        )
    head = ["", "claim", "clauses", "rung", "tickets", "cases", "draws"]
    caption = (
        "The registry: every claim, how many clauses it has, the lowest of their rungs, and how "
        "many tickets were certified, cases tested and draws counted besides."
    )
    return long_table("@{}llrlrrr@{}", head, rows, caption, "tab:claims")


def _order(label: str) -> tuple[int, str]:
    families = "QHEGBASTDP"
    return (families.index(label[0]) if label[1:].isdigit() else len(families), label)


def _evidence(claim: Mapping[str, Any], rung: str) -> str:
    """Return how many cases passed on this rung, all checks together."""
    passed = [e for e in claim["evidence"] if e["rung"] == rung and e["verdict"] == "passed"]
    total = sum(e["n"] or 0 for e in passed)
    return integer(total) if total else "--"


def _tex(key: tuple[str, str]) -> str:
    """Return the stated form of a claim's constant."""
    (form,) = (f for row in ours().values() for f in row.rates if (f.claim, f.symbol) == key)
    return form.tex


def _constants(data: Data) -> str:
    rows = []
    for row in data["constants"]:
        key = (row["claim"], row["symbol"])
        rows.append(
            [
                row["claim"],
                f"${_tex(key)}$",
                "--" if row["proved"] is None else number(row["proved"]),
                number(row["needed_by_plans"]),
                number(row["smallest"]),
                "--" if row["additive"] or row["ratio"] is None else number(row["ratio"]),
                number(row["far_out"]),
            ]
        )
    head = ["", "form", "proved", "planned", "smallest", "ratio", "far out"]
    return table("@{}llrrrrr@{}", head, rows)


def _limit(data: Data) -> str:
    widths = sorted({row["dims"][0] for row in data["limit"]})
    rows = []
    for nonnegative, name in ((False, "signed"), (True, "nonnegative")):
        chosen = {r["dims"][0]: r for r in data["limit"] if r["nonnegative"] is nonnegative}
        rows.append([name, *(number(chosen[d]["ratio_to_T1"]) for d in widths)])
    head = ["inputs", *(f"$d={integer(d)}$" for d in widths)]
    return table("@{}l" + "r" * len(widths) + "@{}", head, rows)
