"""Cotangents summed to the shapes of arguments; sums of products are dot products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.kinds import (
    UNKNOWN,
    UNSAID,
    Array,
    Kind,
    Scalar,
    Sequence,
    Static,
    scalar_of,
)
from sourcediff.transform.build import (
    assign,
    call,
    clone,
    const,
    negative,
    same,
    subscript,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    of_name,
    same_precision,
    summed_axes,
    unbroadcast,
)
from sourcediff.transform.product import Product
from sourcediff.transform.values import Values


@dataclass(kw_only=True)
class Sums(Values):
    """How a cotangent reaches the shape of an argument that was broadcast.

    `last_sizes` are the sizes of the last axes of names that hold less than the shape
    of their node.
    """

    last_sizes: dict[str, Any] = field(default_factory=dict)

    def summed(
        self,
        product: Product,
        node: Kind,
        argument: Kind,
        value: Callable[[], Any],
        whole: str | None = None,
    ) -> Product:
        """A cotangent of the node, whose extent is `whole`, summed to an argument's.

        Numbers and scalar factors stay outside of the sum, where they cost nothing.
        """
        if same_precision(node, argument):
            front, inner = product.split(self.is_scalar)
        else:  # a real part is taken: only a real number may stay outside
            front = Product(product.coefficient)
            inner = Product(1, product.numerators, product.denominators)
        contracted = self._contracted(inner, node, argument, whole)
        if contracted is not None:
            return front.times(contracted)
        expression = inner.expression(self.is_scalar)
        text = unbroadcast(expression, node, argument, value, self.helper)
        return product if text is expression else front.times(text)

    def _contracted(
        self, product: Product, node: Kind, argument: Kind, whole: str | None
    ) -> Any | None:
        """The sum of a product of whole arrays as a dot product, where it is one."""
        if not isinstance(node, Array) or not node.ndim or node.dtype.kind != "f":
            return None
        factors = product.numerators
        if product.denominators or len(factors) < 2:
            return None
        if not same_precision(node, argument):
            return None
        if isinstance(argument, Array):
            return self._contracted_rows(factors, node, argument)
        if not isinstance(argument, Scalar):
            return None
        if not all(self._fills(factor, node, whole) for factor in factors):
            return None
        first = Product(1, factors[:-1]).expression()
        if node.ndim == 1:
            return gast.BinOp(first, gast.MatMult(), clone(factors[-1]))
        return call(f"{self.numpy()}.vdot", first, clone(factors[-1]))

    def _contracted_rows(
        self, factors: tuple[Any, ...], node: Array, argument: Array
    ) -> Any | None:
        """The sum of a product over its last axis, which NumPy does slowly, as a dot.

        That axis is kept; the others are broadcast by the dot as by the product.
        """
        ndim, size = node.ndim or 0, node.dims[-1] if node.dims else None
        if size is None or argument.ndim != ndim or ndim < 2:
            return None
        if summed_axes(node, argument) != (ndim - 1,):
            return None
        *others, last = [self._last_size(factor) == size for factor in factors]
        if not last or not any(others):
            return None
        first = Product(1, factors[:-1]).expression()
        dot = call(f"{self.numpy()}.vecdot", first, clone(factors[-1]))
        full = [gast.Slice(None, None, None)] * (ndim - 1)
        return subscript(dot, tuple_of([*full, const(None)]))

    def _last_size(self, factor: Any) -> Any | None:
        """The size of the last axis of a variable, maybe with axes added."""
        match factor:
            case gast.Name(id=identifier) if self.is_narrow_name(identifier):
                return self.last_sizes.get(identifier)
            case gast.Name():
                kind = self._kind_before(factor)
                if not isinstance(kind, Array) or not kind.dims:
                    return None
                return kind.dims[-1]
            case gast.Subscript(value=gast.Name() as value, slice=key):
                parts = key.elts if isinstance(key, gast.Tuple) else [key]
                kind = self._kind_before(value)
                plain = [isinstance(p, gast.Slice) for p in parts]
                if not isinstance(kind, Array) or not self._only_adds_axes(key):
                    return None
                reached = sum(plain) < (kind.ndim or 0) or plain[-1]
                return self._last_size(value) if reached else 1
            case _:
                return None

    def _only_adds_axes(self, key: Any) -> bool:
        """Whether a key is made of `None` and full slices only."""
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        return any(not isinstance(p, gast.Slice) for p in parts) and all(
            p.lower is p.upper is p.step is None
            if isinstance(p, gast.Slice)
            else self.argument_kind(p) == Static(None)
            for p in parts
        )

    def argument_kind(self, node: Any) -> Kind:
        """The kind of an argument; a constant has that of its value."""
        if isinstance(node, gast.Constant):
            return scalar_of(Static(node.value))
        kind = self.kind_of(node)
        if isinstance(node, gast.Tuple) and kind == UNKNOWN:  # variadic arguments
            return Sequence(tuple, tuple(map(self.argument_kind, node.elts)))
        return kind

    def _fills(self, factor: Any, node: Array, whole: str | None) -> bool:
        """Whether a factor is a variable, or a part of one, of the node's shape."""
        if whole is not None and self.extent(factor) == whole:
            return True
        if not isinstance(factor, gast.Name) or self.is_narrow_name(factor.id):
            return False
        kind = self._kind_before(factor)
        return isinstance(kind, Array) and summed_axes(node, kind) == ()

    def _kind_before(self, variable: Any) -> Kind:
        """The kind of a variable as the statement finds it, or of a cotangent."""
        kind = self.before(variable.id)
        return self.kind_of(variable) if kind in UNSAID else kind

    def named(self, cotangent: Cotangent, node: Any, label: Any = None) -> Cotangent:
        """The cotangent of a node under a name (after `label`), unless it is one.

        A minus sign stays outside: what is added then is subtracted.
        """
        if cotangent.product.is_signed_atom or cotangent.parts is not None:
            return cotangent
        if cotangent.product.is_negative:
            positive = replace(cotangent, product=cotangent.product.scaled(-1))
            known = self.named(positive, node, negative(label or node))
            return replace(known, product=known.product.scaled(-1))
        expression = cotangent.product.expression(self.is_scalar)
        for statement in self.prelude:  # it may have a name already
            if isinstance(statement, gast.Assign) and same(statement.value, expression):
                known = of_name(statement.targets[0].id)
                return Cotangent(known.product, cotangent.full)
        identifier = self.temporary(label or node, "bar")
        is_number = self.is_scalar(expression)
        kind = self.kind_of(node)
        if is_number and isinstance(kind, Array):
            kind = Scalar(kind.dtype, False)
        self.declare(identifier, kind)
        whole = self.extent(node) if cotangent.full else None
        if whole is not None:
            self.extents[identifier] = whole
        if not cotangent.full:
            self.narrow_name(identifier)
            if cotangent.product.coefficient == 1 == len(cotangent.product.numerators):
                (factor,) = cotangent.product.numerators
                self.last_sizes[identifier] = self._last_size(factor)
        self.prelude.append(assign(identifier, expression))
        named = of_name(identifier)
        return Cotangent(named.product, cotangent.full)
