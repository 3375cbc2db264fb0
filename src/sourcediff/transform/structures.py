"""Cotangents of lists, tuples, dicts and objects that are made of other values."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sourcediff import runtime
from sourcediff.analysis.attributes import constructor_fields
from sourcediff.kinds import Array, Dict, List, Record, Sequence
from sourcediff.transform.access import Field
from sourcediff.transform.build import attribute, call, clone, const, subscript
from sourcediff.transform.cotangent import Cotangent, of_expression
from sourcediff.transform.refused import Refused

if TYPE_CHECKING:
    from sourcediff.transform.pull import Pull

#: Functions that give the same elements in a container of their own.
_REARRANGED = (list, tuple, dict, list.copy, dict.copy, copy.copy, copy.deepcopy)


def part_of(whole: Any, key: Any) -> Any:
    """The part of a structure's cotangent under a key, or of that attribute."""
    if isinstance(key, Field):
        return attribute(whole, str(key))
    return subscript(whole, key)


def push_structure(pull: Pull, node: Any, function: Any, cotangent: Cotangent) -> bool:
    """Push the cotangent of a call that only puts values together; False: another."""
    kind = pull.kind_of(node)
    if isinstance(kind, Record) and kind.type is function:
        elements = constructed_elements(node, function)
        if elements is None:
            return False
        keys = [Field(name) for name, _ in kind.fields]
        values = [elements.get(name, const(None)) for name, _ in kind.fields]
        pull.push_display(values, cotangent, keys)
        return True
    if function is runtime.rebuild and isinstance(kind, Record):
        _push_rebuilt(pull, node, kind, cotangent)
        return True
    if function not in _REARRANGED or node.keywords:
        return False
    source = pull.receiver(node, function)
    if source is None and len(node.args) == 1:
        (source,) = node.args
    inner = pull.kind_of(source) if source is not None else None
    if isinstance(inner, List | Sequence | Dict):
        pull.push(source, cotangent)
        return True
    if isinstance(inner, Array) and function in (list, tuple):
        cotangent = of_expression(_written_out(pull, cotangent))
        pull.apply(node, np.ndarray.tolist, [source], {}, cotangent)
        return True
    return False


def _push_rebuilt(pull: Pull, node: Any, kind: Record, cotangent: Cotangent) -> None:
    """`rebuild(x, values)`: an object like `x` of other values."""
    values = node.args[1]
    if not isinstance(values, gast.Tuple):
        raise Refused(node, "what this object is made of is not known")
    keys = [Field(name) for name, _ in kind.fields]
    pull.push_display(values.elts, cotangent, keys)


def constructed_elements(node: Any, cls: type) -> dict[str, Any] | None:
    """The arguments of a named tuple's or dataclass's constructor, by field."""
    names = constructor_fields(cls)
    if names is None or any(isinstance(a, gast.Starred) for a in node.args):
        return None
    given = dict(zip(names, node.args, strict=False))
    return {**given, **{k.arg: k.value for k in node.keywords}}


def push_joined(pull: Pull, node: Any, cotangent: Cotangent) -> None:
    """`xs + ys` and `xs * k` of lists and tuples."""
    left, right = node.left, node.right
    if isinstance(node.op, gast.Mult):
        if not isinstance(pull.kind_of(left), List | Sequence):
            left, right = right, left
        parts = _written_out(pull, cotangent)
        expression = call(pull.helper("unrepeated"), parts, pull.value(left))
        pull.push(left, of_expression(expression))
        return
    kind = pull.kind_of(left)
    count = len(kind.items) if isinstance(kind, Sequence) else None
    if cotangent.parts is not None and count is not None:
        pull.push(left, Cotangent(cotangent.product, True, cotangent.parts[:count]))
        pull.push(right, Cotangent(cotangent.product, True, cotangent.parts[count:]))
        return
    whole = of_expression(_written_out(pull, cotangent))
    if pull.is_active(left) and pull.is_active(right):
        whole = pull.named(whole, gast.Name("parts", None, None, None))
    text = whole.product.expression()
    place = const(count) if count is not None else call("len", pull.value(left))
    for side, bounds in ((left, (None, place)), (right, (place, None))):
        if pull.is_active(side):
            part = gast.Slice(*map(clone, bounds), None)
            pull.push(side, of_expression(subscript(clone(text), part)))


def _written_out(pull: Pull, cotangent: Cotangent) -> Any:
    """The cotangent of a sequence as one expression."""
    if cotangent.parts is None:
        return cotangent.product.expression(pull.is_scalar)
    parts = [
        const(0.0) if part is None else part.product.expression(pull.is_scalar)
        for part in cotangent.parts
    ]
    return gast.List(parts, gast.Load())
