"""What methods do to lists and dicts, written as appends, element stores and pops."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.displays import Displays
from sourcediff.front.flat import FlatAccess
from sourcediff.front.scopes import Fresh, identifiers
from sourcediff.ir import Program
from sourcediff.kinds import (
    Dict,
    Kind,
    List,
    Scalar,
    Sequence,
    is_differentiable,
    parts_of,
)
from sourcediff.trees import walk

Block = list[Any]

#: Methods that take an element out of a container and give it.
TAKING = frozenset({"pop", "popleft", "setdefault"})


def expand_containers(
    program: Program, kind_of: Callable[[Any], Kind], nodes: list[Any] | None = None
) -> bool:
    r"""Spell what changes lists and dicts by the few changes that have an adjoint.

    These are `append`, `insert`, `reverse`, `pop` for its effect, and stores. The tree
    is the caller's to change; the answer is whether it was. `nodes` are those of the
    program, where they are known already.

    >>> from sourcediff.ir import Origin
    >>> tree = gast.parse("def f(xs):\n    y = xs.pop(-1)\n    xs += [y, 2.5]").body[0]
    >>> program = Program(None, tree, Origin("", 1, ()), {})
    >>> import numpy as np
    >>> numbers = List(Scalar(np.dtype(float)))
    >>> expand_containers(program, lambda node: numbers)
    True
    >>> print(gast.unparse(tree).strip())
    def f(xs):
        y = xs[-1]
        xs.pop()
        xs.append(y)
        xs.append(2.5)
    """
    nodes = walk(program.node) if nodes is None else nodes
    maker = _Expansion(program, kind_of, nodes)
    program.node.body = build.rewrite(program.node.body, maker.change)
    return maker.changed or maker.displays.changed or maker.flat.changed


def takes_element(node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether an expression takes an element out of a container that may matter."""
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr in TAKING
        and _is_container(kind_of(node.func.value))
        and is_differentiable(kind_of(node.func.value))
    )


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, List | Sequence) and kind.type is list


def _is_tuple(kind: Kind) -> bool:
    return isinstance(kind, List | Sequence) and kind.type is tuple


def _is_container(kind: Kind) -> bool:
    return _is_list(kind) or isinstance(kind, Dict)


