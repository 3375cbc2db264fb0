"""From facts to the trees of generated functions: gradients, pairs, pullbacks."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from sourcediff import runtime
from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    bindings,
    root,
    walk_statements,
)
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.analysis.liveness import Liveness
from sourcediff.compile.callees import defaults_of
from sourcediff.compile.unit import Unit
from sourcediff.errors import CompileError, Location, MissingRule, Problem
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    is_differentiable,
)
from sourcediff.rules import lookup
from sourcediff.transform.access import (
    Field,
    is_structure,
    kind_at,
    static_key,
    value_of,
)
from sourcediff.transform.accumulate import State
from sourcediff.transform.assemble import (
    Assembly,
    definition,
    parameter,
    simple_arguments,
)
from sourcediff.transform.build import (
    assign,
    call,
    clone,
    comment,
    const,
    method,
    name,
    names_in,
    tuple_of,
)
from sourcediff.transform.names import Names, Place
from sourcediff.transform.overwrite import overwrite_zeros
from sourcediff.transform.refused import NoRule, Refused
from sourcediff.transform.reverse import Reverse
from sourcediff.transform.saving import Saving
from sourcediff.transform.simplify import CONTENT, Dead
from sourcediff.transform.sweep import Block, killed, steps_of
from sourcediff.transform.views import Entangled, entangled_views, written_names

_BUILTINS = frozenset(
    {
        "len",
        "range",
        "abs",
        "min",
        "max",
        "sum",
        "float",
        "int",
        "bool",
        "round",
        "reversed",
        "zip",
        "enumerate",
        "list",
        "tuple",
        "dict",
        "pow",
        "divmod",
        "isinstance",
        "sorted",
        "set",
        "str",
        "slice",
    }
)
_NO_ARGUMENTS = simple_arguments([])


@dataclass
class Sweeps:
    """The two sweeps of one function and what is known for putting them together."""

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
    written: frozenset[str]
    results: list[Any]
    forward: list[Any] = field(default_factory=list)
    backward: list[Any] = field(default_factory=list)
    pulled: list[Any] | None = None
    incoming: tuple[list[str], list[Any]] | None = None

    @property
    def dead(self) -> Dead:
        """The remover of dead code for this function."""
        groups: dict[str, frozenset[str]] = {}
        aliases = self.facts.aliases
        statements = list(walk_statements(self.facts.program.node.body))
        for statement in statements:
            for relation in (aliases._before, aliases._after):
                for key, partners in relation.get(statement, {}).items():
                    groups[key] = groups.get(key, frozenset()) | partners
        for group in self._shared_cotangents():
            for bar in group:
                groups[bar] = groups.get(bar, frozenset()) | group - {bar}
        keepers = {**self.saving.kept}
        for step in steps_of(self.block):  # what a callee has saved holds arguments
            for saved in step.kills - bindings(step.statement) if step.held else ():
                keepers[saved] = set(step.held)
                for stack in [s for s, k in self.saving.kept.items() if saved in k]:
                    keepers[stack] = keepers[stack] | step.held
        for stack, kept in keepers.items():
            for key in kept.union(*(groups.get(n, frozenset()) for n in kept)):
                groups[key] = groups.get(key, frozenset()) | {stack}
        statics = self.facts.program.statics
        modules = {
            n
            for n, v in statics.items()
            if getattr(v, "__name__", "")
            in ("numpy", "math", "numpy.linalg", "numpy.fft")
        } | {"np"}
        known = {n for n, v in statics.items() if lookup(v) is not None}
        pure = _BUILTINS | set(self.bindings) | known
        return Dead(groups, frozenset(pure), frozenset(modules))

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


class References:
    """The names by which generated code refers to NumPy and to helpers."""

    def __init__(self, facts: Facts, names: Names) -> None:
        self._names = names
        self.bindings: dict[str, Any] = {}
        self._by_id: dict[int, str] = {}
        for key, value in facts.program.statics.items():
            if value is np:
                self._by_id[id(np)] = key

    def __call__(self, value: Any, label: str) -> Any:
        """The expression for an object; without one, for a helper of that name."""
        if value is None:
            value = getattr(runtime, label)
        if getattr(builtins, label, None) is value:
            return name(label)
        known = self._by_id.get(id(value))
        if known is None:
            known = self._names.fresh(label)
            self._by_id[id(value)] = known
            self.bindings[known] = value
        return name(known)


def sweep(
    facts: Facts,
    environment: Mapping[str, Kind],
    pair: Pair | None,
    label: str,
    wrt: tuple[str, ...],
    keep_result: bool = False,
) -> Sweeps:
    """Write both sweeps of a function and the gradients of the parameters `wrt`.

    Raises CompileError with all the function's problems.
    """
    program = facts.program
    taken = {n.id for n in gast.walk(program.node) if isinstance(n, gast.Name)}
    taken |= set(program.statics) | program.data | set(program.parameters)
    names = Names(taken | {label})
    references = References(facts, names)
    seed = names.fresh("out_" + names.suffix)
    try:
        whole = _whole_structures(facts)
        views = entangled_views(facts, frozenset(program.parameters), whole)
    except Entangled as problem:
        raise _compile_error(facts, [(problem.node, problem.cause)]) from None
    written = written_names(facts, program.node.body) | views.mirrored
    active_result = pair is None or pair.result_active
    reverse = Reverse(
        facts,
        names,
        references,
        views,
        whole,
        written,
        seed if active_result else None,
        keep_result or (pair is not None),
    )
    reverse.cotangents.constants = frozenset({seed})
    if pair is not None:
        _seed_written(reverse, pair, environment)
    after = _end_environment(facts, environment)
    block = reverse.run(program.node.body, after)
    if reverse.problems:
        raise _refused(facts, reverse.problems)
    reverse.env = dict(environment)
    results = [_collected(reverse, (p,), environment, block.at_entry) for p in wrt]
    block.final = [gast.Expr(r) for r in results]
    primal = set(program.parameters) | killed(block) | taken
    primal = (primal - reverse.bars) | reverse.shadows.bars
    saving = Saving(
        facts,
        names,
        primal,
        frozenset(program.parameters) | reverse.shadows.given,
        reverse.is_scalar_name,
    )
    saving.shadows = reverse.shadows.primal
    saving.run(block)
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
        written,
        results,
    )
    assembly = Assembly(program.origin)
    sweeps.forward = assembly.forward(block)
    backward = assembly.reverse(block)
    sweeps.backward = overwrite_zeros(backward, reverse.bars, sweeps.dead.groups)
    return sweeps


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
                for node in gast.walk(target):
                    if isinstance(node, gast.Name):
                        found.setdefault(node.id, facts.kind_of(node))
    return found


def _whole_structures(facts: Facts) -> frozenset[str]:
    """Structures that are reached by computed keys or that change their length."""
    found: set[str] = set()
    body = facts.program.node.body
    for statement in walk_statements(body):
        for key, kind in facts.environment(statement).items():
            if isinstance(kind, List):
                found.add(key)
        for node in gast.walk(statement):
            found |= _reached_as_a_whole(node, facts, statement)
    return frozenset(_with_aliases(found, body))


def _with_aliases(names: set[str], body: list[Any]) -> set[str]:
    """Names, and those that are plainly bound to them or they to."""
    pairs = [
        {s.targets[0].id, s.value.id}
        for s in walk_statements(body)
        if isinstance(s, gast.Assign)
        and isinstance(s.targets[0], gast.Name)
        and isinstance(s.value, gast.Name)
    ]
    found = set(names)
    while any(pair & found and not pair <= found for pair in pairs):
        found = found.union(*(pair for pair in pairs if pair & found))
    return found


def _reached_as_a_whole(node: Any, facts: Facts, statement: Any) -> set[str]:
    match node:
        case gast.Name(id=identifier):
            is_list = isinstance(facts.kind_of(node), List)
            return {identifier} if is_list else set()
        case gast.Subscript(value=value, slice=key):
            kind = facts.kind_of(value)
            if kind is UNKNOWN and isinstance(value, gast.Name):
                kind = facts.environment(statement).get(value.id, kind)
            container = isinstance(kind, Sequence | Dict | List)
            if container and static_key(key) is None:
                return {root(value) or ""}
        case gast.Call(func=gast.Attribute(value=value, attr=attr)):
            kind = facts.kind_of(value)
            changes = attr in CONTAINER_METHODS and not isinstance(kind, Array)
            if changes and root(value) is not None:
                return {root(value) or ""}
    return set()


def _refused(facts: Facts, problems: list[Refused]) -> Exception:
    program = facts.program
    missing = [p for p in problems if isinstance(p, NoRule)]
    if missing and len(missing) == len(problems):
        place = Location.of(program.origin.file, missing[0].node)
        return MissingRule(_spelled(missing[0].function), place)
    return _compile_error(facts, [(p.node, p.cause) for p in problems])


def _compile_error(facts: Facts, problems: list[tuple[Any, str]]) -> CompileError:
    origin = facts.program.origin
    listed = []
    for node, cause in problems:
        construct = origin.text(getattr(node, "lineno", 0) or 0)
        listed.append(Problem(Location.of(origin.file, node), construct, cause))
    return CompileError(
        facts.program.name, Location(origin.file, origin.line), dict.fromkeys(listed)
    )


def _spelled(function: Any) -> str:
    module = getattr(function, "__module__", None) or ""
    label = getattr(function, "__qualname__", None) or getattr(
        function, "__name__", repr(function)
    )
    module = "np" if module.startswith("numpy") else module
    return f"{module}.{label}" if module and module != "builtins" else str(label)


# --- whole gradients ------------------------------------------------------------------


def gradient_unit(sweeps: Sweeps, label: str, single: bool, with_value: bool) -> Unit:
    """One function from the arguments to the gradient (and the value)."""
    reverse = sweeps.reverse
    program = sweeps.facts.program
    result = sweeps.results[0] if single else tuple_of(_apart(sweeps))
    if with_value:
        result = tuple_of([name(reverse.result), result])
    body = [*_starts(sweeps), *_copies(sweeps), *sweeps.forward]
    whole = [*body, *sweeps.backward, gast.Return(result)]
    whole, _ = sweeps.dead.block(whole, set())
    whole = _with_heading(whole, sweeps)
    arguments = _with_seed(program.node.args, reverse.seed or "out_bar")
    tree = definition(label, arguments, whole)
    return _unit(sweeps, label, tree)


def _unit(sweeps: Sweeps, label: str, tree: Any) -> Unit:
    return unit_of(sweeps.facts.program, sweeps.bindings, label, tree)


def unit_of(
    program: Program, references: Mapping[str, Any], label: str, tree: Any
) -> Unit:
    """A generated function with those of the references that its text names."""
    used = set(names_in(tree))
    bindings = {k: v for k, v in references.items() if k in used}
    visible = getattr(program.function, "__globals__", {})
    captured = getattr(getattr(program.function, "__code__", None), "co_freevars", ())
    for key, value in program.statics.items():
        own = visible.get(key, getattr(builtins, key, None)) is value
        if key in used and not own and key not in captured:
            bindings[key] = value
    return Unit(label, tree, program.function, bindings, defaults_of(program))


def _apart(sweeps: Sweeps) -> list[Any]:
    """The gradients, none of which may be memory of another one."""
    states = sweeps.reverse.cotangents.states
    bars = {sweeps.names.bar(p): p for p in list(states)}
    shared = {b for b, p in bars.items() if not states[p].owned}
    apart: list[Any] = []
    for index, result in enumerate(sweeps.results):
        identifier = getattr(result, "id", "")
        kind = sweeps.environment.get(bars.get(identifier, ("",))[0])
        copied = index and identifier in shared and isinstance(kind, Array)
        apart.append(method(result, "copy") if copied else result)
    return apart


def _with_heading(body: list[Any], sweeps: Sweeps) -> list[Any]:
    """The forward sweep under a comment of its own, where there is one."""
    bars = sweeps.reverse.bars
    for statement in body:
        if isinstance(statement, gast.Expr) and isinstance(
            statement.value, gast.Constant
        ):
            break
        if isinstance(statement, gast.Return):
            break
        if (
            isinstance(statement, gast.Assign)
            and set(names_in(statement.targets[0])) & bars
        ):
            break
        return [comment("forward"), *body]
    return body


def _with_seed(arguments: Any, seed: str) -> Any:
    """The user's parameters, and the cotangent of the result."""
    arguments = _spelled_defaults(arguments)
    if arguments.vararg or arguments.kwonlyargs or arguments.kwarg:
        arguments.kwonlyargs.append(parameter(seed))
        arguments.kw_defaults.append(const(1.0))
        return arguments
    arguments.args.append(parameter(seed))
    arguments.defaults.append(const(1.0))
    return arguments


