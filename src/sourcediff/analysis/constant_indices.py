"""Parameters that index others and stay as they are while the program runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gast

from sourcediff.analysis.effects import bound_names
from sourcediff.ir import Program
from sourcediff.kinds import Array, Dict, Kind, List, Record, Scalar, Sequence, Static
from sourcediff.trees import children

_ASKED = frozenset({"size", "shape", "ndim", "dtype"})
_COUNTED = frozenset({"len", "range", "int", "float", "abs"})
_WALKED = frozenset({"enumerate", "zip", "reversed"})
#: Stands for the parent of what is used as an index.
_INDEX = gast.Slice(None, None, None)


def constant_indices(program: Program, known: Mapping[str, Kind]) -> frozenset[str]:
    """Parameters of integers whose elements no statement of the program can change.

    Of all names that may stand for memory of integers only elements and sizes are
    read: none is written, named anew or handed on, so it does not matter which of them
    are the same array. `idx` is one in `out[idx[i]] += v[i]`.
    """
    holders = {name for name, kind in known.items() if _may_hold_integers(kind)}
    arrays = {
        name: kind.ndim == 1
        for name in holders.intersection(program.parameters)
        if isinstance(kind := known[name], Array) and kind.dtype.kind in "iu"
    }
    holders |= (set(program.parameters) | program.data) - known.keys()
    rows = dict.fromkeys(holders, False) | arrays
    if not arrays or any(_escapes(program.node.body, rows)):
        return frozenset()
    return frozenset(arrays)


def _may_hold_integers(kind: Kind | None) -> bool:
    match kind:
        case Scalar() | Static() | None:
            return False
        case Array(dtype=dtype):
            return dtype.kind not in "fc"
        case Sequence(items=items):
            return any(map(_may_hold_integers, items))
        case List(item=item):
            return _may_hold_integers(item)
        case Dict(items=pairs) | Record(fields=pairs):
            return any(_may_hold_integers(item) for _, item in pairs)
        case _:
            return True


def _escapes(body: list[Any], rows: Mapping[str, bool]) -> Iterator[bool]:
    """For each use of the names, whether it is more than a read of elements or sizes.

    `rows` tells which of the names are arrays of one dimension.
    """
    pending: list[tuple[Any, Any]] = [(node, None) for node in body]
    while pending:
        node, parent = pending.pop()
        match node:
            case gast.Name(id=identifier) if identifier in rows:
                yield not _is_asked(node, parent, rows[identifier])
            case gast.Subscript(value=value, slice=key):
                if isinstance(value, gast.Name) and value.id in rows:
                    yield not _is_element(node, parent)
                else:
                    pending.append((value, node))
                parts = key.elts if isinstance(key, gast.Tuple) else [key]
                pending += [(part, _INDEX) for part in parts]
                continue
            case gast.For(target=target):
                yield not rows.keys().isdisjoint(bound_names(target))
        pending += [(inner, node) for inner in children(node)]


def _is_asked(node: Any, parent: Any, is_row: bool) -> bool:
    """Whether a name stands where its size or its elements are asked for."""
    if not isinstance(node.ctx, gast.Load):
        return False
    match parent:
        case gast.Slice():
            return True
        case gast.Attribute(attr=attribute):
            return attribute in _ASKED
        case gast.Call(func=gast.Name(id=function)):
            return function == "len" or (is_row and function in _WALKED)
        case gast.For(iter=iterable):
            return is_row and iterable is node
        case _:
            return False


def _is_element(node: Any, parent: Any) -> bool:
    """Whether `idx[i]` stands where its value alone is of use."""
    if not isinstance(node.ctx, gast.Load):
        return False
    match parent:
        case gast.Slice() | gast.BinOp() | gast.Compare() | gast.UnaryOp():
            return True
        case gast.Call(func=gast.Name(id=function)):
            return function in _COUNTED
        case _:
            return False
