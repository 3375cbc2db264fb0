"""Which adjoint an augmented assignment has, by what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import Dict, List, Sequence, Unknown, present
from sourcediff.transform.access import Access, kind_before
from sourcediff.transform.augmenting import augmented_place
from sourcediff.transform.refused import Refused, number_or_array
from sourcediff.transform.stores import Store
from sourcediff.transform.sweep import Step

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def augmented(reverse: Reverse, statement: Any) -> Step:
    """`x op= v`: a store, or a number that is bound anew."""
    to, value = statement.target, statement.value
    if isinstance(statement.op, gast.FloorDiv):  # a step function
        return _stepped(reverse, statement, to)
    active = reverse.facts.is_active(value, statement)
    if active or reverse.facts.is_active(to, statement):
        _require_known(reverse, statement, to)
    if isinstance(reverse.node_kind(to), List | Sequence | Dict) and (
        active or reverse.facts.is_active(to, statement)
    ):
        raise Refused(statement, "write this change of a container as a new value")
    if not isinstance(to, gast.Name) or reverse.facts.writes_in_place(statement):
        return Store(reverse, statement, to).augmented(value)
    if not active and to.id not in reverse.facts.activity.names(statement):
        reverse.drop((to.id,))
        return Step(statement, [statement], kills={to.id})
    return augmented_place(reverse, statement, to, value, Access((to.id,)))


def _require_known(reverse: Reverse, statement: Any, to: Any) -> None:
    """Refuse a target of which it is not known what it is, before or afterwards."""
    names = reverse.facts.environment(statement)
    before = kind_before(to, reverse.facts.kind_of, names)
    for kind in (before and present(before), reverse.node_kind(to)):
        if isinstance(kind, Unknown):
            raise number_or_array(statement, kind)


def _stepped(reverse: Reverse, statement: Any, to: Any) -> Step:
    """`x //= v`: what comes out carries no derivative."""
    zero = gast.Constant(0.0, None)
    if not isinstance(to, gast.Name) or reverse.facts.writes_in_place(statement):
        step = Store(reverse, statement, to).plain(zero)
        step.forward = [statement]
        return step
    reverse.drop((to.id,))
    return Step(statement, [statement], kills={to.id})