def _spelled_defaults(arguments: Any) -> Any:
    """Parameters whose defaults can be written down.

    The function that is loaded has the very objects of the user's function; a default
    that is not a literal is written as None.
    """

    def literal(node: Any) -> bool:
        return all(
            not isinstance(n, gast.Name | gast.Call | gast.Attribute)
            for n in gast.walk(node)
        )

    arguments = clone(arguments)
    arguments.defaults = [d if literal(d) else const(None) for d in arguments.defaults]
    arguments.kw_defaults = [
        d if d is None or literal(d) else const(None) for d in arguments.kw_defaults
    ]
    return arguments


def _starts(sweeps: Sweeps) -> list[Any]:
    """Empty stacks, and placeholders for names that may not be bound yet."""
    starts = [
        assign(s, gast.List([], gast.Load())) for s in dict.fromkeys(sweeps.stacks)
    ]
    parameters = set(sweeps.facts.program.parameters)
    starts += [assign(n, const(None)) for n in sweeps.unbound if n not in parameters]
    return starts


def _copies(sweeps: Sweeps) -> list[Any]:
    """Arguments that the primal writes into are copied first."""
    copies = []
    for parameter_name in written_by(sweeps):
        kind = sweeps.environment.get(parameter_name, UNKNOWN)
        if isinstance(kind, Array):
            copies.append(assign(parameter_name, method(name(parameter_name), "copy")))
        else:
            helper = sweeps.reverse.reference(None, "copied")
            copies.append(assign(parameter_name, call(helper, name(parameter_name))))
    return copies


