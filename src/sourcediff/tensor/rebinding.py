"""A taped function sees tracked versions of what it finds by name.

`np.zeros` makes arrays that tracked values may be written into, `math.sin` and `float`
pass derivatives on, `isinstance` takes a traced number for the float it stands for.
What is found by other ways (in a dict, by a computed name) is replaced when it is
called, in functions whose source is known (see `instrument`).
"""

from __future__ import annotations

import builtins
import functools
import math
import types
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sourcediff import runtime
from sourcediff.rules import (
    Rule,
    all_programs,
    answering,
    has_methods,
    has_same_values,
    has_stand_in,
    is_opaque,
    lookup,
    made_class,
    stand_in_for,
)
from sourcediff.runtime.door import Listed, Local, Packed
from sourcediff.tensor.base import tensors_in
from sourcediff.tensor.instrument import CALL, MOD, instrumented
from sourcediff.tensor.libraries import is_scipys, is_users
from sourcediff.tensor.listed import call_with_lists, has_lists
from sourcediff.tensor.namespaces import Evaluation, Module, Names
from sourcediff.tensor.python_numbers import converting
from sourcediff.tensor.rebound_classes import Classes
from sourcediff.tensor.stand_ins import (
    dispatching,
    is_instance,
    original_class,
    stand_in,
    type_of,
)
from sourcediff.tensor.tracking import (
    MAKERS,
    STEPS,
    UNTOLD,
    Indexed,
    converter,
    enumerated,
    from_iterator,
    maker,
    modulo,
    recorded,
    step,
    told,
)
from sourcediff.tensor.unseen import guarded
from sourcediff.tensor.vectorized import Vectorized

_SCALARS: tuple[Any, ...] = (
    *(float, np.float64, np.float32, np.longdouble),
    *(complex, np.complex128, np.complex64),
)


def _number(function: Any) -> Callable[..., Any]:
    """A function of numbers, of `math` or a constructor, that has a rule."""
    compute = recorded(function, _on_tape)
    if function in (float, complex) or function.__module__ == math.__name__:
        compute = converting(function, compute)
    return stand_in(function, compute) if function in _SCALARS else compute


def _on_tape(rule: Rule) -> Rule:
    """A rule whose text sees the functions that it calls through the table."""
    plain = rule.function
    if not isinstance(plain, types.FunctionType) or plain.__closure__:
        return rule
    names = Names(plain.__globals__, _BUILTINS, _seen_by_rules)
    made = types.FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__)
    made.__kwdefaults__ = plain.__kwdefaults__
    return replace(rule, function=made)


def _seen_by_rules(value: Any) -> Any:
    if value is runtime:
        return _module(value, _seen_by_rules)
    is_helper = isinstance(value, types.FunctionType) and lookup(value) is not None
    return recorded(value, _on_tape) if is_helper else _replacement(value)


def _module(module: Any, seen: Callable[[Any], Any] | None = None) -> Any:
    return Module(module, seen or _replacement, _constructor)


def _table() -> dict[Any, Any]:
    table: dict[Any, Any] = {function: maker(function) for function in MAKERS}
    for function in (np.array, np.asarray, np.asanyarray, np.ascontiguousarray):
        table[function] = converter(function)
    for name in dir(math):
        function = getattr(math, name)
        if callable(function) and lookup(function) is not None:
            table[function] = _number(function)
    for function in STEPS:
        made = step(function)
        is_type = isinstance(function, type)
        table[function] = stand_in(function, made) if is_type else made
    for kind in _SCALARS:
        table[kind] = _number(kind)
    for function in UNTOLD:
        table[function] = told(function)
    for primal, program, options in all_programs():
        if not options:
            table[primal] = program if callable(primal) else Indexed(primal, program)
    table[np.ndarray] = stand_in(np.ndarray, maker(np.ndarray))
    table[isinstance], table[type] = is_instance, type_of
    table[np], table[math] = _module(np), _module(math)
    table[np.vectorize] = _vectorize
    table[np.fromiter], table[np.ndenumerate] = from_iterator, enumerated
    table[eval], table[exec] = _evaluation.eval, _evaluation.exec
    return table


