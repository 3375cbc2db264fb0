"""Comprehensions written as loops that append, store or add up."""

from __future__ import annotations

import builtins
import math
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.purity import callee
from sourcediff.front.scopes import COMPREHENSIONS, comprehension_targets
from sourcediff.trees import walk

# These consume a generator at once and do nothing else in between.
_CONSUMERS = frozenset(
    (
        *(max, min, sum, list, tuple, sorted, dict, set, frozenset, enumerate, zip),
        *(reversed, math.fsum, math.prod),
    )
)


def collect(node: Any, name: str, context: Context) -> list[Any]:
    """`name = [element for …]`, or a dict, as an empty collection and a loop."""
    rename_targets(node, context)
    if isinstance(node, gast.DictComp):
        empty: Any = gast.Dict([], [])
        place = build.subscript(build.load(name), node.key)
        step = build.assign(place, node.value)
    else:
        empty = gast.List([], gast.Load())
        step = gast.Expr(build.method(build.load(name), "append", node.elt))
    build.place(step, getattr(node, "elt", None) or node.value)
    return [build.assign(name, empty), loops(node.generators, [step])]


def accumulate(node: Any, generator: Any, name: str, context: Context) -> list[Any]:
    """`name = sum(element for …)` as a loop.

    It is `name = name + element`, as in `sum` itself: `+=` would write into the start
    value, and into an array that another name may hold.
    """
    rename_targets(generator, context)
    start = _start(node) or build.constant(0)
    first, before = generator.generators[0], []
    if not (context.pure(start) or context.pure(first.iter)):
        values = context.new("values", first.iter)
        before.append(build.assign(values, first.iter))
        first.iter = build.load(values)
    total = build.binary(build.load(name), gast.Add(), generator.elt)
    step = build.place(build.assign(name, total), generator.elt)
    return [*before, build.assign(name, start), loops(generator.generators, [step])]


def consumed_generator(node: Any, function: str, context: Context) -> Any | None:
    """The comprehension that is the first argument of a call of that builtin."""
    if callee(node, context.program) is not getattr(builtins, function):
        return None
    match node.args:
        case [gast.GeneratorExp() | gast.ListComp() as comprehension, *_]:
            if context.suspect(comprehension) and _may_start(node, context):
                return comprehension
    return None


def _may_start(node: Any, context: Context) -> bool:
    """Whether the start value may be computed before the elements."""
    listed, start = node.args[0], _start(node)
    lazy = isinstance(listed, gast.GeneratorExp)
    return start is None or lazy or (context.pure(start) and context.pure(listed))


def _start(node: Any) -> Any | None:
    if len(node.args) > 1:
        return node.args[1]
    return node.keywords[0].value if node.keywords else None


def as_comprehension(node: Any, context: Context) -> Any:
    """`list(… for …)` and `dict((k, v) for …)` as the comprehension that they equal."""
    match node:
        case gast.Call(args=[gast.GeneratorExp() as generator], keywords=[]):
            if not context.suspect(generator):
                return node
            function = callee(node, context.program)
            made = None
            if function is list:
                made = gast.ListComp(generator.elt, generator.generators)
            elif function is dict and _is_pair(generator.elt):
                made = gast.DictComp(*generator.elt.elts, generator.generators)
            return node if made is None else build.place(made, node)
    return node


def _is_pair(node: Any) -> bool:
    return isinstance(node, gast.Tuple) and len(node.elts) == 2


def lists_for_generators(node: Any, context: Context) -> None:
    """Turn a call's generators into lists where the callee takes them all at once."""
    for index, argument in enumerate(node.args):
        is_suspect = isinstance(argument, gast.GeneratorExp) and context.suspect(
            argument
        )
        if is_suspect and _takes_all(node, context):
            node.args[index] = gast.copy_location(as_list(argument), argument)


def _takes_all(node: Any, context: Context) -> bool:
    extends = isinstance(node.func, gast.Attribute) and node.func.attr == "extend"
    return extends or callee(node, context.program) in _CONSUMERS


def as_list(generator: Any) -> Any:
    """The list of all that a generator yields."""
    return gast.ListComp(generator.elt, generator.generators)


def loops(generators: list[Any], body: list[Any]) -> Any:
    """The loops that a comprehension's generators are, around a body."""
    for generator in reversed(generators):
        for test in reversed(generator.ifs):
            body = [build.place(build.if_(test, body), test)]
        loop = build.for_(generator.target, generator.iter, body)
        body = [build.place(loop, generator.target)]
    return body[0]


def rename_targets(node: Any, context: Context) -> None:
    """Keep a comprehension's own names apart from those of the function around it."""
    own = comprehension_targets(node)
    clashes = own & context.outer_names
    if clashes:
        _rename(node, {name: _renamed(name, context) for name in sorted(clashes)})
    own = comprehension_targets(node)
    for inner in walk(node):
        if inner is not node and isinstance(inner, COMPREHENSIONS):
            shared = comprehension_targets(inner) & own
            if shared:
                names = {name: _renamed(name, context) for name in sorted(shared)}
                _rename(inner, names)


def _renamed(name: str, context: Context) -> str:
    return context.new(name, suspect=name in context.suspect.names)


def _rename(comprehension: Any, names: dict[str, str]) -> None:
    first = comprehension.generators[0]
    outside = set(map(id, walk(first.iter)))
    for node in walk(comprehension):
        if isinstance(node, gast.Name) and id(node) not in outside:
            node.id = names.get(node.id, node.id)
