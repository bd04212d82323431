"""Computations that cover all parameters, as lists of obligations that code discharges.

An obligation is a named statement with a verdict. A computation is a list of them; it passes only
if there is at least one and every one passed. What it carries is an inequality that no hand could
check; the argument around it is the proof assistant's, or in words and no more than that.

Three kinds of obligation, all of them for every value of their parameters:

- identity: a difference that SymPy reduces to 0;
- nonnegative: an expression with no negative part, once its symbols start at 0;
- positivity on a box: ball arithmetic with subdivision, every cell decided with rounding outward.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy
from flint import arb, ctx, fmpq

from proofs.evidence import Evidence, Rung, Verdict, combine, plain

Expr = Any  # a SymPy expression; SymPy carries no types
Box = Mapping[str, tuple[Fraction, Fraction]]

MAX_BOXES = 200_000
_WITNESSES = (2, 3, 5, 1, 7, 4, -1, -2)  # values tried, in this order, to refute an identity


@dataclass(frozen=True)
class Obligation:
    """One step of a proof: what was to be shown, how, and the verdict."""

    name: str
    statement: str
    method: str
    verdict: Verdict
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the obligation is discharged."""
        return self.verdict is Verdict.PASSED


def proof_evidence(obligations: Sequence[Obligation]) -> Evidence:
    """Return the evidence of a proof: passed only if every obligation passed.

    >>> proof_evidence([]).verdict
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    """
    verdict = combine([o.verdict for o in obligations])
    open_ = [o for o in obligations if not o.passed]
    margins = [o.details["margin"] for o in obligations if o.details.get("margin") is not None]
    reason = (
        f"{len(obligations)} obligations discharged, for all parameters of the domain"
        if verdict is Verdict.PASSED
        else "; ".join(f"{o.name}: {o.reason or o.verdict}" for o in open_) or "no obligation"
    )
    failed = next((o for o in open_ if o.verdict is Verdict.FAILED), None)
    return Evidence(
        Rung.PROVED,
        verdict,
        reason,
        k=len(open_),
        n=len(obligations),
        slack=min(margins, default=None),
        counterexample=None
        if failed is None
        else {"obligation": failed.name, "reason": failed.reason, **plain(failed.details)},
        details={
            "obligations": [
                {
                    "name": o.name,
                    "statement": o.statement,
                    "method": o.method,
                    "verdict": o.verdict.value,
                    "reason": o.reason,
                    **plain(o.details),
                }
                for o in obligations
            ]
        },
    )


# -- identities and inductions ---------------------------------------------------------------


def prove_identity(name: str, lhs: Any, rhs: Any, method: str = "identity") -> Obligation:
    """Show lhs = rhs for all values of the symbols that satisfy their SymPy assumptions.

    Passed if SymPy reduces the difference to 0; failed if it is nonzero at small values, which are
    shown; else inconclusive.

    >>> x = sympy.Symbol("x")
    >>> prove_identity("square", (x + 1) ** 2, x**2 + 2 * x + 1).passed
    True
    """
    lhs, rhs = sympy.sympify(lhs), sympy.sympify(rhs)
    statement = f"{lhs} = {rhs}"
    difference = lhs - rhs
    witness = _nonzero_at(difference)
    if witness is not None:
        return Obligation(
            name, statement, method, Verdict.FAILED, f"differs at {witness}", {"at": witness}
        )
    if _reduces_to_zero(difference):
        return Obligation(name, statement, method, Verdict.PASSED)
    return Obligation(name, statement, method, Verdict.INCONCLUSIVE, "could not reduce to 0")


def _reduces_to_zero(difference: Expr) -> bool:
    for reduce in (
        sympy.expand,
        lambda e: sympy.expand(sympy.powsimp(sympy.expand(e, power_exp=True))),
        lambda e: sympy.expand(sympy.numer(sympy.together(sympy.expand(e, power_exp=True)))),
        lambda e: sympy.expand(sympy.expand_trig(e)),
        sympy.simplify,
    ):
        if reduce(difference) == 0:
            return True
    return False


