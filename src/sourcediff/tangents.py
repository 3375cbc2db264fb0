"""Tangents that a user gives: checked, and brought to the form of their primals."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from sourcediff.errors import SeedError
from sourcediff.structures import is_object


def like_primal(x: Any, x_dot: Any, of: str) -> Any:
    """A tangent in the structure, shapes and dtypes of its primal.

    None stands for zeros, and is the tangent of what is no float. `of` names the primal
    in errors. Raises SeedError where the tangent does not fit.

    >>> like_primal({"w": np.ones(2), "steps": 3}, {"w": [0.5, 2], "steps": None}, "p")
    {'w': array([0.5, 2. ]), 'steps': None}
    """
    match x:
        case dict():
            _require(isinstance(x_dot, dict | None), of, "a dict", x_dot)
            given = {} if x_dot is None else x_dot
            _require(given.keys() <= x.keys(), of, f"the keys {list(x)}", list(given))
            return {
                key: like_primal(item, given.get(key), f"{of}[{key!r}]")
                for key, item in x.items()
            }
        case list() | tuple():
            return _like_sequence(x, x_dot, of)
        case np.ndarray() if x.dtype.kind in "fc":
            return _like_array(x, x_dot, of)
        case float() | complex() | np.inexact():
            return _like_number(x, x_dot, of)
    if is_object(x):
        made = copy.copy(x)
        for key, item in vars(x).items():
            part = None if x_dot is None else getattr(x_dot, key)
            object.__setattr__(made, key, like_primal(item, part, f"{of}.{key}"))
        return made
    is_zero = x_dot is None or (np.size(x_dot) == np.size(x) and not np.any(x_dot))
    _require(is_zero, of, "None, since it is no float", x_dot)
    return None


def _like_sequence(x: Any, x_dot: Any, of: str) -> Any:
    parts = [None] * len(x) if x_dot is None else x_dot
    fits = isinstance(parts, list | tuple | np.ndarray) and len(parts) == len(x)
    _require(fits, of, f"{len(x)} elements", x_dot)
    made = [
        like_primal(item, part, f"{of}[{index}]")
        for index, (item, part) in enumerate(zip(x, parts, strict=True))
    ]
    if isinstance(x, list):  # a list of numbers may be read as an array
        return [
            0.0 if part is None and isinstance(item, int) else part
            for item, part in zip(x, made, strict=True)
        ]
    return type(x)(*made) if hasattr(x, "_fields") else tuple(made)


def _like_array(x: Any, x_dot: Any, of: str) -> Any:
    if x_dot is None:
        return np.zeros_like(x)
    given = np.asarray(x_dot)
    _require(given.shape == x.shape, of, f"shape {x.shape}", given)
    _require(np.can_cast(given.dtype, x.dtype, "same_kind"), of, str(x.dtype), given)
    if given.dtype == x.dtype and given.strides == x.strides:
        return given
    made = np.empty_like(x)
    made[...] = given
    return made


def _like_number(x: Any, x_dot: Any, of: str) -> Any:
    cls = type(x)
    if x_dot is None:
        return cls(0)
    _require(np.ndim(x_dot) == 0, of, "a number", x_dot)
    is_real = not isinstance(x, complex | np.complexfloating)
    _require(not (is_real and np.iscomplexobj(x_dot)), of, "a real number", x_dot)
    return cls(x_dot)


def _require(fits: bool, of: str, expected: str, given: Any) -> None:
    if not fits:
        raise SeedError("tangent", of, expected, described_value(given))


def described_value(value: Any) -> str:
    """A value in a few words, for error messages.

    >>> described_value(np.ones((2, 3))), described_value(0.5)
    ('float64 of shape (2, 3)', '0.5')
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    text = repr(value)
    return text if len(text) < 60 else f"a {type(value).__name__}"
