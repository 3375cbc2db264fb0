"""Returns, breaks and continues move to the ends of their paths.

What follows a conditional jump goes into the branch that does not jump. A jump that
may or may not happen inside a nested statement sets a flag, and so does a return from
inside a loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.front.scopes import FUNCTIONS
from sourcediff.trees import children, statements_in, walk

Block = list[Any]
Jump = (gast.Return, gast.Break, gast.Continue)
Loop = (gast.For, gast.While)

# A statement of at most this many nodes is repeated rather than guarded by a flag.
_SMALL = 8


def lower_loop_else(block: Block, context: Context) -> Block:
    """`for … else` and `while … else` by a flag that each break sets."""
    return build.rewrite(block, lambda node: _loop_else(node, context))


def _loop_else(node: Any, context: Context) -> Block:
    if not isinstance(node, Loop) or not node.orelse:
        return [node]
    orelse, node.orelse = node.orelse, []
    if not has_break(node.body):
        return [node, *orelse]
    flag = context.flag("broke")
    node.body = _replace(node.body, {gast.Break: lambda jump: [_set(flag), jump]})
    after = build.if_(build.negate(build.load(flag)), orelse)
    return build.place_all([_clear(flag), node, after], node)


def settle_function(function: Any, context: Context) -> None:
    """Bring the jumps of a function, and of suspect functions in it, to path ends."""
    body = _return_after_loops(function.body, context)
    function.body = _settle(body, context) or [gast.Pass()]
    for node in list(statements_in(function)):
        inner = isinstance(node, gast.FunctionDef) and node is not function
        if inner and context.suspect.mentioned(node):
            body = _return_after_loops(node.body, context)
            node.body = _settle(body, context)


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for child in children(node):
        if not isinstance(child, FUNCTIONS):
            yield from _walk(child)


def _has_return(block: Block) -> bool:
    return any(isinstance(n, gast.Return) for s in block for n in _walk_block(s))


def _walk_block(statement: Any) -> Iterator[Any]:
    return iter(()) if isinstance(statement, FUNCTIONS) else _walk(statement)


def _blocks(statement: Any) -> Iterator[str]:
    """The fields of a statement that hold blocks; nested functions are apart."""
    if not isinstance(statement, (*FUNCTIONS, gast.ClassDef)):
        for field in build.BLOCKS:
            if isinstance(getattr(statement, field, None), list):
                yield field


def has_break(block: Block) -> bool:
    """Whether a break leaves the loop whose body a block is."""
    return any(isinstance(jump, gast.Break) for jump in _jumps(block))


def _jumps(block: Block) -> Iterator[Any]:
    """The jumps that leave a block: not those of the loops inside it."""
    for statement in block:
        if isinstance(statement, Jump):
            yield statement
        for field in _blocks(statement):
            inside = _jumps(getattr(statement, field))
            if isinstance(statement, Loop) and field == "body":
                inside = (j for j in inside if isinstance(j, gast.Return))
            yield from inside


def _replace(block: Block, by: dict[Any, Any], depth: int = 0) -> Block:
    """Replace the jumps of a block by statements, those of inner loops excepted."""
    made: Block = []
    for statement in block:
        change = by.get(type(statement))
        if change is not None and not depth:
            made += build.place_all(change(statement), statement)
            continue
        for field in _blocks(statement):
            deeper = depth + (isinstance(statement, Loop) and field == "body")
            _replace_in(statement, field, by, deeper)
        made.append(statement)
    return made


def _replace_in(statement: Any, field: str, by: dict[Any, Any], depth: int) -> None:
    block = _replace(getattr(statement, field), by, depth)
    if not block and field == "body":
        block = [build.place(gast.Pass(), statement)]
    setattr(statement, field, block)


def _set(flag: str) -> Any:
    return build.assign(flag, build.constant(True))


def _clear(flag: str) -> Any:
    return build.assign(flag, build.constant(False))


# Returns from inside loops ------------------------------------------------------------


def _return_after_loops(block: Block, context: Context) -> Block:
    """Turn returns inside loops into breaks, and return after the loop."""
    made: Block = []
    for index, statement in enumerate(block):
        if isinstance(statement, Loop) and _has_return(statement.body):
            rest = block[index + 1 :]
            replaced = _leave(statement, rest, context)
            made += build.place_all(replaced, statement)
            if isinstance(made[-1], gast.Return):
                return made
            continue
        if not isinstance(statement, Loop):
            for field in _blocks(statement):
                inner = _return_after_loops(getattr(statement, field), context)
                setattr(statement, field, inner)
        made.append(statement)
    return made


def _leave(loop: Any, rest: Block, context: Context) -> Block:
    """A loop whose returns have become breaks, and the return after it."""
    returns = [n for n in _walk(loop) if isinstance(n, gast.Return)]
    direct = [j for j in _jumps_at(loop.body) if isinstance(j, gast.Return)]
    nested = len(direct) < len(returns)
    if not nested and _repeats(returns, rest, context):
        loop.body = _replace(loop.body, {gast.Return: lambda jump: [gast.Break()]})
        return [loop]
    endless = not nested and _is_endless(loop)
    alone = len(returns) == 1 and not _in_with(loop, returns[0])
    result = None if alone else _result(returns, context)
    flag = None if endless else context.flag("returned")
    value = returns[0].value if alone else build.load(result or "")
    loop.body = _break_out(loop.body, flag, result)
    leave = gast.copy_location(gast.Return(value), returns[0])
    if flag is None:
        return [loop, leave]
    return [_clear(flag), loop, build.if_(build.load(flag), [leave])]


def _jumps_at(block: Block) -> Iterator[Any]:
    """The jumps of a block that stand in no inner loop."""
    for statement in block:
        if isinstance(statement, Jump):
            yield statement
        for field in _blocks(statement):
            if not (isinstance(statement, Loop) and field == "body"):
                yield from _jumps_at(getattr(statement, field))


def _repeats(returns: Block, rest: Block, context: Context) -> bool:
    """Whether the function returns the same expression right after the loop."""
    if not rest or not isinstance(rest[0], gast.Return) or rest[0].value is None:
        return False
    value = rest[0].value
    return context.pure(value) and all(
        node.value is not None and build.same(node.value, value) for node in returns
    )


def _is_endless(loop: Any) -> bool:
    """`while True` that only a return leaves."""
    return (
        isinstance(loop, gast.While)
        and isinstance(loop.test, gast.Constant)
        and bool(loop.test.value)
        and not has_break(loop.body)
    )


def _in_with(loop: Any, node: Any) -> bool:
    return any(
        isinstance(outer, gast.With) and any(n is node for n in walk(outer))
        for outer in _walk(loop)
    )


def _result(returns: Block, context: Context) -> str:
    suspect = any(context.suspect(node.value) for node in returns)
    return context.new("result", suspect=suspect)


def _break_out(block: Block, flag: str | None, result: str | None) -> Block:
    made: Block = []
    for statement in block:
        if isinstance(statement, gast.Return):
            steps: Block = []
            if result is not None:
                value = statement.value or build.constant(None)
                steps.append(build.assign(result, value))
            if flag is not None:
                steps.append(_set(flag))
            made += build.place_all([*steps, gast.Break()], statement)
            continue
        returns = isinstance(statement, Loop) and _has_return(statement.body)
        for field in _blocks(statement):
            inner = _break_out(getattr(statement, field), flag, result)
            setattr(statement, field, inner)
        made.append(statement)
        if returns and flag is not None:
            leave = build.if_(build.load(flag), [gast.Break()])
            made.append(build.place(leave, statement))
    return made


# Path ends ----------------------------------------------------------------------------


def _settle(block: Block, context: Context) -> Block:
    """A block in which every jump stands at the end of a path."""
    made: Block = []
    for index, statement in enumerate(block):
        rest = block[index + 1 :]
        if isinstance(statement, gast.Return) and statement.value is None:
            statement.value = build.place(build.constant(None), statement)
        if isinstance(statement, Jump):
            return [*made, statement]
        if isinstance(statement, gast.If) and any(_jumps([statement])):
            return [*made, *_settle_if(statement, rest, context)]
        if isinstance(statement, gast.With) and any(_jumps([statement])):
            return [*made, *_with_flags(statement, rest, context)]
        _settle_inside(statement, context)
        made.append(statement)
    return made


def _settle_inside(statement: Any, context: Context) -> None:
    for field in _blocks(statement):
        setattr(statement, field, _settle(getattr(statement, field), context))


def _settle_if(node: Any, rest: Block, context: Context) -> Block:
    body_ends, orelse_ends = _ends(node.body), _ends(node.orelse)
    if rest and not (body_ends and orelse_ends):
        if body_ends:
            node.orelse = [*node.orelse, *rest]
        elif orelse_ends:
            node.body = [*node.body, *rest]
        elif (
            len(rest) == 1
            and isinstance(rest[0], Jump)
            and (build.size(rest[0]) <= _SMALL)
        ):
            node.body = [*node.body, build.duplicate(rest[0])]
            node.orelse = [*node.orelse, *rest]
        else:
            return _with_flags(node, rest, context)
    node.body = _settle(node.body, context)
    node.orelse = _settle(node.orelse, context)
    return [node]


def _with_flags(node: Any, rest: Block, context: Context) -> Block:
    """Jumps inside a statement set flags, and the jump is made after it."""
    jumps = list(_jumps([node]))
    always = _ends([node])
    before: Block = []
    by: dict[Any, Any] = {}
    after: list[tuple[str | None, Any]] = []
    for type_, wish in (
        (gast.Return, "returned"),
        (gast.Break, "stop"),
        (gast.Continue, "skip"),
    ):
        mine = [jump for jump in jumps if isinstance(jump, type_)]
        if not mine:
            continue
        only = always and len(mine) == len(jumps)
        flag = None if only else context.flag(wish)
        if flag is not None:
            before.append(_clear(flag))
        result = _result(mine, context) if type_ is gast.Return else None
        by[type_] = _flagging(flag, result)
        jump = gast.Return(build.load(result)) if result else type_()
        after.append((flag, gast.copy_location(jump, mine[0])))
    for field in _blocks(node):
        setattr(node, field, _settle(getattr(node, field), context))
        _replace_in(node, field, by, 0)
    last = _settle(rest, context)
    for flag, jump in reversed(after):
        made = [jump] if flag is None else [build.if_(build.load(flag), [jump], last)]
        last = made
    return build.place_all([*before, node, *last], node)


def _flagging(flag: str | None, result: str | None) -> Any:
    def change(jump: Any) -> Block:
        steps: Block = []
        if result is not None:
            steps.append(build.assign(result, jump.value or build.constant(None)))
        if flag is not None:
            steps.append(_set(flag))
        return steps

    return change


def _ends(block: Block) -> bool:
    """Whether no path reaches the end of a block."""
    if not block:
        return False
    last = block[-1]
    match last:
        case gast.Raise():
            return True
        case gast.If():
            return _ends(last.body) and _ends(last.orelse)
        case gast.With():
            return _ends(last.body)
        case _:
            return isinstance(last, Jump)