def written_by(sweeps: Sweeps) -> list[str]:
    """The parameters whose memory the primal writes into, in order."""
    from sourcediff.compile.session import written_parameters  # noqa: PLC0415

    found = written_parameters(sweeps.facts)
    return [p for p in sweeps.facts.program.parameters if p in found]


def _collected(
    reverse: Reverse, place: Place, environment: Mapping[str, Kind], prelude: list[Any]
) -> Any:
    """The gradient with respect to one parameter, of the parameter's structure."""
    cotangents = reverse.cotangents
    kind = kind_at(place, lambda n: environment.get(n, UNKNOWN)) or UNKNOWN
    if is_structure(kind) and place[0] not in reverse.whole:
        return _collected_structure(reverse, place, kind, environment, prelude)
    if not is_differentiable(kind):
        return const(None)
    state = cotangents.states.get(place)
    if state is None:
        return cotangents.zero(place)
    if state.deferred is not None or not state.full:
        cotangents.out = []
        if isinstance(kind, Scalar):
            cotangents.settle(place, True)
        else:
            cotangents.own(place)
        prelude += cotangents.out
        cotangents.out = []
    return name(cotangents.bar(place))


def _collected_structure(
    reverse: Reverse,
    place: Place,
    kind: Kind,
    environment: Mapping[str, Kind],
    prelude: list[Any],
) -> Any:
    def part(step: Any) -> Any:
        return _collected(reverse, (*place, step), environment, prelude)

    match kind:
        case Sequence(type=cls, items=items):
            parts = [part(i) for i in range(len(items))]
            return gast.List(parts, gast.Load()) if cls is list else tuple_of(parts)
        case Dict(items=pairs):
            keys = [const(key) for key, _ in pairs]
            return gast.Dict(keys, [part(key) for key, _ in pairs])
        case Record(fields=pairs):
            values = [part(Field(key)) for key, _ in pairs]
            helper = reverse.reference(None, "rebuild")
            return call(helper, value_of(place), tuple_of(values))
        case _:
            raise AssertionError(kind)


