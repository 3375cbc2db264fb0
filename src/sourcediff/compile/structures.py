"""Which kinds of arguments a pair of functions cannot tell changes of."""

from __future__ import annotations

from sourcediff.kinds import Array, Dict, Kind, List, Record, is_differentiable


def is_changed_structure(kind: Kind) -> bool:
    """Whether writing into a value of this kind may change parts of a structure.

    >>> is_changed_structure(List(None))
    True
    """
    if isinstance(kind, Record | Dict | List):
        return True
    return not isinstance(kind, Array) and is_differentiable(kind)
