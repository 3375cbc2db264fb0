"""Cotangents of structures: sums of them, copies, and how they are put together."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np


def add(x_bar: Any, y_bar: Any) -> Any:
    """The sum of two cotangents of one structure; None is a zero.

    Neither argument is written into.

    >>> add([1.5, None], [2.0, {"w": 3.0}])
    [3.5, {'w': 3.0}]
    """
    if x_bar is None:
        return y_bar
    if y_bar is None:
        return x_bar
    if isinstance(x_bar, dict):
        return {key: add(x_bar[key], y_bar[key]) for key in x_bar}
    if isinstance(x_bar, tuple) and hasattr(x_bar, "_fields"):
        return type(x_bar)(*map(add, x_bar, y_bar))
    if isinstance(x_bar, list | tuple):
        parts = [add(x, y) for x, y in zip(x_bar, y_bar, strict=True)]
        return parts if isinstance(x_bar, list) else tuple(parts)
    if dataclasses.is_dataclass(x_bar) or hasattr(x_bar, "__dict__"):
        total = copy.copy(x_bar)
        for name in vars(x_bar):
            object.__setattr__(
                total, name, add(getattr(x_bar, name), getattr(y_bar, name))
            )
        return total
    return x_bar + y_bar


def copied(x: Any) -> Any:
    """A copy of a structure whose arrays and containers may be written into.

    >>> a = {"w": np.ones(2)}
    >>> b = copied(a)
    >>> b["w"][0] = 5.0
    >>> a["w"]
    array([1., 1.])
    """
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, int | float | complex | str | None):
        return x
    return copy.deepcopy(x)


def rebuild(like: Any, values: Any) -> Any:
    """An object of the type of `like` whose attributes are the given values, in order.

    >>> from collections import namedtuple
    >>> Point = namedtuple("Point", "x y")
    >>> rebuild(Point(1.5, 2.5), (3.0, None))
    Point(x=3.0, y=None)
    """
    if isinstance(like, tuple):
        return type(like)(*values)
    made = copy.copy(like)
    for name, value in zip(vars(like), values, strict=True):
        object.__setattr__(made, name, value)
    return made


def add_at(x_bar: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The cotangent with `value` added to the part at `path`; tuples are made anew.

    >>> add_at([(1.5, 2.5), (0.0, 0.0)], (0, 1), 1.0)
    [(1.5, 3.5), (0.0, 0.0)]
    """
    if not path:
        return add(x_bar, value)
    key, *rest = path
    part = add_at(x_bar[key], tuple(rest), value)
    if isinstance(x_bar, tuple):
        index = range(len(x_bar))[key]
        parts = (*x_bar[:index], part, *x_bar[index + 1 :])
        return type(x_bar)(*parts) if hasattr(x_bar, "_fields") else parts
    x_bar[key] = part
    return x_bar


def private(*values: Any) -> tuple[Any, ...]:
    """Copies of arrays, and of lists of them, that share memory as the originals do.

    >>> a = np.zeros(3)
    >>> b, c = private(a, a[1:])
    >>> c[0] = 5.0
    >>> a, b
    (array([0., 0., 0.]), array([0., 5., 0.]))
    """
    owners: dict[int, Any] = {}
    return tuple(_private(value, owners) for value in values)


def _private(value: Any, owners: dict[int, Any]) -> Any:
    if isinstance(value, np.ndarray):
        return _private_array(value, owners)
    if isinstance(value, tuple):
        items = [_private(item, owners) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if not (isinstance(value, list | dict) or hasattr(value, "__dict__")):
        return value
    if isinstance(value, type) or callable(value):
        return value
    if id(value) not in owners:
        owners[id(value)] = made = copy.copy(value)
        _fill(made, value, owners)
    return owners[id(value)]


def _fill(made: Any, value: Any, owners: dict[int, Any]) -> None:
    """Put private copies in place of the parts of a container."""
    if isinstance(value, list):
        made[:] = [_private(item, owners) for item in value]
    elif isinstance(value, dict):
        made.update({key: _private(item, owners) for key, item in value.items()})
    else:
        for name, item in vars(value).items():
            object.__setattr__(made, name, _private(item, owners))


def _private_array(array: Any, owners: dict[int, Any]) -> Any:
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if not (owner.flags.c_contiguous or owner.flags.f_contiguous):
        return array.copy()
    if id(owner) not in owners:
        memory = np.empty(owner.size, owner.dtype)
        made = np.ndarray(owner.shape, owner.dtype, memory, 0, owner.strides)
        made[...] = owner
        owners[id(owner)] = memory
    offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    memory = owners[id(owner)]
    return np.ndarray(array.shape, array.dtype, memory, offset, array.strides)
