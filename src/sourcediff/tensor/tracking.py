"""Functions that do not see tensors by themselves, made to see them."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.rules import Rule, answering, lookup
from sourcediff.tensor.base import Base, rebuilt, strip, tensors_in
from sourcediff.tensor.flat import Flat
from sourcediff.tensor.libraries import is_users
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import refused, remember, state
from sourcediff.tensor.record import call
from sourcediff.tensor.traced import Traced

MAKERS = (
    *(np.zeros, np.ones, np.empty, np.arange, np.linspace, np.eye),
    *(np.identity, np.zeros_like, np.ones_like, np.empty_like, np.full_like),
)


# Functions of a number that are constant between their jumps: the derivative is 0.
STEPS: tuple[Any, ...] = (int, round, math.trunc, np.int64, np.int32)


# NumPy does not tell a tensor of these, or not for each argument.
UNTOLD: tuple[Any, ...] = (np.full, np.asfortranarray, np.choose)


def told(function: Any) -> Callable[..., Any]:
    """A function that NumPy does not hand over to a tensor among its arguments."""

    def tell(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(arg, Base) for arg in (*args, *kwargs.values())):
            return call(function, args, kwargs)
        return Traced.passive(function(*args, **kwargs))

    return tell


def step(function: Any) -> Callable[..., Any]:
    """A function whose result carries no derivative, of the plain values.

    >>> step(round)(Traced.made(2.7))
    3
    """

    def compute(*args: Any, **kwargs: Any) -> Any:
        plain = [arg._array[()] if isinstance(arg, Base) else arg for arg in args]
        return Traced.passive(function(*plain, **kwargs))

    return compute


def maker(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes arrays; they may be written into later."""

    def make(*args: Any, **kwargs: Any) -> Any:
        if any(value.edge is not None for value in tensors_in(args, kwargs)):
            return call(function, args, kwargs)
        made = function(*args, **kwargs)
        # Also one of integers, which may be multiplied by a float before.
        return Traced.made(made) if isinstance(made, np.ndarray) and made.ndim else made

    return make


def converter(function: Any) -> Callable[..., Any]:
    """`np.array` and its like; nested sequences may hold traced numbers."""

    def convert(value: Any, *args: Any, **kwargs: Any) -> Any:
        if is_users(type(value)) and hasattr(value, "__array__"):
            value = value.__array__()
        if isinstance(value, Flat):
            value = value.copy()
        found: list[Base] = []
        plain = strip(value, found)
        if not found:
            refuse_texts(value)
            return Traced.passive(function(plain, *args, **kwargs))
        if isinstance(value, Base):
            return call(function, (value, *args), kwargs)
        stacked = _stacked(value)
        return stacked.astype(*args, **kwargs) if args or kwargs else stacked

    return convert


def _stacked(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return np.stack([_stacked(item) for item in value])
    return value if isinstance(value, Base) else Traced.made(np.asarray(value, float))


def recorded(
    function: Any, on_tape: Callable[[Rule], Rule] = lambda rule: rule
) -> Callable[..., Any]:
    """A function with a rule that cannot see tensors itself, as SciPy's cannot.

    `on_tape` makes a rule that computes with what is recorded of one that may call such
    functions, so that derivatives can be differentiated again.
    """
    if getattr(function, "records", False):
        return cast(Callable[..., Any], function)

    @functools.cache
    def rule() -> Rule | None:
        found = lookup(function)
        return None if found is None else on_tape(found)

    @functools.wraps(function, updated=())
    def compute(*args: Any, **kwargs: Any) -> Any:
        answer = answering(function, type(args[0])) if args else None
        if answer is not None:
            return getattr(args[0], answer)(*args[1:], **kwargs)
        if tensors_in(args, kwargs):
            return call(function, args, kwargs, rule=rule())
        if args:
            refuse_texts(args[0])
        return function(*args, **kwargs)

    compute.records = True  # type: ignore[attr-defined]
    return compute


def from_iterator(iterable: Any, dtype: Any, count: int = -1, **options: Any) -> Any:
    """`np.fromiter`, of numbers that may be tracked."""
    items = list(itertools.islice(iterable, count) if count >= 0 else iterable)
    if not tensors_in(items, {}):
        refuse_texts(items)
        return Traced.passive(np.fromiter(items, dtype, count, **options))
    return _stacked(items).astype(dtype)


def enumerated(array: Any) -> Any:
    """`np.ndenumerate`, of an array that may be tracked."""
    if not isinstance(array, Traced):
        return np.ndenumerate(array)
    return ((index, array[index]) for index in np.ndindex(array.shape))


class Indexed:
    """An object like `np.r_`, which computes with what it is indexed by."""

    def __init__(self, original: Any, program: Callable[..., Any]) -> None:
        self._original, self._program = original, program

    def __getitem__(self, key: Any) -> Any:
        pieces = key if isinstance(key, tuple) else (key,)
        if any(isinstance(piece, Base) for piece in pieces):
            return self._program(*pieces)
        return self._original[key]


def modulo(left: Any, right: Any) -> Any:
    """`left % right`, which writes tracked numbers into text if that is on the left."""
    if not isinstance(left, str):
        return left % right
    found: list[Base] = []
    strip(right, found)
    text = left % plainly(right)
    if any(tensor.edge is not None for tensor in found):
        remember(text)
    return text


def plainly(value: Any) -> Any:
    """A value, or list of values, without traces, numbers as Python's.

    >>> plainly([Traced.made(2.5), "m"])
    [2.5, 'm']
    """
    if isinstance(value, Base):
        return value._array if value._array.ndim else value._array.item()
    if isinstance(value, list | tuple):
        return rebuilt(value, [plainly(item) for item in value])
    if type(value) is dict:
        return {key: plainly(item) for key, item in value.items()}
    return value


def refuse_texts(value: Any) -> None:
    """Refuse a text, bytes, or a list of texts that become numbers, if need be."""
    if not state.texts:
        return
    if isinstance(value, str):
        refuse_reading(value)
    elif isinstance(value, bytes | bytearray):
        refuse_reading(value.decode("latin-1"))
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_texts(item)
    elif hasattr(value, "getvalue"):  # a file in memory
        refuse_texts(value.getvalue())


def refuse_reading(text: str) -> None:
    """Raise where a text has in it what a tracked number was written as."""
    found = next((written for written in state.texts if written in text), None)
    if found is not None:
        construct = f"reading {found} from text, as which a number was written,"
        raise refused(LostGradient(construct, "use the number itself", user_location()))
