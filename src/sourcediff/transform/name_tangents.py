"""The tangents of assignments to names: `y = e`, `a, b = e`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.sharing import Sharing, sharing
from sourcediff.kinds import Array, Kind, Scalar, Static, Unknown, scalar_of
from sourcediff.rules import lookup
from sourcediff.transform.build import (
    assign,
    call,
    const,
    method,
    name,
    names_in,
    same,
    tuple_of,
)
from sourcediff.transform.cotangent import is_fresh
from sourcediff.transform.placing import built, placed
from sourcediff.transform.refused import Refused
from sourcediff.transform.shadows import PRIME
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.forward import Forward
    from sourcediff.transform.push import Push

_DISPLAYS = gast.Tuple | gast.List | gast.Dict


def bound(
    forward: Forward, statement: Any, to: Any, value: Any, use: bool
) -> list[Any]:
    """`y = expression`; `use`: its tangent may read the new value."""
    result = name(to.id + PRIME) if use else None
    push = forward.push(statement, value, result)
    try:
        text = tangent_text(forward, push, value, forward.facts.kind_of(to), result)
    except Refused:
        if not push.is_idle(value):
            raise
        text = const(None)  # nothing reads it
    text = owned(forward, statement, push, text, to.id, value)
    return placed(statement, push, [assign(forward.dot(to.id), text)], {to.id})


def tangent_text(
    forward: Forward, push: Push, value: Any, kind: Kind, result: Any
) -> Any:
    """The tangent of a value; zeros are those of the result, where it is there."""
    if isinstance(value, _DISPLAYS):
        return push.display(value, True)
    if isinstance(value, gast.Constant) and value.value is None:
        return const(None)
    tangent = push.tangent(value, True)
    if not tangent.is_zero:
        return push.whole(tangent, value)
    if not isinstance(value, gast.Constant):
        kind = forward.facts.kind_of(value)
    return push.zero(
        kind, lambda: result if result is not None else push.values.value(value)
    )


# --- memory of its own --------------------------------------------------------------


def owned(
    forward: Forward, statement: Any, push: Push, text: Any, identifier: str, value: Any
) -> Any:
    """The tangent in memory of its own, where its primal has that and it matters.

    It matters where somebody writes into what `identifier` holds, or into what the
    tangent is made of, and for what the caller gets, who may write into anything.
    """
    if isinstance(text, _DISPLAYS) and type(text) is type(value):
        parts = "values" if isinstance(text, gast.Dict) else "elts"
        elements = [
            owned(forward, statement, push, part, identifier, element)
            for part, element in zip(
                getattr(text, parts), getattr(value, parts), strict=True
            )
        ]
        setattr(text, parts, elements)
        return text
    kind = forward.facts.kind_of(value)
    if isinstance(scalar_of(kind), Scalar | Static) or is_fresh(text):
        return text
    if isinstance(text, gast.Constant | gast.Starred | _DISPLAYS):
        return text
    reads = {forward.primal_of(n) for n in names_in(text)}
    if not ({identifier} | reads) & forward.written and not forward.is_called:
        return text
    shared = forward.facts.aliases.sources(value) & forward.carriers
    if not shared and _copies_alike(push, text, value):
        return text
    if not shared:
        is_array = isinstance(kind, Array)
        return method(text, "copy") if is_array else call(_copied(push), text)
    if isinstance(kind, Array | Unknown) and (reads | {identifier}) & forward.written:
        _require_view(forward, statement, value)
    return text


def _copies_alike(push: Push, text: Any, value: Any) -> bool:
    """Whether a tangent is indexed as its value is, which gives a copy of both."""
    both = isinstance(text, gast.Subscript) and isinstance(value, gast.Subscript)
    return both and same(text.slice, push.values.key(value.slice))


def _copied(push: Push) -> Any:
    return push.values.helper("copied")


def _require_view(forward: Forward, statement: Any, value: Any) -> None:
    """Refuse what may be a copy of the values but a view of their tangents."""
    facts = forward.facts
    is_call = isinstance(value, gast.Call)
    if is_call and sharing(value, facts.kind_of, facts.callee) is Sharing.VIEW:
        return
    callee = facts.callee(value) if is_call else None
    rule = lookup(callee) if callee is not None else None
    kinds = (forward.kind_of_name(n.id) for n in walk(value) if _is_name(n))
    contiguous = all(k.contiguous for k in kinds if isinstance(k, Array))
    if (_may_copy(value) and not contiguous) or (
        rule is not None and rule.view and rule.kind == "rule"
    ):
        raise Refused(
            statement, "this may be a view or a copy of memory that is written into"
        )


def _is_name(node: Any) -> bool:
    return isinstance(node, gast.Name)


def _may_copy(text: Any) -> bool:
    """Whether an expression is a view of contiguous memory, and a copy of other."""
    return any(
        isinstance(n, gast.Attribute) and n.attr in ("reshape", "ravel", "view")
        for n in walk(text)
    )


# --- several names ------------------------------------------------------------------


def unpacked(
    forward: Forward, statement: Any, elements: list[Any], value: Any
) -> list[Any]:
    """`a, b = value`."""
    bound = {n.id for e in elements for n in walk(e) if isinstance(n, gast.Name)}
    if not bound & forward.carriers:
        return [statement]
    if not all(isinstance(e, gast.Name) for e in elements):
        raise Refused(statement, "this unpacking is outside the language")
    names = [e.id for e in elements]
    if isinstance(value, gast.Tuple | gast.List) and len(value.elts) == len(names):
        return _parallel(forward, statement, names, value.elts)
    return built(forward, lambda use: _unpacked(forward, statement, names, value, use))


def _parallel(
    forward: Forward, statement: Any, names: list[str], values: list[Any]
) -> list[Any]:
    """`a, b = f(a), g(b)`: every right side sees the values before."""
    push = forward.push(statement)
    dots, texts = [], []
    for identifier, value in zip(names, values, strict=True):
        if identifier in forward.carriers:
            kind = forward.kind_of(value)
            text = tangent_text(forward, push, value, kind, None)
            dots.append(forward.dot(identifier))
            texts.append(owned(forward, statement, push, text, identifier, value))
    made = [
        assign(tuple_of(map(name, dots)), tuple_of(texts))
        if len(dots) > 1
        else assign(dots[0], texts[0])
    ]
    return placed(statement, push, made, set(names))


def _unpacked(
    forward: Forward, statement: Any, names: list[str], value: Any, use: bool
) -> list[Any]:
    """`a, b = expression`."""
    result = tuple_of(name(n + PRIME) for n in names)
    push = forward.push(statement, value, result if use else None)
    tangent = push.tangent(value, True)
    if tangent.is_zero:
        kinds = [forward.facts.kind_of(e) for e in statement.targets[0].elts]
        made = [
            assign(forward.dot(n), push.zero(kind, lambda n=n: name(n + PRIME)))  # type: ignore[misc]
            for n, kind in zip(names, kinds, strict=True)
            if n in forward.carriers
        ]
    else:
        to = [forward.dot(n) if n in forward.carriers else "_" for n in names]
        text = push.whole(tangent, value)
        text = owned(forward, statement, push, text, names[0], value)
        made = [assign(tuple_of(map(name, to)), text)]
    return placed(statement, push, made, set(names))
