"""Run a function and hold every value in it against its inferred kind."""

import builtins
import inspect
import itertools
import textwrap
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.attributes import is_code
from sourcediff.analysis.inference import KindFacts, Outcome, infer
from sourcediff.analysis.signature import fields_of, kinds_of
from sourcediff.ir import Origin, Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Dim,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Size,
    Static,
    Unknown,
)

Sizes = dict[str, int]
MOST_STEPS = 4_000


class TooLongError(Exception):
    """The program does not end in reasonable time."""


PYTHON = {"b": bool, "i": int, "f": float, "c": complex}


def program_of(function: Callable[..., Any]) -> Program:
    """The program of a function as it is written (not normalised)."""
    text = textwrap.dedent(inspect.getsource(function))
    tree = gast.parse(text).body[0]
    code = function.__code__
    outer = {**vars(builtins), **function.__globals__}
    outer |= dict(zip(code.co_freevars, cells(function), strict=True))
    free = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name)} & outer.keys()
    statics = {name: outer[name] for name in free if is_code(outer[name])}
    origin = Origin(code.co_filename, code.co_firstlineno, tuple(text.splitlines()))
    return Program(function, tree, origin, statics, frozenset(free - statics.keys()))


def ask(
    function: object, positional: tuple[Kind, ...], keywords: dict[str, Kind]
) -> Kind | Outcome:
    """The outcome of a user's function, inferred in turn."""
    if not isinstance(function, types.FunctionType):
        return Outcome(UNKNOWN, True)
    names = list(inspect.signature(function).parameters)
    environment = {**dict(zip(names, positional, strict=False)), **keywords}
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in environment:
            environment[name] = Static(parameter.default)
    return infer(program_of(function), environment, ask).outcome


