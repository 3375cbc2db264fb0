"""Levels of arrays that lie apart in memory are kept as they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.dims import known_value
from sourcediff.analysis.effects import root
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Array
from sourcediff.transform.affine import affine
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    effect,
    method,
    name,
    subscript,
)
from sourcediff.transform.cotangent import is_fresh
from sourcediff.transform.dependence import (
    LoopSpace,
    accesses,
    is_everything,
)
from sourcediff.transform.level_reads import Read, Reads, level_of
from sourcediff.transform.names import Names
from sourcediff.transform.sweep import (
    Block,
    Branch,
    Context,
    Loop,
    Node,
    Step,
    killed,
    leaves_loop,
    steps_of,
)
from sourcediff.trees import with_children


@dataclass(frozen=True)
class _Store:
    """A step that stores a level, the block that it stands in, and where."""

    step: Step
    block: Block
    index: int


@dataclass
class KeptLevels:
    """Keeps levels that a loop computes one after the other in a list.

    In `x[:, k] = e` the value of `e` is one piece of memory, `x[:, k]` is not: it is
    five times slower to read, and what is stored into `x` later has to be put back
    before it is. So where the reverse sweep reads levels in the very iterations that
    come after those that stored them, it reads them off the list. `fixed` names never
    change; `stacks` are the lists that there are, `kept` what they hold.
    """

    facts: Facts
    names: Names
    fixed: frozenset[str]
    counts: frozenset[str]
    stacks: list[str] = field(default_factory=list)
    kept: dict[str, set[str]] = field(default_factory=dict)

    def run(self, block: Block) -> None:
        """Let the loops of a function keep what they compute."""
        for index, node in enumerate(block.nodes):
            if isinstance(node, Loop):
                self._loop(node, block.nodes[index + 1 :])

    def _loop(self, loop: Loop, after: list[Node]) -> None:
        changed = killed(loop.body)
        space = LoopSpace.of(loop.statement, changed, self.fixed)
        if not _counts_from_zero(loop.statement) or space.variable is None:
            return
        if any(_leaves(node) for node in _nodes(loop.body)):
            return
        bases = {root(to) for step in steps_of(loop.body) for to in step.stores}
        for base in sorted(b for b in bases if b is not None):
            stores = self._stores(loop.body, base, space.variable)
            if stores and self._is_alone(base, stores):
                reads = Reads(base, self.fixed, self.counts)
                reads.block(loop.body, (space,))
                wanted = reads.found and not reads.lost and not _mentioned(loop, base)
                if wanted and all(_comes_after(r, stores) for r in reads.found):
                    kept = self._keep(base, stores)
                    for statements in reads.lists:
                        place = (reads.found[0].level.axis, space.variable)
                        _read_off(statements, base, kept, place)
                    self._read_later(loop, after, base, kept, stores[0])

    # --- what is stored ---------------------------------------------------------------

    def _stores(self, block: Block, base: str, variable: str) -> list[_Store] | None:
        """The stores of a level, one on each path through a block; None: not so."""
        found: list[_Store] = []
        for index, node in enumerate(block.nodes):
            match node:
                case Step(stores=targets) if any(root(t) == base for t in targets):
                    if not self._is_store(node, base, variable):
                        return None
                    new = [_Store(node, block, index)]
                case Branch(then=then, otherwise=otherwise):
                    arms = [self._stores(b, base, variable) for b in (then, otherwise)]
                    sure = [stores for stores in arms if stores is not None]
                    if len(sure) < 2 or bool(sure[0]) != bool(sure[1]):
                        return None
                    new = sure[0] + sure[1]
                case Loop(body=body) | Context(body=body):
                    inner = [t for step in steps_of(body) for t in step.stores]
                    if any(root(t) == base for t in inner):
                        return None
                    new = []
                case _:
                    new = []
            if found and new:
                return None
            found += new
        return found

    def _is_store(self, step: Step, base: str, variable: str) -> bool:
        """Whether a step stores a whole level that was computed for it alone."""
        match step.statement:
            case gast.Assign(
                targets=[gast.Subscript(value=gast.Name(id=to), slice=key) as target],
                value=value,
            ) if to == base and is_fresh(value):
                level = level_of(key, variable)
                whole, kind = self.facts.kind_of(target), self.facts.kind_of(value)
                array = self.facts.kind_of(target.value)
                return (
                    level is not None
                    and level.delta == 0
                    and isinstance(array, Array)
                    and array.contiguous
                    and level.ndim == array.ndim
                    and isinstance(whole, Array)
                    and isinstance(kind, Array)
                    and (whole.dtype, whole.dims) == (kind.dtype, kind.dims)
                    and None not in (whole.dims or (None,))
                    and bool(_stores_of(step, base))
                )
            case _:
                return False

    def _is_alone(self, base: str, stores: list[_Store]) -> bool:
        """Whether nothing else sees the memory of an array."""
        aliases = self.facts.aliases
        return (
            base not in self.facts.program.parameters
            and not aliases.groups.get(base)
            and not any(aliases.partners(s.step.statement, base) for s in stores)
        )

    # --- the change -------------------------------------------------------------------

    def _keep(self, base: str, stores: list[_Store]) -> str:
        """Let the forward sweep keep levels; the name of the list."""
        kept = self.names.fresh(f"{base}_levels")
        self.stacks.append(kept)
        self.kept[kept] = set()
        for store in stores:
            index, statement = _storing(store.step, base)
            label = self.names.temporary(statement.targets[0])
            new = [
                assign(label, statement.value),
                gast.Assign(statement.targets, name(label), None),
                effect(method(name(kept), "append", name(label))),
            ]
            store.step.forward[index : index + 1] = at(store.step.statement, new)
            store.step.kills.add(label)
            self.kept[kept].add(label)
        return kept

    def _read_later(
        self, loop: Loop, after: list[Node], base: str, kept: str, store: _Store
    ) -> None:
        """Read levels off a list in later loops, too, if nothing is stored any more.

        The list has all levels, so it has the same ones at the same indices.
        """
        loops = [node for node in after if isinstance(node, Loop)]
        others = [node for node in after if isinstance(node, Step)]
        later = [*others, *(step for n in loops for step in steps_of(n.body))]
        stored = any(root(to) == base for step in later for to in step.stores)
        if stored or len(loops) + len(others) < len(after):
            return
        to = store.step.statement.targets[0]
        level = level_of(to.slice, loop.statement.target.id)
        dims = getattr(self.facts.kind_of(to.value), "dims", ())
        count = known_value(self.facts.kind_of(loop.statement.iter.args[0]))
        if level is None or count is None or dims[level.axis] != count:
            return
        for node in loops:
            space = LoopSpace.of(node.statement, killed(node.body), self.fixed)
            for step in steps_of(node.body):
                for statements in (step.pre, step.post):
                    if space.variable and any(base in accesses(s) for s in statements):
                        place = (level.axis, space.variable)
                        _read_off(statements, base, kept, place)


def _comes_after(read: Read, stores: list[_Store]) -> bool:
    """Whether what is read has been stored by then, in the forward sweep's order."""
    if read.level.delta < 0:
        return True
    for store in stores:
        if store.step is read.step:
            return read.after
        for block, index in read.path:
            if block is store.block and index > store.index:
                return True
    return False


