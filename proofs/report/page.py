"""One self-contained HTML page: drawn from JSON values, no scripts, nothing from elsewhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from proofs.audit.tables import Table, number, tables
from proofs.evidence import Rung
from proofs.report.drawing import draw
from proofs.report.notation import as_html
from proofs.report.terminal import (
    MARKS,
    claim_verdict,
    counted,
    headline,
    mark,
    statistics_line,
    values,
)

Json = Mapping[str, Any]
HOSTILE = Path(__file__).with_name("hostile.json")  # by `make hostile`
FAMILIES = {
    "Q": "Finite precision",
    "H": "Scaling",
    "E": "Signs do not matter",
    "G": "Serving slots from a pool",
    "B": "Redundant blocks: the paper’s construction",
    "A": "Sign-agnostic expansion",
    "S": "Horner accumulators",
    "T": "Lower bounds",
    "D": "Certificates",
    "P": "Peers: other random weights",
}
RUNGS = list(reversed(Rung))
_MEANING = {
    Rung.MACHINE_CHECKED: "a proof assistant accepted it, on this computer",
    Rung.RECORDED: "a proof assistant accepted these sources elsewhere; make formal repeats it",
    Rung.PROVED: "a symbolic or interval computation covers all parameters",
    Rung.ARGUED: "a proof in words, in the paper; nothing checks it",
    Rung.CERTIFIED: "exact arithmetic on instances, for all inputs",
    Rung.TESTED: "property-based or exhaustive tests",
    Rung.MEASURED: "counted draws with an exact confidence interval",
    Rung.STATED: "nothing has been earned in this run",
}
_SURE = {
    "R": "read in the primary text",
    "S": "read in another’s restatement, or only in the abstract",
    "M": "recalled, not re-read",
}
_KINDS = {"paper": "the paper", "ours": "ours", "literature": "literature"}
_SMALL = 300_000  # bytes
_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def render(report: Json, audit: Json | None = None, figures: Sequence[Path] = ()) -> str:
    """Return the page.

    Parameters
    ----------
    report : a run's JSON value, schema "pmone-report/3"
    audit : an audit's JSON value, schema "pmone-audit/1", or None to leave it out
    figures : .png and .svg files to embed
    """
    sections = [
        ("summary", "Summary", _summary(report)),
        ("graph", "Graph", _graph(report)),
        ("claims", "Claims", _claims(report)),
    ]
    if report["near_misses"]:
        sections.append(("near-misses", "Near misses", _misses(report)))
    if audit is not None:
        sections.append(("audit", "Audit", _audit(audit)))
    hostile = json.loads(HOSTILE.read_text(encoding="utf-8"))
    sections.append(("hostile", "Altered files", _hostile(hostile)))
    if figures:
        sections.append(("figures", "Figures", "".join(map(_figure, figures))))
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=f"pmone · proof report · {report['verdict']}",
        navigation="".join(f'<a href="#{name}">{title}</a>' for name, title, _ in sections),
        body="\n".join(
            f'<section id="{name}"><h2>{title}</h2>\n{content}</section>'
            for name, title, content in sections
        ),
        footer=_footer(report),
    )


def figure_files(folder: Path) -> list[Path]:
    """Return the figures of a folder, one file per name: .svg if it is small, else .png."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):  # a .png comes before the .svg of the same name
        small = path.suffix == ".svg" and path.stat().st_size <= _SMALL
        if path.suffix in _TYPES and (small or path.stem not in found):
            found[path.stem] = path
    return list(found.values())


# -- sections -------------------------------------------------------------------------------------


