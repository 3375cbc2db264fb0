"""Plain values as expressions: numbers, strings, small arrays, containers of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

#: Arrays with more elements are data that belongs into a file, not into a program.
LARGEST_ARRAY = 1000


def literal(value: Any) -> str | None:
    """An expression for a plain value, in terms of `np` at most; None: it has none.

    >>> literal({"weights": np.array([1.5, 2.0]), "name": None})
    "{'weights': np.array([1.5, 2.0]), 'name': None}"
    """
    cls = type(value)
    if value is None or value is Ellipsis or cls in (bool, int, str, bytes):
        return repr(value)
    if cls in (float, complex):
        return _number(value)
    if isinstance(value, np.generic):
        return _numpy_number(value)
    if cls is np.ndarray:
        return _array(value)
    if isinstance(value, np.dtype):
        return f"np.dtype({value.str!r})" if value.kind in "biufc" else None
    if cls is slice:
        return _joined("slice({})", (value.start, value.stop, value.step))
    if cls is tuple:
        return _joined("({},)" if len(value) == 1 else "({})", value)
    if cls is list:
        return _joined("[{}]", value)
    if cls is dict:
        return _pairs(value)
    if cls is range:
        return repr(value)
    return None


def _joined(form: str, values: Iterable[Any]) -> str | None:
    texts = [literal(value) for value in values]
    if None in texts:
        return None
    return form.format(", ".join(str(text) for text in texts))


def _pairs(value: dict[Any, Any]) -> str | None:
    keys = [literal(key) for key in value]
    values = [literal(part) for part in value.values()]
    if None in keys or None in values:
        return None
    return f"{{{', '.join(f'{k}: {v}' for k, v in zip(keys, values, strict=True))}}}"


def _number(value: Any) -> str:
    if np.isfinite(value):
        return repr(value)
    if isinstance(value, complex):
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    return f'float("{value}")'


def _numpy_number(value: np.generic) -> str | None:
    if value.dtype.kind not in "biufc" or value.dtype.itemsize > 16:
        return None
    inside = literal(value.item())
    return None if inside is None else f"np.{value.dtype.name}({inside})"


def _array(value: np.ndarray[Any, Any]) -> str | None:
    if value.dtype.kind not in "biufc" or value.size > LARGEST_ARRAY:
        return None
    inside = literal(value.tolist())
    made = np.array(value.tolist())
    if inside is None or made.shape != value.shape:
        return f"np.zeros({value.shape}, {value.dtype.str!r})" if inside else None
    plain = made.dtype == value.dtype
    return (
        f"np.array({inside})" if plain else f"np.array({inside}, {value.dtype.str!r})"
    )
