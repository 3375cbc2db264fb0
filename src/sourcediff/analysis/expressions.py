"""The kind of every expression, given the kinds of names."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.arithmetic import (
    BINARY,
    COMPARE,
    UNARY,
    as_array,
    binary,
    compare,
    elements,
    identical,
    join_all,
    unary,
)
from sourcediff.analysis.attributes import member
from sourcediff.analysis.calls import Arguments, Ask, call_kind
from sourcediff.analysis.containers import Regions, forgotten, holds, weakened
from sourcediff.analysis.dims import INT
from sourcediff.analysis.indexing import item, iteration_item, slice_of, with_item
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
)
from sourcediff.analysis.effects import bound_names

BOOL = Scalar(np.dtype(bool))


class Evaluator:
    """Evaluates expressions on kinds; `env` holds the kinds of names, copied on write."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        self.program = program
        self.ask = ask
        self.env: dict[str, Kind] = dict(environment)
        self.kinds: dict[Any, Kind] = {}
        self.callees: dict[Any, Any] = {}
        self.receivers: dict[Any, tuple[Kind | None, Any]] = {}
        self.regions = Regions()
        self.changes = False
        self.local_names: frozenset[str] = frozenset()
        # Names whose containers others see, and names that others may rebind.
        self.visible: frozenset[str] = frozenset()
        self.poisoned: frozenset[str] = frozenset()

    def kind(self, node: Any) -> Kind:
        """The kind of an expression, which is noted for it and its parts."""
        method = _METHODS.get(type(node))
        if method is None:
            for child in gast.iter_child_nodes(node):
                if isinstance(child, gast.expr):
                    self.kind(child)
            found: Kind = UNKNOWN
        else:
            found = method(self, node)
        self.kinds[node] = found
        return found

    # --- names and attributes -------------------------------------------------------

    def _name(self, node: Any) -> Kind:
        found = self.env.get(node.id)
        if found is not None:
            return found
        if node.id in self.program.statics:
            return Static(self.program.statics[node.id])
        if node.id in self.program.data or node.id in self.local_names:
            return UNKNOWN
        value = getattr(builtins, node.id, None)
        return UNKNOWN if value is None else Static(value)

    def _attribute(self, node: Any) -> Kind:
        found = member(self.kind(node.value), node.attr)
        self.receivers[node] = found.receiver, found.function
        self.callees[node] = found.function
        if found.function is None and isinstance(found.kind, Static):
            self.callees[node] = found.kind.value
        return found.kind

    def _constant(self, node: Any) -> Kind:
        return Static(node.value)

    # --- operators ----------------------------------------------------------------------

    def _bin_op(self, node: Any) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        return binary(BINARY[type(node.op)], left, right)

    def _unary_op(self, node: Any) -> Kind:
        return unary(UNARY[type(node.op)], self.kind(node.operand))

    def _bool_op(self, node: Any) -> Kind:
        kinds: list[Kind] = []
        stop = isinstance(node.op, gast.Or)
        for value in node.values:
            kind = self.kind(value)
            known = truth(kind)
            if known is None or known is stop or value is node.values[-1]:
                kinds.append(kind)
            if known is stop:
                break
        return join_all(kinds) or UNKNOWN

    def _compare(self, node: Any) -> Kind:
        left = self.kind(node.left)
        results = []
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.kind(comparator)
            results.append(self._comparison(op, left, right))
            left = right
        return join_all(results) or UNKNOWN

    def _comparison(self, op: Any, left: Kind, right: Kind) -> Kind:
        match op:
            case gast.Is():
                return identical(left, right)
            case gast.IsNot():
                return unary(UNARY[gast.Not], identical(left, right))
            case gast.In():
                return _contains(left, right)
            case gast.NotIn():
                return unary(UNARY[gast.Not], _contains(left, right))
            case _:
                function = COMPARE[type(op)]
                if any(isinstance(k, Sequence | List) for k in (left, right)) and any(
                    isinstance(k, Array) for k in (left, right)
                ):
                    left, right = as_array(left), as_array(right)
                return compare(function, left, right)

    def _if_exp(self, node: Any) -> Kind:
        known = truth(self.kind(node.test))
        if known is not None:
            return self.kind(node.body if known else node.orelse)
        return join_all((self.kind(node.body), self.kind(node.orelse))) or UNKNOWN

    def _named_expr(self, node: Any) -> Kind:
        found = self.kind(node.value)
        self.bind(node.target, found, node.value)
        return found

    # --- displays --------------------------------------------------------------------------

    def _tuple(self, node: Any) -> Kind:
        items = self._items(node)
        return UNKNOWN if items is None else Sequence(tuple, items)

    def _list(self, node: Any) -> Kind:
        items = self._items(node)
        if items is None:
            return List(UNKNOWN)
        return Sequence(list, items) if items else List(None)

    def _items(self, node: Any) -> tuple[Kind, ...] | None:
        items: list[Kind] | None = []
        for element in node.elts:
            kind = self.kind(element)
            if items is None:
                continue
            if not isinstance(element, gast.Starred):
                items.append(kind)
            elif isinstance(kind, Sequence):
                items.extend(kind.items)
            else:
                items = None
        return None if items is None else tuple(items)

    def _dict(self, node: Any) -> Kind:
        pairs: dict[Any, Kind] | None = {}
        for key, value in zip(node.keys, node.values, strict=True):
            known = Static(None) if key is None else self.kind(key)
            kind = self.kind(value)
            if pairs is None:
                continue
            if key is None and isinstance(kind, Dict):
                pairs.update(kind.items)
            elif (
                key is not None
                and isinstance(known, Static)
                and isinstance(known.value, str | int | float | bytes | None)
            ):
                pairs[known.value] = kind
            else:
                pairs = None
        return UNKNOWN if pairs is None else Dict(tuple(pairs.items()))

    def _starred(self, node: Any) -> Kind:
        return self.kind(node.value)

    def _lambda(self, node: Any) -> Kind:
        raise NotImplementedError

    def _list_comp(self, node: Any) -> Kind:
        outer = self.env
        for generator in node.generators:
            self.bind(generator.target, self.item_of(generator.iter), generator.iter)
            for test in generator.ifs:
                self.kind(test)
        kind = self.kind(node.elt)
        self._leave(outer, {n for g in node.generators for n in bound_names(g.target)})
        return List(kind)

    def _generator_exp(self, node: Any) -> Kind:
        self._list_comp(node)
        return UNKNOWN

    def _leave(self, outer: dict[str, Kind], bound: set[str]) -> None:
        """Leave a scope: its own names become again what they were outside."""
        env = {name: kind for name, kind in self.env.items() if name not in bound}
        env.update({name: outer[name] for name in bound if name in outer})
        self.env = env

    # --- subscripts, calls ---------------------------------------------------------------------

    def _subscript(self, node: Any) -> Kind:
        value = self.kind(node.value)
        return item(value, self.kind(node.slice))

    def _slice(self, node: Any) -> Kind:
        return slice_of(
            *(
                Static(None) if part is None else self.kind(part)
                for part in (node.lower, node.upper, node.step)
            )
        )

    def _call(self, node: Any) -> Kind:
        return call_kind(self, node)

    def local_call(self, function: Any, node: Any, given: Arguments) -> Kind:
        """The kind of a call of a function that is defined inside this one."""
        raise NotImplementedError

    # --- iteration ----------------------------------------------------------------------------

    def item_of(self, node: Any) -> Kind:
        """The kind of what iterating over an expression gives."""
        kind = self.kind(node)
        if isinstance(node, gast.Call) and not node.keywords:
            kinds = [self.kinds[a] for a in node.args]
            match self.callees.get(node):
                case builtins.zip:
                    return Sequence(tuple, tuple(map(self._item, node.args)))
                case builtins.enumerate if len(kinds) in (1, 2):
                    inner = self._item(node.args[0])
                    return Sequence(tuple, (Scalar(INT), inner))
                case builtins.reversed | builtins.sorted if len(kinds) == 1:
                    return self._item(node.args[0])
            return self._view_item(node) or iteration_item(kind)
        return iteration_item(kind)

    def _item(self, node: Any) -> Kind:
        """`item_of` an expression whose kind is noted already."""
        if isinstance(node, gast.Call):
            return self.item_of(node)
        return iteration_item(self.kinds[node])

    def _view_item(self, node: Any) -> Kind | None:
        """The kind of the items of `d.items()` and the like."""
        if not isinstance(node.func, gast.Attribute) or node.args:
            return None
        receiver = self.kinds.get(node.func.value)
        if not isinstance(receiver, Dict) or not receiver.items:
            return None
        keys = join_all([Static(key) for key, _ in receiver.items]) or UNKNOWN
        values = join_all([kind for _, kind in receiver.items]) or UNKNOWN
        match node.func.attr:
            case "items":
                return Sequence(tuple, (keys, values))
            case "values":
                return values
            case "keys":
                return keys
            case _:
                return None

    # --- binding and changing ---------------------------------------------------------------------

    def bind(self, target: Any, kind: Kind, source: Any) -> None:
        """Give a target a kind; `source` is the expression that the value came from."""
        match target:
            case gast.Name(id=name):
                if name in self.poisoned:
                    kind = UNKNOWN
                self.kinds[target] = kind
                self.env = {**self.env, name: kind}
                if holds(kind):
                    self.unite([name, *names_in(source)])
            case gast.Tuple() | gast.List():
                self.kinds[target] = kind
                self._bind_parts(target.elts, kind, source)
            case gast.Starred(value=value):
                self.bind(value, UNKNOWN, source)
            case gast.Subscript() | gast.Attribute():
                self.store(target, kind, source)

    def _bind_parts(self, targets: list[Any], kind: Kind, source: Any) -> None:
        raise NotImplementedError

    def unite(self, names: Iterable[str]) -> None:
        """Note that the containers of names may be the same."""
        env = self.env
        self.regions.unite(n for n in names if n in env and holds(env[n]))

    def _group(self, names: Iterable[str]) -> list[str]:
        """The names that may reach a container of the given ones."""
        env, find = self.env, self.regions.find
        roots = {find(n) for n in names if n in env and holds(env[n])}
        group = [n for n in env if find(n) in roots] if roots else []
        if any(n in self.visible for n in group):
            self.changes = True
        return group

    def forget(self, names: Iterable[str]) -> None:
        """Any container that the names reach may have been changed at will."""
        group = self._group((*names, *self.program.data))
        if group:
            self.env = {**self.env, **{n: forgotten(self.env[n]) for n in group}}

    def store(self, target: Any, kind: Kind, source: Any) -> None:
        """Store a value of a kind into `x[k]` or `x.a`."""
        container = self.kind(target.value)
        if isinstance(target, gast.Subscript):
            after = with_item(container, self.kind(target.slice), kind)
        else:
            after = self._with_field(container, target.attr, kind)
        if holds(kind):
            self.unite((*names_in(target.value), *names_in(source)))
        if after is None:
            self.forget(names_in(target.value))
        elif after != container:
            self.assign_into(target.value, container, after)
        is_array = isinstance(target, gast.Subscript) and isinstance(container, Array)
        self.kinds[target] = item(container, self.kinds[target.slice]) if is_array else kind

    def _with_field(self, container: Kind, name: str, kind: Kind) -> Kind | None:
        if isinstance(container, Array):
            self._reshape_arrays(name)
            return container
        if not isinstance(container, Record):
            return None
        plain = container.type.__setattr__ is object.__setattr__ and not isinstance(
            getattr(container.type, name, None), property
        )
        if not plain:
            return None
        return Record(
            container.type, tuple({**dict(container.fields), name: kind}.items())
        )

    def _reshape_arrays(self, name: str) -> None:
        """After `x.shape = …` no array's sizes are known, as views of x change too."""

        def change(kind: Kind) -> Kind:
            if not isinstance(kind, Array) or name in ("real", "imag", "flat"):
                return kind
            return Array(kind.dtype) if name in ("shape", "strides") else UNKNOWN

        self.env = {n: change(k) for n, k in self.env.items()}

    def assign_into(self, node: Any, old: Kind, new: Kind) -> None:
        """The container that an expression denotes was `old` and is `new` now."""
        group = self._group(names_in(node))
        if not isinstance(node, gast.Name | gast.Subscript | gast.Attribute):
            self.forget(group)
            return
        self._replace(node, new)
        if not isinstance(node, gast.Name) or len(group) > 1:
            only = node.id if isinstance(node, gast.Name) else None
            changed = {
                n: weakened(self.env[n], old, new) for n in group if n != only
            }
            self.env = {**self.env, **changed}

    def _replace(self, node: Any, new: Kind) -> None:
        """Let the container that an expression denotes have another kind."""
        if isinstance(node, gast.Name):
            self.env = {**self.env, node.id: new}
            return
        outer = self.kinds.get(getattr(node, "value", None), UNKNOWN)
        after: Kind | None = None
        if isinstance(node, gast.Subscript):
            after = with_item(outer, self.kinds.get(node.slice, UNKNOWN), new)
        elif isinstance(node, gast.Attribute):
            after = self._with_field(outer, node.attr, new)
        if after is None:
            self.forget(names_in(node))
        elif after != outer:
            self._replace(node.value, after)


