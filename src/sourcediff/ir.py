"""The normal form: what a function has become when the analyses see it.

A program is a gast tree restricted to these statements; expressions stay as the user
wrote them, nested.

    Assign([Name | Tuple of Name | Subscript | Attribute], expression)
    AugAssign(Name | Subscript | Attribute, operator, expression)
    Expr(expression)                 a call for its effect, or a docstring
    If(test, body, orelse)
    For(Name, iterable, body, [])   Tuple targets only where nothing suspect is unpacked
    While(test, body, [])
    Break | Continue                 only at the end of a path through the loop body
    Return(expression)               only at the end of a path through the function
    Pass | Assert | Raise | Delete | With (passive contexts)
    FunctionDef                      a nested function, in normal form itself

Every node occurs once in its tree, so facts may be keyed by node.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def clone(tree: Any) -> Any:
    """A tree, or a list of trees, all of whose nodes are new; values are shared.

    >>> import gast
    >>> tree = gast.parse("a[0] = b")
    >>> clone(tree) is tree, gast.unparse(clone(tree)) == gast.unparse(tree)
    (False, True)
    """
    if isinstance(tree, list):
        return [clone(item) for item in tree]
    if not isinstance(tree, ast.AST):
        return tree
    new = tree.__class__.__new__(tree.__class__)
    fields = new.__dict__
    for key, value in tree.__dict__.items():
        fields[key] = clone(value) if isinstance(value, ast.AST | list) else value
    return new


class Comment(str):
    """The text of a comment; stands in a tree as `Expr(Constant(Comment(text)))`."""

    __slots__ = ()


@dataclass(frozen=True)
class Origin:
    """Where a function was written: the file, its first line there, and its text."""

    file: str
    line: int
    lines: tuple[str, ...]

    def text(self, lineno: int) -> str:
        """The user's line of that number, stripped; empty when out of range."""
        index = lineno - self.line
        return self.lines[index].strip() if 0 <= index < len(self.lines) else ""


@dataclass(frozen=True, eq=False)
class Program:
    """A function in normal form.

    `node` is a gast FunctionDef. `statics` maps free names to the modules, functions
    and classes they were resolved to; `data` are the free names whose values are read
    anew at each call. `function` is the user's function object; `local` says that the
    program is of a function defined inside of that one.
    """

    function: Any
    node: Any
    origin: Origin
    statics: Mapping[str, Any] = field(default_factory=dict)
    data: frozenset[str] = frozenset()
    local: bool = False

    @property
    def name(self) -> str:
        """The function's name."""
        return str(self.node.name)

    @property
    def is_generated(self) -> bool:
        """Whether the compiler wrote it: then `x = None` says that x is not read yet."""  # noqa: E501
        return self.origin.file.startswith("<sourcediff ")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters, in order: positional, *args, keyword, **kw."""
        return parameter_names(self.node.args)


def parameter_names(arguments: Any) -> tuple[str, ...]:
    """The names of all parameters, in order: positional, *args, keyword, **kw."""
    names = [p.id for p in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        names.append(arguments.vararg.id)
    names += [p.id for p in arguments.kwonlyargs]
    if arguments.kwarg:
        names.append(arguments.kwarg.id)
    return tuple(names)
