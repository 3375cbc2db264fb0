"""Values that there are many of: one for each seed, in one array."""

from __future__ import annotations

import contextvars
import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

#: How many seeds the code that is running has.
width: contextvars.ContextVar[int] = contextvars.ContextVar("width")

_NUMBERS = (int, float, complex, np.generic, np.ndarray)
_FULL = slice(None)


class Unbatchable(TypeError):
    """What cannot be done for many seeds at once; it is done for one after another."""


class Batch:
    """An array of values of one shape, along an axis that stands before all others.

    It has the shape and the operations of one of the values. Whatever is not certain
    to be right raises `Unbatchable`: there is no conversion to an array or a number,
    no truth, and no operation but those that are written down.

    >>> rows = Batch(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> (rows * np.array([1.0, 10.0]))[1].data, rows.shape
    (array([20., 40.]), (2,))
    """

    __slots__ = ("data",)
    __array_ufunc__ = None  # NumPy's arrays leave operators to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: Any) -> None:
        self.data = data

    # --- what one of the values is ----------------------------------------------------

    @property
    def shape(self) -> Any:
        """The shape of each value."""
        return self.data.shape[1:]

    @property
    def ndim(self) -> int:
        """The number of axes of each value."""
        return int(self.data.ndim) - 1

    @property
    def size(self) -> int:
        """The number of elements of each value."""
        return int(self.data.size // max(1, len(self.data)))

    @property
    def dtype(self) -> Any:
        """The type of the elements."""
        return self.data.dtype

    @property
    def T(self) -> Any:
        """Each value transposed."""
        return self.transpose()

    @property
    def mT(self) -> Any:
        """Each value's matrices transposed."""
        return Batch(np.swapaxes(self.data, -1, -2) if self.ndim > 1 else refuse(".mT"))

    @property
    def real(self) -> Any:
        """The real parts."""
        return Batch(self.data.real)

    @property
    def imag(self) -> Any:
        """The imaginary parts."""
        return Batch(self.data.imag)

    def __len__(self) -> int:
        return int(self.shape[0])

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse("a conversion to an array")

    def __bool__(self) -> bool:
        return refuse("a decision")

    def __eq__(self, other: object) -> NoReturn:
        refuse("a comparison")

    # --- other forms of it ------------------------------------------------------------

    def copy(self, order: str = "C") -> Batch:
        """Copies of the values."""
        return Batch(self.data.copy())

    def __deepcopy__(self, memo: Any) -> Batch:
        return self.copy()

    def conj(self) -> Batch:
        """The complex conjugates."""
        return Batch(self.data.conj())

    conjugate = conj

    def astype(self, dtype: Any, copy: bool = True) -> Batch:
        """The values in another precision."""
        return Batch(self.data.astype(dtype, copy=copy))

    def transpose(self, *axes: Any) -> Batch:
        """The values with axes in another order."""
        if len(axes) == 1 and not isinstance(axes[0], int):
            axes = tuple(axes[0] or ())
        order = [a % self.ndim for a in axes] or range(self.ndim)[::-1]
        return Batch(np.transpose(self.data, (0, *(a + 1 for a in order))))

    def reshape(self, *shape: Any, order: str = "C") -> Batch:
        """The values in another shape."""
        if len(shape) == 1 and not isinstance(shape[0], int | np.integer):
            shape = tuple(shape[0])
        if order != "C" or not shape or not self.size:
            refuse("a reshaping like this")
        return Batch(self.data.reshape((len(self.data), *shape)))

    def ravel(self, order: str = "C") -> Batch:
        """The elements of each value in a row."""
        return self.reshape(-1, order=order)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Batch:
        """The sums of each value's elements."""
        return Batch(np.sum(self.data, axis=self.axes(axis), keepdims=keepdims))

    def swapaxes(self, first: int, second: int) -> Batch:
        """The values with two axes in each other's place."""
        return Batch(np.swapaxes(self.data, self.axes(first), self.axes(second)))

    def axes(self, axis: Any) -> Any:
        """The axes in the array that the axes of a value are."""
        if axis is None:
            return tuple(range(1, self.ndim + 1))
        if isinstance(axis, tuple):
            return tuple(map(self.axes, axis))
        if not -self.ndim <= axis < self.ndim:
            refuse("an axis that is not there")
        return operator.index(axis) % self.ndim + 1

    # --- elements ---------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Batch:
        part = self.data[full_key(key)]
        if part.ndim > 1:
            return Batch(part)
        if type(key) is not int and any(k is Ellipsis for k in _items(key)):
            refuse("a view of one element")
        return Batch(part.copy())  # one element is a number, and no view

    def __setitem__(self, key: Any, value: Any) -> None:
        if not self.ndim:
            refuse("a number that is written into")
        full = full_key(key)
        self.data[full] = aligned(value, self.data[full].ndim - 1, exact=True)

    # --- operators --------------------------------------------------------------------

    def __neg__(self) -> Batch:
        return Batch(-self.data)

    def __pos__(self) -> Batch:
        return self.copy()

    def __matmul__(self, other: Any) -> Batch:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Batch:
        return matmul(other, self)


def refuse(what: str) -> NoReturn:
    """Raise the error that ends a pass for many seeds."""
    raise Unbatchable(f"{what} is not known for many seeds at once")


def aligned(value: Any, ndim: int, *, exact: bool = False) -> Any:
    """The array in a batch with axes of one element, so that it broadcasts.

    `ndim` is the number of axes that values have. With `exact`, more are refused.
    """
    if type(value) is Batch:
        data = value.data
        missing = ndim + 1 - data.ndim
        if not missing:
            return data
        if missing < 0:
            refuse("a value of more axes than its place")
        return data.reshape((len(data), *[1] * missing, *data.shape[1:]))
    if exact and axes_of(value) > ndim:
        refuse("a value of more axes than its place")
    return value


def elementwise(function: Callable[..., Any], *args: Any) -> Batch:
    """The values of a function of elements, for arguments that broadcast."""
    ndim = max(map(axes_of, args))
    return Batch(function(*[aligned(a, ndim) for a in args]))


def axes_of(value: Any) -> int:
    """The number of axes of an array, a number or a value of a batch."""
    kind = type(value)
    if kind is Batch:
        return int(value.data.ndim) - 1
    if kind is np.ndarray:
        return int(value.ndim)
    return 0 if kind in (float, int, np.float64) else np.ndim(value)


def _items(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def full_key(key: Any) -> tuple[Any, ...]:
    """The key of an element of each value.

    Keys by arrays that have something between them are refused: the axes that they make
    come first, before that of the seeds.
    """
    if type(key) in (int, slice):  # the common case, fast
        return _FULL, key
    items = _items(key)
    arrays = []
    for k, item in enumerate(items):
        match item:
            case bool() | np.bool_() | Batch():
                refuse("an element by a truth value")
            case np.ndarray() | list() | tuple():
                arrays.append(k)
            case int() | np.integer() | slice() | None:
                pass
            case _ if item is not Ellipsis:
                refuse("an element like this")
    if arrays:
        numbers = [
            k for k, item in enumerate(items) if isinstance(item, int | np.integer)
        ]
        together = sorted(arrays + numbers)
        if together != list(range(together[0], together[-1] + 1)):
            refuse("elements by arrays apart from each other")
    return (_FULL, *items)


def matmul(left: Any, right: Any) -> Batch:
    """The matrix product, of values or of a value and an array."""
    m, n = axes_of(left), axes_of(right)
    if not m or not n:
        refuse("a matrix product with a number")
    if not isinstance(left, Batch) and m == 2 and n == 1:
        return Batch(right.data @ left.T)  # one product, and not one for each
    stack = max(m, n, 2) - 2
    a, b = _stacked(left, m, stack, -2), _stacked(right, n, stack, -1)
    out = a @ b
    if m == 1:
        out = out[..., 0, :]
    return Batch(out[..., 0] if n == 1 else out)


def _stacked(value: Any, ndim: int, stack: int, place: int) -> Any:
    """A factor of a product as matrices, a vector with an axis of one at a place."""
    data = value.data if isinstance(value, Batch) else value
    if ndim == 1:
        data = np.expand_dims(data, place)
    if not isinstance(value, Batch):
        return data
    missing = stack - max(ndim - 2, 0)
    return data.reshape((len(data), *[1] * missing, *data.shape[1:]))


def _operator(name: str, function: Callable[..., Any]) -> None:
    """Give the class an operator, its mirror image and that in place."""

    def forth(self: Batch, other: Any) -> Any:
        known = isinstance(other, (Batch, *_NUMBERS))
        return elementwise(function, self, other) if known else NotImplemented

    def back(self: Batch, other: Any) -> Any:
        known = isinstance(other, _NUMBERS)
        return elementwise(function, other, self) if known else NotImplemented

    def in_place(self: Batch, other: Any) -> Any:
        if not self.ndim:  # a number is not written into
            return forth(self, other)
        if not isinstance(other, (Batch, *_NUMBERS)):
            return NotImplemented
        value = aligned(other, self.ndim, exact=True)
        function(self.data, value, out=self.data)
        return self

    for prefix, method in (("", forth), ("r", back), ("i", in_place)):
        setattr(Batch, f"__{prefix}{name}__", method)


for _name, _function in {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "pow": np.power,
}.items():
    _operator(_name, _function)
