"""Which bindings of a name belong together: those that reach one use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import (
    bindings,
    expressions,
    outer_names,
    walk_statements,
)
from sourcediff.trees import walk

Reaching = Mapping[str, frozenset[int]]
NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Web:
    """Uses and bindings of a name that only make sense together.

    `nodes` are the name's occurrences, `definitions` the statements that bind it;
    `given` says that the web begins with what a parameter was given.
    """

    name: str
    nodes: tuple[Any, ...]
    definitions: tuple[Any, ...]
    given: bool


class Webs:
    r"""The webs of the variables that are bound more than once, in textual order.

    >>> body = gast.parse("a = 1\nb = a\na = 2\nb = b + a").body
    >>> [len(web.nodes) for web in Webs(body, ()).of("a")]
    [2, 2]
    """

    def __init__(self, body: list[Any], parameters: Iterable[str]) -> None:
        self._parents: list[int] = []
        self._nodes: list[list[Any]] = []
        self._statements: list[Any] = []
        self._names: list[str] = []
        self._numbers: dict[tuple[Any, str], int] = {}
        self._exits: list[list[Reaching]] = []
        self._seen: set[Any] = set()
        self._several = _bound_again(body, parameters)
        self._fixed: set[str] = set()
        self._uses: dict[Any, list[Any]] = {}
        entry = {
            p: frozenset({self._definition(None, p)})
            for p in parameters
            if p in self._several
        }
        if self._several:
            for statement in walk_statements(body):
                self._look(statement)
            self._block(body, entry)

    def of(self, name: str) -> list[Web]:
        """The webs of a name; one whose occurrences lie in inner scopes has none."""
        return [] if name in self._fixed else self._webs().get(name, [])

    def names(self) -> list[str]:
        """The names that have more than one web."""
        return [n for n, webs in self._webs().items() if len(webs) > 1]

    def _webs(self) -> dict[str, list[Web]]:
        grouped: dict[int, list[int]] = {}
        for number in range(len(self._parents)):
            grouped.setdefault(self._root(number), []).append(number)
        found: dict[str, list[Web]] = {}
        for numbers in grouped.values():
            name = self._names[numbers[0]]
            nodes = dict.fromkeys(n for k in numbers for n in self._nodes[k])
            statements = [self._statements[k] for k in numbers]
            web = Web(
                name,
                tuple(nodes),
                tuple(s for s in statements if s is not None),
                None in statements,
            )
            if name not in self._fixed:
                found.setdefault(name, []).append(web)
        return found

    # --- definitions ------------------------------------------------------------------

    def _definition(self, statement: Any, name: str) -> int:
        key = statement, name
        if key not in self._numbers:
            self._numbers[key] = len(self._parents)
            self._parents.append(len(self._parents))
            self._nodes.append([])
            self._statements.append(statement)
            self._names.append(name)
        return self._numbers[key]

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def _merge(self, numbers: Iterable[int]) -> None:
        roots = sorted({self._root(n) for n in numbers})
        for other in roots[1:]:
            self._parents[other] = roots[0]

    def _look(self, statement: Any) -> None:
        """Note what a statement reads itself, and what may not be told apart in it."""
        nodes = [node for part in expressions(statement) for node in walk(part)]
        self._fixed |= _fixed_names(statement, nodes)
        self._uses[statement] = [
            node
            for node in nodes
            if node.__class__ is gast.Name
            and node.id in self._several
            and not isinstance(node.ctx, gast.Store)
        ]

    # --- flow -------------------------------------------------------------------------

    def _block(self, body: list[Any], state: Reaching) -> Reaching:
        for statement in body:
            state = self._statement(statement, state)
        return state

    def _statement(self, statement: Any, state: Reaching) -> Reaching:
        match statement:
            case gast.If(body=body, orelse=orelse):
                self._use(statement, state)
                return _union(self._block(body, state), self._block(orelse, state))
            case gast.For() | gast.While():
                return self._loop(statement, state)
            case gast.With(body=body):
                self._use(statement, state)
                return self._block(body, self._bound(statement, state))
            case gast.Break() | gast.Continue():
                self._exits[-1].append(state)
                return {}
            case gast.Return() | gast.Raise():
                self._use(statement, state)
                return {}
            case gast.AugAssign(target=gast.Name() as target):
                self._use(statement, state)
                after = self._bound(statement, state)
                if target.id in self._several:
                    self._merge(after[target.id] | state.get(target.id, NOBODY))
                return after
            case _:
                self._use(statement, state)
                return self._bound(statement, state)

    def _loop(self, statement: Any, state: Reaching) -> Reaching:
        while True:
            self._exits.append([])
            self._use(statement, state)
            inside = state
            if isinstance(statement, gast.For):
                inside = self._bound(statement, state)
            end = self._block(statement.body, inside)
            for early in self._exits.pop():
                end = _union(end, early)
            joined = _union(state, end)
            if joined == state:
                return joined
            state = joined

    def _use(self, statement: Any, state: Reaching) -> None:
        for node in self._uses[statement]:
            reaching = state.get(node.id, NOBODY)
            if reaching:
                self._merge(reaching)
                self._occurs(node, min(reaching))

    def _bound(self, statement: Any, state: Reaching) -> Reaching:
        bound = {}
        for node in _targets(statement):
            if node.id not in self._several:
                continue
            number = self._definition(statement, node.id)
            self._occurs(node, number)
            bound[node.id] = frozenset({number})
        return {**state, **bound}

    def _occurs(self, node: Any, number: int) -> None:
        if node not in self._seen:
            self._seen.add(node)
            self._nodes[number].append(node)


def _targets(statement: Any) -> Iterator[Any]:
    """The occurrences of names that a statement binds itself."""
    match statement:
        case gast.Assign(targets=targets):
            trees = targets
        case gast.AugAssign(target=target) | gast.For(target=target):
            trees = [target]
        case _:
            return
    for tree in trees:
        for node in (tree,) if tree.__class__ is gast.Name else walk(tree):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
                yield node


def _bound_again(body: list[Any], parameters: Iterable[str]) -> set[str]:
    """The names that more than one statement binds, or one binds anew."""
    seen = set(parameters)
    again: set[str] = set()
    for statement in walk_statements(body):
        for node in _targets(statement):
            (again if node.id in seen else seen).add(node.id)
    return again


def _fixed_names(statement: Any, nodes: list[Any]) -> set[str]:
    """The names that inner scopes, walruses or rarer statements have to do with.

    `nodes` are those of the statement's own expressions.
    """
    found: set[str] = set()
    if isinstance(statement, gast.FunctionDef):
        found |= outer_names(statement) | {statement.name}
    elif isinstance(statement, gast.ClassDef):
        found |= _names_in(statement) | {statement.name}
    elif isinstance(statement, (gast.Delete, gast.Global, gast.Nonlocal)):
        found |= _names_in(statement)
    elif not isinstance(statement, (gast.Assign, gast.AugAssign, gast.For)):
        found |= bindings(statement)
    for node in nodes:
        if node.__class__ in _BINDING:
            found |= _fixed_in(node)
    return found


#: Expressions that have to do with names otherwise than by reading them.
_BINDING = frozenset({gast.Lambda, gast.NamedExpr, gast.comprehension})


def _fixed_in(node: Any) -> set[str]:
    match node:
        case gast.Lambda():
            return set(outer_names(node))
        case gast.NamedExpr(target=target):
            return _names_in(target)
        case gast.comprehension(target=target):
            return _names_in(target)
        case _:
            return set()


def _names_in(tree: Any) -> set[str]:
    names = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
    if isinstance(tree, gast.Global | gast.Nonlocal):
        names.update(tree.names)
    return names


def _union(a: Reaching, b: Reaching) -> Reaching:
    if a == b:
        return a
    return {name: a.get(name, NOBODY) | b.get(name, NOBODY) for name in {**a, **b}}


__all__ = ["Web", "Webs"]
