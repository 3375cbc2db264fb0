"""Calls of the user's own functions, put on lines of their own, in plain form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, own_nodes, root, walk_statements
from sourcediff.analysis.indexing import gathers, index_kinds
from sourcediff.analysis.inference import KindFacts
from sourcediff.compile.fleeting import fleeting_reads
from sourcediff.compile.places import evaluated, get, put
from sourcediff.compile.spelling import Spelling
from sourcediff.compile.unused import Unused
from sourcediff.front.containers import takes_element
from sourcediff.ir import Program
from sourcediff.kinds import Array, Kind, List, Scalar, Sequence, Static, scalar_of
from sourcediff.transform.build import assign, at, loaded, name
from sourcediff.trees import walk

_VIEWS = frozenset({"reshape", "ravel", "transpose", "swapaxes", "view", "squeeze"})
_FIELDS = {
    gast.Assign: "value",
    gast.AugAssign: "value",
    gast.Return: "value",
    gast.Expr: "value",
    gast.If: "test",
    gast.For: "iter",
}

#: What may call a function: an attribute may be a property.
_CALLING = frozenset({gast.Call, gast.Attribute})


@dataclass
class Split:
    """What splitting a program has changed.

    `originals` are the expressions that calls in plain form stand for, as written.
    """

    changed: bool = False
    originals: dict[Any, Any] = field(default_factory=dict)


def split_calls(
    program: Program, kinds: KindFacts, is_pure: Callable[[Any], bool]
) -> Split:
    """Give the results of nested calls names, and spell calls plainly.

    Calls are taken out in the order in which Python evaluates them. Where a call may
    have effects (it is not pure), what is evaluated before it in the same statement
    gets a name before it.
    """
    splitter = _Splitter(program, kinds, is_pure)
    calling = (n for n in kinds.nodes if n.__class__ in _CALLING)
    if any(map(splitter.is_taken, calling)):
        splitter.block(program.node.body)
    return splitter.split


class _Splitter:
    def __init__(
        self, program: Program, kinds: KindFacts, is_pure: Callable[[Any], bool]
    ) -> None:
        self._kinds = kinds
        self._is_pure = is_pure
        self.split = Split()
        self._unused = Unused(program)
        self._spelling = Spelling(program, kinds, self._unused)
        self._pure_calls: set[Any] = set()
        body = program.node.body
        calls = {
            statement: [n for n in own_nodes(statement) if n.__class__ is gast.Call]
            for statement in walk_statements(body)
        }
        self._named_first = (
            _side_by_side(calls, is_pure) | fleeting_reads(calls, kinds) | _read(kinds)
        )

    def is_taken(self, node: Any) -> bool:
        """Whether an expression must have a line of its own."""
        if node.__class__ not in _CALLING:
            return False
        if node in self._named_first:
            return True
        return self._spelling.is_own(node) or takes_element(node, self._kinds.of)

    # --- statements -------------------------------------------------------------------

    def block(self, body: list[Any]) -> None:
        """Take the calls out of the statements of a block."""
        index = 0
        while index < len(body):
            statement = body[index]
            for inner in blocks(statement):
                self.block(inner)
            new = self._before(statement)
            if isinstance(statement, gast.AugAssign) and any(map(self._moves, new)):
                body[index] = statement = self._read_first(statement, new)
            body[index:index] = at(statement, new)
            index += len(new) + 1

    def _before(self, statement: Any) -> list[Any]:
        if isinstance(statement, gast.FunctionDef):
            return self._defaults(statement)
        value_field = _FIELDS.get(type(statement))
        value = value_field and getattr(statement, value_field)
        if value is None or value_field is None:
            return []
        out: list[Any] = []
        if self._fits(statement) and self.is_taken(value):
            setattr(statement, value_field, self._spelled(value, out))
        else:
            setattr(statement, value_field, self._take(value, out))
        return out

    def _fits(self, statement: Any) -> bool:
        """Whether the call may stay where it is: all of a plain assignment."""
        if isinstance(statement, gast.Expr):
            return True
        if not isinstance(statement, gast.Assign):
            return False
        target = statement.targets[0]
        elements = target.elts if isinstance(target, gast.Tuple) else [target]
        return all(isinstance(e, gast.Name) for e in elements)

    def _defaults(self, statement: Any) -> list[Any]:
        """Defaults that are no constants are evaluated where the function is defined."""  # noqa: E501
        if not self._spelling.is_followed(statement):
            return []
        out: list[Any] = []
        arguments = statement.args
        for values in (arguments.defaults, arguments.kw_defaults):
            for index, node in enumerate(values):
                if node is None or isinstance(node, gast.Constant):
                    continue
                label = f"{statement.name}_default"
                if isinstance(node, gast.Name) and node.id.startswith(label):
                    continue
                values[index] = self._named(node, out, label)
        return out

    def _read_first(self, statement: Any, new: list[Any]) -> Any:
        """`a[k] += f(a)` reads `a[k]` before the call, which may write there."""
        target = statement.target
        kind = scalar_of(self._kinds.of(target))
        if isinstance(target, gast.Name) or not isinstance(kind, Scalar | Static):
            return statement
        before: list[Any] = []
        self._settle_children(target, before)
        old = self._named(loaded(target), before)
        new[:0] = before
        value = gast.BinOp(old, statement.op, statement.value)
        made = gast.Assign([target], gast.copy_location(value, statement), None)
        return gast.copy_location(made, statement)

    # --- expressions --------------------------------------------------------------------  # noqa: E501

    def _contains(self, node: Any) -> bool:
        return any(map(self.is_taken, walk(node)))

    def _take(self, node: Any, out: list[Any]) -> Any:
        """The expression with its calls replaced by names, innermost first."""
        if not isinstance(node, gast.AST) or not self._contains(node):
            return node
        if not self.is_taken(node):
            self._take_children(node, out)
            return node
        made = self._spelled(node, out)
        return self._named(made, out, f"{_label(node)}_value")

    def _take_children(self, node: Any, out: list[Any]) -> None:
        """Take the calls out of the parts that are evaluated in any case."""
        places = evaluated(node)
        for index, place in enumerate(places):
            child = get(place)
            if not self._contains(child):
                continue
            mark = len(out)
            put(place, self._take(child, out))
            earlier = places[:index]
            if any(map(self._moves, out[mark:])) or any(
                self._is_impure(get(other)) for other in earlier
            ):
                before: list[Any] = []
                for other in earlier:
                    put(other, self._settled(get(other), before))
                out[mark:mark] = before

    def _spelled(self, node: Any, out: list[Any]) -> Any:
        """A call in plain form, after the statements that its arguments need."""
        pure = self._is_pure(node)
        owner = self._spelling.owner(node)
        if isinstance(node, gast.Call):
            self._take_children(node, out)
            node.args = [self._named_memory(a, out, pure) for a in node.args]
            for keyword in node.keywords:
                if keyword.arg is not None:  # else it is unpacked, and stays known
                    keyword.value = self._named_memory(keyword.value, out, pure)
        own = self._spelling.is_own(node)
        made = self._spelling.plain(node, out, owner) if own else node
        if made is not node:
            self.split.changed = True
            if isinstance(made, gast.Call):  # else statements before it made an object
                self.split.originals[made] = node
        if pure:
            self._pure_calls |= {made, node}
        return made

    # --- what is evaluated before a call with effects -----------------------------------  # noqa: E501

    def _moves(self, statement: Any) -> bool:
        """Whether a statement that was taken out may have effects."""
        return self._is_impure(statement.value)

    def _is_impure(self, node: Any) -> bool:
        """Whether evaluating an expression may write."""
        for child in walk(node):
            if isinstance(child, gast.NamedExpr):
                return True
            if isinstance(child, gast.Call) and not (
                child in self._pure_calls or self._is_pure(child)
            ):
                return True
        return False

    def _settled(self, node: Any, out: list[Any]) -> Any:
        """An expression whose value no later effect can change: mostly a name."""
        match node:
            case gast.Name() | gast.Constant() | gast.Lambda() | gast.JoinedStr():
                return node
            case gast.Starred(value=value):
                node.value = self._settled(value, out)
                return node
            case gast.Slice():
                self._settle_children(node, out)
                return node
            case gast.Tuple() if any(isinstance(e, gast.Slice) for e in node.elts):
                self._settle_children(node, out)
                return node
            case gast.Attribute() if isinstance(self._kinds.of(node), Static):
                return node
            case gast.Subscript() | gast.Attribute() if self._is_view(node):
                self._settle_children(node, out)
                return node
            case _:
                return self._named(node, out)

    def _is_view(self, node: Any) -> bool:
        """Whether a part of an array shows what is written later anyway."""
        if not isinstance(self._kinds.of(node), Array):
            return False
        if not isinstance(self._kinds.of(node.value), Array):
            return False  # a container may come to hold another array
        key = getattr(node, "slice", None)
        return key is None or not gathers(index_kinds(key, self._kinds.of))

    def _settle_children(self, node: Any, out: list[Any]) -> None:
        for place in evaluated(node):
            put(place, self._settled(get(place), out))

    def _named(self, node: Any, out: list[Any], label: str = "") -> Any:
        """A name for the value of an expression, after an assignment."""
        identifier = self._unused(label or f"{_label(node)}_before")
        self.split.changed = True
        out.append(gast.copy_location(assign(identifier, node), node))
        return gast.copy_location(name(identifier), node)

    def _named_memory(self, node: Any, out: list[Any], pure: bool) -> Any:
        """Memory that is made for a call gets a name: the callee may write into it."""
        match node:
            case gast.Attribute(attr="T") as view:
                label = f"{root(view) or 'array'}_T"
            case gast.Call(func=gast.Attribute(attr=attr)) as view if attr in _VIEWS:
                label = f"{root(view) or 'array'}_{attr}"
            case _ if pure or self._is_place(node):
                return node
            case _:
                label = _label(node)
        return self._named(node, out, label)

    def _is_place(self, node: Any) -> bool:
        """Whether an argument is no memory, or memory that has a name already."""
        kind = scalar_of(self._kinds.of(node))
        if isinstance(kind, Scalar | Static) or isinstance(node, gast.Starred):
            return True
        while isinstance(node, gast.Subscript | gast.Attribute):
            if isinstance(node, gast.Subscript) and self._is_copy(node):
                return False
            node = node.value
        return isinstance(node, gast.Name)

    def _is_copy(self, node: Any) -> bool:
        """Whether a part of an array is a copy, as index arrays give it."""
        return isinstance(self._kinds.of(node.value), Array) and not (
            self._is_view(node)
        )


def _read(kinds: KindFacts) -> set[Any]:
    """The calls that make lists of which one element is read: `x.tolist()[i]`."""
    return {
        node.value
        for node in kinds.nodes
        if node.__class__ is gast.Subscript
        and node.value.__class__ is gast.Call
        and _is_list(kinds.of(node.value))
    }


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, List) or (isinstance(kind, Sequence) and kind.type is list)


def _side_by_side(
    calls: Mapping[Any, list[Any]], is_pure: Callable[[Any], bool]
) -> set[Any]:
    """The calls with effects in a statement that has several of them.

    Such as two that draw random numbers: their order is told by lines of their own,
    whatever becomes of the expression.
    """
    found: set[Any] = set()
    for several in calls.values():
        if len(several) > 1:
            effects = [n for n in several if not is_pure(n)]
            found |= {*effects} if len(effects) > 1 else set()
    return found


def _label(node: Any) -> str:
    match node:
        case gast.Call(func=function):
            return _label(function)
        case gast.Attribute(attr=attr):
            return str(attr)
        case gast.Name(id=identifier):
            return str(identifier)
        case gast.Subscript(value=value):
            return _label(value)
        case _:
            return "value"


def restore(body: list[Any], originals: Mapping[Any, Any], followed: Any) -> None:
    """Put expressions back as written, where nobody follows their calls."""
    for statement in body:
        for inner in blocks(statement):
            restore(inner, originals, followed)
        value = getattr(statement, "value", None)
        if isinstance(value, gast.AST) and value in originals and value not in followed:
            statement.value = originals[value]