class _Expansion:
    """Rewrites the statements of one program."""

    def __init__(
        self, program: Program, kind_of: Callable[[Any], Kind], nodes: list[Any]
    ) -> None:
        self.program = program
        self.kind_of = kind_of
        self.changed = False
        self._nodes = nodes
        self.positions = _positions(nodes)
        self.displays = Displays(self._builtin, kind_of)
        self.flat = FlatAccess(program, self._static, kind_of)
        self._respells = self.displays.applies(nodes) or self.flat.applies(nodes)

    @functools.cached_property
    def fresh(self) -> Fresh:
        """Names for what is new."""
        taken = identifiers(self._nodes) | set(self.program.statics) | self.program.data
        return Fresh(taken)

    def change(self, node: Any) -> Block:
        """The statements in the place of one."""
        if self._respells:
            self.displays.of(node)
            self.flat.of(node)
        made = self._changed(node)
        if made is None:
            return [node]
        self.changed = True
        return build.place_all(made, node)

    def _changed(self, node: Any) -> Block | None:
        match node:
            case gast.Expr(
                value=gast.Call(func=gast.Attribute(value=base, attr=attr)) as call
            ) if self._matters(base):
                if isinstance(self.kind_of(base), Dict):
                    return self._dict_method(base, attr, call)
                return None if call.keywords else self._list_method(base, attr, call)
            case gast.Assign(
                targets=[to],
                value=gast.Call(func=gast.Attribute(value=base, attr=attr)) as call,
            ) if takes_element(call, self.kind_of):
                return self._taken(to, base, attr, call.args)
            case gast.AugAssign(target=to, op=gast.Add(), value=value) if self._matters(
                to
            ) and _is_list(self.kind_of(to)):
                return self._extended(build.as_load(build.duplicate(to)), value)
            case gast.AugAssign(target=to, op=gast.Add() | gast.Mult() as op) if (
                _is_tuple(self.kind_of(to)) and is_differentiable(self.kind_of(to))
            ):
                value = build.binary(build.as_load(build.duplicate(to)), op, node.value)
                return [build.assign(to, value)]
            case gast.AugAssign(target=to, op=gast.BitOr(), value=value) if (
                self._matters(to) and isinstance(self.kind_of(to), Dict)
            ):
                return self._updated(build.as_load(build.duplicate(to)), value)
            case gast.Delete(targets=[gast.Subscript(value=base, slice=key)]) if (
                self._matters(base) and _is_list(self.kind_of(base))
            ):
                return self._dropped(base, key)
        return None

    def _matters(self, base: Any) -> bool:
        kind = self.kind_of(base)
        return _is_container(kind) and is_differentiable(kind)

    # --- lists ------------------------------------------------------------------------

    def _list_method(self, base: Any, attr: str, call: Any) -> Block | None:
        match attr, call.args:
            case "extend", [value]:
                return self._extended(base, value)
            case "insert", [index, value] if not self._is_position(index):
                return self._inserted(base, index, value)
            case "pop", [key] if not self._is_position(key):
                return self._dropped(base, key)
            case "popleft", []:
                return self._dropped(base, build.constant(0))
            case "appendleft", [value]:
                return [
                    gast.Expr(
                        build.method(
                            build.duplicate(base), "insert", build.constant(0), value
                        )
                    )
                ]
            case "remove", [value]:
                found = build.method(build.duplicate(base), "index", value)
                return self._dropped(base, found)
            case "clear", []:
                drop = gast.Expr(build.method(build.duplicate(base), "pop"))
                return [self._counted(base, lambda k: [drop])]
            case "sort", []:
                return self._sorted(base)
        return None

    def _extended(self, base: Any, value: Any) -> Block | None:
        """`xs.extend(ys)`: one after the other."""
        kind = self.kind_of(value)
        if isinstance(value, gast.List | gast.Tuple):
            before: Block = []
            parts = [self._steady(e, before) for e in value.elts]
            return [*before, *(_append(base, part) for part in parts)]
        if not isinstance(kind, List | Sequence):
            return None
        before = []
        if not isinstance(value, gast.Name):
            name = self.fresh("items")
            before.append(build.assign(name, value))
            value = build.load(name)

        def step(k: Any) -> Block:
            return [_append(base, build.subscript(build.duplicate(value), k))]

        return [*before, self._counted(value, step)]

    def _steady(self, value: Any, before: Block) -> Any:
        """An element as it is before others are appended."""
        simple = isinstance(value, gast.Constant | gast.Name)
        if simple or not _reads_container(value, self.kind_of):
            return value
        name = self.fresh("item")
        before.append(build.assign(name, value))
        return build.load(name)

    def _counted(self, sequence: Any, step: Callable[[Any], Block]) -> Any:
        """A loop over the indices of a sequence."""
        length = build.call(self._builtin("len"), build.duplicate(sequence))
        index = self.fresh.first("i", "j", "k", "index")
        span = build.call(self._builtin("range"), length)
        return build.for_(index, span, step(build.load(index)))

    def _is_position(self, key: Any) -> bool:
        """Whether an index is known to count from the start and to be there."""
        if isinstance(key, gast.Name):
            return key.id in self.positions
        return isinstance(key, gast.Constant) and key.value == 0

    def _inserted(self, base: Any, index: Any, value: Any) -> Block:
        """`xs.insert(i, v)` at a place that is counted from the start."""
        name = self.fresh("position")
        length = build.call(self._builtin("len"), build.duplicate(base))
        places = build.call(self._builtin("range"), length)
        before = build.subscript(places, gast.Slice(None, index, None))
        found = build.call(self._builtin("len"), before)
        insert = build.method(build.duplicate(base), "insert", build.load(name), value)
        return [build.assign(name, found), gast.Expr(insert)]

    def _dropped(self, base: Any, key: Any) -> Block | None:
        """`xs.pop(i)` for its effect, at a place that is counted from the start."""
        if _is_last(key):
            return [gast.Expr(build.method(build.duplicate(base), "pop"))]
        if isinstance(key, gast.Slice):
            return None
        before: Block = []
        position = key
        if not self._is_position(key):
            name = self.fresh("position")
            length = build.call(self._builtin("len"), build.duplicate(base))
            places = build.call(self._builtin("range"), length)
            before.append(build.assign(name, build.subscript(places, key)))
            position = build.load(name)
        drop = build.method(build.duplicate(base), "pop", position)
        return [*before, gast.Expr(drop)]

    def _sorted(self, base: Any) -> Block | None:
        """`xs.sort()` of numbers: the elements in the order of their sizes."""
        kind = self.kind_of(base)
        if not all(isinstance(item, Scalar) for item in parts_of(kind)):
            return None
        ordered, name = self.fresh("ordered"), self._builtin("sorted")
        first = build.assign(ordered, build.call(name, build.duplicate(base)))

        def step(k: Any) -> Block:
            to = build.subscript(build.duplicate(base), k)
            part = build.subscript(build.load(ordered), build.duplicate(k))
            return [build.assign(to, part)]

        return [first, self._counted(base, step)]

    def _taken(self, to: Any, base: Any, attr: str, arguments: Block) -> Block | None:
        """`y = xs.pop(i)`: the element is read, then dropped."""
        if isinstance(self.kind_of(base), Dict):
            return self._taken_from_dict(to, base, attr, arguments)
        if attr == "popleft":
            arguments = [build.constant(0)]
        if isinstance(base, gast.Name) and not arguments and base.id not in _names(to):
            return None
        last = build.constant(-1)
        dropped = self._dropped(base, arguments[0] if arguments else last)
        if dropped is None:
            return None
        *before, drop = dropped
        key = build.duplicate(drop.value.args[0]) if drop.value.args else last
        read = build.subscript(build.duplicate(base), key)
        if _names(to) & _names(base):
            name = self.fresh("popped")
            after = build.assign(to, build.load(name))
            return [*before, build.assign(name, read), drop, after]
        return [*before, build.assign(to, read), drop]

    # --- dicts ------------------------------------------------------------------------

    def _dict_method(self, base: Any, attr: str, call: Any) -> Block | None:
        match attr, call.args:
            case "update", [] | [_]:
                made = self._updated(base, call.args[0]) if call.args else []
                if made is None:
                    return None
                return made + [
                    build.assign(_at(base, build.constant(k.arg)), k.value)
                    for k in call.keywords
                    if k.arg is not None
                ]
            case "setdefault", [gast.Constant(value=key), value]:
                kind = self.kind_of(base)
                assert isinstance(kind, Dict)
                if kind.get(key) is not None:
                    return [gast.Pass()]
                return [build.assign(_at(base, build.constant(key)), value)]
        return None

    def _updated(self, base: Any, value: Any) -> Block | None:
        """`d.update(e)`: key by key."""
        kind = self.kind_of(value)
        if isinstance(value, gast.Dict) and None not in value.keys:
            pairs = zip(value.keys, value.values, strict=True)
            if all(isinstance(key, gast.Constant) for key in value.keys):
                before: Block = []
                steady = [(k, self._steady(v, before)) for k, v in pairs]
                return before + [build.assign(_at(base, k), v) for k, v in steady]
        if not isinstance(kind, Dict):
            return None
        before = []
        if not isinstance(value, gast.Name | gast.Subscript | gast.Attribute):
            name = self.fresh("entries")
            before.append(build.assign(name, value))
            value = build.load(name)
        return before + [
            build.assign(
                _at(base, build.constant(key)),
                build.subscript(build.duplicate(value), build.constant(key)),
            )
            for key, _ in kind.items
        ]

    def _taken_from_dict(
        self, to: Any, base: Any, attr: str, arguments: Block
    ) -> Block | None:
        kind = self.kind_of(base)
        match attr, arguments:
            case "setdefault", [gast.Constant(value=key), value]:
                assert isinstance(kind, Dict)
                read = build.subscript(build.duplicate(base), build.constant(key))
                first = [build.assign(_at(base, build.constant(key)), value)]
                known = kind.get(key) is not None
                return [*([] if known else first), build.assign(to, read)]
        return None

    def _builtin(self, name: str) -> Any:
        return self._static(getattr(builtins, name), name)

    def _static(self, value: Any, name: str) -> Any:
        """The name of an object that the program may not name yet."""
        statics: Any = self.program.statics
        for known, static in statics.items():
            if static is value:
                return build.load(known)
        made = self.fresh(name, hides_builtin=True)
        statics[made] = value
        return build.load(made)


