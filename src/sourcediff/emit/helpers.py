"""The definitions that exported code needs, copied from the modules they stand in."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from sourcediff.errors import SourcediffError

_ROOMS = ("sourcediff.runtime", "sourcediff.rules")
# Only the tape needs what `overridable` adds to a helper; the others declare rules.
_DROPPED_DECORATORS = {
    "overridable",
    "elementwise",
    "linear",
    "multilinear",
    "rule",
    "mutation",
    "jvp",
}


class NotStandalone(SourcediffError):
    """Generated code needs something that cannot be copied into an exported module.

    >>> print(NotStandalone("it reads the global SCALE"))
    the code cannot stand alone: it reads the global SCALE
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the code cannot stand alone: {reason}")

    def __reduce__(self) -> tuple[type[NotStandalone], tuple[str]]:
        return type(self), (self.reason,)


class Import(NamedTuple):
    """An imported name: `from module import name as bound`, or `import module`."""

    module: str
    name: str | None
    bound: str


def imports_of(statement: ast.stmt) -> list[Import]:
    """The names that a statement imports, if it is an import."""
    if isinstance(statement, ast.Import):
        return [
            Import(a.name, None, a.asname or a.name.partition(".")[0])
            for a in statement.names
        ]
    if isinstance(statement, ast.ImportFrom) and statement.module:
        return [
            Import(statement.module, a.name, a.asname or a.name)
            for a in statement.names
        ]
    return []


class Definitions:
    """Definitions in an order in which they can be executed, and their imports.

    `taken` are the names that have a meaning already.
    """

    def __init__(self, taken: set[str]) -> None:
        self.texts: list[str] = []
        self.imports: set[Import] = set()
        self._taken = set(taken)
        self._names: dict[tuple[str, str], str] = {}

    def add(self, helpers: Mapping[str, Any]) -> None:
        """Copy helpers, under the names by which they are called, and what they need.

        Raises `NotStandalone` if one needs more than `sourcediff.runtime`, rules and
        imports.
        """
        homes = {name: _home(name, helper) for name, helper in helpers.items()}
        self._taken.update(homes)
        self._names.update({home: name for name, home in homes.items()})
        for name, home in homes.items():
            if self._names[home] == name:
                self._copy(*home)
            else:
                self.texts.append(f"{name} = {self._names[home]}")

    def _define(self, module: str, name: str) -> str:
        """Copy what a name means in a module; the name it has from now on."""
        if (module, name) not in self._names:
            statement = _bindings(module)[name]
            for imported in imports_of(statement):
                if imported.bound == name:
                    return self._import(module, imported)
            self._names[module, name] = self._free(module, name)
            self._copy(module, name)
        return self._names[module, name]

    def _import(self, module: str, imported: Import) -> str:
        if imported.module.partition(".")[0] != "sourcediff":
            self.imports.add(imported)
            return imported.bound
        if imported.name is None or not imported.module.startswith(_ROOMS):
            raise NotStandalone(f"{module} needs {imported.module}")
        return self._define(imported.module, imported.name)

    def _free(self, module: str, name: str) -> str:
        """The name itself, or one that tells which module it comes from."""
        free = name
        while free in self._taken:
            free = f"_{module.rpartition('.')[2]}_{free.lstrip('_')}"
            module = f"{module}_"
        self._taken.add(free)
        return free

    def _copy(self, module: str, name: str) -> None:
        statement = _bindings(module)[name]
        used = sorted(_names_in(statement) & _bindings(module).keys() | {name})
        meanings = {each: self._define(module, each) for each in used}
        renamed = {old: new for old, new in meanings.items() if old != new}
        self.texts.append(_text(module, statement, renamed))


def _home(name: str, helper: Any) -> tuple[str, str]:
    """Where a helper is defined: its module, and its name there."""
    original = inspect.unwrap(helper)
    module = getattr(original, "__module__", None) or ""
    own_name = getattr(original, "__qualname__", "")
    if not module.startswith(_ROOMS) or own_name not in _bindings(module):
        raise NotStandalone(f"{name} is no function of {' or '.join(_ROOMS)}")
    return module, own_name


@cache
def _source(module: str) -> str:
    return inspect.getsource(sys.modules[module])


@cache
def _bindings(module: str) -> dict[str, ast.stmt]:
    """The statements at the top of a module, by the names that they bind."""
    found: dict[str, ast.stmt] = {}
    for statement in ast.parse(_source(module)).body:
        for name in _bound(statement):
            found[name] = statement
    return found


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        _drop_decorators(statement)
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [t.id for t in statement.targets if isinstance(t, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return [imported.bound for imported in imports_of(statement)]


def _drop_decorators(statement: ast.FunctionDef | ast.ClassDef) -> None:
    statement.decorator_list = [
        decorator
        for decorator in statement.decorator_list
        if _called_name(decorator) not in _DROPPED_DECORATORS
    ]


def _called_name(decorator: ast.expr) -> str | None:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.id if isinstance(decorator, ast.Name) else None


def _names_in(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _text(module: str, statement: ast.stmt, renamed: Mapping[str, str]) -> str:
    """A statement as it stands in its module, with some names replaced."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(d.lineno for d in decorators)])
    lines = [
        line.encode() for line in _source(module).split("\n")[: statement.end_lineno]
    ]
    for line, column, old in sorted(_occurrences(statement, lines, renamed))[::-1]:
        text = lines[line - 1]
        end = column + len(old.encode())
        lines[line - 1] = text[:column] + renamed[old].encode() + text[end:]
    return b"\n".join(_without_examples(module, statement, lines)[first - 1 :]).decode()


def _without_examples(
    module: str, statement: ast.stmt, lines: list[bytes]
) -> list[bytes]:
    """The lines of a module without a rule's docstring: it holds its tests."""
    if not module.startswith(_ROOMS[1]) or not isinstance(statement, ast.FunctionDef):
        return lines
    match statement.body:
        case [ast.Expr(ast.Constant(str())) as docstring, _, *_]:
            return lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]
        case _:
            return lines


def _occurrences(
    statement: ast.stmt, lines: list[bytes], renamed: Mapping[str, str]
) -> list[tuple[int, int, str]]:
    """Where the names stand that are replaced: line, column in bytes, name."""
    found = []
    for node in ast.walk(statement):
        if isinstance(node, ast.arg) and node.arg in renamed:
            raise NotStandalone(f"{node.arg} means two things in {statement}")
        if isinstance(node, ast.Name) and node.id in renamed:
            found.append((node.lineno, node.col_offset, node.id))
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        name = statement.name
        if name in renamed:
            column = lines[statement.lineno - 1].index(name.encode(), 4)
            found.append((statement.lineno, column, name))
    return found
