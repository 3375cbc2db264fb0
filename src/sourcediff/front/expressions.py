"""Choices, comprehensions, walrus and `out=` among suspects leave their expressions.

An expression is lowered to statements that run before it and a plain expression. What
Python evaluates before the lowered part is computed before those statements too, if
either could notice the difference. The statements are to be lowered in turn.
"""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.acting import acts
from sourcediff.front.choices import choose, choose_first
from sourcediff.front.comprehensions import (
    accumulate,
    as_comprehension,
    collect,
    consumed_generator,
    lists_for_generators,
)
from sourcediff.front.context import Context
from sourcediff.front.higher_order import folded, is_fold
from sourcediff.front.operands import Slot, operands
from sourcediff.front.outputs import split_output, writes_output
from sourcediff.front.pieces import in_pieces, is_pieces
from sourcediff.front.purity import is_passive_call, is_pure_call
from sourcediff.front.scopes import COMPREHENSIONS
from sourcediff.trees import walk

Block = list[Any]
Lowered = tuple[Block, Any]

_LOWERED = (gast.IfExp, gast.BoolOp, gast.NamedExpr, *COMPREHENSIONS)


def lower(node: Any, wanted: bool, context: Context) -> Lowered:
    """An expression as statements and what remains of it.

    `wanted` says whether the derivative of its value matters: a test does not.
    """
    if node is None or not needs_lowering(node, context):
        return [], node
    match node:
        case gast.IfExp():
            return _ternary(node, wanted, context)
        case gast.BoolOp():
            return _bool_op(node, wanted, context)
        case gast.NamedExpr():
            return _walrus(node, context)
        case gast.Compare():
            return _comparison(node, context)
        case gast.Lambda():
            return [], node
        case gast.Call():
            return _call(node, wanted, context)
        case _ if isinstance(node, COMPREHENSIONS):
            return _comprehension(node, wanted, context)
        case _:
            return _in_order(node, wanted, context)


def needs_lowering(node: Any, context: Context) -> bool:
    """Whether anything below might have to become statements."""
    for part in walk(node):
        if isinstance(part, gast.NamedExpr) and _is_read(part.target.id, context):
            return True  # it has a value on every trip: a statement of its own
        if isinstance(part, _LOWERED) and context.suspect.mentioned(part):
            return True
        if isinstance(part, gast.Call) and writes_output(part, context):
            return True
        if _is_spelled(part, context) and context.suspect(part):
            return True
    return False


def _is_spelled(node: Any, context: Context) -> bool:
    return is_pop(node) or is_fold(node, context) or is_pieces(node, context)


def is_pop(node: Any) -> bool:
    """Whether an expression may take the last element off a list."""
    match node:
        case gast.Call(func=gast.Attribute(attr="pop"), args=[], keywords=[]):
            return True
        case _:
            return False


def _ternary(node: Any, wanted: bool, context: Context) -> Lowered:
    if not (wanted and context.suspect(node)) and not (
        _has_prelude(node.body, wanted, context)
        or _has_prelude(node.orelse, wanted, context)
    ):
        before, node.test = lower(node.test, False, context)
        return before, node
    name = context.new("choice", suspect=context.suspect(node))
    return [build.place(choose(node, name), node)], _read(name, node)


def _bool_op(node: Any, wanted: bool, context: Context) -> Lowered:
    if not (wanted and context.suspect(node)) and not any(
        _has_prelude(value, wanted, context) for value in node.values[1:]
    ):
        before, node.values[0] = lower(node.values[0], wanted, context)
        return before, node
    name = context.new("choice", suspect=context.suspect(node))
    return build.place_all(choose_first(node, name), node), _read(name, node)


def _has_prelude(node: Any, wanted: bool, context: Context) -> bool:
    """Whether lowering an expression would need statements; leaves it as it is.

    A call that may change what is differentiated is one.
    """
    if acts(node, context):
        return True
    if not needs_lowering(node, context):
        return False
    return bool(lower(build.duplicate(node), wanted, context.trial())[0])


def _walrus(node: Any, context: Context) -> Lowered:
    name = node.target.id
    if not (context.suspect(node) or _is_read(name, context)):
        return _in_order(node, True, context)
    statement = build.place(build.assign(name, node.value), node)
    return [statement], _read(name, node)


def _is_read(name: str, context: Context) -> bool:
    """Whether a variable is read anywhere in the function."""
    return any(
        isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Load)
        for n in walk(context.program.node)
    )


