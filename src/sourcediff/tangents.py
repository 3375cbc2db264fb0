"""Tangents and cotangents that a user gives, brought to the form of their primals."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sourcediff.errors import SeedError
from sourcediff.structures import attribute_names, is_object


@dataclass(frozen=True)
class Place:
    """What is given (a tangent, a cotangent), and what it belongs to, for errors."""

    role: str
    of: str

    def at(self, step: str) -> Place:
        """The place of a part."""
        return replace(self, of=self.of + step)

    def require(self, fits: bool, expected: str, given: Any) -> None:
        """Raise SeedError where what is given does not fit."""
        if not fits:
            raise SeedError(self.role, self.of, expected, described_value(given))


def like_primal(x: Any, given: Any, place: Place) -> Any:
    """A tangent or cotangent in the structure, shapes and dtypes of its primal.

    None stands for zeros, and is the tangent of what is no float. Raises SeedError
    where what is given does not fit.

    >>> p = Place("tangent", "p")
    >>> like_primal({"w": np.ones(2), "steps": 3}, {"w": [0.5, 2], "steps": None}, p)
    {'w': array([0.5, 2. ]), 'steps': None}
    """
    match x:
        case list() | tuple() | dict() if attribute_names(x):
            return _with_attributes(x, given, place)
        case dict():
            place.require(isinstance(given, dict | None), "a dict", given)
            given = {} if given is None else given
            place.require(given.keys() <= x.keys(), f"the keys {list(x)}", list(given))
            return {
                key: like_primal(item, given.get(key), place.at(f"[{key!r}]"))
                for key, item in x.items()
            }
        case list() | tuple():
            return _like_sequence(x, given, place)
        case np.ndarray() if x.dtype.kind in "fc":
            return _like_array(x, given, place)
        case float() | complex() | np.inexact():
            return _like_number(x, given, place)
    if is_object(x):
        return _like_object(x, given, place, copy.copy(x))
    if place.role == "tangent":
        is_zero = given is None or (np.size(given) == np.size(x) and not np.any(given))
        place.require(is_zero, "None, since it is no float", given)
    return None


def _like_object(x: Any, given: Any, place: Place, made: Any) -> Any:
    for key in attribute_names(x):
        item, part = getattr(x, key), None if given is None else getattr(given, key)
        object.__setattr__(made, key, like_primal(item, part, place.at(f".{key}")))
    return made


def _with_attributes(x: Any, given: Any, place: Place) -> Any:
    """The same for a list, tuple or dict of a class of the user's."""
    kind = next(kind for kind in (list, tuple, dict) if isinstance(x, kind))
    items = like_primal(kind(x), None if given is None else kind(given), place)
    made = copy.copy(x)
    if isinstance(x, tuple):
        made = tuple.__new__(type(x), items)
    elif isinstance(x, list):
        made[:] = items
    else:
        made.update(items)
    return _like_object(x, given, place, made)


def _like_sequence(x: Any, given: Any, place: Place) -> Any:
    parts = [None] * len(x) if given is None else given
    fits = isinstance(parts, list | tuple | np.ndarray) and len(parts) == len(x)
    place.require(fits, f"{len(x)} elements", given)
    made = [
        like_primal(item, part, place.at(f"[{index}]"))
        for index, (item, part) in enumerate(zip(x, parts, strict=True))
    ]
    if isinstance(x, list):  # a list of numbers may be read as an array
        return [
            0.0 if part is None and isinstance(item, int) else part
            for item, part in zip(x, made, strict=True)
        ]
    return type(x)(*made) if hasattr(x, "_fields") else tuple(made)


def _like_array(x: Any, given: Any, place: Place) -> Any:
    if given is None:
        return np.zeros_like(x)
    array = np.asarray(given)
    place.require(array.shape == x.shape, f"shape {x.shape}", array)
    place.require(np.can_cast(array.dtype, x.dtype, "same_kind"), str(x.dtype), array)
    if array.dtype == x.dtype and array.strides == x.strides:
        return array
    made = np.empty_like(x)
    made[...] = array
    return made


def _like_number(x: Any, given: Any, place: Place) -> Any:
    cls = type(x)
    if given is None:
        return cls(0)
    is_number = np.ndim(given) == 0 and np.asarray(given).dtype.kind in "biufc"
    place.require(is_number, "a number", given)
    is_real = not isinstance(x, complex | np.complexfloating)
    place.require(not (is_real and np.iscomplexobj(given)), "a real number", given)
    return cls(given)


def described_value(value: Any) -> str:
    """A value in a few words, for error messages.

    >>> described_value(np.ones((2, 3))), described_value(0.5)
    ('float64 of shape (2, 3)', '0.5')
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    text = repr(value)
    return text if len(text) < 60 else f"a {type(value).__name__}"
