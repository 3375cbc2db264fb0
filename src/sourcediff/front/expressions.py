"""Choices, comprehensions, walrus and `out=` among suspects become statements.

An expression is lowered to statements that run before it and a plain expression. What
Python evaluates before the lowered part is computed before those statements too, if
either could notice the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.choices import choose, choose_first
from sourcediff.front.comprehensions import (
    accumulate,
    as_comprehension,
    collect,
    consumed_generator,
    lists_for_generators,
)
from sourcediff.front.context import Context, mentions
from sourcediff.front.outputs import split_output, writes_output
from sourcediff.front.purity import is_passive_call, is_pure_call
from sourcediff.front.scopes import COMPREHENSIONS, own_nodes

Block = list[Any]
Lowered = tuple[Block, Any]

_LOWERED = (gast.IfExp, gast.BoolOp, gast.NamedExpr, *COMPREHENSIONS)


def lower_block(statements: Block, context: Context) -> Block:
    """Lower the expressions in a block of statements."""
    lowered = [new for old in statements for new in lower_statement(old, context)]
    if statements and not lowered:
        return [gast.copy_location(gast.Pass(), statements[0])]
    return lowered


def lower_statement(node: Any, context: Context) -> Block:
    """One statement as the statements that replace it."""
    match node:
        case gast.Assign() | gast.AugAssign() | gast.Return() | gast.Expr():
            return _with_value(node, context)
        case gast.AnnAssign():
            if node.value is None:
                return []
            plain = build.place(build.assign(node.target, node.value), node)
            return _with_value(plain, context)
        case gast.If():
            before, node.test = lower(node.test, False, context)
            node.body = lower_block(node.body, context)
            node.orelse = lower_block(node.orelse, context)
            return [*before, node]
        case gast.While():
            return _while(node, context)
        case gast.For():
            return _for(node, context)
        case gast.With():
            return _with(node, context)
        case gast.FunctionDef():
            node.body = lower_block(node.body, context)
            return [node]
        case gast.Assert():
            before, node.test = lower(node.test, False, context)
            return [*before, node]
        case _:
            return [node]


def _with_value(node: Any, context: Context) -> Block:
    """A statement with one value that decides what it does."""
    value = node.value = as_comprehension(node.value, context)
    if value is None or not _needs_lowering(value, context):
        return [node]
    direct = _direct(node, value, context)
    if direct is not None:
        build.place_all(direct, value)
        return lower_block(direct, context)
    before, node.value = lower(value, True, context)
    if isinstance(node, gast.AugAssign):
        return _augmented(before, node, context)
    if isinstance(node, gast.Expr) and isinstance(
        node.value, gast.Name | gast.Subscript | gast.Attribute
    ):
        return before or [node]
    return [*before, node]


def _direct(node: Any, value: Any, context: Context) -> Block | None:
    """A choice or collection that is the whole value: without a name in between."""
    if not context.suspect(value):
        return None
    match value:
        case gast.IfExp() if not isinstance(node, gast.AugAssign) or (
            isinstance(node.target, gast.Name) and context.pure(value)
        ):
            return [_on_both_arms(node, value)]
        case gast.BoolOp() if isinstance(node, gast.Expr):
            return [_guarded(node, value)]
        case gast.BoolOp():
            name = _plain_target(node)
            if name and not mentions(value, {name}):
                return choose_first(value, name)
        case gast.ListComp() | gast.DictComp():
            name = _plain_target(node)
            if name and not mentions(value, {name}):
                return collect(value, name, context)
        case gast.Call():
            name = _plain_target(node)
            generator = consumed_generator(value, "sum", context)
            if name and generator is not None and not mentions(value, {name}):
                return accumulate(value, generator, name, context)
    return None


def _on_both_arms(node: Any, value: Any) -> Any:
    other = build.duplicate(_without_value(node))
    node.value, other.value = value.body, value.orelse
    return gast.copy_location(build.if_(value.test, [node], [other]), node)


def _guarded(node: Any, value: Any) -> Any:
    """`a and f(x)`, as a statement: `if a: f(x)`."""
    *tests, node.value = value.values
    test = tests[0] if len(tests) == 1 else gast.BoolOp(value.op, tests)
    if isinstance(value.op, gast.Or):
        test = build.negate(test)
    return gast.copy_location(build.if_(test, [node]), node)


def _without_value(node: Any) -> Any:
    node.value = None
    return node


def _plain_target(node: Any) -> str | None:
    match node:
        case gast.Assign(targets=[gast.Name(id=name)]):
            return str(name)
        case _:
            return None


def _augmented(before: Block, node: Any, context: Context) -> Block:
    """`target op= value`: Python reads the target before the value's effects."""
    target = node.target
    simple = isinstance(target, gast.Name) or context.pure_block(before)
    if not before or (simple and not mentions(target, _bound(before))):
        return [*before, node]
    prelude: Block = []
    if isinstance(target, gast.Subscript):
        target.value = _kept_from(target.value, prelude, before, context)
        target.slice = _kept_from(target.slice, prelude, before, context)
    elif isinstance(target, gast.Attribute):
        target.value = _kept_from(target.value, prelude, before, context)
    read = build.as_load(build.duplicate(target))
    name = context.new("old", suspect=True)
    prelude.append(build.assign(name, read))
    node.target = build.store(name)
    after = build.assign(target, build.load(name))
    return build.place_all([*prelude, *before, node, after], node)


