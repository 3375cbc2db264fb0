"""The tangents of stores, and of augmented assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import root
from sourcediff.kinds import (
    Array,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    present,
    scalar_of,
)
from sourcediff.transform.access import kind_before
from sourcediff.transform.build import (
    assign,
    augment,
    const,
    loaded,
    method,
    name,
    subscript,
)
from sourcediff.transform.integers import key_of
from sourcediff.transform.name_tangents import owned, tangent_text
from sourcediff.transform.placing import built, placed
from sourcediff.transform.push import is_of_program
from sourcediff.transform.refused import Refused, number_or_array
from sourcediff.transform.shadows import PRIME
from sourcediff.transform.tangent import of_name
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.forward import Forward
    from sourcediff.transform.push import Push


def stored(
    forward: Forward, statement: Any, to: Any, value: Any, use: bool
) -> list[Any]:
    """`x[k] = v` and `o.a = v`; `use`: the tangent may read what was stored."""
    result = _primed(to) if use and _keeps(forward, to, value) else None
    push = forward.push(statement, value, result)
    element = _element(forward, push, to)
    if push.values.is_active(value):
        require_followed(forward, to, to, element is None)
    if element is None:
        return [statement]
    if isinstance(forward.kind_of(to.value), Array):
        text = push.tangent(value).expression(push.is_scalar)
        is_made = isinstance(value, gast.BinOp | gast.UnaryOp)
        if is_made and isinstance(text, gast.Subscript) and root(text) == root(element):
            text = method(text, "copy")  # as the primal has a value of its own there
    else:
        text = tangent_text(forward, push, value, forward.kind_of(to), None)
        text = owned(forward, statement, push, text, root(to) or "", value)
    changed = _changed(forward, statement, to)
    return placed(statement, push, [assign(element, text)], changed)


def _element(forward: Forward, push: Push, to: Any) -> Any | None:
    """The place in the tangent that a store into the value corresponds to."""
    base, holder = push.tangent(to.value, True), to.value
    holds = isinstance(forward.kind_of(holder), Record | List | Sequence)
    if holds and isinstance(holder, gast.Name) and holder.id in forward.carriers:
        base = of_name(forward.dot(holder.id))  # though nothing in it may move yet
    if base.is_zero:
        return None
    text = base.expression(push.is_scalar)
    if isinstance(to, gast.Attribute):
        return gast.Attribute(text, to.attr, gast.Load())
    return subscript(text, push.values.key(to.slice))


def require_followed(forward: Forward, node: Any, to: Any, unmoved: bool) -> None:
    """Refuse a write of what moves where other functions, or nobody, look for it.

    `unmoved` says that what it is written into has no tangent.
    """
    base, program = root(to), forward.facts.program
    is_shared = base in program.data and (forward.is_called or _calls_others(forward))
    if is_shared or (unmoved and (base is None or base in program.statics)):
        raise Refused(node, "a store into this expression cannot be followed")


def _calls_others(forward: Forward) -> bool:
    """Whether there are calls of functions of the user's."""
    calls = (n for n in walk(forward.facts.program.node) if isinstance(n, gast.Call))
    return any(is_of_program(forward.facts.callee(call)) for call in calls)


def _primed(to: Any) -> Any:
    """A store target as the text of the value after the statement."""
    text = loaded(to)
    node = text
    while isinstance(node, gast.Subscript | gast.Attribute):
        node = node.value
    if not isinstance(node, gast.Name):
        return None
    node.id += PRIME
    return text


def _keeps(forward: Forward, to: Any, value: Any) -> bool:
    """Whether the target afterwards holds the value as it was computed."""
    if any(isinstance(n, gast.Call) for n in walk(to)):
        return False
    kind, given = forward.facts.kind_of(to), forward.facts.kind_of(value)
    if isinstance(kind, Scalar) and isinstance(given, Scalar):
        return kind.dtype == given.dtype and isinstance(to.value, gast.Name)
    return (
        isinstance(kind, Array) and kind == given and None not in (kind.dims or (None,))
    )


