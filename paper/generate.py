r"""Render paper/generated/*.tex: `pmone paper`.

values.tex defines every number of the text for \pmvalue{key}; claims.tex the titles and formulas of
the registry for \pmtitle{S4} and \pmdisplay{S4}; table_*.tex hold the tables. The figures that the
text includes are drawn beside them, from their committed numbers. Nobody edits any of these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from figures import gallery
from figures.save import save
from paper import sources, tables, values
from paper.sources import DATA
from paper.tex import escape
from proofs.claims import registry

GENERATED = Path(__file__).parent / "generated"
_HEADER = "% Rendered by `pmone paper`; do not edit.\n"


def render(data: Path = DATA, out: Path = GENERATED) -> list[Path]:
    """Render all files from the data and the registry; return their paths.

    Raises InputError if a source is missing or malformed.
    """
    found = {name: sources.read(name, data) for name in sources.SOURCES}
    texts = {
        "values": definitions("value", values.values(found)),
        "claims": claims(),
        **{f"table_{name}": text + "\n" for name, text in tables.tables(found).items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        path = out / f"{name}.tex"
        path.write_text(_HEADER + text, encoding="utf-8")
        paths.append(path)
    return paths


def draw(out: Path = GENERATED) -> list[Path]:
    """Draw the figures that the text includes, as PDF; return their paths."""
    sections = sorted((Path(__file__).parent / "sections").glob("*.tex"))
    text = "".join(path.read_text(encoding="utf-8") for path in sections)
    names = re.findall(r"\\includegraphics(?:\[[^]]*\])?\{([^}]*)\}", text)
    paths = []
    for picture in gallery.choose(names):
        figure = picture.draw(picture.dataset.read(gallery.DATA))
        paths += save(figure, out, picture.name, kinds=("pdf",))
    return paths


def claims() -> str:
    """Return the titles and formulas of all claims as definitions."""
    registered = registry.claims().values()
    titles = definitions("title", {claim.id: escape(claim.title) for claim in registered})
    return titles + definitions("formula", {claim.id: claim.latex for claim in registered})


def definitions(kind: str, entries: Mapping[str, str]) -> str:
    r"""Return one \pmdefine a line.

    >>> definitions("value", {"demo.seed": "1"})
    '\\pmdefine{value}{demo.seed}{1}\n'
    """
    return "".join(f"\\pmdefine{{{kind}}}{{{key}}}{{{text}}}\n" for key, text in entries.items())