def _call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """A call, of the tracked version of what is called."""
    called = _called_version(function)
    if has_lists(function, args, kwargs):
        return call_with_lists(called, args, kwargs)
    return guarded(called, args, kwargs)


def _called_version(function: Any) -> Any:
    found = _listed(function)
    if found is not None:
        return found
    if function is super:
        return _super
    if isinstance(function, type):
        return _replacement(function)
    return rebound(function)


def _super(kind: Any, *of: Any) -> Any:
    """`super(Class, self)`, where the class may be one that stands for another."""
    return super(original_class(kind), *of)


def _vectorize(*args: Any, **kwargs: Any) -> Any:
    """`np.vectorize`, also where it is given the function later."""
    made: Any = np.vectorize(*args, **kwargs)
    if made.pyfunc is np._NoValue:
        return functools.partial(_vectorize, **kwargs)
    return rebound(made)


def _import(name: str, *args: Any, **kwargs: Any) -> Any:
    """`import` inside a taped function."""
    return _replacement(builtins.__import__(name, *args, **kwargs))


def _import_watched(name: str, *args: Any, **kwargs: Any) -> Any:
    return _watched(builtins.__import__(name, *args, **kwargs))


def _names(module: dict[str, Any], watched: bool = False) -> Names:
    """The names of a module, or of a dict that is given to `eval`.

    They are `watched` for a function without source, whose calls cannot be.
    """
    if watched:
        return Names(module, {**_BUILTINS, "__import__": _import_watched}, _watched)
    return Names(module, _BUILTINS, _replacement)


def _watched(value: Any) -> Any:
    """A value as it is seen, functions of libraries such that their calls are, too."""
    found = _replacement(value)
    if found is not value:
        return found
    if isinstance(value, types.ModuleType):
        return Module(value, _watched, lambda module: module)
    is_function = isinstance(value, types.FunctionType | types.BuiltinFunctionType)
    return functools.partial(_call, value) if is_function else value


def _listed(value: Any) -> Any:
    """What the table has for a value, None for nothing."""
    try:
        return _REPLACED.get(value)
    except TypeError:  # unhashable
        return None


def _replacement(value: Any) -> Any:
    found = _listed(value)
    if found is not None:
        return found
    if is_scipys(value):
        return _dressed(value)
    if isinstance(value, np.vectorize | functools._lru_cache_wrapper) or (
        isinstance(value, types.FunctionType) and is_users(value)
    ):
        return rebound(value)
    if isinstance(value, type):
        known = has_stand_in(value) or is_opaque(value)
        return _constructor(value) if known else rebound_class(value)
    return _Opaque(value) if is_opaque(type(value)) else value