def _counts_from_zero(statement: Any) -> bool:
    match statement:
        case gast.For(
            target=gast.Name(),
            iter=gast.Call(func=gast.Name(id="range"), args=[_], keywords=[]),
            orelse=[],
        ):
            return True
        case _:
            return False


def _nodes(block: Block) -> Iterator[Any]:
    for node in block.nodes:
        yield node
        match node:
            case Branch(then=then, otherwise=otherwise):
                yield from _nodes(then)
                yield from _nodes(otherwise)
            case Context(body=body):
                yield from _nodes(body)


def _leaves(node: Any) -> bool:
    return bool(leaves_loop(node))


def _mentioned(loop: Loop, base: str) -> bool:
    """Whether a reverse sweep reads an array elsewhere than in statements' adjoints."""
    others: list[Any] = []
    for block in (loop.body, *_arms(loop.body)):
        others += [*block.at_exit, *block.at_entry]
    for node in _nodes(loop.body):
        if isinstance(node, Branch):
            others.append(effect(node.reverse_test))
    return any(base in accesses(statement) for statement in others)


def _arms(block: Block) -> Iterator[Block]:
    for node in _nodes(block):
        match node:
            case Branch(then=then, otherwise=otherwise):
                yield then
                yield otherwise
            case Context(body=body):
                yield body


def _stores_of(step: Step, base: str) -> list[tuple[int, Any]]:
    """Where among the forward statements of a step values are stored, if new ones."""
    found = [
        (index, statement)
        for index, statement in enumerate(step.forward)
        if isinstance(statement, gast.Assign) and root(statement.targets[0]) == base
    ]
    return found if len(found) == 1 and is_fresh(found[0][1].value) else []


def _storing(step: Step, base: str) -> tuple[int, Any]:
    return _stores_of(step, base)[0]


def _read_off(
    statements: list[Any], base: str, kept: str, place: tuple[int, str]
) -> None:
    """Let statements read levels of an array off a list.

    `place` is the axis, and the variable that counts them.
    """
    axis, variable = place

    def changed(node: Any) -> Any:
        match node:
            case gast.Subscript(
                value=gast.Name(id=identifier), slice=gast.Tuple(elts=parts)
            ) if identifier == base and _selects(parts, axis, variable):
                return subscript(name(kept), clone(parts[axis]))
            case _:
                return with_children(node, changed)

    statements[:] = [changed(statement) for statement in statements]


def _selects(parts: list[Any], axis: int, variable: str) -> bool:
    """Whether an index selects one level along an axis."""
    if len(parts) <= axis:
        return False
    rest = all(is_everything(p) for i, p in enumerate(parts) if i != axis)
    form = affine(parts[axis])
    return rest and form is not None and {n for n, _ in form.terms} <= {variable}
