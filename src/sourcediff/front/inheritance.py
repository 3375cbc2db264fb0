"""`super()`: the method of the next class, called by its function."""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.resolve import static_value
from sourcediff.front.scopes import Fresh, identifiers
from sourcediff.ir import Program
from sourcediff.trees import Rewriter, walk

#: The name that Python itself gives to the class in which a method was defined.
CLASS = "__class__"


def spell_super(program: Program) -> Program:
    """Write `Base.m(self, x)` for `super().m(x)`.

    Where classes that inherit from several make the next class another one for some
    objects, `super()` stays as it is.
    """
    parameters = program.node.args.args
    if not parameters or not any(_is_super(n, program) for n in walk(program.node)):
        return program
    tree = build.duplicate(program.node)
    program = replace(program, node=tree, statics=dict(program.statics))
    _Speller(program, parameters[0].id, _own_class(program)).generic_visit(tree)
    return program


def _own_class(program: Program) -> Any:
    """The class in which a method that says `super()` was defined."""
    code = getattr(program.function, "__code__", None)
    if code is None or CLASS not in code.co_freevars:
        return None
    return program.function.__closure__[code.co_freevars.index(CLASS)].cell_contents


def _is_super(node: Any, program: Program) -> bool:
    return (
        isinstance(node, gast.Call)
        and not node.keywords
        and isinstance(node.func, gast.Name)
        and static_value(node.func, program) is builtins.super
    )


class _Speller(Rewriter):
    def __init__(self, program: Program, receiver: str, own: Any) -> None:
        self._program = program
        self._receiver = receiver
        self._own = own
        self._fresh = Fresh(
            identifiers(program.node) | set(program.statics) | program.data
        )

    def visit(self, node: Any) -> Any:
        """The expression that stands for another one."""
        self.generic_visit(node)
        match node:
            case gast.Call(func=gast.Attribute(value=base, attr=attr)) if _is_super(
                base, self._program
            ):
                made = self._called(base, attr, node)
            case gast.Attribute(value=base, attr=attr) if _is_super(
                base, self._program
            ):
                found = self._next(base, attr)
                getter = found.fget if isinstance(found, property) else None
                made = getter and build.call(self._named(getter), self._self())
            case _:
                made = None
        return node if made is None else build.place(made, node)

    def _called(self, base: Any, attr: str, node: Any) -> Any:
        found = self._next(base, attr)
        if found is object.__init__ and not node.args and not node.keywords:
            return build.constant(None)
        if isinstance(found, staticmethod):
            return gast.Call(self._named(found.__func__), node.args, node.keywords)
        if not isinstance(found, types.FunctionType):
            return None
        given = [self._self(), *node.args]
        return gast.Call(self._named(found), given, node.keywords)

    def _self(self) -> Any:
        return build.load(self._receiver)

    def _next(self, base: Any, attr: str) -> Any:
        """What the classes after the one of `super()` say that an attribute is."""
        start = self._start(base)
        if not isinstance(start, type):
            return None
        found = {
            id(f): f for cls in _descendants(start) for f in _after(cls, start, attr)
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _start(self, base: Any) -> Any:
        match base.args:
            case []:
                return self._own
            case [cls, gast.Name(id=name)] if name == self._receiver:
                return static_value(cls, self._program)
            case _:
                return None

    def _named(self, function: Any) -> Any:
        statics: Any = self._program.statics
        for known, value in statics.items():
            if value is function:
                return build.load(known)
        made = self._fresh(function.__name__)
        statics[made] = function
        return build.load(made)


def _descendants(cls: type) -> Iterator[type]:
    """A class and all that inherit from it."""
    yield cls
    inheriting: list[type] = type.__subclasses__(cls)
    for inner in inheriting:
        yield from _descendants(inner)


def _after(cls: type, start: type, attr: str) -> list[Any]:
    """What an attribute is behind a class in the order of another one, if anything."""
    order = cls.__mro__
    for base in order[order.index(start) + 1 :]:
        if attr in vars(base):
            return [vars(base)[attr]]
    return [None]