def _summary(report: Json) -> str:
    claims, misses = report["claims"], report["near_misses"]
    standing = [c["rung"] for c in claims if not c["refuted"]]
    refuted = sum(c["refuted"] for c in claims)
    counts = {rung.label: standing.count(rung.label) for rung in RUNGS}
    boxes = [f"<li><b>{n}</b>{rung}</li>" for rung, n in counts.items() if n]
    boxes.append(f"<li{_bad(refuted)}><b>{refuted}</b>{_plural(refuted, 'claim')} refuted</li>")
    if misses:
        missed = sum(not f["refuted"] for f in misses)
        share = f"{len(misses) - missed}/{len(misses)}"
        boxes.append(f"<li{_bad(missed)}><b>{share}</b>near misses refuted</li>")
    rows = "".join(map(_overview_row, _in_order(claims)))
    title = {"passed": "All that was asked holds", "failed": "Something is refuted"}
    return (
        f'<div class="verdict {report["verdict"]}"><strong>'
        f"{title.get(report['verdict'], 'Not all of it is settled')}</strong>"
        f"{escape(headline(report))} {escape(statistics_line(report))}</div>"
        f'<ul class="numbers">{"".join(boxes)}</ul>'
        '<div class="scroll overview"><table><thead><tr><th>claim</th><th>what it says</th>'
        '<th>status</th><th class="later">required</th><th class="later right">cases</th>'
        '<th class="later right">time</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _bad(count: int) -> str:
    return ' class="bad"' if count else ""


def _overview_row(claim: Json) -> str:
    verdict = claim_verdict(claim)
    cases = sum(e["n"] or 0 for e in claim["evidence"])
    return (
        f'<tr><td class="tight"><span class="{verdict}">{mark(claim)}</span> '
        f"{_link(claim['id'])}</td><td>{_title(claim)}</td><td>{escape(claim['status'])}</td>"
        f'<td class="later">{claim["required_rung"]}</td><td class="later right">{cases:,}</td>'
        f'<td class="later right">{claim["seconds"]:.1f} s</td></tr>'
    )


def _graph(report: Json) -> str:
    swatches = "".join(
        f'<li><span class="swatch {rung.slug}"></span>{rung.label}: {_MEANING[rung]}</li>'
        for rung in RUNGS
    )
    return (
        '<p class="note">Each claim rests on those above it that it is joined to. The fill is the '
        "rung that this run earned, the border the rung that is required; a dashed border means "
        "proved modulo claims it rests on that are not, or were not run here. Edges that longer "
        "paths imply are left out; claims without edges stand at the bottom. A box leads to its "
        "claim.</p>"
        f'<div class="scroll" tabindex="0" role="group" aria-label="Graph of claims">'
        f"{draw(report['claims'])}</div>"
        f'<ul class="legend">{swatches}<li><span class="swatch refuted"></span>refuted</li>'
        '<li><span class="swatch modulo"></span>proved modulo others, or others not run here</li>'
        "</ul>"
    )


def _claims(report: Json) -> str:
    claims, parts, family = report["claims"], [], ""
    used_by: dict[str, list[str]] = {}
    for claim in claims:
        for parent in claim["depends_on"]:
            used_by.setdefault(parent, []).append(claim["id"])
    known = {claim["id"] for claim in claims}
    for claim in _in_order(claims):
        title = _family(claim)
        if title != family:
            parts.append(f'<h3 class="family">{title}</h3>')
            family = title
        parts.append(_claim(claim, used_by.get(claim["id"], []), known, report))
    return "\n".join(parts)


def _claim(claim: Json, used_by: Sequence[str], known: set[str], report: Json) -> str:
    label, source = escape(claim["id"]), claim["source"]
    about = f"{_KINDS[source['kind']]}: {escape(source['reference'])}"
    if source["kind"] == "ours":
        about = "ours"
    if source["sure"]:
        about += f" ({_SURE[source['sure']]})"
    verdict = claim_verdict(claim)
    chip = "" if verdict == "passed" else f" {verdict}"
    rows = {
        "Rung": f"{_ladder(claim)}{escape(claim['status'])}, required {claim['required_rung']}",
        "Domain": as_html(claim["domain"]),
        "Source": about,
        "Rests on": _links(claim["depends_on"], known),
        "Used by": _links(used_by, known),
        "Proof": as_html(claim["outline"]),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows.items())
    evidence = "".join(map(_evidence, claim["evidence"]))
    seed = "" if int(report["seed"]) == 0 else f" --seed {report['seed']}"
    return (
        f'<article class="card" id="claim-{label}"><div class="head">'
        f'<h3><a class="label" href="#claim-{label}">{label}</a>{_title(claim)}</h3>'
        f'<span class="chip{chip}">{mark(claim)} {escape(claim["status"])}</span></div>'
        f'<p class="statement">{as_html(claim["statement"])}</p>{_clauses(claim)}<dl>{listed}</dl>'
        + (f'<ul class="evidence">{evidence}</ul>' if evidence else "")
        + f'<code class="command">pmone verify {label} --{report["effort"]}{seed}</code></article>'
    )


def _clauses(claim: Json) -> str:
    """List the parts of the statement, each with its rung and what earns it."""
    rows = []
    for clause in claim["clauses"]:
        by = [f"<code>{escape(name)}</code>" for name in clause["checks"]]
        if clause["argued"]:
            by.append(f"the proof of {escape(clause['argued'])} in the paper")
        lacking = "" if clause["reached"] else f" (required: {escape(clause['required_rung'])})"
        slug = Rung.from_label(clause["rung"]).slug
        rows.append(
            f"<tr><td>{as_html(clause['says'])}</td>"
            f'<td><span class="swatch {slug}"></span>{escape(clause["rung"])}{lacking}</td>'
            f"<td>{', '.join(by) or 'its source'}</td></tr>"
        )
    return (
        '<div class="scroll clauses"><table><thead><tr><th>clause</th><th>rung</th>'
        f"<th>by</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _ladder(claim: Json) -> str:
    """Draw the rungs as steps, filled up to the one reached; a bar under the required one."""
    earned = Rung.from_label(claim["rung"])
    reached = Rung.STATED if claim["refuted"] else earned
    steps = []
    for rung in list(Rung)[1:]:
        classes = [earned.slug] if rung <= reached else []
        classes += ["need"] if rung.label == claim["required_rung"] else []
        steps.append(f'<i class="{" ".join(classes)}"></i>')
    top = int(max(Rung))
    text = f"rung {int(reached)} of {top}, {claim['rung']}; required {claim['required_rung']}"
    return f'<span class="ladder" role="img" aria-label="{text}">{"".join(steps)}</span>'


def _evidence(e: Json) -> str:
    verdict = e["verdict"]
    meta = [f"earns {e['rung']}" if verdict == "passed" else f"would earn {e['rung']}"]
    if e["interval"] is not None:
        meta.append(f"k/n = {counted(e)}")
        error = e["details"].get("error_probability")
        if error is not None:
            meta.append(f"null: {escape(str(e['details']['null_hypothesis']))}")
            meta.append(f"rejects a true null with probability ≤ {error:.0e}")
    elif e["n"] is not None and "obligations" not in e["details"]:
        meta.append(f"k/n = {e['k']}/{e['n']:,}")
    if e["slack"] is not None:
        meta.append(f"slack {number(e['slack'])}")
    if e["resumed"]:
        meta.append("resumed from an interrupted run")
    name = escape(str(e["check"]).partition("/")[2])
    return (
        f'<li><span class="mark {_class(verdict)}" title="{verdict}">{MARKS[verdict]}</span>'
        f'<div class="body"><code>{name}</code> {as_html(e["reason"])}'
        f'<div class="meta">{_meta(meta)}</div>{_counterexample(e)}{_obligations(e)}</div>'
        f'<span class="time">{e["seconds"]:.2f} s</span></li>'
    )


def _meta(parts: Sequence[str]) -> str:
    return " · ".join(parts)


def _class(verdict: str) -> str:
    return verdict.replace(" ", "-")


def _counterexample(e: Json) -> str:
    if not e["counterexample"]:
        return ""
    return f'<div class="counter">{escape(values(e["counterexample"]))}</div>'


def _obligations(e: Json) -> str:
    found = e["details"].get("obligations")
    if not found:
        return ""
    items = "".join(
        f"<li>{as_html(o['name'])} <br><code>{escape(o['statement'])}</code> "
        f'<span class="meta">{escape(o["method"])}'
        + (f", {o['verdict']}: {escape(o['reason'])}" if o["verdict"] != "passed" else "")
        + "</span></li>"
        for o in found
    )
    title = f"The {len(found)} {_plural(len(found), 'obligation')}"
    return f"<details><summary>{title}</summary><ol>{items}</ol></details>"


def _misses(report: Json) -> str:
    known = {claim["id"] for claim in report["claims"]}
    parts = [
        '<p class="note">Plausible, and false. The suite must refute each of these by itself, with '
        "the smallest counterexample its search meets; if it fails to, the run fails.</p>"
    ]
    for f in report["near_misses"]:
        label = escape(f["id"])
        found = "refuted" if f["refuted"] else "NOT REFUTED: the suite is at fault"
        parts.append(
            f'<article class="card near-miss" id="near-miss-{label}"><div class="head"><h3>'
            f'<a class="label" href="#near-miss-{label}">{label}</a></h3>'
            f'<span class="kicker">{found}</span></div>'
            f'<p class="statement"><b>False:</b> {as_html(f["statement"])}</p>'
            f'<div class="counter">{escape(values(f["counterexample"]))}</div><dl>'
            f"<dt>Found</dt><dd>{as_html(f['evidence']['reason'])}</dd>"
            f"<dt>True instead</dt><dd>{as_html(f['truth'])}</dd>"
            f"<dt>Next to</dt><dd>{_links([f['claim']], known)}</dd></dl>"
            f'<code class="command">pmone verify {escape(f["claim"])} --{report["effort"]}</code>'
            "</article>"
        )
    return "\n".join(parts)


def _audit(audit: Json) -> str:
    parts = [
        '<p class="note">Every constant hidden in a Θ or an O: what the theorem states, what is '
        "proved, what the plans need, and the smallest that works. Effort "
        f"{audit['effort']}, seed {audit['seed']}, {audit['wall_seconds']:.0f} s, verdict "
        f"{audit['verdict']}. <code>pmone audit --{audit['effort']}</code></p>"
    ]
    return "".join(parts + [_table(table) for table in tables(audit)])


def _hostile(found: Json) -> str:
    rows = "".join(
        f'<tr><td>{kind}</td><td>{escape(said)}</td><td class="right">{number:,}</td></tr>'
        for kind in ("tickets", "models")
        for said, number in sorted(found[kind].items(), key=lambda row: -row[1])
        if said != "count"
    )
    return (
        f'<p class="note">{found["tickets"]["count"]:,} tickets and {found["models"]["count"]:,} '
        f"model files, altered by seed {found['seed']} and read at commit {found['commit'][:7]}: "
        "recorded, not part of this run. Two checkers agree on every ticket, as far as the format "
        "lets them differ. A model is refused in a sentence that names the file, or read as "
        "another reader reads the same bytes, where there is one. <code>make hostile</code></p>"
        '<div class="scroll" tabindex="0"><table><thead><tr><th>files</th><th>what became of them'
        f'</th><th class="right">count</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _table(table: Table) -> str:
    def cell(tag: str, column: str, text: str) -> str:
        style = "right" if column in table.right else "whole" if column in table.whole else ""
        return f'<{tag} class="{style}">{text}</{tag}>' if style else f"<{tag}>{text}</{tag}>"

    head = "".join(cell("th", c, as_html(c)) for c in table.columns)
    rows = "".join(
        "<tr>"
        + "".join(cell("td", c, as_html(v)) for c, v in zip(table.columns, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<h3 class="family">{as_html(table.title)}</h3><p class="note">{as_html(table.note)}</p>'
        f'<div class="scroll wide" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _figure(path: Path) -> str:
    kind = _TYPES[path.suffix]
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    title = escape(path.stem.replace("_", " ").replace("-", " "))
    return (
        f'<figure><img alt="Figure: {title}" src="data:{kind};base64,{data}">'
        f"<figcaption>{title}</figcaption></figure>"
    )


def _footer(report: Json) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    commit = f"commit {report['commit']}, " if report["commit"] else ""
    return escape(
        f"Run of {report['started']}, {commit}effort {report['effort']}, seed {report['seed']}, "
        f"{report['wall_seconds']:.1f} s. {versions}."
    )


# -- small parts ----------------------------------------------------------------------------------


def _in_order(claims: Sequence[Json]) -> list[Json]:
    """Return the claims by family, and by number within it."""
    families = list(FAMILIES.values())

    def key(claim: Json) -> tuple[int, bool, str]:
        title = _family(claim)
        place = families.index(title) if title in families else len(families)
        return place, not claim["id"][-1].isdigit(), claim["id"]

    return sorted(claims, key=key)


def _family(claim: Json) -> str:
    """Return the family's title; labels of letters only stand for assumed literature."""
    label = str(claim["id"])
    return FAMILIES.get(label[0], "Others") if label[1:].isdigit() else "Taken from the literature"


def _title(claim: Json) -> str:
    """Return the title with a capital, unless it starts with a formula."""
    text = str(claim["title"])
    plain = text[:2].isalpha() or text.startswith("a ")
    return as_html(text[0].upper() + text[1:] if plain else text)


def _link(label: str) -> str:
    return f'<a class="label" href="#claim-{escape(label)}">{escape(label)}</a>'


def _links(labels: Sequence[str], known: set[str]) -> str:
    links = [_link(n) if n in known else f"{escape(n)} (not in this run)" for n in labels]
    return ", ".join(links) or "nothing"


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
