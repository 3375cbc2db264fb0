"""Walking through gast trees and making them: what nearly every stage does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import gast

#: Fields that never hold nodes of interest: texts, flags, contexts and operators.
_PLAIN = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "name", "module", "level", "asname"}
    | {"type_comment", "simple", "is_async", "conversion", "rest"}
)
_BRANCHES = {
    kind: tuple(f for f in kind._fields if f not in _PLAIN)
    for kind in vars(gast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_BRANCHES[gast.Constant] = ()
#: The commonest nodes of all, for loops that meet each of them.
_NAME, _CONSTANT, _CALL = gast.Name, gast.Constant, gast.Call
_BINARY, _ATTRIBUTE, _SUBSCRIPT = gast.BinOp, gast.Attribute, gast.Subscript
#: Fields that hold statements, or what holds statements.
_BLOCKS = {
    kind: tuple(
        f
        for f in ("body", "orelse", "finalbody", "handlers", "cases")
        if f in kind._fields and issubclass(kind, ast.stmt | ast.excepthandler)
    )
    for kind in _BRANCHES
}
_BLOCKS[gast.match_case] = ("body",)


def children(node: Any) -> list[Any]:
    """The nodes directly under a node, without contexts and operators.

    >>> [type(child).__name__ for child in children(gast.parse("a[0] = b").body[0])]
    ['Subscript', 'Name']
    """
    kind = node.__class__
    if kind is _BINARY:
        return [node.left, node.right]
    if kind is _SUBSCRIPT:
        return [node.value, node.slice]
    found: list[Any] = []
    branches, fields = _BRANCHES, node.__dict__
    for field in branches[kind]:
        value = fields.get(field)
        if value.__class__ is list:
            found += [item for item in value if item.__class__ in branches]
        elif value.__class__ in branches:
            found.append(value)
    return found


def is_ellipsis(node: Any) -> bool:
    """Whether a node is the literal `...`."""
    return isinstance(node, gast.Constant) and node.value is Ellipsis


def walk(tree: Any) -> list[Any]:
    """A tree's nodes in the order of `ast.walk`, without contexts and operators.

    It is ten times faster, and compiling consists of walks.

    >>> [type(node).__name__ for node in walk(gast.parse("a[0] = b").body[0])]
    ['Assign', 'Subscript', 'Name', 'Name', 'Constant']
    """
    found = [tree]
    add, branches = found.append, _BRANCHES
    gaps = False
    for node in found:  # which grows; the commonest nodes first, without a loop
        kind = node.__class__
        if kind is _NAME:
            if node.annotation is not None:
                add(node.annotation)
        elif kind is _CONSTANT:
            pass
        elif kind is _BINARY:
            add(node.left)
            add(node.right)
        elif kind is _ATTRIBUTE:
            add(node.value)
        elif kind is _CALL:
            add(node.func)
            found += node.args
            if node.keywords:
                found += node.keywords
        elif kind is _SUBSCRIPT:
            add(node.value)
            add(node.slice)
        elif kind in branches:
            fields = node.__dict__
            for field in branches[kind]:
                value = fields.get(field)
                if value.__class__ is list:
                    found += value
                elif value is not None:
                    add(value)
        else:  # a text or a gap in a list of nodes
            gaps = True
    return [node for node in found if node.__class__ in branches] if gaps else found


def names_in(tree: Any) -> list[str]:
    """Every name that occurs in a tree, read or written, with repetitions.

    >>> names_in(gast.parse("a[i] = b + a").body[0])
    ['a', 'i', 'b', 'a']
    """
    found, names = [tree], []
    add, branches = found.append, _BRANCHES
    for node in found:  # which grows, as in `walk`
        kind = node.__class__
        if kind is _NAME:
            names.append(node.id)
            if node.annotation is not None:
                add(node.annotation)
        elif kind is _CONSTANT:
            pass
        elif kind is _BINARY:
            add(node.left)
            add(node.right)
        elif kind is _ATTRIBUTE:
            add(node.value)
        elif kind is _CALL:
            add(node.func)
            found += node.args
            if node.keywords:
                found += node.keywords
        elif kind is _SUBSCRIPT:
            add(node.value)
            add(node.slice)
        elif kind in branches:
            fields = node.__dict__
            for field in branches[kind]:
                value = fields.get(field)
                if value.__class__ is list:
                    found += value
                elif value is not None:
                    add(value)
    return names


def statements_in(tree: Any) -> Iterator[Any]:
    r"""A function and all statements in it, those of inner functions included.

    >>> tree = gast.parse("def f(x):\n    if x:\n        return 1").body[0]
    >>> [type(node).__name__ for node in statements_in(tree)]
    ['FunctionDef', 'If', 'Return']
    """
    found = [tree]
    for node in found:  # which grows
        if isinstance(node, ast.stmt):
            yield node
        for field in _BLOCKS.get(node.__class__, ()):
            found += getattr(node, field)


def same(a: Any, b: Any) -> bool:
    """Whether two trees are equal, positions and contexts apart.

    >>> one, other = gast.parse("x + 1; x + 1").body
    >>> same(one, other), same(one.value.left, one.value.right)
    (True, False)
    """
    kind = a.__class__
    if kind is not b.__class__:
        return False
    if kind is _NAME and a.id != b.id:
        return False
    if kind in _BRANCHES:
        one, other = a.__dict__, b.__dict__
        for field in kind._fields:
            if field != "ctx" and not same(one.get(field), other.get(field)):
                return False
        return True
    if kind is list:
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def clone(tree: Any) -> Any:
    """A tree, or a list of trees, all of whose nodes are new.

    Values, contexts and operators, which nobody changes in place, are shared.

    >>> tree = gast.parse("a[0] = b")
    >>> clone(tree) is tree, gast.unparse(clone(tree)) == gast.unparse(tree)
    (False, True)
    """
    kind = tree.__class__
    if kind is list:
        return [clone(item) for item in tree]
    if kind not in _BRANCHES:
        return tree
    new = kind.__new__(kind)
    fields = new.__dict__
    fields.update(tree.__dict__)
    if kind is _NAME and tree.annotation is None:
        return new
    if kind is _BINARY:
        fields["left"], fields["right"] = clone(tree.left), clone(tree.right)
        return new
    for key in _BRANCHES[kind]:
        value = fields.get(key)
        if value is not None:
            fields[key] = clone(value)
    return new


#: By class of `ast` the one of gast whose fields are the same, or those and others ...
_LIKE = {
    own: kind
    for kind in _BRANCHES
    if (own := getattr(ast, kind.__name__, None)) is not None
    and kind not in (gast.ExceptHandler, gast.TypeAlias)
    and set(kind._fields) - set(own._fields) <= {"type_params"}
} | {ast.Name: gast.Name}
#: ... nodes of gast for those that tell nothing but their class, and what holds them.
_MARKS = {own: kind() for own, kind in _LIKE.items() if not kind._fields}
_MARKED = {
    kind: tuple(f for f in ("ctx", "op", "ops") if f in kind._fields)
    for kind in _BRANCHES
}


def _mark(node: Any) -> Any:
    return _MARKS[node.__class__]


def from_ast(tree: Any) -> Any:
    """A tree of Python's own `ast` as one of gast.

    It is what `gast.ast_to_gast` makes, in a fraction of its time; contexts and
    operators are shared.

    >>> made = from_ast(ast.parse("def f(x): return -x[0]"))
    >>> gast.dump(made) == gast.dump(gast.parse("def f(x): return -x[0]"))
    True
    """
    kind = _LIKE.get(tree.__class__)
    if kind is None:
        return _unlike(tree)
    new = kind.__new__(kind)
    fields = new.__dict__
    fields.update(tree.__dict__)
    for key in _BRANCHES[kind]:
        value = fields.get(key)
        if value.__class__ is list:
            fields[key] = [from_ast(v) if isinstance(v, ast.AST) else v for v in value]
        elif isinstance(value, ast.AST):
            fields[key] = from_ast(value)
    for key in _MARKED.get(kind, ()):
        value = fields[key]
        marks = value.__class__ is list
        fields[key] = [*map(_mark, value)] if marks else _mark(value)
    if kind is _NAME:
        fields["annotation"] = fields["type_comment"] = None
    elif isinstance(new, _GENERIC):
        fields.setdefault("type_params", [])
    return new


#: What may have parameters that are types, in newer Pythons.
_GENERIC = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)


def _unlike(tree: Any) -> Any:
    """A node of gast for one whose fields mean something else."""
    if not isinstance(tree, ast.arg):
        return gast.ast_to_gast(tree)
    annotation = tree.annotation and from_ast(tree.annotation)
    new = gast.Name(tree.arg, gast.Param(), annotation, tree.type_comment)
    return ast.copy_location(new, tree)


def node_of(kind: Any, /, **fields: Any) -> Any:
    """A node of its fields: what `kind(...)` makes, without a loop over them."""
    node = kind.__new__(kind)
    node.__dict__.update(fields)
    return node


def with_children(node: Any, change: Callable[[Any], Any]) -> Any:
    """A node like another one, with something else for each of its children.

    >>> tree = gast.parse("a + b", mode="eval").body
    >>> gast.unparse(with_children(tree, lambda node: gast.Constant(1, None)))
    '1 + 1'
    """
    kind = node.__class__
    new = kind.__new__(kind)
    fields = new.__dict__
    fields.update(node.__dict__)
    for key in _BRANCHES[kind]:
        value = fields.get(key)
        if value.__class__ is list:
            fields[key] = [change(v) if v.__class__ in _BRANCHES else v for v in value]
        elif value.__class__ in _BRANCHES:
            fields[key] = change(value)
    return new


def with_changes(node: Any, change: Callable[[Any], Any]) -> Any:
    """A node with something else for some of its children; itself if nothing changes.

    >>> tree = gast.parse("a + b", mode="eval").body
    >>> with_changes(tree, lambda node: node) is tree
    True
    """
    changed: dict[str, Any] = {}
    known = node.__dict__
    for key in _BRANCHES[node.__class__]:
        value = known.get(key)
        if value.__class__ is list:
            made = [change(v) if v.__class__ in _BRANCHES else v for v in value]
            if made != value:  # nodes are equal to themselves only
                changed[key] = made
        elif value is not None:
            found = change(value)
            if found is not value:
                changed[key] = found
    return node_of(node.__class__, **known | changed) if changed else node


class Rewriter(gast.NodeTransformer):  # type: ignore[misc]
    """A `NodeTransformer` that passes over contexts and operators, as `walk` does."""

    def generic_visit(self, node: Any) -> Any:
        """Put what stands for the nodes under a node in their places."""
        for field in _BRANCHES[node.__class__]:
            old = getattr(node, field, None)
            if old.__class__ is list:
                old[:] = self._visited(old)
            elif old.__class__ in _BRANCHES:
                new = self.visit(old)
                if new is None:
                    delattr(node, field)
                elif new is not old:
                    setattr(node, field, new)
        return node

    def _visited(self, nodes: list[Any]) -> list[Any]:
        made: list[Any] = []
        for node in nodes:
            new = self.visit(node) if isinstance(node, ast.AST) else node
            if new is None and node is not None:
                continue
            if isinstance(new, list):
                made += new
            else:
                made.append(new)
        return made
