"""Kinds of arrays that are made from sizes: zeros, arange, reshape and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sourcediff.analysis.arithmetic import as_array
from sourcediff.analysis.dims import (
    INT,
    count,
    difference,
    dim_of,
    is_integer,
    known_value,
    total,
)
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dim,
    Dims,
    Kind,
    Scalar,
    Sequence,
    Size,
    Static,
    scalar_of,
)

FLOAT = np.dtype(float)
NONE = Static(None)
Keywords = Mapping[str, Kind]
#: None: the arguments are not understood, and another way may be tried.
Handler = Callable[[tuple[Kind, ...], Keywords], Kind | None]


def dims_of(shape: Kind) -> Dims:
    """The dims that a shape argument stands for; None if their number is not known.

    >>> dims_of(Sequence(tuple, (Static(3), Scalar(INT, True, Size("n")))))
    (3, Size(symbol='n', offset=0, least=4, factor=1))
    """
    if isinstance(shape, Sequence):
        return tuple(map(dim_of, shape.items))
    if is_integer(shape):
        return (dim_of(shape),)
    if isinstance(shape, Array) and shape.dims and isinstance(shape.dims[0], int):
        return (None,) * shape.dims[0]
    return None


def dtype_of(kind: Kind | None, default: np.dtype[Any] | None) -> np.dtype[Any] | None:
    """The dtype that a `dtype=` argument names; None if it is not known."""
    if kind is None or kind == NONE:
        return default
    if isinstance(kind, Static) and isinstance(kind.value, type | str | np.dtype):
        try:
            dtype = np.dtype(kind.value)
        except TypeError:
            return None
        return dtype if dtype.kind in "biufc" else None
    return None


def bind(
    names: tuple[str, ...], arguments: tuple[Kind, ...], keywords: Keywords
) -> dict[str, Kind] | None:
    """Arguments by the names of the parameters; None where one does not fit."""
    if len(arguments) > len(names) or not keywords.keys() <= set(names):
        return None
    return {**dict(zip(names, arguments, strict=False)), **keywords}


def _made(dtype: np.dtype[Any] | None, dims: Dims, order: Kind | None = None) -> Kind:
    if dtype is None:
        return UNKNOWN
    return Array(dtype, dims, order in (None, Static("C")))


def _zeros(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    given = bind(("shape", "dtype", "order"), arguments, keywords)
    if given is None or "shape" not in given:
        return None
    dtype = dtype_of(given.get("dtype"), FLOAT)
    return _made(dtype, dims_of(given["shape"]), given.get("order"))


def _full(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    given = bind(("shape", "fill_value", "dtype", "order"), arguments, keywords)
    if given is None or not {"shape", "fill_value"} <= given.keys():
        return None
    value = scalar_of(as_array(given["fill_value"]))
    default = value.dtype if isinstance(value, Scalar | Array) else None
    dtype = dtype_of(given.get("dtype"), default)
    return _made(dtype, dims_of(given["shape"]), given.get("order"))


def _like(names: tuple[str, ...]) -> Handler:
    def handle(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
        given = bind(names, arguments, keywords)
        if given is None or "shape" in given or "subok" in given:
            return None
        like = scalar_of(as_array(given.get("a", UNKNOWN)))
        if isinstance(like, Scalar):
            dims: Dims = ()
            contiguous = True
        elif isinstance(like, Array):
            dims = like.dims
            contiguous = like.contiguous or like.ndim in (0, 1)
        else:
            return None
        dtype = dtype_of(given.get("dtype"), like.dtype)
        if dtype is None or dtype.kind not in "biufc":
            return UNKNOWN
        order = given.get("order", Static("K"))
        return Array(dtype, dims, order == Static("C") or contiguous)

    return handle


def _eye(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    given = bind(("N", "M", "k", "dtype", "order"), arguments, keywords)
    if given is None or "N" not in given:
        return None
    rows = given["N"]
    columns = given.get("M", NONE)
    dims = (dim_of(rows), dim_of(rows if columns == NONE else columns))
    return _made(dtype_of(given.get("dtype"), FLOAT), dims, given.get("order"))


def _identity(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    given = bind(("n", "dtype"), arguments, keywords)
    if given is None or "n" not in given:
        return None
    size = dim_of(given["n"])
    return _made(dtype_of(given.get("dtype"), FLOAT), (size, size))


def range_dim(bounds: tuple[Kind, ...]) -> Dim:
    """The number of elements of `range` or `np.arange` of integers.

    >>> range_dim((Static(1), Scalar(INT, True, Size("n"))))
    Size(symbol='n', offset=-1, least=4, factor=1)
    """
    if len(bounds) == 1:
        start, stop, step = Static(0), bounds[0], Static(1)
    else:
        start, stop, step = (*bounds, Static(1))[:3]  # type: ignore[assignment]
    low, high, stride = map(known_value, (start, stop, step))
    if isinstance(low, int) and isinstance(high, int) and isinstance(stride, int):
        return len(range(low, high, stride)) if stride else None
    if stride == -1:
        low, high = high, low
    elif stride != 1:
        return None
    gap = difference(high, low)
    if gap is not None:
        return max(gap, 0)
    if isinstance(low, int) and isinstance(high, Size):
        # The bound is exact: it may be negative, and so is clipped only now.
        return replace(high, offset=high.offset - low)
    return None


def _arange(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    names = {"dtype"} if arguments else set()
    if not arguments or len(arguments) > 3 or not keywords.keys() <= names:
        return None
    bounds = tuple(map(scalar_of, arguments))
    if not all(isinstance(b, Scalar) for b in bounds):
        return UNKNOWN
    dtypes = [b.dtype for b in bounds if isinstance(b, Scalar)]
    dtype = dtype_of(keywords.get("dtype"), np.result_type(INT, *dtypes))
    whole = all(d.kind in "iu" for d in dtypes)
    return _made(dtype, (range_dim(arguments) if whole else None,))


def _converted(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """`np.asarray(x, int)` of what is not known, but for its type afterwards."""
    given = bind(("a", "dtype"), arguments, keywords)
    if given is None or given.get("a") != UNKNOWN or "dtype" not in given:
        return None
    dtype = dtype_of(given["dtype"], None)
    return None if dtype is None else Array(dtype)


def _linspace(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    given = bind(("start", "stop", "num", "endpoint"), arguments, keywords)
    if given is None or not {"start", "stop"} <= given.keys():
        return None
    ends = [scalar_of(given[name]) for name in ("start", "stop")]
    # Ends of another float type, or arrays, decide on the result's type.
    if not all(isinstance(e, Scalar) and e.dtype in (INT, FLOAT) for e in ends):
        return None
    return Array(FLOAT, (dim_of(given.get("num", Static(50))),), True)


def _broadcast_to(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    given = bind(("array", "shape"), arguments, keywords)
    value = None if given is None else scalar_of(as_array(given.get("array", UNKNOWN)))
    if given is None or "shape" not in given or not isinstance(value, Scalar | Array):
        return None
    return Array(value.dtype, dims_of(given["shape"]))


def _reshape(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    if not arguments or keywords.keys() - {"shape", "order"}:
        return None
    array = as_array(arguments[0])
    shapes = (*arguments[1:], *(k for name, k in keywords.items() if name == "shape"))
    if not isinstance(array, Array) or not shapes:
        return None
    shape = shapes[0] if len(shapes) == 1 else Sequence(tuple, shapes)
    if is_integer(shape):
        shape = Sequence(tuple, (shape,))
    if not isinstance(shape, Sequence):
        return Array(array.dtype, dims_of(shape))
    dims = _wildcard(shape.items, array.dims)
    return Array(array.dtype, dims, array.contiguous and "order" not in keywords)


def _wildcard(parts: tuple[Kind, ...], dims: Dims) -> Dims:
    """The dims of a shape in which one part may be -1."""
    values = [known_value(part) for part in parts]
    fixed = [None if _may_be_negative(value) else value for value in values]
    if values.count(-1) == 1 and fixed.count(None) == 1:
        place = values.index(-1)
        fixed[place] = _quotient(dims, fixed[:place] + fixed[place + 1 :])
    return tuple(fixed)


def _may_be_negative(value: Dim) -> bool:
    if isinstance(value, int):
        return value < 0
    return value is None or not value.exact


def _quotient(dims: Dims, others: list[Dim]) -> Dim:
    """What remains of an array's sizes without others, where it is one size."""
    if dims is None or any(d is None for d in (*dims, *others)):
        return None
    if all(isinstance(d, int) for d in (*dims, *others)):
        whole, part = total(dims), total(tuple(others))
        known = isinstance(whole, int) and isinstance(part, int) and part > 0
        return whole // part if known else None  # type: ignore[operator]
    left = [d for d in dims if d != 1]
    for other in others:
        if other == 1:
            continue
        if other not in left:
            return None
        if other == 0 or (isinstance(other, Size) and other.lowest < 1):
            return None
        left.remove(other)
    return total(tuple(left))


