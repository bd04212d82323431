"""Planted faults: a module of the constructions run with an edited source in place of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FunctionType, ModuleType

CONSTRUCTIONS = Path(__file__).parents[1] / "constructions"


def functions(scope: dict, module: str):
    """Yield (path, function) for the functions of a module and the methods of its classes."""
    for name, value in scope.items():
        if getattr(value, "__module__", None) != module:
            continue
        if isinstance(value, FunctionType):
            yield (name,), value
        elif isinstance(value, type):
            for method, inner in vars(value).items():
                inner = getattr(inner, "__func__", inner)
                inner = getattr(inner, "fget", None) or getattr(inner, "func", inner)
                if isinstance(inner, FunctionType) and inner.__module__ == module:
                    yield (name, method), inner


def plant(module: str, right: str, wrong: str, monkeypatch) -> None:
    """Give the real functions the code of the edited source, wherever they are used."""
    path = CONSTRUCTIONS / f"{module}.py"
    source = path.read_text("utf-8")
    assert right in source, f"behind the code of {module}: {right}"
    name = f"constructions.{module}"
    original, copy = sys.modules[name], ModuleType(name)
    sys.modules[name] = copy  # dataclasses look their module up
    try:
        exec(compile(source.replace(right, wrong), str(path), "exec"), copy.__dict__)
    finally:
        sys.modules[name] = original
    changed = dict(functions(vars(copy), name))
    for place, function in functions(vars(original), name):
        monkeypatch.setattr(function, "__code__", changed[place].__code__)