def facts_for(
    function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[Program, KindFacts, Sizes]:
    """The facts of a function for arguments, and what its symbols stand for."""
    program = program_of(function)
    bound = inspect.signature(function).bind(*arguments)
    bound.apply_defaults()
    given = bound.arguments
    kinds = kinds_of(given)
    sizes: Sizes = {}
    for name, kind in kinds.items():
        assign_sizes(kind, given[name], sizes)
    return program, infer(program, kinds, ask), sizes


def assign_sizes(kind: Kind, value: Any, sizes: Sizes) -> None:
    """Note the number that each symbol stands for."""
    match kind:
        case Array(dims=dims):
            pairs = zip(dims or (), value.shape, strict=True)
        case Scalar(value=size):
            pairs = iter([(size, value)])
        case Sequence(items=items):
            for item, part in zip(items, value, strict=True):
                assign_sizes(item, part, sizes)
            return
        case List(item=item):
            for part in value:
                if item is not None:
                    assign_sizes(item, part, sizes)
            return
        case Dict(items=items):
            for key, item in items:
                assign_sizes(item, value[key], sizes)
            return
        case Record(fields=fields):
            for name, item in fields:
                assign_sizes(item, getattr(value, name), sizes)
            return
        case _:
            return
    for dim, number in pairs:
        if isinstance(dim, Size):
            assert dim.offset == 0
            base, rest = divmod(number, dim.factor)
            assert not rest
            assert sizes.setdefault(dim.symbol, base) == base
            assert number >= dim.least


def size_conforms(number: int, dim: Dim, sizes: Sizes, clip: bool) -> bool:
    if dim is None:
        return True
    if isinstance(dim, int):
        return number == dim
    value = dim.factor * sizes[dim.symbol] + dim.offset
    if not dim.maybe_one and number == 1:
        return False
    return number == (max(value, 0) if clip else value)


def dtype_conforms(actual: np.dtype[Any], expected: np.dtype[Any], exact: bool) -> bool:
    return actual == expected if exact else np.can_cast(actual, expected)


def conforms(value: Any, kind: Kind, sizes: Sizes, exact: bool = False) -> bool:
    """Whether a value is one that the kind describes.

    `exact`: a dtype is that of the value, not only a bound of it.
    """
    match kind:
        case Unknown(among=among):
            return among is None or any(
                conforms(value, part, sizes, exact) for part in among
            )
        case Static(value=expected):
            if isinstance(expected, gast.AST) or value is expected:
                return True
            return type(value) is type(expected) and repr(value) == repr(expected)
        case Scalar():
            return scalar_conforms(value, kind, sizes, exact)
        case Array():
            return (
                type(value) is np.ndarray
                and dtype_conforms(value.dtype, kind.dtype, exact)
                and (not kind.contiguous or value.flags.c_contiguous)
                and (
                    kind.dims is None
                    or (
                        len(kind.dims) == value.ndim
                        and all(
                            size_conforms(n, d, sizes, True)
                            for n, d in zip(value.shape, kind.dims, strict=True)
                        )
                    )
                )
            )
        case Sequence(type=t, items=items):
            return (
                type(value) is t
                and len(value) == len(items)
                and all(
                    conforms(v, k, sizes, exact)
                    for v, k in zip(value, items, strict=True)
                )
            )
        case List(item=item):
            return type(value) is kind.type and (
                not value
                if item is None
                else all(conforms(v, item, sizes, exact) for v in value)
            )
        case Dict(items=pairs):
            return (
                type(value) is dict
                and set(value) == {k for k, _ in pairs}
                and all(conforms(value[k], kind, sizes, exact) for k, kind in pairs)
            )
        case Record(type=t, fields=fields):
            if t in (slice, range):
                own = {n: getattr(value, n) for n, _ in fields}
            else:
                own = fields_of(value) or {}
            return type(value) is t and all(
                conforms(own[n], k, sizes, exact) for n, k in fields
            )
    raise AssertionError(kind)


def scalar_conforms(value: Any, kind: Scalar, sizes: Sizes, exact: bool) -> bool:
    if isinstance(value, np.generic):
        if kind.python:
            return False
        dtype = value.dtype
    else:
        if type(value) not in PYTHON.values() or (exact and not kind.python):
            return False
        dtype = np.dtype(type(value))
    return dtype_conforms(dtype, kind.dtype, exact) and (
        kind.value is None or size_conforms(value, kind.value, sizes, False)
    )


class Instrumented(gast.NodeTransformer):
    """Passes the value of every expression, and the locals of every statement, on."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []

    def _noted(self, function: str, node: Any, *arguments: Any) -> Any:
        self.nodes.append(node)
        number = gast.Constant(len(self.nodes) - 1, None)
        name = gast.Name(function, gast.Load(), None, None)
        return gast.Call(name, [number, *arguments], [])

    def visit(self, node: Any) -> Any:
        new = self._rebuilt(node)
        plain = isinstance(node, gast.Slice | gast.Starred | gast.JoinedStr) or (
            isinstance(node, gast.Tuple)
            and any(isinstance(e, gast.Slice) for e in node.elts)
        )
        stored = isinstance(
            getattr(node, "ctx", None), gast.Store | gast.Del | gast.Param
        )
        if isinstance(node, gast.expr) and not plain and not stored:
            return self._noted("__value", node, new)
        return new

    def _rebuilt(self, node: Any) -> Any:
        if isinstance(node, gast.JoinedStr):
            return node
        fields = {}
        for name, field in gast.iter_fields(node):
            if isinstance(node, gast.FunctionDef) and name != "body":
                fields[name] = field
            elif isinstance(field, list):
                fields[name] = [n for item in field for n in self._item(item)]
            elif isinstance(field, gast.AST):
                fields[name] = self.visit(field)
            else:
                fields[name] = field
        new = type(node)(**fields)
        return gast.copy_location(new, node)

    def _item(self, item: Any) -> list[Any]:
        if isinstance(item, gast.stmt):
            place = gast.Name("locals", gast.Load(), None, None)
            scope = gast.Call(place, [], [])
            return [gast.Expr(self._noted("__start", item, scope)), self.visit(item)]
        return [self.visit(item) if isinstance(item, gast.AST) else item]


def check(
    function: Callable[..., Any],
    *arguments: Any,
    exact: bool = False,
    complete: bool = False,
) -> KindFacts:
    """Run a function and assert that all its values are of the kinds inferred.

    `complete`: nothing that is run may be Unknown.
    """
    program, facts, sizes = facts_for(function, arguments)
    rewriter = Instrumented()
    steps = itertools.count()
    definition = rewriter._rebuilt(program.node)

    def value(number: int, found: Any) -> Any:
        if next(steps) > MOST_STEPS:
            raise TooLongError
        node = rewriter.nodes[number]
        kind = facts.of(node)
        where = f"{gast.unparse(node).strip()}: {kind}, not {describe(found)}"
        assert conforms(found, kind, sizes, exact), where
        assert not (complete and isinstance(kind, Unknown)) or is_silent(node), where
        return found

    def start(number: int, scope: dict[str, Any]) -> None:
        statement = rewriter.nodes[number]
        assert facts.reaches(statement), gast.unparse(statement)
        for name, kind in facts.before(statement).items():
            if name in scope and not isinstance(statement, gast.For | gast.While):
                found = scope[name]
                where = f"{name} before {gast.unparse(statement)}: {kind}"
                assert conforms(found, kind, sizes, exact), f"{where}, not {found!r}"

    called_functions = {
        id(n.func) for n in gast.walk(program.node) if isinstance(n, gast.Call)
    }

    def is_silent(node: Any) -> bool:
        """Whether a node may have no kind: a function that is called, an iterator."""
        iterator = facts.callee(node) in (enumerate, zip, reversed)
        return id(node) in called_functions or iterator

    scope = {**vars(inspect.getmodule(function) or inspect), **function.__globals__}
    scope |= dict(zip(function.__code__.co_freevars, cells(function), strict=True))
    scope |= {**program.statics, "__value": value, "__start": start}
    module = gast.Module([definition], [])
    text = gast.unparse(gast.fix_missing_locations(module))
    exec(compile(text, "<instrumented>", "exec"), scope)
    result = scope[definition.name](*arguments)
    assert conforms(result, facts.result, sizes), facts.result
    return facts


def cells(function: Callable[..., Any]) -> list[Any]:
    return [cell.cell_contents for cell in function.__closure__ or ()]


def describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array of {value.dtype}, shape {value.shape}"
    return f"{type(value).__name__} {value!r}"
