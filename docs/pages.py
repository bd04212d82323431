"""The pages that the code writes: the API, the claims, the commands, the format."""

from __future__ import annotations

import importlib
import json
import pkgutil
import shlex
import shutil
from pathlib import Path

import click
import typer.main

from pmone.cli import MODULES, load
from proofs import folders
from proofs.claims import places, registry
from proofs.claims.model import Claim
from proofs.evidence import Rung
from proofs.report.notation import as_html
from proofs.report.work import used_by

PACKAGES = ("pmone", "constructions", "proofs.kernel")
RATES = ("B5", "A1", "S5")
LEFT_OUT = {"pmone.cli", "pmone.__main__", "proofs.kernel.__main__"}
# What Markdown takes for markup; in HTML, < and > are written by entities already.
MARKUP = {ord(c): "\\" + c for c in "\\*_[]$#"}


def write(folder: Path) -> None:
    """Write all generated pages below `folder`/generated, from nothing."""
    out = folder / "generated"
    shutil.rmtree(out, ignore_errors=True)
    for name in ("api", "claims"):
        (out / name).mkdir(parents=True)
    for name, text in {**_api(), **_claims(), "commands.md": _commands()}.items():
        (out / name).write_text(text, encoding="utf-8")
    for label in RATES:  # for pages to include: no constant is typed by hand
        rates = f"$$\n{registry.claim(label).latex}\n$$\n"
        (out / f"rates-{label}.md").write_text(rates, encoding="utf-8")


def _toctree(entries: list[str], option: str) -> str:
    return "\n".join(["```{toctree}", option, "", *entries, "```", ""])


# -- the API -----------------------------------------------------------------------------------


def _api() -> dict[str, str]:
    found, sections = {}, []
    for package in PACKAGES:
        names = _modules(package)
        for name in names:
            package_itself = hasattr(importlib.import_module(name), "__path__")
            members = [] if package_itself else ["   :members:"]  # a package only names others'
            found[f"api/{name}.rst"] = "\n".join(
                [name, "=" * len(name), "", f".. automodule:: {name}", *members, ""]
            )
        sections += [f"## {package}", "", _toctree(names, ":maxdepth: 1")]
    found["api/index.md"] = "\n".join(["# Python API", "", *sections])
    return found


def _modules(package: str) -> list[str]:
    root = importlib.import_module(package)
    names = [package] + [
        module.name
        for module in pkgutil.walk_packages(root.__path__, package + ".")
        if not any(module.name == n or module.name.startswith(n + ".") for n in LEFT_OUT)
    ]
    return sorted(name for name in names if (importlib.import_module(name).__doc__ or "").strip())


# -- the claims --------------------------------------------------------------------------------


def _claims() -> dict[str, str]:
    claims = registry.claims()
    run = json.loads((folders.ROOT / "paper/data/verify.json").read_text(encoding="utf-8"))
    run["claims"] = {claim["id"]: claim for claim in run["claims"]}
    rows = ["| claim | what it says | required rung |", "|---|---|---|"]
    rows += [f"| {_link(c.id)} | {c.title} | {c.required.label} |" for c in claims.values()]
    found = {
        "claims/index.md": "\n".join(
            [
                "# Claims",
                "",
                "One page per claim: its statement, its clauses with the rung that each must",
                "reach, the proof, the Coq theorems, the code, and the command that repeats it.",
                "",
                f"The rungs, from the lowest to the highest: {', '.join(r.label for r in Rung)}.",
                "",
                *rows,
                "",
                _toctree([page_of(label) for label in claims], ":hidden:"),
            ]
        )
    }
    for claim in claims.values():
        found[f"claims/{page_of(claim.id)}.md"] = _claim(claim, run)
    return found


