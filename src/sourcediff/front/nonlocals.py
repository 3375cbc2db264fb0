"""Local functions that assign variables around them take and return these."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.scopes import Fresh, own_nodes
from sourcediff.trees import walk


def return_nonlocals(function: Any, fresh: Fresh) -> None:
    """Replace `nonlocal total` by a parameter and a result, in place.

    `def add(v): nonlocal total; total += v` and `add(x)` become `def add(v, *, total):
    total += v; return total` and `total = add(x, total=total)`. So it goes for
    functions whose every call is a statement, or the value of one, of the function
    around them, where the variables are bound before.
    """
    known = {p.id for p in walk(function.args) if isinstance(p, gast.Name)}
    for statement in list(function.body):
        if isinstance(statement, gast.FunctionDef):
            names = _outer_names(statement)
            if names and names <= known and _is_plain(statement, function):
                _convert(statement, sorted(names), function, fresh)
        known |= _assigned(statement)


def _outer_names(node: Any) -> set[str]:
    """The variables from around it that a function assigns."""
    inner = own_nodes(node.body)
    return {n for s in inner if isinstance(s, gast.Nonlocal) for n in s.names}


def _assigned(statement: Any) -> set[str]:
    """The names that a statement certainly binds."""
    if not isinstance(statement, gast.Assign):
        return set()
    nodes = [node for target in statement.targets for node in walk(target)]
    return {
        n.id
        for n in nodes
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    }


def _is_plain(node: Any, function: Any) -> bool:
    """Whether all that is done with a local function are calls as statements."""
    if node.decorator_list or node.args.kwarg:
        return False
    if any(isinstance(n, gast.Yield | gast.YieldFrom) for n in walk(node)):
        return False
    if any(isinstance(n, gast.FunctionDef) for n in walk(node) if n is not node):
        return False
    uses = [
        n
        for n in walk(function)
        if (isinstance(n, gast.Name) and n.id == node.name)
        or (isinstance(n, gast.FunctionDef) and n.name == node.name)
    ]
    calls = [s for s in own_nodes(function.body) if _call_of(s, node.name) is not None]
    returns_value = _returns_value(node)
    fits = all(returns_value or isinstance(s, gast.Expr) for s in calls)
    return fits and len(uses) == len(calls) + 1


def _call_of(statement: Any, name: str) -> Any:
    """The call of a function that is a statement, or its value."""
    match statement:
        case (
            gast.Expr(value=call)
            | gast.Return(value=call)
            | gast.Assign(targets=[gast.Name()], value=call)
        ):
            pass
        case gast.AugAssign(target=gast.Name(), value=call):
            pass
        case _:
            return None
    match call:
        case gast.Call(func=gast.Name(id=called)) if called == name:
            return call
    return None


def _returns_value(node: Any) -> bool:
    return any(
        isinstance(n, gast.Return) and n.value is not None for n in own_nodes(node.body)
    )


def _convert(node: Any, names: list[str], function: Any, fresh: Fresh) -> None:
    has_value = _returns_value(node)

    def result(value: Any) -> Any:
        parts = [build.load(name) for name in names]
        if has_value:
            parts.insert(0, build.constant(None) if value is None else value)
        return parts[0] if len(parts) == 1 else gast.Tuple(parts, gast.Load())

    def inside(statement: Any) -> list[Any]:
        if isinstance(statement, gast.Nonlocal):
            return []
        if isinstance(statement, gast.Return):
            made = gast.Return(result(statement.value))
            return [build.place(made, statement)]
        return [statement]

    node.body = build.rewrite(node.body, inside)
    if not node.body or not isinstance(node.body[-1], gast.Return):
        node.body.append(build.place(gast.Return(result(None)), node))
    for name in names:
        node.args.kwonlyargs.append(build.place(build.param(name), node))
        node.args.kw_defaults.append(None)

    def outside(statement: Any) -> list[Any]:
        call = _call_of(statement, node.name)
        if call is None:
            return [statement]
        call.keywords += [gast.keyword(name, build.load(name)) for name in names]
        made = _spelled(statement, call, names, has_value, fresh)
        return [build.place(s, statement) for s in made]

    function.body = build.rewrite(function.body, outside)


def _spelled(
    statement: Any, call: Any, names: list[str], has_value: bool, fresh: Fresh
) -> list[Any]:
    """The statements in the place of one whose value is a call."""
    match statement:
        case gast.Assign(targets=[gast.Name(id=name)]) if name not in names:
            value, rest = name, []
        case gast.Assign(targets=[gast.Name(id=name)]):
            value = fresh("value")
            rest = [build.assign(name, build.load(value))]
        case gast.AugAssign(target=gast.Name(id=name), op=op):
            # Python reads the variable before it calls.
            value, before = fresh("value"), fresh(f"{name}_before")
            total = build.binary(build.load(before), op, build.load(value))
            return [
                build.assign(before, build.load(name)),
                _unpacked([value, *names], call),
                build.assign(name, total),
            ]
        case gast.Return():
            value = fresh("value")
            rest = [gast.Return(build.load(value))]
        case _:
            return [_unpacked([fresh("_unused"), *names] if has_value else names, call)]
    return [_unpacked([value, *names], call), *rest]


def _unpacked(names: list[str], call: Any) -> Any:
    if len(names) == 1:
        return build.assign(names[0], call)
    targets = gast.Tuple([build.store(name) for name in names], gast.Store())
    return gast.Assign([targets], call, None)
