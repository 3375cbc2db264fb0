"""`np.vectorize` of a function of traced numbers: a loop over elements, recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.tensor.base import Base, tensors_in
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import refused
from sourcediff.tensor.traced import Traced


class Vectorized:
    """What `np.vectorize` makes, calling a `function` that records.

    >>> doubled = Vectorized(np.vectorize(lambda v: v * 2.0), lambda v: v * 2.0)
    >>> doubled(np.array([[1.0, 2.0]]))
    array([[2., 4.]])
    """

    def __init__(self, plain: Any, function: Callable[..., Any]) -> None:
        self._plain, self._function = plain, function

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function of each element, in the type of the first result."""
        plain = self._plain
        if plain.signature is not None:
            if tensors_in(args, kwargs):
                self._refuse("with a signature", "loop over the first axis")
            return plain(*args, **kwargs)
        chosen: dict[Any, Any] = {
            key: value if isinstance(value, Base) else np.asarray(value)
            for key, value in (*enumerate(args), *kwargs.items())
            if key not in plain.excluded
        }
        shape = np.broadcast_shapes(*(value.shape for value in chosen.values()))
        spread = {key: np.broadcast_to(value, shape) for key, value in chosen.items()}
        results = [
            self._function(
                *(_item(spread, k, index, arg) for k, arg in enumerate(args)),
                **{k: _item(spread, k, index, arg) for k, arg in kwargs.items()},
            )
            for index in np.ndindex(shape)
        ]
        if not results:
            return plain(*args, **kwargs)
        if isinstance(results[0], tuple):
            columns = zip(*results, strict=True)
            return tuple(
                self._gathered(list(column), shape, k)
                for k, column in enumerate(columns)
            )
        return self._gathered(results, shape, 0)

    def _gathered(self, results: list[Any], shape: Any, k: int) -> Any:
        otypes = self._plain.otypes
        first = results[0]._array if isinstance(results[0], Base) else results[0]
        dtype = np.dtype(otypes[k]) if otypes else np.asarray(first).dtype
        if not any(value.edge is not None for value in tensors_in(results, {})):
            return Traced.passive(np.array(results, dtype).reshape(shape))
        if dtype.kind not in "fc":
            self._refuse("whose first result is an integer", "give otypes=[float]")
        items: list[Any] = [
            v if isinstance(v, Base) else np.asarray(v, dtype) for v in results
        ]
        return np.stack(items).astype(dtype).reshape(shape)

    def _refuse(self, which: str, way_out: str) -> None:
        construct = f"np.vectorize of a function {which}"
        raise refused(LostGradient(construct, way_out, user_location()))


def _item(spread: dict[Any, Any], key: Any, index: Any, otherwise: Any) -> Any:
    if key not in spread:
        return otherwise
    item = spread[key][index]
    return item if isinstance(item, Base) else item.item()
