"""The derivative rules as text: all of them in a line each, one in full."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from sourcediff.coverage import has_derivative, has_forward, is_closed, sources
from sourcediff.errors import SourcediffError
from sourcediff.rules import (
    Rule,
    all_rules,
    has_methods,
    is_opaque,
    read_all_rules,
)

#: Modules whose functions are listed under a shorter name.
_SHORT = {"numpy": "np", "builtins": "", "_operator": "operator"}
_SCIPY = (
    *("scipy.special", "scipy.linalg", "scipy.signal", "scipy.stats"),
    *("scipy.integrate", "scipy.ndimage", "scipy.interpolate", "scipy.fft"),
)


class NoSuchRule(SourcediffError):
    """A function without a derivative rule was asked for.

    >>> print(NoSuchRule("np.sine", ["np.sin", "np.sinc"]))
    There is no rule for np.sine. Did you mean np.sin, np.sinc?
    """

    def __init__(self, name: str, near: list[str]) -> None:
        self.arguments = (name, near)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"There is no rule for {name}.{hint}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


def spelled(primal: Any) -> str:
    """The name by which a function is known to its users.

    >>> import math
    >>> [spelled(f) for f in (np.sin, np.linalg.inv, np.ndarray.sum, math.sin, abs)]
    ['np.sin', 'np.linalg.inv', 'np.ndarray.sum', 'math.sin', 'abs']
    """
    if isinstance(primal, np.ufunc | MethodType | FunctionType):
        known = _scipys_names().get(_key(primal))
        if known is not None:
            return known
    name: str = getattr(primal, "__qualname__", "") or getattr(primal, "__name__", "")
    owner = getattr(primal, "__objclass__", None)
    if owner is not None:
        return f"{spelled(owner)}.{primal.__name__}"
    if isinstance(primal, np.ufunc) and getattr(np, name, None) is primal:
        return f"np.{name}"
    module = getattr(primal, "__module__", None) or ""
    head, dot, tail = module.partition(".")
    module = f"{_SHORT.get(head, head)}{dot}{tail}"
    return f"{module}.{name}" if module else str(name or repr(primal))


def _key(value: Any) -> Any:
    """What a function is known by: a bound method is a new object at each access."""
    if isinstance(value, MethodType):
        return id(value.__self__), value.__name__
    return id(value)


def _scipys_names() -> dict[Any, str]:
    """The public names of SciPy's functions, of the modules that are there."""
    names: dict[Any, str] = {}
    for module in _SCIPY:
        scope = vars(sys.modules.get(module, object))
        for name, value in scope.items():
            if name.startswith("_"):
                continue
            names.setdefault(id(value), f"{module}.{name}")
            if has_methods(value):
                for method in dir(value):
                    names[id(value), method] = f"{module}.{name}.{method}"

            if isinstance(value, type) and is_opaque(value):
                names.setdefault(id(value.__call__), f"{module}.{name}.__call__")
    return names


def list_rules() -> Iterator[str]:
    """Every rule in a line: its functions, its kind, its formula."""
    read_all_rules()
    for rule in all_rules():
        names = ", ".join(map(spelled, rule.primals))
        if rule.kind == "passive":
            yield f"{names}   passive"
        else:
            yield f"{names}   {rule.kind}   {formula(rule.function)}"


def count_rules() -> Iterator[str]:
    """How many rules there are by kind, and how many have which derivatives."""
    read_all_rules()
    rules = list(all_rules())
    functions = sum(len(rule.primals) for rule in rules)
    yield f"{len(rules)} rules for {functions} functions"
    for kind, count in Counter(rule.kind for rule in rules).most_common():
        yield f"  {kind:<12} {count}"
    active = [rule for rule in rules if has_derivative(rule)]
    yield f"{len(active)} rules have a derivative"
    for order, has in (
        ("reverse", has_derivative),
        ("forward", has_forward),
        ("second order", is_closed),
    ):
        without = [spelled(rule.primals[0]) for rule in active if not has(rule)]
        line = f"  {order:<12} {len(active) - len(without)}"
        yield line + (f", not {', '.join(without)}" if without else "")


