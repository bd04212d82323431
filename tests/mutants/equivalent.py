"""Mutants that no test can notice, each with the reason why it decides nothing.

By module: the line of the source without its comment, what is changed in it, and why.
"""

from __future__ import annotations

Same = tuple[str, tuple[str, ...], str]

SIZE = "NumPy takes any negative size as the one to be found"
DROPPED = "any negative number of a column drops it"
WRITTEN = "every entry that is read is written first"
ONE = "the list has one entry"
TABLE = "a table and sorting give the same; which of them is quicker is all that is decided"
NONE_STORED = "SciPy's sums and products store no zeros today; we do not rely on it"
SPEED = "which way is taken decides the time, and both give the same (the tests take each)"
TYPE = "the file states a distribution, or these weights are not asked for; its type allows None"

WORDS: tuple[Same, ...] = (  # of the two modules that make random words by the block
    ("CHUNK = 1 << 16", ("1 becomes 2", "16 becomes 17", "16 becomes 15"), SPEED),
    ("STRETCH = 5", ("5 becomes 6", "5 becomes 4"), SPEED),
    (
        "new = np.concatenate(([True], block[1:] != block[:-1]))",
        ("- left out",),
        "a block that counts as new though it is not is made once more",
    ),
    (
        "span = int(block[-1] - block[0]) + 1",
        ("- becomes +", "1 becomes 2"),
        "a longer stretch has the same words at the same places",
    ),
)

