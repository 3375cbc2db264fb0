"""Where numbers hide from the compiler: keys, sets, digits, arrays of objects."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from sourcediff.front.context import Context
from sourcediff.front.purity import callee, is_numpy
from sourcediff.front.resolve import MISSING, static_value
from sourcediff.kinds import Dict

_MAKERS = (dict, defaultdict, OrderedDict, Counter)
_CAUSE = "a key of a dict that is differentiated; keep such numbers in a list"
_SET = "a set of active values; collect them in a list"
_OBJECTS = "numbers in an array of objects; make it one of floats, or a list"
#: Where functions of NumPy take a dtype by position.
_PLACES = {"array": 1, "asarray": 1, "empty": 1, "zeros": 1, "ones": 1, "full": 2}
_DIGITS = frozenset(("as_integer_ratio", "hex"))
#: What may make keys, sets, digits or arrays.
_MAKING = frozenset(
    {gast.Dict, gast.DictComp, gast.Set, gast.SetComp, gast.Subscript}
    | {gast.Call, gast.Assign}
)


def note_hiding(nodes: list[Any], context: Context) -> None:
    """Note what makes a key of a number that may carry a derivative.

    So are its digits, and arrays of objects, text or records that it is put into.
    """
    mappings = {
        target.id
        for node in nodes
        if isinstance(node, gast.Assign) and _is_dict(node.value, context)
        for target in node.targets
        if isinstance(target, gast.Name)
    }
    mappings |= {n for n, k in context.suspect.kinds.items() if isinstance(k, Dict)}
    of_keys = {name for node in nodes for name in _iterated(node, mappings)}
    for node in nodes:
        if node.__class__ not in _MAKING:
            continue
        for key in _keys(node, mappings, context):
            is_key = isinstance(key, gast.Name) and key.id in of_keys
            if not is_key and context.suspect(key):
                context.refuse(key, _CAUSE)
        if _writes_digits(node) and context.suspect(node.func.value):
            context.refuse(node, "digits of a number have no derivative; use it itself")
        if _holds_objects(node, context):
            context.refuse(node, _OBJECTS)
        if any(map(context.suspect, _elements_of_set(node, context))):
            context.refuse(node, _SET)


def _is_dict(node: Any, context: Context) -> bool:
    if isinstance(node, gast.Call):
        return callee(node, context.program) in _MAKERS
    return isinstance(node, gast.Dict | gast.DictComp)


def _keys(node: Any, mappings: set[str], context: Context) -> Iterator[Any]:
    """The keys that a node makes."""
    match node:
        case gast.Dict(keys=keys):
            yield from (key for key in keys if key is not None)
        case gast.DictComp(key=key):
            yield key
        case gast.Subscript(value=gast.Name(id=name), slice=key, ctx=gast.Store()):
            if name in mappings:
                yield key
        case gast.Call(args=[pairs]) if _is_dict(node, context):
            yield from _keys_of_pairs(pairs)


def _keys_of_pairs(node: Any) -> Iterator[Any]:
    match node:
        case gast.Call(func=gast.Name(id="zip"), args=[keys, _]):
            yield keys
        case gast.List(elts=pairs) | gast.Tuple(elts=pairs):
            for pair in pairs:
                yield from _first(pair)
        case gast.ListComp(elt=pair) | gast.GeneratorExp(elt=pair):
            yield from _first(pair)


def _first(pair: Any) -> Iterator[Any]:
    if isinstance(pair, gast.Tuple | gast.List) and pair.elts:
        yield pair.elts[0]


def _elements_of_set(node: Any, context: Context) -> list[Any]:
    """What a set is made of."""
    match node:
        case gast.Set(elts=elements):
            return list(elements)
        case gast.SetComp(elt=element):
            return [element]
        case gast.Call(args=[elements]):
            made = callee(node, context.program)
            return [elements] if made in (set, frozenset) else []
        case _:
            return []


def _iterated(node: Any, mappings: set[str]) -> Iterator[str]:
    """The names that stand for the keys of a dict, one after the other."""
    if not isinstance(node, gast.For | gast.comprehension):
        return
    match node.target, node.iter:
        case gast.Name(id=key), gast.Name(id=name) if name in mappings:
            yield key
        case gast.Name(id=key), gast.Call(
            func=gast.Attribute(value=gast.Name(), attr="keys")
        ):
            yield key


def _writes_digits(node: Any) -> bool:
    match node:
        case gast.Call(func=gast.Attribute(attr=attr), args=[]):
            return attr in _DIGITS
        case _:
            return False


def _holds_objects(node: Any, context: Context) -> bool:
    """Whether what may carry derivatives is put into an array of objects or text."""
    match node:
        case gast.Assign(targets=[gast.Name() as target], value=gast.Call() as made):
            return context.suspect(target) and _is_of_objects(made, context)
        case gast.Call():
            return context.suspect(node) and _is_of_objects(node, context)
        case _:
            return False


def _is_of_objects(node: Any, context: Context) -> bool:
    """Whether a call of NumPy makes an array whose elements are no numbers."""
    given = [k.value for k in node.keywords if k.arg == "dtype"]
    if isinstance(node.func, gast.Attribute) and node.func.attr == "astype":
        given += node.args[:1]
    elif is_numpy(function := callee(node, context.program)):
        place = _PLACES.get(function.__name__, len(node.args))
        given += node.args[place : place + 1]
    return any(_is_no_number(value, context) for value in given)


def _is_no_number(node: Any, context: Context) -> bool:
    """Whether an argument is a dtype of objects, text or records."""
    match node:
        case gast.Constant(value=str() as text):
            given: Any = text
        case gast.List(elts=[gast.Tuple(), *_]):
            return all(isinstance(part, gast.Tuple) for part in node.elts) and any(
                isinstance(inner, gast.Constant) and isinstance(inner.value, str)
                for part in node.elts
                for inner in part.elts
            )
        case _:
            given = static_value(node, context.program)
    if not isinstance(given, type | str):
        return False
    try:
        return np.dtype(given).kind in "OSUV" and given is not MISSING
    except TypeError:
        return False
