"""Generated code that tests itself whether it fits its arguments."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable, Mapping
from typing import Any

from sourcediff.analysis.cells import Cells
from sourcediff.compile.unit_seed import without_unit_seed
from sourcediff.emit.generated import find

#: What is in the text of code with loops, or in a comment of other code.
_LOOP = re.compile(r"\b(for|while)\b")


def is_generated(code: types.CodeType) -> bool:
    """Whether code is that of a generated function."""
    return find(code.co_filename) is not None


def names_of(function: Any) -> set[str]:
    """The names that a function binds or has from functions around it."""
    code = function.__code__
    return {*code.co_varnames, *code.co_cellvars, *code.co_freevars}


def with_head(
    function: Any, given: Mapping[str, Any], head: str, handler: str, cells: Cells
) -> Any:
    """A generated function with statements before its own, and a handler of its errors.

    That saves a call, which is worth it where the code itself takes no longer than a
    few calls: not of code with loops, for which the result is None. The result has the
    parameters of the `given` arguments only, the others their defaults; `cells` are
    the objects that the new texts name.
    """
    generated = find(function.__code__.co_filename)
    if generated is None or _LOOP.search(generated.text):
        return None
    module = ast.parse(generated.text)
    definition = module.body[-1]
    assert isinstance(definition, ast.FunctionDef)
    parameters, defaults = definition.args.args, definition.args.defaults
    own, fixed = parameters[: len(given)], parameters[len(given) :]
    if definition.args.kwonlyargs or [p.arg for p in own] != list(given):
        return None
    match fixed, defaults:
        case [ast.arg(arg=seed)], [ast.Constant(value=1.0) as one]:
            pass
        case _:
            return None
    guarded = ast.parse(f"try: pass\n{handler}").body[0]
    assert isinstance(guarded, ast.Try)
    tests = ast.parse(head).body
    for new in (*tests, *guarded.handlers):
        for node in ast.walk(new):
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler):
                ast.copy_location(node, definition)
    seeded = ast.Assign([ast.Name(seed, ast.Store())], one)
    guarded.body = [ast.copy_location(seeded, definition), *definition.body]
    floats = {name for name, value in given.items() if type(value) is float}
    without_unit_seed(guarded.body, seed, floats, _value_in(function))
    definition.args.args, definition.args.defaults = own, []
    definition.body = [*tests, ast.copy_location(guarded, definition)]
    return _loaded(ast.fix_missing_locations(module), function, cells.objects)


def _value_in(function: Any) -> Callable[[str], Any]:
    """What the free names of a function stand for."""
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))

    def value_of(name: str) -> Any:
        if name in cells:
            return cells[name].cell_contents
        return function.__globals__.get(name)

    return value_of


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
