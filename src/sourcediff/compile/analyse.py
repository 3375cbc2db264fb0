"""One function, one signature: normal form, kinds, aliases, activity, liveness."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import gast
import numpy as np

from sourcediff.analysis.activity import Activity
from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import Bindings, Calls
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.inference import KindFacts, infer
from sourcediff.analysis.liveness import Liveness
from sourcediff.analysis.nested import is_scope
from sourcediff.analysis.sharing import operand
from sourcediff.analysis.shifts import cancelled_shifts
from sourcediff.compile.accumulators import bind_sums_anew
from sourcediff.compile.apart import name_results
from sourcediff.compile.arrays import spell_arrays
from sourcediff.compile.callees import is_users, program_of
from sourcediff.compile.captured import spell_captured
from sourcediff.compile.data import data_kinds
from sourcediff.compile.elements_changed import spell_places
from sourcediff.compile.harmless import is_harmless
from sourcediff.compile.hoist import restore, split_calls
from sourcediff.compile.keys import name_keys
from sourcediff.compile.made_anew import make_views_anew
from sourcediff.compile.prepare import prepared
from sourcediff.compile.rebinding import name_apart
from sourcediff.compile.taken_apart import take_apart
from sourcediff.errors import CompileError, Location, Problem
from sourcediff.front import normalize
from sourcediff.front.containers import expand_containers
from sourcediff.front.mutations import expand_mutations
from sourcediff.front.operators import spell_operators
from sourcediff.front.stars import has_star
from sourcediff.front.unrolling import fold_keys, unroll_keys
from sourcediff.ir import Program
from sourcediff.kinds import Array, Kind, Scalar, Static, scalar_of
from sourcediff.rules import lookup
from sourcediff.trees import clone, walk

Names = frozenset[str]
Environment = Mapping[str, Kind]
#: So often calls may be replaced by what they call, each time one level deeper.
DEEPEST = 12


@dataclass(frozen=True)
class Shape:
    """What a function's statements are, before the call pairs are known.

    `originals` are the user's expressions for the calls that are spelled plainly;
    `inlined` the functions whose statements stand in the place of their calls.
    """

    program: Program
    kinds: KindFacts
    originals: Mapping[Any, Any] = field(default_factory=dict)
    inlined: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Replacement:
    """A program with the statements of `functions` in the place of their calls.

    `is_normal`: it is in normal form still.
    """

    program: Program
    functions: tuple[Any, ...]
    is_normal: bool


class World(Protocol):
    """What the shape of a function depends on: the functions that it calls."""

    def outcome(
        self, function: Any, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """What a call comes to."""

    def is_pure_call(self, node: Any, kinds: KindFacts) -> bool:
        """Whether a call has no effect but its result."""

    def inlined(
        self, shape: Shape, environment: Environment, active: Names
    ) -> Replacement | None:
        """The program with callees' statements in the place of calls."""


def shaped(
    shape: Shape, environment: Environment, active: Names, world: World
) -> Shape:
    """A program with callees' statements in the place of calls, where that must be.

    `shape` is that of the program before; its tree is the caller's to change.
    """
    functions: tuple[Any, ...] = ()
    for _ in range(DEEPEST):
        found = world.inlined(shape, environment, active)
        if found is None:
            kinds = _with_named_results(shape, environment, world)
            return Shape(shape.program, kinds, shape.originals, functions)
        functions += found.functions
        program = (
            copied(found.program)
            if found.is_normal
            else normalize(prepared(found.program), active, environment)
        )
        take_apart(program.node)
        shape = split(program, environment, world)
    program = shape.program
    place = Location(program.origin.file, program.origin.line)
    cause = f"calls that write into what they are given are nested over {DEEPEST} deep"
    raise CompileError(program.name, place, [Problem(place, program.name, cause)])


def copied(program: Program) -> Program:
    """The program with a tree and names of its own."""
    return replace(program, node=clone(program.node), statics=dict(program.statics))


