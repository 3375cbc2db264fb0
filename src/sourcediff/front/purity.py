"""What is known of a call before any kinds are: pure, passive, or anything at all."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Iterable
from typing import Any, Final

import gast
import numpy as np

from sourcediff.front.resolve import MISSING, static_value
from sourcediff.ir import Program
from sourcediff.rules import lookup
from sourcediff.trees import walk

PASSIVE_ATTRIBUTES: Final = frozenset(
    (
        *("shape", "ndim", "dtype", "size", "itemsize", "nbytes", "strides", "flags"),
        *("__name__", "__doc__", "__class__"),
    )
)
PASSIVE_METHODS: Final = frozenset(
    (
        *("argmax", "argmin", "argsort", "nonzero", "any", "all", "searchsorted"),
        *("argpartition", "keys", "index", "startswith", "endswith", "tobytes"),
    )
)
_PASSIVE_BUILTINS: Final = frozenset(
    getattr(builtins, name)
    for name in (
        *("all", "any", "bool", "bytes", "callable", "chr", "format", "hasattr"),
        *("hash", "hex", "id", "input", "int", "isinstance", "issubclass", "len"),
        *("open", "ord", "print", "range", "repr", "str", "type"),
    )
)
_PURE_BUILTINS: Final = frozenset(
    getattr(builtins, name)
    for name in (
        *("abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate"),
        *("float", "format", "frozenset", "hasattr", "hash", "id", "int"),
        *("isinstance", "issubclass", "len", "list", "max", "min", "pow", "range"),
        *("repr", "reversed", "round", "set", "slice", "sorted", "str", "sum"),
        *("tuple", "type", "zip"),
    )
)
MUTATING_METHODS: Final = frozenset(
    (
        *("append", "extend", "insert", "add", "update", "setdefault", "appendleft"),
        *("extendleft", "fill", "sort", "reverse", "partition", "resize", "put"),
        *("pop", "popitem", "popleft", "remove", "discard", "clear", "setfield"),
    )
)
#: Methods of operators that write into their object.
IN_PLACE_OPERATORS: Final = frozenset(
    (
        *("__setitem__", "__delitem__", "__iadd__", "__isub__", "__imul__"),
        *("__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__imatmul__"),
        *("__iand__", "__ior__", "__ixor__", "__ilshift__", "__irshift__"),
    )
)
_MUTATING_OPERATORS: Final = frozenset(
    getattr(operator, name) for name in IN_PLACE_OPERATORS if hasattr(operator, name)
)
_PURE_METHODS: Final = frozenset(
    name
    for type_ in (np.ndarray, float, list, tuple, dict, str)
    for name in dir(type_)
    if not name.startswith("_") and name not in MUTATING_METHODS
)
_MUTATING_NUMPY: Final[frozenset[Any]] = frozenset(
    [np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis]
)


def callee(call: Any, program: Program) -> Any:
    """The function object that a call names, or `MISSING`."""
    return static_value(call.func, program)


def is_numpy(function: Any) -> bool:
    """Whether a function object belongs to NumPy."""
    if isinstance(function, np.ufunc) or _is_ufunc_method(function):
        return True
    module = getattr(function, "__module__", None) or ""
    return module.partition(".")[0] == "numpy"


def outputs(call: Any, program: Program) -> list[Any]:
    """The expressions that a call names as the arrays for its result."""
    function = callee(call, program)
    given = [k.value for k in call.keywords if k.arg == "out"]
    if isinstance(function, np.ufunc):
        given = [*call.args[function.nin :], *given]
    return given


def is_passive_call(call: Any, program: Program) -> bool:
    """Whether a call's result carries no derivative, whatever its arguments do."""
    function = callee(call, program)
    if function is MISSING:
        return (
            isinstance(call.func, gast.Attribute) and call.func.attr in PASSIVE_METHODS
        )
    rule = lookup(function)
    if rule is not None:
        return rule.kind == "passive"
    return _is_in(function, _PASSIVE_BUILTINS)


def is_pure_call(call: Any, program: Program) -> bool:
    """Whether a call is known to write nothing that the program can see."""
    if outputs(call, program):
        return False
    function = callee(call, program)
    if function is MISSING:
        return isinstance(call.func, gast.Attribute) and (
            call.func.attr in _PURE_METHODS
        )
    return is_pure_function(function)


def is_pure_function(function: Any) -> bool:
    """Whether a function object is known to have no effects."""
    rule = lookup(function)
    if rule is not None:
        return rule.kind != "mutation"
    if _is_ufunc_method(function):
        return bool(function.__name__ != "at")
    module = getattr(function, "__module__", None) or ""
    if module.startswith("numpy.random"):
        return False
    if is_numpy(function):
        return not _is_in(function, _MUTATING_NUMPY)
    if module in (operator.__name__, "_operator"):
        return not _is_in(function, _MUTATING_OPERATORS)
    return _is_in(function, _PURE_BUILTINS) or module == math.__name__


def _is_ufunc_method(function: Any) -> bool:
    return isinstance(getattr(function, "__self__", None), np.ufunc)


def is_pure(expression: Any, program: Program) -> bool:
    """Whether evaluating an expression writes nothing and binds nothing."""
    return all(_is_pure_node(node, program) for node in walk(expression))


def _is_pure_node(node: Any, program: Program) -> bool:
    if isinstance(node, gast.Call):
        return is_pure_call(node, program)
    return not isinstance(
        node, gast.NamedExpr | gast.Await | gast.Yield | gast.YieldFrom
    )


def are_pure(statements: Iterable[Any], program: Program) -> bool:
    """Whether statements only compute pure values into names and new collections."""
    nodes = [node for statement in statements for node in walk(statement)]
    own = {
        target.id
        for node in nodes
        if isinstance(node, gast.Assign)
        and isinstance(node.value, gast.List | gast.Dict)
        for target in node.targets
        if isinstance(target, gast.Name)
    }
    return all(_is_quiet(node, own, program) for node in nodes)


def _is_quiet(node: Any, own: set[str], program: Program) -> bool:
    match node:
        case gast.Assign(targets=[gast.Name()]):
            return True
        case gast.Assign(targets=[gast.Subscript(value=gast.Name(id=name))]):
            return name in own
        case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="append")):
            return name in own
        case gast.If() | gast.Pass() | gast.For() | gast.Expr():
            return True
        case gast.stmt():
            return False
    return _is_pure_node(node, program)


def _is_in(function: Any, functions: frozenset[Any]) -> bool:
    try:
        return function in functions
    except TypeError:  # unhashable
        return False
