"""A callee's statements in the place of its call."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gast

from sourcediff.compile.callees import bound, default_texts, defaults_of
from sourcediff.emit.blank_lines import is_docstring
from sourcediff.front.scopes import (
    COMPREHENSIONS,
    FUNCTIONS,
    bound_names,
    comprehension_targets,
    identifiers,
)
from sourcediff.front.source import plain_function
from sourcediff.ir import Program
from sourcediff.transform.build import assign, attribute, clone, const, name
from sourcediff.trees import walk

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


class Inliner:
    """Puts callees' statements into one program, whose tree is the caller's to change.

    `extended` is the program with the names that the callees brought along.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._statics = dict(program.statics)
        self._data = set(program.data)
        self._taken = identifiers(program.node) | set(self._statics) | self._data
        self._taken |= set(vars(builtins))

    @property
    def extended(self) -> Program:
        """The program with the callees' names among its own."""
        data = frozenset(self._data)
        return replace(self._program, statics=self._statics, data=data)

    def inlined(
        self, statement: Any, call: Any, function: Any, program: Program
    ) -> list[Any] | None:
        """The statements for `y = f(x)` or `f(x)`; None where they cannot be written.

        `call` is the call in plain form, `program` the callee's normal form.
        """
        keywords = {k.arg: k.value for k in call.keywords}
        given = bound(function, list(call.args), keywords)
        arguments = None if given is None else self._with_defaults(given, program)
        if arguments is None:
            return None
        tree = clone(program.node)
        if is_docstring(tree.body[0]):
            del tree.body[0]
        outside = self._outside(tree, program)
        if outside is None:
            return None
        renamed, before = self._entered(tree, arguments, program)
        _rename(tree, {**outside, **renamed})
        to = None
        if isinstance(statement, gast.Assign):
            (to,) = statement.targets
        body = [*before, *_with_result(tree.body, to)] or [gast.Pass()]
        for inner in body:
            _stand_at(inner, statement)
        return body

    def _with_defaults(
        self, given: Mapping[str, Any], program: Program
    ) -> dict[str, Any] | None:
        """An expression for every parameter."""
        found: dict[str, Any] = {}
        texts = dict(default_texts(program.node.args))
        values = defaults_of(program)
        for parameter in program.parameters:
            if parameter in given:
                found[parameter] = given[parameter]
            elif parameter in values and isinstance(values[parameter], _PLAIN):
                found[parameter] = const(values[parameter])
            elif program.local and isinstance(texts.get(parameter), gast.Constant):
                found[parameter] = clone(texts[parameter])
            else:
                return None
        return found

    def _entered(
        self, tree: Any, arguments: dict[str, Any], program: Program
    ) -> tuple[dict[str, Any], list[Any]]:
        """What the callee's variables are called here, and assignments of arguments."""
        rebound = _assigned(tree)
        renamed: dict[str, Any] = {}
        before = []
        for parameter, node in arguments.items():
            stable = isinstance(node, gast.Name | gast.Constant)
            if parameter not in rebound and stable:
                renamed[parameter] = node
            else:
                renamed[parameter] = name(self._fresh(parameter, program.name))
                before.append(assign(renamed[parameter].id, clone(node)))
        for variable in sorted(bound_names(tree) - arguments.keys()):
            renamed[variable] = name(self._fresh(variable, program.name))
        return renamed, before

    # --- names from outside ---------------------------------------------------------------  # noqa: E501

    def _outside(self, tree: Any, program: Program) -> dict[str, Any] | None:
        """How the callee's free names are spelled in the caller."""
        used = identifiers(tree)
        found: dict[str, Any] = {
            known: name(self._static(known, value, program.name))
            for known, value in program.statics.items()
            if known in used
        }
        user = plain_function(program.function)
        own = plain_function(self._program.function)
        names = user.__code__.co_freevars
        cells = dict(zip(names, user.__closure__ or (), strict=True))
        for known in sorted(program.data & used):
            if known in cells and user is not own:
                cell = self._static(f"{program.name}_{known}", cells[known], "")
                found[known] = attribute(name(cell), "cell_contents")
            elif known in cells or user.__globals__ is own.__globals__:
                if known in self._taken - self._data - vars(builtins).keys():
                    return None
                self._data.add(known)
                self._taken.add(known)
            else:
                module = sys.modules.get(user.__module__)
                if module is None or vars(module) is not user.__globals__:
                    return None
                home = self._static(module.__name__.rpartition(".")[2], module, "")
                found[known] = attribute(name(home), known)
        return found

    def _static(self, known: str, value: Any, owner: str) -> str:
        if known in self._statics and self._statics[known] is value:
            return known
        for other, present in self._statics.items():
            if present is value:
                return other
        if known in self._taken and getattr(builtins, known, None) is not value:
            known = self._fresh(known, owner)
        self._taken.add(known)
        self._statics[known] = value
        return known

    def _fresh(self, wish: str, owner: str) -> str:
        made = wish
        if made in self._taken and owner:
            made = wish = f"{owner}_{wish}"
        number = 1
        while made in self._taken:
            number += 1
            made = f"{wish}{number}"
        self._taken.add(made)
        return made


