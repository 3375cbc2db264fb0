"""Which primal values a piece of adjoint code reads, and whether their elements."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import root
from sourcediff.trees import children

#: Functions that read only the shape and type of their first argument …
_OF_FIRST = frozenset(
    {
        "zeros_like",
        "ones_like",
        "empty_like",
        "full_like",
        "shape",
        "ndim",
        "size",
        "len",
    }
)
#: … or of their last one.
_OF_LAST = frozenset({"unbroadcast", "scatter_add"})
#: What may read less of its parts than their elements.
_MEASURING = frozenset({gast.Attribute, gast.Call})
_ATTRIBUTES = frozenset({"shape", "size", "ndim", "dtype"})


@dataclass(slots=True)
class Needs:
    """Names whose elements are needed, and names of which the shape is enough."""

    content: frozenset[str] = frozenset()
    shape: frozenset[str] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        if other.content <= self.content and other.shape <= self.shape:
            return self
        return Needs(self.content | other.content, self.shape | other.shape)

    def without(self, names: Iterable[str]) -> Needs:
        """What is left when the given names are taken care of."""
        gone = frozenset(names)
        if gone.isdisjoint(self.content) and gone.isdisjoint(self.shape):
            return self
        return Needs(self.content - gone, self.shape - gone)

    @property
    def names(self) -> frozenset[str]:
        """All names that must still stand for the same object."""
        return self.content | self.shape


NOTHING = Needs()


def needs_of(
    statements: Iterable[Any],
    primal: frozenset[str] | set[str],
    changing: Container[str] = (),
) -> Needs:
    """What statements of the reverse sweep read of the primal's names.

    Stores into an array leave its shape as it was; the parts of containers that are
    `changing` get other shapes with their other values.

    >>> tree = gast.parse("x_bar = y_bar * x + np.zeros_like(y)")
    >>> needs_of(tree.body, {"x", "y"})
    Needs(content=frozenset({'x'}), shape=frozenset({'y'}))
    """
    content: set[str] = set()
    shape: set[str] = set()
    pending = [*statements]
    for node in pending:  # which grows
        kind = node.__class__
        if kind is gast.Name:
            if node.id in primal and not isinstance(node.ctx, gast.Store):
                content.add(node.id)
        elif kind is gast.AugAssign:
            if node.target.__class__ is gast.Name and node.target.id in primal:
                content.add(node.target.id)
            pending += children(node)
        elif kind not in _MEASURING:
            pending += children(node)
        else:
            measured, rest = _taken_apart(node)
            pending += rest
            while measured.__class__ is gast.Subscript:
                pending.append(measured.slice)
                measured = measured.value
                if root(measured) in changing:
                    pending.append(measured)
                    measured = None
            if measured.__class__ is not gast.Name:
                pending += [] if measured is None else [measured]
            elif measured.id in primal:
                shape.add(measured.id)
    if not content and not shape:
        return NOTHING
    return Needs(frozenset(content), frozenset(shape - content))


def _taken_apart(node: Any) -> tuple[Any, list[Any]]:
    """What a node reads only the shape of, or None, and what else there is to read."""
    match node:
        case gast.Attribute(value=value, attr=attr) if attr in _ATTRIBUTES:
            return value, []
        case gast.Call(func=function, args=[first, *rest]) if (
            _label(function) in _OF_FIRST
        ):
            return first, [*rest, *node.keywords]
        case gast.Call(func=function, args=[*rest, last]) if (
            _label(function) in _OF_LAST
        ):
            return last, [*rest, *node.keywords]
        case _:
            return None, children(node)


def _label(function: Any) -> str | None:
    match function:
        case gast.Name(id=label) | gast.Attribute(attr=label):
            return str(label)
        case _:
            return None
