"""Generated functions whose seeds are batches."""

from __future__ import annotations

import builtins
import dataclasses
import functools
import types
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import gast
import numpy as np

from sourcediff import runtime
from sourcediff.batching.batch import Batch, elementwise, refuse
from sourcediff.batching.functions import FUNCTIONS, spread, spread_copy
from sourcediff.compile import Compiled
from sourcediff.compile.loading import Loaded
from sourcediff.compile.unit import Unit
from sourcediff.transform.build import call
from sourcediff.trees import clone, walk

#: Calls of these make arrays that nothing else knows yet.
_MAKERS: list[Any] = [
    *(np.zeros, np.zeros_like, np.ones, np.ones_like, np.empty, np.empty_like),
    *(np.full, np.full_like, runtime.zeros_like),
]
#: Functions of Python that take a batch as they take a list, or ask what it has.
_OPEN = frozenset({len, sum, iter, next, hasattr})

#: Where helpers and rules are; those that run what is not generated.
_OURS = ("sourcediff.runtime.", "sourcediff.rules.")
_DOORS = ("sourcediff.runtime.door", "sourcediff.runtime.checkpointing")
_SPREAD, _SPREAD_COPY = "made_for_each_seed", "copied_for_each_seed"
#: What the names of seeds, and of what depends on them, end with.
_COTANGENTS, _TANGENTS = ("_bar", "_adj"), ("_dot", "_tan")
#: Programs for batches that are kept; past this all are made again.
MOST_PROGRAMS = 512

_loaded: dict[int, tuple[Compiled, Loaded | None]] = {}


def batched(compiled: Compiled) -> Loaded | None:
    """The functions of a compilation, for batches in the place of the seeds.

    The names of NumPy, of helpers and of all else that is called mean what does the
    same for batches, or raises `Unbatchable`; arrays that seeds are written into are
    made once for each seed. None where that was tried, and refused.
    """
    known = _loaded.get(id(compiled))
    if known is None:
        if len(_loaded) >= MOST_PROGRAMS:
            _loaded.clear()
        marks = _COTANGENTS if compiled.pair is not None else _TANGENTS
        units = [_for_batches(unit, marks) for unit in compiled.units]
        known = _loaded[id(compiled)] = compiled, Loaded(units)
    return known[1]


def refuse_batches(compiled: Compiled) -> None:
    """Let the seeds of a compilation run one after another from now on."""
    _loaded[id(compiled)] = compiled, None


def _for_batches(unit: Unit, marks: tuple[str, ...]) -> Unit:
    known = dict(_globals(unit))
    helpers = {_SPREAD: spread, _SPREAD_COPY: spread_copy}
    if not unit.names.isdisjoint(helpers):
        refuse("a program with names like ours")
    tree = _with_buffers(unit.tree, known, marks)
    bindings: dict[str, Any] = {**unit.bindings}
    bindings |= {name: standing_in(value) for name, value in known.items()}
    names = unit.names | helpers.keys()
    bindings |= helpers
    return dataclasses.replace(unit, tree=tree, bindings=bindings, names=names)


def _globals(unit: Unit) -> Iterator[tuple[str, Any]]:
    """The modules and functions that a function names, with what they are."""
    user = getattr(unit.function, "__func__", unit.function)
    cells = zip(user.__code__.co_freevars, user.__closure__ or (), strict=True)
    captured = {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}
    known = {**vars(builtins), **user.__globals__, **captured, **unit.bindings}
    nodes = [n for n in walk(unit.tree) if isinstance(n, gast.Name)]
    own = {n.id for n in nodes if not isinstance(n.ctx, gast.Load)}
    for name in sorted({n.id for n in nodes} - own):
        if name in known and _is_code(known[name]):
            yield name, known[name]


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _is_code(value: Any) -> bool:
    is_code = callable(value) or isinstance(value, types.ModuleType)
    return is_code and isinstance(value, Hashable)


# --- what names mean ------------------------------------------------------------------


@functools.lru_cache(1024)
def standing_in(value: Any) -> Any:
    """What a module or function is for batches."""
    if isinstance(value, types.ModuleType):
        return _Module(value)
    is_class = isinstance(value, type) and value is not type
    return value if is_class or value in _OPEN else _Function(value)


