"""What calling a user's function comes to: its result, and what it reads and writes."""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from sourcediff.analysis.attributes import member
from sourcediff.analysis.builtin_calls import HARMLESS
from sourcediff.analysis.effects import CONTAINER_METHODS, root, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.inference import KindFacts, Outcome
from sourcediff.analysis.purity import is_pure
from sourcediff.compile.analyse import (
    Environment,
    Names,
    Shape,
    facts_of,
    is_array,
    shaped,
    written_arguments,
)
from sourcediff.compile.callees import (
    bind_kinds,
    bound,
    is_users,
    program_of,
)
from sourcediff.compile.derived import Derived, bound_kinds, concrete
from sourcediff.compile.outside import outside
from sourcediff.compile.replacing import replaced
from sourcediff.compile.separate import separated
from sourcediff.errors import CompileError, NoSource
from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dict,
    Kind,
    List,
    Record,
    Sequence,
    Static,
    Unknown,
    is_differentiable,
    join,
    widened,
)
from sourcediff.rules import lookup
from sourcediff.transform.views import _stores

NOTHING: Names = frozenset()
#: A recursion of which nothing settles in so many rounds has a result of any kind.
ROUNDS = 6
#: Recursions whose arguments are of ever other kinds are given up at this depth.
DEEPEST = 24

_PURE_BUILTINS = frozenset(
    {
        *(len, range, abs, min, max, sum, float, int, bool, round, complex, str, repr),
        *(list, tuple, dict, set, frozenset, slice, isinstance, issubclass, divmod),
        *(pow, all, any, callable, hasattr, object.__new__),
    }
) | (HARMLESS - {builtins.print, builtins.iter})


@dataclass(frozen=True)
class Summary:
    """What is known of a function for kinds of arguments.

    `writes` are the parameters whose memory it may write into, `returns` those that the
    result may share memory with; `reads` and `stores` tell the same of variables from
    outside. A pure function has no effect but its result.
    """

    kind: Kind
    changes: bool = False
    writes: Names = NOTHING
    returns: Names = NOTHING
    reads: frozenset[Any] = NOTHING
    stores: frozenset[Any] = NOTHING
    pure: bool = True

    def join(self, other: Summary, kind: Kind) -> Summary:
        """What holds where either summary holds."""
        return Summary(
            kind,
            self.changes or other.changes,
            self.writes | other.writes,
            self.returns | other.returns,
            self.reads | other.reads,
            self.stores | other.stores,
            self.pure and other.pure,
        )


@dataclass
class _Entry:
    """A function whose summary is under way; `guess` is what its calls are told."""

    function: Any
    depth: int
    guess: Summary | None = None
    asked: bool = False
    provisional: list[Any] = field(default_factory=list)


