"""Plain-text mathematics as HTML: subscripts, superscripts, italic variables; all escaped."""

from __future__ import annotations

import re
from html import escape

_ATOM = r"[−-]?(?:[A-Za-zα-ω0-9]+′?|∞)"
_TOKEN = re.compile(
    r"(?P<code>`[^`]+`)"
    r"|(?P<number>\d+(?:\.\d+)?)e(?P<exponent>-?\d+)"
    r"|(?P<script>[_^])(?:\{(?P<braces>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|(?P<atom>" + _ATOM + r"))"
    r"|(?P<word>[A-Za-z]+\d*(?:[-'’][A-Za-z]+)*(?:_[a-z]{4,}\w*)?)(?P<prime>'(?![A-Za-z]))?"
)
_VARIABLES = frozenset("bcdefghijklmnopqrstuvwxyzCKLMNPRVWXY") | {"dl", "ld", "pl"}


def as_html(text: str) -> str:
    """Return a sentence of plain-text mathematics as HTML.

    >>> as_html("q^{N−n+1} < V_oj")
    '<i>q</i><sup><i>N</i>−<i>n</i>+1</sup> &lt; <i>V</i><sub><i>oj</i></sub>'
    """
    parts, end = [], 0
    for match in _TOKEN.finditer(text):
        parts += [escape(text[end : match.start()]), _render(match)]
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def _render(match: re.Match[str]) -> str:
    if code := match["code"]:
        return f"<code>{escape(code[1:-1])}</code>"
    if exponent := match["exponent"]:
        factor = "" if match["number"] == "1" else f"{match['number']}·"
        return f"{factor}10<sup>{exponent.replace('-', '−')}</sup>"
    if word := match["word"]:
        word, prime = word.replace("'", "’"), match["prime"] or ""
        prime = prime and ("′" if len(word) <= 2 else "’")  # C′, but "coefficients’ range"
        return f"<i>{word}{prime}</i>" if word in _VARIABLES else escape(word) + prime
    tag = "sub" if match["script"] == "_" else "sup"
    inner = match["braces"]
    if inner is None:
        atom = match["atom"]
        short = len(atom.lstrip("−-")) <= 2 and not any(c.isdigit() for c in atom)
        return (
            f"<{tag}><i>{escape(atom)}</i></{tag}>" if short else f"<{tag}>{as_html(atom)}</{tag}>"
        )
    return f"<{tag}>{as_html(inner)}</{tag}>"
