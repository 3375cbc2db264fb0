"""What a taped function did to its arguments, done to the originals."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.tensor.base import Base
from sourcediff.tensor.inputs import is_same, remade
from sourcediff.tensor.structures import attributes, part_of, parts, tensors_in
from sourcediff.tensor.views import view_like


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

    @classmethod
    def to_undo(cls, value: Any) -> Effects:
        """A copy of what may change; handing it over undoes what happened since.

        >>> value = [np.ones(2), {}]
        >>> effects = Effects.to_undo(value)
        >>> value[0][:] = 3.0; value[1]["n"] = 1
        >>> effects.hand_over(lambda part: part); value
        [array([1., 1.]), {}]
        """

        def copied(leaf: Any) -> Any:
            return leaf.copy() if isinstance(leaf, np.ndarray) else leaf

        return cls(value, remade(value, copied, lambda kind: kind))

    def _collect(self, original: Any, copy: Any) -> None:
        if id(copy) in self._pairs:
            return
        self._pairs[id(copy)] = original, copy
        for step, part in parts(original) or ():
            self._collect(part, part_of(copy, step))

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
            if attributes(original) is not None:
                _replace_attributes(original, self._attributes_of(copy, plain))

    def require_none(self, function: Any, written: Sequence[Any] = ()) -> None:
        """Raise LostGradient if a copy is not what its original is.

        The copies that are `written` may differ, if they are arrays that nothing else
        shows.
        """
        for original, copy in self._pairs.values():
            allowed = isinstance(original, np.ndarray) and any(
                copy is one for one in written
            )
            if not allowed and not self._same(original, copy):
                raise _write_of(function)

    def fill(self, function: Any, written: Sequence[Any], result: Any) -> None:
        """Write what was written into copies of arrays into these.

        Raises LostGradient where the result shows one of them, too.
        """
        for copy in written:
            original, _ = self._pairs[id(copy)]
            if not isinstance(original, np.ndarray):
                raise _write_of(function)
            for tensor in tensors_in(result):
                base = tensor if tensor._base is None else tensor._base
                if base is copy:
                    raise _write_of(function)
            _fill(original, copy._array)

    def _same(self, original: Any, copy: Any) -> bool:
        if isinstance(original, np.ndarray):
            return is_same(original, copy._array if isinstance(copy, Base) else copy)
        if isinstance(original, list):
            now: Any = [self._restored(item, lambda new: new) for item in copy]
            if len(now) != len(original) or not all(map(operator.is_, now, original)):
                return False
        if isinstance(original, dict) and not self._has_items(original, copy):
            return False
        if attributes(original) is None:
            return True
        now = self._attributes_of(copy, lambda new: new)
        items = {name: getattr(original, name) for name in attributes(original) or ()}
        return _is_same_dict(items, now)

    def _has_items(self, items: dict[Any, Any], copies: dict[Any, Any]) -> bool:
        now = {k: self._restored(item, lambda new: new) for k, item in copies.items()}
        return _is_same_dict(items, now)

    def _attributes_of(self, copy: Any, plain: Callable[[Any], Any]) -> dict[str, Any]:
        names = attributes(copy) or ()
        return {name: self._restored(getattr(copy, name), plain) for name in names}

    def original_of(self, result: Any) -> Any:
        """The same view of an original array as a result is of its copy, or None."""
        base = result if result._base is None else result._base
        pair = self._pairs.get(id(base))
        if pair is None or not isinstance(pair[0], np.ndarray):
            return None
        return view_like(result._array, base._array, pair[0])

    def _restored(self, value: Any, plain: Callable[[Any], Any]) -> Any:
        pair = self._pairs.get(id(value))
        return plain(value) if pair is None else pair[0]


def _write_of(function: Any) -> LostGradient:
    name = getattr(function, "__name__", repr(function))
    return LostGradient(
        f"a write of {name} into its arguments",
        'write into a copy, or pass fallback="always" to tape the caller',
    )


def _fill(array: Any, content: Any) -> None:
    if not is_same(array, content):
        array[...] = content


def _refill(items: list[Any], content: list[Any]) -> None:
    same = len(items) == len(content) and all(
        old is new for old, new in zip(items, content, strict=True)
    )
    if not same:
        items[:] = content


def _replace(items: dict[Any, Any], content: dict[Any, Any]) -> None:
    if not _is_same_dict(items, content):
        items.clear()
        items.update(content)


def _replace_attributes(original: Any, content: dict[str, Any]) -> None:
    for name in attributes(original) or ():
        if name not in content:
            object.__delattr__(original, name)
    for name, value in content.items():
        if not hasattr(original, name) or getattr(original, name) is not value:
            object.__setattr__(original, name, value)


def _is_same_dict(items: dict[Any, Any], content: dict[Any, Any]) -> bool:
    return items.keys() == content.keys() and all(
        items[key] is value for key, value in content.items()
    )
