"""Adjoints of branches and loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sourcediff.analysis.effects import (
    assigned_in,
    walk_statements,
)
from sourcediff.analysis.expressions import truth
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Scalar,
    Static,
    is_differentiable,
    scalar_of,
)
from sourcediff.transform.access import (
    kind_at,
    leaves,
)
from sourcediff.transform.accumulate import State
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    const,
    name,
    names_in,
)
from sourcediff.transform.dependence import LoopSpace
from sourcediff.transform.iteration import repeat_backwards
from sourcediff.transform.names import Place
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Block, Branch, Loop
from sourcediff.transform.viewed import bound_view
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse

_BOOL = np.dtype(bool)


def if_statement(reverse: Reverse, statement: Any) -> Branch:
    """Both arms reversed; what they leave is made the same.

    An arm that the kinds rule out (`if bias is not None` where there is none) is none.
    """
    taken = truth(reverse.facts.kind_of(statement.test))
    states = reverse.cotangents.snapshot()
    after = reverse.env
    bound = reverse.views.snapshot()
    then = reverse.block([] if taken is False else statement.body, after)
    then_states = reverse.cotangents.states
    reverse.cotangents.states = dict(states)
    reverse.views.restore(bound)
    reverse.env = after
    otherwise = reverse.block([] if taken is True else statement.orelse, after)
    otherwise_states = reverse.cotangents.states
    reverse.views.restore(bound)
    _join(reverse, statement, then, then_states, otherwise, otherwise_states)
    return _branch(reverse, statement, then, otherwise)


def _branch(reverse: Reverse, statement: Any, then: Block, otherwise: Block) -> Branch:
    changed = assigned_in([statement], reverse.facts.bindings)
    simple = _is_plain_test(reverse, statement.test) and not (
        changed & set(names_in(statement.test))
    )
    if simple or (
        isinstance(statement.test, gast.Name) and not ({statement.test.id} & changed)
    ):
        test = statement.test
        return Branch(statement, [], test, clone(test), then, otherwise)
    identifier = reverse.names.fresh("branch")
    reverse.declare(identifier, Scalar(_BOOL))
    decide = at(statement, [assign(identifier, statement.test)])
    test = name(identifier)
    return Branch(statement, decide, test, clone(test), then, otherwise, {identifier})


def _is_plain_test(reverse: Reverse, test: Any) -> bool:
    """Whether a test is as cheap to evaluate again as to remember."""
    match test:
        case gast.Name() | gast.Constant():
            return isinstance(scalar_of(reverse.facts.kind_of(test)), Scalar | Static)
        case gast.UnaryOp(op=gast.Not(), operand=operand):
            return _is_plain_test(reverse, operand)
        case gast.Compare(left=left, comparators=[right]):
            return _is_plain_operand(reverse, left) and _is_plain_operand(
                reverse, right
            )
        case _:
            return False


def _is_plain_operand(reverse: Reverse, node: Any) -> bool:
    match node:
        case gast.Name() | gast.Constant():
            return isinstance(scalar_of(reverse.facts.kind_of(node)), Scalar | Static)
        case gast.BinOp(left=left, right=right):
            return _is_plain_operand(reverse, left) and _is_plain_operand(
                reverse, right
            )
        case gast.UnaryOp(operand=operand):
            return _is_plain_operand(reverse, operand)
        case _:
            return False


def _join(
    reverse: Reverse,
    statement: Any,
    then: Block,
    then_states: dict[Place, State],
    otherwise: Block,
    otherwise_states: dict[Place, State],
) -> None:
    """Make both arms leave the same cotangents, where they are still of use."""
    useful = reverse.facts.activity.useful(statement)
    reverse.env = reverse.facts.environment(statement)
    joined: dict[Place, State] = {}
    arms = ((then, then_states), (otherwise, otherwise_states))
    places = [
        p
        for p in {**then_states, **otherwise_states}
        if _is_useful(reverse, p[0], useful)
    ]
    for place in places:
        if reverse.views.is_view(place[0]):
            continue
        ends = [states.get(place) for _, states in arms]
        first, second = ends
        if first is not None and first == second:
            joined[place] = first
            continue
        kind = reverse.kind_at(place)
        certain = place[0] in reverse.bound_before.before(statement)
        plain = isinstance(kind, Array) and certain and place[0] not in reverse.buffers
        full = not plain and any(s is None or s.full for s in ends)
        result = []
        for block, states in arms:
            reverse.cotangents.states = states
            reverse.cotangents.out = []
            if plain and place not in states:  # a number broadcasts
                reverse.cotangents.out = [
                    assign(reverse.cotangents.bar(place), const(0.0))
                ]
                states[place] = State(owned=False, full=False)
            _start(reverse, place, statement)
            reverse.cotangents.settle(place, full)
            block.at_entry += reverse.taken()
            result.append(states[place])
        joined[place] = State(
            owned=all(s.owned for s in result), full=all(s.full for s in result)
        )
    reverse.cotangents.states = joined


def _start(reverse: Reverse, place: Place, statement: Any) -> None:
    """Make a cotangent an explicit one; its primal may not be bound at a statement."""
    certain = place[0] in reverse.bound_before.before(statement)
    if not certain and place not in reverse.cotangents.states:
        reverse.unbound.add(place[0])
    reverse.cotangents.start(place, certain)


def loop_statement(reverse: Reverse, statement: Any) -> Loop:
    """The body reversed; what lives through iterations is a variable before."""
    head = reverse.facts.activity.useful_after(statement)
    inner = reverse.facts.activity.useful(statement.body[0]) if statement.body else head
    body_env = (
        reverse.facts.environment(statement.body[0]) if statement.body else reverse.env
    )
    touched = _touched(reverse, statement)
    _enter_loop(reverse, statement, touched, inner)
    before = reverse.taken()
    entry = reverse.cotangents.snapshot()
    bound = reverse.views.snapshot()
    body, ends = _loop_body(reverse, statement, body_env, entry, touched)
    reverse.views.restore(bound)
    loop = Loop(statement, body)
    loop.at_exit = before
    reverse.env = reverse.facts.environment(statement)
    _leave_loop(reverse, statement, entry, ends, touched)
    repeat_backwards(reverse, loop, statement)
    return loop


def _touched(reverse: Reverse, statement: Any) -> set[str]:
    """The names whose cotangents the adjoint of a loop may read or change."""
    found: set[str] = set(assigned_in([statement], reverse.facts.bindings))
    for inner in walk_statements(statement.body):
        active = reverse.facts.activity.names(inner)
        found |= _all_names(inner) & (active | reverse.buffers)
    for identifier in list(found):
        if reverse.views.is_view(identifier):
            found.add(reverse.views.root(identifier))
    return found


def _enter_loop(
    reverse: Reverse, statement: Any, touched: set[str], useful: frozenset[str]
) -> None:
    """Cotangents that live through iterations become variables before the loop."""
    rebound = assigned_in([statement], reverse.facts.bindings)
    for identifier in sorted(touched):
        if not (_is_useful(reverse, identifier, useful) or _known(reverse, identifier)):
            continue
        if reverse.views.is_view(identifier):
            continue
        kind = reverse.env.get(identifier) or reverse.facts.environment(statement).get(
            identifier, UNKNOWN
        )
        if not is_differentiable(kind):
            continue
        for place in list(leaves((identifier,), kind, reverse.whole)):
            leaf_kind = kind_at(place, lambda n, k=kind: k)  # type: ignore[misc]
            if leaf_kind is not None and not is_differentiable(leaf_kind):
                continue
            present = place in reverse.cotangents.states
            if not present and not _is_useful(reverse, identifier, useful):
                continue
            _start(reverse, place, statement)
            reverse.cotangents.settle(place, True)
            if identifier not in rebound or identifier in reverse.buffers:
                reverse.cotangents.own(place)
            elif not isinstance(leaf_kind, Scalar):
                state = reverse.cotangents.states[place]
                reverse.cotangents.states[place] = State(False, state.full)
            else:
                reverse.cotangents.states[place] = State(owned=True)
    for identifier in sorted((touched - rebound) & reverse.views.buffers):
        if reverse.views.is_view(identifier) and identifier in useful:
            bound_view(reverse, identifier)


def _is_useful(reverse: Reverse, identifier: str, useful: frozenset[str]) -> bool:
    """Whether a variable's cotangent may count, also through its views."""
    return identifier in useful or any(
        view in useful
        for view in reverse.views.definitions
        if reverse.views.root(view) == identifier
    )


