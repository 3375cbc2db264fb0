"""Cotangents of structures with all of their parts, zeros written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    Record,
    Scalar,
    Sequence,
    Unknown,
    is_differentiable,
    scalar_of,
)
from sourcediff.transform.access import items_of, part_of
from sourcediff.transform.build import call, const, tuple_of
from sourcediff.transform.cotangent import Cotangent, materialise
from sourcediff.transform.refused import Refused

if TYPE_CHECKING:
    from sourcediff.transform.values import Values


def filled(values: Values, cotangent: Cotangent | None, kind: Kind, value: Any) -> Any:
    """A cotangent (None: zero) with all parts of the structure of its value.

    Raises Refused where the parts are not known.
    """
    if cotangent is None and isinstance(kind, Record | Unknown | Dict):
        return call(values.helper("zeros_like"), value)
    if cotangent is not None and cotangent.parts is None:
        if cotangent.full:
            return cotangent.product.expression(values.is_scalar)
        product, numpy = cotangent.product, values.numpy()
        return materialise(product, kind, value, values.is_scalar, numpy)
    if isinstance(kind, Sequence | Record | Dict):
        return _displayed(values, cotangent, kind, value)
    if cotangent is not None:
        return _unpacked(values, cotangent, value)
    if not is_differentiable(kind):
        return const(None)
    if isinstance(scalar_of(kind), Scalar):
        return const(0.0)
    if isinstance(kind, Array):
        return call(f"{values.numpy()}.zeros_like", value)
    return call(values.helper("zeros_like"), value)


def _displayed(
    values: Values,
    cotangent: Cotangent | None,
    kind: Sequence | Record | Dict,
    value: Any,
) -> Any:
    items = items_of(kind)
    parts = (None,) * len(items) if cotangent is None else cotangent.parts or ()
    texts = []
    for index, ((step, item), part) in enumerate(zip(items, parts, strict=True)):
        is_display = isinstance(value, gast.Tuple)
        element = value.elts[index] if is_display else part_of(value, step)
        texts.append(filled(values, part, item, element))
    if isinstance(kind, Record):
        return call(values.helper("rebuild"), value, tuple_of(texts))
    if isinstance(kind, Dict):
        return gast.Dict([const(key) for key, _ in kind.items], texts)
    is_list = kind.type is list
    return gast.List(texts, gast.Load()) if is_list else tuple_of(texts)


def _unpacked(values: Values, cotangent: Cotangent, value: Any) -> Any:
    """The cotangent of what is known by the display of its parts only."""
    if not isinstance(value, gast.Tuple):
        raise Refused(value, "what the parts of this value are is not known")
    elements = zip(cotangent.parts or (), value.elts, strict=True)
    return tuple_of(filled(values, part, UNKNOWN, e) for part, e in elements)