EQUIVALENT: dict[str, tuple[Same, ...]] = {
    "__main__": (
        ('if len(paths) != 1 or paths[0].startswith("-"):', ("0 becomes -1",), ONE),
        ("certificate = check(paths[0])", ("0 becomes -1",), ONE),
        (
            "print(json.dumps(certificate.as_dict(), indent=2, allow_nan=False))",
            ("False becomes True",),
            "a certificate has null where a number is not finite",
        ),
    ),
    "bound": (
        ("flat = a.reshape(-1)", ("1 becomes 2",), SIZE),
        (
            'values = eigsh(gram, k=1, which="LA", v0=start, tol=2.0**-16, '
            "return_eigenvectors=False)",
            (
                "** becomes *", "2.0 becomes 3.0", "2.0 becomes 1.0", "- left out",
                "16 becomes 17", "16 becomes 15",
            ),
            "an estimate, of which nothing is claimed: a bound follows from any",
        ),
        ("return float(values[0])", ("0 becomes -1",), ONE),
        (
            "if not 0.0 < c < best**2:",
            ("< becomes <=", "< becomes <=′", "0.0 becomes -1.0"),
            "c ≤ 0 has no Cholesky factor, and c ≥ best² gives no smaller bound: both leave best",
        ),
        (
            "break",
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
            ("max becomes min",),
            "where first is not 0 second is not: lifted = high + low would be a float64 other than "
            "high, the nearest; and a power of two as unit changes no result",
        ),
        ("if value == 0:", ("0 becomes 1", "0 becomes -1"), "the general case gives 0 and 1 too"),
    ),
    "certificate": (),
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
            "if width > 16 * len(index) + (1 << 24):",
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
            "if len(place) < len(rows):",
            ("< becomes <=",),
            "all places in their order are the rows as they are",
        ),
        (
            "if state.rows.matrix.data.min(initial=0) >= 0:",
            (">= becomes >", "0 becomes 1", "0 becomes -1", "0 becomes 1"),
            "the general case keeps all neurons too where nothing is negative",
        ),
        (
            "total.eliminate_zeros()",
            ("statement dropped",),
            NONE_STORED,
        ),
        (
            "first = np.arange(len(partner)) < partner",
            ("< becomes <=", "< becomes >="),
            "of each pair one half: either, as coefficients are opposite and so are the rows; an "
            "atom without partner has coefficient 0",
        ),
        ("number = np.where(first, np.cumsum(first) - 1, -1)", ("1 becomes 2",), DROPPED),
        (
            "if limbs > 1:",
            ("> becomes >=", "1 becomes 0"),
            "with one limb the negative has one too",
        ),
        ("first = np.zeros(len(number), dtype=np.int64)", ("zeros becomes ones",), WRITTEN),
        (
            "largest = float(np.abs(scaled).max(initial=0.0))",
            ("0.0 becomes 1.0", "0.0 becomes -1.0"),
            "1 is below every limit, and absolute values are at least 0",
        ),
        (
            "largest = max(int(np.abs(fill).max(initial=0)), int(np.abs(matrix).max(initial=0)))",
            ("0 becomes 1", "0 becomes -1", "0 becomes 1", "0 becomes -1"),
            "a largest value of 1 is as safe as one of 0, and absolute values are at least 0",
        ),
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
            ("0 becomes -1", "0 becomes 1"),
            "uniform weights have no parameter; the 0 in its place lies in every such interval",
        ),
        (
            'require(abs(int(match[1] or 0)) <= MAX_DECIMAL_EXPONENT, f"{name} has too large an '
            'exponent")',
            ("0 becomes 1", "0 becomes -1"),
            "what stands for a missing exponent is only compared with 1200",
        ),
    ),
    "integers": (
        (
            "negative = np.bincount(row[matrix.data < 0], minlength=len(self))",
            ("< becomes <=", "0 becomes 1"),
            "no zeros are stored",
        ),
        ("if self.limbs == 1:", ("1 becomes 0",), "the general case holds for one limb too"),
        (
            "if limbs <= rows.limbs:",
            ("<= becomes <",),
            "as many limbs as there are: the same integers once more",
        ),
        ("total.eliminate_zeros()", ("statement dropped", "statement dropped"), NONE_STORED),
        ("result.eliminate_zeros()", ("statement dropped",), NONE_STORED),
        (
            "def __init__(self, limits: Limits, target_entries: int, kept: int = 0, size: int = 0) "
            "-> None:",
            ("0 becomes -1", "0 becomes -1"),
            "the free limits are larger than what either number allows",
        ),
        (
            "self._work -= int(min(work.sum(), 2.0**62))",
            ("2.0 becomes 3.0", "62 becomes 63", "62 becomes 61"),
            "only infinity must be cut; Python's integers do not wrap",
        ),
        (
            "degree = int(np.asarray(size.sum(axis=1)).max(initial=0))",
            ("0 becomes 1", "0 becomes -1"),
            "sums of absolute values are at least 0, and a degree of 1 is allowed for every entry",
        ),
        (
            "narrow = rows.limbs > 1 or degree * rows.largest() < SAFE",
            ("rows.limbs > 1 left out", "1 becomes 2"),
            "limbs are at most 2^30, so only a degree that is refused below is not narrow",
        ),
        (
            "rows = with_limbs(rows, 3)",
            ("3 becomes 2",),
            "limbs that are missing are added when they are brought into their ranges",
        ),
        (
            "if len(left) == 0 or len(right) == 0:",
            ("len(right) == 0 left out", "right becomes left", "0 becomes -1"),
            "without rows on the right the general case gives zeros too",
        ),
        (
            "left, right = with_limbs(left, 3), with_limbs(right, 2)",
            ("2 becomes 3", "2 becomes 1"),
            "a product becomes wide by itself where it must",
        ),
        (
            "result = Rows(csr_array((len(left), right.columns), dtype=np.int64), right.columns)",
            ("right becomes left",),
            "an empty matrix, which with_limbs makes anew in the right shape",
        ),
        (
            "limbs = max(term.limbs, result.limbs, 2)",
            ("max becomes min", "2 becomes 3", "2 becomes 1"),
            "a term has two limbs or more, as right has, and two lines below limbs become equal",
        ),
        (
            "limbs = max(term.limbs, result.limbs)",
            ("max becomes min",),
            "they are equal: canonical limbs do not become more",
        ),
    ),
    "kept_edges": (
        (
            "starts = np.flatnonzero(np.diff(column, prepend=-1))",
            ("1 becomes 2",),
            "any number below the first column makes it a start",
        ),
    ),
    "philox": (
        *WORDS,
        (
            "stop = min(start + CHUNK, len(indices))",
            ("min becomes max",),
            "the first chunk then has all edges, and the others repeat what they had",
        ),
        (
            'last = int(np.searchsorted(indptr, stop, side="left"))',
            ("left becomes right",),
            "one source more, of which no edge is in the chunk",
        ),
        ("if span <= STRETCH * len(distinct):", ("<= becomes <", "* becomes +"), SPEED),
        (
            "words = generator.random_raw(4 * span)",
            ("4 becomes 5",),
            "more words than are asked for, the same ones first",
        ),
    ),
    "ticket_file": (
        (
            "READ_BYTES = 1 << 24",
            ("1 becomes 2", "24 becomes 25", "24 becomes 23"),
            "pieces of any size make the same array (the tests take small ones)",
        ),
        (
            'require(total <= size, "file", "its arrays overlap, or it is truncated")',
            ("<= becomes <",),
            "an archive has more bytes than its arrays: their names, for one",
        ),
        (
            "place = memoryview(result.reshape(-1).view(np.uint8))",
            ("1 becomes 2",),
            SIZE,
        ),
        (
            "piece = stream.read(min(READ_BYTES, len(place) - done))",
            ("min becomes max", "- becomes +"),
            "no more is there to be read: the size of the member is that of its shape",
        ),
        (
            'require(not stream.read(1), name, "longer than its shape says")',
            ("1 becomes 2", "1 becomes 0", "statement dropped"),
            "today zipfile compares the check sum with the last byte; we do not rely on it",
        ),
        (
            'return sum(self._entries[f"{name}_{t}"].shape[0] for t in layers)',
            ("0 becomes -1",),
            ONE,
        ),
    ),
    "real_weights": (
        *WORDS,
        (
            'kind, parameter = header.distribution or ("", 0)',
            ("('', 0) left out", "0 becomes 1", "0 becomes -1"),
            TYPE,
        ),
        (
            "if span <= STRETCH * int(new.sum()):",
            ("<= becomes <", "* becomes +"),
            SPEED,
        ),
        (
            "column = np.where(a < 0, column + inputs, column)",
            ("< becomes <=",),
            "a weight of 0 adds 0 to either half",
        ),
        (
            "at = np.minimum(np.searchsorted(neurons, source), max(len(neurons) - 1, 0))",
            ("0 becomes -1",),
            "it matters only where no neuron reads an input, and then nothing is live",
        ),
        (
            "terms = int(np.bincount(entry, minlength=1).max())",
            ("1 becomes 2",),
            "one more count of 0 changes no maximum",
        ),
        (
            'kind, q = header.distribution or ("", 0)',
            ("('', 0) left out", "0 becomes 1", "0 becomes -1"),
            TYPE,
        ),
        (
            'if kind == "grid" and float(total.max(initial=0.0)) * (1.0 + 2.0**-40) <= 2.0 ** (53 '
            '- 2 * q):',
            ("0.0 becomes -1.0",),
            "sums of absolute values are at least 0, and none at all are exact",
        ),
        (
            "size = norm_float(w) if i < layers else Fraction(0)",
            ("< becomes <=", "0 becomes 1", "0 becomes -1"),
            "‖W_l‖ does not occur in the bound",
        ),
        (
            "own = (norm_float(found.matrix) + found.error) * Fraction(2) ** -p if i > 1 else "
            "Fraction(0)",
            ("> becomes >=", "1 becomes 0", "0 becomes 1", "0 becomes -1"),
            "‖Ŵ_1‖ does not occur in the bound: it meets an error of 0",
        ),
    ),
}  # fmt: skip
