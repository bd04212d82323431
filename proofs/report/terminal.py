"""Reports in a terminal: the table of claims, the audit's tables, one claim explained."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from proofs.audit.tables import number, tables
from proofs.claims.model import Claim
from proofs.claims.places import Place
from proofs.columns import lines_of, print_table
from proofs.evidence import Verdict

Json = Mapping[str, Any]
_RUNG = 26  # the longest rung
MARKS = {"passed": "✓", "failed": "✗", "inconclusive": "?", "not run": "–"}
_STYLES = {"passed": "green", "failed": "bold red", "inconclusive": "yellow", "not run": "dim"}


def print_report(report: Json, console: Console, details: bool = False) -> None:
    """Print a run's report (schema "pmone-report/3"): the verdict, one line per claim, the verdict.

    With ``details``, a table of the claims' evidence and one of the near misses' counterexamples.
    """
    console.print(Text(verdict_line(report), style="bold"))
    console.print()
    if details:
        _print_evidence(report["claims"], console)
    else:
        for claim in report["claims"]:
            _print_line(claim, console)
    if report["near_misses"]:
        console.print()
        _print_misses(report["near_misses"], console, details)
    for claim in report["claims"]:
        for e in claim["evidence"]:
            if e["verdict"] in ("failed", "inconclusive"):
                console.print(f"{e['check']}: {e['verdict']}: {e['reason']}", markup=False)
                if e["counterexample"]:
                    console.print(f"  counterexample: {values(e['counterexample'])}", markup=False)
    _print_formal(report.get("formal"), console)
    console.print()
    for line in not_run_lines(report["claims"]):
        console.print(line, markup=False, highlight=False)
    if text := statistics_line(report):
        console.print(text, markup=False, highlight=False)
    console.print(headline(report), markup=False, highlight=False)


def verdict_line(report: Json) -> str:
    """Return the verdict in one short sentence."""
    asked = [c for c in report["claims"] if not is_assumed(c)]
    reached = sum(c["reached"] for c in asked)
    refuted = [c["id"] for c in asked if c["refuted"]]
    rest = f"; REFUTED: {', '.join(refuted)}" if refuted else ""
    what = "claim reached its" if len(asked) == 1 else "claims reached their"
    return (
        f"{report['verdict'].capitalize()}: {reached} of {len(asked)} {what} required rung{rest}."
    )


def not_run_lines(claims: Sequence[Json]) -> list[str]:
    """Return what was not run, summed up once per reason."""
    reasons = Counter(
        e["reason"] for c in claims for e in c["evidence"] if e["verdict"] == "not run"
    )
    return [
        f"Not run: {count} {'check' if count == 1 else 'checks'}: {reason}."
        for reason, count in reasons.items()
    ]


def statistics_line(report: Json) -> str:
    """Return how many statistical tests ran and their joint error, or "" if there were none."""
    found = report.get("statistics")
    if not found or not found["tests"]:
        return ""
    tests = "one statistical test" if found["tests"] == 1 else f"{found['tests']} statistical tests"
    return (
        f"Joint error of {tests}: rejects a true statement with probability ≤ "
        f"{_up(found['joint_error'])}, passes a false one with ≤ {_up(found['joint_inflation'])}."
    )


def _up(value: float) -> str:
    """Return a number rounded up to two digits."""
    up = Context(prec=2, rounding=ROUND_CEILING).create_decimal(repr(value))
    return f"{float(up):g}"


def _print_line(claim: Json, console: Console) -> None:
    """Print mark, label, rung and title; a title that has no room goes on in the next line."""
    style = _STYLES[claim_verdict(claim)]
    lacking = "" if claim["reached"] else f", required {claim['required_rung']}"
    rung = "refuted" if claim["refuted"] else claim["rung"]
    line = Text(f"{mark(claim)} {claim['id']:<3} ", style=style)
    line.append(f"{rung + lacking:<{_RUNG}}  ", style="" if claim["reached"] else style)
    room = max(console.width - len(line), 20)
    for i, part in enumerate(lines_of(claim["title"], room)):
        console.print((line if i == 0 else Text(" " * len(line))) + Text(part))


def _print_evidence(claims: Sequence[Json], console: Console) -> None:
    columns = ("claim", "what it says", "rung", "required", "status", "evidence", "slack", "time")
    rows = [
        (
            Text(f"{mark(claim)} {claim['id']}", style=_STYLES[claim_verdict(claim)]),
            claim["title"],
            claim["rung"],
            claim["required_rung"],
            Text(claim["status"], style="" if claim["reached"] else _STYLES[claim_verdict(claim)]),
            evidence_summary(claim["evidence"]),
            slack_of(claim["evidence"]),
            f"{claim['seconds']:.1f} s",
        )
        for claim in claims
    ]
    print_table(columns, rows, console, right=("slack", "time"))


def _print_misses(misses: Sequence[Json], console: Console, details: bool) -> None:
    if not details:
        refuted = sum(miss["refuted"] for miss in misses)
        console.print(f"{refuted} of {len(misses)} near misses refuted", highlight=False)
        for miss in misses:
            if not miss["refuted"]:
                found = Text(f"NOT REFUTED: {miss['id']}: {miss['statement']}", style="bold red")
                console.print(found)
        return
    rows = [
        (
            miss["id"],
            miss["statement"],
            Text("refuted", style="green")
            if miss["refuted"]
            else Text("NOT REFUTED", style="bold red"),
            values(miss["counterexample"]),
        )
        for miss in misses
    ]
    print_table(("near miss", "it claims", "verdict", "smallest counterexample"), rows, console)


def _print_formal(formal: Json | None, console: Console) -> None:
    """Print why the formal build earned nothing, with the end of its log."""
    if formal is None or formal["verdict"] == "passed":
        return
    for line in (f"formal/build: {formal['reason']}", *formal["details"].get("end of the log", ())):
        console.print(line, markup=False, highlight=False)


def formal_summary(formal: Json) -> str:
    """Return what the build of the machine-checked proofs came to, in a few words."""
    if formal["verdict"] == "passed":
        again = ", resumed" if formal["resumed"] else ""
        return f"{formal['reason']} ({formal['seconds']:.0f} s{again})"
    return f"machine-checked proofs {formal['verdict'].upper()}"


def headline(report: Json) -> str:
    """Return one sentence on the whole run, with effort, seed and time."""
    claims, misses = report["claims"], report["near_misses"]
    assumed = [c["id"] for c in claims if is_assumed(c)]
    reached = sum(c["reached"] for c in claims) - len(assumed)
    refuted = [c["id"] for c in claims if c["refuted"]]
    parts = [f"{reached} of {len(claims) - len(assumed)} claims reached their required rung"]
    if assumed:
        parts.append(f"{len(assumed)} only stated, from the literature: {', '.join(assumed)}")
    if refuted:
        parts.append(f"REFUTED: {', '.join(refuted)}")
    short = [c["id"] for c in claims if not c["reached"] and not c["refuted"]]
    if short:
        parts.append(f"not reached: {', '.join(short)}")
    named = (name for c in claims for name in c.get("not_run_here", ()))
    if unchecked := list(dict.fromkeys(named)):
        parts.append(f"not run here, though some of these rest on it: {', '.join(unchecked)}")
    if misses:
        parts.append(f"{sum(f['refuted'] for f in misses)} of {len(misses)} near misses refuted")
    if report.get("formal"):
        parts.append(formal_summary(report["formal"]))
    resumed = sum(e["resumed"] for c in claims for e in c["evidence"])
    if resumed:
        parts.append(f"{resumed} checks resumed from an interrupted run")
    run = f"effort {report['effort']}, seed {report['seed']}, {report['wall_seconds']:.1f} s"
    return f"{report['verdict'].capitalize()}: {'; '.join(parts)} ({run})."


def claim_verdict(claim: Json) -> str:
    """Return "failed", "passed" or "inconclusive" for a claim of a report."""
    if claim["refuted"]:
        return Verdict.FAILED.value
    return Verdict.PASSED.value if claim["reached"] else Verdict.INCONCLUSIVE.value


def is_assumed(claim: Json) -> bool:
    """Return whether nothing is required of a claim, and nothing was earned: it is only stated."""
    unearned = claim["rung"] == claim["required_rung"] == "stated"
    return bool(unearned and not claim["refuted"])


def mark(claim: Json) -> str:
    """Return the claim's mark: ✓ reached, ✗ refuted, ? neither, ○ only stated."""
    return "○" if is_assumed(claim) else MARKS[claim_verdict(claim)]


