"""Rows of nested lists that loops read again and again get names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, blocks
from sourcediff.transform.build import assign, clone, name, names_in, same, subscript
from sourcediff.transform.names import describe
from sourcediff.trees import walk, with_children


@dataclass
class Rows:
    """Gives names to the rows of nested lists; one row has one name in every loop.

    A row is looked up where the block begins in which its index does not change.
    """

    fresh: Callable[[str], str]
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def named(self, statement: Any, rows: str, owner: str, depth: int) -> Any:
        """A statement whose loops read rows by name.

        `rows` is a list of lists, `depth` of them nested, that stands for `owner`.
        """
        for part in ("body", "orelse"):
            block = getattr(statement, part, None)
            if depth > 1 and isinstance(block, list) and block and blocks(statement):
                setattr(statement, part, self._block(block, rows, owner, depth))
        return statement

    def owners(self) -> dict[str, str]:
        """By the name of a list or of a row, the list that it belongs to."""
        found: dict[str, str] = {}
        for (rows, _), row in self._known.items():
            found[row] = found.setdefault(rows, rows)
        return found

    def _block(self, block: list[Any], rows: str, owner: str, depth: int) -> list[Any]:
        bound = assigned_in(block)
        keys = [k for k in _keys(block, rows) if not set(names_in(k)) & bound]
        heads = []
        for index, key in enumerate(keys):
            again = any(same(key, other) for other in keys[index + 1 :])
            if not again or any(same(key, other) for other in keys[:index]):
                continue
            row = self._name(rows, owner, key)
            heads.append(assign(row, subscript(name(rows), clone(key))))
            block = [_with_row(s, rows, key, row) for s in block]
            block = [self.named(s, row, row, depth - 1) for s in block]
        return [*heads, *(self.named(s, rows, owner, depth) for s in block)]

    def _name(self, rows: str, owner: str, key: Any) -> str:
        row = rows, gast.dump(key)
        if row not in self._known:
            words = describe(subscript(name(owner), key))
            self._known[row] = self.fresh(words or f"{owner}_row")
        return self._known[row]


def _keys(block: list[Any], rows: str) -> Iterator[Any]:
    """The indices of rows that a block reads whatever happens, inner loops twice."""
    for statement in block:
        match statement:
            case gast.For(iter=iterable, body=body):
                yield from _keys_in(iterable, rows)
                inner = list(_keys(body, rows))
                yield from inner
                yield from inner
            case gast.If(test=test) | gast.While(test=test):
                yield from _keys_in(test, rows)
            case _:
                yield from _keys_in(statement, rows)


def _keys_in(node: Any, rows: str) -> Iterator[Any]:
    for child in walk(node):
        if isinstance(child, gast.Subscript) and _is_name(child.value, rows):
            yield child.slice


def _is_name(node: Any, identifier: str) -> bool:
    return isinstance(node, gast.Name) and node.id == identifier


def _with_row(node: Any, rows: str, key: Any, to: str) -> Any:
    """A tree with the name of one row in the place of its look-ups."""
    if (
        isinstance(node, gast.Subscript)
        and _is_name(node.value, rows)
        and same(node.slice, key)
    ):
        return name(to)
    return with_children(node, lambda child: _with_row(child, rows, key, to))
