"""What a call calls: a function of the user's, or one that is put in its place."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar, cast

import gast

from sourcediff.analysis.signature import kinds_of
from sourcediff.front import read_source, resolve
from sourcediff.front.resolve import Outside
from sourcediff.front.scopes import bound_names, free_names
from sourcediff.front.source import plain_function
from sourcediff.ir import Origin, Program, parameter_names
from sourcediff.kinds import Kind, Static
from sourcediff.rules import lookup
from sourcediff.runtime import door
from sourcediff.trees import clone

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Callee:
    """A function that stands for a user's one in calls: its parameters are plain ones.

    It is a local function, which takes what it captures as parameters, or one whose
    `*args` and `**options` have become a tuple and a dict. Equal keys mean one callee.
    """

    program: Program
    key: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Callee) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def __name__(self) -> str:
        """The name of the function."""
        return self.program.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the user's function, its packed arguments unpacked again."""
        return door.Packed(self.program.function, *self.key[2:])(*args, **kwargs)


Target: TypeAlias = types.FunctionType | types.MethodType | Callee


def is_users(function: Any) -> bool:
    """Whether a function is one that the compiler reads: Python, and without a rule."""
    if isinstance(function, Callee | door.Listed | door.Local):
        return True
    inner = getattr(function, "__func__", function)
    return (
        isinstance(function, (types.FunctionType, types.MethodType))
        and not _is_in_c(inner)  # as np.random.rand is
        and lookup(function) is None
        and (function.__module__ or "").partition(".")[0] != "scipy"
    )


def _is_in_c(function: Any) -> bool:
    return type(function).__name__ == "cython_function_or_method"


def program_of(function: Any) -> Program:
    """The program of a user's function as it was written, with what its names are now.

    Programs of one function share their tree, which nobody may change.
    """
    if isinstance(function, Callee):
        return function.program
    if isinstance(function, door.Listed):
        return program_of(function.function)
    if isinstance(function, door.Local):
        return cast(Program, function.program)
    return resolve(function, *_read(function, getattr(function, "__code__", None)))


def arguments_of(function: Any) -> Any:
    """The parameters of a user's function as they were written."""
    if isinstance(function, Callee):
        return function.program.node.args
    if isinstance(function, door.Listed):
        return arguments_of(function.function)
    if isinstance(function, door.Local):
        return function.program.node.args
    tree, *_ = _read(function, getattr(function, "__code__", None))
    return tree.args


@functools.lru_cache(maxsize=512)
def _read(function: Any, code: Any) -> tuple[Any, Origin, Outside]:
    """What the function's text alone tells; read once per function object and code."""
    del code  # part of the key: a function may get another body
    tree, origin = read_source(function)
    return tree, origin, Outside.of(tree)


# --- functions in another form ----------------------------------------------------------  # noqa: E501


def packed(function: Any) -> Callee:
    """A function whose `*args` is a parameter for a tuple, `**options` for a dict."""
    program = program_of(function)
    arguments = clone(program.node.args)
    labels = []
    for field in ("vararg", "kwarg"):
        parameter = getattr(arguments, field)
        labels.append(parameter and parameter.id)
        if parameter is not None:
            arguments.kwonlyargs.append(parameter)
            arguments.kw_defaults.append(None)
            setattr(arguments, field, None)
    tree = _with_arguments(program.node, arguments)
    return Callee(replace(program, node=tree), ("packed", function, *labels))


def local(node: Any, program: Program, siblings: Mapping[str, Any]) -> Callee | None:
    """A function that is defined inside a program; None if it captures variables.

    `siblings` are the local functions that it may call, itself among them.
    """
    return _local(node, program, siblings, {})


