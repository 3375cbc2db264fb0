"""Local functions get the variables that they capture as parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    bound_names,
    comprehension_targets,
    defaults,
    free_names,
    own_nodes,
)
from sourcediff.trees import walk


def lift_functions(function: Any, context: Context) -> None:
    """Lambda-lift the suspect local functions that are only ever called by name.

    `def f(t): return t * x` becomes `def f(t, x)`, and `f(2.0)` becomes `f(2.0, x)`:
    the variable is read when the function is called, as Python does. Functions that
    are handed on as values stay closures.
    """
    function.body = _named_lambdas(function, context)
    functions, captured = _liftable(function, context)
    for name, node in functions.items():
        extra = sorted(captured[name])
        if extra:
            _extend(node, extra, calls_of(function, name))
    for node in _local_functions(function):
        lift_functions(node, context)


def _named_lambdas(function: Any, context: Context) -> list[Any]:
    """`f = lambda t: …` as a function, where f is only called."""

    def change(node: Any) -> list[Any]:
        match node:
            case gast.Assign(targets=[gast.Name(id=name)], value=gast.Lambda()):
                if is_only_called(function, name) and matters(
                    function, name, node.value, context
                ):
                    return [_as_function(name, node)]
        return [node]

    return build.rewrite(function.body, change)


def _as_function(name: str, node: Any) -> Any:
    body = gast.copy_location(gast.Return(node.value.body), node.value.body)
    made = gast.FunctionDef(name, node.value.args, [body], [], None, None, [])
    return gast.copy_location(made, node)


def _local_functions(function: Any) -> Iterator[Any]:
    for node in own_nodes(function.body):
        if isinstance(node, gast.FunctionDef):
            yield node


def _liftable(
    function: Any, context: Context
) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """The functions to lift, and the variables that each of them takes."""
    functions = {
        node.name: node
        for node in _local_functions(function)
        if not node.decorator_list
        and is_only_called(function, node.name)
        and matters(function, node.name, node, context)
    }
    while functions:
        captured = _captured(function, functions)
        hidden = {
            name
            for name in functions
            if is_hidden_at_calls(function, name, captured[name])
        }
        if not hidden:
            return functions, captured
        for name in hidden:
            del functions[name]
    return {}, {}


def is_only_called(function: Any, name: str) -> bool:
    """Whether a name is bound once, and read only to be called."""
    bindings = 0
    called = {id(call.func) for call in calls_of(function, name)}
    for node in walk(function):
        match node:
            case gast.FunctionDef(name=found) if found == name:
                bindings += 1
            case gast.Name(id=found) if found == name and id(node) not in called:
                bindings += 1
                if isinstance(node.ctx, gast.Load):
                    return False
    return bindings == 1


def calls_of(function: Any, name: str) -> list[Any]:
    """The calls of a name below."""
    return [
        node
        for node in walk(function)
        if isinstance(node, gast.Call)
        and isinstance(node.func, gast.Name)
        and node.func.id == name
    ]


def matters(function: Any, name: str, node: Any, context: Context) -> bool:
    """Whether derivatives may pass through a local function."""
    if free_names(node) & context.suspect.names:
        return True
    if any(map(context.suspect, defaults(node))):
        return True
    return any(map(context.suspect, calls_of(function, name)))


def _captured(function: Any, functions: dict[str, Any]) -> dict[str, set[str]]:
    """The variables that each function needs, those of its callees included."""
    variables = bound_names(function) - {f.name for f in _local_functions(function)}
    needs = {name: free_names(node) & variables for name, node in functions.items()}
    changed = True
    while changed:
        changed = False
        for name, node in functions.items():
            for other in free_names(node) & set(functions):
                if not needs[other] <= needs[name]:
                    needs[name] |= needs[other]
                    changed = True
    return needs


def is_hidden_at_calls(function: Any, name: str, captured: set[str]) -> bool:
    """Whether a scope that calls the function has other variables of those names."""
    for scope in walk(function):
        if scope is function or not calls_of(scope, name):
            continue
        if isinstance(scope, COMPREHENSIONS):
            if comprehension_targets(scope) & captured:
                return True
        elif isinstance(scope, FUNCTIONS) and bound_names(scope) & captured:
            return True
    return False


def _extend(node: Any, names: list[str], calls: list[Any]) -> None:
    """Append parameters to a function and pass them at its calls."""
    arguments = node.args
    positional = not (
        arguments.vararg
        or arguments.kwonlyargs
        or arguments.kwarg
        or arguments.defaults
    ) and not any(
        call.keywords or any(isinstance(a, gast.Starred) for a in call.args)
        for call in calls
    )
    for name in names:
        parameter = build.place(build.param(name), node)
        if positional:
            arguments.args.append(parameter)
        else:
            arguments.kwonlyargs.append(parameter)
            arguments.kw_defaults.append(None)
        for call in calls:
            value = gast.copy_location(build.load(name), call)
            if positional:
                call.args.append(value)
            else:
                call.keywords.append(build.place(gast.keyword(name, value), call))
