"""A cotangent pushed down an expression by the rules, to the variables it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff import runtime
from sourcediff.analysis.written_text import READ_FROM_TEXT, writes_text
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Unknown,
)
from sourcediff.rules import Rule, lookup
from sourcediff.transform import expand, rule_texts
from sourcediff.transform.access import Access, Wholes, is_pop, locate, static_key
from sourcediff.transform.application import Application
from sourcediff.transform.binding import Unbindable, bind, require_numbers
from sourcediff.transform.build import (
    call,
    clone,
    const,
    key_argument,
    subscript,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    of_expression,
)
from sourcediff.transform.distinct import is_distinct
from sourcediff.transform.filling import filled
from sourcediff.transform.operators import operation
from sourcediff.transform.product import Product, factor_out
from sourcediff.transform.refused import NoRule, Refused
from sourcediff.transform.structures import part_of, push_joined, push_structure
from sourcediff.transform.sums import Sums
from sourcediff.transform.texts import sum_of_axes
from sourcediff.transform.unruled import require_rule, unknown_call

#: Scalar operations up to which an index is computed again rather than named.
INDEX_COST = 2


#: Functions whose derivative knows lists of numbers.
_TAKING_LISTS = (np.array, np.asarray, sum, max, min, runtime.add)


@dataclass
class Contribution:
    """A cotangent that arrives at a variable, or at elements of it.

    `popped`: at the element that was taken off the end of a list.
    """

    access: Access
    cotangent: Cotangent
    kind: Kind
    distinct: bool = True
    popped: bool = False


@dataclass(kw_only=True)
class Pull(Sums):
    """What the adjoint of one expression consists of.

    `is_active` answers for nodes of the primal; `whole` names structures whose
    cotangent is one structure.
    """

    is_active: Callable[[Any], bool]
    whole: Wholes
    contributions: list[Contribution] = field(default_factory=list)
    split: bool = False
    defined: dict[str, Any] = field(default_factory=dict)

    # --- down the tree ------------------------------------------------------------

    def push(self, node: Any, cotangent: Cotangent) -> None:
        """Push the cotangent of a node to the variables that the node reads."""
        if not self.is_active(node):
            return
        if cotangent.parts is None and cotangent.product.coefficient == 0:
            return
        if writes_text(node, self.callee):
            raise Refused(node, READ_FROM_TEXT)
        access = locate(node, self.kind_of, self.whole)
        if access is not None and self._reaches(access, node):
            self._contribute(access, cotangent, node)
            return
        if cotangent.parts is not None and isinstance(self.kind_of(node), Array):
            self.push(node, self._stacked(cotangent.parts, node))
            return
        match node:
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                self.push_display(elements, cotangent)
            case gast.Dict(keys=keys, values=values):
                self.push_display(values, cotangent, keys)
            case gast.BinOp() if isinstance(self.kind_of(node), (List, Sequence)):
                push_joined(self, node, cotangent)
            case gast.BinOp() | gast.UnaryOp():
                function, operands = operation(node)
                self.apply(node, function, operands, {}, cotangent)
            case gast.Subscript(value=value, slice=key):
                self._push_subscript(node, value, key, cotangent)
            case gast.Call():
                self._push_call(node, cotangent)
            case gast.Attribute(value=value):
                function = self.callee(node)
                kind = self.kind_of(value)
                if function is None and isinstance(kind, Record):
                    fields = [key for key, _ in kind.fields]
                    parts = tuple(cotangent if f == node.attr else None for f in fields)
                    self.push(value, Cotangent(Product(), True, parts))
                    return
                if function is None:
                    raise Refused(node, "the type of this object is not known")
                self.apply(node, function, [value], {}, cotangent)
            case _:
                raise Refused(node, "this expression is outside the language")

    def _reaches(self, access: Access, node: Any) -> bool:
        """Whether the cotangent of a chain of subscripts is one of the base's views."""
        while len(access.keys) > 1:
            node = node.value
            if not isinstance(node, gast.Subscript):
                return False
            kind = self.kind_of(node.value)
            if isinstance(kind, Array) and self.copies(node.slice):
                return False
            access = Access(access.place, access.keys[:-1])
        return True

    def _contribute(self, access: Access, cotangent: Cotangent, node: Any) -> None:
        in_array = access.keys and isinstance(self.kind_of(node.value), Array)
        if in_array and self._only_adds_axes(node.slice):
            self.push(node.value, self._without_axes(cotangent, node, node.slice))
            return
        keys = tuple(self.key(k) for k in access.keys)
        kind = self.kind_of(node)
        whole = isinstance(kind, Sequence) and access.place in self.whole
        whole = whole and not access.keys  # a slice of a list is no view
        by_index = isinstance(kind, (Array, List))
        by_index = by_index or (isinstance(kind, Unknown) and not keys)
        if cotangent.parts is not None and (whole or by_index):
            for index, part in enumerate(cotangent.parts):
                if part is not None:
                    element = Access(access.place, (*keys, const(index)))
                    self.contributions.append(Contribution(element, part, UNKNOWN))
            return
        if cotangent.parts is not None and keys and not _is_tuple(kind):
            cotangent = of_expression(filled(self, cotangent, kind, self.value(node)))
        distinct = not in_array or self.is_distinct(access.keys[-1])
        self.contributions.append(
            Contribution(
                Access(access.place, keys), cotangent, self.kind_of(node), distinct
            )
        )

    def is_distinct(self, key: Any) -> bool:
        """Whether a key certainly selects every element at most once."""
        if not self.copies(key):
            return True
        return is_distinct(key, self.kind_of, self.callee, self.defined)

    def push_display(
        self, elements: list[Any], cotangent: Cotangent, keys: list[Any] | None = None
    ) -> None:
        """Push the cotangent of a display to its elements, under `keys` of it."""
        active = [i for i, e in enumerate(elements) if self.is_active(e)]
        if cotangent.parts is not None:
            for index in active:
                part = cotangent.parts[index]
                if part is not None:
                    self.push(elements[index], part)
            return
        if len(active) > 1:
            cotangent = self.named(cotangent, gast.Name("parts", None, None, None))
        for index in active:
            whole = cotangent.product.expression()
            key = const(index) if keys is None else clone(keys[index])
            self.push(elements[index], of_expression(part_of(whole, key)))

    def _push_subscript(
        self, node: Any, value: Any, key: Any, cotangent: Cotangent
    ) -> None:
        kind = self.kind_of(value)
        if isinstance(kind, Sequence | Record):
            index = static_key(key)
            count = len(kind.items if isinstance(kind, Sequence) else kind.fields)
            if not isinstance(index, int):
                raise Refused(node, "the index into this tuple must be a constant")
            parts: list[Cotangent | None] = [None] * count
            parts[index] = cotangent
            self.push(value, Cotangent(Product(), True, tuple(parts)))
            return
        if not isinstance(kind, Array):
            require_rule(self, value)
            raise Refused(node, "the type of the indexed value is not known")
        if self._only_adds_axes(key):
            self.push(value, self._without_axes(cotangent, node, key))
            return
        helper = self.helper("scatter_add")
        expression = call(
            helper,
            self.expression(cotangent, node),
            key_argument(self.key(key), self.numpy()),
            self.value(value),
        )
        self.push(value, of_expression(expression))

    def _without_axes(self, cotangent: Cotangent, node: Any, key: Any) -> Cotangent:
        """The cotangent of `x` from that of `x[:, None]`."""
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        expression = self.expression(cotangent, node)
        axes = [i for i, p in enumerate(parts) if not isinstance(p, gast.Slice)]
        product = factor_out(expression)
        arrays = [n for n in product.numerators if not self.is_scalar(n)]
        summed = sum_of_axes(arrays[0]) if len(arrays) == 1 else None
        if summed is not None and summed[1] == axes:
            front, _ = product.split(self.is_scalar)
            return Cotangent(front.times(summed[0]))
        index = [
            gast.Slice(None, None, None) if isinstance(p, gast.Slice) else const(0)
            for p in parts
        ]
        while len(index) > 1 and isinstance(index[-1], gast.Slice):
            index.pop()
        only = tuple_of(index) if len(index) > 1 else index[0]
        return of_expression(subscript(expression, only))

    def key(self, key: Any) -> Any:
        """An index expression at its statement; what is not cheap in it has a name."""
        if isinstance(key, gast.Tuple):
            return gast.Tuple([self.key(p) for p in key.elts], gast.Load())
        if isinstance(key, gast.Slice):
            return gast.Slice(
                *(p and self.key(p) for p in (key.lower, key.upper, key.step))
            )
        return self.rebuilt(key) if self.cost(key) <= INDEX_COST else self.value(key)

    def _push_call(self, node: Any, cotangent: Cotangent) -> None:
        if is_pop(node, self.kind_of):
            self._push_popped(node, cotangent)
            return
        function = self.callee(node)
        if function is list and len(node.args) == 1 and cotangent.parts is None:
            self._push_listed(node.args[0], cotangent)
            return
        if function is None:
            raise unknown_call(self, node)
        if push_structure(self, node, function, cotangent):
            return
        arguments = list(node.args)
        receiver = self.receiver(node, function)
        if receiver is not None:
            arguments.insert(0, receiver)
        keywords = {k.arg: k.value for k in node.keywords}
        self.apply(node, function, arguments, keywords, cotangent)

    def _push_listed(self, node: Any, cotangent: Cotangent) -> None:
        """`list(x)`: the elements are the same."""
        match self.kind_of(node):
            case List() | Sequence():
                self.push(node, cotangent)
            case Array():
                dtype = gast.Attribute(self.shape_of(node), "dtype", gast.Load())
                bar = cotangent.product.expression(self.is_scalar)
                text = call(f"{self.numpy()}.array", bar, dtype)
                self.push(node, of_expression(text))
            case _:
                raise Refused(node, "what this is a list of is not known")

    def _stacked(self, parts: tuple[Cotangent | None, ...], node: Any) -> Cotangent:
        """The cotangent of an array that is unpacked, from those of its rows."""
        kind = self.kind_of(node)
        assert isinstance(kind, Array)
        row = subscript(self.value(node), const(0))
        row_kind: Kind = Scalar(kind.dtype) if kind.ndim == 1 else Array(kind.dtype)
        rows = [filled(self, part, row_kind, row) for part in parts]
        makes = "array" if kind.ndim == 1 else "stack"
        text = call(f"{self.numpy()}.{makes}", gast.List(rows, gast.Load()))
        if kind.dtype != np.dtype(float):
            helper = self.helper("unbroadcast")  # of the array's own precision
            text = call(helper, text, self.value(node))
        return of_expression(text)

    def _push_popped(self, node: Any, cotangent: Cotangent) -> None:
        access = locate(node.func.value, self.kind_of, self.whole)
        if access is None or access.keys or node is not self.root:
            raise Refused(node, "give what is taken off this list a name of its own")
        kind = self.kind_of(node)
        whole = of_expression(filled(self, cotangent, kind, self.value(node)))
        self.contributions.append(Contribution(access, whole, kind, popped=True))

    # --- one rule -------------------------------------------------------------------

    def apply(
        self,
        node: Any,
        function: Any,
        arguments: list[Any],
        keywords: dict[str, Any],
        cotangent: Cotangent,
    ) -> None:
        """Push the cotangent of a call of a function that has a rule."""
        rule = lookup(function)
        if rule is None or rule.kind in ("mutation", "passive"):
            raise NoRule(node, function)
        bound = self.bound_arguments(node, function, arguments, keywords)
        active = [
            p for p in rule.wrt if p in bound and self.is_active_argument(bound[p])
        ]
        stray = [
            p
            for p in bound
            if p not in active
            and self.is_active_argument(bound[p])
            and not rule_texts.is_unread(rule, p)
        ]
        if stray:
            raise Refused(node, f"{rule.name} has no derivative for {stray[0]}")
        if not active:
            return
        kinds = {p: self.argument_kind(n) for p, n in bound.items()}
        self._require_arrays(node, function, rule, bound, kinds, active)
        expansion = expand.Expansion(
            rule, bound, kinds, self.reference, self.kind_of(node)
        )
        Application(self, node, rule, bound, kinds, active, expansion).run(cotangent)

    def bound_arguments(
        self,
        node: Any,
        function: Any,
        arguments: list[Any],
        keywords: dict[str, Any],
    ) -> dict[str, Any]:
        """The arguments of a call by the names of its rule's parameters."""
        rule = lookup(function)
        assert rule is not None
        try:
            require_numbers(function, arguments, self.argument_kind)
            return bind(rule, function, arguments, keywords)
        except Unbindable as error:
            raise Refused(
                node, f"the derivative of {rule.name} does not support {error}"
            ) from None

    def _require_arrays(
        self,
        node: Any,
        function: Any,
        rule: Rule,
        bound: dict[str, Any],
        kinds: dict[str, Kind],
        active: list[str],
    ) -> None:
        """Refuse lists where NumPy would make arrays of them in passing."""
        if rule.nests or function in _TAKING_LISTS or rule.kind == "rule":
            return
        for parameter in active:
            given = isinstance(kinds[parameter], (Sequence, List))
            if given and not isinstance(bound[parameter], (gast.Tuple, gast.List)):
                raise Refused(node, "a list is used as an array: use np.asarray(...)")

    def is_active_argument(self, node: Any) -> bool:
        """Whether an argument, or an element of it, is active."""
        if isinstance(node, (gast.Tuple, gast.List)):
            return any(map(self.is_active_argument, node.elts))
        return not isinstance(node, gast.Constant) and self.is_active(node)


def _is_tuple(kind: Kind) -> bool:
    """Whether the cotangents of the parts of such a value are that of the value."""
    return isinstance(kind, Sequence) and kind.type is tuple
