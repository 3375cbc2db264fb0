"""Which names a function binds, which it takes from outside, and fresh ones."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.trees import children, walk

FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
#: What has names that are no Name nodes.
_NAMING = (gast.stmt, gast.alias, gast.pattern)
SCOPES = (*FUNCTIONS, *COMPREHENSIONS, gast.ClassDef)


def parameters(arguments: Any) -> list[Any]:
    """The parameter nodes of a gast `arguments`, in order."""
    nodes = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        nodes.append(arguments.vararg)
    nodes += arguments.kwonlyargs
    if arguments.kwarg:
        nodes.append(arguments.kwarg)
    return nodes


def identifiers(tree: Any) -> set[str]:
    """Every name that occurs anywhere in a tree, or among nodes, in whatever role."""
    found = set()
    for node in tree if isinstance(tree, list) else walk(tree):
        if node.__class__ is gast.Name:
            found.add(node.id)
            continue
        if not isinstance(node, _NAMING):
            continue
        match node:
            case gast.FunctionDef() | gast.AsyncFunctionDef() | gast.ClassDef():
                found.add(node.name)
            case gast.Global() | gast.Nonlocal():
                found.update(node.names)
            case gast.alias():
                found.add(imported_name(node))
            case gast.MatchAs() | gast.MatchStar() if node.name:
                found.add(node.name)
            case gast.MatchMapping() if node.rest:
                found.add(node.rest)
    return found


def imported_name(alias: Any) -> str:
    """The name that an import binds."""
    return str(alias.asname or alias.name.partition(".")[0])


def bound_names(function: Any) -> set[str]:
    """The names that are local to a function: parameters and what its body binds."""
    bound = {p.id for p in parameters(function.args)}
    declared: set[str] = set()
    body = function.body if isinstance(function.body, list) else [function.body]
    for node in own_nodes(body):
        if node.__class__ is gast.Name:
            if not isinstance(node.ctx, gast.Load):
                bound.add(node.id)
            continue
        if not isinstance(node, _NAMING):
            continue
        match node:
            case gast.FunctionDef() | gast.AsyncFunctionDef() | gast.ClassDef():
                bound.add(node.name)
            case gast.alias():
                bound.add(imported_name(node))
            case gast.Global() | gast.Nonlocal():
                declared.update(node.names)
            case gast.MatchAs() | gast.MatchStar() if node.name:
                bound.add(node.name)
            case gast.MatchMapping() if node.rest:
                bound.add(node.rest)
    return bound - declared


def own_nodes(nodes: list[Any]) -> Iterator[Any]:
    """The nodes below, without what belongs to inner scopes.

    Of an inner scope: the node itself, what is evaluated outside of it (defaults, the
    first iterable), and the walrus targets that it binds out here.
    """
    pending = nodes[::-1]
    while pending:
        node = pending.pop()
        yield node
        if node.__class__ is not gast.Name:
            inner = isinstance(node, SCOPES)
            pending += reversed(_outside_of(node) if inner else children(node))


def _outside_of(scope: Any) -> list[Any]:
    """What belongs to an inner scope but is evaluated, or bound, outside of it."""
    if isinstance(scope, COMPREHENSIONS):
        return [scope.generators[0].iter, *_walrus_targets(scope)]
    if isinstance(scope, gast.ClassDef):
        return [*scope.bases, *scope.decorator_list]
    return _outside_of_function(scope)


def _outside_of_function(node: Any) -> list[Any]:
    return [*defaults(node), *getattr(node, "decorator_list", [])]


def defaults(function: Any) -> list[Any]:
    """The expressions of a function's defaults."""
    return [*function.args.defaults, *filter(None, function.args.kw_defaults)]


def _walrus_targets(comprehension: Any) -> Iterator[Any]:
    for node in walk(comprehension):
        if isinstance(node, gast.NamedExpr):
            yield node.target


def comprehension_targets(comprehension: Any) -> set[str]:
    """The names that a comprehension binds for itself."""
    return {
        node.id
        for generator in comprehension.generators
        for node in walk(generator.target)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
    }


def free_names(function: Any) -> set[str]:
    """The names that a function (or lambda) reads from outside of itself."""
    body = function.body if isinstance(function.body, list) else [function.body]
    return _read_outside(body, bound_names(function))


def _read_outside(nodes: list[Any], bound: set[str]) -> set[str]:
    found = set()
    for node in own_nodes(nodes):
        if node.__class__ is gast.Name:
            if node.id not in bound and not isinstance(node.ctx, gast.Store):
                found.add(node.id)
            continue
        match node:
            case gast.Global() | gast.Nonlocal():
                found.update(node.names)
            case gast.ClassDef():
                found |= _read_outside(node.body, set()) - bound
            case _ if isinstance(node, FUNCTIONS):
                found |= free_names(node) - bound
            case _ if isinstance(node, COMPREHENSIONS):
                inner = comprehension_targets(node)
                parts = children(node)
                found |= _read_outside(parts, bound | inner)
    return found


def inner_bound_names(function: Any) -> set[str]:
    """The names that scopes inside a function bind for themselves."""
    found: set[str] = set()
    for node in walk(function):
        if node is function:
            continue
        if isinstance(node, FUNCTIONS):
            found |= bound_names(node)
        elif isinstance(node, COMPREHENSIONS):
            found |= comprehension_targets(node)
        elif isinstance(node, gast.ClassDef):
            found |= identifiers(node)
    return found


class Fresh:
    """New names that no other name in a function equals.

    >>> fresh = Fresh({"total", "i"})
    >>> fresh("total"), fresh("total"), fresh("index"), fresh.first("i", "j")
    ('total2', 'total3', 'index', 'j')
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = set(taken)

    def __call__(self, wish: str, hides_builtin: bool = False) -> str:
        """The wished name, numbered if it is taken, a keyword or a builtin's name."""
        name, number = wish, 2
        while (
            name in self._taken
            or keyword.iskeyword(name)
            or (hasattr(builtins, name) and not hides_builtin)
        ):
            name, number = f"{wish}{number}", number + 1
        self._taken.add(name)
        return name

    def copy(self) -> Fresh:
        """A supply that continues from here on its own."""
        return Fresh(self._taken)

    def first(self, *wishes: str) -> str:
        """The first of the wished names that is free, else the last one numbered."""
        for wish in wishes:
            if wish not in self._taken:
                return self(wish)
        return self(wishes[-1])
