"""Simple `match` statements written as `if` chains."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.context import Context
from sourcediff.trees import walk

Block = list[Any]
_WAY_OUT = "only values, alternatives and names can be matched here; use if and elif"


class _Unreadable(Exception):
    pass


def lower_matches(block: Block, context: Context) -> Block:
    """`match x: case 1 | 2: … case _: …` as `if x in (1, 2): … else: …`.

    Patterns may be values, singletons, alternatives of these, names and guards.
    """
    for statement in block:
        for node in walk(statement):
            if isinstance(node, gast.Match):
                for case in node.cases:
                    case.body = lower_matches(case.body, context)
    return build.rewrite(block, lambda node: _lower(node, context))


def _lower(node: Any, context: Context) -> Block:
    if not isinstance(node, gast.Match):
        return [node]
    before: Block = []
    subject = node.subject
    if not isinstance(subject, gast.Name) or _is_rebound(node, subject.id):
        name = context.new("subject", subject)
        before.append(build.assign(name, subject))
        subject = build.load(name)
    try:
        chain = _chain(node.cases, subject.id)
    except _Unreadable:
        context.refuse(node, _WAY_OUT)
        return [node]
    return build.place_all([*before, *chain], node)


def _is_rebound(node: Any, name: str) -> bool:
    return any(
        isinstance(part, gast.MatchAs) and part.name == name for part in walk(node)
    )


def _chain(cases: Block, subject: str) -> Block:
    if not cases:
        return []
    case, *others = cases
    rest = _chain(others, subject)
    test, name = _test(case.pattern, subject)
    if name is not None:
        bind = build.assign(name, build.load(subject))
        if case.guard is None and test is None:
            return [bind, *case.body]
        if test is not None:
            if case.guard is not None:
                raise _Unreadable
            return [build.if_(test, [bind, *case.body], rest)]
        return [bind, build.if_(case.guard, case.body, rest)]
    if case.guard is not None:
        parts = [part for part in (test, case.guard) if part is not None]
        test = parts[0] if len(parts) == 1 else gast.BoolOp(gast.And(), parts)
    if test is None:
        return list(case.body)
    return [build.if_(test, case.body, rest)]


def _test(pattern: Any, subject: str) -> tuple[Any | None, str | None]:
    """The test that a pattern makes (None: always true) and the name it binds."""
    match pattern:
        case gast.MatchValue():
            equal = gast.Compare(build.load(subject), [gast.Eq()], [pattern.value])
            return equal, None
        case gast.MatchSingleton():
            value = build.constant(pattern.value)
            return gast.Compare(build.load(subject), [gast.Is()], [value]), None
        case gast.MatchAs(pattern=None):
            return None, pattern.name
        case gast.MatchAs():
            test, name = _test(pattern.pattern, subject)
            if name is not None:
                raise _Unreadable
            return test, pattern.name
        case gast.MatchOr():
            return _alternatives(pattern, subject), None
    raise _Unreadable


def _alternatives(pattern: Any, subject: str) -> Any:
    if all(isinstance(part, gast.MatchValue) for part in pattern.patterns):
        values = gast.Tuple([part.value for part in pattern.patterns], gast.Load())
        return gast.Compare(build.load(subject), [gast.In()], [values])
    tests = []
    for part in pattern.patterns:
        test, name = _test(part, subject)
        if test is None or name is not None:
            raise _Unreadable
        tests.append(test)
    return gast.BoolOp(gast.Or(), tests)
