"""A rule's text for one argument alone, or for real numbers, which costs less."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, cast

from sourcediff.rules.declare import Rule


@functools.cache
def component(rule: Rule, k: int, real: bool = False) -> Callable[..., Any]:
    """The rule's function cut down to the k-th of the values that it returns.

    The function's own text is cut: each `return a, b` becomes `return a`. Where there
    is no text, or it returns something else than a tuple display, the whole function
    is called and the k-th value taken. With `real` it is `on_reals` that is cut.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> log_is_not_taken = component(lookup(np.power), 0)
    >>> log_is_not_taken(4.0, -2.0, 2)
    -4.0
    """
    tree = _definition(rule.function)
    if tree is None or not _cut(tree, k, len(rule.wrt)):
        return _picked(rule.function, k)
    return _compiled(_Real(tree).visit(tree) if real else tree, rule.function)


@functools.cache
def on_reals(function: Callable[..., Any]) -> Callable[..., Any]:
    """A rule's function for real arguments: without `np.conj`, which would copy them.

    The function itself if it conjugates none of its parameters.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> outer, exp = lookup(np.outer).function, lookup(np.exp).function
    >>> [x.tolist() for x in on_reals(outer)(np.ones((1, 1)), np.ones(1), np.ones(1))]
    [[1.0], [1.0]]
    >>> on_reals(exp) is exp
    True
    """
    tree = _definition(function)
    if tree is None or not any(map(_Real(tree).is_left_out, ast.walk(tree))):
        return function
    return _compiled(_Real(tree).visit(tree), function)


class _Real(ast.NodeTransformer):
    """Leaves out the conjugation of parameters; what is computed may be complex."""

    def __init__(self, definition: ast.FunctionDef) -> None:
        names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        self.real = {arg.arg for arg in definition.args.args} - bound

    def is_left_out(self, node: ast.AST) -> bool:
        """Whether this is `np.conj(x)` of a parameter that is not bound anew."""
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("np"), attr="conj"),
                args=[ast.Name(name)],
                keywords=[],
            ):
                return name in self.real
        return False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`np.conj(x)` is `x`."""
        self.generic_visit(node)
        return node.args[0] if self.is_left_out(node) else node


def _compiled(tree: ast.FunctionDef, like: Callable[..., Any]) -> Callable[..., Any]:
    module = ast.fix_missing_locations(ast.Module([tree], type_ignores=[]))
    filename = inspect.getsourcefile(like) or "<rule>"
    namespace: dict[str, Any] = {}
    exec(compile(module, filename, "exec"), like.__globals__, namespace)
    made: Any = namespace[tree.name]
    made.__kwdefaults__ = getattr(like, "__kwdefaults__", None)
    return cast(Callable[..., Any], made)


def _definition(function: Callable[..., Any]) -> ast.FunctionDef | None:
    if function.__closure__:
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
