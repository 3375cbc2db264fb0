"""What generated code may leave out when nobody reads it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.failing import failing
from sourcediff.ir import Program
from sourcediff.rules import lookup
from sourcediff.transform.simplify import CONTENT, Dead
from sourcediff.trees import same

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
    facts: Facts, groups: Mapping[str, frozenset[str]], helpers: Iterable[str]
) -> Dead:
    """The remover of dead code for functions generated from a program.

    `groups` are names that may share memory; `helpers` those of functions of the
    runtime, none of which has an effect. What nobody reads in the program itself stays
    if it may raise: the derivative then raises the same error.
    """
    return _remover(facts.program, groups, helpers, _required(facts, groups, helpers))


def _remover(
    program: Program,
    groups: Mapping[str, frozenset[str]],
    helpers: Iterable[str],
    is_required: Callable[[Any], bool],
) -> Dead:
    statics = program.statics
    modules = {n for n, v in statics.items() if getattr(v, "__name__", "") in _MODULES}
    rules = {name: lookup(value) for name, value in statics.items()}
    pure = {n for n, rule in rules.items() if rule and rule.kind != "mutation"}
    return Dead(
        groups,
        frozenset(_PURE_BUILTINS | set(helpers) | pure),
        frozenset(modules | {"np"}),
        is_required,
    )


def _required(
    facts: Facts, groups: Mapping[str, frozenset[str]], helpers: Iterable[str]
) -> Callable[[Any], bool]:
    """Says of a statement whether it is dead in the program itself, and may raise."""

    @functools.cache
    def unread() -> dict[Any, list[Any]]:
        body, parameters = facts.program.node.body, set(facts.program.parameters)
        dead = _remover(facts.program, groups, helpers, lambda _: False)
        kept, _ = dead.block(body, parameters | {n + CONTENT for n in parameters})
        lines: dict[Any, list[Any]] = {}
        read = set(walk_statements(kept))
        for statement in walk_statements(body):
            if statement not in read and failing(statement, facts):
                lines.setdefault(getattr(statement, "lineno", None), []).append(
                    statement
                )
        return lines

    def is_required(statement: Any) -> bool:
        """Whether it is one of those, or what a sweep has made of one."""
        alike = unread().get(getattr(statement, "lineno", None), ())
        return any(statement is s or _binds_the_same(statement, s) for s in alike)

    return is_required


def _binds_the_same(statement: Any, other: Any) -> bool:
    return (
        isinstance(statement, gast.Assign)
        and isinstance(other, gast.Assign)
        and same(statement.targets, other.targets)
    )
