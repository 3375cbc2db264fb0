"""The tangents of calls in a line of their own, and of what is returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sourcediff.analysis.effects import CONTAINER_METHODS, root, walk_statements
from sourcediff.analysis.written_text import only_reports
from sourcediff.kinds import Array, Static, Unknown
from sourcediff.rules import lookup
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    const,
    name,
    names_in,
    target,
    tuple_of,
)
from sourcediff.transform.name_tangents import owned
from sourcediff.transform.placing import hoisted, placed
from sourcediff.transform.push import MIRRORED
from sourcediff.transform.refused import Refused
from sourcediff.transform.store_tangents import require_followed

if TYPE_CHECKING:
    from sourcediff.transform.forward import Forward
    from sourcediff.transform.push import Push

_HARMLESS = (print, len, isinstance, repr, str, type, id)


@dataclass(frozen=True)
class Callee:
    """The forward-mode function of a callee, as its caller sees it.

    It takes, after the callee's own parameters, the tangents of those that are
    `active`, under the names in `tangents`; `positional` says that they may be given
    by position. It returns the result and its tangent, or without `result_active`
    the result alone.
    """

    function: str
    parameters: tuple[str, ...]
    active: tuple[str, ...]
    tangents: tuple[str, ...]
    result_active: bool
    positional: bool


# --- calls for their effect ---------------------------------------------------------


def effect(forward: Forward, statement: Any, node: Any) -> list[Any]:
    """A call whose result nothing uses: of a function, `append`, `np.add.at`."""
    if node in forward.callees:
        return called(forward, statement, None, node, forward.callees[node])
    push = forward.push(statement)
    moving = [
        a
        for a in (*node.args, *(k.value for k in node.keywords))
        if push.values.is_active(a.value if isinstance(a, gast.Starred) else a)
    ]
    function = node.func
    if push.is_container_call(node) or (
        isinstance(function, gast.Attribute)
        and function.attr in CONTAINER_METHODS
        and not isinstance(forward.kind_of(function.value), Static | Array)
    ):
        return _container(forward, statement, node, push, bool(moving))
    if isinstance(function, gast.Attribute) and function.attr == "at":
        return _accumulated(forward, statement, node, push)
    callee = forward.facts.callee(node)
    known = callee in _HARMLESS or (callee is not None and lookup(callee) is not None)
    if moving and not (known or only_reports(node, forward.facts.program)):
        raise Refused(node, "what this call does to its arguments is not known")
    if any(forward.carries(w) for w in forward.facts.written(node)):
        raise Refused(node, "this call writes into a differentiated value")
    return [statement]


def _container(
    forward: Forward, statement: Any, node: Any, push: Push, moving: bool
) -> list[Any]:
    """`xs.append(v)` and the like: the same of the tangents."""
    base = root(node.func.value)
    if base not in forward.carriers and not moving:
        return [statement]
    if node.func.attr not in MIRRORED:
        raise Refused(
            node, f".{node.func.attr}() changes a list that is differentiated"
        )
    if moving:
        require_followed(forward, node, node.func.value, False)
    if isinstance(forward.kind_of(node.func.value), Unknown):
        _require_known(forward, base)
    made = push.mirrored(node)
    made.args = [
        owned(forward, statement, push, text, base or "", value)
        for text, value in zip(made.args, node.args, strict=True)
    ]
    return placed(statement, push, [gast.Expr(made)])


def _require_known(forward: Forward, identifier: str | None) -> None:
    """Refuse a container of a library's, which may keep less than it is given."""
    for statement in walk_statements(forward.facts.program.node.body):
        match statement:
            case gast.Assign(targets=[gast.Name(id=target)], value=gast.Call() as made):
                kind = forward.facts.callee(made)
                is_other = isinstance(kind, type) and kind not in (list, dict)
                if target == identifier and is_other:
                    raise Refused(made, f"what {kind.__name__} keeps is not known")


def _accumulated(forward: Forward, statement: Any, node: Any, push: Push) -> list[Any]:
    """`np.add.at(a, k, v)`: the same of the tangents."""
    base, key, value = node.args
    tangent = push.tangent(value)
    element = push.tangent(base, True)
    if element.is_zero and tangent.is_zero:
        return [statement]
    if forward.facts.callee(node) not in (np.add.at, np.subtract.at):
        raise Refused(node, "this accumulation cannot be followed")
    if tangent.is_zero:
        return [statement]
    arguments = [
        element.expression(push.is_scalar),
        push.values.key(key),
        push.whole(tangent, value),
    ]
    made = [gast.Expr(gast.Call(clone(node.func), arguments, []))]
    return placed(statement, push, made)


# --- functions ----------------------------------------------------------------------


def called(
    forward: Forward, statement: Any, to: Any, node: Any, callee: Callee
) -> list[Any]:
    """`y = helper(x)`: `y, y_dot = helper_jvp(x, x_dot)`."""
    push = forward.push(statement)
    given = dict(zip(callee.parameters, node.args, strict=False))
    given.update({k.arg: k.value for k in node.keywords})
    texts = [push.filled(given[p], True) for p in callee.active]
    arguments, keywords = clone(node.args), clone(node.keywords)
    if callee.positional and not keywords:
        arguments += texts
    else:
        keywords += [
            gast.keyword(dot, text)
            for dot, text in zip(callee.tangents, texts, strict=True)
        ]
    made = gast.Call(name(callee.function), arguments, keywords)
    out = [*at(statement, hoisted(push.values)), *push.prelude]
    if to is None:
        return [*out, gast.Expr(made)]
    elements = to.elts if isinstance(to, gast.Tuple | gast.List) else [to]
    if not all(isinstance(e, gast.Name) for e in elements):
        raise Refused(statement, "the result of a call must be stored in a variable")
    moving = [e for e in elements if e.id in forward.carriers]
    if not callee.result_active:
        zeros = [
            assign(
                forward.dot(e.id),
                push.zero(forward.facts.kind_of(e), lambda e=e: name(e.id)),  # type: ignore[misc]
            )
            for e in moving
        ]
        return [*out, gast.Assign([to], made, None), *zeros]
    dots = [target(forward.dot(e.id) if e in moving else "_") for e in elements]
    both = dots[0] if to is elements[0] else gast.Tuple(dots, gast.Store())
    pair = gast.Tuple([to, both], gast.Store())
    return [*out, gast.Assign([pair], made, None)]


# --- return -------------------------------------------------------------------------


def returned(forward: Forward, statement: Any) -> list[Any]:
    """`return e`: the value, where it is asked for, and its tangent."""
    value = statement.value
    if value is None or not forward.with_tangent:
        return [statement]
    out = forward.names.fresh("out")
    push = forward.push(statement, value, name(out) if forward.with_value else None)
    forward.declare(out, forward.facts.kind_of(value))
    text = _returned_tangent(push, value)
    if forward.is_called:
        text = owned(forward, statement, push, text, out, value)
    reads = {n for s in (text, *push.prelude) for n in names_in(s)}
    named = hoisted(push.values)
    if not forward.with_value:
        return [*named, *push.prelude, gast.Return(text)]
    primal = push.values.rebuilt(value)
    if out in reads:
        named.append(assign(out, primal))
        primal = name(out)
    return [*named, *push.prelude, gast.Return(tuple_of([primal, text]))]


def _returned_tangent(push: Push, value: Any) -> Any:
    if isinstance(value, gast.Constant):
        is_float = isinstance(value.value, float | complex)
        return const(0.0 if is_float else None)
    return push.filled(value, True)
