"""What objects hold: attributes in a dict of theirs, and in slots."""

from __future__ import annotations

import types
from typing import Any


def attribute_names(x: Any) -> list[str]:
    """The attributes that an object holds, in `__slots__` and beside them.

    >>> class Point:
    ...     __slots__ = ("x", "y")
    >>> point = Point()
    >>> point.y = 2.5
    >>> attribute_names(point)
    ['y']
    """
    names = [
        name
        for kind in reversed(type(x).__mro__)
        if "__slots__" in vars(kind)
        for name, member in vars(kind).items()
        if isinstance(member, types.MemberDescriptorType) and hasattr(x, name)
    ]
    return [*names, *getattr(x, "__dict__", ())]


def has_attributes(x: Any) -> bool:
    """Whether a value may hold attributes of its own.

    What computes as arrays do is one value, whatever slots it has.

    >>> has_attributes(types.SimpleNamespace()), has_attributes(1.5)
    (True, False)
    """
    if hasattr(x, "__dict__") or hasattr(x, "__array_ufunc__"):
        return hasattr(x, "__dict__")
    return any(vars(kind).get("__slots__") for kind in type(x).__mro__)