def split(program: Program, environment: Environment, world: World) -> Shape:
    """A program in normal form with its calls of user functions on lines of their own.

    The tree is the caller's to change.
    """
    known = {**data_kinds(program), **environment}
    name_keys(program, known)
    kinds = infer(program, known, world.outcome)
    if spell_captured(program, kinds.of):
        kinds = infer(program, known, world.outcome)
    starred = any(has_star(n) for n in kinds.nodes if n.__class__ is gast.Call)
    for _ in range(DEEPEST):
        spells = starred or kinds.has_objects()
        changed = spells and spell_operators(program, kinds.of)
        if not changed and not spell_arrays(program, kinds):
            break
        kinds = infer(program, known, world.outcome)
    if unroll_keys(program, kinds.of, environment):
        kinds = infer(program, known, world.outcome)
    if fold_keys(kinds.nodes, kinds.of):
        kinds = infer(program, known, world.outcome)
    if spell_places(program, kinds):
        kinds = infer(program, known, world.outcome)
    expanded = expand_mutations(program, kinds.of)
    if expanded is not program:
        program = expanded
        kinds = infer(program, known, world.outcome)
    first = kinds
    if make_views_anew(
        program, kinds, lambda node: not world.is_pure_call(node, first)
    ):
        kinds = infer(program, known, world.outcome)
    if name_apart(program, kinds, lambda node: not world.is_pure_call(node, first)):
        kinds = infer(program, known, world.outcome)
    if bind_sums_anew(program, kinds):
        kinds = infer(program, known, world.outcome)
    originals: dict[Any, Any] = {}
    for _ in range(DEEPEST):  # what a call makes may be called in turn
        now = kinds
        taken_out = split_calls(
            program, now, functools.partial(world.is_pure_call, kinds=now)
        )
        originals |= taken_out.originals
        if not taken_out.changed:
            break
        kinds = infer(program, known, world.outcome)
        if not starred and not kinds.has_objects():
            break
        while spell_operators(program, kinds.of):
            kinds = infer(program, known, world.outcome)
    if expand_containers(program, kinds.of, kinds.nodes):
        name_keys(program, known)
        kinds = infer(program, known, world.outcome)
    return Shape(program, kinds, originals)


def _with_named_results(
    shape: Shape, environment: Environment, world: World
) -> KindFacts:
    """The kinds of a program where no result has the name of what its call writes."""
    program, kinds = shape.program, shape.kinds
    is_pure = functools.partial(world.is_pure_call, kinds=kinds)
    if not name_results(program, kinds, is_pure):
        return kinds
    known = {**data_kinds(program), **environment}
    return infer(program, known, world.outcome)


def twin(shape: Shape) -> Shape | None:
    """The shape with a tree of its own; None where it defines functions.

    Those are kinds of values themselves.
    """
    program = copied(shape.program)
    nodes = walk(shape.program.node)
    if any(map(is_scope, nodes[1:])):
        return None
    copies = [*zip(nodes, walk(program.node), strict=True)]
    originals = {}
    for node, other in list(copies):
        if node in shape.originals:
            originals[other] = clone(shape.originals[node])
            written = walk(shape.originals[node]), walk(originals[other])
            copies += zip(*written, strict=True)
    return Shape(program, shape.kinds.of_copies(copies), originals)


def unsplit(shape: Shape) -> None:
    """Spell all calls as the user did again."""
    restore(shape.program.node.body, shape.originals, ())


def facts_of(
    shape: Shape,
    active: Names,
    written: Callable[[Any], list[Any]],
    shares: Callable[[Any], list[Any] | None],
    outputs: Names = frozenset(),
) -> Facts:
    """The analyses of a program in normal form; `outputs` are of use at its end."""
    kinds, program = shape.kinds, shape.program
    body = program.node.body
    aliases = Aliases(body, kinds.of, kinds.callee, shares, program.parameters)
    spelled = [n for o in shape.originals.values() for n in walk(o)]
    bindings, calls = Bindings((*kinds.nodes, *spelled)), Calls()

    @functools.cache
    def activity() -> Activity:
        return Activity(
            body,
            active,
            kinds.of,
            kinds.callee,
            written,
            aliases,
            outputs,
            cancelled_shifts(body, kinds.of, kinds.callee, aliases, outputs, calls),
            bindings,
            calls,
        )

    @functools.cache
    def liveness() -> Liveness:
        return Liveness(body, outputs, bindings)

    return Facts(
        program,
        kinds.of,
        kinds.callee,
        kinds.before,
        written,
        aliases,
        activity,
        liveness,
        bindings,
        calls,
    )


def written_arguments(node: Any, kinds: KindFacts, effect: Any) -> list[Any]:
    """The argument expressions that a call writes into.

    `effect(function, node)` tells which parameters a user's function writes into.
    """
    function = kinds.callee(node)
    rule = lookup(function) if function is not None else None
    out = [k.value for k in node.keywords if k.arg == "out"]
    if isinstance(function, np.ufunc):
        return [*node.args[function.nin :], *out]
    if rule is not None:
        if rule.kind != "mutation":
            return out
        written = operand(node, kinds.of)
        first = None, rule.parameters[0].name
        named = [k.value for k in node.keywords if k.arg in first]
        return [*(named if written is None else [written]), *out]
    if is_users(function):
        return list(effect(function, node))
    is_local = isinstance(function, gast.AST)
    if function is not None and not is_local and is_harmless(function):
        return []
    # It may do anything.
    given = [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node.func, gast.Attribute):
        given.append(node.func.value)
    return [a for a in given if isinstance(kinds.of(a), Array)]


def is_array(kind: Kind) -> bool:
    """Whether a value of this kind may be memory that can be written into."""
    return not isinstance(scalar_of(kind), (Scalar, Static))


__all__ = ["is_users", "program_of"]
