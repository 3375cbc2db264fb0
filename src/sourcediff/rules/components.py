"""A rule's text for one argument alone, so that the others cost nothing."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from sourcediff.rules.declare import Rule


@functools.cache
def component(rule: Rule, k: int) -> Callable[..., Any]:
    """The rule's function cut down to the k-th of the values that it returns.

    The function's own text is cut: each `return a, b` becomes `return a`. Where there
    is no text, or it returns something else than a tuple display, the whole function
    is called and the k-th value taken.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> log_is_not_taken = component(lookup(np.power), 0)
    >>> log_is_not_taken(4.0, -2.0, 2)
    -4.0
    """
    tree = _definition(rule.function)
    if tree is None or not _cut(tree, k, len(rule.wrt)):
        return _picked(rule.function, k)
    module = ast.fix_missing_locations(ast.Module([tree], type_ignores=[]))
    filename = inspect.getsourcefile(rule.function) or "<rule>"
    namespace: dict[str, Any] = {}
    exec(compile(module, filename, "exec"), rule.function.__globals__, namespace)
    made: Callable[..., Any] = namespace[tree.name]
    return made


def _definition(function: Callable[..., Any]) -> ast.FunctionDef | None:
    if function.__closure__ or function.__kwdefaults__:
        return None  # what the text alone does not tell
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    ast.increment_lineno(tree, max(first - 1, 0))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return None
    definition.decorator_list = []
    return definition


def _cut(definition: ast.FunctionDef, k: int, number: int) -> bool:
    returns = [node for node in ast.walk(definition) if isinstance(node, ast.Return)]
    for node in returns:
        if not isinstance(node.value, ast.Tuple) or len(node.value.elts) != number:
            return False
        node.value = node.value.elts[k]
    return True


def _picked(function: Callable[..., Any], k: int) -> Callable[..., Any]:
    def pick(*args: Any, **kwargs: Any) -> Any:
        results = function(*args, **kwargs)
        return results[k] if isinstance(results, tuple) else results

    return pick
