"""Kinds of calls, and what they do to the containers they are given."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from sourcediff.analysis.attributes import constructed, has_plain_instances
from sourcediff.analysis.builtin_calls import HARMLESS, dict_method
from sourcediff.analysis.containers import HARMLESS_METHODS, list_method
from sourcediff.analysis.dims import INT
from sourcediff.analysis.iterators import arranges
from sourcediff.analysis.known_calls import known_call
from sourcediff.kinds import (
    DATA,
    UNKNOWN,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    renewable,
)
from sourcediff.rules import lookup, made_class, program_for
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.analysis.expressions import Evaluator


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call of a user's function comes to.

    `changes`: it may change the kind of a container that an argument holds; the kinds
    of the arguments after the call are `after`, by position or keyword, if it changes
    nothing else (None: it may). `function`: the function that is called in truth, where
    it is another one.
    """

    kind: Kind
    changes: bool = False
    function: Any = None
    after: Mapping[int | str, Kind] | None = None


#: Asks for the outcome of a user's function. A bare kind means that nothing changes,
#: but a bare Unknown that anything may.
Ask = Callable[[object, tuple[Kind, ...], dict[str, Kind]], "Kind | Outcome"]


@dataclass(frozen=True, slots=True)
class Arguments:
    """The kinds of a call's arguments; `complete` unless some could not be told."""

    positional: tuple[Kind, ...]
    keywords: Mapping[str, Kind]
    complete: bool = True


def call_kind(evaluator: Evaluator, node: Any) -> Kind:
    """The kind of a call; records whom it calls."""
    function_kind = evaluator.kind(node.func)
    given = _arguments(evaluator, node)
    receiver, function = None, None
    if isinstance(node.func, gast.Attribute):
        receiver, function = evaluator.receivers.get(node.func, (None, None))
    if isinstance(function_kind, Static):
        function, receiver = function_kind.value, None
    elif isinstance(function_kind, Record):
        function, receiver = _call_method(function_kind), function_kind
    elif not isinstance(function, types.FunctionType) and not callable(function):
        function = None
    if function is None and _copies_a_cotangent(evaluator, node):
        function, receiver = np.ndarray.copy, UNKNOWN
    function = program_for(function, given.keywords) or function
    evaluator.callees[node] = function
    evaluator.mutations_before_call = evaluator.mutations
    if function is None:
        evaluator.forget(_holders(node))
        return UNKNOWN
    return _result(evaluator, node, function, receiver, given)


def _copies_a_cotangent(evaluator: Evaluator, node: Any) -> bool:
    """Whether this is `x_bar.copy()` in an adjoint: of an array, kind known or not."""
    written_by_us = evaluator.program.origin.file.startswith("<sourcediff ")
    match node:
        case gast.Call(func=gast.Attribute(attr="copy"), args=[], keywords=[]):
            return written_by_us
    return False


def _call_method(record: Record) -> Any:
    found = inspect.getattr_static(record.type, "__call__", None)
    return found if isinstance(found, types.FunctionType) else None


