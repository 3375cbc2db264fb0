"""What a function, and whatever it calls, reads and writes outside of itself.

The text alone tells: kinds are not known yet, and never will be where a function is
not compiled because no derivative flows through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CellType, FunctionType, ModuleType
from typing import Any

import gast

from sourcediff.analysis.attributes import CONSTANT_MODULES, is_code
from sourcediff.compile.analyse import Names
from sourcediff.compile.callbacks import acting
from sourcediff.compile.callees import Callee, is_users, program_of
from sourcediff.compile.outside import NOWHERE, Place, Places, parts
from sourcediff.errors import NoSource
from sourcediff.front.purity import (
    IN_PLACE_OPERATORS,
    MUTATING_METHODS,
    callee,
    outputs,
)
from sourcediff.front.scopes import bound_names
from sourcediff.front.source import plain_function
from sourcediff.ir import Program
from sourcediff.rules import lookup
from sourcediff.trees import walk


@dataclass(frozen=True)
class Effects:
    """The variables from outside that a function reads, and those that it writes.

    Its result may be memory of those that it `returns`; `given` are the parameters
    whose memory it writes into.
    """

    reads: Places = NOWHERE
    writes: Places = NOWHERE
    returns: Places = NOWHERE
    given: Names = frozenset()


class Followed:
    """The effects of functions and of those that they call, each looked at once.

    >>> import types
    >>> scope = {"total": [0.0]}
    >>> def bump(x):
    ...     total[0] += x
    >>> counted = types.FunctionType(bump.__code__, scope)
    >>> [place.name for place in Followed().effects(counted).writes]
    ['total']
    """

    def __init__(self) -> None:
        self._known: dict[Any, Effects] = {}
        self._within: list[Any] = []
        self._lowest = 0  # how deep the outermost is that the answer rests on

    def effects(self, function: Any) -> Effects:
        """What a user's function does to variables from outside."""
        if function in self._known:
            return self._known[function]
        if function in self._within:  # what it does is part of the answer already
            self._lowest = min(self._lowest, self._within.index(function))
            return Effects()
        depth, before = len(self._within), self._lowest
        self._within.append(function)
        self._lowest = depth
        try:
            found = _Text(_program(function), self).effects()
        except NoSource:
            found = Effects()
        self._within.pop()
        if self._lowest >= depth:  # it rests on no function that is not known yet
            self._known[function] = found
        self._lowest = min(before, self._lowest)
        return found


def _program(function: Any) -> Program:
    return function.program if isinstance(function, Callee) else program_of(function)


class Own:
    """What the text of a program does to variables from outside, without its calls."""

    def __init__(self, program: Program) -> None:
        self._text = _Text(program, None)
        self.effects = self._text.effects()
        #: Where its text names functions that somebody else may call.
        self.acting = self._text.acting

    def classes_given(self, node: Any, function: Any, given: Names) -> Places:
        """The attributes of classes that a call writes: those that are arguments.

        Whatever else an argument is, it is known what becomes of it.
        """
        return frozenset(
            place
            for argument in self._text.given(node, function, given)
            for place in self._text.places(argument)
            if isinstance(place.holder, type)
        )


def _defaults(function: Any) -> dict[str, Any]:
    plain = plain_function(function)
    values, code = plain.__defaults__ or (), plain.__code__
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    return dict(zip(names, values, strict=True)) | (plain.__kwdefaults__ or {})


