"""What a shift of one value does to those that are computed with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.dims import known_value
from sourcediff.kinds import (
    Array,
    Dim,
    Kind,
    Scalar,
    Sequence,
    Size,
    Static,
    is_differentiable,
    scalar_of,
)
from sourcediff.trees import walk

_EXPONENTIALS = (np.exp, math.exp)
_LOGARITHMS = (np.log, math.log)
_SUMS = (np.sum, np.ndarray.sum)
_MEANS = (np.mean, np.ndarray.mean)
_SQUEEZES = (np.squeeze, np.ndarray.squeeze)
_MINUS = Fraction(-1)


class NotFollowed(Exception):
    """It is not known what the shift does to a value."""


@dataclass(frozen=True)
class Response:
    """What adding `s` to a shift does to a value.

    It adds `degree * s`, or it multiplies by `exp(degree * s)` (`scales`). `axes` tells
    for each axis of the value which axis of the shift it runs along (None: `s` is the
    same everywhere along it).
    """

    degree: Fraction
    scales: bool
    axes: tuple[int | None, ...]

    def times(self, factor: Fraction) -> Response:
        """The response with another degree."""
        return replace(self, degree=self.degree * factor)


@dataclass(frozen=True)
class Responses:
    """The responses of expressions to a shift of one of them, `shift`.

    `known` are those of names, `ranges` the lengths of names for `np.arange(n)`.
    """

    shift: Any
    kind_of: Callable[[Any], Kind]
    callee: Callable[[Any], Any]
    known: Mapping[str, Response]
    ranges: Mapping[str, Dim]

    def reads(self, tree: Any) -> bool:
        """Whether a tree mentions the shift, or a name that responds to it."""
        return any(
            node is self.shift
            or (isinstance(node, gast.Name) and node.id in self.known)
            for node in walk(tree)
        )

    def of(self, node: Any) -> Response | None:
        """The response of an expression; None: it stays the same.

        Raises NotFollowed where that is not certain.
        """
        if node is self.shift:
            return Response(Fraction(1), False, self._own_axes())
        if not self.reads(node):
            return None
        match node:
            case gast.Name(id=identifier):
                return self.known[identifier]
            case _ if not is_differentiable(self.kind_of(node)):
                return None
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                if any(self.of(element) is not None for element in elements):
                    raise NotFollowed
                return None
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                found = self.of(operand)
                return found and (found if found.scales else found.times(_MINUS))
            case gast.BinOp(left=left, op=op, right=right):
                return self.combined(node, op, (left, self.of(left)), right)
            case gast.Subscript(value=value, slice=key) if not self.reads(key):
                found = self.of(value)
                return found and self._part(found, value, key)
            case gast.Attribute(value=value, attr="T"):
                found = self.of(value)
                return found and replace(found, axes=found.axes[::-1])
            case gast.Call():
                return self._of_call(node)
            case _:
                raise NotFollowed

    def _own_axes(self) -> tuple[int | None, ...]:
        kind = self.kind_of(self.shift)
        dims = () if isinstance(kind, Scalar) else getattr(kind, "dims", None)
        if dims is None:
            raise NotFollowed
        return tuple(None if d == 1 else i for i, d in enumerate(map(_sure, dims)))

    def _rank(self, node: Any) -> int:
        kind = scalar_of(self.kind_of(node))
        rank = 0 if isinstance(kind, Scalar) else getattr(kind, "ndim", None)
        if rank is None:
            raise NotFollowed
        return rank

    # --- arithmetic -------------------------------------------------------------------

    def combined(
        self, node: Any, op: Any, left: tuple[Any, Response | None], right: Any
    ) -> Response | None:
        """The response of `left op right`, an expression or a target: `node`."""
        first, second = left[1], self.of(right)
        ndim = self._rank(node)
        first, second = _stretched(first, ndim), _stretched(second, ndim)
        if first and second and first.axes != second.axes:
            raise NotFollowed
        match op:
            case gast.Add() | gast.Sub():
                return _sum(first, second, isinstance(op, gast.Sub))
            case gast.Mult() | gast.Div():
                divided = isinstance(op, gast.Div)
                if all(r is None or r.scales for r in (first, second)):
                    return _together(first, second, divided)
                if first is not None and second is None:
                    factor = self._number(right)
                    return first.times(1 / factor if divided else factor)
                if second is not None and first is None and not divided:
                    return second.times(self._number(left[0]))
        raise NotFollowed

    def _number(self, node: Any) -> Fraction:
        """A literal number other than zero, as it is."""
        kind = self.kind_of(node)
        value = kind.value if isinstance(kind, Static) else None
        value = node.value if isinstance(node, gast.Constant) else value
        if type(value) not in (int, float) or not value or not math.isfinite(value):
            raise NotFollowed
        return Fraction(value)

    # --- parts ------------------------------------------------------------------------

    def _part(self, found: Response, value: Any, key: Any) -> Response:
        """The response of `value[key]`."""
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        kinds = [
            None if isinstance(p, gast.Slice) else scalar_of(self.kind_of(p))
            for p in parts
        ]
        if any(isinstance(kind, Array) for kind in kinds):
            return self._gathered(found, value, parts, kinds)
        axes = list(found.axes)
        kept: list[int | None] = []
        for part, kind in zip(parts, kinds, strict=True):
            if isinstance(part, gast.Constant) and part.value is None:
                kept.append(None)
                continue
            if not axes:
                raise NotFollowed
            axis = axes.pop(0)
            whole = isinstance(part, gast.Slice) and (
                part.lower is part.upper is part.step is None
            )
            if axis is not None and not whole:
                raise NotFollowed
            if isinstance(part, gast.Slice):
                kept.append(axis)
            elif not isinstance(kind, Scalar) or kind.dtype.kind not in "iu":
                raise NotFollowed
        return replace(found, axes=(*kept, *axes))

    def _gathered(
        self, found: Response, value: Any, parts: list[Any], kinds: list[Any]
    ) -> Response:
        """The response of `x[np.arange(len(x)), k]`: one element of every row."""
        dims = getattr(self.kind_of(value), "dims", None)
        along = [axis for axis in found.axes if axis is not None]
        is_vector = all(
            isinstance(k, Array) and k.ndim == 1 and k.dtype.kind in "iu" for k in kinds
        )
        if dims is None or len(parts) != len(dims) or not is_vector or len(along) > 1:
            raise NotFollowed
        for part, axis, dim in zip(parts, found.axes, dims, strict=True):
            if axis is not None and self._counted(part) != _sure(dim):
                raise NotFollowed
        return replace(found, axes=(along[0] if along else None,))

    def _counted(self, node: Any) -> Dim:
        """The `n` of `np.arange(n)`, where an index is just that."""
        if isinstance(node, gast.Name):
            return self.ranges.get(node.id)
        return length_of_range(node, self.callee, self.kind_of)

    # --- calls ------------------------------------------------------------------------

    def _of_call(self, node: Any) -> Response | None:
        function = self.callee(node)
        is_method = getattr(function, "__objclass__", None) is np.ndarray
        given = [node.func.value, *node.args] if is_method else node.args
        if not given or any(self.reads(a) for a in (*given[1:], *node.keywords)):
            raise NotFollowed
        argument, *rest = given
        found = self.of(argument)
        if found is None:
            return None
        alone = not rest and not node.keywords
        if function in _EXPONENTIALS and alone and not found.scales:
            return replace(found, scales=True)
        if function in _LOGARITHMS and alone and found.scales:
            return replace(found, scales=False)
        if function in _MEANS or (function in _SUMS and found.scales):
            return self._reduced(found, rest, node.keywords)
        if function in _SQUEEZES:
            return self._reduced(found, rest, node.keywords, argument)
        raise NotFollowed

    def _reduced(
        self, found: Response, rest: list[Any], keywords: list[Any], of: Any = None
    ) -> Response:
        """The response without the axes that a reduction, or squeezing `of`, takes."""
        given = {k.arg: k.value for k in keywords}
        if len(rest) > 1 or given.keys() - {"axis", "keepdims"}:
            raise NotFollowed
        ndim = len(found.axes)
        chosen = self._axes(rest[0] if rest else given.get("axis"), ndim)
        if chosen is None and of is not None:
            dims = getattr(self.kind_of(of), "dims", None) or (None,) * ndim
            chosen = {i for i, d in enumerate(dims) if _sure(d) == 1}
        chosen = set(range(ndim)) if chosen is None else chosen
        if any(found.axes[i] is not None for i in chosen):
            raise NotFollowed
        keepdims = given.get("keepdims")
        if keepdims is None or self._literal(keepdims) is False:
            kept = tuple(a for i, a in enumerate(found.axes) if i not in chosen)
            return replace(found, axes=kept)
        if self._literal(keepdims) is not True:
            raise NotFollowed
        return found

    def _axes(self, node: Any, ndim: int) -> set[int] | None:
        if node is None:
            return None
        kind = self.kind_of(node)
        if isinstance(kind, Static) and kind.value is None:
            return None
        items = kind.items if isinstance(kind, Sequence) else (kind,)
        numbers = [known_value(item) for item in items]
        if not all(type(n) is int for n in numbers):
            raise NotFollowed
        return {int(n) % ndim for n in numbers if isinstance(n, int)}

    def _literal(self, node: Any) -> Any:
        kind = self.kind_of(node)
        if isinstance(node, gast.Constant):
            return node.value
        return kind.value if isinstance(kind, Static) else None


def length_of_range(
    node: Any, callee: Callable[[Any], Any], kind_of: Callable[[Any], Kind]
) -> Dim:
    """The length of `np.arange(n)` (None: it is something else, or not known)."""
    kind = kind_of(node)
    is_range = (
        isinstance(node, gast.Call)
        and callee(node) is np.arange
        and len(node.args) == 1
        and not node.keywords
    )
    return kind.dims[0] if is_range and isinstance(kind, Array) and kind.dims else None


def _sure(dim: Dim) -> Dim:
    """A size of which it is known whether it is 1."""
    if dim is None or (isinstance(dim, Size) and dim.maybe_one):
        raise NotFollowed
    return dim


def _stretched(found: Response | None, ndim: int) -> Response | None:
    """The response of a value that is broadcast to so many dimensions."""
    if found is None:
        return None
    added = ndim - len(found.axes)
    if added < 0:
        raise NotFollowed
    return replace(found, axes=(None,) * added + found.axes)


def _sum(
    first: Response | None, second: Response | None, subtracted: bool
) -> Response | None:
    if any(r is not None and r.scales for r in (first, second)):
        if first != second:  # what is scaled alike is scaled together
            raise NotFollowed
        return first
    return _together(first, second, subtracted)


def _together(
    first: Response | None, second: Response | None, inverse: bool
) -> Response | None:
    """That of a sum or product; `inverse`: of a difference or quotient."""
    if second is not None and inverse:
        second = second.times(_MINUS)
    if first is None or second is None:
        return first or second
    degree = first.degree + second.degree
    return replace(first, degree=degree) if degree else None
