"""What the forward sweep must keep, and how: nothing, a name, a stack, or a copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import (
    bindings,
    root,
    swapped_names,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.kinds import Array, Dict, Kind, Scalar, Static, scalar_of
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    const,
    effect,
    loaded,
    method,
    name,
    names_in,
    tuple_of,
)
from sourcediff.transform.dependence import (
    LoopSpace,
    Place,
    fixed_names,
    overwrites,
    tightened,
)
from sourcediff.transform.names import Names
from sourcediff.transform.needs import NOTHING, Needs, needs_of
from sourcediff.transform.sweep import Block, Branch, Context, Loop, Node, Step
from sourcediff.transform.views import changing_containers

#: Scalar operations up to which a value is computed again rather than kept.
CHEAP = 2


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
    _defined: set[str] = field(default_factory=set)
    _depth: int = 0
    _space: list[LoopSpace] = field(default_factory=list)
    _reads: list[Place] = field(default_factory=list)
    _order: dict[Any, int] = field(default_factory=dict)
    _fixed: frozenset[str] = frozenset()
    _swapped: frozenset[str] = frozenset()
    _changing: set[str] = field(default_factory=set)
    shadows: dict[str, str] = field(default_factory=dict)
    _noted: set[Any] = field(default_factory=set)
    _plan: bool = False

    def run(self, block: Block) -> Needs:
        """Decide for a whole function; what its end state must still hold."""
        self._defined = set(self.parameters)
        program = self.facts.program
        self._fixed = fixed_names(program.node.body, program.parameters)
        self._swapped = swapped_names(program.node.body)
        self._changing = changing_containers(self.facts)
        needs = self._block(block, NOTHING)
        if self.restored & self._swapped:
            self.restored |= self._swapped
        return needs

    # --- blocks -----------------------------------------------------------------------

    def _block(self, block: Block, needs: Needs) -> Needs:
        needs |= self._of([*block.at_entry, *block.final], block)
        for node in block.nodes:
            needs = self._node(node, needs)
        needs |= self._of(block.at_exit, block, 1)
        return needs

    def _of(self, statements: list[Any], node: Any, after: int = 0) -> Needs:
        self._note_reads(statements, node, after)
        return needs_of(statements, self.primal)

    def _node(self, node: Node, needs: Needs) -> Needs:
        match node:
            case Step():
                return self._step(node, needs)
            case Branch():
                return self._branch(node, needs)
            case Loop():
                return self._loop(node, needs)
            case Context(body=body):
                return self._block(body, needs)

    # --- simple statements ------------------------------------------------------------

    def _step(self, step: Step, needs: Needs) -> Needs:
        fresh = step.kills - bindings(step.statement)
        reads = self._of(step.pre, step)
        before = needs | reads.without(fresh)
        own = Needs(reads.content & fresh, reads.shape & fresh)
        gone: set[str] = set()
        if step.undo:
            appended = step.appended
            wanted = before.names & (set(step.kills) | self._undone(step))
            if wanted and not self._plan:
                step.restored = [*step.undo]
                self.restored |= self._undone(step) if appended is not None else set()
            if appended is not None:
                self._note_reads([effect(loaded(appended))], step, 1)
                read = needs_of([effect(loaded(appended))], self.primal)
                self._defined |= step.kills
                after = before.without(step.kills) | own | Needs(shape=read.names)
                return after | self._of(step.post, step, 1)
            return self._after_undo(step, before)
        for identifier in sorted(step.kills):
            if identifier in before.names:
                self._save_name(step, identifier, identifier in before.content)
                gone.add(identifier)
        restoring = NOTHING
        for target in step.stores:
            restoring |= self._store(step, target, before)
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
            self._note_reads([effect(tuple_of(map(name, sorted(step.held))))], step, 1)
        return after | Needs(frozenset(pseudo))

    def _undone(self, step: Step) -> set[str]:
        appended = step.appended
        if appended is not None:
            base = root(appended)
            partners = self.facts.aliases.partners(step.statement, base or "")
            return {base or ""} | set(partners)
        return {n for s in step.undo for n in names_in(s)}

    def _after_undo(self, step: Step, before: Needs) -> Needs:
        """After `a, b = b, a`: what was needed of one is needed of the other."""
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
        if self._plan:
            return
        if identifier not in self._defined:
            self.unbound.add(identifier)
        self._keep(node.saved, node.restored, identifier, node.statement)

    def _keep(
        self, saved: list[Any], restored: list[Any], identifier: str, at_: Any
    ) -> None:
        label = identifier if identifier.endswith("_saved") else f"{identifier}_saved"
        if self._depth:
            stack = self.names.fresh(label if label != identifier else f"{label}_stack")
            self.stacks.append(stack)
            push = effect(method(name(stack), "append", name(identifier)))
            pop = assign(identifier, method(name(stack), "pop"))
        else:
            stack = self.names.fresh(label if label != identifier else f"{label}_kept")
            push = assign(stack, name(identifier))
            pop = assign(identifier, name(stack))
        self.kept[stack] = {identifier}
        saved += at(at_, [push])
        restored += at(at_, [pop])

    # --- saving elements --------------------------------------------------------------

    def _store(self, step: Step, target: Any, before: Needs) -> Needs:
        """Keep what a store overwrites, if need be; what putting it back reads."""
        base = root(target)
        if base is None:
            return NOTHING
        group = {base} | set(self.facts.aliases.partners(step.statement, base))
        if not group & before.content:
            return NOTHING
        here = Place(target, tuple(self._space), self._position(step, 0), self._fixed)
        alone = base not in self._swapped and not (group - {base}) & before.content
        if alone and not overwrites(target, base, self._reads, here):
            return NOTHING
        if not self._plan:
            self._keep_elements(step, target)
        read = needs_of([effect(loaded(target))], self.primal)
        holder = target
        while isinstance(holder, gast.Subscript | gast.Attribute):
            holder = holder.value
            if isinstance(holder, gast.Subscript | gast.Attribute) and not isinstance(
                self.facts.kind_of(holder.value), Array
            ):  # restoring finds the array in a container
                self._note_reads([effect(loaded(holder))], step, 1)
                return read
        return Needs(read.content - {base}, read.shape | ({base} & self.primal))

    def _keep_elements(self, step: Step, target: Any) -> None:
        kind = self._kind_of_target(target)
        text = loaded(target)
        if isinstance(target, gast.Name):
            stored, text = text, gast.Subscript(text, const(Ellipsis), gast.Load())
        else:
            stored = text
        if self._is_new_key(target, step.statement):
            return
        base = root(target) or "value"
        is_number = isinstance(scalar_of(kind), Scalar | Static)
        value = stored if is_number else method(clone(stored), "copy")
        holder = getattr(target, "value", None)
        in_container = holder is not None and not isinstance(
            self.facts.kind_of(holder), Array
        )
        if in_container and not is_number and isinstance(step.statement, gast.Assign):
            value = stored
        if isinstance(target, gast.Subscript) and _is_ellipsis(target.slice):
            value = method(loaded(target.value), "copy")
        self.restored.add(base)
        label = f"{base}_saved"
        stack = self.names.fresh(label)
        if in_container and value is stored and not is_number:
            self.kept[stack] = {base}
        if self._depth:
            self.stacks.append(stack)
            push = effect(method(name(stack), "append", value))
            pop = assign(text, method(name(stack), "pop"))
        else:
            push = assign(stack, value)
            pop = assign(text, name(stack))
        step.saved += at(step.statement, [push])
        step.restored += at(step.statement, [pop])

    def _kind_of_target(self, target: Any) -> Kind:
        if isinstance(target, gast.Subscript) and _is_ellipsis(target.slice):
            return self.facts.kind_of(target.value)
        return self.facts.kind_of(target)

    def _is_new_key(self, target: Any, statement: Any) -> bool:
        """Whether a store adds a key to a dict, so that nothing is overwritten."""
        if not isinstance(target, gast.Subscript):
            return False
        holder = self.facts.kind_of(target.value)
        if isinstance(target.value, gast.Name):
            holder = self.facts.environment(statement).get(target.value.id, holder)
        if not isinstance(holder, Dict) or not isinstance(target.slice, gast.Constant):
            return False
        return holder.get(target.slice.value) is None

    # --- control flow -----------------------------------------------------------------

    def _branch(self, branch: Branch, needs: Needs) -> Needs:
        for identifier in sorted(branch.kills):
            if identifier in needs.names:
                self._save_name(branch, identifier, True)
        needs = needs.without(branch.kills)
        defined = set(self._defined) | branch.kills
        self._defined = set(defined)
        space = self._space
        self._space = [tightened(s, branch.statement.test, True) for s in space]
        first = self._arm(branch.then, needs)
        defined_then = self._defined
        self._defined = set(defined)
        self._space = [tightened(s, branch.statement.test, False) for s in space]
        second = self._arm(branch.otherwise, needs)
        self._space = space
        self._defined &= defined_then
        if _is_idle(branch.then) and _is_idle(branch.otherwise):
            return first | second
        return first | second | needs_of([effect(branch.reverse_test)], self.primal)

    def _arm(self, block: Block, needs: Needs) -> Needs:
        return self._scoped(block, needs) if self._depth else self._block(block, needs)

    def _scoped(self, block: Block, needs: Needs) -> Needs:
        """A block of a loop: its own variables are kept when it ends."""
        after = self._block(block, needs)
        own = self._own_names(block)
        wanted = sorted(n for n in own if n in after.names)
        content = frozenset(n for n in after.content if not self.is_scalar_name(n))
        after = after.without(own)
        together: list[tuple[Any, str]] = []
        for identifier in wanted:
            after |= self._keep_at_end(block, identifier, together)
            if identifier in content:
                after |= Needs(self._memory_of(block, identifier))
        self._keep_together(block, together)
        return after

    def _memory_of(self, block: Block, identifier: str) -> frozenset[str]:
        """What stands for the memory that a name had in earlier iterations."""
        statements = walk_statements([node.statement for node in block.nodes])
        return frozenset(
            self.facts.aliases.pseudo(identifier, s)
            for s in statements
            if identifier in bindings(s)
        )

    def _keep_together(self, block: Block, kept: list[tuple[Any, str]]) -> None:
        """Keep a block's own variables in one tuple, once the last of them is bound."""
        if not kept:
            return
        last = max((block.nodes.index(node), node) for node, _ in kept)[1]
        names = [identifier for _, identifier in kept]
        saved: list[Any] = []
        if len(names) == 1:
            self._keep(saved, block.restored, names[0], last.statement)
        else:
            stack = self.names.fresh("saved")
            self.stacks.append(stack)
            self.kept[stack] = set(names)
            values = tuple_of(map(name, names))
            targets = gast.Tuple(
                [gast.Name(n, gast.Store(), None, None) for n in names], gast.Store()
            )
            saved = at(last.statement, [effect(method(name(stack), "append", values))])
            popped = gast.Assign([targets], method(name(stack), "pop"), None)
            block.restored += at(last.statement, [popped])
        block.kept.setdefault(last, []).extend(saved)

    def _own_names(self, block: Block) -> set[str]:
        """Names bound in a block that nothing reads after it but its own adjoint."""
        bound = _killed(block)
        statements = [n.statement for n in block.nodes]
        live: set[str] = set()
        if statements:
            live = set(self.facts.liveness.after(statements[-1]))
            if isinstance(statements[-1], gast.If):
                live |= set(self.facts.liveness.after(statements[-1]))
        return {n for n in bound if n not in live and self.shadows.get(n) not in live}

    def _keep_at_end(
        self, block: Block, identifier: str, together: list[tuple[Any, str]]
    ) -> Needs:
        """Keep a block's own variable, or compute it again; what that reads."""
        index = max(
            i for i, node in enumerate(block.nodes) if identifier in _killed_by(node)
        )
        node = block.nodes[index]
        again = self._recomputed(block, index, identifier)
        if again is not None:
            if not self._plan:
                block.restored.append(again)
            return needs_of([again], self.primal)
        if self._plan:
            return NOTHING
        if not _certainly_binds(node, identifier):
            self.unbound.add(identifier)
        if isinstance(node, Branch) and identifier in node.kills:
            saved: list[Any] = []
            self._keep(saved, block.restored, identifier, node.statement)
            node.decide += saved  # before the branch: an arm may leave the loop
        elif node is block.nodes[-1] and _leaves(node):
            saved = []
            self._keep(saved, block.restored, identifier, node.statement)
            block.kept.setdefault(node, []).extend(saved)
        else:
            together.append((node, identifier))
        return NOTHING

    def _recomputed(self, block: Block, index: int, identifier: str) -> Any | None:
        """The statement that computes a variable again when the block is reversed."""
        node = block.nodes[index]
        if not isinstance(node, Step):
            return None
        if any(identifier in _killed_by(n) for n in block.nodes[:index]):
            return None
        value = None
        for statement in node.forward:
            match statement:
                case gast.Assign(targets=[gast.Name(id=target)], value=made) if (
                    target == identifier
                ):
                    value = made
        if value is None or not self._is_cheap(value):
            return None
        changed = {n for other in block.nodes[index:] for n in _killed_by(other)}
        memory = {n for other in block.nodes for n in self._written_by(other)}
        for operand in set(names_in(value)):
            if operand not in self.primal:
                continue
            own = operand in changed or operand in _killed(block)
            if own and not (self._recomputes(block, operand, index)):
                return None
            if operand in memory and not self._is_view(value):
                return None
        return at(node.statement, [assign(identifier, clone(value))])[0]

    def _recomputes(self, block: Block, operand: str, index: int) -> bool:
        """Whether an operand is itself restored, and earlier, in the reverse sweep."""
        return any(
            isinstance(s, gast.Assign)
            and isinstance(s.targets[0], gast.Name)
            and s.targets[0].id == operand
            for s in block.restored
        ) and not any(operand in _killed_by(n) for n in block.nodes[index:])

    def _written_by(self, node: Node) -> set[str]:
        found: set[str] = set()
        match node:
            case Step(stores=stores):
                for target in stores:
                    base = root(target)
                    if base is not None:
                        found.add(base)
                        found |= set(self.facts.aliases.partners(node.statement, base))
            case Branch(then=then, otherwise=otherwise):
                for inner in (*then.nodes, *otherwise.nodes):
                    found |= self._written_by(inner)
            case Loop(body=body) | Context(body=body):
                for inner in body.nodes:
                    found |= self._written_by(inner)
        return found

    def _is_cheap(self, node: Any) -> bool:
        if self._is_view(node):
            return True
        operations = 0
        for child in gast.walk(node):
            match child:
                case gast.Name(id=identifier):
                    kind_known = self.is_scalar_name(identifier)
                    if identifier in self.primal and not kind_known:
                        return False
                case gast.BinOp() | gast.UnaryOp():
                    operations += 1
                case gast.Constant() | gast.operator() | gast.unaryop():
                    continue
                case gast.expr_context():
                    continue
                case _:
                    return False
        return operations <= CHEAP

    def _is_view(self, node: Any) -> bool:
        """Whether an expression takes a view of an array, which is cheap to repeat."""
        if not isinstance(node, gast.Subscript):
            return False
        if not isinstance(self.facts.kind_of(node), Array) and (
            root(node) not in self.shadows
        ):
            return False
        value = node.value
        while isinstance(value, gast.Subscript):
            value = value.value
        if not isinstance(value, gast.Name) or value.id in self._changing:
            return False
        parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        return all(
            isinstance(p, gast.Slice | gast.Constant)
            or isinstance(self.facts.kind_of(p), Scalar)
            or (isinstance(p, gast.Name) and self.is_scalar_name(p.id))
            for p in parts
        )

    def _loop(self, loop: Loop, needs: Needs) -> Needs:
        for identifier in sorted(loop.kills):
            if identifier in needs.names:
                self._save_name(loop, identifier, True)
        needs = needs.without(loop.kills)
        own_target = set(_target_names(loop.statement))
        planning = self._plan
        self._depth += 1
        known = self._fixed | {s.variable for s in self._space if s.variable}
        self._space.append(
            LoopSpace.of(loop.statement, _killed(loop.body), frozenset(known))
        )
        defined = set(self._defined)
        self._defined |= loop.kills
        # Twice over the body: what an iteration needs, the next one must not destroy.
        self._plan = True
        head = needs
        while True:
            self._defined |= _killed(loop.body)
            end = self._scoped(loop.body, head).without(own_target)
            if (head | end) == head:
                break
            head |= end
        self._plan = planning
        self._defined = defined | loop.kills
        end = self._scoped(loop.body, head)
        changed_target = own_target & _killed(loop.body)
        if changed_target and not self._plan:
            for identifier in sorted(changed_target):
                if identifier in end.names:
                    together: list[tuple[Any, str]] = []
                    self._keep_at_end(loop.body, identifier, together)
                    self._keep_together(loop.body, together)
        self._space.pop()
        self._depth -= 1
        self._defined = defined | loop.kills
        iteration = needs_of(
            [effect(loop.reverse_iter)] if loop.reverse_iter is not None else [],
            self.primal,
        )
        outer = end.without(own_target)
        return head | outer | self._of(loop.at_exit, loop, 1) | iteration

    # --- reads for the dependence test ------------------------------------------------

    def _position(self, node: Any, after: int) -> int:
        """A number that grows in textual order; what reads the state after is odd."""
        return 2 * self._order.setdefault(node, len(self._order)) + after

    def _note_reads(self, statements: list[Any], node: Any, after: int) -> None:
        order = self._position(node, after)
        space = tuple(self._space)
        for statement in statements:
            if statement not in self._noted:
                self._noted.add(statement)
                self._reads.append(Place(statement, space, order, self._fixed))


