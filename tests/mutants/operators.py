"""Every small edit of a module's source: one operator, constant, condition or statement.

Left alone is what decides nothing: docstrings, annotations, decorators, texts of messages.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

COMPARED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.MatMult: ast.Add,
}
OTHER = {"all": "any", "any": "all", "min": "max", "max": "min", "minimum": "maximum",
    "maximum": "minimum", "ceil": "floor", "zeros": "ones", "ones": "zeros",
    "left": "right", "right": "left"}  # fmt: skip
SYMBOL = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in", ast.Add: "+",
    ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.MatMult: "@", ast.And: "and", ast.Or: "or", ast.Not: "not", ast.USub: "-",
    ast.Invert: "~"}  # fmt: skip
DROPPED = ast.Raise | ast.AugAssign | ast.Break | ast.Continue | ast.Expr
PARTS = ast.arguments | ast.comprehension | ast.keyword  # of an expression or a function
GUARDS = ("strict", "dtype", "errstate", "over", "under")  # of what cannot be otherwise
Edit = tuple[str, ast.AST]  # what is changed, and what stands in place of the node


@dataclass(frozen=True)
class Mutant:
    """One edit: where it is, what it does, and how to write the whole module with it."""

    line: int
    column: int
    what: str
    write: Callable[[], str]

    @property
    def source(self) -> str:
        """The source of the module with this edit."""
        return self.write()

    @property
    def name(self) -> str:
        """Unique within the module."""
        return f"{self.line}:{self.column} {self.what}"


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines.

    >>> [mutant.name for mutant in mutants("def f(a):\\n    return a < 1\\n")]
    ['2:11 < becomes <=', '2:11 < becomes >=', '2:15 1 becomes 2', '2:15 1 becomes 0']
    """
    tree = ast.parse(source)
    found: dict[str, Mutant] = {}
    for node, put in _places(tree):
        for what, other in _edits(node):
            at: Any = node
            write = partial(_with, tree, put, node, other)
            mutant = Mutant(at.lineno, at.col_offset, what, write)
            while mutant.name in found:  # operators of one chain begin at one place
                mutant = Mutant(mutant.line, mutant.column, mutant.what + "′", write)
            found[mutant.name] = mutant
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.column))


def _with(tree: ast.AST, put: Callable[[ast.AST], None], node: ast.AST, other: ast.AST) -> str:
    """The source of the tree with another node in the place of one."""
    put(other)
    text = ast.unparse(ast.fix_missing_locations(tree))
    put(node)
    return text


def _places(parent: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None]]]:
    """Every node that a program decides by, with a function that puts another in its place."""
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        several = isinstance(value, list)
        for i, child in enumerate(value if several else [value]):
            if isinstance(child, ast.expr | ast.stmt):
                if isinstance(child, ast.JoinedStr) or _is_text(child):
                    continue
                put = partial(value.__setitem__, i) if several else partial(setattr, parent, field)
                yield child, put
            elif not isinstance(child, PARTS) or getattr(child, "arg", "") in GUARDS:
                continue
            yield from _places(child)


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _edits(node: ast.AST) -> Iterator[Edit]:
    """What may stand in place of a node."""
    if isinstance(node, DROPPED):
        yield "statement dropped", ast.Pass()
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in COMPARED[type(op)]:
                ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
                yield _becomes(op, other()), ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BinOp):
        new = COMPUTED[type(node.op)]()
        yield _becomes(node.op, new), ast.BinOp(node.left, new, node.right)
    elif isinstance(node, ast.AugAssign):
        new = COMPUTED[type(node.op)]()
        yield _becomes(node.op, new), ast.AugAssign(node.target, new, node.value)
    elif isinstance(node, ast.BoolOp):
        new = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _becomes(node.op, new), ast.BoolOp(new, node.values)
        for i, left_out in enumerate(node.values):
            rest = node.values[:i] + node.values[i + 1 :]
            what = f"{ast.unparse(left_out)[:40]} left out"
            yield what, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp):
        yield f"{SYMBOL[type(node.op)]} left out", node.operand
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        if not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.BoolOp):
            other = copy.copy(node)
            other.test = ast.UnaryOp(ast.Not(), node.test)
            yield "condition turned round", other
    elif isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield f"{value} becomes {not value}", ast.Constant(not value)
        elif isinstance(value, int | float):
            for near in (value + 1, value - 1):
                if near != value:
                    yield f"{value} becomes {near}", ast.Constant(near)
        elif value in OTHER:
            yield f"{value} becomes {OTHER[value]}", ast.Constant(OTHER[value])
    elif isinstance(node, ast.Name) and node.id in OTHER:
        yield f"{node.id} becomes {OTHER[node.id]}", ast.Name(OTHER[node.id], node.ctx)
    elif isinstance(node, ast.Attribute) and node.attr in OTHER:
        other = ast.Attribute(node.value, OTHER[node.attr], node.ctx)
        yield f"{node.attr} becomes {OTHER[node.attr]}", other
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
        for i, part in enumerate(node.generators):
            if part.ifs:
                bare = ast.comprehension(part.target, part.iter, [], part.is_async)
                other = copy.copy(node)
                other.generators = [*node.generators[:i], bare, *node.generators[i + 1 :]]
                yield "filter left out", other


def _becomes(old: ast.AST, new: ast.AST) -> str:
    return f"{SYMBOL[type(old)]} becomes {SYMBOL[type(new)]}"
