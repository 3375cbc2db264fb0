"""What is put back only to be read is read where it was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    assigned_in,
    blocks,
    expressions,
    root,
    store_targets,
    walk_statements,
)
from sourcediff.transform.build import assign, at, loaded, name, names_in, same
from sourcediff.trees import walk, with_children

#: What gives new memory or a number, whatever it is made of.
_FRESH = (gast.BinOp, gast.UnaryOp, gast.Compare)
_ELSEWHERE = (
    gast.Lambda,
    gast.ListComp,
    gast.GeneratorExp,
    gast.SetComp,
    gast.DictComp,
)


@dataclass
class KeptParts:
    """Reads a part of an array from what was kept of it, as long as they are the same.

    `stacks` are the lists that the forward sweep keeps values in, `groups` are names
    that may share memory with one, `is_pure` says that evaluating an expression has no
    effect, `fresh` makes a new name of a wish. Where nobody else reads what is put
    back, doing so is dead code then. `labels` gives, afterwards, by each new name the
    list that it is taken from.

    >>> tree = gast.parse('''
    ... for i in range(n):
    ...     y[:i] = y_saved.pop()
    ...     a_bar += b_bar @ y[:i]
    ...     y[i] = 0.0
    ...     b_bar += y[:i] * a
    ... ''')
    >>> kept = KeptParts({"y_saved"}, {}, lambda e: True, str)
    >>> kept.block(tree.body)
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    for i in range(n):
        y_before = y_saved.pop()
        y[:i] = y_before
        a_bar += b_bar @ y_before
        y[i] = 0.0
        b_bar += y[:i] * a
    """

    stacks: Set[str]
    groups: Mapping[str, Set[str]]
    is_pure: Callable[[Any], bool]
    fresh: Callable[[str], str]
    labels: dict[str, str] = field(default_factory=dict)

    def block(self, body: list[Any]) -> None:
        """Rewrite the statements of a block."""
        out: list[Any] = []
        for index, statement in enumerate(body):
            for inner in blocks(statement):
                self.block(inner)
            part = self._put_back(statement)
            if part is None or not self._is_read(body[index + 1 :], part):
                out.append(statement)
                continue
            label = self.fresh(f"{root(part)}_before")
            self._read_from(body[index + 1 :], part, label)
            back = gast.Assign(statement.targets, name(label), None)
            self.labels[label] = root(statement.value.func) or ""
            out += at(statement, [assign(label, statement.value), back])
        body[:] = out

    def _put_back(self, statement: Any) -> Any:
        """The part of an array that a statement gives back what it had, or None."""
        match statement:
            case gast.Assign(
                targets=[gast.Subscript() as to],
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=stack), attr="pop"), args=[]
                ),
            ) if stack in self.stacks and root(to) is not None and self.is_pure(to):
                return loaded(to) if _is_sliced(to.slice) else None
        return None

    def _is_read(self, rest: list[Any], part: Any) -> bool:
        return any(
            isinstance(node, gast.Subscript) and same(node, part)
            for statement in self._lasting(rest, part)
            for value in _computed(statement)
            for node in walk(value)
        )

    def _read_from(self, rest: list[Any], part: Any, label: str) -> None:
        """Let the statements read a part by the name of what was kept of it."""

        def replaced(node: Any) -> Any:
            if isinstance(node, _ELSEWHERE):
                return node
            if isinstance(node, gast.Subscript) and same(node, part):
                return name(label)
            return with_children(node, replaced)

        for statement in self._lasting(rest, part):
            if list(_computed(statement)):
                statement.value = replaced(statement.value)

    def _lasting(self, rest: list[Any], part: Any) -> Iterator[Any]:
        """The statements up to the first that may change what a part is or holds.

        That one evaluates its own value before.
        """
        base = root(part) or ""
        memory = {base} | self.groups.get(base, frozenset())
        names = set(names_in(part)) | memory
        for statement in rest:
            inner = list(walk_statements([statement]))
            if len(inner) == 1 and self._is_simple(statement):
                yield statement
            changed = assigned_in([statement]) | {
                root(to) for s in inner for to in store_targets(s, lambda _: True)
            }
            if changed & names or not all(map(self._is_simple, inner)):
                return

    def _is_simple(self, statement: Any) -> bool:
        """Whether a statement has no effect but binding and storing."""
        match statement:
            case gast.Assign(
                targets=[gast.Name()],
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=stack), attr="pop"), args=[]
                ),
            ) if stack in self.stacks:
                return True
        return all(map(self.is_pure, expressions(statement)))


def _is_sliced(key: Any) -> bool:
    """Whether a key is for several elements in a row: copying them takes time."""
    parts = key.elts if isinstance(key, gast.Tuple) else [key]
    return any(isinstance(part, gast.Slice) for part in parts)


def _computed(statement: Any) -> Iterator[Any]:
    """The value that a statement computes, if nobody can hold memory of its parts."""
    match statement:
        case gast.Assign(value=value) if isinstance(value, _FRESH):
            yield value
        case gast.AugAssign(value=value):
            yield value
