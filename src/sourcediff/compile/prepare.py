"""What is known before any kinds: partial functions, and loops over functions."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.inheritance import spell_super
from sourcediff.front.resolve import MISSING, static_value
from sourcediff.front.scopes import Fresh, bound_names, identifiers
from sourcediff.ir import Program
from sourcediff.trees import statements_in, walk


def prepared(program: Program) -> Program:
    """The program with its partial functions and loops over functions written out.

    `f = partial(g, a)` and `f(x)` become `f_given = a` and `g(f_given, x)`; the body of
    `for f in (g, h)` is repeated.
    """
    program = spell_super(program)
    nodes = list(statements_in(program.node))
    listed = _listed(nodes, program)
    if not (listed or _partials(nodes, program)) and not any(
        _is_over_functions(node, program) for node in nodes
    ):
        return program
    tree = build.duplicate(program.node)
    program = replace(program, node=tree)
    for node in statements_in(tree) if listed else ():
        if isinstance(node, gast.For) and getattr(node.iter, "id", None) in listed:
            display = build.duplicate(listed[node.iter.id].value)
            node.iter = build.place(display, node.iter)
    tree.body = build.rewrite(tree.body, lambda node: _unrolled(node, program))
    fresh = Fresh(identifiers(tree) | set(program.statics) | program.data)
    for name, node in _partials(list(walk(tree)), program).items():
        _write_out(tree, name, node, fresh)
    return program


# --- partial functions ----------------------------------------------------------------------  # noqa: E501


def _partials(nodes: list[Any], program: Program) -> dict[str, Any]:
    """The variables that only ever stand for one partial function, and are called."""
    return {
        node.targets[0].id: node
        for node in nodes
        if isinstance(node, gast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], gast.Name)
        and _is_partial(node.value, program)
        and _is_only_called(program.node, node.targets[0].id)
    }


def _is_partial(node: Any, program: Program) -> bool:
    return (
        isinstance(node, gast.Call)
        and static_value(node.func, program) is functools.partial
        and bool(node.args)
        and isinstance(node.args[0], gast.Name | gast.Attribute)
        and static_value(node.args[0], program) is not MISSING
        and not any(isinstance(a, gast.Starred) for a in node.args)
        and not any(k.arg is None for k in node.keywords)
    )


def _is_only_called(tree: Any, name: str) -> bool:
    called = {id(n.func) for n in walk(tree) if isinstance(n, gast.Call)}
    uses = [n for n in walk(tree) if isinstance(n, gast.Name) and n.id == name]
    stores = [n for n in uses if not isinstance(n.ctx, gast.Load)]
    return len(stores) == 1 and all(
        id(n) in called for n in uses if isinstance(n.ctx, gast.Load)
    )


def _write_out(tree: Any, name: str, statement: Any, fresh: Fresh) -> None:
    function, *positional = statement.value.args
    before: list[Any] = []

    def given(node: Any, wish: str) -> Any:
        if isinstance(node, gast.Constant):
            return node
        variable = fresh(wish)
        before.append(build.assign(variable, node))
        return build.load(variable)

    positional = [given(a, f"{name}_given") for a in positional]
    keywords = {
        k.arg: given(k.value, f"{name}_{k.arg}") for k in statement.value.keywords
    }

    def change(node: Any) -> list[Any]:
        if node is not statement:
            return [node]
        return build.place_all(before, node) or [gast.copy_location(gast.Pass(), node)]

    tree.body = build.rewrite(tree.body, change)
    for node in walk(tree):
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name):
            continue
        if node.func.id != name:
            continue
        own = {k.arg for k in node.keywords}
        node.func = build.place(build.duplicate(function), node)
        node.args = [*map(build.duplicate, positional), *node.args]
        node.keywords += [
            gast.keyword(key, build.duplicate(value))
            for key, value in keywords.items()
            if key not in own
        ]
        build.place(node, statement)


# --- loops over functions ---------------------------------------------------------------  # noqa: E501


def _listed(nodes: list[Any], program: Program) -> dict[str, Any]:
    """The variables that only ever stand for one list of functions, to loop over."""
    looped = {id(n.iter) for n in nodes if isinstance(n, gast.For)}
    found = {}
    for node in program.node.body:
        match node:
            case gast.Assign(
                targets=[gast.Name(id=name)],
                value=gast.List(elts=elements) | gast.Tuple(elts=elements),
            ) if elements and all(_is_function(e, program) for e in elements):
                uses = [n for n in walk(program.node) if getattr(n, "id", None) == name]
                reads = [n for n in uses if isinstance(n.ctx, gast.Load)]
                if len(uses) == len(reads) + 1 and {*map(id, reads)} <= looped:
                    found[name] = node
    return found


def _is_over_functions(node: Any, program: Program) -> bool:
    """Whether a loop runs over functions that are written down in its head."""
    if not isinstance(node, gast.For):
        return False
    if not isinstance(node.iter, gast.Tuple | gast.List) or not node.iter.elts:
        return False
    if not isinstance(node.target, gast.Name) or node.orelse:
        return False
    named = bound_names(program.node)
    inside = [n for s in node.body for n in walk(s)]
    return all(
        _is_function(e, program) and getattr(e, "id", None) not in named
        for e in node.iter.elts
    ) and not any(_prevents(n, node.target.id) for n in inside)


def _is_function(node: Any, program: Program) -> bool:
    value = static_value(node, program)
    return value is not MISSING and callable(value)


def _prevents(node: Any, name: str) -> bool:
    """Whether a loop's body cannot simply be repeated."""
    rebinds = isinstance(node, gast.Name) and node.id == name
    return (rebinds and not isinstance(node.ctx, gast.Load)) or isinstance(
        node, gast.Break | gast.Continue
    )


def _unrolled(node: Any, program: Program) -> list[Any]:
    if not _is_over_functions(node, program):
        return [node]
    made = []
    for element in node.iter.elts:
        for statement in node.body:
            copied = build.duplicate(statement)
            _substitute(copied, node.target.id, element)
            made.append(copied)
    last = build.assign(node.target.id, node.iter.elts[-1])
    return [*made, build.place(last, node)]


def _substitute(tree: Any, name: str, element: Any) -> None:
    """Put an expression wherever a variable is read."""

    def changed(node: Any) -> Any:
        reads = isinstance(node, gast.Name) and node.id == name
        return build.duplicate(element) if reads else node

    for inner in walk(tree):
        for key, value in gast.iter_fields(inner):
            if isinstance(value, list):
                value[:] = map(changed, value)
            elif isinstance(value, gast.AST):
                setattr(inner, key, changed(value))
