"""The two sweeps as a pair of functions, which callers and pullbacks use."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Pair
from sourcediff.analysis.liveness import Liveness
from sourcediff.compile.sweeps import Sweeps
from sourcediff.compile.unit import Unit, spelled_defaults
from sourcediff.kinds import Unknown
from sourcediff.transform.assemble import definition, simple_arguments
from sourcediff.transform.build import assign, call, const, name, tuple_of
from sourcediff.transform.simplify import CONTENT
from sourcediff.transform.sweep import killed
from sourcediff.trees import walk


def forward_unit(sweeps: Sweeps, pair: Pair) -> tuple[Unit, Pair]:
    """The forward function of a pair, and the pair as its callers may now see it."""
    program = sweeps.facts.program
    backward = _backward_body(sweeps, pair)
    live = _read_first(backward, sweeps)
    own = list(live)
    saved = tuple_of(map(name, own))
    out = sweeps.reverse.result
    result = name(out) if _returns(program) else const(None)
    certain = {n for s in sweeps.forward for n in _certainly_bound(s)}
    certain |= set(program.parameters) | set(sweeps.stacks) | set(sweeps.unbound)
    missing = [assign(n, const(None)) for n in [*own, out] if n not in certain]
    if not _returns(program):
        missing = [s for s in missing if s.targets[0].id != out]
    end = gast.Return(tuple_of([result, saved]))
    body = [*sweeps.starts(), *missing, *sweeps.forward, end]
    seen = sweeps.written
    dead = sweeps.dead
    dead.at_exit = {*seen, *(n + CONTENT for n in seen)}
    kept, _ = dead.block(body, set())
    arguments = spelled_defaults(program.node.args)
    tree = definition(pair.forward, arguments, kept)
    groups = sweeps.facts.aliases.groups
    held = [*live, *(n for s in live for n in sweeps.saving.kept.get(s, ()))]
    needed = frozenset(p for p in program.parameters if _reaches(groups, p, held))
    final = replace(
        pair,
        needed=frozenset(p for p in needed if p in pair.needed),
        needs_result=pair.needs_result and _holds_result(sweeps, live),
        fresh=frozenset(pair.active) & sweeps.fresh - set(pair.written),
    )
    return sweeps.unit(pair.forward, tree), final


def _reaches(
    groups: Mapping[str, Set[str]], parameter_name: str, live: list[str]
) -> bool:
    """Whether saved names may be the memory of a parameter."""
    group = {parameter_name}
    for owner, partners in groups.items():
        if owner.partition("@")[0] == parameter_name:
            group |= {p.partition("@")[0] for p in partners}
    if group & set(live):
        return True
    return any(s.partition("_saved")[0] in group for s in live if "_saved" in s)


def _holds_result(sweeps: Sweeps, live: list[str]) -> bool:
    """Whether saved names may be the memory of the result."""
    body = sweeps.facts.program.node.body
    names = sweeps.facts.aliases.returned(body) | {sweeps.reverse.result}
    names |= sweeps.reverse.returned
    return bool(names & set(live))


def _returns(program: Any) -> bool:
    return any(
        isinstance(s, gast.Return) and s.value is not None
        for s in walk_statements(program.node.body)
    )


def _certainly_bound(statement: Any) -> set[str]:
    """The names that a statement binds whatever path is taken."""
    match statement:
        case gast.Assign() | gast.AugAssign():
            return _bound_in(statement)
        case gast.If(body=body, orelse=orelse):
            first = {n for s in body for n in _certainly_bound(s)}
            return first & {n for s in orelse for n in _certainly_bound(s)}
        case gast.With(body=body):
            return {n for s in body for n in _certainly_bound(s)}
        case _:
            return set()


def _backward_body(sweeps: Sweeps, pair: Pair) -> list[Any]:
    """The reverse sweep and the cotangents that it returns."""
    if sweeps.pulled is not None:
        return sweeps.pulled
    results = sweeps.results
    result = results[0] if len(results) == 1 else tuple_of(results)
    _, entered = _incoming(sweeps, pair)
    body = [*entered, *sweeps.backward, gast.Return(result)]
    sweeps.pulled = sweeps.lean(body)
    sweeps.replay(sweeps.forward, sweeps.pulled)
    sweeps.pulled = sweeps.by_level(sweeps.pulled)
    return sweeps.pulled


def _read_first(body: list[Any], sweeps: Sweeps) -> list[str]:
    """The primal's values that the reverse sweep reads, in a fixed order."""
    if sweeps.handed_over is None:
        bars = sweeps.reverse.bars
        entry = Liveness(body).entry
        known = _own_names(sweeps)
        sweeps.handed_over = sorted(n for n in entry if n not in bars and n in known)
    return sweeps.handed_over


