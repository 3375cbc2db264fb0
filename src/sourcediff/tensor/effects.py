"""What a taped function did to its arguments, done to the originals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.rebinding import is_users


class Effects:
    """Pairs of originals and the copies that a function works on.

    >>> original = {"path": [1.0], "n": 2}
    >>> copy = {"path": [1.0], "n": 2}
    >>> effects = Effects(original, copy)
    >>> copy["path"].append(2.5)
    >>> effects.hand_over(lambda value: value)
    >>> original
    {'path': [1.0, 2.5], 'n': 2}
    """

    def __init__(self, original: Any, copy: Any) -> None:
        self._pairs: dict[int, tuple[Any, Any]] = {}
        self._collect(original, copy)

    def _collect(self, original: Any, copy: Any) -> None:
        self._pairs[id(copy)] = original, copy
        if isinstance(original, list | tuple):
            for item, own in zip(original, copy, strict=True):
                self._collect(item, own)
        elif isinstance(original, dict):
            for key, item in original.items():
                self._collect(item, copy[key])
        else:
            for name in attributes(original) or ():
                self._collect(getattr(original, name), getattr(copy, name))

    def hand_over(self, plain: Callable[[Any], Any]) -> None:
        """Make the originals what the copies are; `plain` takes traces off values."""
        for original, copy in list(self._pairs.values()):
            if isinstance(original, np.ndarray):
                _fill(original, copy._array if isinstance(copy, Base) else copy)
            elif isinstance(original, list):
                _refill(original, [self._restored(item, plain) for item in copy])
            elif isinstance(original, dict):
                items = {k: self._restored(item, plain) for k, item in copy.items()}
                _replace(original, items)
            elif attributes(original) is not None and hasattr(original, "__dict__"):
                state = vars(copy)
                items = {k: self._restored(item, plain) for k, item in state.items()}
                _replace(vars(original), items)

    def _restored(self, value: Any, plain: Callable[[Any], Any]) -> Any:
        pair = self._pairs.get(id(value))
        return plain(value) if pair is None else pair[0]


def _fill(array: Any, content: Any) -> None:
    same = array.shape == content.shape and np.array_equal(
        array, content, equal_nan=array.dtype.kind in "fc"
    )
    if not same:
        array[...] = content


def _refill(items: list[Any], content: list[Any]) -> None:
    same = len(items) == len(content) and all(
        old is new for old, new in zip(items, content, strict=True)
    )
    if not same:
        items[:] = content


def _replace(items: dict[Any, Any], content: dict[Any, Any]) -> None:
    same = items.keys() == content.keys() and all(
        items[key] is value for key, value in content.items()
    )
    if not same:
        items.clear()
        items.update(content)


def attributes(value: Any) -> list[str] | None:
    """The attributes of an object that holds data, None for any other value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [field.name for field in dataclasses.fields(value)]
    kind = type(value)
    if isinstance(value, Base | type) or not is_users(kind):
        return None
    return list(vars(value)) if hasattr(value, "__dict__") else None
