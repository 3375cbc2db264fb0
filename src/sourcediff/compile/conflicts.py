"""Calls that write what the derivative reads again: variables from outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import gast

from sourcediff.analysis.attributes import CONSTANT_MODULES
from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.compile.callbacks import acting, silent_methods
from sourcediff.compile.callees import is_users
from sourcediff.compile.consumed import interleaved
from sourcediff.compile.outside import Place, meets, namespace_of
from sourcediff.compile.outside_effects import Followed, Own
from sourcediff.compile.recoding import changed_code
from sourcediff.compile.refusals import problem
from sourcediff.errors import Problem
from sourcediff.ir import Program
from sourcediff.kinds import Array, Record
from sourcediff.rules import parameters_with_output
from sourcediff.trees import walk


def changes_out_of_sight(facts: Facts, followed: Followed) -> list[Problem]:
    """Where something is written that the reverse sweep reads, and nothing shows it.

    `followed` knows what the user's functions do.
    """
    return [
        *conflicts(facts, followed),
        *changing_contexts(facts, followed),
        *changing_tests(facts, followed),
        *spelled_otherwise(facts),
        *changed_code(facts),
        *interleaved(facts),
    ]


def conflicts(facts: Facts, followed: Followed) -> Iterator[Problem]:
    """The calls of a program that write what it, or another call, reads.

    The reverse sweep reads data from outside anew, those of callees as well, and what
    they returned of them, so that nobody may have written into them after the forward
    sweep has read them. Where the program itself does it is known what to save.
    """
    program = facts.program
    calls = [
        (node, facts.callee(node))
        for statement in walk_statements(program.node.body)
        for node in facts.calls.of(statement)
        if is_users(facts.callee(node))
    ]
    known = [f for value in _outside_of(program) for f in acting(value)]
    if not calls and not known:
        return
    done = {node: followed.effects(function) for node, function in calls}
    read_by_pairs = any(done[node].reads for node, _ in calls if node in facts.pairs)
    possible = (*done.values(), *map(followed.effects, known))
    if not read_by_pairs and not any(e.writes or e.given for e in possible):
        return
    text = Own(program)
    own = text.effects
    by_calls = frozenset[Place]().union(
        *(
            effects.reads if node in facts.pairs else effects.returns
            for node, effects in done.items()
        )
    )
    for node, function in [*calls, *text.acting]:
        effects = followed.effects(function)
        written = effects.writes
        if node in done:
            written |= text.classes_given(node, function, effects.given)
        place = meets(written, own.reads | by_calls)
        if place is None and node in facts.pairs:
            place = meets(own.writes, effects.reads)
        if place is not None:
            cause = (
                f"{function.__name__} and what is differentiated here share "
                f"{place.label}, which is written; make it an argument"
            )
            yield problem(facts, node, cause)


def _outside_of(program: Program) -> Iterator[Any]:
    """What the names of a program stand for that it does not bind."""
    yield from program.statics.values()
    for name in program.data:
        holder = namespace_of(program, name)
        yield None if holder is None else holder.get(name)


def changing_tests(facts: Facts, followed: Followed) -> Iterator[Problem]:
    """The objects that change where they are tested, compared or walked through.

    No call shows there, so that nobody knows what to keep.
    """
    seen = set[str]()
    for node in walk(facts.program.node):
        if node.__class__ is not gast.Name or node.id in seen:
            continue
        kind = facts.kind_of(node)
        if isinstance(kind, Record) and isinstance(kind.type, type):
            seen.add(node.id)
            for method in silent_methods(kind.type):
                done = followed.effects(method)
                if done.writes or done.given:
                    cause = f"{method.__name__} changes {node.id}, and no call shows it"
                    yield problem(facts, node, cause)


def spelled_otherwise(facts: Facts) -> Iterator[Problem]:
    """Spellings of writes into arrays, and of reads, that no analysis looks for."""
    for statement in walk_statements(facts.program.node.body):
        for node in facts.calls.of(statement):
            names = parameters_with_output(facts.callee(node))
            if "out" in names[: len(node.args)]:
                yield problem(facts, node, "give the array for the result as out=")
            if _takes_object_for_number(node, facts):
                cause = "an object tells its number out of sight; call its method"
                yield problem(facts, node, cause)
        for target in getattr(statement, "targets", ()):
            is_attribute = isinstance(target, gast.Attribute)
            if is_attribute and isinstance(facts.kind_of(target.value), Array):
                cause = f"an array's {target.attr} is stored; store into its elements"
                yield problem(facts, target, cause)
        value: Any = getattr(statement, "value", None)
        is_flat = isinstance(value, gast.Attribute) and value.attr == "flat"
        if is_flat and isinstance(facts.kind_of(value.value), Array):
            cause = "an iterator over elements gets a name; use ravel()"
            yield problem(facts, value, cause)


def _takes_object_for_number(node: Any, facts: Facts) -> bool:
    function = facts.callee(node)
    takes_numbers = getattr(function, "__module__", "") == "math"
    kinds = map(facts.kind_of, node.args)
    return (function in (float, complex) or takes_numbers) and any(
        isinstance(kind, Record) and not issubclass(kind.type, tuple) for kind in kinds
    )


def changing_contexts(facts: Facts, followed: Followed) -> Iterator[Problem]:
    """The contexts that change what others see: objects, or variables from outside.

    The reverse sweep enters them again, and reads after them what it has read before.
    """
    for statement in walk_statements(facts.program.node.body):
        for item in statement.items if isinstance(statement, gast.With) else ():
            node = item.context_expr
            is_new = isinstance(node, gast.Call) and item.optional_vars is None
            done = [followed.effects(f) for f in _entered(node, facts)]
            if any(e.writes or (e.given and not is_new) for e in done):
                cause = "entering this changes what is read elsewhere"
                yield problem(facts, node, cause)


def _entered(node: Any, facts: Facts) -> Iterator[Any]:
    """The user's functions that run where a context is entered and left."""
    kind = facts.kind_of(node)
    made = facts.callee(node) if isinstance(node, gast.Call) else None
    home = kind.type if isinstance(kind, Record) else made
    found = [getattr(home, name, None) for name in ("__enter__", "__exit__")]
    found.append(getattr(made, "__wrapped__", None))
    yield from (f for f in found if isinstance(f, FunctionType) and _is_written_here(f))


def _is_written_here(function: FunctionType) -> bool:
    """Whether a function is no library's, which puts back what it changes."""
    home = (function.__module__ or "").partition(".")[0]
    return home not in sys.stdlib_module_names and home not in CONSTANT_MODULES
