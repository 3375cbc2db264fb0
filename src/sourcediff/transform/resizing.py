"""The adjoints of what lengthens, shortens and turns lists round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import Array, Kind, List, Scalar, Sequence, Static, scalar_of
from sourcediff.transform.access import is_structure, locate
from sourcediff.transform.build import (
    assign,
    at,
    call,
    clone,
    const,
    method,
    name,
)
from sourcediff.transform.cotangent import of_expression, of_name
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.transform.viewed import (
    element_of,
    has_cotangent,
    own_base,
    require_unseen,
)
from sourcediff.transform.writing import as_stored, finish

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def is_list(kind: Kind) -> bool:
    """Whether a value of this kind is a list."""
    return isinstance(kind, List | Sequence) and kind.type is list


def resize(reverse: Reverse, statement: Any, node: Any) -> Step | None:
    """The adjoint of a method that changes a list; None if it has none.

    `xs.append(v)`: the last cotangent is taken off again; `xs.pop()` puts a zero there.
    """
    match node.func.attr, node.args:
        case ("append", [_]) | ("insert", [_, _]):
            return _grown(reverse, statement, node)
        case ("pop", [] | [_]):
            return _shrunk(reverse, statement, node)
        case "reverse", []:
            return _turned(reverse, statement, node)
    return None


def _grown(reverse: Reverse, statement: Any, node: Any) -> Step:
    base, (*index, value) = node.func.value, node.args
    step = Step(statement, [statement], appended=base)
    step.undo = [gast.Expr(method(clone(base), "pop", *clone(index)))]
    active = reverse.facts.is_active(value, statement)
    bar = _cotangent(reverse, step, base, active)
    if bar is None:
        return step
    popped = method(bar, "pop", *clone(index))
    if not active:
        step.pre = [*step.pre, *at(statement, [gast.Expr(popped)])]
        return step
    pull = reverse.pull(statement, value)
    kind = reverse.facts.kind_of(value)
    simple = (
        isinstance(value, gast.Name)
        and (value.id,) not in reverse.cotangents.states
        and not is_structure(kind)
        and not isinstance(kind, Array | List)
    )
    prelude = []
    cotangent = of_expression(popped)
    if not simple:
        identifier = reverse.temporary(value, "bar")
        reverse.declare(identifier, kind)
        prelude = [assign(identifier, popped)]
        cotangent = of_name(identifier)
    pull.push(value, cotangent)
    finish(reverse, step, pull, value, None, prelude=prelude)
    if pull.hoisted:
        arguments = [*clone(index), as_stored(reverse, pull, value, base)]
        made = gast.Expr(method(clone(base), node.func.attr, *arguments))
        step.forward[-1] = at(statement, [made])[0]
    return step


def _shrunk(reverse: Reverse, statement: Any, node: Any) -> Step:
    """`xs.pop(i)` for its effect: what was there goes back, with a zero cotangent."""
    base, index = node.func.value, node.args
    dropped = reverse.temporary(gast.Name("dropped", None, None, None), "")
    step = Step(statement, [statement], appended=base, kills={dropped})
    step.forward = at(statement, [assign(dropped, clone(node))])
    step.undo = [gast.Expr(_put(clone(base), index, name(dropped)))]
    bar = _cotangent(reverse, step, base, False)
    if bar is None:
        return step
    zero: Any = const(0.0)
    if not isinstance(scalar_of(reverse.facts.kind_of(node)), Scalar | Static):
        zero = call(reverse.reference(None, "zeros_like"), name(dropped))
    step.post = [*step.post, *at(statement, [gast.Expr(_put(bar, index, zero))])]
    return step


def _put(base: Any, index: list[Any], value: Any) -> Any:
    if index:
        return method(base, "insert", clone(index[0]), value)
    return method(base, "append", value)


def _turned(reverse: Reverse, statement: Any, node: Any) -> Step:
    base = node.func.value
    step = Step(statement, [statement], appended=base)
    step.undo = [gast.Expr(clone(node))]
    bar = _cotangent(reverse, step, base, False)
    if bar is not None:
        step.pre = [*step.pre, *at(statement, [gast.Expr(method(bar, "reverse"))])]
    return step


def _cotangent(reverse: Reverse, step: Step, base: Any, active: bool) -> Any:
    """The cotangent of a list, made its own while the list is as it is after `step`."""
    access = locate(base, reverse.facts.kind_of, reverse.whole)
    if access is None:
        if active or reverse.facts.is_active(base, step.statement):
            cause = "a change of this list cannot be followed; give the list a name"
            raise Refused(step.statement, cause)
        return None
    if not has_cotangent(reverse, access.place):
        require_unseen(reverse, step.statement, access.place[0])
        return None
    own_base(reverse, access.place)
    step.post = at(step.statement, reverse.taken())
    return element_of(reverse, access)


__all__ = ["is_list", "resize"]