# --- pairs ----------------------------------------------------------------------------


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
    body = [*_starts(sweeps), *missing, *sweeps.forward, end]
    seen = written_by(sweeps)
    dead = sweeps.dead
    dead.at_exit = {*seen, *(n + CONTENT for n in seen)}
    kept, _ = dead.block(body, set())
    arguments = _spelled_defaults(program.node.args)
    tree = definition(pair.forward, arguments, kept)
    needed = frozenset(p for p in program.parameters if _reaches(sweeps, p, live))
    final = replace(
        pair,
        needed=frozenset(p for p in needed if p in pair.needed),
        needs_result=pair.needs_result and _holds_result(sweeps, live),
    )
    return _unit(sweeps, pair.forward, tree), final


def _reaches(sweeps: Sweeps, parameter_name: str, live: list[str]) -> bool:
    """Whether saved names may be the memory of a parameter."""
    statements = list(walk_statements(sweeps.facts.program.node.body))
    group = {parameter_name}
    for statement in statements:
        for owner, partners in sweeps.facts.aliases._after.get(statement, {}).items():
            if owner.partition("@")[0] == parameter_name:
                group |= {p.partition("@")[0] for p in partners}
    if group & set(live):
        return True
    return any(s.partition("_saved")[0] in group for s in live if "_saved" in s)