def _own_names(sweeps: Sweeps) -> set[str]:
    program = sweeps.facts.program
    return (
        set(program.parameters)
        | killed(sweeps.block)
        | set(sweeps.stacks)
        | {n for s in sweeps.forward for n in _bound_in(s)}
    )


def _bound_in(statement: Any) -> set[str]:
    return {
        n.id
        for n in walk(statement)
        if n.__class__ is gast.Name and isinstance(n.ctx, gast.Store)
    }


def _private(sweeps: Sweeps, live: list[str], once: bool) -> list[Any]:
    """Copies of what the reverse sweep will write into or take elements off.

    What runs `once` may use up what the function has made for itself.
    """
    groups = sweeps.groups
    touched = {
        member
        for base in sweeps.restored
        for member in ({base} | {n.partition("@")[0] for n in groups.get(base, ())})
    }
    declared = sweeps.reverse.declared
    if touched:
        touched |= {n for n, kind in declared.items() if isinstance(kind, Unknown)}
    kept = sweeps.saving.kept
    copied = [n for n in live if ({n} | kept.get(n, set())) & touched]
    if once and not _is_seen(
        sweeps, [*copied, *(m for n in copied for m in kept.get(n, ()))]
    ):
        return []
    head: list[Any] = []
    if copied:
        helper = sweeps.reverse.reference(None, "private")
        result = call(helper, *map(name, copied))
        names = [gast.Name(n, gast.Store(), None, None) for n in copied]
        head.append(gast.Assign([gast.Tuple(names, gast.Store())], result, None))
    consumed = set(sweeps.stacks) - sweeps.iterated
    stacks = [n for n in live if n in consumed and n not in copied]
    return [*head, *(assign(n, call("list", name(n))) for n in stacks)]


def _is_seen(sweeps: Sweeps, held: list[str]) -> bool:
    """Whether a caller may have the memory of saved names, too."""
    if any(isinstance(sweeps.reverse.declared.get(n), Unknown) for n in held):
        return True
    groups = sweeps.facts.aliases.groups
    parameters = sweeps.facts.program.parameters
    return _holds_result(sweeps, held) or any(
        _reaches(groups, p, held) for p in parameters
    )


def _incoming(sweeps: Sweeps, pair: Pair) -> tuple[list[str], list[Any]]:
    """The cotangents of written parameters, put where the forward sweep made room."""
    if sweeps.incoming is not None:
        return sweeps.incoming
    names: list[str] = []
    entered: list[Any] = []
    for parameter_name in pair.written:
        bar = sweeps.names.bar((parameter_name,))
        if (parameter_name,) in sweeps.reverse.shadows:
            given = sweeps.names.fresh(bar)
            everything = gast.Subscript(name(bar), const(Ellipsis), gast.Store())
            entered.append(assign(everything, name(given)))
            bar = given
        names.append(bar)
    sweeps.incoming = names, entered
    return sweeps.incoming


def backward_unit(sweeps: Sweeps, pair: Pair, once: bool = False) -> Unit:
    """The backward function of a pair; it leaves what was saved as it found it.

    That is, unless it runs `once` for each run of the forward function.
    """
    body = _backward_body(sweeps, pair)
    live = _read_first(body, sweeps)
    reverse = sweeps.reverse
    saved = sweeps.names.fresh("saved")
    parameters = [saved]
    if pair.result_active:
        parameters.append(reverse.seed or "out_bar")
    parameters += _incoming(sweeps, pair)[0]
    head: list[Any] = []
    if len(live) == 1:
        target = gast.Tuple(
            [gast.Name(live[0], gast.Store(), None, None)], gast.Store()
        )
        head = [gast.Assign([target], name(saved), None)]
    elif live:
        elements = [gast.Name(n, gast.Store(), None, None) for n in live]
        head = [gast.Assign([gast.Tuple(elements, gast.Store())], name(saved), None)]
    head += _private(sweeps, live, once)
    tree = definition(pair.backward, simple_arguments(parameters), [*head, *body])
    return sweeps.unit(pair.backward, tree)
