"""The `>>>` lines of the rules' docstrings, as calls that can be varied."""

from __future__ import annotations

import ast
import builtins
import doctest
import functools
import operator
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sourcediff.checking.values import example_values
from sourcediff.rules import Rule, all_rules, read_all_rules
from sourcediff.rules.binding import bind, call, replace

_OPERATORS = {
    ast.MatMult: operator.matmul,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Mod: operator.mod,
}


@dataclass(frozen=True)
class Example:
    """One example applied to one of the functions that its rule belongs to."""

    rule: Rule
    primal: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    text: str

    def __str__(self) -> str:
        return f"{name_of(self.primal)}: {self.text}"

    @functools.cached_property
    def active(self) -> dict[str, Any]:
        """The arguments that can be varied, under their names in the rule."""
        bound = bind(self.rule, self.args, self.kwargs, self.primal)
        pairs = zip(self.rule.wrt, bound.wrt, strict=True)
        return {
            name: value
            for name, value in pairs
            if self._is_given(name) and any(is_active(x) for x in leaves(value))
        }

    def _is_given(self, name: str) -> bool:
        names = [parameter.name for parameter in self.rule.parameters]
        return name in self.kwargs or names.index(name) < len(self.args)

    def evaluate(self, **values: Any) -> Any:
        """The primal, with other values for some arguments."""
        args, kwargs = replace(self.rule, self.args, self.kwargs, values, self.primal)
        return settled(call(self.primal, args, kwargs))

    def is_accepted(self) -> bool:
        """Whether the function takes such arguments, without complaint."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                bind(self.rule, self.args, self.kwargs, self.primal)
                call(self.primal, self.args, self.kwargs)
            except (TypeError, AttributeError, ValueError, IndexError, ArithmeticError):
                return False
            except (RuntimeError, RuntimeWarning, DeprecationWarning, SystemError):
                return False  # the last one is what C makes of a warning
        return True

    def renewed(self) -> Example:
        """The same call of what its line says, not yet written into."""
        args, kwargs = _fresh(self.rule, self.text)
        return Example(self.rule, self.primal, args, kwargs, self.text)

    def with_values(self, **values: Any) -> Example:
        """The same call of other values."""
        args, kwargs = replace(self.rule, self.args, self.kwargs, values, self.primal)
        return Example(self.rule, self.primal, args, kwargs, self.text)


def settled(result: Any) -> Any:
    """A result in terms of arrays: an iterator over one becomes the array."""
    return np.asarray(result) if isinstance(result, np.flatiter) else result


def name_of(primal: Any) -> str:
    """A short name of a function for a test's id."""
    owner = getattr(primal, "__objclass__", None) or getattr(primal, "__self__", None)
    prefix = getattr(owner, "__name__", None) or getattr(primal, "__module__", None)
    return f"{prefix or 'numpy'}.{primal.__name__}"


def leaves(x: Any) -> list[Any]:
    """The numbers and arrays in a structure, in order."""
    if isinstance(x, list | tuple):
        return [leaf for item in x for leaf in leaves(item)]
    if isinstance(x, dict):
        return leaves(list(x.values()))
    return [x]


def like_leaves(x: Any, values: Iterator[Any]) -> Any:
    """The structure of `x` with other leaves."""
    if isinstance(x, list | tuple):
        items = [like_leaves(item, values) for item in x]
        if hasattr(x, "_fields"):
            return type(x)(*items)
        return items if isinstance(x, list) else tuple(items)
    if isinstance(x, dict):
        return {key: like_leaves(item, values) for key, item in x.items()}
    return next(values)


def is_active(x: Any) -> bool:
    """Whether a leaf is a float, a complex number or an array of them."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "fc"
    return isinstance(x, float | complex)


def example_lines(rule: Rule) -> list[str]:
    """The source of the examples in the rule's docstring."""
    if rule.kind == "passive":
        return []
    parsed = doctest.DocTestParser().get_examples(rule.function.__doc__ or "")
    return [example.source.strip() for example in parsed]


def examples_of(rule: Rule) -> list[Example]:
    """The rule's examples, each with every function of the rule that takes it."""
    return [example for line in example_lines(rule) for example in _expand(rule, line)]


def _expand(rule: Rule, line: str) -> Iterator[Example]:
    called, *_ = _read(rule, line)
    if called is not None and called not in rule.primals:
        raise AssertionError(f"{line}: {called} does not belong to {rule.name}")
    for primal in rule.primals:
        example = Example(rule, primal, *_fresh(rule, line), line)
        if primal == called or example.is_accepted():
            yield example


def _fresh(rule: Rule, line: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    _, args, kwargs = _read(rule, line)
    return args, kwargs


def _read(rule: Rule, line: str) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """What a line calls (None: whichever the rule is for), with which arguments."""
    names = {
        **vars(builtins),
        "operator": operator,
        "np": np,
        **rule.function.__globals__,
        **example_values(),
    }

    def value(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), line, "eval"), names)

    first: tuple[Any, ...]
    function: Any
    match ast.parse(line, mode="eval").body:
        case ast.Call(ast.Name(name), args, keywords) if name == rule.name:
            function, first = None, ()
        case ast.Call(ast.Attribute(owner, name), args, keywords) if isinstance(
            value(owner), np.ndarray | np.generic
        ):
            first = (value(owner),)
            function = getattr(type(first[0]), name)
        case ast.Call(called, args, keywords):
            function, first = value(called), ()
        case ast.Attribute(owner, name):
            first, args, keywords = (value(owner),), [], []
            function = getattr(type(first[0]), name)
        case ast.BinOp(left, kind, right):
            function, first = _OPERATORS[type(kind)], ()
            args, keywords = [left, right], []
        case ast.Subscript(owner, key):
            function, first = operator.getitem, (value(owner),)
            key = ast.parse(f"np.s_[{ast.unparse(key)}]", mode="eval").body
            args, keywords = [key], []
        case _:
            raise AssertionError(f"{line}: not a call")
    call_ = ast.Call(ast.Name("_collect", ast.Load()), args, keywords)
    names["_collect"] = lambda *args, **kwargs: (args, kwargs)
    args, kwargs = value(ast.fix_missing_locations(call_))
    return function, (*first, *args), kwargs


@functools.cache
def differentiable_rules() -> list[Rule]:
    """Every declared rule of NumPy's and SciPy's functions, but mutations."""
    read_all_rules()
    return [
        rule
        for rule in all_rules()
        if rule.kind not in ("passive", "mutation")
        and rule.function.__module__.startswith("sourcediff.rules")
    ]


@functools.cache
def all_examples() -> list[Example]:
    """The examples of all rules."""
    return [e for rule in differentiable_rules() for e in examples_of(rule)]
