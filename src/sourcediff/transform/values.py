"""Values and cotangents as expressions of the generated code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.indexing import gathers, index_kinds
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    scalar_of,
)
from sourcediff.rules import lookup
from sourcediff.transform.build import (
    call,
    clone,
    const,
    name,
    subscript,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    materialise,
)
from sourcediff.transform.extents import extent
from sourcediff.transform.refused import Refused
from sourcediff.trees import walk, with_children


@dataclass(kw_only=True)
class Values:
    """What the adjoint of one expression may say of the primal's values.

    `kind_of` and `callee` answer for nodes of the primal, `is_scalar_name` says which
    names of the generated code hold numbers, `before` tells what a variable is before
    the statement, `is_array_if_active` whether it needs no cotangent while it is a
    number. `reference` names a helper in generated code, `prelude` are statements that
    come first, `hoisted` the nodes with names.
    """

    kind_of: Callable[[Any], Kind]
    callee: Callable[[Any], Any]
    is_scalar_name: Callable[[str], bool]
    temporary: Callable[[Any, str], str]
    reference: Callable[[Any, str], Any]
    declare: Callable[[str, Kind], None]
    root: Any = None
    result_text: Any = None
    prelude: list[Any] = field(default_factory=list)
    hoisted: dict[Any, str] = field(default_factory=dict)
    budget: int = 0
    extents: dict[str, str] = field(default_factory=dict)
    before: Callable[[str], Kind] = lambda identifier: UNKNOWN
    narrow_name: Callable[[str], None] = lambda identifier: None
    is_narrow_name: Callable[[str], bool] = lambda identifier: False
    is_array_if_active: Callable[[str], bool] = lambda identifier: False

    # --- values of the primal -------------------------------------------------------

    def value(self, node: Any) -> Any:
        """An expression for the value of a primal node at its statement.

        What is more than a look-up or a few scalar operations gets a name, and the
        forward sweep computes it once.
        """
        if node in self.hoisted:
            return name(self.hoisted[node])
        if node is self.root and self.result_text is not None:
            return clone(self.result_text)
        if self._is_cheap(node):
            return self.rebuilt(node)
        hoisted = self.temporary(node, "")
        self.declare(hoisted, self.kind_of(node))
        self.hoisted[node] = hoisted
        return name(hoisted)

    def rebuilt(self, node: Any) -> Any:
        """A copy of a cheap expression, with what has a name by that name."""
        if node in self.hoisted:
            return name(self.hoisted[node])
        return with_children(node, self.rebuilt)

    def _is_cheap(self, node: Any) -> bool:
        return self.cost(node) <= self.budget

    def cost(self, node: Any) -> int:
        """Scalar operations that evaluating a node again takes; many: name it."""
        many = 99
        match node:
            case gast.Name() | gast.Constant():
                return 0
            case gast.UnaryOp(op=gast.USub(), operand=gast.Constant()):
                return 0
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return sum(map(self.cost, elements))
            case gast.Attribute(value=value):
                return self.cost(value)
            case gast.Slice(lower=lower, upper=upper, step=step):
                parts = [self.cost(p) for p in (lower, upper, step) if p]
                return max([0, *parts])
            case gast.Subscript(value=value, slice=key):
                if isinstance(self.kind_of(value), Array) and self.copies(key):
                    return many
                return self.cost(value) + max(self.cost(key) - 2, 0)
            case gast.UnaryOp(operand=operand):
                return self.cost(operand) + self._weight(node)
            case gast.BinOp(left=left, right=right):
                return self.cost(left) + self.cost(right) + self._weight(node)
            case gast.Call(func=gast.Name(id="len"), args=[argument]):
                return self.cost(argument)
            case gast.Call() if self._is_view(node):
                # Never kept under a name: what it shows may be written into.
                operands = [*node.args, *(k.value for k in node.keywords)]
                if self.receiver(node, None) is not None:
                    operands.append(node.func.value)
                return sum(map(self.cost, operands))
            case _:
                return many

    def _is_view(self, node: Any) -> bool:
        rule = lookup(self.callee(node))
        return rule is not None and rule.view

    def _weight(self, node: Any) -> int:
        return 1 if isinstance(scalar_of(self.kind_of(node)), Scalar | Static) else 99

    def receiver(self, node: Any, function: Any) -> Any | None:
        """The object of a method call, which the method takes as its first argument."""
        if not isinstance(node.func, gast.Attribute):
            called = self.kind_of(node.func)
            return node.func if isinstance(called, Record) else None
        if isinstance(self.kind_of(node.func.value), Static):
            return None
        return node.func.value

    def copies(self, key: Any) -> bool:
        """Whether indexing an array with a key makes a copy."""
        kinds = index_kinds(key, self.kind_of)
        for kind in kinds:
            if isinstance(kind, Unknown):
                raise Refused(key, "the type of this index is not known")
        return gathers(kinds)

    def shape_of(self, node: Any) -> Any:
        """Some expression whose value has the shape of a node, cheap to evaluate."""
        kind = self.kind_of(node)
        if self._is_cheap(node) or node in self.hoisted:
            return self.value(node)
        if isinstance(kind, Array) and kind.dims is not None and None not in kind.dims:
            for child in walk(node):
                if isinstance(child, gast.Name | gast.Subscript | gast.Attribute):
                    other = self.kind_of(child)
                    if (
                        isinstance(other, Array)
                        and other.dims == kind.dims
                        and other.dtype == kind.dtype
                        and self._is_cheap(child)
                    ):
                        return self.value(child)
        return self.value(node)

    def extent(self, node: Any) -> str | None:
        """What expressions of one shape have in common within the statement."""

        def shape_of(identifier: str) -> str | None:
            result = self.result_text
            if isinstance(result, gast.Name) and result.id == identifier:
                return self.extent(self.root)
            kind = self.before(identifier)
            if not isinstance(kind, Array):
                return None
            known = kind.dims is not None and None not in kind.dims
            return str(kind.dims) if known else identifier

        return extent(node, shape_of, self.is_scalar, self.extents)

    def same_extent(self, one: Any, other: Any) -> bool:
        """Whether two expressions certainly have one shape."""
        first = self.extent(one)
        return first is not None and first == self.extent(other)

    # --- cotangents as text -----------------------------------------------------------

    def is_scalar(self, node: Any) -> bool:
        """Whether an expression of the generated code is certainly a number."""
        match node:
            case gast.Name(id=identifier):
                return self.is_scalar_name(identifier)
            case gast.Constant(value=value):
                return isinstance(value, int | float | complex)
            case gast.BinOp(left=left, right=right):
                return self.is_scalar(left) and self.is_scalar(right)
            case gast.UnaryOp(operand=operand):
                return self.is_scalar(operand)
            case gast.Subscript():
                known = self.kind_of(node)
                if isinstance(known, Scalar):
                    return True
                return self._is_element(node)
            case gast.Call(func=gast.Attribute(attr=("size" | "ndim" | "count"))):
                return True
            case gast.Call(func=gast.Name(id=("len" | "count"))):
                return True
            case gast.Call(func=gast.Attribute(value=gast.Name()), args=arguments):
                return bool(arguments) and all(map(self.is_scalar, arguments))
            case gast.Attribute(attr=("size" | "ndim")):
                return True
            case _:
                return False

    def _is_element(self, node: Any) -> bool:
        base, key = node.value, node.slice
        kind = self.kind_of(base)
        if not isinstance(kind, Array) or kind.ndim is None:
            return False
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        return len(parts) == kind.ndim and all(
            not isinstance(p, gast.Slice) and self.is_scalar(p) for p in parts
        )

    def expression(self, cotangent: Cotangent, node: Any) -> Any:
        """A cotangent as an expression of its node's full shape."""
        if cotangent.parts is not None:
            return self.structure(cotangent, node)
        if cotangent.full:
            return cotangent.product.expression(self.is_scalar)
        return materialise(
            cotangent.product,
            self.kind_of(node),
            self.shape_of(node),
            self.is_scalar,
            self.numpy(),
        )

    def structure(self, cotangent: Cotangent, node: Any) -> Any:
        """The cotangent of a structure as a display of its parts."""
        kind = self.kind_of(node)
        items = (
            kind.items
            if isinstance(kind, Sequence)
            else tuple(k for _, k in kind.fields)
            if isinstance(kind, Record)
            else ()
        )
        parts: list[Any] = []
        for index, part in enumerate(cotangent.parts or ()):
            item = items[index] if index < len(items) else UNKNOWN
            if part is not None and (part.full or isinstance(item, Scalar)):
                parts.append(part.product.expression(self.is_scalar))
            elif part is not None:
                element = subscript(self.value(node), const(index))
                product, numpy = part.product, self.numpy()
                text = materialise(product, item, element, self.is_scalar, numpy)
                parts.append(text)
            elif index < len(items) and isinstance(items[index], Scalar):
                parts.append(const(0.0))
            else:
                element = subscript(self.value(node), const(index))
                parts.append(call(f"{self.numpy()}.zeros_like", element))
        return tuple_of(parts)

    def numpy(self) -> str:
        """NumPy's name in the generated code."""
        return str(self.reference(np, "np").id)

    def helper(self, helper: str) -> Any:
        """A helper of the run time, by its name in the generated code."""
        return self.reference(None, helper)