def evidence_summary(evidence: Sequence[Json], between: str = "; ") -> str:
    """Return what the checks found in a few words: checks passed, and measured k/n."""
    if not evidence:
        return "no checks"
    parts = [f"{sum(e['verdict'] == 'passed' for e in evidence)}/{len(evidence)} checks"]
    cases = sum(e["n"] or 0 for e in evidence if e["rung"] in ("tested", "certified"))
    obligations = sum(e["n"] or 0 for e in evidence if e["rung"] == "proved")
    if obligations:
        parts.append(f"{obligations} obligations")
    if cases:
        parts.append(f"{cases:,} cases")
    for e in evidence:
        if e["interval"] is not None:
            parts.append(counted(e))
    skipped = sum(e["verdict"] == "not run" for e in evidence)
    if skipped:
        parts.append(f"{skipped} NOT RUN")
    return between.join(parts)


def counted(e: Json) -> str:
    """Return k/n with its confidence interval, as in "251/2,000 in [0.102, 0.152]"."""
    low, high = e["interval"]
    return f"{e['k']:,}/{e['n']:,} in [{low:.3g}, {high:.3g}]"


def slack_of(evidence: Sequence[Json]) -> str:
    """Return the least slack of the checks that have one."""
    found = [e["slack"] for e in evidence if e["slack"] is not None]
    return number(min(found)) if found else "–"