def _at(base: Any, key: Any) -> Any:
    return build.subscript(build.duplicate(base), key)


def _append(base: Any, value: Any) -> Any:
    return gast.Expr(build.method(build.duplicate(base), "append", value))


def _names(node: Any) -> set[str]:
    return {n.id for n in walk(node) if isinstance(n, gast.Name)}


def _reads_container(node: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether an expression looks into a list or dict, which may be about to change."""
    return any(
        isinstance(n, gast.expr) and _is_container(kind_of(n)) for n in walk(node)
    )


def _is_last(key: Any) -> bool:
    match key:
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=1)):
            return True
        case _:
            return isinstance(key, gast.Constant) and key.value == -1


def _positions(nodes: list[Any]) -> set[str]:
    """The variables that only ever hold a place in a list, counted from its start."""
    found: set[str] = set()
    bound: list[str] = []
    for node in nodes:
        if node.__class__ is gast.Name:
            if isinstance(node.ctx, gast.Store):
                bound.append(node.id)
            continue
        match node:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.Subscript(value=places)
                | gast.Call(
                    func=gast.Name(id="len"), args=[gast.Subscript(value=places)]
                ),
            ) if _is_places(places):
                found.add(name)
    return {name for name in found if bound.count(name) == 1}


def _is_places(node: Any) -> bool:
    """Whether an expression is `range(len(…))`."""
    match node:
        case gast.Call(
            func=gast.Name(id="range"), args=[gast.Call(func=gast.Name(id="len"))]
        ):
            return True
        case _:
            return False
