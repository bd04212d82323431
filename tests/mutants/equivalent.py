"""Mutants that no test can notice, each with the reason why it decides nothing.

By module: the line of the source, what is changed in it, and why.
"""

from __future__ import annotations

Same = tuple[str, tuple[str, ...], str]

SIZE = "NumPy takes any negative size as the one to be found"
DROPPED = "any negative number of a column drops it"
WRITTEN = "every entry that is read is written first"
ONE = "the list has one entry"
TABLE = "a table and sorting give the same; which of them is quicker is all that is decided"

EQUIVALENT: dict[str, tuple[Same, ...]] = {
    "__main__": (
        ('if len(paths) != 1 or paths[0].startswith("-"):', ("0 becomes -1",), ONE),
        ("certificate = check(paths[0])", ("0 becomes -1",), ONE),
    ),
    "bound": (
        ("flat = a.reshape(-1)", ("1 becomes 2",), SIZE),
        ("return float(values[0])", ("0 becomes -1",), ONE),
        (
            "if not 0.0 < c < best**2:",
            ("< becomes <=", "< becomes <=′", "0.0 becomes -1.0"),
            "c ≤ 0 has no Cholesky factor, and c ≥ best² gives no smaller bound: both leave best",
        ),
        (
            "break  # the simple bounds are as good",
            ("statement dropped",),
            "c ≥ best² gives no smaller bound, c ≤ 0 has no factor; only time is saved",
        ),
        ("break", ("statement dropped",), "a larger c gives a larger bound; only time is saved"),
        ("if largest == 0:", ("0 becomes -1",), "the general case gives 0 for zeros too"),
        (
            "exact = bool(np.isfinite(lifted).all()) and bool((np.ldexp(lifted, -p) == w).all())",
            ("bool(np.isfinite(lifted).all()) left out", "all becomes any"),
            "what overflowed stays infinite when scaled back, so it is not the entry of w",
        ),
        (
            "largest = max(float(np.abs(first).max()), float(np.abs(second).max()))",
            ("max becomes min′",),
            "where first is not 0 second is not: lifted = high + low would be a float64 other than "
            "high, the nearest; and a power of two as unit changes no result",
        ),
        ("if value == 0:", ("0 becomes 1", "0 becomes -1"), "the general case gives 0 and 1 too"),
    ),
    "check": (
        (
            "limits, max(a * b for a, b in pairwise(dims)), known.kept_weights or 0, ticket.size",
            ("0 left out",),
            "the number is known here; its type allows None",
        ),
        (
            "size = norm_float(w) if i < depth else Fraction(0)",
            ("< becomes <=", "0 becomes 1", "0 becomes -1"),
            "‖W_l‖ does not occur in the bound",
        ),
        (
            "own = norm_integer(v) * Fraction(2) ** -p if i > 1 else Fraction(0)",
            ("> becomes >=", "1 becomes 0", "0 becomes 1", "0 becomes -1"),
            "‖V_1‖ does not occur in the bound: it meets an error of 0",
        ),
    ),
    "extract": (
        (
            "if width > 16 * len(index) + (1 << 24):  # a table of all neurons would be too large",
            (
                "> becomes >=", "+ becomes -", "* becomes +", "16 becomes 17", "16 becomes 15",
                "<< becomes >>", "1 becomes 2", "1 becomes 0", "24 becomes 25", "24 becomes 23",
            ),
            TABLE,
        ),
        (
            "place = np.zeros(width, dtype=np.int32 if len(ids) < 1 << 31 else np.int64)",
            ("zeros becomes ones",),
            WRITTEN,
        ),
        (
            "if state.rows.matrix.data.min(initial=0) >= 0:",
            (">= becomes >", "0 becomes 1"),
            "the general case keeps all neurons too where nothing is negative",
        ),
        (
            "total.eliminate_zeros()",
            ("statement dropped",),
            "SciPy's sum stores no zeros today; we do not rely on it",
        ),
        (
            "first = np.arange(len(partner)) < partner",
            ("< becomes <=", "< becomes >="),
            "of each pair one half: either, as coefficients are opposite and so are the rows; an "
            "atom without partner has coefficient 0",
        ),
        ("number = np.where(first, np.cumsum(first) - 1, -1)", ("1 becomes 2′",), DROPPED),
        (
            "if limbs > 1:  # −c may need one limb more than c",
            ("> becomes >=", "1 becomes 0"),
            "with one limb the negative has one too",
        ),
        ("first = np.zeros(len(number), dtype=np.int64)", ("zeros becomes ones",), WRITTEN),
        ("owner = np.full(rows.columns, -1, dtype=np.int64)", ("1 becomes 2",), DROPPED),
        (
            "matrix: Matrix = rows.map_columns(owner, len(atom)).dense()[place.reshape(-1)]",
            ("1 becomes 2",),
            SIZE,
        ),
    ),
    "header": (
        (
            'DISTRIBUTIONS = {"uniform": ("", 0, 0), "hyperbolic": ("octaves", 1, 256), "grid": '
            '("bits", 0, 30)}',
            ("0 becomes -1", "0 becomes 1′"),
            "uniform weights have no parameter; the 0 in its place lies in every such interval",
        ),
        (
            'require(abs(int(match[1] or 0)) <= MAX_DECIMAL_EXPONENT, f"{name} has too large an '
            'exponent")',
            ("0 becomes 1", "0 becomes -1"),
            "what stands for a missing exponent is only compared with 1200",
        ),
    ),
}  # fmt: skip
