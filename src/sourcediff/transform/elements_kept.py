"""Elements of lists that a loop reads and nothing in it writes are read before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, blocks, bound_names, root
from sourcediff.transform.build import assign, at, clone, name, names_in, same
from sourcediff.transform.names import describe
from sourcediff.trees import walk, with_children


@dataclass
class ElementsKept:
    """Gives names to numbers in lists that loops read again and again.

    `lists` tells by the name of a list or of a row which list it belongs to, `fresh`
    makes a new name of a wish. Only elements at the variables of loops around are read
    before: those are bound there.

    >>> tree = gast.parse('''
    ... for i in range(n):
    ...     for j in range(m):
    ...         b_i[j] -= a_i[i] * a_i[j]
    ... ''')
    >>> kept = ElementsKept({"a_i": "a", "b_i": "b"}, str)
    >>> tree.body = kept.block(tree.body, frozenset())
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    for i in range(n):
        a_i_i = a_i[i]
        for j in range(m):
            b_i[j] -= a_i_i * a_i[j]
    """

    lists: Mapping[str, str]
    fresh: Callable[[str], str]

    def block(self, body: list[Any], turning: frozenset[str]) -> list[Any]:
        """The statements of a block; `turning` are the variables of loops around it."""
        out: list[Any] = []
        for statement in body:
            inside = turning
            if isinstance(statement, gast.For):
                heads = self._heads(statement, turning)
                out += at(statement, heads)
                inside = turning | set(bound_names(statement.target))
            for inner in blocks(statement):
                inner[:] = self.block(inner, inside)
            out.append(statement)
        return out

    def _heads(self, loop: Any, turning: frozenset[str]) -> list[Any]:
        """What is read before a loop, which is rewritten to read it by name."""
        heads: list[Any] = []
        bound = assigned_in([loop])
        written = {self.lists.get(n) for n in _written(loop)}
        found: list[Any] = []
        for node in _read(loop.body):
            base = node.value.id
            is_kept = base not in bound and self.lists.get(base) not in {None, *written}
            key = node.slice
            is_bound = isinstance(key, gast.Name) and key.id in turning - bound
            if is_kept and is_bound and not any(same(node, f) for f in found):
                found.append(node)
        for node in found:
            label = self.fresh(describe(node) or f"{node.value.id}_item")
            heads.append(assign(label, clone(node)))
            loop.body = [_with_name(s, node, label) for s in loop.body]
        return heads


def _read(body: list[Any]) -> Iterator[Any]:
    """The elements of names that a block reads whatever happens in it."""
    for statement in body:
        if isinstance(statement, gast.For):
            yield from _read(statement.body)
        elif not blocks(statement):
            for node in walk(statement):
                match node:
                    case gast.Subscript(value=gast.Name(), ctx=gast.Load()):
                        yield node


def _written(loop: Any) -> Iterator[str]:
    """The names of lists that a loop stores into, or does something else with."""
    for node in walk(loop):
        match node:
            case gast.Subscript(ctx=gast.Store()):
                yield root(node) or ""
            case gast.Call(args=arguments):
                for argument in (node.func, *arguments, *node.keywords):
                    if not isinstance(argument, gast.Subscript):
                        yield from names_in(argument)


def _with_name(tree: Any, node: Any, label: str) -> Any:
    if isinstance(tree, gast.Subscript) and same(tree, node):
        return name(label) if isinstance(tree.ctx, gast.Load) else tree
    return with_children(tree, lambda child: _with_name(child, node, label))
