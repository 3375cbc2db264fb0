"""Which names may share memory, statement by statement."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    bound_names,
    root,
    stored_parts,
    walk_statements,
)
from sourcediff.analysis.indexing import gathers, index_kinds
from sourcediff.analysis.sharing import Sharing, is_immutable, operand, sharing
from sourcediff.kinds import (
    Array,
    Kind,
    List,
    Sequence,
    Static,
    parts_of,
    scalar_of,
)
from sourcediff.trees import walk

Relation = Mapping[str, frozenset[str]]
NOBODY: frozenset[str] = frozenset()

#: Attributes of arrays that are not memory.
PLAIN_ATTRIBUTES = frozenset({"shape", "ndim", "size", "dtype", "itemsize", "nbytes"})


class Aliases:
    """The may-share relation before each statement.

    The memory that a name stood for before it was bound again goes on living under a
    pseudo-name (`x@` and the position of the statement), so that a saved reference to
    it is never overlooked; `x@` is what the parameter `x` stood for at first. `kind_of` gives kinds of expressions, `callee` the function
    that a call is known to call, and `shares` the arguments whose memory the result of
    a user's function may share (None: not known).
    """  # noqa: E501

    def __init__(
        self,
        body: list[Any],
        kind_of: Callable[[Any], Kind],
        callee: Callable[[Any], Any],
        shares: Callable[[Any], list[Any] | None],
        parameters: Iterable[str] = (),
    ) -> None:
        self._shares = shares
        self._kind_of = kind_of
        self._callee = callee
        self._before: dict[Any, Relation] = {}
        self._after: dict[Any, Relation] = {}
        self._numbers: dict[Any, int] = {}
        self._exits: list[list[Relation]] = []
        given = [(p, f"{p}@") for p in parameters]
        entry = {n: frozenset({m}) for pair in given for n, m in (pair, pair[::-1])}
        self._block(body, entry)

    def partners(self, statement: Any, name: str) -> frozenset[str]:
        """The names that may share memory with `name` when `statement` starts."""
        return self._before.get(statement, {}).get(name, NOBODY)

    def partners_after(self, statement: Any, name: str) -> frozenset[str]:
        """The names that may share memory with `name` when `statement` has ended."""
        return self._after.get(statement, {}).get(name, NOBODY)

    @functools.cached_property
    def groups(self) -> Relation:
        """For each name, those that it may share memory with anywhere."""
        found: dict[str, set[str]] = {}
        for relation in (*self._before.values(), *self._after.values()):
            for name, partners in relation.items():
                found.setdefault(name, set()).update(partners)
        return {name: frozenset(partners) for name, partners in found.items()}

    def pseudo(self, name: str, statement: Any) -> str:
        """What stands for the memory that `name` had before `statement` rebound it."""
        number = self._numbers.setdefault(statement, len(self._numbers))
        return f"{name.partition('@')[0]}@{number}"

    def sources(self, expression: Any) -> frozenset[str]:
        """The names whose memory the value of an expression may share."""
        if self._is_number(expression) or self._is_list_of_numbers(expression):
            return NOBODY
        match expression:
            case gast.Name(id=identifier):
                return frozenset({identifier})
            case gast.Starred(value=value) | gast.NamedExpr(value=value):
                return self.sources(value)
            case gast.Attribute(value=value, attr=attr):
                return NOBODY if attr in PLAIN_ATTRIBUTES else self.sources(value)
            case gast.Subscript(value=value, slice=key):
                copies = isinstance(self._kind_of(value), Array) and self._copies(key)
                return NOBODY if copies else self.sources(value)
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return self._union(elements)
            case gast.Dict(values=values):
                return self._union(values)
            case gast.IfExp(body=body, orelse=orelse):
                return self.sources(body) | self.sources(orelse)
            case gast.BoolOp(values=values):
                return self._union(values)
            case gast.Call():
                return self._of_call(expression)
            case gast.BinOp() if isinstance(self._kind_of(expression), Array):
                return NOBODY
            case gast.BinOp(left=left, right=right):
                return self.sources(left) | self.sources(right)
            case gast.Constant() | gast.Compare() | gast.UnaryOp() | gast.JoinedStr():
                return NOBODY
            case gast.ListComp(elt=part) | gast.DictComp(value=part):
                return self._of_comprehension(part, expression.generators)
            case _:
                names = [n for n in walk(expression) if isinstance(n, gast.Name)]
                return frozenset(n.id for n in names)

    def _union(self, expressions: list[Any]) -> frozenset[str]:
        return frozenset().union(*map(self.sources, expressions))

    def _of_comprehension(self, part: Any, generators: list[Any]) -> frozenset[str]:
        """What its parts share; its own variables share what they run over."""
        found = self.sources(part)
        own = {name for g in generators for name in bound_names(g.target)}
        if found & own:
            found |= self._union([g.iter for g in generators])
        return found - own

    def _is_number(self, expression: Any) -> bool:
        return _is_number(self._kind_of(expression))

    def _is_list_of_numbers(self, expression: Any) -> bool:
        """Whether an expression makes a new list that holds nothing but numbers."""
        kind = self._kind_of(expression)
        if not isinstance(kind, (List, Sequence)):
            return False
        return makes_list(expression) and all(map(_is_number, parts_of(kind)))

    def _copies(self, key: Any) -> bool:
        """Whether indexing an array with this key certainly makes a copy."""
        return gathers(index_kinds(key, self._kind_of))

    def _of_call(self, node: Any) -> frozenset[str]:
        known = self._shares(node)
        if known is not None:
            return self._union(known)
        match sharing(node, self._kind_of, self._callee):
            case Sharing.COPY:
                return NOBODY
            case Sharing.VIEW | Sharing.ONTO:
                return self.sources(operand(node, self._kind_of))
            case _:
                arguments = [*node.args, *(k.value for k in node.keywords)]
                if isinstance(node.func, gast.Attribute) and not isinstance(
                    self._kind_of(node.func.value), Static
                ):
                    arguments.append(node.func.value)
                return self._union(arguments)

    def returned(self, body: list[Any]) -> frozenset[str]:
        """The names whose memory the value that a function returns may share."""
        found: set[str] = set()
        for statement in walk_statements(body):
            if isinstance(statement, gast.Return) and statement.value is not None:
                for name in self.sources(statement.value):
                    found |= {name} | self.partners(statement, name)
        return frozenset(name.partition("@")[0] for name in found)

    def _block(self, body: list[Any], state: Relation) -> Relation:
        for statement in body:
            known = self._before.get(statement)
            state = state if known is None else _union(known, state)
            self._before[statement] = state
            state = self._statement(statement, state)
            self._after[statement] = state
        return state

    def _statement(self, statement: Any, state: Relation) -> Relation:
        match statement:
            case gast.If(body=body, orelse=orelse):
                return _union(self._block(body, state), self._block(orelse, state))
            case gast.For() | gast.While():
                return self._loop(statement, state)
            case gast.With(body=body):
                return self._block(body, state)
            case gast.Break() | gast.Continue():
                self._exits[-1].append(state)
                return {}
            case gast.Assign(targets=[target], value=value):
                return self._assign(statement, target, value, state)
            case gast.Expr(value=gast.Call() as node):
                return self._call_effect(node, state)
            case _:
                return state

    def _loop(self, statement: Any, state: Relation) -> Relation:
        while True:
            self._exits.append([])
            inside = state
            if isinstance(statement, gast.For):
                inside = self._bind_all(
                    statement, statement.target, self.sources(statement.iter), state
                )
            end = self._block(statement.body, inside)
            for early in self._exits.pop():
                end = _union(end, early)
            joined = _union(state, end)
            if joined == state:
                return joined
            state = joined

    def _assign(
        self, statement: Any, target: Any, value: Any, state: Relation
    ) -> Relation:
        if isinstance(target, (gast.Tuple, gast.List)):
            if isinstance(value, gast.Tuple) and len(value.elts) == len(target.elts):
                return self._permute(statement, target.elts, value.elts, state)
            sources = self.sources(value)
            for part in stored_parts(target):
                state = self._store(part, sources, state)
            return self._bind_all(statement, target, sources, state)
        sources = self.sources(value)
        if isinstance(target, gast.Name):
            return self._bind(statement, {target.id: sources}, state)
        return self._store(target, sources, state)

    def _permute(
        self, statement: Any, targets: list[Any], values: list[Any], state: Relation
    ) -> Relation:
        names = [t.id for t in targets if isinstance(t, gast.Name)]
        if len(names) < len(targets):
            return self._bind_all(
                statement, gast.Tuple(targets, None), self._union(values), state
            )
        given = [v.id for v in values if isinstance(v, gast.Name)]
        if sorted(given) == sorted(names) and len(set(names)) == len(names):
            return _renamed(state, dict(zip(given, names, strict=True)))
        sources = map(self.sources, values)
        return self._bind(statement, dict(zip(names, sources, strict=True)), state)

    def _bind_all(
        self, statement: Any, target: Any, sources: frozenset[str], state: Relation
    ) -> Relation:
        names = dict.fromkeys(bound_names(target), sources)
        for node in walk(target):
            if isinstance(node, gast.Name) and self._is_number(node):
                names[node.id] = NOBODY  # an element of an array
        return self._bind(statement, names, state)

    def _bind(
        self, statement: Any, bound: Mapping[str, frozenset[str]], state: Relation
    ) -> Relation:
        """Bind names to new values at once; their old memory gets pseudo-names.

        Names that share their memory with nobody are not in the relation.
        """
        if not state.keys() & bound.keys() and not any(bound.values()):
            return state
        kept = frozenset(state).union(*bound.values())  # `u = u.T`: it is seen still
        old = {name: self.pseudo(name, statement) for name in bound if name in kept}

        def renamed(names: frozenset[str]) -> frozenset[str]:
            return frozenset(old.get(n, n) for n in names)

        after: dict[str, frozenset[str]] = {} if old else dict(state)
        for name, partners in state.items() if old else ():
            key = old.get(name, name)
            after[key] = after.get(key, NOBODY) | (renamed(partners) - {key})
        given = {name: renamed(sources) for name, sources in bound.items()}
        groups = {
            name: sources.union(*(after.get(s, NOBODY) for s in sources))
            for name, sources in given.items()
        }
        for name, group in groups.items():
            others = {n for n, s in given.items() if n != name and s & group}
            if group or others:
                after[name] = group | others
        for name in bound:
            for partner in after.get(name, NOBODY):
                after[partner] = after.get(partner, NOBODY) | {name}
        return {
            name: partners - {name} if name in partners else partners
            for name, partners in after.items()
        }

    def _store(self, target: Any, sources: frozenset[str], state: Relation) -> Relation:
        """A store into a container makes it share what it now holds."""
        base = root(target)
        inner = target.value
        if base is None or not sources or isinstance(self._kind_of(inner), Array):
            return state
        return _joined(base, sources, state)

    def _call_effect(self, node: Any, state: Relation) -> Relation:
        if not isinstance(node.func, gast.Attribute):
            return state
        base = root(node.func.value)
        if base is None or node.func.attr not in CONTAINER_METHODS:
            return state
        return _joined(base, self._union(node.args), state)


def makes_list(expression: Any) -> bool:
    """Whether the value of an expression, if it is a list, is a new one."""
    match expression:
        case gast.BinOp() | gast.Subscript(slice=gast.Slice()) | gast.List():
            return True
        case gast.Call(func=gast.Name(id="list" | "sorted" | "copy")):
            return True
        case gast.Call(func=gast.Attribute(attr="copy" | "tolist")):
            return True
        case _:
            return False


def _is_number(kind: Kind) -> bool:
    """Whether values of a kind are numbers, or tuples of such: never memory."""
    kind = scalar_of(kind)
    if isinstance(kind, Sequence) and kind.type is tuple:
        return all(map(_is_number, kind.items))
    return is_immutable(kind)


def _renamed(state: Relation, names: Mapping[str, str]) -> Relation:
    """The relation after names have changed places."""
    return {
        names.get(name, name): frozenset(names.get(p, p) for p in partners)
        for name, partners in state.items()
    }


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, Sequence) and kind.type is list


def _joined(base: str, sources: frozenset[str], state: Relation) -> Relation:
    after = dict(state)
    group = {base} | after.get(base, NOBODY)
    for source in sources:
        group |= {source} | after.get(source, NOBODY)
    for member in group:
        after[member] = after.get(member, NOBODY) | (group - {member})
    return after


def _union(a: Relation, b: Relation) -> Relation:
    if a == b:
        return a
    return {name: a.get(name, NOBODY) | b.get(name, NOBODY) for name in {**a, **b}}
