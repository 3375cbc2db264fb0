"""Chained and parallel assignments of suspect values, one target at a time."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context, mentions
from sourcediff.trees import walk

Block = list[Any]


def split_assignments(block: Block, context: Context) -> Block:
    """Give each assignment one target: a place, or a tuple of distinct names.

    A permutation of names (`a, b = b, a`) and the unpacking of a value that is no
    display (`a, b = f(x)`) stay as they are.
    """
    return build.rewrite(block, lambda statement: _split(statement, context))


def _split(node: Any, context: Context) -> Block:
    if not isinstance(node, gast.Assign):
        return [node]
    suspect = context.suspect(node.value) or any(map(context.suspect, node.targets))
    if not suspect:
        return [node]
    return build.place_all(_assign(node.targets, node.value, node, context), node)


def _assign(targets: list[Any], value: Any, node: Any, context: Context) -> Block:
    if len(targets) > 1:
        return _chain(targets, value, node, context)
    target = targets[0]
    if not isinstance(target, gast.Tuple | gast.List):
        return [gast.Assign([target], value, None)]
    if any(isinstance(element, gast.Starred) for element in target.elts):
        return _starred(target, value, node, context)
    if _fits(target, value):
        return _parallel(_pairs(target, value), node, context)
    return _unpack(target, value, node, context)


def _chain(targets: list[Any], value: Any, node: Any, context: Context) -> Block:
    """`a = b = value`: the first name carries the value to the others."""
    if isinstance(value, gast.Constant):
        parts = [(target, build.duplicate(value)) for target in targets]
    else:
        if isinstance(targets[0], gast.Name):
            name, targets = targets[0].id, targets[1:]
        else:
            name = context.new("value", value)
        first = build.assign(name, value)
        return [
            first,
            *(
                s
                for target in targets
                for s in _assign([target], build.load(name), node, context)
            ),
        ]
    return [s for t, v in parts for s in _assign([t], v, node, context)]


def _fits(target: Any, value: Any) -> bool:
    return (
        isinstance(value, gast.Tuple | gast.List)
        and len(value.elts) == len(target.elts)
        and not any(isinstance(element, gast.Starred) for element in value.elts)
    )


def _pairs(target: Any, value: Any) -> list[tuple[Any, Any]]:
    """Targets and their values, displays within displays included."""
    pairs = []
    for inner, part in zip(target.elts, value.elts, strict=True):
        if isinstance(inner, gast.Tuple | gast.List) and _fits(inner, part):
            pairs += _pairs(inner, part)
        else:
            pairs.append((inner, part))
    return pairs


def _parallel(pairs: list[tuple[Any, Any]], node: Any, context: Context) -> Block:
    if _is_permutation(pairs):
        targets = gast.Tuple([target for target, _ in pairs], gast.Store())
        values = gast.Tuple([value for _, value in pairs], gast.Load())
        return [build.assign(targets, values)]
    block: Block = []
    early = _to_compute_first(pairs, context)
    values = [value for _, value in pairs]
    for index in sorted(early):
        target = pairs[index][0]
        wish = f"new_{target.id}" if isinstance(target, gast.Name) else "value"
        name = context.new(wish, values[index])
        block.append(build.assign(name, values[index]))
        values[index] = build.load(name)
    for (target, _), value in zip(pairs, values, strict=True):
        block += _assign([target], value, node, context)
    return block


def _is_permutation(pairs: list[tuple[Any, Any]]) -> bool:
    if not all(isinstance(t, gast.Name) and isinstance(v, gast.Name) for t, v in pairs):
        return False
    targets = [target.id for target, _ in pairs]
    values = [value.id for _, value in pairs]
    return (
        len(set(targets)) == len(targets)
        and sorted(targets) == sorted(values)
        and targets != values
    )


def _to_compute_first(pairs: list[tuple[Any, Any]], context: Context) -> set[int]:
    """Which values an earlier assignment of the same statement would change."""
    early = set()
    for index, (_, value) in enumerate(pairs):
        written = [target for target, _ in pairs[:index]]
        if any(_disturbs(target, value) for target in written):
            early.add(index)
    if early:
        last = max(early)
        values = [value for _, value in pairs[: last + 1]]
        if not all(map(context.pure, values)):
            simple = (gast.Constant, gast.Name)
            early |= {i for i, v in enumerate(values) if not isinstance(v, simple)}
    return early


def _disturbs(target: Any, value: Any) -> bool:
    """Whether assigning to a target may change what a value is."""
    names = {
        n.id
        for n in walk(target)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    }
    if mentions(value, names):
        return True
    stores = any(isinstance(n, gast.Subscript | gast.Attribute) for n in walk(target))
    return stores and not isinstance(value, gast.Constant | gast.Name)


def _unpack(target: Any, value: Any, node: Any, context: Context) -> Block:
    """`a, (b, c), x[i] = value` through a tuple of names."""
    names, later = [], []
    for element in target.elts:
        if isinstance(element, gast.Name):
            names.append(element)
        else:
            wish = "pair" if isinstance(element, gast.Tuple | gast.List) else "value"
            name = context.new(wish, suspect=True)
            names.append(build.store(name))
            later.append((element, build.load(name)))
    block = [build.assign(gast.Tuple(names, gast.Store()), value)]
    for element, part in later:
        block += _assign([element], part, node, context)
    return block


def _starred(target: Any, value: Any, node: Any, context: Context) -> Block:
    """`a, *b, c = value`: by index, with the rest appended to a list."""
    block: Block = []
    if not isinstance(value, gast.Name) or mentions(_bound(target), {value.id}):
        name = context.new("items", value)
        block.append(build.assign(name, value))
        value = build.load(name)
    count = len(target.elts)
    star = next(i for i, e in enumerate(target.elts) if isinstance(e, gast.Starred))
    if count > 2:
        block.append(_check_length(value.id, count - 1, context))
    for index, element in enumerate(target.elts):
        if index == star:
            after = count - 1 - star
            block += _rest(element.value, value.id, (star, after), node, context)
        else:
            at = build.constant(index if index < star else index - count)
            part = build.subscript(build.load(value.id), at)
            block += _assign([element], part, node, context)
    return block


def _bound(target: Any) -> Any:
    names = [n for n in walk(target) if isinstance(n, gast.Name)]
    return gast.Tuple(names, gast.Store())


def _check_length(name: str, least: int, context: Context) -> Any:
    """Raise as Python does where a value is too short for its targets."""
    length = build.call(context.builtin("len"), build.load(name))
    test = gast.Compare(length, [gast.Lt()], [build.constant(least)])
    text = build.constant("not enough values to unpack")
    error = build.call(context.builtin("ValueError"), text)
    return build.if_(test, [gast.Raise(error, None)])


def _rest(
    target: Any, name: str, around: tuple[int, int], node: Any, context: Context
) -> Block:
    """The starred target's list: the elements but for those around it."""
    block: Block = []
    if isinstance(target, gast.Name):
        wish = target.id
    else:
        wish = context.new("rest", suspect=True)
    start, after = around
    stop = build.call(context.builtin("len"), build.load(name))
    if after:
        stop = build.binary(stop, gast.Sub(), build.constant(after))
    bounds = [build.constant(start), stop] if start else [stop]
    span = build.call(context.builtin("range"), *bounds)
    loop = build.for_("", span, [])
    index = context.index(loop)
    part = build.subscript(build.load(name), build.load(index))
    step = gast.Expr(build.method(build.load(wish), "append", part))
    block += [build.assign(wish, gast.List([], gast.Load()))]
    block.append(build.for_(index, span, [step]))
    if not isinstance(target, gast.Name):
        block += _assign([target], build.load(wish), node, context)
    return block
