"""Cotangents put together by several statements, in fewer passes over arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import gast

from sourcediff.analysis.effects import bindings, blocks, root
from sourcediff.ir import Comment
from sourcediff.kinds import Array, Kind, Scalar, Static
from sourcediff.transform.build import assign, at, augment, names_in
from sourcediff.transform.cheapest import (
    Cheapest,
    inserted,
    may_be_cheaper,
    single_factors,
    terms_of,
)
from sourcediff.transform.ownership import Holdings, Owners
from sourcediff.transform.product import Product, Test
from sourcediff.transform.width import width
from sourcediff.trees import children, walk

#: As wide as two lines of the text, about.
_LONGEST = 100
#: Of so many statements terms are put together, which stand that near: no function
#: takes time by the square of its length, and no sum of more terms fits the line.
_MOST, _REACH = 8, 40
_DELAYED = frozenset({gast.Lambda, gast.FunctionDef, gast.GeneratorExp, gast.Try})


@dataclass
class Summing:
    """Writes `x_bar = z_bar * (w - y / t)` for its terms, each added by a statement.

    The terms of a cotangent become one expression, and what is read once gives way to
    what it holds, where that takes fewer passes over arrays. Nothing is moved past a
    statement that may change what it reads. Only `bars` are touched, names of
    cotangents, where they hold arrays of floats.
    """

    owners: Owners
    bars: Set[str]
    changed: bool = False

    def function(self, body: list[Any]) -> list[Any]:
        r"""The body of a function, rewritten.

        >>> import numpy as np
        >>> tree = gast.parse(
        ...     "x_bar = -z_bar * y / t\nv_bar = 0.5 * z_bar\nx_bar += z_bar * w"
        ... )
        >>> owners = Owners(lambda n: Array(np.dtype(float), (3,)), lambda n: None)
        >>> tree.body = Summing(owners, {"x_bar", "v_bar"}).function(tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        v_bar = 0.5 * z_bar
        x_bar = z_bar * (w - y / t)
        """
        nodes = [n for s in body for n in walk(s)]
        if _DELAYED.isdisjoint(map(type, nodes)):
            mentions = Counter(n.id for n in nodes if n.__class__ is gast.Name)
            self._block(body, mentions)
        return body

    def _block(self, body: list[Any], mentions: Counter[str]) -> None:
        out: list[Any] = []
        simple: list[Any] = []
        for statement in body:
            if not blocks(statement):
                simple.append(statement)
                continue
            for inner in blocks(statement):
                self._block(inner, mentions)
            out += [*self._run(simple, mentions), statement]
            simple = []
        body[:] = [*out, *self._run(simple, mentions)]

    def _run(self, statements: list[Any], mentions: Counter[str]) -> list[Any]:
        """Statements without blocks, one after the other, rewritten."""
        if not any(_target(s) in self.bars for s in statements):
            return statements
        run = _Run(self.owners, self.bars, mentions, statements)
        self.changed |= run.improve()
        return run.statements


@dataclass(frozen=True)
class _Way:
    """Terms for a statement, and the statements that they come from beside it.

    With an `operator` they are added or subtracted.
    """

    terms: list[Product]
    sources: frozenset[int] = frozenset()
    operator: type | None = None


class _Run:
    """Statements without blocks, and what is held before each of them."""

    def __init__(
        self,
        owners: Owners,
        bars: Set[str],
        mentions: Counter[str],
        statements: list[Any],
    ) -> None:
        self.owners, self.bars, self.mentions = owners, bars, mentions
        self.statements = statements
        self._held: list[Holdings] = [{}]
        self._known: list[dict[Any, Kind]] = [{}]
        self._named: dict[Any, list[str]] = {}

    def improve(self) -> bool:
        """Rewrite statements until none of them gets cheaper."""
        changed = False
        index = 0
        while index < len(self.statements):
            better = self._better(index)
            if better is None:
                index += 1
            else:
                changed = True
                index = self._replace(index, *better)
        return changed

    def _held_before(self, index: int) -> Holdings:
        """What is held before a statement; it is found out when it is first asked."""
        everything = frozenset(self.mentions)
        for statement in self.statements[len(self._held) - 1 : index]:
            held = self._held[-1]
            if held or _target(statement) in self.bars:
                held = self.owners.after(statement, held, everything)
            self._held.append(held)
            self._known.append({})
        return self._held[index]

    def _replace(self, index: int, new: Any, sources: frozenset[int]) -> int:
        """Put a statement in the place of one and its sources; says where it stands."""
        for k in (*sources, index):
            self.mentions.subtract(names_in(self.statements[k]))
        self.mentions.update(names_in(new))
        gone = {*sources, *_emptied(self.statements, sources)}
        self.statements[index : index + 1] = at(self.statements[index], [new])
        self.statements = [s for k, s in enumerate(self.statements) if k not in gone]
        first = min(gone, default=index) + 1
        del self._held[first:], self._known[first:]
        return index - len(gone)

    # --- ways to write a statement ----------------------------------------------------

    def _better(self, index: int) -> tuple[Any, frozenset[int]] | None:
        """A cheaper statement for one, and what it makes superfluous."""
        statement = self.statements[index]
        to = _target(statement)
        if to is None or to not in self.bars:
            return None
        if isinstance(statement, gast.Assign) and not _is_arithmetic(statement.value):
            return None
        if isinstance(self.owners.kinds(to), Scalar):
            return None
        best, gain = None, 0.5
        for way in self._ways(index, to):
            if not (may_be_cheaper(way.terms) or self._has_ranks(way.terms)):
                continue
            kind = self._kind_of_result(index, way)
            if kind is None or not self._is_movable(way.sources, index):
                continue
            before = sum(map(self._cost, (*way.sources, index)))
            for text in self._cheapest(index).texts(way.terms):
                new = _written(to, text, way)
                saved = before - self._cost_of(new, index)
                if saved > gain and self._fits(new, kind, index):
                    best, gain = (new, way.sources), saved
        return best

    def _ways(self, index: int, to: str) -> Iterator[_Way]:
        statement = self.statements[index]
        ways = [_Way(terms_of(statement.value))]
        if isinstance(statement, gast.AugAssign):
            ways = [replace(ways[0], operator=type(statement.op))]
            begun = self._beginning(to, index)
            if begun:
                terms = [t for k in begun for t in _terms(self.statements[k])]
                own = _terms(statement)
                ways.append(_Way([*terms, *own], frozenset(begun)))
        for way in ways:
            yield way
            for identifier in single_factors(way.terms, self.bars):
                yield from self._inserted(way, identifier, index)

    def _beginning(self, identifier: str, index: int) -> list[int]:
        """The statements that make up what a name holds, if they all stand here."""
        found: list[int] = []
        for k in range(index - 1, max(index - 1 - _REACH, -1), -1):
            statement = self.statements[k]
            mentioned = self._names_in(statement).count(identifier)
            if not mentioned:
                continue
            if mentioned > 1 or _target(statement) != identifier or len(found) == _MOST:
                return []
            found.insert(0, k)
            if isinstance(statement, gast.Assign):
                return found if _is_arithmetic(statement.value) else []
        return []

    def _names_in(self, statement: Any) -> list[str]:
        """The names in a statement, which is asked for again and again."""
        found = self._named.get(statement)
        if found is None:
            found = self._named[statement] = names_in(statement)
        return found

    def _inserted(self, way: _Way, identifier: str, index: int) -> Iterator[_Way]:
        """A way with what a name holds in the place of the name, if it may go."""
        begun = self._beginning(identifier, index)
        if not begun or self.mentions[identifier] != len(begun) + 1:
            return
        inner = [t for k in begun for t in _terms(self.statements[k])]
        terms = inserted(way.terms, identifier, inner, self._is_scalar(index))
        yield _Way(terms, way.sources | frozenset(begun), way.operator)

    # --- what must be so --------------------------------------------------------------

    def _cheapest(self, index: int) -> Cheapest:
        """Finds texts for a statement; kinds are looked up once."""
        held, known = self._held_before(index), self._known[index]

        def kind_of(node: Any) -> Kind:
            key = node.id if isinstance(node, gast.Name) else node
            if key not in known:
                known[key] = self.owners.kind(node, held)
            return known[key]

        return Cheapest(kind_of)

    def _has_ranks(self, terms: list[Product]) -> bool:
        """Whether a product may have factors of different numbers of axes."""
        kinds = self.owners.kinds
        return any(
            len(term.numerators) + len(term.denominators) > 2
            and len({_axes(kinds(n.id)) for n in _names(term)} - {0}) > 1
            for term in terms
        )

    def _is_scalar(self, index: int) -> Test:
        return lambda node: self._cheapest(index).is_scalar(node)

    def _cost(self, index: int) -> float:
        return self._cost_of(self.statements[index], index)

    def _cost_of(self, statement: Any, index: int) -> float:
        value = self._cheapest(index).cost(statement.value)
        return value + isinstance(statement, gast.AugAssign)

    def _kind_of_result(self, index: int, way: _Way) -> Array | None:
        """The kind that the expression must have, if that is certain."""
        to = _target(self.statements[index])
        begun = [k for k in way.sources if _target(self.statements[k]) == to]
        first = min(begun, default=index)
        kind = self._cheapest(first).kind_of(self.statements[first].value)
        return kind if _is_certain(kind) else None

    def _fits(self, statement: Any, kind: Array, index: int) -> bool:
        new = self._cheapest(index).kind_of(statement.value)
        if not isinstance(new, Array) or width(statement) > _LONGEST:
            return False
        return (new.dtype, new.dims) == (kind.dtype, kind.dims)

    def _is_movable(self, sources: frozenset[int], index: int) -> bool:
        """Whether statements mean the same at a later place."""
        to = _target(self.statements[index])
        own = {k for k in sources if _target(self.statements[k]) == to}
        gone = {_target(self.statements[k]) for k in sources - own}
        for k in sources:
            read = set(names_in(self.statements[k].value)) - gone
            between = set(range(k + 1, index)) - (
                sources if k in own else sources - own
            )
            if any(self._disturbs(m, read) for m in between):
                return False
        return True

    def _disturbs(self, index: int, read: set[str]) -> bool:
        """Whether a statement may change what some names hold."""
        statement, held = self.statements[index], self._held_before(index)
        if _is_comment(statement):
            return False
        if not isinstance(statement, gast.Assign | gast.AugAssign):
            return True
        if not self._is_quiet(statement.value, held) or bindings(statement) & read:
            return True
        match statement:
            case gast.Assign(targets=[gast.Name()]):
                return False
            case gast.AugAssign(target=to):
                base = root(to)
            case gast.Assign(targets=[to]):
                base = root(to)
            case _:
                return True
        if base is None or base in read:
            return True
        alone = base in held and held[base].owned
        return not alone and not all(self._is_apart(n, held) for n in read)

    def _is_apart(self, identifier: str, held: Holdings) -> bool:
        known = held.get(identifier)
        if known is None or isinstance(known.kind, Scalar):
            kind = self.owners.kinds(identifier) if known is None else known.kind
            return isinstance(kind, Scalar | Static)
        return known.owned

    def _is_quiet(self, node: Any, held: Holdings) -> bool:
        """Whether an expression certainly writes into no memory."""
        if isinstance(node, gast.Call) and not self.owners.is_new(node, held):
            return False
        if isinstance(node, gast.Attribute):
            node = node.value
        return all(self._is_quiet(child, held) for child in children(node))


def _target(statement: Any) -> str | None:
    """The name that an assignment, an addition or a subtraction is made to."""
    match statement:
        case gast.Assign(targets=[gast.Name(id=to)]):
            return str(to)
        case gast.AugAssign(target=gast.Name(id=to), op=gast.Add() | gast.Sub()):
            return str(to)
        case _:
            return None


def _terms(statement: Any) -> list[Product]:
    """What a statement adds to its target, or makes it."""
    is_negative = isinstance(getattr(statement, "op", None), gast.Sub)
    return terms_of(statement.value, -1 if is_negative else 1)


def _written(to: str, value: Any, way: _Way) -> Any:
    """The statement that makes a name hold a value, or adds it."""
    if way.operator is None:
        return assign(to, value)
    return augment(to, way.operator, value)


def _is_arithmetic(node: Any) -> bool:
    return isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Call))


def _is_certain(kind: Kind) -> TypeGuard[Array]:
    """Whether an array is of floats, and its shape known and not that of a number."""
    if not isinstance(kind, Array) or kind.dtype.kind != "f":
        return False
    return bool(kind.dims) and None not in (kind.dims or ())


def _names(term: Product) -> list[Any]:
    factors = (*term.numerators, *term.denominators)
    return [n for n in factors if isinstance(n, gast.Name)]


def _axes(kind: Kind) -> int:
    return (kind.ndim or 0) if isinstance(kind, Array) else 0


def _is_comment(statement: Any) -> bool:
    match statement:
        case gast.Expr(value=gast.Constant(value=Comment())):
            return True
        case _:
            return False


def _emptied(statements: list[Any], gone: Set[int]) -> Iterator[int]:
    """The comments whose statements are all among those that go."""
    for first in gone:
        if not first or not _is_comment(statements[first - 1]):
            continue
        end = first
        while end in gone:
            end += 1
        if end == len(statements) or _is_comment(statements[end]):
            yield first - 1
