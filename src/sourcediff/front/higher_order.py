"""Built-in functions that take functions, written as comprehensions of suspects."""

from __future__ import annotations

import builtins
import collections
import functools
import itertools
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.purity import callee
from sourcediff.trees import Rewriter, walk

_SPELLED: tuple[Any, ...] = (
    collections.deque,
    builtins.map,
    builtins.filter,
    builtins.sorted,
    builtins.max,
    builtins.min,
    itertools.chain,
    itertools.product,
    itertools.pairwise,
)


def spell_out(tree: Any, nodes: list[Any], context: Context) -> None:
    """Replace `map(f, xs)` by `(f(x) for x in xs)` and the like, in place.

    So it goes for `filter`, `sorted`, `max` and `min` with a key, the iterators of
    itertools that only arrange, and for `deque`, whose changes a list knows too.
    `nodes` are those of the tree.
    """
    calls = (node for node in nodes if isinstance(node, gast.Call))
    if any(callee(call, context.program) in _SPELLED for call in calls):
        _Rewriting(context).visit(tree)


class _Rewriting(Rewriter):
    def __init__(self, context: Context) -> None:
        self.context = context

    def visit_Call(self, node: Any) -> Any:
        """The expression in the place of a call."""
        self.generic_visit(node)
        function = callee(node, self.context.program)
        if function is collections.deque and not node.keywords:
            return self._listed(node)
        if not self.context.suspect(node):
            return node
        made = self._made(node, function)
        return node if made is None else build.place(made, node)

    def _listed(self, node: Any) -> Any:
        if node.args:
            made: Any = build.call(self.context.builtin("list"), *node.args[:1])
        else:
            made = gast.List([], gast.Load())
        return node if len(node.args) > 1 else build.place(made, node)

    def _made(self, node: Any, function: Any) -> Any:
        starred = any(isinstance(argument, gast.Starred) for argument in node.args)
        keywords = {k.arg: k.value for k in node.keywords}
        if starred or None in keywords:
            return None
        match function, node.args:
            case (builtins.map, [applied, *sequences]) if sequences and not keywords:
                return self._mapped(applied, sequences)
            case (builtins.filter, [applied, sequence]):
                return self._filtered(applied, sequence)
            case (itertools.chain, sequences) if sequences and not keywords:
                elements = [gast.Starred(s, gast.Load()) for s in sequences]
                return gast.List(elements, gast.Load())
            case (itertools.product, sequences) if sequences and not keywords:
                return self._product(sequences)
            case (itertools.pairwise, [gast.Name() as sequence]):
                return self._pairs(sequence)
            case ((builtins.sorted | builtins.max | builtins.min), [sequence]) if (
                "key" in keywords and isinstance(sequence, gast.Name)
            ):
                return self._by_key(node, function, sequence, keywords)
        return None

    # --- comprehensions ---------------------------------------------------------------

    def _mapped(self, applied: Any, sequences: list[Any]) -> Any:
        names = self._parameters(applied, len(sequences))
        element = names and _applied(applied, names)
        if not element:
            return None
        target = _targets(names)
        source = sequences[0]
        if len(sequences) > 1:
            source = build.call(self.context.builtin("zip"), *sequences)
        return _generator(element, [(target, source)])

    def _filtered(self, applied: Any, sequence: Any) -> Any:
        if isinstance(applied, gast.Constant) and applied.value is None:
            names = [self._new("element")]
            test: Any = build.load(names[0])
        else:
            names = self._parameters(applied, 1)
            test = names and _applied(applied, names)
        if not test:
            return None
        made = _generator(build.load(names[0]), [(_targets(names), sequence)])
        made.generators[0].ifs.append(test)
        return made

    def _product(self, sequences: list[Any]) -> Any:
        names = [self._new("element") for _ in sequences]
        element = gast.Tuple([build.load(name) for name in names], gast.Load())
        loops = [(build.store(n), s) for n, s in zip(names, sequences, strict=True)]
        return _generator(element, loops)

    def _pairs(self, sequence: Any) -> Any:
        first = gast.Slice(None, build.constant(-1), None)
        second = gast.Slice(build.constant(1), None, None)
        parts = [
            build.subscript(build.duplicate(sequence), bounds)
            for bounds in (first, second)
        ]
        return build.call(self.context.builtin("zip"), *parts)

    def _by_key(
        self, node: Any, function: Any, sequence: Any, keywords: dict[str, Any]
    ) -> Any:
        """`sorted(xs, key=f)` by the order of the indices; so the extremes."""
        names = self._parameters(keywords["key"], 1)
        key = names and _applied(keywords["key"], names)
        if not key:
            return None
        index = self._new("index")
        length = build.call(self.context.builtin("len"), build.duplicate(sequence))
        places = build.call(self.context.builtin("range"), length)
        part = build.subscript(build.duplicate(sequence), build.load(index))
        arguments = _arguments([index])
        order = build.call(build.duplicate(node.func), places)
        ranked = gast.Lambda(arguments, _replaced(key, names[0], part))
        rest = {k: v for k, v in keywords.items() if k != "key"}
        order.keywords = [gast.keyword("key", ranked)]
        order.keywords += [gast.keyword(k, v) for k, v in rest.items()]
        if function is not builtins.sorted:
            return build.subscript(build.duplicate(sequence), order)
        at = self._new("index")
        element = build.subscript(build.duplicate(sequence), build.load(at))
        generator = gast.comprehension(build.store(at), order, [], 0)
        return gast.ListComp(element, [generator])

    # --- functions --------------------------------------------------------------------

    def _parameters(self, applied: Any, count: int) -> list[str]:
        """Names for the arguments of a function; none if it cannot be written out."""
        if isinstance(applied, gast.Name | gast.Attribute):
            return [self._new("element") for _ in range(count)]
        return _lambda_names(applied, count)

    def _new(self, wish: str) -> str:
        return self.context.new(wish, suspect=True)