def _shape(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    if len(arguments) != 1 or keywords:
        return None
    kind = scalar_of(as_array(arguments[0]))
    return shape_of(kind)


def shape_of(kind: Kind) -> Kind:
    """The kind of `x.shape`."""
    if isinstance(kind, Scalar):
        return Sequence(tuple, ())
    if not isinstance(kind, Array) or kind.dims is None:
        return UNKNOWN
    return Sequence(tuple, tuple(map(count, kind.dims)))


def _ndim(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    if len(arguments) != 1 or keywords:
        return None
    kind = scalar_of(as_array(arguments[0]))
    if isinstance(kind, Scalar):
        return Static(0)
    if isinstance(kind, Array) and kind.ndim is not None:
        return Static(kind.ndim)
    return Scalar(INT)


def _size(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    if len(arguments) != 1 or keywords:
        return None
    kind = scalar_of(as_array(arguments[0]))
    if isinstance(kind, Scalar):
        return Static(1)
    return count(total(kind.dims)) if isinstance(kind, Array) else Scalar(INT)


def _ravel(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    array = arguments[0] if len(arguments) == 1 and not keywords else None
    if not isinstance(array, Array):
        return None
    return Array(array.dtype, (total(array.dims),), True)


def _astype(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    array = arguments[0] if arguments else None
    if (
        not isinstance(array, Array)
        or len(arguments) != 2
        or keywords.keys() - {"copy"}
    ):
        return None
    dtype = dtype_of(arguments[1], None)
    if dtype is None:
        return UNKNOWN
    fresh = "copy" not in keywords and array.ndim in (0, 1)
    return Array(dtype, array.dims, array.contiguous or fresh)


def _hsplit(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    array = arguments[0] if arguments else None
    axis = 0 if isinstance(array, Array) and array.ndim == 1 else 1
    return _split(axis)(arguments, keywords)


def _split(axis: int | None) -> Handler:
    """The handler of a function that splits along an axis; None: along a given one."""

    def handle(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
        names = ("ary", "indices_or_sections", "axis")
        given = bind(names if axis is None else names[:2], arguments, keywords)
        if given is None or len(given) < 2:
            return None
        array, sections = given["ary"], given["indices_or_sections"]
        along = known_value(given.get("axis", Static(axis or 0)))
        if not isinstance(array, Array) or array.dims is None:
            return None
        if not isinstance(along, int) or not -len(array.dims) <= along < len(
            array.dims
        ):
            return None
        return _parts(array, sections, along % len(array.dims))

    return handle


def _parts(array: Array, sections: Kind, axis: int) -> Kind | None:
    dims = list(array.dims or ())
    if isinstance(sections, Static) and type(sections.value) is int:
        count = sections.value
        size = dims[axis]
        even = isinstance(size, int) and count > 0 and size % count == 0
        dims[axis] = size // count if even and isinstance(size, int) else None
    elif isinstance(sections, Sequence):
        count = len(sections.items) + 1
        dims[axis] = None
    else:
        return None
    if not 0 < count <= 64:
        return None
    return Sequence(list, (Array(array.dtype, tuple(dims)),) * count)


HANDLERS: dict[Any, Handler] = {
    np.zeros: _zeros,
    np.ones: _zeros,
    np.empty: _zeros,
    np.full: _full,
    np.zeros_like: _like(("a", "dtype", "order", "subok", "shape")),
    np.ones_like: _like(("a", "dtype", "order", "subok", "shape")),
    np.empty_like: _like(("a", "dtype", "order", "subok", "shape")),
    np.full_like: _like(("a", "fill_value", "dtype", "order", "subok", "shape")),
    np.eye: _eye,
    np.identity: _identity,
    np.arange: _arange,
    np.linspace: _linspace,
    np.broadcast_to: _broadcast_to,
    np.reshape: _reshape,
    np.asarray: _converted,
    np.ndarray.reshape: _reshape,
    np.ndarray.astype: _astype,
    np.ravel: _ravel,
    np.ndarray.ravel: _ravel,
    np.ndarray.flatten: _ravel,
    np.split: _split(None),
    np.array_split: _split(None),
    np.vsplit: _split(0),
    np.hsplit: _hsplit,
    np.dsplit: _split(2),
    np.shape: _shape,
    np.ndim: _ndim,
    np.size: _size,
}
