"""Arrays all of whose elements are stored before they are read are not cleared."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

import gast

from sourcediff.analysis.effects import blocks
from sourcediff.kinds import Array, Dim, Kind
from sourcediff.transform.affine import Affine, affine
from sourcediff.transform.build import at, clone, names_in
from sourcediff.transform.dependence import is_everything
from sourcediff.transform.touches import is_zeros

#: The elements that a key selects along an axis: from the first, up to but without the
#: second (None: the end).
Part = tuple[Affine, Affine | None]


def uncleared(
    body: list[Any], own: Set[str], counts: Set[str], kind_of: Callable[[str], Kind]
) -> list[Any]:
    r"""The body with `np.empty_like` for `np.zeros_like` of what is stored as a whole.

    `own` are the arrays to look at, `counts` names of one value that is at least zero.

    >>> tree = gast.parse("a_bar = np.zeros_like(a)\na_bar[n:] = b\na_bar[:n] = c")
    >>> body = uncleared(tree.body, {"a_bar"}, {"n"}, lambda name: Array(float))
    >>> print(gast.unparse(gast.fix_missing_locations(body[0])))
    a_bar = np.empty_like(a)
    """
    out: list[Any] = []
    for index, statement in enumerate(body):
        for part in ("body", "orelse"):
            inner = getattr(statement, part, None)
            if isinstance(inner, list) and inner and blocks(statement):
                setattr(statement, part, uncleared(inner, own, counts, kind_of))
        made = _made_of_zeros(statement)
        covered = made in own and _is_covered(
            made, body[index + 1 :], counts, kind_of(made)
        )
        out.append(_empty(statement) if covered else statement)
    return out


def _made_of_zeros(statement: Any) -> str:
    match statement:
        case gast.Assign(targets=[gast.Name(id=to)], value=value) if is_zeros(value):
            return str(to)
        case _:
            return ""


def _is_covered(
    identifier: str, after: list[Any], counts: Set[str], kind: Kind
) -> bool:
    """Whether stores reach all elements before anything else looks at the array."""
    if not isinstance(kind, Array):
        return False
    parts: dict[tuple[int, int], list[Part]] = {}
    for statement in after:
        if identifier not in set(names_in(statement)):
            continue
        found = _stored(statement, identifier, counts)
        if found is None:
            return False
        axis, rank, part = found
        parts.setdefault((axis, rank), []).append(part)
        size = kind.dims[axis] if kind.dims and axis < len(kind.dims) else None
        if _fill(parts[axis, rank], size):
            return True
    return False


def _stored(
    statement: Any, identifier: str, counts: Set[str]
) -> tuple[int, int, Part] | None:
    """The axis, the number of keys and the part that a statement stores to."""
    match statement:
        case gast.Assign(
            targets=[gast.Subscript(value=gast.Name(id=to), slice=key)], value=value
        ) if to == identifier and identifier not in set(names_in(value)):
            keys = key.elts if isinstance(key, gast.Tuple) else [key]
            axes = [i for i, k in enumerate(keys) if not is_everything(k)]
            part = _part(keys[axes[0]], counts) if len(axes) == 1 else None
            return None if part is None else (axes[0], len(keys), part)
        case _:
            return None


def _part(key: Any, counts: Set[str]) -> Part | None:
    if not isinstance(key, gast.Slice):
        place = _place(key, counts)
        return None if place is None else (place, place + Affine(1))
    low = Affine(0) if key.lower is None else _place(key.lower, counts)
    if key.step is not None or low is None:
        return None
    if key.upper is None:
        return low, None
    high = _place(key.upper, counts)
    return None if high is None else (low, high)


def _place(node: Any, counts: Set[str]) -> Affine | None:
    """A place along an axis that is certainly not counted from its end."""
    form = affine(node)
    if form is None or form.constant < 0:
        return None
    known = all(name in counts and factor > 0 for name, factor in form.terms)
    return form if known else None


def _fill(parts: list[Part], size: Dim) -> bool:
    """Whether parts, end to end, make an axis."""
    ends = dict(parts)
    place: Affine | None = Affine(0)
    while place in ends:
        place = ends.pop(place)
        if place is None or (not place.terms and place.constant == size):
            return True
    return False


def _empty(statement: Any) -> Any:
    function = clone(statement.value.func)
    function.attr = "empty_like"
    made = gast.Call(function, statement.value.args, [])
    return at(statement, [gast.Assign(statement.targets, made, None)])[0]