def is_fold(node: Any, context: Context) -> bool:
    """Whether an expression is `reduce(f, xs)` of what can be written out."""
    if not isinstance(node, gast.Call) or node.keywords:
        return False
    if callee(node, context.program) is not functools.reduce:
        return False
    return 2 <= len(node.args) <= 3 and (
        isinstance(node.args[0], gast.Name | gast.Attribute)
        or bool(_lambda_names(node.args[0], 2))
    )


def folded(node: Any, name: str, context: Context) -> list[Any]:
    """`name = reduce(f, xs, start)` as a loop."""
    applied, sequence, *start = node.args
    element = context.new("element", suspect=True)
    names = _lambda_names(applied, 2) or [name, element]
    value = _applied(applied, names)
    for old, new in zip(names, (name, element), strict=True):
        value = _replaced(value, old, build.load(new))
    block: list[Any] = []
    if start:
        block.append(build.assign(name, start[0]))
    else:
        items = context.new("items", suspect=True)
        block.append(build.assign(items, sequence))
        first = build.subscript(build.load(items), build.constant(0))
        block.append(build.assign(name, first))
        rest = gast.Slice(build.constant(1), None, None)
        sequence = build.subscript(build.load(items), rest)
    step = build.assign(name, value)
    return [*block, build.for_(element, sequence, [step])]


def _lambda_names(applied: Any, count: int) -> list[str]:
    """The parameters of a lambda with so many plain ones; none for anything else."""
    if not isinstance(applied, gast.Lambda):
        return []
    arguments = applied.args
    names = [p.id for p in arguments.args]
    plain = len(names) == count and not (
        arguments.posonlyargs
        or arguments.vararg
        or arguments.kwonlyargs
        or arguments.kwarg
        or arguments.defaults
    )
    return names if plain else []


def _applied(applied: Any, names: list[str]) -> Any:
    if isinstance(applied, gast.Lambda):
        return build.duplicate(applied.body)
    return build.call(build.duplicate(applied), *map(build.load, names))


def _targets(names: list[str]) -> Any:
    if len(names) == 1:
        return build.store(names[0])
    return gast.Tuple([build.store(name) for name in names], gast.Store())


def _generator(element: Any, loops: list[tuple[Any, Any]]) -> Any:
    generators = [gast.comprehension(target, source, [], 0) for target, source in loops]
    return gast.GeneratorExp(element, generators)


def _arguments(names: list[str]) -> Any:
    return gast.arguments([build.param(n) for n in names], [], None, [], [], None, [])


def _replaced(node: Any, name: str, value: Any) -> Any:
    """An expression with another one in the place of a name."""
    if isinstance(node, gast.Name) and node.id == name:
        return build.duplicate(value)
    for inner in walk(node):
        for field, child in gast.iter_fields(inner):
            if isinstance(child, list):
                child[:] = [_one(c, name, value) for c in child]
            else:
                setattr(inner, field, _one(child, name, value))
    return node


def _one(child: Any, name: str, value: Any) -> Any:
    found = isinstance(child, gast.Name) and child.id == name
    return build.duplicate(value) if found else child


__all__ = ["folded", "is_fold", "spell_out"]