class _Opaque:
    """An object of a library, as constant as it is; its methods record themselves."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        function = getattr(type(self._value), name, None)
        if lookup(function) is not None:
            return functools.partial(recorded(function, _on_tape), self._value)
        return getattr(self._value, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return recorded(type(self._value).__call__, _on_tape)(
            self._value, *args, **kwargs
        )


def _constructor(original: Any) -> Callable[..., Any]:
    """A constructor, or what stands for it in calls with tracked values."""

    def construct(*args: Any, **kwargs: Any) -> Any:
        answer = answering(original, type(args[0])) if args else None
        if answer is not None:
            return getattr(args[0], answer)(*args[1:], **kwargs)
        parts = len(args[0]) if args and isinstance(args[0], tuple) else None
        found = stand_in_for(original, parts)
        if found and (has_same_values(found) or tensors_in(args, kwargs)):
            return rebound(found)(*args, **kwargs)
        return _replacement(original(*args, **kwargs))

    return construct


def _dressed(value: Any) -> Any:
    if isinstance(value, types.ModuleType) or has_methods(value):
        return _module(value)
    if has_stand_in(value) or made_class(value) is not None:
        return _constructor(value)
    return recorded(value, _on_tape)


_caches: dict[Any, Any] = {}


def _cached(function: Any) -> Any:
    """A function with a cache, with one of its own for the run."""
    if function not in _caches:
        parameters = function.cache_parameters()
        made = functools.lru_cache(**parameters)(rebound(function.__wrapped__))
        _caches[function] = made
    return _caches[function]


_views: dict[tuple[int, bool], Names] = {}
_rebound: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def rebound(function: Any) -> Any:
    """The function with its names looked up through the table.

    What belongs to a library comes back as it is.

    >>> rebound(np.sum) is np.sum
    True
    """
    if isinstance(function, types.MethodType):
        return types.MethodType(
            rebound(function.__func__), _classes.twin(function.__self__)
        )
    if isinstance(function, functools.partial):
        part = functools.partial(rebound(function.func), *function.args)
        part.keywords.update(function.keywords)
        return part
    if isinstance(function, Packed):
        return Packed(rebound(function.function), function.vararg, function.kwarg)
    if isinstance(function, Listed):
        return replace(function, function=rebound(function.function))
    if isinstance(function, Local):
        return replace(function, wrap=rebound)
    listed = _listed(function)
    if listed is not None:
        return listed
    if is_scipys(function):
        return _dressed(function)
    if isinstance(function, functools._lru_cache_wrapper):
        return _cached(function)
    if isinstance(function, np.vectorize):
        return Vectorized(function, rebound(function.pyfunc))
    called = vars(type(function)).get("__call__")
    if isinstance(called, types.FunctionType) and not isinstance(function, type):
        return types.MethodType(rebound(called), _classes.twin(function))
    if not isinstance(function, types.FunctionType) or not is_users(function):
        return function
    if hasattr(function, "registry") and hasattr(function, "dispatch"):
        return dispatching(function, rebound)
    module = function.__globals__
    if isinstance(module, Names):
        return function
    if function in _rebound:
        return _rebound[function]
    seen = instrumented(function.__code__)
    code = seen or function.__code__
    key = id(module), seen is None
    if key not in _views:
        _views[key] = _names(module, seen is None)
        others = [_views[k] for k in ((key[0], False), (key[0], True)) if k in _views]
        for view in others:
            view.views = others
    made = types.FunctionType(
        code,
        _views[key],
        function.__name__,
        function.__defaults__,
        _cells(function, code.co_freevars),
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__dict__.update(function.__dict__)
    made.__module__, made.__qualname__ = function.__module__, function.__qualname__
    if function.__closure__ is None:
        _rebound[function] = made
    return made


def _cells(
    function: types.FunctionType, order: tuple[str, ...]
) -> tuple[Any, ...] | None:
    """The closure; functions and modules in it are replaced, data are shared."""
    if function.__closure__ is None:
        return None
    cells = []
    names = function.__code__.co_freevars
    closure = dict(zip(names, function.__closure__, strict=True))
    for name in order:
        cell = closure[name]
        try:
            value = cell.cell_contents
        except ValueError:  # not filled yet
            cells.append(cell)
            continue
        # A recursive inner function, or the class that super() looks up.
        own = value is function or name == "__class__"
        replaced = value if own else _replacement(value)
        cells.append(cell if replaced is value else types.CellType(replaced))
    return tuple(cells)


def settle(plain: Callable[[Any], Any]) -> None:
    """Hand what `global` statements wrote to the modules, made `plain`."""
    _caches.clear()
    for view in _views.values():
        view.settle()
        for name in view.written & view.module.keys():
            view.module[name] = plain(view.module[name])
        view.written.clear()


_evaluation = Evaluation(_names, passed=(_call.__code__, guarded.__code__))
_REPLACED = _table()
_BUILTINS = {
    **{name: _listed(value) or value for name, value in vars(builtins).items()},
    "__import__": _import,
    CALL: _call,
    MOD: modulo,
}
_classes = Classes(rebound)
rebound_class = _classes.of
