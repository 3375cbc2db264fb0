"""Both sweeps in one function, from the arguments to the gradient."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.compile.sweeps import Sweeps
from sourcediff.compile.unit import Unit, spelled_defaults
from sourcediff.kinds import UNKNOWN, Array
from sourcediff.transform.assemble import definition, parameter
from sourcediff.transform.build import (
    assign,
    call,
    comment,
    const,
    method,
    name,
    names_in,
    subscript,
    tuple_of,
)


def gradient_unit(sweeps: Sweeps, label: str, single: bool, with_value: bool) -> Unit:
    """One function from the arguments to the gradient (and the value).

    Where the function has an auxiliary result, that is returned, too.
    """
    reverse = sweeps.reverse
    program = sweeps.facts.program
    result = sweeps.results[0] if single else tuple_of(_apart(sweeps))
    value = name(reverse.result)
    if with_value:
        result = tuple_of([value, result])
    elif reverse.has_aux:
        result = tuple_of([result, subscript(value, const(1))])
    body = [*sweeps.starts(), *_copies(sweeps), *sweeps.forward]
    if reverse.has_aux and _is_changed_back(sweeps):
        copied = call(reverse.reference(None, "copied"), value)
        body.append(assign(reverse.result, copied))
    whole = [*body, *sweeps.backward, gast.Return(result)]
    lean = sweeps.lean(whole, alone=True)
    sweeps.replay(lean, lean)
    whole = _with_heading(sweeps.by_level(lean), sweeps)
    arguments = _with_seed(program.node.args, reverse.seed or "out_bar")
    tree = definition(label, arguments, whole)
    return sweeps.unit(label, tree)


def _is_changed_back(sweeps: Sweeps) -> bool:
    """Whether the reverse sweep restores memory that the result is made of."""
    body = sweeps.facts.program.node.body
    names = sweeps.facts.aliases.returned(body) | sweeps.reverse.returned
    return bool(names & sweeps.restored)


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
    arguments = spelled_defaults(arguments)
    if arguments.vararg or arguments.kwonlyargs or arguments.kwarg:
        arguments.kwonlyargs.append(parameter(seed))
        arguments.kw_defaults.append(const(1.0))
        return arguments
    arguments.args.append(parameter(seed))
    arguments.defaults.append(const(1.0))
    return arguments


def _copies(sweeps: Sweeps) -> list[Any]:
    """Arguments that the primal writes into are copied first."""
    copies = []
    for parameter_name in sweeps.written:
        kind = sweeps.environment.get(parameter_name, UNKNOWN)
        if isinstance(kind, Array):
            copies.append(assign(parameter_name, method(name(parameter_name), "copy")))
        else:
            helper = sweeps.reverse.reference(None, "copied")
            copies.append(assign(parameter_name, call(helper, name(parameter_name))))
    return copies
