"""What is covered: which rules have which modes, and may be differentiated again."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from sourcediff.rules import Rule, lookup

_OURS = ("sourcediff.rules", "sourcediff.runtime")
_CITATION = re.compile(
    r"DLMF \d+(?:\.\d+)*(?:(?:, | and )\d+(?:\.\d+)*)*"
    r"|[A-Z][a-z]+(?:, [A-Z][a-z]+)*(?: and [A-Z][a-z]+| et al\.)? (?:19|20)\d\d"
)


def has_derivative(rule: Rule) -> bool:
    """Whether a rule has a derivative: it is neither passive nor about a write."""
    return rule.kind not in ("passive", "mutation")


def has_forward(rule: Rule) -> bool:
    """Whether a rule gives forward mode.

    >>> import numpy as np
    >>> has_forward(lookup(np.sin)), has_forward(lookup(np.floor))
    (True, False)
    """
    return has_derivative(rule) and (rule.kind != "rule" or rule.jvp is not None)


def is_closed(rule: Rule) -> bool:
    """Whether all that a rule's text calls has a derivative, so that it has a second.

    >>> import numpy as np
    >>> is_closed(lookup(np.sin))
    True
    """
    return not open_calls(rule.function)


@cache
def open_calls(function: Callable[..., Any]) -> tuple[str, ...]:
    """What a function of ours calls that has neither a rule nor a text of ours."""
    return tuple(dict.fromkeys(_open_calls(function, set())))


def _open_calls(function: Any, seen: set[Any]) -> Iterator[str]:
    plain = inspect.unwrap(function)
    if plain in seen:
        return
    seen.add(plain)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(plain)))
    except (OSError, TypeError, SyntaxError):
        return
    statements = [s for d in tree.body for s in getattr(d, "body", [])]
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Call):
            called = _value(node.func, plain.__globals__)
            if called is None or isinstance(called, type) or lookup(called) is not None:
                continue
            module = getattr(called, "__module__", None) or ""
            if isinstance(inspect.unwrap(called), FunctionType) and module.startswith(
                _OURS
            ):
                yield from _open_calls(called, seen)
            elif module != "builtins":
                yield getattr(called, "__name__", ast.unparse(node.func))


def _value(node: ast.expr, scope: dict[str, Any]) -> Any:
    """The function that an expression names; None for a method of a value."""
    match node:
        case ast.Name(id=name):
            return scope.get(name, getattr(builtins, name, None))
        case ast.Attribute(value=value, attr=attr):
            owner = _value(value, scope)
            known = isinstance(owner, ModuleType | type) or owner in scope.values()
            return getattr(owner, attr, None) if known and owner is not None else None
        case _:
            return None


def sources(rule: Rule) -> str:
    """The literature that a rule, or the file that it stands in, names.

    >>> import numpy as np
    >>> sources(lookup(np.linalg.cholesky))
    'Murray 2016'
    """
    own = _cited(rule.function.__doc__ or "")
    module = inspect.getmodule(rule.function)
    return own or _cited(getattr(module, "__doc__", None) or "")


def _cited(text: str) -> str:
    found = _CITATION.findall(" ".join(text.split()))
    return "; ".join(dict.fromkeys(found))