def truth(kind: Kind) -> bool | None:
    """Whether a value is true, if its kind tells.

    >>> truth(Static(None)), truth(Static("a")), truth(UNKNOWN)
    (False, True, None)
    """
    if isinstance(kind, Static) and isinstance(
        kind.value, bool | int | float | str | None
    ):
        return bool(kind.value)
    return None


def names_in(node: Any) -> list[str]:
    """The names that an expression reads."""
    if isinstance(node, gast.Name):
        return [node.id]
    return [part.id for part in gast.walk(node) if isinstance(part, gast.Name)]


def _contains(left: Kind, right: Kind) -> Kind:
    if isinstance(left, Static) and isinstance(left.value, str):
        if isinstance(right, Dict):
            return Static(right.get(left.value) is not None)
        parts = elements(right)
        if isinstance(right, Sequence) and all(
            isinstance(p, Static) and isinstance(p.value, str) for p in parts
        ):
            return Static(left in parts)
    return BOOL


_METHODS: dict[type, Callable[[Evaluator, Any], Kind]] = {
    gast.Name: Evaluator._name,
    gast.Attribute: Evaluator._attribute,
    gast.Constant: Evaluator._constant,
    gast.BinOp: Evaluator._bin_op,
    gast.UnaryOp: Evaluator._unary_op,
    gast.BoolOp: Evaluator._bool_op,
    gast.Compare: Evaluator._compare,
    gast.IfExp: Evaluator._if_exp,
    gast.NamedExpr: Evaluator._named_expr,
    gast.Tuple: Evaluator._tuple,
    gast.List: Evaluator._list,
    gast.Dict: Evaluator._dict,
    gast.Starred: Evaluator._starred,
    gast.Lambda: lambda evaluator, node: evaluator._lambda(node),
    gast.ListComp: Evaluator._list_comp,
    gast.GeneratorExp: Evaluator._generator_exp,
    gast.Subscript: Evaluator._subscript,
    gast.Slice: Evaluator._slice,
    gast.Call: Evaluator._call,
}
