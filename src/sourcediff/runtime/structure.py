"""Cotangents of structures: sums of them, copies, and how they are put together."""

from __future__ import annotations

import copy
import types
from typing import Any

import numpy as np

from sourcediff.runtime.attributes import attribute_names, has_attributes
from sourcediff.runtime.dispatch import overridable
from sourcediff.runtime.zeros import zeros_like


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
    if hasattr(x_bar, "dtype"):  # an array, or what the tape has for one
        return x_bar + y_bar
    if isinstance(x_bar, dict):
        return {key: add(x_bar[key], y_bar[key]) for key in x_bar}
    if isinstance(x_bar, tuple) and hasattr(x_bar, "_fields"):
        return type(x_bar)(*map(add, x_bar, y_bar))
    if isinstance(x_bar, list | tuple):
        parts = [add(x, y) for x, y in zip(x_bar, y_bar, strict=True)]
        return parts if isinstance(x_bar, list) else tuple(parts)
    if has_attributes(x_bar):
        total = copy.copy(x_bar)
        for name in attribute_names(x_bar):
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
    if hasattr(x, "dtype") and not isinstance(x, type):
        return x.copy()
    if isinstance(x, int | float | complex | str | None):
        return x
    return copy.deepcopy(x)


@overridable
def stop_gradient(x: Any) -> Any:
    """A copy of a value through which no derivative flows.

    What is computed from it counts as constant, whatever `x` depends on. Structures of
    arrays and numbers are copied as a whole.

    >>> from sourcediff import grad
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    return copied(x)


def item_tangents(x: Any, x_dot: Any) -> Any:
    """The tangents of what iterating over `x` gives: the keys of a dict have none.

    >>> item_tangents({3: 1.5}, {3: 2.5}), item_tangents([1.5], [2.5])
    ([0.0], [2.5])
    """
    return [0.0] * len(x) if isinstance(x, dict) else x_dot


def rebuild(like: Any, values: Any) -> Any:
    """An object of the type of `like` whose attributes are the given values, in order.

    >>> from collections import namedtuple
    >>> Point = namedtuple("Point", "x y")
    >>> rebuild(Point(1.5, 2.5), (3.0, None))
    Point(x=3.0, y=None)
    """
    if isinstance(like, tuple):
        return type(like)(*values) if hasattr(like, "_fields") else tuple(values)
    if not values or isinstance(like, range | slice):
        return None  # it is a constant, or nothing of it is known but that
    made = copy.copy(like)
    for name, value in zip(attribute_names(like), values, strict=True):
        object.__setattr__(made, name, value)
    return made


def add_at(x_bar: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The cotangent with `value` added to the part at `path`; tuples are made anew.

    >>> add_at([(1.5, 2.5), (0.0, 0.0)], (0, 1), 1.0)
    [(1.5, 3.5), (0.0, 0.0)]

    In an array, a place that a key names several times receives the sum.

    >>> add_at(np.zeros(2), ([1, 1],), np.array([0.5, 0.25]))
    array([0.  , 0.75])
    """
    if not path:
        return add(x_bar, value)
    key, *rest = path
    if not rest and hasattr(type(x_bar), "__array_function__"):
        np.add.at(x_bar, key, value)
        return x_bar
    part = add_at(x_bar[key], tuple(rest), value)
    if isinstance(x_bar, tuple):
        index = range(len(x_bar))[key]
        parts = (*x_bar[:index], part, *x_bar[index + 1 :])
        return type(x_bar)(*parts) if hasattr(x_bar, "_fields") else parts
    x_bar[key] = part
    return x_bar


def unrepeated(x_bar: Any, x: Any) -> Any:
    """The cotangent of a list (or tuple) from that of the list times a number.

    >>> unrepeated([1.0, 2.0, 10.0, 20.0], [0.0, 0.0])
    [11.0, 22.0]
    """
    total = zeros_like(x)
    for start in range(0, len(x_bar), len(x) or 1):
        total = add(total, type(x)(x_bar[start : start + len(x)]))
    return total


def private(*values: Any) -> tuple[Any, ...]:
    """Copies of arrays, and of lists of them, that share memory as the originals do.

    >>> a = np.zeros(3)
    >>> b, c = private(a, a[1:])
    >>> c[0] = 5.0
    >>> a, b
    (array([0., 0., 0.]), array([0., 5., 0.]))
    """
    copies = Copies()
    return tuple(map(copies.of, values))


def apart(value: Any, others: list[Any]) -> Any:
    """A structure with copies of those arrays that share memory with others.

    The copies share memory with each other as the originals do.

    >>> a = np.zeros(3)
    >>> b, c = apart((a, a[1:]), [a[:1]])
    >>> a[1], b[2] = 5.0, 6.0
    >>> c
    array([0., 6.])
    """
    return Copies(others).of(value)


_CODE = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
)


def owner_of(array: Any) -> Any:
    """The array that owns the memory which an array shows.

    What `as_strided` makes has one more object between.

    >>> a = np.zeros((3, 4))
    >>> owner_of(a[1:].T) is owner_of(np.lib.stride_tricks.as_strided(a, (2,))) is a
    True
    """
    while isinstance(array, np.ndarray):
        owner = array
        array = array.base
        if array is not None and not isinstance(array, np.ndarray):
            array = getattr(array, "base", None)
    return owner


class Copies:
    """Copies of one array or container each; `others`: only where memory is shared."""

    def __init__(self, others: list[Any] | None = None) -> None:
        self._others = others
        self._made: dict[int, Any] = {}
        self._arrays: list[Any] = []

    def of(self, value: Any) -> Any:
        """The copy of a value."""
        if isinstance(value, np.ndarray):
            return self._array(value)
        if hasattr(value, "copied_beside"):
            return self._tracked(value)
        if isinstance(value, tuple):
            items = [self.of(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        if not (isinstance(value, list | dict) or has_attributes(value)):
            return value
        if isinstance(value, _CODE):
            return value
        if id(value) not in self._made:
            self._made[id(value)] = made = copy.copy(value)
            self._fill(made, value)
        return self._made[id(value)]

    def _fill(self, made: Any, value: Any) -> None:
        """Put copies in place of the parts of a container."""
        if isinstance(value, list):
            made[:] = [self.of(item) for item in value]
        elif isinstance(value, dict):
            copies = {key: self.of(item) for key, item in value.items()}
            dict.update(made, copies)  # that of a Counter would add
        else:
            for name in attribute_names(value):
                object.__setattr__(made, name, self.of(getattr(value, name)))

    def _tracked(self, value: Any) -> Any:
        """What the tape has for an array; of its graph nothing is copied."""
        if id(value) not in self._made:
            self._made[id(value)] = value.copied_beside(self._arrays)
        return self._made[id(value)]

    def _array(self, array: Any) -> Any:
        owner = owner_of(array)
        if self._others is not None and not any(
            np.may_share_memory(owner, other) for other in self._others
        ):
            return array
        if not (owner.flags.c_contiguous or owner.flags.f_contiguous):
            return array.copy()
        if id(owner) not in self._made:
            memory = np.empty(owner.size, owner.dtype)
            made = np.ndarray(owner.shape, owner.dtype, memory, 0, owner.strides)
            made[...] = owner
            self._made[id(owner)] = memory
        memory = self._made[id(owner)]
        start = owner.__array_interface__["data"][0]
        offset = array.__array_interface__["data"][0] - start
        return np.ndarray(array.shape, array.dtype, memory, offset, array.strides)