def print_audit(audit: Json, console: Console) -> None:
    """Print an audit (schema "pmone-audit/1"), all tables."""
    for table in tables(audit):
        console.print(Text(table.title, style="bold"))
        for line in lines_of(table.note, console.width):
            console.print(Text(line, style="dim"))
        print_table(table.columns, table.rows, console, table.right, table.whole)
        console.print()
    console.print(
        f"{audit['verdict'].capitalize()} (effort {audit['effort']}, seed {audit['seed']}, "
        f"{audit['wall_seconds']:.1f} s).",
        markup=False,
        highlight=False,
    )


def print_constants(audit: Json, console: Console) -> None:
    """Print the proved constants of an audit, one line per claim."""
    console.print(
        "Constants: proved (needed by a plan, smallest found that works)", highlight=False
    )
    for label in dict.fromkeys(row["claim"] for row in audit["constants"]):
        parts: dict[str, list[str]] = {}
        for row in (r for r in audit["constants"] if r["claim"] == label):
            values_ = f"{number(row['needed_by_plans'])}, {number(row['smallest'])}"
            text = f"{row['symbol']} = {number(row['proved'])} ({values_})"
            parts.setdefault(row["quantity"], []).append(text)
        said = "; ".join(f"{quantity}: {', '.join(c)}" for quantity, c in parts.items())
        console.print(f"{label}  {said}", markup=False, highlight=False)
    console.print(f"{audit['verdict'].capitalize()}: see `pmone audit`.", highlight=False)


