"""Loops over few keys of dicts, functions or objects, written out trip by trip."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.scopes import bound_names
from sourcediff.ir import Program
from sourcediff.kinds import Dict, Kind, Record, Sequence, Static, Unknown
from sourcediff.trees import Rewriter, statements_in, walk

#: Loops with more trips stay loops.
MOST = 32

_FOLDED = {gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul}
_COMPARED = {
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
}


def unroll_keys(
    program: Program,
    kind_of: Callable[[Any], Kind],
    given: Mapping[str, Kind] | None = None,
) -> bool:
    r"""Repeat the bodies of loops whose variable is the key of a store into a dict.

    So it goes for loops over the places of functions, or of objects of several classes.
    Dicts are known entry by entry, so `for k in ("a", "b"): d[k] = k * x` becomes
    `d["a"] = …` and `d["b"] = …`. The tree is the caller's to change; the answer is
    whether it was.

    >>> from sourcediff.ir import Origin
    >>> text = "def f(x):\n    d = {}\n    for k in (1, 2):\n        d[k] = x"
    >>> tree = gast.parse(text)
    >>> program = Program(None, tree.body[0], Origin("", 1, ()), {})
    >>> unroll_keys(program, lambda node: Unknown())
    True
    >>> print(gast.unparse(program.node).strip())
    def f(x):
        d = {}
        d[1] = x
        d[2] = x
        k = 2
    """
    unroller = _Unroller(program, kind_of, given or {})
    program.node.body = build.rewrite(program.node.body, unroller.change)
    return unroller.changed


def fold_keys(nodes: Iterable[Any], kind_of: Callable[[Any], Kind]) -> bool:
    """Write the constants that keys of dicts stand for, such as `d[len(a), 0]`.

    Returns whether there were any; the tree is the caller's to change.
    """
    changed = False
    for node in nodes:
        if node.__class__ is not gast.Subscript or not isinstance(
            kind_of(node.value), Dict
        ):
            continue
        key = node.slice
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        known = [_constant_key(part, kind_of) for part in parts]
        if None in known or all(isinstance(p, gast.Constant) for p in parts):
            continue
        node.slice = gast.Tuple(known, gast.Load()) if key is not parts[0] else known[0]
        changed = True
    return changed


def _constant_key(node: Any, kind_of: Callable[[Any], Kind]) -> Any:
    """The constant that a part of a key stands for, or None."""
    kind = kind_of(node)
    if not isinstance(kind, Static) or type(kind.value) not in (int, str):
        return None
    if any(isinstance(n, gast.NamedExpr) for n in walk(node)):
        return None
    return build.place(build.constant(kind.value), node)


class _Unroller:
    def __init__(
        self,
        program: Program,
        kind_of: Callable[[Any], Kind],
        given: Mapping[str, Kind],
    ) -> None:
        self._program = program
        self.kind_of = kind_of
        self._given = given
        self.changed = False

    @functools.cached_property
    def dicts(self) -> set[str]:
        """The variables that stand for dicts that are written out."""
        return {
            target.id
            for node in statements_in(self._program.node)
            if isinstance(node, gast.Assign) and isinstance(node.value, gast.Dict)
            for target in node.targets
            if isinstance(target, gast.Name)
        }

    def change(self, node: Any) -> list[Any]:
        """The statements in the place of one."""
        if not isinstance(node, gast.For):
            return [node]
        if (several := self._over_several(node)) is not None:
            self.changed = True
            return several
        name, source, first = self._parts(node)
        keys = name and self._keys(source)
        body = [*first, *node.body]
        if not keys or len(keys) > MOST or not self._is_wanted(node, body, name, keys):
            return [node]
        self.changed = True
        build.place_all(first, node)
        made = [
            part
            for key in keys
            for statement in body
            for part in _decided(_Put(name, key).visit(build.duplicate(statement)))
        ]
        last = build.place(build.assign(name, build.constant(keys[-1])), node)
        return [*made, last]

    def _over_several(self, node: Any) -> list[Any] | None:
        """`for f in fs` of functions, or objects of several classes, trip by trip."""
        stays = isinstance(_base(node.iter), gast.Name)
        places = stays and len(self._several(node.iter))
        if not places or places > MOST or not _is_plain(node):
            return None
        made = []
        for place in range(places):
            part = build.subscript(build.duplicate(node.iter), build.constant(place))
            first = build.assign(build.duplicate(node.target), part)
            body = [first, *map(build.duplicate, node.body)]
            made += build.place_all(body[:1], node) + body[1:]
        return made

    def _parts(self, node: Any) -> tuple[str, Any, list[Any]]:
        """The variable for the key, what has the keys, and how a trip begins."""
        match node.target, node.iter:
            case gast.Name(id=name), source:
                return name, source, []
            case (
                gast.Tuple(elts=[gast.Name(id=name), value]),
                gast.Call(
                    func=gast.Attribute(value=gast.Name() as source, attr="items"),
                    args=[],
                ),
            ):
                entry = build.subscript(build.duplicate(source), build.load(name))
                return name, source, [build.assign(value, entry)]
        return "", None, []

    def _keys(self, iterable: Any) -> list[Any] | None:
        """The constants that a loop runs over, if that is what it does."""
        match iterable:
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                if all(isinstance(e, gast.Constant) for e in elements):
                    return [e.value for e in elements]
                return None
            case gast.Call(func=gast.Attribute(value=inner, attr="keys"), args=[]):
                return self._keys(inner)
            case gast.Call(func=gast.Name() as function, args=[inner], keywords=[]):
                kind = self.kind_of(function)
                known = kind.value if isinstance(kind, Static) else None
                if known in (list, tuple, sorted):
                    keys = self._keys(inner)
                    return sorted(keys) if keys and known is sorted else keys
        kind = self.kind_of(iterable)
        match kind:
            case Dict(items=items):
                return [key for key, _ in items]
            case Record(type=t, fields=fields) if t is range:
                bounds: list[Any] = [
                    k.value if isinstance(k, Static) else None for _, k in fields
                ]
                if all(isinstance(bound, int) for bound in bounds) and bounds[2]:
                    return list(range(*map(int, bounds))[: MOST + 1])
        return None

    def _is_wanted(
        self, loop: Any, body: list[Any], name: str, keys: list[Any]
    ) -> bool:
        inside = [n for statement in body for n in walk(statement)]
        if not _is_plain(loop) or name in _rebound(body):
            return False
        if len({type(key) for key in keys}) > 1:
            return True
        if any(self._picks(n, name) for n in inside):
            return True
        return any(
            isinstance(n, gast.Subscript)
            and isinstance(n.ctx, gast.Store)
            and name in {m.id for m in walk(n.slice) if isinstance(m, gast.Name)}
            and self._is_dict(n.value)
            for n in inside
        )

    def _picks(self, node: Any, name: str) -> bool:
        """Whether a node is one of several functions, or objects of several classes."""
        match node:
            case gast.Subscript(value=holder, slice=gast.Name(id=key)) if key == name:
                return bool(self._several(holder))
            case _:
                return False

    def _several(self, holder: Any) -> tuple[Kind, ...]:
        """The kinds in a list or dict of functions, or objects of several classes."""
        kind = self._first_kind(holder)
        items = kind.items if isinstance(kind, Sequence) else ()
        if isinstance(kind, Dict):
            items = tuple(item for _, item in kind.items)
        parts = [i for k in items for i in (k.items if _is_tuple(k) else (k,))]  # type: ignore[union-attr]
        classes = {k.type for k in parts if isinstance(k, Record)}
        functions = (k for k in parts if isinstance(k, Static) and callable(k.value))
        return items if len(classes) > 1 or any(functions) else ()

    def _first_kind(self, holder: Any) -> Kind:
        """The kind of a container that is only read from, before anything is called."""
        base = _base(holder)
        if not isinstance(base, gast.Name) or base.id in self._changed:
            return self.kind_of(holder)
        made = self._bound.get(base.id, [])
        kind = self._given.get(base.id)
        if len(made) == 1 and kind is None:
            kind = self.kind_of(made[0])
        if kind is None or (made and base.id in self._given):
            return self.kind_of(holder)
        return self._field(kind, holder)

    def _field(self, kind: Kind, holder: Any) -> Kind:
        if not isinstance(holder, gast.Attribute):
            return kind
        outer = self._field(kind, holder.value)
        found = outer.get(holder.attr) if isinstance(outer, Record) else None
        return Unknown() if found is None else found

    @functools.cached_property
    def _bound(self) -> dict[str, list[Any]]:
        """What names are bound to by plain assignments."""
        found: dict[str, list[Any]] = {}
        for node in statements_in(self._program.node):
            if isinstance(node, gast.Assign):
                for target in node.targets:
                    if isinstance(target, gast.Name):
                        found.setdefault(target.id, []).append(node.value)
        return found

    @functools.cached_property
    def _changed(self) -> set[str]:
        """The names of what may be another container, or hold other things, later.

        Those are all that are read otherwise than by their elements and attributes.
        """
        nodes = walk(self._program.node)
        plain = set()
        for node in nodes:
            match node:
                case gast.Subscript(value=holder, ctx=gast.Load()):
                    plain.add(id(_base(holder)))
                case gast.For(iter=holder):
                    plain.add(id(_base(holder)))
                case gast.Call(func=gast.Name(id="len"), args=[holder]):
                    plain.add(id(_base(holder)))
        names = [n for n in nodes if isinstance(n, gast.Name)]
        return {
            n.id for n in names if isinstance(n.ctx, gast.Load) and id(n) not in plain
        }

    def _is_dict(self, node: Any) -> bool:
        kind = self.kind_of(node)
        if isinstance(kind, Dict):
            return True
        named = isinstance(node, gast.Name) and node.id in self.dicts
        return named and isinstance(kind, Unknown)


def _is_plain(loop: Any) -> bool:
    """Whether a loop runs to its end, and that is all."""
    nodes = (n for statement in loop.body for n in walk(statement))
    stops = any(isinstance(n, gast.Break | gast.Continue) for n in nodes)
    return not loop.orelse and not stops


def _base(node: Any) -> Any:
    """The variable of which a node is an attribute, or one of an attribute."""
    while isinstance(node, gast.Attribute):
        node = node.value
    return node


def _is_tuple(kind: Kind) -> bool:
    return isinstance(kind, Sequence) and kind.type is tuple


def _rebound(body: list[Any]) -> set[str]:
    holder = gast.FunctionDef("", _NO_ARGUMENTS, body, [], None, None, [])
    return bound_names(holder)


_NO_ARGUMENTS = gast.arguments([], [], None, [], [], None, [])


class _Put(Rewriter):
    """Puts a constant for a name, and works out what follows from it."""

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    def visit_Name(self, node: Any) -> Any:
        """The constant in the place of the name."""
        if node.id != self.name:
            return node
        return gast.copy_location(build.constant(self.value), node)

    def visit_BinOp(self, node: Any) -> Any:
        """The value of arithmetic of integers."""
        self.generic_visit(node)
        match node:
            case gast.BinOp(
                left=gast.Constant(value=int(a)), right=gast.Constant(value=int(b))
            ) if type(node.op) in _FOLDED:
                made = build.constant(_FOLDED[type(node.op)](a, b))
                return gast.copy_location(made, node)
        return node

    def visit_Compare(self, node: Any) -> Any:
        """What a comparison of constants comes to."""
        self.generic_visit(node)
        match node:
            case gast.Compare(
                left=gast.Constant(value=int(a) | str(a)),
                ops=[operation],
                comparators=[gast.Constant(value=int(b) | str(b))],
            ) if type(operation) in _COMPARED and type(a) is type(b):
                made = build.constant(_COMPARED[type(operation)](a, b))
                return gast.copy_location(made, node)
        return node


def _decided(statement: Any) -> list[Any]:
    """A statement, or the branch that is taken for certain."""
    if not isinstance(statement, gast.If):
        return [statement]
    if not isinstance(statement.test, gast.Constant):
        statement.body = [p for s in statement.body for p in _decided(s)]
        statement.orelse = [p for s in statement.orelse for p in _decided(s)]
        return [statement]
    taken = statement.body if statement.test.value else statement.orelse
    return [part for inner in taken for part in _decided(inner)]