def _kept_from(node: Any, prelude: Block, before: Block, context: Context) -> Any:
    """An operand that `before` must not change, under a new name if need be."""
    return (
        node
        if _is_immune(node, before, False, context)
        else (_kept(node, prelude, context))
    )


def _while(node: Any, context: Context) -> Block:
    before, test = lower(node.test, False, context)
    body = lower_block(node.body, context)
    if not before and not _calls_unknown(test, context):
        node.test, node.body = test, body
        return [node]
    leave = build.if_(build.negate(test), [gast.Break()])
    loop = build.while_(build.constant(True), [*before, leave, *body])
    loop.orelse = node.orelse
    return [build.place(loop, node)]


def _calls_unknown(test: Any, context: Context) -> bool:
    """Whether a test calls, with suspects, what might write into them."""
    return any(
        isinstance(n, gast.Call)
        and not is_pure_call(n, context.program)
        and context.suspect.mentioned(n)
        for n in own_nodes([test])
    )


def _for(node: Any, context: Context) -> Block:
    iterable = node.iter
    if isinstance(iterable, gast.GeneratorExp) and context.suspect(iterable):
        if len(iterable.generators) == 1:
            return lower_statement(_inlined(node, context), context)
        iterable = gast.copy_location(
            gast.ListComp(iterable.elt, iterable.generators), iterable
        )
    before, node.iter = lower(iterable, True, context)
    node.body = lower_block(node.body, context)
    return [*before, node]


def _inlined(node: Any, context: Context) -> Any:
    """`for y in (f(x) for x in X): …` as a loop over X, as lazy as the generator."""
    generator = node.iter.generators[0]
    first = build.place(build.assign(node.target, node.iter.elt), node)
    body = [first, *node.body]
    for test in reversed(generator.ifs):
        body = [build.place(build.if_(test, body), test)]
    loop = gast.For(generator.target, generator.iter, body, node.orelse, None)
    return build.place(loop, node)


def _with(node: Any, context: Context) -> Block:
    before: Block = []
    for item in node.items:
        prelude, item.context_expr = lower(item.context_expr, True, context)
        before += prelude
    node.body = lower_block(node.body, context)
    return [*before, node]


def lower(node: Any, wanted: bool, context: Context) -> Lowered:
    """An expression as statements and what remains of it.

    `wanted` says whether the derivative of its value matters: a test does not.
    """
    if node is None or not _needs_lowering(node, context):
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


def _needs_lowering(node: Any, context: Context) -> bool:
    for part in gast.walk(node):
        if isinstance(part, _LOWERED) and context.suspect.mentioned(part):
            return True
        if isinstance(part, gast.Call) and writes_output(part, context):
            return True
    return False


def _ternary(node: Any, wanted: bool, context: Context) -> Lowered:
    if not (wanted and context.suspect(node)) and not (
        _has_prelude(node.body, wanted, context)
        or _has_prelude(node.orelse, wanted, context)
    ):
        before, node.test = lower(node.test, False, context)
        return before, node
    name = context.new("choice", suspect=context.suspect(node))
    statement = build.place(choose(node, name), node)
    return lower_statement(statement, context), _read(name, node)


def _bool_op(node: Any, wanted: bool, context: Context) -> Lowered:
    if not (wanted and context.suspect(node)) and not any(
        _has_prelude(value, wanted, context) for value in node.values[1:]
    ):
        before, node.values[0] = lower(node.values[0], wanted, context)
        return before, node
    name = context.new("choice", suspect=context.suspect(node))
    statements = build.place_all(choose_first(node, name), node)
    return lower_block(statements, context), _read(name, node)


def _has_prelude(node: Any, wanted: bool, context: Context) -> bool:
    """Whether lowering an expression would need statements; leaves it as it is."""
    if not _needs_lowering(node, context):
        return False
    return bool(lower(build.duplicate(node), wanted, context.trial())[0])