class Summaries:
    """The summaries and shapes of all functions of one compilation."""

    def __init__(self) -> None:
        self._known: dict[Any, Summary] = {}
        self._shapes: dict[Any, Shape] = {}
        self._facts: dict[Any, Facts] = {}
        self._under_way: dict[Any, _Entry] = {}
        self._recursive: set[Any] = set()
        self._lowest = DEEPEST
        #: What must hold of the functions that generated functions were made from.
        self.guards: tuple[Any, ...] = ()

    # --- calls ------------------------------------------------------------------------------  # noqa: E501

    def outcome(
        self, function: Any, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """The kind of a user function's result, for the inference of its caller."""
        if isinstance(function, Derived):
            return self._derived(function, arguments, keywords)
        if not is_users(function):
            return UNKNOWN
        try:
            environment = bind_kinds(function, arguments, keywords)
        except NoSource:
            return UNKNOWN
        if environment is None:
            return UNKNOWN
        found = self.summary(function, environment)
        return Outcome(found.kind, found.changes)

    def _derived(
        self, function: Derived, arguments: tuple[Kind, ...], keywords: dict[str, Kind]
    ) -> Any:
        """What a call of a gradient comes to: one of the generated function."""
        environment = bound_kinds(function, arguments, keywords)
        if environment is None:
            return UNKNOWN
        made, _, guards = concrete(function, environment)
        self.guards += guards
        found = self.outcome(made, arguments, keywords)
        return replace(found, function=made) if isinstance(found, Outcome) else found

    def environment(
        self, function: Any, node: Any, kinds: KindFacts
    ) -> dict[str, Kind] | None:
        """The kinds of a function's parameters in a call; None: it does not fit."""
        keywords = {k.arg: kinds.of(k.value) for k in node.keywords}
        if None in keywords or any(isinstance(a, gast.Starred) for a in node.args):
            return None
        positional = tuple(map(kinds.of, node.args))
        try:
            found = bind_kinds(function, positional, keywords)
        except NoSource:
            return None
        return None if found is None else self.general(function, found)

    def general(self, function: Any, environment: Environment) -> dict[str, Kind]:
        """The kinds that a function is compiled for: wider ones in a recursion."""
        if function not in self._recursive:
            return dict(environment)
        return {name: widened(kind) for name, kind in environment.items()}

    def is_recursive(self, function: Any) -> bool:
        """Whether a function is known to call itself, maybe through others."""
        return function in self._recursive

    # --- summaries ------------------------------------------------------------------------  # noqa: E501

    def summary(self, function: Any, environment: Environment) -> Summary:
        """What a call of a function with arguments of these kinds comes to."""
        environment = self.general(function, environment)
        key = function, tuple(environment.items())
        if key in self._known:
            return self._known[key]
        entry = self._under_way.get(key)
        if entry is None and any(
            e.function == function for e in self._under_way.values()
        ):
            self._recursive.add(function)
            environment = self.general(function, environment)
            key = function, tuple(environment.items())
            entry = self._under_way.get(key)
            if key in self._known:
                return self._known[key]
        if entry is not None:
            self._recursive.add(function)
            entry.asked = True
            self._lowest = min(self._lowest, entry.depth)
            return entry.guess or Summary(UNKNOWN)
        if len(self._under_way) >= DEEPEST:
            return _anything(environment)
        return self._settled(key, function, environment)

    def _settled(self, key: Any, function: Any, environment: Environment) -> Summary:
        """A summary that follows from itself, in a recursion."""
        entry = self._under_way[key] = _Entry(function, len(self._under_way))
        outer, self._lowest = self._lowest, DEEPEST
        try:
            found = self._rounds(key, entry, environment)
        finally:
            del self._under_way[key]
        self._known[key] = found
        if self._lowest < entry.depth:
            for other in self._under_way.values():
                if other.depth == self._lowest:
                    other.provisional += [key, *entry.provisional]
        else:
            self._lowest = DEEPEST
        self._lowest = min(outer, self._lowest)
        return found

    def _rounds(self, key: Any, entry: _Entry, environment: Environment) -> Summary:
        for count in range(ROUNDS):
            entry.asked = False
            found, returned = self._computed(entry.function, environment)
            if not entry.asked:
                return found
            if entry.guess is None:
                kind = _known_of(returned)
                entry.guess = replace(found, kind=kind)
                if kind == found.kind == UNKNOWN:
                    entry.guess = replace(found, kind=UNKNOWN)
            else:
                kind = join(entry.guess.kind, found.kind)
                merged = entry.guess.join(found, kind)
                if merged == entry.guess:
                    return merged
                entry.guess = merged
                if count >= ROUNDS - 3:
                    entry.guess = replace(merged, kind=UNKNOWN)
            self._forget(key, entry)
        self._forget(key, entry)
        return _anything(environment)

    def _forget(self, key: Any, entry: _Entry) -> None:
        """Forget what rests on a guess that has changed."""
        for other in {key, *entry.provisional}:
            self._known.pop(other, None)
            for kept in (self._shapes, self._facts):
                for known in [k for k in kept if k[:2] == other]:
                    del kept[known]
        entry.provisional.clear()

    def _computed(
        self, function: Any, environment: Environment
    ) -> tuple[Summary, list[Kind]]:
        try:
            active = differentiable(environment)
            shape = self.shape(function, environment, active)
            facts = self.facts(function, environment, active)
            return self._of(shape, facts, environment), shape.kinds.returned
        except (CompileError, NoSource):
            return _anything(environment), []

    def _of(self, shape: Shape, facts: Facts, environment: Environment) -> Summary:
        program = facts.program
        written = written_names(facts)
        kind = shape.kinds.result
        reads = {outside(program, n) for n in program.data}
        stores = {outside(program, n) for n in written & program.data}
        writes = _given(written, program)
        pure = not writes and not stores
        for node in _calls(program):
            pure = pure and self.is_pure_call(node, shape.kinds)
            called = self._called(node, shape.kinds)
            if called is not None:
                reads |= called.reads
                stores |= called.stores
        returned: Names = NOTHING
        if is_array(kind):
            returned = _returned(facts)
        memory = frozenset(n for n, k in environment.items() if is_array(k))
        return Summary(
            kind,
            shape.kinds.outcome.changes,
            writes,
            returned & memory,
            frozenset(reads),
            frozenset(stores),
            pure,
        )

    def _called(self, node: Any, kinds: KindFacts) -> Summary | None:
        """The summary of what a call calls; None where that is no user's function."""
        function = kinds.callee(node)
        if not is_users(function):
            return None
        environment = self._spelled_environment(function, node, kinds)
        if environment is None:
            return None
        return self.summary(function, environment)

    def _spelled_environment(
        self, function: Any, node: Any, kinds: KindFacts
    ) -> dict[str, Kind] | None:
        """The environment of a call that may be that of a method."""
        if isinstance(node.func, gast.Attribute):
            found = member(kinds.of(node.func.value), node.func.attr)
            if found.receiver is not None:
                keywords = {k.arg: kinds.of(k.value) for k in node.keywords}
                if None in keywords:
                    return None
                given = (found.receiver, *map(kinds.of, node.args))
                return bind_kinds(function, given, keywords)
        return self.environment(function, node, kinds)

    # --- shapes ----------------------------------------------------------------------------  # noqa: E501

    def shape(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = NOTHING,
    ) -> Shape:
        """The normal form of a function for kinds of arguments, and its kinds.

        `outputs` is what its caller sees of it.
        """
        key = function, tuple(environment.items()), active, outputs
        if key not in self._shapes:
            program = separated(program_of(function), outputs)
            self._shapes[key] = shaped(program, environment, active, self)
        return self._shapes[key]

    def facts(
        self,
        function: Any,
        environment: Environment,
        active: Names,
        outputs: Names = NOTHING,
    ) -> Facts:
        """The analyses of a function."""
        key = function, tuple(environment.items()), active, outputs
        if key not in self._facts:
            shape = self.shape(function, environment, active, outputs)
            self._facts[key] = self.analysed(shape, active, outputs)
        return self._facts[key]

    def shapes(self) -> list[Shape]:
        """All shapes that were made."""
        return list(self._shapes.values())

    def analysed(self, shape: Shape, active: Names, outputs: Names = NOTHING) -> Facts:
        """The analyses of a function's shape."""
        kinds = shape.kinds

        def effect(function: Any, node: Any) -> list[Any]:
            chosen = self._chosen(function, node, kinds, "writes")
            if chosen is None:
                given = [*node.args, *(k.value for k in node.keywords)]
                return [a for a in given if is_array(kinds.of(a))]
            return chosen

        def shares(node: Any) -> list[Any] | None:
            function = kinds.callee(node)
            if not is_users(function):
                return None
            return self._chosen(function, node, kinds, "returns")

        def written(node: Any) -> list[Any]:
            return written_arguments(node, kinds, effect)

        return facts_of(shape, active, written, shares, outputs)

    def _chosen(
        self, function: Any, node: Any, kinds: KindFacts, which: str
    ) -> list[Any] | None:
        """The argument expressions that the callee writes into, or returns."""
        environment = self.environment(function, node, kinds)
        if environment is None:
            return None
        names: Names = getattr(self.summary(function, environment), which)
        keywords = {k.arg: k.value for k in node.keywords}
        arguments = bound(function, list(node.args), keywords) or {}
        return [node for name, node in arguments.items() if name in names]

    def inlined(
        self, shape: Shape, environment: Environment, active: Names
    ) -> tuple[Program, tuple[Any, ...]] | None:
        """The program with callees' statements in the place of calls, and these."""
        return replaced(shape, active, self)

    # --- purity -------------------------------------------------------------------------------  # noqa: E501

    def is_pure_call(self, node: Any, kinds: KindFacts) -> bool:
        """Whether a call, or reading a property, has no effect but its result."""
        function = kinds.callee(node)
        if isinstance(node, gast.Attribute):
            getter = getattr(function, "fget", None)
            environment = getter and bind_kinds(getter, (kinds.of(node.value),), {})
            return bool(environment) and self.summary(getter, environment).pure  # type: ignore[arg-type]
        if any(keyword.arg == "out" for keyword in node.keywords):
            return False
        if isinstance(function, gast.FunctionDef | gast.Lambda):
            return self._is_pure_body(function, kinds)
        if is_users(function):
            called = self._called(node, kinds)
            return called is not None and called.pure
        rule = None if function is None else lookup(function)
        if rule is not None:
            return rule.kind != "mutation"
        if isinstance(function, type):
            return True
        try:
            if function in _PURE_BUILTINS:
                return True
        except TypeError:  # unhashable
            return False
        if isinstance(function, types.MethodDescriptorType):
            home = function.__objclass__
            if home in (list, dict, str, tuple, set):
                return function.__name__ not in CONTAINER_METHODS
        return is_pure(function)

    def _is_pure_body(self, function: Any, kinds: KindFacts) -> bool:
        """Whether a local function stores nothing, and calls nothing that does."""
        for node in gast.walk(function):
            match node:
                case gast.AugAssign() | gast.Delete():
                    return False
                case (
                    gast.Subscript(ctx=gast.Store()) | gast.Attribute(ctx=gast.Store())
                ):
                    return False
                case gast.Call():
                    called = kinds.callee(node)
                    if isinstance(called, gast.AST):
                        if called is not function:
                            return False
                    elif not self.is_pure_call(node, kinds):
                        return False
        return True


def differentiable(environment: Environment) -> Names:
    """The parameters that can carry derivatives."""
    return frozenset(n for n, k in environment.items() if is_differentiable(k))


def written_names(facts: Facts) -> Names:
    """The names whose memory the statements of a program may write into.

    `x@` is the memory that was given for the parameter `x`.
    """
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        targets = list(_stores(facts, statement))
        value = getattr(statement, "value", None)
        for node in gast.walk(value) if isinstance(value, gast.AST) else ():
            if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):  # noqa: SIM102
                if node.func.attr in CONTAINER_METHODS:
                    targets.append(node.func.value)
        for target in targets:
            found |= _reached(target, statement, facts)
    return frozenset(found)


