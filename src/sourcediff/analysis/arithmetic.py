"""Kinds of elementwise operations: NumPy's promotion and broadcasting."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Items
from dataclasses import replace
from functools import lru_cache, reduce
from itertools import product
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.dims import (
    INT,
    broadcast,
    count,
    is_integer,
    known_value,
    minus,
    quotient,
    scaled,
)
from sourcediff.kinds import (
    DATA,
    UNKNOWN,
    Array,
    Dim,
    Kind,
    List,
    Scalar,
    Sequence,
    Size,
    Static,
    alternatives,
    join,
    present,
    scalar_of,
)

BINARY: dict[type, Callable[[Any, Any], Any]] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
    gast.BitAnd: operator.and_,
}
UNARY: dict[type, Callable[[Any], Any]] = {
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.Not: operator.not_,
}
COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
}
FOLDED = (
    *(operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod),
    *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
)
#: Python integers of this size and more are not taken for NumPy's.
HUGE = 2**31

SAMPLES = {"b": True, "i": 2, "u": 2, "f": 0.5, "c": 0.5 + 0.25j}

#: What stands for an operand where only its type matters: its class and dtype.
Operand = tuple[str, np.dtype[Any]]


def binary(function: Callable[[Any, Any], Any], left: Kind, right: Kind) -> Kind:
    """The kind of `left op right`, `function` being the operator's.

    >>> f = np.dtype(float)
    >>> binary(operator.mul, Static(2), Array(f, (Size("n"),))).dtype
    dtype('float64')
    >>> binary(operator.sub, Scalar(np.dtype(int), True, Size("n")), Static(1)).value
    Size(symbol='n', offset=-1, least=4, factor=1)
    """
    if isinstance(left, Static) and isinstance(right, Static):
        folded = _folded(function, left.value, right.value)
        if folded is not None:
            return folded
    if function is operator.matmul:
        return matmul(left, right)
    if isinstance(left, (Sequence, List)) or isinstance(right, (Sequence, List)):
        return _of_sequences(function, left, right)
    result = elementwise(function, (left, right))
    if isinstance(result, Scalar) and result.dtype.kind in "iu":
        return _with_value(function, result, known_value(left), known_value(right))
    return result


def _of_sequences(function: Callable[[Any, Any], Any], left: Kind, right: Kind) -> Kind:
    """The kind of an operation on tuples or lists, or of one with an array."""
    if isinstance(left, Array) or isinstance(right, Array):
        return elementwise(function, (as_array(left), as_array(right)))
    if function is operator.add:
        return _concatenated(left, right)
    if function is operator.mul:
        if is_integer(left):
            left, right = right, left
        return _repeated(left, right) if is_integer(right) else UNKNOWN
    return UNKNOWN


def _concatenated(left: Kind, right: Kind) -> Kind:
    match left, right:
        case Sequence(), Sequence() if left.type is right.type in (tuple, list):
            return Sequence(left.type, left.items + right.items)
        case (List() | Sequence(), List() | Sequence()) if left.type is right.type:
            return List(join_all((*elements(left), *elements(right))), left.type)
        case _:
            return UNKNOWN


def _repeated(sequence: Kind, times: Kind) -> Kind:
    if isinstance(sequence, Sequence) and isinstance(times, Static):
        items = sequence.items * times.value if len(sequence.items) == 1 else ()
        if 0 < len(items) <= 4:
            return replace(sequence, items=items)
    if isinstance(sequence, List | Sequence):
        return List(join_all(elements(sequence)), sequence.type)
    return UNKNOWN


def elements(kind: Kind) -> tuple[Kind, ...]:
    """The kinds of the elements of a tuple or list."""
    if isinstance(kind, Sequence):
        return kind.items
    return (kind.item,) if isinstance(kind, List) and kind.item is not None else ()


def join_all(kinds: Iterable[Kind]) -> Kind | None:
    """The join of kinds; None where there are none."""
    result: Kind | None = None
    for kind in kinds:
        result = kind if result is None else join(result, kind)
    return result


def as_array(kind: Kind) -> Kind:
    """The kind of the array that NumPy makes of nested sequences of numbers.

    >>> as_array(Sequence(list, (Static(1), Static(2.5)))).dims
    (2,)
    """
    if isinstance(kind, List):
        return _array_of_list(kind)
    if not isinstance(kind, Sequence):
        return kind
    joined = scalar_of(join_all(map(as_array, kind.items)) or UNKNOWN)
    size = len(kind.items)
    if isinstance(joined, Scalar):
        return Array(joined.dtype, (size,), True)
    if isinstance(joined, Array) and joined.dims is not None:
        return Array(joined.dtype, (size, *joined.dims), True)
    return UNKNOWN


def _array_of_list(kind: List) -> Kind:
    """The kind of the array of a list, which may be empty: then it has shape (0,)."""
    item = UNKNOWN if kind.item is None else scalar_of(as_array(kind.item))
    if not isinstance(item, Scalar | Array):
        return UNKNOWN
    dtype = np.promote_types(item.dtype, float)
    return Array(dtype, (None,) if isinstance(item, Scalar) else None, True)


def _folded(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Kind | None:
    if function in (operator.eq, operator.ne):
        if all(isinstance(v, str | bool | int | None) for v in (a, b)):
            return Static(bool(function(a, b)))
        return None
    if function not in FOLDED or not all(type(v) is int for v in (a, b)):
        return None
    if max(abs(a), abs(b)) >= HUGE or (
        b == 0 and function in (operator.floordiv, operator.mod)
    ):
        return None
    return Static(function(a, b))


def _with_value(
    function: Callable[[Any, Any], Any], result: Scalar, a: Dim, b: Dim
) -> Kind:
    """An integer with the value that arithmetic with known sizes gives."""
    if isinstance(a, int) and isinstance(b, int):
        folded = _folded(function, a, b)
        value = folded.value if isinstance(folded, Static) else None
        return replace(result, value=value)
    is_narrow = result.dtype.itemsize < INT.itemsize
    if function is operator.sub:
        return replace(result, value=minus(a, b))
    for size, number in ((a, b), (b, a)):
        if not isinstance(size, Size) or not isinstance(number, int) or is_narrow:
            continue
        if function is operator.add:
            return replace(result, value=minus(size, -number))
        if function is operator.mul and number > 0 and size.exact:
            return replace(result, value=scaled(size, number))
        if function is operator.floordiv and size is a and number > 0:
            return replace(result, value=quotient(size, number))
    return replace(result, value=None)


def unary(function: Callable[[Any], Any], operand: Kind) -> Kind:
    """The kind of `-x`, `+x`, `~x` or `not x`."""
    if function is operator.not_:
        if isinstance(operand, Static) and isinstance(
            operand.value, bool | int | str | None
        ):
            return Static(not operand.value)
        return Scalar(np.dtype(bool))
    if isinstance(operand, Static) and type(operand.value) in (int, float, complex):
        return Static(function(operand.value)) if _is_plain(function) else UNKNOWN
    return elementwise(function, (operand,))


def _is_plain(function: Callable[[Any], Any]) -> bool:
    return function in (operator.neg, operator.pos)


def elementwise(
    function: Callable[..., Any], operands: Items[Kind], **options: Any
) -> Kind:
    """The kind of what an operator or ufunc makes of its operands.

    Its dtype is read off the function itself, applied to one sample of each type.
    """
    results = [
        _elementwise(function, kinds, **options)
        for kinds in product(*(alternatives(scalar_of(kind)) for kind in operands))
    ]
    return reduce(join, results)


def _elementwise(
    function: Callable[..., Any], kinds: Items[Kind], **options: Any
) -> Kind:
    unknown = [kind for kind in kinds if not isinstance(kind, (Scalar, Array))]
    if unknown:
        return DATA if all(kind == DATA for kind in unknown) else UNKNOWN
    types = result_types(function, tuple(_operand(kind) for kind in kinds), **options)
    if types is None:
        return UNKNOWN
    arrays = [kind for kind in kinds if isinstance(kind, Array)]
    results = tuple(_result(name, dtype, arrays) for name, dtype in types)
    return results[0] if len(results) == 1 else Sequence(tuple, results)


def _operand(kind: Kind) -> Operand:
    assert isinstance(kind, (Scalar, Array))
    if isinstance(kind, Array):
        return "array", kind.dtype
    return "python" if kind.python else "numpy", kind.dtype


def _result(name: str, dtype: np.dtype[Any], arrays: list[Array]) -> Kind:
    if dtype.kind not in "biufc":
        return UNKNOWN
    if not arrays:
        return Scalar(dtype, name == "python")
    dims = broadcast(array.dims for array in arrays)
    if dims is None:
        # Operations on 0-d arrays give scalars: something must have dimensions.
        sure = any(array.dims for array in arrays)
        return Array(dtype) if sure else UNKNOWN
    if not dims:
        return Scalar(dtype, False)
    contiguous = len(dims) == 1 or (
        all(a.contiguous for a in arrays) and any(a.dims == dims for a in arrays)
    )
    return Array(dtype, dims, contiguous)


@lru_cache(maxsize=4096)
def result_types(
    function: Callable[..., Any], operands: tuple[Operand, ...], **options: Any
) -> tuple[Operand, ...] | None:
    """The types of a function's results, or None where it refuses these operands.

    >>> half = ("array", np.dtype(np.float32))
    >>> result_types(operator.add, (half, ("python", np.dtype(float))))
    (('array', dtype('float32')),)
    """
    if function is operator.pow and all(
        name == "python" and dtype.kind in "bi" for name, dtype in operands
    ):
        return (("python", np.dtype(float)),)  # a negative exponent
    # A negative Python float to a broken power is complex: not foreseen here.
    try:
        with np.errstate(all="ignore"):
            result = function(*map(_sample, operands), **options)
    except Exception:  # noqa: BLE001  # what it raises, the user's call raises
        return None
    results = result if isinstance(result, tuple) else (result,)
    types = []
    for value in results:
        if isinstance(value, np.ndarray | np.generic):
            array = isinstance(value, np.ndarray)
            types.append(("array" if array else "numpy", value.dtype))
        elif isinstance(value, bool | int | float | complex):
            types.append(("python", np.dtype(type(value))))
        else:
            return None
    return tuple(types)


def _sample(operand: Operand) -> Any:
    name, dtype = operand
    value = SAMPLES.get(dtype.kind, 1)
    if name == "python":
        return value
    array = np.full(1, value).astype(dtype)
    return array if name == "array" else array[0]


def compare(function: Callable[[Any, Any], Any], left: Kind, right: Kind) -> Kind:
    """The kind of one comparison by `==`, `<` and so on."""
    if isinstance(left, Static) and isinstance(right, Static):
        folded = _folded(function, left.value, right.value)
        if folded is not None:
            return folded
        if isinstance(left.value, str) and isinstance(right.value, str):
            return Static(bool(function(left.value, right.value)))
    if any(Static(None) in (getattr(k, "among", None) or ()) for k in (left, right)):
        return UNKNOWN
    return elementwise(function, (left, right))


def identical(left: Kind, right: Kind) -> Kind:
    """The kind of `left is right`: a constant where kinds decide it."""
    for one, other in ((left, right), (right, left)):
        if one == Static(None):
            if other == Static(None):
                return Static(True)
            if not isinstance(other, type(UNKNOWN)):
                return Static(False)
    return Scalar(np.dtype(bool))


def matmul(left: Kind, right: Kind) -> Kind:
    """The kind of `left @ right`."""
    left, right = present(left), present(right)
    if not (isinstance(left, Array) and isinstance(right, Array)):
        return UNKNOWN
    types = result_types(operator.matmul, (_operand(left), _operand(right)))
    if types is None:
        return UNKNOWN
    dtype = types[0][1]
    a, b = left.dims, right.dims
    if a is None or b is None:
        return (
            UNKNOWN
            if (a is None or len(a) < 2) and (b is None or len(b) < 2)
            else Array(dtype)
        )
    if not a or not b:
        return UNKNOWN
    batch = broadcast((a[:-2], b[:-2]))
    dims = (*(batch or ()), *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))
    if not dims:
        return Scalar(dtype, False)
    return Array(dtype, dims, len(dims) <= 3)  # at most one axis of NumPy's own order


def largest(kinds: Items[Kind]) -> Kind:
    """The kind of `min` or `max` of scalars: one of them, whichever."""
    if not all(isinstance(scalar_of(kind), Scalar) for kind in kinds):
        return UNKNOWN
    result = scalar_of(kinds[0])
    for kind in kinds[1:]:
        result = join(result, scalar_of(kind))
    return result


def length(kind: Kind) -> Kind:
    """The kind of `len(x)`."""
    match kind:
        case Array(dims=dims) if dims:
            return count(dims[0])
        case Sequence(items=items):
            return Static(len(items))
        case Static(value=str() as value):
            return Static(len(value))
        case _:
            return Scalar(np.dtype(int))