def _walrus(node: Any, context: Context) -> Lowered:
    name = node.target.id
    if not (context.suspect(node) or name in context.suspect.names):
        return _in_order(node, True, context)
    statement = gast.copy_location(build.assign(name, node.value), node)
    return lower_statement(statement, context), _read(name, node)


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
            build.place_all(block, node)
            return lower_block(block, context), _read(name, node)
    output = split_output(node, context)
    if output is not None:
        statement, rest = output
        build.place(statement, node)
        build.place(rest, node)
        return lower_statement(statement, context), rest
    if is_passive_call(node, context.program):
        return _in_order(node, False, context)
    wanted = wanted or not is_pure_call(node, context.program)
    if wanted:
        lists_for_generators(node, context)
    return _in_order(node, wanted, context)


def _comprehension(node: Any, wanted: bool, context: Context) -> Lowered:
    inner = [part for part in gast.walk(node) if isinstance(part, gast.NamedExpr)]
    if not (wanted and context.suspect(node)) and not any(map(context.suspect, inner)):
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
    block = build.place_all(collect(node, name, context), node)
    return lower_block(block, context), _read(name, node)


def _read(name: str, like: Any) -> Any:
    return gast.copy_location(build.load(name), like)


Slot = tuple[Any, Callable[[Any], None], bool]


def _in_order(node: Any, wanted: bool, context: Context) -> Lowered:
    """Lower the operands of a node; keep the order in which Python evaluates them."""
    before: Block = []
    done: list[Slot] = []
    for operand, put, operand_wanted in _operands(node, wanted):
        prelude, rest = lower(operand, operand_wanted, context)
        put(rest)
        if prelude:
            quiet = context.pure_block(prelude)
            for earlier, put_earlier, _ in done:
                if not _is_immune(earlier, prelude, quiet, context):
                    put_earlier(_kept(earlier, before, context))
            done = []
            before += prelude
        done.append((rest, put, operand_wanted))
    return before, node


def _is_immune(node: Any, prelude: Block, quiet: bool, context: Context) -> bool:
    """Whether statements may run before an expression that stood before them."""
    if isinstance(node, gast.Constant | gast.Lambda) or node is None:
        return True
    if isinstance(node, gast.Starred | gast.keyword):
        return _is_immune(node.value, prelude, quiet, context)
    names = {n.id for n in gast.walk(node) if isinstance(n, gast.Name)}
    if names & _bound(prelude):
        return False
    if isinstance(node, gast.Name):
        return True
    if isinstance(node, gast.Attribute) and names <= set(context.statics):
        return True
    return quiet and context.pure(node)


def _bound(block: Block) -> set[str]:
    return {
        n.id
        for statement in block
        for n in gast.walk(statement)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    }


def _kept(node: Any, before: Block, context: Context) -> Any:
    """The expression's value under a new name, computed in `before`."""
    if isinstance(node, gast.Constant | gast.Slice):
        return node
    if isinstance(node, gast.Starred):
        node.value = _kept(node.value, before, context)
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


def _operands(node: Any, wanted: bool) -> list[Slot]:
    """The direct operands in evaluation order: node, how to replace it, wanted."""
    slots: list[Slot] = []
    fields = node._fields
    if isinstance(node, gast.Dict):
        for index in range(len(node.keys)):
            slots.append(_item(node.keys, index, False))
            slots.append(_item(node.values, index, wanted))
        return [slot for slot in slots if slot[0] is not None]
    if isinstance(node, gast.Call):
        return _call_operands(node, wanted)
    for field in fields:
        value = getattr(node, field)
        inner = wanted and not (isinstance(node, gast.Subscript) and field == "slice")
        inner = inner and not isinstance(node, gast.JoinedStr | gast.Compare)
        if isinstance(value, list):
            slots += [
                _item(value, i, inner)
                for i in range(len(value))
                if isinstance(value[i], gast.expr)
            ]
        elif isinstance(value, gast.expr):
            slots.append(_field(node, field, inner))
    return slots


def _call_operands(node: Any, wanted: bool) -> list[Slot]:
    slots = []
    if isinstance(node.func, gast.Attribute):
        slots.append(_field(node.func, "value", wanted))
    else:
        slots.append(_field(node, "func", wanted))
    slots += [_item(node.args, i, wanted) for i in range(len(node.args))]
    slots += [_field(keyword, "value", wanted) for keyword in node.keywords]
    return slots


def _field(node: Any, field: str, wanted: bool) -> Slot:
    return getattr(node, field), lambda new: setattr(node, field, new), wanted


def _item(items: list[Any], index: int, wanted: bool) -> Slot:
    def put(new: Any) -> None:
        items[index] = new

    return items[index], put, wanted