def _assigned(tree: Any) -> set[str]:
    """The names that a function binds in its body."""
    found = set()
    for node in walk(tree):
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(node.id)
        elif isinstance(node, gast.FunctionDef):
            found.add(node.name)
    return found


def _rename(tree: Any, names: Mapping[str, Any]) -> None:
    """Replace the variables of a function; those of inner scopes stay."""
    for statement in tree.body:
        _rename_in(statement, names)


def _rename_in(node: Any, names: Mapping[str, Any]) -> None:
    inner = names
    if isinstance(node, gast.FunctionDef) and isinstance(
        names.get(node.name), gast.Name
    ):
        node.name = names[node.name].id
    if isinstance(node, FUNCTIONS):
        own = bound_names(node)
        inner = {k: v for k, v in names.items() if k not in own}
        _rename_in(node.args, names)
    elif isinstance(node, COMPREHENSIONS):
        own = comprehension_targets(node)
        first = node.generators[0]
        first.iter = _renamed(first.iter, {k: v for k, v in names.items() if k in own})
        inner = {k: v for k, v in names.items() if k not in own}
    for key, value in gast.iter_fields(node):
        if isinstance(value, gast.arguments):
            continue
        if isinstance(value, list):
            value[:] = [_renamed(child, inner) for child in value]
        elif isinstance(value, gast.AST):
            setattr(node, key, _renamed(value, inner))


def _renamed(node: Any, names: Mapping[str, Any]) -> Any:
    if isinstance(node, gast.Name):
        new = names.get(node.id)
        if new is None or isinstance(node.ctx, gast.Param):
            return node
        new = clone(new)
        if isinstance(new, gast.Name):
            new.ctx = node.ctx
        return new
    if isinstance(node, gast.AST):
        _rename_in(node, names)
    return node


# --- results ------------------------------------------------------------------------------  # noqa: E501


def _with_result(body: list[Any], to: Any) -> list[Any]:
    """A function's body that assigns what it returns to a target, if there is one."""
    if not body:
        return [] if to is None else [_result(to, const(None))]
    *rest, last = body
    match last:
        case gast.Return(value=value):
            if to is not None:
                return [*rest, _result(to, const(None) if value is None else value)]
            idle = value is None or isinstance(value, gast.Name | gast.Constant)
            return rest if idle else [*rest, gast.Expr(value)]
        case gast.If():
            last.body = _with_result(last.body, to) or [gast.Pass()]
            last.orelse = _with_result(last.orelse, to)
            return body
        case gast.With():
            last.body = _with_result(last.body, to) or [gast.Pass()]
            return body
        case gast.Raise():
            return body
        case _:
            return body if to is None else [*body, _result(to, const(None))]


def _result(to: Any, value: Any) -> Any:
    return gast.Assign([clone(to)], value, None)


def _stand_at(node: Any, place: Any) -> None:
    """Let a tree stand where a statement of the caller's stands."""
    known = place.__dict__
    position = {key: known[key] for key in place._attributes if key in known}
    for child in walk(node):
        if "lineno" in child._attributes:
            child.__dict__.update(position)
