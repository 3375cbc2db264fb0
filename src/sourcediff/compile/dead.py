"""What generated code may leave out when nobody reads it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import gast

from sourcediff.analysis.effects import blocks, expressions, walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.failing import failing, unseen_failures
from sourcediff.ir import Program
from sourcediff.rules import lookup
from sourcediff.transform.simplify import CONTENT, Dead
from sourcediff.trees import same, walk

_PURE_BUILTINS = frozenset(
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
_MODULES = ("numpy", "math", "numpy.linalg", "numpy.fft")


def remover(
    facts: Facts,
    groups: Mapping[str, frozenset[str]],
    helpers: Iterable[str],
    adjoint: list[Any] | None = None,
) -> Dead:
    """The remover of dead code for functions generated from a program.

    `groups` are names that may share memory; `helpers` those of functions of the
    runtime, none of which has an effect. `adjoint` is the reverse sweep, if there is
    one. What may raise stays: the derivative then raises the same error.
    """
    dead = _remover(facts.program, groups, helpers)
    return replace(dead, is_required=_Required(facts, dead, adjoint))


def _remover(
    program: Program, groups: Mapping[str, frozenset[str]], helpers: Iterable[str]
) -> Dead:
    statics = program.statics
    modules = {n for n, v in statics.items() if getattr(v, "__name__", "") in _MODULES}
    rules = {name: lookup(value) for name, value in statics.items()}
    pure = {n for n, rule in rules.items() if rule and rule.kind != "mutation"}
    return Dead(
        groups,
        frozenset(_PURE_BUILTINS | set(helpers) | pure),
        frozenset(modules | {"np"}),
    )


class _Required:
    """Says of a statement that nobody reads whether it stays, since it may raise.

    That are statements that nobody reads in the program itself, and those with an
    operation that the reverse sweep has neither as it is nor as a derivative.
    """

    def __init__(self, facts: Facts, dead: Dead, adjoint: list[Any] | None) -> None:
        self._facts = facts
        self._dead = dead
        self._adjoint = adjoint

    def __call__(self, statement: Any) -> bool:
        """Whether it, or the statement that a sweep has made it of, may raise."""
        line = getattr(statement, "lineno", None)
        alike = () if line is None else self._lines.get(line, ())
        return any(
            (statement is s or _is_made_of(statement, s)) and self._may_raise(s)
            for s in alike
        )

    def _may_raise(self, statement: Any) -> bool:
        if statement in self._unread:
            parts = expressions(statement) if blocks(statement) else [statement]
            return any(failing(part, self._facts) for part in parts)
        return self._adjoint is not None and any(
            not any(same(node, other) for other in self._computed[node.__class__])
            for node in unseen_failures(statement, self._facts)
        )

    @functools.cached_property
    def _lines(self) -> dict[Any, list[Any]]:
        """The statements of the program by their lines."""
        lines: dict[Any, list[Any]] = {}
        for statement in walk_statements(self._facts.program.node.body):
            lines.setdefault(getattr(statement, "lineno", None), []).append(statement)
        return lines

    @functools.cached_property
    def _unread(self) -> frozenset[Any]:
        """The statements that nobody reads in the program itself."""
        program = self._facts.program
        parameters = set(program.parameters)
        at_end = parameters | {n + CONTENT for n in parameters}
        dead = Dead(self._dead.groups, self._dead.pure, self._dead.modules)
        kept, _ = dead.block(program.node.body, at_end)
        return frozenset(walk_statements(program.node.body)) - {*walk_statements(kept)}

    @functools.cached_property
    def _computed(self) -> dict[type, list[Any]]:
        """The calls and subscripts of the reverse sweep."""
        found: dict[type, list[Any]] = {gast.Call: [], gast.Subscript: []}
        for statement in self._adjoint or ():
            for node in walk(statement):
                if node.__class__ in found:
                    found[node.__class__].append(node)
        return found


def _is_made_of(statement: Any, other: Any) -> bool:
    """Whether a statement of a sweep is what has become of one of the program."""
    match statement, other:
        case gast.Assign(), gast.Assign():
            return same(statement.targets, other.targets)
        case gast.Assign(targets=[gast.Name()]), gast.Return():
            return True
        case gast.If(), gast.If():
            return same(statement.test, other.test)
        case _:
            return False
