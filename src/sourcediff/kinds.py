"""What the compiler knows of a value: a small lattice of kinds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, TypeAlias

import numpy as np


@dataclass(frozen=True, slots=True)
class Size:
    """A size that is known by name: `factor * symbol + offset`, clipped at zero.

    `least` is the smallest value that the symbol may have: 4 for the sizes of arrays
    and for integers (up to 3 they belong to the signature as they are).

    >>> Size("n").maybe_one, Size("n", -3).maybe_one, Size("n", -3).exact
    (False, True, True)
    """

    symbol: str
    offset: int = 0
    least: int = 4
    factor: int = 1

    @property
    def lowest(self) -> int:
        """The smallest value that the size may have before it is clipped."""
        return self.factor * self.least + self.offset

    @property
    def maybe_one(self) -> bool:
        """Whether the size may be 1, and so broadcast."""
        return self.lowest <= 1

    @property
    def exact(self) -> bool:
        """Whether clipping at zero never happens."""
        return self.lowest >= 0


Dim: TypeAlias = int | Size | None
Dims: TypeAlias = tuple[Dim, ...] | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """A Python or NumPy number; `value` is what is known of it (a size, a constant).

    `python=False`: a NumPy scalar, or one of both where branches differ. A value that
    is a `Size` is meant exactly, not clipped.
    """

    dtype: np.dtype[Any]
    python: bool = True
    value: Dim = None


@dataclass(frozen=True, slots=True)
class Array:
    """An ndarray; `dims` is None where even the number of dimensions is unknown.

    `contiguous` says that it is known to be C-contiguous, `scattered` that it is not.
    """

    dtype: np.dtype[Any]
    dims: Dims = None
    contiguous: bool = False
    scattered: bool = False

    @property
    def ndim(self) -> int | None:
        """The number of dimensions, or None."""
        return None if self.dims is None else len(self.dims)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A tuple or list whose elements are known one by one (`type` tells which)."""

    type: Any
    items: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class List:
    """A list of any length whose elements have one kind (None: still empty).

    `type` is that of the sequence: it may be a tuple, too.
    """

    item: Kind | None
    type: Any = field(default=list, repr=False)


@dataclass(frozen=True, slots=True)
class Dict:
    """A dict with constant keys."""

    items: tuple[tuple[Any, Kind], ...]

    def get(self, key: Any) -> Kind | None:
        """The kind under a key, or None."""
        return dict(self.items).get(key)


@dataclass(frozen=True, slots=True)
class Record:
    """An object with attributes: an instance of a class, a named tuple, a dataclass."""

    type: Any
    fields: tuple[tuple[str, Kind], ...]

    def get(self, name: str) -> Kind | None:
        """The kind of an attribute, or None."""
        return dict(self.fields).get(name)


@dataclass(frozen=True, slots=True, eq=False)
class Static:
    """A value known when compiling: a module, function, class, string, None, dtype."""

    value: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Static):
            return NotImplemented
        if self.value is other.value:
            return True
        return type(self.value) is type(other.value) and bool(
            isinstance(self.value, str | bytes | int | float | complex | tuple | slice)
            and repr(self.value) == repr(other.value)
        )

    def __hash__(self) -> int:
        if isinstance(self.value, (str, bytes, int, float, complex, tuple, slice)):
            return hash(repr(self.value))
        return id(self.value)


@dataclass(frozen=True, slots=True)
class Unknown:
    """It is not known what the value is; generated code uses the general helpers.

    `among` is what arithmetic still knows of it: it is such a number, or such an array,
    or None. `data`: it came from a callee on the tape, or was computed from that, and
    is no object that computes in ways of its own.
    """

    among: tuple[Scalar | Array | Static, ...] | None = None
    data: bool = field(default=False, repr=False)


Kind: TypeAlias = Scalar | Array | Sequence | List | Dict | Record | Static | Unknown
UNKNOWN = Unknown()
DATA = Unknown(data=True)
#: The kinds that say nothing of what a value is.
UNSAID = (UNKNOWN, DATA)


def is_differentiable(kind: Kind) -> bool:
    """Whether a value of this kind can carry a derivative somewhere inside.

    >>> is_differentiable(Scalar(np.dtype(float))), is_differentiable(Static("sum"))
    (True, False)
    """
    match kind:
        case Scalar(dtype=dtype) | Array(dtype=dtype):
            return dtype.kind in "fcO"
        case Sequence(type=type_, items=()):
            return type_ is list  # it may still be filled
        case Sequence(items=items):
            return any(is_differentiable(item) for item in items)
        case List(item=item):
            return item is None or is_differentiable(item)
        case Dict(items=()):
            return True  # it may still be filled
        case Dict(items=pairs) | Record(fields=pairs):
            return any(is_differentiable(item) for _, item in pairs)
        case Static(value=value):
            return isinstance(value, float | complex)
        case _:
            return True


