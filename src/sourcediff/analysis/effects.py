"""What a statement binds, and whose memory it writes into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gast

from sourcediff.trees import names_in, walk

#: Methods of the built-in containers that change them.
CONTAINER_METHODS = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "clear",
        "update",
        "setdefault",
        "reverse",
        "remove",
        "popitem",
        "sort",
    }
)

Writes = Callable[[Any], list[Any]]

#: Statements with blocks, and expressions without parts.
_COMPOUND = frozenset({gast.If, gast.For, gast.While, gast.With})
_LEAVES = frozenset({gast.Name, gast.Constant})


def root(node: Any) -> str | None:
    """The name that a chain of subscripts, attributes and calls on it starts from.

    >>> root(gast.parse("a[i].T[0]").body[0].value)
    'a'
    """
    while isinstance(node, (gast.Subscript, gast.Attribute, gast.Starred)):
        node = node.value
    return node.id if isinstance(node, gast.Name) else None


def bound_names(target: Any) -> list[str]:
    """The names that assigning to a target binds."""
    match target:
        case gast.Name(id=identifier):
            return [identifier]
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            return [name for element in elements for name in bound_names(element)]
        case gast.Starred(value=value):
            return bound_names(value)
        case _:
            return []


def bindings(statement: Any, walrus: bool = True) -> set[str]:
    """The names that a statement binds itself (not those bound inside its blocks).

    Without `walrus` it is known that no expression binds any.
    """
    names: set[str] = set()
    match statement:
        case gast.Assign(targets=targets):
            for target in targets:
                if target.__class__ is gast.Name:
                    names.add(target.id)
                else:
                    names.update(bound_names(target))
        case (
            gast.AugAssign(target=target)
            | gast.For(target=target)
            | gast.AnnAssign(target=target, value=gast.AST())
        ):
            names.update(bound_names(target))
        case gast.With(items=items):
            for item in items:
                names.update(bound_names(item.optional_vars))
        case gast.FunctionDef(name=identifier) | gast.ClassDef(name=identifier):
            names.add(identifier)
        case gast.Import(names=aliases) | gast.ImportFrom(names=aliases):
            names.update(a.asname or a.name.partition(".")[0] for a in aliases)
    for expression in expressions(statement) if walrus else ():
        if expression.__class__ in _LEAVES:
            continue
        nodes = walk(expression)
        if gast.NamedExpr in map(type, nodes):
            for node in nodes:
                if node.__class__ is gast.NamedExpr:
                    names.update(bound_names(node.target))
    return names


class Bindings(dict[Any, frozenset[str]]):
    """By statement, the names that it binds itself: asked once for each of a program.

    `nodes` are those of the program, where they are known.

    >>> statement = gast.parse("x = y").body[0]
    >>> Bindings()[statement]
    frozenset({'x'})
    """

    def __init__(self, nodes: Iterable[Any] | None = None) -> None:
        self._walrus = nodes is None or gast.NamedExpr in map(type, nodes)

    def __missing__(self, statement: Any) -> frozenset[str]:
        """What a statement binds that was not asked for before."""
        found = self[statement] = frozenset(bindings(statement, self._walrus))
        return found


class Calls(dict[Any, list[Any]]):
    """By expression, the calls in it: looked for once in each of a program.

    >>> value = gast.parse("f(x) + g(y)[h]").body[0].value
    >>> [call.func.id for call in Calls()[value]]
    ['f', 'g']
    """

    def __missing__(self, expression: Any) -> list[Any]:
        """The calls in an expression that was not asked for before."""
        nodes = [] if expression is None else walk(expression)
        found = self[expression] = [n for n in nodes if n.__class__ is gast.Call]
        return found

    def of(self, statement: Any) -> list[Any]:
        """The calls in a statement itself, not in its blocks."""
        return [call for part in expressions(statement) for call in self[part]]


def expressions(statement: Any) -> list[Any]:
    """The expressions that a statement evaluates itself, its blocks left out."""
    match statement:
        case gast.Assign(targets=targets, value=value):
            return [value, *(t for t in targets if t.__class__ is not gast.Name)]
        case gast.AugAssign(target=target, value=value):
            return [value, target]
        case gast.Return(value=value) | gast.Expr(value=value):
            return [] if value is None else [value]
        case gast.If(test=test) | gast.While(test=test):
            return [test]
        case gast.For(iter=iterable):
            return [iterable]
        case gast.With(items=items):
            return [i.context_expr for i in items]
        case gast.AnnAssign(value=value, target=target):
            return [e for e in (value, target) if e is not None]
        case gast.Assert(test=test, msg=message):
            return [test] if message is None else [test, message]
        case gast.Raise(exc=error, cause=cause):
            return [e for e in (error, cause) if e is not None]
        case gast.Delete(targets=targets):
            return list(targets)
        case _:
            return []


def blocks(statement: Any) -> list[list[Any]]:
    """The blocks of a compound statement."""
    if statement.__class__ not in _COMPOUND:
        return []
    match statement:
        case gast.If(body=body, orelse=orelse):
            return [body, orelse]
        case gast.For(body=body, orelse=orelse) | gast.While(body=body, orelse=orelse):
            return [body, orelse]
        case _:
            return [statement.body]


def own_nodes(statement: Any) -> list[Any]:
    """The nodes of a statement, without those of the statements in its blocks.

    >>> loop = gast.parse("for i in r: f(i)").body[0]
    >>> [type(node).__name__ for node in own_nodes(loop)]
    ['Name', 'Name']
    """
    match statement:
        case gast.If(test=test) | gast.While(test=test):
            return walk(test)
        case gast.For(target=target, iter=iterable):
            return [*walk(target), *walk(iterable)]
        case gast.With(items=items):
            return [node for item in items for node in walk(item)]
        case _:
            return walk(statement)


def walk_statements(body: list[Any]) -> Iterator[Any]:
    """Every statement of a block and of the blocks inside it, in textual order."""
    if _COMPOUND.isdisjoint(map(type, body)):
        return iter(body[:])
    return _walked(body)


def _walked(body: list[Any]) -> Iterator[Any]:
    pending = body[::-1]
    while pending:
        statement = pending.pop()
        yield statement
        if statement.__class__ in _COMPOUND:
            for block in reversed(blocks(statement)):
                pending += block[::-1]


def assigned_in(body: list[Any], known: Bindings | None = None) -> set[str]:
    """The names bound anywhere in a block; `known` are those of the whole program."""
    if known is None:
        known = Bindings([node for statement in body for node in walk(statement)])
    return set().union(*(known[statement] for statement in walk_statements(body)))


def swapped_names(body: list[Any]) -> frozenset[str]:
    """The names that change places, `a, b = b, a`: each stands for the others, too."""
    found: set[str] = set()
    for statement in walk_statements(body):
        match statement:
            case gast.Assign(
                targets=[gast.Tuple(elts=to)], value=gast.Tuple(elts=given)
            ) if all(isinstance(v, gast.Name) for v in given):
                found |= {n for t in to for n in bound_names(t)}
    return frozenset(found)


def reads(statement: Any) -> set[str]:
    """The names whose values a statement reads itself."""
    match statement:
        case gast.FunctionDef():
            return set(names_in(statement))
        case gast.Assign(targets=targets, value=value) if all(
            isinstance(t, (gast.Name, gast.Tuple, gast.List)) for t in targets
        ):
            return set(names_in(value))
    names: set[str] = set()
    for expression in expressions(statement):
        if expression.__class__ is not gast.Name:
            names.update(names_in(expression))
        elif not isinstance(expression.ctx, gast.Store):
            names.add(expression.id)
    if isinstance(statement, gast.AugAssign):
        names |= set(bound_names(statement.target))
    return names


def stored_parts(target: Any) -> Iterator[Any]:
    """The elements and attributes that an assignment to a target writes."""
    match target:
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            for element in elements:
                yield from stored_parts(element)
        case gast.Starred(value=value):
            yield from stored_parts(value)
        case gast.Subscript() | gast.Attribute():
            yield target


def store_targets(statement: Any, in_place: Callable[[Any], bool]) -> list[Any]:
    """The targets through which a statement writes into memory.

    `in_place(name node)` says whether augmented assignment to it is in place.
    """
    match statement:
        case gast.Assign(targets=targets):
            return [t for target in targets for t in stored_parts(target)]
        case gast.AugAssign(target=target):
            if isinstance(target, gast.Name) and not in_place(target):
                return []
            return [target]
        case gast.Delete(targets=targets):
            return [t for t in targets if not isinstance(t, gast.Name)]
        case _:
            return []


def outer_names(function: Any) -> frozenset[str]:
    """The names that a local function may take from around it."""
    used = [n for n in walk(function) if isinstance(n, gast.Name)]
    own = {n.id for n in used if not isinstance(n.ctx, gast.Load)}
    return frozenset(n.id for n in used) - own