def table() -> Iterator[str]:
    """Every function with a derivative, as the rows of a table in Markdown, by area."""
    read_all_rules()
    area = None
    for rule in sorted(filter(_is_tabled, all_rules()), key=_area_order):
        if rule.function.__module__ != area:
            area = rule.function.__module__
            yield f"\n### {_area_title(area)}\n"
            yield "| functions | kind | by | modes | order | mathematics |"
            yield "|---|---|---|---|---|---|"
        names = ", ".join(f"`{spelled(primal)}`" for primal in rule.primals)
        modes = "reverse, forward" if has_forward(rule) else "reverse"
        order = "any" if is_closed(rule) else "first"
        by = ", ".join(rule.wrt)
        row = (names, rule.kind, by, modes, order, sources(rule))
        yield f"| {' | '.join(row)} |"


def _is_tabled(rule: Rule) -> bool:
    """Whether a rule is one of ours, for a function that users call."""
    return (
        has_derivative(rule)
        and rule.function.__module__.startswith("sourcediff.rules")
        and not spelled(rule.primals[0]).startswith("sourcediff")
    )


def _area_order(rule: Rule) -> tuple[bool, str]:
    """NumPy's areas in the order of their names, then SciPy's."""
    module = rule.function.__module__
    return ".scipy." in module, module


def _area_title(module: str) -> str:
    """The first sentence of an area's docstring."""
    text = " ".join((sys.modules[module].__doc__ or module).split("\n\n")[0].split())
    return text.rstrip(".")


def describe_rule(name: str) -> Iterator[str]:
    """All that is declared of a function: kind, differentiated arguments, texts."""
    wanted = f"np.{name.removeprefix('numpy.')}" if name.startswith("numpy.") else name
    read_all_rules()
    rules = list(all_rules())
    names = {spelled(primal): rule for rule in rules for primal in rule.primals}
    found = [names[wanted]] if wanted in names else _by_last_name(rules, wanted)
    if not found:
        near = [n for n in names if wanted.rpartition(".")[2] in n.split(".")[-1]]
        raise NoSuchRule(name, near[:6])
    for number, rule in enumerate(found):
        if number:
            yield ""
        yield from _described(rule)


def _by_last_name(rules: list[Rule], name: str) -> list[Rule]:
    return [
        rule
        for rule in rules
        if any(spelled(primal).rpartition(".")[2] == name for primal in rule.primals)
    ]


def _described(rule: Rule) -> Iterator[str]:
    yield f"{', '.join(map(spelled, rule.primals))}   ({rule.kind})"
    if rule.kind == "passive":
        yield "the result carries no derivative"
        return
    if rule.wrt:
        yield f"differentiated by {', '.join(rule.wrt)}"
    yield ""
    yield from definition(rule.function)
    if rule.jvp is not None:
        yield ""
        yield from definition(rule.jvp)


def formula(function: Callable[..., Any]) -> str:
    """The mathematics of a rule in a line: what it returns.

    >>> from sourcediff.rules import lookup
    >>> formula(lookup(np.sin).function)
    '(y, x): np.cos(x)'
    """
    node = _parsed(function)
    parameters = ast.unparse(node.args)
    match node.body:
        case [ast.Return(value=value)] if value is not None:
            text = ast.unparse(value)
            if isinstance(value, ast.Tuple):
                text = text.removeprefix("(").removesuffix(")")
            return f"({parameters}): {text}"
        case body:
            return f"({parameters}): {len(body)} statements"


def definition(function: Callable[..., Any]) -> list[str]:
    """The text of a rule without decorator and examples."""
    return ast.unparse(_parsed(function)).splitlines()


def _parsed(function: Callable[..., Any]) -> ast.FunctionDef:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(node, ast.FunctionDef)
    node.decorator_list = []
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return node