def _holds_result(sweeps: Sweeps, live: list[str]) -> bool:
    """Whether saved names may be the memory of the result."""
    body = sweeps.facts.program.node.body
    names = sweeps.facts.aliases.returned(body) | {sweeps.reverse.result}
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
    sweeps.pulled, _ = sweeps.dead.block(body, set())
    return sweeps.pulled


def _read_first(body: list[Any], sweeps: Sweeps) -> list[str]:
    """The primal's values that the reverse sweep reads, in a fixed order."""
    bars = sweeps.reverse.bars
    entry = Liveness(body).entry
    known = _own_names(sweeps)
    return sorted(n for n in entry if n not in bars and n in known)


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
        for n in gast.walk(statement)
        if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    }


def _private(sweeps: Sweeps, live: list[str]) -> list[Any]:
    """Copies of what the reverse sweep will write into or take elements off."""
    groups = sweeps.dead.groups
    touched = {
        member
        for base in sweeps.restored
        for member in ({base} | {n.partition("@")[0] for n in groups.get(base, ())})
    }
    declared = sweeps.reverse.declared
    touched |= {n for n, kind in declared.items() if touched and kind == UNKNOWN}
    kept = sweeps.saving.kept
    copied = [n for n in live if ({n} | kept.get(n, set())) & touched]
    head: list[Any] = []
    if copied:
        helper = sweeps.reverse.reference(None, "private")
        result = call(helper, *map(name, copied))
        names = [gast.Name(n, gast.Store(), None, None) for n in copied]
        head.append(gast.Assign([gast.Tuple(names, gast.Store())], result, None))
    stacks = [n for n in live if n in sweeps.stacks and n not in copied]
    return [*head, *(assign(n, call("list", name(n))) for n in stacks)]


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


def backward_unit(sweeps: Sweeps, pair: Pair) -> Unit:
    """The backward function of a pair; it leaves what was saved as it found it."""
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
    head += _private(sweeps, live)
    tree = definition(pair.backward, simple_arguments(parameters), [*head, *body])
    return _unit(sweeps, pair.backward, tree)
