"""A block's own variables at its end: computed again, or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import (
    root,
    walk_statements,
)
from sourcediff.kinds import Array, Scalar
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    effect,
    method,
    name,
    names_in,
    tuple_of,
)
from sourcediff.transform.needs import NOTHING, Needs, needs_of
from sourcediff.transform.sweep import (
    Block,
    Branch,
    Step,
    certainly_binds,
    killed,
    killed_by,
    leaves_loop,
)
from sourcediff.transform.written import written_by
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.saving import Saving

#: Scalar operations up to which a value is computed again rather than kept.
CHEAP = 2


def scoped(saving: Saving, block: Block, needs: Needs) -> Needs:
    """A block of a loop: its own variables are kept when it ends."""
    after = saving.block(block, needs)
    own = _own_names(saving, block)
    wanted = sorted(n for n in own if n in after.names)
    content = {n for n in wanted if n in after.content and not saving.is_scalar_name(n)}
    after = after.without(own)
    together: list[tuple[Any, str]] = []
    statements = list(walk_statements([node.statement for node in block.nodes]))
    for identifier in wanted:
        after |= keep_at_end(saving, block, identifier, together)
        if identifier in content:
            after |= Needs(_memory_of(saving, statements, identifier))
    keep_together(saving, block, together)
    return after


def _memory_of(
    saving: Saving, statements: list[Any], identifier: str
) -> frozenset[str]:
    """What stands for the memory that a name had in earlier iterations of a block."""
    return frozenset(
        saving.facts.aliases.pseudo(identifier, s)
        for s in statements
        if identifier in saving.facts.bindings[s]
    )


def keep_together(saving: Saving, block: Block, kept: list[tuple[Any, str]]) -> None:
    """Keep a block's own variables in one tuple, once the last of them is bound."""
    if not kept:
        return
    last = max((block.nodes.index(node), node) for node, _ in kept)[1]
    names = [identifier for _, identifier in kept]
    saved: list[Any] = []
    if len(names) == 1:
        saving.keep(saved, block.restored, names[0], last.statement)
    else:
        stack = saving.names.fresh("saved")
        saving.stacks.append(stack)
        saving.kept[stack] = set(names)
        values = tuple_of(map(name, names))
        targets = gast.Tuple(
            [gast.Name(n, gast.Store(), None, None) for n in names], gast.Store()
        )
        saved = at(last.statement, [effect(method(name(stack), "append", values))])
        popped = gast.Assign([targets], method(name(stack), "pop"), None)
        block.restored += at(last.statement, [popped])
    block.kept.setdefault(last, []).extend(saved)


def _own_names(saving: Saving, block: Block) -> set[str]:
    """Names bound in a block that nothing reads after it but its own adjoint."""
    bound = killed(block)
    statements = [n.statement for n in block.nodes]
    live: set[str] = set()
    if statements:
        live = set(saving.facts.liveness.after(statements[-1]))
        if isinstance(statements[-1], gast.If):
            live |= set(saving.facts.liveness.after(statements[-1]))
    return {n for n in bound if n not in live and saving.shadows.get(n) not in live}


def keep_at_end(
    saving: Saving, block: Block, identifier: str, together: list[tuple[Any, str]]
) -> Needs:
    """Keep a block's own variable, or compute it again; what that reads."""
    index = max(
        i for i, node in enumerate(block.nodes) if identifier in killed_by(node)
    )
    node = block.nodes[index]
    again = _recomputed(saving, block, index, identifier)
    if again is not None:
        if not saving.planning:
            block.restored.append(again)
        return needs_of([again], saving.primal)
    if saving.planning:
        return NOTHING
    if not certainly_binds(node, identifier):
        saving.unbound.add(identifier)
    if isinstance(node, Branch) and identifier in node.kills:
        saved: list[Any] = []
        saving.keep(saved, block.restored, identifier, node.statement)
        node.decide += saved  # before the branch: an arm may leave the loop
    elif node is block.nodes[-1] and leaves_loop(node):
        saved = []
        saving.keep(saved, block.restored, identifier, node.statement)
        block.kept.setdefault(node, []).extend(saved)
    else:
        together.append((node, identifier))
    return NOTHING


def _recomputed(
    saving: Saving, block: Block, index: int, identifier: str
) -> Any | None:
    """The statement that computes a variable again when the block is reversed."""
    node = block.nodes[index]
    if not isinstance(node, Step):
        return None
    if any(identifier in killed_by(n) for n in block.nodes[:index]):
        return None
    value = None
    for statement in node.forward:
        match statement:
            case gast.Assign(targets=[gast.Name(id=target)], value=made) if (
                target == identifier
            ):
                value = made
    if value is None or not _is_cheap(saving, value):
        return None
    changed = {n for other in block.nodes[index:] for n in killed_by(other)}
    memory = {n for other in block.nodes for n in written_by(saving.facts, other)}
    for operand in set(names_in(value)):
        if operand not in saving.primal:
            continue
        own = operand in changed or operand in killed(block)
        if own and not (_recomputes(saving, block, operand, index)):
            return None
        if operand in memory and not _is_view(saving, value):
            return None
    return at(node.statement, [assign(identifier, clone(value))])[0]


def _recomputes(saving: Saving, block: Block, operand: str, index: int) -> bool:
    """Whether an operand is itself restored, and earlier, in the reverse sweep."""
    return any(
        isinstance(s, gast.Assign)
        and isinstance(s.targets[0], gast.Name)
        and s.targets[0].id == operand
        for s in block.restored
    ) and not any(operand in killed_by(n) for n in block.nodes[index:])


def _is_cheap(saving: Saving, node: Any) -> bool:
    if _is_view(saving, node):
        return True
    operations = 0
    for child in walk(node):
        match child:
            case gast.Name(id=identifier):
                kind_known = saving.is_scalar_name(identifier)
                if identifier in saving.primal and not kind_known:
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


def _is_view(saving: Saving, node: Any) -> bool:
    """Whether an expression takes a view of an array, which is cheap to repeat."""
    if not isinstance(node, gast.Subscript):
        return False
    if not isinstance(saving.facts.kind_of(node), Array) and (
        root(node) not in saving.shadows
    ):
        return False
    value = node.value
    while isinstance(value, gast.Subscript):
        value = value.value
    if not isinstance(value, gast.Name) or value.id in saving.changing:
        return False
    parts = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
    return all(
        isinstance(p, gast.Slice | gast.Constant)
        or isinstance(saving.facts.kind_of(p), Scalar)
        or (isinstance(p, gast.Name) and saving.is_scalar_name(p.id))
        for p in parts
    )
