"""Plain values as LaTeX: text with Unicode symbols, numbers, tables."""

from __future__ import annotations

from collections.abc import Sequence

_SYMBOLS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "≥": r"$\ge$",
    "≤": r"$\le$",
    "∈": r"$\in$",
    "→": r"$\to$",
    "′": r"$'$",
    "½": r"$\frac12$",
    "ε": r"$\varepsilon$",
    "δ": r"$\delta$",
    "σ": r"$\sigma$",
    "Θ": r"$\Theta$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "Γ": r"$\Gamma$",
    "ℓ": r"$\ell$",
    "²": r"$^2$",
    "₂": r"$_2$",
}


def escape(text: str) -> str:
    r"""Return text as LaTeX, its symbols in math mode.

    Raises ValueError for a symbol that has no translation here: nothing is dropped silently.

    >>> escape("width d·log_2, 95 %")
    'width d$\\cdot$log\\_2, 95 \\%'
    """
    unknown = sorted({c for c in text if not c.isascii() and c not in _SYMBOLS and not c.isalpha()})
    if unknown:
        raise ValueError(f"no LaTeX for {unknown} in {text!r}: add it to paper/tex.py")
    return "".join(_SYMBOLS.get(c, c) for c in text)


def integer(value: int | str) -> str:
    r"""Return an integer in groups of three; beyond 10^7, its leading digits and a power of ten.

    >>> integer(4740980), integer("968340933")
    ('4{,}740{,}980', '\\ensuremath{9.68\\cdot10^{8}}')
    """
    number = int(value)
    if abs(number) < 10**7:
        return f"{number:,}".replace(",", "{,}")
    return scientific(number)


def scientific(value: float | int) -> str:
    r"""Return a number in three digits with a power of ten.

    >>> scientific(5.2e-3)
    '\\ensuremath{5.20\\cdot10^{-3}}'
    """
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"\ensuremath{{{mantissa}\cdot10^{{{int(exponent)}}}}}"


def number(value: float, digits: int = 3) -> str:
    r"""Return a number in significant digits, as it reads best.

    >>> number(2.15443), number(0.0125121), number(1711.137), number(9.1e-7), number(28.0)
    ('2.15', '0.0125', '1{,}711', '\\ensuremath{9.10\\cdot10^{-7}}', '28')
    """
    if value == int(value) and abs(value) < 10**7:
        return integer(int(value))
    size = abs(value)
    if size >= 10**6 or size < 10**-3:
        return scientific(value)
    if size >= 10**3:
        return integer(round(value))
    return f"{value:.{digits}g}"


def decimal(text: str) -> str:
    r"""Return a decimal as it was given, powers of ten set as such.

    >>> decimal("0.01"), decimal("1e-600")
    ('0.01', '\\ensuremath{10^{-600}}')
    """
    mantissa, _, exponent = text.lower().partition("e")
    if not exponent:
        return mantissa
    factor = "" if mantissa == "1" else rf"{mantissa}\cdot"
    return rf"\ensuremath{{{factor}10^{{{int(exponent)}}}}}"


def seconds(value: float) -> str:
    """Return a time in seconds with two digits after the point, or one from 10 s on.

    >>> seconds(0.17643), seconds(12.34)
    ('0.18', '12.3')
    """
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(columns: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""Return a tabular in the style of booktabs; an empty row sets a rule.

    Raises ValueError for a table without rows, or a row of another length than the head.

    >>> print(table("@{}lr@{}", ["a", "b"], [["x", "1"]]))
    \begin{tabular}{@{}lr@{}}
    \toprule
    a & b\\
    \midrule
    x & 1\\
    \bottomrule
    \end{tabular}
    """
    if not rows:
        raise ValueError(f"a table with the columns {list(head)} has no rows")
    lines = []
    for row in rows:
        if row and len(row) != len(head):
            raise ValueError(f"a row has {len(row)} cells, its head {len(head)}: {row}")
        lines.append(" & ".join(row) + r"\\" if row else r"\midrule")
    body = "\n".join(lines)
    top = " & ".join(head)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{top}\\\\\n\\midrule\n"
        f"{body}\n\\bottomrule\n\\end{{tabular}}"
    )


def long_table(
    columns: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str,
    label: str,
) -> str:
    r"""Return a table that may run over several pages; an empty row sets a small space.

    Raises ValueError as :func:`table` does.
    """
    lines = table(columns, head, rows).splitlines()
    top, body = "\n".join(lines[1:4]), "\n".join(lines[4:-2])
    body = body.replace(r"\midrule", r"\addlinespace[2pt]")
    return (
        f"{{\\scriptsize\\tightcolumns\\begin{{longtable}}{{{columns}}}\n"
        f"\\caption{{{caption}}}\\label{{{label}}}\\\\\n{top}\n\\endfirsthead\n{top}\n\\endhead\n"
        f"\\bottomrule\n\\endfoot\n{body}\n\\end{{longtable}}}}"
    )