def _tuple_names(node: Any) -> list[str]:
    elements = node.elts if isinstance(node, gast.Tuple) else [node]
    return [e.id for e in elements]


def _is_ellipsis(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is Ellipsis


def _target_names(statement: Any) -> list[str]:
    if isinstance(statement, gast.For):
        return list(names_in(statement.target))
    return []


def _killed(block: Block) -> set[str]:
    return {n for node in block.nodes for n in _killed_by(node)}


def _killed_by(node: Node) -> set[str]:
    match node:
        case Step(kills=kills, undo=undo):
            return kills | {
                n
                for s in undo
                if isinstance(s, gast.Assign)
                for n in names_in(s.targets[0])
            }
        case Branch(kills=kills, then=then, otherwise=otherwise):
            return kills | _killed(then) | _killed(otherwise)
        case Loop(kills=kills, body=body):
            return kills | _killed(body)
        case Context(body=body):
            return _killed(body)


def _is_idle(block: Block) -> bool:
    """Whether a block certainly leaves nothing for the reverse sweep to do."""
    return not (block.at_entry or block.at_exit) and all(
        isinstance(n, Step)
        and not (n.pre or n.post or n.kills or n.stores or n.undo or n.held)
        for n in block.nodes
    )


def _leaves(node: Node) -> bool:
    """Whether a path through a node leaves the loop around it."""
    match node:
        case Step(statement=statement):
            return isinstance(statement, gast.Break | gast.Continue | gast.Raise)
        case Branch(then=then, otherwise=otherwise):
            return any(_leaves(arm.nodes[-1]) for arm in (then, otherwise) if arm.nodes)
        case Context(body=body):
            return bool(body.nodes) and _leaves(body.nodes[-1])
        case _:
            return False


def _certainly_binds(node: Node, identifier: str) -> bool:
    match node:
        case Step(kills=kills):
            return identifier in kills
        case Branch(kills=kills, then=then, otherwise=otherwise):
            return identifier in kills or all(
                any(_certainly_binds(n, identifier) for n in arm.nodes)
                for arm in (then, otherwise)
            )
        case Loop(kills=kills, statement=statement):
            return identifier in kills and identifier not in _target_names(statement)
        case Context(body=body):
            return any(_certainly_binds(n, identifier) for n in body.nodes)
