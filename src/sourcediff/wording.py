"""Kinds in words, as explanations and exported modules tell them."""

from __future__ import annotations

from typing import Any

from sourcediff.kinds import (
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    scalar_of,
)


def described(kind: Kind) -> str:
    """A kind in a few words.

    >>> import numpy as np
    >>> from sourcediff.analysis.signature import kinds_of
    >>> [described(k) for k in kinds_of({"x": np.ones((5, 1)), "n": 7}).values()]
    ['float64 array (x.shape[0], 1)', 'int n']
    """
    kind = scalar_of(kind)
    match kind:
        case Array(dtype=dtype, dims=None):
            return f"{dtype} array"
        case Array(dtype=dtype, dims=dims):
            sizes = ", ".join(_size(d) for d in dims or ())
            return f"{dtype} array ({sizes}{',' if len(dims or ()) == 1 else ''})"
        case Scalar(dtype=dtype, python=python, value=value):
            label = {"i": "int", "f": "float", "c": "complex", "b": "bool"}
            word = label.get(dtype.kind, str(dtype)) if python else str(dtype)
            return word if value is None else f"{word} {_size(value)}"
        case Sequence(type=cls, items=items):
            return f"{cls.__name__} of {', '.join(map(described, items))}"
        case List(item=item):
            return f"list of {described(item)}" if item is not None else "list"
        case Dict(items=pairs):
            return f"dict of {', '.join(f'{k!r}: {described(v)}' for k, v in pairs)}"
        case Record(type=cls, fields=fields):
            inner = ", ".join(f"{n}: {described(k)}" for n, k in fields)
            return f"{cls.__name__} of {inner}"
        case _:
            value = getattr(kind, "value", None)
            return repr(value) if hasattr(kind, "value") else "unknown"


def _size(dim: Any) -> str:
    if dim is None:
        return "?"
    if isinstance(dim, int):
        return str(dim)
    offset = (
        f" {'+' if dim.offset > 0 else '-'} {abs(dim.offset)}" if dim.offset else ""
    )
    factor = f"{dim.factor} * " if dim.factor != 1 else ""
    return f"{factor}{dim.symbol}{offset}"
