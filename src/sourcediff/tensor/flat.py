"""The elements of a tracked array along one axis, as `ndarray.flat` has them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.record import call
from sourcediff.tensor.torn import require_whole


class Flat:
    """Reads and writes the elements of an array, whatever its layout, in C order."""

    def __init__(self, base: Any) -> None:
        self.base = base
        self.index = 0

    @property
    def coords(self) -> Any:
        """The indices of the element that comes next."""
        return tuple(map(int, np.unravel_index(self.index, self.base.shape)))

    def copy(self) -> Any:
        """The elements in an array of their own."""
        return self.base.flatten()

    def __len__(self) -> int:
        return int(self.base.size)

    def __iter__(self) -> Any:
        self.index = 0
        return self

    def __next__(self) -> Any:
        if self.index >= len(self):
            raise StopIteration
        self.index += 1
        return self[self.index - 1]

    def __getitem__(self, key: Any) -> Any:
        return self.copy()[self._plain(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        """Store a number, or elements, which are repeated until they suffice."""
        key, plain = self._plain(key), self._plain(value)
        array = self.base._array
        require_whole(lambda a, v: operator.setitem(a.flat, key, v), array, plain)
        self._store(key, value)

    def fill(self, value: Any) -> None:
        """`a.flat = value`, for which NumPy copies some values that overlap."""
        array, plain = self.base._array, self._plain(value)
        require_whole(lambda a, v: setattr(a, "flat", v), array, plain)
        self._store(slice(None), value)

    def _store(self, key: Any, value: Any) -> None:
        places = np.arange(len(self))[key]
        if isinstance(value, list | tuple):
            value = np.concatenate([np.ravel(item) for item in value])
        if np.ndim(value):
            value = np.ravel(value)
            chosen = np.arange(places.size) % len(value)
            value = value[chosen].reshape(places.shape)
        self.base[np.unravel_index(places, self.base.shape)] = value

    @staticmethod
    def _plain(key: Any) -> Any:
        return key._array if isinstance(key, Base) else key

    def __array_function__(
        self, function: Any, types: Any, args: Any, kwargs: Any
    ) -> Any:
        return call(function, _listed(args), kwargs)

    def __array_ufunc__(self, function: Any, method: str, *args: Any, **kw: Any) -> Any:
        return getattr(function, method)(*_listed(args), **kw)


def _listed(values: Any) -> Any:
    """Arguments with arrays in the place of iterators."""
    if isinstance(values, list | tuple):
        return type(values)(map(_listed, values))
    return values.copy() if isinstance(values, Flat) else values
