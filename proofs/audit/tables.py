"""The audit's tables, drawn from its JSON value: for the terminal, as CSV, for the HTML page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions import construction
from proofs.audit.good_events import MORE_DIGITS

Audited = Mapping[str, Any]
NAMES = ("constants", "parameters", "draws", "practical", "limit")


@dataclass(frozen=True)
class Table:
    """A table with a title and a sentence that says how to read it.

    Columns in ``right`` hold numbers, those in ``whole`` should not be broken.
    """

    title: str
    note: str
    columns: tuple[str, ...]
    right: frozenset[str]
    rows: tuple[tuple[str, ...], ...]
    whole: frozenset[str] = frozenset({"form", "target", "ε, δ", "interval"})


def as_csv(audited: Audited, name: str) -> str:
    """Return one table as CSV: every key of its JSON objects a column, numbers in full.

    Parameters: the audit's JSON value; name is one of NAMES.
    """
    rows = [_flat(row) for row in audited[name]]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in row.items():
        if key == "factors":
            found[key] = _factors(value)
        elif isinstance(value, Mapping):
            found |= {f"{key}_{inner}": v for inner, v in value.items()}
        elif key in {"interval", "exact"} and isinstance(value, list):
            found |= {f"{key}_low": value[0], f"{key}_high": value[1]}
        else:
            found[key] = "-".join(map(str, value)) if isinstance(value, list) else value
    return found


def tables(audited: Audited) -> tuple[Table, ...]:
    """Return all tables for readers."""
    return (
        _constants(audited["constants"]),
        _parameters(audited["parameters"]),
        _draws(audited["draws"]),
        _sizes(
            audited["practical"],
            "Weights per target weight",
            "One layer, d_0 = d_1 = d. T1: any random network that contains every target needs "
            "d²·log₂(1/ε) weights. Kept: of one draw.",
        ),
        _sizes(
            audited["limit"],
            "As ε → 0 and d → ∞: S against the lower bound",
            "S6: random weights over T1 tend to 9, for signed inputs in groups that grow. "
            "For fixed d the slack of the pools is a growing share.",
        ),
    )


def _table(title: str, note: str, columns: str, right: str, rows: Sequence[Sequence[str]]) -> Table:
    names = tuple(columns.split("|"))
    return Table(title, note, names, frozenset(right.split("|")), tuple(tuple(row) for row in rows))


def _constants(rows: Sequence[Audited]) -> Table:
    points = rows[0]["points"] if rows else 0
    far = _at(rows[0]["far_at"]) if rows else ""
    return _table(
        "Hidden constants",
        f"Needed and smallest: the largest over {points} parameter sets (d, l, ε, δ), for the "
        "theorem's plans and for plans that just work by exact probabilities, among those with "
        f"Q1's p and at most {MORE_DIGITS} extra digits beyond the planned. Far out: {far}. Ratio: "
        "proved over smallest; of a summand, their difference, with +.",
        "claim|form|proved|needed|smallest|ratio|far out|reached at|made of",
        "proved|needed|smallest|ratio|far out",
        [
            (
                row["claim"],
                row["form"],
                f"{row['symbol']} = {number(row['proved'])}",
                number(row["needed_by_plans"]),
                number(row["smallest"]),
                _ratio(row),
                number(row["far_out"]),
                _at(row["smallest_at"]),
                _factors(row["factors"]),
            )
            for row in rows
        ],
    )


def _ratio(row: Audited) -> str:
    """Return proved over smallest; for a summand, what the proved one is too large by."""
    if row["additive"]:
        return f"+{number(row['proved'] - row['smallest'])}"
    return number(row["ratio"])


def _parameters(rows: Sequence[Audited]) -> Table:
    """Return one row per plan, every parameter as "planned / smallest / for a target"."""
    plans: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        target = "-".join(map(str, row["dims"])) if len(row["dims"]) < 6 else _many(row["dims"])
        plan = (construction(row["construction"]).letter, target, f"{row['eps']}, {row['delta']}")
        values = (number(int(row[key])) for key in ("planned", "exact", "adaptive"))
        plans.setdefault(plan, {})[row["parameter"]] = " / ".join(values)
    columns = {"p": "p", "N": "width", "L": "depth", "random_weights": "random weights"}
    return _table(
        "What drives them",
        "Planned / smallest / for a target. Planned: the worst case over the class, union bounds. "
        "Smallest: the same p, exact probabilities. For a target: besides, p from the a-posteriori "
        "bound Q2 of one random target.",
        f"plan|target|ε, δ|{'|'.join(columns.values())}|redundancy and slack",
        "|".join(columns.values()),
        [
            (
                *plan,
                *(found[key] for key in columns),
                "; ".join(f"{key}: {text}" for key, text in found.items() if key not in columns),
            )
            for plan, found in plans.items()
        ],
    )


def _draws(rows: Sequence[Audited]) -> Table:
    return _table(
        "Counted draws",
        "One parameter made smaller, all others as planned; nonnegative inputs. k of n draws had "
        "no ticket; Clopper–Pearson at 99.9999 %, by which the draws agree or not with the exact "
        "probability. Works: that is at most δ.",
        "plan|target|δ|parameter|planned|value|k/n|interval|exact|works|draws agree",
        "planned|value|k/n|exact",
        [
            (
                construction(row["construction"]).letter,
                "-".join(map(str, row["dims"])),
                row["delta"],
                row["parameter"],
                str(row["planned"]),
                str(row["value"]),
                f"{row['k']}/{row['n']}",
                "{:.3f} … {:.3f}".format(*row["interval"]),
                f"{row['exact'][1]:.4f}",
                "yes" if row["works"] else "no",
                ("yes" if row["agrees"] else "NO")
                + (", shown too small" if row["measured_too_small"] else ""),
            )
            for row in rows
        ],
    )


def _sizes(rows: Sequence[Audited], title: str, note: str) -> Table:
    def kept(row: Audited) -> str:
        if row["no_ticket"]:
            return "no ticket"
        return "–" if row["kept_per_weight"] is None else number(row["kept_per_weight"])

    return _table(
        title,
        note,
        "plan|d|ε|inputs|width|depth|random a weight|kept a weight|random / T1",
        "d|ε|width|depth|random a weight|kept a weight|random / T1",
        [
            (
                construction(row["construction"]).letter,
                number(row["dims"][0]),
                row["eps"],
                "≥ 0" if row["nonnegative"] else "±",
                number(row["N"]),
                number(row["L"]),
                number(row["random_per_weight"]),
                kept(row),
                number(row["ratio_to_T1"]),
            )
            for row in rows
        ],
    )


def number(value: float | int) -> str:
    """Return a number in four digits, with thin grouping; large ones with an exponent.

    >>> number(2660), number(2.15443), number(8032326.17)
    ('2,660', '2.154', '8.03e6')
    """
    if isinstance(value, int) and abs(value) < 10**6:
        return f"{value:,}"
    if abs(value) >= 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _at(point: Audited) -> str:
    return f"d = {point['d']}, l = {point['l']}, ε = {point['eps']}, δ = {point['delta']}"


def _factors(factors: Mapping[str, float]) -> str:
    return "; ".join(
        f"{name}: {value:.3g}".replace(": -", ": −") for name, value in factors.items()
    )


def _many(dims: Sequence[int]) -> str:
    same = len(set(dims)) == 1
    return f"{dims[0]}, {len(dims) - 1} layers" if same else f"{dims[0]}-…-{dims[-1]}"