def _reached(target: Any, statement: Any, facts: Facts) -> set[str]:
    """The names whose memory a store may change."""
    base = root(target)
    if base is None:
        return set()
    partners = facts.aliases.partners(statement, base)
    kinds = facts.environment(statement)
    if isinstance(target, gast.Attribute | gast.Subscript) and isinstance(
        facts.kind_of(target.value), Record | Dict | List | Sequence
    ):
        # A store into a container leaves the arrays in it as they are.
        partners = frozenset(n for n in partners if not isinstance(kinds.get(n), Array))
    return {base} | partners


def written_parameters(facts: Facts) -> Names:
    """The parameters of a program whose memory its statements may write into."""
    return _given(written_names(facts), facts.program)


def _given(names: Iterable[str], program: Program) -> Names:
    """The parameters whose memory, as it was given, is among that of names."""
    found = set(names)
    return frozenset(p for p in program.parameters if f"{p}@" in found)


def _returned(facts: Facts) -> Names:
    """The parameters whose memory the result of a function may share."""
    found: set[str] = set()
    for statement in walk_statements(facts.program.node.body):
        if isinstance(statement, gast.Return) and statement.value is not None:
            for name in facts.aliases.sources(statement.value):
                found |= {name} | facts.aliases.partners(statement, name)
    return _given(found, facts.program)


def _calls(program: Program) -> list[Any]:
    nodes = [n for s in program.node.body for n in gast.walk(s)]
    inner = {
        id(n) for f in nodes if isinstance(f, gast.FunctionDef) for n in gast.walk(f)
    }
    return [n for n in nodes if isinstance(n, gast.Call) and id(n) not in inner]


def _anything(environment: Environment) -> Summary:
    """What is known of a function that cannot be read."""
    memory = frozenset(n for n, k in environment.items() if is_array(k))
    return Summary(UNKNOWN, True, memory, memory, NOTHING, NOTHING, False)


def _known_of(returned: list[Kind]) -> Kind:
    """The kind of those results that do not rest on the recursion itself."""
    found: Kind | None = None
    for kind in returned:
        if _is_known(kind):
            found = kind if found is None else join(found, kind)
    return UNKNOWN if found is None else widened(found)


def _is_known(kind: Kind) -> bool:
    match kind:
        case Unknown():
            return False
        case Record(fields=pairs):
            return all(_is_known(k) for _, k in pairs)
        case Static():
            return True
    items = getattr(kind, "items", ())
    return all(_is_known(k[1] if isinstance(k, tuple) else k) for k in items)
