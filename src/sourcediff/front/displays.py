"""Expressions that make lists and dicts of others, as displays and sums of lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.spelling import Spelling
from sourcediff.kinds import (
    Dict,
    Kind,
    List,
    Sequence,
    Static,
    is_differentiable,
    least_length,
)

#: What may have to be written otherwise.
_SPELLED = frozenset({gast.Starred, gast.Dict, gast.BinOp, gast.Call})


class Displays(Spelling):
    """Rewrites the expressions of a statement whose values may matter.

    `[*xs, y]` becomes `xs + [y]`, `dict(a=x)` becomes `{"a": x}`, and `{**d, "b": y}`
    and `d.get("a")` are written out where the keys of `d` are known.
    """

    def __init__(
        self, builtin: Callable[[str], Any], kind_of: Callable[[Any], Kind]
    ) -> None:
        self._builtin = builtin
        self._kind_of = kind_of

    def applies(self, nodes: list[Any]) -> bool:
        """Whether anything among the nodes of a program may have to be written."""
        return any(self._may_matter(n) for n in nodes if n.__class__ in _SPELLED)

    def _may_matter(self, node: Any) -> bool:
        match node:
            case gast.Starred():
                return True
            case gast.Dict(keys=keys):
                return None in keys
            case gast.BinOp(op=op):
                return isinstance(op, gast.BitOr)
            case gast.Call(func=gast.Attribute(attr=attr)):
                return attr in ("get", "values")
            case gast.Call(func=function):
                return self._is_dict(function)
            case _:
                return False

    def _made(self, node: Any) -> Any:
        match node:
            case gast.List(elts=elements, ctx=gast.Load()) if _has_star(elements):
                return self._joined(elements, list)
            case gast.Tuple(elts=elements, ctx=gast.Load()) if _has_star(elements):
                return self._joined(elements, tuple)
            case gast.Dict(keys=keys, values=values) if None in keys:
                return self._merged(keys, values)
            case gast.Call(func=gast.Name() as function, args=arguments):
                if self._is_dict(function) and any(map(self._matters, _given(node))):
                    return self._dict(arguments, node.keywords)
                if len(arguments) == 1 and isinstance(arguments[0], gast.Starred):
                    return self._turned(function, arguments[0].value)
            case gast.Call(
                func=gast.Attribute(value=base, attr="get"),
                args=[gast.Constant(value=key), *default],
                keywords=[],
            ) if isinstance(self._kind_of(base), Dict):
                return self._got(base, key, default)
            case gast.Call(
                func=gast.Attribute(value=base, attr="values"), args=[], keywords=[]
            ) if (entries := self._entries(base)) and self._matters(base):
                return gast.Tuple([value for _, value in entries], gast.Load())
            case gast.BinOp(left=left, op=gast.BitOr(), right=right):
                both = self._kind_of(left), self._kind_of(right)
                if all(isinstance(kind, Dict) for kind in both):
                    return self._merged([None, None], [left, right])
        return None

    def _matters(self, node: Any) -> bool:
        return is_differentiable(self._kind_of(node))

    def _is_dict(self, function: Any) -> bool:
        kind = self._kind_of(function)
        return isinstance(kind, Static) and kind.value is dict

    def _turned(self, function: Any, rows: Any) -> Any:
        """`zip(*rows)` of rows that are known one by one, as a tuple of tuples."""
        kind, known = self._kind_of(rows), self._kind_of(function)
        if not isinstance(known, Static) or known.value is not zip:
            return None
        if not isinstance(kind, Sequence) or not isinstance(rows, gast.Name):
            return None
        counts = {len(k.items) for k in kind.items if isinstance(k, Sequence)}
        if len(counts) != 1 or not all(isinstance(k, Sequence) for k in kind.items):
            return None
        return gast.Tuple(
            [
                gast.Tuple(
                    [
                        build.subscript(
                            build.subscript(build.load(rows.id), build.constant(i)),
                            build.constant(j),
                        )
                        for i in range(len(kind.items))
                    ],
                    gast.Load(),
                )
                for j in range(counts.pop())
            ],
            gast.Load(),
        )

    def _joined(self, elements: list[Any], type_: type) -> Any:
        """`[*a, x, *b]` as `a + [x] + b`."""
        display = gast.List if type_ is list else gast.Tuple
        parts: list[Any] = []
        for element in elements:
            if isinstance(element, gast.Starred):
                parts.append(self._converted(element.value, type_))
            elif parts and isinstance(parts[-1], display):
                parts[-1].elts.append(element)
            else:
                parts.append(display([element], gast.Load()))
        if len(parts) == 1:
            return build.call(self._builtin(type_.__name__), parts[0])
        total = parts[0]
        for part in parts[1:]:
            total = build.binary(total, gast.Add(), part)
        return total

    def _converted(self, node: Any, type_: type) -> Any:
        kind = self._kind_of(node)
        fits = isinstance(kind, List | Sequence) and kind.type is type_
        if fits:
            return node
        return build.call(self._builtin(type_.__name__), node)

    def _entries(self, node: Any) -> list[tuple[Any, Any]] | None:
        """The keys and values of a dict whose keys are known."""
        if isinstance(node, gast.Dict):
            return list(zip(node.keys, node.values, strict=True))
        kind = self._kind_of(node)
        plain = isinstance(node, gast.Name | gast.Subscript | gast.Attribute)
        if not isinstance(kind, Dict) or not plain:
            return None
        return [
            (
                build.constant(key),
                build.subscript(build.duplicate(node), build.constant(key)),
            )
            for key, _ in kind.items
        ]

    def _merged(self, keys: list[Any], values: list[Any]) -> Any:
        """`{**d, "b": y}` with the entries of d written out."""
        entries: dict[Any, tuple[Any, Any]] = {}
        for key, value in zip(keys, values, strict=True):
            found = self._entries(value) if key is None else [(key, value)]
            if found is None:
                return None
            for known, entry in found:
                if not isinstance(known, gast.Constant):
                    return None
                entries[known.value] = known, entry
        return gast.Dict(
            [key for key, _ in entries.values()],
            [value for _, value in entries.values()],
        )

    def _dict(self, arguments: list[Any], keywords: list[Any]) -> Any:
        if len(arguments) > 1:
            return None
        match arguments:
            case [gast.Call(func=gast.Name() as zipped, args=[names, values])] if (
                self._kind_of(zipped) == Static(zip) and not keywords
            ):
                return self._named(names, values)
        keys = [k.arg and build.constant(k.arg) for k in keywords]
        keys = [None] * len(arguments) + keys
        return self._merged(keys, [*arguments, *(k.value for k in keywords)])

    def _named(self, names: Any, values: Any) -> Any:
        """`dict(zip(("a", "b"), v))` as `{"a": v[0], "b": v[1]}`."""
        kind, held = self._kind_of(names), self._kind_of(values)
        keys = kind.items if isinstance(kind, Sequence) else ()
        if isinstance(values, gast.Tuple | gast.List) and not _has_star(values.elts):
            parts = values.elts
        elif isinstance(values, gast.Name):
            count = least_length(held, len(keys))
            parts = [
                build.subscript(build.duplicate(values), build.constant(i))
                for i in range(count)
            ]
        else:
            return None
        if not keys or not parts or not all(isinstance(k, Static) for k in keys):
            return None
        made = [build.constant(k.value) for k in keys if isinstance(k, Static)]
        count = min(len(made), len(parts))
        return gast.Dict(made[:count], parts[:count])

    def _got(self, base: Any, key: Any, default: list[Any]) -> Any:
        kind = self._kind_of(base)
        assert isinstance(kind, Dict)
        if kind.get(key) is not None:
            return build.subscript(base, build.constant(key))
        return default[0] if default else build.constant(None)


def _has_star(elements: list[Any]) -> bool:
    return any(isinstance(element, gast.Starred) for element in elements)


def _given(node: Any) -> list[Any]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]
