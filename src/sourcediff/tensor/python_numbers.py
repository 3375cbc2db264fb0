"""Numbers of Python's on the tape: they raise where NumPy's give infinities."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.tensor.base import Base
from sourcediff.tensor.libraries import is_users
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import refused
from sourcediff.tensor.operators import Operators

_NUMBERS = frozenset((float, complex, int, bool))
_KNOWN = (Base, int, float, complex, np.ndarray, np.generic, list, tuple, str)
#: The operators of which some results are errors in Python.
_RAISING: dict[str, Callable[[Any, Any], Any]] = {
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "divmod": divmod,
    "pow": operator.pow,
}


def marked(result: Any) -> Any:
    """A result that is a number of Python's, tracked or not."""
    if isinstance(result, tuple):
        return tuple(map(marked, result))
    if isinstance(result, Base):
        result._python = result._array.ndim == 0
    elif isinstance(result, np.generic):
        return result.item()
    return result


def is_python(value: Any) -> bool:
    """Whether a value is a number of Python's, or stands for one."""
    return type(value) in _NUMBERS or (isinstance(value, Base) and value._python)


def of_python(name: str) -> Any:
    """An operator that does with numbers of Python's as Python does."""
    operate = getattr(Operators, f"__{name}__")
    check = _RAISING.get(name) or _RAISING.get(name.removeprefix("r"))
    is_reflected = name not in _RAISING

    def apply(self: Any, *others: Any) -> Any:
        known = not others or isinstance(others[0], _KNOWN)
        if not known and not self._array.ndim and _has_own_operators(others[0]):
            return NotImplemented
        if not self._python or not all(map(is_python, others)):
            return operate(self, *others)
        if check is not None:
            pair = self._array.item(), _plain(others[0])
            found = check(*(pair[::-1] if is_reflected else pair))
            if isinstance(found, complex) and not any(map(np.iscomplexobj, pair)):
                raise _complex_power()
        return marked(operate(self, *others))

    return apply


def _has_own_operators(value: Any) -> bool:
    """Whether a value is of a user's class, which NumPy knows nothing of."""
    ways = ("__array_ufunc__", "__array__")
    return is_users(type(value)) and not any(hasattr(value, way) for way in ways)


def _plain(value: Any) -> Any:
    return value._array.item() if isinstance(value, Base) else value


def _complex_power() -> Exception:
    construct = "a power of a negative number, which is complex,"
    return refused(LostGradient(construct, "take it of complex(x)", user_location()))


def converting(function: Any, compute: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers that gives Python's, also of objects that know how.

    >>> converting(float, float)(np.float64(2.5))
    2.5
    """
    converts = function is float or function.__module__ == "math"

    def convert(*args: Any, **kwargs: Any) -> Any:
        if converts:
            args = tuple(map(_as_number, args))
        return marked(compute(*args, **kwargs))

    convert.records = True  # type: ignore[attr-defined]
    return convert


def _as_number(value: Any) -> Any:
    """What an object of the user's class says that its number is."""
    if isinstance(value, Base) or not is_users(type(value)):
        return value
    own = getattr(value, "__float__", None)
    return value if own is None else own()
