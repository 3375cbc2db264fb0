"""The derivative rules as text: all of them in a line each, one in full."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sourcediff.errors import SourcediffError
from sourcediff.rules import Rule, all_rules

#: Modules whose functions are listed under a shorter name.
_SHORT = {"numpy": "np", "builtins": "", "_operator": "operator"}


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


def list_rules() -> Iterator[str]:
    """Every rule in a line: its functions, its kind, its formula."""
    for rule in all_rules():
        names = ", ".join(map(spelled, rule.primals))
        if rule.kind == "passive":
            yield f"{names}   passive"
        else:
            yield f"{names}   {rule.kind}   {formula(rule.function)}"


def count_rules() -> Iterator[str]:
    """How many rules there are, by kind."""
    rules = list(all_rules())
    functions = sum(len(rule.primals) for rule in rules)
    yield f"{len(rules)} rules for {functions} functions"
    for kind, count in Counter(rule.kind for rule in rules).most_common():
        yield f"  {kind:<12} {count}"


def describe_rule(name: str) -> Iterator[str]:
    """All that is declared of a function: kind, differentiated arguments, texts."""
    wanted = f"np.{name.removeprefix('numpy.')}" if name.startswith("numpy.") else name
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
