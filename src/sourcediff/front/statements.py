"""Each statement as statements whose expressions need no lowering any more."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.choices import choose_first
from sourcediff.front.comprehensions import (
    accumulate,
    as_comprehension,
    as_list,
    collect,
    consumed_generator,
    loops,
    rename_targets,
)
from sourcediff.front.context import Context, mentions
from sourcediff.front.expressions import (
    bound,
    is_immune,
    is_pop,
    kept,
    lower,
    needs_lowering,
)
from sourcediff.front.jumps import has_break
from sourcediff.front.purity import is_pure_call
from sourcediff.front.scopes import own_nodes

Block = list[Any]


def lower_block(statements: Block, context: Context) -> Block:
    """Lower the expressions in a block of statements."""
    lowered = [new for old in statements for new in lower_statement(old, context)]
    if statements and not lowered:
        return [gast.copy_location(gast.Pass(), statements[0])]
    return lowered


#: Attributes of arrays that are views of them.
_VIEWS = frozenset({"T", "mT", "real", "imag"})


def lower_statement(node: Any, context: Context) -> Block:
    """One statement as the statements that replace it."""
    match node:
        case gast.Assign() | gast.AugAssign() | gast.Return() | gast.Expr():
            before = _target_named(node, context)
            return [*before, *_with_value(node, context)]
        case gast.AnnAssign():
            if node.value is None:
                return []
            plain = build.place(build.assign(node.target, node.value), node)
            return _with_value(plain, context)
        case gast.If():
            before, node.test = _lowered(node.test, False, context)
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
            before, node.test = _lowered(node.test, False, context)
            return [*before, node]
        case _:
            return [node]


def _lowered(node: Any, wanted: bool, context: Context) -> tuple[Block, Any]:
    before, rest = lower(node, wanted, context)
    return lower_block(before, context), rest


def _target_named(node: Any, context: Context) -> Block:
    """`f(a)[0] = v` as `target = f(a)` and a store into the target; so for `a.T`.

    So for whatever is no name, be it active or not: what is written may be the memory
    of what is read elsewhere, and only names are looked up in that.
    """
    target = node.target if isinstance(node, gast.AugAssign) else None
    if isinstance(node, gast.Assign) and len(node.targets) == 1:
        (target,) = node.targets
    inner = target
    while isinstance(inner, (gast.Subscript, gast.Attribute)):
        holder, inner = inner, inner.value
        if isinstance(inner, gast.Attribute) and inner.attr in _VIEWS:
            break
    if inner is target or isinstance(inner, gast.Name):
        return []
    suspect = context.suspect(inner)
    if isinstance(inner, gast.Attribute) and not suspect:
        return []
    early = isinstance(node, gast.Assign) and not context.pure(node.value)
    before: Block = []
    if early:
        node.value = kept(node.value, before, context)
    name = context.new("target", suspect=suspect)
    before.append(build.place(build.assign(name, inner), node))
    holder.value = gast.copy_location(build.load(name), inner)
    return lower_block(before, context)


def _is_unpacked(node: Any) -> bool:
    """Whether `a, b = value` or `xs += value` takes all that a generator yields."""
    match node:
        case gast.AugAssign(op=gast.Add()):
            return True
        case gast.Assign(targets=targets):
            return all(isinstance(to, gast.Tuple | gast.List) for to in targets)
        case _:
            return False


def _with_value(node: Any, context: Context) -> Block:
    """A statement with one value that decides what it does."""
    value = node.value = as_comprehension(node.value, context)
    if isinstance(value, gast.GeneratorExp) and _is_unpacked(node):
        value = node.value = gast.copy_location(as_list(value), value)
    if value is None or not needs_lowering(value, context):
        return [node]
    if is_pop(value) and isinstance(node, gast.Assign) and len(node.targets) == 1:
        before, value.func.value = _lowered(value.func.value, False, context)
        return [*before, node]
    direct = _direct(node, value, context)
    if direct is not None:
        build.place_all(direct, value)
        return lower_block(direct, context)
    before, node.value = _lowered(value, True, context)
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
    if not before or (simple and not mentions(target, bound(before))):
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
    immune = is_immune(node, before, False, context)
    return node if immune else kept(node, prelude, context)


def _while(node: Any, context: Context) -> Block:
    before, test = _lowered(node.test, False, context)
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
    if isinstance(node.iter, gast.GeneratorExp) and context.suspect(node.iter):
        return lower_statement(_inlined(node, context), context)
    before, node.iter = _lowered(node.iter, True, context)
    node.body = lower_block(node.body, context)
    return [*before, node]


def _inlined(node: Any, context: Context) -> Any:
    """`for y in (f(x) for x in X): …` as a loop over X, as lazy as the generator."""
    rename_targets(node.iter, context)
    generators = node.iter.generators
    if len(generators) > 1 and has_break(node.body):
        context.refuse(node, "break out of a nested generator; use nested loops")
    first = build.place(build.assign(node.target, node.iter.elt), node)
    loop = loops(generators, [first, *node.body])
    loop.orelse = node.orelse
    return build.place(loop, node)


def _with(node: Any, context: Context) -> Block:
    before: Block = []
    for item in node.items:
        prelude, item.context_expr = _lowered(item.context_expr, True, context)
        before += prelude
    node.body = lower_block(node.body, context)
    return [*before, node]
