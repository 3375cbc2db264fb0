"""From facts to the two sweeps of a function."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.compile.collecting import collected
from sourcediff.compile.dead import remover
from sourcediff.compile.references import References
from sourcediff.compile.refusals import compile_error, refused
from sourcediff.compile.unit import Unit, unit_of
from sourcediff.compile.wholes import whole_structures
from sourcediff.compile.writes import written_parameters
from sourcediff.kinds import Array, Kind
from sourcediff.transform.accumulate import State
from sourcediff.transform.assemble import Assembly
from sourcediff.transform.build import assign, const
from sourcediff.transform.kept_levels import KeptLevels
from sourcediff.transform.kept_parts import KeptParts
from sourcediff.transform.levels import by_level
from sourcediff.transform.names import Names
from sourcediff.transform.once import touched_once
from sourcediff.transform.overwrite import overwrite_zeros
from sourcediff.transform.precision import masks_singles
from sourcediff.transform.read_views import read_views
from sourcediff.transform.refused import Refused
from sourcediff.transform.replay import Replay
from sourcediff.transform.reverse import Reverse
from sourcediff.transform.saving import Saving
from sourcediff.transform.simplify import Dead
from sourcediff.transform.sweep import Block, killed, steps_of
from sourcediff.transform.tidy import Tidy
from sourcediff.transform.views import Entangled, entangled_views, written_names
from sourcediff.trees import walk


@dataclass
class Sweeps:
    """The two sweeps of one function and what is known for putting them together.

    `written` are the parameters whose memory the primal writes into.
    """

    facts: Facts
    environment: Mapping[str, Kind]
    reverse: Reverse
    block: Block
    names: Names
    bindings: dict[str, Any]
    stacks: list[str]
    unbound: list[str]
    restored: set[str]
    saving: Saving
    results: list[Any]
    written: list[str]
    forward: list[Any] = field(default_factory=list)
    backward: list[Any] = field(default_factory=list)
    pulled: list[Any] | None = None
    handed_over: list[str] | None = None
    iterated: set[str] = field(default_factory=set)
    incoming: tuple[list[str], list[Any]] | None = None

    @property
    def dead(self) -> Dead:
        """The remover of dead code for this function."""
        return remover(self.facts, self.groups, self.bindings, self.backward)

    @functools.cached_property
    def groups(self) -> dict[str, frozenset[str]]:
        """By name of the generated code, those that it may share memory with."""
        groups = dict(self.facts.aliases.groups)
        for group in self._shared_cotangents():
            for bar in group:
                groups[bar] = groups.get(bar, frozenset()) | group - {bar}
        keepers = {**self.saving.kept}
        for step in steps_of(self.block):  # what a callee has saved holds arguments
            for saved in (
                step.kills - self.facts.bindings[step.statement] if step.held else ()
            ):
                keepers[saved] = set(step.held)
                for stack in [s for s, k in self.saving.kept.items() if saved in k]:
                    keepers[stack] = keepers[stack] | step.held
        for stack, kept in keepers.items():
            for key in kept.union(*(groups.get(n, frozenset()) for n in kept)):
                groups[key] = groups.get(key, frozenset()) | {stack}
        return groups

    @property
    def fresh(self) -> set[str]:
        """The parameters whose cotangents are arrays in memory of their own."""
        states = self.reverse.cotangents.states
        bars = {getattr(result, "id", "") for result in self.results}
        return {
            place[0]
            for place, state in list(states.items())
            if len(place) == 1 and state.owned and self.names.bar(place) in bars
            if isinstance(kind := self.environment.get(place[0]), Array)
            if kind.ndim not in (0, None)
        }

    def lean(self, body: list[Any], alone: bool = False) -> list[Any]:
        """A function's body without what nobody reads or need not have a name.

        `alone`: no other function names the same values.
        """
        dead, reverse = self.dead, self.reverse
        if self.restored:
            parts = KeptParts(
                frozenset(self.stacks), dead.groups, dead.is_pure, self.names.fresh
            )
            parts.block(body)
            kinds = self.saving.kept_parts
            reverse.declared.update({n: kinds[s] for n, s in parts.labels.items()})
        kept, _ = dead.block(body, set())
        momentary = {n for n in reverse.temporaries if not self.names.is_bar(n)}
        kinds_met = [*reverse.declared.values(), *self.environment.values()]
        tidy = Tidy(
            momentary,
            reverse.bars,
            dead.groups,
            dead.is_pure,
            reverse.is_scalar,
            not masks_singles(kinds_met),
        )
        kept = tidy.function(kept)
        free = momentary if alone else momentary & reverse.bars
        self._rename(self.names.renumbered(kept, free))
        return kept

    def _rename(self, renamed: Mapping[str, str]) -> None:
        """Let what is known of names be known of those that stand for them now."""
        moved = {old: new for old, new in renamed.items() if old != new}
        gone = set(moved.values()) - renamed.keys()  # names of what is no more
        reverse = self.reverse
        narrow = (reverse.narrow, reverse.cotangents.narrow)
        for names in (*narrow, reverse.bars, reverse.temporaries):
            new = {moved.get(n, n) for n in names - gone}
            names.clear()
            names.update(new)
        declared = {k: v for k, v in reverse.declared.items() if k not in gone}
        reverse.declared.clear()
        reverse.declared.update({moved.get(k, k): v for k, v in declared.items()})
        groups = {k: v for k, v in self.groups.items() if k not in gone}
        self.groups.clear()
        for key, group in groups.items():
            partners = frozenset(moved.get(n, n) for n in group - gone)
            self.groups[moved.get(key, key)] = partners

    def replay(self, forward: list[Any], backward: list[Any]) -> None:
        """Let loops walk through what was kept for them, where they can.

        That is for bodies in which nothing is dead; they may be one.
        """
        replay = Replay(set(self.stacks), self.names.fresh)
        replay.run(forward, backward)
        self.iterated |= replay.iterated
        kept = self.saving.kept
        for stack, union in replay.replaced.items():
            kept[union] = kept.get(union, set()) | kept.get(stack, set())
        self.stacks[:] = dict.fromkeys(replay.replaced.get(s, s) for s in self.stacks)

    def by_level(self, body: list[Any]) -> list[Any]:
        """The body with cotangents laid out the way in which its loops walk."""
        reverse, groups = self.reverse, self.groups
        own = reverse.bars - reverse.shadows.bars - set(reverse.temporaries)
        return by_level(
            body, reverse.declared, lambda n: n in own and not groups.get(n)
        )

    def _shared_cotangents(self) -> list[frozenset[str]]:
        """Names of cotangents that are views of the same memory."""
        views = self.reverse.views
        found: dict[str, set[str]] = {}
        for view in views.definitions:
            found.setdefault(views.root(view), set()).add(self.names.bar((view,)))
        return [
            frozenset(bars.union(map(self.names.bar, self.names.places_of((base,)))))
            for base, bars in found.items()
        ] + [frozenset(self.reverse.shadows.bars)]

    def starts(self) -> list[Any]:
        """Empty stacks, and placeholders for names that may not be bound yet."""
        starts = [
            assign(s, gast.List([], gast.Load())) for s in dict.fromkeys(self.stacks)
        ]
        parameters = set(self.facts.program.parameters)
        missing = [n for n in self.unbound if n not in parameters]
        return starts + [assign(n, const(None)) for n in missing]

    def unit(self, label: str, tree: Any) -> Unit:
        """A function that was put together from the sweeps.

        Raises `CompileError` where it reads a cotangent that nothing has made: that of
        a part of what stands outside, which is changed by another name.
        """
        unit = unit_of(self.facts.program, self.bindings, label, tree)
        read = self.reverse.bars & unit.names
        made = {
            node.id
            for node in (walk(tree) if read else ())
            if node.__class__ is gast.Name and not isinstance(node.ctx, gast.Load)
        }
        for bar in sorted(read - made):
            cause = f"what {bar.removesuffix('_bar')} is has another name; copy it"
            raise compile_error(self.facts, [(self.facts.program.node, cause)])
        return unit


def sweep(
    facts: Facts,
    environment: Mapping[str, Kind],
    pair: Pair | None,
    label: str,
    wrt: tuple[str, ...],
    keep_result: bool = False,
    has_aux: bool = False,
) -> Sweeps:
    """Write both sweeps of a function and the gradients of the parameters `wrt`.

    Raises CompileError with all the function's problems.
    """
    program = facts.program
    taken = {n.id for n in walk(program.node) if isinstance(n, gast.Name)}
    taken |= set(program.statics) | program.data | set(program.parameters)
    names = Names(taken | {label})
    references = References(facts, names)
    seed = names.fresh("out_" + names.suffix)
    gives_result = pair is None or pair.result_active
    reverse = _reverse(
        facts,
        names,
        references,
        seed if gives_result else None,
        keep_result or pair is not None,
    )
    reverse.has_aux = has_aux
    reverse.cotangents.constants = frozenset({seed})
    if pair is not None:
        _seed_written(reverse, pair, environment)
    block = reverse.run(program.node.body, _end_environment(facts, environment))
    reverse.env = dict(environment)
    try:
        results = [collected(reverse, (p,), environment, block.at_entry) for p in wrt]
        if not reverse.problems:
            block.final = [gast.Expr(r) for r in results]
            saving = _saving(facts, reverse, block, taken)
    except Refused as problem:
        reverse.problems.append(problem)
    if reverse.problems:
        raise refused(facts, reverse.problems)
    sweeps = Sweeps(
        facts,
        environment,
        reverse,
        block,
        names,
        references.bindings,
        saving.stacks,
        sorted(saving.unbound | reverse.unbound),
        saving.restored | reverse.shadows.bars,
        saving,
        results,
        written_parameters(facts),
    )
    assembly = Assembly(program.origin)
    sweeps.forward = assembly.forward(block)
    backward = assembly.reverse(block)
    backward = overwrite_zeros(backward, reverse.bars, sweeps.groups)
    own = {n for n in reverse.bars - reverse.shadows.bars if not sweeps.groups.get(n)}
    sweeps.backward = touched_once(
        backward, own, results, reverse.counts, reverse.declared
    )
    return sweeps


def _reverse(
    facts: Facts,
    names: Names,
    references: References,
    seed: str | None,
    keep_result: bool,
) -> Reverse:
    """The reverse transformation of a program, not yet run."""
    program = facts.program
    try:
        whole = whole_structures(facts)
        parameters = frozenset(program.parameters)
        views = entangled_views(facts, parameters, whole)
        written = written_names(facts, program.node.body) | views.mirrored
        read = read_views(facts, views, parameters, whole, written)
    except Entangled as problem:
        raise compile_error(facts, [(problem.node, problem.cause)]) from None
    views = views.joined(read)
    return Reverse(facts, names, references, views, whole, written, seed, keep_result)


def _saving(facts: Facts, reverse: Reverse, block: Block, taken: set[str]) -> Saving:
    """What of the primal survives for the reverse sweep, and how."""
    levels = KeptLevels(facts, reverse.names, reverse.fixed, reverse.counts)
    levels.run(block)
    parameters = frozenset(facts.program.parameters)
    shadows = reverse.shadows
    primal = parameters | killed(block) | taken
    saving = Saving(
        facts,
        reverse.names,
        set(primal - reverse.bars) | shadows.bars,
        parameters | shadows.given,
        reverse.is_scalar_name,
    )
    saving.shadows = shadows.primal
    saving.fixed, saving.counts = reverse.fixed, reverse.counts
    saving.run(block)
    saving.stacks += levels.stacks
    saving.kept.update(levels.kept)
    return saving


def _seed_written(
    reverse: Reverse, pair: Pair, environment: Mapping[str, Kind]
) -> None:
    """The cotangents of arrays that a callee writes into come in as arguments."""
    for parameter_name in pair.written:
        place = (parameter_name,)
        reverse.cotangents.declare(
            reverse.names.bar(place), environment[parameter_name]
        )
        reverse.result_state[place] = State(owned=True)
        reverse.cotangents.states[place] = State(owned=True)


def _end_environment(facts: Facts, environment: Mapping[str, Kind]) -> dict[str, Kind]:
    found: dict[str, Kind] = dict(environment)
    for statement in walk_statements(facts.program.node.body):
        found.update(facts.environment(statement))
        if isinstance(statement, gast.Assign):
            for target in statement.targets:
                for node in walk(target):
                    if isinstance(node, gast.Name):
                        found.setdefault(node.id, facts.kind_of(node))
    return found