def least_length(kind: Kind, wanted: int) -> int:
    """How many of the wanted elements a sequence has; 0 where that is not known.

    >>> least_length(Array(np.dtype(float), (Size("n"),)), 3)
    3
    """
    if isinstance(kind, Sequence):
        return min(len(kind.items), wanted)
    dims = kind.dims if isinstance(kind, Array) else None
    size = dims[0] if dims else None
    if isinstance(size, Size):
        return wanted if size.lowest >= wanted else 0
    return min(size or 0, wanted)


def join(a: Kind, b: Kind) -> Kind:
    """The least kind above both.

    Where dtypes differ, the joined one is a bound: what all of them promote to.

    >>> f = np.dtype(float)
    >>> join(Array(f, (Size("n"), 3)), Array(f, (Size("n"), 4))).dims
    (Size(symbol='n', offset=0, least=4, factor=1), None)
    """
    if a == b:
        return a
    match a, b:
        case (Unknown(data=True), Scalar() | Array()):
            return DATA
        case (Scalar() | Array(), Unknown(data=True)):
            return DATA
        case (Static() | Scalar(), Static() | Scalar()) if isinstance(
            a, Static
        ) or isinstance(b, Static):
            first, second = scalar_of(a), scalar_of(b)
            if isinstance(first, Scalar) and isinstance(second, Scalar):
                return join(first, second)
            return _number_or_array(a, b)
        case Scalar(), Scalar():
            value = a.value if a.value == b.value else None
            dtype = np.promote_types(a.dtype, b.dtype)
            return Scalar(dtype, a.python and b.python, value)
        case Array(), Array():
            return Array(
                np.promote_types(a.dtype, b.dtype),
                _join_dims(a.dims, b.dims),
                a.contiguous and b.contiguous,
                a.scattered and b.scattered,
            )
        case Sequence(), Sequence() if (a.type, len(a.items)) == (
            b.type,
            len(b.items),
        ):
            return replace(a, items=tuple(map(join, a.items, b.items)))
        case (List() | Sequence(), List() | Sequence()) if a.type is b.type:
            return _join_lists(a, b)
        case Dict(), Dict() if [k for k, _ in a.items] == [k for k, _ in b.items]:
            return Dict(
                tuple(
                    (key, join(x, y))
                    for (key, x), (_, y) in zip(a.items, b.items, strict=True)
                )
            )
        case Record(), Record() if a.type is b.type and [k for k, _ in a.fields] == [
            k for k, _ in b.fields
        ]:
            return replace(
                a,
                fields=tuple(
                    (key, join(x, y))
                    for (key, x), (_, y) in zip(a.fields, b.fields, strict=True)
                ),
            )
        case _:
            return _number_or_array(a, b)


def alternatives(kind: Kind) -> tuple[Kind, ...]:
    """The kinds of which a value has one where something is computed with it.

    That is nowhere done with None.

    >>> f = np.dtype(float)
    >>> len(alternatives(join(Static(1.5), Array(f, (3,)))))
    2
    >>> len(alternatives(join(Static(None), Array(f, (3,)))))
    1
    """
    if isinstance(kind, Unknown) and kind.among is not None:
        return tuple(k for k in kind.among if k != _NONE)
    return (kind,)


def present(kind: Kind) -> Kind:
    """What is known of a value that is not None.

    >>> present(join(Static(None), Scalar(np.dtype(float)))).dtype
    dtype('float64')
    """
    found = alternatives(kind)
    return found[0] if len(found) == 1 else kind


def parts_of(kind: Kind) -> tuple[Kind, ...]:
    """The kinds of what a container or an object holds.

    >>> parts_of(Dict((("a", Static(1.5)),)))
    (Static(value=1.5),)
    """
    match kind:
        case Sequence(items=items):
            return items
        case List(item=item):
            return () if item is None else (item,)
        case Dict(items=pairs) | Record(fields=pairs):
            return tuple(part for _, part in pairs)
        case _:
            return ()


