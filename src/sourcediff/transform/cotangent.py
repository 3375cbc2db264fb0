"""A cotangent on its way down an expression, and how it is brought to a shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

import gast
import numpy as np

from sourcediff.analysis.dims import stretched
from sourcediff.analysis.sharing import is_view_by_einsum
from sourcediff.kinds import Array, Kind, Scalar, is_complex
from sourcediff.transform.build import call, clone, const, method, name, tuple_of
from sourcediff.transform.product import Product, Test

#: Functions and methods whose result is never memory of their arguments.
_FRESH_METHODS = frozenset({"sum", "copy", "mean", "dot", "cumsum", "astype"})
_FRESH_FUNCTIONS = frozenset(
    {
        "where",
        "outer",
        "dot",
        "zeros_like",
        "empty_like",
        "full_like",
        "ones_like",
        "zeros",
        "full",
        "tensordot",
        "kron",
        "cumsum",
        "sum",
        "sign",
        "tril",
        "triu",
        "array",
    }
)


@dataclass(frozen=True)
class Cotangent:
    """The cotangent of a node: a product, or the parts of a structure.

    `full` is False while it only broadcasts to the shape of the node, such as the
    scalar cotangent of every element of a sum.
    """

    product: Product
    full: bool = True
    parts: tuple[Cotangent | None, ...] | None = None

    def times(self, factor: Any, full: bool) -> Cotangent:
        """The cotangent multiplied by a partial."""
        return Cotangent(self.product.times(factor), self.full or full, self.parts)


def of_name(identifier: str) -> Cotangent:
    """The cotangent that a variable holds."""
    return Cotangent(Product(1, (name(identifier),)))


def of_expression(node: Any, full: bool = True) -> Cotangent:
    """The cotangent that an expression computes."""
    return Cotangent(Product(1, (node,)), full)


def is_fresh(node: Any) -> bool:
    """Whether an expression's value is certainly new memory (or no memory at all)."""
    match node:
        case gast.BinOp() | gast.UnaryOp() | gast.Constant() | gast.Compare():
            return True
        case gast.Call(func=gast.Attribute(value=gast.Name(id="np"), attr="einsum")):
            return is_view_by_einsum(node) is False
        case gast.Call(func=gast.Attribute(value=gast.Name(id="np"), attr=attr)):
            return attr in _FRESH_FUNCTIONS or isinstance(
                getattr(np, attr, None), np.ufunc
            )
        case gast.Call(func=gast.Attribute(attr=attr)):
            return attr in _FRESH_METHODS
        case gast.Call(func=gast.Name(id="zeros_like" | "copied")):
            return True
        case _:
            return False


def summed_axes(node: Kind, argument: Kind) -> tuple[int, ...] | None:
    """The axes along which broadcasting stretched an argument, or None: not known.

    An argument that lacks leading axes is given by their negative numbers too.
    """
    if isinstance(argument, Scalar):
        return tuple(range(node.ndim or 0)) if _has_rank(node) else None
    if not (_has_rank(node) and _has_rank(argument)):
        return None
    big, small = node.dims or (), argument.dims or ()
    added = len(big) - len(small)
    if added < 0:  # the operation is no broadcasting
        return None
    axes = list(range(added))
    for axis, size in enumerate(small, added):
        repeated = stretched(size, big[axis])
        if repeated is None:
            return None
        if repeated:
            axes.append(axis)
    return tuple(axes)


def _has_rank(kind: Kind) -> TypeGuard[Array]:
    return isinstance(kind, Array) and kind.dims is not None


def same_precision(node: Kind, argument: Kind) -> bool:
    """Whether a cotangent of the node's type is one of the argument's type too."""
    if isinstance(argument, Scalar) and argument.python:
        return isinstance(node, Scalar | Array) and (
            argument.dtype.kind == "c" or not is_complex(node)
        )
    if not isinstance(node, (Scalar, Array)) or not isinstance(
        argument, (Scalar, Array)
    ):
        return False
    return node.dtype == argument.dtype


def loses_precision(node: Kind, argument: Kind) -> bool:
    """Whether a node's cotangent is of another type than a real argument.

    >>> loses_precision(Scalar(np.dtype(complex)), Scalar(np.dtype(float)))
    True
    """
    if not (isinstance(node, Scalar | Array) and isinstance(argument, Scalar | Array)):
        return False
    if argument.dtype.kind != "f":
        return False
    return is_complex(node) or (
        isinstance(argument, Array) and node.dtype != argument.dtype
    )


def unbroadcast(
    expression: Any,
    node: Kind,
    argument: Kind,
    value: Callable[[], Any],
    helper: Callable[[str], Any],
) -> Any:
    """The expression of a cotangent of the node, summed to the argument's shape.

    `value` gives the expression for the argument where only a run-time helper can
    tell its shape.
    """
    if isinstance(node, Scalar) and isinstance(argument, Scalar):
        if same_precision(node, argument):
            return expression
        return call(helper("unbroadcast"), expression, value())
    axes = summed_axes(node, argument)
    if axes is None or not same_precision(node, argument):
        return call(helper("unbroadcast"), expression, value())
    if not axes:
        return expression
    assert isinstance(node, Array)
    assert isinstance(argument, Scalar | Array)
    if isinstance(argument, Scalar) or (len(axes) == node.ndim and argument.ndim == 0):
        return method(expression, "sum")
    added = (node.ndim or 0) - (argument.ndim or 0)
    kept = tuple(a for a in axes if a >= added)
    if not kept:
        axis = const(axes[0]) if len(axes) == 1 else tuple_of(map(const, axes))
        return method(expression, "sum", axis=axis)
    if not added:
        axis = const(axes[0]) if len(axes) == 1 else tuple_of(map(const, axes))
        return method(expression, "sum", axis=axis, keepdims=const(True))
    return call(helper("unbroadcast"), expression, value())


def materialise(
    product: Product, kind: Kind, value: Any, is_scalar: Test, np_name: str = "np"
) -> Any:
    """A narrow cotangent as an array of its node's full shape (read-only or fresh)."""
    expression = product.expression(is_scalar)
    if isinstance(kind, Scalar):
        return expression
    if is_scalar(expression):
        return call(f"{np_name}.full_like", clone(value), expression)
    shape = call(f"{np_name}.shape", clone(value))
    return call(f"{np_name}.broadcast_to", expression, shape)
