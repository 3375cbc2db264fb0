"""Keys that tell signatures of arguments apart, and tests for one of them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from sourcediff.analysis.signature import (
    CODE,
    DEEPEST,
    DISPLAYS,
    LARGEST,
    LONG_LIST,
    PLAIN_KEYS,
    SCALAR_TYPES,
    SLICE,
    fields_of,
)
from sourcediff.analysis.sizes import LITERAL
from sourcediff.kinds import Static


def make_key(count: int) -> Callable[..., Any]:
    """A function from `count` arguments to a hashable key; equal keys mean equal kinds.

    The key is fast and finer than the kinds: arrays enter by dtype, shape and layout.
    So it serves as a first cache, in front of one whose keys are the kinds themselves.

    >>> key = make_key(2)
    >>> key(np.ones(3), 2.0) == key(np.zeros(3), 0.5), key(1.0, 2) == key(1.0, 2.0)
    (True, False)
    """
    names = [f"a{i}" for i in range(count)]
    parts = [
        f"({n}.dtype, {n}.shape, {n}.flags.c_contiguous) "
        f"if (cls := type({n})) is ndarray else "
        f"cls if cls is float else key_of({n}, ())"
        for n in names
    ]
    text = f"lambda {', '.join(names)}: ({' '.join(part + ',' for part in parts)})"
    scope = {"ndarray": np.ndarray, "key_of": _key}
    function: Callable[..., Any] = eval(text, scope)
    return function


def likeness(name: str, value: Any, cell: Callable[[Any], str]) -> str:
    """The text of a test that the argument of a name has the key of `value`.

    It may say no to equal keys, never yes to others; `cell` names what it compares to.
    The test of one argument stops at the first difference, so it is faster than a key.

    >>> likeness("x", 0.5, lambda value: value.__name__)
    'type(x) is float'
    """
    cls = type(value)
    if value is None or cls is bool:
        return f"{name} is {value}"
    same = f"{cell(type)}({name}) is {cell(cls)}"
    if cls is np.ndarray:
        is_dtype = "is" if value.dtype.isbuiltin else "=="
        tests = [
            same,
            f"{name}.dtype {is_dtype} {cell(value.dtype)}",
            f"{name}.shape == {cell(value.shape)}",
            f"{'' if value.flags.c_contiguous else 'not '}{name}.flags.c_contiguous",
        ]
        return " and ".join(tests)
    if cls is float or cls is complex:
        return same
    if cls in SCALAR_TYPES and value.dtype.kind not in "iu":
        return same
    if cls is int and abs(value) < LARGEST:
        return f"{same} and {_like_int(name, value)}"
    return f"{cell(_key)}({name}, ()) == {cell(_key(value, ()))}"


def _like_int(name: str, value: int) -> str:
    if abs(value) <= LITERAL:
        return f"{name} == {value}"
    if value > 0:
        return f"{LITERAL} < {name} < {LARGEST}"
    return f"{-LARGEST} < {name} < {-LITERAL}"


def _key(value: Any, outside: tuple[int, ...], loose: bool = False) -> Any:
    """The key of one argument; `loose`: numbers' values are left out."""
    cls = type(value)
    if cls is int:
        return _int_key(value, loose)
    if cls is np.ndarray:
        return value.dtype, value.shape, value.flags.c_contiguous
    if cls is float or cls is complex or (cls is bool and loose):
        return cls
    if cls in DISPLAYS:
        if id(value) in outside or len(outside) >= DEEPEST:
            return "cut"
        return _display_key(value, cls, (*outside, id(value)), loose)
    if value is None:
        return None
    if cls is str or cls is bytes or cls is bool:
        return cls, value
    if isinstance(value, CODE) or value is Ellipsis or isinstance(value, enum.Enum):
        return Static(value)
    if isinstance(value, np.generic):
        whole = cls in SCALAR_TYPES and value.dtype.kind in "iu"
        return (cls, _int_key(int(value), loose)) if whole else (cls,)
    if cls is slice:
        return cls, *(_key(getattr(value, n), outside, loose) for n in SLICE)
    if id(value) in outside or len(outside) >= DEEPEST:
        return "cut"
    fields = fields_of(value)
    if fields is None:
        return "opaque", cls
    parts = _keys(fields.values(), (*outside, id(value)), loose)
    return "record", cls, tuple(fields), parts


def _keys(values: Iterable[Any], outside: tuple[int, ...], loose: bool) -> Any:
    """The keys of the parts of one argument; those of arrays without a call."""
    return tuple(
        [
            (v.dtype, v.shape, v.flags.c_contiguous)
            if type(v) is np.ndarray
            else _key(v, outside, loose)
            for v in values
        ]
    )


def _int_key(value: int, loose: bool) -> Any:
    if -LITERAL <= value <= LITERAL and not loose:
        return value
    if abs(value) >= LARGEST:
        return "huge"
    return int if value > 0 or loose else "negative"


def _display_key(value: Any, cls: type, outside: tuple[int, ...], loose: bool) -> Any:
    if cls is dict:
        if not PLAIN_KEYS.issuperset(map(type, value)):
            return "opaque", cls
        names = tuple(map(type, value)), tuple(value)
        return cls, names, _keys(value.values(), outside, loose)
    if cls is list and len(value) > LONG_LIST:
        parts = _keys(value, outside, True)
        return ("long", parts[0]) if len(set(parts)) == 1 else (cls, parts)
    return cls, _keys(value, outside, loose)
