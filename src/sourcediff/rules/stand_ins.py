"""What stands for a library's constructor where its arguments carry derivatives.

An object of a library is a constant to us: what it was made of cannot be seen from
outside. So where it is made of values that carry derivatives, a class of ours is
constructed in its place, whose methods are programs of functions that have rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sourcediff.rules.declare import read_arrived

F = TypeVar("F", bound=Callable[..., Any])

_stand_ins: dict[tuple[Any, int | None], Callable[..., Any]] = {}
_stood_for: set[Any] = set()
_same: set[Any] = set()
_answers: dict[Any, str] = {}
_modules: set[str] = set()


def stands_for(
    *constructors: Any, parts: int | None = None, same: bool = False
) -> Callable[[F], F]:
    """Declare what is called in the place of constructors, with the same arguments.

    `parts`: in calls whose first argument is a tuple of so many. `same`: its methods
    call the library's functions and nothing else, so that it stands for constants, too.

    >>> from sourcediff.rules.stand_ins import stand_in_for, stands_for
    >>> class Ruler:
    ...     pass
    >>> @stands_for(Ruler)
    ... def plain_ruler():
    ...     return {"length": 0.3}
    >>> stand_in_for(Ruler)()
    {'length': 0.3}
    """

    def declare(function: F) -> F:
        for constructor in constructors:
            _stand_ins[constructor, parts] = function
            _stood_for.add(constructor)
        if same:
            _same.add(function)
        _modules.add(function.__module__)
        return function

    return declare


def stand_in_for(
    constructor: object, parts: int | None = None
) -> Callable[..., Any] | None:
    """What stands for a constructor whose arguments carry derivatives, if anything.

    >>> stand_in_for(dict) is None
    True
    """
    read_arrived()
    try:
        return _stand_ins.get((constructor, parts))
    except TypeError:  # unhashable
        return None


def has_stand_in(constructor: object) -> bool:
    """Whether anything stands for a constructor.

    >>> has_stand_in(dict)
    False
    """
    read_arrived()
    try:
        return constructor in _stood_for
    except TypeError:  # unhashable
        return False


def has_same_values(stand_in: object) -> bool:
    """Whether a stand-in gives the library's values, to the last bit.

    >>> has_same_values(dict)
    False
    """
    return stand_in in _same


def answers(*functions: Any) -> Callable[[F], F]:
    """Declare that a method is what functions of a library do with such objects."""

    def declare(method: F) -> F:
        _answers.update(dict.fromkeys(functions, method.__name__))
        _modules.add(method.__module__)
        return method

    return declare


def answering(function: object, cls: type) -> str | None:
    """The method of a class that a function of a library comes to for its instances.

    >>> answering(len, list) is None
    True
    """
    if not is_stand_in(cls):
        return None
    try:
        name = _answers.get(function)
    except TypeError:  # unhashable
        return None
    return name if name is not None and hasattr(cls, name) else None


def is_stand_in(function: Any) -> bool:
    """Whether a function or class belongs to what stands for objects of libraries.

    >>> is_stand_in(dict)
    False
    """
    return getattr(function, "__module__", None) in _modules
