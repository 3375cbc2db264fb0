"""The kind of every expression, given the kinds of names."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Mapping
from typing import Any, cast

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
from sourcediff.analysis.builtin_calls import zipped
from sourcediff.analysis.calls import Arguments, Ask, call_kind
from sourcediff.analysis.containers import LONGEST
from sourcediff.analysis.dims import INT
from sourcediff.analysis.effects import bound_names
from sourcediff.analysis.indexing import (
    NONE,
    as_static,
    is_hashable,
    item,
    iteration_item,
    slice_of,
)
from sourcediff.analysis.iterators import arranged_item, arranges
from sourcediff.analysis.memory import Memory, names_in
from sourcediff.ir import Program
from sourcediff.kinds import (
    DATA,
    UNKNOWN,
    UNSAID,
    Array,
    Dict,
    Kind,
    List,
    Scalar,
    Sequence,
    Static,
    present,
)
from sourcediff.trees import children

BOOL = Scalar(np.dtype(bool))

#: What takes all items of a generator expression before anything else happens.
_RUN_THROUGH = (sum, min, max, any, all, list, tuple, sorted)


class Evaluator(Memory):
    """Evaluates expressions on kinds, and notes the kind of each."""

    def __init__(
        self, program: Program, environment: Mapping[str, Kind], ask: Ask
    ) -> None:
        super().__init__(program, environment)
        self.ask = ask
        self.callees: dict[Any, Any] = {}
        self.receivers: dict[Any, tuple[Kind | None, Any]] = {}
        self.local_names: frozenset[str] = frozenset()
        # Names of generated code that nothing reads, but keeps, before they are bound.
        self.placeholders: set[str] = set()
        self._run_through: set[Any] = set()
        # Whether what is evaluated is never run.
        self.dead = False

    def kind(self, node: Any) -> Kind:
        """The kind of an expression, which is noted for it and its parts."""
        method = _METHODS.get(type(node))
        if method is None:
            for child in children(node):
                if isinstance(child, gast.expr):
                    self.kind(child)
            found: Kind = UNKNOWN
        else:
            found = method(self, node)
        self.kinds[node] = found
        return found

    def kept(self, node: Any, kind: Kind) -> Kind:
        """The kind of what is put into a list, where it may have no value yet."""
        unbound = isinstance(node, gast.Name) and node.id not in self.env
        return Static(None) if unbound and node.id in self.placeholders else kind

    # --- names and attributes -----------------------------------------------------

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
        found = member(present(self.kind(node.value)), node.attr)
        self.receivers[node] = found.receiver, found.function
        self.callees[node] = found.function
        if found.function is None and isinstance(found.kind, Static):
            self.callees[node] = found.kind.value
        if isinstance(found.function, property) and found.receiver is not None:
            return self._property(found.function.fget, found.receiver)
        return found.kind

    def _property(self, getter: Any, owner: Kind) -> Kind:
        """The kind of what a property of a user's class comes to."""
        if not isinstance(getter, types.FunctionType) or self.dead:
            return UNKNOWN
        answer: Any = self.ask(getter, (owner,), {})
        return cast(Kind, getattr(answer, "kind", answer))

    def _constant(self, node: Any) -> Kind:
        return Static(node.value)

    # --- operators ----------------------------------------------------------------

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

    # --- displays -----------------------------------------------------------------

    def _tuple(self, node: Any) -> Kind:
        return self._sequence(node, tuple)

    def _list(self, node: Any) -> Kind:
        return self._sequence(node, list)

    def _set(self, node: Any) -> Kind:
        return List(join_all([self.kind(element) for element in node.elts]), set)

    def _sequence(self, node: Any, type_: type) -> Kind:
        """The kind of a display; of how many elements is not known of all stars."""
        items: list[Kind] = []
        exact = True
        for element in node.elts:
            kind = self.kind(element)
            if not isinstance(element, gast.Starred):
                items.append(kind)
            elif isinstance(kind, Sequence):
                items.extend(kind.items)
            elif isinstance(kind, List) and kind.item is None:
                continue
            else:
                items.append(iteration_item(kind))
                exact = False
        if exact and (items or type_ is tuple) and len(items) <= LONGEST:
            return Sequence(type_, tuple(items))
        return List(join_all(items), type_)

    def _dict(self, node: Any) -> Kind:
        pairs: dict[Any, Kind] | None = {}
        for key, value in zip(node.keys, node.values, strict=True):
            known = Static(None) if key is None else as_static(self.kind(key))
            kind = self.kind(value)
            if pairs is None:
                continue
            if key is None and isinstance(kind, Dict):
                pairs.update(kind.items)
            elif (
                key is not None
                and isinstance(known, Static)
                and is_hashable(known.value)
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
        mutations, before = self.mutations, self.env
        kind = self._comprehension(node)
        if mutations == self.mutations:
            return List(kind)
        # Each round may change what the next one reads.
        self.env = before
        self.forget(names_in(node))
        self._comprehension(node)
        return List(UNKNOWN)

    def _comprehension(self, node: Any) -> Kind:
        outer = self.env
        for generator in node.generators:
            self.kind(generator.iter)
            self.bind(generator.target, self.item_of(generator.iter), generator.iter)
            for test in generator.ifs:
                self.kind(test)
        kind = self.kind(node.elt)
        self._leave(outer, {n for g in node.generators for n in bound_names(g.target)})
        return kind

    def _generator_exp(self, node: Any) -> Kind:
        if node in self._run_through:
            return self._list_comp(node)
        # It runs later, when names may be bound to something else.
        noted = self.kinds, self.callees, self.receivers
        self.kinds, self.callees = dict(self.kinds), dict(self.callees)
        self.receivers = dict(self.receivers)
        self._list_comp(node)
        self.kinds, self.callees, self.receivers = noted
        return UNKNOWN

    def _leave(self, outer: dict[str, Kind], bound: set[str]) -> None:
        """Leave a scope: its own names become again what they were outside."""
        env = {name: kind for name, kind in self.env.items() if name not in bound}
        env.update({name: outer[name] for name in bound if name in outer})
        self.env = env

    # --- subscripts, calls --------------------------------------------------------

    def _subscript(self, node: Any) -> Kind:
        value = present(self.kind(node.value))
        return DATA if value == DATA else item(value, self.kind(node.slice))

    def _slice(self, node: Any) -> Kind:
        return slice_of(
            *(
                NONE if part is None else self.kind(part)
                for part in (node.lower, node.upper, node.step)
            )
        )

    def _call(self, node: Any) -> Kind:
        if node.args and isinstance(node.args[0], gast.GeneratorExp):
            function = self.kind(node.func)
            if isinstance(function, Static) and any(
                function.value is f for f in _RUN_THROUGH
            ):
                self._run_through.add(node.args[0])
        kind = call_kind(self, node)
        called = self.callees.get(node)
        if len(node.args) == 1 and isinstance(node.args[0], gast.Call):
            # `list(enumerate(…))`: of what iterating gives.
            if called in (builtins.list, builtins.sorted) and isinstance(kind, List):
                return List(self.item_of(node.args[0]))
            if called is builtins.tuple and kind in UNSAID:
                return List(self.item_of(node.args[0]), tuple)
            if called is builtins.dict and kind in UNSAID:
                pairs = node.args[0]
                if self.callees.get(pairs) is builtins.zip and len(pairs.args) == 2:
                    return zipped(*(self.kinds[a] for a in pairs.args))
        return kind

    def local_call(self, function: Any, node: Any, given: Arguments) -> Kind:
        """The kind of a call of a function that is defined inside this one."""
        raise NotImplementedError

    # --- iteration ----------------------------------------------------------------

    def item_of(self, node: Any) -> Kind:
        """The kind of what iterating over an expression gives, whose kind is noted."""
        kind = self.kinds[node]
        if not isinstance(node, gast.Call):
            return iteration_item(kind)
        if any(isinstance(argument, gast.Starred) for argument in node.args):
            return self._item_of_spread(node)
        match self.callees.get(node):
            case builtins.zip:
                return Sequence(tuple, tuple(map(self.item_of, node.args)))
            case builtins.enumerate if len(node.args) in (1, 2):
                return Sequence(tuple, (Scalar(INT), self.item_of(node.args[0])))
            case builtins.reversed | builtins.sorted if len(node.args) == 1:
                return self.item_of(node.args[0])
            case function if arranges(function):
                items = tuple(map(self.item_of, node.args))
                return arranged_item(function, items, tuple(map(self.kind, node.args)))
        return self._view_item(node) or iteration_item(kind)

    def _item_of_spread(self, node: Any) -> Kind:
        """The kind of what `np.ndindex(*shape)` and the like give."""
        function, kinds = self.callees.get(node), [self.kinds[a] for a in node.args]
        if len(kinds) != 1 or not isinstance(kinds[0], Sequence):
            return UNKNOWN
        given = kinds[0].items
        items = tuple(map(iteration_item, given))
        return arranged_item(function, items, given) if arranges(function) else UNKNOWN

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
    gast.Set: Evaluator._set,
    gast.Dict: Evaluator._dict,
    gast.Starred: Evaluator._starred,
    gast.Lambda: lambda evaluator, node: evaluator._lambda(node),
    gast.ListComp: Evaluator._list_comp,
    gast.GeneratorExp: Evaluator._generator_exp,
    gast.Subscript: Evaluator._subscript,
    gast.Slice: Evaluator._slice,
    gast.Call: Evaluator._call,
}
