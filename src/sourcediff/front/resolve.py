"""Free names: which stand for modules, functions and classes, and which for data."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Final

import gast
import numpy as np

from sourcediff.front.scopes import (
    free_names,
    imported_name,
    inner_bound_names,
    own_nodes,
    parameters,
)
from sourcediff.front.source import plain_function
from sourcediff.ir import Origin, Program
from sourcediff.rules import has_methods
from sourcediff.trees import clone, statements_in, walk


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

# Modules whose plain values never change, so that they may be read when compiling.
_CONSTANT_MODULES = ("numpy", "math", "cmath", "operator")


@dataclass(frozen=True)
class Outside:
    """What a function's text alone tells of the names that it takes from outside.

    `names` in order; `shadowed` are those that inner scopes bind for themselves,
    `imports` says that statements in the function may bind some of them.
    """

    names: tuple[str, ...]
    shadowed: frozenset[str]
    imports: bool

    @classmethod
    def of(cls, tree: Any) -> Outside:
        """The names that a tree takes from outside."""
        names = tuple(sorted(free_names(tree)))
        shadowed = frozenset(inner_bound_names(tree))
        return cls(names, shadowed, bool(_imports(tree)))


def resolve(
    function: Any, tree: Any, origin: Origin, outside: Outside | None = None
) -> Program:
    """Sort a function's free names into statics (with their values) and data.

    Imports of modules inside the function are left out of the program: the names that
    they bind become statics. A name that an inner scope binds as well is data, so that
    `statics` means the same everywhere in the tree. `outside` are the tree's names from
    outside where they are known already.
    """
    outside = outside or Outside.of(tree)
    imported: dict[str, Any] = {}
    if outside.imports:
        tree = clone(tree)
        imported = _take_imports(tree)
        outside = Outside.of(tree)
    plain = plain_function(function)
    statics: dict[str, Any] = {}
    data = set()
    for name in outside.names:
        value = imported[name] if name in imported else _outer_value(plain, name)
        if name not in outside.shadowed and is_static(value):
            statics[name] = value
        else:
            data.add(name)
    return Program(function, tree, origin, statics, frozenset(data))


def is_static(value: object) -> bool:
    """Whether a value is a module, a class or a function: code, not data.

    >>> import numpy as np
    >>> [is_static(v) for v in (np, np.sum, np.add, float, len, 3.0, np.ones(2))]
    [True, True, True, True, True, False, False]
    """
    if isinstance(value, (ModuleType, type, FunctionType)):
        return True
    named = callable(value) and isinstance(getattr(value, "__name__", None), str)
    return named or has_methods(value)


def static_value(expression: Any, program: Program) -> Any:
    """The module, function or class that an expression names, else `MISSING`.

    Follows names and chains of attributes of modules, classes and ufuncs. Plain values
    of NumPy and math (`np.pi`, `np.newaxis`) are given too, those of other modules not.

    >>> import textwrap
    >>> from sourcediff.front.source import read_source
    >>> program = resolve(textwrap.dedent, *read_source(textwrap.dedent))
    >>> def value(text):
    ...     return static_value(gast.parse(text, mode="eval").body, program)
    >>> value("re.sub"), value("text.strip")
    (<function sub at ...>, MISSING)
    """
    match expression:
        case gast.Name():
            return program.statics.get(expression.id, MISSING)
        case gast.Attribute():
            base = static_value(expression.value, program)
            owns = isinstance(base, (ModuleType, type, np.ufunc)) or has_methods(base)
            if not owns:
                return MISSING
            return _attribute(base, expression.attr)
        case _:
            return MISSING


def _attribute(base: Any, name: str) -> Any:
    value = getattr(base, name, MISSING)
    if is_static(value):
        return value
    if value is MISSING:
        return MISSING
    home = base.__name__ if isinstance(base, ModuleType) else base.__module__
    return value if home.partition(".")[0] in _CONSTANT_MODULES else MISSING


def outer_values(function: FunctionType) -> Mapping[str, Any]:
    """What a function's free names stand for now: closure, globals, builtins."""
    values = {**vars(builtins), **function.__globals__}
    for name, cell in zip(
        function.__code__.co_freevars, function.__closure__ or (), strict=True
    ):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            values.pop(name, None)
    return values


def _outer_value(function: FunctionType, name: str) -> Any:
    """What one free name stands for now, or `MISSING`."""
    captured = function.__code__.co_freevars
    if name in captured:
        cells = function.__closure__ or ()
        try:
            return cells[captured.index(name)].cell_contents
        except ValueError:  # not assigned yet
            return MISSING
    outer = function.__globals__
    return outer[name] if name in outer else getattr(builtins, name, MISSING)


def _imports(tree: Any) -> list[Any]:
    """The import statements of a function itself."""
    imports = gast.Import | gast.ImportFrom
    if not any(isinstance(s, imports) for s in statements_in(tree)):
        return []
    return [node for node in own_nodes(tree.body) if isinstance(node, imports)]


def _take_imports(tree: Any) -> dict[str, Any]:
    """Remove the function's own imports that can be resolved, and return their names.

    An import stays where its name is bound in another way too.
    """
    taken: dict[str, Any] = {}
    rebound = _bound_without_imports(tree)
    for node in _imports(tree):
        found = _imported_values(node)
        if found and not (rebound & set(found)):
            taken.update(found)
            _remove(node, tree)
    return taken


def _bound_without_imports(tree: Any) -> set[str]:
    bound = {
        node.id if isinstance(node, gast.Name) else node.name
        for node in own_nodes(tree.body)
        if (isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load))
        or isinstance(node, gast.FunctionDef | gast.ClassDef)
    }
    return bound | {parameter.id for parameter in parameters(tree.args)}


def _imported_values(node: Any) -> dict[str, Any]:
    """The values that an import would bind; nothing if one of them fails."""
    found: dict[str, Any] = {}
    try:
        for alias in node.names:
            if isinstance(node, gast.Import):
                module = _module(alias.name)
                top = alias.name.partition(".")[0]
                value: Any = module if alias.asname else sys.modules[top]
            elif node.level:
                return {}
            else:
                module = _module(node.module)
                value = _from_module(module, alias.name)
            if not is_static(value):
                return {}
            found[imported_name(alias)] = value
    except (ImportError, KeyError):
        return {}
    return found


def _from_module(module: ModuleType, name: str) -> Any:
    if hasattr(module, name):
        return getattr(module, name)
    return _module(f"{module.__name__}.{name}")


def _module(name: str) -> ModuleType:
    return sys.modules.get(name) or importlib.import_module(name)


def _remove(statement: Any, tree: Any) -> None:
    for node in walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and statement in block:
                block.remove(statement)
                if not block and field == "body":
                    block.append(gast.copy_location(gast.Pass(), statement))
                return
