"""The operands of an expression, in the order in which Python evaluates them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

Slot = tuple[Any, Callable[[Any], None], bool]


def operands(node: Any, wanted: bool) -> list[Slot]:
    """The direct operands in evaluation order: node, how to replace it, wanted."""
    slots: list[Slot] = []
    fields = node._fields
    if isinstance(node, gast.Dict):
        for index in range(len(node.keys)):
            slots.append(_item(node.keys, index, False))
            slots.append(_item(node.values, index, wanted))
        return [slot for slot in slots if slot[0] is not None]
    if isinstance(node, gast.Call):
        return _call_operands(node, wanted)
    for field in fields:
        value = getattr(node, field)
        inner = wanted and not (isinstance(node, gast.Subscript) and field == "slice")
        inner = inner and not isinstance(node, gast.JoinedStr | gast.Compare)
        if isinstance(value, list):
            slots += [
                _item(value, i, inner)
                for i in range(len(value))
                if isinstance(value[i], gast.expr)
            ]
        elif isinstance(value, gast.expr):
            slots.append(_field(node, field, inner))
    return slots


def _call_operands(node: Any, wanted: bool) -> list[Slot]:
    slots = []
    if isinstance(node.func, gast.Attribute):
        slots.append(_field(node.func, "value", wanted))
    else:
        slots.append(_field(node, "func", wanted))
    slots += [_item(node.args, i, wanted) for i in range(len(node.args))]
    slots += [_field(keyword, "value", wanted) for keyword in node.keywords]
    return slots


def _field(node: Any, field: str, wanted: bool) -> Slot:
    return getattr(node, field), lambda new: setattr(node, field, new), wanted


def _item(items: list[Any], index: int, wanted: bool) -> Slot:
    def put(new: Any) -> None:
        items[index] = new

    return items[index], put, wanted
