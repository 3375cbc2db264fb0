"""Structures that may hold tensors: containers and objects, and what is in them."""

from __future__ import annotations

import argparse
import collections
import copy
import dataclasses
import types
from collections.abc import Callable, Iterator
from numbers import Number
from typing import Any

import numpy as np

from sourcediff.runtime.attributes import attribute_names, has_attributes
from sourcediff.tensor.base import Base, rebuilt
from sourcediff.tensor.libraries import is_users

#: The way from a structure to one of its parts, and on to a part of that.
Path = tuple[Any, ...]


#: Classes of Python's whose objects hold what the user puts into them.
_NAMESPACES = (
    *(types.SimpleNamespace, argparse.Namespace),
    *(collections.UserDict, collections.UserList, collections.ChainMap),
)
#: What is a value as a whole, whatever attributes a subclass may have.
_WHOLE = (
    *(Base, type, np.ndarray, np.generic, Number, str, bytes),
    *(BaseException, set, frozenset),
)
_PLAIN = frozenset({list, tuple, dict})
_LEAVES = frozenset({np.ndarray, float, int, bool, type(None), str, np.float64})


@dataclasses.dataclass(frozen=True, slots=True)
class Attribute:
    """A step of a path that leads to an attribute; others are indices and keys."""

    name: str


def attributes(value: Any) -> list[str] | None:
    """The attributes of an object that holds data, None for any other value.

    Lists, tuples and dicts of the user's classes have some beside their elements.
    """
    kind = type(value)
    if isinstance(value, _WHOLE):
        return None
    if not (is_users(kind) or kind in _NAMESPACES or dataclasses.is_dataclass(kind)):
        return None
    return attribute_names(value) if has_attributes(value) else None


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
    names = attributes(value)
    own = [(Attribute(name), getattr(value, name)) for name in names or ()]
    if isinstance(value, list | tuple):
        return [*enumerate(value), *own]
    if isinstance(value, dict):
        return [*value.items(), *own]
    return None if names is None else own


def part_of(value: Any, step: Any) -> Any:
    """The part of a structure to which one step leads."""
    return getattr(value, step.name) if isinstance(step, Attribute) else value[step]


def begun(value: Any, kind: Any) -> Any:
    """What a structure of a class in the place of another begins as; None of a tuple.

    >>> begun({"a": 1.5}, dict), begun((1.5,), tuple)
    ({}, None)
    """
    if isinstance(value, tuple):
        return None
    if isinstance(value, dict) and type(value) is not dict and not is_users(kind):
        made = copy.copy(value)  # it knows what it makes of missing keys, say
        made.clear()
        return made
    return kind.__new__(kind) if isinstance(value, list | dict) else blank(kind)


def completed(value: Any, kind: type[Any], made: Any, found: list[Any]) -> Any:
    """What was begun, with parts in it, or a tuple of them."""
    items = [(step, part) for step, part in found if not isinstance(step, Attribute)]
    if isinstance(value, tuple):
        rest = [part for _, part in items]
        own = is_users(kind) and not hasattr(value, "_fields")
        made = tuple.__new__(kind, rest) if own else rebuilt(value, rest)
    elif isinstance(value, list):
        made += [part for _, part in items]
    elif isinstance(value, dict):
        made.update(dict(items))
    for step, part in found:
        if isinstance(step, Attribute):
            object.__setattr__(made, step.name, part)
    return made


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


def mapped(
    function: Callable[[Any], Any],
    value: Any,
    dressed: Callable[[type[Any]], type[Any]] = lambda kind: kind,
) -> Any:
    """A structure of the same form with `function` of its leaves, in order.

    Objects become instances of what `dressed` makes of their class.

    >>> mapped(abs, {"w": [-1.5, (2.5,)]})
    {'w': [1.5, (2.5,)]}
    """
    return _mapped(function, value, dressed, {})


def _mapped(
    function: Callable[[Any], Any], value: Any, dressed: Any, outside: dict[int, Any]
) -> Any:
    found = parts(value)
    if found is None:
        return function(value)
    if id(value) in outside:
        return outside[id(value)]
    kind = type(value) if type(value) in _PLAIN else dressed(type(value))
    made = outside[id(value)] = begun(value, kind)
    items = [(step, _mapped(function, part, dressed, outside)) for step, part in found]
    del outside[id(value)]
    return completed(value, kind, made, items)


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
        value = part_of(value, step)
    return value


def placed(value: Any, path: Path, part: Any) -> Any:
    """A structure with another part in the place that a path leads to.

    >>> placed({"w": [1.5, 2.5]}, ("w", 1), 0.0)
    {'w': [1.5, 0.0]}
    """
    if not path:
        return part
    step, rest = path[0], path[1:]
    others = [
        (own, placed(inner, rest, part) if own == step else inner)
        for own, inner in parts(value) or ()
    ]
    kind = type(value)
    return completed(value, kind, begun(value, kind), others)