class _Module:
    """A module whose functions take batches."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        made = standing_in(value) if _is_code(value) else value
        setattr(self, name, made)
        return made


class _Function:
    """A function that takes batches, or refuses them."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._many = FUNCTIONS.get(function)
        is_elementwise = isinstance(function, np.ufunc) and function.signature is None
        if is_elementwise and self._many is None and function.nout == 1:
            self._many = functools.partial(elementwise, function)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._function, name)
        return standing_in(value) if _is_code(value) else value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not _has_batch(args) and not (kwargs and _has_batch(kwargs.values())):
            return self._function(*args, **kwargs)
        if self._many is None:
            self._many = _of_helper(self._function)
        return self._many(*args, **kwargs)


def _has_batch(values: Iterable[Any]) -> bool:
    for value in values:
        kind = type(value)
        if kind is Batch:
            return True
        if kind in (list, tuple) and _has_batch(value):
            return True
        if kind is dict and _has_batch(value.values()):
            return True
    return False


def _of_helper(function: Any) -> Callable[..., Any]:
    """A helper of ours whose own calls take batches; what is not ours refuses them."""
    module = getattr(function, "__module__", None) or ""
    function = getattr(function, "__wrapped__", function)
    ours = module.startswith(_OURS) and module not in _DOORS
    if not ours or not isinstance(function, types.FunctionType) or function.__closure__:
        refuse(getattr(function, "__name__", "a call"))
    known = {**vars(builtins), **function.__globals__}
    names = known.keys() & set(_names(function.__code__))
    scope = {n: standing_in(v) for n in names if _is_code(v := known[n])}
    scope = {**function.__globals__, **scope}
    made = types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _names(code: types.CodeType) -> Iterator[str]:
    """The names that a function's code reads, and that of functions in it."""
    yield from code.co_names
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            yield from _names(value)


# --- what is written into -------------------------------------------------------------


def _with_buffers(tree: Any, known: dict[str, Any], marks: tuple[str, ...]) -> Any:
    """A function in which arrays that receive seeds are made for each of them."""
    tree = clone(tree)
    receiving = _receiving(tree, marks)
    for node in walk(tree):
        match node:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Call() as made):
                if name in receiving:
                    node.value = _for_each_seed(made, known)
    return tree


def _for_each_seed(call_: Any, known: dict[str, Any]) -> Any:
    """A call that makes an array, made for each seed where nothing else knows it."""
    match call_:
        case gast.Call(func=gast.Attribute(value=owner, attr="copy"), args=[]):
            if _meaning(owner, known) is None:
                return call(_SPREAD_COPY, owner)
    return call(_SPREAD, call_) if _meaning(call_.func, known) in _MAKERS else call_


def _meaning(node: Any, known: dict[str, Any]) -> Any:
    """The module or function that an expression names, or None."""
    match node:
        case gast.Name(id=name):
            return known.get(name)
        case gast.Attribute(value=owner, attr=attr):
            module = _meaning(owner, known)
            return getattr(module, attr, None) if _is_code(module) else None
    return None


def _receiving(tree: Any, marks: tuple[str, ...]) -> set[str]:
    """The names of arrays that what depends on seeds is written into."""
    names = {n.id for n in walk(tree) if isinstance(n, gast.Name)}
    seeded = {name for name in names if any(mark in name for mark in marks)}
    written: set[str] = set()
    before = -1
    while before != len(seeded) + len(written):
        before = len(seeded) + len(written)
        for node in walk(tree):
            match node:
                case gast.Assign(targets=[target], value=value):
                    in_place = not isinstance(target, gast.Name)
                    _follow(target, value, in_place, seeded, written)
                case gast.AugAssign(target=target, value=value):
                    _follow(target, value, True, seeded, written)
    return written


def _follow(
    target: Any, value: Any, in_place: bool, seeded: set[str], written: set[str]
) -> None:
    """Note what an assignment does to the names that depend on seeds."""
    owner = _owner(target)
    if owner is None:
        return
    if any(isinstance(n, gast.Name) and n.id in seeded for n in walk(value)):
        seeded.add(owner)
        if in_place:
            written.add(owner)
    viewed = _owner(value)
    if owner in written and viewed is not None and not in_place:
        written.add(viewed)


def _owner(node: Any) -> str | None:
    """The name of what an expression reads or writes a part of."""
    while isinstance(node, gast.Subscript | gast.Attribute):
        node = node.value
    return node.id if isinstance(node, gast.Name) else None
