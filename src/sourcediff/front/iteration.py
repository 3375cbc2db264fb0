"""Loops over suspect values run over their indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.mappings import is_call_of, is_mapping, items_of, mapping_names
from sourcediff.front.scopes import own_nodes
from sourcediff.trees import walk

Block = list[Any]

_GROWING = ("append", "extend", "insert", "pop", "remove", "clear", "popleft")


@dataclass
class Elements:
    """What an iterable yields: its lengths, and the element at an index.

    An element is an expression; where the iterable yields tuples that are made on the
    way (`zip`, `enumerate`, `items`), a display of expressions.
    """

    lengths: list[Any]
    at: Callable[[Any], Any]


def index_loops(block: Block, context: Context) -> Block:
    """`for row in X` as `for i in range(len(X))`, `row = X[i]`; so for zip and so on.

    Loops over a range, over a dict's keys, and over what is not suspect stay.
    """
    nodes = walk(gast.Module(block, []))
    if gast.For not in map(type, nodes):
        return block
    mappings = mapping_names(nodes)
    return build.rewrite(block, lambda node: _index_loop(node, context, mappings))


def _index_loop(node: Any, context: Context, mappings: set[str]) -> Block:
    if not isinstance(node, gast.For) or not context.suspect(node.iter):
        return [node]
    if is_call_of(node.iter, context, np.ndindex):  # whole numbers, whatever they count
        return [node]
    maker = _Loop(node, context, mappings)
    if is_call_of(node.iter, context, np.ndenumerate) and len(node.iter.args) == 1:
        return build.place_all(maker.over_places(), node)
    if maker.is_mapping(node.iter):
        return [node]
    return build.place_all(maker.replaced(), node)


class _Loop:
    """The rewriting of one loop."""

    def __init__(self, node: Any, context: Context, mappings: set[str]) -> None:
        self.node = node
        self.context = context
        self.mappings = mappings
        self.before: Block = []
        self.rebound = {
            n.id
            for statement in (node.target, *node.body)
            for n in own_nodes([statement])
            if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
        }

    def replaced(self) -> Block:
        """The statements that replace the loop."""
        source = items_of(self.node.iter, self.context)
        if source is not None:
            return self._over_keys(*source)
        iterable, backwards = self._reversed(self.node.iter)
        elements = self.elements(iterable)
        span = build.call(self.context.builtin("range"), self._length(elements))
        if backwards:
            span = build.call(self.context.builtin("reversed"), span)
        index = self._index_name(elements)
        return self._loop(index, span, elements.at(build.load(index)))

    def over_places(self) -> Block:
        """`for place, x in np.ndenumerate(X)` as `for place in …: x = X[place]`."""
        name = self._named(self.node.iter.args[0])
        place = self.context.fresh("place")
        first = self.node.target
        first = first.elts[0] if isinstance(first, gast.Tuple) else None
        if isinstance(first, gast.Name) and not _rebinds(self.node.body, first.id):
            place = first.id
        shape = build.call(self.context.numpy("shape"), build.load(name))
        places = build.call(self.context.numpy("ndindex"), shape)
        value = build.subscript(build.load(name), build.load(place))
        element = gast.Tuple([build.load(place), value], gast.Load())
        return self._loop(place, places, element)

    def _loop(self, index: str, iterable: Any, element: Any) -> Block:
        first = _bindings(self.node.target, element, index)
        build.place_all(first, self.node.target)
        body = [*first, *self.node.body]
        loop = build.for_(index, iterable, body)
        loop.orelse = self.node.orelse
        return [*self.before, loop]

    def _index_name(self, elements: Elements) -> str:
        """The user's own counter if there is one, else i, j, k."""
        marker = build.load("")
        for target, value in _matched(self.node.target, elements.at(marker)):
            counts = isinstance(target, gast.Name) and _is_marker(value)
            if counts and not _rebinds(self.node.body, target.id):
                return str(target.id)
        return self.context.index(self.node)

    def _length(self, elements: Elements) -> Any:
        lengths = elements.lengths
        distinct = [
            length
            for k, length in enumerate(lengths)
            if not any(build.same(length, other) for other in lengths[:k])
        ]
        if len(distinct) == 1:
            return distinct[0]
        return build.call(self.context.builtin("min"), *distinct)

    def _over_keys(self, mapping: Any, wanted: str, keys: Any) -> Block:
        """`for k, v in d.items()` as `for k in d: v = d[k]`."""
        name = self._named(mapping)
        target = self.node.target
        own = target.elts[0] if isinstance(target, gast.Tuple) else None
        if wanted == "items" and isinstance(own, gast.Name) and len(target.elts) == 2:
            key = own.id if not _rebinds(self.node.body, own.id) else None
        else:
            key = None
        key = key or self.context.fresh("key")
        value = build.subscript(build.load(name), build.load(key))
        if wanted == "items":
            value = gast.Tuple([build.load(key), value], gast.Load())
        return self._loop(key, keys(build.load(name)), value)

    def _reversed(self, iterable: Any) -> tuple[Any, bool]:
        if self._is_call_of(iterable, reversed) and len(iterable.args) == 1:
            return self._unlisted(iterable.args[0]), True
        return iterable, False

    def _unlisted(self, iterable: Any) -> Any:
        """`list(zip(…))` as the zip itself."""
        if self._is_call_of(iterable, list, tuple) and len(iterable.args) == 1:
            inner = iterable.args[0]
            if self._is_call_of(inner, zip, enumerate, range, reversed):
                return inner
        return iterable

    def elements(self, iterable: Any) -> Elements:
        """What an iterable yields, by index."""
        iterable = self._unlisted(iterable)
        arguments = iterable.args if isinstance(iterable, gast.Call) else []
        if any(isinstance(argument, gast.Starred) for argument in arguments):
            return self._sequence(self._listed(iterable))
        if self._is_call_of(iterable, range):
            return self._range(iterable)
        if self._is_call_of(iterable, zip) and arguments:
            return self._zip(iterable)
        if self._is_call_of(iterable, enumerate) and arguments:
            return self._enumerate(iterable)
        if self._is_call_of(iterable, reversed) and len(arguments) == 1:
            return self._backwards(self.elements(arguments[0]))
        if items_of(iterable, self.context) is not None or self.is_mapping(iterable):
            return self._sequence_of_mapping(iterable)
        if self._is_call_of(iterable, map, filter, iter):
            return self._sequence(self._listed(iterable))
        if not self.context.suspect(iterable) and isinstance(iterable, gast.Call):
            return self._sequence(self._listed(iterable))
        return self._sequence(iterable)

    def _sequence(self, sequence: Any) -> Elements:
        if isinstance(sequence, gast.Attribute) and sequence.attr == "flat":
            flat = gast.Attribute(
                build.load(self._named(sequence.value)), "flat", gast.Load()
            )
            count = build.call(self.context.builtin("len"), flat)
            return Elements(
                [count], lambda i: build.subscript(build.duplicate(flat), i)
            )
        name = self._named(sequence)
        self._check_growth(name)
        length = build.call(self.context.builtin("len"), build.load(name))
        return Elements([length], lambda i: build.subscript(build.load(name), i))

    def _sequence_of_mapping(self, iterable: Any) -> Elements:
        source = items_of(iterable, self.context)
        if source is None:
            return self._sequence(self._listed(iterable))
        mapping, wanted, keys = source
        name = self._named(mapping)
        listed = self._named(self._listed(keys(build.load(name))), "keys")

        def at(index: Any) -> Any:
            key = build.subscript(build.load(listed), index)
            value = build.subscript(build.load(name), key)
            if wanted == "values":
                return value
            return gast.Tuple([build.duplicate(key), value], gast.Load())

        length = build.call(self.context.builtin("len"), build.load(listed))
        return Elements([length], at)

    def _range(self, node: Any) -> Elements:
        if len(node.args) == 1:
            return Elements([node.args[0]], lambda i: i)
        if len(node.args) == 2:
            start, stop = node.args
            length = build.binary(stop, gast.Sub(), build.duplicate(start))
            return Elements([length], lambda i: _plus(start, i))
        return self._sequence(node)

    def _zip(self, node: Any) -> Elements:
        parts = [self.elements(argument) for argument in node.args]
        lengths = [length for part in parts for length in part.lengths]
        if any(k.arg == "strict" and not _is_false(k.value) for k in node.keywords):
            self._check_equal(lengths)
            lengths = lengths[:1]

        def at(index: Any) -> Any:
            made = [part.at(build.duplicate(index)) for part in parts]
            return gast.Tuple(made, gast.Load())

        return Elements(lengths, at)

    def _check_equal(self, lengths: list[Any]) -> None:
        error = self.context.builtin("ValueError")
        text = build.constant("zip() arguments differ in length")
        for other in lengths[1:]:
            first = build.duplicate(lengths[0])
            test = gast.Compare(first, [gast.NotEq()], [build.duplicate(other)])
            stop = gast.Raise(build.call(build.duplicate(error), text), None)
            self.before.append(build.if_(test, [stop]))

    def _enumerate(self, node: Any) -> Elements:
        inner = self.elements(node.args[0])
        start = node.args[1] if len(node.args) > 1 else None
        for keyword in node.keywords:
            start = keyword.value
        if start is not None and not isinstance(start, gast.Constant):
            start = build.load(self._named(start, "start"))

        def at(index: Any) -> Any:
            count = index if start is None else _plus(start, index)
            element = inner.at(build.duplicate(index))
            return gast.Tuple([count, element], gast.Load())

        return Elements(inner.lengths, at)

    def _backwards(self, inner: Elements) -> Elements:
        length = self._length(inner)
        name = self._named(length, "length")

        def at(index: Any) -> Any:
            last = build.binary(build.load(name), gast.Sub(), build.constant(1))
            return inner.at(build.binary(last, gast.Sub(), index))

        return Elements([build.load(name)], at)

    def _listed(self, iterable: Any) -> Any:
        return build.call(self.context.builtin("list"), iterable)

    def _named(self, expression: Any, wish: str = "") -> str:
        """A name for an expression that the loop reads again at each step."""
        if isinstance(expression, gast.Name) and expression.id not in self.rebound:
            return str(expression.id)
        name = self.context.new(wish or self._wish(expression), expression)
        self.before.append(build.assign(name, expression))
        return name

    def _wish(self, expression: Any) -> str:
        match expression:
            case gast.Attribute(attr=name):
                return str(name)
            case gast.Subscript(slice=gast.Constant(value=str() as name)) if (
                name.isidentifier()
            ):
                return name
            case gast.Name(id=name):
                return f"all_{name}"
        if isinstance(self.node.target, gast.Name):
            return f"{self.node.target.id}s"
        return "items"

    def _check_growth(self, name: str) -> None:
        for node in walk(gast.Module(self.node.body, [])):
            match node:
                case gast.Call(func=gast.Attribute(value=gast.Name(id=owner))) if (
                    owner == name and node.func.attr in _GROWING
                ):
                    cause = f"the loop runs over {name}; loop over a copy of it"
                    self.context.refuse(node, cause)

    def is_mapping(self, iterable: Any) -> bool:
        """Whether iterating gives the keys of a dict."""
        return is_mapping(iterable, self.context, self.mappings)

    def _is_call_of(self, node: Any, *functions: Any) -> bool:
        return is_call_of(node, self.context, *functions)


