"""Structures that may hold tensors: containers and objects, and what is in them."""

from __future__ import annotations

import argparse
import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, rebuilt
from sourcediff.tensor.libraries import is_users

#: The way from a structure to one of its parts, and on to a part of that.
Path = tuple[Any, ...]


#: Classes of Python's whose objects hold what the user puts into them.
_NAMESPACES = (types.SimpleNamespace, argparse.Namespace)
_LEAVES = frozenset({np.ndarray, float, int, bool, type(None), str, np.float64})


class Attribute(str):
    """A step of a path that leads to an attribute; others are indices and keys."""

    __slots__ = ()


def attributes(value: Any) -> list[str] | None:
    """The attributes of an object that holds data, None for any other value."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [field.name for field in dataclasses.fields(value)]
    kind = type(value)
    if isinstance(value, Base | type) or not (is_users(kind) or kind in _NAMESPACES):
        return None
    return list(vars(value)) if hasattr(value, "__dict__") else None


def blank(kind: type[Any]) -> Any:
    """An object of a class, without attributes.

    >>> blank(types.SimpleNamespace)
    namespace()
    """
    return kind() if kind is types.SimpleNamespace else object.__new__(kind)


def parts(value: Any) -> list[tuple[Any, Any]] | None:
    """The parts of a structure, each with the step that leads to it; None of a leaf."""
    if type(value) in _LEAVES:  # nearly all are, and it is asked at every call
        return None
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    if isinstance(value, dict):
        return list(value.items())
    names = attributes(value)
    if names is None:
        return None
    return [(Attribute(name), getattr(value, name)) for name in names]


def leaves(value: Any) -> Iterator[tuple[Path, Any]]:
    """The leaves of a structure, in order, with the paths that lead to them.

    >>> list(leaves({"w": [1.5, (2.5,)]}))
    [(('w', 0), 1.5), (('w', 1, 0), 2.5)]
    """
    return _leaves(value, (), ())


def _leaves(value: Any, path: Path, outside: tuple[int, ...]) -> Iterator[Any]:
    found = parts(value)
    if found is None:
        yield path, value
    elif id(value) not in outside:
        for step, part in found:
            yield from _leaves(part, (*path, step), (*outside, id(value)))


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """A structure of the same form with `function` of its leaves, in order.

    >>> mapped(abs, {"w": [-1.5, (2.5,)]})
    {'w': [1.5, (2.5,)]}
    """
    return _mapped(function, value, {})


def _mapped(function: Callable[[Any], Any], value: Any, outside: dict[int, Any]) -> Any:
    found = parts(value)
    if found is None:
        return function(value)
    if id(value) in outside:
        return outside[id(value)]
    made = outside[id(value)] = _begun(value)
    items = [(step, _mapped(function, part, outside)) for step, part in found]
    del outside[id(value)]
    if isinstance(value, list | tuple):
        rest = [part for _, part in items]
        if not isinstance(made, list):
            return rebuilt(value, rest)
        made += rest
    elif isinstance(value, dict):
        made.update(items)
    else:
        for name, part in items:
            object.__setattr__(made, name, part)
    return made


def _begun(value: Any) -> Any:
    """What a structure that is made in the place of another begins as."""
    if isinstance(value, list | tuple):
        return [] if type(value) is list else None
    return {} if isinstance(value, dict) else blank(type(value))


def with_leaves(value: Any, others: Iterator[Any]) -> Any:
    """A structure of the same form with other leaves, in order."""
    return mapped(lambda _: next(others), value)


def tensors_in(*values: Any) -> list[Base]:
    """The tensors in structures."""
    return [leaf for _, leaf in leaves(values) if isinstance(leaf, Base)]


def strip(value: Any) -> Any:
    """A structure with arrays in the place of tensors, numbers of traced numbers."""
    if not tensors_in(value):
        return value

    def stripped(leaf: Any) -> Any:
        if not isinstance(leaf, Base):
            return leaf
        is_number = leaf.face is Base.numpy_face and not leaf._array.ndim
        return leaf._array[()] if is_number else leaf._array

    return mapped(stripped, value)


def part_at(value: Any, path: Path) -> Any:
    """The part of a structure that a path leads to, None where it ends in a None."""
    for step in path:
        if value is None:
            return None
        value = getattr(value, step) if isinstance(step, Attribute) else value[step]
    return value


def placed(value: Any, path: Path, part: Any) -> Any:
    """A structure with another part in the place that a path leads to.

    >>> placed({"w": [1.5, 2.5]}, ("w", 1), 0.0)
    {'w': [1.5, 0.0]}
    """
    if not path:
        return part
    step, rest = path[0], path[1:]
    inner = placed(part_at(value, (step,)), rest, part)
    if isinstance(value, Mapping):
        return {**value, step: inner}
    if isinstance(step, Attribute):
        made = blank(type(value))
        for name in attributes(value) or ():
            object.__setattr__(made, name, getattr(value, name))
        object.__setattr__(made, step, inner)
        return made
    items = list(value)
    items[step] = inner
    return rebuilt(value, items)