def is_complex(kind: Kind) -> bool:
    """Whether a value is certainly complex.

    >>> is_complex(Scalar(np.dtype(complex))), is_complex(Unknown())
    (True, False)
    """
    return isinstance(kind, Scalar | Array) and kind.dtype.kind == "c"


#: The kinds of numbers of which nothing is known but their type.
_NUMBERS = {t: Scalar(np.dtype(t)) for t in (bool, float, complex)}


def scalar_of(kind: Kind) -> Kind:
    """A constant number as a scalar kind; any other kind as it is.

    >>> scalar_of(Static(2)).value
    2
    """
    if not isinstance(kind, Static):
        return kind
    value = kind.value
    plain = _NUMBERS.get(value.__class__)
    if plain is not None:
        return plain
    if isinstance(value, (bool, int, float, complex)):
        known = (
            value if isinstance(value, int) and not isinstance(value, bool) else None
        )
        return Scalar(np.dtype(type(value)), True, known)
    if isinstance(value, np.number | np.bool_):
        return Scalar(value.dtype, False, None)
    return kind


def widened(kind: Kind) -> Kind:
    """A kind without what may differ from call to call of a recursion: sizes, numbers.

    >>> widened(Array(np.dtype(float), (Size("n", -1), 3))).dims
    (None, None)
    """
    match kind:
        case Array(dims=dims) if dims is not None:
            return replace(kind, dims=(None,) * len(dims))
        case Scalar():
            return replace(kind, value=None)
        case Static(value=bool()):
            return kind
        case Static():
            number = scalar_of(kind)
            return kind if isinstance(number, Static) else widened(number)
        case Sequence(items=items):
            return replace(kind, items=tuple(map(widened, items)))
        case List(item=item) if item is not None:
            return replace(kind, item=widened(item))
        case Unknown():
            return DATA if kind.data else UNKNOWN
        case Dict(items=pairs):
            return Dict(tuple((key, widened(part)) for key, part in pairs))
        case Record(fields=fields):
            parts = tuple((key, widened(part)) for key, part in fields)
            return replace(kind, fields=parts)
        case _:
            return kind


def renewable(cls: Any) -> tuple[str, ...] | None:
    """The fields of a named tuple or a dataclass that its class only stores.

    `replace` then does what a call of the class with all fields does. None for others.

    >>> from collections import namedtuple
    >>> renewable(namedtuple("State", "x v")), renewable(complex)
    (('x', 'v'), None)
    """
    if isinstance(cls, type) and cls.__bases__ == (tuple,):
        return getattr(cls, "_fields", None)
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return None
    fields = dataclasses.fields(cls)
    parameters: Any = getattr(cls, "__dataclass_params__", None)
    stores = parameters.init and all(field.init for field in fields)
    return tuple(field.name for field in fields) if stores else None


def _number_or_array(a: Kind, b: Kind) -> Kind:
    """The join of numbers with arrays, such as of a sum that begins as a number."""
    kinds = [scalar_of(kind) for side in (a, b) for kind in _each(side)]
    numbers = [kind for kind in kinds if isinstance(kind, Scalar)]
    arrays = [kind for kind in kinds if isinstance(kind, Array)]
    absent = [kind for kind in kinds if kind == _NONE]
    if len(numbers) + len(arrays) + len(absent) < len(kinds):
        return UNKNOWN
    found = [_join_all(group) for group in (numbers, arrays) if group]
    if any(kind.dtype.kind not in "biufc" for kind in found):  # type: ignore[union-attr]
        return UNKNOWN
    return Unknown((*found, *absent[:1])) if found else UNKNOWN  # type: ignore[arg-type]


_NONE = Static(None)


def _each(kind: Kind) -> tuple[Kind, ...]:
    """The kinds of which a value has one."""
    return (kind.among if isinstance(kind, Unknown) else None) or (kind,)


def _join_all(kinds: Iterable[Kind]) -> Kind:
    return reduce(join, kinds)


def _join_dims(a: Dims, b: Dims) -> Dims:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else None for x, y in zip(a, b, strict=True))


def _join_lists(a: List | Sequence, b: List | Sequence) -> Kind:
    items = [kind for side in (a, b) for kind in _elements(side)]
    joined = items[0] if items else None
    for item in items[1:]:
        joined = item if joined is None else join(joined, item)
    return List(joined, a.type)


def _elements(kind: Kind) -> tuple[Kind, ...]:
    if isinstance(kind, Sequence):
        return kind.items
    if isinstance(kind, List) and kind.item is not None:
        return (kind.item,)
    return ()