def _comparison(node: Any, context: Context) -> Lowered:
    """A chain whose later parts need statements becomes `a < b and b < c`."""
    if len(node.comparators) == 1 or not any(
        _has_prelude(part, False, context) for part in node.comparators[1:]
    ):
        return _in_order(node, False, context)
    left, tests = node.left, []
    for operator, right in zip(node.ops, node.comparators, strict=True):
        last = right is node.comparators[-1]
        if last or isinstance(right, gast.Constant):
            tests.append(gast.Compare(left, [operator], [right]))
            left = build.duplicate(right)
        else:
            name = context.new("between", suspect=True)
            named = gast.NamedExpr(build.store(name), right)
            tests.append(gast.Compare(left, [operator], [named]))
            left = build.load(name)
    chain = build.place(gast.BoolOp(gast.And(), tests), node)
    return lower(chain, False, context)


def _call(node: Any, wanted: bool, context: Context) -> Lowered:
    plain = as_comprehension(node, context)
    if plain is not node:
        return lower(plain, wanted, context)
    if wanted and context.suspect(node):
        generator = consumed_generator(node, "sum", context)
        if generator is not None:
            name = context.new("total", suspect=True)
            block = accumulate(node, generator, name, context)
            return build.place_all(block, node), _read(name, node)
    if is_pop(node) and context.suspect(node):
        before, node.func.value = lower(node.func.value, False, context)
        name = context.new("popped", suspect=True)
        return [*before, build.place(build.assign(name, node), node)], _read(name, node)
    if is_fold(node, context) and context.suspect(node):
        name = context.new("total", suspect=True)
        return build.place_all(folded(node, name, context), node), _read(name, node)
    if is_pieces(node, context) and context.suspect(node):
        name = context.new("pieces", suspect=True)
        block = build.place_all(in_pieces(node, name, context), node)
        return block, _read(name, node)
    output = split_output(node, context)
    if output is not None:
        statements, rest = output
        return build.place_all(statements, node), build.place(rest, node)
    if is_passive_call(node, context.program):
        return _in_order(node, False, context)
    wanted = wanted or not is_pure_call(node, context.program)
    if wanted:
        lists_for_generators(node, context)
    return _in_order(node, wanted, context)


def _comprehension(node: Any, wanted: bool, context: Context) -> Lowered:
    inner = [part for part in walk(node) if isinstance(part, gast.NamedExpr)]
    if not (wanted and context.suspect(node)) and not any(map(context.suspect, inner)):
        if acts(getattr(node, "elt", None) or node.value, context):
            context.refuse(node, "a call in it may change what is differentiated")
        first = node.generators[0]
        before, first.iter = lower(first.iter, wanted, context)
        return before, node
    if isinstance(node, gast.SetComp):
        context.refuse(node, "a set of active values; collect them in a list")
        return [], node
    if isinstance(node, gast.GeneratorExp):
        context.refuse(node, "a generator outlives its expression; make it a list")
        return [], node
    name = context.new("table" if isinstance(node, gast.DictComp) else "items")
    context.suspect.add(name)
    return build.place_all(collect(node, name, context), node), _read(name, node)


def _read(name: str, like: Any) -> Any:
    return gast.copy_location(build.load(name), like)


def _in_order(node: Any, wanted: bool, context: Context) -> Lowered:
    """Lower the operands of a node; keep the order in which Python evaluates them."""
    before: Block = []
    done: list[Slot] = []
    for operand, put, operand_wanted in operands(node, wanted):
        prelude, rest = lower(operand, operand_wanted, context)
        put(rest)
        if prelude:
            quiet = context.pure_block(prelude)
            for earlier, put_earlier, _ in done:
                if not is_immune(earlier, prelude, quiet, context):
                    put_earlier(kept(earlier, before, context))
            done = []
            before += prelude
        done.append((rest, put, operand_wanted))
    return before, node


def is_immune(node: Any, prelude: Block, quiet: bool, context: Context) -> bool:
    """Whether statements may run before an expression that stood before them."""
    if isinstance(node, gast.Constant | gast.Lambda) or node is None:
        return True
    if isinstance(node, gast.Starred | gast.keyword):
        return is_immune(node.value, prelude, quiet, context)
    names = {n.id for n in walk(node) if isinstance(n, gast.Name)}
    if names & bound(prelude):
        return False
    if isinstance(node, gast.Name):
        return True
    if isinstance(node, gast.Attribute) and names <= set(context.statics):
        return True
    return quiet and context.pure(node)


def bound(block: Block) -> set[str]:
    """The names that a block assigns."""
    return {
        n.id
        for statement in block
        for n in walk(statement)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    }


def kept(node: Any, before: Block, context: Context) -> Any:
    """The expression's value under a new name, computed in `before`."""
    if isinstance(node, gast.Constant | gast.Slice):
        return node
    if isinstance(node, gast.Starred):
        node.value = kept(node.value, before, context)
        return node
    name = context.new(_name_for(node), node)
    before.append(build.place(build.assign(name, build.as_load(node)), node))
    return _read(name, node)


def _name_for(node: Any) -> str:
    match node:
        case gast.Call(func=gast.Name(id=name) | gast.Attribute(attr=name)):
            return f"{name}_value"
        case _:
            return "value"
