"""A copy of a function's code whose calls all go through one function.

What is called is often known only when the call is made: a function in a dict, an
attribute by a computed name, a method of an object that was built at run time. In the
copy `f(x)` has become `__call__(f, x)`, which can put a tracked version in its place.
"""

from __future__ import annotations
import __future__

import ast
import functools
import inspect
import operator
import textwrap
import types
from typing import Any

#: The builtin name under which the copy finds the function that makes its calls.
CALL = "__sourcediff_call__"

_FUTURES = functools.reduce(
    operator.or_,
    (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
)
#: Functions that look at the frame of their caller.
_FRAME_READERS = {"super", "locals", "globals", "vars", "dir", "eval", "exec"}


@functools.lru_cache(maxsize=1024)
def instrumented(code: types.CodeType) -> types.CodeType | None:
    """The code with its calls made by `__sourcediff_call__`; None without source.

    The text that is found is believed only if it compiles to the code itself.
    """
    tree = _definition(code)
    if tree is None:
        return None
    same = _compiled(tree, code)
    if same is None or same.co_code != code.co_code or same.co_names != code.co_names:
        return None
    changed = ast.fix_missing_locations(_Calls().visit(tree))
    return _compiled(changed, code)


def _definition(code: types.CodeType) -> Any:
    """The function's tree, at its own line numbers."""
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    found = tree.body[0]
    if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    ast.increment_lineno(tree, first - 1)
    found.decorator_list = []
    return found


class _Calls(ast.NodeTransformer):
    """Calls become calls of one function."""

    def visit_Call(self, node: ast.Call) -> Any:
        """`f(x, k=y)` becomes `__sourcediff_call__(f, x, k=y)`."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _FRAME_READERS:
            return node
        name = ast.copy_location(ast.Name(CALL, ast.Load()), node.func)
        made = ast.Call(name, [node.func, *node.args], node.keywords)
        return ast.copy_location(made, node)


def _compiled(tree: Any, code: types.CodeType) -> types.CodeType | None:
    """The code of a definition within the scopes that the original stands in."""
    outer = ast.parse("def factory(): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.args.args = [ast.arg(name) for name in code.co_freevars]
    outer.body = [tree]
    module = ast.fix_missing_locations(ast.Module([outer], []))
    flags = code.co_flags & _FUTURES
    made = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    (factory,) = _inner(made, "factory")
    found = _inner(factory, code.co_name)
    if len(found) != 1 or set(found[0].co_freevars) != set(code.co_freevars):
        return None
    return found[0].replace(co_qualname=code.co_qualname)


def _inner(code: types.CodeType, name: str) -> list[types.CodeType]:
    """The codes of that name that are defined within a code."""
    return [
        constant
        for constant in code.co_consts
        if isinstance(constant, types.CodeType) and constant.co_name == name
    ]