def _nonzero_at(difference: Expr) -> dict[str, str] | None:
    """Return values at which the expression is certainly nonzero, or None."""
    symbols = sorted(difference.free_symbols, key=str)
    for shift in range(len(_WITNESSES)):
        values = {s: _WITNESSES[(shift + i) % len(_WITNESSES)] for i, s in enumerate(symbols)}
        if not all(_allowed(s, v) for s, v in values.items()):
            continue
        value = difference.subs(values)
        if not value.is_number or not value.is_finite:
            continue
        exact = sympy.nsimplify(value, rational=True) if value.is_rational else value.evalf(60)
        if (value.is_rational and exact != 0) or (not value.is_rational and abs(exact) > 1e-40):
            return {str(s): str(v) for s, v in values.items()}
    return None


def _allowed(symbol: sympy.Symbol, value: int) -> bool:
    wrong_parity = (symbol.is_even and value % 2) or (symbol.is_odd and not value % 2)
    wrong_sign = (symbol.is_negative and value >= 0) or (symbol.is_nonnegative and value < 0)
    return not (wrong_sign or wrong_parity)


# -- nonnegativity and implications ----------------------------------------------------------


def is_manifestly_nonnegative(expression: Any) -> bool:
    """Return whether every term of the expanded expression is ≥ 0 by its symbols' assumptions.

    >>> x = sympy.Symbol("x", nonnegative=True)
    >>> is_manifestly_nonnegative(x**2 + 3 * x), is_manifestly_nonnegative(x - 1)
    (True, False)
    """
    expanded = sympy.expand(sympy.sympify(expression))
    return all(term.is_nonnegative is True for term in sympy.Add.make_args(expanded))


def prove_nonnegative(
    name: str, expression: Any, at_least: Mapping[sympy.Symbol, Any] | None = None
) -> Obligation:
    """Show expression ≥ 0 for all symbols x ≥ at_least[x]: after x = at_least + t no term is < 0.

    Rational functions are brought over one denominator, which must be manifestly positive.

    >>> d = sympy.Symbol("d", positive=True)
    >>> prove_nonnegative("double", d**2 + d - 2, {d: 1}).passed
    True
    """
    expression = sympy.sympify(expression)
    shifts = {
        symbol: low + sympy.Dummy(f"{symbol}'", nonnegative=True, integer=symbol.is_integer)
        for symbol, low in (at_least or {}).items()
    }
    where = ", ".join(f"{s} ≥ {low}" for s, low in (at_least or {}).items())
    statement = f"{expression} ≥ 0" + (f" for {where}" if where else "")
    numerator, denominator = sympy.fraction(sympy.together(expression.subs(shifts)))
    if is_manifestly_nonnegative(numerator) and sympy.expand(denominator).is_positive:
        return Obligation(name, statement, "nonnegative coefficients", Verdict.PASSED)
    grid = itertools.product(range(6), repeat=len(at_least or {}))
    for offsets in grid:
        values = {
            s: low + offset
            for (s, low), offset in zip((at_least or {}).items(), offsets, strict=True)
        }
        value = expression.subs(values)
        if value.is_number and value.is_negative:
            at = {str(s): str(v) for s, v in values.items()}
            return Obligation(
                name,
                statement,
                "nonnegative coefficients",
                Verdict.FAILED,
                f"negative at {at}",
                {"at": at},
            )
    return Obligation(
        name, statement, "nonnegative coefficients", Verdict.INCONCLUSIVE, "a term may be negative"
    )


# -- finite case distinctions ----------------------------------------------------------------


# -- balls -----------------------------------------------------------------------------------


def ball(low: Fraction, high: Fraction) -> arb:
    """Return a ball that contains [low, high]."""
    middle, radius = (low + high) / 2, (high - low) / 2
    return exact(middle) + arb(0, exact(radius).upper())