def _local(
    node: Any, program: Program, siblings: Mapping[str, Any], made: dict[str, Any]
) -> Callee | None:
    own = bound_names(node)
    statics = {k: v for k, v in program.statics.items() if k not in own}
    free = free_names(node)
    functions = (free & siblings.keys()) - own
    if free - functions - statics.keys() - program.data:
        return None
    inner = Program(
        program.function,
        _with_arguments(node, _without_captured_defaults(node.args)),
        program.origin,
        statics,
        program.data - own,
        True,
    )
    texts = [gast.dump(node), *(gast.dump(siblings[n]) for n in sorted(functions))]
    callee = Callee(inner, ("local", program.function, *texts))
    made[node.name] = callee
    for name in sorted(functions):
        sibling = made.get(name) or _local(siblings[name], program, siblings, made)
        if sibling is None:
            return None
        statics[name] = sibling
    return callee


def _without_captured_defaults(arguments: Any) -> Any:
    """Parameters without defaults, unless all are constants: calls give them all."""
    arguments = clone(arguments)
    if not all(isinstance(node, gast.Constant) for _, node in default_texts(arguments)):
        arguments.defaults = []
        arguments.kw_defaults = [None] * len(arguments.kwonlyargs)
    return arguments


def _with_arguments(node: Any, arguments: Any) -> Any:
    made = gast.FunctionDef(node.name, arguments, node.body, [], None, None, [])
    return gast.copy_location(made, node)


# --- parameters ----------------------------------------------------------------------------  # noqa: E501


def positional_names(arguments: Any) -> list[str]:
    """The names of the parameters that are given by position."""
    return [p.id for p in (*arguments.posonlyargs, *arguments.args)]


def bound(
    function: Any, positional: list[T], keywords: Mapping[str, T]
) -> dict[str, T] | None:
    """What a call gives to each parameter, without defaults; None if it does not fit.

    A function with `*args` or `**options` is called in its packed form.
    """
    arguments = arguments_of(function)
    places = positional_names(arguments)
    if arguments.vararg or arguments.kwarg or len(positional) > len(places):
        return None
    given = dict(zip(places, positional, strict=False))
    by_name = {p.id for p in (*arguments.args, *arguments.kwonlyargs)}
    if not keywords.keys() <= by_name or keywords.keys() & given.keys():
        return None
    given.update(keywords)
    return {n: given[n] for n in parameter_names(arguments) if n in given}


def bind_kinds(
    function: Any, positional: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> dict[str, Kind] | None:
    """The kinds of a function's parameters at a call, or None: it does not fit."""
    given = bound(function, list(positional), keywords)
    if given is None:
        return None
    names = parameter_names(arguments_of(function))
    defaults = default_kinds(function) if len(given) < len(names) else {}
    result: dict[str, Kind] = {}
    for name in names:
        kind = given.get(name, defaults.get(name))
        if kind is None:
            return None
        result[name] = kind
    return result


def default_kinds(function: Any) -> dict[str, Kind]:
    """The kinds of a function's defaults, by parameter."""
    program = program_of(function)
    texts = dict(default_texts(program.node.args))
    if not program.local:
        return kinds_of({k: v for k, v in defaults_of(program).items() if k in texts})
    return {name: Static(node.value) for name, node in texts.items()}


def default_texts(arguments: Any) -> Iterator[tuple[str, Any]]:
    """The parameters that have defaults, with the expressions of these."""
    places = [*arguments.posonlyargs, *arguments.args]
    first = len(places) - len(arguments.defaults)
    for parameter, node in zip(places[first:], arguments.defaults, strict=True):
        yield parameter.id, node
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    yield from ((p.id, node) for p, node in pairs if node is not None)


def defaults_of(program: Program) -> dict[str, Any]:
    """The values of the defaults of a user's function that is not a local one."""
    if program.local:
        return {}
    plain = plain_function(program.function)
    code, values = plain.__code__, plain.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    found = dict(zip(names[len(names) - len(values) :], values, strict=True))
    return {**found, **(plain.__kwdefaults__ or {})}


def has_variable_arguments(function: Any) -> bool:
    """Whether a function takes `*args` or `**options`."""
    arguments = arguments_of(function)
    return bool(arguments.vararg or arguments.kwarg)
