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