def exact(value: Fraction | int) -> arb:
    """Return the tightest ball around a rational number."""
    value = Fraction(value)
    return arb(fmpq(value.numerator, value.denominator))


def prove_positive_on_box(
    name: str,
    statement: str,
    function: Callable[..., arb],
    box: Box,
    *,
    max_boxes: int = MAX_BOXES,
    precision: int = 80,
) -> Obligation:
    """Show function > 0 on a compact box, by ball arithmetic with adaptive subdivision.

    Parameters
    ----------
    function : takes a ball for every name of the box (as keywords), returns a ball that contains
        all values over them
    box : name → (low, high), rationals, low ≤ high
    max_boxes : the number of cells to try before giving up (inconclusive)
    precision : bits of the balls

    A cell is decided when its ball is positive. If the function is certainly ≤ 0 at the middle of
    a cell, the statement fails there. Otherwise the cell is halved along its relatively longest
    side. An empty box is a single number. An unbounded parameter x ≥ a is made compact by the
    caller, with t = 1/x ∈ [0, 1/a].
    """
    names = list(box)
    size = {key: (high - low) or Fraction(1) for key, (low, high) in box.items()}
    todo = [tuple(box[key] for key in names)]
    count, margin, worst = 0, None, None
    with ctx.workprec(precision):
        while todo:
            if count >= max_boxes:
                reason = f"undecided after {count} cells, near {_at(names, todo[-1])}"
                return Obligation(
                    name, statement, "balls", Verdict.INCONCLUSIVE, reason, {"boxes": count}
                )
            cell = todo.pop()
            count += 1
            value = function(**{k: ball(*side) for k, side in zip(names, cell, strict=True)})
            if value > 0:
                least = float(value.lower())
                if margin is None or least < margin:
                    margin, worst = least, _at(names, cell)
                continue
            middle = {key: (low + high) / 2 for key, (low, high) in zip(names, cell, strict=True)}
            if function(**{key: exact(v) for key, v in middle.items()}) <= 0:
                at = {key: str(v) for key, v in middle.items()}
                return Obligation(
                    name, statement, "balls", Verdict.FAILED, f"not positive at {at}", {"at": at}
                )
            widths = [(b - a) / size[key] for key, (a, b) in zip(names, cell, strict=True)]
            i = widths.index(max(widths)) if widths else -1
            if i < 0 or widths[i] == 0:
                reason = f"undecided at {_at(names, cell)}"
                return Obligation(
                    name, statement, "balls", Verdict.INCONCLUSIVE, reason, {"boxes": count}
                )
            low, high = cell[i]
            half = (low + high) / 2
            todo.append((*cell[:i], (half, high), *cell[i + 1 :]))
            todo.append((*cell[:i], (low, half), *cell[i + 1 :]))
    details = {"boxes": count, "margin": margin, "closest": worst, "precision": precision}
    return Obligation(name, statement, "balls", Verdict.PASSED, details=details)


def t_log2_inverse(t: arb) -> arb:
    """Return a ball that contains t·log₂(1/t) for all t of the ball in [0, 1], 0 at t = 0.

    With t = 1/x this is log₂(x)/x. It rises up to t = 1/e, where it is largest.

    >>> t_log2_inverse(arb("0.25")).contains(arb("0.5"))
    True
    """
    if t.lower() > 0:
        return -t * t.log() / arb(2).log()
    top = arb(t.upper())
    peak = (arb(-1).exp() / arb(2).log()).upper()
    rising = bool(top > 0) and bool(top < arb(-1).exp())
    high = (-top * top.log() / arb(2).log()).upper() if rising else peak
    return arb(0).union(arb(high))


def log2(x: arb) -> arb:
    """Return log₂ of a ball."""
    return x.log() / arb(2).log()


def _at(names: list[str], cell: Sequence[tuple[Fraction, Fraction]]) -> dict[str, str]:
    return {
        key: f"{float(low):.6g}…{float(high):.6g}"
        for key, (low, high) in zip(names, cell, strict=True)
    }
