"""Planted faults: a module run with an edited source in place of its own."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType


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
    """Give the real functions the code of the edited source, wherever they are used.

    ``module`` is one of the constructions, or of the proofs with its whole name.
    """
    name = module if module.startswith("proofs.") else f"constructions.{module}"
    original, copy = import_module(name), ModuleType(name)
    path = Path(str(original.__file__))
    source = path.read_text("utf-8")
    assert right in source, f"behind the code of {module}: {right}"
    copy.__file__ = str(path)
    sys.modules[name] = copy  # dataclasses look their module up
    try:
        exec(compile(source.replace(right, wrong), str(path), "exec"), copy.__dict__)
    finally:
        sys.modules[name] = original
    changed = dict(functions(vars(copy), name))
    for place, function in functions(vars(original), name):
        monkeypatch.setattr(function, "__code__", changed[place].__code__)
