"""One function, one signature: normal form, kinds, aliases, activity, liveness."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.activity import Activity
from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import root, walk_statements
from sourcediff.analysis.facts import Facts, Pair
from sourcediff.analysis.inference import KindFacts, infer
from sourcediff.analysis.liveness import Liveness
from sourcediff.compile.data import data_kinds
from sourcediff.compile.hoist import split_calls
from sourcediff.compile.keys import name_keys
from sourcediff.front import normalize, read_source, resolve
from sourcediff.ir import Origin, Program
from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar, Static, scalar_of
from sourcediff.rules import lookup
from sourcediff.transform.build import clone

try:
    from sourcediff.front.mutations import expand_mutations
except ImportError:
    expand_mutations = None
Ask = Callable[[Any, Mapping[str, Kind]], "Facts"]
Names = frozenset[str]


@functools.lru_cache(maxsize=512)
def _source(function: Any, code: Any) -> tuple[Any, Origin]:
    """The function's tree; read once per function object and code."""
    del code  # part of the key: a function may get another body
    return read_source(function)


def resolved(function: Any, code: Any) -> Program:
    """The function's program before it is normalised, with what its names are now."""
    tree, origin = _source(function, code)
    return resolve(function, clone(tree), origin)


def is_users(function: Any) -> bool:
    """Whether a function is one that the compiler reads: Python, and without a rule."""
    return isinstance(function, types.FunctionType | types.MethodType) and (
        lookup(function) is None
    )


def program_of(function: Any) -> Program:
    """The resolved program of a user's function."""
    return resolved(function, getattr(function, "__code__", None))


@dataclass(frozen=True)
class Shape:
    """What a function's statements are, before the call pairs are known."""

    program: Program
    kinds: KindFacts


def shaped(
    program: Program,
    environment: Mapping[str, Kind],
    active: Names,
    outcome: Callable[..., Any],
    is_call: Callable[[Any], bool],
) -> Shape:
    """The program in normal form, its calls of user functions on lines of their own."""
    program = normalize(program, active, environment)
    name_keys(program)
    environment = {**data_kinds(program), **environment}
    kinds = infer(program, environment, outcome)
    if expand_mutations is not None:
        expanded = expand_mutations(program, kinds.of)
        if expanded is not program:
            program = expanded
            kinds = infer(program, environment, outcome)
    if split_calls(program, lambda node: is_call(kinds.callee(node))):
        kinds = infer(program, environment, outcome)
    return Shape(program, kinds)


def facts_of(
    shape: Shape,
    environment: Mapping[str, Kind],
    active: Names,
    written: Callable[[Any], list[Any]],
    shares: Callable[[Any], list[Any] | None],
    pairs: Mapping[Any, Pair],
    outputs: Names = frozenset(),
) -> Facts:
    """The analyses of a program in normal form; `outputs` are of use at its end."""
    kinds, program = shape.kinds, shape.program
    body = program.node.body

    def kind_of(node: Any) -> Kind:
        return kinds.of(node)

    parameters = program.parameters
    aliases = Aliases(body, kind_of, kinds.callee, shares, parameters)
    activity = Activity(
        body, active, kind_of, kinds.callee, written, aliases, outputs
    )
    liveness = Liveness(body, outputs)
    return Facts(
        program,
        kind_of,
        kinds.callee,
        kinds.before,
        written,
        aliases,
        activity,
        liveness,
        pairs,
    )


def written_arguments(node: Any, kinds: KindFacts, effect: Any) -> list[Any]:
    """The argument expressions that a call writes into.

    `effect(function, node)` tells which parameters a user's function writes into.
    """
    function = kinds.callee(node)
    rule = lookup(function) if function is not None else None
    out = [k.value for k in node.keywords if k.arg == "out"]
    if isinstance(function, np.ufunc):
        return [*node.args[function.nin :], *out]
    if rule is not None:
        writes = rule.kind == "mutation" and node.args
        return [node.args[0], *out] if writes else out
    if is_users(function):
        return list(effect(function, node))
    return []


def environment_for(
    program: Program, arguments: Mapping[str, Kind], data: Mapping[str, Any]
) -> dict[str, Kind]:
    """The kinds of parameters and of the data that the function reads from outside."""
    del data
    return {**dict.fromkeys(program.parameters, UNKNOWN), **arguments}


def bind_kinds(
    function: Any, arguments: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> dict[str, Kind] | None:
    """The kinds of a user function's parameters at a call, or None: it does not fit."""
    from sourcediff.analysis.signature import kinds_of

    try:
        bound = inspect.signature(function).bind(*arguments, **keywords)
    except TypeError:
        return None
    given = dict(bound.arguments)
    signature = inspect.signature(function)
    result: dict[str, Kind] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            return None if given.get(name) else {**result}
        if name in given:
            result[name] = given[name]
        else:
            result[name] = kinds_of({name: parameter.default})[name]
    return result


def is_array(kind: Kind) -> bool:
    """Whether a value of this kind may be memory that can be written into."""
    return not isinstance(scalar_of(kind), Scalar | Static)


__all__ = ["Array", "gast", "np", "replace", "root", "walk_statements"]
