"""What the sweeps cannot follow, told to the user: every problem at its place."""

from __future__ import annotations

from typing import Any

from sourcediff.analysis.facts import Facts
from sourcediff.errors import CompileError, Location, MissingRule, Problem
from sourcediff.rules import name_in_scipy, why_no_rule
from sourcediff.transform.refused import NoRule, Refused


def refused(facts: Facts, problems: list[Refused]) -> Exception:
    """The error for places that a sweep refused: a missing rule has one of its own."""
    program = facts.program
    missing = [p for p in problems if isinstance(p, NoRule)]
    if missing and len(missing) == len(problems):
        place = Location.of(program.origin.file, missing[0].node)
        name = spelled(missing[0].function)
        return MissingRule(name, place, why_no_rule(name))
    return compile_error(facts, [(p.node, p.cause) for p in problems])


def compile_error(facts: Facts, problems: list[tuple[Any, str]]) -> CompileError:
    """The error for nodes of a program, each with its cause."""
    origin = facts.program.origin
    listed = [problem(facts, node, cause) for node, cause in problems]
    return CompileError(
        facts.program.name, Location(origin.file, origin.line), dict.fromkeys(listed)
    )


def problem(facts: Facts, node: Any, cause: str) -> Problem:
    """What is wrong with a node of a program, at its place."""
    origin = facts.program.origin
    construct = origin.text(getattr(node, "lineno", 0) or 0)
    return Problem(Location.of(origin.file, node), construct, cause)


def spelled(function: Any) -> str:
    """A function's name with its module's, for messages."""
    public = name_in_scipy(function)
    if public is not None:
        return public
    module = getattr(function, "__module__", None) or ""
    label = getattr(function, "__qualname__", None) or getattr(
        function, "__name__", repr(function)
    )
    module = "np" if module.startswith("numpy") else module
    return f"{module}.{label}" if module and module != "builtins" else str(label)
