"""The adjoint of reading elements: adding them back to where they came from."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from sourcediff.runtime.dispatch import overridable


@overridable
def scatter_add(y_bar: Any, key: Any, like: Any) -> Any:
    """Zeros of the shape of `like`, with `y_bar` added at `key`.

    The adjoint of `like[key]`. An index that is met several times receives the sum.
    The result has the dtype of `y_bar`, or of `like` where `y_bar` is a number.

    >>> scatter_add(np.array([1.0, 2.0, 4.0]), np.array([0, 2, 0]), np.zeros(4))
    array([5., 0., 2., 0.])
    >>> scatter_add(3.0, (slice(None), 1), np.zeros((2, 3)))
    array([[0., 3., 0.],
           [0., 3., 0.]])
    """
    dtype = y_bar.dtype if hasattr(y_bar, "dtype") else np.result_type(like, y_bar)
    x_bar = np.zeros(np.shape(like), dtype)
    if _is_distinct(key):
        x_bar[key] = y_bar
    else:
        np.add.at(x_bar, key, y_bar)
    return x_bar


def _is_distinct(key: Any) -> bool:
    """Whether the key's form shows that it names no element twice.

    >>> _is_distinct((0, slice(2), None)), _is_distinct([1, 1])
    (True, False)
    """
    if isinstance(key, tuple):
        return all(_is_distinct(item) for item in key)
    if key is None or isinstance(key, int | np.integer | slice | EllipsisType):
        return True
    return isinstance(key, np.ndarray) and key.dtype == np.bool_
