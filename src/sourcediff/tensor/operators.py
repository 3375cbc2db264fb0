"""Python's operators and NumPy's protocols on tensors of either face."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient
from sourcediff.rules import lookup, with_named_output
from sourcediff.runtime import scatter_add
from sourcediff.tensor.base import Base, strip
from sourcediff.tensor.elementwise import binary, unary
from sourcediff.tensor.inplace import setitem, update
from sourcediff.tensor.location import user_location
from sourcediff.tensor.memory import registry
from sourcediff.tensor.modes import is_grad_enabled
from sourcediff.tensor.record import call

add = binary(np.add)
subtract = binary(np.subtract)
multiply = binary(np.multiply)
divide = binary(np.divide)
power = binary(np.power, operator.pow)
remainder = binary(np.remainder)
negative = unary(np.negative)
absolute = unary(np.absolute)

# Questions about shapes, types and memory, which concern no value.
_QUESTIONS = {
    *(np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type),
    *(np.can_cast, np.min_scalar_type, np.may_share_memory, np.shares_memory),
}
_REDUCTIONS: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
_ACCUMULATIONS: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}


def _passive(function: Any) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        return call(function, (self, other), {})

    return compare


def _reflected(function: Any) -> Callable[[Any, Any], Any]:
    def swapped(self: Any, other: Any) -> Any:
        return call(function, (other, self), {})

    return swapped


class Operators(Base):
    """A tensor with operators, indexing, and NumPy's functions."""

    __add__ = __radd__ = add
    __sub__ = subtract
    __mul__ = __rmul__ = multiply
    __truediv__ = divide
    __mod__ = remainder
    __neg__ = negative
    __abs__ = absolute

    def __rsub__(self, other: Any) -> Any:
        return subtract(other, self)

    def __rtruediv__(self, other: Any) -> Any:
        return divide(other, self)

    def __pow__(self, other: Any, modulus: Any = None) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __rmod__(self, other: Any) -> Any:
        return remainder(other, self)

    def __pos__(self) -> Any:
        return self

    def __matmul__(self, other: Any) -> Any:
        if getattr(type(other), "__array_ufunc__", 0) is None:  # it has its own
            return NotImplemented
        return call(np.matmul, (self, other), {})

    def __rmatmul__(self, other: Any) -> Any:
        return call(np.matmul, (other, self), {})

    def __divmod__(self, other: Any) -> Any:
        return call(np.divmod, (self, other), {})

    def __rdivmod__(self, other: Any) -> Any:
        return call(np.divmod, (other, self), {})

    __eq__ = _passive(np.equal)
    __ne__ = _passive(np.not_equal)
    __lt__ = _passive(np.less)
    __le__ = _passive(np.less_equal)
    __gt__ = _passive(np.greater)
    __ge__ = _passive(np.greater_equal)
    __and__ = _passive(np.bitwise_and)
    __or__ = _passive(np.bitwise_or)
    __xor__ = _passive(np.bitwise_xor)
    __floordiv__ = _passive(np.floor_divide)
    __lshift__ = _passive(np.left_shift)
    __rshift__ = _passive(np.right_shift)
    __rand__ = _reflected(np.bitwise_and)
    __ror__ = _reflected(np.bitwise_or)
    __rxor__ = _reflected(np.bitwise_xor)
    __rfloordiv__ = _reflected(np.floor_divide)

    __hash__ = object.__hash__

    def __invert__(self) -> Any:
        return call(np.invert, (self,), {})

    def __getitem__(self, key: Any) -> Any:
        return call(operator.getitem, (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        setitem(self, key, value)

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any
    ) -> Any:
        """Record the ufunc; `out=` writes into a tensor as an in-place operation."""
        if method == "__call__":
            if kwargs:
                return _ufunc_with_options(ufunc, inputs, kwargs)
            rule = lookup(ufunc)
            by_all = rule is not None and len(rule.wrt) == ufunc.nin
            if by_all and rule.kind == "elementwise" and _keeps_reals(ufunc):  # type: ignore[union-attr]
                if ufunc.nin == 1:
                    return unary(ufunc)(*inputs)
                if ufunc.nin == 2:
                    return binary(ufunc)(*inputs)
            return call(ufunc, inputs, {})
        if method == "at":
            return _at(ufunc, *inputs)
        if method == "outer":
            return _outer(ufunc, *inputs, **kwargs)
        return _along_axis(ufunc, method, *inputs, **kwargs)

    def copied_beside(self, arrays: list[Any]) -> Any:
        """A copy in a structure of which `arrays` were copied before; it joins them.

        Raises LostGradient where it shares memory with one of them.
        """
        if any(np.may_share_memory(self._array, other) for other in arrays):
            raise LostGradient(
                "a copy of arrays that share memory", "copy them one by one"
            )
        arrays.append(self._array)
        tracked: Any = self
        return tracked.copy()

    def __array_function__(
        self, function: Any, types: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Record any function of NumPy that has a rule."""
        if function in _QUESTIONS:
            return function(*strip(tuple(args), []), **kwargs)
        args, kwargs = with_named_output(function, tuple(args), kwargs)
        out = kwargs.get("out")
        if out is not None:
            kwargs = {key: value for key, value in kwargs.items() if key != "out"}
            return _written(out, lambda: function(*args, **kwargs), function.__name__)
        return call(function, args, kwargs)


def _ufunc_with_options(ufunc: Any, inputs: Any, kwargs: dict[str, Any]) -> Any:
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    if out is not None and len(out) != 1:
        raise TypeError(f"{ufunc.__name__} with several out= arrays is not recorded")
    if where is not True and out is None:
        raise TypeError(
            f"{ufunc.__name__} with where= and without out= leaves elements undefined; "
            "use np.where"
        )

    def compute() -> Any:
        dtype = kwargs.get("dtype")
        made = ufunc(*inputs) if set(kwargs) <= {"dtype"} else None
        if made is None:
            return call(ufunc, inputs, kwargs)
        return (
            made
            if dtype is None
            else call(np.ndarray.astype, (made, np.dtype(dtype)), {})
        )

    if out is None:
        return compute()

    if where is True:
        return _written(out[0], compute, ufunc.__name__)
    # Of the other elements not even the value may be asked: b == 0 in a division.
    target = out[0]
    mask = np.broadcast_to(strip(where, []), np.shape(target))
    chosen = [np.broadcast_to(x, np.shape(target))[mask] for x in inputs]
    target[mask] = ufunc(*chosen, **kwargs)
    return target


@functools.cache
def _keeps_reals(ufunc: Any) -> bool:
    """Whether a ufunc has one result, and that is of floats where its arguments are."""
    floats = (np.dtype(float),) * ufunc.nin
    try:
        results = ufunc.resolve_dtypes((*floats, *(None,) * ufunc.nout))[ufunc.nin :]
    except TypeError:  # takes whole numbers
        return False
    return [dtype.kind for dtype in results] == ["f"]


def _written(target: Any, compute: Callable[[], Any], name: str) -> Any:
    """Write a result into `target`, as `out=` asks."""
    if isinstance(target, Base):
        return update(target, lambda _: compute(), name)
    made = compute()
    if isinstance(made, Base) and made.edge is not None and is_grad_enabled():
        raise LostGradient(
            f"writing the result of {name} into a plain array",
            "make the array a tensor first",
            user_location(),
        )
    target[...] = made._array if isinstance(made, Base) else made
    registry.note(target)
    return target


def _at(ufunc: Any, target: Any, key: Any, value: Any = None) -> None:
    rule = lookup(ufunc.at)
    if rule is not None and ufunc not in (np.add, np.subtract):
        rule.function(target, strip(key, []), *(() if value is None else (value,)))
        return
    if not isinstance(target, Base):
        _written(
            target, lambda: _scattered(ufunc, np.asarray(target), key, value), "at"
        )
        return
    update(target, lambda t: _scattered(ufunc, t, key, value), f"{ufunc.__name__}.at")


def _scattered(ufunc: Any, target: Any, key: Any, value: Any) -> Any:
    from_value = {np.add: value, np.subtract: -value if value is not None else None}
    if ufunc not in from_value:
        raise TypeError(f"{ufunc.__name__}.at is not recorded; add and subtract are")
    plain = strip(key, [])
    filled = np.broadcast_to(from_value[ufunc], target[plain].shape)
    return target + scatter_add(filled, plain, target)


def _outer(ufunc: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    wide = np.reshape(x, np.shape(x) + (1,) * np.ndim(y))
    return ufunc(wide, y, **kwargs)


def _along_axis(ufunc: Any, method: str, x: Any, *args: Any, **kwargs: Any) -> Any:
    table = {"reduce": _REDUCTIONS, "accumulate": _ACCUMULATIONS}.get(method, {})
    if ufunc not in table:
        return call(getattr(ufunc, method), (x, *args), kwargs)
    if not args:
        kwargs.setdefault("axis", 0)
    given = {key: value for key, value in kwargs.items() if value is not None}
    given.setdefault("axis", kwargs.get("axis"))
    if args:
        given.pop("axis")
    out = given.pop("out", None)
    made = table[ufunc](x, *args, **given)
    return made if out is None else _written(out[0], lambda: made, ufunc.__name__)