def print_claim(claim: Claim, used_by: Sequence[str], found: Json | None, console: Console) -> None:
    """Print one claim: statement, source, domain, dependencies, clauses, checks, evidence so far.

    Parameters
    ----------
    claim : from the registry
    used_by : labels of the claims that depend on it
    found : what ``Store.claim`` returned, None if it was never run
    console : where to print
    """
    console.print(Text(f"{claim.id}  {claim.title}", style="bold"))
    source = claim.source.reference + (f" (sure: {claim.source.sure})" if claim.source.sure else "")
    for name, text in (
        ("statement", claim.statement),
        ("source", source),
        ("domain", claim.domain),
        ("rests on", ", ".join(claim.depends_on) or "nothing"),
        ("used by", ", ".join(used_by) or "nothing"),
        ("proof", claim.outline),
    ):
        _print_entry(console, name, text)
    console.print()
    console.print(Text("clauses", style="bold"))
    earned = {} if found is None else {c["name"]: c for c in found["claim"]["clauses"]}
    for clause in claim.clauses:
        by = [check.name for check in clause.checks]
        by += [f"the proof of {clause.argued} in the paper"] * bool(clause.argued)
        stands = f"required {clause.required.label}"
        if clause.name in earned:
            stands = f"{earned[clause.name]['rung']}, {stands}"
        _print_entry(console, "", f"{clause.name}: {clause.says}")
        _print_entry(console, "", f"{stands}; by {', '.join(by) or 'its source'}")
    evidence = {} if found is None else {e["check"]: e for e in found["claim"]["evidence"]}
    console.print()
    console.print(Text("checks", style="bold"))
    for check in claim.checks:
        e = evidence.get(f"{claim.id}/{check.name}")
        verdict = "not run" if e is None else e["verdict"]
        line = Text(f"  {MARKS[verdict]} {check.name}", style=_STYLES[verdict])
        line.append(f"  earns {check.rung.label}", style="dim")
        console.print(line)
        if e is not None:
            text = e["reason"] + (f"; {counted(e)}" if e["interval"] else "")
            _print_entry(console, "", f"{text} ({e['seconds']:.2f} s)")
            if e["counterexample"]:
                _print_entry(console, "", f"counterexample: {values(e['counterexample'])}")
    if not claim.checks:
        console.print("  none: it stands on its source")
    console.print()
    if found is None:
        console.print("No evidence yet.", markup=False)
    else:
        state = "" if found["same_code"] else "; the code has changed since"
        console.print(
            f"Evidence: status {found['claim']['status']}, from the run of {found['started']} "
            f"(effort {found['effort']}, seed {found['seed']}){state}.",
            markup=False,
        )
    console.print(f"Reproduce it:  pmone verify {shlex.quote(claim.id)}", markup=False)


def print_places(places: Sequence[Place], root: Path, console: Console) -> None:
    """Print where a claim stands, one line per place; paths are relative to ``root``."""
    where = "" if root == Path.cwd() else f" in {root}"
    console.print()
    console.print(Text(f"places{where}", style="bold"))
    for place in places:
        line = f"  {place.kind:<10} {place.path}:{place.line}  {place.name}"
        room = max(console.width, 40)
        shown = line if len(line) <= room else line[: room - 1] + "…"
        console.print(shown, markup=False, highlight=False, soft_wrap=True)


def print_labels(claims: Iterable[Claim], console: Console) -> None:
    """Print all labels with their titles, one line each."""
    for claim in claims:
        console.print(f"{claim.id:<3} {claim.title}", markup=False, highlight=False, soft_wrap=True)


def values(counterexample: Mapping[str, Any] | None) -> str:
    """Return a counterexample as "name = value, …"."""
    if not counterexample:
        return "–"
    return ", ".join(f"{key} = {value}" for key, value in counterexample.items())


def _print_entry(console: Console, name: str, text: str) -> None:
    width = max(40, min(console.width, 100) - 16)
    for i, line in enumerate(lines_of(text, width)):
        entry = Text(f"  {name if i == 0 else '':<14}", style="dim")
        console.print(entry + Text(line), soft_wrap=True)