def _matched(target: Any, element: Any) -> list[tuple[Any, Any]]:
    """Targets with the parts of an element that go to them."""
    if (
        isinstance(target, gast.Tuple | gast.List)
        and isinstance(element, gast.Tuple)
        and len(target.elts) == len(element.elts)
        and not any(isinstance(e, gast.Starred) for e in target.elts)
    ):
        return [
            pair
            for inner, part in zip(target.elts, element.elts, strict=True)
            for pair in _matched(inner, part)
        ]
    return [(target, element)]


def _bindings(target: Any, element: Any, index: str) -> Block:
    return [
        build.assign(inner, part)
        for inner, part in _matched(target, element)
        if not (
            isinstance(inner, gast.Name)
            and isinstance(part, gast.Name)
            and inner.id == part.id == index
        )
    ]


def _is_marker(node: Any) -> bool:
    return isinstance(node, gast.Name) and node.id == ""


def _rebinds(block: Block, name: str) -> bool:
    return any(
        isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)
        for n in own_nodes(block)
    )


def _plus(start: Any, index: Any) -> Any:
    if isinstance(start, gast.Constant) and start.value == 0:
        return index
    return build.binary(index, gast.Add(), build.duplicate(start))


def _is_false(node: Any) -> bool:
    """Whether an expression is the literal False."""
    return isinstance(node, gast.Constant) and node.value is False