def _known(reverse: Reverse, identifier: str) -> bool:
    return any(p[0] == identifier for p in reverse.cotangents.states)


def _loop_body(
    reverse: Reverse,
    statement: Any,
    env: Mapping[str, Kind],
    entry: dict[Place, State],
    touched: set[str],
) -> tuple[Block, dict[Place, State]]:
    reverse.cotangents.states = {
        place: State(state.owned, state.full, state.deferred)
        for place, state in entry.items()
    }
    known = reverse.fixed | {s.variable for s in reverse.loops if s.variable}
    changed = assigned_in(statement.body, reverse.facts.bindings)
    reverse.loops.append(LoopSpace.of(statement, changed, frozenset(known)))
    body = reverse.block(statement.body, env)
    reverse.loops.pop()
    _require_passive_items(reverse, statement)
    head_env = env
    reverse.env = head_env
    for place in list(reverse.cotangents.states):
        if not reverse.views.is_view(place[0]) and place not in entry:
            del reverse.cotangents.states[place]
    for place, state in entry.items():
        if place[0] not in touched or reverse.views.is_view(place[0]):
            continue
        _start(reverse, place, statement.body[0])
        reverse.cotangents.settle(place, True)
        if state.owned and not reverse.cotangents.states[place].owned:
            reverse.cotangents.own(place)
    body.at_entry += reverse.taken()
    return body, reverse.cotangents.states


def _require_passive_items(reverse: Reverse, statement: Any) -> None:
    """Refuse a loop that was taken for one over keys, and whose items have cotangents.

    That is where nothing tells dicts from lists but the methods that are called.
    """
    if not isinstance(statement, gast.For):
        return
    states = reverse.cotangents.states
    items = {n for n in names_in(statement.target) if (n,) in states}
    if items and reverse.facts.activity.is_active(
        statement.iter, reverse.facts.activity.names(statement)
    ):
        cause = "this may be a dict or a list: loop over .keys() or .values() of dicts"
        raise Refused(statement, cause)


def _leave_loop(
    reverse: Reverse,
    statement: Any,
    entry: dict[Place, State],
    ends: dict[Place, State],
    touched: set[str],
) -> None:
    useful = reverse.facts.activity.useful(statement)
    reverse.cotangents.states = {
        place: State(
            entry[place].owned and ends.get(place, entry[place]).owned,
            entry[place].full,
            entry[place].deferred if place[0] not in touched else None,
        )
        for place in entry
        if _is_useful(reverse, place[0], useful) and not reverse.views.is_view(place[0])
    }


def _all_names(statement: Any) -> set[str]:
    return {n.id for n in walk(statement) if isinstance(n, gast.Name)}
