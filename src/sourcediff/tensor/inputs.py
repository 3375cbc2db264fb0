"""The arguments of a taped function: copies to work on, and leaves behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from sourcediff.errors import OverlapError
from sourcediff.tensor.base import Base
from sourcediff.tensor.node import Identity
from sourcediff.tensor.rebinding import rebound_class
from sourcediff.tensor.structures import mapped
from sourcediff.tensor.traced import Traced


class Inputs:
    """Makes copies of arguments; `sources` are the leaves of those that are tracked.

    An array that is given twice is two variables, as in compiled code. So the copies
    share no memory, and none may be written into whose original shares memory with
    that of another.
    """

    def __init__(self) -> None:
        self.sources: list[Traced] = []
        self._arrays: list[tuple[str, Any, Base, Any]] = []

    def tracked(self, name: str, value: Any) -> Any:
        """A copy of an argument, with its floats tracked."""
        return remade(value, lambda leaf: self._track(name, leaf))

    def copied(self, name: str, value: Any) -> Any:
        """A copy that is a constant; tracked values may be written into its arrays."""
        return remade(value, lambda leaf: self._copy(name, leaf))

    def _track(self, name: str, leaf: Any) -> Any:
        if not is_float(leaf):
            return self._copy(name, leaf)
        if isinstance(leaf, Base):
            edge = leaf.edge
            source = Traced.made(leaf._array, None if edge is None else Identity(edge))
        else:
            source = Traced.made(np.array(leaf))
        source._leaf = source._node is None
        self.sources.append(source)
        copy = np.positive(source)  # which may be written into
        copy._source = source
        copy._python = type(leaf) in (float, complex)
        return self._noted(name, leaf, copy)

    def _copy(self, name: str, leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray):
            return leaf
        return self._noted(name, leaf, Traced.passive(leaf.copy()))

    def _noted(self, name: str, leaf: Any, copy: Any) -> Any:
        array = leaf._array if isinstance(leaf, Base) else leaf
        if isinstance(array, np.ndarray) and array.size and isinstance(copy, Base):
            self._arrays.append((name, array, copy, copy._node))
        return copy

    def refuse_overlap(self, function: Any) -> None:
        """Raise OverlapError where one of several that share memory was written."""
        spans = [
            (*byte_bounds(array), k) for k, (_, array, _, _) in enumerate(self._arrays)
        ]
        spans.sort()
        for k, (_, high, one) in enumerate(spans):
            for low, _, other in spans[k + 1 :]:
                if low >= high:
                    break
                if np.may_share_memory(self._arrays[one][1], self._arrays[other][1]):
                    self._refuse(function, one, other)
                    self._refuse(function, other, one)

    def _refuse(self, function: Any, k: int, other: int) -> None:
        name, array, copy, node = self._arrays[k]
        if copy._node is not node or not is_same(array, copy._array):
            written = getattr(function, "__name__", repr(function))
            raise OverlapError(written, name, self._arrays[other][0])


def is_float(value: Any) -> bool:
    """Whether a value has derivatives."""
    if isinstance(value, np.ndarray | np.generic | Base):
        return bool(value.dtype.kind in "fc")
    return isinstance(value, float | complex)


def is_same(array: Any, content: Any) -> bool:
    """Whether arrays have the same shape and elements."""
    return array.shape == content.shape and np.array_equal(
        array, content, equal_nan=array.dtype.kind in "fc"
    )


def remade(
    value: Any,
    function: Callable[[Any], Any],
    dressed: Callable[[type[Any]], type[Any]] = rebound_class,
) -> Any:
    """A nested structure with `function` applied to its leaves.

    Objects become instances of what `dressed` makes of their class.
    """
    return mapped(function, value, dressed)