def _changed(forward: Forward, statement: Any, to: Any) -> set[str]:
    """The names through which a store can be seen."""
    aliases = forward.facts.aliases
    sources = aliases.sources(to.value) | {root(to) or ""}
    return {*sources}.union(*(aliases.partners(statement, n) for n in sources))


# --- x op= v ------------------------------------------------------------------------


def augmented(forward: Forward, statement: Any, to: Any, value: Any) -> list[Any]:
    """`x op= v`, of a variable or of elements."""
    if isinstance(to, gast.Name) and to.id not in forward.carriers:
        return [statement]
    kind = forward.kind_of(to)
    if isinstance(kind, Unknown):
        raise number_or_array(statement, kind)
    push = forward.push(statement)
    element = _target(forward, push, to)
    if push.values.is_active(value):
        require_followed(forward, to, to, element is None)
    if element is None:
        return [statement]
    before = _kind_before(forward, statement, to)
    if isinstance(before, List | Sequence) and isinstance(statement.op, gast.Mult):
        made = augment(element, gast.Mult, push.values.value(value))
        return placed(statement, push, [made])
    if isinstance(before, List | Sequence):
        text = push.filled(value, True)
        text = owned(forward, statement, push, text, root(to) or "", value)
        extended = augment(element, type(statement.op), text)
        return placed(statement, push, [extended])
    tangent = push.tangent(value)
    if not isinstance(to, gast.Name) and key_of(to) in forward.integers:
        return built(forward, lambda use: _combined(forward, statement, to, value, use))
    if isinstance(statement.op, gast.Add | gast.Sub):
        if tangent.is_zero:
            return [statement]
        is_scalar = not isinstance(forward.facts.kind_of(to), Array)
        if isinstance(before, Array | Unknown) or is_scalar:
            text = tangent.expression(push.is_scalar)
            return placed(statement, push, [augment(element, type(statement.op), text)])
    elif tangent.is_zero and isinstance(statement.op, gast.Mult | gast.Div):
        made = augment(element, type(statement.op), push.values.value(value))
        return placed(statement, push, [made])
    if isinstance(before, Unknown):
        raise number_or_array(statement, before)
    return built(forward, lambda use: _combined(forward, statement, to, value, use))


def _target(forward: Forward, push: Push, to: Any) -> Any | None:
    if isinstance(to, gast.Name):
        return name(forward.dot(to.id))
    return _element(forward, push, to)


def _kind_before(forward: Forward, statement: Any, to: Any) -> Kind:
    known = forward.facts.environment(statement)
    before = kind_before(to, forward.facts.kind_of, known)
    return forward.facts.kind_of(to) if before is None else present(before)


def _combined(
    forward: Forward, statement: Any, to: Any, value: Any, use: bool
) -> list[Any]:
    """`x op= v` by the tangent of `x op v`."""
    left = loaded(to)
    expression = gast.BinOp(left, statement.op, value)
    push = forward.push(statement, expression, _primed(to) if use else None)
    kinds = {left: _kind_before(forward, statement, to)}
    kinds[expression] = forward.facts.kind_of(to)
    for inner, outer in zip(walk(left), walk(to), strict=True):
        kinds.setdefault(inner, forward.kind_of(outer))
    kind_of = push.values.kind_of
    push.values.kind_of = lambda n: kinds[n] if n in kinds else kind_of(n)
    text = push.whole(push.tangent(expression, True), expression)
    element = _target(forward, push, to)
    if isinstance(kinds[left], Array) and not isinstance(to, gast.Subscript):
        element = subscript(element, const(Ellipsis))
    changed = {to.id} if isinstance(to, gast.Name) else set()
    if not isinstance(scalar_of(kinds[left]), Scalar | Static):
        changed |= _changed(forward, statement, gast.Subscript(to, const(0), None))
    if not isinstance(to, gast.Name):
        changed |= _changed(forward, statement, to)
    return placed(statement, push, [assign(element, text)], changed)
