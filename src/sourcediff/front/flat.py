"""Elements of arrays by their places in the flattened array, and lists as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sourcediff.front import build
from sourcediff.front.purity import callee, is_numpy
from sourcediff.front.spelling import UNTOUCHED, Spelling
from sourcediff.ir import Program
from sourcediff.kinds import (
    Array,
    Kind,
    List,
    Scalar,
    Sequence,
    is_differentiable,
    scalar_of,
)
from sourcediff.rules import lookup
from sourcediff.runtime import element_key

#: Functions whose derivative knows lists of numbers.
_TAKING_LISTS = (np.array, np.asarray, sum, max, min)
#: Kinds of rules that say themselves what they do with lists, or need not care.
_AS_THEY_ARE = ("passive", "rule", "mutation")


class FlatAccess(Spelling):
    """Rewrites `a.flat[k]` as `a[element_key(k, np.shape(a))]`, in place.

    So `a.item(k)` becomes a number of that element, `a.flat` without an index a copy,
    and a list that NumPy takes for an array is made one. `static(value, name)` gives
    the name of an object.
    """

    def __init__(
        self,
        program: Program,
        static: Callable[[Any, str], Any],
        kind_of: Callable[[Any], Kind],
    ) -> None:
        self._program = program
        self._static = static
        self._kind_of = kind_of

    def applies(self, nodes: list[Any]) -> bool:
        """Whether anything among the nodes of a program may have to be written."""
        return any(
            node.attr in ("flat", "item")
            if node.__class__ is gast.Attribute
            else any(map(self._is_list_of_numbers, node.args))
            for node in nodes
            if node.__class__ in (gast.Attribute, gast.Call)
        )

    def of(self, statement: Any) -> None:
        """Rewrite the expressions and targets of a statement, not of its blocks.

        What gets a name shows later what is written into the array: that is refused.
        """
        if isinstance(statement, gast.Assign) and self._is_flat(statement.value):
            return
        super().of(statement)
        if isinstance(statement, gast.Assign):
            statement.targets[:] = map(self.visit, statement.targets)

    def visit(self, node: Any) -> Any:
        """The expression that stands for another one."""
        if isinstance(node, UNTOUCHED):
            return node
        made = self._made(node)
        if made is not None:
            self.changed = True
            return build.place(made, node)
        self.generic_visit(node)
        if isinstance(node, gast.Call):
            self._convert(node)
        return node

    def _made(self, node: Any) -> Any:
        match node:
            case gast.Subscript(
                value=gast.Attribute(value=base, attr="flat"), slice=key
            ) if self._is_array(base):
                made = self._element(self.visit(base), self.visit(key))
                made.ctx = node.ctx
                return made
            case gast.Call(func=gast.Name(id="len"), args=[argument]) if self._is_flat(
                argument
            ):
                base = self.visit(argument.value)
                return build.call(self._numpy("size"), base)
            case gast.Attribute(value=base, attr="flat", ctx=gast.Load()) if (
                self._is_array(base)
            ):
                return build.method(self.visit(base), "flatten")
            case gast.Call(
                func=gast.Attribute(value=base, attr="item"),
                args=[_, *_] as places,
                keywords=[],
            ) if self._is_array(base) and is_differentiable(self._kind_of(base)):
                places = [self.visit(place) for place in places]
                if len(places) == 1:
                    return self._element(self.visit(base), places[0])
                index = gast.Tuple(places, gast.Load())
                return build.subscript(self.visit(base), index)
        return None

    def _is_array(self, node: Any) -> bool:
        return isinstance(self._kind_of(node), Array)

    def _is_flat(self, node: Any) -> bool:
        is_attribute = isinstance(node, gast.Attribute) and node.attr == "flat"
        return is_attribute and self._is_array(node.value)

    def _numpy(self, name: str) -> Any:
        return gast.Attribute(self._static(np, "np"), name, gast.Load())

    def _element(self, base: Any, key: Any) -> Any:
        if isinstance(key, gast.Slice):
            size = build.call(self._numpy("size"), build.duplicate(base))
            key = build.subscript(build.call(self._numpy("arange"), size), key)
        shape = build.call(self._numpy("shape"), build.duplicate(base))
        helper = self._static(element_key, "element_key")
        return build.subscript(base, build.call(helper, key, shape))

    # --- lists as arrays --------------------------------------------------------------

    def _convert(self, node: Any) -> None:
        function = callee(node, self._program)
        if not is_numpy(function) or function in _TAKING_LISTS:
            return
        rule = lookup(function)
        if rule is None or rule.nests or rule.kind in _AS_THEY_ARE:
            return
        names = [p.name for p in rule.parameters]
        for index, argument in enumerate(node.args):
            place = names[index + 1] if index + 1 < len(names) else ""
            if place not in rule.wrt and len(node.args) > 1:
                continue
            if self._is_list_of_numbers(argument):
                made = build.call(self._numpy("asarray"), argument)
                node.args[index] = build.place(made, argument)
                self.changed = True

    def _is_list_of_numbers(self, node: Any) -> bool:
        kind = self._kind_of(node)
        if not isinstance(node, gast.Name | gast.Subscript | gast.Attribute):
            return False
        if not isinstance(kind, List | Sequence) or not is_differentiable(kind):
            return False
        items = kind.items if isinstance(kind, Sequence) else (kind.item,)
        return all(isinstance(scalar_of(i), Scalar) for i in items if i is not None)
