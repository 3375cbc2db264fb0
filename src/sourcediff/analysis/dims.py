"""Sizes: shifting, broadcasting and slicing them symbolically."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from sourcediff.kinds import Dim, Dims, Kind, Scalar, Size, Static, scalar_of

INT = np.dtype(int)
_NONE = Static(None)

#: One end of a slice: an offset from the start (False) or the end (True) of the axis.
Bound = tuple[bool, int]


def shift(dim: Dim, delta: int) -> Dim:
    """The size `dim + delta`, clipped at zero.

    >>> shift(Size("n"), -2).offset, shift(3, -5), shift(Size("n", -5), 1)
    (-2, 0, None)
    """
    if isinstance(dim, int):
        return max(dim + delta, 0)
    if dim is None or (delta > 0 and not dim.exact):
        return None
    return replace(dim, offset=dim.offset + delta) if delta else dim


def minimum(dim: Dim) -> int:
    """The least that a size may be."""
    if isinstance(dim, int):
        return dim
    return 0 if dim is None else max(0, dim.lowest)


def broadcast(shapes: Iterable[Dims]) -> Dims:
    """The dims of arrays that are broadcast together.

    >>> [dim.symbol for dim in broadcast([(Size("n"), 1), (Size("m"),)])]
    ['n', 'm']
    """
    result: list[Dim] = []
    for dims in shapes:
        if dims is None:
            return None
        longer, shorter = (
            (result, list(dims)) if len(result) >= len(dims) else (list(dims), result)
        )
        lead = len(longer) - len(shorter)
        result = longer[:lead] + [
            _broadcast_dim(a, b) for a, b in zip(longer[lead:], shorter, strict=True)
        ]
    return tuple(result)


def _broadcast_dim(a: Dim, b: Dim) -> Dim:
    if a == b:
        return a
    if a == 1:
        return b
    if b == 1:
        return a
    # A size that is not 1 is what the other one becomes, or broadcasting fails.
    for dim in (a, b):
        if isinstance(dim, int) or (dim is not None and not dim.maybe_one):
            return dim
    return None


def known_value(kind: Kind) -> Dim:
    """What is known of an integer: a number, an exact `Size`, or None."""
    scalar = scalar_of(kind)
    return scalar.value if isinstance(scalar, Scalar) else None


def is_integer(kind: Kind) -> bool:
    """Whether a kind is certainly that of an integer (no bool)."""
    scalar = scalar_of(kind)
    return isinstance(scalar, Scalar) and scalar.dtype.kind in "iu"


def count(dim: Dim) -> Kind:
    """The kind of the Python int that a size is.

    >>> count(3), count(Size("n", -5)).value
    (Static(value=3), None)
    """
    if isinstance(dim, int):
        return Static(dim)
    return Scalar(INT, True, dim if dim is not None and dim.exact else None)


def dim_of(kind: Kind) -> Dim:
    """The size that a function makes of an integer argument, clipped at zero."""
    value = known_value(kind)
    if isinstance(value, int):
        return max(value, 0)
    return value


def total(dims: Dims) -> Dim:
    """The product of sizes, where it can be said."""
    if dims is None:
        return None
    product = 1
    symbolic: Dim = None
    for dim in dims:
        if isinstance(dim, int):
            product *= dim
        elif dim is None or symbolic is not None:
            return 0 if 0 in dims else None
        else:
            symbolic = dim
    if symbolic is None or product == 0:
        return product
    return scaled(symbolic, product)


def difference(a: Dim, b: Dim) -> int | None:
    """`a - b` where that is a known number."""
    match a, b:
        case int(), int():
            return a - b
        case Size(), Size() if a.exact and b.exact:
            gap = minus(a, b)
            return gap if isinstance(gap, int) else None
        case _:
            return None


def minus(a: Dim, b: Dim) -> Dim:
    """`a - b` of exact sizes, where it is a number or not less than a size can be.

    >>> minus(Size("n", 0, 4, 4), Size("n", 0, 4, 3)).factor, minus(Size("n", 2), 2)
    (1, Size(symbol='n', offset=0, least=4, factor=1))
    """
    match a, b:
        case int(), int():
            return a - b
        case Size(), int():
            return replace(a, offset=a.offset - b)
        case Size(), Size() if a.symbol == b.symbol:
            factor, offset = a.factor - b.factor, a.offset - b.offset
            if not factor:
                return offset
            return replace(a, factor=factor, offset=offset) if factor > 0 else None
        case _:
            return None


def scaled(dim: Dim, factor: int) -> Dim:
    """`dim * factor`, for a factor of at least zero.

    >>> scaled(Size("n", -1), 3).offset, scaled(5, 3), scaled(Size("n"), 0)
    (-3, 15, 0)
    """
    if isinstance(dim, int) or not factor:
        return (dim or 0) * factor if isinstance(dim, int) else 0
    if dim is None or not dim.exact:
        return dim if factor == 1 else None
    return replace(dim, factor=dim.factor * factor, offset=dim.offset * factor)


def quotient(dim: Dim, divisor: int) -> Dim:
    """`dim // divisor` of an exact size, where there is no rest."""
    if isinstance(dim, int):
        return dim // divisor
    if dim is None or dim.factor % divisor or dim.offset % divisor:
        return None
    factor, offset = dim.factor // divisor, dim.offset // divisor
    return replace(dim, factor=factor, offset=offset)


def at_most(a: Dim, b: Dim) -> bool:
    """Whether one exact size is certainly no larger than another.

    >>> at_most(Size("n", 0, 4, 2), Size("n", 0, 4, 3)), at_most(Size("n"), 5)
    (True, False)
    """
    if isinstance(a, int) and isinstance(b, Size):
        return a <= b.lowest
    gap = minus(b, a)
    return gap is not None and (gap if isinstance(gap, int) else gap.lowest) >= 0


def slice_dim(dim: Dim, lower: Kind, upper: Kind, step: Kind) -> Dim:
    """The size of a slice of an axis; the bounds are kinds, `Static(None)` if absent.

    >>> one, two, none = Static(1), Static(-2), Static(None)
    >>> slice_dim(Size("n"), one, two, none)
    Size(symbol='n', offset=-3, least=4, factor=1)
    """
    bounds = (lower, upper, step)
    stride = 1 if step == _NONE else known_value(step)
    absent = [bound == _NONE for bound in (lower, upper)]
    if stride in (1, -1) and all(absent):
        return dim
    if isinstance(dim, int) and all(
        isinstance(b, Static) and (b.value is None or type(b.value) is int)
        for b in bounds
    ):
        values = [b.value for b in bounds if isinstance(b, Static)]
        return len(range(dim)[slice(*values)]) if values[2] != 0 else None
    if stride != 1 or dim is None:
        return None
    start: Bound | None = (False, 0) if absent[0] else _bound(dim, lower)
    stop: Bound | None = (True, 0) if absent[1] else _bound(dim, upper)
    length = None if start is None or stop is None else _length(dim, start, stop)
    if length is not None:
        return length
    first = 0 if absent[0] else _place(dim, known_value(lower))
    last = dim if absent[1] else _place(dim, known_value(upper))
    return minus(last, first) if at_most(first, last) else None


def _place(dim: Dim, value: Dim) -> Dim:
    """Where on an axis a bound is, as an exact size."""
    if isinstance(dim, Size) and not dim.exact:
        return None
    if isinstance(value, int) and value < 0:
        value = minus(dim, -value)
    if not at_most(0, value):
        return None
    if at_most(value, dim):
        return value
    return dim if at_most(dim, value) else None


def _bound(dim: Dim, kind: Kind) -> Bound | None:
    value = known_value(kind)
    if isinstance(value, int):
        return value < 0, value
    if value is None or not value.exact:
        return None
    past_end = difference(value, dim)
    return None if past_end is None else (True, min(past_end, 0))


def _length(dim: Dim, start: Bound, stop: Bound) -> Dim:
    least = minimum(dim)
    match start, stop:
        case (False, first), (True, last):
            return shift(dim, last - first)
        case (False, first), (False, last):
            return max(last - first, 0) if last <= least or last <= first else None
        case (True, first), (True, last):
            return max(last - first, 0) if -first <= least or last <= first else None
        case (True, first), (False, last) if isinstance(dim, int):
            return max(min(last, dim) - max(dim + first, 0), 0)
        case _:
            return None


def stretched(dim: Dim, whole: Dim) -> bool | None:
    """Whether broadcasting an axis of size `dim` to `whole` repeats it; None: perhaps.

    >>> stretched(1, Size("n")), stretched(Size("n"), Size("m")), stretched(None, 3)
    (True, False, None)
    """
    if dim is None:
        return None
    if dim == 1:
        return None if whole != 1 and minimum(whole) < 2 else whole != 1
    sure = dim == whole or isinstance(dim, int) or not dim.maybe_one
    return False if sure else None
