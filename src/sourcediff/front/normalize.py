"""A resolved function in normal form: what is suspect is lowered, the rest stays."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.apart import set_apart
from sourcediff.front.constants import ChooseKnown
from sourcediff.front.consumed import list_generators
from sourcediff.front.context import Context, Problems
from sourcediff.front.function_lists import name_lambdas
from sourcediff.front.hiding import note_hiding
from sourcediff.front.higher_order import spell_out
from sourcediff.front.indexed import call_indexed
from sourcediff.front.iteration import index_loops
from sourcediff.front.jumps import lower_loop_else, settle_function
from sourcediff.front.lift import lift_functions
from sourcediff.front.matching import lower_matches
from sourcediff.front.nonlocals import return_nonlocals
from sourcediff.front.positional_outputs import name_outputs, place_written
from sourcediff.front.refuse import note_refused, note_remaining
from sourcediff.front.scopes import (
    FUNCTIONS,
    SCOPES,
    Fresh,
    bound_names,
    free_names,
    identifiers,
)
from sourcediff.front.spending import spend_lists
from sourcediff.front.stand_ins import call_stand_ins
from sourcediff.front.statements import lower_block
from sourcediff.front.suspects import Suspicion
from sourcediff.front.unpacking import split_assignments
from sourcediff.ir import Program
from sourcediff.kinds import (
    Dict,
    Kind,
    List,
    Record,
    Sequence,
    Unknown,
    is_differentiable,
)
from sourcediff.trees import walk


def normalize(
    program: Program, suspects: frozenset[str], kinds: Mapping[str, Kind]
) -> Program:
    r"""The program in the normal form of `sourcediff.ir`.

    `suspects` are the parameters that carry derivatives; `kinds` are those of the
    parameters, as far as they are known. Whatever cannot be influenced by a suspect
    stays as it was written. Raises `CompileError` with every construct of the
    function that is outside the language.

    >>> import gast
    >>> from sourcediff.ir import Origin
    >>> text = "def f(x, c):\n    if c:\n        return x\n    return abs(x)"
    >>> tree = gast.parse(text).body[0]
    >>> origin = Origin("model.py", 1, tuple(text.splitlines()))
    >>> result = normalize(Program(None, tree, origin), frozenset("x"), {})
    >>> print(gast.unparse(result.node).strip())
    def f(x, c):
        if c:
            return x
        else:
            return abs(x)
    """
    tree = build.duplicate(program.node)
    statics = dict(program.statics)
    program = replace(program, node=tree, statics=statics)
    nodes = list(walk(tree))
    context_now = functools.partial(_context, program, nodes, statics, suspects, kinds)
    if set_apart(tree, program, context_now):
        nodes = list(walk(tree))
    kinds_of_nodes = set(map(type, nodes))
    if gast.IfExp in kinds_of_nodes and any(map(_is_known_choice, nodes)):
        ChooseKnown().visit(tree)
        nodes = list(walk(tree))
    if gast.Nonlocal in kinds_of_nodes:
        taken = identifiers(nodes) | set(program.statics) | program.data
        return_nonlocals(tree, Fresh(taken))
        nodes = list(walk(tree))
    name_outputs(nodes, program)
    place_written(nodes, program)
    context = _context(program, nodes, statics, suspects, kinds)
    note_refused(nodes, context)
    if not program.is_generated:
        note_hiding(nodes, context)
    context.problems.raise_any(program.name)
    call_indexed(nodes, context)
    call_stand_ins(nodes, context)
    list_generators(tree, nodes, context)
    context.problems.raise_any(program.name)
    spell_out(tree, nodes, context)
    if any(isinstance(node, FUNCTIONS) for node in nodes[1:]):
        name_lambdas(tree, context)
        lift_functions(tree, context)
    if gast.Match in kinds_of_nodes:
        tree.body = lower_matches(tree.body, context)
    tree.body = lower_loop_else(tree.body, context)
    tree.body = lower_block(tree.body, context)
    tree.body = spend_lists(tree.body, context)
    tree.body = index_loops(tree.body, context)
    tree.body = split_assignments(tree.body, context)
    settle_function(tree, context)
    note_remaining(tree, context)
    context.problems.raise_any(program.name)
    return program


def _is_known_choice(node: Any) -> bool:
    return isinstance(node, gast.IfExp) and isinstance(node.test, gast.Constant)


def outline(kinds: Mapping[str, Kind]) -> tuple[Any, ...]:
    """What the normal form depends on of the kinds of parameters.

    >>> import numpy as np
    >>> from sourcediff.kinds import Array, Scalar
    >>> numbers = Array(np.dtype(float), (3,)), Scalar(np.dtype(float))
    >>> len({outline({"x": kind}) for kind in numbers})
    1
    """
    return tuple((name, _outlined(kind)) for name, kind in kinds.items())


def _outlined(kind: Kind) -> Any:
    """A kind without all that is of no account: the sizes of arrays, and types."""
    match kind:
        case Dict(items=pairs):
            return Dict, tuple((key, _outlined(item)) for key, item in pairs)
        case Record(type=made, fields=pairs):
            return made, tuple((key, _outlined(field)) for key, field in pairs)
        case List(item=item, type=made):
            return List, made, None if item is None else _outlined(item)
        case Sequence(type=made, items=items):
            return Sequence, made, tuple(map(_outlined, items))
        case _:
            return isinstance(kind, Unknown), is_differentiable(kind)


def _context(
    program: Program,
    nodes: list[Any],
    statics: dict[str, Any],
    suspects: frozenset[str],
    kinds: Mapping[str, Kind],
) -> Context:
    taken = identifiers(nodes) | set(program.statics) | program.data
    return Context(
        program,
        Suspicion(program, suspects, kinds, nodes),
        Fresh(taken),
        Problems(program.origin),
        statics,
        _function_names(nodes),
    )


def _function_names(nodes: list[Any]) -> set[str]:
    """The names of variables of functions: those that are not comprehensions' own.

    Nobody asks for them where there are no comprehensions; `map` of a lambda is one.
    """
    names: set[str] = set()
    if not any(isinstance(node, SCOPES) for node in nodes[1:]):
        return names
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            names |= bound_names(node) | free_names(node)
    return names
