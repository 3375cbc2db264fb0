"""Adjoints of calls that are made for their effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
)
from sourcediff.analysis.written_text import only_reports
from sourcediff.kinds import (
    Static,
)
from sourcediff.rules import lookup
from sourcediff.transform.build import (
    const,
)
from sourcediff.transform.refused import Refused
from sourcediff.transform.resizing import is_list, resize
from sourcediff.transform.stores import Store
from sourcediff.transform.sweep import Step

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def call_for_effect(reverse: Reverse, statement: Any, node: Any) -> Step:
    """A call whose result nothing uses: of a pair, `append`, `np.add.at`, harmless."""
    pair = reverse.facts.pairs.get(node)
    if pair is not None:
        return reverse.call_pair(statement, None, node, pair)
    step = Step(statement, [statement])
    function = node.func
    if isinstance(function, gast.Attribute):
        kind = reverse.facts.kind_of(function.value)
        if is_list(kind) and (resized := resize(reverse, statement, node)) is not None:
            return resized
        if function.attr == "at":
            return Store(reverse, statement, node.args[0]).accumulated_at(node)
        if function.attr in CONTAINER_METHODS and not isinstance(kind, Static):
            active = reverse.facts.is_active(function.value, statement) or any(
                reverse.facts.is_active(a, statement) for a in node.args
            )
            if active:
                raise Refused(
                    node,
                    f".{function.attr}() changes a list that is differentiated",
                )
            step.stores = [gast.Subscript(function.value, const(Ellipsis), None)]
    names = reverse.facts.activity.names(statement)
    callee = reverse.facts.callee(node)
    known = callee is not None and lookup(callee) is not None
    arguments = [*node.args, *(k.value for k in node.keywords)]
    if not known and any(_may_carry(reverse, a, names) for a in arguments):
        harmless = callee in (print, len, isinstance, repr, str, type, id)
        if not (harmless or only_reports(node, reverse.facts.program)):
            raise Refused(node, "what this call does to its arguments is not known")
    if reverse.facts.written(node) and any(
        reverse.facts.activity.is_active(a, names) for a in arguments
    ):
        raise Refused(node, "this call writes into a differentiated value")
    step.stores += [
        gast.Subscript(a, const(Ellipsis), None) for a in reverse.facts.written(node)
    ]
    return step


def _may_carry(reverse: Reverse, node: Any, names: frozenset[str]) -> bool:
    """Whether a call could write a derivative into, or take one from, a value."""
    node = node.value if isinstance(node, gast.Starred) else node
    return reverse.facts.activity.is_active(node, names)
