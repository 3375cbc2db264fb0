"""Walking through gast trees and copying them: what nearly every stage does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import gast

#: Fields that never hold nodes of interest: texts, flags, contexts and operators.
_PLAIN = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "asname", "type_comment"})
_BRANCHES = {
    kind: tuple(f for f in kind._fields if f not in _PLAIN)
    for kind in vars(gast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_BRANCHES[gast.Constant] = ()


def children(node: Any) -> list[Any]:
    """The nodes directly under a node, without contexts and operators.

    >>> [type(child).__name__ for child in children(gast.parse("a[0] = b").body[0])]
    ['Subscript', 'Name']
    """
    found: list[Any] = []
    for field in _BRANCHES[node.__class__]:
        value = getattr(node, field, None)
        if value is None:
            continue
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(tree: Any) -> Iterator[Any]:
    """A tree's nodes in the order of `ast.walk`, without contexts and operators.

    It is ten times faster, and compiling consists of walks.

    >>> [type(node).__name__ for node in walk(gast.parse("a[0] = b").body[0])]
    ['Assign', 'Subscript', 'Name', 'Name', 'Constant']
    """
    found = [tree]
    for node in found:  # which grows
        for field in _BRANCHES[node.__class__]:
            value = getattr(node, field, None)
            if value is None:
                continue
            if isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
        yield node


def clone(tree: Any) -> Any:
    """A tree, or a list of trees, all of whose nodes are new; values are shared.

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
