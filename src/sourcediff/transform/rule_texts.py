"""What a rule's own text says: its definition, what it returns, how it is called."""

from __future__ import annotations

import ast
import functools
import linecache
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import gast

from sourcediff.rules import Rule
from sourcediff.transform.build import call, clone, const, name, same
from sourcediff.transform.site import ARGUMENT, TANGENT
from sourcediff.trees import from_ast, walk

#: Placeholders that stand in an expanded rule until they get a text.
SEED = "@seed"
RESULT = "@result"


@functools.cache
def definition(function: Callable[..., Any]) -> Any:
    """The gast FunctionDef of a rule, read from its own lines only."""
    function = getattr(function, "__wrapped__", function)
    code = function.__code__
    last = max(p[1] or 0 for p in code.co_positions())
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 : last]
    while lines and not lines[0].lstrip().startswith("def "):
        lines = lines[1:]
    return from_ast(ast.parse(textwrap.dedent("".join(lines))).body[0])


@functools.cache
def returns_tuple(rule: Rule) -> bool:
    """Whether a rule's text returns several values at once."""
    returns = [n for n in walk(definition(rule.function)) if isinstance(n, gast.Return)]
    return any(isinstance(r.value, gast.Tuple) for r in returns)


@functools.cache
def is_unread(rule: Rule, parameter: str) -> bool:
    """Whether a linear function's cotangents do not depend on a parameter at all.

    Then the function does not either, or by the parameter's shape only.
    """
    if rule.kind != "linear":
        return False
    body = definition(rule.function).body
    names = (n.id for s in body for n in walk(s) if isinstance(n, gast.Name))
    return parameter not in names


def leading_marks(rule: Rule, forward: bool) -> tuple[str, ...]:
    """The placeholders for what a rule's text takes before the primal's arguments."""
    if forward:
        return (*(TANGENT + parameter for parameter in rule.wrt), RESULT)
    return {
        "elementwise": (RESULT,),
        "linear": (SEED,),
        "multilinear": (SEED,),
        "rule": (SEED, RESULT),
    }[rule.kind]


def by_name(
    rule: Rule,
    bound: Mapping[str, Any],
    reference: Callable[[Any, str], Any],
    forward: bool = False,
) -> Any:
    """A call of the rule's function, with placeholders for result and arguments."""
    arguments = [name(mark) for mark in leading_marks(rule, forward)]
    keywords: dict[str, Any] = {}
    suffix = "partials" if rule.kind == "elementwise" else "vjp"
    if forward:
        suffix = "jvp"
    for parameter in rule.parameters:
        node = bound.get(parameter.name)
        if node is None:
            continue
        if isinstance(node, gast.Constant) and same(node, const(parameter.default)):
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            arguments += [clone(e) for e in node.elts]
        elif parameter.kind is parameter.KEYWORD_ONLY or parameter.default is not (
            parameter.empty
        ):
            keywords[parameter.name] = name(ARGUMENT + parameter.name)
        else:
            arguments.append(name(ARGUMENT + parameter.name))
    text = rule.jvp if forward else rule.function
    function = reference(text, f"{rule.name}_{suffix}")
    return call(function, *arguments, **keywords)
