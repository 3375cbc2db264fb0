"""What the forward sweep must keep, and how: nothing, a name, a stack, or a copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    root,
    swapped_names,
)
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Kind
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    const,
    effect,
    is_range,
    loaded,
    method,
    name,
    names_in,
    subscript,
    tuple_of,
)
from sourcediff.transform.dependence import (
    LoopSpace,
    Place,
    tightened,
)
from sourcediff.transform.held import changing_containers
from sourcediff.transform.keeping import keep_at_end, keep_together, scoped
from sourcediff.transform.names import Names
from sourcediff.transform.needs import NOTHING, Needs, needs_of
from sourcediff.transform.restoring import save_stored
from sourcediff.transform.sweep import (
    Block,
    Branch,
    Context,
    Loop,
    Node,
    Step,
    is_idle,
    killed,
    target_names,
)


@dataclass
class Saving:
    """Walks the sweeps in the primal's order and notes what is overwritten too early.

    `primal` are the names bound in the forward sweep, parameters included. A value is
    saved right before the statement that overwrites it, and restored by that
    statement's adjoint, so that the reverse sweep always sees the state that the
    primal had there.
    """

    facts: Facts
    names: Names
    primal: set[str]
    parameters: frozenset[str]
    is_scalar_name: Callable[[str], bool]
    stacks: list[str] = field(default_factory=list)
    unbound: set[str] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    kept: dict[str, set[str]] = field(default_factory=dict)
    #: By list of parts that stores overwrite, their kind.
    kept_parts: dict[str, Kind] = field(default_factory=dict)
    _defined: set[str] = field(default_factory=set)
    depth: int = 0
    space: list[LoopSpace] = field(default_factory=list)
    reads: list[Place] = field(default_factory=list)
    _order: dict[Any, int] = field(default_factory=dict)
    #: By target of a store, how many of `reads` it was compared with, and the outcome.
    compared: dict[Any, tuple[int, bool]] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    swapped: frozenset[str] = frozenset()
    changing: set[str] = field(default_factory=set)
    shadows: dict[str, str] = field(default_factory=dict)
    _noted: set[Any] = field(default_factory=set)
    _beside: dict[Any, Any] = field(default_factory=dict)
    _needs: dict[Any, Needs] = field(default_factory=dict)
    planning: bool = False

    def run(self, block: Block) -> Needs:
        """Decide for a whole function; what its end state must still hold."""
        self._defined = set(self.parameters)
        program = self.facts.program
        self.swapped = swapped_names(program.node.body)
        self.changing = changing_containers(self.facts)
        needs = self.block(block, NOTHING)
        if self.restored & self.swapped:
            self.restored |= self.swapped
        return needs

    # --- blocks -----------------------------------------------------------------------

    def block(self, block: Block, needs: Needs) -> Needs:
        """Decide for a block; what must still hold after it is `needs`."""
        needs |= self._of([*block.at_entry, *block.final], block)
        for node in block.nodes:
            needs = self._node(node, needs)
        needs |= self._of(block.at_exit, block, 1)
        return needs

    def _of(self, statements: list[Any], node: Any, after: int = 0) -> Needs:
        self._note_reads(statements, node, after)
        needs = NOTHING
        for statement in statements:
            known = self._needs.get(statement)
            if known is None:
                known = needs_of([statement], self.primal, self.changing)
                self._needs[statement] = known
            needs |= known
        return needs

    def _node(self, node: Node, needs: Needs) -> Needs:
        match node:
            case Step():
                return self._step(node, needs)
            case Branch():
                return self._branch(node, needs)
            case Loop():
                return self._loop(node, needs)
            case Context(body=body):
                return self.block(body, needs)

    # --- simple statements ------------------------------------------------------------

    def _step(self, step: Step, needs: Needs) -> Needs:
        fresh = step.kills - self.facts.bindings[step.statement] - self.shadows.keys()
        reads = self._of(step.pre, step)
        before = needs | reads.without(fresh)
        own = Needs(reads.content & fresh, reads.shape & fresh)
        gone: set[str] = set()
        restoring = NOTHING
        if step.appended is not None:
            restoring = self._list_undone(step, before)
        elif step.undo:
            return self._after_undo(step, before)
        for identifier in sorted(step.kills):
            if identifier in before.names:
                self._save_name(step, identifier, identifier in before.content)
                gone.add(identifier)
        for target in step.stores:
            restoring |= save_stored(self, step, target, before)
        pseudo = {
            self.facts.aliases.pseudo(n, step.statement)
            for n in gone
            if n in before.content
        }
        self._defined |= step.kills
        after = before.without(step.kills) | own | self._of(step.post, step, 1)
        after |= restoring
        after |= Needs(frozenset(step.held) & self.primal)
        if step.held:  # whole values: no store into them is harmless
            self.note_read(tuple(sorted(step.held)), step)
        return after | Needs(frozenset(pseudo))

    def _list_undone(self, step: Step, before: Needs) -> Needs:
        """Give a list its old length back, if need be; what that reads."""
        base = root(step.appended) or ""
        group = {base} | self.facts.aliases.partners(step.statement, base)
        if not before.names & group:
            return NOTHING
        popped = self.note_read(step.appended, step)
        read = needs_of([popped], self.primal)
        needs = Needs(shape=read.names)
        if not self.planning:
            step.restored = step.undo or self._last_kept(step, base)
            self.restored |= group
        return needs | needs_of([effect(a) for a in _arguments(step.undo)], self.primal)

    def _last_kept(self, step: Step, base: str) -> list[Any]:
        """Keep what is taken off a list; the statement that puts it back."""
        stack = self.names.fresh(f"{base}_saved")
        last = subscript(clone(step.appended), const(-1))
        if self.depth:
            self.stacks.append(stack)
            step.saved += at(
                step.statement, [effect(method(name(stack), "append", last))]
            )
            kept = method(name(stack), "pop")
        else:
            step.saved += at(step.statement, [assign(stack, last)])
            kept = name(stack)
        self.kept[stack] = {base}
        return at(
            step.statement, [effect(method(clone(step.appended), "append", kept))]
        )

    def _after_undo(self, step: Step, before: Needs) -> Needs:
        """After `a, b = b, a`: what was needed of one is needed of the other."""
        if before.names & (step.kills | set(names_in(step.undo[0]))):
            step.restored = [*step.undo]
        (undo,) = step.undo
        targets = _tuple_names(undo.targets[0])
        values = _tuple_names(undo.value)
        renamed = dict(zip(targets, values, strict=True))
        wanted = before.names & set(targets)
        if not wanted:
            return before | self._of(step.post, step, 1)
        content = frozenset(renamed.get(n, n) for n in before.content)
        shape = frozenset(renamed.get(n, n) for n in before.shape)
        return Needs(content, shape - content) | self._of(step.post, step, 1)

    # --- saving a name ----------------------------------------------------------------

    def _save_name(self, node: Any, identifier: str, content: bool) -> None:
        if self.planning:
            return
        if identifier not in self._defined:
            self.unbound.add(identifier)
        self.keep(node.saved, node.restored, identifier, node.statement)

    def keep(
        self, saved: list[Any], restored: list[Any], identifier: str, at_: Any
    ) -> None:
        """Keep the value of a name, on a stack inside of loops, and restore it."""
        label = identifier if identifier.endswith("_saved") else f"{identifier}_saved"
        if self.depth:
            stack = self.names.fresh(label if label != identifier else f"{label}_stack")
            self.stacks.append(stack)
            push = effect(method(name(stack), "append", name(identifier)))
            pop = assign(identifier, method(name(stack), "pop"))
        else:
            stack = self.names.fresh(label if label != identifier else f"{label}_kept")
            push = assign(stack, name(identifier))
            pop = assign(identifier, name(stack))
        before = self.facts.aliases.pseudo(identifier, at_)
        self.kept[stack] = {identifier, before}
        saved += at(at_, [push])
        restored += at(at_, [pop])

    # --- control flow -----------------------------------------------------------------

    def _branch(self, branch: Branch, needs: Needs) -> Needs:
        for identifier in sorted(branch.kills):
            if identifier in needs.names:
                self._save_name(branch, identifier, True)
        needs = needs.without(branch.kills)
        defined = set(self._defined) | branch.kills
        self._defined = set(defined)
        space = self.space
        self.space = [tightened(s, branch.statement.test, True) for s in space]
        first = self._arm(branch.then, needs)
        defined_then = self._defined
        self._defined = set(defined)
        self.space = [tightened(s, branch.statement.test, False) for s in space]
        second = self._arm(branch.otherwise, needs)
        self.space = space
        self._defined &= defined_then
        if is_idle(branch.then) and is_idle(branch.otherwise):
            return first | second
        return first | second | needs_of([effect(branch.reverse_test)], self.primal)

    def _arm(self, block: Block, needs: Needs) -> Needs:
        return scoped(self, block, needs) if self.depth else self.block(block, needs)

    def _loop(self, loop: Loop, needs: Needs) -> Needs:
        for identifier in sorted(loop.kills):
            if identifier in needs.names:
                self._save_name(loop, identifier, True)
        needs = needs.without(loop.kills)
        own_target = set(target_names(loop.statement))
        planning = self.planning
        self.depth += 1
        known = self.fixed | {s.variable for s in self.space if s.variable}
        self.space.append(
            LoopSpace.of(loop.statement, killed(loop.body), frozenset(known))
        )
        defined = set(self._defined)
        self._defined |= loop.kills
        # Over and over: what an iteration needs, the next one must not destroy.
        self.planning = True
        head, noted = needs, -1
        end = NOTHING
        while noted < len(self.reads) or head | end != head:
            head |= end
            noted = len(self.reads)
            self._defined |= killed(loop.body)
            end = scoped(self, loop.body, head)
            end = end.without(own_target) | self._items(loop, end)
        self.planning = planning
        self._defined = defined | loop.kills
        if not planning:
            end = scoped(self, loop.body, head)
        changed_target = own_target & killed(loop.body)
        if changed_target and not self.planning:
            for identifier in sorted(changed_target):
                if identifier in end.names:
                    together: list[tuple[Any, str]] = []
                    keep_at_end(self, loop.body, identifier, together)
                    keep_together(self, loop.body, together)
        self.space.pop()
        self.depth -= 1
        self._defined = defined | loop.kills
        iteration = needs_of(
            [effect(loop.reverse_iter)] if loop.reverse_iter is not None else [],
            self.primal,
        )
        outer = end.without(own_target) | self._items(loop, end)
        return head | outer | self._of(loop.at_exit, loop, 1) | iteration

    def _items(self, loop: Loop, needs: Needs) -> Needs:
        """What the reverse sweep walks through again must hold what it held."""
        statement = loop.statement
        if not isinstance(statement, gast.For) or is_range(statement.iter):
            return NOTHING
        if not needs.names & set(target_names(statement)):
            return NOTHING
        self.note_read(statement.iter, loop)
        read = set(names_in(statement.iter)) & self.primal
        for listed in loop.kills - set(target_names(statement)):  # views of the rows
            self.kept[listed] = read
        return Needs(frozenset(read))

    # --- reads for the dependence test ------------------------------------------------

    def position(self, node: Any, after: int) -> int:
        """A number that grows in textual order; what reads the state after is odd."""
        return 2 * self._order.setdefault(node, len(self._order)) + after

    def note_read(self, read: Any, step: Step | Loop) -> Any:
        """Note, once, what restoring reads beside the statements of a step.

        That is an expression, or names of which it reads all.
        """
        statement = self._beside.get((step, read))
        if statement is None:
            names = isinstance(read, tuple)
            made = tuple_of(map(name, read)) if names else loaded(read)
            statement = self._beside[step, read] = effect(made)
        self._note_reads([statement], step, 1)
        return statement

    def _note_reads(self, statements: list[Any], node: Any, after: int) -> None:
        order = self.position(node, after)
        space = tuple(self.space)
        for statement in statements:
            if statement not in self._noted:
                self._noted.add(statement)
                place = Place(statement, space, order, self.fixed, self.counts)
                self.reads.append(place)


def _arguments(calls: list[Any]) -> list[Any]:
    return [argument for statement in calls for argument in statement.value.args]


def _tuple_names(node: Any) -> list[str]:
    elements = node.elts if isinstance(node, gast.Tuple) else [node]
    return [e.id for e in elements]
