"""Compiled gradients by signature: found in a table, compiled at the first call."""

from __future__ import annotations

import array as packed
import contextlib
import gc
import sys
import types
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sourcediff.analysis.keys import make_key
from sourcediff.analysis.signature import kinds_of
from sourcediff.callables import bound, name_of
from sourcediff.compile import Compiled, Derived
from sourcediff.errors import (
    EndlessStructure,
    NoAuxiliary,
    NonScalarResult,
    NotDifferentiable,
    OverlapError,
)
from sourcediff.kinds import (
    Array,
    Kind,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    is_differentiable,
    scalar_of,
)
from sourcediff.structures import attribute_names, is_float, is_object, leaves

#: Containers that have no gradients of their form.
_WITHOUT_STRUCTURE = (deque, packed.array, memoryview, set, frozenset)
#: Signatures that one function keeps in its first table before that is emptied.
LARGEST_TABLE = 4096

Compile = Callable[[Mapping[str, Kind]], Compiled]


@dataclass
class Dispatcher:
    """Finds the compiled code for the arguments of a call.

    The first table is keyed by types and exact shapes and is fast; behind it a second
    one is keyed by kinds, so that arrays of new sizes do not compile anew.
    """

    function: Callable[..., Any]
    compile: Compile
    wrt: tuple[str, ...] = ()
    every_place: bool = False  # cotangents are asked of all positional arguments
    by_key: dict[Any, Compiled] = field(default_factory=dict)
    by_kinds: dict[Any, Compiled] = field(default_factory=dict)
    keys: dict[int, Callable[..., Any]] = field(default_factory=dict)

    def find(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Compiled:
        """The code for these arguments, compiled if need be."""
        if kwargs:
            return self._by_kinds(args, kwargs)
        key = self.key(*args)
        compiled = self.by_key.get(key)
        if compiled is not None and compiled.holds():
            return compiled
        compiled = self._by_kinds(args, kwargs)
        if len(self.by_key) >= LARGEST_TABLE:
            self.by_key.clear()
        self.by_key[key] = compiled
        return compiled

    def key(self, *args: Any) -> Any:
        """What tells the signatures of positional arguments apart, fast."""
        make = self.keys.get(len(args))
        if make is None:
            make = self.keys[len(args)] = make_key(len(args))
        return make(*args)

    def _by_kinds(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Compiled:
        return self.of_kinds(self.environment(args, kwargs))

    def of_kinds(self, environment: Mapping[str, Kind]) -> Compiled:
        """The code for parameters of these kinds, compiled if need be."""
        key = tuple(environment.items())
        compiled = self.by_kinds.get(key)
        if compiled is None or not compiled.holds():
            if compiled is not None:
                self.by_kinds.clear()
                self.by_key.clear()
            with _uncollected():
                compiled = self.by_kinds[key] = self.compile(environment)
        return compiled

    def environment(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> dict[str, Kind]:
        """The kinds of all parameters for these arguments."""
        given = bound(self.function, args, kwargs).arguments
        # Nobody has masked arrays who has not imported their module, which takes long.
        masked = getattr(sys.modules.get("numpy.ma"), "MaskedArray", np.matrix)
        unreadable = (masked, np.matrix)
        for parameter, value in given.items():
            for array in arrays_in(value):
                if isinstance(array, unreadable):
                    what = f"a {type(array).__name__}"
                    raise NotDifferentiable(name_of(self.function), parameter, what)
        by_place = given.keys() - kwargs.keys() if self.every_place else ()
        for parameter in sorted(by_place):
            if found := _hidden_in(given[parameter]):
                raise NotDifferentiable(name_of(self.function), parameter, found)
        for parameter in self.wrt:
            if found := _without_places(given.get(parameter)):
                raise NotDifferentiable(name_of(self.function), parameter, found)
        return kinds_of(given)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Let nobody look for garbage meanwhile, if the collector was at work.

    A compilation makes trees by the ten thousand, nearly all of which it needs to its
    end: the collector would go through them, and through all else that lives in the
    process, again and again.
    """
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def _without_places(value: Any) -> str | None:
    """What a value is, if a gradient could not have elements in the same places."""
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biufcO":
        return f"an array of {value.dtype}"
    if isinstance(value, set | frozenset | range | Iterator):
        return f"a {type(value).__name__}"
    return _hidden_in(value)


def _hidden_in(value: Any) -> str | None:
    """What there is in a value that holds floats, but has no gradient of its form."""
    try:
        found = next(filter(_hides_floats, leaves(value)), None)
    except EndlessStructure:  # what can be followed is told by the kinds
        return None
    if isinstance(found, np.ndarray):
        return f"an array of {found.dtype}"
    return None if found is None else f"a {type(found).__name__}"


def _hides_floats(leaf: Any) -> bool:
    """Whether a value holds floats in places that no structure of ours has."""
    if isinstance(leaf, np.ndarray):
        return leaf.dtype.kind == "O" and any(map(is_float, leaf.flat))
    if isinstance(leaf, types.MappingProxyType):
        return any(map(is_float, leaf.values()))
    return isinstance(leaf, _WITHOUT_STRUCTURE) and any(map(is_float, leaf))


def require_differentiable(
    name: str, environment: Mapping[str, Kind], wrt: tuple[str, ...]
) -> None:
    """Refuse integers and other values without derivative among `wrt`."""
    for parameter in wrt:
        kind = environment[parameter]
        if not is_differentiable(kind):
            plain = isinstance(scalar_of(kind), Scalar | Array | Static)
            lacking = "" if plain else " without floats"
            raise NotDifferentiable(name, parameter, described(kind) + lacking)


def require_number(name: str, value: Any, has_aux: bool = False) -> None:
    """Refuse a result that is not one number that carries a derivative.

    With `has_aux` it is the first of a pair.
    """
    if has_aux:
        if not isinstance(value, tuple) or len(value) != 2:
            raise NoAuxiliary(name)
        value = value[0]
    kind = kinds_of({"result": value})["result"]
    if not is_number(kind) and type(value) is not int:  # of one branch, the tape knows
        if isinstance(value, types.CoroutineType):
            value.close()  # nobody is going to await it
        unknown = f"a {type(value).__name__}"
        given = unknown if isinstance(kind, Unknown) else described(kind)
        raise NonScalarResult(name, given)


def is_number(kind: Kind) -> bool:
    """Whether a result of this kind is one real number that carries a derivative."""
    number = scalar_of(kind)
    if not isinstance(number, Scalar | Array) or not is_differentiable(number):
        return False
    is_single = isinstance(number, Scalar) or number.dims == ()
    return is_single and number.dtype.kind != "c"


def described(kind: Kind) -> str:
    """A kind in words, for error messages.

    >>> described(Scalar(np.dtype(int))), described(Sequence(tuple, ()))
    ('an integer', 'a tuple of 0')
    """
    kind = scalar_of(kind)
    match kind:
        case Scalar(dtype=dtype):
            words = {"i": "an integer", "u": "an integer", "b": "a boolean"}
            words["c"] = "a complex number"
            return words.get(dtype.kind, "a float")
        case Array(dtype=dtype, dims=()):
            return described(Scalar(dtype))
        case Array(dtype=dtype, dims=tuple() as dims):
            plural = "" if len(dims) == 1 else "s"
            return f"an array of {dtype} with {len(dims)} dimension{plural}"
        case Array(dtype=dtype):
            return f"an array of {dtype}"
        case Static(value=str()):
            return "a string"
        case Static(value=value):
            return repr(value)
        case Sequence(type=cls, items=items):
            return f"a {cls.__name__} of {len(items)}"
        case Record(type=cls):
            return f"a {cls.__name__}"
        case _:
            return f"a {type(kind).__name__.lower()}"


def refuse_overlap(
    name: str, written: tuple[str, ...], arguments: Mapping[str, Any]
) -> None:
    """Raise OverlapError where an argument that is written shares memory."""
    arrays = {key: list(arrays_in(value)) for key, value in arguments.items()}
    for key in written:
        for index, array in enumerate(arrays[key]):
            for other, others in arrays.items():
                for position, candidate in enumerate(others):
                    if other == key and position == index:
                        continue
                    if np.may_share_memory(array, candidate):
                        raise OverlapError(name, key, other)


def is_flat(value: Any) -> bool:
    """Whether a value is an array or a number, so that no arrays are inside it."""
    return type(value) is np.ndarray or isinstance(value, int | float | complex)


def arrays_in(value: Any) -> Iterator[Any]:
    """The arrays of a nested structure, one after the other.

    Those of what the structure holds in several places come twice, so that they are
    seen to share memory; what refers back to itself has an end.

    >>> shared = [np.zeros(2)]
    >>> shared.append(shared)
    >>> len(list(arrays_in([shared, shared, shared])))
    2
    """
    pending, inside = [(value, False)], set()
    seen: dict[int, int] = {}
    while pending:
        value, is_left = pending.pop()
        if is_left:
            inside.discard(id(value))
        elif isinstance(value, np.ndarray):
            yield value
        elif (parts := _parts(value)) and id(value) not in inside:
            seen[id(value)] = seen.get(id(value), 0) + 1
            if seen[id(value)] > 2:
                continue
            inside.add(id(value))
            pending.append((value, True))
            pending += [(part, False) for part in reversed(parts)]


def _parts(value: Any) -> list[Any]:
    """What a container or an object holds."""
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, dict):
        return list(value.values())
    if not is_object(value) or isinstance(value, Derived):
        return []
    return [getattr(value, name) for name in attribute_names(value)]


def detached(value: Any, others: list[Any], add: bool = False) -> Any:
    """A structure with copies of those arrays that share memory with others.

    With `add`, the arrays of the result join the others.
    """
    if isinstance(value, np.ndarray):
        if any(np.may_share_memory(value, other) for other in others):
            value = value.copy()
        if add:
            others.append(value)
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(detached(item, others, add) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(detached(item, others, add) for item in value)
    if isinstance(value, dict):
        return {key: detached(item, others, add) for key, item in value.items()}
    return value
