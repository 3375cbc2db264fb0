"""The tensor with NumPy's face: what rules, and taped functions, compute with."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.rules import with_named_output
from sourcediff.runtime.structure import owner_of
from sourcediff.tensor.base import Base
from sourcediff.tensor.flat import Flat
from sourcediff.tensor.inplace import update
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import is_grad_enabled, refused, remember
from sourcediff.tensor.operators import Operators
from sourcediff.tensor.python_numbers import marked, of_python
from sourcediff.tensor.record import call
from sourcediff.tensor.views import live_views, view_like


def _augmented(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def augment(self: Any, other: Any) -> Any:
        if self._array.ndim == 0:  # a number; names are bound anew
            return function(self, other)
        return update(self, lambda x: function(x, other), function.__name__)

    return augment


_ITSELF = "use x itself, or NumPy's function in the place of the one that asks for it"
_equal: Any = Operators.__eq__
_LAYOUT = {"flags", "strides", "nbytes"}
_DIGITS = {"hex", "as_integer_ratio"}
_CONSTANT = "take it of stop_gradient(x) if it is meant to be a constant"


class Traced(Operators):
    """An array with NumPy's attributes, methods and in-place semantics.

    A value that was saved for the backward pass may be overwritten: what was saved
    keeps the old memory, and the array moves to a new one.

    >>> x = Traced.made(np.array([1.0, 2.0]))
    >>> x.size, x.sum(axis=0).ndim
    (2, 0)
    """

    _source: Any = None  # of the copy of an argument: the leaf behind it
    _hashed: bool = False  # whether it was asked for as a key

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._array.size)

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return int(self._array.itemsize)

    @property
    def T(self) -> Any:
        """The axes in reversed order."""
        return call(np.ndarray.T, (self,), {})

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return call(np.ndarray.mT, (self,), {})

    @property
    def real(self) -> Any:
        """The real part."""
        return call(np.real, (self,), {})

    @real.setter
    def real(self, value: Any) -> None:
        is_complex = self._array.dtype.kind == "c"
        self[...] = value + 1j * self.imag if is_complex else value

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return call(np.imag, (self,), {})

    @imag.setter
    def imag(self, value: Any) -> None:
        self[...] = self.real + 1j * value

    @property
    def flat(self) -> Any:
        """All elements along one axis."""
        if self._array.flags.c_contiguous:
            elements = call(np.ravel, (self,), {})  # a view
            elements._flat = True
            return elements
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        Flat(self).fill(value)

    def item(self, *index: Any) -> Any:
        """One element."""
        flat = call(np.ravel, (self,), {})
        if not index and flat.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return marked(flat[index[0] if index else 0] if len(index) < 2 else self[index])

    def tolist(self) -> Any:
        """The elements in nested lists."""
        if self._array.ndim == 0:
            return marked(self[()])
        return [row.tolist() if np.ndim(row) else marked(row) for row in self]

    def is_integer(self) -> bool:
        """Whether a number is whole."""
        return bool(self._array[()].is_integer())

    def __copy__(self) -> Any:
        return call(np.copy, (self,), {})

    def __deepcopy__(self, memo: Any) -> Any:
        return call(np.copy, (self,), {})

    def __reduce__(self) -> Any:
        return np.asarray, (self._plain("pickling x", _ITSELF),)

    def __getattr__(self, name: str) -> Any:
        if name in _DIGITS and self._array.ndim == 0:
            plain = self._plain(f"x.{name}()", _ITSELF)
            return getattr(plain.item(), name)
        method = getattr(np.ndarray, name, None)
        if method is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        if name in _LAYOUT:
            return getattr(self._array, name)
        if not callable(method):
            raise refused(LostGradient(f"x.{name}", _ITSELF, user_location()))

        def bound(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = with_named_output(method, args, kwargs)
            out = kwargs.pop("out", None)
            made = call(method, (self, *args), kwargs)
            return made if out is None else update(out, lambda _: made, name)

        return bound

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of unsized object")
        return len(self._array)

    def __iter__(self) -> Iterator[Any]:
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[k] for k in range(len(self._array)))

    def __bool__(self) -> bool:
        return bool(self._array)

    def __hash__(self) -> int:
        if self._leaf or self._array.ndim:
            return object.__hash__(self)
        self._hashed = True
        return hash(self._array[()])

    def __eq__(self, other: Any) -> Any:
        found = _equal(self, other)
        if found is True and self._hashed and isinstance(other, Traced):
            self._refuse_other_key(other)
        return found

    def _refuse_other_key(self, other: Traced) -> None:
        """Raise where a set or dict takes one number for another of its value."""
        if other._hashed and self.edge is not other.edge and not _are_one(self, other):
            construct = "a key, or an element of a set, that equals another number"
            raise refused(
                LostGradient(construct, "use indices as keys", user_location())
            )

    def __contains__(self, element: Any) -> bool:
        plain = element._array if isinstance(element, Base) else element
        return bool(np.any(self._array == plain))

    def __float__(self) -> float:
        return float(self._plain("float(x)", _ITSELF))

    def __int__(self) -> int:
        return int(self._plain("int(x)", _CONSTANT))

    def __index__(self) -> int:
        return operator.index(self._plain("an index", _CONSTANT))

    def __complex__(self) -> complex:
        return complex(self._plain("complex(x)", _ITSELF))

    def __round__(self, digits: int | None = None) -> Any:
        plain = self._plain("round(x)", _CONSTANT)
        return round(plain[()], digits) if digits is not None else round(plain[()])

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        plain = self._plain("making a plain array of x", _ITSELF)
        return np.array(plain, dtype)

    def _plain(self, construct: str, way_out: str) -> Any:
        """The array, where that does not lose a gradient."""
        if self.edge is not None and is_grad_enabled():
            raise refused(LostGradient(construct, way_out, user_location()))
        return self._array

    def __pos__(self) -> Any:
        made = call(np.positive, (self,), {})
        return marked(made) if self._python else made

    __add__, __radd__ = of_python("add"), of_python("radd")
    __sub__, __rsub__ = of_python("sub"), of_python("rsub")
    __mul__, __rmul__ = of_python("mul"), of_python("rmul")
    __truediv__, __rtruediv__ = of_python("truediv"), of_python("rtruediv")
    __floordiv__, __rfloordiv__ = of_python("floordiv"), of_python("rfloordiv")
    __mod__, __rmod__ = of_python("mod"), of_python("rmod")
    __pow__, __rpow__ = of_python("pow"), of_python("rpow")
    __divmod__, __rdivmod__ = of_python("divmod"), of_python("rdivmod")
    __neg__, __abs__ = of_python("neg"), of_python("abs")

    def __repr__(self) -> str:
        return self._written(repr)

    def __str__(self) -> str:
        return self._written(str)

    def __format__(self, spec: str) -> str:
        return self._written(lambda value: format(value, spec))

    def _written(self, write: Callable[[Any], str]) -> str:
        """As text, which is remembered: a number must not be read from it again."""
        text = write(self._array if self._array.ndim else self._array.item())
        if self.edge is not None:
            remember(text)
        return text

    __iadd__ = _augmented(operator.add)
    __isub__ = _augmented(operator.sub)
    __imul__ = _augmented(operator.mul)
    __itruediv__ = _augmented(operator.truediv)
    __ipow__ = _augmented(operator.pow)
    __imod__ = _augmented(operator.mod)
    __ifloordiv__ = _augmented(operator.floordiv)
    __imatmul__ = _augmented(operator.matmul)

    def before_write(self) -> None:
        """Leave the memory to whoever else holds it, and move to a copy."""
        base: Any = self if self._base is None else self._base
        views = live_views(base)
        holder = owner_of(base._array)
        # One reference from the tensor, one each from the views, two from here; those
        # to the array of a view are from the view and from here. More (also if only
        # counted differently) cost a copy; fewer are found by `memory`.
        if (
            holder is base._array
            and sys.getrefcount(holder) <= 3 + len(views)
            and all(sys.getrefcount(view._array) <= 2 for view in views)
        ):
            return
        old = base._array
        base._array = new = old.copy("K")
        for view in views:
            view._array = view_like(view._array, old, new)

    @classmethod
    def passive(cls, result: Any) -> Any:
        """Arrays may yet be written into; numbers and masks are plain NumPy."""
        if isinstance(result, np.ndarray) and result.ndim and result.dtype.kind != "b":
            return cls.made(result)
        return bool(result) if isinstance(result, np.bool_) else result

    @classmethod
    def untracked(cls, result: Any, args: Any) -> Any:
        """The same for what is not recorded."""
        if isinstance(result, tuple | list):
            return type(result)(cls.untracked(item, args) for item in result)
        return cls.passive(result)


def _are_one(one: Traced, other: Traced) -> bool:
    """Whether two numbers are the same element of one array."""
    nodes = one._node, other._node
    if any(getattr(n, "function", None) is not operator.getitem for n in nodes):
        return False
    (_, one_key), (_, other_key) = (node.saved[1] for node in nodes)
    return nodes[0].edges == nodes[1].edges and repr(one_key) == repr(other_key)


Traced.face = Traced
Base.numpy_face = Traced