def _claim(claim: Claim, run: dict) -> str:
    source = "ours" if claim.source.kind == "ours" else claim.source.reference
    lines = [
        f"# {_plain(claim.id)}: {claim.title}",
        "",
        _typeset(claim.statement),
        "",
        "$$",
        claim.latex,
        "$$",
        "",
        f"**Parameters.** {_typeset(claim.domain)}",
        "",
        f"**Source.** {_plain(source)}",
        "",
        f"**Rests on.** {_links(claim.depends_on)} **Used by.** {_links(used_by(claim.id))}",
        "",
        "## Clauses",
        "",
        f"The recorded run is of {run['started'][:10]}, commit `{run['commit'][:7]}`.",
        "",
        "| clause | must reach | reached in the recorded run | by |",
        "|---|---|---|---|",
    ]
    found = {c["name"]: c["rung"] for c in run["claims"].get(claim.id, {}).get("clauses", ())}
    for clause in claim.clauses:
        by = [f"`{check.name}`" for check in clause.checks]
        by += [f"the proof of {clause.argued} in the paper"] if clause.argued else []
        shown = _typeset(clause.says).replace("|", "\\|")
        reached = found.get(clause.name, "not recorded")
        told = ", ".join(by) or "its source"
        lines.append(f"| {shown} | {clause.required.label} | {reached} | {told} |")
    lines += ["", "## Proof", "", _typeset(claim.outline), ""]
    stands = places.places(claim.id)
    theorems = [place for place in stands if place.kind == "Coq"]
    lines += ["## In Coq", ""] if theorems else []
    for place in theorems:
        lines += [f"`{place.path}:{place.line}`", "", "```coq", _stated(place), "```", ""]
    code = [p for p in stands if p.kind in ("statement", "check", "code")]
    lines += ["## Code", ""]
    lines += [f"- `{p.path}:{p.line}` {p.kind}: {_plain(p.name)}" for p in code]
    lines += [
        "",
        "## Repeat it",
        "",
        "```console",
        f"$ pmone verify {shlex.quote(claim.id)}",
        "```",
        "",
    ]
    return "\n".join(lines)


def _stated(place: places.Place) -> str:
    """Return a theorem's statement as it stands in its file."""
    lines = (folders.ROOT / place.path).read_text(encoding="utf-8").split("\n")[place.line - 1 :]
    end = next(k for k, line in enumerate(lines) if line.startswith(("Proof", "Defined")))
    return "\n".join(lines[:end]).strip()


def page_of(label: str) -> str:
    """Return the name of a claim's page: its label, in letters that a file's name may have.

    >>> page_of("S*4"), page_of("S4")
    ('S-star-4', 'S4')
    """
    return label.replace("*", "-star-")


def _link(label: str) -> str:
    return f"[{_plain(label)}]({page_of(label)}.md)"


def _links(labels) -> str:
    return ", ".join(map(_link, labels)) + "." if labels else "nothing."


def _typeset(text: str) -> str:
    """Return plain-text mathematics with its subscripts, as the report has them."""
    return as_html(text).translate(MARKUP)


def _plain(text: str) -> str:
    """Return plain text that Markdown leaves alone; code stays code."""
    special = MARKUP | {ord(c): "\\" + c for c in "<>"}
    parts = text.split("`")
    return "`".join(p if k % 2 else p.translate(special) for k, p in enumerate(parts))


# -- the command -------------------------------------------------------------------------------


def _commands() -> str:
    """The help of every command, as typer has it."""
    application = typer.main.get_command(load())
    context = click.Context(application, info_name="pmone")
    lines = ["# The command `pmone`", "", application.epilog or "", ""]
    for name in (n for names in MODULES.values() for n in names):
        command = application.get_command(context, name)
        lines += [f"## pmone {name}", "", _plain(_paragraphs(command.help)), ""]
        lines += ["| option | meaning |", "|---|---|"]
        for parameter in command.params:
            given = (
                ", ".join(parameter.opts)
                if parameter.opts[0].startswith("-")
                else (parameter.metavar or parameter.name.upper())
            )
            told = _plain(getattr(parameter, "help", None) or "").replace("|", "\\|")
            lines.append(f"| `{given}` | {told} |")
        examples = (command.epilog or "").partition(": ")[2]
        lines += ["", "```console", *(f"$ {e.strip()}" for e in examples.split("  ")), "```", ""]
    return "\n".join(lines)


def _paragraphs(text: str | None) -> str:
    blocks = (text or "").strip().split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks)
