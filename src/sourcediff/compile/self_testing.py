"""Generated code that tests itself whether it fits its arguments."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from typing import Any

from sourcediff.emit.generated import find

_LOOPS = (ast.For, ast.While, ast.comprehension)


def names_of(function: Any) -> set[str]:
    """The names that a function binds or has from functions around it."""
    code = function.__code__
    return {*code.co_varnames, *code.co_cellvars, *code.co_freevars}


def with_head(
    function: Any, count: int, head: str, handler: str, cells: Mapping[str, Any]
) -> Any:
    """A generated function with statements before its own, and a handler of its errors.

    That saves a call, which is worth it where the code itself takes no longer than a
    few calls: not of code with loops, for which the result is None. The result has the
    first `count` parameters only, the others their defaults; `cells` are the objects
    that the new texts name.
    """
    generated = find(function.__code__.co_filename)
    if generated is None:
        return None
    module = ast.parse(generated.text)
    definition = module.body[-1]
    assert isinstance(definition, ast.FunctionDef)
    if any(isinstance(node, _LOOPS) for node in ast.walk(definition)):
        return None
    parameters, defaults = definition.args.args, definition.args.defaults
    if definition.args.kwonlyargs or len(parameters) - len(defaults) != count:
        return None
    guarded = ast.parse(f"try: pass\n{handler}").body[0]
    assert isinstance(guarded, ast.Try)
    tests = ast.parse(head).body
    for new in (*tests, *guarded.handlers):
        for node in ast.walk(new):
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler):
                ast.copy_location(node, definition)
    given = zip(parameters[count:], defaults, strict=True)
    fixed = [ast.Assign([ast.Name(p.arg, ast.Store())], d) for p, d in given]
    guarded.body = [ast.copy_location(node, definition) for node in fixed]
    guarded.body += definition.body
    definition.args.args, definition.args.defaults = parameters[:count], []
    definition.body = [*tests, ast.copy_location(guarded, definition)]
    return _loaded(ast.fix_missing_locations(module), function, cells)


def _loaded(module: ast.Module, function: Any, cells: Mapping[str, Any]) -> Any:
    """The last function of a module, with the surroundings of another one."""
    code = function.__code__
    own = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    known = {**own, **{name: types.CellType(value) for name, value in cells.items()}}
    inner = module.body[-1]
    assert isinstance(inner, ast.FunctionDef)
    factory = ast.parse(f"def factory({', '.join(known)}): return {inner.name}")
    outer = factory.body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body[:0] = [inner]
    scope: dict[str, Any] = {}
    exec(compile(factory, code.co_filename, "exec"), scope)
    made = scope["factory"](*([None] * len(known)))
    closure = tuple(known[name] for name in made.__code__.co_freevars)
    return types.FunctionType(
        made.__code__, function.__globals__, function.__name__, None, closure
    )