class _Text:
    """One function's text: from where the values of its names may come."""

    def __init__(self, program: Program, followed: Followed | None) -> None:
        self._program = program
        self._followed = followed
        plain = plain_function(program.function)
        self._globals = plain.__globals__
        names, cells = plain.__code__.co_freevars, plain.__closure__ or ()
        self._cells = dict(zip(names, cells, strict=True))
        self._nodes = [n for s in program.node.body for n in walk(s)]
        self._declared = {
            name
            for node in self._nodes
            if isinstance(node, gast.Global | gast.Nonlocal)
            for name in node.names
        }
        self._given = {name: {name} for name in program.parameters}
        self._sources: dict[str, set[Place]] = {n: set() for n in program.parameters}
        own = bound_names(program.node)
        for node in self._nodes:
            is_bound = isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
            if is_bound and node.id not in self._declared | self._sources.keys():
                place = None if node.id in own else self._place(node)
                self._sources[node.id] = set() if place is None else {place}
                self._given[node.id] = set()
        self._reads: set[Place] = set().union(*self._sources.values())
        self.acting: list[tuple[Any, Any]] = []
        self._writes: set[Place] = set()
        self._returned: set[Place] = set()
        self._written_parameters: set[str] = set()

    def effects(self) -> Effects:
        """What all the statements do together, in whatever order they run."""
        bindings, known = list(self._bindings()), -1
        while known < (known := self._count()):  # until no source is new
            for target, value in bindings:
                self._bind(target, value)
        for node in self._nodes:
            self._look(node)
        self._look_at_defaults()
        return Effects(
            frozenset(self._reads),
            frozenset(self._writes),
            frozenset(self._returned),
            frozenset(self._written_parameters),
        )

    def _count(self) -> int:
        places = sum(map(len, self._sources.values()))
        return places + sum(map(len, self._given.values()))

    def _bindings(self) -> Iterator[tuple[Any, Any]]:
        for node in self._nodes:
            match node:
                case gast.Assign(targets=targets, value=value):
                    yield from ((target, value) for target in targets)
                case (
                    gast.For(target=target, iter=value)
                    | gast.comprehension(target=target, iter=value)
                ):
                    yield target, value
                case (
                    gast.NamedExpr(target=target, value=value)
                    | gast.AnnAssign(target=target, value=value)
                ) if value is not None:
                    yield target, value
                case gast.withitem(context_expr=value, optional_vars=target) if (
                    target is not None
                ):
                    yield target, value

    def _bind(self, target: Any, value: Any) -> None:
        places, given = self._source(value)
        for node in walk(target):
            if isinstance(node, gast.Name) and node.id in self._sources:
                self._sources[node.id] |= places
                self._given[node.id] |= given

    # --- where values come from -----------------------------------------------------

    def _source(self, node: Any) -> tuple[set[Place], set[str]]:
        """The variables and parameters whose memory an expression may be."""
        match node:
            case gast.Name(id=name) if name in self._sources:
                return self._sources[name], self._given[name]
            case gast.Name() | gast.Attribute() if (
                place := self._place(node)
            ) is not None:
                return {place}, set()
            case gast.Name() | gast.Attribute() if isinstance(
                found := self._resolved(node), type
            ):
                return {Place(found, "")}, set()
            case (
                gast.Attribute(attr="__class__") | gast.Call(func=gast.Name(id="type"))
            ):
                return {Place(object, "")}, set()  # it may be any class
            case gast.Attribute(value=value) | gast.Subscript(value=value):
                return self._source(value)
            case gast.Call(func=gast.Attribute(value=value), args=arguments):
                places, given = self._sources_of([value, *arguments])
                return places | self._returned_by(node), given
            case gast.Call(args=arguments):
                places, given = self._sources_of(arguments)
                return places | self._returned_by(node), given
            case gast.BinOp() | gast.UnaryOp() | gast.Compare() | gast.Constant():
                return set(), set()
            case gast.AST():
                return self._sources_of(_children(node))
            case _:
                return set(), set()

    def _returned_by(self, node: Any) -> Places:
        function = callee(node, self._program)
        if self._followed is None or not is_users(function):
            return NOWHERE
        return self._followed.effects(function).returns

    def _sources_of(self, nodes: Iterable[Any]) -> tuple[set[Place], set[str]]:
        places, given = set[Place](), set[str]()
        for node in nodes:
            more, parameters = self._source(node)
            places, given = places | more, given | parameters
        return places, given

    def _place(self, node: Any) -> Place | None:
        """The variable from outside that a name, or a module's attribute, is."""
        match node:
            case gast.Name(id=name) if name not in self._sources:
                if name in self._cells:
                    found = Place(self._cells[name], "")
                elif name in self._globals:
                    found = Place(self._globals, name)
                else:
                    return None
                return None if is_code(found.value()) else found
            case gast.Attribute(value=value, attr=attr):
                holder = self._resolved(value)
                if isinstance(holder, CellType):
                    return Place(holder, "")
                if isinstance(holder, type):
                    found = Place(holder, attr)
                    return None if is_code(found.value()) else found
                if isinstance(holder, ModuleType) and _is_open(holder, attr):
                    found = Place(vars(holder), attr)
                    return None if is_code(found.value()) else found
        return None

    def _resolved(self, node: Any) -> Any:
        """The module, class or function that an expression names."""
        match node:
            case gast.Name(id=name) if name in self._program.statics:
                return self._program.statics[name]
            case gast.Attribute(value=value, attr=attr):
                holder = self._resolved(value)
                is_module = isinstance(holder, ModuleType)
                return getattr(holder, attr, None) if is_module else None
        return None

    # --- what is done -----------------------------------------------------------------

    def _look(self, node: Any) -> None:
        match node:
            case gast.Subscript(value=value, ctx=gast.Store() | gast.Del()):
                self._write(value)
            case gast.Attribute(value=value, ctx=gast.Store() | gast.Del()):
                place = self._place(node)
                if place is not None:
                    self._writes.add(place)
                self._write(value)
            case gast.Name(id=name, ctx=gast.Store() | gast.Del()) if (
                name in self._declared
            ):
                self._writes |= {p for p in [self._place(node)] if p is not None}
            case gast.AugAssign(target=gast.Name() as target):
                self._write(target)
            case gast.Call():
                self._call(node)
            case gast.Return(value=value) | gast.Yield(value=value):
                self._returned |= self._source(value)[0]
            case gast.Name() | gast.Attribute():
                self._read(node)

    def _read(self, node: Any) -> None:
        place = self._place(node)
        if place is None:
            value = self._resolved(node)
        else:
            value = place.value()
            self._reads.add(place)
        for function in acting(value):
            self.acting.append((node, function))
            if self._followed is not None:
                done = self._followed.effects(function)
                self._reads |= done.reads
                self._writes |= done.writes
                if place is not None and done.given:
                    self._writes.add(place)

    def _look_at_defaults(self) -> None:
        """Defaults are variables that all calls share."""
        for name, value in _defaults(self._program.function).items():
            place = Place({name: value}, name)
            if next(parts(value), None) is not None:
                self._reads.add(place)
                if name in self._written_parameters:
                    self._writes.add(place)

    def _write(self, node: Any) -> None:
        places, given = self._source(node)
        self._writes |= places
        self._written_parameters |= given

    def _call(self, node: Any) -> None:
        function = callee(node, self._program)
        rule = lookup(function)
        is_mutation = rule is not None and rule.kind == "mutation"
        for written in [
            *outputs(node, self._program),
            *(node.args[:1] if is_mutation else ()),
        ]:
            self._write(written)
        receiver = None
        if isinstance(node.func, gast.Attribute):
            receiver = node.func.value
            if node.func.attr in MUTATING_METHODS | IN_PLACE_OPERATORS:
                self._write(receiver)
            if not is_users(function):
                function = self._method(receiver, node.func.attr)
        if not is_users(function) or self._followed is None:
            return
        done = self._followed.effects(function)
        self._reads |= done.reads
        self._writes |= done.writes
        for argument in self.given(node, function, done.given):
            self._write(argument)

    def given(self, node: Any, function: Any, names: Names) -> list[Any]:
        """The arguments of a call for parameters of the given names."""
        is_method = isinstance(node.func, gast.Attribute)
        bound = _bound(function, node, node.func.value if is_method else None)
        return [argument for name, argument in bound.items() if name in names]

    def places(self, node: Any) -> Places:
        """The variables from outside whose memory an expression may be."""
        return frozenset(self._source(node)[0])

    def _method(self, receiver: Any, name: str) -> Any:
        """The method of an object from outside."""
        place = self._place(receiver)
        value = None if place is None else place.value()
        method = getattr(type(value), name, None)
        return method if isinstance(method, FunctionType) else None


def _bound(function: Any, node: Any, receiver: Any) -> Mapping[str, Any]:
    """The arguments of a call by the names of the parameters."""
    names = _program(function).parameters
    given = [a for a in node.args if not isinstance(a, gast.Starred)]
    if len(given) < len(node.args):  # any of them may be any parameter
        return {name: gast.Tuple(list(node.args), gast.Load()) for name in names}
    takes_receiver = (
        bool(names) and names[0] in ("self", "cls") and receiver is not None
    )
    positional = [receiver, *given] if takes_receiver else given
    found = dict(zip(names, positional, strict=False))
    return found | {k.arg: k.value for k in node.keywords if k.arg is not None}


def _is_open(module: ModuleType, name: str) -> bool:
    """Whether a member of a module may be changed, as those of NumPy are not."""
    fixed = module.__name__.partition(".")[0] in CONSTANT_MODULES
    return not fixed and name in vars(module)


def _children(node: Any) -> Iterator[Any]:
    for field in node._fields:
        value = getattr(node, field, None)
        yield from value if isinstance(value, list) else [value]