def _arguments(evaluator: Evaluator, node: Any) -> Arguments:
    positional: list[Kind] = []
    complete = True
    for argument in node.args:
        kind = evaluator.kind(argument)
        if not isinstance(argument, gast.Starred):
            positional.append(kind)
        elif isinstance(kind, Sequence):
            positional.extend(kind.items)
        else:
            complete = False
    keywords: dict[str, Kind] = {}
    for keyword in node.keywords:
        kind = evaluator.kind(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = kind
        elif isinstance(kind, Dict) and all(isinstance(k, str) for k, _ in kind.items):
            keywords.update(kind.items)
        else:
            complete = False
    return Arguments(tuple(positional), keywords, complete)


def _result(
    evaluator: Evaluator,
    node: Any,
    function: Any,
    receiver: Kind | None,
    given: Arguments,
) -> Kind:
    match receiver:
        case Dict() | List():
            return _container_method(evaluator, node, receiver, given)
        case Sequence(type=t) if t is list:
            return _container_method(evaluator, node, receiver, given)
        case Sequence():
            return Scalar(INT) if node.func.attr in ("index", "count") else UNKNOWN
        case Static(value=str()):
            return UNKNOWN
    if isinstance(function, (gast.FunctionDef, gast.Lambda)):
        return evaluator.local_call(function, node, given)
    positional = given.positional if receiver is None else (receiver, *given.positional)
    if not given.complete:
        return _incomplete(evaluator, node, function)
    made = _made(function, positional, given.keywords)
    if made is not None:
        evaluator.unite(_holders(node))
        return made
    rule = lookup(function)
    if rule is not None and rule.kind == "mutation":
        return Static(None)  # arrays in containers stay what they are
    found = known_call(function, positional, given.keywords)
    if found is not None:
        return _of_data(found, rule, given, positional)
    if _is_harmless(function):
        if any(isinstance(k, Static) and callable(k.value) for k in positional) or any(
            map(_is_nested, positional)
        ):
            evaluator.forget(_holders(node))
        return _of_data(UNKNOWN, rule, given, positional)
    return _asked(evaluator, node, function, positional, dict(given.keywords))


def _of_data(
    found: Kind, rule: Any, given: Arguments, positional: tuple[Kind, ...]
) -> Kind:
    """The kind of a result, which is data if a function with a rule made it of data."""
    kinds = (*positional, *given.keywords.values())
    made = rule is not None and DATA in kinds and UNKNOWN not in kinds
    return DATA if made and found == UNKNOWN else found


def _made(
    function: Any, positional: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> Kind | None:
    """The kind of the object that a call makes, if that is all the call does."""
    if function is object.__new__:
        match positional:
            case (Static(value=type() as cls),) if has_plain_instances(cls):
                return Record(cls, ())
        return None
    renewed = _renewed(function, positional, keywords)
    if renewed is not None:
        return renewed
    library = made_class(function)
    if library is not None:
        return Record(library, ())
    if arranges(function):
        return None
    if isinstance(function, type) and function.__module__ != "builtins":
        return constructed(function, positional, keywords)
    return None


def _renewed(
    function: Any, positional: tuple[Kind, ...], keywords: Mapping[str, Kind]
) -> Kind | None:
    """The kind of a copy of a named tuple or a dataclass with other fields."""
    match positional:
        case (Record(type=cls, fields=fields) as record,) if isinstance(cls, type):
            own = getattr(cls, "_replace", None) if issubclass(cls, tuple) else None
            if renewable(cls) is None or function not in (dataclasses.replace, own):
                return None
            pairs = tuple((name, keywords.get(name, part)) for name, part in fields)
            return dataclasses.replace(record, fields=pairs)
    return None


def _incomplete(evaluator: Evaluator, node: Any, function: Any) -> Kind:
    evaluator.forget(_holders(node))
    return UNKNOWN


def _is_harmless(function: Any) -> bool:
    try:
        if function in HARMLESS:
            return True
    except TypeError:  # unhashable
        return False
    if lookup(function) is not None and not isinstance(function, types.FunctionType):
        return True
    module = getattr(function, "__module__", None) or ""
    home = getattr(function, "__objclass__", None)
    return module.partition(".")[0] == "numpy" or (
        isinstance(home, type) and home.__module__ == "numpy"
    )


def _asked(
    evaluator: Evaluator,
    node: Any,
    function: Any,
    positional: tuple[Kind, ...],
    keywords: dict[str, Kind],
) -> Kind:
    if evaluator.dead:
        return UNKNOWN
    given = (*positional, *keywords.values())
    calls_back = any(map(_is_nested, given))
    answer = evaluator.ask(
        function,
        tuple(map(_hidden, positional)),
        {name: _hidden(kind) for name, kind in keywords.items()},
    )
    if isinstance(answer, Outcome):
        outcome = answer
    else:
        outcome = Outcome(answer, answer == UNKNOWN)
    if outcome.function is not None:
        evaluator.callees[node] = outcome.function
    holders = tuple(_holders(node))
    if calls_back or (outcome.changes and outcome.after is None):
        evaluator.forget(holders)
    else:
        # It may still have put one argument into another.
        evaluator.unite(holders)
    if outcome.changes and outcome.after is not None and not calls_back:
        nodes = _argument_nodes(node, len(positional))
        for place, kind in outcome.after.items():
            evaluator.changed(nodes[place], kind)
    return outcome.kind


def _argument_nodes(node: Any, count: int) -> dict[int | str, Any]:
    """The arguments of a call by position or keyword, that of a method's object too."""
    given = list(node.args)
    if len(given) < count:
        given.insert(0, getattr(node.func, "value", node.func))
    found: dict[int | str, Any] = dict(enumerate(given))
    return {**found, **{k.arg: k.value for k in node.keywords}}


def _is_nested(kind: Kind) -> bool:
    return isinstance(kind, Static) and isinstance(kind.value, gast.AST)


def _hidden(kind: Kind) -> Kind:
    """The kind as another function may see it, which cannot see into this one."""
    return UNKNOWN if _is_nested(kind) else kind


def _container_method(
    evaluator: Evaluator, node: Any, receiver: Kind, given: Arguments
) -> Kind:
    name = node.func.attr
    if not given.complete or given.keywords:
        evaluator.forget(_holders(node))
        return UNKNOWN
    method = dict_method if isinstance(receiver, Dict) else list_method
    values = given.positional
    if len(values) == len(node.args):
        values = tuple(map(evaluator.kept, node.args, values))

    def change(kind: Kind) -> Kind | None:
        if isinstance(kind, Dict) is not isinstance(receiver, Dict):
            return None
        return method(kind, name, values)[1]

    if evaluator.entangles(node.func.value, receiver, node.args, given.positional):
        evaluator.forget(_holders(node))
    elif name not in HARMLESS_METHODS:
        evaluator.mutate(node.func.value, receiver, change)
    return method(receiver, name, values)[0]


def _holders(node: Any) -> Iterator[str]:
    """The names that a call reads."""
    for part in walk(node):
        if isinstance(part, gast.Name):
            yield part.id
